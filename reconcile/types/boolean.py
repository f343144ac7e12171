"""Yes or no."""

from __future__ import annotations

from reconcile.types.base import HIDDEN, SemanticType, register
from reconcile.types.cleaning import clean, plain
from reconcile.values import BLANK, Value

_PAIRS = (
    ("ja", "nee"),
    ("yes", "no"),
    ("true", "false"),
    ("1", "0"),
    ("j", "n"),
    ("y", "n"),
    ("on", "off"),
    ("aan", "uit"),
    ("waar", "onwaar"),
)
_MEANING = {word: word == pair[0] for pair in _PAIRS for word in pair}


@register
class Boolean(SemanticType):
    """A truth value, whatever word a system has for it. A bare False is an answer here, not a blank."""

    name = "boolean"
    closed = True
    examples = (
        True,
        1,
        0,
        "1",
        "0",
        "ja",
        "Nee",
        "JA",
        "yes",
        "no",
        "true",
        "False",
        "on",
        "off",
        "J",
        "N",
    ) + (
        "waar",
        "onwaar",
        1.0,
        "misschien",
        "2",
        "onbekend",
    )

    def normalise(self, raw: object) -> Value:
        if isinstance(raw, bool):
            return raw
        text = clean(raw)
        meaning = _MEANING.get(plain(text))
        return meaning if meaning is not None else text or BLANK

    def match(self, value: Value) -> str:
        """Nobody is found by a yes."""
        return ""

    def validate(self, value: Value) -> str | None:
        return None if value is BLANK or isinstance(value, bool) else "is neither yes nor no"

    def mask(self, value: Value) -> str:
        return HIDDEN if value is not BLANK else ""

    def show(self, value: Value) -> str:
        if isinstance(value, bool):
            return (("nee", "ja") if self.region == "NL" else ("no", "yes"))[value]
        return "" if value is BLANK else str(value)

    def house(self, value: Value, like: object = None) -> object:
        """A truth value; the other word of a pair, or 1 and 0, where the system shows those."""
        if not isinstance(value, bool) or isinstance(like, bool):
            return value
        if isinstance(like, int | float):
            return int(value)
        shown = clean(like)
        pair = next((pair for pair in _PAIRS if plain(shown) in pair), None)
        if pair is None:
            return value
        word = pair[not value]
        return word.upper() if shown.isupper() else word.capitalize() if shown.istitle() else word
