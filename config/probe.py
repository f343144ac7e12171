"""One system's adapter: opened from what people wrote, and asked what it could do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import yaml
from pydantic import BaseModel, ValidationError

from adapters.archiving import Archiving, Mark
from adapters.protocol import Adapter, Capabilities
from adapters.registry import KINDS
from adapters.settings import Opening
from config.problems import HUB, ConfigError, Problem, show_path
from reconcile.errors import HubError
from reconcile.mapping.model import EntityMapping


class CannotOpen(HubError):
    """A kind cannot work with what its settings name."""


def open_adapter(
    name: str,
    kind: str,
    settings: BaseModel,
    mappings: Mapping[str, EntityMapping],
    folder: Path,
    environ: Mapping[str, str],
    archived: Mark | None = None,
) -> Adapter:
    """The adapter of one system; with `archived` it archives by that mark.

    Raises HubError for what its kind cannot work with, ConfigError for a variable that is not set.
    """
    resources = {entity: mapping.resource or entity for entity, mapping in mappings.items()}
    reach = Opening(folder=folder, resources=resources, secrets=secrets(environ))
    try:
        opened = KINDS[kind].open(name, settings, reach)
    except FileNotFoundError as error:
        lacking = Path(error.filename or "").name
        raise CannotOpen(f"{name} names {lacking}, which is not there; name a file that is") from None
    except ValidationError as error:
        places = [show_path(one["loc"]) for one in error.errors(include_url=False, include_input=False)]
        raise CannotOpen(
            f"the manifest of {name} is wrong at {', '.join(places)}; correct it there"
        ) from None
    except yaml.YAMLError:
        raise CannotOpen(f"the manifest of {name} is no YAML; correct its notation") from None
    return Archiving(opened, archived) if archived else opened


def probe(
    name: str,
    kind: str,
    settings: BaseModel,
    mappings: Mapping[str, EntityMapping],
    folder: Path,
    environ: Mapping[str, str],
    archived: Mark | None = None,
) -> dict[str, Capabilities]:
    """What a system can do, by entity. Raises as `open_adapter` does."""
    with closing(open_adapter(name, kind, settings, mappings, folder, environ, archived)) as adapter:
        return {entity: adapter.capabilities(entity) for entity in mappings}


def secrets(environ: Mapping[str, str]) -> Callable[[str], str]:
    """A reader of environment variables; it raises ConfigError, naming the variable, when one is not set."""

    def read(name: str) -> str:
        if not environ.get(name):
            found = f"the environment variable {name}, which is not set"
            raise ConfigError([Problem(HUB, 1, (), found, "a value for it where the hub is started")])
        return environ[name]

    return read
