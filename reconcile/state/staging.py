"""What the systems show: observations, their match keys, and where each pull resumes.

A page goes in with a handful of statements: one look-up, one insert, one update, two for the keys, one for
the cursor, all in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import takewhile
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from reconcile.records import Presence
from reconcile.state.sql import Bulk, batches, only_one, upsert
from reconcile.state.tables import cursor as cursor_table
from reconcile.state.tables import match_key, record


class Known(NamedTuple):
    """What is stored of a source record."""

    rid: int
    rev: int
    mapping: str
    version: str | None
    presence: Presence
    customer: int | None
    touched: int
    modified_at: str | None
    read_at: str
    raw: bytes
    canonical: bytes
    changed: bytes | None
    invalid: bytes | None


class NewRecord(NamedTuple):
    """A source record seen for the first time. JSON as orjson bytes, times as the store keeps them."""

    rid: int
    entity: str
    system: str
    id: str
    presence: Presence
    kind: str
    version: str | None
    modified_at: str | None
    read_at: str
    mapping: str
    raw: bytes
    canonical: bytes
    changed: bytes | None = None
    invalid: bytes | None = None


class NewReading(NamedTuple):
    """A known source record, read again. `touched` is 1 for news, else what it was."""

    rid: int
    rev: int
    touched: int
    presence: Presence
    kind: str
    version: str | None
    modified_at: str | None
    read_at: str
    mapping: str
    raw: bytes
    canonical: bytes
    changed: bytes | None = None
    invalid: bytes | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next pull of a system resumes, and what its last full one found."""

    system: str
    entity: str
    cursor: str | None = None
    full_scan_at: str | None = None
    full_scan_count: int | None = None
    as_of: str | None = None
    """When the last finished pull began."""
    mapping: str | None = None
    """Version of the mapping and types that read it."""
    shape: bytes | None = None
    """Names that all records had at the last full scan, each with its sorts of value: orjson."""
    drift: str | None = None
    """How the system changed under its mapping; nothing is written there while it stands."""


MADE = "created"
"""The link rule of a record that the hub made itself."""
_STREAM = 2000  # rows fetched at a time: all ids of a large system need not fit in memory twice
LANE = 1 << 32
"""Records that one system can have."""
_ONE: ColumnElement[int] = literal_column("1")
_KNOWN = select(record.c.id, *(record.c[name] for name in Known._fields)).where(
    record.c.entity == bindparam("entity"),
    record.c.system == bindparam("system"),
    record.c.id.in_(bindparam("ids", expanding=True)),
)
_INSERT = Bulk(
    insert(record).values(
        {name: bindparam(name) for name in NewRecord._fields}
        | {"touched": _ONE, "rev": _ONE, "first_read_at": bindparam("read_at")}
    ),
    NewRecord._fields,
)
_UPDATE = Bulk(
    update(record)
    .where(record.c.rid == bindparam("of"))
    .values({name: bindparam(name) for name in NewReading._fields[1:]}),
    ("of", *NewReading._fields[1:]),
)
_INSERT_KEYS = Bulk(insert(match_key).values(key=bindparam("key"), rid=bindparam("rid")), ("key", "rid"))


def next_rid(conn: Connection, lane: int = 0) -> int:
    """The first of the numbers that new records of this transaction may use.

    Each system has a lane of its own: systems are pulled side by side, and yet every first load gives every
    record, and so every customer, the same number.
    """
    only_one(conn, "record.rid")
    its = (record.c.rid > lane * LANE, record.c.rid < (lane + 1) * LANE)
    last = conn.scalar(select(record.c.rid).where(*its).order_by(record.c.rid.desc()).limit(1))
    return (last or lane * LANE) + 1


def known(conn: Connection, entity: str, system: str, ids: Sequence[str]) -> dict[str, Known]:
    """What is stored of these records, by id; a record that is new is absent."""
    found: dict[str, Known] = {}
    for some in batches(ids):
        rows = conn.execute(_KNOWN, {"entity": entity, "system": system, "ids": some})
        found.update((row[0], Known._make(row[1:])) for row in rows)
    return found


def newcomers(conn: Connection, lane: int, since: str) -> list[tuple[str, bytes]]:
    """(id, canonical) of the records in a lane that came after then and not from the hub."""
    its = (record.c.rid > lane * LANE, record.c.rid < (lane + 1) * LANE, record.c.presence == "present")
    wanted = select(record.c.id, record.c.canonical, record.c.first_read_at, record.c.link_rule)
    rows = conn.execute(
        wanted.where(*its).order_by(record.c.rid.desc()), execution_options={"yield_per": 100}
    )
    new = takewhile(lambda row: row.first_read_at > since, rows)
    return [(row.id, row.canonical) for row in new if row.link_rule != MADE]


def insert_records(conn: Connection, rows: Collection[NewRecord]) -> None:
    """Store new records: revision 1, touched, not linked."""
    _INSERT(conn, rows)


def update_records(conn: Connection, rows: Collection[NewReading]) -> None:
    """Store what known records show now; link, base and claims stay as they are."""
    _UPDATE(conn, rows)


def mark_read(conn: Connection, rids: Sequence[int], read_at: str) -> None:
    """These records were read again and show nothing new."""
    for some in batches(rids):
        conn.execute(update(record).where(record.c.rid.in_(some)).values(read_at=read_at))


def replace_keys(
    conn: Connection, keys: Iterable[tuple[int, Iterable[int]]], known_rids: Sequence[int] = ()
) -> None:
    """Give records their match keys (signed 64 bits); those in `known_rids` lose the ones they had."""
    for some in batches(known_rids):
        conn.execute(delete(match_key).where(match_key.c.rid.in_(some)))
    # In the order of the index: neighbours share a page.
    _INSERT_KEYS(conn, sorted({(key, rid) for rid, its in keys for key in its}))


def present_count(conn: Connection, entity: str, system: str) -> int:
    """How many records of a system were there when last seen."""
    here = (record.c.entity == entity, record.c.system == system, record.c.presence == "present")
    return conn.scalar(select(func.count()).select_from(record).where(*here)) or 0


def present_ids(conn: Connection, entity: str, system: str) -> Iterator[str]:
    """The ids of all records of a system that were there when last seen."""
    here = (record.c.entity == entity, record.c.system == system, record.c.presence == "present")
    yield from conn.scalars(select(record.c.id).where(*here), execution_options={"yield_per": _STREAM})


def set_presence(conn: Connection, rids: Sequence[int], presence: Presence) -> None:
    """Note that records went, or came back: news for those of which it was not known."""
    news: dict[Any, Any] = {"presence": presence, "rev": record.c.rev + 1, "touched": 1}
    for some in batches(rids):
        changed = (record.c.rid.in_(some), record.c.presence != presence)
        conn.execute(update(record).where(*changed).values(news))


def save_cursor(conn: Connection, cursor: Cursor) -> None:
    """Where to resume; belongs in the transaction that stores the page."""
    row = asdict(cursor)
    key = ["system", "entity"]
    rest = {name: value for name, value in row.items() if name not in key}
    conn.execute(upsert(conn, cursor_table).values(row).on_conflict_do_update(index_elements=key, set_=rest))


def get_cursor(conn: Connection, entity: str, system: str) -> Cursor:
    """Where the next pull resumes; an empty one before the first."""
    its = (cursor_table.c.entity == entity, cursor_table.c.system == system)
    row = conn.execute(select(cursor_table).where(*its)).one_or_none()
    return Cursor(**row._asdict()) if row else Cursor(system, entity)
