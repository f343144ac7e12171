"""Does a record show what was meant? Compared by what values mean, never by their notation."""

from __future__ import annotations

from collections.abc import Mapping

from reconcile.mapping.compiled import CompiledMapping
from reconcile.values import CLEAR, MISSING, Golden, Seen, Value


def alike(mapping: CompiledMapping, name: str, read: Mapping[str, Value], value: Golden) -> bool:
    """Does the system show this value, in whatever notation, as far as it can show it?"""
    now: Seen = read.get(name, MISSING)
    shown = mapping.shows(name)(value)
    if now is MISSING or shown is MISSING:
        return False
    key = mapping.types[name].key
    return bool(key(_value(now)) == key(_value(shown)))


def unchanged(mapping: CompiledMapping, name: str, read: Mapping[str, Value], was: Golden) -> bool:
    """Does the system still show what it showed, be it more than its mapping says it can hold?"""
    now: Seen = read.get(name, MISSING)
    key = mapping.types[name].key
    return now is not MISSING and was is not CLEAR and bool(key(now) == key(was))


def _value(seen: Seen) -> Value:
    assert seen is not MISSING
    return seen
