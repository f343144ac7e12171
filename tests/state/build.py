"""Short ways to fill a store."""

from __future__ import annotations

import orjson
from sqlalchemy import Connection

from reconcile.records import Candidate, Conflict
from reconcile.state import links, staging
from reconcile.state.outbox import Entry
from reconcile.state.staging import NewRecord

AT = "2024-05-01T08:00:00.000000+00:00"


def new_record(rid: int, system: str = "crm", id: str | None = None, **columns) -> NewRecord:
    given = {
        "rid": rid,
        "entity": "customer",
        "system": system,
        "id": id or f"r{rid}",
        "presence": "present",
        "kind": "person",
        "version": "v1",
        "modified_at": AT,
        "read_at": AT,
        "mapping": "m1",
        "raw": b'{"id":"7"}',
        "canonical": orjson.dumps({"email": f"ada{rid}@example.org", "address": ["Dorpsstraat", "12", ""]}),
    }
    return NewRecord(**given | columns)


def linked(conn: Connection, *systems: str, id: str = "7") -> tuple[int, list[int]]:
    """A new customer with one record in each system; its id and the rids."""
    first = staging.next_rid(conn)
    rids = list(range(first, first + len(systems)))
    staging.insert_records(
        conn, [new_record(rid, system, id) for rid, system in zip(rids, systems, strict=True)]
    )
    [customer] = links.mint(conn, "customer", ["person"])
    links.save_links(conn, [links.NewLink(rid, customer, "primary", "same e-mail") for rid in rids])
    return customer, rids


def entry(key: str, customer: int = 1, **columns) -> Entry:
    given = {
        "key": key,
        "run": 1,
        "entity": "customer",
        "system": "crm",
        "customer": customer,
        "record": "7",
        "epoch": 1,
        "action": "update",
        "fields": {"phone": (1, None, 3)},
        "token": 1,
        "at": AT,
    }
    return Entry(**given | columns)


def conflict(customer: int, *candidates: tuple[object, int], field: str = "phone") -> Conflict:
    return Conflict(
        id=0,
        customer=customer,
        field=field,
        system="",
        cls="update-update",
        severity="high",
        owner="sales",
        why="crm and shop say different things",
        candidates=tuple(Candidate(value, (("crm", "7", AT),), number) for value, number in candidates),
        opened_at=AT,
        opened_run=1,
        fingerprint="abc",
    )
