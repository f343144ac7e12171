"""The records behind the plain JSON server: kept in order, merged deeply, served as ready-made bytes."""

from __future__ import annotations

import bisect
import threading
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import orjson

Row = dict[str, Any]


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC to the millisecond: sorts as text in the order of time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def merge(old: Mapping[str, Any], patch: Mapping[str, Any]) -> Row:
    """`old` with `patch` laid over it: objects merge, everything else (lists, nulls) replaces."""
    merged = dict(old)
    for name, value in patch.items():
        before = merged.get(name)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            value = merge(before, value)
        merged[name] = value
    return merged


class Table:
    """One resource. Every write gives a record a new version and time; callers hold `lock`."""

    def __init__(
        self, rows: Iterable[Mapping[str, Any]], now: Callable[[], datetime], page_cache: bool
    ) -> None:
        self.lock = threading.RLock()
        self._now = now
        self._cache: dict[tuple[int, int, str], bytes] | None = {} if page_cache else None
        self._rows: dict[str, Row] = {}
        self._by_id: list[Row] | None = None
        self._by_time: list[Row] | None = None
        self._next = 1
        for row in rows:
            self.create(row)

    def create(self, row: Mapping[str, Any]) -> Row:
        """A new record under its own id, or the next free number; its own version and time are kept."""
        rid = str(row.get("id") or self._free_id())
        fresh = {"version": 1, "updated_at": stamp(self._now()), **deepcopy(dict(row)), "id": rid}
        self._rows[rid] = fresh
        self._changed()
        return fresh

    def update(self, rid: str, patch: Mapping[str, Any]) -> Row | None:
        """The record with the patch merged in, or None when there is none."""
        old = self._rows.get(rid)
        if old is None:
            return None
        own = {"id": rid, "version": old["version"] + 1, "updated_at": stamp(self._now())}
        self._rows[rid] = merge(old, deepcopy(dict(patch))) | own
        self._changed()
        return self._rows[rid]

    def delete(self, rid: str) -> bool:
        """Whether there was such a record; now there is not."""
        self._changed()
        return self._rows.pop(rid, None) is not None

    def get(self, rid: str) -> Row | None:
        return self._rows.get(rid)

    def find(self, field: str, value: str) -> list[Row]:
        """Records that show this text at a top-level field, letter case aside."""
        wanted = value.casefold()
        return [row for row in self._rows.values() if str(row.get(field) or "").casefold() == wanted]

    def taken(self, fields: Iterable[str], row: Mapping[str, Any], but: str = "") -> str | None:
        """The first of these fields whose value another record has already."""
        for field in fields:
            value = str(row.get(field) or "")
            if value and any(other["id"] != but for other in self.find(field, value)):
                return field
        return None

    def rows(self) -> list[Row]:
        """Copies of all records, in order of id."""
        return deepcopy(self._ordered(""))

    def page(self, number: int, size: int, since: str = "") -> bytes:
        """One page as JSON: in order of id, or with `since` (inclusive) in order of (time, id)."""
        key = (number, size, since)
        if self._cache is not None and key in self._cache:
            return self._cache[key]
        rows = self._ordered(since)
        start = bisect.bisect_left(rows, since, key=_time) if since else 0
        total = len(rows) - start
        first = start + (number - 1) * size
        body = orjson.dumps(
            {"items": rows[first : first + size], "page": number, "size": size, "total": total}
        )
        if self._cache is not None:
            self._cache[key] = body
        return body

    def _ordered(self, since: str) -> list[Row]:
        if since:
            self._by_time = self._by_time or sorted(
                self._rows.values(), key=lambda row: (_time(row), _rank(row))
            )
            return self._by_time
        self._by_id = self._by_id or sorted(self._rows.values(), key=_rank)
        return self._by_id

    def _changed(self) -> None:
        self._by_id = self._by_time = None
        if self._cache:
            self._cache.clear()

    def _free_id(self) -> str:
        while str(self._next) in self._rows:
            self._next += 1
        return str(self._next)


def _time(row: Row) -> str:
    return str(row["updated_at"])


def _rank(row: Row) -> tuple[int, str]:
    return len(row["id"]), row["id"]  # "10" after "9"
