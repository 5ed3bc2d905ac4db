"""A pipeline's kernel: one function `rows` of the kernel language, and what it needs to run.

    def rows(first, end, step, errors, <parameters>):
        <the sink opens>
        for row in range(first, end, step):
            <filters: guards that continue>   <probes: guards or loops>
            <the sink takes the row>
        <the sink closes>
        return end

It returns `end`, or the row where it ran out of room, or -1 after an error. Of threads that share
memory a block may do something before its rows and after them (`sinks.block`):

    open_block   barrier   rows   barrier   close_block

Where one launch takes many chunks, the loop stands in another one over pieces (`pieces`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property

from gpudb.compiler.language import Entry, Pointer, Program, ValueType
from gpudb.kernels.arguments import Places, places_of
from gpudb.kernels.blocks import (
    BlockTests,
    Shares,
    find_leading_key,
    find_tests,
    with_threshold,
)
from gpudb.kernels.builds import BuildTable
from gpudb.kernels.pieces import Amount, over_pieces
from gpudb.kernels.scope import Reader, Scope
from gpudb.kernels.sinks.single import SingleWriter
from gpudb.kernels.sinks.sink import SinkWriter
from gpudb.kernels.sinks.top import TopWriter
from gpudb.kernels.steps import write_steps
from gpudb.kernels.survivors import FLAG, survivors
from gpudb.kernels.writer import Parameter, Phases, Site, Writer
from gpudb.records import dataclass, replace
from gpudb.sql.pipeline import Step

ERRORS = ("errors", Pointer("int64"))
# The outputs of a row that takes long.
SHORT_FANOUT = 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """What there is to know of a text to let it serve again; None where it cannot."""

    tests: BlockTests | None
    scope: Scope
    writer: Writer


@dataclass(frozen=True)
class Kernel:
    """The generated text with its parameters; `sites` tell its error codes.

    `ties` are kernels that run behind it over the same rows, on the same memory (`sinks.ties`);
    `columns` what each piece has its own of, where it runs over pieces. A row of the source can
    have `fanout` outputs, or else be `is_lengthy`.
    """

    rows: str
    library: str
    parameters: tuple[Parameter, ...]
    sites: tuple[Site, ...]
    is_shared: bool = False
    phases: Phases | None = None
    ties: tuple[Kernel, ...] = ()
    columns: tuple[Parameter, ...] | None = None
    fanout: int = 1
    is_lengthy: bool = False
    asked: Asked | None = None

    @cached_property
    def places(self) -> Places:
        """Where the arguments come from."""
        return places_of(self.parameters)

    @property
    def text(self) -> str:
        """All that was generated."""
        return "\n".join([self._own_text, *(tie.text for tie in self.ties)])

    def with_places(self, places: Places) -> Kernel:
        """Return the same text, and what was put together of it, with other arguments."""
        made = object.__new__(Kernel)
        vars(made).update(vars(self), places=places)
        return made

    @property
    def _own_text(self) -> str:
        """What was generated for this kernel without those behind it."""
        return "\n".join([*(text for _, text in self._blocks()), self.rows])

    @cached_property
    def program(self) -> Program:
        """The text with a driver: `main` calls `rows` with a constant step of 1.

        Or, where threads share memory, gives each thread rows of its own, between what its block
        does before and after.
        """
        names = [p.name for p in self.parameters]
        scratch = () if self.phases is None else self.phases.scratch
        given = ", ".join([*names, *(name for name, _ in scratch)])
        driver = f"def main(first, end, errors, {given}):\n{self._body(names)}"
        index = (("first", ValueType.INT), ("end", ValueType.INT), ERRORS)
        entry = Entry("main", (*index, *((p.name, p.type) for p in self.parameters), *scratch))
        library = f"{self.library}\n\n{self._own_text}"
        # Better code is not taken before a call ends.
        is_short = self.fanout <= SHORT_FANOUT and not self.is_lengthy
        return Program(driver, library, (entry,), soon=is_short and not self.is_shared)

    def _body(self, names: Sequence[str]) -> str:
        if not self.is_shared:
            return f"    return rows(first, end, 1, errors, {', '.join(names)})\n"
        instead = {} if self.phases is None else self.phases.instead
        given = ", ".join(instead.get(name, name) for name in names)
        rows = f"rows(first + thread_index(), end, thread_count(), errors, {given})"
        if self.phases is None:
            return f"    {rows}\n"
        opened, closed = (call for call, _ in self._blocks())
        # A block without rows has nothing to do, and nobody waits for a thread that has left the
        # kernel, as those do that fail.
        return (
            "    if first + thread_index() - block_thread() >= end:\n        return\n"
            f"    {opened}\n    barrier()\n    if {rows} < 0:\n        return\n"
            f"    barrier()\n    {closed}\n"
        )

    def _blocks(self) -> list[tuple[str, str]]:
        """Return the calls and the texts of what a block does before and after its rows."""
        if self.phases is None:
            return []
        phases = self.phases
        known = [ERRORS[0], *(p.name for p in self.parameters), *(n for n, _ in phases.scratch)]
        blocks = []
        for name, lines in (("open_block", phases.opening), ("close_block", phases.closing)):
            words = set(re.findall(r"\w+", "\n".join(lines)))
            call = f"{name}({', '.join(n for n in known if n in words)})"
            blocks.append((call, "\n".join([f"def {call}:", *lines, ""])))
        return blocks


def generate(
    steps: tuple[Step, ...],
    readers: Mapping[int, Reader],
    builds: dict[int, BuildTable],
    sink: SinkWriter,
    *,
    fanout: int,
    shares: Shares | None = None,
    is_shared: bool = False,
    pieces: Amount | None = None,
) -> Kernel:
    """Write the kernel of a pipeline.

    `fanout` is how many outputs one row of the source can have; over `pieces` one launch may take
    many chunks. Raises NoSharedFormError where
    threads cannot share the memory of the sink but should.
    """
    writer = Writer(is_shared=is_shared)
    scope = Scope(writer)
    scope.add(readers)
    sink.open(scope)
    tests = block_tests(steps, builds, scope, sink, frozenset(readers), shares)
    with _over_rows(tests, scope, pieces) as columns, ExitStack() as loops:
        if fanout > 1:
            sink.begin_row(scope)
        write_steps(steps if tests is None else tests.rest, builds, scope, loops)
        sink.row(scope)
    sink.close(scope)
    writer.line("return end")
    names = ", ".join(p.name for p in writer.parameters)
    head = (
        f"def rows(first, end, step, errors, {names}):"
        if names
        else "def rows(first, end, step, errors):"
    )
    return Kernel(
        "\n".join([head, *writer.lines, ""]),
        "\n\n".join(writer.functions.values()),
        tuple(writer.parameters),
        tuple(writer.sites),
        is_shared,
        writer.phases,
        columns=None if columns is None else tuple(columns),
        fanout=fanout,
        is_lengthy=writer.is_lengthy,
        asked=Asked(tests, scope, writer) if writer.may_be_kept else None,
    )


def block_tests(
    steps: tuple[Step, ...],
    builds: Mapping[int, BuildTable],
    scope: Scope,
    sink: SinkWriter,
    source_ids: frozenset[int],
    shares: Shares | None,
) -> BlockTests | None:
    """Return the tests worth a block's loop, or None; a sink of first rows knows its key then."""
    tests = None
    if shares is not None:
        tests = find_tests(steps, builds, scope, source_ids, shares)
    if tests is not None and tests.masks and not tests.rest and isinstance(sink, SingleWriter):
        sink.flag, tests = FLAG, replace(tests, guards=False)
    if isinstance(sink, TopWriter):
        sink.column = find_leading_key(sink, steps, scope, source_ids)
        tests = with_threshold(tests, sink, steps, scope, shares)
    return tests


@contextmanager
def _over_rows(
    tests: BlockTests | None, scope: Scope, pieces: Amount | None
) -> Iterator[list[Parameter] | None]:
    """Write the loop over rows; over pieces it gives the list of what they have their own of."""
    if pieces is not None:
        with over_pieces(scope.writer, pieces) as columns:
            yield columns
        return
    loop = scope.writer.block("for row in range(first, end, step):")
    with loop if tests is None else survivors(tests, scope):
        yield None
