"""Moneybird, the bookkeeping (API v2 of 2026-08-21): contacts.

`GET /contacts/synchronization` tells id and version of every contact, and a POST to it shows a hundred of
them. So a pull costs one request, one for each hundred contacts that changed, and one for each that is gone.
A version is the second of the last change; nothing can be made conditional on it.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from adapters.answers import http_date
from adapters.errors import NotUnderstood
from adapters.http import Request, expect
from adapters.manifest import STORING, at, shipped
from adapters.protocol import Capabilities, Change, Page, SourceRecord
from adapters.registry import Kind
from adapters.rest import RestAdapter, RestSettings
from adapters.settings import Opening

TOGETHER = 100
VERSIONS = "/{resource}/synchronization.json"
WRAPPED = {"contacts": "contact"}
"""By resource the name that a write's body is wrapped in."""
UNSETTLED = 0
"""Stands for a version so young that a second change might have the same."""


class MoneybirdAdapter(RestAdapter):
    """Moves contacts; reads by their versions what changed and what is gone."""

    def capabilities(self, entity: str) -> Capabilities:
        return replace(super().capabilities(entity), incremental="versions", fetch_batch=TOGETHER)

    def pull(self, entity: str, since: str | None = None) -> Iterator[Page]:
        """All contacts, or with a cursor those with another version than then and those that are gone.

        What the list of versions lacks counts as gone when it is not there by id either. Only the last page
        can be resumed from.
        """
        before = _unpacked(since) if since else {}
        now, settled = self._versions(self._resource(entity))
        wanted = [id for id, version in now.items() if before.get(id) != version]
        wanted += [id for id in before if id not in now]
        held = Page(())
        for start in range(0, len(wanted), TOGETHER):
            if held.records:
                yield held
            held = Page(list(super().fetch(entity, wanted[start : start + TOGETHER])))
        yield Page(held.records, _packed(settled), complete=since is None)

    def fetch(self, entity: str, ids: Sequence[str]) -> Iterator[SourceRecord]:
        """By id, a hundred a request.

        First it waits until a write of each would have its turn too: what is read by id is mostly read to be
        written upon, and a wait between the two is time in which a user may edit it.
        """
        self._http.make_room(len(ids) + 1)
        return super().fetch(entity, ids)

    def search(self, entity: str, keys: Mapping[str, str]) -> Iterator[SourceRecord]:
        """Contacts that show the value: Moneybird's own search also finds it elsewhere, and parts of it."""
        for record in super().search(entity, keys):
            if any(_same(at(record.payload, path), value) for path, value in keys.items()):
                yield record

    def _versions(self, resource: str) -> tuple[dict[str, int], dict[str, int]]:
        """Version by id as it is told now, and as the next pull has to compare with it."""
        query = self._manifest.list.query
        answer = expect(
            self._http.read(Request("GET", VERSIONS, {"resource": resource}, query)),
            self._system,
            f"asking for the versions of {resource}",
        )
        try:
            now = {str(one["id"]): int(one["version"]) for one in answer.body}
        except (TypeError, KeyError, ValueError):
            raise NotUnderstood(
                f"{self._system}: no ids with versions in the answer about {resource}; check the url"
            ) from None
        asked_at = http_date(answer.headers.get("date", ""))
        sure = (asked_at - self._overlap).timestamp() if asked_at else 0
        return now, {id: version if version < sure else UNSETTLED for id, version in now.items()}

    def _together(self, resource: str, ids: Sequence[str]) -> dict[str, SourceRecord]:
        plain = [id for id in ids if id.isascii() and id.isdigit()]
        request = Request("POST", VERSIONS, {"resource": resource}, body={"ids": plain})
        return {record.id: record for record in self._several(request)} if plain else {}

    def _body(self, change: Change) -> Any:
        """Wrapped; a field is cleared by an empty text, and own fields are told by id."""
        if change.action not in STORING:
            return None
        told = {name: "" if value is None else value for name, value in change.payload.items()}
        if own := told.pop("custom_fields", []):
            told["custom_fields_attributes"] = {
                str(place): {"id": one["id"], "value": one["value"] or ""} for place, one in enumerate(own)
            }
        resource = self._resource(change.entity)
        return {WRAPPED.get(resource, resource): told}


def _same(shown: Any, value: str) -> bool:
    return str(shown or "").strip().casefold() == value.strip().casefold()


def _packed(versions: Mapping[str, int]) -> str:
    """As a cursor: some 15 bytes a contact."""
    return b64encode(zlib.compress(json.dumps(versions, separators=(",", ":")).encode())).decode()


def _unpacked(cursor: str) -> dict[str, int]:
    versions: dict[str, int] = json.loads(zlib.decompress(b64decode(cursor)))
    return versions


def open_moneybird(system: str, settings: RestSettings, opening: Opening) -> MoneybirdAdapter:
    return MoneybirdAdapter(system, shipped("moneybird"), settings, opening)


KIND = Kind("moneybird", RestSettings, open_moneybird)
