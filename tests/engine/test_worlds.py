"""Seeded histories on the real engine: people edit, systems fail, the hub runs, the oracles look.

One seed again: KLANTBEELD_SEED=123 pytest tests/engine/test_worlds.py
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.engine.oracles import Oracles
from tests.engine.running import fresh_store_file
from tests.engine.world import World

STEPS = 25
HISTORIES, PER_TEST = 100, 10
MANY, PER_LONG_TEST = 2000, 100


def live(seed: int, steps: int = STEPS) -> Oracles:
    """One history, to its end and to rest."""
    with fresh_store_file() as file:
        world = World(seed, file)
        try:
            oracles = Oracles(world)
            world.history(steps, oracles.after)
            oracles.rest()
        finally:
            world.close()
    return oracles


def live_all(seeds: Sequence[int]) -> Counter[str]:
    done: Counter[str] = Counter()
    for seed in seeds:
        done.update(live(seed).checks)
    return done


def chosen() -> list[int]:
    """The seed that the environment asks for, if it does."""
    return [int(seed)] if (seed := os.environ.get("KLANTBEELD_SEED")) else []


@pytest.mark.parametrize("first", chosen() or range(0, HISTORIES, PER_TEST))
def test_no_history_breaks_an_invariant(first: int) -> None:
    done = live_all(chosen() or range(first, first + PER_TEST))
    if not chosen():
        assert done["writes"] > 50
        assert done["edits"] > 200
        assert done["lone edits"] > 2


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("first", range(10_000, 10_000 + MANY, PER_LONG_TEST))
def test_no_history_of_many_breaks_an_invariant(first: int) -> None:
    done = live_all(range(first, first + PER_LONG_TEST))
    assert done["lone edits"] > 50
