"""The order of the steps. The same plain functions stand behind the commands and the Prefect flows.

A `Runner` says how a step is carried out: here, one after the other and the systems side by side in
threads; in `flows.sync`, as Prefect tasks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, TypeVar

from flows import apply as applying
from flows import linking, rebasing, recover, restoring, undoing, withdrawals
from flows.apply import Proposal
from flows.heap import frugal
from flows.hub import Hub, leased
from flows.pull import PullReport, pull
from flows.push import push
from flows.pushed import PushReport
from flows.rereading import reread
from reconcile import times
from reconcile.errors import HubError
from reconcile.state import conflicts, outbox, plans, quarantine, runs, standing, systems
from reconcile.state.engine import Lease
from reconcile.state.runs import RunKind, RunState

ROUNDS = 4
"""A write that came too late is proposed again; after so many rounds the next sync goes on."""

T = TypeVar("T")


class Runner(Protocol):
    """How steps are carried out, and where progress shows."""

    def each(self, step: str, systems: Sequence[str], work: Callable[[str], T]) -> list[T]:
        """Do `work` for every system, side by side; the answers in the same order."""
        ...

    def one(self, step: str, work: Callable[[Callable[[int], None]], T]) -> T:
        """Do one step; it tells how many customers are done."""
        ...


class Plainly:
    """Steps in this process, systems in threads."""

    def each(self, step: str, systems: Sequence[str], work: Callable[[str], T]) -> list[T]:
        if len(systems) < 2:
            return [work(system) for system in systems]
        with ThreadPoolExecutor(len(systems), thread_name_prefix=step) as pool:
            return list(pool.map(work, systems))

    def one(self, step: str, work: Callable[[Callable[[int], None]], T]) -> T:
        return work(lambda done: None)


@dataclass(slots=True)
class Result:
    """How a run went. Counts and reasons; no customer values."""

    run: int
    kind: RunKind
    state: RunState = "running"
    pulls: list[PullReport] = field(default_factory=list)
    links: dict[str, Any] = field(default_factory=dict)
    plan: int | None = None
    plan_summary: dict[str, Any] = field(default_factory=dict)
    hits: list[str] = field(default_factory=list)
    """Guards that stopped the plan."""
    sent: dict[str, PushReport] = field(default_factory=dict)
    pushes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The counts of `sent`."""
    recovered: dict[str, int] = field(default_factory=dict)
    rebased: dict[str, Any] = field(default_factory=dict)
    """What a changed mapping or type made mean something else."""
    open_conflicts: int = 0
    quarantined: int = 0
    undo: dict[str, Any] = field(default_factory=dict)
    """Which run was undone, and what of it stays."""
    withdrawals: dict[str, int] = field(default_factory=dict)
    """By system the records in which a withdrawn consent was ended, ahead of the plan."""
    moved: int = 0
    """Customers that were left out of the plan, because they changed since it was made."""
    dead: int = 0
    """Writes that wait for a person: see `flows.replaying`."""
    digest: str = ""

    @property
    def out(self) -> dict[str, str]:
        """Systems that failed, and why."""
        pulled = {p.system: p.out for p in self.pulls if p.out}
        return pulled | {name: p["out"] for name, p in self.pushes.items() if p["out"]}

    @property
    def written(self) -> int:
        """Records written in other systems."""
        return sum(p["outcomes"].get("applied", 0) for p in self.pushes.values())

    def counts(self) -> dict[str, Any]:
        """As the store keeps it."""
        return {
            "pulls": [p.counts() for p in self.pulls],
            "links": self.links,
            "plan": self.plan,
            "summary": self.plan_summary,
            "guards": self.hits,
            "pushes": self.pushes,
            "written": self.written,
            "recovered": self.recovered,
            "rebased": self.rebased,
            "undo": {what: len(one) if isinstance(one, list) else one for what, one in self.undo.items()},
            "open_conflicts": self.open_conflicts,
            "quarantined": self.quarantined,
            "withdrawals": self.withdrawals,
            "moved": self.moved,
            "dead": self.dead,
            "digest": self.digest,
        }


class NoSuchPlan(HubError):
    """There is no plan of that number that waits to be applied."""


class NoSuchRun(HubError):
    """There is no run of that number."""


def sync(
    hub: Hub, runner: Runner, dry_run: bool = False, full: bool = False, restored: bool = False
) -> Result:
    """One whole run: recover, pull, link, propose, and if no guard objects, apply and push.

    `restored`: the store came from a backup, and every link is looked at as at a first sync. Raises LeaseHeld
    when another run is under way, and Restored when the store came from a backup and nobody said so.
    """
    with _run(hub, "plan" if dry_run else "sync", restored) as (lease, result):
        if restored:
            restoring.begin(hub, lease, result.run)
        _know_systems(hub, lease)
        result.rebased = rebasing.rebase_all(hub, lease).counts()
        if not dry_run:
            result.recovered = recover.recover(hub, lease, result.run)
        result.pulls = runner.each(
            "pull", hub.systems, lambda system: pull(hub, lease, result.run, system, full)
        )
        if not dry_run:
            _find_creates(hub, lease, result)
        result.links = runner.one("link", lambda _: linking.link(hub, lease)).counts()
        if restored:
            restoring.believe(hub, lease, result.run)
        _touch_after_change(hub, lease, result)
        _touch_aged(hub, lease, result.run)
        _rounds(hub, lease, runner, result, dry_run)
    return result


