"""Seeded histories on the real engine: people edit, systems fail, the hub runs, the oracles look.

One seed again: KLANTBEELD_SEED=123 pytest tests/engine/test_worlds.py
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.engine.figures import note
from tests.engine.oracles import Oracles
from tests.engine.running import fresh_store_file
from tests.engine.world import World

STEPS = 10
HISTORIES, PER_TEST = 100, 10
MANY, PER_LONG_TEST = 5000, 50


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


def live_all(seeds: Sequence[int], steps: int = STEPS) -> tuple[Counter[str], list[float]]:
    """Several; what was done and checked, which faults hit, and the window of every batch."""
    done: Counter[str] = Counter()
    waits: list[float] = []
    for seed in seeds:
        lived = live(seed, steps)
        done.update(lived.checks)
        done["histories"] += 1
        done["decisions"] += lived.world.decisions
        done["inside the window"] += lived.world.inside.total()
        done.update({f"fault: {kind}": number for kind, number in lived.world.swarm.hits.items() if number})
        waits += lived.world.waits
    return done, waits


def chosen() -> list[int]:
    """The seed that the environment asks for, if it does."""
    return [int(seed)] if (seed := os.environ.get("KLANTBEELD_SEED")) else []


@pytest.mark.parametrize("first", chosen() or range(0, HISTORIES, PER_TEST))
def test_no_history_breaks_an_invariant(first: int) -> None:
    if chosen():
        live(first, MORE if first >= FIRST_OF_MANY else STEPS)
        return
    done, _ = live_all(range(first, first + PER_TEST))
    assert done["writes"] > 15
    assert done["edits"] > 80
    assert sum(number for name, number in done.items() if name.startswith("fault: ")) > 20


FIRST_OF_MANY, MORE = 10_000, 25
"""The seeds of `make prove`, and how long their histories are."""


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("first", range(FIRST_OF_MANY, FIRST_OF_MANY + MANY, PER_LONG_TEST))
def test_no_history_of_many_breaks_an_invariant(first: int) -> None:
    done, waits = live_all(range(first, first + PER_LONG_TEST), MORE)
    note(f"histories {first}", done, waits)
    assert done["lone edits"] > 5
