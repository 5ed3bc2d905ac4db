"""`*` and `table.*` in a SELECT list, with EXCLUDE (or EXCEPT) and REPLACE."""

from __future__ import annotations

from sqlglot import exp

from gpudb.errors import Error
from gpudb.sql.bind.coerce import without_null_type
from gpudb.sql.bind.context import Context, refuse_extras
from gpudb.sql.bind.dispatch import bind_expression, reference
from gpudb.sql.expr import Expression
from gpudb.sql.plan import Field
from gpudb.sql.scope import known_names, nearest


def expand_star(node: exp.Expr, context: Context) -> list[tuple[str, Expression]]:
    """Return the columns that a star stands for, by their names."""
    environment = context.environment
    star = node if isinstance(node, exp.Star) else node.this
    refuse_extras(star, frozenset({"except_", "replace"}), environment)
    alias = node.table if isinstance(node, exp.Column) else None
    schema = node.text("db") or None
    if not context.scope.sources:
        raise environment.wrong("SELECT * needs FROM", node)
    try:
        fields = context.scope.fields(alias or None, schema)
    except Error as error:
        raise environment.place(error, node) from None
    replaced = _replacements(star, fields, context)
    kept = _kept(star, fields, context)
    return [(each.name, replaced.get(each.name.lower()) or reference(each)) for each in kept]


def _kept(star: exp.Expr, fields: tuple[Field, ...], context: Context) -> list[Field]:
    """Return the columns that EXCLUDE leaves."""
    left_out = set()
    for node in star.args.get("except_") or ():
        clause = star.meta.get("clause", "EXCLUDE")  # what the star was made for, if not written
        _check_shown(node.name, fields, clause, node, context)
        left_out.add(node.name.lower())
    return [field for field in fields if field.name.lower() not in left_out]


def _replacements(
    star: exp.Expr, fields: tuple[Field, ...], context: Context
) -> dict[str, Expression]:
    """Return REPLACE (expression AS column, ...) by the columns' names."""
    found = {}
    for node in star.args.get("replace") or ():
        _check_shown(node.alias, fields, "REPLACE", node, context)
        found[node.alias.lower()] = without_null_type(bind_expression(node.this, context))
    return found


def _check_shown(
    name: str, fields: tuple[Field, ...], clause: str, node: exp.Expr, context: Context
) -> None:
    names = [field.name for field in fields]
    if name.lower() not in {known.lower() for known in names}:
        hint = nearest(name, names) or known_names(names)
        where = "*" if clause in ("EXCLUDE", "REPLACE") else "what stands before it"
        message = f"{clause}: {where} has no column {name}{hint}"
        raise context.environment.wrong(message, node)
