"""Replacing a file that others use too: whole or not at all, with the previous one kept."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path

FileState = tuple[int, int, int]


def state(path: Path) -> FileState:
    """What changes when somebody saves the file. Raises OSError."""
    now = path.stat()
    return now.st_ino, now.st_mtime_ns, now.st_size


def opened_elsewhere(path: Path) -> Path | None:
    """The note that Excel (~$name) or LibreOffice (.~lock.name#) leaves beside a file it has open."""
    notes = (path.with_name(f"~${path.name}"), path.with_name(f".~lock.{path.name}#"))
    return next((note for note in notes if note.exists()), None)


def previous(path: Path) -> Path:
    """Where the file as it was before the last `put` is kept."""
    return path.with_name(f"{path.name}.previous")


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """No two of our processes are in here for files of one folder. Raises OSError."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def put(path: Path, content: bytes, seen: FileState) -> bool:
    """Replace the file if its state is still `seen`; False if somebody saved it meanwhile.

    Raises OSError with the file untouched. Durable only after `settle`.
    """
    mode = stat.S_IMODE(path.stat().st_mode)
    with _beside(path, path.read_bytes(), 0o600) as kept, _beside(path, content, mode) as new:
        if state(path) != seen:
            return False
        kept.replace(previous(path))
        new.replace(path)
    return True


def settle(path: Path) -> None:
    """Make what `put` did survive a power cut. Raises OSError."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextlib.contextmanager
def _beside(path: Path, content: bytes, mode: int) -> Iterator[Path]:
    """A durable file next to `path`, gone afterwards if nobody moved it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{mode:o}.new")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)
