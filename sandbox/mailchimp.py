"""A simulated Mailchimp: the members of one audience, as its Marketing API 3.0 shows and takes them.

    GET    /3.0/lists/a1/members?count=&offset=&since_last_changed=&status=   archived ones when asked for
    GET    /3.0/lists/a1/members/{hash}            {hash}: MD5 of the address in small letters, or contact_id
    POST   /3.0/lists/a1/members                   400 for an address that is there, or was deleted for good
    PUT    /3.0/lists/a1/members/{hash}            new with `status_if_new`, else as PATCH
    PATCH  /3.0/lists/a1/members/{hash}            another address is another {hash}; contact_id stays
    DELETE /3.0/lists/a1/members/{hash}            archives; 405 for who is archived, cleaned or pending
    POST   /3.0/lists/a1/members/{md5}/tags        {"tags": [{"name", "status"}]}, 204
    POST   /3.0/lists/a1/members/{md5}/actions/delete-permanent               never to be imported again

Its traps: an address that unsubscribed or bounced cannot be subscribed, only asked (`pending`); no header
tells a limit, and under load a 403 has no body; more than ten requests at once are refused.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.kit import System
from sandbox.records import Record, Table
from sandbox.routes import Answer, Asked, Refusal, route

AUDIENCE = "a1"
BASE = f"/3.0/lists/{AUDIENCE}/members"
MOST, CONNECTIONS = 1000, 10
WRITTEN = (
    "email_address",
    "email_type",
    "status",
    "merge_fields",
    "language",
    "vip",
    "timestamp_opt",
    "ip_opt",
)
STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional")
KEPT = ("archived", "cleaned", "pending")
"""Who cannot be archived."""
COMPLIANCE = ("unsubscribed", "cleaned")
"""Who can be asked to subscribe, and not be subscribed."""
TITLES = {
    400: "Invalid Resource",
    401: "API Key Invalid",
    404: "Resource Not Found",
    405: "Method Not Allowed",
    429: "Too Many Requests",
}
PRESETS: Mapping[str, Any] = {
    "email_type": "html",
    "status": "subscribed",
    "language": "nl",
    "vip": False,
    "tags": [],
    "timestamp_opt": "",
    "ip_opt": "",
}


class Mailchimp(System):
    """Members; a row is {id?, email_address, status?, merge_fields?, tags?, ...}; `id` is its contact_id."""

    resources = ("members",)
    ids = staticmethod(lambda number: hashlib.md5(f"contact {number}".encode()).hexdigest())
    grain = timedelta(seconds=1)
    fields: tuple[str, ...] = ("FNAME", "LNAME", "PHONE", "ADDRESS")
    required: tuple[str, ...] = ()
    """Merge fields without which a write fails, unless it says `skip_merge_validation`."""

    def __init__(self, *args: Any, **how: Any) -> None:
        self.forgotten: set[str] = set()
        self._at_once: set[object] = set()
        super().__init__(*args, **how)

    def fill(self, table: Table, row: Mapping[str, Any]) -> Record:
        values = {name: value for name, value in row.items() if name != "id"}
        return table.fill(self._member(values, PRESETS), str(row.get("id", "")))

    def represent(self, table: Table, record: Record) -> dict[str, Any]:
        values, address = dict(record.values), str(record.values["email_address"])
        names = [str(values["merge_fields"][tag]) for tag in ("FNAME", "LNAME")]
        return {
            "id": hashed(address),
            "email_address": address,
            "unique_email_id": hashlib.sha1(address.lower().encode()).hexdigest()[:10],
            "contact_id": record.id,
            "full_name": " ".join(filter(None, names)),
            "web_id": int(record.id[:6], 16) if record.id.isalnum() else 0,
            **values,
            "status": status_of(record),
            "stats": {"avg_open_rate": 0, "avg_click_rate": 0},
            "last_changed": record.modified.astimezone(UTC).isoformat(timespec="seconds"),
            "tags": [{"id": int(hashed(tag)[:6], 16), "name": tag} for tag in values["tags"]],
            "tags_count": len(values["tags"]),
            "list_id": AUDIENCE,
            "_links": [],
        }

    def identity(self, record: Record) -> str | None:
        return hashed(str(record.values["email_address"]))

    def knows(self, asked: Asked) -> bool:
        sort, _, proof = asked.headers.get("authorization", "").partition(" ")
        if sort == "Basic":
            proof = b64decode(proof).decode(errors="replace").partition(":")[2]
        return self.token in (None, proof)

    def problem(self, status: int, code: str, field: str = "") -> Answer:
        title = code if " " in code else TITLES.get(status, "Error")
        body = {"type": "about:blank", "title": title, "status": status, "detail": code, "instance": "0"}
        wrong = {"errors": [{"field": field, "message": code}]} if field else {}
        return Answer(status, {**body, **wrong}, {"Content-Type": "application/problem+json"})

    def throttled(self, wait: float | None) -> Answer:
        """It never says how long."""
        return self.problem(429, "You have exceeded the limit of simultaneous connections")

    def take(self, asked: Asked) -> Answer:
        connection = object()
        self._at_once.add(connection)
        try:
            return self.throttled(None) if len(self._at_once) > CONNECTIONS else super().take(asked)
        finally:
            self._at_once.discard(connection)

    @route("GET", BASE, op="list")
    def members(self, asked: Asked) -> Answer:
        table, wanted = self.table("members"), asked.query.get("status", "")
        rows = [r for r in self.view(table) if not r.deleted and _asked_for(r, wanted)]
        if since := asked.query.get("since_last_changed"):
            rows = [r for r in rows if r.modified >= _moment(since)]
        size, start = asked.number("count", 10), asked.number("offset", 0)
        if size > MOST:
            raise Refusal(400, "above_1000", "count")
        shown = self.page(table, rows, start, size)
        return Answer(200, {"members": shown, "list_id": AUDIENCE, "total_items": len(rows)})

    @route("GET", BASE + "/{hash}", op="get")
    def member(self, asked: Asked) -> Answer:
        return Answer(200, self.show(self.table("members"), self._by(asked)))

    @route("POST", BASE, op="create")
    def add(self, asked: Asked) -> Answer:
        return self._add(asked, "status")

    @route("PUT", BASE + "/{hash}", op="update")
    def put(self, asked: Asked) -> Answer:
        return self.change(asked) if self._find(asked.names["hash"]) else self._add(asked, "status_if_new")

    @route("PATCH", BASE + "/{hash}", op="update")
    def change(self, asked: Asked) -> Answer:
        table, given = self.table("members"), _given(asked)
        record = self._by(asked)
        self._judge(given, record, asked)
        now = table.writing(record.id) or record
        if now.archived and given.get("status"):
            now = table.archive(record.id, archived=False) or now
        return Answer(200, self.show(table, table.replace(record.id, self._member(given, now.values)) or now))

    @route("DELETE", BASE + "/{hash}", op="archive")
    def archive(self, asked: Asked) -> Answer:
        record = self._by(asked)
        if status_of(record) in KEPT:
            raise Refusal(405, "Method Not Allowed")
        self.table("members").archive(record.id)
        return Answer(204)

    @route("POST", BASE + "/{md5}/tags", op="update")
    def tag(self, asked: Asked) -> Answer:
        record, told = self._by_md5(asked), _object(asked).get("tags", [])
        gone = {one["name"] for one in told if one["status"] == "inactive"}
        added = [one["name"] for one in told if one["status"] == "active"]
        tags = [tag for tag in dict.fromkeys([*record.values["tags"], *added]) if tag not in gone]
        self.table("members").update(record.id, {"tags": tags})
        return Answer(204)

    @route("POST", BASE + "/{md5}/actions/delete-permanent", op="delete")
    def forget(self, asked: Asked) -> Answer:
        record = self._by_md5(asked)
        self.forgotten.add(hashed(str(record.values["email_address"])))
        self.table("members").delete(record.id)
        return Answer(204)

    def _add(self, asked: Asked, status: str) -> Answer:
        given, table = _given(asked, status), self.table("members")
        given["status"] = given.pop(status, given.get("status"))
        if given["status"] not in STATUSES:
            raise Refusal(400, "is_required", status)
        self._judge(given, None, asked)
        return Answer(200, self.show(table, table.create(self._member(given, PRESETS))))

    def _judge(self, given: Mapping[str, Any], record: Record | None, asked: Asked) -> None:
        """Whether a write may be: raises Refusal (400)."""
        address = str(given.get("email_address", record.values["email_address"] if record else ""))
        if "@" not in address:
            raise Refusal(400, "is_no_address", "email_address")
        if hashed(address) in self.forgotten:
            raise Refusal(400, "Forgotten Email Not Subscribed")
        there = self._find(hashed(address))
        if there and (record is None or there.id != record.id):
            raise Refusal(400, "Member Exists")
        if record and given.get("status") == "subscribed" and status_of(record) in COMPLIANCE:
            raise Refusal(400, "Member In Compliance State")
        fields = {**(record.values["merge_fields"] if record else {}), **given.get("merge_fields", {})}
        for tag, value in fields.items():
            if isinstance(value, dict) and not all(value.get(part) for part in ("addr1", "city", "zip")):
                raise Refusal(400, "is_incomplete", tag)
        lacking = [tag for tag in self.required if not fields.get(tag)]
        if lacking and asked.query.get("skip_merge_validation") != "true":
            raise Refusal(400, "is_required", lacking[0])

    def _member(self, given: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
        """A whole member: merge fields that the audience does not know are left out."""
        old = before.get("merge_fields") or dict.fromkeys(self.fields, "")
        new = {tag: value for tag, value in given.get("merge_fields", {}).items() if tag in self.fields}
        return {
            **before,
            **given,
            "merge_fields": {**old, **{t: "" if v is None else v for t, v in new.items()}},
        }

    def _find(self, hash: str) -> Record | None:
        for record in self.table("members").live():
            if hash.lower() in (record.id, hashed(str(record.values["email_address"]))):
                return record
        return None

    def _by(self, asked: Asked) -> Record:
        if record := self._find(asked.names["hash"]):
            return record
        raise Refusal(404, "no_such_member")

    def _by_md5(self, asked: Asked) -> Record:
        record = self._find(asked.names["md5"])
        if record is None or record.id == asked.names["md5"]:
            raise Refusal(404, "no_such_member")
        return record


def hashed(address: str) -> str:
    """The id of an address."""
    return hashlib.md5(address.lower().encode()).hexdigest()


def status_of(record: Record) -> str:
    """As it is shown."""
    return "archived" if record.archived else str(record.values["status"])


def _asked_for(record: Record, status: str) -> bool:
    return status_of(record) == status if status else not record.archived


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(400, "is_no_time", "since_last_changed") from None


def _object(asked: Asked) -> dict[str, Any]:
    body = asked.json()
    if not isinstance(body, dict):
        raise Refusal(400, "an_object_is_expected")
    return body


def _given(asked: Asked, *more: str) -> dict[str, Any]:
    """What can be written; other names mean nothing. Tags go along with a new member only."""
    known = (*WRITTEN, *more, *(("tags",) if more else ()))
    return {name: value for name, value in _object(asked).items() if name in known}
