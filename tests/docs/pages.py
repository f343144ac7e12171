"""What the pages for people hold: blocks of code with their file names, tables, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
)
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\S+/\S+\.\w+)( \(wrong\))?\n")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_TABLE = re.compile(r"<!-- tried: (\w+) -->\n\n((?:^\|.*\n)+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """One block of code. `file`: the name on its first line, "" for none."""

    language: str
    text: str
    file: str = ""
    wrong: bool = False


def blocks(page: Path, *languages: str) -> list[Block]:
    """The blocks of a page in these languages, or all, from top to bottom."""
    found = []
    for language, text in _BLOCK.findall(page.read_text("utf-8")):
        named = _FILE.match(text)
        block = Block(language, text, named[1] if named else "", bool(named and named[2]))
        if not languages or language in languages:
            found.append(block)
    return found


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return _BLOCK.sub("", page.read_text("utf-8"))


def links(page: Path) -> Iterator[tuple[str, str]]:
    """(file, heading) of every link that stays in the repository; "" for this page, "" for its top."""
    for target in _LINK.findall(prose(page)):
        if "://" not in target:
            file, _, heading = target.partition("#")
            yield file, heading


def headings(page: Path) -> set[str]:
    """The names by which links reach the headings of a page."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def tables(page: Path) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """(semantic type, rows by heading) of every table that is marked to be tried."""
    for kind, text in _TABLE.findall(page.read_text("utf-8")):
        head, _, *rows = [
            [cell.strip() for cell in line.strip("|\n").split("|")] for line in text.splitlines()
        ]
        yield kind, [dict(zip(head, row, strict=True)) for row in rows]
