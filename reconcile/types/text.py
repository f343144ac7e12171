"""Free text: case is notation, everything else is said."""

from __future__ import annotations

from reconcile.types.base import SemanticType, register
from reconcile.types.cleaning import clean, fold, plain, says_less, unreadable
from reconcile.values import BLANK, Value


@register
class Text(SemanticType):
    """Any text on one line; without its diacritics it says less."""

    name = "text"
    examples = (
        "Zoë",
        "zoe",
        "ZOË",
        "  twee\twoorden ",
        "Café Zürich",
        "Cafe Zurich",
        12,
        12.0,
        True,
        ["a", "b"],
    )

    def normalise(self, raw: object) -> Value:
        return clean(raw) or BLANK

    def key(self, value: Value) -> str | None:
        return fold(str(value)) if value is not BLANK else None

    def match(self, value: Value) -> str:
        return plain(str(value)) if value is not BLANK else ""

    def within(self, a: Value, b: Value) -> bool:
        if a is BLANK or a == b:
            return True
        return b is not BLANK and says_less(fold(str(a)), fold(str(b)))

    def validate(self, value: Value) -> str | None:
        return unreadable(str(value)) if value is not BLANK else None

    def sort_key(self, value: Value) -> str:
        return self.match(value)
