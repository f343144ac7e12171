"""The days on which people were born."""

from __future__ import annotations

from reconcile.types.base import register
from reconcile.types.date import Date
from reconcile.values import BLANK, Value


@register
class BirthDate(Date):
    """A day that someone can have been born on: not before 1900, nor after today where that is known."""

    name = "birth_date"
    earliest = 1900
    examples = (*Date.examples, "31-12-1899", "01-01-1900")

    def validate(self, value: Value) -> str | None:
        reason = super().validate(value)
        if reason or value is BLANK or self.today is None or str(value) <= self.today.isoformat():
            return reason
        return "lies in the future"
