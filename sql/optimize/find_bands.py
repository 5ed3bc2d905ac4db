"""Find bands: what compares both sides of a cross join by < and the like becomes its condition.

    Filter a.x < b.y AND a.x + b.y = 3        Filter a.x + b.y = 3
      Join cross                         ->     Join inner on a.x < b.y

A join without keys, but with such a condition, searches its right side in order.
"""

from __future__ import annotations

from gpudb.records import replace
from gpudb.sql.bands import is_band
from gpudb.sql.expr import conjunction, split_conjunction
from gpudb.sql.optimize.rewrite import add_filter, output_ids, transform_plan
from gpudb.sql.plan import Filter, Join, JoinKind, Plan


def find_bands(plan: Plan) -> Plan:
    """Turn filters above cross joins into conditions that a build can be searched by."""
    return transform_plan(plan, _find_node, of=Join)


def _find_node(plan: Plan) -> Plan:
    match plan:
        case Filter(input=Join(kind=JoinKind.CROSS) as join, predicate=predicate):
            left = output_ids(join.left)
            parts = split_conjunction(predicate)
            bands = tuple(part for part in parts if is_band(part, left))
            if not bands:
                return plan
            rest = tuple(part for part in parts if part not in bands)
            joined = replace(join, kind=JoinKind.INNER, condition=conjunction(bands))
            return add_filter(joined, rest)
    return plan
