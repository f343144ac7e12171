"""Nutshell, the CRM (REST 2.0.0 and JSON-RPC v1): contacts.

REST reads. A contact shows no time of change, so what changed is read from the feed of events, and a version
is a digest of what the contact shows. REST cannot refuse a write on an older version; JSON-RPC can, by the
`rev` of a contact, so updates go there: the rev is read first and the contact after it, and if that is what
was expected, whoever comes in between makes the rev out of date.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from adapters.answers import NotDone, NotFound, Ok, Refused, Unsure, http_date
from adapters.errors import Denied, NotUnderstood, Transient
from adapters.http import Request, expect
from adapters.ids import BadId
from adapters.manifest import Call, Manifest, at, shipped
from adapters.nutshell_values import NAMES, by_rpc, steps, whole
from adapters.paging import iso
from adapters.payloads import digest, merge
from adapters.protocol import Capabilities, Change, Outcome, Page, SourceRecord
from adapters.registry import Kind
from adapters.rest import Fate, RestAdapter, RestSettings
from adapters.settings import Opening
from adapters.times import moment

TOGETHER = 50
EVENTS, DELETED, RPC = "/rest/events", "/rest/events/deleted", "/api/v1/json"
PATCH = {"Content-Type": "application/json-patch+json"}
PASSING = ("avatarUrl",)
"""Changes by itself."""
_ID = re.compile(r"([1-9][0-9]*)-contacts", re.ASCII)


class NutshellSettings(RestSettings):
    """Where Nutshell is, and as whom to use it: the token is `user@company.example:API key`."""

    rpc: bool = True
    """Update by JSON-RPC, which refuses a stale write. Without it by REST's JSON Patch, which does not."""


