"""`init` and `check`: a project folder made, and a project folder looked over."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from adapters.errors import SystemOut
from adapters.protocol import Adapter, Capabilities
from config.loader import Project, load_project
from config.opening import open_adapters
from config.project import init_project
from flows.cli import record
from flows.cli.exits import DONE, PARTLY
from flows.cli.screen import Screen, Shape, many, table

ENTITY = "customer"


def init(screen: Screen, folder: Path) -> int:
    """Write a starter project. Raises ConfigError when one of its files is already there."""
    made = init_project(folder)
    files = [path.relative_to(folder).as_posix() for path in made]
    screen.tell({"folder": str(folder), "files": files}, _render_init)
    return DONE


def check(screen: Screen, system: str | None, id: str | None, online: bool) -> int:
    """Read the project, and with `online` or an id ask its systems. Raises ConfigError with all problems."""
    project = load_project(screen.folder, os.environ)
    if system is not None and id is not None:
        return record.check_record(screen, project, system, id)
    shape = _summary(project)
    if online or system is not None:
        shape["online"] = _ask(project, [system] if system else list(project.hub.systems), online)
    screen.tell(shape, _render_check)
    return PARTLY if any(one["out"] for one in shape["online"]) else DONE


def _summary(project: Project) -> dict[str, Any]:
    examples = sum(len(m.examples) for entities in project.mappings.values() for m in entities.values())
    return {
        "folder": str(project.folder),
        "systems": {name: entry.kind for name, entry in project.hub.systems.items()},
        "writes": {name: entry.writes for name, entry in project.hub.systems.items()},
        "fields": {entity: list(policy.fields) for entity, policy in project.policies.items()},
        "examples": examples,
        "online": [],
    }


def _ask(project: Project, systems: list[str], online: bool) -> list[dict[str, Any]]:
    opened = open_adapters(project, os.environ, systems)
    try:
        return [_asked(name, adapter, online) for name, adapter in opened.items()]
    finally:
        for adapter in opened.values():
            adapter.close()


def _asked(name: str, adapter: Adapter, online: bool) -> dict[str, Any]:
    out = ""
    try:
        if online:
            adapter.check()
    except SystemOut as error:
        out = str(error)
    return {"system": name, "asked": online, "out": out, "can": list(in_words(adapter.capabilities(ENTITY)))}


def in_words(can: Capabilities) -> Iterator[str]:
    """What a system can do, and what the hub does where it cannot."""
    yield f"can {', '.join(sorted(can.writes))} records" if can.writes else "cannot be written"
    yield {
        "filter": "lists what changed since a moment",
        "versions": "tells by its versions what changed",
        "events": "tells of changes as they happen",
        "no": "cannot list changes only: every pull reads everything",
    }[can.incremental]
    for spot in can.blind_spots:
        yield f"does not notice {spot}: a full scan does"
    yield {
        "feed": "tells what was deleted",
        "absence": "tells a deletion only by its absence from a full list",
        "none": "tells no deletion: gone is what is not found by id in two runs",
    }[can.deletes]
    if can.writes:
        yield from _writing(can)
    for effect in can.side_effects:
        yield f"a write there sets off: {effect}"


def _writing(can: Capabilities) -> Iterator[str]:
    if can.conditional_write:
        yield "refuses a stale write"
    else:
        yield "cannot refuse a stale write: re-read before each write"
    if "create" in can.writes and not can.idempotent_create:
        search = ", ".join(sorted(can.searchable))
        yield f"may create twice: searched by {search} before each create" if search else "may create twice"
    yield f"takes {many(can.write_batch, 'record')} a write, and shows {can.fetch_batch} a read"
    if can.writable is not None:
        yield f"takes only {', '.join(sorted(can.writable))}"


def _render_init(console: Console, made: Shape) -> None:
    console.print(f"{made['folder']} is a project now:")
    for name in made["files"]:
        console.print(f"  {name}")
    console.print(
        f"Next: name your systems in config/hub.yaml, then klantbeeld check --project {made['folder']}"
    )


def _render_check(console: Console, found: Shape) -> None:
    fields = sum(len(names) for names in found["fields"].values())
    examples = many(found["examples"], "example")
    holds = "holds" if found["examples"] == 1 else "hold"
    console.print(f"{many(len(found['systems']), 'system')}, {many(fields, 'field')}, {examples} {holds}")
    rows = ((name, kind, found["writes"][name]) for name, kind in found["systems"].items())
    console.print(table("", ("system", "kind", "writes"), rows))
    for one in found["online"]:
        console.print()
        answered = f"out: {one['out']}" if one["out"] else "answers" if one["asked"] else "was not asked"
        console.print(f"{one['system']} {answered}")
        for words in one["can"]:
            console.print(f"  {words}")
