"""Amounts of money."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar

from reconcile.types.base import HIDDEN, BadOption, SemanticType, register
from reconcile.types.cleaning import clean
from reconcile.types.currencies import CODES, currency_code, spell_currency
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

_BEFORE = re.compile(r"([-+]?) ?([^\W\d_]+|[A-Za-z]*[€£$¥])\.? ?(?=[-+.,0-9])")
_BEHIND = re.compile(r"(?<=[-=0-9]) ?([^\W\d_]+|[€£$¥])\Z")


@register
class Money(SemanticType):
    """An exact amount (`numbers`) and its currency; without one it is in the field's `currency`.

    What cannot be read stays in `amount`, without a currency that nobody said.
    """

    name = "money"
    parts = ("amount", "currency")
    takes = {"currency": "EUR", "decimal": "comma"}
    examples: ClassVar[tuple[object, ...]] = (
        ("€ 1.234,50", "EUR 12", 12.5, "12,-", "€12,-", "12.50 USD", "$ 3", "-€ 5", "€ -5,00", "1234.5")
        + ({"amount": "12.50", "currency": "eur"}, {"amount": 1250, "currency": None}, ("12.5", "EUR"))
        + ({"amount": "€ 5", "currency": "USD"}, {"amount": "5", "currency": "knaken"}, "gratis", "5 knaken")
        + ({"amount": None, "currency": "EUR"}, "1.234", 1.234, "1 234,50 euro", "€")
    )

    def __init__(
        self,
        region: str = "NL",
        today: date | None = None,
        currency: str | None = None,
        decimal: str | None = None,
    ) -> None:
        told = {"currency": currency, "decimal": decimal}
        super().__init__(region, today, **{name: value for name, value in told.items() if value})
        if currency is not None and currency not in CODES:
            raise BadOption("currency", f"the unknown currency {currency}", "a code of ISO 4217 such as EUR")
        self.currency = currency or "EUR"
        self.mark = MARKS[decimal] if decimal else mark_of(region)

    def normalise(self, raw: object) -> Value:
        if isinstance(raw, list | tuple) and len(raw) == len(self.parts):
            raw = dict(zip(self.parts, raw, strict=True))
        if not isinstance(raw, Mapping) or "amount" not in raw:
            raw = {"amount": raw}
        text, said = clean(raw["amount"]), clean(raw.get("currency"))
        if not text:
            return BLANK
        number, named = self._read(raw["amount"], text)
        code = currency_code(said) if said else named or self.currency
        if number is None or (said and named not in ("", code)):
            return text, code if said and code else said
        return number, code or said

    def key(self, value: Value) -> Value:
        return value

    def match(self, value: Value) -> str:
        """Nobody is found by an amount."""
        return ""

    def cut(self, a: Value, b: Value) -> bool:
        return False

    def validate(self, value: Value) -> str | None:
        if not isinstance(value, tuple):
            return None
        if read_number(value[0], self.mark) is None:
            return "is no amount"
        return None if value[1] in CODES else "has a currency that is not known"

    def mask(self, value: Value) -> str:
        if not isinstance(value, tuple):
            return ""
        return f"{value[1]} {HIDDEN}" if value[1] in CODES else HIDDEN

    def show(self, value: Value) -> str:
        """ "EUR 12,50"."""
        if not isinstance(value, tuple):
            return ""
        number = read_number(value[0], self.mark)
        return f"{value[1]} {show_number(number, self.mark, least=2) if number else value[0]}".strip()

    def sort_key(self, value: Value) -> str:
        if not isinstance(value, tuple):
            return ""
        number = read_number(value[0], self.mark)
        return f"{value[1]} {order_number(number) if number else value[0].casefold()}"

    def house(self, value: Value, like: object = None) -> object:
        return dict(zip(self.parts, value, strict=True)) if isinstance(value, tuple) else BLANK

    def write_parts(
        self, value: Value, wanted: Sequence[str], like: Mapping[str, object]
    ) -> dict[str, object]:
        """The parts called `wanted`, as `like` shows them.

        Where the currency has no place, one that is not the field's own goes before the amount: a system
        that cannot hold that refuses it, and nobody takes dollars for euros.
        """
        amount, code = value if isinstance(value, tuple) else ("", "")
        number = read_number(amount, self.mark)
        spelled = spell_number(number, like.get("amount"), self.mark) if number else amount
        if "currency" not in wanted and code not in ("", self.currency):
            spelled = f"{code} {amount}"
        written = {"amount": spelled or None, "currency": spell_currency(code, clean(like.get("currency")))}
        return {part: written[part] for part in wanted if part in written}

    def _read(self, raw: object, text: str) -> tuple[str | None, str]:
        """(plain number or None, currency named in the text or "")."""
        if number := written_out(raw) or read_number(text, self.mark):
            return number, ""
        if (found := _BEFORE.match(text)) and (code := currency_code(found[2])):
            return read_number(found[1] + text[found.end() :], self.mark), code
        if (found := _BEHIND.search(text)) and (code := currency_code(found[1])):
            return read_number(text[: found.start()], self.mark), code
        return None, ""
