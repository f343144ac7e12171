"""The audit: append-only, each row sealed with the one before it.

It shows that a row was changed, removed or put in between. It cannot show that the newest rows were cut off,
nor that somebody with the program rewrote all that followed: compare the last seal with one kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, bindparam, insert, select

from reconcile.state.sql import Bulk, only_one
from reconcile.state.tables import audit

GENESIS = ""
_STREAM = 2000


class Event(NamedTuple):
    """What happened. `detail` holds field names, versions, rules and numbers of values; never values."""

    at: str
    run: int
    what: str
    customer: int | None = None
    system: str | None = None
    record: str | None = None
    detail: Mapping[str, Any] = {}


class Sealed(NamedTuple):
    """An event in its place in the chain."""

    seq: int
    event: Event
    chain: str


_COLUMNS = ("seq", *Event._fields, "chain")
_APPEND = Bulk(insert(audit).values({name: bindparam(name) for name in _COLUMNS}), _COLUMNS)
_ALL = select(*(audit.c[name] for name in _COLUMNS)).order_by(audit.c.seq)


def append(conn: Connection, events: Sequence[Event]) -> None:
    """Add events to the end of the chain."""
    only_one(conn, "audit")
    newest, chain = last(conn)
    rows = []
    for seq, event in enumerate(events, newest + 1):
        row = (seq, *event[:-1], orjson.dumps(event.detail))
        chain = _seal(chain, row)
        rows.append((*row, chain))
    _APPEND(conn, rows)


def last(conn: Connection) -> tuple[int, str]:
    """Number and seal of the newest event; (0, "") before the first."""
    row = conn.execute(select(audit.c.seq, audit.c.chain).order_by(audit.c.seq.desc()).limit(1)).one_or_none()
    return (row[0], row[1]) if row else (0, GENESIS)


def seal_of(conn: Connection, seq: int) -> str | None:
    """The seal of one event ("" for 0: before the first); None when there is no such event."""
    return conn.scalar(select(audit.c.chain).where(audit.c.seq == seq)) if seq else GENESIS


def verify(conn: Connection) -> int | None:
    """The number of the first event that does not fit the one before it; None when all do."""
    seq, chain = 0, GENESIS
    for row in conn.execute(_ALL, execution_options={"yield_per": _STREAM}):
        if row[0] != seq + 1 or row[-1] != _seal(chain, row[:-1]):
            return int(row[0])
        seq, chain = row[0], row[-1]
    return None


def events(
    conn: Connection, customer: int | None = None, run: int | None = None, after: int = 0, limit: int = 500
) -> Iterator[Sealed]:
    """The next events, oldest first: all, of one customer, or of one run."""
    wanted = _ALL.where(audit.c.seq > after).limit(limit)
    if customer is not None:
        wanted = wanted.where(audit.c.customer == customer)
    if run is not None:
        wanted = wanted.where(audit.c.run == run)
    for row in conn.execute(wanted):
        event = Event._make(row[1:-1])
        yield Sealed(row[0], event._replace(detail=orjson.loads(row.detail)), row[-1])


def every(conn: Connection, customer: int | None = None, run: int | None = None) -> Iterator[Sealed]:
    """All events, oldest first: all, of one customer, or of one run."""
    after = 0
    while page := list(events(conn, customer, run, after)):
        yield from page
        after = page[-1].seq


def _seal(before: str, row: Sequence[Any]) -> str:
    """The digest of the seal before and of this row; `detail` exactly as stored."""
    *plain, detail = row
    stored = detail if isinstance(detail, bytes) else repr(detail).encode()  # only a tamperer leaves text
    return sha256(b"\n".join((before.encode(), orjson.dumps(plain), stored))).hexdigest()
