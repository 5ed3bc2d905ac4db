"""The tables of information_schema, made of a snapshot when a query names them (SQL:2016, part 11).

They hold what there is of the standard's columns, under its names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pyarrow as pa

from gpudb.sql.scope import DATABASE
from gpudb.storage import types
from gpudb.storage.arrow import arrow_type
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.memory import transient_table
from gpudb.storage.names import INFORMATION_SCHEMA, TEMPORARY_SCHEMA
from gpudb.storage.snapshot import Relation, Snapshot
from gpudb.storage.table import TableVersion
from gpudb.storage.types import Kind, SqlType
from gpudb.storage.view import View

# There is one user: who reads the files may do everything.
USER = "gpudb"
INTEGER_DIGITS = {Kind.TINYINT: 8, Kind.SMALLINT: 16, Kind.INTEGER: 32, Kind.BIGINT: 64}
FLOAT_DIGITS = {Kind.FLOAT: 24, Kind.DOUBLE: 53}
# A view's columns: their names, types, and whether they may be NULL; none where it cannot be bound.
DescribeView = Callable[[View], Sequence[tuple[str, SqlType, bool]]]
Rows = Iterable[tuple[object, ...]]
Maker = Callable[[Snapshot, DescribeView], Rows]


def information_table(
    name: str, snapshot: Snapshot, describe_view: DescribeView
) -> TableVersion | None:
    """Return the table of information_schema called `name`, or None."""
    if name not in TABLES:
        return None
    columns, make = TABLES[name]
    definitions = [ColumnDefinition(*column) for column in columns]
    rows = list(make(snapshot, describe_view))
    arrays = [
        pa.array([row[place] for row in rows], arrow_type(definition.type))
        for place, definition in enumerate(definitions)
    ]
    names = [definition.name for definition in definitions]
    return transient_table(name, definitions, [pa.record_batch(arrays, names=names)])


def schema_names(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the names of all schemas, sorted: `temp` where there is something in it."""
    temporary = (TEMPORARY_SCHEMA,) if snapshot.temporary() else ()
    return tuple(sorted((INFORMATION_SCHEMA, *snapshot.schemas, *temporary), key=str.casefold))


def _schemata(snapshot: Snapshot, _: DescribeView) -> Rows:
    for name in schema_names(snapshot):
        yield (DATABASE, name, USER, None, None, None, None)


def _tables(snapshot: Snapshot, _: DescribeView) -> Rows:
    for relation in snapshot.relations():
        is_view = isinstance(relation, View)
        kind, may_insert = ("VIEW", "NO") if is_view else ("BASE TABLE", "YES")
        if not is_view and relation.full_name.is_temporary:
            kind = "LOCAL TEMPORARY"
        commit_action = "PRESERVE" if kind == "LOCAL TEMPORARY" else None
        comment = relation.comment or None
        yield (*_owner(relation), kind, may_insert, "NO", commit_action, comment)


def _owner(relation: Relation) -> tuple[object, ...]:
    return (DATABASE, relation.schema, relation.name)


def _columns(snapshot: Snapshot, describe_view: DescribeView) -> Rows:
    for relation in snapshot.relations():
        if isinstance(relation, View):
            for place, (name, type_, nullable) in enumerate(describe_view(relation), 1):
                comment = relation.column_comment(name) or None
                yield (*_named(relation, name, place), None, *_typed(type_, nullable), comment)
            continue
        for place, column in enumerate(relation.columns, 1):
            described = _typed(column.type, not column.not_null)
            comment = column.comment or None
            head = _named(relation, column.name, place)
            yield (*head, column.default, *described, comment)


def _named(relation: Relation, column: str, place: int) -> tuple[object, ...]:
    return (*_owner(relation), column, place)


def _typed(type_: SqlType, nullable: bool) -> tuple[object, ...]:
    precision = radix = scale = datetime_precision = None
    if type_.kind is Kind.DECIMAL:
        precision, radix, scale = type_.precision, 10, type_.scale
    elif type_.kind in INTEGER_DIGITS:
        precision, radix, scale = INTEGER_DIGITS[type_.kind], 2, 0
    elif type_.kind in FLOAT_DIGITS:
        precision, radix = FLOAT_DIGITS[type_.kind], 2
    elif type_.kind in (Kind.TIMESTAMP, Kind.TIME):
        datetime_precision = type_.precision if type_.kind is Kind.TIMESTAMP else 6
    null = "YES" if nullable else "NO"
    return (null, str(type_.kind.value), precision, radix, scale, datetime_precision)


def _views(snapshot: Snapshot, _: DescribeView) -> Rows:
    for view in snapshot.views():
        yield (*_owner(view), view.text, "NONE", "NO", "NO")


def _table_constraints(snapshot: Snapshot, _: DescribeView) -> Rows:
    for table in snapshot.tables():
        for check in table.checks:
            yield (DATABASE, table.schema, check.name, *_owner(table), "CHECK", "NO", "NO", "YES")


def _check_constraints(snapshot: Snapshot, _: DescribeView) -> Rows:
    for table in snapshot.tables():
        for check in table.checks:
            yield (DATABASE, table.schema, check.name, check.text)


def _texts(names: str) -> tuple[tuple[str, SqlType], ...]:
    return tuple((name, types.TEXT) for name in names.split())


def _numbers(names: str) -> tuple[tuple[str, SqlType], ...]:
    return tuple((name, types.INTEGER) for name in names.split())


def _nothing(_: Snapshot, __: DescribeView) -> Rows:
    """Return no rows: there are no keys, and no routines in the database."""
    return ()


TABLES: dict[str, tuple[tuple[tuple[str, SqlType], ...], Maker]] = {
    "schemata": (
        _texts(
            "catalog_name schema_name schema_owner default_character_set_catalog "
            "default_character_set_schema default_character_set_name sql_path"
        ),
        _schemata,
    ),
    "tables": (
        _texts(
            "table_catalog table_schema table_name table_type is_insertable_into is_typed "
            "commit_action table_comment"
        ),
        _tables,
    ),
    "columns": (
        (
            *_texts("table_catalog table_schema table_name column_name"),
            *_numbers("ordinal_position"),
            *_texts("column_default is_nullable data_type"),
            *_numbers("numeric_precision numeric_precision_radix numeric_scale datetime_precision"),
            *_texts("column_comment"),
        ),
        _columns,
    ),
    "views": (
        _texts(
            "table_catalog table_schema table_name view_definition check_option is_updatable "
            "is_insertable_into"
        ),
        _views,
    ),
    "table_constraints": (
        _texts(
            "constraint_catalog constraint_schema constraint_name table_catalog table_schema "
            "table_name constraint_type is_deferrable initially_deferred enforced"
        ),
        _table_constraints,
    ),
    "key_column_usage": (
        (
            *_texts(
                "constraint_catalog constraint_schema constraint_name table_catalog table_schema "
                "table_name column_name"
            ),
            *_numbers("ordinal_position position_in_unique_constraint"),
        ),
        _nothing,
    ),
    "referential_constraints": (
        _texts(
            "constraint_catalog constraint_schema constraint_name unique_constraint_catalog "
            "unique_constraint_schema unique_constraint_name match_option update_rule delete_rule"
        ),
        _nothing,
    ),
    "routines": (
        _texts(
            "specific_catalog specific_schema specific_name routine_catalog routine_schema "
            "routine_name routine_type data_type"
        ),
        _nothing,
    ),
    "check_constraints": (
        _texts("constraint_catalog constraint_schema constraint_name check_clause"),
        _check_constraints,
    ),
}
