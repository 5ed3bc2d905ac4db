"""What needs no kernel: rows passed on as they are, and columns taken by the places of rows.

A kernel of hundreds of columns takes seconds to compile, and reads what a filter or a LIMIT drops.
So where many columns are only passed on, the kernel keeps the row's place, and numpy the rest.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

import numpy as np

from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.domains import Domain
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.held import ColumnsInParts, HeldColumn, Relation
from gpudb.kernels.relations import constant_column
from gpudb.kernels.resident_columns import ResidentColumns, columns_there
from gpudb.kernels.sources import HeldSource, RowSource, TableSource
from gpudb.kernels.taken_texts import by_chunk, take_texts
from gpudb.kernels.text_columns import TextColumns
from gpudb.kernels.text_values import FEW_SHARE
from gpudb.records import dataclass, replace
from gpudb.sql.expr import ColumnReference, Literal, field_ids
from gpudb.sql.pipeline import Collect, FilterRows, Pipeline, ScanRows, step_expressions
from gpudb.sql.plan import Field, Item
from gpudb.storage import types
from gpudb.storage.encodings import wide
from gpudb.storage.encodings.encoded import Encoded, PhysicalColumn
from gpudb.storage.encodings.widen import decode
from gpudb.storage.hidden import ROW_COLUMN
from gpudb.storage.resident import read_some, resident_layout
from gpudb.storage.table import TableVersion
from gpudb.storage.types import SqlType

# With fewer plain columns, the kernel reads them all: it sees each row once.
FEWEST_COLUMNS = 16
PLACE = Field(1 << 40, "row", types.BIGINT, nullable=False)


def copied_rows(pipeline: Pipeline, source: RowSource) -> Relation | None:
    """Return the collected rows where the pipeline only passes held columns on.

    No kernel is needed. One is where a device shall put them in order that has them.
    """
    sink = pipeline.sink
    if pipeline.steps or not isinstance(sink, Collect):
        return None
    if isinstance(source, TableSource) and all(i.field == PLACE for i in sink.items):
        if sink.keys:
            return None
        rows = source.rows
        if sink.limit is not None and sink.percent is None:
            rows = min(rows, sink.offset + sink.limit)
        places = BUFFERS.made(rows, lambda at: np.arange(at.start, at.stop))
        return Relation(rows, {PLACE.id: HeldColumn(PLACE.type, places)})
    if not isinstance(source, HeldSource):
        return None
    listed = [(i.field.id, i.expression) for i in sink.items]
    listed += [(-1 - place, k.expression) for place, k in enumerate(sink.keys)]
    held, resident = columns_there(source.relation), source.relation.columns
    if isinstance(resident, ResidentColumns) and sink.keys:
        return None
    references = {id: e.id for id, e in listed if isinstance(e, ColumnReference)}
    may_stay = not sink.keys and len(references) == len(listed)
    if may_stay and isinstance(resident, ColumnsInParts) and not resident.is_joined:
        return Relation(source.rows, resident.of(references))
    columns = {id: held[before] for id, before in references.items()}
    columns |= {
        id: constant_column(e.type, [e.value] * source.rows)
        for id, e in listed
        if isinstance(e, Literal)
    }
    fails = any(column.failures is not None for column in columns.values())
    if fails or len(columns) < len(listed):
        return None
    if isinstance(resident, ResidentColumns):
        return Relation(source.rows, resident.of(columns))
    return Relation(source.rows, columns)


@dataclass(frozen=True)
class LateColumns:
    """The fields to take once the rows are known: the scan's ids and names for them, and types."""

    version: TableVersion
    columns: Mapping[int, tuple[int, str, SqlType]]


def split_late(pipeline: Pipeline, texts: TextColumns) -> tuple[Pipeline, LateColumns | None]:
    """Return a pipeline that keeps places of rows instead of many plain columns, and the latter.

    Texts without codes are left for later, too, where some rows are left out.
    """
    source, sink = pipeline.source, pipeline.sink
    if not isinstance(source, ScanRows) or not isinstance(sink, Collect):
        return pipeline, None
    assert isinstance(source.table, TableVersion)
    scanned = dict(zip((f.id for f in source.fields), source.columns, strict=True))
    plain = {
        item.field.id: (item.expression.id, scanned[item.expression.id], item.field.type)
        for item in sink.items
        if isinstance(item.expression, ColumnReference)
        and scanned.get(item.expression.id, ROW_COLUMN) != ROW_COLUMN
    }
    if len(plain) < FEWEST_COLUMNS:
        plain = _without_codes(pipeline, plain, source.table, texts)
    if not plain:
        return pipeline, None
    place = ColumnReference(id=PLACE.id, name=PLACE.name, type=PLACE.type, nullable=False)
    items = (*(i for i in sink.items if i.field.id not in plain), Item(PLACE, place))
    fields, columns = (*source.fields, PLACE), (*source.columns, ROW_COLUMN)
    narrowed = replace(
        pipeline,
        source=replace(source, fields=fields, columns=columns),
        sink=replace(sink, items=items),
    )
    return narrowed, LateColumns(source.table, plain)


