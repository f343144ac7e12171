"""Mailchimp, the mailing tool (Marketing API 3.0.55): the members of one audience.

A member is deleted for good only in Mailchimp itself: such an address can never be imported again, so the hub
archives at most. `status` is the law's, not a field: it is written for a consent only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from adapters.answers import Ok
from adapters.http import Request
from adapters.manifest import Call, shipped
from adapters.payloads import merge
from adapters.protocol import Capabilities, Change, Outcome, Page, SourceRecord
from adapters.registry import Kind
from adapters.rest import Fate, RestAdapter, RestSettings, not_done
from adapters.settings import Opening

ADDRESS, STATUS = "email_address", "status"
TAGS = "/{resource}/{hash}/tags"
UNASKED = "transactional"
"""The status of a new member about whose consent nothing is said: never mailed by a campaign."""
NOISE = ("_links", "stats")
"""Shown and no part of a member: they change without `last_changed`."""


class MailchimpAdapter(RestAdapter):
    """Moves members, by their contact_id; reads the archived ones too."""

    bare_403 = True

    def capabilities(self, entity: str) -> Capabilities:
        able = super().capabilities(entity)
        return replace(able, searchable=frozenset({ADDRESS}), consents_only=frozenset({STATUS}))

    def pull(self, entity: str, since: str | None = None) -> Iterator[Page]:
        """As of every list; the archived come last, so that whoever is archived meanwhile is seen.

        The cursor is that of the others: it lies before the archived were asked for.
        """
        resource, before = self._resource(entity), self._before(since)
        others: Page | None = None
        for page in self._list(resource, before):
            if others:
                yield others
            others = page
        assert others is not None, "a list has a last page"
        held = replace(others, cursor=None, complete=False)
        for page in self._list(resource, before, {STATUS: "archived"}):
            yield held
            held = page
        yield replace(held, cursor=others.cursor, complete=held.complete and others.complete)

    def search(self, entity: str, keys: Mapping[str, str]) -> Iterator[SourceRecord]:
        """By address, letter case aside. Raises ValueError for another path."""
        if unknown := sorted(keys.keys() - {ADDRESS}):
            raise ValueError(f"{self._system} cannot search by {', '.join(unknown)}")
        for address in keys.values():
            found = self._found(self._resource(entity), hashed(address.strip()))
            yield from [found] if found else []

    def _record(self, item: Any) -> SourceRecord | None:
        """Without noise, and with tags as they are written: by name."""
        if not isinstance(item, Mapping):
            return None
        shown = {name: value for name, value in item.items() if name not in NOISE}
        if isinstance(tags := item.get("tags"), list):
            shown["tags"] = [tag["name"] for tag in tags]
        return super()._record(shown)

    def _body(self, change: Change) -> Any:
        body = super()._body(change)
        return {STATUS: UNASKED, **body} if change.action == "create" else body

    def _write(self, call: Call, resource: str, change: Change) -> Fate:
        """A postal address is replaced whole: what the change does not name is read and goes along."""
        fields = change.payload.get("merge_fields") or {}
        parts = {tag: value for tag, value in fields.items() if isinstance(value, Mapping)}
        if parts and change.action == "update":
            now = self._fresh(resource, change)
            if not isinstance(now, SourceRecord):
                return now
            shown = now.payload.get("merge_fields") or {}
            before = {tag: shown[tag] for tag in parts if isinstance(shown.get(tag), Mapping)}
            whole = {**change.payload, "merge_fields": {**fields, **merge(before, parts)}}
            change = replace(change, payload=whole)
        return super()._write(call, resource, change)

    def _send(self, resource: str, change: Change) -> Outcome:
        """Tags have a request of their own, after the rest."""
        if change.action != "update" or not change.id or "tags" not in change.payload:
            return super()._send(resource, change)
        rest = {name: value for name, value in change.payload.items() if name != "tags"}
        if rest:
            done = super()._send(resource, replace(change, payload=rest))
            applied = done.status == "applied" and done.record
            return self._tag(resource, change, applied, begun=True) if applied else done
        now = self._fresh(resource, change)
        if isinstance(now, SourceRecord):
            return self._tag(resource, change, now, begun=False)
        return not_done(change, now)

    def _tag(self, resource: str, change: Change, record: SourceRecord, begun: bool) -> Outcome:
        """Set what is new, take away what is not named; once a part is done, a failure is of unknown fate."""
        wanted, now = change.payload["tags"] or [], record.payload.get("tags") or []
        told = [{"name": tag, "status": "active"} for tag in wanted if tag not in now]
        told += [{"name": tag, "status": "inactive"} for tag in now if tag not in wanted]
        if not told:
            return Outcome(change.key, "applied", record)
        request = Request(
            "POST", TAGS, {"resource": resource, "hash": record.payload["id"]}, body={"tags": told}
        )
        fate = self._http.write(request)
        if not isinstance(fate, Ok):
            failed = not_done(change, fate)
            return replace(failed, status="unknown") if begun else failed
        now = self._fresh(resource, change)
        if isinstance(now, SourceRecord):
            return Outcome(change.key, "applied", now)
        return Outcome(change.key, "unknown", detail="written, but it could not be read back")

    def _found(self, resource: str, hash: str) -> SourceRecord | None:
        answer = self._http.read(
            Request("GET", self._manifest.fetch.path, {"resource": resource, "id": hash})
        )
        return self._record(answer.body) if isinstance(answer, Ok) else None


def hashed(address: str) -> str:
    """The id that Mailchimp gives to an address: no secret, and nothing depends on its strength."""
    return hashlib.md5(address.lower().encode(), usedforsecurity=False).hexdigest()


def open_mailchimp(system: str, settings: RestSettings, opening: Opening) -> MailchimpAdapter:
    return MailchimpAdapter(system, shipped("mailchimp"), settings, opening)


KIND = Kind("mailchimp", RestSettings, open_mailchimp)