def sync_some(
    hub: Hub, runner: Runner, records: Mapping[str, Sequence[str]], systems: Collection[str] = ()
) -> Result:
    """A run of a part: these records, by system, are read by id, and these systems asked what changed.

    It goes on as `sync` does. Only while a plan waits for approval none is made, so that the one a person
    looks at stays valid; withdrawals of consent wait for nothing. Raises LeaseHeld.
    """
    with _run(hub, "part") as (lease, result):
        _know_systems(hub, lease)
        result.rebased = rebasing.rebase_all(hub, lease).counts()
        result.recovered = recover.recover(hub, lease, result.run)
        result.pulls = runner.each(
            "read", list(records), lambda system: reread(hub, lease, result.run, system, records[system])
        )
        result.pulls += runner.each(
            "pull", list(systems), lambda system: pull(hub, lease, result.run, system)
        )
        _find_creates(hub, lease, result)
        result.links = runner.one("link", lambda _: linking.link(hub, lease)).counts()
        with hub.store.read() as conn:
            waiting = plans.newest_waiting(conn, hub.entity)
        if waiting is None:
            _rounds(hub, lease, runner, result, dry_run=False)
        else:
            _withdraw(hub, lease, runner, result)
            result.plan, result.plan_summary = waiting.id, waiting.summary
            result.hits = list(waiting.summary["guards"])
    return result


def apply(hub: Hub, runner: Runner, plan: int) -> Result:
    """Carry out a plan that waited for approval. Raises NoSuchPlan and LeaseHeld."""
    with hub.store.read() as conn:
        stored = plans.get_plan(conn, plan)
    if stored is None or stored.state not in ("waiting", "proposed"):
        state = f"is {stored.state}" if stored else "does not exist"
        raise NoSuchPlan(
            f"plan {plan} {state}; `klantbeeld plan` makes a new one, `klantbeeld runs` lists them"
        )
    with _run(hub, "apply") as (lease, result):
        result.recovered = recover.recover(hub, lease, result.run)
        result.plan, result.plan_summary = plan, stored.summary
        if stored.undoes is not None:
            _take_back(hub, lease, runner, result, plan, stored.undoes)
            return result
        _apply(hub, lease, runner, result, plan)
        _push(hub, lease, runner, result)
        _rounds(hub, lease, runner, result, dry_run=False)
    return result


def undo(hub: Hub, runner: Runner, run: int, dry_run: bool = False) -> Result:
    """Take back what a run wrote, where it is still what the run left, unless a guard objects.

    Raises NoSuchRun, and LeaseHeld when another run is under way.
    """
    with hub.store.read() as conn:
        if runs.get_run(conn, run) is None:
            raise NoSuchRun(f"run {run} does not exist; `klantbeeld runs` lists them")
    with _run(hub, "undo") as (lease, result):
        if not dry_run:
            result.recovered = recover.recover(hub, lease, result.run)
        proposal: Proposal = runner.one(
            "look back", lambda progress: undoing.propose(hub, lease, result.run, run, progress)
        )
        result.plan, result.plan_summary = proposal.id, dict(proposal.summary)
        result.undo = result.plan_summary["undo"]
        result.hits = [hit.text for hit in proposal.hits]
        if not (dry_run or proposal.hits):
            _take_back(hub, lease, runner, result, proposal.id, run)
    return result


def _take_back(hub: Hub, lease: Lease, runner: Runner, result: Result, plan: int, run: int) -> None:
    result.undo = result.plan_summary["undo"]
    runner.one("undo", lambda progress: undoing.apply(hub, lease, result.run, plan, run, progress))
    _push(hub, lease, runner, result)


def _rounds(hub: Hub, lease: Lease, runner: Runner, result: Result, dry_run: bool) -> None:
    """Propose, apply, push, until nothing is left that this run can do."""
    for turn in range(ROUNDS):
        if not dry_run:
            _withdraw(hub, lease, runner, result)
        proposal: Proposal = runner.one(
            "propose",
            lambda progress: applying.propose(hub, lease, result.run, progress, result.kind == "part"),
        )
        first = turn == 0 and result.kind != "apply"
        if first or proposal.hits:
            result.plan, result.plan_summary = proposal.id, dict(proposal.summary)
        result.hits = [hit.text for hit in proposal.hits]
        if dry_run or proposal.hits:
            return
        _apply(hub, lease, runner, result, proposal.id)
        pushed = _push(hub, lease, runner, result)
        if not proposal.plan.items and not pushed:
            return


