"""Which buffers a function writes, itself or through those that it calls."""

from __future__ import annotations

from collections.abc import Iterator

from gpudb.compiler.device_words import READING_WORDS
from gpudb.compiler.language import View
from gpudb.compiler.tree import Buffer, Call, Function, Store, nodes_of


def find_written(function: Function) -> frozenset[str]:
    """Return the names of the pointer parameters whose buffers may be written."""
    if function.is_word:
        first = function.parameters[:1] if function.title not in READING_WORDS else ()
        return frozenset(name for name, _ in first)
    written = set()
    for node in nodes_of(function.body):
        if isinstance(node, Store):
            written.add(node.pointer)
        elif isinstance(node, Call):
            written |= set(_passed(node))
    views = {name: kind.of for name, kind in function.parameters if isinstance(kind, View)}
    bases = {views.get(name, name) for name in written}
    return frozenset(bases | {name for name, of in views.items() if of in bases})


def _passed(call: Call) -> Iterator[str]:
    """Yield the buffers that a call passes to a parameter that the callee writes."""
    inside = find_written(call.function)
    for (name, _), argument in zip(call.function.parameters, call.arguments, strict=True):
        if isinstance(argument, Buffer) and name in inside:
            yield argument.name
