"""`plan ID`: what a plan would write, what it costs and sets off, with examples; and saying no to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console

from flows import apply as applying
from flows import rejecting, undoing
from flows.cli import preview
from flows.cli.screen import Screen, Shape, counted, day, many, table
from flows.cli.values import shown
from flows.hub import Hub, open_hub
from flows.steps import NoSuchPlan
from reconcile.merge import Merged
from reconcile.state import plans
from reconcile.state.plans import StoredPlan
from reconcile.words import sentence

SAMPLES = 3
"""Changes shown for each field of each system."""


def explain(screen: Screen, id: int) -> int:
    """Tell what a stored plan would do. Raises NoSuchPlan."""
    with open_hub(screen.folder) as hub:
        screen.tell(_shape(hub, _stored(hub, id)), _render)
    return 0


def reject(screen: Screen, id: int, holds: Sequence[str], by: str, why: str) -> int:
    """Say no to a plan. Raises NoSuchPlan, NotRejected and LeaseHeld."""
    places = [(system, name or None) for system, _, name in (text.partition(".") for text in holds)]
    with open_hub(screen.folder) as hub:
        held = rejecting.reject(hub, _stored(hub, id), places, by, why)
    screen.tell({"plan": id, "state": "rejected", "held": held, "by": by}, _render_rejected)
    return 0


def _stored(hub: Hub, id: int) -> StoredPlan:
    with hub.store.read() as conn:
        stored = plans.get_plan(conn, id)
    if stored is None:
        raise NoSuchPlan(
            f"plan {id} does not exist; `klantbeeld plan` makes one, `klantbeeld runs` lists runs"
        )
    return stored


def _render_rejected(console: Console, told: Shape) -> None:
    console.print(f"plan {told['plan']} is rejected; nothing of it was written")
    for place, count in told["held"].items():
        console.print(f"  {place}: {many(count, 'customer')} keep what stands there")
    console.print("the next `klantbeeld sync` makes a new plan")


def _shape(hub: Hub, stored: StoredPlan) -> dict[str, Any]:
    summary = stored.summary
    open_still = stored.state in ("waiting", "proposed")
    return {
        "plan": stored.id,
        "state": stored.state,
        "run": stored.run,
        "made_at": stored.at,
        "customers": summary["customers"],
        "writes": summary["writes"],
        "withheld": summary["withheld"],
        "guards": [sentence(guard) for guard in summary.get("guards", [])],
        "conflicts": summary["conflicts"],
        "settled": summary["settled"],
        "systems": [{"system": name} | told for name, told in summary["systems"].items()],
        "samples": list(_samples(hub, stored)) if open_still else [],
        "undo": undone(summary["undo"]) if stored.undoes else None,
    }


REMOVED = ("archives", "deletes")
LEFT = ("customer", "system", "record", "field")


def undone(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Which run a plan undoes, and what of it stays as it is."""
    told = {
        what: [{name: one[name] for name in LEFT} | {"why": sentence(one["why"])} for one in summary[what]]
        for what in ("skipped", "impossible")
    }
    return {"run": summary["run"]} | told


def render_undone(console: Console, undo: Shape) -> None:
    """What of the run that is undone stays as it is."""
    for what, title in (("impossible", "Cannot be undone"), ("skipped", "Skipped")):
        rows = [
            (one["system"], one["record"] or "(new)", one["customer"], one["field"] or "(all)", one["why"])
            for one in undo[what]
        ]
        if rows:
            console.print(table(title, ("system", "record", "customer", "field", "why"), rows))
            console.print()


def _samples(hub: Hub, stored: StoredPlan) -> Iterator[dict[str, Any]]:
    """The first changes of each field of each system, read off the plan as it would be carried out."""
    wanted = Counter(dict.fromkeys(_counted(stored.summary["systems"]), SAMPLES))
    run = stored.undoes
    would = undoing.explain(hub, stored.id, run) if run else applying.explain(hub, stored.id)
    for merged in would:
        for change in _changes(hub, merged, "the run made it" if run else "gone elsewhere"):
            place = change["system"], change["field"] or change["what"]
            if wanted[place] > 0:
                wanted[place] -= 1
                yield change
        if not +wanted:
            return


def _counted(systems: Mapping[str, Shape]) -> dict[tuple[str, str], int]:
    """How many records are written, by (system, field), and taken away, by (system, archive or delete)."""
    counts = {(system, name): n for system, told in systems.items() for name, n in told["fields"].items()}
    removed = {(s, what[:-1]): told.get(what, 0) for s, told in systems.items() for what in REMOVED}
    return counts | {place: n for place, n in removed.items() if n}


