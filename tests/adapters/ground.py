"""What the checks of the contract stand on: people, fixtures, and what a subclass may say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from adapters.protocol import Action, Adapter, Capabilities, Change, Outcome, Page, SourceRecord

PEOPLE: Sequence[Mapping[str, str]] = (
    {"id": "1", "name": "Ada de Vries", "email": "ada@example.org", "phone": "0612345678", "city": "Utrecht"},
    {"id": "2", "name": "Bob Jansen", "email": "bob@example.org", "phone": "0201234567", "city": "Amsterdam"},
    {"id": "3", "name": "Chloé Peters", "email": "chloe@example.org", "phone": "", "city": "Nijmegen"},
    {
        "id": "4",
        "name": "Daan Özdemir",
        "email": "daan@example.org",
        "phone": "0031687654321",
        "city": "Breda",
    },
    {
        "id": "5",
        "name": "Eva Łukasz",
        "email": "eva@example.org",
        "phone": "0687654321",
        "city": "'s-Hertogenbosch",
    },
)
SECRET = "Zonnebloem-4711-geheim"
"""A customer value that no outcome's detail may repeat."""
TEXTS = {
    "leading zeros": "000123",
    "long number": "1234567890123456789012",
    "decimal": "10.50",
    "exponent": "1E5",
    "unicode": "Zoë Šimůnek ß 李",
    "quotes": 'd\'Arc "Jeanne"; a, b | c',
    "formula": "=1+1",
    "percent": "100%/..&x=1#y",
    "word that looks like a truth value": "no",
}

Edit = Callable[[str, Mapping[str, Any]], None]
Remove = Callable[[str], None]


class Ground:
    """What a subclass says about its system, and the fixtures that every check uses."""

    field = "name"
    """A top-level name whose text can be written; override `patch` and `shown` for a nested one."""
    volatile: frozenset[str] = frozenset()
    """Names that the system changes by itself at each write."""
    texts: Mapping[str, str] = TEXTS
    """Texts that must survive writing and reading."""
    unknown_id = "987654321"
    """Well formed, but nobody's."""

    def patch(self, text: str) -> dict[str, Any]:
        """A change, in the system's shape, of one text."""
        return {self.field: text}

    def shown(self, payload: Mapping[str, Any]) -> Any:
        """That text in a payload."""
        return payload.get(self.field)

    def new(self) -> dict[str, Any]:
        """What a new record needs."""
        return {**self.patch("Nieuw"), "email": "nieuw@example.org"}

    def other(self) -> dict[str, Any]:
        """What a second new record needs."""
        return {**self.new(), "email": "ander@example.org"}

    def refused(self) -> dict[str, Any] | None:
        """A change that the system refuses, or None when it takes everything."""
        return None

    def at(self, payload: Mapping[str, Any], path: str) -> Any:
        """What stands at a searchable path."""
        value: Any = payload
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        return value

    @pytest.fixture
    def adapter(self) -> Adapter:
        raise AssertionError("a subclass supplies the adapter")

    @pytest.fixture
    def entity(self) -> str:
        return "customer"

    @pytest.fixture
    def count(self) -> int:
        return len(PEOPLE)

    @pytest.fixture
    def edit_outside(self) -> Edit:
        """Changes a record as a user of the system would."""
        pytest.skip("this test cannot edit in the system itself")

    @pytest.fixture
    def remove_outside(self) -> Remove:
        """Deletes a record as a user of the system would."""
        pytest.skip("this test cannot delete in the system itself")

    @pytest.fixture
    def dead(self) -> Adapter:
        """An adapter whose system does not answer or does not know us."""
        pytest.skip("no dead system supplied")

    @pytest.fixture
    def can(self, adapter: Adapter, entity: str) -> Capabilities:
        return adapter.capabilities(entity)

    @pytest.fixture
    def records(self, adapter: Adapter, entity: str) -> list[SourceRecord]:
        return live(adapter.pull(entity))

    @pytest.fixture
    def first(self, records: list[SourceRecord]) -> SourceRecord:
        return records[0]

    def cursor(self, adapter: Adapter, entity: str) -> str:
        cursor = list(adapter.pull(entity))[-1].cursor
        if cursor is None:
            pytest.skip("cannot be resumed")
        return cursor

    def needs(self, can: Capabilities, action: Action, conditional: bool = False) -> None:
        if action not in can.writes:
            pytest.skip(f"cannot {action}")
        if conditional and not can.conditional_write:
            pytest.skip("no conditional write")


def live(pages: Any) -> list[SourceRecord]:
    """The records of some pages, without those reported as deleted."""
    return [record for page in _pages(pages) for record in page.records if not record.deleted]


def _pages(pages: Any) -> list[Page]:
    return list(pages)


def update(entity: str, id: str, payload: Mapping[str, Any]) -> Change:
    return Change(f"update-{id!r}", "update", entity, id, payload)


def push(adapter: Adapter, entity: str, change: Change) -> Outcome:
    """The one outcome of one change."""
    (outcome,) = adapter.push(entity, [change])
    assert outcome.key == change.key
    return outcome


def assert_kept(
    before: Mapping[str, Any], after: Mapping[str, Any], patch: Mapping[str, Any], volatile: frozenset[str]
) -> None:
    """Everything the patch does not name is as it was."""
    for name in before.keys() | after.keys():
        inner = patch.get(name)
        if isinstance(inner, Mapping) and isinstance(before.get(name), Mapping):
            assert_kept(before[name], after[name], inner, volatile)
        elif name not in patch and name not in volatile:
            assert after.get(name) == before.get(name), name
