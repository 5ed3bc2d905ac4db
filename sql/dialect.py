"""The dialect: sqlglot's PostgreSQL, with names of functions kept as they were written.

sqlglot's compiled parser cannot be subclassed, so what differs from PostgreSQL is done to the
tokens before they reach it:

    text --tokenize--> tokens --mark--> tokens --sqlglot's parser--> tree

- `?` and `:name` become `$1`, `$2`, ...: sqlglot forgets the places of its own placeholders.
- A name before `(` is marked, so that `log(2, x)` stays log(2, x) instead of becoming sqlglot's own
  form of a logarithm. `plain_name` takes the mark away again.
- `INTERVAL '3' month` becomes a call, `interval('3', 'month')`, for the places' sake too.
- `SEPARATOR ';'` and `FROM LAST` become one more argument: `, separator(';')`.
"""

from __future__ import annotations

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from gpudb.errors import NotSupportedError, ProgrammingError
from gpudb.records import dataclass
from gpudb.sql.call_tokens import (
    CALL_MARK,
    from_last_call,
    interval_call,
    interval_length,
    is_from_end,
    is_interval,
    is_separator,
    made_token,
    separator_call,
    substring_word,
    word_of,
)
from gpudb.sql.expr import Span
from gpudb.storage import types
from gpudb.storage.types import SqlType

# Functions whose arguments have a syntax of their own, which sqlglot parses.
SPECIAL_CALLS = frozenset(
    {"CAST", "TRY_CAST", "EXTRACT", "TRIM", "SUBSTRING", "POSITION", "OVERLAY"}
)
CALL_TOKENS = frozenset(
    {TokenType.VAR, TokenType.LEFT, TokenType.RIGHT, TokenType.REPLACE, TokenType.FIRST}
)
# Words of the grammar elsewhere that are functions before a parenthesis.
CALL_WORDS = frozenset({"XOR", "FORMAT", "LIST", "TRUNCATE", "DATETIME"})
# What may end a value.
OPERANDS = frozenset(
    {TokenType.VAR, TokenType.IDENTIFIER, TokenType.NUMBER, TokenType.R_PAREN, TokenType.R_BRACKET}
)
# What stands before these words where they begin a clause.
CLAUSES = {
    "MATERIALIZED": ("AS", "NOT"),
    "BERNOULLI": ("TABLESAMPLE",),
    "SYSTEM": ("TABLESAMPLE",),
    "REPEATABLE": (")",),
    "GROUP": ("WITHIN",),
    "FIRST": ("FETCH",),
    "NULLS": ("INCLUDE", "EXCLUDE"),
}


class Dialect(Postgres):
    """PostgreSQL's words; SHOW, EXPLAIN and the like are tokens as any others."""

    class Tokenizer(Postgres.Tokenizer):
        """PostgreSQL's tokens."""

        # PostgreSQL's FLOAT has 64 bits; ours has 32, as OmniSci's and DuckDB's.
        KEYWORDS = {**Postgres.Tokenizer.KEYWORDS, "FLOAT": TokenType.FLOAT}  # noqa: RUF012
        del KEYWORDS["?::"]  # a parameter, and a cast
        COMMANDS = set()  # noqa: RUF012

    # Indexes of arrays come as they were written.
    INDEX_OFFSET = 0


@dataclass(frozen=True, slots=True)
class ParameterSlot:
    """A `?` (name None), a `:name`, or a `$1` (whose name is its number) in the text."""

    name: str | None
    span: Span


DIALECT = Dialect()


def tokenize(text: str) -> list[Token]:
    """Return the tokens of `text`; raises ProgrammingError for an open quote or comment."""
    try:
        return list(DIALECT.tokenize(text))
    except TokenError as error:
        begin = _last_opener(text)
        what = "comment" if text.startswith("/*", begin) else "quoted text"
        message = f"syntax error: the {what} that begins here is not closed"
        raise ProgrammingError(message, text=text, begin=begin) from error


