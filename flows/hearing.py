"""Consent as it is read: what each record says about whom, and what was said since the last reading.

A reading is compared with the one before it in the transaction that stores it, so that our own write, a
blank, a vanished record or a changed mapping never passes for somebody's word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from sqlalchemy import Connection

from adapters.protocol import SourceRecord
from flows.consent import ASKED, CARRIED, MOVED, skew
from flows.hub import Hub
from reconcile.consent import (
    CONSENT,
    ConsentEvent,
    ConsentRule,
    Shown,
    State,
    follows,
    has_moved,
    is_news,
    status,
)
from reconcile.mapping.consents import Evidence
from reconcile.state import consents
from reconcile.state.staging import Known
from reconcile.values import Value

NOTHING_SHOWN = Shown("", None)


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
    return Shown(text, state, state == "granted" and evidence.proved(raw), evidence.at(raw, state or ""))
