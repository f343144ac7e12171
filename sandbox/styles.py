"""Small changes to values: what a user mends, and how a system rewrites in a style of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def slip(text: str) -> str:
    """Another value of the same form: the last digit one up, or one letter more."""
    for place in range(len(text) - 1, -1, -1):
        if text[place].isdigit():
            return f"{text[:place]}{(int(text[place]) + 1) % 10}{text[place + 1 :]}"
    name, at, rest = text.partition("@")
    return f"{name}a{at}{rest}"


def restyled(text: str) -> str:
    """The same value, written differently."""
    if text.upper() != text:
        return text.upper()
    if text.lower() != text:
        return text.lower()
    return text.replace(" ", "") if " " in text else f"{text[:2]} {text[2:]}"


def names_in(body: Any) -> Iterator[str]:
    """Every name in a JSON body, at any depth."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield name
            yield from names_in(value)
    elif isinstance(body, list):
        for item in body:
            yield from names_in(item)
