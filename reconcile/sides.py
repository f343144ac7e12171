"""From records to the sides of one field: one representative per value, whatever its notation."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from reconcile import times
from reconcile.records import Conflict, Customer, Record, Role
from reconcile.resolve import Base, GoldenField, Interval, Side
from reconcile.rulebook import FieldRule, Rulebook, Stamp
from reconcile.types.base import SemanticType
from reconcile.values import BLANK, CLEAR, MISSING, Golden, Seen, Value
from reconcile.verify import verification, verified_at


@dataclass(frozen=True, slots=True)
class View:
    """One field of one customer, ready to be decided."""

    rule: FieldRule
    golden: GoldenField
    sides: tuple[Side, ...]
    records: dict[int, Record]
    """By rid, of every side that is seen."""
    silent: tuple[tuple[Record, Base], ...] = ()
    """Secondaries read for the first time: their base is set and nothing is said."""

    @property
    def seen(self) -> tuple[Side, ...]:
        return tuple(s for s in self.sides if s.now is not MISSING)


class _Notations:
    """Turns every notation of a value into one, the same for any order of the records."""

    def __init__(self, kind: SemanticType, values: Sequence[Seen | Golden], golden: Golden) -> None:
        self.kind = kind
        self.chosen: dict[Hashable, Value] = {}
        plain = [v for v in values if v is not MISSING and v is not CLEAR and v is not BLANK]
        for value in sorted(plain, key=str):
            self.chosen[kind.key(value)] = value
        if golden is not CLEAR and golden is not BLANK:
            self.chosen[kind.key(golden)] = golden

    def of(self, value: Seen) -> Seen:
        if value is MISSING or value is BLANK:
            return value
        return self.chosen.get(self.kind.key(value), value)


def with_roles(customer: Customer) -> Customer:
    """The customer with one primary in each system: the first of those that are there now.

    A primary that went leaves its place to a copy; one that comes back beside another is a copy itself.
    """
    live = [r for r in customer.records if r.presence == "present"]
    if len({r.system for r in live}) == len(live) == sum(r.role == "primary" for r in live):
        return customer
    first: dict[str, int] = {}
    for record in sorted(live, key=lambda r: (r.role != "primary", r.rid)):
        first.setdefault(record.system, record.rid)
    roles: dict[int, Role] = {r.rid: "primary" if first[r.system] == r.rid else "secondary" for r in live}
    records = tuple(replace(r, role=roles.get(r.rid, r.role)) for r in customer.records)
    return replace(customer, records=records)


def view(customer: Customer, live: Sequence[Record], rule: FieldRule, book: Rulebook, stamp: Stamp) -> View:
    """What the customer's live records say about one field."""
    name = rule.name
    held = customer.golden.get(name)
    golden = held.value if held else BLANK
    back = _bounces(customer, name, book)
    mentioned: list[Seen | Golden] = [golden]
    for record in live:
        base = record.base.get(name)
        mentioned += [record.values.get(name, MISSING)] + ([base.value, base.before] if base else [])
    same = _Notations(rule.type, mentioned, golden)
    sides, silent = [], []
    for record in live:
        if name not in record.values and name not in record.claims:
            continue
        side = _side(record, rule, book, same)
        if back:
            side = replace(side, bounced=back(side.now))
        if side.secondary and side.base is None and side.now is not MISSING:
            silent.append((record, Base(record.values[name], held.version if held else 0)))
        else:
            sides.append(side)
    lock = customer.locks.get(name)
    locked = lock is not None and lock.binds(stamp.text)
    since: Interval = (None, times.moment(held.lineage.at)) if held else (None, None)
    checked, decided = verification(held)
    field = GoldenField(
        golden, held.version if held else 0, locked, since, checked, decided, back(golden) if back else None
    )
    seen = {s.rid for s in sides if s.now is not MISSING}
    return View(rule, field, tuple(sides), {r.rid: r for r in live if r.rid in seen}, tuple(silent))


def _bounces(
    customer: Customer, name: str, book: Rulebook
) -> Callable[[Seen | Golden], datetime | None] | None:
    """When mail to an address was last seen to come back; None where nothing came back from any."""
    known = customer.bounced.get(name)
    if not known:
        return None
    spelled = next(rule.spelled for rule in book.consents.values() if rule.identifier == name)
    return lambda value: times.moment(known.get(spelled(value)))


def untold(look: View, asked: Sequence[Conflict], golden: Golden) -> set[int]:
    """Rids of who shows news that no open question of the field shows: a decision says nothing about it."""
    key = look.rule.type.key
    told = [c.value for question in asked if question.field == look.rule.name for c in question.candidates]
    known = {
        BLANK if value is CLEAR or value is BLANK else key(value) for value in [*told, look.golden.value]
    }
    news = [s for s in look.seen if s.base is None or s.now != s.base.value]
    return {
        s.rid
        for s in news
        if s.now is not MISSING
        and s.now != s.shows(golden)
        and (BLANK if s.now is BLANK else key(s.now)) not in known
    }


def _side(record: Record, rule: FieldRule, book: Rulebook, same: _Notations) -> Side:
    name = rule.name
    unreadable = record.pending or record.held or name in record.invalid
    base = record.base.get(name)
    if base is not None:
        value = same.of(base.value)
        assert value is not MISSING
        base = Base(value, base.version, same.of(base.before))
    terms = book.systems[record.system].fields[name]
    changed = record.changed.get(name)
    return Side(
        name=record.system,
        now=MISSING if unreadable else same.of(record.values.get(name, MISSING)),
        base=base,
        claims=name in record.claims,
        owner=terms.owner,
        secondary=record.role == "secondary",
        on_loss=terms.on_loss,
        shows=lambda golden: same.of(terms.shows(golden)),
        rid=record.rid,
        interval=_interval(changed, record),
        record_time=times.moment(record.modified_at),
        verified=times.moment(verified_at(record, name, terms)),
        known_since=times.moment(record.first_read_at or None),
    )


def _interval(changed: tuple[str | None, str | None] | None, record: Record) -> Interval:
    if changed is None:
        return None, times.moment(record.modified_at)
    return times.moment(changed[0]), times.moment(changed[1])
