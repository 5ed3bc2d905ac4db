"""How a sink lays out its workers' memory: rounds that go on with it must all do so alike.

It follows from types and bounds, which parts of a build share, so a difference is a mistake of
ours; an answer would be wrong.
"""

from __future__ import annotations

from gpudb.kernels.sinks.bitmap import BitmapWriter
from gpudb.kernels.sinks.collect import CollectWriter
from gpudb.kernels.sinks.direct import DirectWriter
from gpudb.kernels.sinks.group import Key
from gpudb.kernels.sinks.hashed import HashWriter
from gpudb.kernels.sinks.keyed import KeyedWriter
from gpudb.kernels.sinks.shared_hash import SharedHashWriter
from gpudb.kernels.sinks.single import SingleWriter
from gpudb.kernels.sinks.sink import SinkWriter
from gpudb.kernels.sinks.states import States


def check_alike(sink: SinkWriter, other: SinkWriter) -> None:
    """Assert that workers of one sink can go on with the text of the other."""
    layout, wanted = layout_of(other), layout_of(sink)
    assert layout == wanted, f"rounds lay out their memory differently: {layout} and {wanted}"


def layout_of(sink: SinkWriter) -> tuple[object, ...]:
    """Return what says how a written sink lays out a worker's memory."""
    match sink:
        case CollectWriter(outputs=outputs):
            return tuple((o.id, o.buffers, o.is_wide, o.may_be_null) for o in outputs)
        case SingleWriter(states=states):
            return _layout_of_states(states)
        case KeyedWriter(inner=BitmapWriter(keys=keys)):
            return BitmapWriter, *map(_codes_of, keys)
        case KeyedWriter(inner=HashWriter() | SharedHashWriter() as inner):
            places = tuple(inner.placed.places)
            return *places, *map(_codes_of, inner.placed.keys), *_layout_of_states(inner.states)
        case KeyedWriter(inner=DirectWriter() as inner):
            return *map(_codes_of, inner.keys), *_layout_of_states(inner.states)
    raise AssertionError(f"no such sink: {sink!r}")


def _codes_of(key: Key) -> tuple[int, int, int]:
    return key.least, key.size, key.codes


def _layout_of_states(states: States) -> tuple[object, ...]:
    words = tuple((a.word, a.count, a.operation, a.offsets) for a in states.aggregated)
    return tuple(states.operations), words
