"""Frozen dataclasses that are made in a fifth of the time, and whose objects are, too.

Python's own decorator compiles six functions for each class, half a millisecond; of 350 classes
that was two fifths of an import. Here `__init__` alone is compiled with the class, `__eq__` and
`__hash__` with their first call, and the rest is shared. Checkers see Python's own decorator.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import MISSING, Field, FrozenInstanceError
from reprlib import recursive_repr
from threading import Lock
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass", "replace"]

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:

    def dataclass(cls=None, /, *, frozen=False, slots=False, eq=True, kw_only=False):
        """Return a dataclass, as `dataclasses.dataclass` does for these options."""

        def made(of):
            if not frozen:
                return dataclasses.dataclass(of, slots=slots, eq=eq, kw_only=kw_only)
            return _frozen(of, slots=slots, eq=eq, kw_only=kw_only)

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


_MAKING = Lock()


def _frozen(cls: type, *, slots: bool, eq: bool, kw_only: bool) -> type:
    own = dict(cls.__dict__)
    with _MAKING, _as_if_changeable(cls):
        of: Any = dataclasses.dataclass(
            cls, init=False, repr=False, eq=False, slots=slots, kw_only=kw_only
        )
    of.__dataclass_params__.frozen = True
    fields = dataclasses.fields(of)
    if "__init__" not in own:
        of.__init__ = _init(of, fields)
    if eq and "__eq__" not in own:
        of.__eq__ = _first_eq
    if eq and own.get("__hash__") is None:
        of.__hash__ = _first_hash
    if "__repr__" not in own:
        of.__repr__ = _repr
    of.__setattr__, of.__delattr__ = _refuse_set, _refuse_delete
    if slots:
        of.__getstate__, of.__setstate__ = _state, _set_state
    if not hasattr(of, "__post_init__") and all(_is_plain(of, f) for f in fields):
        of.__copier__ = ()
    return of  # type: ignore[no-any-return]


@contextmanager
def _as_if_changeable(cls: type) -> Iterator[None]:
    """Let a class that is not frozen yet inherit from those that are."""
    bases = [vars(each).get("__dataclass_params__") for each in cls.__mro__[1:]]
    frozen = [each for each in bases if each is not None and each.frozen]
    for each in frozen:
        each.frozen = False
    try:
        yield
    finally:
        for each in frozen:
            each.frozen = True


def _init(of: Any, fields: tuple[Field[Any], ...]) -> Callable[..., None]:
    """Compile `__init__`: it writes to the slots themselves, past the refusal that others meet."""
    known: dict[str, Any] = {"_set": object.__setattr__, "_MISSING": MISSING}
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
        if isinstance(slot, MemberDescriptorType):
            known[f"_set_{name}"] = slot.__set__
            lines.append(f" _set_{name}(self,{value})")
        else:
            lines.append(f" _set(self,{name!r},{value})")
    if hasattr(of, "__post_init__"):
        lines.append(" self.__post_init__()")
    parameters = ",".join(["self", *places, *(["*", *named] if named else [])])
    return _compiled("__init__", parameters, lines or [" pass"], known, of)


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
    """Compile a function that copies an object, and keep what writes to each of its slots."""
    names = [f.name for f in dataclasses.fields(of)]
    setters = {name: getattr(of, name).__set__ for name in names}
    known = {"_new": object.__new__, "_of": of, **{f"_set_{n}": s for n, s in setters.items()}}
    lines = [" made = _new(_of)", *(f" _set_{n}(made,record.{n})" for n in names), " return made"]
    of.__copier__ = _compiled("copied", "record", lines, known, of), setters
    return of.__copier__  # type: ignore[no-any-return]


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
