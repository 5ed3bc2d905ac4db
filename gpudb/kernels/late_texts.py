"""Texts without a dictionary of few rows: those are taken once the rows are known.

    scan -> filters -> sink that reads texts        codes: all texts of the column are told apart
    scan -> filters -> rows | few texts -> sink     where few rows pass: theirs alone

What is wanted of the rows is looked at by a first kernel, and their texts by a second one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from gpudb.kernels.held import Relation
from gpudb.kernels.late import PLACE
from gpudb.kernels.sources import HeldSource, RowSource, TableSource
from gpudb.kernels.taken_texts import take_texts
from gpudb.kernels.text_columns import TextColumns
from gpudb.kernels.text_values import FEW_SHARE, Wanted
from gpudb.records import replace
from gpudb.sql.estimate import estimate, selectivity
from gpudb.sql.expr import Expression, field_ids, split_conjunction
from gpudb.sql.pipeline import (
    Collect,
    FilterRows,
    Pipeline,
    ResultRows,
    ScanRows,
    sink_expressions,
    step_expressions,
)
from gpudb.sql.plan import Field, Item
from gpudb.sql.stream import reference
from gpudb.sql.text_values import guessed_scan
from gpudb.storage.hidden import ROW_COLUMN
from gpudb.storage.table import TableVersion

if TYPE_CHECKING:
    from gpudb.kernels.pipeline_profile import PipelineProfile
    from gpudb.kernels.run import Run

# Where more rows are guessed to pass nobody looks how many do.
MOST_GUESSED = 1 / 4

# Of each conjunct of the filters.
Passing = dict[Expression, float]


def texts_of_few(pipeline: Pipeline, texts: TextColumns) -> tuple[dict[Field, str], Passing]:
    """Return the texts that only the sink reads, where few rows seem to come, and their columns.

    And the share of the rows that is guessed to pass each conjunct of the filters.
    """
    source = pipeline.source
    if not isinstance(source, ScanRows) or not isinstance(source.table, TableVersion):
        return {}, {}
    if not pipeline.steps or not all(isinstance(step, FilterRows) for step in pipeline.steps):
        return {}, {}
    known = zip(source.fields, source.columns, strict=True)
    found = {f: c for f, c in known if f.type.is_text and texts.may_take(source.table, c)}
    if not found:
        return {}, {}
    looked_at = _read(e for step in pipeline.steps for e in step_expressions(step))
    taken = _read(sink_expressions(pipeline.sink)) - looked_at
    found = {f: column for f, column in found.items() if f.id in taken}
    shares = _shares(pipeline) if found else {}
    return (found, shares) if math.prod(shares.values()) <= MOST_GUESSED else ({}, {})


def _read(expressions: Iterable[Expression]) -> set[int]:
    return {id for expression in expressions for id in field_ids(expression)}


def _shares(pipeline: Pipeline) -> Passing:
    assert isinstance(pipeline.source, ScanRows)
    scan, original = guessed_scan(pipeline.source)
    guess = estimate(scan)
    return {part: selectivity(guess, original(part)) for part in _conjuncts(pipeline)}


def _conjuncts(pipeline: Pipeline) -> tuple[Expression, ...]:
    filters = (step.predicate for step in pipeline.steps if isinstance(step, FilterRows))
    return tuple(part for predicate in filters for part in split_conjunction(predicate))


def prepared(run: Run, pipeline: Pipeline, source: TableSource) -> TableSource:
    """Return a scan's source once what follows from single texts is found."""
    texts, tests = texts_of_few(pipeline, run.texts)
    run.notes += source.prepare(run.fixed, run.cancel, Wanted(tuple(texts.values()), tuple(tests)))
    return source


def with_few_texts(
    run: Run, pipeline: Pipeline, source: RowSource, profile: PipelineProfile
) -> tuple[Pipeline, RowSource]:
    """Return what is left to do over the rows that pass the filters, where these are few."""
    texts, shares = texts_of_few(pipeline, run.texts)
    if not texts or not isinstance(source, TableSource):
        return pipeline, source
    for part in shares:
        known = source.find_share(part)
        shares[part] = shares[part] if known is None else known
    if math.prod(shares.values()) > FEW_SHARE:
        return pipeline, source
    scan = source.scan
    read = _read(sink_expressions(pipeline.sink))
    own = [f for f in (*scan.fields, *(v.field for v in scan.values)) if f.id in read]
    plain = [f for f in own if f not in texts]
    items = tuple(Item(f, reference(f)) for f in (*plain, PLACE))
    scan = replace(scan, fields=(*scan.fields, PLACE), columns=(*scan.columns, ROW_COLUMN))
    narrowed = replace(pipeline, source=scan, sink=Collect(items))
    found = run.run_kernel(narrowed, source.of_scan(scan), profile)
    if found.rows > FEW_SHARE * max(1, source.rows):
        return pipeline, source
    columns = {f.id: found.columns[f.id] for f in plain}
    places = found.columns[PLACE.id].values.astype(np.int64)
    taken = {f.id: column for f, column in texts.items()}
    columns |= take_texts(source, taken, places, run.fixed, run.cancel)
    rest = replace(pipeline, source=ResultRows(pipeline.index, tuple(own)), steps=())
    return rest, HeldSource(Relation(found.rows, columns), own)
