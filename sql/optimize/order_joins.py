"""Order joins: the cheapest tree of inner joins by estimated rows.

Dynamic programming over the connected sets of relations (as in DPsub: Moerkotte and Neumann, VLDB
2006), greedy beyond MAX_EXHAUSTIVE relations and between sets that nothing connects. Bushy trees
are welcome: each right side is built by a pipeline of its own, while the left side streams past.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import inf

from gpudb.records import dataclass, replace
from gpudb.sql.estimate import Estimate, after_join
from gpudb.sql.optimize.join_graph import JoinGraph, find_join_graph
from gpudb.sql.optimize.rewrite import is_same_plan, keep_fields
from gpudb.sql.plan import Iterate, Join, Plan, Union, inputs, output_fields, with_inputs
from gpudb.sql.plan_expressions import kinds
from gpudb.sql.rough_estimate import rough_estimate, roughly_after_filter

MAX_EXHAUSTIVE = 10
# Rows put into a join's table cost more than rows looked up in one, the more so where several of
# them share a key: such tables need chains, and dense unique keys are just addresses.
UNIQUE_BUILD_WEIGHT = 2.0
BUILD_WEIGHT = 6.0
UNIQUE_SHARE = 0.95


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree for the set of relations `mask`, what it yields, and the cost of all its joins.

    A leaf has its plan, a join its two halves: most trees lose, and need no plan. `reach` are the
    classes of equal expressions that the set has a member of.
    """

    mask: int
    reach: int
    estimate: Estimate
    cost: float
    leaf: Plan | None = None
    halves: tuple[Tree, ...] = ()

    def plan(self, graph: JoinGraph) -> Plan:
        """Return the tree as a plan."""
        if self.leaf is not None:
            return self.leaf
        left, right = self.halves
        return graph.join(left.plan(graph), right.plan(graph), left.mask, right.mask)


def order_joins(plan: Plan) -> Plan:
    """Reorder every tree of inner joins in `plan`; the result keeps the fields' order."""
    ordered = _order(plan)
    return keep_fields(ordered, output_fields(plan)) if ordered is not plan else plan


def _order(plan: Plan) -> Plan:
    if Join not in kinds(plan):
        return plan
    graph = find_join_graph(plan)
    if graph is None:
        parts = [_order(part) for part in inputs(plan)]
        if isinstance(plan, Union | Iterate):
            # Columns of its parts meet by their places.
            pairs = zip(parts, inputs(plan), strict=True)
            parts = [keep_fields(new, output_fields(old)) for new, old in pairs]
        return with_inputs(plan, parts)
    relations = tuple(_order(relation) for relation in graph.relations)
    ordered = cheapest_tree(replace(graph, relations=relations))
    return plan if is_same_plan(ordered, plan) else ordered


def cheapest_tree(graph: JoinGraph) -> Plan:
    """Return the cheapest plan found for all relations of `graph`."""
    ids = graph.column_ids()
    known = [_of_columns(rough_estimate(r), ids) for r in graph.relations]
    leaves = [
        Tree(1 << i, graph.reach(1 << i), known[i], 0.0, leaf=relation)
        for i, relation in enumerate(graph.relations)
    ]
    trees = leaves
    if len(leaves) <= MAX_EXHAUSTIVE:
        trees = _exhaustive(graph, leaves)
    while len(trees) > 1:
        trees = _join_cheapest_pair(graph, trees)
    return trees[0].plan(graph)


def _of_columns(whole: Estimate, ids: frozenset[int]) -> Estimate:
    """Return an estimate of few columns: every join that is tried copies them."""
    return Estimate(whole.rows, {id: c for id, c in whole.columns.items() if id in ids})


