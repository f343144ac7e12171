"""A simulated CRM over JSON REST, with everything that helps a hub and some things that do not.

    GET    /{resource}?limit=&after=           {"results": [...], "paging": {"next"}, "total"}
    GET    /{resource}?modified_since=...      the same in order of change; gone ones as {"id", "deleted"}
    GET    /{resource}?ids=a,b   ?email=x   ?phone=x   ?external_id=x
    GET    /{resource}/{id}                    404 when it is not there, 410 when it is gone
    POST   /{resource}        Idempotency-Key  201; 409 when e-mail or external id is another record's
    PATCH  /{resource}/{id}   If-Match         412 when the record moved on
    DELETE /{resource}/{id}   If-Match         204
    POST   /{resource}/batch  {"items": [{"id", "etag"?, ...patch}]}   207, one result an item
    POST   /{resource}/{id}/archive            the same as PATCH {"archived": true}

Its traps: pages by position shift while they are read; a page has at most 100 records whatever is asked;
blanks around a value are cut off; ids are no numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sandbox.clock import stamp
from sandbox.desk import Limit
from sandbox.kit import System
from sandbox.records import Record, Table, by_time, value_at
from sandbox.routes import Answer, Asked, Refusal, route

MOST = 100
SEARCHED = {"email": "properties.email", "phone": "properties.phone", "external_id": "external_id"}
UNIQUE = ("properties.email", "external_id")
WRITTEN = ("properties", "external_id")


class Crm(System):
    """Contacts, and whatever else `records` holds; a row is {properties, external_id?, id?, modified_at?}."""

    resources = ("contacts",)
    ids = staticmethod(lambda number: f"c-{1000 + number}")
    grain = timedelta(milliseconds=1)
    limits = (Limit(500, 10),)

    def fill(self, table: Table, row: Mapping[str, Any]) -> Record:
        at = row.get("modified_at")
        values = {"external_id": row.get("external_id"), "properties": dict(row["properties"])}
        return table.fill(values, str(row.get("id", "")), datetime.fromisoformat(at) if at else None)

    def represent(self, table: Table, record: Record) -> dict[str, Any]:
        own = {"id": record.id, "etag": etag(record), "modified_at": stamp(record.modified)}
        if record.deleted:
            return {**own, "deleted": True, **({"merged_into": record.into} if record.into else {})}
        return {**own, "created_at": stamp(record.created), "archived": record.archived, **record.values}

    def identity(self, record: Record) -> str | None:
        email = value_at(record.values, "properties.email")
        return email.casefold() if email else None

    def sort_of(self, asked: Asked, op: str) -> str:
        if op == "list" and "ids" in asked.query:
            return "get"
        return "search" if op == "list" and asked.query.keys() & SEARCHED.keys() else op

    @route("GET", "/{resource}", op="list")
    def several(self, asked: Asked) -> Answer:
        table = self.table(asked.names["resource"])
        sort = self.sort_of(asked, "list")
        if sort == "get":
            return self._some(table, self.some(table, asked.query["ids"].split(",")))
        if sort == "search":
            name = min(asked.query.keys() & SEARCHED.keys())
            return self._some(table, [r for r in self.view(table) if _shows(r, name, asked.query[name])])
        rows = (
            self._changed(table, asked.query["modified_since"]) if "modified_since" in asked.query else None
        )
        rows = [r for r in self.view(table) if not r.deleted] if rows is None else rows
        size, start = min(max(asked.number("limit", MOST), 1), MOST), asked.number("after", 0)
        following = str(start + size) if start + size < len(rows) else None
        results = self.page(table, rows, start, size)
        return Answer(200, {"results": results, "paging": {"next": following}, "total": len(rows)})

    @route("GET", "/{resource}/{id}", op="get")
    def one(self, asked: Asked) -> Answer:
        table, id = self.table(asked.names["resource"]), asked.names["id"]
        record = table.get(id)
        if record is None:
            raise Refusal(410 if table.gone(id) else 404, "no_such_record")
        return Answer(200, self.show(table, record), {"ETag": etag(record)})

    @route("POST", "/{resource}", op="create")
    def create(self, asked: Asked) -> Answer:
        table, body = self.table(asked.names["resource"]), _object(asked.json())
        return self.once(asked.headers.get("idempotency-key", ""), partial(self._create, table, body))

    @route("PATCH", "/{resource}/{id}", op="update")
    def update(self, asked: Asked) -> Answer:
        table, body = self.table(asked.names["resource"]), _object(asked.json())
        record = self._update(table, asked.names["id"], asked.headers.get("if-match"), body)
        return Answer(200, self.show(table, record), {"ETag": etag(record)})

    @route("DELETE", "/{resource}/{id}", op="delete")
    def delete(self, asked: Asked) -> Answer:
        table = self.table(asked.names["resource"])
        record = self._to_write(table, asked.names["id"], asked.headers.get("if-match"))
        table.delete(record.id)
        return Answer(204)

    @route("POST", "/{resource}/{id}/archive", op="archive")
    def archive(self, asked: Asked) -> Answer:
        table = self.table(asked.names["resource"])
        record = self._to_write(table, asked.names["id"], asked.headers.get("if-match"))
        return Answer(200, self.show(table, table.archive(record.id) or record))

    @route("POST", "/{resource}/batch", op="batch")
    def batch(self, asked: Asked) -> Answer:
        table, items = self.table(asked.names["resource"]), _object(asked.json()).get("items")
        if not isinstance(items, list) or len(items) > MOST:
            raise Refusal(400, "up_to_100_items", "items")
        results = self.each(items, partial(self._item, table), _skipped)
        return Answer(207, {"results": results})

    def _some(self, table: Table, rows: Sequence[Record]) -> Answer:
        return Answer(200, {"results": self.page(table, rows, 0, len(rows)), "total": len(rows)})

    def _changed(self, table: Table, since: str) -> list[Record]:
        try:
            moment = datetime.fromisoformat(since)
        except ValueError:
            raise Refusal(400, "not_a_time", "modified_since") from None
        return sorted((r for r in self.view(table) if r.modified >= moment), key=by_time)

    def _create(self, table: Table, body: Mapping[str, Any]) -> Answer:
        values = _values(body)
        if path := table.taken(UNIQUE, values):
            raise Refusal(409, "duplicate", path)
        record = table.create({"external_id": None, "properties": {}, **values})
        return Answer(201, self.show(table, record), {"ETag": etag(record)})

    def _update(self, table: Table, id: str, expected: str | None, body: Mapping[str, Any]) -> Record:
        record = self._to_write(table, id, expected)
        values = _values(body)
        if path := table.taken(UNIQUE, values, id):
            raise Refusal(409, "duplicate", path)
        if isinstance(body.get("archived"), bool) and body["archived"] != record.archived:
            record = table.archive(id, body["archived"]) or record
        return (table.update(id, values) if values else None) or record

    def _to_write(self, table: Table, id: str, expected: str | None) -> Record:
        record = table.writing(id)
        if record is None:
            raise Refusal(410 if table.gone(id) else 404, "no_such_record")
        if expected is not None and expected != etag(record):
            raise Refusal(412, "moved_on")
        return record

    def _item(self, table: Table, item: Any) -> dict[str, Any]:
        id = str(item.get("id", "")) if isinstance(item, dict) else ""
        try:
            record = self._update(table, id, item.get("etag"), item) if id else None
        except Refusal as no:
            return {"id": id, "status": no.status, "error": no.code, "field": no.field}
        if record is None:
            return {"id": "", "status": 400, "error": "no_id"}
        return {"id": id, "status": 200, "record": self.show(table, record)}


def etag(record: Record) -> str:
    """The version as a strong entity tag."""
    return f'"{record.id}-{record.version}"'


def _shows(record: Record, name: str, text: str) -> bool:
    shown = value_at(record.values, SEARCHED[name])
    return not record.deleted and str(shown or "").casefold() == text.casefold()


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Refusal(400, "an_object_is_expected")
    return body


def _values(body: Mapping[str, Any]) -> dict[str, Any]:
    """What can be written, without blanks around texts."""
    properties = body.get("properties")
    if properties is not None and not isinstance(properties, dict):
        raise Refusal(400, "an_object_is_expected", "properties")
    values = {name: body[name] for name in WRITTEN if name in body}
    if properties:
        values["properties"] = {n: v.strip() if isinstance(v, str) else v for n, v in properties.items()}
    return values


def _skipped(item: Any) -> dict[str, Any]:
    return {"id": str(item.get("id", "")) if isinstance(item, dict) else "", "status": 503, "error": "busy"}
