"""Sync as a Prefect flow: the steps of `flows.steps` as tasks, one per system where these work side by side.

No logic lives here. Parameters, names, logs and states hold names, ids and counts; customer values stand in
artifacts only.
"""

from __future__ import annotations

import os

# Before Prefect is imported, which would report home.
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")  # 20 fails on a busy machine

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed

from flows import artifacts, desk, steps
from flows.apply import Proposal
from flows.hub import open_hub
from flows.steps import Result
from reconcile.state.errors import LeaseHeld

T = TypeVar("T")


@runtime_checkable
class Counted(Protocol):
    """The report of a step."""

    def counts(self) -> dict[str, Any]: ...


@task(cache_policy=NO_CACHE, retries=0, persist_result=False, log_prints=False)
def work_on(system: str, work: Callable[[str], T]) -> T:
    """One step for one system."""
    answer = work(system)
    get_run_logger().info("%s", " ".join([system, *told(answer)]))
    return answer


@task(cache_policy=NO_CACHE, retries=0, persist_result=False, log_prints=False)
def work_once(step: str, work: Callable[[Callable[[int], None]], T]) -> T:
    """One step for all customers; a line of progress per page."""
    logger = get_run_logger()
    answer = work(lambda done: logger.info("%s: %d customers", step, done))
    logger.info("%s", " ".join([step, "done", *told(answer)]))
    return answer


class InPrefect:
    """Steps as Prefect tasks, systems side by side in threads."""

    def each(self, step: str, systems: Sequence[str], work: Callable[[str], T]) -> list[T]:
        named = work_on.with_options(name=step, task_run_name=step + "-{system}")
        return [future.result() for future in [named.submit(system, work) for system in systems]]

    def one(self, step: str, work: Callable[[Callable[[int], None]], T]) -> T:
        return work_once.with_options(name=step, task_run_name=step)(step, work)


def told(answer: object) -> list[str]:
    """The counts of a step's answer, for a line in the log."""
    if isinstance(answer, Proposal):
        return list(_numbers({"plan": answer.id, **answer.summary}))
    return list(_numbers(answer.counts())) if isinstance(answer, Counted) else []


def _numbers(counts: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for name, count in counts.items():
        if isinstance(count, Mapping):
            yield from _numbers(count, f"{above}{name}.")
        elif isinstance(count, int) and count:
            yield f"{above}{name}={count:d}"


@flow(
    name="sync",
    flow_run_name="sync-{entity}",
    retries=0,
    persist_result=False,
    log_prints=False,
)
def sync(
    project: str = ".",
    entity: str = "customer",
    dry_run: bool = False,
    full: bool = False,
    records: dict[str, list[str]] | None = None,
) -> State[dict[str, Any]]:
    """Bring all systems together: pull, link, propose and, if no guard objects, apply and push.

    Args:
        project: the project folder
        entity: what is synced
        dry_run: stop at the plan; nothing is written
        full: list everything, not only what changed
        records: read just these, by system and id, instead of asking what changed
    """
    with open_hub(Path(project), entity=entity) as hub:
        try:
            result = (
                steps.sync_some(hub, InPrefect(), records)
                if records
                else steps.sync(hub, InPrefect(), dry_run, full)
            )
        except LeaseHeld as held:
            return Cancelled(message=str(held), data=held)
        artifacts.publish(hub, result)
        ended = desk.ending(result, desk.language(hub))
    return Completed(message=ended, data=summary(result))


def summary(result: Result) -> dict[str, Any]:
    """A run in names, numbers and reasons."""
    return {
        "run": result.run,
        "kind": result.kind,
        "state": result.state,
        "hits": result.hits,
    } | result.counts()


def run_flow(
    folder: Path,
    entity: str = "customer",
    dry_run: bool = False,
    full: bool = False,
    records: dict[str, list[str]] | None = None,
) -> dict[str, Any]:
    """One flow run in this process, on the server of PREFECT_API_URL or a passing one; how it went.

    Raises what `flows.steps.sync` raises, LeaseHeld among it.
    """
    asked = {"entity": entity, "dry_run": dry_run, "full": full, "records": records or None}
    ended: Any = sync(project=str(folder), **asked, return_state=True)
    counts: dict[str, Any] = ended.result()
    return counts
