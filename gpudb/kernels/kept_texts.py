"""Kernels' texts that serve again: for the same question, for more rows, for other constants.

    pipeline, readers, builds, sink  ->  a kept text?  what it was written by is looked at again
                                     ->  its arguments, of this run

What a text depends on is known of everything that it is written from:

    steps, sink        alike, but for numbers that are compared            kernels/alike.py
    readers, builds    their forms, and the bounds of fields asked for     kernels/build_forms.py
    domains            the same ones
    guesses            the tests of blocks that come of them, found anew

A text whose arguments are not all known to be found again is not kept. Each constant says where
it comes from (kernels/origins.py); one that does not follows from what is the same.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from weakref import ref

import numpy as np

from gpudb.kernels.alike import Matched, Place, repeated_literals
from gpudb.kernels.arguments import Places
from gpudb.kernels.blocks import BlockTests
from gpudb.kernels.build_forms import Form, are_covered, build_facts
from gpudb.kernels.generate import Asked, Kernel
from gpudb.kernels.narrow import Interval
from gpudb.kernels.origins import SAME, OfBuild, OfColumn, OfLiteral, OfSink, OfTest, Origin
from gpudb.kernels.sinks.keyed import KeyedWriter
from gpudb.kernels.sinks.sink import SinkWriter
from gpudb.kernels.sinks.top import TopWriter
from gpudb.kernels.wanted_texts import Tested, Wanted
from gpudb.kernels.writer import (
    Argument,
    Constant,
    FromLimits,
    LanguageType,
    Parameter,
    pointer_to,
    scalar_type,
    without_bools,
)
from gpudb.records import dataclass, replace
from gpudb.sql.pipeline import Group, Probe, ScanRows, Sink, Step

# So many texts are kept, and so many that are looked for under the same names.
MOST_TEXTS, MOST_ALIKE = 256, 8


class OtherTextError(Exception):
    """A text does not serve: another one would be written."""


class Known:
    """What guesses were made of: where it is the same, so are the tests of blocks.

    Held rows and single aggregates have none.
    """

    def __init__(self, wanted: Wanted, tests: BlockTests | None) -> None:
        self._source = self._table = None
        self._is_guessed, source = wanted.shares is not None, wanted.pipeline.source
        if isinstance(source, ScanRows) and self._is_guessed:
            self._source, self._table = source.fields, ref(source.table)
        self._steps, self._facts = wanted.pipeline.steps, self._facts_of(wanted)
        self._tests = [] if tests is None else [self._build_of(t.bits, wanted) for t in tests.keys]

    @staticmethod
    def _facts_of(wanted: Wanted) -> list[Form | None]:
        return [build_facts(wanted.builds[step.build]) for step in wanted.probes]

    @staticmethod
    def _build_of(bits: object, wanted: Wanted) -> int:
        builds = (step.build for step in wanted.probes)
        return next((build for build in builds if wanted.builds[build].index is bits), -1)

    def is_same(self, wanted: Wanted) -> bool:
        """Whether nothing has changed that guesses are made of."""
        source = wanted.pipeline.source
        if not self._is_guessed:
            return not isinstance(source, ScanRows) or wanted.shares is None
        if not isinstance(source, ScanRows) or source.values or None in self._facts:
            return False
        is_same = source.fields is self._source and wanted.pipeline.steps is self._steps
        return is_same and self._is_table(source) and self._facts == self._facts_of(wanted)

    def _is_table(self, source: ScanRows) -> bool:
        return self._table is not None and self._table() is source.table

    def bits(self, place: int, wanted: Wanted) -> object:
        """Return the bits that a test looks up."""
        return wanted.builds[self._tests[place]].index


@dataclass(frozen=True, slots=True)
class Passed:
    """A constant that each run finds for itself: its place among the parameters, name, type."""

    place: int
    name: str
    type: LanguageType
    origin: Origin


class KeptText:
    """One text, the sink as it was when the text was written, and what it was written by."""

    def __init__(self, wanted: Wanted, form: Form, kernel: Kernel, asked: Asked) -> None:
        self._form, self._sink_form = form, wanted.sink.form
        self._sink = wanted.sink.again(wanted.sink)  # type: ignore[arg-type]  # itself
        self._steps, self._end = wanted.pipeline.steps, without_plan(wanted.pipeline.sink)
        self._repeated = repeated_literals(self._steps)
        self._is_exact = any(site.span is not None for site in kernel.sites)
        self._bounds = asked.scope.asked
        self._domains = {field: ref(domain) for field, domain in asked.writer.domains.items()}
        self._covered, self._others = asked.scope.covered, asked.writer.others
        self._tested, self._known = Tested.of(asked.tests, asked.scope), Known(wanted, asked.tests)
        self._rest: Sequence[Step] = self._steps if asked.tests is None else asked.tests.rest
        self._passed = tuple(_passed(kernel.parameters))
        self._kernel = without_values(kernel, self._passed)

    def serve(self, wanted: Wanted, form: Form) -> tuple[SinkWriter, Kernel] | None:
        """Return the sink and the kernel of a pipeline, or None where the text does not serve."""
        try:
            return self._served(wanted, form)
        except OtherTextError:
            return None

    def _served(self, wanted: Wanted, form: Form) -> tuple[SinkWriter, Kernel]:
        matched = Matched(self._repeated, is_exact=self._is_exact)
        _ask(form == self._form)
        _ask(matched.alike(self._steps, wanted.pipeline.steps))
        _ask(matched.alike(self._end, wanted.pipeline.sink))
        _ask(all(wanted.bounds(field) == known for field, known in self._bounds.items()))
        _ask(all(wanted.domain(field) is known() for field, known in self._domains.items()))
        is_known = self._known.is_same(wanted)
        rest, limits = self._look_at_tests(wanted, matched, is_known=is_known)
        _ask(wanted.sink.form == self._sink_form)
        _ask(self._is_chosen_alike(wanted, is_known=is_known))
        self._look_at_covers(wanted, rest)
        places = self._places(wanted, matched, limits, is_known=is_known)
        made = self._sink.again(wanted.sink)  # type: ignore[arg-type]  # of the same class
        return made, self._kernel.with_places(places)

    def _is_chosen_alike(self, wanted: Wanted, *, is_known: bool) -> bool:
        """Whether the groups of a run would be kept by the same writer."""
        kept, fresh = self._sink, wanted.sink
        if not isinstance(kept, KeyedWriter) or not isinstance(fresh, KeyedWriter):
            return True
        is_same = is_known and isinstance(wanted.pipeline.source, ScanRows) and not wanted.probes
        return is_same or fresh.chooses_like(kept)

    def _look_at_tests(
        self, wanted: Wanted, matched: Matched, *, is_known: bool
    ) -> tuple[Sequence[Step], Sequence[Interval]]:
        """Return the steps for the rows that pass a block's tests, and the limits of these."""
        if is_known:
            if isinstance(wanted.sink, TopWriter) and isinstance(self._sink, TopWriter):
                wanted.sink.column, wanted.sink.code_dtype = (
                    self._sink.column,
                    self._sink.code_dtype,
                )
            is_plain = not self._tested.form
            return wanted.pipeline.steps if is_plain else self._rest, self._tested.limits
        tests, tested = wanted.tests, wanted.tested
        _ask(matched.alike(self._tested.form, tested.form, Place.CONDITION))
        return wanted.pipeline.steps if tests is None else tests.rest, tested.limits

    def _look_at_covers(self, wanted: Wanted, rest: Sequence[Step]) -> None:
        """See whether bitmaps hold all keys that probes have where they did."""
        for old, new in zip(self._rest, rest, strict=True):
            known = self._covered.get(id(old))
            if known is not None:
                assert isinstance(new, Probe)
                _ask(are_covered(new, wanted.builds[new.build], wanted.bounds) is known)

    def _places(
        self, wanted: Wanted, matched: Matched, limits: Sequence[Interval], *, is_known: bool
    ) -> Places:
        """Return where the arguments come from, with this run's constants."""

        def value_of(origin: Origin) -> Argument:
            return _value(origin, wanted, matched, self._known if is_known else None)

        places = self._kernel.places
        fixed, values = list(places.fixed), {}
        for passed in self._passed:
            value = values[passed.name] = value_of(passed.origin)
            _ask(_type_of(value) == passed.type)
            fixed[passed.place] = without_bools(value)
        _ask(all(value_of(origin) is values[name] for name, origin in self._others))
        left = iter(limits)
        made = tuple(
            [(n, _limited(next(left)) if isinstance(s, FromLimits) else s) for n, s in places.made]
        )
        return Places(tuple(fixed), places.of_worker, places.of_chunk, made)