class NutshellAdapter(RestAdapter):
    """Moves contacts."""

    def __init__(self, system: str, manifest: Manifest, settings: NutshellSettings, opening: Opening) -> None:
        super().__init__(system, manifest, settings, opening)
        self._rpc = settings.rpc

    def capabilities(self, entity: str) -> Capabilities:
        can = super().capabilities(entity)
        return replace(can, incremental="events", conditional_write=self._rpc, fetch_batch=TOGETHER)

    def pull(self, entity: str, since: str | None = None) -> Iterator[Page]:
        """All contacts, or with a cursor those that events tell of since then, `overlap` included.

        Only the last page can be resumed from.
        """
        before = moment(json.loads(since)["high"]) if since else None
        reached = http_date(self._ask(EVENTS, {"limit": "1"}).headers.get("date", "")) or before
        cursor = json.dumps({"high": iso(reached)}) if reached else None
        held: Page | None = None
        for page in self._told(entity, before) if before else super().pull(entity):
            if held:
                yield held
            held = page
        yield replace(held or Page(()), cursor=cursor)

    def _told(self, entity: str, before: datetime) -> Iterator[Page]:
        """The contacts of the events since then, as they are now."""
        bound = int((before - self._overlap).timestamp())
        changed = self._walk(EVENTS, {"since_time": str(bound), "limit": "100"}, bound)
        gone = self._walk(DELETED, {"filter[types]": "contacts"}, bound)
        ids = list(dict.fromkeys([*changed, *gone]))
        for start in range(0, len(ids), TOGETHER):
            yield Page(list(self.fetch(entity, ids[start : start + TOGETHER])))

    def _walk(self, path: str, query: Mapping[str, str], bound: int) -> Iterator[str]:
        """Ids of contacts in the events from `bound` (seconds since 1970) on.

        It is not written down which part of the events a first page shows, so the feed is followed both ways.
        """
        seen: set[str] = set()
        waiting = [dict(query)]
        while waiting:
            body = self._ask(path, waiting.pop()).body
            news = [event for event in body["events"] if event["id"] not in seen]
            seen.update(event["id"] for event in news)
            for event in news:
                yield from (id for id in at(event, "links.payloads") or [] if _ID.fullmatch(id))
            ways = ["next"] if news else []
            if news and min(event.get("createdTime", bound) for event in news) >= bound:
                ways.append("previous")
            links = [at(body, f"meta.{way}") for way in ways]
            waiting += [dict(parse_qsl(urlsplit(link).query)) for link in links if link]

    def _ask(self, path: str, query: Mapping[str, str]) -> Ok:
        answer = expect(self._http.read(Request("GET", path, query=query)), self._system, "reading events")
        if not isinstance(answer.body, Mapping) or not isinstance(answer.body.get("events"), list):
            raise NotUnderstood(f"{self._system}: no events in the answer; check its url")
        return answer

    def _record(self, item: Any) -> SourceRecord | None:
        """A contact, alone or in the envelope of an answer about one."""
        if isinstance(item, Mapping) and isinstance(item.get("contacts"), list):
            item = item["contacts"][0] if len(item["contacts"]) == 1 else None
        record = super()._record(item)
        if record is None or item.get("deletedTime"):
            return record and replace(record, payload={}, deleted=True)
        return replace(record, version=digest(record.payload, PASSING))

    def _alone(self, resource: str, rid: str) -> SourceRecord:
        _number(rid)
        return super()._alone(resource, rid)

    def _together(self, resource: str, ids: Sequence[str]) -> dict[str, SourceRecord]:
        plain = ",".join(id for id in ids if _number(id))
        request = Request("GET", self._manifest.fetch.path, {"resource": resource, "id": plain})
        answer = self._http.read(request)
        if isinstance(answer, NotFound):
            return {}
        items = at(expect(answer, self._system, "fetching contacts").body, self._manifest.list.items)
        found = [self._record(item) for item in items or []]
        return {record.id: record for record in found if record}

    def _write(self, call: Call, resource: str, change: Change) -> Fate:
        """A create as REST has it, an update by JSON-RPC or else by JSON Patch. Raises BadId, Denied."""
        if change.action == "create":
            return super()._write(call, resource, change)
        number = _number(change.id or "")
        rev = self._rev(number) if self._rpc else ""
        if not isinstance(rev, str):
            return rev
        now = self._fresh(resource, change)
        if not isinstance(now, SourceRecord):
            return now
        if change.expected_version and change.expected_version != now.version:
            return Refused(412, "it changed since it was read")
        merged = merge(now.payload, change.payload)
        values = {name: merged[name] for name in change.payload}
        if self._rpc:
            order = {"contactId": number, "rev": rev, "contact": by_rpc(values, now.payload)}
            return self._judged(self._http.write(_call("editContact", order)))
        ids, sent = {"resource": resource, "id": str(change.id)}, steps(values, now.payload)
        return self._http.write(Request(call.method, call.path, ids, body=sent, headers=PATCH))

    def _rev(self, number: int) -> str | Fate:
        """The revision of a contact now, or why it cannot be told."""
        try:
            answer = self._judged(self._http.read(_call("getContact", {"contactId": number})))
        except Transient as error:
            return NotDone(str(error), error.retry_after)
        if isinstance(answer, Unsure):
            return NotDone(answer.detail)
        return str(answer.body["rev"]) if isinstance(answer, Ok) else answer

    def _judged(self, answer: Fate) -> Fate:
        """What an answer by JSON-RPC says, whatever its HTTP status is."""
        if isinstance(answer, NotFound):
            return Refused(404, "there is no JSON-RPC at this address; check the url, or set rpc to false")
        if isinstance(answer, Refused):
            return Refused(412, answer.detail) if answer.status == 409 else answer
        if not isinstance(answer, Ok):
            return answer
        if not isinstance(answer.body, Mapping):
            return Unsure("JSON-RPC answered with no object")
        error = answer.body.get("error")
        return self._wrong(error.get("code")) if error else Ok(answer.body.get("result"), answer.headers)

    def _wrong(self, code: Any) -> Fate:
        if code in (401, 403):
            raise Denied(f"{self._system}: JSON-RPC refused with {code}; check the key and what it may do")
        if code == 404:
            return NotFound()
        if isinstance(code, int) and code >= 500:
            return Unsure(f"JSON-RPC went wrong there ({code})")
        return Refused(412 if code == 409 else 400, f"refused by JSON-RPC ({code})")

    def _body(self, change: Change) -> Any:
        """A new contact: one, with its name whole."""
        return {"contacts": [whole(change.payload)]}

    def _done(self, change: Change, body: Any, answers: bool) -> Outcome:
        """A new contact's name was cut by Nutshell: where it cut otherwise than meant, that is mended."""
        if change.action != "create":
            return Outcome(change.key, "applied")
        outcome, record = super()._done(change, body, answers), self._record(body)
        meant = {name: value for name in NAMES if (value := change.payload.get(name))}
        if record is None or all(record.payload.get(name) == value for name, value in meant.items()):
            return outcome
        mended = self._send("contacts", Change(change.key, "update", change.entity, record.id, meant))
        why = "created, but its first and last name were not set"
        return outcome if mended.status == "applied" else replace(outcome, status="unknown", detail=why)


def _number(rid: str) -> int:
    """What JSON-RPC calls this contact; raises BadId."""
    found = _ID.fullmatch(rid)
    if found is None:
        raise BadId("there is no such id: those of contacts look like 3-contacts")
    return int(found[1])


def _call(method: str, params: Mapping[str, Any]) -> Request:
    return Request("POST", RPC, body={"id": "klantbeeld", "method": method, "params": params})


def open_nutshell(system: str, settings: NutshellSettings, opening: Opening) -> NutshellAdapter:
    return NutshellAdapter(system, shipped("nutshell"), settings, opening)


KIND = Kind("nutshell", NutshellSettings, open_nutshell)
