"""A plan that a person says no to, and what of it is never to be written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from flows import apply as applying
from flows.hub import Hub, leased
from reconcile.errors import HubError
from reconcile.merge import DIFFERENT, Merged
from reconcile.questions import SEEN
from reconcile.records import Customer, Hold
from reconcile.state import audit, conflicts, customers, plans, runs
from reconcile.state.audit import Event
from reconcile.state.plans import StoredPlan

Place = tuple[str, str]
"""(system, field); field "" for whole records, made or taken away."""


class NotRejected(HubError):
    """The plan does not wait, or writes nothing in the place that was named."""


def reject(
    hub: Hub, plan: StoredPlan, places: Sequence[tuple[str, str | None]], by: str, why: str = ""
) -> dict[str, int]:
    """Say no to a plan that waits. The next sync makes a new one, without what is held.

    `places`: (system, field) whose writes in this plan are held: the customers concerned keep what stands
    there, until somebody gives the field another value; field None for all that the plan would do in that
    system. Returns how many are held, by "system" or "system.field". Raises NotRejected and LeaseHeld.
    """
    if plan.state not in ("waiting", "proposed"):
        raise NotRejected(f"plan {plan.id} is {plan.state}; `klantbeeld runs` lists runs with their plans")
    if places and plan.undoes is not None:
        raise NotRejected(f"plan {plan.id} undoes a run: reject it without --hold, nothing comes back then")
    found = _holding(hub, plan, places)
    _refuse_unknown(plan, places, found)
    with leased(hub) as lease, hub.store.write(lease) as conn:
        run = runs.start_run(conn, "decide", hub.entity, lease.token, hub.now)
        _hold(conn, found)
        plans.set_plan_state(conn, plan.id, "rejected")
        held = dict(sorted(Counter(_told(*place) for its in found.values() for place in its).items()))
        detail = {"plan": plan.id, "by": by, "why": why, "held": held}
        audit.append(conn, [Event(hub.now, run, "plan rejected", detail=detail)])
        counts = {"decisions": 0, "plan": plan.id, "open_conflicts": conflicts.count_open(conn, hub.entity)}
        runs.end_run(conn, run, "done", counts, hub.now)
    return held


def _holding(
    hub: Hub, plan: StoredPlan, places: Sequence[tuple[str, str | None]]
) -> dict[int, Collection[Place]]:
    """By customer, what this plan would write there in one of the places."""
    if not places:
        return {}
    found = ((m.customer.id, set(_writes(m)), m) for m in applying.explain(hub, plan.id))
    its = {id: {w for w in writes if _meant(w, places)} for id, writes, _ in found}
    return {id: wanted for id, wanted in its.items() if wanted}


def _writes(merged: Merged) -> Iterator[Place]:
    system = {record.rid: record.system for record in merged.customer.records}
    yield from ((system[rid], name) for rid, wants in merged.wants.items() for name in wants)
    yield from ((name, "") for name in merged.creates)
    yield from ((system[rid], "") for rid in merged.removals)


def _meant(write: Place, places: Sequence[tuple[str, str | None]]) -> bool:
    return any(system == write[0] and name in (None, write[1]) for system, name in places)


def _refuse_unknown(
    plan: StoredPlan, places: Sequence[tuple[str, str | None]], found: Mapping[int, Collection[Place]]
) -> None:
    there = {place for its in found.values() for place in its}
    for system, name in places:
        if not any(_meant(place, [(system, name)]) for place in there):
            raise NotRejected(
                f"plan {plan.id} writes nothing in {_told(system, name or '')}; "
                f"`klantbeeld plan {plan.id}` shows what it writes"
            )


def _hold(conn: Connection, found: Mapping[int, Collection[Place]]) -> None:
    changed = [_held(one, found[one.id]) for one in customers.load(conn, sorted(found))]
    customers.save_customers(conn, changed)
    customers.touch(conn, [one.id for one in changed])


def _held(one: Customer, places: Collection[Place]) -> Customer:
    new = [Hold(name, system, DIFFERENT) for system, name in sorted(places)]
    over = {(hold.field, hold.system) for hold in new}
    kept = [h for h in one.holds if (h.field, h.system) not in over or h.reason.startswith(SEEN)]
    return replace(one, rev=one.rev + 1, holds=(*kept, *new))


def _told(system: str, name: str) -> str:
    return f"{system}.{name}" if name else system
