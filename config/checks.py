"""What has to hold between the files of a project. Each check is one function."""

from __future__ import annotations

import string
from collections.abc import Iterator

from adapters.protocol import Capabilities
from config.draft import MAPPINGS, Check, Draft
from config.mapping_checks import MAPPING_CHECKS
from config.policy_checks import POLICY_CHECKS
from config.probe import probe
from config.problems import HUB, ConfigError, Problem, YamlPath, listing, nearest, split_advice
from config.settings import SystemEntry
from reconcile.errors import HubError
from reconcile.mapping.model import EntityMapping, FieldMapping
from reconcile.mapping.paths import parse_path

UNGUESSABLE = 24
"""Characters."""
IN_ADDRESSES = frozenset(string.ascii_letters + string.digits + "-_")


def unset_variables(draft: Draft) -> Iterator[Problem]:
    """Every variable that hub.yaml asks for is set."""
    for path, name in _variables(draft.hub_file.data):
        if not draft.environ.get(name):
            found = f"the environment variable {name}, which is not set"
            yield draft.hub_file.problem((*path, "env"), found, "a value for it where the hub is started")


def _variables(data: object, path: YamlPath = ()) -> Iterator[tuple[YamlPath, str]]:
    """Each `{env: NAME}` with its place."""
    if isinstance(data, dict):
        if set(data) == {"env"} and isinstance(data["env"], str):
            yield path, data["env"]
        for key, value in data.items():
            yield from _variables(value, (*path, key))
    elif isinstance(data, list):
        for at, value in enumerate(data):
            yield from _variables(value, (*path, at))


def systems_without_mapping(draft: Draft) -> Iterator[Problem]:
    """Every system has a file that says what its fields mean."""
    for name in draft.systems:
        if name not in draft.mapping_files:
            path = ("systems", name)
            yield draft.hub_file.problem(
                path, f"no {MAPPINGS}/{name}.yaml", "a mapping for every system", key=True
            )
        elif draft.mapping_files[name].read and not draft.mapping_files[name].data:
            yield draft.mapping_files[name].problem(
                (), "an empty mapping", "a block per entity, such as customer"
            )


def mappings_without_system(draft: Draft) -> Iterator[Problem]:
    """Every mapping belongs to a system of hub.yaml."""
    for name, file in draft.mapping_files.items():
        if draft.systems and name not in draft.systems:
            found = f"a mapping for {name}{nearest(name, draft.systems)}"
            yield file.problem((), found, f"the name of a system in {HUB}: {', '.join(draft.systems)}")


def former_names(draft: Draft) -> Iterator[Problem]:
    """A former name is not in use, and one system only had it."""
    heirs: dict[str, str] = {}
    for name, entry in draft.hub.systems.items() if draft.hub else ():
        if entry.was is None:
            continue
        taken = entry.was if entry.was in draft.systems else heirs.get(entry.was)
        heirs[entry.was] = name
        if taken:
            found = f"the former name {entry.was}, which belongs to {taken}"
            yield draft.hub_file.problem(("systems", name, "was"), found, "a name that no other system has")


def guessable_addresses(draft: Draft) -> Iterator[Problem]:
    """Where the address of a web-hook is its only proof, nobody can guess it, and it is one."""
    for name, entry in draft.hub.systems.items() if draft.hub else ():
        hooks = entry.webhooks
        secret = draft.environ.get(hooks.secret.env, "") if hooks and hooks.proof == "path" else ""
        if secret and (len(secret) < UNGUESSABLE or not set(secret) <= IN_ADDRESSES):
            found = "proof: path with a secret that is short, or no part of an address"
            expected = f"{UNGUESSABLE} letters, digits, - or _ at least, such as `openssl rand -hex 24` makes"
            yield draft.hub_file.problem(("systems", name, "webhooks", "secret"), found, expected)


def unknown_schedules(draft: Draft) -> Iterator[Problem]:
    """A schedule is for an entity that has a policy."""
    for at, schedule in enumerate(draft.hub.schedules if draft.hub else ()):
        if draft.policy_files and schedule.sync not in draft.policy_files:
            known = list(draft.policy_files)
            found = f"the unknown entity {schedule.sync}{nearest(schedule.sync, known)}"
            yield draft.hub_file.problem(("schedules", at, "sync"), found, listing(known))


