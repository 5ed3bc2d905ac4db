"""TPC-H: standard data by tpchgen-cli, and eight of its queries with the standard's parameters."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.case import DUCKDB, OURS, POLARS, Case, RunQuery
from bench.duckdb_engine import Duckdb, open_duckdb
from bench.gpudb_engine import Gpudb, open_gpudb
from bench.options import Options

TABLES = ("region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem")
# Polars keeps decimals in 16 bytes and text as views: more than this does not fit beside the rest.
POLARS_MOST_SCALE = 3.0

QUERIES = {
    "q1": """
SELECT l_returnflag, l_linestatus, sum(l_quantity) AS sum_qty,
       sum(l_extendedprice) AS sum_base_price,
       sum(l_extendedprice * (1 - l_discount)) AS sum_disc_price,
       sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) AS sum_charge,
       avg(l_quantity) AS avg_qty, avg(l_extendedprice) AS avg_price,
       avg(l_discount) AS avg_disc, count(*) AS count_order
FROM lineitem
WHERE l_shipdate <= DATE '1998-12-01' - INTERVAL '90' DAY
GROUP BY l_returnflag, l_linestatus
ORDER BY l_returnflag, l_linestatus""",
    "q3": """
SELECT l_orderkey, sum(l_extendedprice * (1 - l_discount)) AS revenue, o_orderdate, o_shippriority
FROM customer, orders, lineitem
WHERE c_mktsegment = 'BUILDING' AND c_custkey = o_custkey AND l_orderkey = o_orderkey
  AND o_orderdate < DATE '1995-03-15' AND l_shipdate > DATE '1995-03-15'
GROUP BY l_orderkey, o_orderdate, o_shippriority
ORDER BY revenue DESC, o_orderdate
LIMIT 10""",
    "q5": """
SELECT n_name, sum(l_extendedprice * (1 - l_discount)) AS revenue
FROM customer, orders, lineitem, supplier, nation, region
WHERE c_custkey = o_custkey AND l_orderkey = o_orderkey AND l_suppkey = s_suppkey
  AND c_nationkey = s_nationkey AND s_nationkey = n_nationkey AND n_regionkey = r_regionkey
  AND r_name = 'ASIA'
  AND o_orderdate >= DATE '1994-01-01' AND o_orderdate < DATE '1994-01-01' + INTERVAL '1' YEAR
GROUP BY n_name
ORDER BY revenue DESC""",
    "q6": """
SELECT sum(l_extendedprice * l_discount) AS revenue
FROM lineitem
WHERE l_shipdate >= DATE '1994-01-01' AND l_shipdate < DATE '1994-01-01' + INTERVAL '1' YEAR
  AND l_discount BETWEEN 0.06 - 0.01 AND 0.06 + 0.01 AND l_quantity < 24""",
    "q10": """
SELECT c_custkey, c_name, sum(l_extendedprice * (1 - l_discount)) AS revenue,
       c_acctbal, n_name, c_address, c_phone, c_comment
FROM customer, orders, lineitem, nation
WHERE c_custkey = o_custkey AND l_orderkey = o_orderkey
  AND o_orderdate >= DATE '1993-10-01' AND o_orderdate < DATE '1993-10-01' + INTERVAL '3' MONTH
  AND l_returnflag = 'R' AND c_nationkey = n_nationkey
GROUP BY c_custkey, c_name, c_acctbal, c_phone, n_name, c_address, c_comment
ORDER BY revenue DESC
LIMIT 20""",
    "q12": """
SELECT l_shipmode,
       sum(CASE WHEN o_orderpriority = '1-URGENT' OR o_orderpriority = '2-HIGH'
                THEN 1 ELSE 0 END) AS high_line_count,
       sum(CASE WHEN o_orderpriority <> '1-URGENT' AND o_orderpriority <> '2-HIGH'
                THEN 1 ELSE 0 END) AS low_line_count
FROM orders, lineitem
WHERE o_orderkey = l_orderkey AND l_shipmode IN ('MAIL', 'SHIP')
  AND l_commitdate < l_receiptdate AND l_shipdate < l_commitdate
  AND l_receiptdate >= DATE '1994-01-01'
  AND l_receiptdate < DATE '1994-01-01' + INTERVAL '1' YEAR
GROUP BY l_shipmode
ORDER BY l_shipmode""",
    "q14": """
