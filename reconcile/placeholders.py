"""Values that people type where they have none: n.v.t., onbekend, 0612345678, geen@geen.nl, 01-01-1900.

A policy lists them once, as text. Each field reads them as its own type does, so that every notation of one
is known: the telephone number 0612345678 in a list also means "+31 6 1234 5678".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconcile.types.base import SemanticType
from reconcile.values import BLANK, Value

READING = 2
"""Grows when a value becomes a placeholder, or is none any more, by this code alone."""

_NONE: frozenset[Value] = frozenset()


@dataclass(frozen=True, slots=True)
class Placeholders:
    """The values that say nothing, by field."""

    texts: frozenset[str] = frozenset()
    """As the policy lists them, without case: a group of nothing else says nothing."""
    known: Mapping[str, frozenset[Value]] = field(default_factory=dict)
    """By field what its type reads in them, without case; no groups of nothing but `texts`."""

    def hold(self, name: str, value: Value) -> bool:
        """Does this canonical value of the field say nothing?"""
        if isinstance(value, str):
            return value.casefold() in self.known.get(name, _NONE)
        if not isinstance(value, tuple):
            return value in self.known.get(name, _NONE)
        known = self.known.get(name, _NONE)
        return _of(self.texts, value) or (bool(known) and _folded(value) in known)

    def blank(self, values: dict[str, Value]) -> None:
        """Make every placeholder among the values of a record a blank, in place."""
        known = self.known
        for name, value in values.items():
            if value.__class__ is str:  # nearly always, and asking here is twice as fast
                if value.casefold() in known.get(name, _NONE):
                    values[name] = BLANK
            elif value is not BLANK and self.hold(name, value):
                values[name] = BLANK


def placeholders(texts: Sequence[str], types: Mapping[str, SemanticType]) -> Placeholders:
    """The placeholders of a policy, as each field's type reads them."""
    folded = frozenset(text.casefold() for text in texts)
    known = {name: frozenset(map(_folded, _meant(texts, kind))) for name, kind in types.items()}
    return Placeholders(
        folded,
        {
            name: frozenset(value for value in values if not _of(folded, value))
            for name, values in known.items()
        },
    )


def _meant(texts: Sequence[str], kind: SemanticType) -> Iterator[Value]:
    """What a type reads in them; of one that lists its values only what it does not understand."""
    for text in texts:
        value = kind.normalise(text)
        if value is not BLANK and not (kind.closed and kind.validate(value) is None):
            yield value


def _of(texts: frozenset[str], value: Value) -> bool:
    """Is it a group with no other parts than these?"""
    return isinstance(value, tuple) and not any(part and part.casefold() not in texts for part in value)


def _folded(value: Value) -> Value:
    """What no type understands stays as it was typed, in capitals or not."""
    if isinstance(value, tuple):
        return tuple(part.casefold() for part in value)
    return value.casefold() if isinstance(value, str) else value
