"""Text in the grammar: LIKE and its kin, ||, regular expressions, SUBSTRING, TRIM, OVERLAY."""

from __future__ import annotations

from sqlglot import exp

from gpudb.errors import ProgrammingError
from gpudb.sql.bind.array_forms import concatenated
from gpudb.sql.bind.calls import bind_call, bind_definition
from gpudb.sql.bind.coerce import cast, is_untyped
from gpudb.sql.bind.context import Context, call
from gpudb.sql.bind.dispatch import bind_expression, bind_node
from gpudb.sql.expr import Call, Expression, Literal
from gpudb.storage import types

PATTERNS: dict[type[exp.Expr], tuple[str, str]] = {
    exp.Like: ("like", "LIKE"),
    exp.ILike: ("ilike", "ILIKE"),
    exp.SimilarTo: ("similar", "SIMILAR TO"),
}


@bind_node.register(exp.Like)
@bind_node.register(exp.ILike)
@bind_node.register(exp.SimilarTo)
def _(node: exp.Binary, context: Context) -> Expression:
    return _matched(node, None, context)


@bind_node.register
def _(node: exp.Escape, context: Context) -> Expression:
    return _matched(node.this, node.expression, context)


def _matched(node: exp.Expr, escape: exp.Expr | None, context: Context) -> Expression:
    function, name = PATTERNS[type(node)]
    arguments = [bind_expression(node.this, context), bind_expression(node.expression, context)]
    if escape is not None:
        arguments.append(bind_expression(escape, context))
        function = f"{function}_escape"
        value = arguments[2].value if isinstance(arguments[2], Literal) else None
        if not isinstance(value, str) or len(value) > 1:
            raise context.environment.wrong("ESCAPE takes one character", escape)
    for argument in arguments:
        if argument.type.is_array or not (argument.type.is_text or is_untyped(argument)):
            raise ProgrammingError(f"{name} takes TEXT, not {argument.type}")
    bound = bind_definition(function, arguments)
    return call("not", types.BOOLEAN, bound) if node.args.get("negate") else bound


@bind_node.register
def _(node: exp.DPipe, context: Context) -> Expression:
    parts = [bind_expression(part, context) for part in (node.this, node.expression)]
    if any(part.type.is_array for part in parts):
        return concatenated(*parts)
    if not any(part.type.is_text for part in parts):
        types_ = " and ".join(str(part.type) for part in parts)
        raise ProgrammingError(f"operator || does not take {types_}; one side must be TEXT")
    parts = [cast(part, types.TEXT) for part in parts]
    flat = [p for part in parts for p in _concatenated(part)]
    return bind_definition("concat_text", flat)


def _concatenated(part: Expression) -> tuple[Expression, ...]:
    if isinstance(part, Call) and part.function == "concat_text":
        return part.arguments
    return (part,)


@bind_node.register
def _(node: exp.RegexpLike, context: Context) -> Expression:
    return bind_call("regexp_like", _operands(node, context))


@bind_node.register
def _(node: exp.RegexpILike, context: Context) -> Expression:
    flags = Literal(type=types.TEXT, nullable=False, value="i")
    return bind_call("regexp_like", [*_operands(node, context), flags])


@bind_node.register
def _(node: exp.StartsWith, context: Context) -> Expression:
    return bind_call("starts_with", _operands(node, context))


def _operands(node: exp.Expr, context: Context) -> list[Expression]:
    return [bind_expression(part, context) for part in (node.this, node.expression)]


@bind_node.register
def _(node: exp.ByteString, context: Context) -> Expression:
    """E'...': sqlglot has taken the escapes away."""
    return Literal(type=types.TEXT, nullable=False, value=str(node.this))


@bind_node.register
def _(node: exp.Chr, context: Context) -> Expression:
    return bind_call("chr", [bind_expression(part, context) for part in node.expressions])


@bind_node.register
def _(node: exp.Substring, context: Context) -> Expression:
    begin = node.args.get("start") or exp.Literal.number(1)
    parts = [node.this, begin, *filter(None, [node.args.get("length")])]
    bound = [bind_expression(part, context) for part in parts]
    if bound[1].type.is_text:
        return _substring_matched(bound, node, context)
    return bind_call("substring", bound)


def _substring_matched(bound: list[Expression], node: exp.Expr, context: Context) -> Expression:
    """SUBSTRING(s FROM 'expression'): the first group, or the whole match without groups.

    SUBSTRING(s SIMILAR pattern ESCAPE character), or with FROM and FOR: what is between its marks.
    """
    if len(bound) == 2:
        return bind_definition("substring_matched", bound)
    escape = bound[2].value if isinstance(bound[2], Literal) else None
    if not isinstance(escape, str) or len(escape) > 1:
        raise context.environment.wrong("ESCAPE takes one character", node)
    return bind_definition("substring_similar", bound)


@bind_node.register
def _(node: exp.Trim, context: Context) -> Expression:
    function = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(
        node.args.get("position") or "", "trim"
    )
    parts = [node.this, *filter(None, [node.args.get("expression")])]
    return bind_call(function, [bind_expression(part, context) for part in parts])


@bind_node.register
def _(node: exp.StrPosition, context: Context) -> Expression:
    parts = (node.this, node.args["substr"])
    return bind_call("position", [bind_expression(part, context) for part in parts])


@bind_node.register
def _(node: exp.Overlay, context: Context) -> Expression:
    """OVERLAY(s PLACING t FROM n FOR m)."""
    parts = [node.this, node.expression, node.args["from_"], *filter(None, [node.args.get("for_")])]
    return bind_call("overlay", [bind_expression(part, context) for part in parts])
