"""Where a node of sqlglot's tree stands in the text.

sqlglot notes the places of leaves and of functions' names only; the rest is found by widening the
hull of a node's leaves over the tokens around it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from itertools import accumulate

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from gpudb.sql.expr import Span

SPECIAL_CALLS = frozenset({"CAST", "TRY_CAST", "EXTRACT", "TRIM", "SUBSTRING", "POSITION"})
PARENTHESES = {"(": 1, ")": -1}
TYPED_LITERALS = frozenset({"DATE", "TIME", "TIMESTAMP", "INTERVAL"})
TRUTH_WORDS = frozenset({"IS", "NOT", "NULL", "TRUE", "FALSE", "UNKNOWN"})


class Places:
    """The places of one statement's nodes; `tokens` are those that the tree was parsed from."""

    def __init__(self, tokens: tuple[Token, ...], text: str) -> None:
        self.tokens = tokens
        self.text = text
        # Nodes are known by their identity: the statement's tree outlives its places, and what is
        # made of it while it is bound is held here.
        self._held: list[exp.Expr] = []
        self._starts = [token.start for token in tokens]
        self._words = [
            "" if token.token_type is TokenType.STRING else str(token.text).upper()
            for token in tokens
        ]
        # How many parentheses are open before each token, and behind the last.
        steps = (PARENTHESES.get(word, 0) for word in self._words)
        self._depths = list(accumulate(steps, initial=0))
        self._known: dict[int, Span | None] = {}

    def span(self, node: exp.Expr) -> Span | None:
        """Return the characters that `node` was parsed from, or None where that is lost."""
        known = self._known
        if id(node) not in known:
            unknown: list[tuple[exp.Expr, list[exp.Expr]]] = []
            waiting = [node]
            while waiting:  # no recursion, however long an OR is
                each = waiting.pop()
                if id(each) not in known:
                    below = list(each.iter_expressions())
                    unknown.append((each, below))
                    waiting += below
            # Children come after their parents.
            for each, below in reversed(unknown):
                known[id(each)] = self._find(each, below)
        return known[id(node)]

    def hold(self, made: exp.Select) -> exp.Select:
        """Return a tree that was made of parts of the statement's, to be kept as long as this."""
        self._held.append(made)
        return made

    def source(self, node: exp.Expr) -> str | None:
        """Return the text that `node` was parsed from, its white space as single blanks."""
        span = self.span(node)
        return None if span is None else " ".join(self.text[span.begin : span.end].split())

    def last_before(self, node: exp.Expr, words: frozenset[str]) -> str:
        """Return the last of `words` that stands before the first part of `node`, or nothing."""
        spans = (self.span(leaf) for leaf in node.find_all(exp.Identifier, exp.Literal))
        begin = min((span.begin for span in spans if span is not None), default=0)
        index = bisect_left(self._starts, begin) - 1
        while index >= 0 and self.word(index) not in words:
            index -= 1
        return self.word(index) if index >= 0 else ""

    def _find(self, node: exp.Expr, below: list[exp.Expr]) -> Span | None:
        spans = [found for each in below if (found := self._known[id(each)]) is not None]
        own = _own(node)
        if own is not None:
            spans.append(own)
        hull = _hull(spans)
        if hull is None or not self.tokens:
            return hull
        first = bisect_left(self._starts, hull.begin)
        last = bisect_left(self._starts, hull.end) - 1
        if not first <= last < len(self.tokens):
            return hull
        widen = WIDENINGS.get(type(node))
        if widen is not None:
            first, last = widen(self, first, last)
        last = self._close(first, last)
        return Span(self.tokens[first].start, self.tokens[last].end + 1)

    def word(self, index: int) -> str:
        """Return the token at `index` in upper case; nothing outside the statement."""
        return self._words[index] if 0 <= index < len(self._words) else ""

    def depth(self, index: int) -> int:
        """Return how many parentheses are open before the token at `index`."""
        return self._depths[min(index, len(self._depths) - 1)]

    def _close(self, first: int, last: int) -> int:
        """Return the last token, moved right until all parentheses since `first` are closed."""
        depth = self._depths[last + 1] - self._depths[first]
        while depth > 0 and last + 1 < len(self.tokens):
            last += 1
            depth += PARENTHESES.get(self.word(last), 0)
        return last


