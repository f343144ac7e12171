"""`check SYSTEM ID`: one live record, from what its system shows to what would be sent back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from adapters.protocol import SourceRecord
from config.loader import Project
from config.opening import open_adapters
from flows.cli.exits import DONE, UsageError
from flows.cli.screen import Screen, Shape, table
from flows.cli.values import shown
from reconcile import types
from reconcile.escape import one_line
from reconcile.facts import fact_name
from reconcile.mapping.compiled import CompiledMapping, top_level
from reconcile.policy import Policy
from reconcile.rulebook import FieldRule
from reconcile.types.base import HIDDEN
from reconcile.values import BLANK, MISSING

ENTITY = "customer"


def check_record(screen: Screen, project: Project, system: str, id: str) -> int:
    """Fetch one record and tell how it reads. Raises ConfigError, SystemOut, RecordError, UsageError."""
    adapter = open_adapters(project, os.environ, [system])[system]
    try:
        found = list(adapter.fetch(ENTITY, [id]))
    finally:
        adapter.close()
    if not found or found[0].deleted:
        raise UsageError(f"{system} has no record {id}; give an id as {system} itself shows it")
    screen.tell(_shape(project, system, found[0]), _render)
    return DONE


def _shape(project: Project, system: str, record: SourceRecord) -> dict[str, Any]:
    mapping, policy = project.compiled[system, ENTITY], project.policies[ENTITY]
    kind, values = mapping.read(record.payload)
    rules = {name: _rule(name, policy) for name in policy.fields}
    rules |= {
        fact_name(name): FieldRule(name, mapping.types[fact_name(name)], sensitive=fact.sensitive)
        for name, fact in policy.facts.items()
        if fact_name(name) in mapping.types
    }
    rules |= {name: FieldRule(name, kind) for name, kind in mapping.types.items() if name not in rules}
    hidden = _hidden(mapping, rules)
    writable = {
        name: value
        for name, value in values.items()
        if mapping.terms[name].writable and (value is BLANK or mapping.refuses(name, value) is None)
    }
    sends = mapping.write(record.payload, writable)
    return {
        "system": system,
        "id": record.id,
        "version": record.version,
        "kind": kind,
        "raw": _masked({n: v for n, v in record.payload.items() if n in mapping.reads}, hidden),
        "not_read": sorted(record.payload.keys() - mapping.reads),
        "canonical": {name: shown(rules[name], value) for name, value in values.items()},
        "not_shown": [name for name in mapping.terms if values.get(name, MISSING) is MISSING],
        "verdicts": {
            name: reason
            for name, value in values.items()
            if (reason := _verdict(rules[name], value)) is not None
        },
        "sends": _masked(_news(sends, record.payload), hidden),
    }


def _rule(name: str, policy: Policy) -> FieldRule:
    field = policy.fields[name]
    kind = types.build(field.type, policy.region, **field.options)
    return FieldRule(name, kind, label=field.label or name, sensitive=field.sensitive)


def _verdict(rule: FieldRule, value: Any) -> str | None:
    return None if value is BLANK else rule.type.validate(value)


def _hidden(mapping: CompiledMapping, rules: Mapping[str, FieldRule]) -> set[str]:
    """The system's own names that hold what nobody may read on a screen."""
    return top_level([lens for name, lens in mapping.lenses.items() if rules[name].sensitive])


def _masked(payload: Mapping[str, Any], hidden: set[str]) -> dict[str, Any]:
    return {name: HIDDEN if name in hidden and value else value for name, value in payload.items()}


def _news(sends: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """What a write of the same values would change there: notation, and nothing else."""
    return {name: value for name, value in sends.items() if raw.get(name) != value}


def _render(console: Console, found: Shape) -> None:
    console.print(f"{found['system']} {found['id']}: {found['kind']}")
    console.print()
    raw = ((name, _text(value)) for name, value in found["raw"].items())
    console.print(table("As the system shows it", ("name", "value"), raw))
    if found["not_read"]:
        console.print(f"not read: {one_line(', '.join(found['not_read']))}")
    console.print()
    rows = ((n, v or "(empty)", found["verdicts"].get(n, "")) for n, v in found["canonical"].items())
    console.print(table("As the hub reads it", ("field", "value", "not right, because"), rows))
    console.print()
    if found["sends"]:
        sent = ((name, _text(value)) for name, value in found["sends"].items())
        console.print(table("A write of the same values would change the notation", ("name", "value"), sent))
    else:
        console.print("a write of the same values would change nothing")


def _text(value: Any) -> str:
    return "(empty)" if value in (None, "") else str(value)
