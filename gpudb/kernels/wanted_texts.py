"""What a kernel's text is written from, as it is in one run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from gpudb.kernels.blocks import BlockTests, Shares
from gpudb.kernels.build_forms import Form, build_form, column_form, domain_form
from gpudb.kernels.builds import BuildTable
from gpudb.kernels.domains import Domain
from gpudb.kernels.generate import block_tests
from gpudb.kernels.guesses import find_shares
from gpudb.kernels.held import HeldColumn
from gpudb.kernels.narrow import Interval, tested_intervals
from gpudb.kernels.reads import CodesReader, EncodedReader, HeldReader
from gpudb.kernels.scope import Reader, Scope
from gpudb.kernels.sinks.collect import CollectWriter
from gpudb.kernels.sinks.keyed import KeyedWriter, KeySetWriter
from gpudb.kernels.sinks.number import NumberWriter
from gpudb.kernels.sinks.single import SingleWriter
from gpudb.kernels.sinks.sink import SinkWriter
from gpudb.kernels.sinks.top import TopWriter
from gpudb.kernels.writer import Writer
from gpudb.records import dataclass
from gpudb.sql.bounds import Bounds
from gpudb.sql.pipeline import Pipeline, Probe

KeepableSink = SingleWriter | KeyedWriter | CollectWriter
KEPT_SINKS = (SingleWriter, KeyedWriter, KeySetWriter, CollectWriter, TopWriter, NumberWriter)


def keepable(sink: SinkWriter) -> KeepableSink | None:
    """Return the sink if it can run by a text that another has written."""
    return sink if type(sink) in KEPT_SINKS else None  # type: ignore[return-value]


class Wanted:
    """What a text is written from: a pipeline as it runs now."""

    def __init__(
        self,
        pipeline: Pipeline,
        readers: Mapping[int, Reader],
        builds: Mapping[int, BuildTable],
        sink: KeepableSink,
        fanout: int,
    ) -> None:
        self.pipeline, self.readers, self.builds = pipeline, readers, builds
        self.sink, self.fanout = sink, fanout
        self.probes = [step for step in pipeline.steps if isinstance(step, Probe)]
        self._payload = {f.id: step.build for step in self.probes for f in step.payload}

    @property
    def key(self) -> tuple[object, ...]:
        """What most texts that do not serve differ in."""
        return self.pipeline.index, type(self.sink), *map(field_name, self.readers.values())

    @cached_property
    def form(self) -> Form | None:
        """The forms of what is read; None where a text is of just this run."""
        made = [build_form(step, self.builds[step.build]) for step in self.probes]
        if None in made:
            return None
        readers = {id: reader_form(reader) for id, reader in self.readers.items()}
        return self.fanout, readers, made

    @cached_property
    def shares(self) -> Shares | None:
        """What is guessed of a scan's rows."""
        return find_shares(self.pipeline)

    def column(self, field: int) -> HeldColumn:
        """Return a held column, the source's or a build's."""
        reader = self.readers.get(field)
        if isinstance(reader, HeldReader):
            return reader.column
        return self.builds[self._payload[field]].relation.columns[field]

    def bounds(self, field: int) -> Bounds | None:
        """Return a field's bounds."""
        reader = self.readers.get(field)
        if reader is not None:
            return reader.bounds
        return self.column(field).shared_bounds if field in self._payload else None

    def domain(self, field: int) -> Domain | None:
        """Return the domain of a field whose codes are made for the query."""
        reader = self.readers[field]
        return reader.find_domain() if isinstance(reader, CodesReader) else None

    @cached_property
    def tests(self) -> BlockTests | None:
        """The tests of blocks, found without a text."""
        steps, ids = self.pipeline.steps, frozenset(self.readers)
        return block_tests(steps, self.builds, self._scope, self.sink, ids, self.shares)

    @property
    def tested(self) -> Tested:
        """What a text depends on of the tests."""
        return Tested.of(self.tests, self._scope)

    @cached_property
    def _scope(self) -> Scope:
        scope = Scope(Writer())
        scope.add(self.readers)
        return scope


@dataclass(frozen=True, slots=True)
class Tested:
    """What a text depends on of a block's tests, and the limits that it is passed."""

    form: Form
    limits: tuple[Interval, ...]

    @classmethod
    def of(cls, tests: BlockTests | None, scope: Scope) -> Tested:
        """Return this of tests, or of none."""
        if tests is None:
            return cls((), ())
        intervals = [test.interval for test in tests.keys if test.interval is not None]
        found, left = tested_intervals(tests.conjuncts, scope, intervals)
        keys = [(t.key, None if t.bits is None else t.bits.least != 0) for t in tests.keys]
        columns = [tuple([(each.column, each.is_outside) for each in some]) for some in found]
        kind = tests.is_sparse, tests.threshold, tests.masks, tests.guards
        form = tests.conjuncts, tuple(keys), tests.rest, kind, tuple(columns), tuple(left)
        return cls(form, tuple([interval for some in found for interval in some]))


def field_name(reader: Reader) -> str:
    """Return the name of the field that is read."""
    return str(reader.field.name)  # type: ignore[attr-defined]  # each reads one


def reader_form(reader: Reader) -> Form:
    """Return what the reading of a field depends on, but bounds and domains that are asked for."""
    if isinstance(reader, EncodedReader):
        return reader.field, reader.layout, domain_form(reader.domain)
    if isinstance(reader, HeldReader):
        return reader.field, column_form(reader.column), reader.is_in_pieces
    return (reader.field,)  # type: ignore[attr-defined]  # codes, and arrays, which are not kept
