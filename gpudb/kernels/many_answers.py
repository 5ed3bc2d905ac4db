"""Answers of text functions for many distinct texts, found by all workers before a kernel is made.

    REGEXP_REPLACE(url, ...)     the texts of url in parts, each unpacked and answered by a worker

The kernel's text looks answers up by code; where they are not there, it asks for all at once.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from gpudb.errors import DataError
from gpudb.kernels import answers
from gpudb.kernels.answers import Answers
from gpudb.kernels.domains import PART_STRINGS, Domain
from gpudb.kernels.radix import Workers
from gpudb.kernels.sources import RowSource, TableSource
from gpudb.sql.expr import Call, ColumnReference, walk
from gpudb.sql.functions import FunctionDefinition, find_definition
from gpudb.sql.pipeline import Pipeline, sink_expressions, step_expressions

# Of fewer texts one worker has found the answers before others have begun.
LEAST_STRINGS = 1 << 16


def answer_many(pipeline: Pipeline, source: RowSource, workers: Workers) -> None:
    """Find the answers of calls of one text column each, where it has many distinct texts.

    Raises DataError, at the call, for wrong constants.
    """
    if not isinstance(source, TableSource):
        return
    texts = {f.id for f in source.scan.fields if f.type.is_text and not f.type.is_array}
    for call, definition in _calls(pipeline) if texts else ():
        asked = answers.asked_of(call)
        text = call.arguments[0] if asked.place == 0 and not asked.is_null else None
        if isinstance(text, ColumnReference) and text.id in texts:
            domain = source.domain(text.id)
            if len(domain) >= LEAST_STRINGS:
                _answer(call, definition, domain, workers)


def _calls(pipeline: Pipeline) -> Iterator[tuple[Call, FunctionDefinition]]:
    """Yield the calls of functions that take whole columns of texts."""
    expressions = [e for step in pipeline.steps for e in step_expressions(step)]
    for expression in (*expressions, *sink_expressions(pipeline.sink)):
        for node in walk(expression):
            definition = find_definition(node.function) if isinstance(node, Call) else None
            if definition is not None and definition.is_host and not definition.is_scalar:
                assert isinstance(node, Call)
                yield node, definition


def _answer(call: Call, definition: FunctionDefinition, domain: Domain, workers: Workers) -> None:
    asked = answers.asked_of(call)

    def find() -> Answers:
        parts = domain.parts()

        def answered(part: int) -> pa.Array:
            return answers.run(definition, asked.given(parts[part]()), call.type).values

        found = workers.each([PART_STRINGS] * len(parts), answered)
        return Answers(pa.chunked_array(found).combine_chunks())

    try:
        domain.keep(("answers", asked.key), find)
    except DataError as error:
        raise answers.placed(error, call) from None