def _last_opener(text: str) -> int:
    """Return the offset of the quote or comment that is still open at the end of `text`."""
    begin = 0
    while begin < len(text):
        opener = next((o for o in ("'", '"', "/*", "--", "$$") if text.startswith(o, begin)), "")
        closer = {"/*": "*/", "--": "\n"}.get(opener, opener)
        if not opener:
            begin += 1
            continue
        end = text.find(closer, begin + len(opener))
        if end < 0:
            return begin
        begin = end + len(closer)
    return len(text)


def parse_query(tokens: list[Token], text: str) -> tuple[exp.Expr, tuple[ParameterSlot, ...]]:
    """Parse a SELECT, VALUES or parenthesised query; return its parameters in order besides."""
    marked, slots = mark(tokens, text)
    _refuse_trailing_commas(tokens, text)
    try:
        trees = DIALECT.parser().parse(marked, text)
    except ParseError as error:
        raise _syntax_error(error, tokens, text) from None
    except RecursionError:
        message = "an expression is nested too deeply"
        raise NotSupportedError(message).at(text, tokens[0].start) from None
    except IndexError:
        # sqlglot looks past the last token of some half-finished statements.
        raise _ended_early(tokens, text) from None
    tree = trees[0] if trees else None
    if tree is None:
        raise _ended_early(tokens, text)
    return tree, slots


# Tokens that are no words, and never a part of what `mark` changes but behind a word.
UNMARKED = frozenset(
    {
        *(TokenType.COMMA, TokenType.L_PAREN, TokenType.R_PAREN, TokenType.NUMBER, TokenType.DOT),
        *(TokenType.EQ, TokenType.NEQ, TokenType.LT, TokenType.LTE, TokenType.GT, TokenType.GTE),
        *(TokenType.PLUS, TokenType.DASH, TokenType.STAR, TokenType.SLASH, TokenType.SEMICOLON),
    }
)


def mark(tokens: list[Token], text: str) -> tuple[list[Token], tuple[ParameterSlot, ...]]:
    """Return the tokens as sqlglot shall see them, and the parameters among them."""
    out: list[Token] = []
    slots: list[ParameterSlot] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        if token.token_type in UNMARKED:
            out.append(token)
        elif _is_known_parameter(tokens, index, text):
            assert following is not None
            slots.append(ParameterSlot(following.text, Span(token.start, following.end + 1)))
            out += _parameter_tokens(following, len(slots))
            index += 1
        elif token.token_type is TokenType.PARAMETER:
            message = "parameters are written ?, :name or $1"
            if following is not None and text[token.end + 1 : following.end + 1].isidentifier():
                message += f"; write :{following.text}"
            raise ProgrammingError(message, text=text, begin=token.start, end=token.end + 1)
        elif token.token_type is TokenType.PLACEHOLDER:
            slots.append(ParameterSlot(None, span_of(token)))
            out += _parameter_tokens(token, len(slots))
        elif is_separator(token, following):
            out += separator_call(token, tokens[index + 1])
            index += 1
        elif (word := substring_word(tokens, index)) is not None:
            out.append(word)
        elif is_from_end(tokens, index):
            out[-1:] = from_last_call(tokens, index)
            index += 1
        elif _is_call(token, following) and not _is_clause(tokens, index):
            out.append(made_token(TokenType.VAR, token.text + CALL_MARK, token))
        elif is_interval(token, following):
            out += interval_call(tokens, index)
            index += interval_length(tokens, index) - 1
        else:
            out.append(token)
        index += 1
    return out, tuple(slots)


def is_word(node: exp.Expr, word: str) -> bool:
    """Whether `node` is a bare word such as DEFAULT or ALL, and not in quotes."""
    if isinstance(node, exp.Column):
        name = node.this
        is_bare = not node.table and isinstance(name, exp.Identifier) and not name.quoted
        return is_bare and name.name.upper() == word
    return isinstance(node, exp.Var) and node.name.upper() == word


