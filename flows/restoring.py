"""After a restore: every link is looked at as at a first sync, and what all systems show is believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flows import apply as applying
from flows import marking
from flows.apply import PAGE
from flows.hub import Hub
from reconcile.records import Customer, GoldenValue
from reconcile.restored import agreed
from reconcile.state import audit, customers, refs, restored
from reconcile.state.audit import Event
from reconcile.state.engine import Lease


def begin(hub: Hub, lease: Lease, run: int) -> None:
    """Forget what was agreed on and what was about to be done. Safe to repeat."""
    mark = marking.read(hub.mark) if hub.mark and hub.mark.exists() else None
    with hub.store.write(lease) as conn:
        links = restored.forget_agreements(conn, hub.entity)
        restored.skip_numbers(conn, mark.numbers if mark else {})
        told = {"links": links, "last run": mark.run if mark else None}
        audit.append(conn, [Event(hub.now, run, "restored", detail=told)])


def believe(hub: Hub, lease: Lease, run: int) -> None:
    """Where every system shows one value, that is what the hub had agreed on after the backup was made."""
    stamp, after = hub.stamp(run), 0
    while True:
        with hub.store.write(lease) as conn:
            ids = customers.touched(conn, hub.entity, after, PAGE)
            if not ids:
                return
            after = ids[-1]
            page = applying.load(hub, conn, ids)
            moved = [(one, moves) for one in page if (moves := agreed(one, hub.book, stamp))]
            customers.save_customers(conn, [_moved(one, moves) for one, moves in moved])
            older = [(one.id, name, one.golden[name].value) for one, moves in moved for name in moves]
            numbers = iter(refs.refs(conn, older, stamp.text))
            told = [(one.id, {"fields": dict(_told(moves, numbers))}) for one, moves in moved]
            audit.append(conn, [Event(stamp.text, run, "golden", id, detail=detail) for id, detail in told])


def _moved(one: Customer, moves: dict[str, GoldenValue]) -> Customer:
    return replace(one, rev=one.rev + 1, golden=one.golden | moves)


def _told(moves: dict[str, GoldenValue], numbers: Iterator[int]) -> Iterator[tuple[str, list[object]]]:
    for name, now in moves.items():
        yield name, [now.version, now.lineage.how, now.lineage.system, now.lineage.record, next(numbers)]
