"""What a column of somebody's file holds, guessed from its values and from what its header says.

Every registered semantic type reads every value. A type that would also call nonsense valid (a text, a name)
speaks only where the header does; of the others the one that finds most values valid is the likely one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from reconcile import headings
from reconcile.headings import ADDRESS, Heading, Meaning
from reconcile.placeholders import placeholders
from reconcile.types import BadOption, SemanticType, build, registered
from reconcile.types.cleaning import clean, plain
from reconcile.types.family_name import FamilyName
from reconcile.values import BLANK

PLACEHOLDERS = ("n.v.t.", "nvt", "onbekend", "unknown", "geen", "n/a", "-", "?", "geen@geen.nl") + (
    "onbekend@onbekend.nl",
    "0612345678",
    "01-01-1900",
    "01-01-1970",
)
"""What people type where they have nothing; read as blank here, and the draft of a policy lists them."""

LOOKED_AT = 120
"""Values that every type reads; the type that is chosen reads all."""
SURE = 0.9
"""From this share of valid values the values speak for themselves, whatever the header says."""
DOUBTFUL = 0.3
"""Below this share the header is not believed."""

_NONSENSE = ("qk-7 wzx!", "zz", "blorp")
_FIELD_OF = {"email": "email", "phone": "phone", "iban": "iban", "vat_id": "vat_id", "url": "url", "date": ""}
"""Types that values alone can prove, the most telling first, each with the field it then is."""
_NUMBERS = ("integer", "decimal", "money")
_YES_NO = frozenset({"ja", "nee", "yes", "no", "true", "false", "j", "n", "y", "waar", "onwaar"})
_LIST = re.compile(r"[;,|]")
LISTED = 0.3
"""From this share of values with several words they are lists, of at most half as many words as values."""
_CENTS = re.compile(r"\D*\d[\d.,' ]*[.,]\d\d\D*")
_PHONE = re.compile(r"\(?(?:\+|0)[\d\s().\-/]{8,}.*|\d{11,}", re.DOTALL)
_DATE = re.compile(r"\d{1,4}[-/. ]\S+[-/. ]\d{2,4}.*", re.DOTALL)
_POSTCODE = re.compile(r"[1-9][0-9]{3} ?[A-Za-z]{2}")
_HAS_ZERO = re.compile(r"0\d+")
_PARTS = {
    "postcode": re.compile(r"(?=.*\d)[A-Za-z0-9 \-]{3,10}"),
    "number": re.compile(r"\d.{0,9}"),
    "addition": re.compile(r".{1,20}"),
}
_SHAPES = {
    "iban": re.compile(r"[A-Z]{2}\d{2}[A-Z0-9 .-]{11,40}", re.IGNORECASE),
    "vat_id": re.compile(r"(?=.*\d{6})[A-Z0-9 .\-]{8,20}", re.IGNORECASE),
    "kvk": re.compile(r"\D{0,12}\d[\d .]{6,9}"),
    "phone": re.compile(r"[+(\d][\d\s().\-/]{6,}.*", re.DOTALL),
}
"""What a value of these looks like that fails its check digits only."""
_LETTERS = re.compile(r".*[^\W\d_].*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of one column. Counts are of the samples; shares lie between 0 and 1."""

    type: str
    """A semantic type, `text` when nothing else fits."""
    meaning: Meaning | None
    """What the column is about; None when neither header nor values tell."""
    valid: float
    """Of the values that are filled in."""
    filled: int
    blanks: int
    """Nothing there, or a placeholder."""
    distinct: float
    """Different values among those filled in."""
    reasons: tuple[str, ...]
    alternatives: tuple[tuple[str, float], ...]
    """Other types that find at least half valid, with that share; the best first."""

    @property
    def unique(self) -> bool:
        """Does each sample have one of its own?"""
        return self.filled > 0 and not self.blanks and self.distinct == 1.0


