"""Tables of time zones against zoneinfo over the same data, and there and back again."""

from __future__ import annotations

import datetime
import importlib.resources
import io
import random
import zoneinfo

import pytest

from gpudb.errors import DataError
from gpudb.sql.functions.zones import (
    local_changes,
    offset_at,
    universal_changes,
    universal_time,
    zone_names,
)

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca")


def python_zone(name: str) -> zoneinfo.ZoneInfo:
    data = importlib.resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
    return zoneinfo.ZoneInfo.from_file(io.BytesIO(data), name)


@pytest.mark.parametrize("name", ZONES)
def test_offsets_are_those_of_zoneinfo(name: str) -> None:
    zone, tables = python_zone(name), universal_changes(name)
    r = random.Random(name)
    changes = tables[0][2:].tolist()
    near = [c + d for c in r.sample(changes, min(len(changes), 60)) for d in (-1, 0, 1)]
    # From 1810 to the year 9900, which the rule of each zone says.
    far = [r.randrange(-5_000_000_000, 250_000_000_000) for _ in range(300)]
    for second in near + far:
        offset = datetime.datetime.fromtimestamp(second, zone).utcoffset()
        assert offset is not None
        assert offset_at(second, *tables) == offset.total_seconds(), second


@pytest.mark.parametrize("name", ZONES)
def test_local_times_are_read_back(name: str) -> None:
    r = random.Random(name)
    for _ in range(200):
        second = r.randrange(-2_000_000_000, 8_000_000_000)
        local = second + offset_at(second, *universal_changes(name))
        back = universal_time(local, name, 1, *local_changes(name))
        # An hour that clocks show twice is read as the second one.
        assert back == second or back + offset_at(back, *universal_changes(name)) == local


def test_names() -> None:
    assert zone_names()["europe/berlin"] == "Europe/Berlin"
    with pytest.raises(DataError, match="there is no time zone 'Mars/Olympus'"):
        universal_changes("Mars/Olympus")