def _ask(is_so: bool) -> None:
    """Go on if something is as it was when a text was written."""
    if not is_so:
        raise OtherTextError


def _limited(interval: Interval) -> FromLimits:
    return FromLimits(interval.column.id, interval.low, interval.high)


def _type_of(value: Argument) -> LanguageType:
    return pointer_to(value.dtype) if isinstance(value, np.ndarray) else scalar_type(value)


def _value(origin: Origin, wanted: Wanted, matched: Matched, known: Known | None) -> Argument:
    """Return what a constant is in a run."""
    found: object
    match origin:
        case OfLiteral(literal=literal):
            value = matched.literals.get(id(literal), literal).value
            assert isinstance(value, int | float)
            return float(value) if literal.type.is_float else int(value)
        case OfColumn(field=field, part=part):
            found = wanted.column(field).arrays[part]
        case OfBuild(build=build, find=find):
            found = find(wanted.builds[build])
        case OfTest(place=place, find=find) if known is not None:
            found = find(known.bits(place, wanted))
        case OfTest(place=place, find=find):
            assert wanted.tests is not None
            found = find(wanted.tests.keys[place].bits)
        case OfSink(find=find):
            found = find(wanted.sink)
    assert isinstance(found, np.ndarray | int | float)
    return found


def without_plan(sink: Sink) -> Sink:
    """Return a sink without the plan of its groups, which holds a table's rows."""
    return replace(sink, plan=None) if isinstance(sink, Group) else sink


