"""A project folder to start from: small, commented, and right as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files as shipped_in
from pathlib import Path

from config.problems import HUB, ConfigError, Problem

TEMPLATES = {
    "hub.yaml": HUB,
    "customer.yaml": "config/policy/customer.yaml",
    "webshop.yaml": "mappings/webshop.yaml",
    "administratie.yaml": "mappings/administratie.yaml",
}
"""Template by name → its place in a project folder."""
IGNORED = "# the hub's memory and secrets stay out of git\nklantbeeld.db*\n.env\n*.previous\n"
SCHEMAS = ("hub.json", "mapping.json", "policy.json")


def init_project(folder: Path) -> list[Path]:
    """Write a starter project and return what was written; nothing is overwritten.

    The systems are two CSV files that may be read only. Raises ConfigError, before anything is
    written, when one of the files is already there.
    """
    return write_project(folder, {place: _shipped("templates", name) for name, place in TEMPLATES.items()})


def write_project(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Write these files, by place in the folder, with what every project has beside them.

    Raises ConfigError, before anything is written, when one of the files is already there.
    """
    texts = {folder / place: text for place, text in files.items()}
    texts |= {folder / "config/schemas" / name: _shipped("schemas", name) for name in SCHEMAS}
    texts[folder / ".gitignore"] = IGNORED
    there = [path.relative_to(folder).as_posix() for path in texts if path.exists()]
    if there:
        expected = "a folder without it (choose another folder, or move the file away)"
        raise ConfigError([Problem(name, 1, (), "a file that is already there", expected) for name in there])
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(texts)


def _shipped(folder: str, name: str) -> str:
    return (shipped_in("config") / folder / name).read_text(encoding="utf-8")
