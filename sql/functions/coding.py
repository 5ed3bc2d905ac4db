"""Codes of text: characters, digests, Base64, URLs, hexadecimal, JSON."""

from __future__ import annotations

import base64
import binascii
import json
import re
import urllib.parse

import xxhash

from gpudb.errors import DataError
from gpudb.late import hashlib
from gpudb.sql.functions.integers import bits_of
from gpudb.sql.functions.registry import Family, function
from gpudb.storage.types import BIGINT, INTEGER, TEXT

LAST_CHARACTER = 0x10FFFF
SURROGATES = range(0xD800, 0xE000)


@function("chr", (INTEGER,), TEXT, is_host=True, is_scalar=True, may_fail=True)
def character(code: int) -> str:
    """The character of a Unicode number.

    SELECT chr(233) gives é
    """
    if not 0 < code <= LAST_CHARACTER or code in SURROGATES:
        raise DataError(f"there is no character {code}")
    return chr(code)


@function(("ascii", "unicode", "ord"), (TEXT,), INTEGER, is_host=True, is_scalar=True)
def character_code(string: str) -> int:
    """The Unicode number of the first character; 0 for an empty text.

    SELECT ascii('A') gives 65
    """
    return ord(string[0]) if string else 0


@function("md5", (TEXT,), TEXT, is_host=True, is_scalar=True)
def md5(string: str) -> str:
    """The MD5 digest of the text's UTF-8, in hexadecimal.

    SELECT md5('gpudb') gives 9f26409c75b83c6f58e2f287089cccf4
    """
    return str(hashlib.md5(string.encode(), usedforsecurity=False).hexdigest())


@function("sha1", (TEXT,), TEXT, is_host=True, is_scalar=True)
def sha1(string: str) -> str:
    """The SHA-1 digest of the text's UTF-8, in hexadecimal.

    SELECT sha1('a') gives 86f7e437faa5a7fce15d1ddcb9eaeaea377667b8
    """
    return str(hashlib.sha1(string.encode(), usedforsecurity=False).hexdigest())


@function("sha256", (TEXT,), TEXT, is_host=True, is_scalar=True)
def sha256(string: str) -> str:
    """The SHA-256 digest of the text's UTF-8, in hexadecimal.

    SELECT left(sha256('a'), 16) gives ca978112ca1bbdca
    """
    return str(hashlib.sha256(string.encode()).hexdigest())


@function("sha512", (TEXT,), TEXT, is_host=True, is_scalar=True)
def sha512(string: str) -> str:
    """The SHA-512 digest of the text's UTF-8, in hexadecimal.

    SELECT left(sha512('a'), 16) gives 1f40fc92da241694
    """
    return str(hashlib.sha512(string.encode()).hexdigest())


@function(("hash", "key_for_string"), (TEXT,), BIGINT, is_host=True, is_scalar=True)
def hash_text(string: str) -> int:
    """A BIGINT of 64 well-mixed bits: XXH64 of the text's UTF-8.

    OmniSci's KEY_FOR_STRING is a place in a column's dictionary; this is the same in all columns.

    SELECT hash('a') = hash('a') gives true
    """
    return int.from_bytes(xxhash.xxh64_digest(string.encode()), "big", signed=True)


@function("to_hex", (Family.INTEGER,), TEXT, is_host=True, is_scalar=True, constants=bits_of)
def to_hex(value: int, bits: int) -> str:
    """The number in base 16; of a negative one its bits.

    SELECT to_hex(255) gives ff
    """
    return f"{value % (1 << bits):x}"


@function("to_oct", (Family.INTEGER,), TEXT, is_host=True, is_scalar=True, constants=bits_of)
def to_oct(value: int, bits: int) -> str:
    """The number in base 8; of a negative one its bits.

    SELECT to_oct(8) gives 10
    """
    return f"{value % (1 << bits):o}"


@function(
    ("to_bin", "bin"), (Family.INTEGER,), TEXT, is_host=True, is_scalar=True, constants=bits_of
)
def to_bin(value: int, bits: int) -> str:
    """The number in base 2; of a negative one its bits.

    SELECT to_bin(10) gives 1010
    """
    return f"{value % (1 << bits):b}"


