"""Five thousand seeded histories of the pure decisions alone, with a store and systems of a few lines."""

from __future__ import annotations

import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from reconcile import times
from reconcile.consent import (
    SUBSCRIBED,
    ConsentEvent,
    ConsentRule,
    Shown,
    Status,
    field_name,
    follows,
    has_moved,
    is_news,
    status,
)
from reconcile.merge import Merged, Want
from reconcile.records import Customer, Record
from reconcile.rulebook import FieldRule, Rulebook, SystemTerms
from reconcile.spread import Key, Standing, follow, identifiers
from reconcile.types import build
from tests.engine.systems import Clock

HISTORIES = 5000
RULE = ConsentRule("news", "email", "marketing", "email", build("email"), carries=False)
NAME = field_name("news")
SYSTEMS = ("mail", "shop", "club")
SAID = (*["granted"] * 4, "denied", "withdrawn", "pending", None, None, "bounced")
ADDRESSES = ("a@example.org", "b@example.org", "c@example.org")
SKEW = timedelta(minutes=2)
BOOK = Rulebook(
    {"email": FieldRule("email", build("email"))},
    {name: SystemTerms(name, writes="all", consents=frozenset({NAME})) for name in SYSTEMS},
    consents={NAME: RULE},
)


@dataclass
class Row:
    """A record in its system."""

    system: str
    id: str
    address: str
    state: str | None
    at: str | None = None
    proof: bool = False
    customer: int = 1

    def shown(self) -> Shown:
        return Shown(self.address, self.state, self.proof and self.state == "granted", self.at)


