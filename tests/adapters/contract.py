"""What every adapter keeps to, as checks to inherit.

Subclass `AdapterContract`, supply `adapter` over a system that holds `PEOPLE` (or set `count`), and say with
the class attributes how the system calls things. `edit_outside`, `remove_outside` and `dead` let more checks
run; what is not supplied, or not among the capabilities, skips with its reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, get_args

import pytest

from adapters.errors import SystemOut
from adapters.protocol import Action, Adapter, Capabilities, Change, Outcome, Page, SourceRecord, Status
from reconcile.errors import RecordError

PEOPLE: Sequence[Mapping[str, str]] = (
    {"id": "1", "name": "Ada de Vries", "email": "ada@example.org", "phone": "0612345678", "city": "Utrecht"},
    {"id": "2", "name": "Bob Jansen", "email": "bob@example.org", "phone": "0201234567", "city": "Amsterdam"},
    {"id": "3", "name": "Chloé Peters", "email": "chloe@example.org", "phone": "", "city": "Nijmegen"},
    {
        "id": "4",
        "name": "Daan Özdemir",
        "email": "daan@example.org",
        "phone": "0031687654321",
        "city": "Breda",
    },
    {
        "id": "5",
        "name": "Eva Łukasz",
        "email": "eva@example.org",
        "phone": "0687654321",
        "city": "'s-Hertogenbosch",
    },
)
SECRET = "Zonnebloem-4711-geheim"
"""A customer value that no outcome's detail may repeat."""
TEXTS = {
    "leading zeros": "000123",
    "long number": "1234567890123456789012",
    "decimal": "10.50",
    "exponent": "1E5",
    "unicode": "Zoë Šimůnek ß 李",
    "quotes": 'd\'Arc "Jeanne"; a, b | c',
    "formula": "=1+1",
    "percent": "100%/..&x=1#y",
    "word that looks like a truth value": "no",
}

Edit = Callable[[str, Mapping[str, Any]], None]
Remove = Callable[[str], None]


