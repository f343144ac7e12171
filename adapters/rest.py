"""A plain REST system, driven by its manifest."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

import httpx
from pydantic import Field

from adapters.answers import NotDone, NotFound, Ok, Refused, Unsure
from adapters.bucket import shared
from adapters.errors import NotUnderstood, Transient
from adapters.http import Http, Request, expect
from adapters.ids import encode
from adapters.manifest import STORING, Call, Manifest, at, load, shipped
from adapters.paging import Reading, as_record, iso, sheets
from adapters.protocol import Capabilities, Change, Outcome, Page, SourceRecord
from adapters.registry import Kind
from adapters.settings import KindSettings, Opening, Secret
from adapters.times import moment
from reconcile.errors import RecordError

PASSES = 3
Fate = Ok | NotFound | Refused | NotDone | Unsure
"""What became of a write."""


class RestSettings(KindSettings):
    """Where a plain REST system is and how it knows us."""

    url: str = Field(pattern=r"^https?://[^\s/]+")
    """Its address, up to where the manifest's paths begin."""
    token: Secret | None = None
    """Sent as the manifest says; without it nothing is sent."""
    page_size: int | None = Field(default=None, ge=1)
    """Records a page; default: the most that the manifest allows."""
    overlap: int = Field(default=300, ge=0)
    """Seconds that an increment looks back: clock skew, index lag and longest transaction of the system."""


