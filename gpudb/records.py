"""Dataclasses that are made in a tenth of the time, and whose objects are, too, where frozen.

Python's own decorator looks at each field's annotation for what it might mean, and compiles up to
six functions for each class, half a millisecond; of 390 classes that was two fifths of an import.
Here `__init__` is compiled once it has been called some times, `__eq__` and `__hash__` with their
first call, and the rest is shared. Checkers see Python's own decorator, and `dataclasses.fields`
and its neighbours what it would have left.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, field
from reprlib import recursive_repr
from types import MemberDescriptorType, SimpleNamespace
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass", "replace"]

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:

    def dataclass(cls=None, /, *, frozen=False, slots=False, eq=True, kw_only=False):
        """Return a dataclass, as `dataclasses.dataclass` does for these options.

        Annotations are texts, and none of them ClassVar, InitVar or KW_ONLY.
        """

        def made(of):
            return _made(of, is_frozen=frozen, has_slots=slots, has_eq=eq, is_kw_only=kw_only)

        return made if cls is None else made(cls)

    def replace(record, /, **changes):
        """Return `record` with other values in some fields, as `dataclasses.replace` does."""
        copier = record.__class__.__dict__.get("__copier__")
        if copier is None:
            return dataclasses.replace(record, **changes)
        copied, setters = copier or _make_copier(record.__class__)
        made = copied(record)
        for name, value in changes.items():
            try:
                setters[name](made, value)
            except KeyError:
                return dataclasses.replace(record, **changes)  # which says what is wrong
        return made


# What Python's own decorator asks of the classes that one inherits from.
_PARAMETERS = {
    is_frozen: SimpleNamespace(frozen=is_frozen, order=False, unsafe_hash=False)
    for is_frozen in (False, True)
}


def _made(cls: type, *, is_frozen: bool, has_slots: bool, has_eq: bool, is_kw_only: bool) -> type:
    own = dict(cls.__dict__)
    new = _own_fields(own, is_kw_only=is_kw_only)
    known: dict[str, Field[Any]] = {}
    for base in reversed(cls.__mro__[1:]):
        known.update(base.__dict__.get("__dataclass_fields__", {}))
    known.update(new)
    made = _shared(own, is_frozen=is_frozen, has_eq=has_eq)
    made["__dataclass_fields__"] = known
    made["__dataclass_params__"] = _PARAMETERS[is_frozen]
    made["__match_args__"] = tuple(f.name for f in known.values() if f.init and not f.kw_only)
    of: Any = _slotted(cls, own | made, known) if has_slots else _filled(cls, made, new)
    fields = tuple(known.values())
    if "__init__" not in own:
        of.__init__ = _first_init(of, fields)
    if not hasattr(of, "__post_init__") and all(_is_plain(of, f) for f in fields):
        of.__copier__ = ()
    return of  # type: ignore[no-any-return]


def _own_fields(own: dict[str, Any], *, is_kw_only: bool) -> dict[str, Field[Any]]:
    """Return the fields that a class adds, or gives other defaults, by name."""
    found: dict[str, Field[Any]] = {}
    for name, annotation in own.get("__annotations__", {}).items():
        if not isinstance(annotation, str) or any(word in annotation for word in _NOT_FIELDS):
            raise TypeError(f"field {name!r} is annotated {annotation}: use dataclasses.dataclass")
        given = own.get(name, MISSING)
        new: Any = given if isinstance(given, Field) else field(default=given)
        if new.default.__class__.__hash__ is None:
            raise ValueError(f"mutable default of field {name!r}: use default_factory")
        new.name, new.type, new._field_type = name, annotation, _FIELD
        if new.kw_only is MISSING:
            new.kw_only = is_kw_only
        found[name] = new
    return found


_NOT_FIELDS = ("ClassVar", "InitVar", "KW_ONLY")


@dataclasses.dataclass(init=False, repr=False, eq=False)
class _Example:
    of: int


# How `dataclasses.fields` knows a field from what only looks like one.
_FIELD = _Example.__dict__["__dataclass_fields__"]["of"]._field_type


def _shared(own: dict[str, Any], *, is_frozen: bool, has_eq: bool) -> dict[str, Any]:
    """Return the methods that a class has in common with others, but for what it defines."""
    made: dict[str, Any] = {} if "__repr__" in own else {"__repr__": _repr}
    if has_eq and "__eq__" not in own:
        made["__eq__"] = _first_eq
    if has_eq and own.get("__hash__") is None:
        made["__hash__"] = _first_hash if is_frozen else None
    if is_frozen:
        made["__setattr__"], made["__delattr__"] = _refuse_set, _refuse_delete
    return made


def _slotted(cls: type, own: dict[str, Any], fields: dict[str, Field[Any]]) -> type:
    """Return a class like `cls` that has its fields in slots."""
    inherited = {name for base in cls.__mro__[1:] for name in base.__dict__.get("__slots__", ())}
    kept = {n: v for n, v in own.items() if n not in fields}
    kept.pop("__dict__", None)
    kept.pop("__weakref__", None)
    kept["__slots__"] = tuple(name for name in fields if name not in inherited)
    if own["__dataclass_params__"].frozen:
        kept = {"__getstate__": _state, "__setstate__": _set_state, **kept}
    of = type(cls)(cls.__name__, cls.__bases__, kept)
    of.__qualname__ = cls.__qualname__
    return of


def _filled(cls: type, made: dict[str, Any], new: dict[str, Field[Any]]) -> type:
    """Return `cls` with what was made for it; defaults of fields are its attributes."""
    for name, value in made.items():
        setattr(cls, name, value)
    for f in new.values():
        if f.default is not MISSING:
            setattr(cls, f.name, f.default)
        elif f.name in cls.__dict__:
            delattr(cls, f.name)
    return cls


# Compiling takes as long as so many calls of what does without.
_FEW = 20


def _first_init(of: Any, fields: tuple[Field[Any], ...]) -> Callable[..., None]:
    """Return an `__init__` that reads the fields, until a compiled one takes its place."""
    places = tuple(f.name for f in fields if f.init and not f.kw_only)
    put: Any = object.__setattr__ if of.__dataclass_params__.frozen else setattr
    calls = 0

    def first(self: Any, *values: Any, **named: Any) -> None:
        nonlocal calls
        calls += 1
        given = {**dict(zip(places, values, strict=False)), **named}
        is_clear = len(given) == len(values) + len(named)
        if calls > _FEW or not is_clear or not _put(put, self, fields, given):
            # Compiled, it says what is wrong where something is.
            of.__init__ = compiled = _init(of, fields)
            compiled(self, *values, **named)
            return
        _forget(self)
        if hasattr(of, "__post_init__"):
            self.__post_init__()

    return first


def _put(
    put: Callable[[Any, str, Any], None],
    made: Any,
    fields: tuple[Field[Any], ...],
    given: dict[str, Any],
) -> bool:
    """Set the fields to what is given, or their defaults; False where `given` does not fit."""
    for f in fields:
        if f.init and f.name in given:
            put(made, f.name, given.pop(f.name))
        elif f.default_factory is not MISSING:
            put(made, f.name, f.default_factory())
        elif f.default is not MISSING:
            put(made, f.name, f.default)
        elif f.init:
            return False
    return not given


def _init(of: Any, fields: tuple[Field[Any], ...]) -> Callable[..., None]:
    """Compile `__init__`: of frozen objects it writes to the slots, past what others meet."""
    known: dict[str, Any] = {"_set": object.__setattr__, "_MISSING": MISSING}
    is_frozen = of.__dataclass_params__.frozen
    places: list[str] = []
    named: list[str] = []
    lines: list[str] = []
    for f in fields:
        name, has_default = f.name, f.default is not MISSING or f.default_factory is not MISSING
        parameter, value = _given(f, known)
        if f.init:
            (named if f.kw_only else places).append(parameter)
        elif not has_default:
            continue
        slot = getattr(of, name, None)
        if not is_frozen:
            lines.append(f" self.{name}={value}")
        elif isinstance(slot, MemberDescriptorType):
            known[f"_set_{name}"] = slot.__set__
            lines.append(f" _set_{name}(self,{value})")
        else:
            lines.append(f" _set(self,{name!r},{value})")
    lines += _noted(of, known, "self")
    if hasattr(of, "__post_init__"):
        lines.append(" self.__post_init__()")
    parameters = ",".join(["self", *places, *(["*", *named] if named else [])])
    return _compiled("__init__", parameters, lines or [" pass"], known, of)


def _noted(of: Any, known: dict[str, Any], made: str) -> list[str]:
    """Return the lines that empty what is noted about an object and no field: NOTED names it.

    A slot that was never written raises an error to be caught, which takes two microseconds.
    """
    names: tuple[str, ...] = getattr(of, "NOTED", ())
    known.update({f"_set_{name}": getattr(of, name).__set__ for name in names})
    return [f" _set_{name}({made},None)" for name in names]


def _forget(made: Any) -> None:
    """Empty what is noted about an object."""
    for name in getattr(made, "NOTED", ()):
        object.__setattr__(made, name, None)


def _given(f: Field[Any], known: dict[str, Any]) -> tuple[str, str]:
    """Return a field's parameter, and the text of its value; adds what they name to `known`."""
    name = f.name
    if f.default_factory is not MISSING:
        known[f"_make_{name}"] = f.default_factory
        made = f"_make_{name}()"
        given = f"{made} if {name} is _MISSING else {name}"
        return f"{name}=_MISSING", given if f.init else made
    if f.default is not MISSING:
        known[f"_default_{name}"] = f.default
        return f"{name}=_default_{name}", name if f.init else f"_default_{name}"
    return name, name


