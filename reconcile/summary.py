"""What a person reads about a run: what came in, what went out, what did not and why, and what is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconcile.escape import plain

_DONE = ("applied", "already")
_COLUMNS = ("System", "Read", "New", "Changed", "Gone", "Written", "Not written", "As of", "Out")


def summary_markdown(counts: Mapping[str, Any]) -> str:
    """A run's counts, as the store keeps them (flows.steps.Result.counts), as a page of markdown."""
    asks = [f"- {line}" for line in _asks(counts)] or ["- nothing"]
    lines = [f"| {' | '.join(cells)} |" for cells in _systems(counts)]
    head = [f"| {' | '.join(_COLUMNS)} |", f"|{' --- |' * len(_COLUMNS)}"]
    blocks = ("## What needs you", "\n".join(asks), "## Systems", "\n".join([*head, *lines]))
    return (
        "\n\n".join((*blocks, "## Customers", "\n".join(f"- {line}" for line in _customers(counts)))) + "\n"
    )


def _asks(counts: Mapping[str, Any]) -> Iterator[str]:
    guards: Sequence[str] = counts.get("guards", ())
    if guards:
        yield f"plan {counts['plan']} waits ({plain('; '.join(guards))}): `klantbeeld apply {counts['plan']}`"
    if number := counts.get("open_conflicts"):
        yield f"{number} open questions: `klantbeeld conflicts`"
    if number := counts.get("links", {}).get("ambiguous"):
        yield f"{number} records that may be one customer or another: `klantbeeld links`"
    if number := counts.get("quarantined"):
        yield f"{number} records that cannot be read: correct them in their system"
    for system, why in _out(counts).items():
        yield f"{plain(system)} is out: {plain(why)}"


def _out(counts: Mapping[str, Any]) -> dict[str, str]:
    pulled = {p["system"]: p["out"] for p in counts.get("pulls", ()) if p["out"]}
    return pulled | {name: p["out"] for name, p in counts.get("pushes", {}).items() if p["out"]}


def _systems(counts: Mapping[str, Any]) -> Iterator[list[str]]:
    pulls = {p["system"]: p for p in counts.get("pulls", ())}
    pushes, out = counts.get("pushes", {}), _out(counts)
    for name in dict.fromkeys([*pulls, *pushes]):
        pulled = pulls.get(name, {})
        outcomes = pushes.get(name, {}).get("outcomes", {})
        numbers = [str(pulled.get(what, 0)) for what in ("read", "new", "changed", "gone")]
        missed = ", ".join(f"{n} {what}" for what, n in sorted(outcomes.items()) if what not in _DONE and n)
        as_of = (pulled.get("as_of") or "")[:16].replace("T", " ")
        written = str(outcomes.get("applied", 0))
        yield [plain(name), *numbers, written, plain(missed), as_of, "yes" if name in out else ""]


def _customers(counts: Mapping[str, Any]) -> Iterator[str]:
    links, summary = counts.get("links", {}), counts.get("summary", {})
    yield f"{links.get('new', 0)} new, {sum(links.get('linked', {}).values())} records joined to others"
    for title, what in (("asked about", "conflicts"), ("settled by rule", "settled")):
        found = ", ".join(f"{n} {plain(cls)}" for cls, n in summary.get(what, {}).items())
        yield f"{title}: {found or 'nothing'}"
    if counts.get("guards"):
        yield f"{summary.get('writes', 0)} writes wait"