class RestAdapter:
    """Moves the records of one system that its manifest describes whole.

    A vendor with something of its own is a subclass; see docs/add-an-adapter.md.
    """

    bare_403: ClassVar[bool] = False
    """The system means "slow down" by a 403 that gives no reason."""

    def __init__(
        self,
        system: str,
        manifest: Manifest,
        settings: RestSettings,
        opening: Opening,
        proof: httpx.Auth | None = None,
    ) -> None:
        self._system = system
        self._manifest = manifest
        self._resources = dict(opening.resources)
        self._overlap = timedelta(seconds=settings.overlap)
        most = manifest.list.paging.at_most
        self._size = min(settings.page_size or most, most)
        token = opening.secrets(settings.token.env) if settings.token else None
        account = f"{manifest.kind} {settings.url} {settings.token.env if settings.token else ''}"
        rate = manifest.rate
        self._http = Http(
            system,
            settings.url,
            bucket=shared(account, rate.per_second, rate.burst, opening.clock, opening.sleep),
            clock=opening.clock,
            sleep=opening.sleep,
            transport=opening.transport,
            headers=_proof(manifest, token) if token and not proof else {},
            proof=proof,
            bare_403=self.bare_403,
        )

    @property
    def system(self) -> str:
        return self._system

    def capabilities(self, entity: str) -> Capabilities:
        return self._manifest.capabilities()

    def check(self) -> None:
        """One page of one record. Raises SystemOut."""
        resource = next(iter(self._resources.values()))
        next(sheets(self._http, self._manifest, resource, 1, None))

    def pull(self, entity: str, since: str | None = None) -> Iterator[Page]:
        """All pages, or with a cursor what changed since then, `overlap` included.

        A list that moves while it is read is read again, three times at most; what still does not add up to
        the total is not called complete. Only the last page can be resumed from: page numbers do not last.
        """
        yield from self._list(self._resource(entity), self._before(since))

    def _list(
        self, resource: str, before: datetime | None, only: Mapping[str, str] | None = None
    ) -> Iterator[Page]:
        """The pages of one list, of the part of it that `only` asks for."""
        reading = Reading(self._record)
        held: Page | None = None
        for _ in range(PASSES):
            reading.begin()
            bound = self._bound(before)
            for sheet in sheets(self._http, self._manifest, resource, self._size, bound, only):
                if held:
                    yield held
                records, problems = reading.take(sheet)
                held = Page(records, problems=problems)
            if reading.whole() and (before is None or reading.quiet()):
                break
        last = held or Page(())
        high = reading.high_water(before) if self._manifest.list.since else None
        cursor = json.dumps({"high": iso(high)}) if high else None
        yield Page(last.records, cursor, before is None and reading.whole(), last.problems)

    def fetch(self, entity: str, ids: Sequence[str]) -> Iterator[SourceRecord]:
        """By id. What a list of several does not show is asked for alone: only a 404 says that it is gone."""
        resource = self._resource(entity)
        batch = self.capabilities(entity).fetch_batch
        wanted = list(dict.fromkeys(ids))
        for start in range(0, len(wanted), batch):
            group = wanted[start : start + batch]
            found = self._together(resource, group) if len(group) > 1 else {}
            for rid in group:
                yield found.get(rid) or self._alone(resource, rid)

    def search(self, entity: str, keys: Mapping[str, str]) -> Iterator[SourceRecord]:
        """One question a key. Raises ValueError for a path that the manifest does not name."""
        if unknown := sorted(keys.keys() - self._manifest.search.keys()):
            raise ValueError(f"{self._system} cannot search by {', '.join(unknown)}")
        shown: set[str] = set()
        for path, value in keys.items():
            items = self._items(self._resource(entity), {self._manifest.search[path]: value})
            for record in items:
                if record.id not in shown:
                    shown.add(record.id)
                    yield record

    def push(self, entity: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        """One request a change. Raises Denied."""
        for change in changes:
            yield self._send(self._resource(entity), change)

    def close(self) -> None:
        self._http.close()

    def _resource(self, entity: str) -> str:
        return self._resources[entity]

    def _before(self, since: str | None) -> datetime | None:
        if since is None or not self._manifest.list.since:
            return None
        return moment(json.loads(since)["high"])

    def _bound(self, before: datetime | None) -> str | None:
        return iso(before - self._overlap) if before else None

    def _record(self, item: Any) -> SourceRecord | None:
        """An item of an answer as a record; None when it is none."""
        return as_record(self._manifest.record, item)

    def _items(self, resource: str, query: Mapping[str, str]) -> Iterator[SourceRecord]:
        asked = {**self._manifest.list.query, **query}
        return self._several(Request("GET", self._manifest.list.path, {"resource": resource}, asked))

    def _several(self, request: Request) -> Iterator[SourceRecord]:
        resource = request.ids["resource"]
        body = expect(self._http.read(request), self._system, f"asking for some {resource}").body
        items = at(body, self._manifest.list.items)
        if not isinstance(items, list):
            raise NotUnderstood(f"{self._system}: no list in the answer about {resource}; check the manifest")
        return (record for item in items if (record := self._record(item)))

    def _together(self, resource: str, ids: Sequence[str]) -> dict[str, SourceRecord]:
        plain = [rid for rid in ids if encode(rid) and "," not in rid]
        query = {self._manifest.fetch.many: ",".join(plain)}
        return {record.id: record for record in self._items(resource, query)} if plain else {}

    def _alone(self, resource: str, rid: str) -> SourceRecord:
        request = Request("GET", self._manifest.fetch.path, {"resource": resource, "id": rid})
        answer = self._http.read(request)
        if isinstance(answer, NotFound):
            return SourceRecord(rid, {}, deleted=True)
        record = self._record(expect(answer, self._system, f"fetching {resource}").body)
        if record is None or record.id != rid:
            raise NotUnderstood(
                f"{self._system}: asked for one of {resource} and got another; check the manifest"
            )
        return record

    def _send(self, resource: str, change: Change) -> Outcome:
        call = self._manifest.calls().get(change.action)
        if call is None:
            return Outcome(change.key, "rejected", detail=f"{self._system} does not {change.action}")
        if change.action != "create" and not change.id:
            return Outcome(change.key, "rejected", detail="there is no id to write to")
        if self._manifest.writable is not None and (
            odd := sorted(change.payload.keys() - self._manifest.writable)
        ):
            return Outcome(change.key, "rejected", detail=f"cannot be written: {', '.join(odd)}")
        try:
            answer = self._write(call, resource, change)
        except RecordError as error:
            return Outcome(change.key, "rejected", detail=str(error))
        if isinstance(answer, Ok):
            return self._done(change, answer.body, call.answers)
        return not_done(change, answer)

    def _write(self, call: Call, resource: str, change: Change) -> Fate:
        """What became of one write; Refused with 412: the record is not as expected. Raises RecordError."""
        ids = {"resource": resource} | ({"id": change.id} if change.id and change.action != "create" else {})
        return self._http.write(
            Request(call.method, call.path, ids, body=self._body(change), headers=_told(call, change))
        )

    def _fresh(self, resource: str, change: Change) -> SourceRecord | NotDone | NotFound:
        """The record that is about to be written, or why it cannot be. Raises Denied, BadId."""
        try:
            record = self._alone(resource, str(change.id))
        except Transient as error:
            return NotDone(str(error), error.retry_after)
        return NotFound() if record.deleted else record

    def _body(self, change: Change) -> Any:
        """What a write sends; None for nothing."""
        return change.payload if change.action in STORING else None

    def _done(self, change: Change, body: Any, answers: bool) -> Outcome:
        """Applied, if the answer is about the record that was meant."""
        record = self._record(body)
        if change.action == "create" and record is None:
            return Outcome(change.key, "unknown", detail="the answer names no new id")
        if record and change.action != "create" and record.id != change.id:
            return Outcome(change.key, "unknown", detail="the answer is about another record")
        if answers and record is None:
            return Outcome(change.key, "unknown", detail="the answer does not show the record")
        if record and not answers:
            record = SourceRecord(record.id, {}) if change.action == "create" else None
        return Outcome(change.key, "applied", record)


def _proof(manifest: Manifest, token: str) -> dict[str, str]:
    """The headers that say who we are. A token without a colon is the password of HTTP Basic alone."""
    pair = token if ":" in token else f"klantbeeld:{token}"
    basic = b64encode(pair.encode()).decode()
    return {name: text.format(token=token, basic=basic) for name, text in manifest.auth.items()}


def _told(call: Call, change: Change) -> dict[str, str]:
    """What a write says in headers: on which version it builds, and which write it is."""
    told = {call.condition: change.expected_version, call.once: change.key}
    return {header: text for header, text in told.items() if header and text}


def not_done(change: Change, answer: NotFound | Refused | NotDone | Unsure) -> Outcome:
    """The outcome of a write that was not simply done."""
    match answer:
        case NotFound() if change.action == "delete":
            return Outcome(change.key, "already", detail="there is no such record any more")
        case NotFound() if change.action == "create":
            return Outcome(change.key, "rejected", detail="there is no such resource; check the mapping")
        case NotFound():
            gone = SourceRecord(change.id or "", {}, deleted=True)
            return Outcome(change.key, "stale", gone, "there is no such record any more")
        case Refused(412, detail):
            return Outcome(change.key, "stale", detail=detail)
        case Refused(_, detail):
            return Outcome(change.key, "rejected", detail=detail)
        case NotDone(detail, after):
            return Outcome(change.key, "deferred", detail=detail, retry_after=after)
        case Unsure(detail):
            return Outcome(change.key, "unknown", detail=detail)


def _open(manifest: Manifest, system: str, settings: RestSettings, opening: Opening) -> RestAdapter:
    return RestAdapter(system, manifest, settings, opening)


def kind_of(manifest: Manifest) -> Kind:
    """The kind that a manifest describes."""
    return Kind(manifest.kind, RestSettings, partial(_open, manifest))


class ManifestSettings(RestSettings):
    """A plain REST system whose manifest is named in `hub.yaml`."""

    manifest: str
    """A kind that ships (`json`), or a file in the project's folder."""


def open_rest(system: str, settings: ManifestSettings, opening: Opening) -> RestAdapter:
    """Opens the manifest that the settings name; raises FileNotFoundError, pydantic's ValidationError."""
    own = opening.folder / settings.manifest
    manifest = load(own) if own.is_file() else shipped(settings.manifest)
    return RestAdapter(system, manifest, settings, opening)


KIND = Kind("rest", ManifestSettings, open_rest)
