"""Undo: what of a run can be taken back for one customer, what stays as it is, and why.

Taken back is a value that is still what the run left; what anybody changed since stays. Records get their raw
values back, golden gets its older value as a new version (sync-semantics §13).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reconcile.errors import RecordError
from reconcile.mapping.compiled import CompiledMapping
from reconcile.mapping.judging import alike
from reconcile.mapping.patches import put_back
from reconcile.mapping.paths import Payload
from reconcile.merged import Removal, Restored, Want
from reconcile.records import Customer, Record
from reconcile.rulebook import Rulebook
from reconcile.values import BLANK, CLEAR, MISSING, Golden, Seen, Value
from reconcile.words import told


@dataclass(frozen=True, slots=True)
class Written:
    """One write of the run, with its values."""

    system: str
    record: str | None
    epoch: int
    action: str
    fields: Mapping[str, Value]
    """What was meant to be shown."""
    before: Payload | None
    """The raw values that it replaced; None: it was not sent yet."""


@dataclass(frozen=True, slots=True)
class Left:
    """Something of the run that stays."""

    customer: int
    system: str
    record: str | None
    field: str
    """"" for a whole record."""
    why: str
    """Stored as `reconcile.words` tells it."""
    for_good: bool = False
    """It cannot be undone at all; else somebody changed it since."""


@dataclass(slots=True)
class Undone:
    """What undoing a run means for one customer."""

    records: dict[int, Restored] = field(default_factory=dict)
    """By rid."""
    golden: dict[str, Golden] = field(default_factory=dict)
    """Field → its value before the run."""
    removals: dict[int, Removal] = field(default_factory=dict)
    """By rid, of records that the run made: taken away again."""
    left: list[Left] = field(default_factory=list)


def undo(
    customer: Customer,
    payloads: Mapping[int, Payload],
    writes: Sequence[Written],
    older: Mapping[str, Golden],
    book: Rulebook,
    mappings: Mapping[str, CompiledMapping],
) -> Undone:
    """What can be taken back of `writes`, the newest first.

    `payloads`: what the records show now, by rid; `older`: what golden held before the run, by field, where
    the run moved it.
    """
    work = _Undo(customer, payloads, older, book, mappings)
    for write in writes:
        work.take(write)
    return work.finish()


class _Undo:
    """One customer's undo in progress."""

    def __init__(
        self,
        customer: Customer,
        payloads: Mapping[int, Payload],
        older: Mapping[str, Golden],
        book: Rulebook,
        mappings: Mapping[str, CompiledMapping],
    ) -> None:
        self.customer, self.payloads, self.older = customer, payloads, older
        self.book, self.mappings = book, mappings
        self.found: dict[int, dict[str, tuple[Value, Payload]]] = {}
        """By rid and field: the value before the oldest write that is taken back, and the raw values then."""
        self.closed: set[tuple[int, str]] = set()
        """Places of which somebody else's change stands before what is older."""
        self.out = Undone()

    def take(self, write: Written) -> None:
        """Go one write further back."""
        record = self._record(write)
        if isinstance(record, Left):
            self.out.left.append(record)
            return
        if write.action == "create":
            self._made(write, record)
            return
        for name, value in write.fields.items():
            if (record.rid, name) in self.closed:
                continue
            if left := self._objection(write, record, name, value):
                self.closed.add((record.rid, name))
                if name not in self.found.get(record.rid, {}):
                    self.out.left.append(left)
            elif write.before is None:
                self.out.golden[name] = self._older(name)
            else:
                self._found(record, name, value, write.before)

    def _made(self, write: Written, record: Record) -> None:
        """Take away what is ours, unless it was changed or used since."""
        can = self.book.systems[record.system].can
        action: Removal | None = "archive" if "archive" in can else "delete" if "delete" in can else None
        used = any(record.values.get(name) not in (None, "") for name in self.book.facts)
        shown = all(
            alike(self.mappings[record.system], name, record.values, value)
            for name, value in write.fields.items()
            if name in record.values
        )
        if used or record.rev > 1 or not shown:
            self.out.left.append(self._left(write, "", told("undo: made it, used", write.system)))
        elif action is None:
            self.out.left.append(self._left(write, "", told("undo: made it", write.system), for_good=True))
        else:
            self.out.removals[record.rid] = action

    def _found(self, record: Record, name: str, value: Value, before: Payload) -> None:
        mapping = self.mappings[record.system]
        was = mapping.read({**self.payloads[record.rid], **before})[1].get(name, BLANK)
        if not alike(mapping, name, {name: was}, value):  # else it was so already, and was not written
            self.found.setdefault(record.rid, {})[name] = (was, before)

    def finish(self) -> Undone:
        records = {record.rid: record for record in self.customer.records}
        for rid, wanted in self.found.items():
            record = records[rid]
            mapping, now = self.mappings[record.system], self.payloads[rid]
            patch = put_back(mapping, now, wanted)
            self.out.golden |= {name: self._older(name) for name in wanted}
            wants = {n: self._want(record, n, value) for n, (value, _) in wanted.items()}
            self.out.records[rid] = Restored(patch, wants)
        return self.out

    def _want(self, record: Record, name: str, value: Value) -> Want:
        held = self.customer.golden.get(name)
        return Want(value, record.values[name], (held.version if held else 0) + 1)

    def _older(self, name: str) -> Golden:
        held = self.customer.golden.get(name)
        return self.older.get(name, held.value if held else BLANK)

    # ── what speaks against it ──────────────────────────────────────────────────────────────────────

    def _record(self, write: Written) -> Record | Left:
        """The record that was written, if the hub may still write it as this customer's."""
        terms = self.book.systems.get(write.system)
        if terms is None or terms.writes == "none":
            return self._left(write, "", told("undo: may not write", write.system), for_good=True)
        if write.action not in ("update", "create"):
            return self._left(write, "", told("undo: took away", write.system), for_good=True)
        for record in self.customer.records:
            epoch = record.epoch if write.action == "create" else write.epoch  # it had none when it was made
            if (record.system, record.id, record.epoch) == (write.system, write.record, epoch):
                return self._there(write, record)
        return self._left(write, "", told("undo: linked otherwise"))

    def _there(self, write: Written, record: Record) -> Record | Left:
        if record.presence != "present":
            return self._left(write, "", told("undo: gone"))
        if record.pending or record.rid not in self.payloads:
            return self._left(write, "", told("undo: unread"))
        return record

    def _objection(self, write: Written, record: Record, name: str, value: Value) -> Left | None:
        """Why this field of this record stays as it is."""
        mapping = self.mappings[record.system]
        if name in self.book.consents:
            return self._left(write, name, told("undo: consent"), for_good=True)
        if name not in mapping.lenses or name not in self.book.fields:
            return self._left(write, name, told("undo: not mapped"), for_good=True)
        if name in self.customer.locks:
            return self._left(write, name, told("undo: locked"))
        held = self.customer.golden.get(name)
        if held is None or not alike(mapping, name, {name: value}, held.value):
            return self._left(write, name, told("undo: changed since"))
        if write.before is None:
            return None
        earlier = self.found.get(record.rid, {}).get(name)
        now: Seen = earlier[0] if earlier else record.values.get(name, MISSING)
        if now is MISSING or not alike(mapping, name, {name: now}, value):
            return self._left(write, name, told("undo: changed since"))
        return self._irreversible(write, record, name, write.before)

    def _irreversible(self, write: Written, record: Record, name: str, before: Payload) -> Left | None:
        """Why the system cannot be given the older value."""
        mapping = self.mappings[record.system]
        try:
            was = mapping.read({**self.payloads[record.rid], **before})[1].get(name, BLANK)
        except RecordError as error:
            return self._left(write, name, str(error), for_good=True)
        reason = mapping.refuses(name, CLEAR if was is BLANK else was)
        return self._left(write, name, reason, for_good=True) if reason else None

    def _left(self, write: Written, name: str, why: str, for_good: bool = False) -> Left:
        return Left(self.customer.id, write.system, write.record, name, why, for_good)
