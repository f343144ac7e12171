"""What it means for the rest of a customer that a system let its record go (sync-semantics §12).

A record that is gone leaves a hold on the whole record there: it says what was made of it, is counted once,
and lasts until the record is back. Nobody's edit is lost over it: where somebody changed the customer
elsewhere in the meantime, the others keep it and a person is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconcile.merged import REJECTED, Removal
from reconcile.questions import Question, candidates_of
from reconcile.records import Customer, Hold, Record
from reconcile.rulebook import Rulebook
from reconcile.words import told

GONE = "gone"
"""A person was told; nothing is made there again."""
LEAVING = "leaving"
"""The customer's other records go too."""
OUTLIVED = "outlived"
"""Somebody changed the customer elsewhere, so the others keep it."""
REMAKING = "made again"
"""Its record is made again; once there, the next deletion is asked about."""
REMOVED = "taken away"
"""By the hub itself, as a plan said that was approved."""
STATES = (GONE, LEAVING, OUTLIVED, REMAKING, REMOVED)

Place = tuple[str, str]
"""(field, system); field "" for a whole record."""


@dataclass(slots=True)
class Departed:
    """What follows from the records of one customer that are gone."""

    news: list[str] = field(default_factory=list)
    """Systems that the customer left since this was last decided."""
    removals: dict[int, Removal] = field(default_factory=dict)
    """By rid, of records that are still there."""
    again: set[str] = field(default_factory=set)
    """Systems in which the record is to be made again."""
    leaving: bool = False


def departed(
    customer: Customer, live: Sequence[Record], holds: dict[Place, Hold], book: Rulebook
) -> Departed:
    """Decide about records that are gone; `holds` move with what is decided."""
    out = Departed()
    gone = _gone(customer, live)
    left = {s: revision(records) for s, records in gone.items() if s in book.systems}
    for place, hold in [(p, h) for p, h in holds.items() if not p[0] and h.reason in STATES]:
        if place[1] not in left and hold.reason != REMAKING:
            del holds[place]  # it is back
    if any(r.pending for r in live):
        # Perhaps somebody changed it: wait until it is known what they show.
        out.leaving = any(book.systems[system].deletes in ("archive", "propagate") for system in left)
        return out
    for system, rev in left.items():
        before = holds.get(("", system))
        known = before.reason if before and before.version >= rev and before.reason in STATES else ""
        state = known or _state(system, gone[system], live, before, book)
        if state == LEAVING and _contested(live):
            state = OUTLIVED
        if not known:
            out.news.append(system)
        if state != known:
            holds["", system] = Hold("", system, state, "decision", version=rev)
        out.leaving |= state == LEAVING
        out.again |= {system} if state == REMAKING else set()
    for system in left:
        if holds["", system].reason == LEAVING:
            _remove(system, live, holds, book, out.removals)
    return out


def asked(
    customer: Customer,
    live: Sequence[Record],
    holds: Mapping[Place, Hold],
    out: Departed,
    made: Sequence[str],
) -> Iterator[Question]:
    """The question about each system that is left, where nothing or not everything follows from it.

    `made`: the systems in which a record is made.
    """
    taken = {s for (name, s), hold in holds.items() if not name and hold.reason == REMOVED}
    for system, records in _gone(customer, live).items():
        staying = sorted({r.system for r in live if r.rid not in out.removals})
        if staying and system not in taken and not (system in out.again and system in made):
            merged = any(record.presence == "merged" for record in records)
            why = told("merged elsewhere" if merged else "gone", system, staying)
            yield Question("", system, "update-delete", "high", "steward", why, candidates_of(records))


def revision(gone: Sequence[Record]) -> int:
    """Grows with every deletion of one customer in one system."""
    return sum(record.rev for record in gone)


def _gone(customer: Customer, live: Sequence[Record]) -> dict[str, list[Record]]:
    """A copy that goes while another stays is no departure."""
    if len(live) == len(customer.records):
        return {}
    here = {r.system for r in live}
    gone: dict[str, list[Record]] = {}
    for record in customer.records:
        if record.presence in ("deleted", "merged") and record.system not in here:
            gone.setdefault(record.system, []).append(record)
    return gone


def _state(
    system: str, gone: Sequence[Record], live: Sequence[Record], before: Hold | None, book: Rulebook
) -> str:
    """What the system's policy makes of a new deletion; a record that was merged is there, in another one."""
    terms = book.systems[system]
    if not live or terms.deletes == "unlink" or any(r.presence == "merged" for r in gone):
        return GONE
    if terms.deletes != "recreate":
        return LEAVING
    once = before is not None and (before.reason == REMAKING or before.reason.startswith(REJECTED))
    return GONE if once or terms.writes == "none" or "create" not in terms.can else REMAKING


def _contested(live: Sequence[Record]) -> bool:
    """Did somebody change the customer since all agreed, or is anything about it open?"""
    return any(r.held or r.claims or not r.base or _edited(r) for r in live)


def _edited(record: Record) -> bool:
    return any(n in record.values and record.values[n] != base.value for n, base in record.base.items())


def _remove(
    system: str,
    live: Sequence[Record],
    holds: Mapping[Place, Hold],
    book: Rulebook,
    removals: dict[int, Removal],
) -> None:
    action: Removal = "archive" if book.systems[system].deletes == "archive" else "delete"
    for record in live:
        terms = book.systems[record.system]
        able = terms.writes != "none" and action in terms.can
        if able and ("", record.system) not in holds:
            removals[record.rid] = "archive" if removals.get(record.rid) == "archive" else action
