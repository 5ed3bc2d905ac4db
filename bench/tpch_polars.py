"""Eight of the TPC-H queries as Polars' lazy expressions; money is doubles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import polars as pl

Tables = Mapping[str, pl.LazyFrame]

DISCOUNTED = pl.col("l_extendedprice") * (1 - pl.col("l_discount"))


def q1(t: Tables) -> pl.LazyFrame:
    """Pricing summary."""
    return (
        t["lineitem"]
        .filter(pl.col("l_shipdate") <= date(1998, 9, 2))
        .group_by("l_returnflag", "l_linestatus")
        .agg(
            pl.col("l_quantity").sum().alias("sum_qty"),
            pl.col("l_extendedprice").sum().alias("sum_base_price"),
            DISCOUNTED.sum().alias("sum_disc_price"),
            (DISCOUNTED * (1 + pl.col("l_tax"))).sum().alias("sum_charge"),
            pl.col("l_quantity").mean().alias("avg_qty"),
            pl.col("l_extendedprice").mean().alias("avg_price"),
            pl.col("l_discount").mean().alias("avg_disc"),
            pl.len().alias("count_order"),
        )
        .sort("l_returnflag", "l_linestatus")
    )


def q3(t: Tables) -> pl.LazyFrame:
    """Shipping priority."""
    day = date(1995, 3, 15)
    return (
        t["customer"]
        .filter(pl.col("c_mktsegment") == "BUILDING")
        .join(
            t["orders"].filter(pl.col("o_orderdate") < day),
            left_on="c_custkey",
            right_on="o_custkey",
        )
        .join(
            t["lineitem"].filter(pl.col("l_shipdate") > day),
            left_on="o_orderkey",
            right_on="l_orderkey",
        )
        .group_by("o_orderkey", "o_orderdate", "o_shippriority")
        .agg(DISCOUNTED.sum().alias("revenue"))
        .sort("revenue", "o_orderdate", descending=[True, False])
        .head(10)
        .select(
            pl.col("o_orderkey").alias("l_orderkey"), "revenue", "o_orderdate", "o_shippriority"
        )
    )


def q5(t: Tables) -> pl.LazyFrame:
    """Local supplier volume."""
    in_year = pl.col("o_orderdate").is_between(date(1994, 1, 1), date(1995, 1, 1), closed="left")
    return (
        t["region"]
        .filter(pl.col("r_name") == "ASIA")
        .join(t["nation"], left_on="r_regionkey", right_on="n_regionkey")
        .join(t["customer"], left_on="n_nationkey", right_on="c_nationkey")
        .join(t["orders"].filter(in_year), left_on="c_custkey", right_on="o_custkey")
        .join(t["lineitem"], left_on="o_orderkey", right_on="l_orderkey")
        .join(
            t["supplier"],
            left_on=["l_suppkey", "n_nationkey"],
            right_on=["s_suppkey", "s_nationkey"],
        )
        .group_by("n_name")
        .agg(DISCOUNTED.sum().alias("revenue"))
        .sort("revenue", descending=True)
    )


def q6(t: Tables) -> pl.LazyFrame:
    """Forecast of a revenue change."""
    return (
        t["lineitem"]
        .filter(
            pl.col("l_shipdate").is_between(date(1994, 1, 1), date(1995, 1, 1), closed="left"),
            pl.col("l_discount").is_between(0.05, 0.07),
            pl.col("l_quantity") < 24,
        )
        .select((pl.col("l_extendedprice") * pl.col("l_discount")).sum().alias("revenue"))
    )


def q10(t: Tables) -> pl.LazyFrame:
    """Returned items."""
    quarter = pl.col("o_orderdate").is_between(date(1993, 10, 1), date(1994, 1, 1), closed="left")
    keys = ["c_name", "c_acctbal", "n_name", "c_address", "c_phone", "c_comment"]
    return (
        t["customer"]
        .join(t["orders"].filter(quarter), left_on="c_custkey", right_on="o_custkey")
        .join(
            t["lineitem"].filter(pl.col("l_returnflag") == "R"),
            left_on="o_orderkey",
            right_on="l_orderkey",
        )
        .join(t["nation"], left_on="c_nationkey", right_on="n_nationkey")
        .group_by("c_custkey", *keys)
        .agg(DISCOUNTED.sum().alias("revenue"))
        .sort("revenue", descending=True)
        .head(20)
        .select("c_custkey", "c_name", "revenue", *keys[1:])
    )


def q12(t: Tables) -> pl.LazyFrame:
    """Shipping modes and order priority."""
    is_high = pl.col("o_orderpriority").is_in(["1-URGENT", "2-HIGH"])
    return (
        t["lineitem"]
        .filter(
            pl.col("l_shipmode").is_in(["MAIL", "SHIP"]),
            pl.col("l_commitdate") < pl.col("l_receiptdate"),
            pl.col("l_shipdate") < pl.col("l_commitdate"),
            pl.col("l_receiptdate").is_between(date(1994, 1, 1), date(1995, 1, 1), closed="left"),
        )
        .join(t["orders"], left_on="l_orderkey", right_on="o_orderkey")
        .group_by("l_shipmode")
        .agg(
            is_high.sum().cast(pl.Int64).alias("high_line_count"),
            (~is_high).sum().cast(pl.Int64).alias("low_line_count"),
        )
        .sort("l_shipmode")
    )


def q14(t: Tables) -> pl.LazyFrame:
    """Promotion effect."""
    month = pl.col("l_shipdate").is_between(date(1995, 9, 1), date(1995, 10, 1), closed="left")
    promo = DISCOUNTED.filter(pl.col("p_type").str.starts_with("PROMO")).sum()
    share = 100.0 * promo / DISCOUNTED.sum()
    return (
        t["lineitem"]
        .filter(month)
        .join(t["part"], left_on="l_partkey", right_on="p_partkey")
        .select(share.alias("promo_revenue"))
    )


def q19(t: Tables) -> pl.LazyFrame:
    """Discounted revenue of three kinds of parts."""
    kinds = (
        ("Brand#12", ["SM CASE", "SM BOX", "SM PACK", "SM PKG"], 1, 5),
        ("Brand#23", ["MED BAG", "MED BOX", "MED PKG", "MED PACK"], 10, 10),
        ("Brand#34", ["LG CASE", "LG BOX", "LG PACK", "LG PKG"], 20, 15),
    )
    is_wanted = pl.lit(value=False)
    for brand, containers, quantity, size in kinds:
        is_wanted |= (
            (pl.col("p_brand") == brand)
            & pl.col("p_container").is_in(containers)
            & pl.col("l_quantity").is_between(quantity, quantity + 10)
            & pl.col("p_size").is_between(1, size)
        )
    return (
        t["lineitem"]
        .filter(
            pl.col("l_shipmode").is_in(["AIR", "AIR REG"]),
            pl.col("l_shipinstruct") == "DELIVER IN PERSON",
        )
        .join(t["part"], left_on="l_partkey", right_on="p_partkey")
        .filter(is_wanted)
        .select(DISCOUNTED.sum().alias("revenue"))
    )


FRAMES: dict[str, Callable[[Tables], pl.LazyFrame]] = {
    each.__name__: each for each in (q1, q3, q5, q6, q10, q12, q14, q19)
}
