"""What a system could do, told by its adapter before anything is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from pydantic import BaseModel

from adapters.protocol import Capabilities
from adapters.registry import KINDS
from adapters.settings import Opening
from reconcile.mapping.model import EntityMapping


def probe(
    name: str, kind: str, settings: BaseModel, mappings: Mapping[str, EntityMapping], folder: Path
) -> dict[str, Capabilities]:
    """What a system can do, by entity, without a secret and without input or output.

    Raises HubError for settings that the kind cannot work with.
    """
    with closing(KINDS[kind].open(name, settings, opening(folder, mappings, lambda variable: ""))) as adapter:
        return {entity: adapter.capabilities(entity) for entity in mappings}


def opening(folder: Path, mappings: Mapping[str, EntityMapping], secrets: Callable[[str], str]) -> Opening:
    """What an adapter may reach: the project folder, its resources, and secrets by name."""
    resources = {entity: mapping.resource or entity for entity, mapping in mappings.items()}
    return Opening(folder=folder, resources=resources, secrets=secrets)
