"""The crosswalk: which source records share a match key, and which customer each belongs to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    Row,
    Select,
    bindparam,
    delete,
    insert,
    literal_column,
    select,
    text,
    update,
)

from reconcile.records import CustomerKind, Presence, Role
from reconcile.state.sql import Bulk, batches, take_ids
from reconcile.state.tables import customer, match_key, record

_STREAM = 2000  # rows fetched at a time, so that a first load need not fit in memory


class Facts(NamedTuple):
    """What matching needs to know of a record."""

    rid: int
    system: str
    id: str
    kind: CustomerKind
    customer: int | None
    role: str | None
    canonical: bytes
    presence: Presence


class Link(NamedTuple):
    """One active link of a customer."""

    rid: int
    system: str
    id: str
    role: Role
    epoch: int
    rule: str | None
    presence: Presence


class NewLink(NamedTuple):
    """A record's place from now on; customer None: it belongs to nobody again."""

    rid: int
    customer: int | None
    role: Role | None
    rule: str | None


# A record that a person is asked about (role review) comes back only with news: review ends `touched`.
_UNLINKED = (
    record.c.entity == bindparam("entity"),
    text("record.touched = 1"),  # literally, or a partial index does not serve
    record.c.customer.is_(None),
    record.c.presence == "present",
)
_SHARED = (
    select(match_key.c.key, match_key.c.rid)
    .where(match_key.c.key.in_(select(match_key.c.key).join(record).where(*_UNLINKED)))
    .order_by(match_key.c.key, match_key.c.rid)
)
_NEW = ("id", "entity", "kind", "status", "rev")
_MINT = Bulk(insert(customer).values({name: bindparam(name) for name in _NEW}), _NEW)
_LINK = Bulk(
    update(record)
    .where(record.c.rid == bindparam("of"))
    .values(
        customer=bindparam("customer"),
        role=bindparam("role"),
        link_rule=bindparam("rule"),
        epoch=record.c.epoch + literal_column("1"),
        touched=literal_column("1"),
    ),
    ("of", "customer", "role", "rule"),
)


def shared_keys(conn: Connection, entity: str) -> Iterator[tuple[int, int]]:
    """(key, rid) by key, for every key that an unlinked record with news shares with any other record."""
    before: tuple[int, int] | None = (
        None  # the pair before this one, as long as nobody is known to share its key
    )
    last = None
    for key, rid in _streamed(conn, _SHARED, entity):
        if key != last:
            before, last = (key, rid), key
            continue
        if before:
            yield before
            before = None
        yield key, rid


def unlinked(conn: Connection, entity: str) -> Iterator[int]:
    """The records with news that belong to nobody yet, in the order in which they came."""
    for (rid,) in _streamed(conn, select(record.c.rid).where(*_UNLINKED).order_by(record.c.rid), entity):
        yield rid


def facts(conn: Connection, rids: Sequence[int]) -> list[Facts]:
    """What matching needs to know of these records, by rid."""
    return _facts(conn, record.c.rid, rids)


def epochs(conn: Connection, entity: str, system: str, ids: Sequence[str]) -> dict[str, int]:
    """The epoch of each of these records' links; a record that is not stored is absent."""
    found: dict[str, int] = {}
    for some in batches(ids):
        its = (record.c.entity == entity, record.c.system == system, record.c.id.in_(some))
        found.update(
            (row.id, row.epoch) for row in conn.execute(select(record.c.id, record.c.epoch).where(*its))
        )
    return found


def fellows(conn: Connection, customers: Sequence[int]) -> list[Facts]:
    """What matching needs to know of all the records of these customers."""
    return _facts(conn, record.c.customer, customers)


def _facts(conn: Connection, column: Column[Any], these: Sequence[int]) -> list[Facts]:
    columns = [record.c[name] for name in Facts._fields]
    rows: list[Facts] = []
    for some in batches(sorted(these)):
        wanted = select(*columns).where(column.in_(some)).order_by(record.c.rid)
        rows += map(Facts._make, conn.execute(wanted).all())
    return rows


def _streamed(conn: Connection, wanted: Select[Any], entity: str) -> Iterator[Row[Any]]:
    """All rows, a stretch of them in memory at a time: fetched one by one they cost twice as much."""
    found = conn.execute(wanted, {"entity": entity}, execution_options={"yield_per": _STREAM})
    for stretch in found.partitions():
        yield from stretch


def mint(conn: Connection, entity: str, kinds: Sequence[CustomerKind]) -> list[int]:
    """New customers, one per kind and in that order; an id is never used twice."""
    if not kinds:
        return []
    ids = take_ids(conn, customer, len(kinds))
    _MINT(conn, [(id, entity, kind, "active", 0) for id, kind in zip(ids, kinds, strict=True)])
    return ids


def save_links(conn: Connection, links: Collection[NewLink]) -> None:
    """Link records; each begins a new epoch, in which older bases and entries count no more. News, too."""
    _LINK(conn, links)


def mark_review(conn: Connection, rids: Sequence[int]) -> None:
    """A person is asked where these records belong; they wait for an answer or for news."""
    for some in batches(rids):
        conn.execute(update(record).where(record.c.rid.in_(some)).values(role="review", touched=0))


def forget_provisional(conn: Connection, entity: str) -> None:
    """Undo the links to customers that were minted and never merged, and those customers with them."""
    never_merged = (customer.c.entity == entity, text("customer.rev = 0"))
    theirs = record.c.customer.in_(select(customer.c.id).where(*never_merged))
    free = {"customer": None, "role": None, "link_rule": None, "touched": 1}
    conn.execute(update(record).where(theirs).values(free))
    conn.execute(delete(customer).where(*never_merged))


def links_of(conn: Connection, customer_id: int) -> list[Link]:
    """The records of one customer, tombstones too, by system and id."""
    wanted = (
        select(*(record.c[name if name != "rule" else "link_rule"] for name in Link._fields))
        .where(record.c.customer == customer_id)
        .order_by(record.c.system, record.c.id)
    )
    return [Link._make(row) for row in conn.execute(wanted)]
