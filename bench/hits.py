"""Synthetic rows for ClickBench's table hits: skewed, with empty strings and texts of real lengths.

Every value is drawn by a number of few or many distinct ones; the numbers follow a power law, so
that some users, pages and phrases are met often and most of them once. The counts of distinct
values grow with the rows as in the real table of 100 million: about a sixth of the rows for users
and URLs, a sixteenth for search phrases; some 9,000 regions, 6,500 counters, 166 phone models. The
same seed makes the same rows, a piece at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.hits_columns import SCHEMA
from bench.hits_words import MODELS, Texts

SEED = 2013
PIECE_ROWS = 100_000
FIRST_MOMENT = np.datetime64("2013-07-01T00:00:00", "us")
SECONDS = 31 * 24 * 3600
# What the queries ask for by name must be there.
KNOWN_USER = 435090932899640449
KNOWN_URL_HASH = 2868770270353813622
KNOWN_REFERER_HASH = 3594120000172545465
KNOWN_COUNTER = 62
MOST_WORD = (1 << 64) - 1
WIDTHS = np.array([0, 1024, 1280, 1366, 1440, 1600, 1680, 1920, 320, 360, 768], np.int16)
HEIGHTS = np.array([0, 768, 1024, 768, 900, 900, 1050, 1080, 480, 640, 1024], np.int16)

Random = np.random.Generator


def generate(rows: int, data: Path) -> Path:
    """Return the Parquet file of `rows` rows, made if it is not there yet."""
    path = data / f"hits-{rows}" / "hits.parquet"
    if path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with pq.ParquetWriter(partial, SCHEMA) as writer:
        for piece in make_pieces(rows):
            writer.write_table(piece)
    partial.rename(path)
    return path


def make_pieces(rows: int, seed: int = SEED) -> Iterator[pa.Table]:
    """Yield the rows in pieces; memory holds one of them."""
    texts = Texts(seed)
    for number, begin in enumerate(range(0, rows, PIECE_ROWS)):
        random = np.random.default_rng([seed, number])
        yield Piece(random, texts, begin, min(PIECE_ROWS, rows - begin), rows).table()


def mix(numbers: np.ndarray, salt: int) -> np.ndarray:
    """Return numbers that look random, one for each of `numbers` (SplitMix64's finisher)."""
    word = numbers.astype(np.uint64) + np.uint64(salt * 0x9E3779B97F4A7C15 & MOST_WORD)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


def identifiers(numbers: np.ndarray, salt: int, first: int | None = None) -> np.ndarray:
    """Return positive BIGINTs for numbers; number 0 becomes `first`."""
    found = (mix(numbers, salt) >> np.uint64(1)).astype(np.int64)
    return found if first is None else np.where(numbers == 0, first, found)


class Piece:
    """Some consecutive rows of the table, which has `total` rows."""

    def __init__(self, random: Random, texts: Texts, begin: int, rows: int, total: int) -> None:
        self.random = random
        self.texts = texts
        self.begin = begin
        self.rows = rows
        self.total = total

    def table(self) -> pa.Table:
        """Return the rows with all columns; what no method makes is zero or empty mostly."""
        found: dict[str, pa.Array | np.ndarray] = {}
        for make in (self.moments, self.visitors, self.pages, self.searches, self.machines):
            found |= make()
        found |= self.flags()
        arrays = []
        for field in SCHEMA:
            values = found.get(field.name)
            if values is None:
                values = self.rare(field)
            arrays.append(pa.array(values).cast(field.type))
        return pa.table(arrays, schema=SCHEMA)

    def skewed(self, count: int, power: float = 3.0) -> np.ndarray:
        """Return a number below `count` for each row, the small ones far more often."""
        return (max(1, count) * self.random.random(self.rows) ** power).astype(np.int64)

    def share(self, part: float) -> np.ndarray:
        """Return for each row whether it is one of a share of all rows."""
        return self.random.random(self.rows) < part

    def moments(self) -> dict[str, np.ndarray]:
        """Rows come in the order of time, a few minutes mixed."""
        base = (self.begin + np.arange(self.rows)) * SECONDS // max(1, self.total)
        seconds = np.clip(base + self.random.integers(-600, 600, self.rows), 0, SECONDS - 1)
        time = FIRST_MOMENT + seconds.astype("timedelta64[s]")
        zone = self.random.integers(-1, 3, self.rows).astype("timedelta64[h]")
        return {
            "EventTime": time,
            "EventDate": time.astype("datetime64[D]"),
            "ClientEventTime": time + zone,
            "LocalEventTime": time + np.timedelta64(2, "h"),
        }

    def visitors(self) -> dict[str, np.ndarray]:
        """A user keeps the region, and mostly the address and the machine."""
        user = self.skewed(self.total // 6, 2.5)
        region = (9_000 * (mix(user, 2) / 2.0**64) ** 4).astype(np.int64) + 1
        address = np.where(self.share(0.8), user, user + self.skewed(1_000))
        words = mix(address, 3)
        counter = (6_500 * (mix(self.skewed(200_000), 4) / 2.0**64) ** 6).astype(np.int64) + 1
        counter = np.where(self.share(0.01), KNOWN_COUNTER, counter * 37 % 200_000)
        return {
            "WatchID": identifiers(self.begin + np.arange(self.rows), 1),
            "UserID": identifiers(user, 5, KNOWN_USER),
            "FUniqID": np.where(self.share(0.6), identifiers(user, 6), 0),
            "ClientIP": words.astype(np.uint32).view(np.int32),
            "RemoteIP": np.where(self.share(0.9), words, mix(address, 7))
            .astype(np.uint32)
            .view(np.int32),
            "IPNetworkID": (words >> np.uint64(44)).astype(np.int64) * 4,
            "RegionID": region,
            "CounterID": counter,
            "Age": np.where(user % 3 == 0, 0, 16 + user % 50),
            "Sex": user % 3,
            "Income": user % 5,
            "Interests": (mix(user, 8) % np.uint64(16_384)).astype(np.int64),
            "HID": mix(self.begin + np.arange(self.rows), 9).astype(np.uint32).view(np.int32),
        }

    def pages(self) -> dict[str, pa.Array | np.ndarray]:
        """URLs and titles belong together; one row in five has no referer."""
        page = self.skewed(self.total // 4, 2.0)
        referer = np.where(self.share(0.19), -1, self.skewed(self.total // 4, 2.0))
        urls = self.texts.urls(page)
        return {
            "URL": urls,
            "Title": self.texts.titles(page),
            "Referer": self.texts.urls(referer),
            "OriginalURL": pc.if_else(pa.array(self.share(0.15)), urls, ""),
            "URLHash": identifiers(page, 10, KNOWN_URL_HASH),
            "RefererHash": identifiers(
                np.where(self.share(0.05), 0, referer + 1), 11, KNOWN_REFERER_HASH
            ),
            "URLCategoryID": np.where(self.share(0.7), 0, page % 16_000),
            "URLRegionID": np.where(self.share(0.6), 0, page % 300),
            "RefererCategoryID": np.where(self.share(0.8), 0, (referer + 1) % 16_000),
            "RefererRegionID": np.where(self.share(0.7), 0, (referer + 1) % 300),
        }

    def searches(self) -> dict[str, pa.Array | np.ndarray]:
        """One row in eight comes from a search."""
        is_search = self.share(0.13)
        phrase = np.where(is_search, self.skewed(self.total // 8, 2.5), -1)
        engine = np.where(is_search, 2 + self.skewed(50, 4.0), np.where(self.share(0.1), 2, 0))
        advert = np.where(self.share(0.006), 2 + self.skewed(58, 2.0), 0)
        sources = np.array([-1, 0, 1, 2, 3, 4, 5, 6, 8], np.int16)
        return {
            "SearchPhrase": self.texts.phrases(phrase),
            "SearchEngineID": engine,
            "AdvEngineID": advert,
            "TraficSourceID": np.where(is_search, 2, sources[self.skewed(9, 1.2)]),
        }

    def machines(self) -> dict[str, pa.Array | np.ndarray]:
        """Screens, browsers and phones; one row in twelve has a phone's model."""
        screen, is_phone = self.skewed(len(WIDTHS), 1.5), self.share(0.08)
        model = np.where(is_phone, 1 + self.skewed(len(MODELS) - 1, 3.0), 0)
        width, height = WIDTHS[screen], HEIGHTS[screen]
        margin = self.random.integers(0, 200, self.rows)
        minor = ["", "2", "1", "17", "0", "D", "1.750"]
        return {
            "ResolutionWidth": width,
            "ResolutionHeight": height,
            "ResolutionDepth": np.where(width == 0, 0, np.where(self.share(0.9), 24, 32)),
            "WindowClientWidth": np.maximum(0, width - margin // 8),
            "WindowClientHeight": np.maximum(0, height - margin),
            "IsMobile": is_phone,
            "MobilePhone": np.where(is_phone, 1 + model % 80, 0),
            "MobilePhoneModel": pa.array(MODELS).take(pa.array(model)),
            "OS": self.skewed(100),
            "UserAgent": self.skewed(80),
            "UserAgentMajor": self.skewed(60, 1.5),
            "UserAgentMinor": pa.array(minor).take(pa.array(self.skewed(len(minor)))),
            "HitColor": pa.array(["T", "5", "F", "S"]).take(pa.array(self.skewed(4, 4.0))),
            "FlashMinor2": pa.array(["", "700", "224", "202"]).take(pa.array(self.skewed(4, 1.5))),
            "BrowserLanguage": pa.array(["ru", "en", "tr", "uk"]).take(pa.array(self.skewed(4))),
            "BrowserCountry": pa.array(["RU", "TR", "UA", "KZ"]).take(pa.array(self.skewed(4))),
            "PageCharset": pa.array(["utf-8", "windows-1251", ""]).take(pa.array(self.skewed(3))),
        }

    def flags(self) -> dict[str, np.ndarray]:
        """Columns of few values."""
        shares = {
            "JavaEnable": 0.7,
            "GoodEvent": 1.0,
            "IsRefresh": 0.13,
            "CookieEnable": 0.97,
            "JavascriptEnable": 0.98,
            "IsArtifical": 0.02,
            "IsLink": 0.2,
            "IsDownload": 0.01,
            "IsNotBounce": 0.3,
            "IsOldCounter": 0.01,
            "IsEvent": 0.15,
            "IsParameter": 0.02,
            "DontCountHits": 0.1,
            "WithHash": 0.05,
            "HasGCLID": 0.001,
            "CounterClass": 0.5,
        }
        timings = (
            "SendTiming DNSTiming ConnectTiming ResponseStartTiming ResponseEndTiming FetchTiming"
        )
        found: dict[str, np.ndarray] = {n: self.share(part) * 1 for n, part in shares.items()}
        for name in timings.split():
            found[name] = np.where(self.share(0.6), 0, self.skewed(60_000, 5.0))
        found["ClientTimeZone"] = self.random.integers(-12, 13, self.rows) * 60
        found["CodeVersion"] = self.skewed(2_000)
        found["FlashMajor"] = self.skewed(12)
        found["WindowName"] = self.skewed(1_000_000, 6.0)
        found["OpenerName"] = self.skewed(1_000_000, 8.0)
        found["HistoryLength"] = self.skewed(50, 4.0) - 1
        found["Robotness"] = self.skewed(5, 6.0)
        return found

    def rare(self, field: pa.Field) -> pa.Array | np.ndarray:
        """Return a column that is zero or empty but for a few rows."""
        is_set = self.share(0.01)
        if not pa.types.is_string(field.type):
            return np.where(is_set, self.skewed(100), 0)
        return self.texts.tags(np.where(is_set, self.skewed(500), -1))
