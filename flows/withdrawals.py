"""Withdrawals have a lane of their own: they are sent at once, past guards, conflicts, holds and approval.

Wherever a record still shows consent for an identifier that withdrew it, a denial is queued, linked or not,
copy or not, held or not. Sending it is the ordinary protocol: compared first, intended, sent, read back.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from sqlalchemy import Connection

from flows.consent import skew
from flows.hub import Hub
from reconcile.consent import DENIED, SUBSCRIBED, ConsentEvent, ConsentRule, status
from reconcile.state import consents, customers, outbox, refs
from reconcile.state.consents import Reached
from reconcile.state.documents import decode_values
from reconcile.state.engine import Lease
from reconcile.state.outbox import Entry

NOBODY = 0
"""Stands for the customer of a record that belongs to none."""
Told = Mapping[tuple[int, str], list[ConsentEvent]]


def queue(hub: Hub, lease: Lease, run: int) -> list[str]:
    """Queue every denial that is missing somewhere; the systems that have something urgent to be sent now."""
    if not hub.book.consents:
        return []
    with hub.store.write(lease) as conn:
        numbers = consents.restricted_with_news(conn, hub.entity)
        told = consents.of(conn, numbers)
        for place in consents.reached(conn, numbers):
            for rule in hub.book.consents.values():
                if rule.channel == place.channel and _still_shows(hub, conn, run, rule, place, told):
                    _deny(hub, conn, lease, run, rule, place)
        writing = [name for name in hub.systems if hub.book.systems[name].writes != "none"]
        return [name for name in writing if _waiting(hub, conn, name)]


def _waiting(hub: Hub, conn: Connection, system: str) -> bool:
    return bool(outbox.work(conn, hub.entity, system, outbox.READY, hub.now, limit=1, urgent=True))


def _still_shows(hub: Hub, conn: Connection, run: int, rule: ConsentRule, place: Reached, told: Told) -> bool:
    """Does the record show consent that is withdrawn, where it can be written and was not refused before?"""
    terms = hub.book.systems.get(place.system)
    if terms is None or terms.writes == "none" or rule.field not in terms.consents:
        return False
    if place.presence != "present" or decode_values(place.canonical).get(rule.field) not in SUBSCRIBED:
        return False
    events = told.get((place.identifier, rule.purpose), [])
    if not status(events, hub.clock(), skew(hub)).against:
        return False
    return any(e.run == run for e in events) or not _refused(conn, rule, place)


def _refused(conn: Connection, rule: ConsentRule, place: Reached) -> bool:
    found = customers.load(conn, [place.customer] if place.customer else [])
    return any((h.field, h.system) == (rule.field, place.system) for c in found for h in c.holds)


def _deny(hub: Hub, conn: Connection, lease: Lease, run: int, rule: ConsentRule, place: Reached) -> None:
    """Queue the denial, and end whatever is queued that would grant."""
    customer = place.customer or NOBODY
    its = [
        entry
        for entry in outbox.open_for(conn, [customer])
        if (entry.system, entry.record) == (place.system, place.id) and rule.field in entry.fields
    ]
    if any(entry.urgent for entry in its):
        return
    outbox.supersede(conn, [entry.id for entry in its], "consent was withdrawn")
    shown = decode_values(place.canonical)[rule.field]
    wanted = [(customer, rule.field, DENIED), (customer, rule.field, shown)]
    desired, expected = refs.refs(conn, wanted, hub.now)
    made = Entry(
        key=_key(hub, conn, rule, place),
        run=run,
        entity=hub.entity,
        system=place.system,
        customer=customer,
        record=place.id,
        epoch=place.epoch,
        action="update",
        fields={rule.field: (desired, expected, 0)},
        token=lease.token,
        at=hub.now,
        urgent=True,
    )
    outbox.add(conn, [made])
    customers.touch(conn, [customer] if its else [])


def _key(hub: Hub, conn: Connection, rule: ConsentRule, place: Reached) -> str:
    """The same after a crash before the commit; another one for each time it has to be said again."""
    before = consents.last_entry(conn, place.customer or NOBODY)
    told = (hub.entity, place.system, place.id, place.epoch, rule.field, place.identifier, before)
    return sha256(repr(told).encode()).hexdigest()[:32]
