"""A project as it is read, file by file, before its files are checked against each other."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from adapters.registry import KINDS
from adapters.settings import KindSettings
from config.problems import HUB, ConfigError, Problem, YamlPath, nearest, show
from config.settings import COMMON_KEYS, Hub
from config.validate import leads, validate
from config.yaml12 import Document, load
from reconcile.mapping.compiled import CompiledMapping
from reconcile.mapping.model import EntityMapping
from reconcile.policy import Policy

POLICIES = "config/policy"
MAPPINGS = "mappings"

Model = TypeVar("Model", bound=BaseModel)


@dataclass(slots=True)
class Draft:
    """What could be read of a project. A file with mistakes takes part with what is right in it,
    so that the checks across files can speak at the same time."""

    folder: Path
    environ: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    hub_file: Document = field(default_factory=lambda: Document(HUB))
    hub: Hub | None = None
    settings: dict[str, KindSettings] = field(default_factory=dict)
    policy_files: dict[str, Document] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    mapping_files: dict[str, Document] = field(default_factory=dict)
    mappings: dict[str, dict[str, EntityMapping]] = field(default_factory=dict)
    compiled: dict[tuple[str, str], CompiledMapping] = field(default_factory=dict)
    """Filled by the check of the mappings."""

    @property
    def systems(self) -> list[str]:
        """The systems that hub.yaml names, also those with a mistake."""
        return names(self.hub_file.data, "systems")

    def fields(self, entity: str) -> list[str]:
        """The fields that the policy of an entity names, also those with a mistake."""
        file = self.policy_files.get(entity)
        return names(file.data, "fields") if file else []


Check = Callable[[Draft], Iterator[Problem]]
"""Something that has to hold between files; yields what does not."""


def names(data: object, key: str) -> list[str]:
    """The keys of the block under a key; none when there is no such block."""
    block = data.get(key) if isinstance(data, dict) else None
    return [str(name) for name in block] if isinstance(block, dict) else []


def read(folder: Path, environ: Mapping[str, str]) -> Draft:
    """Read every file of a project folder, with all problems that one file alone can have."""
    draft = Draft(folder, environ)
    if file := _load(draft, HUB):
        draft.hub_file = file
        draft.hub = _hub(file, draft)
    for entity, file in _folder(draft, POLICIES):
        draft.policy_files[entity] = file
        if policy := _salvage(Policy, file, (), draft.problems):
            draft.policies[entity] = policy
    if not draft.policy_files:
        draft.problems.append(Problem(POLICIES, 1, (), "no policy", "a file such as customer.yaml"))
    for system, file in _folder(draft, MAPPINGS):
        draft.mapping_files[system] = file
        draft.mappings[system] = _entities(file, draft.problems)
    return draft


def _load(draft: Draft, shown: str) -> Document | None:
    try:
        return load(draft.folder / shown, shown)
    except ConfigError as error:
        draft.problems += error.problems
        return None


def _folder(draft: Draft, folder: str) -> Iterator[tuple[str, Document]]:
    """The YAML files of a folder by the name before .yaml."""
    for path in sorted((draft.folder / folder).glob("*.yaml")):
        file = _load(draft, f"{folder}/{path.name}")
        yield path.stem, file or Document(f"{folder}/{path.name}")


def _hub(file: Document, draft: Draft) -> Hub | None:
    """hub.yaml without the keys of the kinds, which are read by the settings of each kind."""
    common = copy.deepcopy(file.data)
    systems = common.get("systems") if isinstance(common, dict) else None
    for name, entry in systems.items() if isinstance(systems, dict) else ():
        if isinstance(entry, dict):
            own = {key: entry.pop(key) for key in list(entry) if key not in COMMON_KEYS}
            _settings(str(name), entry.get("kind"), own, draft)
    return _salvage(Hub, file, (), draft.problems, common)


def _settings(name: str, kind: object, own: dict[str, Any], draft: Draft) -> None:
    if not isinstance(kind, str):
        return  # a missing or mistyped kind is told with the common keys
    path: YamlPath = ("systems", name)
    if kind not in KINDS:
        found = f"the unknown kind {show(kind)}{nearest(kind, list(KINDS))}"
        expected = f"one of {', '.join(sorted(KINDS))}"
        draft.problems.append(draft.hub_file.problem((*path, "kind"), found, expected))
    else:
        made = validate(KINDS[kind].settings, own, draft.hub_file, path, siblings=COMMON_KEYS)
        if isinstance(made, list):
            draft.problems += made
        else:
            draft.settings[name] = made


def _entities(file: Document, problems: list[Problem]) -> dict[str, EntityMapping]:
    if file.data is not None and not isinstance(file.data, dict):
        problems.append(file.problem((), show(file.data), "a block per entity, such as customer"))
    blocks = file.data if isinstance(file.data, dict) else {}
    found = {str(e): _salvage(EntityMapping, file, (e,), problems, block) for e, block in blocks.items()}
    return {entity: mapping for entity, mapping in found.items() if mapping}


_WHOLE = object()


def _salvage(
    model: type[Model], file: Document, path: YamlPath, problems: list[Problem], data: object = _WHOLE
) -> Model | None:
    """The model, telling what is wrong; then the model of what is left when the wrong is taken out."""
    data = copy.deepcopy(file.data if data is _WHOLE else data)
    made = validate(model, data, file, path)
    if isinstance(made, list):
        problems += made
    while isinstance(made, list):
        gone = {_gone(data, problem.path[len(path) :]) for problem in made}
        if () in gone:
            return None
        _take_out(data, gone)
        made = validate(model, data, file, path)
    return made


def _gone(data: object, path: YamlPath) -> YamlPath:
    """What has to go for a problem to go: what stands there, or the block that lacks it."""
    for depth, step in enumerate(path):
        if not leads(data, step):
            return path[:depth]
        data = data[step]  # type: ignore[index]
    return path


def _take_out(data: object, paths: Iterable[YamlPath]) -> None:
    """Remove what stands at these paths; the last ones first, so that positions in lists stay right."""
    for *parents, last in sorted(
        paths, key=lambda path: [(isinstance(s, str), s) for s in path], reverse=True
    ):
        block: Any = data
        for step in parents:
            block = block[step]
        del block[last]
