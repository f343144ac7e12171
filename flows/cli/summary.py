"""What a person reads after a run: the overlap, the systems, the conflicts, and what needs them."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from flows.cli import preview
from flows.cli.screen import Shape, counted, many, table

_COLUMNS = ("system", "read#", "new#", "changed#", "gone#", "to write#", "written#", "not written", "as of")


def render(console: Console, run: Shape) -> None:
    """A run, from what came in to what a person has to do now."""
    preview.render(console, run["overlap"])
    console.print(
        table(f"Run {run['run']}: {run['kind']}, {run['state']}", _COLUMNS, map(_system, run["systems"]))
    )
    console.print()
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
    if run["quarantined"]:
        yield f"{many(len(run['quarantined']), 'record')} cannot be read: mend them in their system"
    if run["conflicts"]["open"]:
        yield f"{many(run['conflicts']['open'], 'open conflict')}: klantbeeld conflicts --group"
    if run["overlap"].get("ambiguous"):
        yield f"{many(run['overlap']['ambiguous'], 'record')} fit two customers and wait until they differ"


def _system(one: Shape) -> tuple[object, ...]:
    planned = one["planned"] or {}
    skipped = [counted(one["skipped"])] if one["skipped"] else []
    why = "; ".join([*skipped, *(["out"] if one["out"] else [])])
    as_of = (one["as_of"] or "")[:16].replace("T", " ")
    to_write = planned.get("updates", 0) + planned.get("creates", 0)
    read = (one[what] for what in ("read", "new", "changed", "gone"))
    return one["system"], *read, to_write, one["written"], why, as_of


def _classes(conflicts: Shape) -> Iterator[tuple[object, ...]]:
    for cls in sorted({*conflicts["by_class"], *conflicts["settled"], *conflicts["new"]}):
        yield cls, *(conflicts[what].get(cls, "") for what in ("by_class", "new", "settled"))