def _exhaustive(graph: JoinGraph, leaves: list[Tree]) -> list[Tree]:
    """Return the cheapest tree of each connected set that lies in no larger one."""
    best = {leaf.mask: leaf for leaf in leaves}
    everything = (1 << len(leaves)) - 1
    for size in range(2, len(leaves) + 1):
        for mask in _masks(len(leaves), size):
            tree = _cheapest_split(graph, best, mask)
            if tree is not None:
                best[mask] = tree
    if everything in best:
        return [best[everything]]
    chosen: list[Tree] = []
    for tree in sorted(best.values(), key=lambda t: -t.mask.bit_count()):
        if not any(tree.mask & other.mask for other in chosen):
            chosen.append(tree)
    return chosen


def _masks(count: int, size: int) -> Iterator[int]:
    for places in combinations(range(count), size):
        yield sum(1 << place for place in places)


def _cheapest_split(graph: JoinGraph, best: dict[int, Tree], mask: int) -> Tree | None:
    """Return the cheapest join of two known, connected halves of `mask`."""
    cheapest: tuple[Tree, Tree] | None = None
    least, result = inf, None
    for part in _halves(mask):
        first = best.get(part)
        second = None if first is None else best.get(mask ^ part)
        if first is None or second is None or not first.reach & second.reach:
            continue
        if result is None:
            # All halves yield the same rows: one estimate serves them.
            result = _join_estimate(graph, first, second)
        for left, right in ((second, first), (first, second)):
            cost = _cost(graph, left, right, result)
            if cost < least:
                least, cheapest = cost, (left, right)
    if cheapest is None or result is None:
        return None
    return Tree(mask, graph.reach(mask), result, least, halves=cheapest)


def _halves(mask: int) -> Iterator[int]:
    """Yield one part of every way to part `mask` in two: the part with the lowest bit."""
    lowest = mask & -mask
    rest = mask ^ lowest
    part = (rest - 1) & rest
    while part:
        yield part | lowest
        part = (part - 1) & rest
    yield lowest


def _join_estimate(graph: JoinGraph, left: Tree, right: Tree) -> Estimate:
    keys = tuple((key.left, key.right) for key in graph.keys(left.mask, right.mask))
    joined = after_join(left.estimate, right.estimate, keys)
    conditions = graph.conditions(left.mask, right.mask)
    return roughly_after_filter(joined, conditions)


def _cost(graph: JoinGraph, left: Tree, right: Tree, result: Estimate) -> float:
    weight = UNIQUE_BUILD_WEIGHT if _is_unique(graph, left, right) else BUILD_WEIGHT
    own = left.estimate.rows + weight * right.estimate.rows + result.rows
    return left.cost + right.cost + own


def _is_unique(graph: JoinGraph, left: Tree, build: Tree) -> bool:
    """Whether hardly any two rows of the build side have the same keys."""
    shared = left.reach & build.reach
    known = graph.unique.get((build.mask, shared))
    if known is None:
        values = 1.0
        for place, member in enumerate(graph.inside(build.mask)):
            if member is not None and shared >> place & 1:
                values *= build.estimate.distinct(member)
        known = values >= UNIQUE_SHARE * build.estimate.rows
        graph.unique[build.mask, shared] = known
    return known


def _joined(graph: JoinGraph, left: Tree, right: Tree, result: Estimate) -> Tree:
    cost = _cost(graph, left, right, result)
    mask = left.mask | right.mask
    return Tree(mask, graph.reach(mask), result, cost, halves=(left, right))


def _join_cheapest_pair(graph: JoinGraph, trees: list[Tree]) -> list[Tree]:
    """Return the trees with the cheapest pair joined; pairs that nothing connects come last."""
    pairs = [(a, b) for a in trees for b in trees if a is not b]
    connected = [(a, b) for a, b in pairs if a.reach & b.reach]
    candidates = [(a, b, _join_estimate(graph, a, b)) for a, b in connected or pairs]
    left, right, result = min(candidates, key=lambda c: _cost(graph, c[0], c[1], c[2]))
    rest = [tree for tree in trees if tree is not left and tree is not right]
    return [*rest, _joined(graph, left, right, result)]
