"""Who may be reached for what: identifiers, the records that show them, and an append-only chain of events.

An event names its identifier by number, so erasing a person is deleting one row and the chain still holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, fields
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, text

from reconcile.consent import AGAINST, ConsentEvent
from reconcile.records import Presence
from reconcile.state import refs
from reconcile.state.sql import Bulk, batches, only_one, upsert
from reconcile.state.tables import consent_event, identifier, outbox, reaches, record
from reconcile.values import Golden

GENESIS = ""
Identifier = tuple[str, str]
"""(channel, the value as one text)"""
Written = Mapping[str, Sequence[tuple[str, Golden]]]
"""By record id: fields and the values written to them."""
CREATED = ""
"""Stands for the records that were made and whose id nobody knows yet."""
_COLUMNS = ("seq", *(one.name for one in fields(ConsentEvent)), "chain")
_APPEND = Bulk(insert(consent_event).values({name: bindparam(name) for name in _COLUMNS}), _COLUMNS)
_EVENTS = select(*(consent_event.c[name] for name in _COLUMNS)).order_by(consent_event.c.seq)


class Reached(NamedTuple):
    """A record that shows an identifier."""

    identifier: int
    channel: str
    rid: int
    system: str
    id: str
    customer: int | None
    epoch: int
    presence: Presence
    canonical: bytes


def identify(conn: Connection, wanted: Collection[Identifier]) -> dict[Identifier, int]:
    """The numbers of identifiers; one that is new gets its number now."""
    if not wanted:
        return {}
    rows = [{"channel": channel, "value": value} for channel, value in sorted(wanted)]
    into = upsert(conn, identifier).on_conflict_do_nothing(index_elements=["channel", "value"])
    conn.execute(into, rows)
    return known(conn, wanted)


def known(conn: Connection, wanted: Collection[Identifier]) -> dict[Identifier, int]:
    """The numbers of identifiers that were ever seen; others are absent."""
    found: dict[Identifier, int] = {}
    for some in batches(sorted({value for _, value in wanted})):
        rows = conn.execute(select(identifier).where(identifier.c.value.in_(some)))
        found.update(((row.channel, row.value), row.id) for row in rows)
    return {one: found[one] for one in wanted if one in found}


def show(conn: Connection, places: Iterable[tuple[int, str, int | None]]) -> None:
    """(rid, channel, identifier or None): from now on the record shows this one and no other."""
    now = list(places)
    for rid, channel, _ in now:
        its = select(identifier.c.id).where(identifier.c.channel == channel)
        conn.execute(delete(reaches).where(reaches.c.rid == rid, reaches.c.identifier.in_(its)))
    rows = [{"identifier": number, "rid": rid} for rid, _, number in now if number is not None]
    if rows:
        conn.execute(upsert(conn, reaches).on_conflict_do_nothing(), rows)


def append(conn: Connection, events: Sequence[ConsentEvent]) -> None:
    """Add events to the end of the chain."""
    if not events:
        return
    only_one(conn, "consent")
    newest = conn.execute(
        select(consent_event.c.seq, consent_event.c.chain).order_by(consent_event.c.seq.desc()).limit(1)
    ).one_or_none()
    last, chain = (newest[0], newest[1]) if newest else (0, GENESIS)
    rows = []
    for seq, event in enumerate(events, last + 1):
        row = (seq, *astuple(event))
        chain = _seal(chain, row)
        rows.append((*row, chain))
    _APPEND(conn, [_plain(row) for row in rows])


def of(conn: Connection, numbers: Collection[int]) -> dict[tuple[int, str], list[ConsentEvent]]:
    """All that was said about identifiers, by (identifier, purpose), oldest first."""
    found: dict[tuple[int, str], list[ConsentEvent]] = {}
    for some in batches(sorted(numbers)):
        for row in conn.execute(_EVENTS.where(consent_event.c.identifier.in_(some))):
            event = _event(row)
            found.setdefault((event.identifier, event.purpose), []).append(event)
    return found


def verify(conn: Connection) -> int | None:
    """The number of the first event that does not fit the one before it; None when all do."""
    seq, chain = 0, GENESIS
    for row in conn.execute(_EVENTS):
        expected = _seal(chain, (row[0], *astuple(_event(row))))
        if row[0] != seq + 1 or row[-1] != expected:
            return int(row[0])
        seq, chain = row[0], row[-1]
    return None


def restricted_with_news(conn: Connection, entity: str) -> list[int]:
    """Identifiers that somebody ever said no to, shown by a record with news or by one that is nobody's."""
    said = select(consent_event.c.identifier).where(consent_event.c.state.in_(AGAINST))
    news = or_(text("record.touched = 1"), record.c.customer.is_(None))
    wanted = (
        select(reaches.c.identifier)
        .distinct()
        .join(record, record.c.rid == reaches.c.rid)
        .where(record.c.entity == entity, news, reaches.c.identifier.in_(said))
        .order_by(reaches.c.identifier)
    )
    return list(conn.scalars(wanted))


def reached(conn: Connection, numbers: Collection[int]) -> Iterator[Reached]:
    """The records that show these identifiers, by identifier, system and id."""
    columns = (record.c.rid, record.c.system, record.c.id, record.c.customer, record.c.epoch)
    for some in batches(sorted(numbers)):
        wanted = (
            select(identifier.c.id, identifier.c.channel, *columns, record.c.presence, record.c.canonical)
            .join(reaches, reaches.c.identifier == identifier.c.id)
            .join(record, record.c.rid == reaches.c.rid)
            .where(identifier.c.id.in_(some))
            .order_by(identifier.c.id, record.c.system, record.c.id)
        )
        yield from (Reached._make(row) for row in conn.execute(wanted))


def in_flight(conn: Connection, entity: str, system: str) -> Written:
    """What the hub may have written there, though nobody knows whether it did."""
    its = (outbox.c.entity == entity, outbox.c.system == system)
    unsettled = text("outbox.state in ('sending', 'unknown')")
    rows = conn.execute(select(outbox.c.record, outbox.c.fields).where(*its, unsettled)).all()
    wanted = [(id or CREATED, name, one[0]) for id, raw in rows for name, one in orjson.loads(raw).items()]
    values = refs.get_values(conn, [number for _, _, number in wanted])
    found: dict[str, list[tuple[str, Golden]]] = {}
    for id, name, number in wanted:
        found.setdefault(id, []).append((name, values.get(number)))
    return found


def last_entry(conn: Connection, customer: int) -> int:
    """Number of the newest outbox entry of a customer; 0 before the first."""
    return conn.execute(select(func.max(outbox.c.id)).where(outbox.c.customer == customer)).scalar() or 0


def _event(row: Any) -> ConsentEvent:
    columns: Mapping[str, Any] = row._mapping
    told = {one.name: columns[one.name] for one in fields(ConsentEvent)}
    return ConsentEvent(**{**told, "proof": bool(told["proof"])})


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(int(value) if isinstance(value, bool) else value for value in row)


def _seal(before: str, row: tuple[Any, ...]) -> str:
    return sha256(before.encode() + b"\n" + orjson.dumps(row)).hexdigest()
