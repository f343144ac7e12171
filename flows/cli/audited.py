"""`runs audit`: the proof that nobody changed the record, and who wrote which value, when, and why."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from sqlalchemy import Connection

from flows.cli.exits import DONE, UNEXPECTED, UsageError
from flows.cli.picture import why
from flows.cli.screen import Screen, Shape, day, table
from flows.cli.values import shown
from flows.hub import Hub, open_hub
from reconcile.state import audit, conflicts, refs
from reconcile.state.audit import Sealed

WRITTEN = " applied"
"""How the events of writes that took effect end: `update applied`."""
Move = tuple[int, str, str, str]
"""How golden came to hold a value: (run, rule or decision, system, record)."""
Place = tuple[int | None, str, int]
"""(customer, field, version)"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which writes are meant; None: any."""

    customer: int | None = None
    system: str | None = None
    field: str | None = None
    run: int | None = None

    @property
    def all(self) -> bool:
        return self == Wanted()


@dataclass(frozen=True, slots=True)
class Write:
    """One value that was written."""

    sealed: Sealed
    field: str
    number: int
    """Of the value in `refs`."""
    version: int

    @property
    def place(self) -> Place:
        return (self.sealed.event.customer, self.field, self.version)


def tell(screen: Screen, wanted: Wanted, limit: int) -> int:
    """Prove the chain; with a filter also list the newest writes that fit. 1 when the chain is broken."""
    with open_hub(screen.folder) as hub, hub.store.read() as conn:
        _known(hub, wanted)
        broken, (newest, seal) = audit.verify(conn), audit.last(conn)
        writes = [] if wanted.all else list(deque(_writes(conn, wanted), limit))
        shape = {"events": newest, "seal": seal, "broken_at": broken, "writes": _rows(hub, conn, writes)}
    screen.tell(shape, _render)
    return DONE if broken is None else UNEXPECTED


def _known(hub: Hub, wanted: Wanted) -> None:
    for what, name, known in (
        ("system", wanted.system, hub.systems),
        ("field", wanted.field, [*hub.book.fields, *hub.book.consents]),
    ):
        if name is not None and name not in known:
            raise UsageError(f"there is no {what} {name}; there is: {', '.join(known)}")


def _writes(conn: Connection, wanted: Wanted) -> Iterator[Write]:
    for sealed in audit.every(conn, wanted.customer, wanted.run):
        event = sealed.event
        if event.what.endswith(WRITTEN) and wanted.system in (None, event.system):
            for name, (number, _, version) in event.detail["fields"].items():
                if wanted.field in (None, name):
                    yield Write(sealed, name, number, version)


def _moves(conn: Connection, writes: Sequence[Write]) -> dict[Place, Move]:
    """Why golden held what was written."""
    places, moves = {write.place for write in writes}, {}
    for sealed in audit.every(conn) if places else ():
        event = sealed.event
        for name, (version, *said) in event.detail["fields"].items() if event.what == "golden" else ():
            if (place := (event.customer, name, version)) in places:
                moves[place] = (event.run, *said[:3])
    return moves


def _rows(hub: Hub, conn: Connection, writes: Sequence[Write]) -> list[dict[str, Any]]:
    moves = _moves(conn, writes)
    values = refs.get_values(conn, [write.number for write in writes])
    customers = sorted({write.place[0] for write in writes if write.place[0]})
    decided = {one.id: one for one in conflicts.decisions(conn, customers)}
    rows = []
    for write in writes:
        run, how, system, record = moves.get(write.place, (write.sealed.event.run, "", "", ""))
        told = {"rule": how, "why": why(how, decided) if how else "", "decided_in": run}
        source = {"source": system, "source_record": record}
        rows.append(_row(hub, write, values) | told | source)
    return rows


def _row(hub: Hub, write: Write, values: Mapping[int, Any]) -> dict[str, Any]:
    event, rule = write.sealed.event, hub.book.fields.get(write.field)
    value = values.get(write.number, "")
    return {
        "event": write.sealed.seq,
        "at": event.at,
        "run": event.run,
        "customer": event.customer,
        "system": event.system,
        "record": event.record,
        "field": write.field,
        "value": shown(rule, value) if rule else str(value),
        "version": write.version,
    }


def _render(console: Console, shape: Shape) -> None:
    if shape["writes"]:
        columns = (
            "when",
            "run#",
            "system",
            "record",
            "customer#",
            "field",
            "value",
            "version#",
            "from",
            "why",
        )
        console.print(table("Written, oldest first", columns, map(_line, shape["writes"])))
        console.print()
    if shape["broken_at"] is None:
        console.print(f"the audit is whole: {shape['events']} events, last seal {shape['seal'] or '(none)'}")
        console.print("keep that seal elsewhere: it shows later whether the newest events were cut off")
    else:
        console.print(
            f"the audit is broken at event {shape['broken_at']}: it was changed, removed or put in between"
        )


def _line(one: Shape) -> tuple[object, ...]:
    source = f"{one['source']} {one['source_record']}".strip()
    because = f"{one['why']} (run {one['decided_in']})" if one["why"] else "consent"
    written = (one["system"], one["record"], one["customer"], one["field"], one["value"] or "(emptied)")
    return (day(one["at"]), one["run"], *written, one["version"], source, because)
