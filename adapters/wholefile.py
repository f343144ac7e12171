"""Writing to a file that is replaced whole: one rewrite for many changes, or none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from adapters import files
from adapters.protocol import Change, Outcome, Status

PAGE = 1000
PATIENCE = 60.0  # seconds: a file is open elsewhere for as long as somebody works in it


class Draft(Protocol):
    """A file as it will be."""

    @property
    def moved(self) -> bool:
        """Something differs from the file."""
        ...

    def apply(self, change: Change) -> Outcome:
        """What becomes of the change if the draft is stored."""
        ...

    def content(self) -> bytes: ...


Begin = Callable[[], tuple[Draft, files.FileState]]
"""A draft of the file as it is now. Raises SystemOut."""


def rewrite(path: Path, changes: Sequence[Change], begin: Begin) -> Iterator[Outcome]:
    """One outcome for each change; all wait while somebody has the file open."""
    if not changes:
        return
    if note := files.opened_elsewhere(path):
        why = f"{path.name} is open elsewhere; close it there, or remove {note.name}"
        yield from (Outcome(change.key, "deferred", detail=why, retry_after=PATIENCE) for change in changes)
        return
    try:
        with files.alone(path):
            outcomes = _rewritten(path, changes, begin)
    except OSError as error:
        why = f"nothing was written to {path.name}: {error.strerror}"
        outcomes = [Outcome(change.key, "deferred", detail=why) for change in changes]
    yield from outcomes


def _rewritten(path: Path, changes: Sequence[Change], begin: Begin) -> list[Outcome]:
    """Raises OSError while the file is still as it was."""
    draft, seen = begin()
    outcomes = [draft.apply(change) for change in changes]
    if not draft.moved:
        return outcomes
    if not files.put(path, draft.content(), seen):
        return _instead(outcomes, "deferred", f"{path.name} was saved by somebody else meanwhile")
    try:
        files.settle(path)
    except OSError as error:
        return _instead(outcomes, "unknown", f"written, but perhaps not durable: {error.strerror}")
    return outcomes


def _instead(outcomes: Sequence[Outcome], status: Status, detail: str) -> list[Outcome]:
    """What was thought applied is not."""
    return [
        replace(one, status=status, detail=detail, record=None) if one.status == "applied" else one
        for one in outcomes
    ]


def next_key(keys: Collection[str], digits: int) -> str | None:
    """One more than the largest, as wide as the others when they have leading zeros.

    None when not every key is a number of at most so many digits: then nobody can tell what comes next.
    """
    if not all(key.isascii() and key.isdigit() and len(key) <= digits for key in keys):
        return None
    width = max(map(len, keys)) if any(key.startswith("0") for key in keys) else 0
    return str(max(map(int, keys), default=0) + 1).zfill(width)
