"""Calls that have a grammar of their own: their tokens as those of plain calls.

Each token keeps its place in the text, where errors point.
"""

from __future__ import annotations

from sqlglot.tokenizer_core import Token, TokenType

CALL_MARK = "()"
SEPARATOR = "SEPARATOR"
FROM_END = "FROM"
INTERVAL_UNITS = frozenset(
    f"{unit}{plural}"
    for unit in (
        *("YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "DECADE"),
        *("MILLISECOND", "MICROSECOND"),
    )
    for plural in ("", "S")
)


def word_of(token: Token) -> str:
    """Return a token's word in upper case; a quoted text is none, whatever it says."""
    return "" if token.token_type is TokenType.STRING else str(token.text).upper()


def is_separator(token: Token, following: Token | None) -> bool:
    """Whether this is GROUP_CONCAT's SEPARATOR 'text'."""
    is_word = token.token_type is TokenType.VAR and token.text.upper() == SEPARATOR
    return is_word and following is not None and following.token_type is TokenType.STRING


def separator_call(word: Token, text: Token) -> list[Token]:
    """Return `, separator('text')`."""
    return [
        made_token(TokenType.COMMA, ",", word),
        made_token(TokenType.VAR, SEPARATOR + CALL_MARK, word),
        made_token(TokenType.L_PAREN, "(", word),
        text,
        made_token(TokenType.R_PAREN, ")", text),
    ]


def is_from_end(tokens: list[Token], index: int) -> bool:
    """Whether this is NTH_VALUE's FROM FIRST or FROM LAST, which stands before OVER or NULLS."""
    words = [word_of(token) for token in tokens[index : index + 4]]
    if len(words) < 4 or words[0] != "FROM" or words[1] not in ("FIRST", "LAST"):
        return False
    is_behind = index > 0 and tokens[index - 1].token_type is TokenType.R_PAREN
    is_over = words[2] == "OVER" and (
        words[3] == "(" or tokens[index + 3].token_type is TokenType.VAR
    )
    return is_behind and (is_over or (words[2] in ("IGNORE", "RESPECT") and words[3] == "NULLS"))


def from_last_call(tokens: list[Token], index: int) -> list[Token]:
    """Return `, from('LAST'))`: one more argument, and the parenthesis that it stands behind."""
    word, end = tokens[index], tokens[index + 1]
    return [
        made_token(TokenType.COMMA, ",", word),
        made_token(TokenType.VAR, FROM_END + CALL_MARK, word),
        made_token(TokenType.L_PAREN, "(", word),
        made_token(TokenType.STRING, end.text.upper(), end),
        made_token(TokenType.R_PAREN, ")", end),
        tokens[index - 1],
    ]


def substring_word(tokens: list[Token], index: int) -> Token | None:
    """Return FROM and FOR for SUBSTRING's SIMILAR and ESCAPE; None for any other token."""
    token = tokens[index]
    if _is_similar(tokens, index):
        return made_token(TokenType.FROM, "FROM", token)
    if word_of(token) != "ESCAPE":
        return None
    depth = 0
    for place in range(index - 1, 0, -1):
        depth += {TokenType.R_PAREN: 1, TokenType.L_PAREN: -1}.get(tokens[place].token_type, 0)
        if depth < 0:
            return None
        if depth == 0 and _is_similar(tokens, place):
            return made_token(TokenType.FOR, "FOR", token)
    return None


def _is_similar(tokens: list[Token], index: int) -> bool:
    """Whether this is the SIMILAR of SUBSTRING, behind which TO does not stand."""
    token, behind = tokens[index], tokens[index + 1 : index + 2]
    is_word = word_of(token) == "SIMILAR"
    is_between = index > 2 and tokens[index - 1].token_type is not TokenType.L_PAREN
    return is_word and is_between and bool(behind) and word_of(behind[0]) != "TO"


def is_interval(token: Token, following: Token | None) -> bool:
    """Whether this is INTERVAL before a text or a number."""
    return (
        token.token_type is TokenType.INTERVAL
        and following is not None
        and following.token_type in (TokenType.STRING, TokenType.NUMBER)
    )


def interval_call(tokens: list[Token], index: int) -> list[Token]:
    """Return `interval('3', 'month')` for INTERVAL '3' month, each token in its own place."""
    word, count = tokens[index], tokens[index + 1]
    units = tokens[index + 2 : index + min(interval_length(tokens, index), 3)]
    out = [
        made_token(TokenType.VAR, "interval" + CALL_MARK, word),
        made_token(TokenType.L_PAREN, "(", word),
    ]
    out.append(made_token(TokenType.STRING, count.text, count))
    for unit in units:
        out += [
            made_token(TokenType.COMMA, ",", unit),
            made_token(TokenType.STRING, unit.text, unit),
        ]
    return [*out, made_token(TokenType.R_PAREN, ")", (units or [count])[-1])]


def interval_length(tokens: list[Token], index: int) -> int:
    """Return the number of tokens of an INTERVAL: `'90' day (3)` has a precision, which is moot.

    Of `'1-2' year to month` the first unit is kept: the text says the rest.
    """
    behind = [word_of(token) for token in tokens[index + 2 : index + 6]]
    if not behind or behind[0] not in INTERVAL_UNITS:
        return 2
    if len(behind) > 2 and behind[1] == "TO" and behind[2] in INTERVAL_UNITS:
        return 5
    has_precision = len(behind) == 4 and (behind[1], behind[3]) == ("(", ")")
    return 6 if has_precision else 3


def made_token(kind: TokenType, text: str, place: Token) -> Token:
    """Return a token in the place of another."""
    return Token(kind, text, place.line, place.col, place.start, place.end)
