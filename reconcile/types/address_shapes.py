"""An address back in the shapes that a system keeps it in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from reconcile.types.cleaning import bare, clean
from reconcile.types.countries import country_code, spell_country
from reconcile.types.street_line import join_line, split_line

_BETWEEN_HALVES = re.compile(r"(?<=[0-9])[- ](?=[A-Za-z])")


def shaped_parts(
    value: Sequence[str], wanted: Sequence[str], like: Mapping[str, object]
) -> dict[str, object]:
    """The six parts of `value` as the parts called `wanted`, each as `like` shows its own."""
    street, number, addition, postcode, city, country = value
    if not number and {"street", "number"} <= set(wanted) and clean(like.get("number")):
        street, number, addition = _taken_apart(street)
    apart = "" if "addition" in wanted else addition
    door = join_line("", number, apart)
    line = street if "number" in wanted else join_line(street, number, apart)
    texts = {"street": line, "number": door, "addition": addition, "postcode": postcode, "city": city}
    written: dict[str, object] = {part: _shaped(texts[part], part, like) for part in wanted if part in texts}
    if "lines" in wanted:
        rest = (
            street,
            "" if "number" in wanted else number,
            "" if {"number", "addition"} & set(wanted) else addition,
        )
        written["lines"] = _lines(rest, like.get("lines", ""))
    if "country" in wanted:
        written["country"] = _country(country, like.get("country", ""))
    return written


def _taken_apart(line: str) -> tuple[str, str, str]:
    """A foreign line for a system that keeps the number apart, if it can be put together again."""
    parts = split_line(line)
    return parts if join_line(*parts) == line else (line, "", "")


def _shaped(text: str, part: str, like: Mapping[str, object]) -> object:
    shown = like.get(part, "")
    if _same(shown, text, _AS_READ.get(part, bare)):
        return shown
    if not text:
        return "" if isinstance(shown, str) else None
    if isinstance(shown, int) and not isinstance(shown, bool) and text.isascii() and text.isdigit():
        return int(text)
    if part == "postcode" and isinstance(shown, str) and shown.strip() and " " not in shown.strip():
        tight = text.replace(" ", "")
        return tight if bare(tight) == bare(text) else text  # not "AB1 2CD", which may be AB 12CD
    return text


def _door(line: str) -> tuple[str, ...]:
    """What is read in a street line: "Dorpsstraat <12" has no number."""
    return tuple(bare(part) for part in split_line(line))


def _same(shown: object, text: str, read: Callable[[str], object]) -> bool:
    """Does a part show this value already? Marks alone ("-") are no more than nothing where they stand."""
    found = clean(shown)
    return bare(found) == bare(text) and read(found) == read(text) and bool(found) >= bool(text)


def _code(postcode: str) -> str:
    """A postcode without what may stand between its halves; with any other sign it is not Dutch."""
    return _BETWEEN_HALVES.sub("", postcode).casefold()


_AS_READ: Mapping[str, Callable[[str], object]] = {"street": _door, "postcode": _code}
"""Parts of which the same letters and digits can still be read as something else."""


def _country(country: str, shown: object) -> object:
    text = clean(shown)
    if country_code(text) == country:
        return shown
    if not country:
        return None if shown is None else ""
    return spell_country(country, text)


def _lines(rest: tuple[str, str, str], shown: object) -> object:
    """As many lines as are shown, with the house number on the line where it stands there."""
    whole = join_line(*rest)
    if not isinstance(shown, list | tuple):
        if _same(shown, whole, _door):
            return shown
        return "\n".join(_spread(rest, shown.split("\n"))) if isinstance(shown, str) else whole
    texts = [clean(line) for line in shown]
    return shown if _same(" ".join(texts), whole, _door) else _spread(rest, texts)


def _spread(rest: tuple[str, str, str], shown: Sequence[str]) -> list[str]:
    street, number, addition = rest
    shown = [line.strip() for line in shown if line.strip()]
    if addition[:1].isdigit() and len(shown) > 1:  # on a line of its own it would read as a house number
        lines = [street, join_line("", number, addition)]
    elif len(shown) > 2:
        lines = [street, number, addition]
    elif len(shown) == 2 and shown[1][:1].isdigit():
        lines = [street, join_line("", number, addition)]
    elif len(shown) == 2:
        lines = [join_line(street, number, ""), addition]
    else:
        lines = [join_line(street, number, addition)]
    return [line for line in lines if line]
