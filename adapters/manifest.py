"""A plain REST system as data: what its manifest may say, and nothing that needs a second language."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field

from adapters.archiving import Mark
from adapters.protocol import Action, Capabilities, Deletes
from adapters.yaml12 import Loader
from reconcile.policy import Written

STORING = ("create", "update")
"""Writes after which there is a record to show."""
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


class Rate(Written):
    """How often one account may ask."""

    per_second: float = Field(gt=0)
    burst: int = Field(ge=1)


class Paging(Written):
    """How a list is cut: by page number, by count of what was shown, or by a token in the answer."""

    by: Literal["page", "offset", "cursor"]
    parameter: str
    """Query parameter that takes the number or the token."""
    size: str
    """Query parameter for the page size."""
    at_most: int = Field(ge=1)
    """The largest page the system gives."""
    first: int = 1
    """With `by: page`: the number of the first page."""
    next: str = ""
    """With `by: cursor`: path of the next token in the answer; absent or empty there means the end."""


class Listing(Written):
    path: str
    items: str
    """Path of the records in the answer; "" when the answer is the list."""
    total: str = ""
    """Path of the number of records there are, which proves that a listing is whole."""
    paging: Paging
    since: str = ""
    """Query parameter that takes the oldest moment of change to show, inclusive."""
    query: Mapping[str, str] = Field(default_factory=dict)
    """What goes along with every question to the list, searches among them."""


class RecordPaths(Written):
    """Where a record shows what every record has."""

    id: str
    version: str = ""
    counted: bool = False
    """The version is a number that every write raises by one."""
    modified: str = ""
    deleted: str = ""
    """True there: the record is gone, and only its id is still shown."""
    archived: Mark | None = None
    """How an archived record shows that it is one."""


class Fetch(Written):
    path: str
    many: str = ""
    """Query parameter of the list that takes several ids, with commas between."""
    batch: int = Field(default=1, ge=1)


class Call(Written):
    """One sort of write."""

    method: Method
    path: str
    answers: bool = False
    """The answer is the stored record."""
    condition: str = ""
    """Header that takes the version which the record must still have; a record that moved is a 412."""
    once: str = ""
    """Header that takes a key: what came with the same key before is answered again, not done again."""


class Manifest(Written):
    """What a plain REST system offers. Request paths hold {resource} and {id}; dots join names in answers."""

    kind: str
    auth: Mapping[str, str] = Field(default_factory=dict)
    """Headers to send when there is a token; {token} stands for it."""
    rate: Rate
    list: Listing
    record: RecordPaths
    fetch: Fetch
    search: Mapping[str, str] = Field(default_factory=dict)
    """Path in a record → query parameter of the list that looks for it."""
    create: Call | None = None
    update: Call | None = None
    delete: Call | None = None
    archive: Call | None = None
    deletes: Deletes = "none"
    blind_spots: tuple[str, ...] = ()
    side_effects: tuple[str, ...] = ()
    """What a write sets off there, in words."""
    writable: frozenset[str] | None = None
    """Names at the top of a record that can be written; a write of another is not sent. None: all."""

    def calls(self) -> dict[Action, Call]:
        """The writes that the system offers."""
        offered: dict[Action, Call | None] = {
            "create": self.create,
            "update": self.update,
            "delete": self.delete,
            "archive": self.archive,
        }
        return {action: call for action, call in offered.items() if call is not None}

    def capabilities(self) -> Capabilities:
        """What follows from the declarations."""
        calls = self.calls()
        return Capabilities(
            writes=frozenset(calls),
            incremental="filter" if self.list.since and self.record.modified else "no",
            blind_spots=self.blind_spots,
            deletes=self.deletes,
            conditional_write=all(c.condition for a, c in calls.items() if a not in ("create", "archive"))
            and self.update is not None,
            idempotent_create=self.create is not None and self.create.once != "",
            searchable=frozenset(self.search),
            fetch_batch=self.fetch.batch if self.fetch.many else 1,
            counts_writes=self.record.counted,
            returns_record=bool(calls) and all(c.answers for a, c in calls.items() if a in STORING),
            side_effects=self.side_effects,
            writable=self.writable,
        )


def at(payload: Any, path: str) -> Any:
    """What stands at a dotted path; None when the way there is missing. "" is the payload itself."""
    if path and payload.__class__ is dict and "." not in path:
        return payload.get(path)  # nearly always
    for name in path.split(".") if path else ():
        payload = payload.get(name) if isinstance(payload, Mapping) else None
    return payload


def shipped(kind: str) -> Manifest:
    """The manifest of a kind that comes with the product; raises FileNotFoundError."""
    return load(Path(__file__).parent / "kinds" / f"{kind}.yaml")


def load(file: Path) -> Manifest:
    """The manifest in a project's own file, which is YAML 1.2 as all files of a project are.

    Raises yaml.YAMLError, and pydantic's ValidationError naming each wrong key.
    """
    return Manifest.model_validate(yaml.load(file.read_text("utf-8"), Loader))
