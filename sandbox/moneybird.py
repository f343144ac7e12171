"""A simulated Moneybird: contacts of one administration, as its API v2 shows and takes them.

    GET    /api/v2/123/contacts.json?query=&page=&per_page=&include_archived=
    GET    /api/v2/123/contacts/synchronization.json?include_archived=     [{"id", "version"}], all of them
    POST   /api/v2/123/contacts/synchronization.json  {"ids": [...]}       a hundred, the rest is left out
    GET    /api/v2/123/contacts/{id}.json
    GET    /api/v2/123/contacts/customer_id/{x}.json
    POST   /api/v2/123/contacts.json       {"contact": {...}}      201
    PATCH  /api/v2/123/contacts/{id}.json  {"contact": {...}}      200
    PATCH  /api/v2/123/contacts/{id}/archive.json                  204; 400 when it is archived already
    DELETE /api/v2/123/contacts/{id}.json                          204; 400 for a contact with invoices

Its traps: versions are whole seconds; 150 requests in 5 minutes for everybody together; an unknown name is a
400 whose `error` is a text, a value that is wrong a 422 whose `error` is an object; archived contacts hide;
`email` shows what is written as `send_invoices_to_email`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sandbox.clock import stamp
from sandbox.desk import Limit
from sandbox.kit import System
from sandbox.records import Record, Table, value_at
from sandbox.routes import Answer, Asked, Refusal, route
from sandbox.visit import retry_after

ADMINISTRATION = "123"
BASE = f"/api/v2/{ADMINISTRATION}/contacts"
MOST = 100
WINDOW = Limit(150, 300.0)
TEXTS = (
    "company_name",
    "firstname",
    "lastname",
    "address1",
    "address2",
    "zipcode",
    "city",
    "country",
    "phone",
    "customer_id",
    "tax_number",
    "chamber_of_commerce",
    "bank_account",
    "send_invoices_to_attention",
    "send_invoices_to_email",
    "send_estimates_to_attention",
    "send_estimates_to_email",
    "sepa_iban",
    "sepa_iban_account_name",
    "sepa_bic",
    "sepa_mandate_id",
    "si_identifier",
)
PRESETS: Mapping[str, Any] = {
    "delivery_method": "Email",
    "email_ubl": True,
    "direct_debit": False,
    "sepa_active": False,
    "sepa_mandate_date": None,
    "sepa_sequence_type": "RCUR",
    "si_identifier_type": None,
    "invoice_workflow_id": None,
    "estimate_workflow_id": None,
}
READ_ONLY: Mapping[str, Any] = {
    "is_trusted": False,
    "max_transfer_amount": None,
    "attention": "",
    "credit_card_number": "",
    "credit_card_reference": "",
    "credit_card_type": None,
    "tax_number_validated_at": None,
    "tax_number_valid": None,
    "moneybird_payments_mandate": False,
}
OWN = "custom_fields_attributes"
SEARCHED = ("company_name", "firstname", "lastname", "city", "email", "phone", "customer_id", "tax_number")
NAMES = ("company_name", "firstname", "lastname")


class Moneybird(System):
    """Contacts; a row is {id?, ...} in the names that are written. `invoiced` holds ids with invoices."""

    resources = ("contacts",)
    ids = staticmethod(lambda number: str(496_081_411_808_167_000 + number))
    limits = (WINDOW,)

    def __init__(self, *args: Any, **how: Any) -> None:
        self.invoiced: set[str] = set()
        super().__init__(*args, **how)

    def fill(self, table: Table, row: Mapping[str, Any]) -> Record:
        values = {name: value for name, value in row.items() if name != "id"}
        return table.fill(_contact({"customer_id": row.get("id", ""), **values}), str(row.get("id", "")))

    def identity(self, record: Record) -> str | None:
        return str(record.values["send_invoices_to_email"]).casefold() or None

    def represent(self, table: Table, record: Record) -> dict[str, Any]:
        values, secret = dict(record.values), hashlib.sha256(record.id.encode()).hexdigest()
        return {
            "id": record.id,
            "administration_id": int(ADMINISTRATION),
            **{name: values.pop(name) for name in (*TEXTS, *PRESETS)},
            **READ_ONLY,
            "email": record.values["send_invoices_to_email"],
            "sales_invoices_url": f"https://moneybird.dev/{ADMINISTRATION}/sales_invoices/{secret}/all",
            "notes": [],
            **values,
            "archived": record.archived,
            "created_at": stamp(record.created),
            "updated_at": stamp(record.modified),
            "version": version(record),
            "events": [],
        }

    def problem(self, status: int, code: str, field: str = "") -> Answer:
        """A text for what cannot be done, and an object for what is wrong with a value."""
        if status == 422:
            return Answer(422, {"error": {field: [code]}, "details": {field: [{"error": code}]}})
        symbolic = {"symbolic": {field: code}} if field else {}
        return Answer(status, {"error": code.replace("_", " "), **symbolic})

    def throttled(self, wait: float | None) -> Answer:
        body = {"error": "Request was throttled"}
        if wait is None:
            return Answer(429, body)
        reset = str(int(self.now().timestamp() + wait))
        told = {"RateLimit-Limit": str(WINDOW.count), "RateLimit-Remaining": "0", "RateLimit-Reset": reset}
        return Answer(429, body, {**retry_after(wait), **told})

    @route("GET", f"{BASE}/synchronization.json", op="list")
    def versions(self, asked: Asked) -> Answer:
        rows = self._shown(asked)
        shown = self.page(self.table("contacts"), rows, 0, len(rows))
        return Answer(200, [{"id": one["id"], "version": one["version"]} for one in shown])

    @route("POST", f"{BASE}/synchronization.json", op="get")
    def several(self, asked: Asked) -> Answer:
        ids = _within(asked.json(), {"ids"}).get("ids")
        if not isinstance(ids, list):
            raise Refusal(400, "is_missing", "ids")
        table = self.table("contacts")
        rows = self.some(table, map(str, ids[:MOST]))
        return Answer(200, self.page(table, rows, 0, MOST))

    @route("GET", f"{BASE}/customer_id/{{customer_id}}.json", op="search")
    def by_number(self, asked: Asked) -> Answer:
        table = self.table("contacts")
        for record in self.view(table):
            if not record.deleted and record.values["customer_id"] == asked.names["customer_id"]:
                return Answer(200, self.show(table, record))
        raise Refusal(404, "record_not_found")

    @route("GET", f"{BASE}/{{id}}.json", op="get")
    def one(self, asked: Asked) -> Answer:
        record = self.table("contacts").get(asked.names["id"])
        if record is None or (record.archived and not _archived_too(asked)):
            raise Refusal(404, "record_not_found")
        return Answer(200, self.show(self.table("contacts"), record))

    @route("GET", f"{BASE}.json", op="list")
    def contacts(self, asked: Asked) -> Answer:
        size, number = asked.number("per_page", 25), asked.number("page", 1)
        if size > MOST:
            raise Refusal(400, "is_too_large", "per_page")
        rows = [record for record in self._shown(asked) if _finds(record, asked.query.get("query", ""))]
        return Answer(200, self.page(self.table("contacts"), rows, (max(number, 1) - 1) * size, size))

    @route("POST", f"{BASE}.json", op="create")
    def create(self, asked: Asked) -> Answer:
        table, given = self.table("contacts"), _given(asked)
        values = _contact(given)
        self._check(values)
        if not values["customer_id"]:
            numbers = [int(n) for r in table.live() if (n := str(r.values["customer_id"])).isdigit()]
            values["customer_id"] = str(max(numbers, default=0) + 1)
        return Answer(201, self.show(table, table.create(values)))

    @route("PATCH", f"{BASE}/{{id}}.json", op="update")
    def update(self, asked: Asked) -> Answer:
        table, given = self.table("contacts"), _given(asked)
        record = self._to_write(asked)
        self._check(_contact(given, record.values))
        changed = _contact(given, (table.writing(record.id) or record).values)
        return Answer(200, self.show(table, table.replace(record.id, changed) or record))

    @route("PATCH", f"{BASE}/{{id}}/archive.json", op="archive")
    def archive(self, asked: Asked) -> Answer:
        record = self._to_write(asked)
        if record.archived:
            raise Refusal(400, "can_not_be_archived", "id")
        self.table("contacts").archive(record.id)
        return Answer(204)

    @route("DELETE", f"{BASE}/{{id}}.json", op="delete")
    def delete(self, asked: Asked) -> Answer:
        record = self._to_write(asked)
        if record.id in self.invoiced:
            raise Refusal(400, "has_invoices", "id")
        self.table("contacts").delete(record.id)
        return Answer(204)

    def sort_of(self, asked: Asked, op: str) -> str:
        return "search" if op == "list" and "query" in asked.query else op

    def _shown(self, asked: Asked) -> list[Record]:
        hidden = not _archived_too(asked)
        rows = self.view(self.table("contacts"))
        return [record for record in rows if not (record.deleted or (hidden and record.archived))]

    def _to_write(self, asked: Asked) -> Record:
        record = self.table("contacts").get(asked.names["id"])
        if record is None:
            raise Refusal(404, "record_not_found")
        return record

    def _check(self, values: Mapping[str, Any]) -> None:
        if not any(str(values[name]).strip() for name in NAMES):
            raise Refusal(422, "is required", "company_name")
        if (address := values["send_invoices_to_email"]) and "@" not in address:
            raise Refusal(422, "is invalid", "send_invoices_to_email")


def version(record: Record) -> int:
    """The second of the last change."""
    return int(record.modified.timestamp())


def _archived_too(asked: Asked) -> bool:
    return asked.query.get("include_archived") == "true"


def _finds(record: Record, text: str) -> bool:
    shown = {**record.values, "email": record.values["send_invoices_to_email"]}
    return any(text.casefold() in str(value_at(shown, name) or "").casefold() for name in SEARCHED)


def _within(body: Any, names: set[str]) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Refusal(400, "an_object_is_expected")
    if odd := sorted(body.keys() - names):
        raise Refusal(400, "is_unknown", odd[0])
    return body


def _given(asked: Asked) -> dict[str, Any]:
    """What the wrapped body holds; an unknown name is refused."""
    contact = _within(asked.json(), {"contact"}).get("contact")
    given = _within(contact, {*TEXTS, *PRESETS, OWN})
    if odd := [name for name in TEXTS if name in given and not isinstance(given[name], str)]:
        raise Refusal(400, "is_no_text", odd[0])
    return given


def _contact(given: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A whole contact: what it was, with what is given laid over it."""
    empty = {**dict.fromkeys(TEXTS, ""), **PRESETS, "custom_fields": [], "contact_people": []}
    values = {**empty, **(before or {}), **{n: v for n, v in given.items() if n != OWN}}
    if own := given.get(OWN):
        told = {str(one["id"]): {"id": str(one["id"]), "value": one["value"]} for one in own.values()}
        kept = {one["id"]: one for one in values["custom_fields"]}
        values["custom_fields"] = [one for one in {**kept, **told}.values() if one["value"]]
    return values
