"""Archiving by a field: any system in which a record can be marked, as one that archives.

A marked record is out of scope: read by id it is there, and nothing is compared with it. Who takes the mark
away, in the system itself, brings it back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adapters.protocol import Adapter, Capabilities, Change, Outcome, Page, SourceRecord
from reconcile.policy import Written


class Mark(Written):
    """`{field: status, value: inactive}`"""

    field: str
    """A name at the top of a record: a column, or a key of its JSON."""
    value: str | int | bool
    """What it holds in an archived record."""

    def stands_on(self, payload: Mapping[str, Any]) -> bool:
        """Is this record archived?"""
        return _text(payload.get(self.field)) == _text(self.value)


@dataclass(frozen=True, slots=True)
class Archiving:
    """An adapter, and the mark by which its system tells archived records."""

    inner: Adapter
    mark: Mark

    @property
    def system(self) -> str:
        return self.inner.system

    def capabilities(self, entity: str) -> Capabilities:
        can = self.inner.capabilities(entity)
        marks = "update" in can.writes and (can.writable is None or self.mark.field in can.writable)
        return replace(can, writes=can.writes | {"archive"}) if marks else can

    def check(self) -> None:
        self.inner.check()

    def pull(self, entity: str, since: str | None = None) -> Iterator[Page]:
        for page in self.inner.pull(entity, since):
            yield replace(page, records=[self._seen(record) for record in page.records])

    def fetch(self, entity: str, ids: Sequence[str]) -> Iterator[SourceRecord]:
        return map(self._seen, self.inner.fetch(entity, ids))

    def search(self, entity: str, keys: Mapping[str, str]) -> Iterator[SourceRecord]:
        return map(self._seen, self.inner.search(entity, keys))

    def push(self, entity: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        for outcome in self.inner.push(entity, [self._marked(change) for change in changes]):
            record = outcome.record
            yield replace(outcome, record=self._seen(record)) if record else outcome

    def close(self) -> None:
        self.inner.close()

    def _seen(self, record: SourceRecord) -> SourceRecord:
        return replace(record, in_scope=False) if self.mark.stands_on(record.payload) else record

    def _marked(self, change: Change) -> Change:
        if change.action != "archive":
            return change
        return replace(change, action="update", payload={self.mark.field: self.mark.value})


def _text(value: Any) -> str:
    """A file holds the word for true."""
    return str(value).lower() if isinstance(value, bool) else str(value)
