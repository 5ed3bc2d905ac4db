"""The rows of one table as a plan: those that are there, with their numbers where asked for."""

from __future__ import annotations

from sqlglot import exp

from gpudb.records import dataclass
from gpudb.sql.bind.context import Environment
from gpudb.sql.bind.dispatch import reference
from gpudb.sql.bind.joins import From
from gpudb.sql.dialect import plain_name
from gpudb.sql.plan import Field, Filter, Item, Plan, Project, Scan
from gpudb.sql.scope import Scope, Source, Table
from gpudb.storage import types
from gpudb.storage.hidden import LIVE_COLUMN, ROW_COLUMN
from gpudb.storage.names import RelationName


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of a table that are there, and the columns that statements see of them.

    `number` is the field of the rows' numbers, where they were asked for.
    """

    plan: Plan
    fields: tuple[Field, ...]
    number: Field | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(field.name for field in self.fields)


def table_rows(table: Table, environment: Environment, *, numbered: bool = False) -> TableRows:
    """Return the rows of a table or a file; those that are deleted do not pass."""
    fields = tuple(
        environment.field(c.name, c.type, nullable=not c.not_null) for c in table.columns
    )
    names = tuple(column.name for column in table.columns)
    shown, number = fields, None
    if numbered:
        number = environment.field("row_number", types.BIGINT, nullable=False)
        shown, names = (*shown, number), (*names, ROW_COLUMN)
    # Files have none. (To ask whether a table is of a protocol takes 40 us.)
    if not getattr(table, "deleted_rows", 0):
        return TableRows(Scan(table, shown, names), fields, number)
    live = environment.field("live", types.BOOLEAN, nullable=False)
    scan = Scan(table, (*shown, live), (*names, LIVE_COLUMN))
    items = tuple(Item(each, reference(each)) for each in shown)
    return TableRows(Project(Filter(scan, reference(live)), items), fields, number)


def named_from(rows: TableRows, node: exp.Table, name: RelationName) -> From:
    """Return the rows under the alias that `node` gives them, or else under `name`."""
    alias = node.args.get("alias")
    if alias is not None and alias.name:
        return From(rows.plan, Scope((Source(plain_name(alias.name), rows.fields),)))
    return From(rows.plan, Scope((Source(name.name, rows.fields, schema=name.schema),)))
