"""A run as `sync`, `plan` and `apply` report it: one shape, whether it ran here or as a Prefect flow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from flows import desk
from flows.cli import preview
from flows.hub import Hub
from flows.steps import Result
from reconcile.state import conflicts, quarantine
from reconcile.words import sentence

Counts = Mapping[str, Any]


def counts_of(result: Result) -> dict[str, Any]:
    """What a Prefect flow of the same run would answer."""
    return result.counts() | {"run": result.run, "kind": result.kind, "state": result.state}


def shape(hub: Hub, counts: Counts) -> dict[str, Any]:
    """Everything a person or a program asks about a run that just ended."""
    with hub.store.read() as conn:
        asked = Counter(c.cls for c in conflicts.list_open(conn, hub.entity))
        aside = quarantine.waiting(conn, hub.entity)
        as_of = desk.as_of(hub, conn)
    summary = counts["summary"]
    return {
        "run": counts["run"],
        "kind": counts["kind"],
        "state": counts["state"],
        "plan": counts["plan"],
        "guards": [sentence(guard, desk.language(hub)) for guard in counts["guards"]],
        "written": counts["written"],
        "withdrawals": counts.get("withdrawals", {}),
        "systems": [_system(name, counts) | {"as_of": as_of[name]} for name in hub.systems],
        "conflicts": {
            "open": asked.total(),
            "by_class": dict(sorted(asked.items())),
            "new": summary.get("conflicts", {}),
            "settled": summary.get("settled", {}),
        },
        "rebased": counts.get("rebased", {}),
        "recovered": counts.get("recovered", {}),
        "moved": counts.get("moved", 0),
        "overlap": preview.shape(hub, counts["links"]),
        "dead": counts.get("dead", 0),
        "quarantined": [{"system": q.system, "id": q.id, "reason": q.reason} for q in aside],
    }


def _system(name: str, counts: Counts) -> dict[str, Any]:
    """One system's part: what was read, what would be and what was written, and what was not and why."""
    pulled: Counts = next((p for p in counts["pulls"] if p["system"] == name), {})
    pushed: Counts = counts["pushes"].get(name, {})
    outcomes = pushed.get("outcomes", {})
    read = {what: pulled.get(what, 0) for what in ("read", "new", "changed", "gone", "quarantined")}
    return {
        "system": name,
        **read,
        "planned": counts["summary"].get("systems", {}).get(name),
        "written": outcomes.get("applied", 0),
        "skipped": {
            status: n for status, n in sorted(outcomes.items()) if status not in ("applied", "already")
        },
        "out": pulled.get("out") or pushed.get("out") or "",
    }
