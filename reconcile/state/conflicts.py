"""Disagreements and what people decided about them. Candidates are stored by number, never by value."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, insert, select, text, update

from reconcile.records import Candidate, Conflict, ConflictState
from reconcile.state.refs import get_values
from reconcile.state.sql import batches, take_ids
from reconcile.state.tables import conflict, decision

_OPEN = text("conflict.state = 'open'")  # literally, or the partial index does not serve


@dataclass(frozen=True, slots=True)
class Decision:
    """What a steward chose, on the candidates that `fingerprint` stands for."""

    id: int
    """0 before it is stored."""
    conflict: int
    customer: int
    field: str
    choice: str
    """A system's name, keep, clear, different, value."""
    value: int | None
    """Its number in `refs`."""
    fingerprint: str
    claimed_by: str
    why: str
    at: str
    run: int


def insert_conflicts(conn: Connection, entity: str, conflicts: Sequence[Conflict]) -> list[int]:
    """Store new conflicts (their `id` counts for nothing); their ids, in the same order.

    Raises ValueError for a candidate whose value has no number yet.
    """
    if not conflicts:
        return []
    ids = take_ids(conn, conflict, len(conflicts))
    rows = [
        _columns(one)
        | {"id": id}
        | {"entity": entity, "customer": one.customer, "field": one.field, "system": one.system}
        | {"opened_at": one.opened_at, "opened_run": one.opened_run, "state": one.state}
        for id, one in zip(ids, conflicts, strict=True)
    ]
    conn.execute(insert(conflict), rows)
    return ids


def update_conflicts(conn: Connection, conflicts: Collection[Conflict]) -> None:
    """Store what an open conflict looks like now: candidates come and go, the id stays."""
    if conflicts:
        change = update(conflict).where(conflict.c.id == bindparam("of"))
        conn.execute(change, [{"of": one.id} | _columns(one) for one in conflicts])


def close_conflicts(
    conn: Connection, closed: Collection[tuple[int, ConflictState]], run: int, at: str
) -> None:
    """Close conflicts, each in its own way; one that is closed already stays as it is."""
    if closed:
        change = update(conflict).where(conflict.c.id == bindparam("of"), _OPEN)
        rows = [{"of": id, "state": state, "closed_run": run, "closed_at": at} for id, state in closed]
        conn.execute(change, rows)


def list_open(conn: Connection, entity: str) -> list[Conflict]:
    """All open conflicts of an entity, oldest first, with the candidates' values."""
    return _select(conn, conflict.c.entity == entity, _OPEN)


def list_found(conn: Connection, entity: str) -> list[Conflict]:
    """All conflicts that were ever found, open and closed, oldest first, with the candidates' values."""
    return _select(conn, conflict.c.entity == entity)


def count_open(conn: Connection, entity: str) -> int:
    """How many conflicts of an entity are open."""
    return conn.scalar(select(func.count()).where(conflict.c.entity == entity, _OPEN)) or 0


def open_of(conn: Connection, customers: Sequence[int]) -> list[Conflict]:
    """The open conflicts of these customers, oldest first."""
    return [one for some in batches(customers) for one in _select(conn, conflict.c.customer.in_(some), _OPEN)]


def get(conn: Connection, id: int) -> Conflict | None:
    """One conflict, open or closed."""
    return next(iter(_select(conn, conflict.c.id == id)), None)


def get_all(conn: Connection, ids: Sequence[int]) -> dict[int, Conflict]:
    """These conflicts by id, open or closed; an id that none has is left out."""
    found = (one for some in batches(ids) for one in _select(conn, conflict.c.id.in_(some)))
    return {one.id: one for one in found}


def list_decided(conn: Connection, entity: str) -> list[Conflict]:
    """All closed conflicts that somebody answered, oldest first, with the candidates' values."""
    answered = conflict.c.id.in_(select(decision.c.conflict))
    return _select(conn, conflict.c.entity == entity, conflict.c.state != "open", answered)


def add_decisions(conn: Connection, decisions: Sequence[Decision]) -> list[int]:
    """Store what was decided; the ids, in the same order."""
    if not decisions:
        return []
    ids = take_ids(conn, decision, len(decisions))
    rows = [asdict(one) | {"id": id} for id, one in zip(ids, decisions, strict=True)]
    conn.execute(insert(decision), rows)
    return ids


def decisions(conn: Connection, customers: Sequence[int]) -> list[Decision]:
    """All that was decided about these customers, oldest first."""
    rows: list[Decision] = []
    for some in batches(customers):
        wanted = select(decision).where(decision.c.customer.in_(some)).order_by(decision.c.id)
        rows.extend(Decision(**row._asdict()) for row in conn.execute(wanted))
    return rows


def _columns(one: Conflict) -> dict[str, Any]:
    """What may change while a conflict is open."""
    if not all(candidate.value_id for candidate in one.candidates):
        raise ValueError(f"the candidates for {one.field} have no number: ask `refs` first")
    candidates = [[candidate.value_id, candidate.claimants] for candidate in one.candidates]
    return {
        "cls": one.cls,
        "severity": one.severity,
        "owner": one.owner,
        "why": one.why,
        "candidates": orjson.dumps(candidates),
        "fingerprint": one.fingerprint,
    }


def _select(conn: Connection, *where: ColumnElement[bool] | Any) -> list[Conflict]:
    rows = conn.execute(select(conflict).where(*where).order_by(conflict.c.id)).all()
    stored = [orjson.loads(row.candidates) for row in rows]
    values = get_values(conn, (number for candidates in stored for number, _ in candidates))
    return [_conflict(row, list(_resolve(one, values))) for row, one in zip(rows, stored, strict=True)]


def _resolve(stored: Iterable[Any], values: dict[int, Any]) -> Iterable[Candidate]:
    """Candidates with their values; one whose value was erased is gone."""
    for number, claimants in stored:
        if number in values:
            yield Candidate(values[number], tuple(tuple(claimant) for claimant in claimants), number)


def _conflict(row: Row[Any], candidates: Sequence[Candidate]) -> Conflict:
    return Conflict(
        id=row.id,
        customer=row.customer,
        field=row.field,
        system=row.system,
        cls=row.cls,
        severity=row.severity,
        owner=row.owner,
        why=row.why,
        candidates=tuple(candidates),
        opened_at=row.opened_at,
        opened_run=row.opened_run,
        state=row.state,
        fingerprint=row.fingerprint,
    )