def _apply(hub: Hub, lease: Lease, runner: Runner, result: Result, plan: int) -> None:
    moved = runner.one("apply", lambda progress: applying.apply(hub, lease, result.run, plan, progress))
    result.moved += moved


def _withdraw(hub: Hub, lease: Lease, runner: Runner, result: Result) -> None:
    """Withdrawals first, and at once: no guard, hold or approval stands in their way."""
    if not hub.book.consents:
        return
    if systems := runner.one("withdraw", lambda _: withdrawals.queue(hub, lease, result.run)):
        reports = runner.each("unsubscribe", systems, lambda s: push(hub, lease, result.run, s, urgent=True))
        for report in reports:
            if report.written:
                before = result.withdrawals.get(report.system, 0)
                result.withdrawals[report.system] = before + report.written
        _tally(result, reports)


def _find_creates(hub: Hub, lease: Lease, result: Result) -> None:
    """Before anything is linked: a record that is ours would get a customer of its own."""
    found = recover.find_creates(hub, lease, result.run)
    result.recovered = dict(Counter(result.recovered) + Counter(found))


def _push(hub: Hub, lease: Lease, runner: Runner, result: Result) -> bool:
    """Did any write meet its fate? Then something was read, and that may be news."""
    writing = [s for s in hub.systems if hub.book.systems[s].writes != "none"]
    reports = runner.each("push", writing, lambda s: push(hub, lease, result.run, s))
    _tally(result, reports)
    return any(report.outcomes for report in reports)


def _tally(result: Result, reports: Sequence[PushReport]) -> None:
    for report in reports:
        whole = result.sent.setdefault(report.system, PushReport(report.system))
        whole.add(report)
        result.pushes[report.system] = whole.counts()


def _know_systems(hub: Hub, lease: Lease) -> None:
    """A system with another name is the one it was; the records of one that left are set aside."""
    with hub.store.read() as conn:
        known = systems.known_systems(conn, hub.entity)
    names = {entry.was: name for name, entry in hub.project.hub.systems.items() if entry.was}
    if known <= set(hub.systems):
        return
    with hub.store.write(lease) as conn:
        for old, new in names.items():
            if old in known and new not in known:
                systems.rename(conn, hub.entity, old, new)
        systems.archive_removed(conn, hub.entity, hub.systems)


def _touch_after_change(hub: Hub, lease: Lease, result: Result) -> None:
    """Other rules or terms: every customer is looked at again; who agrees stays as it is."""
    result.digest = hub.book.digest
    with hub.store.write(lease) as conn:
        earlier = [r.counts.get("digest") for r in runs.list_runs(conn, 50) if r.counts.get("digest")]
        if earlier and earlier[0] != result.digest:
            standing.touch_all(conn, hub.entity)


def _touch_aged(hub: Hub, lease: Lease, run: int) -> None:
    """On the first run of a day: values become old while nobody changes anything."""
    ages = {rule.max_age for rule in hub.book.fields.values() if rule.max_age}
    if not ages:
        return
    with hub.store.write(lease) as conn:
        before = runs.last_sync(conn, hub.entity, run)
        last = times.moment(before.started_at) if before else None
        if last is not None and last.date() < hub.clock().date():
            for age in ages:
                standing.touch_aged(conn, hub.entity, _midnight(last, age), _midnight(hub.clock(), age))


def _midnight(moment: datetime, age: timedelta) -> str:
    return times.iso(moment.replace(hour=0, minute=0, second=0, microsecond=0) - age)


@contextmanager
def _run(hub: Hub, kind: RunKind, restored: bool = False) -> Iterator[tuple[Lease, Result]]:
    """A run, from its row in the store to its end: done, partial, stopped, failed or interrupted."""
    with leased(hub, restored) as lease, frugal():
        with hub.store.write(lease) as conn:
            result = Result(runs.start_run(conn, kind, hub.entity, lease.token, hub.now), kind)
        ended: RunState | Literal[""] = "interrupted"
        try:
            yield lease, result
            ended = ""
        except Exception:
            ended = "failed"
            raise
        finally:
            result.state = ended or _state(result)
            _end(hub, lease, result)


def _end(hub: Hub, lease: Lease, result: Result) -> None:
    with hub.store.write(lease) as conn:
        result.open_conflicts = conflicts.count_open(conn, hub.entity)
        result.quarantined = quarantine.count_waiting(conn, hub.entity)
        result.dead = outbox.count_dead(conn, hub.entity)
        runs.end_run(conn, result.run, result.state, result.counts(), hub.now)


def _state(result: Result) -> RunState:
    if result.hits:
        return "stopped"
    return "partial" if result.out or result.quarantined else "done"
