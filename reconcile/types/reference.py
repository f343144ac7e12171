"""Ids of other customer records."""

from __future__ import annotations

from reconcile.types.base import SemanticType, register
from reconcile.types.cleaning import clean
from reconcile.values import BLANK, Value


@register
class Reference(SemanticType):
    """The id of another record, compared exactly: to the system that gave it, "a7" and "A7" are two."""

    name = "reference"
    examples = ("7", 7, 7.0, "A7", "a7", " 7 ", "007", "c0ffee-1", "contacts/7", "7;8", True)

    def normalise(self, raw: object) -> Value:
        return clean(raw) or BLANK

    def cut(self, a: Value, b: Value) -> bool:
        return False

    def validate(self, value: Value) -> str | None:
        if value is BLANK or not any(c.isspace() for c in str(value)):
            return None
        return "has a space in it: one id belongs here"

    def house(self, value: Value, like: object = None) -> object:
        """Text; a number where the system shows one, if that loses nothing."""
        text = str(value) if value is not BLANK else ""
        as_number = isinstance(like, int) and not isinstance(like, bool) and text.isascii() and text.isdigit()
        return int(text) if as_number and len(text) < 16 and str(int(text)) == text else value
