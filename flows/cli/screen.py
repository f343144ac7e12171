"""Where a command speaks: what it found as a table for people or as JSON for programs, never both."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from rich.console import Console
from rich.table import Table

from reconcile.escape import one_line
from reconcile.words import Language, word

WIDE = 160
"""Columns where nobody's window sets a limit: in a pipe or a file."""

Shape = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Screen:
    """One command's surroundings: which project, and how to answer."""

    folder: Path
    as_json: bool = False

    def tell(self, shape: Shape, render: Callable[[Console, Shape], None]) -> None:
        """The answer of a command, on standard output."""
        if self.as_json:
            sys.stdout.write(json.dumps(shape, ensure_ascii=False, indent=2, default=str) + "\n")
        else:
            render(console(sys.stdout), shape)

    def tell_people(self, shape: Shape, render: Callable[[Console, Shape], None]) -> None:
        """A part of the answer that programs do not get."""
        if not self.as_json:
            render(console(sys.stdout), shape)

    def say(self, text: str) -> None:
        """Something by the way, for people only."""
        if not self.as_json:
            console(sys.stdout).print(text)

    @property
    def progress(self) -> Console | None:
        """Where progress shows: standard error, and nowhere with --json."""
        return None if self.as_json else console(sys.stderr)


def console(stream: IO[str]) -> Console:
    """Plain text as it is: a customer called "[red]" changes no colour."""
    width = None if stream.isatty() else WIDE
    return Console(file=stream, markup=False, highlight=False, emoji=False, width=width)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table; columns whose name ends in # hold numbers and stand right.

    A cell is one line, or a list of lines, without control characters: no value steers the terminal.
    """
    made = Table(title=title or None, title_justify="left", title_style="bold", header_style="bold", box=None)
    for name in columns:
        right = name.endswith("#")
        made.add_column(name.removesuffix("#"), justify="right" if right else "left", overflow="fold")
    for row in rows:
        made.add_row(*map(_cell, row))
    return made


def _cell(said: object) -> str:
    return "\n".join(map(_cell, said)) if isinstance(said, list) else one_line(str(said))


def counted(counts: Mapping[str, int], say: Language = "en") -> str:
    """Counts as people list them: `phone 6, address 4`; the largest first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{word(name, say)} {number}" for name, number in ordered)


def many(number: int, one: str, more: str | None = None) -> str:
    """`1 system`, `4 systems`."""
    return f"{number} {one if number == 1 else more or one + 's'}"


def day(moment: str | None) -> str:
    """A stored moment, short enough for a column."""
    return (moment or "")[:16].replace("T", " ")
