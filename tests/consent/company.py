"""A small company with consent: a mailing tool that keeps proof, a shop that does not, and people."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from adapters.memory import EVERYTHING
from config.loader import Project, load_project
from flows import decisions, steps
from flows.consent import ConsentLine, consent_of
from flows.hub import Hub, assemble
from reconcile.consent import ConsentEvent
from reconcile.records import Conflict, Customer
from reconcile.state import conflicts, consents, customers
from reconcile.state.engine import open_store
from reconcile.state.tables import customer as customer_table
from reconcile.state.tables import identifier
from tests.engine.systems import Clock, System

FIELDS: Mapping[str, Any] = {"email": "email", "family_name": "name", "phone": "phone"}
LIST: Mapping[str, Any] = {
    "path": "status",
    "granted": ["yes"],
    "denied": ["no"],
    "withdrawn": ["gone"],
    "pending": ["asked"],
    "bounced": ["bounced"],
    "time": "since",
    "proof": {"path": "proof"},
}
CHECKBOX: Mapping[str, Any] = {"path": "status", "granted": ["yes"], "denied": ["no"], "unknown": ["-"]}
CONSENTS = {"list": LIST, "checkbox": CHECKBOX, "fixed": {**CHECKBOX, "write": "never"}}


@dataclass(frozen=True)
class Place:
    """One system: what may be written there, and how it knows consent."""

    name: str
    writes: str = "all"
    creates: str = "none"
    consent: str = "checkbox"

    def mapping(self) -> dict[str, Any]:
        consent = {"consent": {"newsletter": dict(CONSENTS[self.consent])}} if self.consent else {}
        return {"customer": {"fields": dict(FIELDS)} | consent}


MAIL = Place("mail", consent="list")
SHOP = Place("shop")
DESK = Place("desk", consent="")


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder that is gone afterwards, in memory where the machine has that."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None, prefix="klantbeeld-")


@cache
def _empty_store() -> bytes:
    """A migrated store that nobody has written to; copying it is faster than making one."""
    with scratch() as folder:
        open_store(f"sqlite:///{folder}/empty.db", Clock()).close()
        return (Path(folder) / "empty.db").read_bytes()


@cache
def _project(places: tuple[Place, ...], on_change: str, guards: tuple[int, int], editors: str) -> Project:
    with scratch() as folder:
        root = Path(folder)
        systems = {p.name: {"kind": "memory", "writes": p.writes, "creates": p.creates} for p in places}
        email = {"type": "email"} | ({"edits_from": [editors]} if editors else {})
        policy = {
            "fields": {"email": email, "family_name": {"type": "family_name"}, "phone": {"type": "phone"}},
            "link": [{"name": "same phone", "when": ["phone"]}],
            "first_sync": ["majority"],
            "consent": {"newsletter": {"channel": "email", "purpose": "news", "on_email_change": on_change}},
            "guards": {"updates": list(guards), "creates": list(guards), "one_field": list(guards)},
        }
        files = {"config/hub.yaml": {"systems": systems}, "config/policy/customer.yaml": policy}
        files |= {f"mappings/{p.name}.yaml": p.mapping() for p in places}
        for name, content in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
        return load_project(root, {})


class OneByOne(steps.Plainly):
    """Systems one after the other: a seed gives the same history each time, and no thread is started."""

    def each(self, step: str, systems: Sequence[str], work: Callable[[str], Any]) -> list[Any]:
        return [work(system) for system in systems]


@dataclass
class Company:
    """Systems, their people, and a hub."""

    hub: Hub
    clock: Clock
    systems: dict[str, System]

    def sync(self, approve: bool = True) -> steps.Result:
        """One run a minute later, approved where it waits for that."""
        self.clock.passes(minutes=1)
        result = steps.sync(self.hub, OneByOne())
        if approve and result.hits:
            result = steps.apply(self.hub, OneByOne(), result.plan or 0)
        self.clock.passes(minutes=1)
        return result

    def has(self, system: str, status: str | None = None, **payload: Any) -> str:
        """Ada, or somebody like her, is known here."""
        known = {"email": "ada@example.org", "name": "Berg", "phone": "0612000001", "status": status}
        return self.systems[system].add(known | payload)

    def shown(self, system: str, id: str = "1") -> Any:
        return self.systems[system].records[id].payload.get("status")

    def now(self) -> str:
        return self.clock.now.isoformat()

    def events(self, address: str = "ada@example.org") -> list[ConsentEvent]:
        with self.hub.store.read() as conn:
            known = conn.execute(select(identifier)).all()
            numbers = [row.id for row in known if row.value == address]
            assert consents.verify(conn) is None
            return [e for events in consents.of(conn, numbers).values() for e in events]

    def said(self, address: str = "ada@example.org") -> list[tuple[str, str]]:
        return [(e.system, e.state) for e in self.events(address)]

    def open_ones(self) -> list[Conflict]:
        with self.hub.store.read() as conn:
            return conflicts.list_open(conn, "customer")

    def closed(self, id: int) -> str:
        with self.hub.store.read() as conn:
            found = conflicts.get(conn, id)
        assert found is not None
        return found.state

    def answer(self, asked: Conflict, choice: str, value: object = None) -> None:
        self.clock.passes(minutes=1)
        answers = [decisions.Answer(asked.id, choice, value, asked.fingerprint)]
        decisions.decide(self.hub, answers, "anna")

    def customers(self) -> list[Customer]:
        with self.hub.store.read() as conn:
            return customers.load(conn, list(conn.scalars(select(customer_table.c.id))))

    def lines(self) -> list[ConsentLine]:
        with self.hub.store.read() as conn:
            (ada,) = [c for c in self.customers() if c.records]
            return consent_of(self.hub, conn, ada)


@contextmanager
def company(
    *places: Place,
    on_change: str = "ask",
    guards: tuple[int, int] = (1000, 100),
    editors: str = "",
    clock: Clock | None = None,
    **capabilities: Any,
) -> Iterator[Company]:
    """A hub over these systems, with a store that is gone afterwards."""
    time = clock or Clock()
    able = replace(EVERYTHING, **capabilities)
    systems = {p.name: System(p.name, able, time) for p in places}
    with scratch() as folder:
        (Path(folder) / "hub.db").write_bytes(_empty_store())
        store = open_store(f"sqlite:///{folder}/hub.db", time)
        project = _project(places, on_change, guards, editors)
        try:
            yield Company(assemble(project, "customer", systems, store, time), time, systems)
        finally:
            store.close()
