"""Reading a list to its end, and knowing whether all of it was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from adapters.answers import http_date
from adapters.errors import NotUnderstood
from adapters.http import Http, Request, expect
from adapters.manifest import Listing, Manifest, RecordPaths, at
from adapters.protocol import SourceRecord
from adapters.times import moment


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page as the system gave it."""

    items: Sequence[Any]
    total: int | None
    asked_at: datetime | None
    """By the server's own clock."""


def iso(time: datetime) -> str:
    """A moment as every system reads it: UTC, to the millisecond, with a Z."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def as_record(paths: RecordPaths, item: Any) -> SourceRecord | None:
    """The item as a record; None when it has no usable id."""
    rid = at(item, paths.id)
    if isinstance(rid, bool) or not isinstance(rid, str | int) or rid == "":
        return None
    modified = at(item, paths.modified) if paths.modified else None
    version = at(item, paths.version) if paths.version else modified
    if paths.deleted and at(item, paths.deleted) is True:
        return SourceRecord(str(rid), {}, None if version is None else str(version), moment(modified), True)
    scoped = paths.archived is None or not paths.archived.stands_on(item)
    return SourceRecord(
        str(rid), item, None if version is None else str(version), moment(modified), in_scope=scoped
    )


def sheets(
    http: Http,
    manifest: Manifest,
    resource: str,
    size: int,
    since: str | None,
    only: Mapping[str, str] | None = None,
) -> Iterator[Sheet]:
    """One pass over the list, or over the part of it that `only` asks for. Raises what `Http.read` raises.

    Ends at the total, at an empty page or where the tokens end; never on a short page, because systems cap
    the size without saying so.
    """
    listing = manifest.list
    query = {**listing.query, **(only or {}), listing.paging.size: str(size)}
    query |= {listing.since: since} if since and listing.since else {}
    token: str | None = {"page": str(listing.paging.first), "offset": "0", "cursor": ""}[listing.paging.by]
    number, shown = 0, 0
    while token is not None:
        asked = query | ({listing.paging.parameter: token} if token else {})
        request = Request("GET", listing.path, {"resource": resource}, asked)
        answer = expect(http.read(request), http.system, f"listing {resource}")
        sheet = _sheet(http.system, listing, answer.body, answer.headers.get("date", ""))
        yield sheet
        number, shown = number + 1, shown + len(sheet.items)
        token = _next(listing, answer.body, sheet, number, shown, size)


def _sheet(system: str, listing: Listing, body: Any, date: str) -> Sheet:
    items = at(body, listing.items)
    if not isinstance(items, list):
        raise NotUnderstood(
            f"{system}: no list at {listing.items or 'the top'!r} of the answer; check the manifest"
        )
    total = at(body, listing.total) if listing.total else None
    return Sheet(items, total if isinstance(total, int) else None, http_date(date))


def _next(listing: Listing, body: Any, sheet: Sheet, number: int, shown: int, size: int) -> str | None:
    if listing.paging.by == "cursor":
        token = at(body, listing.paging.next)
        return str(token) if token else None
    reached = number * size if listing.paging.by == "page" else shown
    if not sheet.items or (sheet.total is not None and reached >= sheet.total):
        return None
    return str(listing.paging.first + number) if listing.paging.by == "page" else str(shown)


@dataclass(slots=True)
class Reading:
    """What one pull has seen so far, over all its passes."""

    convert: Callable[[Any], SourceRecord | None]
    """An item as a record; None when it is none."""
    seen: dict[str, int] = field(default_factory=dict)
    """By id a hash of the version: of 100,000 records the versions themselves would be many megabytes."""
    newest: datetime | None = None
    started: datetime | None = None
    _pass: set[str] | None = None
    """What this pass showed; None in the first one, which showed what is seen."""
    _totals: set[int | None] = field(default_factory=set)
    _odd: int = 0
    _sheets: int = 0
    _news: int = 0

    def begin(self) -> None:
        """A new pass over the list."""
        self._pass, self._totals = set() if self.seen else None, set()
        self._odd = self._sheets = self._news = 0

    def take(self, sheet: Sheet) -> tuple[list[SourceRecord], list[tuple[str, str]]]:
        """The records of a sheet that were not seen before, or not in this version; and what is no record."""
        self._sheets += 1
        self._totals.add(sheet.total)
        self.started = self.started or sheet.asked_at
        records, problems = [], []
        for place, item in enumerate(sheet.items, 1):
            record = self.convert(item)
            if record is None:
                self._odd += 1
                problems.append((f"page {self._sheets}, item {place}", "has no id that can be used"))
            elif self._new(record):
                records.append(record)
        return records, problems

    def whole(self) -> bool:
        """The pass showed as many records as there are, and as there were at each page.

        A record that goes while the list is read hides another one behind a page's edge and the numbers still
        add up at the end; only the total on an earlier page tells. A system without totals is believed.
        """
        shown = self.seen if self._pass is None else self._pass
        return self._totals in ({None}, {len(shown) + self._odd})

    def quiet(self) -> bool:
        """Nothing can have slipped between pages: there was only one, or the pass brought no news."""
        return self._sheets <= 1 or self._news == 0

    def high_water(self, before: datetime | None) -> datetime | None:
        """The newest moment fully read, by the server's clock and not after the first answer; never falls."""
        times = [time for time in (self.newest, self.started) if time]
        reached = min(times) if times else None
        return max(
            (time for time in (before, reached if self.newest or not before else None) if time), default=None
        )

    def _new(self, record: SourceRecord) -> bool:
        if self._pass is not None:
            self._pass.add(record.id)
        if record.modified_at and (self.newest is None or record.modified_at > self.newest):
            self.newest = record.modified_at
        version = hash(record.version)
        if self.seen.get(record.id) == version:
            return False
        self.seen[record.id] = version
        self._news += 1
        return True
