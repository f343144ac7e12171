"""What a person reads after a run: the overlap, the systems, the conflicts, and what needs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Console

from flows.cli import planned, preview
from flows.cli.screen import Shape, counted, day, table
from reconcile.freshness import late
from reconcile.words import Language, number, word

_READ = ("read#", "new#", "changed#", "gone#")
_WRITTEN = ("to write#", "written#", "not written")


def render(console: Console, run: Shape, say: Language = "en") -> None:
    """A run, from what came in to what a person has to do now."""
    preview.render(console, run["overlap"], say)
    what = {name: word(run[name], say) for name in ("kind", "state")}
    title = word("Run {run}: {kind}, {state}", say).format(run=run["run"], **what)
    if "undo" in run:
        title += word(", of run {run}", say).format(run=run["undo"]["run"])
    if run["kind"] in ("apply", "undo"):
        lines = ((s["system"], *_written(s, say)) for s in run["systems"])
        console.print(table(title, _named(("system", *_WRITTEN), say), lines))
    else:
        columns = _named(("system", *_READ, *_WRITTEN, "as of"), say)
        console.print(table(title, columns, _system_lines(run, say)))
    console.print()
    if "undo" in run:
        planned.render_undone(console, run["undo"])
    if run["withdrawals"]:
        console.print(withdrawn(run["withdrawals"], say))
        console.print()
    if run["conflicts"]["by_class"] or run["conflicts"]["settled"]:
        columns = _named(("class", "open#", "new#", "settled by rule#"), say)
        console.print(table(word("Conflicts", say), columns, _classes(run["conflicts"], say)))
        console.print()
    if run["quarantined"]:
        rows = ((one["system"], one["id"], one["reason"]) for one in run["quarantined"])
        title = word("Quarantined: left out until their system mends them", say)
        console.print(table(title, _named(("system", "id", "why"), say), rows))
        console.print()
    console.print(word("What needs you", say))
    for line in needs(run, say):
        console.print(f"  {line}")


def needs(run: Shape, say: Language = "en") -> list[str]:
    """What a person has to do now, in lines; the last word when there is nothing."""
    return list(_needs(run, say)) or [word("nothing", say)]


def withdrawn(systems: Mapping[str, int], say: Language) -> str:
    """How many withdrawals went ahead of the plan."""
    text = word("withdrawn consents, ended ahead of everything else: {systems}", say)
    return text.format(systems=counted(systems, say))


def _needs(run: Shape, say: Language) -> Iterator[str]:
    for guard in run["guards"]:
        yield f"{word('guard', say)}: {guard}"
    if run["guards"]:
        text = word("klantbeeld plan {plan} shows the writes; klantbeeld apply {plan} makes them", say)
        yield text.format(plan=run["plan"])
        if would := sum(run["conflicts"]["new"].values()):
            one = "it would open 1 question: klantbeeld conflicts shows it already"
            more = "it would open {count} questions: klantbeeld conflicts shows them already"
            yield number(would, one, more, say)
    if run["moved"]:
        one = "1 customer changed since the plan was made, was left out and is planned anew"
        more = "{count} customers changed since the plan was made, were left out and are planned anew"
        yield number(run["moved"], one, more, say)
    for system in run["systems"]:
        yield from _of_system(system, say)
    if run["rebased"]:
        reread, differ = (counted(run["rebased"][what], say) for what in ("reread", "differences"))
        yield f"{word('read again under the changed mapping or types', say)}: {reread or word('none', say)}"
        yield f"{word('agreed before and differ now', say)}: {differ or word('none', say)}"
        if unreadable := run["rebased"]["unreadable"]:
            one = "1 record cannot be read under it"
            yield number(unreadable, one, "{count} records cannot be read under it", say)
    if run["quarantined"]:
        one = "1 record cannot be read: mend it in its system"
        more = "{count} records cannot be read: mend them in their system"
        yield number(len(run["quarantined"]), one, more, say)
    if run["dead"]:
        one = "1 write given up after many attempts: klantbeeld runs replay --dead"
        more = "{count} writes given up after many attempts: klantbeeld runs replay --dead"
        yield number(run["dead"], one, more, say)
    if run["conflicts"]["open"]:
        one = "1 open conflict: klantbeeld conflicts --group"
        yield number(
            run["conflicts"]["open"], one, "{count} open conflicts: klantbeeld conflicts --group", say
        )
    if run["overlap"].get("ambiguous"):
        one = "1 record fits two customers and waits until they differ"
        more = "{count} records fit two customers and wait until they differ"
        yield number(run["overlap"]["ambiguous"], one, more, say)


def _of_system(system: Shape, say: Language) -> Iterator[str]:
    if system["out"]:
        text = word("{system} was out; what is meant for it waits: {why}", say)
        yield text.format(system=system["system"], why=system["out"])
    if unknown := system["skipped"].get("unknown"):
        one = "1 write to {system} of unknown fate: the next syncs find out"
        more = "{count} writes to {system} of unknown fate: the next syncs find out"
        yield number(unknown, one, more, say, system=system["system"])


def _system_lines(run: Shape, say: Language) -> Iterator[tuple[object, ...]]:
    behind = late({one["system"]: one["as_of"] for one in run["systems"]})
    for one in run["systems"]:
        read = (one[what] for what in ("read", "new", "changed", "gone"))
        old = f" ({word('was out', say)})" if one["as_of"] and one["system"] in behind else ""
        yield one["system"], *read, *_written(one, say), day(one["as_of"]) + old


def _written(one: Shape, say: Language) -> tuple[object, ...]:
    planned = one["planned"] or {}
    skipped = [counted(one["skipped"], say)] if one["skipped"] else []
    why = "; ".join([*skipped, *([word("out", say)] if one["out"] else [])])
    wanted = sum(planned.get(what, 0) for what in ("updates", "creates", "archives", "deletes"))
    return wanted, one["written"], why


def _classes(conflicts: Shape, say: Language) -> Iterator[tuple[object, ...]]:
    for cls in sorted({*conflicts["by_class"], *conflicts["settled"], *conflicts["new"]}):
        yield word(cls, say), *(conflicts[what].get(cls, "") for what in ("by_class", "new", "settled"))


def _named(columns: tuple[str, ...], say: Language) -> list[str]:
    return [word(name, say) for name in columns]
