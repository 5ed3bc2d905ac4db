"""PIVOT t ON c IN (...) USING sum(x) and UNPIVOT t ON a, b, written as FROM t PIVOT (...)."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from gpudb.sql.call_tokens import CALL_MARK

WORDS = frozenset({TokenType.PIVOT, TokenType.UNPIVOT})


def without_pivot_statements(tree: exp.Expr, tokens: list[Token]) -> exp.Expr:
    """Return the tree with each such statement in it, most often none, as a SELECT."""
    if not any(token.token_type in WORDS for token in tokens):
        return tree
    for node in list(tree.find_all(exp.Pivot)):
        if node.arg_key == "pivots":
            continue
        query = _query(node)
        if node is tree:
            return query
        node.replace(query)
    return tree


def _query(node: exp.Pivot) -> exp.Select:
    source = node.this.copy()
    clause = _unpivot(node) if node.args.get("unpivot") else _pivot(node)
    source.set("pivots", [clause])
    return exp.Select(expressions=[exp.Star()], from_=exp.From(this=source))


def _pivot(node: exp.Pivot) -> exp.Pivot:
    count = exp.Anonymous(this=f"count{CALL_MARK}", expressions=[exp.Star()])
    aggregates = node.args.get("using") or [count]
    return exp.Pivot(
        expressions=aggregates,
        fields=node.expressions,
        unpivot=False,
        group=node.args.get("group"),
    )


def _unpivot(node: exp.Pivot) -> exp.Pivot:
    into = node.args.get("into")
    name = exp.to_identifier("name") if into is None else into.this.this
    values = [exp.to_identifier("value")] if into is None else into.expressions
    given = values[0] if len(values) == 1 else exp.Tuple(expressions=values)
    return exp.Pivot(
        expressions=[given],
        fields=[exp.In(this=name, expressions=node.expressions)],
        unpivot=True,
        include_nulls=node.args.get("include_nulls"),
    )
