"""Locks: a steward keeps one field of one customer as it is, whatever the systems say."""

from __future__ import annotations

from dataclasses import replace

from flows.hub import Hub, leased
from reconcile.errors import HubError
from reconcile.records import Customer, Lock
from reconcile.state import audit, conflicts, customers, runs
from reconcile.state.audit import Event
from reconcile.values import BLANK


class NothingToLock(HubError):
    """The hub holds no value there, or the field is not locked."""


def lock(hub: Hub, customer: int, field: str, until: str | None, by: str, why: str = "") -> None:
    """Keep what the hub holds until a moment (ISO 8601; None: until it is lifted).

    A lock that is there already is replaced. Raises NothingToLock and LeaseHeld.
    """
    _change(hub, customer, field, Lock(until, by), by, why)


def lift(hub: Hub, customer: int, field: str, by: str, why: str = "") -> None:
    """From now on the field is decided as any other. Raises NothingToLock and LeaseHeld."""
    _change(hub, customer, field, None, by, why)


def _change(hub: Hub, customer: int, field: str, new: Lock | None, by: str, why: str) -> None:
    with leased(hub) as lease, hub.store.write(lease) as conn:
        [one] = customers.load(conn, [customer])
        _refuse(one, field, new)
        locks = {name: held for name, held in one.locks.items() if name != field}
        locks |= {field: new} if new else {}
        run = runs.start_run(conn, "decide", hub.entity, lease.token, hub.now)
        customers.save_customers(conn, [replace(one, rev=one.rev + 1, locks=locks)])
        customers.touch(conn, [customer])
        detail = {"field": field, "until": new.until if new else None, "by": by, "why": why}
        audit.append(conn, [Event(hub.now, run, "lock" if new else "unlock", customer, detail=detail)])
        counts = {"decisions": 1, "open_conflicts": conflicts.count_open(conn, hub.entity)}
        runs.end_run(conn, run, "done", counts, hub.now)


def _refuse(one: Customer, field: str, new: Lock | None) -> None:
    held = one.golden.get(field)
    if new and (held is None or held.value is BLANK):
        raise NothingToLock(
            f"the hub holds no {field} of customer {one.id}: answer the question about it first, or let a "
            "system fill it in"
        )
    if not new and field not in one.locks:
        raise NothingToLock(f"{field} of customer {one.id} is not locked; `klantbeeld show {one.id}` tells")
