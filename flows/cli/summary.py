"""What a person reads after a run: the overlap, the systems, the conflicts, and what needs them."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from flows.cli import planned, preview
from flows.cli.screen import Shape, counted, day, many, table
from reconcile.freshness import late

_READ = ("read#", "new#", "changed#", "gone#")
_WRITTEN = ("to write#", "written#", "not written")


def render(console: Console, run: Shape) -> None:
    """A run, from what came in to what a person has to do now."""
    preview.render(console, run["overlap"])
    title = f"Run {run['run']}: {run['kind']}, {run['state']}"
    if "undo" in run:
        title += f", of run {run['undo']['run']}"
    if run["kind"] in ("apply", "undo"):
        console.print(
            table(title, ("system", *_WRITTEN), ((s["system"], *_written(s)) for s in run["systems"]))
        )
    else:
        console.print(table(title, ("system", *_READ, *_WRITTEN, "as of"), _system_lines(run)))
    console.print()
    if "undo" in run:
        planned.render_undone(console, run["undo"])
    if run["conflicts"]["by_class"] or run["conflicts"]["settled"]:
        console.print(
            table("Conflicts", ("class", "open#", "new#", "settled by rule#"), _classes(run["conflicts"]))
        )
        console.print()
    if run["quarantined"]:
        rows = ((one["system"], one["id"], one["reason"]) for one in run["quarantined"])
        console.print(
            table("Quarantined: left out until their system mends them", ("system", "id", "why"), rows)
        )
        console.print()
    console.print("What needs you")
    for line in needs(run):
        console.print(f"  {line}")


def needs(run: Shape) -> list[str]:
    """What a person has to do now, in lines; the last word when there is nothing."""
    return list(_needs(run)) or ["nothing"]


def _needs(run: Shape) -> Iterator[str]:
    for guard in run["guards"]:
        yield f"guard: {guard}"
    if run["guards"]:
        yield f"klantbeeld plan {run['plan']} shows the writes; klantbeeld apply {run['plan']} makes them"
    for system in run["systems"]:
        if system["out"]:
            yield f"{system['system']} was out; what is meant for it waits: {system['out']}"
        if system["skipped"].get("unknown"):
            unknown = many(system["skipped"]["unknown"], "write")
            yield f"{unknown} to {system['system']} of unknown fate: the next syncs find out"
    if run["rebased"]:
        yield f"read again under the changed mapping or types: {counted(run['rebased']['reread'])}"
        yield f"agreed before and differ now: {counted(run['rebased']['differences']) or 'none'}"
    if run["quarantined"]:
        yield f"{many(len(run['quarantined']), 'record')} cannot be read: mend them in their system"
    if run["dead"]:
        yield f"{many(run['dead'], 'write')} given up after many attempts: klantbeeld runs replay --dead"
    if run["conflicts"]["open"]:
        yield f"{many(run['conflicts']['open'], 'open conflict')}: klantbeeld conflicts --group"
    if run["overlap"].get("ambiguous"):
        yield f"{many(run['overlap']['ambiguous'], 'record')} fit two customers and wait until they differ"


def _system_lines(run: Shape) -> Iterator[tuple[object, ...]]:
    behind = late({one["system"]: one["as_of"] for one in run["systems"]})
    for one in run["systems"]:
        read = (one[what] for what in ("read", "new", "changed", "gone"))
        old = " (was out)" if one["as_of"] and one["system"] in behind else ""
        yield one["system"], *read, *_written(one), day(one["as_of"]) + old


def _written(one: Shape) -> tuple[object, ...]:
    planned = one["planned"] or {}
    skipped = [counted(one["skipped"])] if one["skipped"] else []
    why = "; ".join([*skipped, *(["out"] if one["out"] else [])])
    return planned.get("updates", 0) + planned.get("creates", 0), one["written"], why


def _classes(conflicts: Shape) -> Iterator[tuple[object, ...]]:
    for cls in sorted({*conflicts["by_class"], *conflicts["settled"], *conflicts["new"]}):
        yield cls, *(conflicts[what].get(cls, "") for what in ("by_class", "new", "settled"))
