"""What must hold after every run, whatever happened: the invariants of the engine, each on its own.

The oracles read the store and the systems; they know nothing of how a decision is made. A violation names
the invariant, the seed and the place.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import select

from reconcile.records import Conflict, Customer, Record
from reconcile.resolve import Base
from reconcile.state import audit, customers
from reconcile.state.tables import audit as audit_table
from reconcile.state.tables import outbox as outbox_table
from reconcile.state.tables import record as record_table
from reconcile.values import BLANK, CLEAR, MISSING, Golden, Seen
from tests.engine.configurations import FIELDS
from tests.engine.systems import NAMES
from tests.engine.watching import Place, Seal, Violation, Watcher


class Oracles(Watcher):
    """Looks at one world, run after run."""

    # ── after a run ─────────────────────────────────────────────────────────────────────────────────

    def after(self, clean: bool) -> None:
        """All oracles that hold after any run; `clean`: no trouble was arranged for it."""
        found = self.customers()
        self.note(found)
        open_before = {id: c for id, c in self.known.items() if c.state == "open" and not c.system}
        every_one = self.conflicts()
        self._sticky(open_before, {c.id: c for c in found})
        self._no_move_without_news(found, every_one)
        self._really_shown()
        for one in every_one:
            if one.field:
                self.asked[one.customer, one.field] |= {self.key(one.field, c.value) for c in one.candidates}
                self._told(one)
                for candidate in one.candidates if one.state == "open" else ():
                    if all(system for system, _, _ in candidate.claimants):
                        self.part[one.id] |= {(system, id) for system, id, _ in candidate.claimants}
        if clean:
            self._lone_edits(found)
        self._read_edits()
        self._ownership(found)
        self._tombstones()
        self._one_primary(found)
        self._no_doubles()
        self.seals = dict(self._sealed(found))
        self.told = dict(self._told_everything(found)) if self.world.finished else {}
        self.replaced.clear()
        self.moved = {(c.id, n): g.version for c in found for n, g in c.golden.items()}
        self.windows = len(self.world.window)

    def _told(self, one: Conflict) -> None:
        """A value that a steward was shown as one system's own."""
        for candidate in one.candidates:
            for system, id, _ in candidate.claimants:
                if one.system and system:
                    self.lost.add((system, id, one.field, self.key(one.field, candidate.value)))

    def _read_edits(self) -> None:
        for edit in self.world.edits[self.seen_edits :]:
            place = (edit.system, edit.id, edit.field)
            self.said[place] = edit.said
            if edit.field == "iban" and self.world.hub.book.systems[edit.system].fields["iban"].owner:
                self.owned["iban"].add(self.key("iban", edit.said))
        self.seen_edits = len(self.world.edits)

    def _sticky(self, before: dict[int, Conflict], found: dict[int, Customer]) -> None:
        """I8: a conflict that ends in agreement ends with nobody overwritten who took part in it."""
        for id, asked in before.items():
            customer = found.get(asked.customer)
            if self.known[id].state != "agreed" or customer is None or len(self.world.window) > self.windows:
                continue
            now, kind = customer.golden.get(asked.field), self.world.hub.book.fields[asked.field].type
            moves = (now.version if now else 0) - self.moved.get((asked.customer, asked.field), 0)
            part = self.part[id] if moves < 2 else set()  # an agreement, and then somebody's next edit
            for whose, name, where, was in self.replaced:
                if (whose, name) != (asked.customer, asked.field) or where not in part or now is None:
                    continue
                if was in (BLANK, MISSING) or now.value in (BLANK, CLEAR):
                    continue
                if not kind.within(was, now.value):  # type: ignore[arg-type]
                    self.fail("I8", f"conflict {id} ended in agreement and {where} was overwritten")

    def _told_everything(self, found: list[Customer]) -> Iterator[tuple[Place, Any]]:
        with self.world.hub.store.read() as conn:  # read in the last round of a run, so news for the next
            waiting = set(customers.touched(conn, "customer", limit=1000))
        for customer in found:
            live = [r for r in customer.records if r.presence == "present"]
            open_ones = {c.field for c in customer.conflicts if not c.system}
            if any(r.pending or r.held for r in live) or not live or customer.id in waiting:
                continue
            for name in set(FIELDS) - open_ones:
                shown = [(r.values.get(name, MISSING), self.shows(r.system, r.id, name)) for r in live]
                known = all(self.key(name, a) == self.key(name, b) for a, b in shown)
                based = all(name in r.base and name not in r.claims for r in live if name in r.values)
                if known and based:
                    held = customer.golden.get(name)
                    records = frozenset((r.system, r.id) for r in customer.records)
                    yield (customer.id, name), (self.key(name, held.value) if held else BLANK, records)

    def _no_move_without_news(self, found: list[Customer], asked: list[Conflict]) -> None:
        """I1: where everything was known and nobody did anything, golden stays and nothing is asked."""
        fresh = {(e.system, e.id, e.field) for e in self.world.edits[self.seen_edits :]}
        for customer in found:
            records = frozenset((r.system, r.id) for r in customer.records)
            for name in FIELDS:
                golden, before = self.told.get((customer.id, name), (None, frozenset()))
                if before != records or any((s, i, name) in fresh for s, i in records):
                    continue
                if (customer.id, name) in self.world.decided or any(
                    r.presence != "present" for r in customer.records
                ):
                    continue
                held = customer.golden.get(name)
                if (self.key(name, held.value) if held else BLANK) != golden:
                    self.fail("I1", f"golden {name} of customer {customer.id} moved without news")
                if any(c.field == name and not c.system for c in customer.conflicts):
                    self.fail("I1", f"{name} of customer {customer.id} is asked about without news")
                self.checks["still"] += 1

    def _really_shown(self) -> None:
        """I13: what counts as read was really shown."""
        with self.world.hub.store.read() as conn:
            rows = conn.execute(select(record_table.c.system, record_table.c.id, record_table.c.raw)).all()
        for system, id, raw in rows:
            if json.dumps(orjson.loads(raw), sort_keys=True) not in self.world.systems[system].shown[id]:
                self.fail("I13", f"{system}/{id} counts as showing what it never showed")

    def _ownership(self, found: list[Customer]) -> None:
        """I6: golden gets an account number that its owner never said only from a steward."""
        for customer in found:
            held = customer.golden.get("iban")
            if held is None or (customer.id, "iban") in self.world.decided:
                continue
            value = self.key("iban", held.value)
            if value not in self.owned["iban"] and value not in (BLANK, CLEAR):
                self.fail("I6", f"customer {customer.id} has an account number that its owner never gave")
            self.checks["owned"] += 1

    def _tombstones(self) -> None:
        """I14: what counts as deleted is deleted."""
        with self.world.hub.store.read() as conn:
            rows = conn.execute(
                select(record_table.c.system, record_table.c.id, record_table.c.presence)
            ).all()
        for system, id, presence in rows:
            there = not self.world.systems[system].records[id].deleted
            if there and presence != "present":
                self.fail("I14", f"{system}/{id} is there and counts as {presence}")

    def _one_primary(self, found: list[Customer]) -> None:
        for customer in found:
            count = Counter(
                r.system for r in customer.records if r.presence == "present" and r.role == "primary"
            )
            if any(number > 1 for number in count.values()):
                self.fail("links", f"customer {customer.id} has two primaries in one system")

    def _no_doubles(self) -> None:
        """I12: no two records of one system were made for one customer. One that a user threw away is none:
        a create of which nobody knew whether it was done may be sent again where no list shows it.
        """
        with self.world.hub.store.read() as conn:
            rows = conn.execute(select(outbox_table.c.key, outbox_table.c.customer)).all()
        customer = {row.key: row.customer for row in rows}
        made = Counter(
            (customer[e.change.key], s.system)
            for s in self.world.systems.values()
            for e in s.effects
            if e.change.action == "create" and not s.records[e.id].deleted
        )
        if double := [place for place, number in made.items() if number > 1]:
            self.fail("I12", f"made twice: {double}")

    # ── I5 ──────────────────────────────────────────────────────────────────────────────────────────

    def _sealed(self, found: list[Customer]) -> Iterator[tuple[Place, Seal]]:
        """Fields on which all is agreed: everybody shows golden, and nothing is open or held."""
        book = self.world.hub.book
        for customer in found:
            busy = {c.field for c in customer.conflicts} | {h.field for h in customer.holds}
            live = [r for r in customer.records if r.presence == "present"]
            if any(r.held or r.pending or r.role == "secondary" for r in live) or len(live) < len(
                customer.records
            ):
                continue
            for name in set(FIELDS) - busy:
                held = customer.golden.get(name)
                if (
                    held is None
                    or held.value in (BLANK, CLEAR)
                    or any(name in r.claims or name in r.invalid for r in live)
                ):
                    continue
                shown = {(r.system, r.id): self._agreed(r, name, held.value, held.version) for r in live}
                if all(base is not None for base in shown.values()) and book.fields[name]:
                    yield (customer.id, name), Seal(held.value, shown)  # type: ignore[arg-type]

    def _agreed(self, record: Record, name: str, golden: Golden, version: int) -> Base | None:
        base = record.base.get(name)
        terms = self.world.hub.book.systems[record.system].fields[name]
        if base is None or base.version != version or self.shows(record.system, record.id, name) is MISSING:
            return None
        shown = self.key(name, terms.shows(golden))
        same = (
            self.key(name, base.value) == shown == self.key(name, self.shows(record.system, record.id, name))
        )
        return base if same else None

    def _lone_edits(self, found: list[Customer]) -> None:
        """I5: one owner's edit on an agreed field is taken, and nobody is asked."""
        by_id = {customer.id: customer for customer in found}
        fresh = {(e.system, e.id, e.field): e.said for e in self.world.edits[self.seen_edits :]}
        for (id, name), seal in self.seals.items():
            edits = [(s, i) for s, i, f in fresh if f == name and (s, i) in seal.bases]
            customer = by_id.get(id)
            if len(edits) != 1 or customer is None or (id, name) in self.world.decided:
                continue
            if any(r.held or (r.system, r.id) not in seal.bases for r in customer.records):
                continue
            system, record = edits[0]
            if self.world.systems[system].records[record].deleted:
                continue  # an edit that its user took away again before anybody could read it
            if any(r.presence != "present" or r.role != "primary" for r in customer.records):
                continue
            self._taken(customer, name, edits[0], seal, fresh[(*edits[0], name)])

    def _taken(self, customer: Customer, name: str, where: tuple[str, str], seal: Seal, now: Seen) -> None:
        rule, base = self.world.hub.book.fields[name], seal.bases[where]
        if now in (BLANK, MISSING) or rule.type.validate(now):  # type: ignore[arg-type]
            return
        value = self.key(name, now)
        kind, owner = rule.type, self.world.hub.book.systems[where[0]].fields[name].owner
        returned = base.before is not MISSING and value == self.key(name, base.before)
        less = kind.within(now, base.value) or kind.cut(now, base.value) or kind.within(now, seal.golden)  # type: ignore[arg-type]
        if not owner or returned or less or value == self.key(name, base.value):
            return
        if value != self.key(name, customer.golden[name].value):
            self.fail("I5", f"the lone edit of {name} in {where} of customer {customer.id} was not taken")
        if any(c.field == name and not c.system for c in customer.conflicts):
            self.fail("I5", f"the lone edit of {name} in {where} of customer {customer.id} was asked about")
        self.checks["lone edits"] += 1

    # ── at rest ─────────────────────────────────────────────────────────────────────────────────────

    def rest(self) -> None:
        """I2, I1 and I4, once people and troubles have stopped."""
        world = self.world
        world.calm_down()
        world.clock.passes(days=8)  # every system is listed in full again, every waiting time is over
        for _ in range(2):
            if world.sync() is None:
                self.fail("I2", "killed though nothing kills")
            self.after(clean=False)
            world.clock.passes(hours=4)
        last = world.sync()
        self.after(clean=False)
        effects, before = self._effects(), self._standing()
        again = world.sync()
        self.after(clean=False)
        if last is None or again is None or again.written or self._effects() != effects:
            self.fail("I2", f"still writing: {again.pushes if again else again}")
        if before != self._standing():
            self.fail("I1", f"a quiet run changed something: {_difference(before, self._standing())}")
        found = self.customers()
        self._all_show_golden(found)
        self._no_lost_edit(found)
        self._overwrites_are_told()
        with world.hub.store.read() as conn:
            if (broken := audit.verify(conn)) is not None:
                self.fail("I19", f"the audit chain breaks at {broken}")

    def _overwrites_are_told(self) -> None:
        """I3: an edit in the window of which the system keeps a trace is told."""
        with self.world.hub.store.read() as conn:
            entries = {row.key: row for row in conn.execute(select(outbox_table))}
            events = [orjson.loads(detail) for detail in conn.scalars(select(audit_table.c.detail))]
        told = {event["entry"] for event in events if event.get("possible_overwrite")}
        for effect, traced in self.overs:
            entry = entries[effect.change.key]
            if traced and not effect.late and entry.state == "acked":
                if entry.id not in told:
                    self.fail("I3", f"a write to {effect.system}/{effect.id} went over an edit, untold")
                self.checks["told overwrites"] += 1

    def _effects(self) -> int:
        return sum(len(system.effects) for system in self.world.systems.values())

    def _standing(self) -> dict[str, object]:
        found = self.customers()
        return {
            **{f"golden {c.id} {n}": (g.value, g.version) for c in found for n, g in c.golden.items()},
            **{f"hold {c.id} {h.field} {h.system}": h for c in found for h in c.holds},
            **{f"base {r.rid} {n}": b for c in found for r in c.records for n, b in r.base.items()},
            **{f"conflict {c.id}": c.state for c in self.conflicts()},
        }

    def _all_show_golden(self, found: list[Customer]) -> None:
        book = self.world.hub.book
        for customer in found:
            asked = {c.field for c in customer.conflicts if not c.system}
            holds = {(h.field, h.system) for h in customer.holds}
            for record in customer.records:
                if record.presence != "present" or record.role != "primary" or record.held or record.pending:
                    continue
                system = book.systems[record.system]
                for name, held in customer.golden.items():
                    terms = system.fields[name]
                    now = self.shows(record.system, record.id, name)
                    excused = name in asked or (name, record.system) in holds or name in record.invalid
                    excused |= system.writes == "none" or not terms.writable or held.value is BLANK
                    if excused or now is MISSING:
                        continue
                    if self.key(name, now) != self.key(name, terms.shows(held.value)):
                        where = f"{record.system}/{record.id}"
                        self.fail("I1", f"{where} does not show golden {name} of customer {customer.id}")
                    self.checks["shown"] += 1

    def _no_lost_edit(self, found: list[Customer]) -> None:
        """I4: the last thing that was said in each place is known somewhere."""
        records = {(r.system, r.id): (c, r) for c in found for r in c.records}
        for (system, id, name), said in self.said.items():
            if said is MISSING or said is BLANK or (system, id) not in records:
                continue
            customer, record = records[system, id]
            if {(system, id, part) for part in NAMES[name]} & self.world.window:
                continue
            if (
                record.presence != "present"
                or record.held
                or record.role == "secondary"
                or name in record.invalid
            ):
                continue
            place, value, kind = (
                (customer.id, name),
                self.key(name, said),
                self.world.hub.book.fields[name].type,
            )
            shown = self.world.hub.book.systems[system].fields[name].shows
            known = value in self.golden[place] or value in self.asked[place]
            known |= (system, id, name, value) in self.lost
            for was in self.versions[place] - {BLANK, CLEAR}:  # said less than it, or as it is shown there
                known |= kind.within(said, was) or value == self.key(name, shown(was))  # type: ignore[arg-type]
            if not known:
                self.fail(
                    "I4", f"what was said in {system}/{id} about {name} of customer {customer.id} is lost"
                )
            self.checks["edits"] += 1


def _difference(before: dict[str, object], after: dict[str, object]) -> list[str]:
    return sorted(k for k in before.keys() | after.keys() if before.get(k) != after.get(k))[:8]


__all__ = ["Oracles", "Violation"]
