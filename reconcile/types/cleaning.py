"""From whatever a system shows to clean text, and from text to what its notation has in common."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache

_DEPTH = 8  # of nested lists: what a person calls a value is never deeper
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\W_]+(?=\d)")
_NOTATION = re.compile(r"(?:[^\w\x01]|_)+")
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ĳ": "ij", "ħ": "h"}
)


def clean(raw: object) -> str:
    """Text in NFC without control and zero-width characters, inner white space one space; "" for nothing.

    A whole float loses its ".0" (spreadsheets hold every number as one); False and NaN say nothing
    (Odoo shows an empty text as False, spreadsheets as NaN). Never raises.
    """
    if type(raw) is str:
        return raw if raw.isalnum() and raw.isascii() else _clean_text(raw)
    return _clean_text(_as_text(raw, _DEPTH))


def plain(text: str) -> str:
    """`text` without case and diacritics."""
    return text.lower() if text.isascii() else _plain(text)


def fold(text: str) -> str:
    """`text` without case, in NFC."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text.casefold())


def says_less(a: str, b: str) -> bool:
    """Is folded text `a` folded text `b`, or `b` as a system shows it that has no diacritics?"""
    return a == b or (not b.isascii() and a.isascii() and a == plain(b))


def bare(text: str) -> str:
    """`text` without case, spacing and punctuation; two numbers stay two numbers."""
    if text.isalnum():
        return fold(text)
    return _NOTATION.sub("", _BETWEEN_DIGITS.sub("\x01", fold(text)))


def unreadable(text: str) -> str | None:
    """Why `text` was damaged on its way here, None if it was not."""
    if text.isascii():
        return None
    if "\ufffd" in text:
        return "holds characters that were lost in a conversion; correct it at the source"
    try:
        text.encode("cp1252").decode("utf-8")
    except ValueError:
        return None
    return "is UTF-8 that was read as Windows-1252; correct it at the source"


def _clean_text(text: str) -> str:
    printable = text.isprintable()
    if not printable:
        text = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    elif printable and "  " not in text and text[:1] != " " and text[-1:] != " ":
        return text
    return " ".join(text.split())


def _as_text(raw: object, depth: int) -> str:
    if raw is None or raw is False:
        return ""
    if raw is True:
        return "true"
    if isinstance(raw, float):
        return _number(raw)
    if isinstance(raw, int):
        return str(raw) if raw.bit_length() < 1024 else hex(raw)  # str() refuses thousands of digits
    if isinstance(raw, bytes):
        return raw.decode("utf-8", "replace")
    if isinstance(raw, dict):
        return _as_text(list(raw.values()), depth)
    if isinstance(raw, list | tuple | set | frozenset):
        return ", ".join(filter(None, (_as_text(item, depth - 1) for item in raw))) if depth else "…"
    return str(raw)


def _number(raw: float) -> str:
    if math.isnan(raw):
        return ""
    return str(int(raw)) if raw.is_integer() and abs(raw) < 1e17 else repr(raw)


@lru_cache(4096)
def _plain(text: str) -> str:
    marks = unicodedata.normalize("NFD", unicodedata.normalize("NFC", text).casefold()).translate(_LETTERS)
    return "".join(c for c in marks if unicodedata.category(c) != "Mn")