def _without_codes(
    pipeline: Pipeline,
    plain: Mapping[int, tuple[int, str, SqlType]],
    version: TableVersion,
    texts: TextColumns,
) -> dict[int, tuple[int, str, SqlType]]:
    """Return the texts that nothing but the answer has, if a filter or a limit leaves some.

    Joins alone mostly leave all rows: then texts and places would be there at the same time.
    """
    sink = pipeline.sink
    assert isinstance(sink, Collect)
    is_filtered = any(isinstance(step, FilterRows) for step in pipeline.steps)
    if not is_filtered and sink.limit is None:
        return {}
    read = [e for step in pipeline.steps for e in step_expressions(step)]
    read += [k.expression for k in sink.keys]
    read += [i.expression for i in sink.items if i.field.id not in plain]
    looked_at = {id for expression in read for id in field_ids(expression)}
    return {
        id: column
        for id, column in plain.items()
        if column[0] not in looked_at and texts.may_take(version, column[1])
    }


def with_late(
    relation: Relation,
    late: LateColumns,
    source: TableSource,
    fixed: FixedKernels,
    cancel: threading.Event,
) -> Relation:
    """Return the rows kept with the columns that were left for later."""
    places = relation.columns[PLACE.id].values.astype(np.int64)
    columns = {id: c for id, c in relation.columns.items() if id != PLACE.id}
    few: dict[int, str] = {}
    if relation.rows <= FEW_SHARE * late.version.row_count:
        names = ((id, name) for id, (_, name, _) in late.columns.items())
        few = {id: name for id, name in names if source.texts.may_take(late.version, name)}
        columns |= take_texts(source, few, places, fixed, cancel)
    if len(few) == len(late.columns):
        return Relation(relation.rows, columns)
    begins, taken = late.version.first_rows, by_chunk(late.version, places)
    rows = [places[which] - begins[chunk] for chunk, which in enumerate(taken)]
    for id, (scanned, name, type) in late.columns.items():
        if id in few:
            continue
        parts = [
            (which, _part(source, chunk, scanned, name, rows[chunk]))
            for chunk, which in enumerate(taken)
            if len(which)
        ]
        domain = source.domain(scanned) if type.is_text else None
        columns[id] = _joined(type, domain, parts, relation.rows)
    return Relation(relation.rows, columns)


def _part(
    source: TableSource, chunk: int, scanned: int, name: str, rows: np.ndarray
) -> PhysicalColumn:
    version = source.version
    if version.column(name).type.is_text and source.makes_codes(scanned):
        codes = source.codes(scanned, chunk)[rows]
        return PhysicalColumn(codes, codes < 0)
    layout = resident_layout(version, name, source.device_kind)
    return _taken(*read_some(version, chunk, name, layout, source.device_kind, rows))


def _taken(encoded: Encoded, rows: np.ndarray) -> PhysicalColumn:
    if encoded.layout.encoding == "frame":
        (codes,) = encoded.buffers
        return decode(replace(encoded, rows=len(rows), buffers=(codes[rows],)))
    whole = decode(encoded)
    return PhysicalColumn(whole.values[rows], None if whole.nulls is None else whole.nulls[rows])


def _joined(
    type: SqlType,
    domain: Domain | None,
    parts: list[tuple[np.ndarray, PhysicalColumn]],
    rows: int,
) -> HeldColumn:
    if not parts:
        return HeldColumn(type, np.zeros(rows, np.int32), domain=domain)
    if any(wide.is_wide(part.values) for _, part in parts):
        parts = [(which, replace(p, values=wide.as_wide(p.values))) for which, p in parts]
    values = np.zeros(rows, np.result_type(*(part.values for _, part in parts)))
    nulls = np.zeros(rows, np.bool_)
    for which, part in parts:
        values[which] = part.values
        if part.nulls is not None:
            nulls[which] = part.nulls
    if domain is not None:
        values = np.where(nulls, 0, values).astype(np.int32)
    kept = nulls if nulls.any() else None
    if wide.is_wide(values):
        low, high = wide.low_words(values), wide.high_words(values)
        return HeldColumn(type, low, kept, high=high).narrowed()
    return HeldColumn(type, values, kept, domain=domain)
