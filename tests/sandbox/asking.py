"""A simulated CRM with a few contacts, and a client that asks it in this process."""

from __future__ import annotations

from typing import Any

import httpx

from sandbox.clock import Clock
from sandbox.crm import Crm

PEOPLE = [
    {"id": str(number), "properties": {"name": f"Name {number}", "email": f"m{number}@example.org"}}
    for number in range(1, 11)
]


class Asking:
    """The system, its clock, and short ways to ask it; each returns the answer, faults and all."""

    def __init__(self, rates: dict[str, float] | None = None, **how: Any) -> None:
        self.clock = Clock()
        self.crm = Crm({"contacts": PEOPLE}, clock=self.clock, **how)
        self.crm.faults.set_rates(rates or {})
        self.client = httpx.Client(transport=self.crm.transport(), base_url="http://crm.test")
        self.table = self.crm.table("contacts")

    def list(self, **query: Any) -> httpx.Response:
        return self.client.get("/contacts", params=query)

    def ids(self, **query: Any) -> list[str]:
        return [one["id"] for one in self.list(**query).json()["results"]]

    def get(self, id: str = "1") -> httpx.Response:
        return self.client.get(f"/contacts/{id}")

    def patch(self, id: str = "1", **properties: Any) -> httpx.Response:
        return self.client.patch(f"/contacts/{id}", json={"properties": properties})

    def create(self, **properties: Any) -> httpx.Response:
        return self.client.post("/contacts", json={"properties": properties})

    def batch(self, **names: str) -> list[dict[str, Any]]:
        items = [{"id": id.lstrip("_"), "properties": {"name": name}} for id, name in names.items()]
        results: list[dict[str, Any]] = self.client.post("/contacts/batch", json={"items": items}).json()[
            "results"
        ]
        return results

    def name(self, id: str = "1") -> Any:
        """What the record holds, seen by nobody."""
        record = self.table.get(id)
        return record and record.values["properties"]["name"]
