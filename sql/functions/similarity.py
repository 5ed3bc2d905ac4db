"""How alike two texts are, by RapidFuzz, which is loaded by the first such call."""

from __future__ import annotations

from gpudb.errors import DataError
from gpudb.sql.functions.registry import function
from gpudb.storage.types import DOUBLE, INTEGER, TEXT


@function(
    ("levenshtein", "levenshtein_distance"),
    (TEXT, TEXT),
    INTEGER,
    is_host=True,
    is_scalar=True,
)
def levenshtein(first: str, second: str) -> int:
    """How many characters to insert, remove or replace to make one text of the other.

    SELECT levenshtein('kitten', 'sitting') gives 3
    """
    from rapidfuzz.distance import Levenshtein

    return Levenshtein.distance(first, second)


@function("damerau_levenshtein", (TEXT, TEXT), INTEGER, is_host=True, is_scalar=True)
def damerau_levenshtein(first: str, second: str) -> int:
    """The Levenshtein distance in which two neighbours that change places count 1.

    SELECT damerau_levenshtein('abcd', 'acbd') gives 1
    """
    from rapidfuzz.distance import DamerauLevenshtein

    return DamerauLevenshtein.distance(first, second)


@function(
    ("hamming", "mismatches"), (TEXT, TEXT), INTEGER, is_host=True, is_scalar=True, may_fail=True
)
def hamming(first: str, second: str) -> int:
    """At how many places two texts of one length differ.

    SELECT hamming('duck', 'luck') gives 1
    """
    if len(first) != len(second):
        raise DataError(f"hamming takes texts of one length, not of {len(first)} and {len(second)}")
    return sum(a != b for a, b in zip(first, second, strict=True))


@function("jaro_similarity", (TEXT, TEXT), DOUBLE, is_host=True, is_scalar=True)
def jaro_similarity(first: str, second: str) -> float:
    """Jaro's similarity, 0 to 1.

    SELECT round(jaro_similarity('MARTHA', 'MARHTA'), 3) gives 0.944
    """
    from rapidfuzz.distance import Jaro

    return Jaro.similarity(first, second)


@function("jaro_winkler_similarity", (TEXT, TEXT), DOUBLE, is_host=True, is_scalar=True)
def jaro_winkler_similarity(first: str, second: str) -> float:
    """Jaro's similarity, raised where the texts begin alike, 0 to 1.

    SELECT round(jaro_winkler_similarity('MARTHA', 'MARHTA'), 3) gives 0.961
    """
    from rapidfuzz.distance import JaroWinkler

    return JaroWinkler.similarity(first, second)


@function("jarowinkler_similarity", (TEXT, TEXT), INTEGER, is_host=True, is_scalar=True)
def jaro_winkler_hundredths(first: str, second: str) -> int:
    """JARO_WINKLER_SIMILARITY as OmniSci has it: a whole number from 0 to 100.

    SELECT jarowinkler_similarity('MARTHA', 'MARHTA') gives 96
    """
    return round(100 * jaro_winkler_similarity(first, second))


@function("jaccard", (TEXT, TEXT), DOUBLE, is_host=True, is_scalar=True)
def jaccard(first: str, second: str) -> float:
    """The share of characters that both texts have of those that either has.

    SELECT jaccard('duck', 'luck') gives 0.6
    """
    either = set(first) | set(second)
    return len(set(first) & set(second)) / len(either) if either else 1.0
