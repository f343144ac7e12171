"""Consent in the flow: what a plan takes from what was said, what a person is shown and may answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection

from flows.hub import Hub
from reconcile import times
from reconcile.consent import (
    GRANTED,
    UNKNOWN,
    ConsentEvent,
    ConsentRule,
    State,
    Status,
    bounced_at,
    status,
)
from reconcile.merge import Merged
from reconcile.records import Conflict, Customer, Record
from reconcile.spread import Key, Standing, follow, identifiers
from reconcile.state import consents
from reconcile.values import BLANK, Golden, Value

MOVED = "moved to identifier "
CARRIED = "carried from identifier "
ASKED = "address changed from identifier "
LEFT = "not carried from identifier "


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
            found[name, text] = Standing(status(events, now, apart), tuple(_asked(events)))
    return found


def _asked(events: Iterable[ConsentEvent]) -> dict[tuple[str, str], int]:
    """By (system, record) that gave it to somebody with consent, where nobody answered yet: the old one."""
    waiting: dict[tuple[str, str], int] = {}
    for event in events:
        if event.basis.startswith(ASKED):
            waiting[event.system, event.record] = int(event.basis.removeprefix(ASKED))
        elif event.basis.startswith(LEFT):
            waiting.pop((event.system, event.record), None)
    return waiting


def consider(hub: Hub, conn: Connection, page: Sequence[Merged]) -> list[Merged]:
    """Merged customers with what consent adds to each."""
    if not hub.book.consents:
        return list(page)
    wanted = {key for one in page for key in identifiers(one, hub.book)}
    known = standings(hub, conn, wanted)
    return [follow(one, hub.book, known) for one in page]


@dataclass(frozen=True, slots=True)
class Move:
    """A consent of an old address, of which a person is asked whether it holds for the new one."""

    rule: ConsentRule
    old: int
    new: int
    system: str
    record: str
    """Who changed the address."""
    before: Status
    """Of the old address."""


def moves(hub: Hub, conn: Connection, asked: Conflict) -> list[Move]:
    """What a question about a changed address is about, as it stands now; nothing where it is answered."""
    rules = [rule for rule in hub.book.consents.values() if rule.identifier == asked.field]
    places = [(rule, one, rule.spelled(one.value)) for rule in rules for one in asked.candidates]
    numbers = consents.known(conn, {(rule.channel, text) for rule, _, text in places})
    found: list[Move] = []
    for rule, candidate, text in places:
        new = numbers.get((rule.channel, text), 0)
        told = consents.of(conn, [new]).get((new, rule.purpose), [])
        waiting = _asked(told) if status(told, hub.clock(), skew(hub)).state == "unknown" else {}
        for system, record, _ in candidate.claimants:
            if old := waiting.get((system, record)):
                said = consents.of(conn, [old]).get((old, rule.purpose), ())
                before = status(said, hub.clock(), skew(hub))
                found.append(Move(rule, old, new, system, record, before))
    return found


def answer(hub: Hub, conn: Connection, some: Iterable[Move], carry: bool, decision: int, run: int) -> None:
    """Write down what a person decided: the consent goes along, and ends for the old address first, or stays.

    An old address that has none any more, has none to give.
    """
    for one in some:
        by = f"{{}} by decision {decision}"
        if carry and one.before.state == GRANTED:
            since, proof = one.before.since, one.before.spreadable
            consents.append(
                conn,
                [
                    _decided(hub, one, one.old, "withdrawn", by.format(f"{MOVED}{one.new}"), run),
                    _decided(
                        hub, one, one.new, "granted", by.format(f"{CARRIED}{one.old}"), run, since, proof
                    ),
                ],
            )
        else:
            consents.append(
                conn, [_decided(hub, one, one.new, "unknown", by.format(f"{LEFT}{one.old}"), run)]
            )


def _decided(
    hub: Hub,
    one: Move,
    about: int,
    state: State,
    basis: str,
    run: int,
    at: str | None = None,
    proof: bool = False,
) -> ConsentEvent:
    rule = one.rule
    return ConsentEvent(
        about, rule.channel, rule.purpose, state, at, hub.now, one.system, one.record, proof, basis, run
    )


def with_bounces(hub: Hub, conn: Connection, page: Sequence[Customer]) -> None:
    """Tell customers who show different addresses from which of them mail came back."""
    rules = {(rule.identifier, rule.channel): rule for rule in hub.book.consents.values()}
    differing = [
        (one, rule, {text for value in _values(one, rule.identifier) if (text := rule.spelled(value))})
        for one in page
        for rule in rules.values()
    ]
    differing = [found for found in differing if len(found[2]) > 1]
    if not differing:
        return
    numbers = consents.known(conn, {(rule.channel, text) for _, rule, texts in differing for text in texts})
    told: dict[int, list[ConsentEvent]] = defaultdict(list)
    for (number, _), events in consents.of(conn, set(numbers.values())).items():
        told[number] += events
    when = {place: bounced_at(sorted(told[n], key=_seen)) for place, n in numbers.items()}
    for one, rule, texts in differing:
        back = {text: at for text in sorted(texts) if (at := when.get((rule.channel, text)))}
        if back:
            one.bounced.setdefault(rule.identifier, {}).update(back)


def _values(one: Customer, field: str) -> Iterator[Golden]:
    held = one.golden.get(field)
    yield held.value if held else BLANK
    for record in one.records:
        yield record.values.get(field, BLANK)


def _seen(event: ConsentEvent) -> str:
    return event.seen_at


@dataclass(frozen=True, slots=True)
class Reachable:
    """One address that a customer's records show, and what holds for it."""

    value: Value
    systems: tuple[str, ...]
    """Who shows it."""
    status: Status


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """What a person is shown of one consent of one customer."""

    rule: ConsentRule
    status: Status
    """The strictest of all its addresses."""
    addresses: tuple[Reachable, ...]


_STRICTEST = ("withdrawn", "denied", "unknown", "granted")


def consent_of(hub: Hub, conn: Connection, customer: Customer) -> list[ConsentLine]:
    """Every consent of the policy for one customer, in the policy's order."""
    present = replace(customer, records=tuple(r for r in customer.records if r.presence == "present"))
    known = standings(hub, conn, identifiers(Merged(present, present.golden), hub.book))
    return [_line(name, rule, present, known) for name, rule in hub.book.consents.items()]


def _line(name: str, rule: ConsentRule, customer: Customer, known: Mapping[Key, Standing]) -> ConsentLine:
    showing: dict[str, list[Record]] = defaultdict(list)
    for record in customer.records:
        if text := rule.spelled(record.values.get(rule.identifier)):
            showing[text].append(record)
    its = []
    for text, records in sorted(showing.items()):
        holds = known[name, text].status if (name, text) in known else UNKNOWN
        systems = tuple(dict.fromkeys(r.system for r in records))
        its.append(Reachable(records[0].values[rule.identifier], systems, holds))
    strictest = min(
        (one.status for one in its),
        key=lambda s: (_STRICTEST.index(s.state), s.spreadable),
        default=UNKNOWN,
    )
    return ConsentLine(rule, strictest, tuple(its))
