"""A statement's tokens, read from left to right, for what sqlglot's parser does not know."""

from __future__ import annotations

from sqlglot.tokenizer_core import Token, TokenType

from gpudb.errors import Error, ProgrammingError
from gpudb.sql.definition import OptionValue
from gpudb.sql.dialect import span_of
from gpudb.sql.expr import Span
from gpudb.sql.scope import DATABASE
from gpudb.sql.tree import Name

WORD_VALUES: dict[str, OptionValue] = {"TRUE": True, "FALSE": False, "NULL": None}
NOT_NAMES = frozenset({TokenType.STRING, TokenType.NUMBER})
# How much deeper what follows stands; by their kinds, as the text of a string may be one, too.
PARENTHESES = {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}


class Reader:
    """A cursor over tokens; every refusal carries its place in the text."""

    def __init__(self, tokens: list[Token], text: str) -> None:
        self.tokens = tokens
        self.text = text
        self.index = 0

    @property
    def is_done(self) -> bool:
        """Whether all tokens are read."""
        return self.index >= len(self.tokens)

    def peek(self, ahead: int = 0) -> Token | None:
        """Return the next token, or the one `ahead` of it, without reading it."""
        index = self.index + ahead
        return self.tokens[index] if index < len(self.tokens) else None

    def take(self) -> Token:
        """Read a token; raises ProgrammingError at the end of the statement."""
        token = self.peek()
        if token is None:
            raise self.unexpected("more")
        self.index += 1
        return token

    def rest(self) -> list[Token]:
        """Read all that is left."""
        tokens = self.tokens[self.index :]
        self.index = len(self.tokens)
        return tokens

    def is_at(self, *words: str) -> bool:
        """Return whether `words` (or punctuation) come next."""
        for ahead, word in enumerate(words):
            token = self.peek(ahead)
            if token is None or token.token_type in NOT_NAMES or token.text.upper() != word:
                return False
        return True

    def skip(self, *words: str) -> bool:
        """Read `words` if they come next; return whether they did."""
        if not self.is_at(*words):
            return False
        self.index += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Read `words`; raises ProgrammingError if they do not come next."""
        for word in words:
            if not self.skip(word):
                raise self.unexpected(word)

    def expect_end(self) -> None:
        """Raise ProgrammingError unless all tokens are read."""
        if not self.is_done:
            raise self.unexpected("the end of the statement")

    def name(self, what: str) -> Name:
        """Read an identifier, quoted or not."""
        token = self.peek()
        is_word = token is not None and (token.text[:1].isalpha() or token.text[:1] == "_")
        is_quoted = token is not None and token.token_type is TokenType.IDENTIFIER
        if token is None or token.token_type in NOT_NAMES or not (is_word or is_quoted):
            raise self.unexpected(what)
        self.index += 1
        return Name(token.text, span_of(token))

    def relation(self, what: str) -> Name:
        """Read the name of a table or view: a schema, and the database, may stand before it."""
        names = self.names(what)
        if len(names) > 2 and names[0].text.lower() != DATABASE:
            message = f"the database is called {DATABASE}, not {names[0].text}"
            raise self.place(ProgrammingError(message), names[0])
        span = Span(names[0].span.begin, names[-1].span.end)
        return Name(names[-1].text, span, names[-2].text if len(names) > 1 else None)

    def names(self, what: str, most: int = 3) -> list[Name]:
        """Read names with a dot between them."""
        found = [self.name(what)]
        while len(found) < most and self.skip("."):
            found.append(self.name(what))
        return found

    def listed_names(self, what: str) -> list[Name]:
        """Read `(name, ...)` if it comes next."""
        found: list[Name] = []
        if self.skip("("):
            found.append(self.name(what))
            while self.skip(","):
                found.append(self.name(what))
            self.expect(")")
        return found

    def string(self, what: str) -> str:
        """Read a text in single quotes."""
        token = self.peek()
        if token is None or token.token_type is not TokenType.STRING:
            raise self.unexpected(what)
        self.index += 1
        return str(token.text)

    def integer(self, what: str) -> int:
        """Read an integer without a sign."""
        token = self.peek()
        if token is None or token.token_type is not TokenType.NUMBER or not token.text.isdigit():
            raise self.unexpected(what)
        self.index += 1
        return int(token.text)

    def value(self, what: str) -> OptionValue:
        """Read a text, a number, TRUE, FALSE, NULL or a bare word (a text)."""
        is_negative = self.skip("-")
        token = self.take()
        if token.token_type is TokenType.STRING:
            return str(token.text)
        if token.token_type is TokenType.NUMBER:
            return number(token.text, is_negative=is_negative)
        if not token.text[:1].isalpha():
            self.index -= 1
            raise self.unexpected(what)
        return WORD_VALUES.get(token.text.upper(), token.text)

    def parenthesised(self) -> list[Token]:
        """Read `( ... )` and return what stands inside."""
        self.expect("(")
        begin, depth = self.index, 1
        while depth:
            if self.is_done:
                raise self.unexpected(")")
            depth += PARENTHESES.get(self.take().token_type, 0)
        return self.tokens[begin : self.index - 1]

    def unexpected(self, expected: str) -> ProgrammingError:
        """Return the error for the next token not being `expected`."""
        token = self.peek()
        if token is None:
            end = self.tokens[-1].end + 1 if self.tokens else len(self.text)
            message = f"syntax error: the statement ends too early; expected {expected}"
            return ProgrammingError(message, text=self.text, begin=end, end=end + 1)
        source = self.text[token.start : token.end + 1]
        message = f"syntax error at {source}: expected {expected}"
        return ProgrammingError(message, text=self.text, begin=token.start, end=token.end + 1)

    def place(self, error: Error, name: Name | Token) -> Error:
        """Return `error` placed at `name`."""
        span = name.span if isinstance(name, Name) else span_of(name)
        return error.at(self.text, span.begin, span.end)


def number(text: str, *, is_negative: bool) -> int | float:
    """Return the Python number of a SQL one."""
    value = int(text) if text.isdigit() else float(text)
    return -value if is_negative else value
