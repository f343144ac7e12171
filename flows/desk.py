"""What a steward sees: the open questions with the customers' names, the same for commands and screens."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import Connection

from flows.hub import Hub
from flows.steps import Result
from reconcile import freshness
from reconcile.records import Conflict
from reconcile.report import Row, display_name, rows
from reconcile.state import customers, staging
from reconcile.words import Language, sentence, word


def shown(hub: Hub, conn: Connection, asked: Sequence[Conflict]) -> list[Row]:
    """These questions as rows, the worst first; sensitive values are masked, names among them."""
    masked = {name for name, rule in hub.book.fields.items() if rule.sensitive}
    found = customers.load(conn, [conflict.customer for conflict in asked])
    names = {one.id: display_name(one.golden, masked) for one in found}
    return rows(asked, hub.book, names, language(hub))


def language(hub: Hub) -> Language:
    """Of everything that stewards read."""
    return hub.project.hub.language


def as_of(hub: Hub, conn: Connection) -> dict[str, str | None]:
    """When the last finished reading of each system began; None where none did."""
    return {name: staging.get_cursor(conn, hub.entity, name).as_of for name in hub.systems}


def age(hub: Hub, conn: Connection) -> str:
    """How old a view of the hub is, system by system, on one line."""
    return freshness.line(as_of(hub, conn), hub.clock(), language(hub))


def mark(asked: Sequence[Conflict]) -> str:
    """The same for the same set of questions with the same candidates; no value can be read from it."""
    told = sorted(f"{conflict.id} {conflict.fingerprint}" for conflict in asked)
    return sha256("\n".join(told).encode()).hexdigest()[:16]


def ending(result: Result, language: Language = "en") -> str:
    """How the run ended, for the list of runs."""
    if result.hits:
        why = "; ".join(sentence(hit, language) for hit in result.hits)
        waits = word("plan {plan} waits: klantbeeld apply {plan} ({why})", language)
        return waits.format(plan=result.plan, why=why)
    ended = word("{written} written, {open} open questions", language)
    told = [ended.format(written=result.written, open=result.open_conflicts)]
    if result.quarantined:
        told.append(word("{count} records cannot be read", language).format(count=result.quarantined))
    out = word("{system} is out: {why}", language)
    return "; ".join([*told, *(out.format(system=system, why=why) for system, why in result.out.items())])
