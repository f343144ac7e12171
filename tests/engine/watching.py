"""Watches a world: what golden was, what was asked, and every write at the moment it takes effect."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field

import orjson
from sqlalchemy import select

from reconcile.records import Conflict, Customer
from reconcile.resolve import Base
from reconcile.state import conflicts, customers, refs
from reconcile.state.tables import conflict as conflict_table
from reconcile.state.tables import customer as customer_table
from reconcile.state.tables import outbox as outbox_table
from reconcile.values import BLANK, CLEAR, MISSING, Golden, Seen
from tests.engine.systems import NAMES, Effect
from tests.engine.world import World


class Violation(AssertionError):
    """An invariant does not hold."""


Place = tuple[int, str]
"""(customer, field)"""


@dataclass(slots=True)
class Seal:
    """How a field stood when everybody showed golden and nothing was open: a lone edit must be taken."""

    golden: Golden
    bases: dict[tuple[str, str], Base] = field(default_factory=dict)


class Watcher:
    """Sees all that happens in one world."""

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
        self.said: dict[tuple[str, str, str], Seen] = {}
        self.superseded: dict[tuple[str, str, str], Hashable] = {}
        self.seen_edits = 0
        self.known: dict[int, Conflict] = {}
        self.seals: dict[Place, Seal] = {}
        self.told: dict[Place, tuple[Hashable, frozenset[tuple[str, str]]]] = {}
        """Fields on which there is nothing to ask and no news: (golden, the records)."""
        self.part: defaultdict[int, set[tuple[str, str]]] = defaultdict(set)
        """By conflict, the records that ever said something else than golden in it."""
        self.windows = 0
        self.moved: dict[Place, int] = {}
        """The versions of golden at the last look."""
        self.replaced: list[tuple[int, str, tuple[str, str], Seen]] = []
        """(customer, field, (system, id), value) that our writes replaced since the last look."""
        self.overs: list[tuple[Effect, bool]] = []
        """Writes that went over an edit in the window, and whether the system leaves a trace of that."""
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
        if row.state != "sending" and not effect.late:
            self.fail("I13", f"{where} was written while its entry was {row.state}")
        frozen = {c.field for c in customer.conflicts if not c.system}
        frozen |= {h.field for h in customer.holds if h.system in (effect.system, "*") and h.field}
        fields = {f for f in orjson.loads(row.fields) if set(NAMES[f]) & effect.change.payload.keys()}
        if fields & frozen and not effect.late:
            self.fail("I11", f"{where}: {sorted(fields & frozen)} was written under a conflict or a hold")
        before = values.get(row.before, {})
        over = [n for n in effect.change.payload if effect.before.get(n) != before.get(n)]
        for name in over:
            written = effect.late or (effect.system, effect.id, name) in self.world.window
            if not written:
                self.fail("I3", f"{where}: {name} was overwritten and not recorded")
        if over:
            self.world.inside[effect.system] += 1
            self.overs.append(
                (effect, self.world.systems[effect.system].capabilities("customer").counts_writes)
            )
        self.world.window |= {(effect.system, effect.id, name) for name in over}
        for name in fields:
            was = hub.mappings[effect.system].read(effect.before)[1].get(name, MISSING)
            self.replaced.append((customer.id, name, (effect.system, effect.id), was))
            blank = not any(effect.after.get(part) for part in NAMES[name])
            if (
                blank
                and any(effect.before.get(p) for p in NAMES[name])
                and CLEAR not in self.golden[customer.id, name]
            ):
                self.fail("I7", f"{where}: {name} was emptied without a wish to empty it")
        self.checks["writes"] += 1