def _passed(parameters: Sequence[Parameter]) -> list[Passed]:
    """Return the constants that each run finds for itself."""
    return [
        Passed(place, each.name, each.type, each.supply.origin)
        for place, each in enumerate(parameters)
        if isinstance(each.supply, Constant) and each.supply.origin is not SAME
    ]


def without_values(kernel: Kernel, passed: Sequence[Passed]) -> Kernel:
    """Return a kernel that holds nothing of one run but its text and what is always the same."""
    parameters, fixed = list(kernel.parameters), list(kernel.places.fixed)
    for each in passed:
        supply = Constant(0, each.origin)
        parameters[each.place] = replace(parameters[each.place], supply=supply)
        fixed[each.place] = 0
    made = replace(kernel, parameters=tuple(parameters), asked=None)
    vars(made)["program"] = kernel.program
    return made.with_places(replace(kernel.places, fixed=tuple(fixed)))


class KeptTexts:
    """The texts of a session's kernels for threads with memory of their own, the last ones used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], list[KeptText]] = OrderedDict()

    def find(self, wanted: Wanted, form: Form) -> tuple[SinkWriter, Kernel] | None:
        """Return the sink and the kernel of a pipeline by a text that serves it, if one does."""
        key = wanted.key
        with self._lock:
            kept = list(self._kept.get(key, ()))
        for each in kept:
            served = each.serve(wanted, form)
            if served is not None:
                self._put(key, each)
                return served
        return None

    def keep(self, wanted: Wanted, form: Form, kernel: Kernel) -> None:
        """Keep a text, unless it is of one run only."""
        asked = kernel.asked
        if asked is not None and all(origin is not SAME for _, origin in asked.writer.others):
            self._put(wanted.key, KeptText(wanted, form, kernel, asked))

    def _put(self, key: tuple[object, ...], text: KeptText) -> None:
        """Let a text be the first to be looked at; the last ones go."""
        with self._lock:
            kept = [text, *(each for each in self._kept.pop(key, ()) if each is not text)]
            self._kept[key] = kept[:MOST_ALIKE]
            while len(self._kept) > MOST_TEXTS:
                self._kept.popitem(last=False)
