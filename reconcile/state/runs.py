"""Runs: when the hub worked, on what, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
from sqlalchemy import Connection, Row, func, insert, select, update

from reconcile.state.tables import run

RunKind = Literal["sync", "part", "plan", "apply", "decide", "undo", "replay"]
RunState = Literal["running", "done", "partial", "stopped", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the hub. Counts hold numbers and reasons, no customer values."""

    id: int
    kind: RunKind
    entity: str
    token: int
    started_at: str
    ended_at: str | None
    state: RunState
    counts: dict[str, Any] = field(default_factory=dict)


def start_run(conn: Connection, kind: RunKind, entity: str, token: int, at: str) -> int:
    """Note that a run begins; its id."""
    row = {"kind": kind, "entity": entity, "token": token, "started_at": at, "state": "running"}
    id: int = conn.execute(insert(run).values(row).returning(run.c.id)).scalar_one()
    return id


def end_run(conn: Connection, id: int, state: RunState, counts: Mapping[str, Any], at: str) -> None:
    """Note how a run ended."""
    row = {"state": state, "counts": orjson.dumps(counts), "ended_at": at}
    conn.execute(update(run).where(run.c.id == id).values(row))


def interrupt_older(conn: Connection, entity: str, token: int, at: str) -> list[int]:
    """Runs of an older token that never ended are interrupted; their ids."""
    lost = (run.c.entity == entity, run.c.token < token, run.c.state == "running")
    ids = list(conn.scalars(select(run.c.id).where(*lost).order_by(run.c.id)))
    conn.execute(update(run).where(*lost).values(state="interrupted", ended_at=at))
    return ids


def list_runs(conn: Connection, limit: int = 20) -> list[Run]:
    """The newest runs, newest first."""
    return [_run(row) for row in conn.execute(select(run).order_by(run.c.id.desc()).limit(limit))]


def last_sync(conn: Connection, entity: str, before: int) -> Run | None:
    """The last run before this one that read the systems and came to its end, if there was one."""
    wanted = (
        run.c.entity == entity,
        run.c.id < before,
        run.c.kind.in_(("sync", "plan")),
        run.c.state.in_(("done", "partial", "stopped")),
    )
    row = conn.execute(select(run).where(*wanted).order_by(run.c.id.desc()).limit(1)).one_or_none()
    return _run(row) if row else None


def last_whole(conn: Connection, entity: str) -> str | None:
    """When the newest whole sync that came to its end began; None before the first."""
    wanted = (run.c.entity == entity, run.c.kind == "sync", run.c.state.in_(("done", "partial", "stopped")))
    began: str | None = conn.scalar(select(func.max(run.c.started_at)).where(*wanted))
    return began


def newest(conn: Connection) -> int:
    """The number of the newest run; 0 before the first."""
    return conn.scalar(select(func.max(run.c.id))) or 0


def get_run(conn: Connection, id: int) -> Run | None:
    """One run, if there is one of that id."""
    row = conn.execute(select(run).where(run.c.id == id)).one_or_none()
    return _run(row) if row else None


def _run(row: Row[Any]) -> Run:
    columns = row._asdict()
    return Run(**columns | {"counts": orjson.loads(columns["counts"] or b"{}")})
