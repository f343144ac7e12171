"""What is wrong in people's files: where, what was found, what was expected. Never a secret."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reconcile.errors import HubError

YamlPath = tuple[str | int, ...]
"""Keys and list positions (from 0) from the top of a file to a value."""

HUB = "config/hub.yaml"
HIDDEN = "••••"
MOST_SHOWN = 60
_SECRET = re.compile(r"token|passw|secret|oauth|api_?key|credential|private", re.IGNORECASE)
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
_USERINFO = re.compile(r"(?<=://)[^/\s'\"]*@")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to mend. `line` counts from 1; `path` leads to the value or key concerned."""

    file: str
    line: int
    path: YamlPath
    found: str
    expected: str

    def __str__(self) -> str:
        found = hide_userinfo(self.found)
        expected = hide_userinfo(self.expected)
        where = f"{show_path(self.path)}: " if self.path else ""
        return f"{self.file}:{self.line}: {where}found {found}, expected {expected}"


class ConfigError(HubError):
    """The files have to be mended first; all problems of all files at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        unique = dict.fromkeys(problems)
        self.problems = tuple(sorted(unique, key=lambda p: (p.file, p.line, show_path(p.path), p.found)))
        super().__init__("\n".join(map(str, self.problems)))


def show_path(path: YamlPath) -> str:
    """A path as people read it: `link[0].when`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def secret(path: YamlPath, value: object) -> bool:
    """Is this a password or the like? The name of an environment variable is none."""
    named = bool(path) and path[-1] == "env" and isinstance(value, str) and _VARIABLE.fullmatch(value)
    scalar = isinstance(value, str | int | float) and not isinstance(value, bool)
    return scalar and not named and any(isinstance(step, str) and _SECRET.search(step) for step in path)


def hide_userinfo(text: str) -> str:
    """The text with name and password of every URL hidden."""
    return _USERINFO.sub(f"{HIDDEN}@", text)


def show(value: object, path: YamlPath = ()) -> str:
    """A value found at a path, short and without secrets."""
    if isinstance(value, dict):
        return "a block of keys" if value else "an empty block"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if value is None:
        return "nothing (null)"
    if secret(path, value):
        return HIDDEN
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    text = hide_userinfo(value)
    return repr(text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "…")


def listing(names: Iterable[object]) -> str:
    """Names in order, for a person: `a, b or c`."""
    shown = [str(name) for name in names]
    return f"{', '.join(shown[:-1])} or {shown[-1]}" if len(shown) > 1 else "".join(shown) or "none"


def nearest(name: object, known: Sequence[str]) -> str:
    """` (did you mean x?)`, or nothing when no known name comes near."""
    close = difflib.get_close_matches(str(name).lower(), known, n=1, cutoff=0.6)
    return f" (did you mean {close[0]}?)" if close else ""


def split_advice(message: str) -> tuple[str, str]:
    """A message of another layer as (found, expected): `what is wrong; what to do`, or both in words."""
    if message.startswith("found ") and ", expected " in message:
        found, _, expected = message.removeprefix("found ").partition(", expected ")
        return found, expected
    found, _, advice = message.rpartition("; ")
    return (found, f"to {advice}") if found else (advice, "that to be mended")
