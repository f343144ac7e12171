"""Consent in the flow: what a reading says, what a customer's plan takes from it, what a person is shown.

A reading is compared with the one before it in the transaction that stores it, so that our own write, a
blank, a vanished record or a changed mapping never passes for somebody's word.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import Connection

from adapters.protocol import SourceRecord
from flows.hub import Hub
from reconcile import times
from reconcile.consent import (
    CONSENT,
    UNKNOWN,
    ConsentEvent,
    ConsentRule,
    Shown,
    State,
    Status,
    follows,
    has_moved,
    is_news,
    status,
)
from reconcile.mapping.consents import Evidence
from reconcile.merge import Merged
from reconcile.records import Customer
from reconcile.spread import Key, Standing, follow, identifiers
from reconcile.state import consents
from reconcile.state.staging import Known
from reconcile.values import Value

NOTHING_SHOWN = Shown("", None)
MOVED = "moved to identifier "
CARRIED = "carried from identifier "
ASKED = "address changed from identifier "


@dataclass(frozen=True, slots=True)
class _Reading:
    """One consent of one record, as it was and as it is."""

    rule: ConsentRule
    record: str
    before: Shown | None
    now: Shown


@dataclass(slots=True)
class Watch:
    """Consent on one page of one system: who is shown where, and what was said since the last reading."""

    hub: Hub
    system: str
    run: int
    written: consents.Written
    """What we wrote there ourselves just now."""
    rules: list[ConsentRule] = field(init=False)
    readings: list[_Reading] = field(default_factory=list)
    places: list[tuple[int, ConsentRule, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        mapped = self.hub.mappings[self.system].lenses
        self.rules = [rule for rule in self.hub.book.consents.values() if rule.identifier in mapped]

    def see(self, record: SourceRecord, rid: int, known: Known | None, values: Mapping[str, Value]) -> None:
        """Take one reading of a record; `known` is what was stored of it until now."""
        if self.rules and known is None:
            for rule in self.rules:
                self._note(rule, record.id, rid, None, self._now(rule, values, record.payload))
        elif self.rules and known is not None:
            old, raw = orjson.loads(known.canonical), orjson.loads(known.raw)
            for rule in self.rules:
                before = self._now(rule, old, raw)
                self._note(rule, record.id, rid, before, self._now(rule, values, record.payload))

    def see_again(
        self, id: str, rid: int, payload: Mapping[str, Any], old: bytes, values: Mapping[str, Value]
    ) -> None:
        """Take a stored payload that means something else now; `old`: what it was taken to say.

        Nobody said anything in between: a consent that was not read before is seen for the first time, and
        one of which the address is read otherwise is said of this address.
        """
        was: dict[str, Any] = orjson.loads(old) if self.rules else {}
        for rule in self.rules:
            now = self._now(rule, values, payload)
            same = self._now(rule, was, payload)
            told = (same.identifier, same.state) == (now.identifier, now.state)
            self._note(rule, id, rid, now if told else None, now, anew=True)

    def _now(self, rule: ConsentRule, values: Mapping[str, Any], payload: Mapping[str, Any]) -> Shown:
        return _shown(rule, values, self.hub.mappings[self.system].consents.get(rule.field), payload)

    def _note(
        self, rule: ConsentRule, id: str, rid: int, before: Shown | None, now: Shown, anew: bool = False
    ) -> None:
        if anew or before is None or before.identifier != now.identifier:
            self.places.append((rid, rule, now.identifier))
        if before is None or before != now:
            self.readings.append(_Reading(rule, id, before, now))

    def store(self, conn: Connection) -> None:
        """Note in the caller's transaction what was seen."""
        if not self.places and not self.readings:
            return
        unsure = consents.in_flight(conn, self.hub.entity, self.system)
        readings = [replace(r, before=self._after_ours(r, unsure)) for r in self.readings]
        numbers = consents.identify(conn, set(self._mentioned(readings)))
        mapped = self.hub.mappings[self.system].consents
        consents.show(
            conn,
            [
                (rid, rule.channel, numbers.get((rule.channel, text)))
                for rid, rule, text in self.places
                if rule.field in mapped
            ],
        )
        consents.append(conn, [event for r in readings for event in self._events(conn, r, numbers)])

    def _mentioned(self, readings: Iterable[_Reading]) -> Iterator[consents.Identifier]:
        for _, rule, text in self.places:
            if text:
                yield rule.channel, text
        for reading in readings:
            for shown in (reading.before, reading.now):
                if shown and shown.identifier:
                    yield reading.rule.channel, shown.identifier

    def _after_ours(self, reading: _Reading, unsure: consents.Written) -> Shown | None:
        """What the record showed before, our own write counted in: nobody said what we wrote, or may have."""
        rule, now, before = reading.rule, reading.now, reading.before
        ours = [*self.written.get(reading.record, ()), *unsure.get(reading.record, ())]
        ours += unsure.get(consents.CREATED, ()) if before is None else ()
        if any(name == rule.identifier and rule.spelled(value) == now.identifier for name, value in ours):
            before = replace(before or NOTHING_SHOWN, identifier=now.identifier)
        states = {CONSENT.key(v) for name, v in ours if name == rule.field and isinstance(v, str)}
        if before and now.state and CONSENT.key(now.state) in states:
            before = replace(before, state=now.state, proof=now.proof, at=now.at)
        return before

    def _events(
        self, conn: Connection, reading: _Reading, numbers: Mapping[consents.Identifier, int]
    ) -> Iterator[ConsentEvent]:
        rule, now = reading.rule, reading.now
        if has_moved(reading.before, now):
            assert reading.before is not None
            old = numbers[rule.channel, reading.before.identifier]
            yield from self._moved(conn, reading, old, numbers[rule.channel, now.identifier])
        if is_news(reading.before, now):
            number = numbers[rule.channel, now.identifier]
            yield self._event(reading, number, now.state, now.at, now.proof)  # type: ignore[arg-type]

    def _moved(self, conn: Connection, reading: _Reading, old: int, new: int) -> Iterator[ConsentEvent]:
        """What becomes of the old address's consent; where it holds on, the old one ends first."""
        rule = reading.rule
        told = consents.of(conn, [old, new])
        before = status(told.get((old, rule.purpose), ()), self.hub.clock(), skew(self.hub))
        owner = self.hub.book.systems[self.system].fields[rule.identifier].owner
        match follows(rule, before, bool(told.get((new, rule.purpose))), owner):
            case "carry":
                yield self._event(reading, old, "withdrawn", None, False, f"{MOVED}{new}")
                carried = f"{CARRIED}{old}"
                yield self._event(reading, new, "granted", before.since, before.spreadable, carried)
            case "ask":
                yield self._event(reading, new, "unknown", None, False, f"{ASKED}{old}")

    def _event(
        self, reading: _Reading, number: int, state: State, at: str | None, proof: bool, basis: str = ""
    ) -> ConsentEvent:
        rule = reading.rule
        return ConsentEvent(
            number, rule.channel, rule.purpose, state, at, self.hub.now, self.system, reading.record, proof,
            basis, self.run,
        )  # fmt: skip


