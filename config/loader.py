"""A project folder as one value, or everything that is wrong with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from adapters.settings import KindSettings
from config.checks import CHECKS
from config.draft import Draft, read
from config.problems import ConfigError
from config.settings import FromEnvironment, Hub, state_url
from reconcile.mapping.compiled import CompiledMapping
from reconcile.mapping.model import EntityMapping
from reconcile.policy import Policy


@dataclass(frozen=True, slots=True)
class Project:
    """What a company has written about its systems and its customers; checked, nothing missing."""

    folder: Path
    hub: Hub
    settings: Mapping[str, KindSettings]
    """Per system the keys that belong to its kind."""
    state_url: str
    """The database of the hub's memory. May hold a password: never to be shown."""
    policies: Mapping[str, Policy]
    """By entity."""
    mappings: Mapping[str, Mapping[str, EntityMapping]]
    """By system, then by entity."""
    compiled: Mapping[tuple[str, str], CompiledMapping]
    """By (system, entity)."""
    digest: str
    """Of all that decides about customers: policies, mappings, systems. No secret has a part in it."""


def load_project(folder: Path, environ: Mapping[str, str]) -> Project:
    """Read and check a project folder. Raises ConfigError with every problem of every file."""
    draft = read(folder, environ)
    problems = [*draft.problems, *(problem for check in CHECKS for problem in check(draft))]
    if problems or draft.hub is None:
        raise ConfigError(problems)
    return Project(
        folder=folder,
        hub=draft.hub,
        settings=draft.settings,
        state_url=_state_url(draft.hub, folder, environ),
        policies=draft.policies,
        mappings=draft.mappings,
        compiled=draft.compiled,
        digest=_digest(draft),
    )


def _state_url(hub: Hub, folder: Path, environ: Mapping[str, str]) -> str:
    state = environ[hub.state.env] if isinstance(hub.state, FromEnvironment) else hub.state
    return state_url(state, folder)


def _digest(draft: Draft) -> str:
    """SHA-256 of the checked models, so that comments, order of keys and notation do not count."""
    entries = draft.hub.systems if draft.hub else {}
    # How news arrives decides nothing about customers.
    systems = {name: entry.model_copy(update={"webhooks": None}) for name, entry in entries.items()}
    written = {
        "systems": _plain(systems),
        "settings": _plain(draft.settings),
        "policies": _plain(draft.policies),
        "mappings": {system: _plain(entities) for system, entities in draft.mappings.items()},
    }
    return hashlib.sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()


def _plain(models: Mapping[str, BaseModel]) -> dict[str, object]:
    return {name: model.model_dump(mode="json", by_alias=True) for name, model in models.items()}