SELECT 100.00 * sum(CASE WHEN p_type LIKE 'PROMO%' THEN l_extendedprice * (1 - l_discount)
                         ELSE 0 END) / sum(l_extendedprice * (1 - l_discount)) AS promo_revenue
FROM lineitem, part
WHERE l_partkey = p_partkey
  AND l_shipdate >= DATE '1995-09-01' AND l_shipdate < DATE '1995-09-01' + INTERVAL '1' MONTH""",
    "q19": """
SELECT sum(l_extendedprice * (1 - l_discount)) AS revenue
FROM lineitem, part
WHERE (p_partkey = l_partkey AND p_brand = 'Brand#12'
       AND p_container IN ('SM CASE', 'SM BOX', 'SM PACK', 'SM PKG')
       AND l_quantity >= 1 AND l_quantity <= 1 + 10 AND p_size BETWEEN 1 AND 5
       AND l_shipmode IN ('AIR', 'AIR REG') AND l_shipinstruct = 'DELIVER IN PERSON')
   OR (p_partkey = l_partkey AND p_brand = 'Brand#23'
       AND p_container IN ('MED BAG', 'MED BOX', 'MED PKG', 'MED PACK')
       AND l_quantity >= 10 AND l_quantity <= 10 + 10 AND p_size BETWEEN 1 AND 10
       AND l_shipmode IN ('AIR', 'AIR REG') AND l_shipinstruct = 'DELIVER IN PERSON')
   OR (p_partkey = l_partkey AND p_brand = 'Brand#34'
       AND p_container IN ('LG CASE', 'LG BOX', 'LG PACK', 'LG PKG')
       AND l_quantity >= 20 AND l_quantity <= 20 + 10 AND p_size BETWEEN 1 AND 15
       AND l_shipmode IN ('AIR', 'AIR REG') AND l_shipinstruct = 'DELIVER IN PERSON')""",
}


def generate(scale: float, data: Path) -> dict[str, Path]:
    """Return the Parquet files (Snappy) of the eight tables below `data`, made unless there."""
    folder = data / f"tpch-{scale:g}"
    files = {name: folder / f"{name}.parquet" for name in TABLES}
    if not all(path.is_file() for path in files.values()):
        # Under another name first: half a data set must not pass for a whole one.
        partial = folder.with_name(f"{folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
        partial.mkdir(parents=True)
        command = [str(Path(sys.executable).with_name("tpchgen-cli")), "parquet", "--quiet"]
        subprocess.run([*command, "-s", f"{scale:g}", "-o", str(partial)], check=True)
        partial.rename(folder)
    return files


@contextmanager
def tpch_cases(options: Options, kernels: Path) -> Iterator[Sequence[Case]]:
    """Give the chosen TPC-H cases over loaded data."""
    names = [name for name in QUERIES if options.has(name)]
    files = generate(options.scale, options.data)
    folder = files["lineitem"].parent
    with ExitStack() as stack:
        ours = open_gpudb(
            folder / "ours.gpudb",
            files,
            threads=options.threads,
            kernels=kernels,
            reload=options.reload,
        )
        stack.callback(ours.close)
        peer = open_duckdb(
            folder / "peer.duckdb", files, threads=options.threads, reload=options.reload
        )
        stack.callback(peer.close)
        polars_runs = open_polars(files, options, names)
        yield [
            Case(name, "tpch", QUERIES[name], ours, engine_runs(name, ours, peer, polars_runs))
            for name in names
        ]


def open_polars(
    files: Mapping[str, Path], options: Options, names: Sequence[str]
) -> Mapping[str, RunQuery]:
    """Return Polars' runs by the query's name; none where it is not raced."""
    if POLARS not in options.engines or options.scale > POLARS_MOST_SCALE or not names:
        return {}
    from bench.tpch_polars import load_polars

    return load_polars(files, names)


def engine_runs(
    name: str, ours: Gpudb, peer: Duckdb, polars_runs: Mapping[str, RunQuery]
) -> dict[str, RunQuery]:
    """Return how each engine runs a query."""
    sql = QUERIES[name]
    runs: dict[str, RunQuery] = {OURS: lambda: ours.query(sql), DUCKDB: lambda: peer.query(sql)}
    if name in polars_runs:
        runs[POLARS] = polars_runs[name]
    return runs
