"""A plain JSON server: the least that a system with an API can be.

    GET /{resource}?page=&size=[&updated_since=]     {"items": [...], "page", "size", "total"}
    GET /{resource}?ids=a,b    GET /{resource}?email=x (any top-level field)    GET /{resource}/{id}
    POST /{resource}    PATCH /{resource}/{id} (deep merge)    DELETE /{resource}/{id}

Records carry id, version (a number) and updated_at.
"""

from __future__ import annotations

import argparse
import threading
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from sandbox.clock import stamp
from sandbox.json_seed import customers
from sandbox.kit import System
from sandbox.records import Record, Table, by_time
from sandbox.routes import Answer, Asked, Refusal, route

MAX_SIZE = 5000
OWN = ("id", "version", "updated_at")


class JsonServer(System):
    """Serves `records` ({resource: rows}); values of the `unique` fields belong to one record only."""

    def __init__(
        self,
        records: Mapping[str, Iterable[Mapping[str, Any]]],
        *,
        page_cache: bool = True,
        unique: tuple[str, ...] = (),
        **how: Any,
    ) -> None:
        self.unique = unique
        self._cached = page_cache
        self._pages: dict[tuple[str, int, int, str], _Page] = {}
        self._stirred: dict[str, int] = {}
        super().__init__(records, **how)

    def fill(self, table: Table, row: Mapping[str, Any]) -> Record:
        at = row.get("updated_at")
        values = {name: value for name, value in row.items() if name not in OWN}
        moment = datetime.fromisoformat(at) if at else None
        return table.fill(values, str(row.get("id", "")), moment, row.get("version", 1))

    def represent(self, table: Table, record: Record) -> dict[str, Any]:
        own = {"id": record.id, "version": record.version, "updated_at": stamp(record.modified)}
        return {**record.values, **own}

    def sort_of(self, asked: Asked, op: str) -> str:
        if op == "list" and asked.query.keys() - {"page", "size", "updated_since"}:
            return "get" if "ids" in asked.query else "search"
        return op

    @route("GET", "/{resource}", op="list")
    def several(self, asked: Asked) -> Answer:
        table, query = self.table(asked.names["resource"]), asked.query
        sort = self.sort_of(asked, "list")
        if sort == "get":
            return self._items(table, self.some(table, query["ids"].split(",")))
        if sort == "search":
            name = min(query.keys() - {"page", "size", "updated_since"})
            return self._items(table, [r for r in self.view(table) if _shows(r, name, query[name])])
        size = min(max(asked.number("size", 100), 1), MAX_SIZE)
        return Answer(
            200, self.listing(table, max(asked.number("page", 1), 1), size, query.get("updated_since", ""))
        )

    @route("GET", "/{resource}/{id}", op="get")
    def one(self, asked: Asked) -> Answer:
        table = self.table(asked.names["resource"])
        return Answer(200, self.show(table, _found(table.get(asked.names["id"]))))

    @route("POST", "/{resource}", op="create")
    def create(self, asked: Asked) -> Answer:
        table, body = self.table(asked.names["resource"]), self._body(asked)
        id = str(body.get("id") or "")
        if table.get(id):
            raise Refusal(409, "duplicate", "id")
        return Answer(201, self.show(table, table.create(_values(body), id)))

    @route("PATCH", "/{resource}/{id}", op="update")
    def update(self, asked: Asked) -> Answer:
        table, body = self.table(asked.names["resource"]), self._body(asked)
        return Answer(200, self.show(table, _found(table.update(asked.names["id"], _values(body)))))

    @route("DELETE", "/{resource}/{id}", op="delete")
    def delete(self, asked: Asked) -> Answer:
        if not self.table(asked.names["resource"]).delete(asked.names["id"]):
            raise Refusal(404, "not_found")
        return Answer(204)

    def listing(self, table: Table, number: int, size: int, since: str = "") -> bytes:
        """One page as JSON: in order of id, or with `since` (inclusive) in order of change."""
        if self._stirred.get(table.name) != table.stirred:
            self._pages.clear()
            self._stirred[table.name] = table.stirred
        key = (table.name, number, size, since)
        if self._cached and self.plain and (cached := self._pages.get(key)):
            self.seen(table, cached.records)
            return cached.body
        rows = self._rows(table, since)
        start = (number - 1) * size
        items = self.page(table, rows, start, size)
        body = orjson.dumps({"items": items, "page": number, "size": size, "total": len(rows)})
        if self._cached and self.plain:
            self._pages[key] = _Page(body, rows[start : start + size])
        return body

    def _rows(self, table: Table, since: str) -> Sequence[Record]:
        view = self.view(table)
        if not since:
            return table.live() if view is table.all() else [r for r in view if not r.deleted]
        ordered = table.recent() if view is table.all() else sorted(view, key=by_time)
        first = bisect_left(ordered, _moment(since), key=lambda record: record.modified)
        return [record for record in ordered[first:] if not record.deleted]

    def _items(self, table: Table, rows: Sequence[Record]) -> Answer:
        return Answer(200, {"items": self.page(table, rows, 0, len(rows))})

    def _body(self, asked: Asked) -> dict[str, Any]:
        body = asked.json()
        if not isinstance(body, dict):
            raise Refusal(400, "an_object_is_expected")
        table = self.table(asked.names["resource"])
        if field := table.taken(self.unique, body, asked.names.get("id", "")):
            raise Refusal(409, "duplicate", field)
        return body


@dataclass(frozen=True, slots=True)
class _Page:
    """One page, good until anything changes."""

    body: bytes
    records: Sequence[Record]


def _found(record: Record | None) -> Record:
    if record is None:
        raise Refusal(404, "not_found")
    return record


def _values(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in OWN}


def _shows(record: Record, name: str, text: str) -> bool:
    return not record.deleted and str(record.values.get(name) or "").casefold() == text.casefold()


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(400, "not_a_time", "updated_since") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def main(arguments: list[str] | None = None) -> None:
    """Serve seeded customers, one server per system, until the process is ended; prints `name url` lines."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.json_server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="of the first system; 0: any free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--customers", type=int, default=100)
    parser.add_argument("--systems", type=int, default=1)
    parser.add_argument("--size", type=int, default=0, help="page size to serialise beforehand")
    options = parser.parse_args(arguments)
    for number in range(options.systems):
        rows = customers(options.customers, options.seed, number)
        port = options.port + number if options.port else 0
        server = JsonServer({"customers": rows}, port=port).__enter__()
        for page in range(1, options.customers // options.size + 2 if options.size else 1):
            server.listing(server.table("customers"), page, options.size)
        print(f"system{number + 1} {server.url}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
