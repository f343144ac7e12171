"""What a steward sees: the open questions with the customers' names, the same for commands and screens."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import Connection

from flows.hub import Hub
from flows.steps import Result
from reconcile.records import Conflict
from reconcile.report import Row, display_name, rows
from reconcile.state import customers


def shown(hub: Hub, conn: Connection, asked: Sequence[Conflict]) -> list[Row]:
    """These questions as rows, the worst first; sensitive values are masked, names among them."""
    masked = {name for name, rule in hub.book.fields.items() if rule.sensitive}
    found = customers.load(conn, [conflict.customer for conflict in asked])
    return rows(asked, hub.book, {one.id: display_name(one.golden, masked) for one in found})


def mark(asked: Sequence[Conflict]) -> str:
    """The same for the same set of questions with the same candidates; no value can be read from it."""
    told = sorted(f"{conflict.id} {conflict.fingerprint}" for conflict in asked)
    return sha256("\n".join(told).encode()).hexdigest()[:16]


def ending(result: Result) -> str:
    """How the run ended, for the list of runs."""
    if result.hits:
        return f"plan {result.plan} waits: klantbeeld apply {result.plan} ({'; '.join(result.hits)})"
    told = [f"{result.written} written, {result.open_conflicts} open questions"]
    if result.quarantined:
        told.append(f"{result.quarantined} records cannot be read")
    return "; ".join([*told, *(f"{system} is out: {why}" for system, why in result.out.items())])
