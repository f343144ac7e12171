"""A project drafted from what people already have: looked at, written, and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.loader import load_project
from config.problems import HUB, ConfigError, Problem
from config.project import write_project
from config.sampling.draft import ProjectDraft, draft
from config.sampling.render import files
from config.sampling.sources import tables
from config.sampling.table import CannotSample

__all__ = ["CannotSample", "Drafted", "draft_project"]


@dataclass(frozen=True, slots=True)
class Drafted:
    """A project that was written, and passes its checks."""

    project: ProjectDraft
    files: tuple[Path, ...]
    variables: tuple[str, ...]
    """Environment variables that have to be set before it runs."""


def draft_project(folder: Path, sources: Sequence[str], environ: Mapping[str, str]) -> Drafted:
    """Look at the sources and write a project about them. The sources themselves are only read.

    Raises ConfigError when the folder holds a project, CannotSample for a source that cannot be read or
    used, SystemOut for one that does not answer; then nothing is left behind.
    """
    if (folder / HUB).exists():
        expected = "a folder that is no project yet (choose another, or move the file away)"
        raise ConfigError([Problem(HUB, 1, (), "a file that is already there", expected)])
    found = [table for source in sources for table in tables(source, folder, environ)]
    project = draft(found)
    variables = {name: value for s in project.systems for name, value in s.table.variables.items()}
    written = write_project(folder, files(project))
    try:
        load_project(folder, {**environ, **variables})
    except ConfigError as error:
        _take_back(written, folder)
        raise CannotSample(f"the draft does not pass its own check, so it was not kept:\n{error}") from error
    return Drafted(project, tuple(written), tuple(name for name in variables if not environ.get(name)))


def _take_back(written: Sequence[Path], folder: Path) -> None:
    """Remove the files, and the folders that held nothing else."""
    for path in written:
        path.unlink()
    for place in sorted({path.parent for path in written} | {folder / "config", folder}, reverse=True):
        if not any(place.iterdir()):
            place.rmdir()
