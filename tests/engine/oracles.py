"""What must hold after every run, whatever happened: the invariants of the engine, each on its own.

The oracles read the store and the systems; they know nothing of how a decision is made. A violation names
the invariant, the seed and the place.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

import orjson
from sqlalchemy import select

from reconcile.records import Conflict, Customer, Record
from reconcile.resolve import Base
from reconcile.state import audit, conflicts, customers, refs
from reconcile.state.tables import conflict as conflict_table
from reconcile.state.tables import customer as customer_table
from reconcile.state.tables import outbox as outbox_table
from reconcile.state.tables import record as record_table
from reconcile.values import BLANK, CLEAR, MISSING, Golden, Seen
from tests.engine.systems import NAMES, Effect
from tests.engine.world import FIELDS, Edit, World


class Violation(AssertionError):
    """An invariant does not hold."""


Place = tuple[int, str]
"""(customer, field)"""


@dataclass(slots=True)
class Seal:
    """How a field stood when everybody showed golden and nothing was open: a lone edit must be taken."""

    golden: Golden
    bases: dict[tuple[str, str], Base] = field(default_factory=dict)


class Oracles:
    """Looks at one world, run after run."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.golden: defaultdict[Place, set[Hashable]] = defaultdict(set)
        """Every value that golden had, by its key."""
        self.versions: defaultdict[Place, set[Golden]] = defaultdict(set)
        """The same, as it was written."""
        self.asked: defaultdict[Place, set[Hashable]] = defaultdict(set)
        """Every value that was a candidate of a stored conflict."""
        self.lost: set[tuple[str, str, str, Hashable]] = set()
        """(system, id, field, value) that were told as less than before, wrong, or a copy's."""
        self.owned: defaultdict[str, set[Hashable]] = defaultdict(set)
        """Every account number that its owner said."""
        self.said: dict[tuple[str, str, str], tuple[Edit, Seen]] = {}
        self.superseded: dict[tuple[str, str, str], Hashable] = {}
        self.seen_edits = 0
        self.known: dict[int, Conflict] = {}
        self.seals: dict[Place, Seal] = {}
        self.since: set[tuple[str, str, str]] = set()
        self.checks: Counter[str] = Counter()
        world.observe = self.step
        for system in world.systems.values():
            system.watch = self.effect

    # ── reading ─────────────────────────────────────────────────────────────────────────────────────

    def fail(self, invariant: str, text: str) -> None:
        told = "\n".join(self.world.log[-25:])
        seed = self.world.seed
        raise Violation(
            f"{invariant}: {text}\n{told}\nreplay: KLANTBEELD_SEED={seed} pytest tests/engine/test_worlds.py"
        )

    def key(self, name: str, value: Seen | Golden) -> Hashable:
        if value in (BLANK, CLEAR, MISSING):
            return value
        return self.world.hub.book.fields[name].type.key(value)  # type: ignore[arg-type]

    def shows(self, system: str, id: str, name: str) -> Seen:
        """What a record shows now, as the mapping reads it."""
        record = self.world.systems[system].records[id]
        if record.deleted:
            return MISSING
        return self.world.hub.mappings[system].read(record.payload)[1].get(name, MISSING)

    def customers(self) -> list[Customer]:
        with self.world.hub.store.read() as conn:
            return customers.load(conn, list(conn.scalars(select(customer_table.c.id))))

    def conflicts(self) -> list[Conflict]:
        """All that were ever asked; of those that were closed before, only their state is read again."""
        with self.world.hub.store.read() as conn:
            rows = conn.execute(select(conflict_table.c.id, conflict_table.c.state)).all()
            for id, state in rows:
                before = self.known.get(id)
                if before is None or before.state == "open":
                    found = conflicts.get(conn, id)
                    assert found is not None
                    self.known[id] = found
                elif before.state != state:
                    self.fail("I15", f"conflict {id} was {before.state} and is {state}")
        return list(self.known.values())

    # ── as it happens ───────────────────────────────────────────────────────────────────────────────

    def step(self, step: str) -> None:
        """After each step of a run: note what golden was and what was asked."""
        if step == "apply":
            self.note(self.customers())

    def note(self, all_of_them: list[Customer]) -> None:
        for customer in all_of_them:
            for name, held in customer.golden.items():
                self.golden[customer.id, name].add(self.key(name, held.value))
                self.versions[customer.id, name].add(held.value)

    def effect(self, effect: Effect) -> None:
        """I11, I7, I3, I12 at the moment a write takes effect."""
        hub = self.world.hub
        with hub.store.read() as conn:
            row = conn.execute(select(outbox_table).where(outbox_table.c.key == effect.change.key)).one()
            (customer,) = customers.load(conn, [row.customer])
            values = refs.get_values(conn, [row.before] if row.before else [])
        where = f"{effect.system}/{effect.id} of customer {customer.id}"
        if row.state != "sending":
            self.fail("I13", f"{where} was written while its entry was {row.state}")
        frozen = {c.field for c in customer.conflicts if not c.system}
        frozen |= {h.field for h in customer.holds if h.system in (effect.system, "*") and h.field}
        fields = {f for f in orjson.loads(row.fields) if set(NAMES[f]) & effect.change.payload.keys()}
        if fields & frozen:
            self.fail("I11", f"{where}: {sorted(fields & frozen)} was written under a conflict or a hold")
        before = values.get(row.before, {})
        for name in effect.change.payload:
            written = (effect.system, effect.id, name) in self.world.window
            if effect.before.get(name) != before.get(name) and not written:
                self.fail("I3", f"{where}: {name} was overwritten and not recorded")
        for name in fields:
            blank = not any(effect.after.get(part) for part in NAMES[name])
            if (
                blank
                and any(effect.before.get(p) for p in NAMES[name])
                and CLEAR not in self.golden[customer.id, name]
            ):
                self.fail("I7", f"{where}: {name} was emptied without a wish to empty it")
        self.checks["writes"] += 1

    # ── after a run ─────────────────────────────────────────────────────────────────────────────────

    def after(self, clean: bool) -> None:
        """All oracles that hold after any run; `clean`: no trouble was arranged for it."""
        found = self.customers()
        self.note(found)
        for one in self.conflicts():
            if one.field:
                self.asked[one.customer, one.field] |= {self.key(one.field, c.value) for c in one.candidates}
                self._told(one)
        if clean:
            self._lone_edits(found)
        self._read_edits()
        self._ownership(found)
        self._tombstones()
        self._one_primary(found)
        self._no_doubles()
        self.seals = dict(self._sealed(found))
        self.since = set()

    def _told(self, one: Conflict) -> None:
        """A value that a steward was shown as one system's own."""
        for candidate in one.candidates:
            for system, id, _ in candidate.claimants:
                if one.system and system:
                    self.lost.add((system, id, one.field, self.key(one.field, candidate.value)))

    def _read_edits(self) -> None:
        for edit in self.world.edits[self.seen_edits :]:
            place = (edit.system, edit.id, edit.field)
            self.said[place] = (edit, self.shows(*place))
            self.since.add(place)
            if edit.field == "iban" and self.world.hub.book.systems[edit.system].fields["iban"].owner:
                self.owned["iban"].add(self.key("iban", self.shows(*place)))
        self.seen_edits = len(self.world.edits)

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
        """I12: the hub makes a record once for a customer in a system."""
        with self.world.hub.store.read() as conn:
            rows = conn.execute(select(outbox_table.c.key, outbox_table.c.customer)).all()
        customer = {row.key: row.customer for row in rows}
        made = Counter(
            (customer[e.change.key], s.system)
            for s in self.world.systems.values()
            for e in s.effects
            if e.change.action == "create"
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
        fresh = {(e.system, e.id, e.field) for e in self.world.edits[self.seen_edits :]}
        for (id, name), seal in self.seals.items():
            edits = [(s, i) for s, i, f in fresh if f == name and (s, i) in seal.bases]
            customer = by_id.get(id)
            if len(edits) != 1 or customer is None or (id, name) in self.world.decided:
                continue
            if any(r.held or (r.system, r.id) not in seal.bases for r in customer.records):
                continue
            if any(r.presence != "present" or r.role != "primary" for r in customer.records):
                continue
            self._taken(customer, name, edits[0], seal)

    def _taken(self, customer: Customer, name: str, where: tuple[str, str], seal: Seal) -> None:
        rule, base = self.world.hub.book.fields[name], seal.bases[where]
        now = next(r.values.get(name, MISSING) for r in customer.records if (r.system, r.id) == where)
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
        with world.hub.store.read() as conn:
            if (broken := audit.verify(conn)) is not None:
                self.fail("I19", f"the audit chain breaks at {broken}")

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
        for (system, id, name), (_, said) in self.said.items():
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
