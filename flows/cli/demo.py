"""`demo`: a company's four systems, what is wrong with them, and whether the hub finds each thing once.

The only place of the product that knows the sandbox, which knows the truth about what it made up.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from flows import desk, steps
from flows.cli import asking, runs_shape, summary
from flows.cli.exits import DONE, UNEXPECTED, UsageError
from flows.cli.progress import runner
from flows.cli.questions import rows_shape
from flows.cli.screen import Screen, Shape, many, table
from flows.hub import Hub, open_hub
from reconcile.records import Conflict
from reconcile.state import conflicts
from sandbox.demo import TRUTH, Truth, edit, make_demo
from sandbox.plant import Phase
from sandbox.score import lost_values, score, unarrived
from sandbox.tables import snapshot

PREFECT = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
    "PREFECT_LOGGING_LEVEL": "WARNING",
}
"""A server that lives as long as the demo, says little, and tells nobody about it."""
SHOWN = 15


def demo(screen: Screen, folder: Path, customers: int, seed: int) -> int:
    """Make the demo, sync it three times, and compare what was found with what was planted."""
    _empty(folder)
    _prefer_own_prefect(folder)
    screen.say(f"Four systems of a company that does not exist, with {customers} customers, in {folder}")
    try:
        truth = make_demo(folder, seed, customers)
    except ValueError as error:
        raise UsageError(str(error)) from None
    first = _first_sync(screen, folder)
    scores = _scores(folder, truth, "first")
    screen.say("\nUsers go on working: they edit, blank, delete and mistype in all four systems.")
    edit(folder)
    before = snapshot(folder)
    second = _second_sync(screen, folder)
    scores += _scores(folder, truth, "second")
    after = snapshot(folder)
    third = _third_sync(screen, folder)
    shape = {
        "folder": str(folder),
        "customers": customers,
        "seed": seed,
        "runs": [*first, *second, third],
        "scores": scores,
        "not_arrived": len(unarrived(truth, after)),
        "blanked": len(lost_values(before, after)),
        "written_again": third["written"],
        "notation": {
            "pairs": len(truth.notation),
            "kinds": len({kind for pair in truth.notation for kind in pair["kinds"]}),
        },
    }
    passed = _passed(shape)
    screen.tell(shape | {"passed": passed}, _render)
    return DONE if passed else UNEXPECTED


def _empty(folder: Path) -> None:
    """Make the folder ready to be filled: it is new, or empty, or an earlier demo, whose memory goes."""
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / TRUTH).is_file():
        raise UsageError(f"{folder} is not empty and is no demo; name another folder: klantbeeld demo DIR")
    for store in folder.glob("klantbeeld.db*"):
        store.unlink()


def _prefer_own_prefect(folder: Path) -> None:
    """Before Prefect is imported, which reads its settings once."""
    os.environ.update(PREFECT, PREFECT_HOME=str((folder / ".prefect").resolve()))
    os.environ.pop("PREFECT_API_URL", None)


def _first_sync(screen: Screen, folder: Path) -> list[dict[str, Any]]:
    """The first sync stops at the guard and shows the overlap; then its plan is applied."""
    screen.say("\nFirst sync: who is who, and what would be written")
    with open_hub(folder) as hub:
        return _approved(screen, hub, _shape(hub, steps.sync(hub, runner(screen.progress))))


def _second_sync(screen: Screen, folder: Path) -> list[dict[str, Any]]:
    """This one runs as a Prefect flow, with its reports as artifacts."""
    screen.say("\nSecond sync, as a Prefect flow on a server of its own (its start takes some seconds)")
    from flows.sync import run_flow  # Prefect takes seconds to import; it reads its settings when it is

    counts = run_flow(folder) | {"kind": "sync"}
    with open_hub(folder) as hub:
        ran = _approved(screen, hub, runs_shape.shape(hub, counts))
        with hub.store.read() as conn:
            rows = desk.shown(hub, conn, conflicts.list_open(conn, hub.entity))
            draw = partial(asking.render_rows, language=desk.language(hub), age=desk.age(hub, conn))
    screen.say("")
    screen.tell_people(rows_shape(rows[:SHOWN], len(rows)), draw)
    return ran


def _approved(screen: Screen, hub: Hub, ran: dict[str, Any]) -> list[dict[str, Any]]:
    """A run, and when a guard stopped it, the one that carries its plan out."""
    render = partial(summary.render, say=desk.language(hub))
    screen.tell_people(ran, render)
    if not ran["guards"]:
        return [ran]
    screen.say(f"\nklantbeeld apply {ran['plan']}")
    applied = _shape(hub, steps.apply(hub, runner(screen.progress), ran["plan"]))
    screen.tell_people(applied, render)
    return [ran, applied]


def _third_sync(screen: Screen, folder: Path) -> dict[str, Any]:
    screen.say("\nThird sync: nobody changed anything, so nothing is written")
    with open_hub(folder) as hub:
        told = _shape(hub, steps.sync(hub, runner(screen.progress)))
    screen.say(f"{many(told['written'], 'record')} written")
    return told


def _shape(hub: Hub, result: steps.Result) -> dict[str, Any]:
    return runs_shape.shape(hub, runs_shape.counts_of(result))


def _scores(folder: Path, truth: Truth, phase: Phase) -> list[dict[str, Any]]:
    """Planted against what was found until now, per class."""
    with open_hub(folder) as hub, hub.store.read() as conn:
        found = [_found(conflict) for conflict in conflicts.list_found(conn, hub.entity)]
    return [{"phase": phase, **_named(one._asdict())} for one in score(truth, found, phase)]


def _named(row: dict[str, Any]) -> dict[str, Any]:
    return {"class": row.pop("cls"), **row}


def _found(conflict: Conflict) -> dict[str, Any]:
    records: dict[str, list[str]] = {}
    for candidate in conflict.candidates:
        for system, record, _ in candidate.claimants:
            if system:
                records.setdefault(system, []).append(record)
    return {"class": conflict.cls, "field": conflict.field, "system": conflict.system, "records": records}


def _passed(shape: Shape) -> bool:
    exact = all(row["planted"] == row["found"] and not row["false"] for row in shape["scores"])
    return exact and not (shape["blanked"] or shape["not_arrived"] or shape["written_again"])


def _render(console: Console, shape: Shape) -> None:
    console.print()
    columns = ("sync", "class", "planted#", "found#", "false#")
    rows = (
        (row["phase"], row["class"], row["planted"], row["found"], row["false"]) for row in shape["scores"]
    )
    console.print(table("What was planted, and what the hub found", columns, rows))
    console.print()
    for line in _verdict(shape):
        console.print(line)


def _verdict(shape: Shape) -> Iterator[str]:
    written = "values that two systems write differently and that mean the same"
    yield f"{written}: {shape['notation']['pairs']} pairs of {shape['notation']['kinds']} kinds"
    yield f"values emptied by the hub: {shape['blanked']}"
    yield f"lone edits that did not arrive: {shape['not_arrived']}"
    yield f"writes of the third sync: {shape['written_again']}"
    if shape["passed"]:
        yield "Everything planted was found exactly once, and nothing else."
    else:
        yield "Not everything was as planted: see the table above."
    yield f"Look around: klantbeeld conflicts --project {shape['folder']}"
