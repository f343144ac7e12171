"""Whole numbers."""

from __future__ import annotations

from datetime import date

from reconcile.types.base import SemanticType, register
from reconcile.types.cleaning import clean
from reconcile.types.numbers import MARKS, mark_of, order_number, read_number, written_out
from reconcile.values import BLANK, Value

_LARGEST = 2**53 - 1  # beyond it JSON no longer says the same to everybody (RFC 8259, section 6)


@register
class Integer(SemanticType):
    """A whole number. "1.234" is a thousand where the comma marks a fraction; there "1,234" is asked.

    The field's `decimal`, else the region, says which mark that is.
    """

    name = "integer"
    takes = {"decimal": "comma"}
    examples = (12, "12", "12.0", "12,00", 12.0, "1.234", "1,234", "1 234", "1.234.567", "-7", "+7", 0) + (
        "0",
        "007",
        "12,5",
        12.5,
        "twaalf",
        "12 stuks",
        10**20,
        "1e3",
    )

    def __init__(self, region: str = "NL", today: date | None = None, decimal: str | None = None) -> None:
        super().__init__(region, today, **({"decimal": decimal} if decimal else {}))
        self.mark = MARKS[decimal] if decimal else mark_of(region)

    def normalise(self, raw: object) -> Value:
        if type(raw) is int and abs(raw) <= _LARGEST:
            return raw
        text = clean(raw)
        number = written_out(raw) or read_number(text, self.mark)
        if number is None or "." in number or len(number) > 17 or abs(int(number)) > _LARGEST:
            return text or BLANK
        return int(number)

    def match(self, value: Value) -> str:
        return str(value) if isinstance(value, int) else ""

    def validate(self, value: Value) -> str | None:
        if value is BLANK or isinstance(value, int):
            return None
        number = read_number(str(value), self.mark)
        if number is None:
            return "is no whole number"
        return "has a fraction, or a mark that could mean thousands" if "." in number else "is too large"

    def sort_key(self, value: Value) -> str:
        return order_number(str(value)) if isinstance(value, int) else self.show(value).casefold()

    def house(self, value: Value, like: object = None) -> object:
        """A number; digits where the system shows text."""
        return str(value) if isinstance(value, int) and isinstance(like, str) and like.strip() else value