def creates_without_writes(draft: Draft) -> Iterator[Problem]:
    """Who may make records may write."""
    for name, entry in draft.hub.systems.items() if draft.hub else ():
        if entry.creates != "none" and entry.writes == "none":
            found = f"creates: {entry.creates} beside writes: none"
            yield draft.hub_file.problem(("systems", name, "creates"), found, "writes: ask or writes: all")


def deletes_without_writes(draft: Draft) -> Iterator[Problem]:
    """What a deletion means elsewhere, or asks to be made again, can be written somewhere."""
    systems = draft.hub.systems if draft.hub else {}
    for name, entry in systems.items():
        found = f"deletes: {entry.deletes}"
        path = ("systems", name, "deletes")
        if entry.deletes == "recreate" and entry.writes == "none":
            yield draft.hub_file.problem(path, f"{found} beside writes: none", "writes: ask or writes: all")
        others = [one for other, one in systems.items() if other != name and one.writes != "none"]
        if entry.deletes in ("archive", "propagate") and not others:
            found = f"{found}, but no other system may be written to"
            yield draft.hub_file.problem(path, found, "deletes: unlink")


def writable_systems(draft: Draft) -> Iterator[Problem]:
    """What may be written to can be written to, in at least one field.

    Only asked of systems that may be: some kinds read a whole file when they are opened.
    """
    entries = draft.hub.systems if draft.hub else {}
    for name, entry in entries.items():
        settings = draft.settings.get(name)
        if settings is None or entry.writes == "none":
            continue
        try:
            mappings = draft.mappings.get(name, {})
            able = probe(name, entry.kind, settings, mappings, draft.folder, draft.environ, entry.archived)
        except ConfigError:
            continue  # a variable is not set, which `unset_variables` tells
        except HubError as error:
            found, expected = split_advice(str(error))
            yield draft.hub_file.problem(("systems", name), found, expected, key=True)
            continue
        for entity, can in able.items():
            yield from _writes(draft, name, entry, entity, can)


def _writes(draft: Draft, name: str, entry: SystemEntry, entity: str, can: Capabilities) -> Iterator[Problem]:
    path: YamlPath = ("systems", name)
    if found := _unwritable(name, entity, draft.mappings[name][entity], can):
        yield draft.hub_file.problem(
            (*path, "writes"), f"writes: {entry.writes}, but {found}", "writes: none"
        )
    elif entry.creates != "none" and "create" not in can.writes:
        found = f"creates: {entry.creates}, but this kind of system cannot make a {entity}"
        yield draft.hub_file.problem((*path, "creates"), found, "creates: none")
    for where, names in _writing(draft.mappings[name][entity]):
        if odd := sorted(names & can.consents_only):
            found = f"{odd[0]}, which says what a customer agreed to, as an ordinary value"
            expected = "it under `consent`, or a field with write: never"
            yield draft.mapping_files[name].problem((entity, *where), found, expected)


def _writing(mapping: EntityMapping) -> Iterator[tuple[YamlPath, set[str]]]:
    """What a mapping writes without asking what a customer agreed to, by the place where it says so."""
    for name, field in mapping.fields.items():
        if field.write != "never":
            yield ("fields", name), _roots(field)
    for path in mapping.constant:
        yield ("constant", path), {parse_path(path)[0]}


def _unwritable(system: str, entity: str, mapping: EntityMapping, can: Capabilities) -> str:
    """Why nothing of an entity can be written to a system; "" when something can."""
    if not can.writes:
        return f"this kind of system cannot write {entity}"
    fields = [field for field in mapping.fields.values() if field.write != "never"]
    if not fields:
        return f"every field of {entity} in {MAPPINGS}/{system}.yaml is write: never"
    if can.writable is not None and not any(_roots(field) & can.writable for field in fields):
        return f"no mapped field of {entity} is one that the system can write"
    return ""


def _roots(field: FieldMapping) -> set[str]:
    """The top-level names of the payload that a field writes."""
    parts = [part.path for part in (field.parts or {}).values()]
    return {parse_path(path)[0] for path in ([field.among] if field.among else [field.path, *parts]) if path}


CHECKS: tuple[Check, ...] = (
    unset_variables,
    systems_without_mapping,
    mappings_without_system,
    former_names,
    creates_without_writes,
    deletes_without_writes,
    guessable_addresses,
    unknown_schedules,
    *POLICY_CHECKS,
    *MAPPING_CHECKS,
    writable_systems,
)
