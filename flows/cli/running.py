"""`sync`, `plan` and `apply`: the runs that a person starts."""

from __future__ import annotations

import os
from typing import Any

from config.loader import load_project
from flows import steps
from flows.cli import exits, planned, runs_shape, summary
from flows.cli.progress import runner
from flows.cli.screen import Screen
from flows.hub import Hub, open_hub

ENTITY = "customer"
SERVER = "PREFECT_API_URL"


def sync(screen: Screen, dry_run: bool, full: bool, fail_on_conflicts: bool) -> int:
    """One whole run: as a Prefect flow where a server is named, else here."""
    counts = _by_prefect(screen, dry_run, full) if os.environ.get(SERVER) else None
    with open_hub(screen.folder) as hub:
        if counts is None:
            result = steps.sync(hub, runner(screen.progress), dry_run, full)
            counts = runs_shape.counts_of(result)
        return _told(screen, runs_shape.shape(hub, counts), fail_on_conflicts)


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
    return _told(screen, shape | ({"undo": planned.undone(result.undo)} if result.undo else {}))


def _told(screen: Screen, run: dict[str, Any], fail_on_conflicts: bool = False) -> int:
    code = exits.of_run(run, fail_on_conflicts)
    screen.tell(run | {"exit": code}, summary.render)
    return code


def _by_prefect(screen: Screen, dry_run: bool, full: bool) -> dict[str, Any]:
    load_project(screen.folder, os.environ)  # mistakes in the files are told here, not in a log of Prefect's
    from flows.sync import run_flow  # Prefect takes seconds to import; nobody else waits for it

    kind = "plan" if dry_run else "sync"
    counts: dict[str, Any] = run_flow(screen.folder, ENTITY, dry_run, full)
    return counts | {"kind": kind}
