"""Plans: what a run would do, kept so that an approval can name it. Inputs by fingerprint, never by value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from reconcile.state.sql import Bulk
from reconcile.state.tables import plan, plan_item, run

PlanState = Literal["proposed", "waiting", "applied", "rejected", "replaced"]


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A finished plan, as approvals see it."""

    id: int
    entity: str
    run: int
    hash: str
    at: str
    state: PlanState
    summary: dict[str, Any]
    """Counts per system, guards that fired."""
    undoes: int | None = None
    """The run that it undoes."""


_ITEMS = Bulk(
    insert(plan_item).values({name: bindparam(name) for name in ("plan", "customer", "fingerprint")}),
    ("plan", "customer", "fingerprint"),
)


def save_plan(
    conn: Connection,
    entity: str,
    run: int,
    hash: str,
    at: str,
    state: PlanState,
    summary: Mapping[str, Any],
    items: Iterable[tuple[int, str]],
    undoes: int | None = None,
) -> int:
    """Store a plan with (customer, fingerprint of its inputs) for each customer; its id."""
    row = {"entity": entity, "run": run, "hash": hash, "at": at, "state": state, "undoes": undoes}
    new = insert(plan).values(row | {"summary": orjson.dumps(summary)}).returning(plan.c.id)
    id: int = conn.execute(new).scalar_one()
    _ITEMS(conn, sorted((id, customer, fingerprint) for customer, fingerprint in items))
    return id


def get_plan(conn: Connection, id: int) -> StoredPlan | None:
    """One plan, if there is one of that id."""
    row = conn.execute(select(plan).where(plan.c.id == id)).one_or_none()
    return _plan(row) if row else None


def of_parts(conn: Connection, entity: str, before: int) -> list[dict[str, Any]]:
    """Summaries of the plans that runs of a part carried out between the last whole sync and this run.

    Without those that a guard stopped: a person looked at these.
    """
    its = (run.c.entity == entity, run.c.id < before)
    whole = select(func.coalesce(func.max(run.c.id), 0)).where(*its, run.c.kind == "sync").scalar_subquery()
    parts = select(run.c.id).where(*its, run.c.kind == "part", run.c.id > whole)
    done = select(plan.c.summary).where(plan.c.run.in_(parts), plan.c.state == "applied")
    summaries = [orjson.loads(summary) for summary in conn.scalars(done)]
    return [summary for summary in summaries if not summary["guards"]]


def newest_waiting(conn: Connection, entity: str) -> StoredPlan | None:
    """The plan that waits for an approval; of several, the newest."""
    waits = select(plan).where(plan.c.entity == entity, plan.c.state == "waiting")
    row = conn.execute(waits.order_by(plan.c.id.desc()).limit(1)).one_or_none()
    return _plan(row) if row else None


def plan_items(conn: Connection, id: int, after: int = 0, limit: int = 500) -> list[tuple[int, str]]:
    """(customer, fingerprint) of the next customers, ascending."""
    wanted = (
        select(plan_item.c.customer, plan_item.c.fingerprint)
        .where(plan_item.c.plan == id, plan_item.c.customer > after)
        .order_by(plan_item.c.customer)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in conn.execute(wanted)]


def set_plan_state(conn: Connection, id: int, state: PlanState) -> None:
    """What became of a plan."""
    conn.execute(update(plan).where(plan.c.id == id).values(state=state))


def replace_waiting(conn: Connection, entity: str, but: int) -> None:
    """Plans other than `but` wait no more: a newer one stands in their place."""
    others = (plan.c.entity == entity, plan.c.state.in_(("proposed", "waiting")), plan.c.id != but)
    conn.execute(update(plan).where(*others).values(state="replaced"))


def _plan(row: Row[Any]) -> StoredPlan:
    columns = row._asdict()
    return StoredPlan(**columns | {"summary": orjson.loads(columns["summary"])})
