"""The Star Schema Benchmark: its tables, generated here, and its 13 queries as q1.1 to q4.3.

Distributions and sizes are those of O'Neil, O'Neil and Chen, "The Star Schema Benchmark" (2007): a
fact table of orders' lines, TPC-H's lineitem and orders made one, with four dimensions.
"""

from __future__ import annotations

import datetime
import math
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.options import Options
from bench.ssb_words import (
    COLORS,
    CONTAINERS,
    MONTHS,
    NATIONS,
    PRIORITIES,
    SEASONS,
    SEGMENTS,
    SHIP_MODES,
    TYPES,
    WEEKDAYS,
)
from bench.workload import Workload, read_questions

TABLES = ("lineorder", "customer", "supplier", "part", "dates")
SEED = 1997
ORDERS = 1_500_000
CUSTOMERS = 30_000
SUPPLIERS = 2_000
PARTS = 200_000
WRITE_ORDERS = 250_000
FIRST_DAY = datetime.date(1992, 1, 1)
LAST_DAY = datetime.date(1998, 12, 31)
# No order is younger than this: its lines must be delivered within the calendar.
LAST_ORDER_DAY = datetime.date(1998, 8, 2)

Random = np.random.Generator


def generate(scale: float, data: Path) -> dict[str, Path]:
    """Return the Parquet files of the five tables below `data`, made unless there."""
    folder = data / f"ssb-{scale:g}"
    files = {name: folder / f"{name}.parquet" for name in TABLES}
    if not all(path.is_file() for path in files.values()):
        partial = folder.with_name(f"{folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
        partial.mkdir(parents=True)
        write_tables(scale, partial)
        partial.rename(folder)
    return files


def write_tables(scale: float, folder: Path) -> None:
    """Write the tables into a folder; lineorder in pieces, so that memory does not grow."""
    random = np.random.default_rng(SEED)
    customers, suppliers = max(1, int(CUSTOMERS * scale)), max(1, int(SUPPLIERS * scale))
    # Parts grow with the logarithm of the scale, as the standard says.
    steps = 1 + math.log2(scale) if scale > 1 else scale
    parts = max(1, int(PARTS * (math.floor(steps) if scale > 1 else steps)))
    pq.write_table(make_dates(), folder / "dates.parquet")
    pq.write_table(make_people(random, customers, "c", "Customer"), folder / "customer.parquet")
    pq.write_table(make_people(random, suppliers, "s", "Supplier"), folder / "supplier.parquet")
    pq.write_table(make_parts(random, parts), folder / "part.parquet")
    writer = None
    for piece in make_lineorders(random, int(ORDERS * scale), (customers, suppliers, parts)):
        writer = writer or pq.ParquetWriter(folder / "lineorder.parquet", piece.schema)
        writer.write_table(piece)
    if writer is not None:
        writer.close()


def words(choices: list[str], places: np.ndarray) -> pa.Array:
    """Return the words at the places."""
    return pa.array(choices).take(pa.array(places))


def numbered(prefix: str, numbers: np.ndarray, digits: int) -> pa.Array:
    """Return `prefix` with numbers of so many digits, such as Customer#000000007."""
    texts = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), digits, "0")
    return pc.binary_join_element_wise(prefix, texts, "")


def make_people(random: Random, count: int, letter: str, title: str) -> pa.Table:
    """Return customers or suppliers."""
    nation = random.integers(0, len(NATIONS), count)
    # A city is its nation's first nine letters and a digit.
    cities = [f"{name[:9]:<9}{digit}" for name, _ in NATIONS for digit in range(10)]
    numbers = np.arange(1, count + 1, dtype=np.int32)
    columns = {
        f"{letter}_{title.lower()[:4]}key": pa.array(numbers),
        f"{letter}_name": numbered(f"{title}#", numbers, 9),
        f"{letter}_address": random_addresses(random, count),
        f"{letter}_city": words(cities, nation * 10 + random.integers(0, 10, count)),
        f"{letter}_nation": words([name for name, _ in NATIONS], nation),
        f"{letter}_region": words([region for _, region in NATIONS], nation),
        f"{letter}_phone": phones(random, nation),
    }
    if letter == "c":
        columns["c_mktsegment"] = words(SEGMENTS, random.integers(0, len(SEGMENTS), count))
    return pa.table(columns)


def random_addresses(random: Random, count: int) -> pa.Array:
    """Return strings of 10 to 25 letters and digits."""
    letters = np.frombuffer(
        b"abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ,0123456789", "u1"
    )
    lengths = random.integers(10, 26, count)
    offsets = np.zeros(count + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    text = letters[random.integers(0, len(letters), int(offsets[-1]))]
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(text))


def phones(random: Random, nation: np.ndarray) -> pa.Array:
    """Return phone numbers that begin with the nation's code."""
    count = len(nation)
    parts = [pa.array(nation + 10).cast(pa.string())]
    for low, high in ((100, 1000), (100, 1000), (1000, 10_000)):
        parts.append(pa.array(random.integers(low, high, count)).cast(pa.string()))
    return pc.binary_join_element_wise(*parts, "-")