def _changes(hub: Hub, merged: Merged, why: str) -> Iterator[dict[str, Any]]:
    """Each with its reason; `why` records are taken away."""
    records = {r.rid: r for r in merged.customer.records}
    name = preview.name_of(merged.customer, hub.book)
    for rid, wants in merged.wants.items():
        record = records[rid]
        for field, want in wants.items():
            rule = hub.book.rule(field)
            yield _change(merged, name, record.system, record.id, field) | {
                "from": shown(rule, want.expected),
                "to": shown(rule, want.desired),
            }
    for rid, action in merged.removals.items():
        record = records[rid]
        gone = {"what": action, "from": "", "to": "", "why": why}
        yield _change(merged, name, record.system, record.id, "") | gone
    for system, values in merged.creates.items():
        for field, value in values.items():
            made = {"what": "create", "from": "", "to": shown(hub.book.rule(field), value)}
            yield _change(merged, name, system, None, field) | made


def _change(merged: Merged, name: str, system: str, record: str | None, field: str) -> dict[str, Any]:
    held = merged.golden.get(field)
    return {
        "customer": merged.customer.id,
        "name": name,
        "system": system,
        "record": record,
        "field": field,
        "what": "update",
        "why": held.lineage.how if held else "",
    }


def _render(console: Console, plan: Shape) -> None:
    console.print(f"Plan {plan['plan']} is {plan['state']}; made {day(plan['made_at'])} by run {plan['run']}")
    for line in _facts(plan):
        console.print(f"  {line}")
    console.print()
    if plan["undo"]:
        render_undone(console, plan["undo"])
    if plan["systems"]:
        columns = ("system", "updates#", "creates#", "archives#", "deletes#", "clears#", "calls#", "sets off")
        console.print(table("What would be written", columns, map(_system, plan["systems"])))
        console.print()
        columns = ("system", "field", "how many#", "record", "customer", "from", "to", "why")
        title = f"Field by field, with {SAMPLES} examples of each at most"
        console.print(table(title, columns, _by_field(plan)))
        console.print()
    if plan["state"] in ("waiting", "proposed"):
        console.print(f"klantbeeld apply {plan['plan']} carries it out")
        console.print(
            f"klantbeeld plan {plan['plan']} --reject does not; --hold SYSTEM.FIELD keeps one as it is"
        )


def _facts(plan: Shape) -> Iterator[str]:
    if plan["undo"]:
        yield f"it takes back what run {plan['undo']['run']} wrote, where nobody changed it since"
    yield f"{many(plan['customers'], 'customer')} looked at, {many(plan['writes'], 'record')} to write"
    if plan["withheld"]:
        yield f"{many(plan['withheld'], 'value')} differ where the hub may not write (writes: none)"
    if plan["conflicts"]:
        yield f"questions it raises: {counted(plan['conflicts'])}"
    if plan["settled"]:
        yield f"differences that a rule settles: {counted(plan['settled'])}"
    for guard in plan["guards"]:
        yield f"guard: {guard}"


def _system(one: Mapping[str, Any]) -> tuple[object, ...]:
    calls = sum(one["requests"].values())
    sets_off = "; ".join(one["side_effects"]) or "nothing that is known"
    return (
        one["system"],
        one["updates"],
        one["creates"],
        one.get("archives", 0),
        one.get("deletes", 0),
        one["clears"],
        calls,
        sets_off,
    )


def _by_field(plan: Shape) -> Iterator[tuple[object, ...]]:
    """A line for each example; the first of each field says which and how many there are."""
    examples: dict[tuple[str, str], list[Shape]] = {}
    for one in plan["samples"]:
        examples.setdefault((one["system"], one["field"] or one["what"]), []).append(one)
    for (system, what), count in _counted({one["system"]: one for one in plan["systems"]}).items():
        lines = [_sample(one) for one in examples.get((system, what), ())] or [("", "", "", "", "")]
        yield system, what, count, *lines[0]
        yield from (("", "", "", *line) for line in lines[1:])


def _sample(one: Mapping[str, Any]) -> tuple[object, ...]:
    who = f"{one['name']} ({one['customer']})"
    gone = one["what"] in ("archive", "delete")
    before, after = ("", "") if gone else (one["from"] or "(empty)", one["to"] or "(empty)")
    return one["record"] or "(new)", who, before, after, one["why"]
