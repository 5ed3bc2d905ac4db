"""A scalar inside a kernel's text: the text that computes it, and what is known of it."""

from __future__ import annotations

from gpudb.compiler.language import ValueType
from gpudb.kernels.domains import Domain
from gpudb.records import dataclass

INT, FLOAT, BOOL, WIDE = ValueType.INT, ValueType.FLOAT, ValueType.BOOL, ValueType.WIDE


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a row.

    `text` computes it; it has no meaning (but is safe to compute) where `null` is true. For a BOOL,
    `text` says "is TRUE" and `false` "is FALSE": neither holds for NULL. `domain` holds the strings
    of TEXT codes.
    """

    kind: ValueType
    text: str
    null: str | None = None
    false: str | None = None
    domain: Domain | None = None

    @property
    def is_true(self) -> str:
        """The text of: this BOOL is TRUE."""
        return self.text

    @property
    def is_false(self) -> str:
        """The text of: this BOOL is FALSE."""
        return negation(self.text) if self.false is None else self.false

    @property
    def is_null(self) -> str | None:
        """The text of: this is NULL; None where it never is."""
        if self.kind is not BOOL or self.null is not None or self.false is None:
            return self.null
        return f"not ({self.text} or {self.false})"


def boolean(text: str, null: str | None = None) -> Value:
    """Return a BOOL that is `text` where `null` does not hold; `text` may hold where it does."""
    if null is None:
        return Value(BOOL, text)
    present = negation(null)
    return Value(BOOL, f"({text} and {present})", null, f"({negation(text)} and {present})")


def negation(text: str) -> str:
    """Return `not text`, in parentheses unless it is a name."""
    if text.startswith("not ") and text[4:].isidentifier():
        return text[4:]
    return f"not {text}" if text.isidentifier() else f"(not {text})"


def either(*nulls: str | None) -> str | None:
    """Return the text of: one of `nulls` holds; None where none can."""
    known = list(dict.fromkeys(n for n in nulls if n is not None))
    if not known:
        return None
    return known[0] if len(known) == 1 else f"({' or '.join(known)})"
