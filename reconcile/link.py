"""Who is who: source records that share what a link rule names belong to one customer.

Exact rules only: two records match by a rule when the match notation of every field in `when` is equal, they
are of one kind, and no condition in `unless` speaks against it. Clusters grow by the strongest rule first and
never across a contradiction or two known customers; where two answers are equally good, a person is asked.
The result does not depend on the order of the records.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import combinations
from typing import NamedTuple

from reconcile.policy import LinkRule
from reconcile.records import Customer, CustomerKind, Record, Role
from reconcile.types.base import SemanticType
from reconcile.values import BLANK, Value

TOO_COMMON = 20
"""A value that more records share than this says nothing about who they are: a switchboard, info@."""
EXTERNAL = "external id"


class Facts(NamedTuple):
    """What linking needs to know of one record."""

    rid: int
    system: str
    id: str
    kind: CustomerKind
    values: Mapping[str, Value]
    customer: int | None = None
    role: str | None = None
    externals: tuple[str, ...] = ()
    """Names "system\\0id" under which it is known: its own, and the ones it carries."""

    @property
    def place(self) -> tuple[str, int, str]:
        """Sorts ids of digits as numbers; the same for any order of reading."""
        return (self.system, len(self.id), self.id)


Matcher = tuple[str, Callable[[Value], str]]
"""A field of a rule, and its match notation."""
Edge = tuple[int, Facts, Facts]
"""(strength, a, b): two records that match by a rule."""


@dataclass(frozen=True, slots=True)
class Linked:
    """One record's place: with a known customer, or in new customer number `group` of this answer."""

    rid: int
    role: Role
    rule: str
    customer: int | None
    group: int


@dataclass(slots=True)
class Linking:
    """What linking found: links to make, customers to mint (their kinds), and what a person must see."""

    links: list[Linked] = field(default_factory=list)
    groups: list[CustomerKind] = field(default_factory=list)
    ambiguous: list[int] = field(default_factory=list)
    too_common: dict[str, int] = field(default_factory=dict)
    """Rule → how many records share one value of it, where that was more than TOO_COMMON."""