def _decoded(data: bytes, what: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise DataError(f"{what} does not stand for a text in UTF-8") from None


@function(("base64_encode", "to_base64"), (TEXT,), TEXT, is_host=True, is_scalar=True)
def base64_encode(string: str) -> str:
    """The text's UTF-8 in Base64.

    SELECT base64_encode('gpudb') gives Z3B1ZGI=
    """
    return base64.b64encode(string.encode()).decode()


@function(
    ("base64_decode", "from_base64"), (TEXT,), TEXT, is_host=True, is_scalar=True, may_fail=True
)
def base64_decode(string: str) -> str:
    """The text that Base64 stands for.

    SELECT base64_decode('Z3B1ZGI=') gives gpudb
    """
    try:
        data = base64.b64decode(re.sub(r"\s", "", string), validate=True)
    except (binascii.Error, ValueError):
        raise DataError(f"{string!r} is not Base64") from None
    return _decoded(data, repr(string))


@function("url_encode", (TEXT,), TEXT, is_host=True, is_scalar=True)
def url_encode(string: str) -> str:
    """The text as a part of a URL.

    SELECT url_encode('a b/é') gives a%20b%2F%C3%A9
    """
    return urllib.parse.quote(string, safe="")


@function("url_decode", (TEXT,), TEXT, is_host=True, is_scalar=True, may_fail=True)
def url_decode(string: str) -> str:
    """The text that a part of a URL stands for.

    SELECT url_decode('a%20b%2F%C3%A9') gives a b/é
    """
    return _decoded(urllib.parse.unquote_to_bytes(string), repr(string))


@function("encode", (TEXT, TEXT), TEXT, is_host=True, is_scalar=True, may_fail=True)
def encode_text(string: str, form: str) -> str:
    """The text's UTF-8 in the form 'base64' or 'hex'.

    SELECT encode('é', 'hex') gives c3a9
    """
    if form.lower() == "hex":
        return string.encode().hex()
    if form.lower() == "base64":
        return base64_encode(string)
    raise DataError(f"encode knows 'base64' and 'hex', not {form!r}")


@function((), (TEXT, TEXT), TEXT, is_host=True, is_scalar=True, may_fail=True)
def decode_text(string: str, form: str) -> str:
    """The text that the form 'base64' or 'hex' stands for.

    SELECT decode('c3a9', 'hex') gives é
    """
    if form.lower() == "base64":
        return base64_decode(string)
    if form.lower() != "hex":
        raise DataError(f"decode knows 'base64' and 'hex', not {form!r}")
    try:
        return _decoded(bytes.fromhex(string), repr(string))
    except ValueError:
        raise DataError(f"{string!r} is not hexadecimal") from None


@function(
    "json_value", (TEXT, TEXT), TEXT, is_host=True, is_scalar=True, may_be_null=True, may_fail=True
)
def json_value(string: str, path: str) -> str | None:
    """The text of a JSON text's value at a path such as $.a[0]; NULL where there is no plain value.

    SELECT json_value('{"a": [10, 20]}', '$.a[1]') gives 20
    """
    steps = _steps(path)
    try:
        found = json.loads(string, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    for step in steps:
        if isinstance(step, str) and isinstance(found, list) and len(found) == 1:
            found = found[0]  # lax: a list of one stands for its one value
        if isinstance(step, int) and not isinstance(found, list):
            found = [found]
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            return None
    if isinstance(found, bool):
        return "true" if found else "false"
    return found if isinstance(found, str) else None


STEP = re.compile(r'\.(\w+)|\."((?:[^"\\]|\\.)*)"|\[(\d+)\]')


def _steps(path: str) -> list[str | int]:
    """Return a path's names and places."""
    bare = re.sub(r"^\s*(lax\s+)?", "", path.rstrip())
    if not bare.startswith("$"):
        raise DataError(f"a JSON path begins with $, not as {path!r}")
    steps: list[str | int] = []
    end = 1
    while end < len(bare):
        match = STEP.match(bare, end)
        if match is None:
            raise DataError(f'{path!r} is not a JSON path of .name, ."name" and [place]')
        name, quoted, place = match.groups()
        steps.append(
            int(place) if place else name if name is not None else json.loads(f'"{quoted}"')
        )
        end = match.end()
    return steps
