"""Thousands of random queries: see tests/fuzz/queries.py and `make fuzz`."""

from __future__ import annotations

import random

import pytest

from tests.fuzz.checks import World, check_circumstance
from tests.fuzz.probe import find_vocabulary
from tests.fuzz.queries import Queries
from tests.fuzz.seeds import SIZES, run_seed
from tests.fuzz.tables import random_tables
from tests.fuzz.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    found, _ = find_vocabulary(is_settled=True)
    return found


@pytest.mark.parametrize("seed", range(10_000, 10_060))
def test_random_queries_agree(vocabulary: Vocabulary, seed: int) -> None:
    outcome = run_seed(seed, 50, vocabulary)
    assert not outcome.scripts, "\n\n".join(outcome.scripts)


@pytest.mark.parametrize("name", ["cpu", "numba"])
@pytest.mark.parametrize("seed", range(20_000, 20_005))
def test_compilers_agree(vocabulary: Vocabulary, seed: int, name: str) -> None:
    world = World(random_tables(random.Random(seed), SIZES), {"device": "python"})
    queries = Queries(seed, vocabulary)
    for _ in range(20):
        assert check_circumstance(world, queries.make(), name) is None
    world.close()
