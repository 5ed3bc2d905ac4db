"""What every list of pipelines must hold, stated once as code."""

from __future__ import annotations

from gpudb.sql.expr import Expression, field_ids
from gpudb.sql.pipeline import (
    Build,
    Pipeline,
    Probe,
    Unnest,
    read_results,
    sink_expressions,
    step_expressions,
)


def check(pipelines: tuple[Pipeline, ...]) -> None:
    """Assert that each pipeline reads only fields it has and only pipelines before it."""
    for index, pipeline in enumerate(pipelines):
        assert pipeline.index == index, f"pipeline {pipeline.index} stands at {index}"
        source = pipeline.source
        assert all(read < index for read in read_results(source))
        known = {f.id for f in source.fields}
        for step in pipeline.steps:
            if isinstance(step, Probe):
                assert step.build < index and isinstance(pipelines[step.build].sink, Build)
                _check_known((*step.keys, *step.bands), known)
                known |= {f.id for f in step.payload}
            _check_known(step_expressions(step), known)
            if isinstance(step, Unnest):
                known |= {f.id for f in step.added}
        _check_known(sink_expressions(pipeline.sink), known)


def _check_known(expressions: tuple[Expression, ...], known: set[int]) -> None:
    for expression in expressions:
        missing = field_ids(expression) - known
        assert not missing, f"fields {sorted(missing)} are not there for {expression!r}"
