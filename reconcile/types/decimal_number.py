"""Numbers with a fraction."""

from __future__ import annotations

from datetime import date

from reconcile.types.base import HIDDEN, SemanticType, register
from reconcile.types.cleaning import clean
from reconcile.types.numbers import (
    MARKS,
    mark_of,
    order_number,
    read_number,
    show_number,
    spell_number,
    written_out,
)
from reconcile.values import BLANK, Value


@register
class DecimalNumber(SemanticType):
    """An exact number in plain notation (`numbers`), kept as text because a float is not exact.

    Only "1.234" and "1,234" can be read in two ways: there the field's `decimal`, else the region, decides.
    """

    name = "decimal"
    takes = {"decimal": "comma"}
    examples = ("12,5", "12.50", 12.5, 12, "1.234", "1,234", "1.234,50", "1,234.50", "1 234,5", "1'234.5") + (
        "1.234.567",
        "-0,50",
        "0.125",
        ".5",
        1.234,
        1e-7,
        "12,-",
        "twaalf",
        "1.2.3",
        "1e3",
        "0",
    )

    def __init__(self, region: str = "NL", today: date | None = None, decimal: str | None = None) -> None:
        super().__init__(region, today, **({"decimal": decimal} if decimal else {}))
        self.mark = MARKS[decimal] if decimal else mark_of(region)

    def normalise(self, raw: object) -> Value:
        text = clean(raw)
        return written_out(raw) or read_number(text, self.mark) or text or BLANK

    def match(self, value: Value) -> str:
        return str(value) if self._number(value) else ""

    def validate(self, value: Value) -> str | None:
        return None if value is BLANK or self._number(value) else "is no number"

    def mask(self, value: Value) -> str:
        return HIDDEN if value is not BLANK else ""

    def show(self, value: Value) -> str:
        number = self._number(value)
        return show_number(number, self.mark) if number else "" if value is BLANK else str(value)

    def sort_key(self, value: Value) -> str:
        number = self._number(value)
        return order_number(number) if number else self.show(value).casefold()

    def house(self, value: Value, like: object = None) -> object:
        """As the system writes its numbers; plain where it shows none."""
        number = self._number(value)
        return spell_number(number, like, self.mark) if number else value

    def _number(self, value: Value) -> str | None:
        return read_number(str(value), self.mark) if value is not BLANK else None