def _own(node: exp.Expr) -> Span | None:
    meta = node.meta
    return Span(meta["start"], meta["end"] + 1) if "start" in meta else None


def _hull(spans: list[Span]) -> Span | None:
    if len(spans) < 2:
        return spans[0] if spans else None
    return Span(min([span.begin for span in spans]), max([span.end for span in spans]))


def _left_operator(places: Places, first: int, last: int) -> tuple[int, int]:
    return max(first - 1, 0), last


def _parentheses(places: Places, first: int, last: int) -> tuple[int, int]:
    """( x ); sqlglot wraps nodes for precedence's sake too."""
    return first - 1 if places.word(first - 1) == "(" else first, last


def _not(places: Places, first: int, last: int) -> tuple[int, int]:
    """NOT x; but in `x NOT IN (...)` the word stands behind."""
    return first - 1 if places.word(first - 1) == "NOT" else first, last


def _call(places: Places, first: int, last: int) -> tuple[int, int]:
    """name, then `(`: the arguments' closing parenthesis is found by balance."""
    return first, last + 1 if places.word(last + 1) == "(" else last


def _special_call(places: Places, first: int, last: int) -> tuple[int, int]:
    """CAST(x, EXTRACT(field FROM x, TRIM(BOTH 'a' FROM x: back to the function's name."""
    for begin in range(first - 1, max(first - 5, 0), -1):
        if places.word(begin) == "(" and places.word(begin - 1) in SPECIAL_CALLS:
            return begin - 1, last
    return first, last


def _cast(places: Places, first: int, last: int) -> tuple[int, int]:
    if places.word(last + 1) == "::":
        has_size = places.word(last + 3) == "("
        return first, last + (3 if has_size else 2)
    if places.word(first - 1) in TYPED_LITERALS:
        return first - 1, last
    return _special_call(places, first, last)


def _case(places: Places, first: int, last: int) -> tuple[int, int]:
    while first > 0 and places.word(first) != "CASE":
        first -= 1
    depth = 0
    for index in range(first, len(places.tokens)):
        depth += {"CASE": 1, "END": -1}.get(places.word(index), 0)
        if depth == 0:
            return first, index
    return first, last


def _select(places: Places, first: int, last: int) -> tuple[int, int]:
    begin = first
    while begin > 0 and places.word(begin) != "SELECT":
        begin -= 1
    return (begin if places.word(begin) == "SELECT" else first), last


def _truth_test(places: Places, first: int, last: int) -> tuple[int, int]:
    while places.word(last + 1) in TRUTH_WORDS:
        last += 1
    return first, last


def _window(places: Places, first: int, last: int) -> tuple[int, int]:
    """f(x) OVER w, or OVER (...) to the parenthesis that closes it."""
    depth = places.depth(first)
    for index in range(first, len(places.tokens) - 1):
        if places.word(index) != "OVER" or places.depth(index) != depth:
            continue
        end = index + 1
        while places.depth(end + 1) > depth:
            end += 1
        return first, max(last, end)
    return first, last


Widening = Callable[[Places, int, int], tuple[int, int]]

WIDENINGS: dict[type[exp.Expr], Widening] = {
    exp.Anonymous: _call,
    exp.Case: _case,
    exp.Cast: _cast,
    exp.Extract: _special_call,
    exp.Is: _truth_test,
    exp.Neg: _left_operator,
    exp.Not: _not,
    exp.Select: _select,
    exp.Paren: _parentheses,
    exp.StrPosition: _special_call,
    exp.Subquery: _parentheses,
    exp.Substring: _special_call,
    exp.Trim: _special_call,
    exp.TryCast: _cast,
    exp.Window: _window,
}
