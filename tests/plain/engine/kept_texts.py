"""Checks that each text that serves again is the one that would be written anew.

Every pipeline that is run asks for its text again: as it is, with other constants, and as if its
tables had grown or held other values. Where a kept text serves, another is written, and kernels,
arguments and sinks must be the same.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass, replace
from typing import Any
from unittest import mock

import numpy as np

import gpudb
from gpudb.devices.device import Device
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.generate import Kernel, generate
from gpudb.kernels.kept_texts import KeptTexts
from gpudb.kernels.reads import EncodedReader
from gpudb.kernels.run import Run
from gpudb.kernels.scope import Reader
from gpudb.kernels.sinks.sink import SinkWriter
from gpudb.kernels.sinks.tiers import Crowd
from gpudb.kernels.sources import RowSource
from gpudb.kernels.wanted_texts import Wanted
from gpudb.kernels.written import Written
from gpudb.sql.bounds import Bounds
from gpudb.sql.expr import Literal
from gpudb.sql.pipeline import Pipeline, ScanRows


class Checked:
    """How often a text was asked for, and how often a kept one served, by the change."""

    def __init__(self) -> None:
        self.asked: dict[str, int] = {}
        self.served: dict[str, int] = {}


class Changed:
    """A source with other rows and bounds than it has."""

    def __init__(self, source: RowSource, change: Callable[[Bounds], Bounds], rows: int) -> None:
        self._source, self._change, self.rows = source, change, rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def readers(self) -> Mapping[int, Reader]:
        """Return the readers, which know of other bounds."""
        readers = self._source.readers()
        return {
            id: replace(r, bounds=self._change(r.bounds))
            if isinstance(r, EncodedReader) and r.bounds is not None
            else r
            for id, r in readers.items()
        }


@contextmanager
def checked_texts(*, is_varied: bool = True) -> Iterator[Checked]:
    """Check every text that serves within the block; by themselves too, or only as queries ask."""
    checked, find, keep, write = Checked(), KeptTexts.find, KeptTexts.keep, Run._write_for
    change: list[str] = []

    def checked_find(texts: KeptTexts, wanted: Wanted, form: Any) -> Any:
        served = find(texts, wanted, form)
        name = change[0] if change else ""
        checked.asked[name] = checked.asked.get(name, 0) + 1
        if served is not None:
            check_served(wanted, *served)
            checked.served[name] = checked.served.get(name, 0) + 1
        return served

    def checked_keep(texts: KeptTexts, *given: Any) -> None:
        if not change:
            keep(texts, *given)

    def write_again(
        run: Run,
        device: Device,
        pipeline: Pipeline,
        source: RowSource,
        crowd: Crowd | None = None,
    ) -> Written:
        written = write(run, device, pipeline, source, crowd)
        for name, other, rows in variants(pipeline, source) if is_varied else ():
            change.append(name)
            try:
                with suppress(gpudb.Error):
                    write(run, device, other, rows, crowd)
            finally:
                change.pop()
        return written

    with (
        mock.patch.object(KeptTexts, "find", checked_find),
        mock.patch.object(KeptTexts, "keep", checked_keep),
        mock.patch.object(Run, "_write_for", write_again),
    ):
        yield checked


def variants(pipeline: Pipeline, source: RowSource) -> Iterator[tuple[str, Pipeline, RowSource]]:
    """Yield a pipeline and its source as they are, and with changes."""
    yield "same", pipeline, source
    for name, number in (
        ("next", lambda n: n + 1),
        ("zero", lambda n: n * 0),
        ("less", lambda n: -n - 3),
    ):
        steps = with_numbers(pipeline.steps, number)
        if steps is not pipeline.steps:
            yield name, replace(pipeline, steps=steps), source
    # What is guessed of the same table again is not guessed anew.
    if isinstance(pipeline.source, ScanRows):
        fields = (*pipeline.source.fields,)
        pipeline = replace(pipeline, source=replace(pipeline.source, fields=fields))
    yield "few", pipeline, _changed(source, lambda b: b, 1)
    yield "grown", pipeline, _changed(source, lambda b: Bounds(b.minimum, b.maximum + 1), 0)
    yield "wide", pipeline, _changed(source, lambda b: Bounds(-(1 << 61), 1 << 62), 1 << 40)


def _changed(source: RowSource, change: Callable[[Bounds], Bounds], rows: int) -> Any:
    return Changed(source, change, rows or source.rows)


def with_numbers(part: Any, change: Callable[[Any], Any]) -> Any:
    """Return a part of a plan with other numbers for all of its literals."""
    if isinstance(part, Literal):
        is_number = type(part.value) in (int, float)
        return replace(part, value=change(part.value)) if is_number else part
    if isinstance(part, tuple):
        made = tuple(with_numbers(each, change) for each in part)
        is_same = all(a is b for a, b in zip(made, part, strict=True))
        return part if is_same else made
    if not is_dataclass(part) or isinstance(part, type):
        return part
    changes = {}
    for each in fields(part):
        value = getattr(part, each.name)
        made = with_numbers(value, change)
        if made is not value:
            changes[each.name] = made
    return replace(part, **changes) if changes else part


def check_served(wanted: Wanted, sink: SinkWriter, kernel: Kernel) -> None:
    """Check a kept text and its sink against what is written anew."""
    fresh = generate(
        wanted.pipeline.steps,
        wanted.readers,
        dict(wanted.builds),
        wanted.sink,
        fanout=wanted.fanout,
        shares=wanted.shares,
    )
    assert kernel.text == fresh.text
    assert kernel.library == fresh.library
    assert kernel.program == fresh.program
    assert (kernel.fanout, kernel.is_lengthy) == (fresh.fanout, fresh.is_lengthy)
    for own, other in zip(kernel.parameters, fresh.parameters, strict=True):
        assert (own.name, own.type) == (other.name, other.type)
        assert type(own.supply) is type(other.supply)
    assert_same(kernel.places, fresh.places, "places")
    for site, again in zip(kernel.sites, fresh.sites, strict=True):
        assert site.span == again.span
    assert_same(sink, wanted.sink, type(sink).__name__)


def assert_same(own: Any, other: Any, place: str, seen: frozenset[int] = frozenset()) -> None:
    """Check that two objects hold the same, whatever they are."""
    if own is other or id(own) in seen:
        return
    assert type(own) is type(other), place
    seen |= {id(own)}
    if isinstance(own, np.ndarray):
        assert own.dtype == other.dtype, place
        assert np.array_equal(own, other, equal_nan=own.dtype.kind == "f"), place
    elif isinstance(own, float):
        assert repr(own) == repr(other), place
    elif isinstance(own, tuple | list | dict) or not isinstance(own, LEAVES):
        parts, others = parts_of(own, other), parts_of(other, own)
        assert parts.keys() == others.keys(), place
        for name, part in parts.items():
            assert_same(part, others[name], f"{place} {name}", seen)
        assert parts or own == other or callable(own) or isinstance(own, LOCK), place
    else:
        assert own == other, place


def parts_of(own: Any, other: Any) -> dict[Any, Any]:
    """Return the parts of an object, also those that it only has as its class has them."""
    if isinstance(own, dict):
        return own
    if isinstance(own, tuple | list):
        return dict(enumerate(own))
    if hasattr(own, "__dict__"):
        return {name: getattr(own, name) for name in vars(own) | vars(other)}
    if is_dataclass(own):
        return {each.name: getattr(own, each.name) for each in fields(own) if each.compare}
    return {}


LOCK = type(threading.Lock())
LEAVES = (int, str, bytes, type(None), threading.Event, FixedKernels)
