"""A plan: all that a run would write, before anything is written.

A plan stores which customers it touches and the fingerprint of what it was made from, never a value: `merge`
is pure, so the same inputs give the same writes again when the plan is applied.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from math import ceil
from typing import Any

from reconcile.merge import Merged
from reconcile.records import Customer
from reconcile.rulebook import Rulebook, SystemTerms
from reconcile.values import BLANK
from reconcile.words import told


def fingerprint(customer: Customer, book: Rulebook) -> str:
    """Of all that a merge reads: revisions, links and the rulebook; no value takes part."""
    told = [book.digest, str(customer.id), str(customer.rev), customer.status]
    told += [
        f"{r.rid}.{r.rev}.{r.epoch}.{r.role}.{r.presence}.{r.pending}.{r.held}" for r in customer.records
    ]
    told += [f"{name} {at}" for name, back in customer.bounced.items() for at in back.values()]
    return sha256("|".join(told).encode()).hexdigest()[:32]


@dataclass(slots=True)
class Tally:
    """What would be written in one system, counted."""

    updates: int = 0
    creates: int = 0
    clears: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    archives: int = 0
    deletes: int = 0

    @property
    def writes(self) -> int:
        return self.updates + self.creates + self.removals

    @property
    def removals(self) -> int:
        return self.archives + self.deletes


@dataclass(slots=True)
class Plan:
    """The writes of one run, counted per system, and the questions it raises."""

    systems: dict[str, Tally] = field(default_factory=dict)
    items: list[tuple[int, str]] = field(default_factory=list)
    """(customer, fingerprint of its inputs), in the order of ids."""
    conflicts: Counter[str] = field(default_factory=Counter)
    """New disagreements and questions, per class."""
    settled: Counter[str] = field(default_factory=Counter)
    losses: Counter[str] = field(default_factory=Counter)
    """New losses, per system."""
    gone: Counter[str] = field(default_factory=Counter)
    """Customers that newly left, per system."""
    withheld: int = 0
    customers: int = 0

    @property
    def writes(self) -> int:
        return sum(tally.writes for tally in self.systems.values())

    @property
    def hash(self) -> str:
        """The same inputs give the same hash, whatever the order they came in."""
        return sha256("\n".join(f"{c} {f}" for c, f in sorted(self.items)).encode()).hexdigest()[:32]

    def add(self, merged: Merged, mark: str) -> None:
        """Take one customer's consequences into the count."""
        self.customers += 1
        self.items.append((merged.customer.id, mark))
        self.withheld += merged.withheld
        self._count_questions(merged)
        systems = {r.rid: r.system for r in merged.customer.records}
        for rid, wants in merged.wants.items():
            tally = self.systems.setdefault(systems[rid], Tally())
            tally.updates += 1
            tally.fields.update(wants.keys())
            tally.clears += any(want.desired is BLANK for want in wants.values())
        self.gone.update(merged.gone)
        for rid, action in merged.removals.items():
            tally = self.systems.setdefault(systems[rid], Tally())
            tally.archives += action == "archive"
            tally.deletes += action == "delete"
        for system, values in merged.creates.items():
            tally = self.systems.setdefault(system, Tally())
            tally.creates += 1
            tally.fields.update(values.keys())

    def counted_with(self, earlier: Iterable[Mapping[str, Any]]) -> Plan:
        """What the guards count of many small plans: this one and the earlier ones, by their descriptions."""
        both = Plan(losses=self.losses, gone=self.gone, conflicts=Counter(self.conflicts))
        both.systems = {name: replace(t, fields=Counter(t.fields)) for name, t in self.systems.items()}
        for summary in earlier:
            both.conflicts.update(summary["conflicts"])
            for name in both.systems.keys() & summary["systems"].keys():
                tally, told = both.systems[name], summary["systems"][name]
                tally.updates += told["updates"]
                tally.creates += told["creates"]
                tally.clears += told["clears"]
                tally.fields.update(told["fields"])
        return both

    def _count_questions(self, merged: Merged) -> None:
        known = {(c.field, c.system) for c in merged.customer.conflicts}
        for question in merged.questions:
            if question.state != "open":
                self.settled[question.cls] += 1
            elif (question.field, question.system) not in known:
                self.conflicts[question.cls] += 1
                if question.cls == "loss":
                    self.losses[question.system] += 1


