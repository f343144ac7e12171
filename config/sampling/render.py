"""A drafted project as files for people: YAML with a comment a line, and no customer's value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from adapters.registry import KINDS
from adapters.yaml12 import scalar_tag
from config.policy_checks import MUST_NAME_EDITORS
from config.problems import HUB
from config.sampling.column import Column
from config.sampling.draft import FieldDraft, ProjectDraft, SystemDraft, left_out
from config.sampling.links import rules
from reconcile.escape import one_line
from reconcile.headings import ADDRESS
from reconcile.profile import PLACEHOLDERS
from reconcile.types import registered

POLICY = "config/policy/customer.yaml"
SENSITIVE = frozenset({"iban", "birth_date", "bsn"})
ZONE = "Europe/Amsterdam"
_PLAIN = re.compile(r"[\w./][\w@./]*(?:[ \-][\w@./]+)*")


def files(project: ProjectDraft) -> dict[str, str]:
    """Text by place in the project folder."""
    found = {HUB: _hub(project), POLICY: _policy(project)}
    return found | {f"mappings/{s.name}.yaml": "\n".join(_mapping(s)) + "\n" for s in project.systems}


def evidence(column: Column) -> str:
    """What speaks for it, in counts: 97 % valid phone, 412 blanks of 1,503."""
    known = column.profile
    blanks = (
        "no blanks" if not known.blanks else f"{known.blanks:,} {'blank' if known.blanks == 1 else 'blanks'}"
    )
    what = column.part if column.part not in ("", "lines") else known.type
    return f"{percent(known.valid)} valid {what}, {blanks} of {known.filled + known.blanks:,}"


def percent(share: float) -> str:
    """Whole, and 100 only for all of them."""
    return f"{100 if share == 1 else min(99, round(100 * share))} %"


def scalar(value: object) -> str:
    """A value as our YAML reads it back."""
    if not isinstance(value, str):
        return json.dumps(value)
    if _PLAIN.fullmatch(value) and value.isprintable() and scalar_tag(value) == "str":
        return value
    return json.dumps(value, ensure_ascii=not value.isprintable())


def _flow(block: Mapping[str, object]) -> str:
    return "{" + ", ".join(f"{scalar(k)}: {_inner(v)}" for k, v in block.items()) + "}"


def _inner(value: object) -> str:
    if isinstance(value, Mapping):
        return _flow(value)
    return f"[{', '.join(map(_inner, value))}]" if isinstance(value, list | tuple) else scalar(value)


def _hub(project: ProjectDraft) -> str:
    lines = [
        "# yaml-language-server: $schema=schemas/hub.json",
        "# Drafted by klantbeeld init --from. Nothing is written to any system: writes is none everywhere.",
        "language: nl",
        "state: sqlite:///klantbeeld.db",
        "systems:",
    ]
    for system in project.systems:
        lines += _system(system)
    return "\n".join(lines) + "\n"


def _system(system: SystemDraft) -> Iterator[str]:
    table, takes = system.table, KINDS[system.table.kind].settings.model_fields
    found = f", {one_line(table.found)}" if table.found else ""
    yield f"  {system.name}:  # {one_line(table.origin)}: {table.rows:,} rows{found}"
    yield f"    kind: {table.kind}"
    for name, value in table.settings.items():
        yield f"    {name}: {_inner(value)}"
    if "key" in takes:
        yield f"    key: {scalar(system.key.name)}  # {one_line(system.key.note)}"
    if system.modified and "modified" in takes:
        yield f"    modified: {scalar(system.modified.name)}  # {system.modified.note}"
        if "zone" in takes:
            yield f"    zone: {ZONE}  # where those times are, when they do not say so"
    yield "    writes: none"


def _policy(project: ProjectDraft) -> str:
    newest = ["most_recent", "majority"] if project.has_times else ["majority"]
    first = ["majority", {"newest_record": "30d"}] if project.has_times else ["majority"]
    lines = [
        "# yaml-language-server: $schema=../schemas/policy.json",
        "# Drafted by klantbeeld init --from. Who may decide what: read it with those who know.",
        "region: NL  # of phone numbers and postcodes that do not name a country",
        "rules:",
        f"  newest: {_inner(newest)}",
        f"first_sync: {_inner(first)}  # where systems differ and nothing was ever agreed",
        "fields:",
        *map(_field, project.fields),
        "link:  # when two records are the same customer",
        *(f"  - {_flow(rule)}" for rule in rules(project)),
        "placeholders:  # say nothing, as if the field were empty",
        *(f"  - {json.dumps(text)}" for text in PLACEHOLDERS),
    ]
    return "\n".join(lines) + "\n"


def _field(field: FieldDraft) -> str:
    written: dict[str, object] = {"type": field.type, "label": one_line(field.label), "rule": "newest"}
    note = f"in {', '.join(field.systems)}"
    if field.type in MUST_NAME_EDITORS:
        del written["rule"]
        written["edits_from"] = list(field.systems)
        note += "; name only the systems that may change it"
    if field.type in SENSITIVE or field.name in SENSITIVE:
        written["sensitive"] = True
    return f"  {field.name}: {_flow(written)}  # {note}"


def _mapping(system: SystemDraft) -> Iterator[str]:
    table = system.table
    looked = system.key.profile.filled + system.key.profile.blanks
    spread = "" if looked == table.rows else f", {looked:,} of them looked at"
    yield "# yaml-language-server: $schema=../config/schemas/mapping.json"
    yield f"# Drafted from {one_line(table.origin)}: {table.rows:,} rows{spread}."
    yield "# Left the field of the policy, right where it stands. Correct it, then klantbeeld check."
    yield "customer:"
    if table.resource:
        yield f"  resource: {scalar(table.resource)}"
    yield f"  kind: {_flow(system.kind)}"
    yield "  fields:"
    for name, columns in system.fields().items():
        yield from _mapped(name, columns, system)
    if system.external:
        yield "  external_id:"
        for other, column in system.external.items():
            yield f"    {other}: {scalar(table.path(column))}"
    out = list(left_out(system))
    if out:
        yield "  # Not mapped:"
    for column, why in out:
        yield f"  #   {one_line(column)}: {one_line(why)}"


def _mapped(name: str, columns: list[Column], system: SystemDraft) -> Iterator[str]:
    table = system.table
    type_ = columns[0].profile.type
    if type_ == ADDRESS:
        yield f"    {name}:"
        yield "      parts:"
        for column in columns:
            yield f"        {column.part}: {scalar(table.path(column.name))}  # {evidence(column)}"
        return
    main = next(c for c in columns if c.part != "infix")
    written: dict[str, object] = {"path": table.path(main.name)}
    if parts := registered()[type_].parts:
        written = {"parts": {parts[0]: table.path(main.name)}}
    for infix in (c for c in columns if c.part == "infix"):
        written["infix"] = table.path(infix.name)
    if main.role == "key":
        written["write"] = "never"
    told = sorted(columns, key=lambda c: c.part == "infix")
    shown = scalar(written["path"]) if list(written) == ["path"] else _flow(written)
    yield f"    {name}: {shown}  # {'; '.join(map(evidence, told))}"