def _is_known_parameter(tokens: list[Token], index: int, text: str) -> bool:
    """Whether this is the $ of $1, or the : of :name."""
    token = tokens[index]
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if token.token_type is TokenType.PARAMETER:
        return _is_digits(token, following)
    return _is_named_parameter(token, following, text) and not _is_slice(tokens, index)


def _is_named_parameter(token: Token, following: Token | None, text: str) -> bool:
    return (
        token.token_type is TokenType.COLON
        and following is not None
        and following.start == token.end + 1
        and (text[following.start].isalpha() or text[following.start] == "_")
    )


def _is_slice(tokens: list[Token], index: int) -> bool:
    """Whether a colon stands behind a value in brackets: a[n:m]."""
    kinds = [token.token_type for token in tokens[:index]]
    is_inside = kinds.count(TokenType.L_BRACKET) > kinds.count(TokenType.R_BRACKET)
    return is_inside and kinds[-1] in OPERANDS


def _is_digits(token: Token, following: Token | None) -> bool:
    """Whether this is the $ of $1."""
    return (
        following is not None
        and following.token_type is TokenType.NUMBER
        and following.start == token.end + 1
        and following.text.isdigit()
    )


def _is_call(token: Token, following: Token | None) -> bool:
    return (
        following is not None
        and following.token_type is TokenType.L_PAREN
        and (token.token_type in CALL_TOKENS or word_of(token) in CALL_WORDS)
        and word_of(token) not in SPECIAL_CALLS
    )


def _is_clause(tokens: list[Token], index: int) -> bool:
    """Whether a word before ( begins a clause or is a part of `*`, and is no function's name."""
    token, before = tokens[index], word_of(tokens[index - 1]) if index else ""
    return before in CLAUSES.get(word_of(token), ()) or _is_star_part(token, tokens, index)


def _is_star_part(token: Token, tokens: list[Token], index: int) -> bool:
    """Whether this is EXCLUDE ( or REPLACE ( behind `*`, and no function's name."""
    if word_of(token) not in ("EXCLUDE", "REPLACE") or index == 0:
        return False
    depth = 0
    for place in range(index - 1, 0, -1):
        before = tokens[place]
        depth += {TokenType.R_PAREN: 1, TokenType.L_PAREN: -1}.get(before.token_type, 0)
        if depth == 0 and word_of(before) not in ("(", "EXCLUDE", "EXCEPT"):
            # Behind a value, * multiplies.
            is_first = word_of(tokens[place - 1]) in ("SELECT", "DISTINCT", "ALL", ",", ".")
            return before.token_type is TokenType.STAR and is_first
    return False


def _parameter_tokens(token: Token, number: int) -> list[Token]:
    dollar = made_token(TokenType.PARAMETER, "$", token)
    return [dollar, made_token(TokenType.NUMBER, str(number), token)]


def plain_name(name: str) -> str:
    """Return `name` without the mark that `mark` gave it."""
    return name.removesuffix(CALL_MARK)


def span_of(token: Token) -> Span:
    """Return the characters of `token`."""
    return Span(token.start, token.end + 1)


def _refuse_trailing_commas(tokens: list[Token], text: str) -> None:
    """Refuse `SELECT a, FROM t` and `GROUP BY` with nothing behind it, which sqlglot lets pass."""
    closers = {TokenType.FROM, TokenType.WHERE, TokenType.R_PAREN, TokenType.GROUP_BY}
    closers |= {TokenType.ORDER_BY, TokenType.HAVING, TokenType.LIMIT, TokenType.COMMA}
    openers = {TokenType.COMMA, TokenType.GROUP_BY, TokenType.ORDER_BY}
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.token_type not in openers:
            continue
        if following is None:
            raise _ended_early(tokens, text)
        if following.token_type in closers:
            raise _unexpected(following, "", text)