class AdapterContract:
    """Inherited by the tests of every adapter."""

    field = "name"
    """A top-level name whose text can be written; override `patch` and `shown` for a nested one."""
    volatile: frozenset[str] = frozenset()
    """Names that the system changes by itself at each write."""
    texts: Mapping[str, str] = TEXTS
    """Texts that must survive writing and reading."""
    unknown_id = "987654321"
    """Well formed, but nobody's."""

    def patch(self, text: str) -> dict[str, Any]:
        """A change, in the system's shape, of one text."""
        return {self.field: text}

    def shown(self, payload: Mapping[str, Any]) -> Any:
        """That text in a payload."""
        return payload.get(self.field)

    def new(self) -> dict[str, Any]:
        """What a new record needs."""
        return {**self.patch("Nieuw"), "email": "nieuw@example.org"}

    def refused(self) -> dict[str, Any] | None:
        """A change that the system refuses, or None when it takes everything."""
        return None

    def at(self, payload: Mapping[str, Any], path: str) -> Any:
        """What stands at a searchable path."""
        value: Any = payload
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        return value

    @pytest.fixture
    def adapter(self) -> Adapter:
        raise AssertionError("a subclass supplies the adapter")

    @pytest.fixture
    def entity(self) -> str:
        return "customer"

    @pytest.fixture
    def count(self) -> int:
        return len(PEOPLE)

    @pytest.fixture
    def edit_outside(self) -> Edit:
        """Changes a record as a user of the system would."""
        pytest.skip("this test cannot edit in the system itself")

    @pytest.fixture
    def remove_outside(self) -> Remove:
        """Deletes a record as a user of the system would."""
        pytest.skip("this test cannot delete in the system itself")

    @pytest.fixture
    def dead(self) -> Adapter:
        """An adapter whose system does not answer or does not know us."""
        pytest.skip("no dead system supplied")

    @pytest.fixture
    def can(self, adapter: Adapter, entity: str) -> Capabilities:
        return adapter.capabilities(entity)

    @pytest.fixture
    def records(self, adapter: Adapter, entity: str) -> list[SourceRecord]:
        return live(adapter.pull(entity))

    @pytest.fixture
    def first(self, records: list[SourceRecord]) -> SourceRecord:
        return records[0]

    # the system itself

    def test_it_bears_the_name_of_its_instance(self, adapter):
        assert isinstance(adapter.system, str)
        assert adapter.system

    def test_capabilities_are_the_same_every_time(self, adapter, entity):
        assert adapter.capabilities(entity) == adapter.capabilities(entity)

    def test_capabilities_are_known_without_asking_the_system(self, dead, entity):
        assert isinstance(dead.capabilities(entity), Capabilities)

    def test_check_is_silent_when_the_system_answers(self, adapter):
        assert adapter.check() is None

    def test_check_says_that_a_dead_system_is_out(self, dead):
        with pytest.raises(SystemOut):
            dead.check()

    def test_pulling_from_a_dead_system_says_that_it_is_out(self, dead, entity):
        with pytest.raises(SystemOut):
            list(dead.pull(entity))

    def test_fetching_from_a_dead_system_is_no_evidence_of_deletion(self, dead, entity, records):
        with pytest.raises(SystemOut):
            list(dead.fetch(entity, [records[0].id]))

    def test_writing_to_a_dead_system_is_never_applied(self, dead, entity, records):
        changes = [update(entity, record.id, self.patch("Nieuw")) for record in records[:2]]
        outcomes: list[Outcome] = []
        try:
            outcomes.extend(dead.push(entity, changes))
        except SystemOut:
            assert len(outcomes) < len(changes)
        assert {outcome.status for outcome in outcomes} <= {"deferred", "unknown", "rejected"}

    def test_closing_twice_is_closing_once(self, adapter, entity):
        list(adapter.pull(entity))
        adapter.close()
        adapter.close()

    # pull

    def test_a_full_pull_shows_every_record_once(self, records, count):
        assert count > 2
        assert len({record.id for record in records}) == len(records) == count

    def test_a_full_pull_has_no_problems_with_good_records(self, adapter, entity):
        assert [problem for page in adapter.pull(entity) for problem in page.problems] == []

    def test_ids_are_text(self, records):
        assert all(isinstance(record.id, str) and record.id for record in records)

    def test_pulling_twice_shows_the_same_in_the_same_order(self, adapter, entity, records):
        assert live(adapter.pull(entity)) == records

    def test_only_the_last_page_can_be_complete(self, adapter, entity):
        pages = list(adapter.pull(entity))
        assert pages
        assert not any(page.complete for page in pages[:-1])

    def test_where_absence_means_gone_a_full_pull_ends_complete(self, adapter, entity, can):
        if can.deletes != "absence":
            pytest.skip(f"deletes: {can.deletes}")
        assert list(adapter.pull(entity))[-1].complete

    def test_a_cursor_is_text_that_nobody_reads(self, adapter, entity):
        cursors = [page.cursor for page in adapter.pull(entity)]
        assert all(cursor is None or (isinstance(cursor, str) and cursor) for cursor in cursors)

    def test_an_incremental_system_ends_with_a_cursor(self, adapter, entity, can):
        if can.incremental == "no":
            pytest.skip("not incremental")
        assert list(adapter.pull(entity))[-1].cursor is not None

    def test_resuming_from_any_page_misses_nothing_behind_it(self, adapter, entity):
        pages = list(adapter.pull(entity))
        resumable = [number for number, page in enumerate(pages) if page.cursor is not None]
        if not resumable:
            pytest.skip("no page can be resumed from")
        for number in resumable:
            again = {record.id for record in live(adapter.pull(entity, pages[number].cursor))}
            assert again >= {record.id for record in live(pages[number + 1 :])}

    def test_an_increment_is_complete_only_if_it_shows_everything(self, adapter, entity, count):
        cursor = self._cursor(adapter, entity)
        pages = list(adapter.pull(entity, cursor))
        assert not any(page.complete for page in pages) or len(live(pages)) == count

    def test_an_edit_after_the_cursor_is_seen(self, adapter, entity, first, edit_outside):
        cursor = self._cursor(adapter, entity)
        edit_outside(first.id, self.patch("Anders"))
        seen = {record.id: record for record in live(adapter.pull(entity, cursor))}
        assert self.shown(seen[first.id].payload) == "Anders"

    def test_two_edits_in_a_row_are_both_seen(self, adapter, entity, records, edit_outside):
        cursor = self._cursor(adapter, entity)
        edit_outside(records[0].id, self.patch("Een"))
        middle = list(adapter.pull(entity, cursor))[-1].cursor
        edit_outside(records[1].id, self.patch("Twee"))
        seen = {record.id: record for record in live(adapter.pull(entity, middle))}
        assert self.shown(seen[records[1].id].payload) == "Twee"

    def test_our_own_write_comes_back_in_the_next_increment(self, adapter, entity, first, can):
        self._needs(can, "update")
        cursor = self._cursor(adapter, entity)
        assert push(adapter, entity, update(entity, first.id, self.patch("Echo"))).status == "applied"
        seen = {record.id: record for record in live(adapter.pull(entity, cursor))}
        assert self.shown(seen[first.id].payload) == "Echo"

    def test_a_removed_record_is_no_longer_shown(self, adapter, entity, first, count, remove_outside):
        remove_outside(first.id)
        left = [record.id for record in live(adapter.pull(entity))]
        assert len(left) == count - 1
        assert first.id not in left

    def test_a_delete_feed_names_what_is_gone(self, adapter, entity, first, can, remove_outside):
        if can.deletes != "feed":
            pytest.skip(f"deletes: {can.deletes}")
        cursor = self._cursor(adapter, entity)
        remove_outside(first.id)
        pages = adapter.pull(entity, cursor)
        assert first.id in {record.id for page in pages for record in page.records if record.deleted}

    def test_payloads_are_plain_values(self, records):
        for record in records:
            assert json.loads(json.dumps(record.payload)) == record.payload

    def test_times_are_aware_and_in_utc(self, records):
        for record in records:
            assert record.modified_at is None or record.modified_at.utcoffset() == timedelta(0)

    # fetch

    def test_fetching_shows_what_pulling_shows(self, adapter, entity, records):
        wanted = [record.id for record in records[:3]]
        fetched = {record.id: record for record in adapter.fetch(entity, wanted)}
        assert set(fetched) == set(wanted)
        for record in records[:3]:
            assert fetched[record.id].payload == record.payload
            assert fetched[record.id].version == record.version

    def test_fetching_nothing_shows_nothing(self, adapter, entity):
        assert list(adapter.fetch(entity, [])) == []

    def test_an_id_that_nobody_has_comes_back_as_deleted(self, adapter, entity, first):
        found = {record.id: record for record in adapter.fetch(entity, [self.unknown_id, first.id])}
        assert found[self.unknown_id].deleted
        assert not found[first.id].deleted

    def test_a_removed_record_is_fetched_as_deleted(self, adapter, entity, first, remove_outside):
        remove_outside(first.id)
        assert [record.deleted for record in adapter.fetch(entity, [first.id])] == [True]

    def test_an_edit_is_fetched_at_once(self, adapter, entity, first, edit_outside):
        edit_outside(first.id, self.patch("Anders"))
        (record,) = adapter.fetch(entity, [first.id])
        assert self.shown(record.payload) == "Anders"

    @pytest.mark.parametrize(
        "shape", ["{0}/../{1}", "../{1}", "{1}/", "{1}?x=1", "{1}#x", "{1}\n", "{1}\x00", ""]
    )
    def test_an_id_made_to_reach_another_record_reaches_none(self, adapter, entity, records, shape):
        hostile = shape.format(records[1].id, records[0].id)
        try:
            found = list(adapter.fetch(entity, [hostile]))
        except RecordError:
            found = []
        assert [record for record in found if not record.deleted] == []

    # search

    def test_every_searchable_path_finds_its_record(self, adapter, entity, records, can):
        if not can.searchable:
            pytest.skip("not searchable")
        for path in sorted(can.searchable):
            record = next(record for record in records if self.at(record.payload, path))
            found = list(adapter.search(entity, {path: str(self.at(record.payload, path))}))
            assert record.id in {one.id for one in found}

    def test_a_value_that_nobody_has_finds_nobody(self, adapter, entity, can):
        if not can.searchable:
            pytest.skip("not searchable")
        for path in sorted(can.searchable):
            assert list(adapter.search(entity, {path: "niemand-heeft-dit-987654"})) == []

    def test_searching_by_a_path_that_is_not_declared_is_an_error(self, adapter, entity):
        with pytest.raises(ValueError, match="no_such_path"):
            list(adapter.search(entity, {"no_such_path": "x"}))

    # push

    def test_pushing_nothing_does_nothing(self, adapter, entity, records):
        assert list(adapter.push(entity, [])) == []
        assert live(adapter.pull(entity)) == records

    def test_every_change_gets_exactly_one_outcome(self, adapter, entity, records, can):
        self._needs(can, "update")
        changes = [update(entity, record.id, self.patch(f"Nieuw {record.id}")) for record in records]
        outcomes = list(adapter.push(entity, changes))
        assert sorted(outcome.key for outcome in outcomes) == sorted(change.key for change in changes)
        assert {outcome.status for outcome in outcomes} == {"applied"}
        assert {self.shown(record.payload) for record in live(adapter.pull(entity))} == {
            f"Nieuw {record.id}" for record in records
        }

    def test_what_was_written_is_fetched(self, adapter, entity, first, can):
        self._needs(can, "update")
        assert push(adapter, entity, update(entity, first.id, self.patch("Nieuw"))).status == "applied"
        (record,) = adapter.fetch(entity, [first.id])
        assert self.shown(record.payload) == "Nieuw"

    def test_the_record_of_an_outcome_is_the_stored_one(self, adapter, entity, first, can):
        self._needs(can, "update")
        outcome = push(adapter, entity, update(entity, first.id, self.patch("Nieuw")))
        (stored,) = adapter.fetch(entity, [first.id])
        assert outcome.record is not None or not can.returns_record
        assert outcome.record is None or outcome.record.payload == stored.payload
        assert outcome.record is None or outcome.record.version == stored.version

    def test_an_update_changes_only_what_it_names(self, adapter, entity, first, can):
        self._needs(can, "update")
        patch = self.patch("Nieuw")
        push(adapter, entity, update(entity, first.id, patch))
        (record,) = adapter.fetch(entity, [first.id])
        assert_kept(first.payload, record.payload, patch, self.volatile)

    def test_an_update_leaves_the_other_records_alone(self, adapter, entity, records, can):
        self._needs(can, "update")
        push(adapter, entity, update(entity, records[0].id, self.patch("Nieuw")))
        after = {record.id: record.payload for record in live(adapter.pull(entity))}
        assert {id: after[id] for id in after if id != records[0].id} == {
            record.id: record.payload for record in records[1:]
        }

    def test_the_same_update_twice_ends_as_once(self, adapter, entity, first, can):
        self._needs(can, "update")
        change = update(entity, first.id, self.patch("Nieuw"))
        statuses = {push(adapter, entity, change).status for _ in range(2)}
        assert statuses <= {"applied", "already"}
        (record,) = adapter.fetch(entity, [first.id])
        assert self.shown(record.payload) == "Nieuw"

    def test_the_last_of_two_updates_of_one_record_stands(self, adapter, entity, first, can):
        self._needs(can, "update")
        changes = [
            Change(f"k{n}", "update", entity, first.id, self.patch(text))
            for n, text in enumerate(("Een", "Twee"))
        ]
        assert [outcome.status for outcome in adapter.push(entity, changes)] == ["applied", "applied"]
        (record,) = adapter.fetch(entity, [first.id])
        assert self.shown(record.payload) == "Twee"

    def test_an_update_of_a_record_that_is_gone_never_creates_one(self, adapter, entity, count, can):
        self._needs(can, "update")
        outcome = push(adapter, entity, update(entity, self.unknown_id, self.patch("Nieuw")))
        assert outcome.status in {"rejected", "stale"}
        assert outcome.detail
        assert len(live(adapter.pull(entity))) == count

    @pytest.mark.parametrize("shape", ["{0}/../{1}", "../{1}", "{1}?x=1", "{1}#x", "{1}\n", ""])
    def test_an_id_made_to_reach_another_record_writes_none(self, adapter, entity, records, can, shape):
        self._needs(can, "update")
        hostile = shape.format(records[1].id, records[0].id)
        outcome = push(adapter, entity, update(entity, hostile, self.patch("Nieuw")))
        assert outcome.status in {"rejected", "stale"}
        assert live(adapter.pull(entity)) == records

    def test_an_update_without_an_id_is_rejected(self, adapter, entity, records, can):
        self._needs(can, "update")
        outcome = push(adapter, entity, Change("k", "update", entity, None, self.patch("Nieuw")))
        assert outcome.status == "rejected"
        assert live(adapter.pull(entity)) == records

    def test_a_record_that_moved_is_stale_not_overwritten(self, adapter, entity, first, can, edit_outside):
        self._needs(can, "update", conditional=True)
        edit_outside(first.id, self.patch("Van een ander"))
        change = Change("k", "update", entity, first.id, self.patch("Nieuw"), first.version)
        assert push(adapter, entity, change).status == "stale"
        (record,) = adapter.fetch(entity, [first.id])
        assert self.shown(record.payload) == "Van een ander"

    def test_a_record_that_stands_still_takes_a_conditional_write(self, adapter, entity, first, can):
        self._needs(can, "update", conditional=True)
        assert first.version is not None
        change = Change("k", "update", entity, first.id, self.patch("Nieuw"), first.version)
        assert push(adapter, entity, change).status == "applied"

    def test_a_write_moves_the_version(self, adapter, entity, first, can):
        self._needs(can, "update", conditional=True)
        push(adapter, entity, update(entity, first.id, self.patch("Nieuw")))
        (record,) = adapter.fetch(entity, [first.id])
        assert record.version != first.version

    def test_one_refused_change_does_not_stop_the_others(self, adapter, entity, records, can):
        self._needs(can, "update")
        changes = [
            Change("a", "update", entity, records[0].id, self.patch("Een")),
            Change("b", "update", entity, self.unknown_id, self.patch("Twee")),
            Change("c", "update", entity, records[2].id, self.patch("Drie")),
        ]
        statuses = {outcome.key: outcome.status for outcome in adapter.push(entity, changes)}
        assert statuses["a"] == statuses["c"] == "applied"
        assert statuses["b"] in {"rejected", "stale"}

    def test_what_the_system_refuses_is_rejected_and_changes_nothing(self, adapter, entity, first, can):
        self._needs(can, "update")
        refused = self.refused()
        if refused is None:
            pytest.skip("the system refuses nothing")
        outcome = push(adapter, entity, update(entity, first.id, refused))
        assert outcome.status == "rejected"
        assert outcome.detail
        (record,) = adapter.fetch(entity, [first.id])
        assert record.payload == first.payload

    def test_a_name_that_cannot_be_written_is_rejected_whole(self, adapter, entity, first, can):
        self._needs(can, "update")
        if can.writable is None:
            pytest.skip("every name can be written")
        patch = {**self.patch("Nieuw"), "no_such_name": "x"}
        outcome = push(adapter, entity, update(entity, first.id, patch))
        assert outcome.status == "rejected"
        assert "no_such_name" in outcome.detail
        (record,) = adapter.fetch(entity, [first.id])
        assert record.payload == first.payload

    @pytest.mark.parametrize("action", get_args(Action))
    def test_an_action_that_is_not_offered_is_rejected(self, adapter, entity, records, can, action):
        if action in can.writes:
            pytest.skip(f"{action} is offered")
        id, payload = (None, self.new()) if action == "create" else (records[0].id, self.patch("Nieuw"))
        assert push(adapter, entity, Change("k", action, entity, id, payload)).status == "rejected"
        assert live(adapter.pull(entity)) == records

    def test_every_status_is_one_of_the_six(self, adapter, entity, records, can):
        self._needs(can, "update")
        changes = [
            Change("a", "update", entity, records[0].id, self.patch("Een")),
            Change("b", "update", entity, self.unknown_id, self.patch("Twee")),
        ]
        assert {outcome.status for outcome in adapter.push(entity, changes)} <= set(get_args(Status))

    def test_no_detail_repeats_what_was_written(self, adapter, entity, first, can):
        self._needs(can, "update")
        changes = [
            Change("a", "update", entity, self.unknown_id, self.patch(SECRET)),
            Change("b", "update", entity, first.id, self.patch(SECRET)),
            Change("c", "update", entity, first.id, {**(self.refused() or {}), **self.patch(SECRET)}),
            Change("d", "update", entity, None, self.patch(SECRET)),
        ]
        outcomes = list(adapter.push(entity, changes))
        assert len(outcomes) == 4
        assert not any(SECRET in outcome.detail for outcome in outcomes)

    @pytest.mark.parametrize("name", TEXTS)
    def test_text_survives_writing_and_reading(self, adapter, entity, first, can, name):
        self._needs(can, "update")
        if name not in self.texts:
            pytest.skip(f"the system cannot hold: {name}")
        text = self.texts[name]
        assert push(adapter, entity, update(entity, first.id, self.patch(text))).status == "applied"
        (record,) = adapter.fetch(entity, [first.id])
        assert self.shown(record.payload) == text
        assert self.shown({r.id: r for r in live(adapter.pull(entity))}[first.id].payload) == text

    def test_a_blank_is_read_back_blank(self, adapter, entity, first, can):
        self._needs(can, "update")
        outcome = push(adapter, entity, update(entity, first.id, self.patch("")))
        (record,) = adapter.fetch(entity, [first.id])
        if outcome.status == "rejected":
            assert record.payload == first.payload
        else:
            assert self.shown(record.payload) in ("", None)

    def test_a_created_record_has_an_id_and_is_found(self, adapter, entity, count, can):
        self._needs(can, "create")
        outcome = push(adapter, entity, Change("k", "create", entity, None, self.new()))
        assert outcome.status == "applied"
        assert outcome.record is not None
        assert outcome.record.id
        (record,) = adapter.fetch(entity, [outcome.record.id])
        assert not record.deleted
        assert self.shown(record.payload) == "Nieuw"
        assert len(live(adapter.pull(entity))) == count + 1

    def test_two_creates_are_two_records(self, adapter, entity, count, can):
        self._needs(can, "create")
        changes = [Change("a", "create", entity, None, self.new())]
        changes.append(Change("b", "create", entity, None, {**self.new(), "email": "ander@example.org"}))
        outcomes = list(adapter.push(entity, changes))
        assert len({outcome.record.id for outcome in outcomes if outcome.record}) == 2
        assert len(live(adapter.pull(entity))) == count + 2

    def test_a_deleted_record_is_fetched_as_deleted(self, adapter, entity, first, count, can):
        self._needs(can, "delete")
        assert push(adapter, entity, Change("k", "delete", entity, first.id)).status == "applied"
        assert [record.deleted for record in adapter.fetch(entity, [first.id])] == [True]
        assert len(live(adapter.pull(entity))) == count - 1

    def test_deleting_what_is_gone_is_no_success(self, adapter, entity, count, can):
        self._needs(can, "delete")
        outcome = push(adapter, entity, Change("k", "delete", entity, self.unknown_id))
        assert outcome.status in {"already", "rejected", "stale"}
        assert len(live(adapter.pull(entity))) == count

    def test_the_payload_of_a_change_is_left_as_it_was(self, adapter, entity, first, can):
        self._needs(can, "update")
        patch = self.patch("Nieuw")
        before = json.dumps(patch)
        push(adapter, entity, update(entity, first.id, patch))
        assert json.dumps(patch) == before

    def _cursor(self, adapter: Adapter, entity: str) -> str:
        cursor = list(adapter.pull(entity))[-1].cursor
        if cursor is None:
            pytest.skip("cannot be resumed")
        return cursor

    def _needs(self, can: Capabilities, action: Action, conditional: bool = False) -> None:
        if action not in can.writes:
            pytest.skip(f"cannot {action}")
        if conditional and not can.conditional_write:
            pytest.skip("no conditional write")


def live(pages: Any) -> list[SourceRecord]:
    """The records of some pages, without those reported as deleted."""
    return [record for page in _pages(pages) for record in page.records if not record.deleted]


def _pages(pages: Any) -> list[Page]:
    return list(pages)


def update(entity: str, id: str, payload: Mapping[str, Any]) -> Change:
    return Change(f"update-{id!r}", "update", entity, id, payload)


def push(adapter: Adapter, entity: str, change: Change) -> Outcome:
    """The one outcome of one change."""
    (outcome,) = adapter.push(entity, [change])
    assert outcome.key == change.key
    return outcome


def assert_kept(
    before: Mapping[str, Any], after: Mapping[str, Any], patch: Mapping[str, Any], volatile: frozenset[str]
) -> None:
    """Everything the patch does not name is as it was."""
    for name in before.keys() | after.keys():
        inner = patch.get(name)
        if isinstance(inner, Mapping) and isinstance(before.get(name), Mapping):
            assert_kept(before[name], after[name], inner, volatile)
        elif name not in patch and name not in volatile:
            assert after.get(name) == before.get(name), name
