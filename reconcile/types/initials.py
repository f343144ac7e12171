"""The first letters of people's given names."""

from __future__ import annotations

import re

from reconcile.types.base import SemanticType, register
from reconcile.types.names import capital, clean_name, tokens, tokens_within
from reconcile.values import BLANK, Value

_BREAK = re.compile(r"[\s.,\-]+")
_TOGETHER = 5  # letters; more is a name
_SPELLINGS = "Th Ch Ph Sj Tj St Fr Kl IJ Chr"
_LONGER = frozenset(_SPELLINGS.split())
"""Beginnings that stand for one name, also without a dot: Th. is Theo."""
_LONGEST = 4  # letters of one initial with its dot: Chr., Joh.


@register
class Initials(SemanticType):
    """ "A.B.", also from "ab" and "A B". "A." says less than "A.B."; in "Th.J." two letters stay together."""

    name = "initials"
    examples = ("A.B.", "ab", "A B", "A.B", "a.b.", "A. B.", "AB", "A.", "a", "A.B.C.", "Th.J.", "Th J") + (
        "T.J.",
        "IJ.",
        "Chr.",
        "J.-W.",
        "J-W",
        "É.",
        "E.",
        "Jan",
        "Jan Willem",
        "A. van",
        "?",
    )

    def normalise(self, raw: object) -> Value:
        text = clean_name(raw)
        return _read(text) or text or BLANK

    def key(self, value: Value) -> str | None:
        return " ".join(tokens(str(value))) if value is not BLANK else None

    def match(self, value: Value) -> str:
        return "" if value is BLANK or self.validate(value) else str(self.key(value))

    def within(self, a: Value, b: Value) -> bool:
        if a is BLANK or a == b:
            return True
        return b is not BLANK and tokens_within(tokens(str(a)), tokens(str(b)))

    def cut(self, a: Value, b: Value) -> bool:
        return False

    def validate(self, value: Value) -> str | None:
        if value is BLANK or _read(str(value)) == value:
            return None
        return "is no row of initials: a letter and a dot for each name"


def _read(text: str) -> str:
    """The initials that a clean text is; "" if it is something else."""
    words = [word for word in _BREAK.split(text) if word]
    if len(words) == 1 and not text.endswith("."):
        words = _letters(words[0])
    spelled = [_initial(word, dotted=f"{word}." in text) for word in words]
    return "" if not all(spelled) else "".join(spelled)


def _letters(word: str) -> list[str]:
    """The letters of a word without capitals of its own: "ab" and "AB" are two, "Jan" is a name."""
    together = word.isalpha() and (word.isupper() or word.islower()) and len(word) <= _TOGETHER
    return list(word) if together and word != "IJ" else [word]


def _initial(word: str, dotted: bool) -> str:
    if not word.isalpha():
        return ""
    if len(word) == 1:
        return capital(word) + "."
    spelled = word if word == "IJ" else capital(word[0]) + word[1:].lower()
    known = spelled in _LONGER
    return f"{spelled}." if known or (dotted and len(word) <= _LONGEST and word == spelled) else ""
