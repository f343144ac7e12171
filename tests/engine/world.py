"""One seeded history: people edit systems that fail, the hub runs, and after each run the oracles look.

Everything follows from the seed: which systems there are, what they can do, what people do, what goes wrong.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import select

from flows import decisions, steps
from flows.hub import Hub, assemble
from reconcile import decide as words
from reconcile.state import conflicts, staging
from reconcile.state.errors import LeaseHeld, LeaseLost
from reconcile.state.tables import outbox as outbox_table
from reconcile.values import MISSING, Seen
from tests.engine.configurations import (
    CONFIGURATIONS,
    FIELDS,
    Configuration,
    configuration,
    project,
)
from tests.engine.running import Mortal, OneByOne, open_store_at
from tests.engine.swarm import Swarm, Troubled
from tests.engine.systems import (
    BLANK_RECORD,
    NAMES,
    Clock,
    Killed,
    Person,
    System,
    Troubles,
    person,
    renotated,
)


@dataclass(frozen=True, slots=True)
class Edit:
    """A user's own act on one field of one record."""

    seq: int
    system: str
    id: str
    field: str
    said: Seen
    """What the record showed right after it."""


class World:
    """Systems, a hub, a clock and a seed."""

    def __init__(
        self,
        seed: int,
        file: Path,
        made: Configuration | None = None,
        calm: bool = False,
    ) -> None:
        self.seed, self.file, self.calm = seed, file, calm
        self.draw = random.Random(f"history {seed}")
        number = seed % CONFIGURATIONS
        self.made = made or configuration(number)
        self.project = made.load() if made else project(number)
        self.clock = Clock()
        self.systems = {c.name: c.system(self.clock, Troubled) for c in self.made.characters}
        self.people: dict[tuple[str, str], Person] = {}
        """Whose record it is, by system and id."""
        self.crowd = 0
        self.edits: list[Edit] = []
        self.window: set[tuple[str, str, str]] = set()
        """(system, id, payload name) that a user wrote between our reading and our writing."""
        self.inside: Counter[str] = Counter()
        """By system, the edits that a write of the hub went over within that window."""
        self.waits: list[float] = []
        """Milliseconds of every batch between its reading and its last answer."""
        self.decisions = 0
        """Customers that were looked at and decided upon."""
        self.log: list[str] = []
        self.decided: set[tuple[int, str]] = set()
        """(customer, field) on which a steward spoke."""
        self.observe: Callable[[str], None] = lambda step: None
        self.reopen()
        self.swarm = Swarm(seed, calm)
        self.swarm.edit, self.swarm.overtake, self.swarm.known = self._edit, self._overtake, self._known
        for name, system in self.systems.items():
            system.meet(self.swarm)
            system.lags = self.project.hub.systems[name].index_lag != "0s"
            self.clock.waiting.append(system.land)

    def reopen(self) -> None:
        """A new process opens the store."""
        self.store = Mortal(open_store_at(self.file, self.clock))
        self.store.before_write = self._at_a_write
        self.hub: Hub = assemble(self.project, "customer", self.systems, self.store, self.clock)  # type: ignore[arg-type]

    def _at_a_write(self) -> None:
        """What may happen to the process right before a transaction."""
        if self.swarm.strikes("lease expiry"):
            self.clock.passes(minutes=3)
        if self.swarm.strikes("crash in the store"):
            self.store.kill_at, self.store.after_commit = self.store.writes, self.swarm.draw.random() < 0.5

    def close(self) -> None:
        self.store._store.close()

    # ── what people do ──────────────────────────────────────────────────────────────────────────────

    def begin(self, people: int = 3) -> None:
        """A few people, known in some of the systems, often with differences."""
        for _ in range(people):
            one = self.new_person()
            for name in sorted(self.systems):
                if self.draw.random() < 0.8:
                    self.enter(name, one)

    def new_person(self) -> Person:
        self.crowd += 1
        return person(self.crowd)

    def enter(self, system: str, one: Person) -> str:
        payload: dict[str, Any] = dict(BLANK_RECORD)
        for field, versions in one.fields.items():
            if field == "email" or self.draw.random() < 0.8:
                pick = 0 if field == "email" or self.draw.random() < 0.7 else self.draw.randrange(6)
                payload |= versions[pick]
        adapter = self.systems[system]
        id = adapter.add({k: self.kept(system, k, v) for k, v in payload.items()})
        self.people[system, id] = one
        for field in FIELDS:
            self._note(system, id, field)
        return id

    def kept(self, system: str, name: str, value: Any) -> Any:
        """A system with a short field never held the long value."""
        character = next(c for c in self.made.characters if c.name == system)
        length = character.fields["family_name"].get("length") if name == "last" else None
        return value[:length].rstrip() if length and value else value

    def _note(self, system: str, id: str, field: str) -> None:
        read = self.hub.mappings[system].read(self.systems[system].records[id].payload)[1]
        self.edits.append(Edit(len(self.edits), system, id, field, read.get(field, MISSING)))

    def records(self) -> list[tuple[str, str]]:
        """Every record that is there."""
        return [
            (name, id)
            for name in sorted(self.systems)
            for id, record in sorted(self.systems[name].records.items())
            if not record.deleted
        ]

    def change(self, system: str, id: str, field: str, values: Mapping[str, Any]) -> None:
        """A user writes these payload values."""
        self.systems[system].edit(id, **{k: self.kept(system, k, v) for k, v in values.items()})
        self._note(system, id, field)

    def owner_of(self, system: str, id: str) -> Person:
        """Whose record it is; a record that the hub made is its e-mail's owner's."""
        if (system, id) not in self.people:
            mail = str(self.systems[system].records[id].payload.get("email") or "mail.10@").lower()
            self.people[system, id] = person(int(mail.removeprefix("mail.").split("@")[0]) // 10)
        return self.people[system, id]

    def act(self) -> None:
        """One thing that somebody does."""
        kinds = {
            "edit": 10,
            "blank": 1.5,
            "cut": 1,
            "revert": 2,
            "renote": 2,
            "copy": 3,
            "rival": 4,
            "recant": 3,
            "new": 2,
            "delete": 0.4,
        }
        what = self.draw.choices(list(kinds), list(kinds.values()))[0]
        if what == "new" or not self.records():
            self._somebody_new()
            return
        if what in ("recant", "rival"):
            self._recant() if what == "recant" else self._rival()
            return
        system, id = self.draw.choice(self.records())
        field = self.draw.choice([f for f in FIELDS if f != "email"] * 3 + ["email"])
        self.log.append(f"{what} {system}/{id} {field}")
        if what == "delete":
            self.systems[system].remove(id)
            return
        values = self._values(what, system, id, field)
        if values is not None:
            self.change(system, id, field, values)

    def _recant(self) -> None:
        """Who takes part in a disagreement goes over to what another record shows."""
        with self.hub.store.read() as conn:
            asked = [c for c in conflicts.list_open(conn, "customer") if not c.system]
        places = sorted(
            (s, i, c.field) for c in asked for one in c.candidates for s, i, _ in one.claimants if s
        )
        places = [(s, i, f) for s, i, f in places if not self.systems[s].records[i].deleted]
        if places:
            system, id, field = self.draw.choice(places)
            self.log.append(f"recant {system}/{id} {field}")
            if values := self._values("copy", system, id, field):
                self.change(system, id, field, values)

    def _rival(self) -> None:
        """Somebody else changes what was changed last."""
        last = self.edits[-1]
        whose = self.owner_of(last.system, last.id)
        others = [(s, i) for s, i in self.records() if s != last.system and self.owner_of(s, i) == whose]
        if others and last.field != "email":
            system, id = self.draw.choice(others)
            self.log.append(f"rival {system}/{id} {last.field}")
            self.change(system, id, last.field, self.draw.choice(whose.fields[last.field]))

    def _somebody_new(self) -> None:
        known = sorted({p.number for p in self.people.values()})
        one = self.new_person() if self.draw.random() < 0.6 or not known else person(self.draw.choice(known))
        system = self.draw.choice(sorted(self.systems))
        self.log.append(f"new {system} person {one.number}")
        self.enter(system, one)

    def _values(self, what: str, system: str, id: str, field: str) -> Mapping[str, Any] | None:
        payload = self.systems[system].records[id].payload
        names = NAMES[field]
        now = {name: payload.get(name) for name in names}
        whose = self.owner_of(system, id)
        if what == "blank":
            return {name: self.draw.choice((None, "")) for name in names}
        if what == "cut":
            main = now[names[0]]
            return {names[0]: main[: max(8, len(main) - 3)]} if main and len(main) > 9 else None
        if what == "renote":
            return {name: renotated(name, text) for name, text in now.items() if text} or None
        if what == "revert":
            return self._older(system, id, field)
        if what == "copy":
            others = [(s, i) for s, i in self.records() if s != system and self.owner_of(s, i) == whose]
            if not others:
                return None
            s, i = self.draw.choice(others)
            return {name: self.systems[s].records[i].payload.get(name) for name in names}
        return self.draw.choice(whose.fields[field])

    def _older(self, system: str, id: str, field: str) -> Mapping[str, Any] | None:
        """What our last write there replaced."""
        for effect in reversed(self.systems[system].effects):
            names = [name for name in NAMES[field] if name in effect.change.payload]
            if effect.id == id and names:
                return {name: effect.before.get(name) for name in names}
        return None

    # ── what the hub does ───────────────────────────────────────────────────────────────────────────

    def _edit(self, system: System, id: str | None, window: bool) -> None:
        """A user writes while the hub is at work: in this record, or in any."""
        live = sorted(i for i, record in system.records.items() if not record.deleted and id in (None, i))
        if not live:
            return
        id = self.draw.choice(live)
        field = self.draw.choice(self._in_flight(system.system, id))
        versions = self.owner_of(system.system, id).fields[field]
        self.change(system.system, id, field, self.draw.choice(versions))
        if window:
            self.window |= {(system.system, id, name) for name in NAMES[field]}
        self.log.append(f"meanwhile {system.system}/{id} {field}")

    def _known(self, system: str) -> int:
        with self.hub.store.read() as conn:
            return staging.present_count(conn, "customer", system)

    def _overtake(self) -> None:
        """This process stands still until its lease has run out, and another one carries out a whole run."""
        self.log.append("overtaken")
        self.clock.passes(minutes=3)
        store = open_store_at(self.file, self.clock)
        self.swarm.active = False
        try:
            hub = assemble(self.project, "customer", self.systems, store, self.clock)  # type: ignore[arg-type]
            steps.sync(hub, OneByOne())
        finally:
            self.swarm.active = True
            store.close()

    def _in_flight(self, system: str, id: str) -> list[str]:
        """Fields that are about to be written there, or all."""
        where = (
            outbox_table.c.system == system,
            outbox_table.c.record == id,
            outbox_table.c.state == "ready",
        )
        with self.hub.store.read() as conn:
            rows = conn.scalars(select(outbox_table.c.fields).where(*where)).all()
        return sorted({name for row in rows for name in orjson.loads(row)} - {"email"}) or list(FIELDS[:2])

    def calm_down(self) -> None:
        """Nothing goes wrong any more."""
        self.swarm.active = False
        for system in self.systems.values():
            system.down, system.before_push, system.troubles = False, None, Troubles()
            system.before_fetch = lambda ids: None
            system._faults.clear()
        self.store.kill_at = -1

    def sync(self) -> steps.Result | None:
        """One run; None when its process was killed or overtaken, and a new one took over."""
        self.clock.passes(seconds=7)
        runner = OneByOne(self.observe)
        self.finished = False
        if self.swarm.strikes("second runner"):
            self._second()
        try:
            result = steps.sync(self.hub, runner)
            self.decisions += result.plan_summary.get("customers", 0)
            if result.hits and not result.plan_summary.get("dry"):
                result = steps.apply(self.hub, runner, result.plan or 0)
        except (Killed, LeaseLost, LeaseHeld) as end:
            self.log.append(type(end).__name__)
            self.store.dead = True
            self.close()
            self.reopen()
            self.clock.passes(minutes=3)  # until the dead process's lease has run out
            return None
        self.waits += [ms for report in result.sent.values() for ms in report.window]
        self.finished = not result.hits
        return result

    def _second(self) -> None:
        """Another process tries to run while this one does."""
        lease = self.store.acquire("customer", "another")
        try:
            steps.sync(self.hub, OneByOne())
        except LeaseHeld:
            self.log.append("second runner stays out")
        finally:
            self.store.release(lease)

    def decide(self) -> None:
        """A steward answers one open question, with any of the answers it takes."""
        with self.hub.store.read() as conn:
            asked = conflicts.list_open(conn, "customer")
        if not asked:
            return
        asked.sort(
            key=lambda c: (c.field, c.system, c.cls, sorted(k for one in c.candidates for k in one.claimants))
        )
        one = self.draw.choice(asked)
        answer = self.draw.choice(sorted(words.answers(one)))
        self.log.append(f"decide {one.cls} {one.field} {one.system}: {answer}")
        decisions.decide(self.hub, [decisions.Answer(one.id, answer, None, one.fingerprint)], "steward")
        self.decided.add((one.customer, one.field))

    finished = False
    """The last run came to its end."""

    def history(self, length: int, checked: Callable[[bool], None]) -> None:
        """Begin, and live for `length` steps. `checked(clean)` comes after each run."""
        self.begin()
        self.swarm.active = True
        self.sync()
        self.calm_down()
        checked(False)
        for _ in range(length):
            step = self.draw.choices(("act", "sync", "decide", "wait"), (10, 4, 2, 1))[0]
            if step == "act":
                self.act()
            elif step == "wait":
                self.clock.passes(minutes=self.draw.choice((1, 11, 600)))
            elif step == "decide":
                self.decide()
            else:
                before = self.swarm.hits.total()
                self.swarm.active = self.draw.random() < 0.85
                self.sync()
                self.calm_down()
                late = any(system.late for system in self.systems.values())
                checked(self.swarm.hits.total() == before and not late)
