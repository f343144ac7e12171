"""The checks of check, pull, fetch and search."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from adapters.errors import SystemOut
from adapters.protocol import Capabilities, Outcome
from reconcile.errors import RecordError
from tests.adapters.ground import Ground, live, push, update


class Reading(Ground):
    """What every adapter that reads keeps to."""

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
        cursor = self.cursor(adapter, entity)
        pages = list(adapter.pull(entity, cursor))
        assert not any(page.complete for page in pages) or len(live(pages)) == count

    def test_an_edit_after_the_cursor_is_seen(self, adapter, entity, first, edit_outside):
        cursor = self.cursor(adapter, entity)
        edit_outside(first.id, self.patch("Anders"))
        seen = {record.id: record for record in live(adapter.pull(entity, cursor))}
        assert self.shown(seen[first.id].payload) == "Anders"

    def test_two_edits_in_a_row_are_both_seen(self, adapter, entity, records, edit_outside):
        cursor = self.cursor(adapter, entity)
        edit_outside(records[0].id, self.patch("Een"))
        middle = list(adapter.pull(entity, cursor))[-1].cursor
        edit_outside(records[1].id, self.patch("Twee"))
        seen = {record.id: record for record in live(adapter.pull(entity, middle))}
        assert self.shown(seen[records[1].id].payload) == "Twee"

    def test_our_own_write_comes_back_in_the_next_increment(self, adapter, entity, first, can):
        self.needs(can, "update")
        cursor = self.cursor(adapter, entity)
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
        cursor = self.cursor(adapter, entity)
        remove_outside(first.id)
        pages = adapter.pull(entity, cursor)
        assert first.id in {record.id for page in pages for record in page.records if record.deleted}

    def test_payloads_are_plain_values(self, records):
        for record in records:
            assert orjson.loads(orjson.dumps(record.payload)) == record.payload  # what the store does

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