def _shown(rule: ConsentRule, values: Mapping[str, Any], evidence: Evidence | None, raw: Any) -> Shown:
    about = values.get(rule.identifier)
    text = rule.spelled(tuple(about) if isinstance(about, list) else about)
    state = values.get(rule.field)
    if evidence is None:
        return Shown(text, None)
    return Shown(text, state, state == "granted" and evidence.proved(raw), evidence.at(raw))


def skew(hub: Hub) -> timedelta:
    """How far the clocks of two systems may be apart."""
    entries = hub.project.hub.systems
    return max((times.span(entries[name].clock_skew) for name in hub.systems), default=timedelta())


def standings(hub: Hub, conn: Connection, wanted: Collection[Key]) -> dict[Key, Standing]:
    """What holds for these identifiers; nothing was ever said about those that are absent."""
    rules = hub.book.consents
    numbers = consents.known(conn, {(rules[name].channel, text) for name, text in wanted})
    told = consents.of(conn, set(numbers.values()))
    now, apart = hub.clock(), skew(hub)
    found: dict[Key, Standing] = {}
    for name, text in wanted:
        number = numbers.get((rules[name].channel, text), 0)
        if events := told.get((number, rules[name].purpose)):
            asked = tuple((e.system, e.record) for e in events if e.state == "unknown")
            found[name, text] = Standing(status(events, now, apart), asked)
    return found


def consider(hub: Hub, conn: Connection, page: Sequence[Merged]) -> list[Merged]:
    """Merged customers with what consent adds to each."""
    if not hub.book.consents:
        return list(page)
    wanted = {key for one in page for key in identifiers(one, hub.book)}
    known = standings(hub, conn, wanted)
    return [follow(one, hub.book, known) for one in page]


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """What a person is shown of one consent of one customer: the strictest of all its addresses."""

    name: str
    channel: str
    purpose: str
    status: Status
    addresses: int
    """How many different ones the customer's records show."""


_STRICTEST = ("withdrawn", "denied", "unknown", "granted")


def consent_of(hub: Hub, conn: Connection, customer: Customer) -> list[ConsentLine]:
    """Every consent of the policy for one customer, in the policy's order."""
    present = replace(customer, records=tuple(r for r in customer.records if r.presence == "present"))
    wanted = identifiers(Merged(present, present.golden), hub.book)
    known = standings(hub, conn, wanted)
    lines = []
    for name, rule in hub.book.consents.items():
        its = [known[key].status if key in known else UNKNOWN for key in sorted(wanted) if key[0] == name]
        strictest = min(its, key=lambda s: (_STRICTEST.index(s.state), s.spreadable), default=UNKNOWN)
        lines.append(ConsentLine(rule.name, rule.channel, rule.purpose, strictest, len(its)))
    return lines