def profile(name: str, samples: Sequence[object]) -> Profile:
    """What the column called `name` holds. Names no value in its reasons."""
    heading = headings.read(name)
    answers = any(raw is True for raw in samples)  # then False is one too, and not how Odoo shows nothing
    filled = [raw for raw in samples if not is_blank(raw) or (answers and raw is False)]
    texts = [_text(raw) for raw in filled]
    shares = _shares(_spread(filled))
    chosen, meaning, reasons = _choose(heading, texts, shares)
    filled = _without_placeholders(chosen, filled)
    distinct = len(set(map(_text, filled)))
    others = [(n, share) for n, share in shares.items() if n != chosen and share >= 0.5 and not _open(n)]
    return Profile(
        type=chosen,
        meaning=meaning,
        valid=validity(chosen, filled, meaning.part if meaning else ""),
        filled=len(filled),
        blanks=len(samples) - len(filled),
        distinct=distinct / len(filled) if filled else 0.0,
        reasons=tuple(reasons),
        alternatives=tuple(sorted(others, key=lambda other: -other[1])),
    )


def _without_placeholders(name: str, filled: list[object]) -> list[object]:
    """Without what the type reads as one of the placeholders, in whatever notation."""
    kind = _type(name)
    known = placeholders(PLACEHOLDERS, {name: kind})
    return [raw for raw in filled if not known.hold(name, kind.normalise(raw))]


def _text(raw: object) -> str:
    return "false" if raw is False else clean(raw)


def is_blank(raw: object) -> bool:
    """Does this say nothing: empty, or what people type where they have nothing?"""
    text = clean(raw)
    return not text or plain(text) in PLACEHOLDERS


def validity(name: str, filled: Sequence[object], part: str = "") -> float:
    """The share of values that the type, or what is known of a part of it, finds valid; 0 without values."""
    if not filled:
        return 0.0
    counted = Counter(map(_hashable, filled))
    right = sum(number for raw, number in counted.items() if _is_valid(name, part, raw))
    return right / len(filled)


def _is_valid(name: str, part: str, raw: object) -> bool:
    if part and part != "lines":
        if part == "country":
            return _valid(_type("country"), raw)
        if part == "infix":
            return _is_infix(clean(raw))
        return bool((_PARTS.get(part) or _LETTERS).fullmatch(clean(raw)))
    kind = _type(name)
    if name == ADDRESS:
        return bool(_LETTERS.fullmatch(clean(raw))) and _valid(kind, {"lines": raw})
    return _valid(kind, raw)


def _is_infix(text: str) -> bool:
    """Does a name that begins with it keep it apart?"""
    family = _type("family_name")
    assert isinstance(family, FamilyName)
    return bool(family.split(family.normalise(f"{text} Berg"))[0])


def _shares(filled: Sequence[object]) -> dict[str, float]:
    """Per type the share of values it finds valid, of types that can be built without being told more."""
    kinds = {name: kind for name in registered() if (kind := _built(name))}
    found = {}
    for name, kind in kinds.items():
        right = sum(_valid(kind, raw) and _telling(name, clean(raw)) for raw in filled)
        found[name] = right / len(filled) if filled else 0.0
    return found


def _telling(name: str, text: str) -> bool:
    """Is the value so written that it can hardly be something else that happens to be valid?"""
    if name == "phone":
        return bool(_PHONE.fullmatch(text))
    if name in ("date", "birth_date"):
        return bool(_DATE.fullmatch(text))
    if name == "url":
        return "." in text and "@" not in text
    if name == "vat_id":
        return text[:1].isalpha() or "B" in text.upper()
    return not (name in _NUMBERS and _HAS_ZERO.fullmatch(text))


Choice = tuple[str, Meaning | None, list[str]]


