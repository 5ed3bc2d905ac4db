"""Time zones: AT TIME ZONE by a table of the offsets' changes, which kernels search.

The tables are made of the IANA data that the package tzdata holds: the changes that its files list
and, behind the last of them, those of 402 years of the rule at their end. Calendars repeat after
400 years, so later moments are looked up so many cycles earlier.

    changes    [count, end, change 1, ..., change count]: seconds, ascending; `end` of the table
    offsets    [before change 1, behind change 1, ..., behind change count]: seconds east of UTC
"""

from __future__ import annotations

import datetime
import io
import struct
from functools import lru_cache

import numpy as np

from gpudb.errors import DataError
from gpudb.late import resources, zoneinfo
from gpudb.sql.functions.registry import Family, function, procedure
from gpudb.storage.types import TEXT, SqlType, instant, timestamp

RULED_YEARS = 402
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
HEADER = struct.Struct(">4sc15x6l")
NO_END = (1 << 62) - 1

Tables = tuple[np.ndarray, np.ndarray]


@lru_cache(maxsize=1)
def zone_names() -> dict[str, str]:
    """Return the zones' names by themselves in lower case."""
    names = resources.files("tzdata").joinpath("zones").read_text().split()
    return {name.lower(): name for name in names}


@lru_cache(maxsize=64)
def universal_changes(name: str) -> Tables:
    """Return a zone's changes in UTC; raises DataError for an unknown zone."""
    known = zone_names().get(name.strip().lower())
    if known is None:
        raise DataError(f"there is no time zone {name!r}; names are as Europe/Berlin or UTC")
    data = resources.files("tzdata").joinpath("zoneinfo", *known.split("/")).read_bytes()
    changes, offsets, rule = _read(data)
    end = NO_END
    if "," in rule:
        zone = zoneinfo.ZoneInfo.from_file(io.BytesIO(data), known)
        first = EPOCH + datetime.timedelta(seconds=changes[-1] if changes else 0)
        later, later_offsets = _ruled_changes(zone, first)
        changes, offsets = changes + later, offsets + later_offsets
        end = int(changes[-1])
    table = np.array([len(changes), end, *changes], np.int64)
    return table, np.array(offsets, np.int64)


@lru_cache(maxsize=64)
def local_changes(name: str) -> Tables:
    """Return a zone's changes by its own clocks.

    As in PostgreSQL, a time that clocks skip is read as before the change, one that they show twice
    as behind it: both ways the change is when clocks show the new time.
    """
    changes, offsets = universal_changes(name)
    local = changes.copy()
    local[2:] = np.maximum.accumulate(changes[2:] + offsets[1:])
    return local, offsets


def _read(data: bytes) -> tuple[list[int], list[int], str]:
    """Return changes, offsets and the rule for later years of a TZif file (RFC 8536)."""
    begin = 0
    for size in (4, 8):
        counts = HEADER.unpack_from(data, begin)[2:]
        is_utc, is_standard, leaps, times, kinds, letters = counts
        begin += HEADER.size
        if size == 8:
            break
        begin += times * 5 + kinds * 6 + letters + leaps * 8 + is_standard + is_utc
    changes = struct.unpack_from(f">{times}q", data, begin)
    indices = struct.unpack_from(f"{times}B", data, begin + 8 * times)
    kinds_begin = begin + 9 * times
    of_kind = [struct.unpack_from(">l", data, kinds_begin + 6 * i)[0] for i in range(kinds)]
    offsets = [of_kind[0], *(of_kind[i] for i in indices)]
    return list(changes), offsets, data.rstrip(b"\n").rpartition(b"\n")[2].decode()


def _ruled_changes(zone: datetime.tzinfo, first: datetime.datetime) -> tuple[list[int], list[int]]:
    """Return the changes that a zone's rule makes in 402 years, and the offsets behind them."""
    changes, offsets = [], []
    low = int((first - EPOCH).total_seconds())
    offset = _offset(zone, low)
    for month in range(1, RULED_YEARS * 12 + 1):
        year, month_of_year = divmod(first.year * 12 + first.month - 1 + month, 12)
        begin = datetime.datetime(year, month_of_year + 1, 1, tzinfo=datetime.UTC)
        high = int((begin - EPOCH).total_seconds())
        if _offset(zone, high) != offset:
            change = _change(zone, low, high, offset)
            offset = _offset(zone, change)
            changes.append(change)
            offsets.append(offset)
        low = high
    return changes, offsets


def _offset(zone: datetime.tzinfo, second: int) -> int:
    moment = datetime.datetime.fromtimestamp(second, zone)
    offset = moment.utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _change(zone: datetime.tzinfo, low: int, high: int, offset: int) -> int:
    """Return the first second after `low`, which has the offset, that has another."""
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle) == offset:
            low = middle
        else:
            high = middle
    return high


def universal_tables(value: object, zone: str, units: object) -> Tables:
    """Return the tables of `local_time`."""
    return universal_changes(zone)


def local_tables(value: object, zone: str, units: object) -> Tables:
    """Return the tables of `universal_time`."""
    return local_changes(zone)


def units_per_second(types: tuple[SqlType, ...]) -> tuple[int, ...]:
    """Return a timestamp's units in a second."""
    return (10 ** types[0].precision,)


def local_type(types: tuple[SqlType, ...]) -> SqlType:
    """A timestamp without a zone."""
    return timestamp(types[0].precision)


def instant_type(types: tuple[SqlType, ...]) -> SqlType:
    """A timestamp with a zone."""
    return instant(types[0].precision)


@procedure()
def offset_at(seconds: int, changes: np.ndarray, offsets: np.ndarray) -> int:
    """Return the offset in force at a second."""
    end = changes[1]
    if seconds > end:
        seconds = seconds - ((seconds - end) // 12622780800 + 1) * 12622780800
    low = 0
    high = changes[0]
    while low < high:
        middle = (low + high + 1) // 2
        if changes[middle + 1] <= seconds:
            low = middle
        else:
            high = middle - 1
    return int(offsets[low])


@function(
    (),
    (Family.TIMESTAMP, TEXT),
    local_type,
    uses=(offset_at,),
    constants=units_per_second,
    tables=universal_tables,
)
def local_time(value: int, zone: str, units: int, changes: np.ndarray, offsets: np.ndarray) -> int:
    """What clocks in a zone show at an instant.

    SELECT TIMESTAMPTZ '2024-07-01 12:00:00' AT TIME ZONE 'Asia/Tokyo' gives 2024-07-01 21:00:00
    """
    return value + offset_at(value // units, changes, offsets) * units


@function(
    (),
    (Family.TIMESTAMP, TEXT),
    instant_type,
    uses=(offset_at,),
    constants=units_per_second,
    tables=local_tables,
)
def universal_time(
    value: int, zone: str, units: int, changes: np.ndarray, offsets: np.ndarray
) -> int:
    """The instant at which clocks in a zone show a time.

    SELECT TIMESTAMP '2024-07-01 12:00' AT TIME ZONE 'Asia/Tokyo' gives 2024-07-01 03:00:00+00:00
    """
    return value - offset_at(value // units, changes, offsets) * units