def make_parts(random: Random, count: int) -> pa.Table:
    """Return parts: 5 makers, 25 categories, 1,000 brands."""
    maker, category = random.integers(1, 6, count), random.integers(1, 6, count)
    categories = maker * 10 + category
    brand = random.integers(1, 41, count)
    brands = pc.binary_join_element_wise(
        "MFGR#", pa.array(categories).cast(pa.string()), pa.array(brand).cast(pa.string()), ""
    )
    color = random.integers(0, len(COLORS), (2, count))
    return pa.table(
        {
            "p_partkey": pa.array(np.arange(1, count + 1, dtype=np.int32)),
            "p_name": pc.binary_join_element_wise(
                words(COLORS, color[0]), words(COLORS, color[1]), " "
            ),
            "p_mfgr": numbered("MFGR#", maker, 1),
            "p_category": numbered("MFGR#", categories, 2),
            "p_brand1": brands,
            "p_color": words(COLORS, color[0]),
            "p_type": words(TYPES, random.integers(0, len(TYPES), count)),
            "p_size": pa.array(random.integers(1, 51, count).astype(np.int32)),
            "p_container": words(CONTAINERS, random.integers(0, len(CONTAINERS), count)),
        }
    )


def make_dates() -> pa.Table:
    """Return the seven years' days."""
    count = (LAST_DAY - FIRST_DAY).days + 1
    rows = [date_row(FIRST_DAY + datetime.timedelta(n)) for n in range(count)]
    table = pa.Table.from_pylist(rows)
    narrow = [pa.int32() if f.type == pa.int64() else f.type for f in table.schema]
    return table.cast(pa.schema(list(zip(table.column_names, narrow, strict=True))))


def date_row(day: datetime.date) -> dict[str, object]:
    """Return what the dimension says of a day."""
    month, weekday = MONTHS[day.month - 1], day.isoweekday() % 7
    tomorrow = day + datetime.timedelta(1)
    number = day.timetuple().tm_yday
    return {
        "d_datekey": day.year * 10_000 + day.month * 100 + day.day,
        "d_date": f"{month} {day.day}, {day.year}",
        "d_dayofweek": WEEKDAYS[weekday],
        "d_month": month,
        "d_year": day.year,
        "d_yearmonthnum": day.year * 100 + day.month,
        "d_yearmonth": f"{month[:3]}{day.year}",
        "d_daynuminweek": weekday + 1,
        "d_daynuminmonth": day.day,
        "d_daynuminyear": number,
        "d_monthnuminyear": day.month,
        "d_weeknuminyear": (number - 1) // 7 + 1,
        "d_sellingseason": SEASONS[day.month - 1],
        "d_lastdayinweekfl": weekday == 6,
        "d_lastdayinmonthfl": tomorrow.month != day.month,
        "d_holidayfl": (day.month, day.day) in {(1, 1), (7, 4), (12, 24), (12, 25), (12, 31)},
        "d_weekdayfl": 1 <= weekday <= 5,
    }


def make_lineorders(random: Random, orders: int, sizes: tuple[int, int, int]) -> Iterator[pa.Table]:
    """Yield the lines of the orders, of one to seven lines each, in pieces of whole orders."""
    for begin in range(0, orders, WRITE_ORDERS):
        yield make_lines(random, begin, min(WRITE_ORDERS, orders - begin), sizes)


def make_lines(random: Random, begin: int, orders: int, sizes: tuple[int, int, int]) -> pa.Table:
    """Return the lines of `orders` orders from number `begin` on."""
    customers, suppliers, parts = sizes
    lines = random.integers(1, 8, orders)
    order = np.repeat(np.arange(orders), lines)
    count = len(order)
    first = np.cumsum(lines) - lines
    days = random.integers(0, (LAST_ORDER_DAY - FIRST_DAY).days + 1, orders)
    part = random.integers(1, parts + 1, count)
    # TPC-H's retail price of a part, in cents.
    price = 90_000 + (part // 10) % 20_001 + 100 * (part % 1_000)
    quantity, discount = random.integers(1, 51, count), random.integers(0, 11, count)
    extended = quantity * price
    tax = random.integers(0, 9, count)
    total = np.add.reduceat(extended * (100 + tax) * (100 - discount) // 10_000, first)
    priority = words(PRIORITIES, random.integers(0, len(PRIORITIES), orders)[order])
    integers = {
        "lo_orderkey": begin + order + 1,
        "lo_linenumber": np.arange(count) - first[order] + 1,
        "lo_custkey": random.integers(1, customers + 1, orders)[order],
        "lo_partkey": part,
        "lo_suppkey": random.integers(1, suppliers + 1, count),
        "lo_orderdate": date_keys(days)[order],
        "lo_quantity": quantity,
        "lo_extendedprice": extended,
        "lo_ordtotalprice": total[order],
        "lo_discount": discount,
        "lo_revenue": extended * (100 - discount) // 100,
        "lo_supplycost": 6 * price // 10,
        "lo_tax": tax,
        "lo_commitdate": date_keys(days[order] + random.integers(30, 91, count)),
    }
    columns = {name: pa.array(values.astype(np.int32)) for name, values in integers.items()}
    columns["lo_orderpriority"] = priority
    columns["lo_shippriority"] = pa.array(np.zeros(count, np.int32))
    columns["lo_shipmode"] = words(SHIP_MODES, random.integers(0, len(SHIP_MODES), count))
    return pa.table(columns)


def date_keys(days: np.ndarray) -> np.ndarray:
    """Return yyyymmdd of days counted from FIRST_DAY."""
    dates = np.datetime64(FIRST_DAY) + days.astype("timedelta64[D]")
    months = dates.astype("datetime64[M]")
    years = months.astype("datetime64[Y]").astype(int) + 1970
    month = months.astype(int) % 12 + 1
    found: np.ndarray = years * 10_000 + month * 100 + (dates - months).astype(int) + 1
    return found


def make_files(options: Options) -> dict[str, Path]:
    """Return the files at the scale of the options."""
    return generate(options.scale, options.data)


SSB = Workload("ssb", read_questions("ssb"), make_files)
