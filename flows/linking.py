"""Link: which records belong to one customer. Cost follows the records that are new, not the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from flows.hub import Hub
from flows.reading import EXTERNALS
from reconcile.link import Facts, Linking
from reconcile.state import aliases, links
from reconcile.state.documents import decode_values
from reconcile.state.engine import Lease
from reconcile.state.links import NewLink

MERGED = "merged there"
"""The rule of a link that follows a record to the one it was merged into in its own system."""
BATCH = 1000
SAMPLES = 10


@dataclass(slots=True)
class LinkReport:
    """Who was found to be who. Counts, and a few records by system and id to look at."""

    linked: Counter[str] = field(default_factory=Counter)
    """Records that joined others, per rule."""
    new: int = 0
    """Customers minted."""
    doubles: Counter[str] = field(default_factory=Counter)
    """Records that are a second one of their customer, per system."""
    ambiguous: int = 0
    too_common: dict[str, int] = field(default_factory=dict)
    samples: dict[str, list[str]] = field(default_factory=dict)
    """"linked", "doubles", "ambiguous" → "system id" of a few."""

    def counts(self) -> dict[str, Any]:
        return {
            "linked": dict(sorted(self.linked.items())),
            "new": self.new,
            "doubles": dict(sorted(self.doubles.items())),
            "ambiguous": self.ambiguous,
            "too_common": self.too_common,
            "samples": self.samples,
        }

    def sample(self, what: str, fact: Facts) -> None:
        shown = self.samples.setdefault(what, [])
        if len(shown) < SAMPLES:
            shown.append(f"{fact.system} {fact.id}")


def link(hub: Hub, lease: Lease) -> LinkReport:
    """Give every new record its customer, or set it aside for a person when two answers are equally good."""
    report = LinkReport()
    with hub.store.write(lease) as conn:
        links.forget_provisional(conn, hub.entity)
        heirs = aliases.heirs(conn, hub.entity)
        links.save_links(
            conn, [NewLink(h.rid, h.customer, "secondary" if h.taken else "primary", MERGED) for h in heirs]
        )
        report.linked.update(MERGED for _ in heirs)
    with hub.store.read() as conn:
        components = _components(links.shared_keys(conn, hub.entity))
    for batch in _batches(components.values()):
        _link_batch(hub, lease, batch, report)
    with hub.store.read() as conn:
        alone = list(links.unlinked(conn, hub.entity))
    for start in range(0, len(alone), BATCH):
        _link_batch(hub, lease, [[rid] for rid in alone[start : start + BATCH]], report)
    return report


def _link_batch(hub: Hub, lease: Lease, components: Sequence[Sequence[int]], report: LinkReport) -> None:
    with hub.store.write(lease) as conn:
        rids = [rid for component in components for rid in component]
        facts = {f.rid: f for f in _facts(links.facts(conn, rids))}
        whole = _whole(conn, facts)
        found = Linking()
        for component in components:
            there = [facts[rid] for rid in component if rid in facts]
            whose = {f.customer for f in there if f.customer is not None}
            theirs = [f for id in whose for f in whole[id] if f.rid not in component]
            hub.linker.link([*there, *theirs], found)
        customers = links.mint(conn, hub.entity, found.groups)
        links.save_links(
            conn,
            [
                NewLink(
                    one.rid,
                    customers[one.group] if one.customer is None else one.customer,
                    one.role,
                    one.rule,
                )
                for one in found.links
            ],
        )
        links.mark_review(conn, found.ambiguous)
    _count(found, facts, report)


def _count(found: Linking, facts: dict[int, Facts], report: LinkReport) -> None:
    report.new += len(found.groups)
    report.ambiguous += len(found.ambiguous)
    for name, size in found.too_common.items():
        report.too_common[name] = max(size, report.too_common.get(name, 0))
    for rid in found.ambiguous:
        report.sample("ambiguous", facts[rid])
    for one in found.links:
        if one.rule != "new":
            report.linked[one.rule] += 1
            report.sample("linked", facts[one.rid])
        if one.role == "secondary":
            report.doubles[facts[one.rid].system] += 1
            report.sample("doubles", facts[one.rid])


def _whole(conn: Connection, facts: Mapping[int, Facts]) -> dict[int, list[Facts]]:
    """All records of the customers that are met: who joins one must fit them all."""
    whole: dict[int, list[Facts]] = {f.customer: [] for f in facts.values() if f.customer is not None}
    for fact in _facts(links.fellows(conn, list(whole))):
        if fact.customer is not None:
            whole[fact.customer].append(fact)
    return whole


def _facts(rows: Iterable[links.Facts]) -> Iterator[Facts]:
    for row in rows:
        if row.presence != "present":
            continue
        values = decode_values(row.canonical)
        known_as = values.pop(EXTERNALS, ())
        externals = known_as if isinstance(known_as, tuple) else ()
        yield Facts(row.rid, row.system, row.id, row.kind, values, row.customer, row.role, externals)


def _components(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    """Records that share a key, directly or through others, together; by their lowest number."""
    parent: dict[int, int] = {}

    def root(rid: int) -> int:
        while parent[rid] != rid:
            parent[rid] = parent[parent[rid]]
            rid = parent[rid]
        return rid

    first, last = 0, None
    for key, rid in pairs:
        parent.setdefault(rid, rid)
        if key != last:
            first, last = rid, key
            continue
        a, b = root(first), root(rid)
        if a != b:
            parent[max(a, b)] = min(a, b)
    groups: dict[int, list[int]] = {}
    for rid in sorted(parent):  # keys come in no order of theirs; neighbours share a page of the store
        groups.setdefault(root(rid), []).append(rid)
    return groups


def _batches(components: Iterable[list[int]]) -> Iterator[list[list[int]]]:
    """Whole components, about BATCH records at a time."""
    batch: list[list[int]] = []
    size = 0
    for component in components:
        batch.append(component)
        size += len(component)
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
