"""The outbox: the only stored work. An intent is durable before a byte leaves, its fate after."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
from sqlalchemy import ColumnElement, Connection, bindparam, func, or_, select, text, update

from reconcile.state.sql import batches, upsert
from reconcile.state.tables import outbox

Action = Literal["create", "update", "archive", "delete"]
EntryState = Literal["ready", "sending", "unknown", "acked", "stale", "rejected", "dead", "superseded"]
READY: tuple[EntryState, ...] = ("ready",)
UNKNOWN: tuple[EntryState, ...] = ("unknown",)
FieldRefs = tuple[int, int | None, int]
"""(desired value's number, expected value's number or None: nothing was seen, golden version)."""

_UNSETTLED = text("outbox.state in ('ready', 'sending', 'unknown')")  # literally: the partial index
_DEAD = text("outbox.state = 'dead'")
_MUTABLE = ("state", "detail", "token", "attempts", "not_before", "before", "version", "record")


@dataclass(frozen=True, slots=True)
class Entry:
    """One write that is wanted in one system. Values by their numbers in `refs`."""

    key: str
    """Idempotency key: the same for the same write, also after a crash."""
    run: int
    entity: str
    system: str
    customer: int
    record: str | None
    """None: a create whose id is not known yet."""
    epoch: int
    action: Action
    fields: Mapping[str, FieldRefs]
    token: int
    at: str
    state: EntryState = "ready"
    before: int | None = None
    """Number of the raw values that the write replaced."""
    version: str | None = None
    """The vendor's."""
    attempts: int = 0
    not_before: str | None = None
    detail: str = ""
    urgent: bool = False
    """A withdrawal of consent: it goes before all others and waits for nobody's approval."""
    restores: int | None = None
    """Number of the patch with the raw values that it puts back, to be sent as it is."""
    id: int = field(default=0, compare=False)
    """0 before it is stored."""

    @property
    def numbers(self) -> list[int]:
        """Of all values that are needed to send it."""
        told = [n for desired, expected, _ in self.fields.values() for n in (desired, expected) if n]
        return [*told, self.restores] if self.restores else told


def add(conn: Connection, entries: Collection[Entry]) -> None:
    """Store what is wanted; an entry whose key is there already changes nothing."""
    if entries:
        into = upsert(conn, outbox).on_conflict_do_nothing(index_elements=["key"])
        names = [name for name in Entry.__slots__ if name not in ("id", "fields")]
        rows = [{name: getattr(one, name) for name in names} for one in entries]
        for row, one in zip(rows, entries, strict=True):
            row["fields"], row["urgent"] = orjson.dumps(one.fields), int(one.urgent)
        conn.execute(into, rows)


def work(
    conn: Connection,
    entity: str,
    system: str,
    states: Collection[EntryState],
    now: str,
    limit: int = 1000,
    urgent: bool = False,
) -> list[Entry]:
    """Entries in these states (of ready, sending, unknown) whose time has come: urgent ones first, or only
    these, and then the oldest.
    """
    due = or_(outbox.c.not_before.is_(None), outbox.c.not_before <= now)
    first = (outbox.c.urgent == 1,) if urgent else ()
    its = (outbox.c.system == system, outbox.c.entity == entity, outbox.c.state.in_(states), _UNSETTLED, due)
    return list(_select(conn, *its, *first, limit=limit, order=(outbox.c.urgent.desc(), outbox.c.id)))


def open_for(conn: Connection, customers: Sequence[int]) -> list[Entry]:
    """What is ready, sending or unknown for these customers, oldest first."""
    return [
        one for some in batches(customers) for one in _select(conn, outbox.c.customer.in_(some), _UNSETTLED)
    ]


def of_run(conn: Connection, run: int) -> list[Entry]:
    """All that a run wanted, oldest first."""
    return list(_select(conn, outbox.c.run == run))


def dead(conn: Connection, entity: str, customers: Sequence[int] | None = None) -> list[Entry]:
    """What will not be sent again before a person says so: all, or for these customers; oldest first."""
    its = (outbox.c.entity == entity, _DEAD)
    if customers is None:
        return list(_select(conn, *its))
    return [one for some in batches(customers) for one in _select(conn, outbox.c.customer.in_(some), *its)]


def count_dead(conn: Connection, entity: str) -> int:
    """How many entries wait for a person."""
    return conn.scalar(select(func.count()).select_from(outbox).where(outbox.c.entity == entity, _DEAD)) or 0


def get_all(conn: Connection, ids: Sequence[int]) -> list[Entry]:
    """These entries, oldest first; an id that none has is left out."""
    return [one for some in batches(sorted(ids)) for one in _select(conn, outbox.c.id.in_(some))]


def set_state(conn: Connection, entries: Collection[Entry]) -> None:
    """Store what became of entries: state, detail, token, attempts, not_before, before, version, record."""
    if entries:
        change = update(outbox).where(outbox.c.id == bindparam("of"))
        rows = [{"of": one.id} | {name: getattr(one, name) for name in _MUTABLE} for one in entries]
        conn.execute(change, rows)


def recover(conn: Connection, entity: str, token: int) -> list[Entry]:
    """What an older token was sending has an unknown fate now; those entries."""
    left = (outbox.c.entity == entity, outbox.c.state == "sending", outbox.c.token < token, _UNSETTLED)
    # Without an order: for one, SQLite would walk through all that was ever sent instead of the small index.
    found = sorted(conn.scalars(select(outbox.c.id).where(*left)))
    conn.execute(update(outbox).where(*left).values(state="unknown"))
    return [one for some in batches(found) for one in _select(conn, outbox.c.id.in_(some))]


def park(conn: Connection, entity: str, system: str, until: str) -> None:
    """Nothing that is ready for this system is sent before then."""
    earlier = or_(outbox.c.not_before.is_(None), outbox.c.not_before < until)
    its = (outbox.c.system == system, outbox.c.entity == entity, outbox.c.state == "ready", _UNSETTLED)
    conn.execute(update(outbox).where(*its, earlier).values(not_before=until))


def supersede(conn: Connection, ids: Sequence[int], why: str) -> None:
    """These entries, ready or dead, are wanted no more; one that is on its way stays as it is."""
    for some in batches(ids):
        waiting = (outbox.c.id.in_(some), outbox.c.state.in_(("ready", "dead")))
        conn.execute(update(outbox).where(*waiting).values(state="superseded", detail=why))


def _select(
    conn: Connection,
    *where: ColumnElement[bool] | Any,
    limit: int | None = None,
    order: Sequence[ColumnElement[Any]] = (outbox.c.id,),
) -> Iterator[Entry]:
    for row in conn.execute(select(outbox).where(*where).order_by(*order).limit(limit)):
        columns = row._asdict()
        fields = {name: tuple(refs) for name, refs in orjson.loads(columns.pop("fields")).items()}
        yield Entry(**{**columns, "urgent": bool(columns["urgent"])}, fields=fields)