def _syntax_error(error: ParseError, tokens: list[Token], text: str) -> ProgrammingError:
    """Say in our words what sqlglot's parser found, at the token where it stopped."""
    found = error.errors[0]
    description = found["description"]
    place = (found["line"], found["col"])
    token = next((t for t in tokens if (t.line, t.col) == place), tokens[-1])
    is_unexpected = description.startswith("Invalid expression")
    if token is tokens[-1] and not is_unexpected:
        return _ended_early(tokens, text)
    if description.startswith("Required keyword"):
        return _unexpected(token, "", text)
    expected = description.removeprefix("Expecting ").removeprefix("Expected ")
    is_expecting = description.startswith("Expect") and "Token" not in description
    return _unexpected(token, f"expected {expected}" if is_expecting else "", text)


def _unexpected(token: Token, hint: str, text: str) -> ProgrammingError:
    source = text[token.start : token.end + 1]
    message = f"syntax error at {source}" + (f": {hint}" if hint else "")
    return ProgrammingError(message, text=text, begin=token.start, end=token.end + 1)


def _ended_early(tokens: list[Token], text: str) -> ProgrammingError:
    end = tokens[-1].end + 1 if tokens else len(text)
    return ProgrammingError(
        "syntax error: the statement ends too early", text=text, begin=end, end=end + 1
    )


def way_out(of: SqlType) -> str:
    """Return what an error about arrays of such values says to do instead."""
    if of.is_array:
        return ": keep inner arrays as rows, or as texts by array_to_string"
    return ": cast to TIMESTAMP" if of.is_zoned else ": cast to a number or to TEXT"


def _element(of: SqlType) -> SqlType:
    if of.is_array or of.is_interval or of.is_zoned:
        raise NotSupportedError(f"an array of {of} is not supported{way_out(of)}")
    return of


PLAIN_TYPES = {
    exp.DType.BOOLEAN: types.BOOLEAN,
    exp.DType.TINYINT: types.TINYINT,
    exp.DType.SMALLINT: types.SMALLINT,
    exp.DType.INT: types.INTEGER,
    exp.DType.BIGINT: types.BIGINT,
    exp.DType.FLOAT: types.FLOAT,
    exp.DType.DOUBLE: types.DOUBLE,
    exp.DType.DATE: types.DATE,
    exp.DType.TIME: types.TIME,
    exp.DType.TEXT: types.TEXT,
    exp.DType.VARCHAR: types.TEXT,
}
TIMESTAMP_TYPES = (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ, exp.DType.TIMESTAMPTZ)
DEFAULT_DECIMAL = (18, 3)


def sql_type(tree: exp.Expr) -> SqlType:
    """Return the type that a sqlglot DataType names; raises ProgrammingError for one we lack."""
    sizes = [int(part.name) for part in tree.expressions if part.name.isdigit()]
    kind = tree.this
    if kind in TIMESTAMP_TYPES:
        precision = sizes[0] if sizes else 6
        if precision not in types.TIMESTAMP_PRECISIONS:
            raise ProgrammingError(f"TIMESTAMP({precision}) does not exist; it may be 0, 3, 6 or 9")
        is_zoned = kind is exp.DType.TIMESTAMPTZ
        return types.instant(precision) if is_zoned else types.timestamp(precision)
    if kind is exp.DType.DECIMAL:
        precision, scale = (*sizes, 0)[:2] if sizes else DEFAULT_DECIMAL
        if not 0 < precision <= types.MAX_DECIMAL_PRECISION or scale > precision:
            raise ProgrammingError(
                f"DECIMAL({precision},{scale}) does not exist; "
                f"it has 1 to {types.MAX_DECIMAL_PRECISION} digits, scale among them"
            )
        return types.decimal(precision, scale)
    if kind in PLAIN_TYPES:
        return PLAIN_TYPES[kind]
    if kind is exp.DType.ARRAY and tree.expressions:
        return types.array(_element(sql_type(tree.expressions[0])))
    name = tree.sql(dialect="postgres").upper()
    known = "BOOLEAN, TINYINT, SMALLINT, INTEGER, BIGINT, FLOAT, DOUBLE, DECIMAL, DATE, TIME"
    raise ProgrammingError(f"type {name} is not known; there are {known}, TIMESTAMP and TEXT")