class Linker:
    """The link rules of a policy, compiled."""

    def __init__(self, rules: Sequence[LinkRule], types: Mapping[str, SemanticType]) -> None:
        self.rules = tuple(rules)
        self.types = types
        self._matchers = [[(name, types[name].match) for name in rule.when] for rule in rules]
        self._conditions = {u: _field_of(u) for rule in rules for u in rule.unless}
        self.watched = frozenset(self._conditions.values())
        """Fields whose edit makes a link be tested again."""

    def keys(self, kind: str, values: Mapping[str, Value], externals: Sequence[str] = ()) -> tuple[int, ...]:
        """One number for each rule this record can match by; equal numbers are looked at closer."""
        named = [f"{EXTERNAL}\0{name}" for name in externals]
        for place, text in self._texts(kind, values):
            named.append(f"{place}\0{text}")
        return tuple({_number(name) for name in named})

    def _texts(self, kind: str, values: Mapping[str, Value]) -> Iterable[tuple[int, str]]:
        for place, matchers in enumerate(self._matchers):
            if text := _text(matchers, kind, values):
                yield place, text

    def link(self, component: Sequence[Facts], into: Linking) -> None:
        """Place every unlinked record of a set that shares match keys, directly or through others."""
        facts = sorted(component, key=lambda f: f.place)
        plain = self._plain(facts)
        if plain and self._all_by_the_first_rule(facts):
            rule = self.rules[0].name if len(facts) > 1 else "new"
            _place(facts, dict.fromkeys((f.rid for f in facts), rule), into)
            return
        edges = self._edges(facts, plain, into)
        unsure = _torn(facts, edges)
        accepted, refused = self._grow(facts, _without(unsure, edges), plain)
        tied = _tied(accepted.edges, refused)
        if tied:
            unsure |= tied
            accepted, _ = self._grow(facts, _without(unsure, edges), plain)
        into.ambiguous += sorted(unsure)
        for cluster in accepted.clusters(f for f in facts if f.rid not in unsure):
            _place(cluster, accepted.rule_of, into)

    def _plain(self, facts: Sequence[Facts]) -> bool:
        """No condition tells any two apart, and one customer at most is known: nothing to weigh."""
        if len({f.kind for f in facts}) > 1 or len({f.customer for f in facts} - {None}) > 1:
            return False
        return not any(
            len({f.values.get(name) for f in facts}) > 1 and len({self._said(u, f.values) for f in facts}) > 1
            for u, name in self._conditions.items()
        )

    def _all_by_the_first_rule(self, facts: Sequence[Facts]) -> bool:
        """Nearly always: all match each other by the strongest rule, and nothing stronger is known of any."""
        if len(facts) == 1:
            return True
        if len(facts) > TOO_COMMON or not self._matchers or any(f.externals for f in facts):
            return False
        first, *others = facts
        text = _text(self._matchers[0], first.kind, first.values)
        return bool(text) and all(_text(self._matchers[0], f.kind, f.values) == text for f in others)

    def _edges(self, facts: Sequence[Facts], plain: bool, into: Linking) -> list[Edge]:
        """Strongest first: an external id is -1, a rule its place in the policy; `facts` are in order."""
        sharing: dict[tuple[int, str], list[Facts]] = defaultdict(list)
        for fact in facts:
            for name in fact.externals:
                sharing[-1, name].append(fact)
            for place, text in self._texts(fact.kind, fact.values):
                sharing[place, text].append(fact)
        edges = []
        for (place, _), group in sharing.items():
            if len(group) > TOO_COMMON:
                name = self._name(place)
                into.too_common[name] = max(into.too_common.get(name, 0), len(group))
                continue
            if plain:  # nearly always: who shares with the first shares with all
                edges += [(place, group[0], other) for other in group[1:]]
            else:
                edges += [(place, a, b) for a, b in combinations(group, 2) if self._agree(place, a, b)]
        order = {fact.rid: number for number, fact in enumerate(facts)}
        return sorted(edges, key=lambda e: (e[0], order[e[1].rid], order[e[2].rid]))

    def _grow(self, facts: Sequence[Facts], edges: Sequence[Edge], plain: bool) -> tuple[_Forest, list[Edge]]:
        forest = _Forest(facts)
        refused = []
        for strength, a, b in edges:
            left, right = forest.members(a.rid), forest.members(b.rid)
            if left is right:
                continue
            customers = {f.customer for f in left + right if f.customer is not None}
            if len(customers) > 1:
                continue  # perhaps two customers are one: a question for later, no reason to move a link
            if plain or all(self._agree(strength, x, y) for x in left for y in right):
                forest.join(strength, self._name(strength), a, b)
            else:
                refused.append((strength, a, b))
        return forest, refused

    def _name(self, place: int) -> str:
        return EXTERNAL if place < 0 else self.rules[place].name

    def _agree(self, place: int, a: Facts, b: Facts) -> bool:
        if a.kind != b.kind:
            return False
        unless = self.rules[place].unless if place >= 0 else ()
        return not any(self._against(u, a.values, b.values) for u in unless)

    def _against(self, unless: str, a: Mapping[str, Value], b: Mapping[str, Value]) -> bool:
        one, other = self._said(unless, a), self._said(unless, b)
        return one is not BLANK and other is not BLANK and one != other

    def _said(self, unless: str, values: Mapping[str, Value]) -> Hashable:
        """What a record says about a condition; BLANK for nothing."""
        name = self._conditions[unless]
        value = values.get(name)
        if value is BLANK:
            return BLANK
        return _initial(value) if unless == "other_initial" else self.types[name].key(value)

    def same(self, kind: str, a: Mapping[str, Value], b: Mapping[str, Value]) -> bool:
        """Does any rule say that two records of one kind are the same customer's?"""
        other = dict(self._texts(kind, b))
        return any(
            other.get(place) == text and not any(self._against(u, a, b) for u in self.rules[place].unless)
            for place, text in self._texts(kind, a)
        )

    def retest(self, customer: Customer) -> set[int]:
        """Rids of linked records whose newest edit contradicts the rest of their customer."""
        fired = set()
        for record in customer.records:
            if record.presence != "present" or record.held or _acknowledged(customer, record):
                continue
            edited = [n for n in self.watched if self._edited(record, n)]
            if edited and self._stands_apart(record, customer, edited):
                fired.add(record.rid)
        return fired

    def _edited(self, record: Record, name: str) -> bool:
        base = record.base.get(name)
        now = record.values.get(name)
        if base is None or now == base.value or now is BLANK or base.value is BLANK:
            return False
        return self.types[name].key(now) != self.types[name].key(base.value)

    def _stands_apart(self, record: Record, customer: Customer, edited: Sequence[str]) -> bool:
        conditions = {u for rule in self.rules for u in rule.unless if _field_of(u) in edited}
        others = [
            r for r in customer.records if r.rid != record.rid and r.presence == "present" and not r.held
        ]
        return any(self._against(u, record.values, other.values) for u in conditions for other in others)


