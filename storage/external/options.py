"""The options of COPY ... WITH (...) and of files read in place: declared once, checked here."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence

from gpudb.errors import ProgrammingError
from gpudb.records import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """An option of WITH (...); `read` turns the value of the SQL text into the value used."""

    name: str
    type: str
    default: object
    description: str
    read: Callable[[object], object]
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CsvOptions:
    """How to read CSV; None stands for detection from a sample."""

    header: bool | None = None
    delimiter: str | None = None
    quote: str | None = '"'
    escape: str | None = None
    nulls: tuple[str, ...] = ("", "\\N")
    date_format: str | None = None
    timestamp_format: str | None = None
    max_reject: int = 0


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read a file; `source_type` None picks by the file's name and first bytes."""

    source_type: str | None = None
    csv: CsvOptions = CsvOptions()


_TRUE_WORDS = ("true", "t", "yes", "on", "1")
_FALSE_WORDS = ("false", "f", "no", "off", "0")
_CHARACTER_WORDS = {"\\t": "\t", "tab": "\t", "\\\\": "\\"}

# OmniSci's names of what a file is, and plain ones.
_SOURCE_TYPES = {
    "delimited_file": "csv",
    "csv": "csv",
    "parquet_file": "parquet",
    "parquet": "parquet",
    "arrow": "arrow",
    "feather": "arrow",
}


def _flag(value: object) -> bool:
    word = str(value).lower()
    if word in _TRUE_WORDS:
        return True
    if word in _FALSE_WORDS:
        return False
    raise ValueError("true or false")


def _flag_or_auto(value: object) -> bool | None:
    return None if str(value).lower() == "auto" else _flag(value)


def _character(value: object) -> str:
    text = _CHARACTER_WORDS.get(str(value).lower(), str(value))
    if len(text) != 1 or not text.isascii() or text in "\r\n":
        raise ValueError("one ASCII character, or tab")
    return text


def _character_or_none(value: object) -> str | None:
    return None if str(value) == "" else _character(value)


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(str(word) for word in value)
    return (str(value),)


def _count(value: object) -> int:
    try:
        count = int(str(value))
    except ValueError:
        count = -1
    if count < 0:
        raise ValueError("a whole number that is not negative")
    return count


def _text(value: object) -> str:
    return str(value)


def _source_type(value: object) -> str:
    word = _SOURCE_TYPES.get(str(value).lower())
    if word is None:
        raise ValueError(f"one of {', '.join(_SOURCE_TYPES)}")
    return word


COPY_FROM_OPTIONS: tuple[Option, ...] = (
    Option(
        "source_type",
        "name",
        "by the file's name",
        "what the file is: delimited_file (csv), parquet_file (parquet) or arrow",
        _source_type,
        ("format",),
    ),
    Option("header", "true, false or auto", "auto", "whether row 1 holds names", _flag_or_auto),
    Option(
        "delimiter",
        "character",
        "detected: , ; | or tab",
        "what stands between values",
        _character,
        ("delim", "sep"),
    ),
    Option("quoted", "flag", True, "false: quotes are characters like others", _flag),
    Option("quote", "character", '"', "what encloses a value", _character_or_none),
    Option("escape", "character", "the quote", "what stands before a quote", _character_or_none),
    Option(
        "nulls",
        "text or list",
        "empty and \\N",
        "unquoted values that stand for NULL",
        _words,
        ("null", "nullstr"),
    ),
    Option(
        "date_format",
        "strptime text",
        "ISO 8601",
        "how dates are written, as '%d/%m/%Y'",
        _text,
        ("dateformat",),
    ),
    Option(
        "timestamp_format",
        "strptime text",
        "ISO 8601",
        "how timestamps are written",
        _text,
        ("timestampformat",),
    ),
    Option(
        "max_reject",
        "count",
        0,
        "rows that may be skipped and kept in a table of rejects before the COPY fails",
        _count,
    ),
)


def parse_options(given: Mapping[str, object], declared: Sequence[Option]) -> dict[str, object]:
    """Return the values of the given options by their declared names.

    Raises ProgrammingError for an unknown option (with the nearest one), an option given twice,
    and a value that it cannot have.
    """
    by_name = {name: option for option in declared for name in (option.name, *option.aliases)}
    values: dict[str, object] = {}
    for written, value in given.items():
        option = by_name.get(written.lower())
        if option is None:
            message = _unknown(written, by_name, declared)
            raise ProgrammingError(message, about=[f"option {written}"])
        if option.name in values:
            message = f"the option {option.name} is given twice"
            raise ProgrammingError(message, about=[f"option {written}"])
        try:
            values[option.name] = option.read(value)
        except ValueError as error:
            message = f"the option {written} must be {error}, not {value!r}"
            raise ProgrammingError(message, about=[f"option {written}"]) from error
    return values


def _unknown(written: str, by_name: Mapping[str, Option], declared: Sequence[Option]) -> str:
    nearest = difflib.get_close_matches(written.lower(), by_name, n=1)
    if nearest:
        return f"there is no option {written}; did you mean {nearest[0]}?"
    return f"there is no option {written}; there are {', '.join(o.name for o in declared)}"


def read_options(given: Mapping[str, object] | None) -> ReadOptions:
    """Return the options of a COPY FROM, checked.

    >>> read_options({"delimiter": "|", "header": "false"}).csv.delimiter
    '|'
    """
    values = parse_options(given or {}, COPY_FROM_OPTIONS)
    source_type = values.pop("source_type", None)
    if values.pop("quoted", True) is False:
        values["quote"] = None
    if values.get("escape") == values.get("quote", '"'):
        # A doubled quote is what CSV means without an escape.
        values["escape"] = None
    csv = CsvOptions(**values)  # type: ignore[arg-type]
    _check_characters(csv)
    return ReadOptions(None if source_type is None else str(source_type), csv)


def _check_characters(csv: CsvOptions) -> None:
    if csv.delimiter is not None and csv.delimiter in (csv.quote, csv.escape):
        raise ProgrammingError(
            f"the delimiter {csv.delimiter!r} is also the quote or the escape; choose another"
        )
