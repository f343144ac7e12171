"""The order of systems changes nothing: the same life in a company that lists them the other way round."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.engine.configurations import Configuration, configuration
from tests.engine.oracles import Oracles
from tests.engine.running import fresh_store_file
from tests.engine.world import World


def without_creates(number: int) -> Configuration:
    """Ids of records that the hub makes follow the order in which it makes them; here it makes none."""
    made = configuration(number)
    characters = tuple(replace(c, entry={**c.entry, "creates": "none"}) for c in made.characters)
    return replace(made, characters=characters)


def backwards(made: Configuration) -> Configuration:
    return replace(made, characters=made.characters[::-1])


def end(seed: int, made: Configuration) -> dict[str, Any]:
    """Where a life without troubles ends, told without the hub's own numbers."""
    with fresh_store_file() as file:
        world = World(seed, file, made, calm=True)
        try:
            oracles = Oracles(world)
            world.history(20, oracles.after)
            oracles.rest()
            found = oracles.customers()
            names = {c.id: str(sorted((r.system, r.id) for r in c.records)) for c in found}
            asked = [(names[c.customer], c.field, c.system, c.cls, c.state) for c in oracles.conflicts()]
            return {
                "shown": {
                    (s.system, r.id): sorted(r.payload.items(), key=str)
                    for s in world.systems.values()
                    for r in s.records.values()
                },
                "golden": {
                    names[c.id]: {n: (g.value, g.version) for n, g in sorted(c.golden.items())} for c in found
                },
                "holds": {names[c.id]: {(h.field, h.system, h.reason) for h in c.holds} for c in found},
                "roles": {(r.system, r.id): r.role for c in found for r in c.records},
                "asked": sorted(asked),
            }
        finally:
            world.close()


@pytest.mark.parametrize("seed", range(12))
def test_the_order_of_systems_changes_nothing(seed: int) -> None:
    made = without_creates(seed)
    assert end(seed, made) == end(seed, backwards(made))
