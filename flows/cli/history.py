"""`runs`: what the hub did."""

from __future__ import annotations

import os
from contextlib import closing
from typing import Any

from rich.console import Console

from config.loader import load_project
from flows import replaying
from flows.cli.exits import DONE, UsageError
from flows.cli.screen import Screen, Shape, day, table
from flows.hub import open_hub, utc_now
from flows.steps import NoSuchRun
from reconcile.state import outbox, runs
from reconcile.state.engine import Store, open_store
from reconcile.state.outbox import Entry
from reconcile.state.runs import Run
from reconcile.words import sentence

ENTITY = "customer"
COUNTED = ("plan", "written", "new_conflicts", "settled_conflicts", "decisions", "open_conflicts")


def tell(screen: Screen, which: str | None, limit: int) -> int:
    """The newest runs, or one run."""
    with _store(screen) as store:
        if which is None:
            with store.read() as conn:
                newest, dead = runs.list_runs(conn, limit), outbox.dead(conn, ENTITY)
            told = {"runs": [_short(run) for run in newest], "dead": [_letter(one) for one in dead]}
            screen.tell(told, _render_all)
            return DONE
        return _one(screen, store, which)


def replay(screen: Screen, id: str | None, all_dead: bool) -> int:
    """Let dead letters be sent again. Raises NoSuchLetter, LeaseHeld."""
    if (id is None) != all_dead or (id is not None and not id.isdecimal()):
        raise UsageError("give the number of a dead letter, or --dead for all; `klantbeeld runs` lists them")
    with open_hub(screen.folder) as hub:
        again = replaying.replay(hub, None if id is None else [int(id)])
    screen.tell({"replayed": [_letter(one) for one in again]}, _render_replayed)
    return DONE


def _store(screen: Screen) -> closing[Store]:
    project = load_project(screen.folder, os.environ)
    return closing(open_store(project.state_url, utc_now))


def _one(screen: Screen, store: Store, which: str) -> int:
    if not which.isdecimal():
        raise UsageError("a run is a number, or the word audit; `klantbeeld runs` lists them")
    with store.read() as conn:
        run = runs.get_run(conn, int(which))
    if run is None:
        raise NoSuchRun(f"run {which} does not exist; `klantbeeld runs` lists them")
    screen.tell(_short(run) | {"counts": run.counts}, _render_run)
    return DONE


def _short(run: Run) -> dict[str, Any]:
    return {
        "run": run.id,
        "kind": run.kind,
        "state": run.state,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "plan": run.counts.get("plan"),
        "written": run.counts.get("written", 0),
        "open_conflicts": run.counts.get("open_conflicts"),
        "new_conflicts": _told(run, "conflicts"),
        "settled_conflicts": _told(run, "settled"),
        "decisions": run.counts.get("decisions", 0),
    }


def _letter(one: Entry) -> dict[str, Any]:
    told = {"letter": one.id, "system": one.system, "record": one.record, "customer": one.customer}
    told |= {"action": one.action, "fields": sorted(one.fields), "attempts": one.attempts}
    return told | {"run": one.run, "since": one.at, "why": one.detail}


def _told(run: Run, what: str) -> int:
    """How many questions a run raised, or settled by rule; none while its plan only waits."""
    if run.kind == "plan" or run.state == "stopped":
        return 0
    return sum(run.counts.get("summary", {}).get(what, {}).values())


def _render_all(console: Console, shape: Shape) -> None:
    _render_runs(console, shape)
    if shape["dead"]:
        console.print()
        lines = map(_letter_line, shape["dead"])
        console.print(table("Dead letters: given up, until you replay them", LETTER, lines))
        console.print("klantbeeld runs replay LETTER sends one again, --dead instead of a number all of them")


LETTER = ("letter#", "system", "record", "customer#", "fields", "since", "why")


def _letter_line(one: Shape) -> tuple[object, ...]:
    place = (one["letter"], one["system"], one["record"] or "(new)", one["customer"])
    return (*place, ", ".join(one["fields"]), day(one["since"]), one["why"])


def _render_replayed(console: Console, shape: Shape) -> None:
    if shape["replayed"]:
        console.print(table("The next sync sends these again", LETTER, map(_letter_line, shape["replayed"])))
    else:
        console.print("there are no dead letters")


def _render_runs(console: Console, shape: Shape) -> None:
    if not shape["runs"]:
        console.print("no runs yet; `klantbeeld sync` makes the first")
        return
    columns = (
        "run#",
        "kind",
        "state",
        "started",
        "ended",
        "plan#",
        "written#",
        "new#",
        "settled#",
        "decided#",
        "open#",
    )
    console.print(table("", columns, map(_line, shape["runs"])))


def _line(run: Shape) -> tuple[object, ...]:
    told = ("" if run[what] is None else run[what] for what in COUNTED)
    return run["run"], run["kind"], run["state"], day(run["started_at"]), day(run["ended_at"]), *told


def _render_run(console: Console, run: Shape) -> None:
    _render_runs(console, {"runs": [run]})
    console.print()
    console.print(table("Counts", ("what", ""), sorted(_flat("", run["counts"]))))


def _flat(path: str, counts: Any) -> list[tuple[str, str]]:
    """Nested counts as lines, empty ones left out."""
    if isinstance(counts, dict):
        return [line for name, one in counts.items() for line in _flat(f"{path}.{name}".lstrip("."), one)]
    if isinstance(counts, list) and any(isinstance(one, dict) for one in counts):
        named = [(one.get("system", str(place)), one) for place, one in enumerate(counts)]
        return [line for name, one in named for line in _flat(f"{path}.{name}", one)]
    if isinstance(counts, list):
        counts = ", ".join(sentence(str(one)) for one in counts)
    return [(path, str(counts))] if counts not in (None, "", 0, []) else []
