"""The spelling of people's names: capitals, apostrophes, and tokens that may be abbreviated."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from reconcile.types.cleaning import clean, fold, plain, says_less

_LIGATURES = (
    0x132,
    0x133,
    0x149,
    *range(0x1C4, 0x1CD),
    *range(0x1F1, 0x1F4),
    *range(0xFB00, 0xFB18),
)  # ĳ, ǆ, ﬁ
_SPELLED_OUT = str.maketrans(
    {chr(code): unicodedata.normalize("NFKC", chr(code)).replace("ʼ", "'") for code in _LIGATURES}
    | dict.fromkeys("’‘ʼ`´", "'")
)
_START = re.compile(r"(?:^|(?<=[\s\-'.(/]))([^\W\d_])")
_DUTCH_IJ = re.compile(r"(?:^|(?<=[\s\-]))Ij(?=[bcdfghklmnprstvwz])")  # IJsbrand; but Ijaz, Ijeoma
_MC = re.compile(r"\bMc([a-z])", re.ASCII)
_TOKEN = re.compile(r"-?[^\s.\-]+\.?")
_TOKEN_OR_SPACE = re.compile(r"-?[^\s.\-]+\.?| ")


def clean_name(raw: object) -> str:
    """Clean text with straight apostrophes and no ligatures: they have no capitals of their own."""
    text = clean(raw)
    if text.isalpha() and text.isascii():
        return text
    if text.isascii():
        return text.replace("`", "'")  # the only one of them in ASCII
    return unicodedata.normalize("NFC", text.translate(_SPELLED_OUT))


def capitals(text: str) -> str:
    """`text` as written, unless it is all upper or all lower case: that says nothing about capitals."""
    if not (text.isupper() or text.islower()):
        return text
    lower = _START.sub(lambda m: capital(m[1]), text.lower())
    lower = _MC.sub(lambda m: "Mc" + m[1].upper(), _DUTCH_IJ.sub("IJ", lower))
    return unicodedata.normalize("NFC", lower)


def capital(letter: str) -> str:
    """The capital of one letter; the letter itself if its capital takes two ("ß")."""
    upper = letter.title()
    return upper if len(upper) == 1 else letter


def well_formed(text: str) -> bool:
    """Can `text` be taken apart into tokens and put together again?"""
    return "".join(_TOKEN_OR_SPACE.findall(text)) == text


def pieces(text: str) -> list[str]:
    """The parts of a name as written: "A.B. Jan-Willem" has A. B. Jan -Willem."""
    return _TOKEN.findall(text)


@lru_cache(4096)
def tokens(text: str) -> tuple[str, ...]:
    """The parts of a name without case; an abbreviation keeps its dot, a second half its hyphen."""
    return tuple(_TOKEN.findall(fold(text))) or (fold(text),)


def token_within(a: str, b: str) -> bool:
    """Is `a` the same as `b`, without its diacritics, or an abbreviation of it?"""
    if says_less(a, b):
        return True
    stem = a.removesuffix(".")
    if stem == a or not plain(stem):  # an accent alone abbreviates nothing
        return False
    forms = (b, plain(b)) if stem.isascii() else (b,)
    return any(form.startswith(stem) or form.removeprefix("-").startswith(stem) for form in forms)


def tokens_within(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Is each token of `a` within that of `b`? Initials may leave out the last ones, whole names may not."""
    if len(a) > len(b) or (len(a) < len(b) and not all(token.endswith(".") for token in a)):
        return False
    return all(token_within(x, y) for x, y in zip(a, b, strict=False))