def _compiled(
    name: str, parameters: str, lines: list[str], known: dict[str, Any], of: Any
) -> Callable[..., Any]:
    exec(f"def {name}({parameters}):\n" + "\n".join(lines), known)
    function: Callable[..., Any] = known.pop(name)
    function.__qualname__ = f"{of.__qualname__}.{name}"
    function.__module__ = of.__module__
    return function


Copier = tuple[Callable[[Any], Any], dict[str, Callable[[Any, Any], None]]]


def _is_plain(of: Any, f: Field[Any]) -> bool:
    """Whether a field is a slot that `__init__` sets to what it is given."""
    return f.init and isinstance(getattr(of, f.name, None), MemberDescriptorType)


def _make_copier(of: Any) -> Copier:
    """Keep what copies an object, and what writes to each of its slots."""
    setters = {f.name: getattr(of, f.name).__set__ for f in dataclasses.fields(of)}
    calls = 0

    def first(record: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > _FEW:
            compiled = _copied(of, setters)
            of.__copier__ = compiled, setters
            return compiled(record)
        made = object.__new__(of)
        for name, put in setters.items():
            put(made, getattr(record, name))
        _forget(made)
        return made

    of.__copier__ = first, setters
    return of.__copier__  # type: ignore[no-any-return]


def _copied(of: Any, setters: dict[str, Callable[[Any, Any], None]]) -> Callable[[Any], Any]:
    """Compile a function that copies an object."""
    known = {"_new": object.__new__, "_of": of, **{f"_set_{n}": s for n, s in setters.items()}}
    copies = (f" _set_{n}(made,record.{n})" for n in setters)
    lines = [" made = _new(_of)", *copies, *_noted(of, known, "made"), " return made"]
    return _compiled("copied", "record", lines, known, of)


def _compared(cls: Any) -> list[str]:
    return [f.name for f in dataclasses.fields(cls) if f.compare]


def _tuple(of: str, names: list[str]) -> str:
    return f"({''.join(f'{of}.{name},' for name in names)})"


def _first_eq(self: Any, other: Any) -> Any:
    """Compile the class's `__eq__`, and compare by it."""
    cls = self.__class__
    names = _compared(cls)
    lines = [
        " if other.__class__ is self.__class__:",
        f"  return {_tuple('self', names)} == {_tuple('other', names)}",
        " return NotImplemented",
    ]
    cls.__eq__ = _compiled("__eq__", "self,other", lines, {}, cls)
    return cls.__eq__(self, other)


def _first_hash(self: Any) -> int:
    """Compile the class's `__hash__`, and hash by it."""
    cls = self.__class__
    names = [f.name for f in dataclasses.fields(cls) if (f.compare if f.hash is None else f.hash)]
    lines = [f" return hash({_tuple('self', names)})"]
    cls.__hash__ = _compiled("__hash__", "self", lines, {}, cls)
    return cls.__hash__(self)  # type: ignore[no-any-return]


@recursive_repr()
def _repr(self: Any) -> str:
    shown = (f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _refuse_set(self: Any, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_delete(self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, f.name) for f in dataclasses.fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for f, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, f.name, value)
    _forget(self)
