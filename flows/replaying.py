"""Dead letters: writes that were tried so often that a person has to say when they are sent again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flows.hub import Hub, leased
from reconcile.errors import HubError
from reconcile.state import audit, outbox, runs
from reconcile.state.audit import Event
from reconcile.state.outbox import Entry


class NoSuchLetter(HubError):
    """There is no dead letter of that number."""


def replay(hub: Hub, ids: Sequence[int] | None) -> list[Entry]:
    """Let these dead letters, or all of them, be sent again by the next run: under the same key, as new.

    Raises NoSuchLetter, before anything is changed, and LeaseHeld when a run is under way.
    """
    with leased(hub) as lease, hub.store.write(lease) as conn:
        found = {entry.id: entry for entry in outbox.dead(conn, hub.entity)}
        if unknown := [id for id in ids or () if id not in found]:
            raise NoSuchLetter(f"there is no dead letter {unknown[0]}; `klantbeeld runs` lists them")
        chosen = [found[id] for id in sorted(found if ids is None else ids)]
        if chosen:
            run = runs.start_run(conn, "replay", hub.entity, lease.token, hub.now)
            again = [replace(e, state="ready", attempts=0, not_before=None, detail="") for e in chosen]
            outbox.set_state(conn, again)
            audit.append(conn, [_event(hub, run, entry) for entry in chosen])
            runs.end_run(conn, run, "done", {"replayed": len(chosen)}, hub.now)
        return chosen


def _event(hub: Hub, run: int, entry: Entry) -> Event:
    return Event(hub.now, run, "replay", entry.customer, entry.system, entry.record, {"entry": entry.id})
