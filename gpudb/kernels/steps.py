"""Filters and probes as text.

Guards that `continue`, and loops over the matches of one-to-many joins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from operator import attrgetter

from gpudb.kernels import library, text
from gpudb.kernels.arithmetic import as_wide
from gpudb.kernels.bands import write_range
from gpudb.kernels.build_forms import (
    are_covered,
    filter_mask,
    packed_number,
    slots_mask,
    words_of_key,
)
from gpudb.kernels.builds import (
    PART_SHIFT,
    BandIndex,
    BuildTable,
    HashIndex,
    HashPart,
    RankIndex,
    WordRange,
)
from gpudb.kernels.held import HeldColumn
from gpudb.kernels.list_steps import write_unnest
from gpudb.kernels.origins import OfBuild
from gpudb.kernels.reads import HeldReader
from gpudb.kernels.scalar import write
from gpudb.kernels.scope import Scope
from gpudb.kernels.values import BOOL, FLOAT, INT, WIDE, Value, either
from gpudb.kernels.writer import Argument, mixed
from gpudb.records import dataclass
from gpudb.sql.expr import Expression, split_conjunction
from gpudb.sql.pipeline import FilterRows, Probe, Step, Unnest
from gpudb.sql.plan import Field, JoinKind

CONTROL = ("if ", "while ", "return ")


def write_steps(
    steps: Sequence[Step], builds: dict[int, BuildTable], scope: Scope, loops: ExitStack
) -> None:
    """Write all steps; the blocks of loops are left open in `loops`."""
    pending: list[Expression] = []
    for step in steps:
        if isinstance(step, FilterRows):
            pending.extend(split_conjunction(step.predicate))
            continue
        write_filter(pending, scope)
        pending = []
        if isinstance(step, Unnest):
            write_unnest(step, scope, loops, write)
            continue
        ProbeText(step, builds[step.build], scope, loops).write()
    write_filter(pending, scope)


def write_filter(conjuncts: Sequence[Expression], scope: Scope) -> None:
    """Write guards: plain comparisons together, so that LLVM makes SIMD of them.

    The rest one by one.
    """
    cheap: list[str] = []
    for conjunct in conjuncts:
        with scope.writer.captured() as lines:
            value = write(conjunct, scope)
        if any(line.lstrip().startswith(CONTROL) for line in lines):
            write_guard(cheap, scope)
            cheap = []
        scope.writer.lines.extend(line[4:] for line in lines)
        cheap.append(value.is_true)
    write_guard(cheap, scope)


def write_guard(tests: Sequence[str], scope: Scope) -> None:
    """Write: go on with the next row unless all tests hold."""
    if tests:
        joined = tests[0] if len(tests) == 1 else f"({' and '.join(tests)})"
        with scope.writer.block(f"if not {joined}:"):
            scope.writer.line("continue")


@dataclass(frozen=True, slots=True)
class Matches:
    """The rows of a key while they are walked: the next one, and the text of: there is one."""

    following: str
    some: str


class ProbeText:
    """The text of one probe."""

    def __init__(self, step: Probe, build: BuildTable, scope: Scope, loops: ExitStack) -> None:
        self.step = step
        self.build = build
        self.scope = scope
        self.writer = scope.writer
        self.loops = loops
        self.residual: list[str] = []

    def write(self) -> None:
        """Write the search, and what the join's kind makes of it."""
        kind = self.step.kind
        if self.build.index is None and kind in (JoinKind.INNER, JoinKind.CROSS):
            self._every_row()
            return
        # Without keys, every row of the build is of the one key that there is.
        is_guarded = kind is not JoinKind.INNER
        head = self._head(is_guarded=is_guarded) if self.step.keys else "0"
        if kind in (JoinKind.SEMI, JoinKind.ANTI):
            self._exists(head)
        elif self.build.is_unique and not self.residual:
            self._one(head)
        else:
            self._many(head)

    def _every_row(self) -> None:
        match = self.writer.name("match")
        count = self._constant("match_rows", attrgetter("relation.rows"))
        self.loops.enter_context(self.writer.block(f"for {match} in range(0, {count}):"))
        self._add_payload(match, may_miss=False)
        self._condition()

    def _head(self, *, is_guarded: bool) -> str:
        """Write the search for the key: its rank or its first row in the build, or -1."""
        values: list[Value] = []
        tests: list[str] = []
        for expression, is_wide in zip(self.step.keys, self.build.are_wide, strict=True):
            values += self._key(expression, len(values), tests, is_wide=is_wide)
        null = either(*(v.is_null for v in values))
        tests = tests if null is None else [f"not {null}", *tests]
        word = self._word(values, tests)
        if self.build.part is not None:
            word = self.writer.assign("word", word)
            self._keep_part(self.build.part, word, tests)
        index = self.build.index
        if isinstance(index, HashIndex):
            return self._found(self._find(index, word), tests, is_guarded=is_guarded)
        assert isinstance(index, RankIndex)
        if index.least != 0:
            word = f"{word} - {self._constant('least', attrgetter('index.least'))}"
        slot = self.writer.assign("slot", word)
        if not self._are_covered():
            size = self._constant("size", attrgetter("index.size"))
            tests.append(f"({slot} >= 0 and {slot} < {size})")
        bits = self._constant("bits", attrgetter("index.bits"))
        ranks = self._constant("ranks", attrgetter("index.ranks"))
        found = f"{self.writer.use(library.find_rank)}({bits}, {ranks}, {slot})"
        return self._found(found, tests, is_guarded=is_guarded)

    def _keep_part(self, part: WordRange | HashPart, word: str, tests: Sequence[str]) -> None:
        """Leave the rows whose key is of another part of the build for another round."""
        constant = self.writer.constant
        mine: list[str] = []
        if isinstance(part, HashPart):
            of = f"logical_shift_right(mix({word}), {PART_SHIFT}) & {part.count - 1}"
            mine.append(f"({of}) == {constant('part', part.number)}")
        else:
            mine += [] if part.begin is None else [f"{word} >= {constant('begin', part.begin)}"]
            mine += [] if part.end is None else [f"{word} < {constant('part_end', part.end)}"]
        known = " and ".join(tests)
        if tests and part.is_first:
            mine = [f"(not ({known}) or ({' and '.join(mine)}))"]
        elif tests:
            mine = [known, *mine]
        write_guard(mine, self.scope)

    def _found(self, found: str, tests: list[str], *, is_guarded: bool) -> str:
        if not tests:
            return self.writer.assign("match", found)
        if not is_guarded:
            write_guard(tests, self.scope)
            return self.writer.assign("match", found)
        match = self.writer.name("match")
        self.writer.line(f"{match} = -1")
        with self.writer.block(f"if {' and '.join(tests)}:"):
            self.writer.line(f"{match} = {found}")
        return match

    def _find(self, index: HashIndex, word: str) -> str:
        slots = self._constant("slots", attrgetter("index.slots"))
        mask = self._constant("mask", slots_mask)
        words = self._constant("words", attrgetter("index.words"))
        if index.filter is not None:
            bits = self._constant("filter", attrgetter("index.filter"))
            bits_mask = self._constant("filter_mask", filter_mask)
            find = self.writer.use(library.find_filtered)
            return f"{find}({bits}, {bits_mask}, {slots}, {mask}, {words}, {word})"
        return f"{self.writer.use(library.find)}({slots}, {mask}, {words}, {word})"

    def _are_covered(self) -> bool:
        covered = are_covered(self.step, self.build, self.scope.known_bounds)
        self.scope.covered[id(self.step)] = covered
        return covered

    def _constant(self, name: str, find: Callable[[BuildTable], Argument]) -> str:
        """Pass what `find` gives of the build, and in other runs of theirs."""
        return self.writer.constant(name, find(self.build), OfBuild(self.step.build, find))

    def _key(
        self, expression: Expression, place: int, tests: list[str], *, is_wide: bool
    ) -> list[Value]:
        """Write a key as values of 64 bits; one of 128 bits has two, or must fit into one."""
        value = write(expression, self.scope)
        if expression.type.is_text:
            domain = self.build.keys[place].domain
            assert domain is not None
            return [text.translated(value, domain, self.scope)]
        if not is_wide and value.kind is not WIDE:
            return [value]
        name = self.writer.assign("key_value", as_wide(value))
        low = self.writer.assign("low", f"wide_low({name})")
        high = self.writer.assign("high", f"wide_high({name})")
        if is_wide:
            return [Value(INT, low, value.null), Value(INT, high, value.null)]
        tests.append(f"({high} == {low} >> 63)")
        return [Value(INT, low, value.null)]

    def _word(self, values: Sequence[Value], tests: list[str]) -> str:
        words = [self._key_word(v) for v in values]
        packed = self.build.packed
        if packed is None:
            for place, word in enumerate(words):
                held = self._constant("build_key", partial(words_of_key, place=place))
                self.residual.append(f"{held}[{{match}}] == {word}")
            hold = partial(self.writer.assign, "word")
            return hold(mixed(words, hold))
        if len(words) == 1:
            return words[0]
        terms = []
        for place, (word, part) in enumerate(zip(words, packed, strict=True)):
            least, size, stride = (
                self._constant(name, partial(packed_number, place=place, name=name))
                for name in ("least", "size", "stride")
            )
            offset = self.writer.assign("offset", f"{word} - {least}")
            tests.append(f"({offset} >= 0 and {offset} < {size})")
            terms.append(offset if part.stride == 1 else f"{offset} * {stride}")
        return self.writer.assign("word", " + ".join(terms))

    def _key_word(self, value: Value) -> str:
        if value.kind is FLOAT:
            return self.writer.assign(
                "bits", f"{self.writer.use(library.float_word)}({value.text})"
            )
        if value.kind is BOOL:
            return self.writer.assign("flag", f"int({value.text})")
        return self.writer.assign("key", value.text)

    def _one(self, match: str) -> None:
        """At most one match: a guard for INNER; for LEFT the row passes with or without it."""
        if self.step.kind is JoinKind.INNER:
            with self.writer.block(f"if {match} < 0:"):
                self.writer.line("continue")
            self._add_payload(match, may_miss=False)
            self._condition()
            return
        if self.step.condition is not None:
            self._drop_match(match)
        self._add_payload(match, may_miss=True)

    def _drop_match(self, match: str) -> None:
        assert self.step.condition is not None
        with self.scope.branch(), self.writer.block(f"if {match} >= 0:"):
            self._add_payload(match, may_miss=False)
            passes = write(self.step.condition, self.scope)
            with self.writer.block(f"if not {passes.is_true}:"):
                self.writer.line(f"{match} = -1")

    def _many(self, head: str) -> None:
        """Any number of matches: a loop over the rows of the key."""
        if self.step.kind is JoinKind.LEFT:
            self._many_left(head)
            return
        matches = self._matches(head, may_miss=False)
        self.loops.enter_context(self.writer.block(f"while {matches.some}:"))
        match = self._next(matches)
        self._write_residual(match)
        self._add_payload(match, may_miss=False)
        self._condition()

    def _many_left(self, head: str) -> None:
        """The same, and one round without a match where no match passed."""
        pending = self.writer.name("pending")
        self.writer.line(f"{pending} = True")
        matches = self._matches(head, may_miss=True)
        self.loops.enter_context(self.writer.block(f"while {matches.some} or {pending}:"))
        match = self.writer.name("match")
        self.writer.line(f"{match} = -1")
        with self.writer.block(f"if {matches.some}:"):
            self.writer.line(f"{match} = {matches.following}")
            self.writer.line(f"{matches.following} = {self._after(match, matches)}")
            self._write_residual(match)
            if self.step.condition is not None:
                with self.scope.branch():
                    self._add_payload(match, may_miss=False)
                    self._condition()
        self.writer.line(f"{pending} = False")
        self._add_payload(match, may_miss=True)

    def _matches(self, head: str, *, may_miss: bool) -> Matches:
        """Write where the rows of the found key begin; without a key there are none."""
        following = self.writer.name("following")
        index = self.build.index
        if isinstance(index, BandIndex):
            last = self.writer.name("last")
            write_range(
                index, self.step.bands, self.build.relation.rows, following, last, self.scope
            )
            return Matches(following, f"{following} < {last}")
        if index is None:
            self.writer.line(f"{following} = 0")
            count = self._constant("match_rows", attrgetter("relation.rows"))
            return Matches(following, f"{following} < {count}")
        if not isinstance(index, RankIndex):
            if not may_miss:
                write_guard([f"({head} >= 0)"], self.scope)
            self.writer.line(f"{following} = {head}")
            return Matches(following, f"{following} >= 0")
        last = self.writer.name("last")
        if not may_miss:
            write_guard([f"({head} >= 0)"], self.scope)
            self._bounds_of_run(index, head, following, last)
            return Matches(following, f"{following} < {last}")
        self.writer.line(f"{following} = 0")
        self.writer.line(f"{last} = 0")
        with self.writer.block(f"if {head} >= 0:"):
            self._bounds_of_run(index, head, following, last)
        return Matches(following, f"{following} < {last}")

    def _bounds_of_run(self, index: RankIndex, head: str, following: str, last: str) -> None:
        if index.starts is None:
            self.writer.line(f"{following} = {head}")
            self.writer.line(f"{last} = {head} + 1")
            return
        starts = self._constant("starts", attrgetter("index.starts"))
        self.writer.line(f"{following} = {starts}[{head}]")
        self.writer.line(f"{last} = {starts}[{head} + 1]")

    def _next(self, matches: Matches) -> str:
        match = self.writer.name("match")
        self.writer.line(f"{match} = {matches.following}")
        self.writer.line(f"{matches.following} = {self._after(match, matches)}")
        return match

    def _after(self, match: str, matches: Matches) -> str:
        index = self.build.index
        if index is None or isinstance(index, RankIndex | BandIndex):
            return f"{match} + 1"
        assert isinstance(index, HashIndex)
        if index.following is None:
            return "-1"
        return f"{self._constant('chain', attrgetter('index.following'))}[{match}]"

    def _write_residual(self, match: str) -> None:
        write_guard([r.format(match=match) for r in self.residual], self.scope)

    def _exists(self, head: str) -> None:
        """SEMI and ANTI: the row passes, once, if there is a match, or if there is none."""
        if self.residual or self.step.condition is not None or self.build.index is None:
            head = self._search(head)
        test = "<" if self.step.kind is JoinKind.SEMI else ">="
        with self.writer.block(f"if {head} {test} 0:"):
            self.writer.line("continue")

    def _search(self, head: str) -> str:
        found = self.writer.name("found")
        self.writer.line(f"{found} = -1")
        matches = self._matches(head, may_miss=True)
        with self.scope.branch(), self.writer.block(f"while {matches.some} and {found} < 0:"):
            match = self._next(matches)
            self._write_residual(match)
            self._add_payload(match, may_miss=False)
            self._condition()
            self.writer.line(f"{found} = {match}")
        return found

    def _condition(self) -> None:
        if self.step.condition is not None:
            write_filter(split_conjunction(self.step.condition), self.scope)

    def _add_payload(self, match: str, *, may_miss: bool) -> None:
        columns = self.build.relation.columns
        self.scope.add(
            {f.id: self._reader(f, columns[f.id], match, may_miss) for f in self.step.payload}
        )

    def _reader(self, field: Field, column: HeldColumn, match: str, may_miss: bool) -> HeldReader:
        return HeldReader(field, column, match, may_miss=may_miss)
