"""What people are called, or as much of it as their initials tell."""

from __future__ import annotations

from reconcile.types.base import SemanticType, register
from reconcile.types.cleaning import plain, unreadable
from reconcile.types.names import capitals, clean_name, pieces, tokens, tokens_within, well_formed
from reconcile.values import BLANK, Value

_VOWELS = frozenset("AEIOUY")


@register
class GivenName(SemanticType):
    """A first name, several, or initials. "A." says less than "Ada", "Ada" is not less than "Ada Bea"."""

    name = "given_name"
    examples = (
        "Ada",
        "ADA",
        "ada",
        "A.",
        "A",
        "a.b.",
        "A.B.",
        "A. B.",
        "Ada Bea",
        "Ada B.",
        "A. Bea",
        "Zoë",
        "Zoe",
        "Z.",
    ) + (
        "Jan-Willem",
        "JAN-WILLEM",
        "J.W.",
        "J.-W.",
        "J",
        "Th.",
        "Theo",
        "d’arcy",
        "IJSBRAND",
        "ijaz",
        "JP",
        "É.",
    )

    def normalise(self, raw: object) -> Value:
        text = clean_name(raw)
        if not _unspaced_initials(text):
            text = capitals(text)
        return (_spell_initials(text) if not text.isalpha() or len(text) == 1 else text) or BLANK

    def key(self, value: Value) -> str | None:
        return " ".join(tokens(str(value))) if value is not BLANK else None

    def match(self, value: Value) -> str:
        return plain(tokens(str(value))[0].strip(".-")) if value is not BLANK else ""

    def within(self, a: Value, b: Value) -> bool:
        if a is BLANK or a == b:
            return True
        return b is not BLANK and tokens_within(tokens(str(a)), tokens(str(b)))

    def validate(self, value: Value) -> str | None:
        if value is BLANK:
            return None
        text = str(value)
        if not text.isalpha() and not any(c.isalpha() for c in text):
            return "has no letter; correct it at the source"
        return "is an e-mail address; correct it at the source" if "@" in text else unreadable(text)


def _unspaced_initials(text: str) -> bool:
    """Is it no word but initials written together? "JP" stays as it is."""
    return (
        len(text) <= 4 and text.isascii() and text.isalpha() and text.isupper() and _VOWELS.isdisjoint(text)
    )


def _spell_initials(text: str) -> str:
    """A lone capital gets its dot, and initials stand together: "a b" is no name, "A B" is A.B."""
    if not well_formed(text):
        return text
    spelled = ""
    for piece in pieces(text):
        letter = piece.removeprefix("-")
        word = piece + "." if len(letter) == 1 and letter.isupper() else piece
        close = word.startswith("-") and not spelled.endswith(" ")
        both_short = spelled.endswith(".") and word.endswith(".")
        spelled += word if not spelled or close or both_short else " " + word
    return spelled
