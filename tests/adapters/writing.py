"""The checks of push."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from adapters.protocol import Action, Change, Status
from tests.adapters.ground import SECRET, TEXTS, Ground, assert_kept, live, push, update


class Writing(Ground):
    """What every adapter that writes keeps to; one that does not write skips most of it."""

    def test_pushing_nothing_does_nothing(self, adapter, entity, records):
        assert list(adapter.push(entity, [])) == []
        assert live(adapter.pull(entity)) == records

    def test_every_change_gets_exactly_one_outcome(self, adapter, entity, records, can):
        self.needs(can, "update")
        changes = [update(entity, record.id, self.patch(f"Nieuw {record.id}")) for record in records]
        outcomes = list(adapter.push(entity, changes))
        assert sorted(outcome.key for outcome in outcomes) == sorted(change.key for change in changes)
        assert {outcome.status for outcome in outcomes} == {"applied"}
        assert {self.shown(record.payload) for record in live(adapter.pull(entity))} == {
            f"Nieuw {record.id}" for record in records
        }

    def test_what_was_written_is_fetched(self, adapter, entity, first, can):
        self.needs(can, "update")
        assert push(adapter, entity, update(entity, first.id, self.patch("Nieuw"))).status == "applied"
        (record,) = adapter.fetch(entity, [first.id])
        assert self.shown(record.payload) == "Nieuw"

    def test_the_record_of_an_outcome_is_the_stored_one(self, adapter, entity, first, can):
        self.needs(can, "update")
        outcome = push(adapter, entity, update(entity, first.id, self.patch("Nieuw")))
        (stored,) = adapter.fetch(entity, [first.id])
        assert outcome.record is not None or not can.returns_record
        assert outcome.record is None or outcome.record.payload == stored.payload
        assert outcome.record is None or outcome.record.version == stored.version

    def test_an_update_changes_only_what_it_names(self, adapter, entity, first, can):
        self.needs(can, "update")
        patch = self.patch("Nieuw")
        push(adapter, entity, update(entity, first.id, patch))
        (record,) = adapter.fetch(entity, [first.id])
        assert_kept(first.payload, record.payload, patch, self.volatile)

    def test_an_update_leaves_the_other_records_alone(self, adapter, entity, records, can):
        self.needs(can, "update")
        push(adapter, entity, update(entity, records[0].id, self.patch("Nieuw")))
        after = {record.id: record.payload for record in live(adapter.pull(entity))}
        assert {id: after[id] for id in after if id != records[0].id} == {
            record.id: record.payload for record in records[1:]
        }

    def test_the_same_update_twice_ends_as_once(self, adapter, entity, first, can):
        self.needs(can, "update")
        change = update(entity, first.id, self.patch("Nieuw"))
        statuses = {push(adapter, entity, change).status for _ in range(2)}
        assert statuses <= {"applied", "already"}
        (record,) = adapter.fetch(entity, [first.id])
        assert self.shown(record.payload) == "Nieuw"

    def test_the_last_of_two_updates_of_one_record_stands(self, adapter, entity, first, can):
        self.needs(can, "update")
        changes = [
            Change(f"k{n}", "update", entity, first.id, self.patch(text))
            for n, text in enumerate(("Een", "Twee"))
        ]
        assert [outcome.status for outcome in adapter.push(entity, changes)] == ["applied", "applied"]
        (record,) = adapter.fetch(entity, [first.id])
        assert self.shown(record.payload) == "Twee"

    def test_an_update_of_a_record_that_is_gone_never_creates_one(self, adapter, entity, count, can):
        self.needs(can, "update")
        outcome = push(adapter, entity, update(entity, self.unknown_id, self.patch("Nieuw")))
        assert outcome.status in {"rejected", "stale"}
        assert outcome.detail
        assert len(live(adapter.pull(entity))) == count

    @pytest.mark.parametrize("shape", ["{0}/../{1}", "../{1}", "{1}?x=1", "{1}#x", "{1}\n", ""])
    def test_an_id_made_to_reach_another_record_writes_none(self, adapter, entity, records, can, shape):
        self.needs(can, "update")
        hostile = shape.format(records[1].id, records[0].id)
        outcome = push(adapter, entity, update(entity, hostile, self.patch("Nieuw")))
        assert outcome.status in {"rejected", "stale"}
        assert live(adapter.pull(entity)) == records

    def test_an_update_without_an_id_is_rejected(self, adapter, entity, records, can):
        self.needs(can, "update")
        outcome = push(adapter, entity, Change("k", "update", entity, None, self.patch("Nieuw")))
        assert outcome.status == "rejected"
        assert live(adapter.pull(entity)) == records

    def test_a_record_that_moved_is_stale_not_overwritten(self, adapter, entity, first, can, edit_outside):
        self.needs(can, "update", conditional=True)
        edit_outside(first.id, self.patch("Van een ander"))
        change = Change("k", "update", entity, first.id, self.patch("Nieuw"), first.version)
        assert push(adapter, entity, change).status == "stale"
        (record,) = adapter.fetch(entity, [first.id])
        assert self.shown(record.payload) == "Van een ander"

    def test_a_record_that_stands_still_takes_a_conditional_write(self, adapter, entity, first, can):
        self.needs(can, "update", conditional=True)
        assert first.version is not None
        change = Change("k", "update", entity, first.id, self.patch("Nieuw"), first.version)
        assert push(adapter, entity, change).status == "applied"

    def test_a_write_moves_the_version(self, adapter, entity, first, can):
        self.needs(can, "update", conditional=True)
        push(adapter, entity, update(entity, first.id, self.patch("Nieuw")))
        (record,) = adapter.fetch(entity, [first.id])
        assert record.version != first.version

    def test_one_refused_change_does_not_stop_the_others(self, adapter, entity, records, can):
        self.needs(can, "update")
        changes = [
            Change("a", "update", entity, records[0].id, self.patch("Een")),
            Change("b", "update", entity, self.unknown_id, self.patch("Twee")),
            Change("c", "update", entity, records[2].id, self.patch("Drie")),
        ]
        statuses = {outcome.key: outcome.status for outcome in adapter.push(entity, changes)}
        assert statuses["a"] == statuses["c"] == "applied"
        assert statuses["b"] in {"rejected", "stale"}

    def test_what_the_system_refuses_is_rejected_and_changes_nothing(self, adapter, entity, first, can):
        self.needs(can, "update")
        refused = self.refused()
        if refused is None:
            pytest.skip("the system refuses nothing")
        outcome = push(adapter, entity, update(entity, first.id, refused))
        assert outcome.status == "rejected"
        assert outcome.detail
        (record,) = adapter.fetch(entity, [first.id])
        assert record.payload == first.payload

    def test_a_name_that_cannot_be_written_is_rejected_whole(self, adapter, entity, first, can):
        self.needs(can, "update")
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
        self.needs(can, "update")
        changes = [
            Change("a", "update", entity, records[0].id, self.patch("Een")),
            Change("b", "update", entity, self.unknown_id, self.patch("Twee")),
        ]
        assert {outcome.status for outcome in adapter.push(entity, changes)} <= set(get_args(Status))

    def test_no_detail_repeats_what_was_written(self, adapter, entity, first, can):
        self.needs(can, "update")
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
        self.needs(can, "update")
        if name not in self.texts:
            pytest.skip(f"the system cannot hold: {name}")
        text = self.texts[name]
        assert push(adapter, entity, update(entity, first.id, self.patch(text))).status == "applied"
        (record,) = adapter.fetch(entity, [first.id])
        assert self.shown(record.payload) == text
        assert self.shown({r.id: r for r in live(adapter.pull(entity))}[first.id].payload) == text

    def test_a_blank_is_read_back_blank(self, adapter, entity, first, can):
        self.needs(can, "update")
        outcome = push(adapter, entity, update(entity, first.id, self.patch("")))
        (record,) = adapter.fetch(entity, [first.id])
        if outcome.status == "rejected":
            assert record.payload == first.payload
        else:
            assert self.shown(record.payload) in ("", None)

    def test_a_created_record_has_an_id_and_is_found(self, adapter, entity, count, can):
        self.needs(can, "create")
        outcome = push(adapter, entity, Change("k", "create", entity, None, self.new()))
        assert outcome.status == "applied"
        assert outcome.record is not None
        assert outcome.record.id
        (record,) = adapter.fetch(entity, [outcome.record.id])
        assert not record.deleted
        assert self.shown(record.payload) == "Nieuw"
        assert len(live(adapter.pull(entity))) == count + 1

    def test_two_creates_are_two_records(self, adapter, entity, count, can):
        self.needs(can, "create")
        changes = [Change("a", "create", entity, None, self.new())]
        changes.append(Change("b", "create", entity, None, self.other()))
        outcomes = list(adapter.push(entity, changes))
        assert len({outcome.record.id for outcome in outcomes if outcome.record}) == 2
        assert len(live(adapter.pull(entity))) == count + 2

    def test_a_deleted_record_is_fetched_as_deleted(self, adapter, entity, first, count, can):
        self.needs(can, "delete")
        assert push(adapter, entity, Change("k", "delete", entity, first.id)).status == "applied"
        assert [record.deleted for record in adapter.fetch(entity, [first.id])] == [True]
        assert len(live(adapter.pull(entity))) == count - 1

    def test_deleting_what_is_gone_is_no_success(self, adapter, entity, count, can):
        self.needs(can, "delete")
        outcome = push(adapter, entity, Change("k", "delete", entity, self.unknown_id))
        assert outcome.status in {"already", "rejected", "stale"}
        assert len(live(adapter.pull(entity))) == count

    def test_deleting_leaves_the_other_records_alone(self, adapter, entity, records, can):
        self.needs(can, "delete")
        push(adapter, entity, Change("k", "delete", entity, records[0].id))
        assert live(adapter.pull(entity)) == records[1:]

    def test_deleting_twice_is_deleting_once(self, adapter, entity, first, count, can):
        self.needs(can, "delete")
        change = Change("k", "delete", entity, first.id)
        assert push(adapter, entity, change).status == "applied"
        assert push(adapter, entity, change).status in {"already", "rejected", "stale"}
        assert len(live(adapter.pull(entity))) == count - 1

    def test_a_record_that_moved_is_not_deleted(self, adapter, entity, first, can, edit_outside):
        self.needs(can, "delete", conditional=True)
        edit_outside(first.id, self.patch("Van een ander"))
        change = Change("k", "delete", entity, first.id, expected_version=first.version)
        assert push(adapter, entity, change).status == "stale"
        (record,) = adapter.fetch(entity, [first.id])
        assert self.shown(record.payload) == "Van een ander"

    @pytest.mark.parametrize("action", ["delete", "archive"])
    def test_taking_away_without_an_id_takes_nothing_away(self, adapter, entity, records, can, action):
        self.needs(can, action)
        assert push(adapter, entity, Change("k", action, entity, None)).status == "rejected"
        assert live(adapter.pull(entity)) == records

    def test_an_archived_record_is_there_and_out_of_scope(self, adapter, entity, first, count, can):
        self.needs(can, "archive")
        assert not any(record.in_scope is False for record in live(adapter.pull(entity)))
        assert push(adapter, entity, Change("k", "archive", entity, first.id)).status == "applied"
        (record,) = adapter.fetch(entity, [first.id])
        assert not record.deleted
        assert not record.in_scope
        assert self.shown(record.payload) == self.shown(first.payload)
        shown = [one.id for one in live(adapter.pull(entity)) if one.in_scope]
        assert len(shown) == count - 1
        assert first.id not in shown

    def test_archiving_what_is_gone_is_no_success(self, adapter, entity, count, can):
        self.needs(can, "archive")
        outcome = push(adapter, entity, Change("k", "archive", entity, self.unknown_id))
        assert outcome.status in {"rejected", "stale"}
        assert len(live(adapter.pull(entity))) == count

    def test_the_payload_of_a_change_is_left_as_it_was(self, adapter, entity, first, can):
        self.needs(can, "update")
        patch = self.patch("Nieuw")
        before = json.dumps(patch)
        push(adapter, entity, update(entity, first.id, patch))
        assert json.dumps(patch) == before
