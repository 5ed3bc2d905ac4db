"""Groups that have rows, as lists of their key words and states: what a table of them holds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpudb.kernels.sinks.operations import merge_tables
from gpudb.kernels.sinks.sink import Worker

# Where a worker has the lists, if its table itself has not come to the host.
LISTED = "listed_words", "listed_states"
# Key words int64[groups, words] and states int64[groups, pitch].
Groups = tuple[np.ndarray, np.ndarray]


def find_listed(worker: Worker) -> Groups | None:
    """Return a worker's groups if they were listed where its table is."""
    if LISTED[0] not in worker:
        return None
    words, states = (np.asarray(worker[name]) for name in LISTED)
    return words, states


def merged(parts: Sequence[Groups], operations: Sequence[int]) -> Groups:
    """Return the groups of several workers: those of equal words are one."""
    if len(parts) == 1:
        return parts[0]
    words, places = np.unique(
        np.concatenate([words for words, _ in parts]), axis=0, return_inverse=True
    )
    pitch = parts[0][1].shape[1]
    table, is_there = np.zeros((len(words), pitch), np.int64), np.zeros(len(words), np.bool_)
    begin = 0
    for _, states in parts:
        here = places[begin : begin + len(states)]
        begin += len(states)
        is_known = is_there[here]
        table[here[~is_known]] = states[~is_known]
        both = table[here[is_known]]
        merge_tables(both, np.ascontiguousarray(states[is_known]), operations)
        table[here[is_known]] = both
        is_there[here] = True
    return words, table
