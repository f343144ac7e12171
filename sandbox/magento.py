"""A simulated Magento 2 Open Source: customers with their addresses, over the admin's REST.

    GET    /rest/{store}/V1/customers/search?searchCriteria[...]   {"items", "search_criteria", "total_count"}
    GET    /rest/{store}/V1/customers/{id}
    POST   /rest/{store}/V1/customers          {"customer": {...}}
    PUT    /rest/{store}/V1/customers/{id}     {"customer": {...}}: `addresses` is the final set of them
    DELETE /rest/{store}/V1/customers/{id}     true

Signed by OAuth 1.0a (RFC 5849, HMAC-SHA256); a bearer token alone is refused. Its traps: a page behind the
last one is the last one again; without a sort order pages overlap; a change of an address or of the
newsletter does not move `updated_at`; addresses that a PUT leaves out are deleted; an id is read as PHP
reads a number.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from sandbox.kit import System
from sandbox.records import Event, Record, Table
from sandbox.routes import Answer, Asked, Refusal, route

NEEDED = ("firstname", "lastname", "email")
PLACE = ("firstname", "lastname", "street", "city", "country_id", "telephone")
UNMOVED = ("addresses", "extension_attributes.is_subscribed", "default_billing", "default_shipping")
"""What may change without moving `updated_at`."""
OWN = ("id", "created_at", "updated_at", "created_in")
START: Mapping[str, Any] = {"group_id": 1, "store_id": 1, "website_id": 1, "disable_auto_group_change": 0}
MESSAGES = {
    "missing": '"%fieldName" is required. Enter and try again.',
    "unknown": "No such entity with %fieldName = %fieldValue",
    "duplicate": "A customer with the same email address already exists in an associated website.",
    "who_are_you": "The signature is invalid. Verify and try again.",
}


class Magento(System):
    """Customers; a row is what REST shows. `token` is the four secrets, with colons between: consumer key and
    secret, access token and its secret. `repeats`: this version shows its last page again and again."""

    resources = ("customers",)
    grain = timedelta(seconds=1)
    repeats = True

    def __init__(self, *args: Any, **how: Any) -> None:
        self._moved: dict[tuple[str, int], datetime] = {}
        self._nonces: set[str] = set()
        self._places = 0
        super().__init__(*args, **how)
        self.journal.listeners.append(self._move)

    def fill(self, table: Table, row: Mapping[str, Any]) -> Record:
        return super().fill(table, self._placed(row, START))

    def represent(self, table: Table, record: Record) -> dict[str, Any]:
        moved = self._moved.get((record.id, record.version), record.created)
        return {
            "id": int(record.id),
            "created_at": _time(record.created),
            "updated_at": _time(moved),
            "created_in": "Default Store View",
            **record.values,
            "addresses": [{**one, "customer_id": int(record.id)} for one in record.values["addresses"]],
        }

    def knows(self, asked: Asked) -> bool:
        return self.token is None or self._signed(asked, self.token.split(":"))

    def sort_of(self, asked: Asked, op: str) -> str:
        fields = [one["field"] for one in _filters(asked)]
        return {"email": "search", "entity_id": "get"}.get(fields[0], op) if op == "list" and fields else op

    def problem(self, status: int, code: str, field: str = "") -> Answer:
        told = {"parameters": {"fieldName": field}} if field else {}
        return Answer(status, {"message": MESSAGES.get(code, code), **told})

    @route("GET", "/rest/{store}/V1/customers/search", op="list")
    def several(self, asked: Asked) -> Answer:
        table, filters, query = self.table("customers"), _filters(asked), asked.query
        rows = [r for r in self.view(table) if not r.deleted and all(self._shows(r, f) for f in filters)]
        size = asked.number("searchCriteria[pageSize]", 0) or len(rows) or 1
        page = max(asked.number("searchCriteria[currentPage]", 1), 1)
        if page > 1 and not any("sort" in name for name in query):
            rows = [rows[-1], *rows[:-1]] if rows else []
        if self.repeats:
            page = min(page, max(1, -(-len(rows) // size)))
        shown = self.page(table, rows, (page - 1) * size, size)
        criteria = {"filter_groups": [{"filters": [one]} for one in filters], "page_size": size}
        criteria |= {"current_page": page}
        return Answer(200, {"items": shown, "search_criteria": criteria, "total_count": len(rows)})

    @route("GET", "/rest/{store}/V1/customers/{id}", op="get")
    def one(self, asked: Asked) -> Answer:
        table = self.table("customers")
        return Answer(200, self.show(table, _found(table.get(_cast(asked.names["id"])))))

    @route("POST", "/rest/{store}/V1/customers", op="create")
    def create(self, asked: Asked) -> Answer:
        table, told = self.table("customers"), self._told(asked, "")
        return Answer(200, self.show(table, table.create(self._placed(told, START))))

    @route("PUT", "/rest/{store}/V1/customers/{id}", op="update")
    def replace(self, asked: Asked) -> Answer:
        table, id = self.table("customers"), _cast(asked.names["id"])
        _found(table.get(id))
        told = self._told(asked, id)
        old = _found(table.writing(id))
        return Answer(200, self.show(table, _found(table.replace(id, self._placed(told, old.values)))))

    @route("DELETE", "/rest/{store}/V1/customers/{id}", op="delete")
    def delete(self, asked: Asked) -> Answer:
        if not self.table("customers").delete(_cast(asked.names["id"])):
            raise Refusal(404, "unknown")
        return Answer(200, True)

    def _told(self, asked: Asked, id: str) -> dict[str, Any]:
        """The customer of a write; raises Refusal (400)."""
        body = asked.json()
        told = {n: v for n, v in (body.get("customer") or {}).items() if n not in OWN}
        for place, needed in [(told, NEEDED), *((one, PLACE) for one in told.get("addresses") or [])]:
            if missing := [name for name in needed if not place.get(name)]:
                raise Refusal(400, "missing", missing[0])
        if self.table("customers").taken(["email"], told, id):
            raise Refusal(400, "duplicate")
        return told

    def _placed(self, told: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
        """`told` over `before`, as Magento stores it: new addresses numbered, the standard ones named."""
        news = (told.get("extension_attributes") or {}).get("is_subscribed")
        said = (before.get("extension_attributes") or {}).get("is_subscribed", False)
        values = {**before, **told, "extension_attributes": {"is_subscribed": said if news is None else news}}
        addresses = [
            {n: v for n, v in one.items() if n != "customer_id"} for one in values.get("addresses", [])
        ]
        for one in addresses:
            self._places += "id" not in one
            one.setdefault("id", 9000 + self._places)
        values |= {"addresses": addresses}
        for sort in ("default_billing", "default_shipping"):
            values.pop(sort, None)
            if chosen := [str(one["id"]) for one in addresses if one.get(sort)]:
                values[sort] = chosen[-1]
        return values

    def _move(self, event: Event) -> None:
        after, before = event.after, event.before
        apart = before is None or any(path not in UNMOVED for path in event.fields())
        earlier = self._moved.get((after.id, after.version - 1), after.created)
        self._moved[after.id, after.version] = after.modified if apart else earlier

    def _shows(self, record: Record, told: Mapping[str, str]) -> bool:
        moved = _time(self._moved.get((record.id, record.version), record.created))
        match told["field"], told.get("condition_type", "eq"), told["value"]:
            case "updated_at", "gteq", value:
                return moved >= value
            case "email", "eq", value:
                return str(record.values["email"]).casefold() == value.casefold()
            case "entity_id", "in", value:
                return record.id in map(_cast, value.split(","))
        raise Refusal(400, "unknown_filter", told["field"])

    def _signed(self, asked: Asked, secrets: Sequence[str]) -> bool:
        """Is it signed with these secrets, and for the first time? (RFC 5849 §3.4)"""
        scheme, _, text = asked.headers.get("authorization", "").partition(" ")
        told = {n: unquote(v) for n, v in re.findall(r'(\w+)="([^"]*)"', text)} if scheme == "OAuth" else {}
        signature, nonce = told.pop("oauth_signature", ""), told.get("oauth_nonce", "")
        known = (told.get("oauth_consumer_key"), told.get("oauth_token")) == (secrets[0], secrets[2])
        if not known or nonce in self._nonces or told["oauth_signature_method"] != "HMAC-SHA256":
            return False
        self._nonces.add(nonce)
        pairs = [*told.items(), *parse_qsl(urlsplit(asked.target).query, keep_blank_values=True)]
        listed = "&".join(f"{name}={value}" for name, value in sorted((_safe(n), _safe(v)) for n, v in pairs))
        place = f"http://{asked.headers['host']}{urlsplit(asked.target).path}"
        base = "&".join(map(_safe, (asked.method, place, listed)))
        key = f"{_safe(secrets[1])}&{_safe(secrets[3])}"
        made = b64encode(hmac.digest(key.encode(), base.encode(), "sha256")).decode()
        return hmac.compare_digest(made, signature)


def _filters(asked: Asked) -> list[dict[str, str]]:
    """The filters of a search, in either notation of their names."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for name, value in asked.query.items():
        way = r"searchCriteria\[filter_?[gG]roups\]\[(\d+)\]\[filters\]\[(\d+)\]\[(\w+)\]"
        if told := re.fullmatch(way, name):
            found.setdefault((told[1], told[2]), {})[told[3].replace("conditionType", "condition_type")] = (
                value
            )
    return list(found.values())


def _cast(text: str) -> str:
    """The number at the beginning of a text, as PHP sees it."""
    digits = re.match(r"\d*", text)
    return str(int(digits[0])) if digits and digits[0] else "0"


def _found(record: Record | None) -> Record:
    if record is None:
        raise Refusal(404, "unknown")
    return record


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _safe(text: str) -> str:
    return quote(text, safe="~")
