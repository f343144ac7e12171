"""Customer texts made harmless for where they are shown: a cell, a screen, a markdown page.

Whatever a customer's record holds stays text: no formula in a spreadsheet, no markup, link or HTML on a page.
"""

from __future__ import annotations

import re

FORMULA = frozenset("=+-@\t\r＝＋－＠")
"""What a spreadsheet takes for the start of a formula (OWASP, CSV injection), full-width twins included."""
SCREEN = 200
"""Characters of one value on a screen."""

_UNSEEN = re.compile(
    "[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)  # may reorder or hide what follows
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_MARKUP = re.compile(r"(?i)(@|:(?=//)|www(?=\.))|[&<>\[\]|`*_~^\\#!${}]")
_JOINER = "&#8288;"  # a word joiner: cannot be seen, and no link is found across it
_TWINS = str.maketrans("[]<>`*~|", "［］＜＞｀＊～｜")
_EMPHASIS = re.compile(r"(?<![^\W_])_|_(?![^\W_])")  # within a word it is an underscore and stays one


def one_line(text: str) -> str:
    """The text on one line, without characters that cannot be seen."""
    return " ".join(_UNSEEN.sub("", _CONTROL.sub(" ", text)).split())


def cell(text: str) -> str:
    """The text for a cell of a spreadsheet: with an apostrophe before what would be a formula."""
    line = one_line(text)
    return f"'{line}" if line[:1] in FORMULA and line else line


def plain(text: str) -> str:
    """The text for markdown, where it shows as it is. For names and sentences."""
    return _MARKUP.sub(_reference, one_line(text))


def code(text: str) -> str:
    """The text as a code span of markdown, so that it can be copied. For values.

    A backtick and an upright bar, which could end the span or the cell, become their full-width twins.
    """
    line = _short(one_line(text)).replace("`", "｀").replace("|", "｜")
    return f"`{line}`" if line else ""


def screen(text: str) -> str:
    """The text for a cell that one screen shows as text and another as markdown."""
    return _EMPHASIS.sub("＿", cell(_short(text)).translate(_TWINS).replace("://", "：//"))


def _short(text: str) -> str:
    return text if len(text) <= SCREEN else text[: SCREEN - 1] + "…"


def _reference(found: re.Match[str]) -> str:
    if found[1]:
        return found[1] + _JOINER
    return f"&#{ord(found[0])};"