def _choose(heading: Heading, texts: Sequence[str], shares: dict[str, float]) -> Choice:
    said = heading.meaning
    if not texts:
        return said.type if said else "text", said, ["empty in every row"]
    by_value = _by_value(texts, shares)
    if said is None or (_answers(texts) and not said.part):
        return _without_header(texts, shares, by_value)
    if said.name in ("modified", "created"):
        return _dated(said, texts, shares, by_value)
    share = validity(said.type, texts, said.part)
    if by_value and by_value.type != said.type and share < SURE and not (said.part or said.name == "id"):
        return by_value.type, by_value, [f"the header says {said.name}, the values say {by_value.type}"]
    if (
        by_value
        and by_value.type != said.type
        and _open(said.type)
        and by_value.type in ("email", "iban", "url")
    ):
        return by_value.type, by_value, [f"the header says {said.name}, the values say {by_value.type}"]
    if share < DOUBTFUL and not _looks_like(said.type, texts):
        name, meaning, why = _without_header(texts, shares, by_value)
        return name, meaning, [f"the header says {said.name}, but few values are a valid {said.type}", *why]
    return said.type, said, ["the header says so"]


def _looks_like(type_: str, texts: Sequence[str]) -> bool:
    shape = _SHAPES.get(type_)
    return shape is not None and sum(bool(shape.fullmatch(text)) for text in texts) >= SURE * len(texts)


def _dated(said: Meaning, texts: Sequence[str], shares: dict[str, float], by_value: Meaning | None) -> Choice:
    if shares.get("date", 0.0) >= SURE or validity("date", texts) >= SURE:
        return "date", said, ["the header says so"]
    kind = by_value.type if by_value else "text"
    return kind, by_value, [f"the header says {said.name}, but the values are no dates"]


def _by_value(texts: Sequence[str], shares: dict[str, float]) -> Meaning | None:
    """What values prove without a header."""
    for name, field in _FIELD_OF.items():
        if shares.get(name, 0.0) >= SURE:
            return headings.FIELDS[field] if field else Meaning("", name)
    if sum(bool(_POSTCODE.fullmatch(text)) for text in texts) >= SURE * len(texts):
        return headings.read("postcode").meaning
    return None


def _answers(texts: Sequence[str]) -> bool:
    """Are all of them yes or no, and some of either?"""
    found = {plain(text) for text in texts}
    return len(found) > 1 and found <= _YES_NO


def _listed(texts: Sequence[str]) -> bool:
    """Are they lists of the same few words, with commas or the like between?"""
    rows = [[word.strip() for word in _LIST.split(text)] for text in texts]
    words = {word for row in rows for word in row}
    several = sum(len(row) > 1 for row in rows)
    return several >= LISTED * len(rows) and len(words) <= max(3, LISTED / 2 * len(rows))


def _without_header(texts: Sequence[str], shares: dict[str, float], by_value: Meaning | None) -> Choice:
    if by_value:
        return by_value.type, by_value if by_value.name else None, ["the values say so"]
    if _answers(texts):
        return "boolean", None, ["the values say so"]
    if set(texts) == {"0", "1"}:
        return "boolean", None, ["only 0 and 1"]
    cents = sum(bool(_CENTS.fullmatch(text)) for text in texts) >= SURE * len(texts)
    fits = [n for n in _NUMBERS if shares.get(n, 0.0) >= SURE and not (cents and n == "integer")]
    if fits and all(not any(c.isalpha() for c in text) or "EUR" in text for text in texts):
        return fits[0], None, ["all are numbers"]
    if _listed(texts):
        return "tags", None, ["lists of the same few words"]
    return "text", None, ["nothing more special fits"]


def _spread(values: Sequence[object]) -> list[object]:
    step = max(1, -(-len(values) // LOOKED_AT))
    return list(values[::step])


def _valid(kind: SemanticType, raw: object) -> bool:
    value = kind.normalise(raw)
    return value is not BLANK and kind.validate(value) is None


def _hashable(raw: object) -> object:
    return raw if isinstance(raw, str | int | float | None) else clean(raw)


@cache
def _type(name: str) -> SemanticType:
    return build(name)


@cache
def _built(name: str) -> SemanticType | None:
    try:
        return build(name)
    except BadOption:
        return None  # it has to be told its values, and nobody has


@cache
def _open(name: str) -> bool:
    """Would the type call nonsense valid? Then that it finds a value valid says nothing."""
    kind = _built(name)
    return kind is None or all(_valid(kind, text) for text in _NONSENSE)
