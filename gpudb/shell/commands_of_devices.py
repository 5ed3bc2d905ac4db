"""Commands about where queries run, what lies in memory, and the program."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import gpudb
from gpudb.errors import Error
from gpudb.shell.command import Command
from gpudb.shell.commands_of_tables import show

if TYPE_CHECKING:
    from gpudb.shell.session import Session


def use_cpu(session: Session, _argument: str) -> None:
    """Run queries on the CPU."""
    show_device(session, "cpu")


def use_gpu(session: Session, _argument: str) -> None:
    """Run queries on the GPU; an error says why there is none, and nothing changes."""
    show_device(session, "cuda")


def show_device(session: Session, name: str) -> None:
    """Show where queries run, or choose it."""
    settings = session.connection.settings
    before = settings.device
    if name:
        settings.set("device", name)
    try:
        session.show_statement("SHOW DEVICE")
    except Error:
        settings.set("device", before)
        raise


def show_memory(session: Session, _argument: str) -> None:
    """Show what the columns in memory take."""
    session.show_statement("SHOW MEMORY")


def clear_cpu(session: Session, _argument: str) -> None:
    """Forget the columns in memory; they are read again when a query needs them."""
    clear(session, "CPU")


def clear_gpu(session: Session, _argument: str) -> None:
    """Forget the columns in the GPU's memory; they are copied again when a query needs them."""
    clear(session, "GPU")


def clear(session: Session, place: str) -> None:
    """Clear the memory of a place, and tell how much it was."""
    freed = held_bytes(session, is_gpu=place == "GPU")
    session.answer(f"ALTER SYSTEM CLEAR {place} MEMORY")
    session.write(f"{freed:,} bytes of columns are no longer held in memory of the {place}")


def held_bytes(session: Session, *, is_gpu: bool) -> int:
    """Return how many bytes of columns the CPU's or the GPU's memory holds."""
    rows = [row for batch in session.answer("SHOW MEMORY").batches() for row in batch.to_pylist()]
    return sum(row["bytes"] for row in rows if (row["device"] != "cpu") == is_gpu)


def show_status(session: Session, _argument: str) -> None:
    """Show the database, the transaction and the settings."""
    connection = session.connection
    tables = connection.snapshot().tables()
    rows = [
        ("database", session.database or "in memory"),
        ("transaction", "open" if connection.in_transaction else "none"),
        ("tables", f"{len(tables):,}"),
        ("rows", f"{sum(table.row_count for table in tables):,}"),
        ("stored bytes", f"{sum(table.stored_bytes for table in tables):,}"),
        *((name, value) for name, value, _ in connection.settings.rows()),
    ]
    show(session, ("name", "value"), rows)


def show_version(session: Session, _argument: str) -> None:
    """Show the version of gpudb and of Python."""
    session.write(f"gpudb {gpudb.__version__}, Python {platform.python_version()}")


DEVICE_COMMANDS: tuple[Command, ...] = (
    Command("cpu", "", "run queries on the CPU", use_cpu),
    Command("gpu", "", "run queries on the GPU", use_gpu),
    Command("device", "[NAME]", "show or choose where queries run", show_device),
    Command("memory_summary", "", "show the memory that columns take", show_memory),
    Command("clear_cpu", "", "forget the columns in memory", clear_cpu),
    Command("clear_gpu", "", "forget the columns in the GPU's memory", clear_gpu),
    Command("status", "", "show the database, the transaction, the settings", show_status),
    Command("version", "", "show the versions", show_version),
)
