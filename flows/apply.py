"""Propose and apply: P1 and P2 of the push protocol. A transaction holds whole customers, a page of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from flows.consent import consider, with_bounces
from flows.entries import Numbers, mention, store_entries
from flows.hub import Hub
from reconcile import questions
from reconcile.merge import Choice, Merged, merge
from reconcile.plan import GuardHit, Plan, describe, fingerprint, guard
from reconcile.records import Candidate, Conflict, Customer
from reconcile.rulebook import Stamp
from reconcile.state import audit, conflicts, customers, plans, standing
from reconcile.state.audit import Event
from reconcile.state.customers import RecordState
from reconcile.state.engine import Lease

PAGE = 500
"""Customers per transaction."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A finished plan, its place in the store, and the limits it goes over."""

    id: int
    plan: Plan
    hits: tuple[GuardHit, ...]
    summary: Mapping[str, Any]


Progress = Callable[[int], None]


def propose(
    hub: Hub, lease: Lease, run: int, progress: Progress = lambda done: None, part: bool = False
) -> Proposal:
    """P1: everything that follows from what was observed; nothing but the plan itself is stored.

    The guards of a run of a part count what such runs wrote since the last whole one.
    """
    plan, stamp = Plan(), hub.stamp(run)
    with hub.store.read() as conn:
        for page in _pages(hub, conn):
            marks = {customer.id: fingerprint(customer, hub.book) for customer in page}
            for one in consider(hub, conn, [merge(customer, hub.book, stamp) for customer in page]):
                plan.add(one, marks[one.customer.id])
            progress(plan.customers)
        hits = guarded(hub, conn, plan, plans.of_parts(conn, hub.entity, run) if part else ())
    summary = describe(plan, hub.book) | {"guards": [hit.text for hit in hits]}
    with hub.store.write(lease) as conn:
        state: plans.PlanState = "waiting" if hits else "proposed"
        id = plans.save_plan(conn, hub.entity, run, plan.hash, stamp.text, state, summary, plan.items)
        plans.replace_waiting(conn, hub.entity, id)
    return Proposal(id, plan, hits, summary)


def guarded(
    hub: Hub, conn: Connection, plan: Plan, earlier: Iterable[Mapping[str, Any]] = ()
) -> tuple[GuardHit, ...]:
    """Every limit the plan goes over; records are counted only for a plan that is over a limit in numbers."""
    plan = plan.counted_with(earlier) if plan.writes or plan.conflicts else plan
    new = standing.new_systems(conn, hub.entity, hub.systems)
    hits = guard(plan, hub.book, {}, new)
    return tuple(guard(plan, hub.book, standing.linked_counts(conn, hub.entity), new) if hits else ())


def explain(hub: Hub, plan: int) -> Iterator[Merged]:
    """What a stored plan would do, customer by customer; those whose inputs moved on are left out."""
    with hub.store.read() as conn:
        for marks, page in _planned(hub, conn, plan):
            fits = [c for c in page if fingerprint(c, hub.book) == marks[c.id]]
            yield from consider(hub, conn, [merge(c, hub.book, hub.stamp(0)) for c in fits])


def apply(hub: Hub, lease: Lease, run: int, plan: int, progress: Progress = lambda done: None) -> int:
    """P2: write the plan's decisions down, page by page. Returns how many customers had moved on.

    A customer whose inputs changed since is left for the next proposal. Safe to repeat after a crash: what
    was applied has a new revision and no longer fits the plan.
    """
    moved, done, after = 0, 0, 0
    stamp = hub.stamp(run)
    while True:
        with hub.store.write(lease) as conn:
            items = plans.plan_items(conn, plan, after, PAGE)
            if not items:
                plans.set_plan_state(conn, plan, "applied")
                return moved
            marks, after = dict(items), items[-1][0]
            page = _retested(hub, load(hub, conn, list(marks)))
            fits = [c for c in page if fingerprint(c, hub.book) == marks[c.id]]
            moved += len(items) - len(fits)
            commit(hub, conn, lease, stamp, [merge(customer, hub.book, stamp) for customer in fits])
        done += len(items)
        progress(done)


def commit(hub: Hub, conn: Connection, lease: Lease, stamp: Stamp, page: Sequence[Merged]) -> None:
    """Store what was decided about whole customers: golden, bases, holds, questions, outbox, audit."""
    page = consider(hub, conn, page)
    news = [one for one in page if _says_something(one)]
    numbers = Numbers(conn, stamp.text)
    for one in news:
        mention(one, numbers)
    numbers.look_up()
    _store_questions(hub, conn, stamp, news, numbers)
    store_entries(hub, conn, lease, stamp, news, numbers)
    customers.save_customers(conn, [_customer(one) for one in news])
    customers.save_record_state(conn, [state for one in page for state in _record_states(one)])
    standing.hold_links(conn, [r.rid for one in news for r in one.customer.records if r.held])
    audit.append(conn, [event for one in news for event in _events(one, stamp, numbers)])


