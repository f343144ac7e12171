"""Small companies for tests that need a real hub: systems by name, their people, and runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select

from flows import decisions, steps
from reconcile.records import Conflict, Customer
from reconcile.state import conflicts, customers
from reconcile.state.outbox import Entry
from reconcile.state.tables import customer as customer_table
from reconcile.state.tables import outbox as outbox_table
from tests.engine.configurations import PLAIN_FIELDS, Character, Configuration, policy
from tests.engine.running import fresh_store_file
from tests.engine.systems import System
from tests.engine.world import World

ADA: Mapping[str, Any] = {
    "first": "Ada",
    "last": "Achterberg",
    "email": "ada@example.org",
    "phone": "0612000001",
    "street": "Dorpsstraat 1",
    "postcode": "1011 AB",
    "city": "Amsterdam",
    "country": "NL",
    "iban": None,
}


def character(
    name: str,
    writes: str = "all",
    creates: str = "none",
    fields: Mapping[str, Any] | None = None,
    restyles: str = "",
    refuses: str = "",
    entry: Mapping[str, Any] | None = None,
    **capabilities: Any,
) -> Character:
    """A system that can do everything, but for what is said."""
    all_fields = {**PLAIN_FIELDS, **(fields or {})}
    return Character(
        name,
        {"kind": "memory", "writes": writes, "creates": creates} | dict(entry or {}),
        {name: form if isinstance(form, dict) else {"path": form} for name, form in all_fields.items()},
        capabilities,
        restyles,
        refuses,
    )


class Company(World):
    """A world in which only the test does anything."""

    def has(self, system: str, **changes: Any) -> str:
        """Ada, or somebody like her, is known here."""
        return self.systems[system].add({**ADA, **changes})

    def shown(self, system: str, id: str, name: str) -> Any:
        return self.systems[system].records[id].payload.get(name)

    def run(self) -> steps.Result:
        """One run, approved where it waits for that."""
        result = self.sync()
        assert result is not None
        return result

    def run_unapproved(self) -> steps.Result:
        return steps.sync(self.hub, steps.Plainly())

    def customers(self) -> list[Customer]:
        with self.hub.store.read() as conn:
            return customers.load(conn, list(conn.scalars(select(customer_table.c.id))))

    def open_ones(self) -> list[Conflict]:
        with self.hub.store.read() as conn:
            return conflicts.list_open(conn, "customer")

    def entries(self) -> list[Any]:
        with self.hub.store.read() as conn:
            return list(conn.execute(select(outbox_table).order_by(outbox_table.c.id)))

    def answer(self, conflict: Conflict, choice: str, value: object = None) -> None:
        decisions.decide(
            self.hub, [decisions.Answer(conflict.id, choice, value, conflict.fingerprint)], "anna"
        )


@contextmanager
def company(*characters: Character, **changes: Any) -> Iterator[Company]:
    """A hub over these systems; `changes` replace parts of the policy."""
    made = Configuration(tuple(characters), policy([c.name for c in characters], **changes))
    with fresh_store_file() as file:
        one = Company(0, file, made, calm=True)
        try:
            yield one
        finally:
            one.close()


__all__ = ["ADA", "Company", "Entry", "System", "character", "company"]