@dataclass
class Life:
    """Systems, people, and a hub that keeps what it must."""

    draw: random.Random
    clock: Clock = field(default_factory=Clock)
    rows: list[Row] = field(default_factory=list)
    read: dict[str, Shown] = field(default_factory=dict)
    events: dict[str, list[ConsentEvent]] = field(default_factory=dict)
    given: dict[str, list[datetime | None]] = field(default_factory=dict)
    """What people really granted with proof; the oracle's."""
    noes: dict[str, list[datetime]] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)

    # ── people ──────────────────────────────────────────────────────────────────────────────────────

    def moment(self) -> str | None:
        ago = timedelta(minutes=self.draw.choice((0, 0, 5, 60)))
        return self.draw.choice((None, times.iso(self.clock.now - ago), times.iso(self.clock.now - ago)))

    def say(self, row: Row) -> None:
        row.state = self.draw.choice(SAID)
        row.at, row.proof = self.moment(), self.draw.random() < 0.7

    def act(self) -> None:
        what = self.draw.choice(("add", "say", "say", "say", "say", "move", "remove", "merge", "again"))
        row = self.draw.choice(self.rows) if self.rows else None
        if what == "add" or row is None:
            row = Row(self.draw.choice(SYSTEMS), str(self.done["add"]), self.draw.choice(ADDRESSES), None)
            row.customer = self.draw.randrange(1, 4)
            self.say(row)
            self.rows.append(row)
            what = "add"
        elif what == "say":
            self.say(row)
        elif what == "move":
            row.address = self.draw.choice(ADDRESSES)
        elif what == "remove":
            self.rows.remove(row)
        elif what == "merge":
            row.customer = self.draw.randrange(1, 4)
        else:  # a form posts yes again
            row.state, row.proof, row.at = "granted", False, times.iso(self.clock.now)
        self.done[what] += 1

    # ── the hub ─────────────────────────────────────────────────────────────────────────────────────

    def holds(self, address: str) -> Status:
        return status(self.events.get(address, []), self.clock.now, SKEW)

    def tell(self, row: Row, address: str, state: str, at: str | None, proof: bool) -> None:
        told = ConsentEvent(
            0,
            "email",
            "marketing",
            state,
            at,
            times.iso(self.clock.now),
            row.system,
            row.id,
            proof,  # type: ignore[arg-type]
        )
        self.events.setdefault(address, []).append(told)
        self.done["events"] += 1

    def observe(self) -> None:
        for row in self.rows:
            before, now = self.read.get(row.id), row.shown()
            if has_moved(before, now) and before:
                old, known = self.holds(before.identifier), bool(self.events.get(now.identifier))
                if follows(RULE, old, known, owner=True) == "ask":
                    self.tell(row, now.identifier, "unknown", None, False)
            if is_news(before, now):
                self.tell(row, now.identifier, str(now.state), now.at, now.proof)
            self.hear(row, before)
            self.read[row.id] = now

    def write(self, row: Row, state: str, address: str | None = None) -> None:
        """A write that may get lost; what arrives is noted, as an acknowledged write is."""
        if self.draw.random() < 0.2:
            self.done["lost"] += 1
            return
        if state == "granted" and not self.allowed(address or row.address):
            raise AssertionError(f"a consent was made up in {row.system}")
        row.state, row.address = state, address or row.address
        self.read[row.id] = row.shown()
        self.done[f"wrote {state}"] += 1

    def withdraw(self) -> None:
        for row in self.rows:
            if self.holds(row.address).against and row.state in SUBSCRIBED:
                self.write(row, "denied")

    def spread(self) -> None:
        for number in {row.customer for row in self.rows}:
            its = {n: row for n, row in enumerate(self.rows) if row.customer == number}
            records = tuple(self.record(n, row) for n, row in its.items())
            customer = Customer(number, "person", 1, records=records)
            wants = {
                n: {"email": Want(self.draw.choice(ADDRESSES), row.address, 1)}
                for n, row in its.items()
                if self.draw.random() < 0.1
            }
            merged = Merged(customer, {}, wants=wants)
            known = {key: self.standing(key) for key in identifiers(merged, BOOK)}
            for n, fields in follow(merged, BOOK, known).wants.items():
                self.carry_out(its[n], fields)

    def carry_out(self, row: Row, fields: dict[str, Want]) -> None:
        to = fields.get("email")
        address = str(to.desired) if to else row.address
        want = fields.get(NAME)
        if want:
            self.write(row, str(want.desired), address)
        elif address != row.address:
            assert row.state not in SUBSCRIBED or self.allowed(address), "a yes was moved along"
            row.address = address
            self.read[row.id] = row.shown()
            self.done["moved by us"] += 1

    def record(self, n: int, row: Row) -> Record:
        return Record(n, row.system, row.id, "person", {"email": row.address, NAME: row.state}, {})

    def standing(self, key: Key) -> Standing:
        return Standing(self.holds(key[1]))

    # ── the oracle ──────────────────────────────────────────────────────────────────────────────────

    def hear(self, row: Row, before: Shown | None) -> None:
        """What this reading tells somebody who knows the people and not the hub's functions."""
        at = times.moment(row.at)
        same = before is not None and before.identifier == row.address
        changed = before is None or before.state != row.state
        if row.state in ("denied", "withdrawn") and (changed or not same or (at and before.at != row.at)):
            self.noes.setdefault(row.address, []).append(at or self.clock.now)
        if row.state == "granted" and row.proof and (changed or not (before and before.proof)):
            self.given.setdefault(row.address, []).append(at)

    def allowed(self, address: str) -> bool:
        noes, given = self.noes.get(address, []), self.given.get(address, [])
        return bool(given) and (not noes or any(at and at > max(noes) + SKEW for at in given))

    def live(self) -> Counter[str]:
        for _ in range(self.draw.randrange(3, 8)):
            for _ in range(self.draw.randrange(1, 6)):
                self.act()
            self.clock.passes(minutes=self.draw.choice((1, 10, 90)))
            self.observe()
            arrived = self.done["lost"]
            self.withdraw()
            if self.done["lost"] == arrived:  # whatever else is stopped, held or in conflict
                self.done["checked"] += 1
                for row in self.rows:
                    refused = bool(self.noes.get(row.address)) and not self.allowed(row.address)
                    assert not (refused and row.state in SUBSCRIBED), f"{row.system} still mails"
            if self.draw.random() < 0.7:  # else a guard stopped the plan
                self.spread()
        return self.done


def test_no_path_leads_to_a_consent_that_nobody_gave() -> None:
    done: Counter[str] = Counter()
    for seed in range(HISTORIES):
        try:
            done += Life(random.Random(seed), Clock()).live()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
    print(f"\n{HISTORIES} pure histories: 0 made up, 0 late; {dict(sorted(done.items()))}")  # noqa: T201
    told = ("wrote granted", "wrote denied", "lost", "move", "merge", "again", "moved by us", "checked")
    assert all(done[what] > 500 for what in told)


def test_the_oracle_finds_a_hub_that_spreads_what_is_not_proved(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def careless(events: object, now: datetime, skew: timedelta) -> Status:
        states = {e.state for e in events}  # type: ignore[attr-defined]
        return Status("granted", times.iso(datetime(2026, 1, 1, tzinfo=UTC)), "", "granted" in states)

    monkeypatch.setattr(sys.modules[__name__], "status", careless)
    caught = 0
    for seed in range(50):
        try:
            Life(random.Random(seed), Clock()).live()
        except AssertionError:
            caught += 1
    assert caught > 10
