"""One of a few values that the company names itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from reconcile.types.base import BadOption, SemanticType, register
from reconcile.types.cleaning import clean, fold, plain
from reconcile.values import BLANK, Value

Values = Sequence[str] | Mapping[str, Sequence[str]]
"""The values in their order, perhaps each with other words for it."""


@register
class Enum(SemanticType):
    """One of the field's `values`, as the policy spells it; case and accents are notation."""

    name = "enum"
    closed = True
    takes = {"values": {"goud": ["gold", "1"], "zilver": ["silver"], "brons": []}}
    examples = ("goud", "Goud", "GOLD", "gold", 1, "zilver", "Silver", "brons", "platina", "geen", "goud!")

    def __init__(self, region: str = "NL", today: date | None = None, values: Values | None = None) -> None:
        if not values:
            raise BadOption("values", "no values", "the values of this field, as a list")
        super().__init__(region, today, values=values)
        self.values = tuple(clean(value) for value in values)
        self.meaning = _meaning(values)

    def normalise(self, raw: object) -> Value:
        text = clean(raw)
        return self.meaning.get(plain(text), text) or BLANK

    def key(self, value: Value) -> str | None:
        return fold(str(value)) if value is not BLANK else None

    def match(self, value: Value) -> str:
        return str(value) if value in self.values else ""

    def cut(self, a: Value, b: Value) -> bool:
        return False

    def validate(self, value: Value) -> str | None:
        return None if value is BLANK or value in self.values else "is none of the values of the policy"

    def sort_key(self, value: Value) -> str:
        """In the policy's order, then what is none of them."""
        if value is BLANK:
            return ""
        place = self.values.index(value) if value in self.values else len(self.values)
        return f"{place:05} {str(value).casefold()}"

    def house(self, value: Value, like: object = None) -> object:
        """As the policy spells it; as it is shown where that is the value already."""
        return like if isinstance(like, str) and like.strip() and self.normalise(like) == value else value


def _meaning(values: Values) -> dict[str, str]:
    """Each value and each other word for it, without case, as what it means. Raises BadOption."""
    found: dict[str, str] = {}
    for value, word in _words(values):
        if not word:
            raise BadOption("values", "a value without a letter or digit", "text")
        if found.setdefault(plain(word), value) != value:
            raise BadOption("values", f"{word} as two values", "each word once")
    return found


def _words(values: Values) -> Iterator[tuple[str, str]]:
    for value in values:
        others = values[value] if isinstance(values, Mapping) else ()
        yield from ((clean(value), clean(word)) for word in (value, *others))
