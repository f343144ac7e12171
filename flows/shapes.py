"""Does a system still show what its mapping was made for?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from adapters.errors import NotUnderstood
from flows.hub import Hub
from reconcile.drift import Shape, drift
from reconcile.state.staging import Cursor


class Drifted(NotUnderstood):
    """The system's records have another shape than those the mapping was made for."""


def known_shape(hub: Hub, cursor: Cursor) -> Shape:
    """What all records of a system had at its last full listing; nothing when the mapping is new since."""
    if cursor.shape is None or cursor.mapping != hub.reading(cursor.system):
        return {}
    known = orjson.loads(cursor.shape)
    names = hub.mappings[cursor.system].reads & known.keys()
    return {name: frozenset(known[name]) for name in names}


def refuse_drift(system: str, known: Shape, shown: Sequence[Mapping[str, Any]]) -> None:
    """Raises Drifted when these payloads are not what the mapping is made for."""
    if changed := drift(known, shown):
        raise Drifted(
            f"{system}: {changed}; correct mappings/{system}.yaml, or if that is right as it is, "
            "run `klantbeeld sync --full` once"
        )
