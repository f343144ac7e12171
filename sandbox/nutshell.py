"""A simulated Nutshell: contacts by REST 2.0.0, and by JSON-RPC the writes that a revision guards.

    GET    /rest/contacts?page[page]=&page[limit]=   from page 0 on, until one is empty; ?email= searches
    GET    /rest/contacts/{id,id}                    {"contacts": [...]}; a deleted one with its `deletedTime`
    POST   /rest/contacts                            {"contacts": [one]}: a second one is refused
    PATCH  /rest/contacts/{id}                       JSON Patch in its own media type; 204, guarded by nothing
    GET    /rest/events?since_time=&max_id=&limit=   newest first, with the ways to newer and older ones
    GET    /rest/events/deleted                      the same, deletions only
    POST   /api/v1/json                              getContact, editContact(contactId, rev, contact)

Its traps: a contact shows no time of change; 401 and 404 are HTML; a create takes a whole name and cuts it
itself; by RPC the ids are numbers, and lists are objects by label that a write replaces whole.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from sandbox.kit import System
from sandbox.records import Event, Record, Table
from sandbox.routes import Answer, Asked, Refusal, route

HOST = "https://app.nutshell.com"
META = {"instanceId": "1", "siteId": "sandbox"}
LISTS = {"emails": "email", "phones": "phone", "addresses": "address", "urls": "url"}
"""By REST name of a list its name by RPC."""
EMPTY: dict[str, Any] = {
    "firstName": None,
    "lastName": None,
    "description": None,
    **{name: [] for name in LISTS},
}
HTML = {"Content-Type": "text/html"}


class Nutshell(System):
    """Contacts; a row is what REST shows, with the text of a telephone number as its value.

    `token` is user and key with a colon between. `oldest_first`: which of too many events a first page shows.
    `stale` is the HTTP status of a write that comes too late; the body says 409 in any case.
    """

    resources = ("contacts",)
    ids = staticmethod(lambda number: f"{number}-contacts")
    grain = timedelta(seconds=1)
    oldest_first = False
    stale = 200

    def fill(self, table: Table, row: Mapping[str, Any]) -> Record:
        return super().fill(table, {**EMPTY, **row})

    def represent(self, table: Table, record: Record) -> dict[str, Any]:
        values, id = dict(record.values), record.id
        name = " ".join(part for part in (values["firstName"], values["lastName"]) if part)
        values["phones"] = [{**one, "value": _telephone(one["value"])} for one in values["phones"]]
        return {
            "id": id,
            "type": "contacts",
            "name": name,
            "createdTime": int(record.created.timestamp()),
            "deletedTime": int(record.modified.timestamp()) if record.deleted else None,
            "href": f"{HOST}/rest/contacts/{id}",
            "avatarUrl": f"{HOST}/avatar/contacts/{id}/{int(record.created.timestamp())}",
            "htmlUrl": f"{HOST}/person/{id}",
            "links": {"accounts": [], "owner": None, "tags": []},
            **values,
        }

    def identity(self, record: Record) -> str | None:
        emails = [str(one["value"]).casefold() for one in record.values["emails"] if one.get("value")]
        return emails[0] if emails else None

    def knows(self, asked: Asked) -> bool:
        proof = b64encode((self.token or "").encode()).decode()
        return self.token is None or asked.headers.get("authorization") == f"Basic {proof}"

    def sort_of(self, asked: Asked, op: str) -> str:
        if op == "other" and asked.method == "POST":
            return "update" if b"editContact" in asked.body else "get"
        return "search" if op == "list" and "email" in asked.query else op

    def problem(self, status: int, code: str, field: str = "") -> Answer:
        if status in (401, 403, 404):
            return Answer(status, b"<html>An Error Occurred</html>", HTML)
        if status == 415:
            return Answer(status, "Unsupported media type")
        if status >= 500:
            return Answer(status, {"code": status, "message": "Internal Server Error"})
        error = {"type": "errors", "code": code, "status": str(status), "title": code, "field": field or None}
        return Answer(status, {"meta": META, "links": {}, "contacts": [], "errors": [error]})

    @route("GET", "/rest/contacts", op="list")
    def several(self, asked: Asked) -> Answer:
        table, size = self.table("contacts"), asked.number("page[limit]", 50)
        if size > 10_000:
            raise Refusal(400, "invalid_limit")
        rows = [record for record in self.view(table) if not record.deleted]
        if "email" in asked.query:
            rows = [record for record in rows if self.identity(record) == asked.query["email"].casefold()]
        page = self.page(table, rows, asked.number("page[page]", 0) * size, size)
        return self._contacts(page, count=len(page), total=len(rows))

    @route("GET", "/rest/contacts/{ids}", op="get")
    def some_of_them(self, asked: Asked) -> Answer:
        table, ids = self.table("contacts"), asked.names["ids"].split(",")
        found = [record for id in ids if (record := table.get(id) or table.gone(id))]
        if not found:
            raise Refusal(404, "not_found")
        return self._contacts(self.page(table, found, 0, len(found)))

    @route("POST", "/rest/contacts", op="create")
    def create(self, asked: Asked) -> Answer:
        body = asked.json()
        rows = body.get("contacts") if isinstance(body, dict) else None
        if not isinstance(rows, list) or len(rows) != 1:
            raise Refusal(400, "one_per_request")
        told = dict(rows[0])
        first, _, last = told.pop("name", "").partition(" ")
        record = self.table("contacts").create({**EMPTY, **told, "firstName": first, "lastName": last})
        return self._contacts([self.show(self.table("contacts"), record)])

    @route("PATCH", "/rest/contacts/{id}", op="update")
    def change(self, asked: Asked) -> Answer:
        if asked.headers.get("content-type") != "application/json-patch+json":
            raise Refusal(415, "media_type")
        values = {}
        for step in asked.json():
            where = step["path"].split("/")
            if step["op"] != "replace" or where[:3] != ["", "contacts", "0"] or where[3] not in EMPTY:
                raise Refusal(400, "unknown_path")
            values[where[3]] = step["value"]
        if self.table("contacts").update(asked.names["id"], values) is None:
            raise Refusal(404, "not_found")
        return Answer(204)

    @route("GET", "/rest/events")
    def events(self, asked: Asked) -> Answer:
        return self._events(asked, self.journal.events)

    @route("GET", "/rest/events/deleted")
    def deletions(self, asked: Asked) -> Answer:
        return self._events(asked, [event for event in self.journal.events if event.after.deleted])

    @route("POST", "/api/v1/json")
    def call(self, asked: Asked) -> Answer:
        body = asked.json()
        table, told = self.table("contacts"), body["params"]
        edits = body["method"] == "editContact"
        id = f"{told['contactId']}-contacts"
        record = table.writing(id) if edits else table.get(id)
        if record is None:
            return _rpc(error={"code": 404, "message": "no such contact", "data": None})
        if edits and told["rev"] != str(record.version):
            error = {"code": 409, "message": "rev key is out-of-date", "data": None}
            return Answer(self.stale, _rpc(error=error).body)
        if edits:
            record = table.update(id, _values(told["contact"]))
            assert record is not None, "it was there when its revision was compared"
        return _rpc({"id": told["contactId"], "entityType": "Contacts", "rev": str(record.version)})

    def _contacts(self, shown: Sequence[Any], **meta: int) -> Answer:
        return Answer(200, {"meta": {**META, **meta}, "links": {}, "contacts": list(shown)})

    def _events(self, asked: Asked, told: Sequence[Event]) -> Answer:
        """Those since a time (or an id), or before one; newest first, whichever part of them a page shows."""
        query, most = asked.query, asked.number("limit", 20)
        since, below = asked.number("since_time", 0), _number(query.get("max_id", "999999999999-"))
        above = _number(query.get("since_id", "0-"))
        told = [one for one in told if one.after.modified.timestamp() >= since and above < one.serial < below]
        rising = self.oldest_first and "max_id" not in query
        shown = (told[:most] if rising else told[-most:])[::-1]
        meta: dict[str, Any] = dict(META)
        if shown:
            at, ways = f"{HOST}{asked.path}?", {"limit": most}
            meta["next"] = at + urlencode({**ways, "since_id": f"{shown[0].serial}-events"})
            meta["previous"] = at + urlencode({**ways, "max_id": f"{shown[-1].serial}-events"})
        return Answer(200, {"meta": meta, "links": {}, "events": [_event(one) for one in shown]})


def _event(event: Event) -> dict[str, Any]:
    return {
        "id": f"{event.serial}-events",
        "type": "events",
        "createdTime": int(event.after.modified.timestamp()),
        "actorType": "users",
        "payloadType": event.resource,
        "action": event.act,
        "links": {"actor": "1-users", "payloads": [event.id]},
    }


def _number(id: str) -> int:
    return int(id.split("-")[0])


def _rpc(result: Any = None, error: Any = None) -> Answer:
    return Answer(200, {"id": "hub", "jsonrpc": "2.0", "result": result, "error": error})


def _values(contact: Mapping[str, Any]) -> dict[str, Any]:
    """What a write by RPC says, as REST shows it."""
    values = {"description": contact["description"]} if "description" in contact else {}
    if name := contact.get("name"):
        values |= {"firstName": name.get("givenName"), "lastName": name.get("familyName")}
    for rest, rpc in LISTS.items():
        if rpc in contact:
            values[rest] = _listed(rpc, contact[rpc])
    return values


def _listed(rpc: str, told: Mapping[str, Any] | Sequence[Any]) -> list[dict[str, Any]]:
    by_label = dict(told) if isinstance(told, Mapping) else {str(n): one for n, one in enumerate(told)}
    first = next(iter(by_label.values()), None)
    primary = by_label.pop("--primary", first)
    return [
        {"isPrimary": value == primary, "name": rpc if label.isdigit() else label, "value": value}
        for label, value in by_label.items()
    ]


def _telephone(text: str) -> dict[str, Any]:
    """A number as REST shows it: here numbers without a country are Dutch."""
    international = f"+31{text[1:]}" if text.startswith("0") and not text.startswith("00") else text
    whole = international.replace("00", "+", 1) if international.startswith("00") else international
    return {
        "countryCode": whole[1:3],
        "number": whole[3:],
        "extension": "",
        "numberFormatted": text,
        "E164": whole,
    }
