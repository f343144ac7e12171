"""Schema drift: a name that every record had is in none any more, or holds another sort of value in all.

Then the system changed under its mapping. Reading on would make blanks and nonsense of it, so it stops.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Any

from reconcile.mapping.paths import is_blank

Payload = Mapping[str, Any]
Shape = Mapping[str, frozenset[str]]
"""The names that all records have, each with the sorts of value that stand there."""
ENOUGH = 3
"""So many records together are no coincidence."""

_SORTS: dict[type, str] = {
    str: "text",
    bool: "yes or no",
    int: "a number",
    float: "a number",
    Decimal: "a number",
    list: "a list",
    tuple: "a list",
    dict: "a block",
}
_NOTHING = type(None)


def shape(payloads: Sequence[Payload], names: Collection[str]) -> Shape:
    """Of some records, as far as a mapping reads them."""
    found = {name: _classes(name, payloads) for name in names} if payloads else {}
    return {name: _sorts(classes) for name, classes in found.items() if classes is not None}


def _classes(name: str, payloads: Sequence[Payload]) -> set[type] | None:
    """Of what stands at a name; None when not every record has it."""
    try:
        return set(map(type, map(itemgetter(name), payloads)))
    except KeyError:
        return None


def joined(one: Shape | None, other: Shape) -> Shape:
    """The shape of all records of two sets; None is no records at all."""
    return other if one is None else {name: one[name] | other[name] for name in one if name in other}


def drift(before: Shape, payloads: Sequence[Payload]) -> str | None:
    """How these records differ from what all of them were; None when they do not, or are too few to tell."""
    return next(_changes(before, payloads), None) if len(payloads) >= ENOUGH else None


def _changes(before: Shape, payloads: Sequence[Payload]) -> Iterator[str]:
    for name, sorts in before.items():
        types = {payload[name].__class__ for payload in payloads if name in payload}
        if not types:
            yield f"no record has {name} any more, and all of them had"
        elif sorts and not sorts & _sorts(types):
            told = [payload[name] for payload in payloads if name in payload and not is_blank(payload[name])]
            if len(told) >= ENOUGH:
                now = _sorts({value.__class__ for value in told})
                yield f"{name} is {' or '.join(sorted(now))} now, and was {' or '.join(sorted(sorts))}"


def _sorts(types: Collection[type]) -> frozenset[str]:
    return frozenset(_SORTS.get(one, one.__name__) for one in types if one is not _NOTHING)
