"""Looking into payloads, and laying patches over them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

import orjson


def merge(now: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """`now` with `patch` laid over it: objects by name, lists of objects by element, the rest whole."""
    return {**now, **{name: _laid_over(now.get(name), value) for name, value in patch.items()}}


def digest(payload: Mapping[str, Any], but: Collection[str] = ()) -> str:
    """A version for what shows none: differs when anything in the payload does, besides `but`."""
    shown = {name: value for name, value in payload.items() if name not in but}
    return hashlib.blake2b(orjson.dumps(shown, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()


def values_at(payload: Any, path: str) -> list[Any]:
    """What stands at a dotted path; every element where it passes a list."""
    found = [payload]
    for name in path.split("."):
        flat = [one for value in found for one in (value if isinstance(value, list) else [value])]
        found = [value[name] for value in flat if isinstance(value, Mapping) and name in value]
    return [one for value in found for one in (value if isinstance(value, list) else [value])]


def _laid_over(now: Any, patch: Any) -> Any:
    if isinstance(now, Mapping) and isinstance(patch, Mapping):
        return merge(now, patch)
    if isinstance(now, list) and isinstance(patch, list) and patch and _objects(now) and _objects(patch):
        return _elements(now, patch)
    return patch


def _objects(values: list[Any]) -> bool:
    return all(isinstance(value, Mapping) for value in values)


def _elements(now: list[Any], patch: list[Any]) -> list[Any]:
    """An element of the patch says with its id, or else with its first names, which element it means."""
    merged = list(now)
    for part in patch:
        names = ["id"] if "id" in part else list(part)
        alike = [[name in one and one[name] == part[name] for name in names] for one in merged]
        best = max(range(len(merged)), key=lambda place: alike[place], default=None)
        if best is None or not any(alike[best][:1]):
            merged.append(part)
        else:
            merged[best] = merge(merged[best], part)
    return merged
