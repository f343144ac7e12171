"""What a field can hold: a canonical value, a blank, nothing at all, or the wish to be empty.

A canonical value is hashable and survives JSON: text, a whole number, a truth value, or for a
group type (an address) a tuple of its parts in the type's own order, "" for a blank part.
"""

from __future__ import annotations

import enum
from typing import Final, Literal

Value = str | int | bool | tuple[str, ...] | None


class Mark(enum.Enum):
    """Two things that are not values: not seen at all, and meant to be empty."""

    MISSING = "missing"
    CLEAR = "clear"

    def __repr__(self) -> str:
        return self.name


MISSING: Final = Mark.MISSING
"""No information: not in the payload, not readable, or an entry in flight. Never a change."""

CLEAR: Final = Mark.CLEAR
"""An intent to be empty: a steward's, or a blank where `on_loss: accept`."""

BLANK: Final = None
"""Says nothing: null, "", or a placeholder of the policy."""

Golden = Value | Literal[Mark.CLEAR]
"""What the hub may hold for a field."""

Seen = Value | Literal[Mark.MISSING]
"""What a system may show for a field."""

CLEAR_JSON: Final = {"clear": True}


def freeze(stored: object) -> Golden:
    """A golden value as JSON gave it back: lists are tuples again, the clear mark is CLEAR."""
    if isinstance(stored, list):
        return tuple(stored)
    if stored == CLEAR_JSON:
        return CLEAR
    assert stored is None or isinstance(stored, str | int | bool), "not a value that JSON gave back"
    return stored


def thaw(value: Golden) -> object:
    """A golden value as JSON can hold it."""
    return CLEAR_JSON if value is CLEAR else value