def decide(
    hub: Hub, conn: Connection, lease: Lease, stamp: Stamp, choices: Mapping[int, Sequence[Choice]]
) -> None:
    """Carry out stewards' choices, by customer, in the caller's transaction."""
    page = load(hub, conn, sorted(choices))  # not tested again: the answer may be about just that
    merged = [merge(c, hub.book, stamp, choices[c.id]) for c in page]
    # Nothing is taken away without approval: the next plan says what is to go.
    commit(hub, conn, lease, stamp, [replace(one, removals={}) for one in merged])


def _store_questions(
    hub: Hub, conn: Connection, stamp: Stamp, page: Iterable[Merged], numbers: Numbers
) -> None:
    opened: list[Conflict] = []
    closing: list[tuple[int, Any]] = []
    updated: list[Conflict] = []
    for one in page:
        new, changed, ended = questions.compare(one.customer, one.questions, one.closing)
        opened += [_conflict(one, question, stamp, numbers) for question in new]
        updated += [_updated(one, before, question, stamp, numbers) for before, question in changed]
        closing += [(conflict.id, state) for conflict, state in ended]
    ids = conflicts.insert_conflicts(conn, hub.entity, opened)
    settled = [(id, c.state) for id, c in zip(ids, opened, strict=True) if c.state != "open"]
    standing.date_closed(conn, [id for id, _ in settled], stamp.run, stamp.text)
    conflicts.update_conflicts(conn, updated)
    conflicts.close_conflicts(conn, closing, stamp.run, stamp.text)


def _conflict(one: Merged, question: questions.Question, stamp: Stamp, numbers: Numbers) -> Conflict:
    numbered = tuple(
        replace(c, value_id=numbers.of(one.customer.id, question.field, c.value)) for c in question.candidates
    )
    opening = questions.as_conflict(question, one.customer.id, stamp.text, stamp.run)
    return replace(opening, candidates=numbered, fingerprint=_candidates_mark(numbered))


def _updated(
    one: Merged, before: Conflict, question: questions.Question, stamp: Stamp, numbers: Numbers
) -> Conflict:
    return replace(
        _conflict(one, question, stamp, numbers),
        id=before.id,
        opened_at=before.opened_at,
        opened_run=before.opened_run,
    )


def _candidates_mark(candidates: Sequence[Candidate]) -> str:
    """Changes when a candidate comes or goes, or another system shows it. Numbers only, never values."""
    shown = sorted((c.value_id, *(f"{s}/{r}" for s, r, _ in c.claimants)) for c in candidates)
    return sha256(repr(shown).encode()).hexdigest()[:16]


def _says_something(one: Merged) -> bool:
    before = one.customer
    return bool(
        one.bases
        or one.claims
        or one.wants
        or one.creates
        or one.removals
        or one.took
        or one.golden is not before.golden
        or one.questions
        or before.conflicts
        or one.holds != before.holds
        or before.rev == 0
        or any(r.held for r in before.records)
    )


def _customer(one: Merged) -> Customer:
    return replace(one.customer, rev=one.customer.rev + 1, golden=one.golden, holds=one.holds)


def _record_states(one: Merged) -> Iterator[RecordState]:
    for record in one.customer.records:
        base = one.bases.get(record.rid, record.base)
        yield RecordState(record.rid, base, one.claims.get(record.rid, record.claims))


def _events(one: Merged, stamp: Stamp, numbers: Numbers) -> Iterator[Event]:
    """How golden moved: by field the version, by what, the source that says so, and the value before."""
    if one.took:
        took = {name: _move(one, name, how, numbers) for name, how in one.took.items()}
        yield Event(stamp.text, stamp.run, "golden", one.customer.id, detail={"fields": took})


def _move(one: Merged, name: str, how: str, numbers: Numbers) -> list[Any]:
    now, before = one.golden[name], one.customer.golden.get(name)
    older = [numbers.of(one.customer.id, name, before.value)] if before else []
    return [now.version, how, now.lineage.system, now.lineage.record, *older]


def _pages(hub: Hub, conn: Connection) -> Iterator[list[Customer]]:
    after = 0
    while ids := customers.touched(conn, hub.entity, after, PAGE):
        after = ids[-1]
        yield _retested(hub, load(hub, conn, ids))


def _planned(hub: Hub, conn: Connection, plan: int) -> Iterator[tuple[dict[int, str], list[Customer]]]:
    after = 0
    while items := plans.plan_items(conn, plan, after, PAGE):
        after = items[-1][0]
        yield dict(items), _retested(hub, load(hub, conn, [id for id, _ in items]))


def load(hub: Hub, conn: Connection, ids: Sequence[int]) -> list[Customer]:
    """These customers, with what is known of their addresses; systems that the project names no more have no
    say. A record that was not found once cannot be read now, and keeps its part in what is open."""
    page = customers.load(conn, ids)
    for customer in page:
        for record in customer.records:
            if record.system not in hub.book.systems:
                record.presence = "archived"
            elif record.presence == "invisible":
                record.presence, record.pending = "present", True
    if hub.book.consents:
        with_bounces(hub, conn, page)
    return page


def _retested(hub: Hub, page: list[Customer]) -> list[Customer]:
    """Hold the links whose newest edit contradicts them (sync-semantics §13)."""
    if not hub.linker.watched:
        return page
    for customer in page:
        fired = hub.linker.retest(customer)
        for record in customer.records:
            record.held = record.held or record.rid in fired
    return page
