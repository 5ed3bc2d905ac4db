"""AT TIME ZONE: a clock's time to an instant, an instant to what a clock shows."""

from __future__ import annotations

from gpudb.errors import DataError, NotSupportedError, ProgrammingError
from gpudb.records import replace
from gpudb.sql.bind.calls import bind_definition
from gpudb.sql.bind.coerce import cast, is_untyped
from gpudb.sql.bind.operators import arithmetic
from gpudb.sql.expr import Expression, Literal
from gpudb.sql.functions.zones import zone_names
from gpudb.sql.scope import nearest
from gpudb.storage import types
from gpudb.storage.types import Kind


def at_time_zone(moment: Expression, zone: Expression) -> Expression:
    """Bind `moment AT TIME ZONE zone`.

    As in PostgreSQL, a TIMESTAMP is what clocks there show and becomes an instant, a TIMESTAMP WITH
    TIME ZONE (and a DATE, and a quoted text) becomes what clocks there show at it.
    """
    if is_untyped(moment):
        moment = cast(moment, types.instant(6))
    if moment.type.kind is Kind.DATE:
        moment = cast(moment, types.instant(0))
    if moment.type.kind is not Kind.TIMESTAMP:
        raise ProgrammingError(f"AT TIME ZONE does not take {moment.type}")
    if zone.type.kind is Kind.INTERVAL_TIME:
        return _at_offset(moment, zone)
    if not isinstance(zone, Literal):
        raise NotSupportedError(
            "AT TIME ZONE by a zone that is not a constant is not supported yet"
        )
    if not zone.type.is_text or not isinstance(zone.value, str):
        raise ProgrammingError(f"AT TIME ZONE takes a zone's name, not {zone.type}")
    _check_zone(zone)
    function = "local_time" if moment.type.is_zoned else "universal_time"
    return bind_definition(function, (moment, zone))


def _at_offset(moment: Expression, offset: Expression) -> Expression:
    is_zoned = moment.type.is_zoned
    moved = arithmetic("add" if is_zoned else "subtract", moment, offset)
    target = replace(moved.type, is_zoned=not is_zoned)
    return cast(moved, target)


def _check_zone(zone: Literal) -> None:
    name, known = str(zone.value).strip().lower(), zone_names()
    if name not in known:
        hint = nearest(str(zone.value), known.values()) or "; names are as Europe/Berlin or UTC"
        error = DataError(f"there is no time zone {zone.value!r}{hint}")
        if zone.span is not None:
            error.begin, error.end = zone.span.begin, zone.span.end
        raise error
