"""Family names, with the infix ("van der") that Dutch lists leave out when they sort."""

from __future__ import annotations

import re
from functools import lru_cache

from reconcile.types.base import SemanticType, register
from reconcile.types.cleaning import clean, fold, plain, says_less, unreadable
from reconcile.types.names import capitals, clean_name, token_within
from reconcile.values import BLANK, Value

# The common ones of the infix table of the Dutch population register.
_DUTCH_WORDS = "van de der den het 't ten ter te op in aan bij onder over uit uijt voor tot"
_OTHER_WORDS = "von vom zu zum zur du des la le les da das di del della do dos el al v.d. v."
_DUTCH = frozenset(_DUTCH_WORDS.split())
_INFIX = _DUTCH.union(_OTHER_WORDS.split())
_ABBREVIATED = re.compile(r"^(?:v\.?\s?/?\s?d\.?|v\.?)\s+(?=\S)", re.IGNORECASE)
_RUN_ON = re.compile(r"\b(van|in|op|aan|uit|over)'t\b(?=\s)", re.IGNORECASE)  # "van't Hof"
_INNER = re.compile(r"(?<=[\s\-])(?:Van|De|Der|Den|Het|'T|Ten|Ter)(?=\s)")
_S = re.compile(r"(?:^|(?<=[\s\-]))'S(?=-)")


@register
class FamilyName(SemanticType):
    """A family name. Without infix it says less; another infix is another name.

    Also read: "Berg, van der", and {"name": "Berg", "infix": "van der"} where a system keeps them apart.
    In Belgium the capitals of an infix belong to the name, elsewhere it is written small.
    """

    name = "family_name"
    version = 4
    examples = (
        (
            "van der Berg",
            "Berg, van der",
            "Van Der Berg",
            "VAN DEN BERG",
            "Berg",
            "van Berg",
            "v.d. Berg",
            "vd berg",
        )
        + (
            "v/d Berg",
            "ijsselstein",
            "Müller",
            "Muller",
            "'s-Gravesande",
            "IN 'T VELD",
            "in ’t Veld",
            "In'T Veld",
            "O'NEIL",
        )
        + (
            "Berg-de Vries",
            "VAN DER BERG-DE VRIES",
            "Van",
            "de",
            "El Idrissi",
            "McDonald",
            "v. Berg",
            "Vries, De",
        )
        + (
            {"infix": "van der", "name": "Berg"},
            {"infix": None, "name": "de Vries"},
            {"infix": "van", "name": ""},
            "Berg, van, der",
        )
    )

    def normalise(self, raw: object) -> Value:
        text = _joined(raw) if isinstance(raw, dict) else clean_name(raw)
        if text.isalpha() and not text.isupper() and not text.islower():
            return _capital_ij(text)
        return _spelled(text, self.region == "BE") or BLANK

    def split(self, value: Value) -> tuple[str, str]:
        """A canonical value as (infix, rest); the infix is "" where there is none."""
        return _split(str(value)) if value is not BLANK else ("", "")

    def write_infix(self, value: Value, wants_infix: bool) -> tuple[str, str]:
        """(name, infix) for a system that keeps them apart, or (whole name, "") for one that does not."""
        infix, rest = self.split(value)
        return (rest, infix) if wants_infix else (f"{infix} {rest}".strip(), "")

    def key(self, value: Value) -> str | None:
        return fold(str(value)) if value is not BLANK else None

    def match(self, value: Value) -> str:
        return plain(self.split(value)[1])

    def within(self, a: Value, b: Value) -> bool:
        if a is BLANK or a == b:
            return True
        if b is BLANK:
            return False
        (infix_a, rest_a), (infix_b, rest_b) = self.split(a), self.split(b)
        return says_less(fold(rest_a), fold(rest_b)) and _infix_within(infix_a, infix_b)

    def validate(self, value: Value) -> str | None:
        if value is BLANK:
            return None
        text = str(value)
        if not text.isalpha() and not any(c.isalpha() for c in text):
            return "has no letter; correct it at the source"
        return "is an e-mail address; correct it at the source" if "@" in text else unreadable(text)

    def sort_key(self, value: Value) -> str:
        infix, rest = self.split(value)
        return plain(f"{rest}, {infix}" if infix else rest)


@lru_cache(4096)
def _spelled(text: str, belgian: bool) -> str:
    text = _RUN_ON.sub(r"\1 't", text)
    infix, rest = _split(_ABBREVIATED.sub(_whole_abbreviation, _turned(text)))
    if rest.isupper() or rest.islower():
        rest = _S.sub("'s", _INNER.sub(lambda m: m[0].lower(), capitals(rest)))
    if infix and not infix.islower():
        keep = belgian and not infix.isupper()
        infix = " ".join(
            w if keep or (w.lower() not in _DUTCH and not w.isupper()) else w.lower() for w in infix.split()
        )
    return f"{infix} {_capital_ij(rest)}".strip()


@lru_cache(4096)
def _split(text: str) -> tuple[str, str]:
    """The leading infix words of a name; its last word is never one."""
    words = text.split(" ")
    count = 0
    while count < len(words) - 1 and words[count].lower() in _INFIX:
        count += 1
    return " ".join(words[:count]), " ".join(words[count:])


def _turned(text: str) -> str:
    """ "Berg, van der" the other way round; with two commas nobody knows what is meant."""
    if text.count(",") != 1:
        return text
    name, _, infix = text.rpartition(",")
    name, infix = name.strip(), _ABBREVIATED.sub(_whole_abbreviation, infix.strip() + " x")[:-2]
    words = infix.split()
    return f"{infix} {name}" if name and words and all(w.lower() in _INFIX for w in words) else text


def _whole_abbreviation(match: re.Match[str]) -> str:
    return "v.d. " if "d" in match[0].lower() else "v. "


def _joined(raw: dict[object, object]) -> str:
    name, infix = clean_name(raw.get("name")), clean_name(raw.get("infix")).strip(",")
    already = fold(name).startswith(fold(infix) + " ")  # some systems repeat the infix in the name
    return name if already else clean(f"{infix} {name}")


def _capital_ij(text: str) -> str:
    """IJsselstein; not where the whole would be capitals then, which say nothing and would be read again."""
    dutch = text.startswith("Ij") and text[2:3] not in "aeiouy" and not text[2:].isupper()
    return "IJ" + text[2:] if dutch else text


def _infix_within(a: str, b: str) -> bool:
    """No infix says less than one, an abbreviated one less than a whole one, word by word."""
    if not a or fold(a) == fold(b):
        return True
    words_a, words_b = _infix_tokens(a), _infix_tokens(b)
    return len(words_a) == len(words_b) and all(
        token_within(x, y) for x, y in zip(words_a, words_b, strict=True)
    )


def _infix_tokens(infix: str) -> list[str]:
    return fold(infix).replace("v.d.", "v. d.").split()
