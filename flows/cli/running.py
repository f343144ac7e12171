"""`sync`, `plan` and `apply`: the runs that a person starts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from typing import Any

from config.loader import Project, load_project
from flows import desk, steps
from flows.cli import exits, planned, runs_shape, summary
from flows.cli.exits import UsageError
from flows.cli.progress import runner
from flows.cli.screen import Screen
from flows.hub import Hub, open_hub

ENTITY = "customer"
SERVER = "PREFECT_API_URL"


def sync(screen: Screen, dry_run: bool, full: bool, fail_on_conflicts: bool, only: Sequence[str] = ()) -> int:
    """One whole run, or one of `only` some records: as a Prefect flow where a server is named, else here."""
    records = _records(load_project(screen.folder, os.environ), only) if only else {}
    counts = _by_prefect(screen, dry_run, full, records) if os.environ.get(SERVER) else None
    with open_hub(screen.folder) as hub:
        if counts is None:
            run = runner(screen.progress)
            result = steps.sync_some(hub, run, records) if records else steps.sync(hub, run, dry_run, full)
            counts = runs_shape.counts_of(result)
        return _told(screen, hub, runs_shape.shape(hub, counts), fail_on_conflicts)


def sync_restored(screen: Screen) -> int:
    """The first run on a store that came from a backup."""
    with open_hub(screen.folder) as hub:
        return _done(screen, hub, steps.sync(hub, runner(screen.progress), restored=True))


def _records(project: Project, only: Sequence[str]) -> dict[str, list[str]]:
    """`SYSTEM:ID` texts by system. Raises UsageError."""
    records: dict[str, list[str]] = {}
    for text in only:
        system, _, id = text.partition(":")
        if system not in project.hub.systems or not id:
            known = ", ".join(project.hub.systems)
            raise UsageError(
                f"--only takes SYSTEM:ID, such as {known.split(',')[0]}:7; the systems are {known}"
            )
        records.setdefault(system, []).append(id)
    return records


def apply(screen: Screen, plan: int) -> int:
    """Carry out a plan that waited for approval."""
    with open_hub(screen.folder) as hub:
        return _done(screen, hub, steps.apply(hub, runner(screen.progress), plan))


def undo(screen: Screen, run: int, dry_run: bool) -> int:
    """Take back what a run wrote, where nobody changed it since."""
    with open_hub(screen.folder) as hub:
        return _done(screen, hub, steps.undo(hub, runner(screen.progress), run, dry_run))


def _done(screen: Screen, hub: Hub, result: steps.Result) -> int:
    shape = runs_shape.shape(hub, runs_shape.counts_of(result))
    return _told(screen, hub, shape | ({"undo": planned.undone(result.undo)} if result.undo else {}))


def _told(screen: Screen, hub: Hub, run: dict[str, Any], fail_on_conflicts: bool = False) -> int:
    code = exits.of_run(run, fail_on_conflicts)
    screen.tell(run | {"exit": code}, partial(summary.render, say=desk.language(hub)))
    return code


def _by_prefect(screen: Screen, dry_run: bool, full: bool, records: dict[str, list[str]]) -> dict[str, Any]:
    load_project(screen.folder, os.environ)  # mistakes in the files are told here, not in a log of Prefect's
    from flows.sync import run_flow  # Prefect takes seconds to import; nobody else waits for it

    kind = "plan" if dry_run else "part" if records else "sync"
    counts: dict[str, Any] = run_flow(screen.folder, ENTITY, dry_run, full, records)
    return counts | {"kind": kind}
