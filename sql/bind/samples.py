"""TABLESAMPLE: which rows of a table a query reads, by a hash of their places.

BERNOULLI (10)      each row with a chance of 10 percent
SYSTEM (10)         each block of 1,024 rows with that chance
(1000 ROWS)         1,000 rows, each equally likely
"""

from __future__ import annotations

from sqlglot import exp

from gpudb.late import secrets
from gpudb.sql.bind.context import Context, Environment, Relation, call, refuse_extras
from gpudb.sql.bind.dispatch import bind_expression, reference
from gpudb.sql.bind.operators import compare
from gpudb.sql.bind.output import percentage, row_count
from gpudb.sql.dialect import plain_name
from gpudb.sql.expr import Literal, SortKey
from gpudb.sql.plan import (
    Field,
    Filter,
    Item,
    Plan,
    Project,
    Sort,
    output_fields,
)
from gpudb.sql.scope import Scope
from gpudb.storage import types

METHODS = {"": "sample_row", "BERNOULLI": "sample_row", "SYSTEM": "sample_block"}
SAMPLE_PARTS = frozenset({"method", "percent", "size", "seed"})
# Hashes of rows lie between 0 and this.
END_OF_HASHES = 1 << 63


def sampled(
    relation: Relation, number: Field | None, node: exp.TableSample, environment: Environment
) -> Relation:
    """Return a sample of a table's rows, whose places `number` holds; it is not among the names."""
    refuse_extras(node, SAMPLE_PARTS, environment)
    assert number is not None, "the table was asked for the rows' numbers"
    read = relation.plan
    method = node.args.get("method")
    name = "" if method is None else plain_name(method.name).upper()
    if name not in METHODS:
        message = f"TABLESAMPLE {name} is not known; there are BERNOULLI and SYSTEM"
        raise environment.wrong(message, node)
    seed = Literal(type=types.BIGINT, nullable=False, value=_seed(node, environment))
    hashed = call(METHODS[name], types.BIGINT, reference(number), seed)
    plan: Plan
    if node.args.get("size") is not None and not name:
        count = row_count(node.args["size"], "TABLESAMPLE", environment)
        plan = Sort(read, (SortKey(hashed, is_descending=False, is_nulls_first=False),), count)
    else:
        share_node = node.args.get("percent") or node.args.get("size")
        if share_node is None:
            raise environment.wrong("TABLESAMPLE needs a percentage", node)
        bound = bind_expression(share_node, Context(environment, Scope(), "TABLESAMPLE"))
        share = percentage(bound, share_node, environment)
        end = min(int(share / 100 * END_OF_HASHES), END_OF_HASHES - 1)
        limit = Literal(type=types.BIGINT, nullable=False, value=end)
        plan = Filter(read, compare("less" if share < 100 else "less_equal", hashed, limit))
    shown = tuple(Item(f, reference(f)) for f in output_fields(read) if f.id != number.id)
    return Relation(Project(plan, shown), relation.names)


def _seed(node: exp.TableSample, environment: Environment) -> int:
    """Return what REPEATABLE gives, or else a random number."""
    seed = node.args.get("seed")
    if seed is None:
        environment.volatile.append("chance")
        return int(secrets.randbits(62))
    bound = bind_expression(seed, Context(environment, Scope(), "REPEATABLE"))
    value = bound.value if isinstance(bound, Literal) else None
    if not isinstance(value, int | float):
        raise environment.wrong("REPEATABLE takes a constant number", seed)
    return int(value) & (END_OF_HASHES - 1)
