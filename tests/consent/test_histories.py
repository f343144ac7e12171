"""Seeded histories on the real engine: people, forms, imports and faults, and nobody is ever opted in by us.

The oracle knows what people did and nothing of the hub: which grants were proved, which noes a run could see.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.consent.company import MAIL, SHOP, Company, Place, company
from tests.engine.systems import Clock, Effect

HISTORIES = int(os.environ.get("KLANTBEELD_CONSENT_HISTORIES", "20"))
"""Each of about 0.3 seconds: a few here, hundreds before a release."""
SKEW = timedelta(minutes=2)
WORLDS = (
    (MAIL, SHOP),
    (MAIL, SHOP, Place("desk", consent="")),
    (MAIL, replace(SHOP, writes="ask"), Place("club")),
    (MAIL, replace(SHOP, creates="all"), Place("club")),
)
FAULTS = ("timeout", "lost", "throttled", "out", "rejected")
Told = tuple[Any, ...]


@dataclass
class History:
    """One company and its people, with what they really said."""

    one: Company
    draw: random.Random
    done: Counter[str] = field(default_factory=Counter)
    grants: dict[str, list[datetime | None]] = field(default_factory=dict)
    noes: dict[str, list[datetime]] = field(default_factory=dict)
    before: dict[tuple[str, str], Told] = field(default_factory=dict)
    """What each record showed when the hub could last read it, its own writes counted in."""
    made_up: list[str] = field(default_factory=list)
    unsettled: int = 0

    def __post_init__(self) -> None:
        for system in self.one.systems.values():
            system.watch = self.effect

    # ── the oracle ──────────────────────────────────────────────────────────────────────────────────

    def allowed(self, address: str) -> bool:
        """Was a proved grant on this address given later than every no that could be seen?"""
        given = self.grants.get(address, [])
        noes = self.noes.get(address, [])
        return bool(given) and (not noes or any(at and at > max(noes) + SKEW for at in given))

    def effect(self, effect: Effect) -> None:
        was, now = told(effect.before), told(effect.after)
        self.done["writes"] += 1
        if effect.system != "desk" and now[1] == "yes" and was[:2] != now[:2]:
            self.done["spread"] += 1
            if not self.allowed(str(now[0])):
                self.made_up.append(f"{effect.system} {effect.id}")
        self.before[effect.system, effect.id] = now

    def look(self) -> None:
        """What a run that begins now can see."""
        now = self.one.clock.now + timedelta(minutes=1)  # a run begins a minute from now
        for name, system in self.one.systems.items():
            if system.down:
                continue
            for id, record in system.records.items():
                here, was = told(record.payload), self.before.get((name, id))
                if not record.deleted and here != was:
                    self._hear(name, here, was, now)
                    self.before[name, id] = here

    def _hear(self, system: str, here: Told, was: Told | None, now: datetime) -> None:
        address, status, since, proof = here
        if not address or system == "desk":
            return
        at = datetime.fromisoformat(since) if since and system == "mail" else None
        first = was is None or not was[0]
        visible = 3 if system == "mail" else 2  # the others keep no time, so a "no" again looks like the same
        if status in ("no", "gone") and (first or was is None or was[:visible] != here[:visible]):
            self.noes.setdefault(address, []).append(min(at, now) if at else now)
        said = first or was is None or was[1] != status or (proof and not was[3])
        if status == "yes" and system == "mail" and proof and said and (at is None or at <= now + SKEW):
            self.grants.setdefault(address, []).append(at)

    def late(self) -> list[str]:
        """Records that still show consent to somebody who took it back, where nobody was asked about it."""
        asked = {c.system for c in self.one.open_ones() if c.cls == "consent"}
        return [
            f"{name} {id}"
            for name, system in self.one.systems.items()
            if name != "desk" and name not in asked
            for id, record in system.records.items()
            if not record.deleted and record.payload.get("status") in ("yes", "asked")
            if self.noes.get(record.payload["email"]) and not self.allowed(record.payload["email"])
        ]

    # ── the people ──────────────────────────────────────────────────────────────────────────────────

    def person(self) -> dict[str, Any]:
        number = self.draw.randrange(3)
        address = f"p{number}.{self.draw.randrange(2)}@example.org"
        return {"email": address, "phone": f"061200000{number}", "name": self.draw.choice(("Berg", "Bos"))}

    def say(self, system: str) -> dict[str, Any]:
        """What somebody fills in, with or without a time and a proof."""
        status = self.draw.choice(("yes", "yes", "no", "no", None, "asked" if system == "mail" else "yes"))
        if system == "mail" and status == "no":
            status = self.draw.choice(("no", "gone"))
        since = self.draw.choice((self.one.now(), self.one.now(), self.earlier(), None))
        return {"status": status, "since": since, "proof": self.draw.choice(("", "double opt-in"))}

    def earlier(self) -> str:
        return (self.one.clock.now - timedelta(hours=self.draw.randrange(1, 9))).isoformat()

    def act(self) -> None:
        name = self.draw.choice(list(self.one.systems))
        system = self.one.systems[name]
        here = [id for id, r in system.records.items() if not r.deleted]
        what = self.draw.choice(
            ("add", "say", "say", "say", "say", "move", "rename", "remove", "fault", "down")
        )
        untouched = [id for id in here if self.before.get((name, id)) == told(system.records[id].payload)]
        if what == "add" and len(here) < 6:
            system.add(self.person() | self.say(name))
        elif what == "fault":
            system.fail_next(*self.draw.choices(FAULTS, k=self.draw.randrange(1, 3)))  # type: ignore[arg-type]
            self.unsettled = 3
        elif what == "down":
            system.down, self.unsettled = True, 3
        elif untouched and what in ("say", "move", "rename", "remove"):
            id = self.draw.choice(untouched)
            if what == "say":
                system.edit(id, **self.say(name))
            elif what == "move":
                system.edit(id, email=self.person()["email"])
            elif what == "rename":
                system.edit(id, name=self.draw.choice(("Berg", "Bos", "Boom")))
            else:
                system.remove(id)
        else:
            return
        self.done[what] += 1

    # ── a history ───────────────────────────────────────────────────────────────────────────────────

    def run(self, approve: bool) -> None:
        self.look()
        result = self.one.sync(approve)
        self.done["syncs"] += 1
        self.done["withdrawals"] += sum(result.withdrawals.values())
        self.done["stopped"] += result.state == "stopped"
        assert self.made_up == []
        if not self.unsettled:
            self.done["checked"] += 1
            assert self.late() == []
        self.unsettled = max(0, self.unsettled - 1)

    def live(self) -> None:
        for name, system in self.one.systems.items():
            for _ in range(3):
                system.add(self.person() | self.say(name))
        for _ in range(3):
            for _ in range(self.draw.randrange(2, 8)):
                self.act()
                self.one.clock.passes(minutes=self.draw.choice((1, 3, 30)))
            self.run(approve=self.draw.random() < 0.6)
            for system in self.one.systems.values():
                system.down = False
            if self.draw.random() < 0.5:
                self.one.clock.passes(minutes=11)
        self.rest()

    def rest(self) -> None:
        """People and faults stop: soon nothing is written, and nobody is mailed who said no."""
        for system in self.one.systems.values():
            system._faults.clear()
        for _ in range(2):
            self.one.clock.passes(minutes=200)
            self.run(approve=True)
        self.unsettled, writes = 0, self.done["writes"]
        self.one.clock.passes(minutes=200)
        self.run(approve=True)
        assert self.done["writes"] == writes
        for address in (f"p{n}.{k}@example.org" for n in range(3) for k in range(2)):
            self.one.events(address)


def told(payload: Any) -> Told:
    return (payload.get("email"), payload.get("status"), payload.get("since"), payload.get("proof"))


def live(seed: int) -> Counter[str]:
    draw = random.Random(seed)
    with company(*WORLDS[seed % len(WORLDS)], clock=Clock(), conditional_write=draw.random() < 0.5) as one:
        history = History(one, draw)
        history.live()
        return history.done


def test_no_history_makes_up_a_consent_or_forgets_a_withdrawal() -> None:
    done: Counter[str] = Counter()
    for seed in range(HISTORIES):
        try:
            done += live(seed)
        except AssertionError as error:
            pytest.fail(f"seed {seed}: {error}")
    print(f"\n{HISTORIES} histories: 0 made up, 0 late; {dict(sorted(done.items()))}")  # noqa: T201
    assert all(done[what] for what in ("withdrawals", "spread", "move", "fault", "stopped", "checked"))
