"""The texts of the synthetic hits: URLs, titles, search phrases, phone models.

A text is put together from parts by its number, so that each number has one text and no text has to
be kept. Numbers below zero have the empty text.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

SYLLABLES = (
    *("ka", "ro", "mi", "ta", "ve", "lo", "shi", "ne", "pro", "sto", "ga", "du", "fi", "ler"),
    *("mos", "auto", "foto", "video", "mar", "ket", "bel", "grad", "sport", "news", "igra"),
)
CYRILLIC = (
    *("ка", "ро", "ми", "та", "ве", "ло", "ши", "не", "про", "сто", "га", "ду", "фи", "лер"),  # noqa: RUF001
    *("мос", "авто", "фото", "видео", "мар", "кет", "бел", "град", "спорт", "ново", "игра"),
)
DOMAINS = 4_000
WORDS = 3_000
# A few of the 4,000 domains and 3,000 words, the rare ones, are those that queries look for.
GOOGLE_DOMAINS = ("google.ru", "images.google.com", "google.com.tr")
MODEL_NAMES = ("iPad", "iPhone", "Galaxy", "Lumia", "Xperia", "Desire", "Nexus", "A500", "P3100")
MODELS = ["", *(f"{name} {n}" if n else name for n in range(19) for name in MODEL_NAMES)][:166]
HASH = np.uint64(0x9E3779B97F4A7C15)


def parts_of(numbers: np.ndarray, salt: int, count: int) -> pa.Array:
    """Return for each number a place below `count`, the small places more often."""
    word = (numbers.astype(np.uint64) + np.uint64(salt)) * HASH
    word = (word ^ (word >> np.uint64(29))) * HASH
    shares = (word >> np.uint64(11)).astype(np.float64) / 2.0**53
    return pa.array((count * shares**2).astype(np.int64))


def make_words(random: np.random.Generator, syllables: Sequence[str], count: int) -> list[str]:
    """Return words of one to four syllables."""
    lengths = random.integers(1, 5, count)
    return ["".join(random.choice(syllables, length)) for length in lengths]


class Texts:
    """Texts by number."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        latin = make_words(random, SYLLABLES, WORDS)
        domains = [f"{word}{n % 90 or ''}.ru" for n, word in enumerate(latin[:DOMAINS])]
        domains[-len(GOOGLE_DOMAINS) :] = GOOGLE_DOMAINS
        cyrillic = make_words(random, CYRILLIC, WORDS)
        cyrillic[-2:] = ["Google", "Google Chrome"]
        self._words = pa.array(latin)
        self._domains = pa.array(domains)
        self._cyrillic = pa.array(cyrillic)
        self._schemes = pa.array(["http://", "http://www.", "https://", "https://www."])

    def urls(self, numbers: np.ndarray) -> pa.Array:
        """Return URLs, of 70 characters on average."""
        tail = pa.array(numbers % 1_000_003).cast(pa.string())
        text = pc.binary_join_element_wise(
            self._schemes.take(parts_of(numbers, 1, len(self._schemes))),
            self._domains.take(parts_of(numbers, 2, len(self._domains))),
            "/",
            self._words.take(parts_of(numbers, 3, WORDS)),
            "/",
            self._words.take(parts_of(numbers, 4, WORDS)),
            "-",
            self._words.take(parts_of(numbers, 8, WORDS)),
            pa.array(["/", ".html?id=", "?page=1&item=", "/photo/"]).take(parts_of(numbers, 5, 4)),
            tail,
            pa.array(["", "&utm=", "#", "&sort=price&dir="]).take(parts_of(numbers, 6, 4)),
            self._words.take(parts_of(numbers, 7, WORDS)),
            "",
        )
        return self._where(numbers, text)

    def titles(self, numbers: np.ndarray) -> pa.Array:
        """Return titles in Cyrillic, many of two hundred bytes; some pages have none."""
        words = [self._cyrillic.take(parts_of(numbers, salt, WORDS)) for salt in range(10, 18)]
        text = pc.binary_join_element_wise(*words, pa.array(numbers % 997).cast(pa.string()), " ")
        return self._where(np.where(numbers % 7 == 3, -1, numbers), text)

    def phrases(self, numbers: np.ndarray) -> pa.Array:
        """Return search phrases of two to four words."""
        words = [self._cyrillic.take(parts_of(numbers, salt, WORDS)) for salt in range(20, 23)]
        last = pa.array(["", "купить", "2013", "онлайн"]).take(parts_of(numbers, 23, 4))
        text = pc.utf8_trim_whitespace(pc.binary_join_element_wise(*words, last, " "))
        return self._where(numbers, text)

    def tags(self, numbers: np.ndarray) -> pa.Array:
        """Return short words."""
        return self._where(numbers, self._words.take(parts_of(numbers, 30, WORDS)))

    @staticmethod
    def _where(numbers: np.ndarray, text: pa.Array) -> pa.Array:
        return pc.if_else(pa.array(numbers >= 0), text, "")