def requests(tally: Tally, terms: SystemTerms) -> dict[str, int]:
    """What a system's writes cost in calls: reading before, sending, reading back."""
    reads = ceil((tally.updates + tally.removals) / terms.fetch_batch)
    sends = ceil(tally.writes / terms.write_batch)
    back = 0 if terms.returns_record else ceil(tally.writes / terms.fetch_batch)
    return {"read": reads, "search": tally.creates, "write": sends, "read back": back}


def describe(plan: Plan, book: Rulebook) -> dict[str, Any]:
    """The plan in numbers, as the store keeps it and a person reads it; no customer values."""
    return {
        "customers": plan.customers,
        "writes": plan.writes,
        "withheld": plan.withheld,
        "conflicts": dict(sorted(plan.conflicts.items())),
        "settled": dict(sorted(plan.settled.items())),
        "systems": {
            name: _described(tally, book.systems[name]) for name, tally in sorted(plan.systems.items())
        },
    }


def _described(tally: Tally, terms: SystemTerms) -> dict[str, Any]:
    return {
        "updates": tally.updates,
        "creates": tally.creates,
        "clears": tally.clears,
        "archives": tally.archives,
        "deletes": tally.deletes,
        "fields": dict(sorted(tally.fields.items())),
        "requests": requests(tally, terms),
        "side_effects": list(terms.side_effects) if tally.writes else [],
    }


_ONE = {
    "approval": "one waits for approval",
    "first sync": "one first sync",
    "removals": "one removal",
}
"""What needs a person however few there are, and how one of it is told."""


@dataclass(frozen=True, slots=True)
class GuardHit:
    """A limit that the plan goes over: a person has to look."""

    guard: str
    system: str
    count: int
    limit: int

    @property
    def text(self) -> str:
        """What a person reads, once `reconcile.words` has made a sentence of it."""
        if one := _ONE.get(self.guard):
            return told(one if self.count == 1 else self.guard, self.system, self.count)
        if self.guard == "cannot be undone":
            return told(self.guard, self.system, self.count)
        of, _, changed = self.guard.partition("writes of ")
        what = told("writes of", changed) if changed else of
        return told("limit", self.system or "hub", self.count, what, self.limit)


def guard(plan: Plan, book: Rulebook, linked: Mapping[str, int], first: Iterable[str]) -> list[GuardHit]:
    """Every limit that this plan goes over.

    `linked`: linked records per system; `first`: the systems that never agreed on anything yet.
    """
    hits: list[GuardHit] = []
    new = set(first)
    for name in sorted(plan.systems.keys() | plan.losses.keys() | plan.gone.keys()):
        tally = plan.systems.get(name, Tally())
        if tally.removals:
            hits.append(GuardHit("removals", name, tally.removals, 0))
        if tally.writes and (name in new or not linked.get(name)):
            hits.append(GuardHit("first sync", name, tally.writes, 0))
        elif tally.writes and book.systems[name].writes == "ask":
            hits.append(GuardHit("approval", name, tally.writes, 0))
        else:
            hits += _over(name, tally, plan, book, linked.get(name, 0))
    if not new:
        hits += _limit(
            "new conflicts", "", plan.conflicts.total(), book.guards.conflicts, sum(linked.values())
        )
    return hits


def _over(name: str, tally: Tally, plan: Plan, book: Rulebook, linked: int) -> list[GuardHit]:
    guards = book.guards
    hits = _limit("updates", name, tally.updates, guards.updates, linked)
    hits += _limit("creates", name, tally.creates, guards.creates, linked)
    hits += _limit("clears and new losses", name, tally.clears + plan.losses[name], guards.clears, linked)
    hits += _limit("deletions", name, plan.gone[name] + tally.removals, guards.deletes, linked)
    for changed, count in sorted(tally.fields.items()):
        hits += _limit(f"writes of {changed}", name, count, guards.one_field, linked)
    return hits


def _limit(what: str, system: str, count: int, limit: tuple[int, int], linked: int) -> list[GuardHit]:
    number, percent = limit
    most = max(number, linked * percent // 100)
    return [GuardHit(what, system, count, most)] if count > most else []
