"""The ways in which a company may be set up: its systems, what they can do, its policy."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from adapters.memory import EVERYTHING
from config.loader import Project, load_project
from tests.engine.systems import NAMES, Clock, System

S = TypeVar("S", bound=System)
FIELDS = tuple(NAMES)
CONFIGURATIONS = 48
LINK_RULE = {"name": "same e-mail", "when": ["email"]}
FAST = Path("/dev/shm")


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder that is gone afterwards, in memory where the machine has that."""
    return tempfile.TemporaryDirectory(dir=FAST if FAST.is_dir() else None, prefix="klantbeeld-")


@dataclass(frozen=True)
class Character:
    """What one system is like."""

    name: str
    entry: Mapping[str, Any]
    fields: Mapping[str, Any]
    capabilities: Mapping[str, Any]
    restyles: str = ""
    refuses: str = ""
    """A last digit of a telephone number that it does not take."""

    def system(self, clock: Clock, sort: type[S]) -> S:
        able = replace(EVERYTHING, **self.capabilities)
        made = sort(self.name, able, clock, self.restyles)
        if self.refuses:
            made.refuses = lambda payload: (
                "phone: not a number here" if str(payload.get("phone") or "").endswith(self.refuses) else None
            )
        return made


@dataclass(frozen=True)
class Configuration:
    """The files of a project, and the characters of its systems."""

    characters: tuple[Character, ...]
    policy: Mapping[str, Any]

    def load(self) -> Project:
        with scratch() as folder:
            root = Path(folder)
            _write(
                root / "config/hub.yaml",
                {"language": "en", "systems": {c.name: dict(c.entry) for c in self.characters}},
            )
            _write(root / "config/policy/customer.yaml", dict(self.policy))
            for c in self.characters:
                _write(root / f"mappings/{c.name}.yaml", {"customer": {"fields": dict(c.fields)}})
            return load_project(root, {})


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(dict(content), sort_keys=False), encoding="utf-8")


PLAIN_FIELDS: Mapping[str, Any] = {
    "given_name": "first",
    "family_name": "last",
    "email": "email",
    "phone": "phone",
    "address": {"parts": {"lines": "street", "postcode": "postcode", "city": "city", "country": "country"}},
    "iban": "iban",
}


def policy(systems: Sequence[str], **changes: Any) -> dict[str, Any]:
    """Six fields; the bank account is the first system's alone."""
    types = {name: {"type": name} for name in FIELDS} | {"address": {"type": "postal_address"}}
    types["iban"] |= {"edits_from": [systems[0]]}
    return {
        "rules": {"newest": ["most_recent", "majority"], "books": [{"system": systems[0]}, "most_recent"]},
        "first_sync": ["majority", {"newest_record": "1h"}],
        "fields": types,
        "link": [LINK_RULE],
        "guards": {"updates": [60, 50], "one_field": [60, 50], "creates": [60, 50]},
    } | changes


@cache
def configuration(number: int) -> Configuration:
    """One of the ways in which a company may be set up."""
    draw = random.Random(f"configuration {number}")
    names = ("books", "shop", "crm", "mail", "desk")[: draw.choice((2, 3, 3, 3, 4, 5))]
    characters = tuple(_character(name, draw, first=name == names[0]) for name in names)
    rules = policy(names)
    for name in ("given_name", "family_name", "phone", "address"):
        if (rule := draw.choice((None, None, "newest", "books"))) is not None:
            rules["fields"][name]["rule"] = rule
    if draw.random() < 0.2:
        rules["link"] = [LINK_RULE | {"unless": ["other_iban"]}]
    if draw.random() < 0.3:
        rules["first_sync"] = []
    return Configuration(characters, rules)


def _character(name: str, draw: random.Random, first: bool) -> Character:
    fields = {
        field: dict(form) if isinstance(form, dict) else {"path": form}
        for field, form in PLAIN_FIELDS.items()
    }
    if draw.random() < 0.25:
        fields["family_name"]["length"] = 10
    if draw.random() < 0.25:
        fields[draw.choice(("given_name", "address"))]["write"] = "never"
    fields["phone"]["on_loss"] = draw.choice(("ask", "ask", "accept", "refill"))
    writes = "all" if first else draw.choice(("all", "all", "all", "all", "none", "ask"))
    able = {
        "incremental": draw.choice(("filter", "no")),
        "deletes": draw.choice(("feed", "absence")),
        "conditional_write": draw.random() < 0.5,
        "returns_record": draw.random() < 0.5,
        "searchable": frozenset({"email"}) if draw.random() < 0.7 else frozenset(),
        "counts_writes": draw.random() < 0.7,
    }
    return Character(
        name,
        {
            "kind": "memory",
            "writes": writes,
            "creates": draw.choice(("none", "all")) if writes != "none" else "none",
            "index_lag": draw.choice(("0s", "5m")),
        },
        fields,
        able,
        restyles="last" if not first and draw.random() < 0.15 else "",
        refuses="3" if not first and draw.random() < 0.2 else "",
    )


@cache
def project(number: int) -> Project:
    """The project of a configuration, read once."""
    return configuration(number).load()
