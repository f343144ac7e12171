"""Where in a Dutch street line the street ends, the house number stands and the addition begins."""

from __future__ import annotations

import re

# Possessive, so that a long text without a number costs no more than its length.
_USUAL = re.compile(r"([^\d,]++,? ?)(?<=[ ,])([1-9][0-9]{0,4})[ -]?([A-Za-z]{0,2})\Z", re.ASCII)
_NUMBER = re.compile(r"(?<![^\s,])0*([1-9][0-9]{0,4})(?![0-9])", re.ASCII)
_YEARS = re.compile(
    r"(?:(?:1[5-9][0-9]{2}|20[0-4][0-9])|'?[0-9]{2,4}\s?-\s?'?[0-9]{2,4})\s+(?=[0-9])", re.ASCII
)
_BREAK = re.compile(r"[\s\-/.,]+")
_SHORT = re.compile(r"[^\W\d_]{1,4}|[0-9]{1,4}|[^\W\d_]{1,3}[0-9]{1,3}|[0-9]{1,3}[^\W\d_]{1,4}")
_LONG = "huis boven beneden voor achter links rechts kamer etage verdieping hoog appartement studio kantoor"
_WORDS = frozenset(_LONG.split())
_ENDINGS = {"str": "straat", "ln": "laan", "wg": "weg", "pln": "plein", "sngl": "singel"}
_SHORT_ENDING = re.compile(rf"(?<=[^\W\d_])(?:{'|'.join(_ENDINGS)})\Z")
_LONGEST = 4  # words in an addition


def split_line(line: str) -> tuple[str, str, str]:
    """(street, number, addition) of a clean line; (line, "", "") where no house number can be told.

    The number is the first that follows a word and is followed by nothing but an addition; a year or a
    range of years before another number belongs to the street ("Plein 1944 12", "Laan '40-'45 3").
    """
    if (usual := _USUAL.match(line)) and any(c.isalpha() for c in usual[1]):
        return usual[1].rstrip(" ,"), usual[2], usual[3]
    letter = next((at for at, c in enumerate(line) if c.isalpha()), len(line))
    for found in _NUMBER.finditer(line, letter):
        street, tail = line[: found.start()].rstrip(" ,"), line[found.end() :]
        if _YEARS.match(line, found.start()) or _in_range(line, found.start()):
            continue
        if (addition := read_addition(tail)) is not None:
            return street, found[1], addition
    return line, "", ""


def join_line(street: str, number: str, addition: str) -> str:
    """The street line; a hyphen keeps an addition that begins with a digit from the number: "12-3"."""
    hyphen = "-" if number and addition[:1].isdigit() else " "
    return f"{street} {number}{hyphen}{addition}".strip() if number else f"{street} {addition}".strip()


def split_number(number: str) -> tuple[str, str]:
    """(number, addition) of what a system calls the house number: "12-a" is 12 and a."""
    found = _NUMBER.match(number)
    if found is None:
        return number, ""
    return found[1], spell_addition(number[found.end() :])


def read_addition(tail: str) -> str | None:
    """The addition that `tail` is, None if it is more than one."""
    words = [word for word in _BREAK.split(tail) if word]
    if len(words) > _LONGEST or not all(_SHORT.fullmatch(word) or word.lower() in _WORDS for word in words):
        return None
    return " ".join(words)


def spell_addition(addition: str) -> str:
    """Words of an addition with one space between them, whatever stood there."""
    return " ".join(word for word in _BREAK.split(addition) if word)


def whole_street(street: str) -> str:
    """A bare street (lower case, no dots) with its ending in full: "dorpsstr" is dorpsstraat."""
    return _SHORT_ENDING.sub(lambda found: _ENDINGS[found[0]], street)


def _in_range(line: str, start: int) -> bool:
    """Is this number the second half of "1940 - 1945", followed by the house number?"""
    return bool(
        re.search(r"[0-9] ?- ?\Z", line[max(start - 4, 0) : start])
        and re.match(r"'?[0-9]+\s+[0-9]", line[start:])
    )
