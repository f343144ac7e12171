"""Every value that was written names its version, the rule or decision, the source and the run."""

from __future__ import annotations

from reconcile.state import audit
from tests.engine.running import fresh_store_file
from tests.engine.world import World


def test_every_written_value_has_a_lineage() -> None:
    assert sum(written(seed) for seed in range(500, 512)) > 50


def written(seed: int) -> int:
    """How many writes of a history were looked at."""
    with fresh_store_file() as file:
        world = World(seed, file)
        try:
            world.history(20, lambda clean: None)
            with world.store.read() as conn:
                events = [sealed.event for sealed in audit.every(conn)]
                assert audit.verify(conn) is None
        finally:
            world.close()
    moves = {
        (event.customer, name, version): (how, system)
        for event in events
        if event.what == "golden"
        for name, (version, how, system, *_) in event.detail["fields"].items()
    }
    applied = [event for event in events if event.what.endswith(" applied")]
    for event in applied:
        for name, (_, _, version) in event.detail["fields"].items():
            how, system = moves[event.customer, name, version]
            assert how
            assert system or how.startswith(("decision", "lock")), f"{name} by {how} has no source"
    return len(applied)