class _Forest:
    """Clusters as they grow, and the edges that made them."""

    def __init__(self, facts: Sequence[Facts]) -> None:
        self._cluster = {f.rid: [f] for f in facts}
        self.edges: list[tuple[int, int, int]] = []
        self.rule_of: dict[int, str] = {}
        known: dict[int, list[Facts]] = {}
        for fact in facts:
            if fact.customer is not None:
                known.setdefault(fact.customer, []).append(fact)
        for members in known.values():
            for member in members:
                self._cluster[member.rid] = members

    def members(self, rid: int) -> list[Facts]:
        return self._cluster[rid]

    def join(self, strength: int, rule: str, a: Facts, b: Facts) -> None:
        joined = self._cluster[a.rid] + self._cluster[b.rid]
        for member in joined:
            self._cluster[member.rid] = joined
        self.edges.append((strength, a.rid, b.rid))
        for fact in (a, b):
            self.rule_of.setdefault(fact.rid, rule)

    def clusters(self, facts: Iterable[Facts]) -> list[list[Facts]]:
        wanted = {id(self._cluster[f.rid]): self._cluster[f.rid] for f in facts}
        return list(wanted.values())


def _without(unsure: set[int], edges: Sequence[Edge]) -> Sequence[Edge]:
    """The edges that touch none of these records."""
    return [e for e in edges if not unsure & {e[1].rid, e[2].rid}] if unsure else edges


def _torn(facts: Sequence[Facts], edges: Sequence[Edge]) -> set[int]:
    """Unlinked records whose strongest rule points at two known customers."""
    pulls: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for strength, a, b in edges:
        for one, other in ((a, b), (b, a)):
            if one.customer is None and other.customer is not None:
                pulls[one.rid][strength].add(other.customer)
    return {rid for rid, by_strength in pulls.items() if len(by_strength[min(by_strength)]) > 1}


def _tied(accepted: Sequence[tuple[int, int, int]], refused: Sequence[Edge]) -> set[int]:
    """Unlinked records with one edge taken and another, just as strong, refused for a contradiction."""
    taken = {(strength, rid) for strength, a, b in accepted for rid in (a, b)}
    return {
        f.rid
        for strength, a, b in refused
        for f in (a, b)
        if f.customer is None and (strength, f.rid) in taken
    }


def _place(cluster: Sequence[Facts], rule_of: Mapping[int, str], into: Linking) -> None:
    """Links for the unlinked members; one primary a system, the oldest link or the lowest id."""
    fresh = sorted((f for f in cluster if f.customer is None), key=lambda f: f.place)
    if not fresh:
        return
    customer = next((f.customer for f in cluster if f.customer is not None), None)
    taken = {f.system for f in cluster if f.customer is not None and f.role == "primary"}
    group = len(into.groups)
    if customer is None:
        into.groups.append(fresh[0].kind)
    for fact in fresh:
        role: Role = "secondary" if fact.system in taken else "primary"
        taken.add(fact.system)
        into.links.append(Linked(fact.rid, role, rule_of.get(fact.rid, "new"), customer, group))


def external_name(system: str, id: str) -> str:
    """How a record is known by its id in a system, to itself and to those that carry the id."""
    return f"{system}\0{id}"


def _acknowledged(customer: Customer, record: Record) -> bool:
    """A steward looked at this very revision of the record and said: the same."""
    seen = [h for h in customer.holds if h.reason == "seen: still the same customer?"]
    return any(h.system == record.system and h.version >= record.rev for h in seen)


def _text(matchers: Sequence[Matcher], kind: str, values: Mapping[str, Value]) -> str:
    """What a record must share with another to match it by a rule; "" when it cannot match by it."""
    said = [kind]
    for name, match in matchers:
        value = values.get(name)
        text = "" if value is BLANK else match(value)
        if not text:
            return ""
        said.append(text)
    return "\0".join(said)


def _field_of(unless: str) -> str:
    """`other_birth_date` is about birth_date; `other_initial` about given_name."""
    return "given_name" if unless == "other_initial" else unless.removeprefix("other_")


def _initial(value: Value) -> str:
    return str(value)[:1].casefold()


def _number(name: str) -> int:
    """64 bits, signed, so that any database can hold it."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
