"""Bugs of the push protocol, planted one at a time, each with the story that catches it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from flows import hub as hubs
from flows import pull as pulling
from flows import push as pushing
from flows import readback, steps
from flows import recover as recovering
from flows import settle as settling
from reconcile.state import engine, outbox
from tests.engine import test_crash, test_pull, test_push, test_readback, test_recover

Patch = pytest.MonkeyPatch


def a_lagging_list_is_believed(patch: Patch) -> None:
    patch.setattr(pulling, "may_be_older", lambda record, known, sure: False)


def an_older_version_is_believed(patch: Patch) -> None:
    patch.setattr(pulling, "may_be_older", lambda record, known, sure: known.read_at > sure)


def what_is_younger_than_the_list_is_gone(patch: Patch) -> None:
    begin = pulling._Pull.__init__

    def late(self: Any, *given: Any) -> None:
        begin(self, *given)
        self.sure = "9999"

    patch.setattr(pulling._Pull, "__init__", late)


def a_record_that_moved_is_written(patch: Patch) -> None:
    patch.setattr(pushing, "unchanged", lambda mapping, name, read, was: True)


def what_is_there_already_is_sent(patch: Patch) -> None:
    patch.setattr(pushing, "alike", lambda mapping, name, read, value: False)


def an_answer_is_believed_unread(patch: Patch) -> None:
    patch.setattr(pushing._Batch, "_read_back", lambda self, done: list(done))


def an_entry_outlives_its_link(patch: Patch) -> None:
    patch.setattr(pushing._Batch, "_of_this_epoch", lambda self, entries: list(entries))


def a_quota_holds_back_one_write_only(patch: Patch) -> None:
    patch.setattr(pushing._Batch, "_park", lambda self, done: None)


def refused_credentials_leave_doubt(patch: Patch) -> None:
    patch.setattr(pushing, "Denied", KeyError)


def only_what_changes_is_not_kept_apart(patch: Patch) -> None:
    """The whole record is sent back, with what others may have changed in it."""
    change = pushing._Batch._change

    def whole(self: Any, entry: Any, now: Any, wanted: Any, values: Any) -> Any:
        made = change(self, entry, now, wanted, values)
        if made.change is None or now is None:
            return made
        return replace(made, change=replace(made.change, payload={**now.payload, **made.change.payload}))

    patch.setattr(pushing._Batch, "_change", whole)


def the_version_is_not_sent(patch: Patch) -> None:
    change = pushing._Batch._change

    def blind(self: Any, *given: Any) -> Any:
        made = change(self, *given)
        return (
            made if made.change is None else replace(made, change=replace(made.change, expected_version=None))
        )

    patch.setattr(pushing._Batch, "_change", blind)


def no_late_effect_is_waited_for(patch: Patch) -> None:
    patch.setattr(recovering, "_late", lambda where, entry: True)


def after_a_crash_nothing_is_waited_for(patch: Patch) -> None:
    patch.setattr(hubs.Hub, "patience", lambda self, system: timedelta(0))


def what_was_being_sent_is_forgotten(patch: Patch) -> None:
    patch.setattr(outbox, "recover", lambda conn, entity, token: [])


def a_create_is_repeated_on_a_search_alone(patch: Patch) -> None:
    patch.setattr(recovering, "_listed_since", lambda where, entry: True)


def newcomers_are_no_reason_to_doubt(patch: Patch) -> None:
    patch.setattr(recovering, "_newcomers", lambda where, meant: [])


def a_create_is_repeated_without_a_way_to_look(patch: Patch) -> None:
    patch.setattr(recovering, "_searchable", lambda where, payload: True)


def a_create_is_repeated_for_ever(patch: Patch) -> None:
    patch.setattr(recovering, "SENDS", 99)


def creates_are_not_looked_for_before_linking(patch: Patch) -> None:
    patch.setattr(steps, "_find_creates", lambda hub, lease, result: None)


def two_customers_adopt_one_record(patch: Patch) -> None:
    patch.setattr(settling, "_one_each", list)


def adopting_agrees_on_everything(patch: Patch) -> None:
    patch.setattr(settling, "alike", lambda mapping, name, read, value: True)


def being_told_to_wait_counts(patch: Patch) -> None:
    deferred = settling._deferred
    patch.setattr(
        settling,
        "_deferred",
        lambda where, entry, outcome: replace(deferred(where, entry, outcome), attempts=entry.attempts),
    )


def nothing_is_ever_dead(patch: Patch) -> None:
    patch.setattr(settling, "ATTEMPTS", 999)


def a_jump_of_the_version_means_nothing(patch: Patch) -> None:
    patch.setattr(readback, "_jumped", lambda hub, system, one, after: False)


def an_edit_after_our_write_is_a_restyling(patch: Patch) -> None:
    judge = settling.judge
    patch.setattr(settling, "judge", lambda hub, system, one: replace(judge(hub, system, one), edited=False))


def a_restyling_is_an_edit(patch: Patch) -> None:
    judge = settling.judge
    patch.setattr(settling, "judge", lambda hub, system, one: replace(judge(hub, system, one), edited=True))


def the_lease_is_not_checked(patch: Patch) -> None:
    patch.setattr(engine, "_move_lease", lambda conn, lease, until: True)


Story = Callable[[], None]
BUGS: Mapping[Callable[[Patch], None], Story] = {
    a_lagging_list_is_believed: test_pull.test_a_lagging_list_does_not_turn_our_own_write_back,
    an_older_version_is_believed: test_pull.test_a_list_with_an_older_version_is_no_evidence,
    what_is_younger_than_the_list_is_gone: (
        test_pull.test_a_record_that_is_younger_than_a_lagging_list_is_not_gone
    ),
    a_record_that_moved_is_written: test_push.test_a_record_that_moved_is_stale_not_overwritten,
    what_is_there_already_is_sent: test_push.test_a_value_that_is_there_already_is_not_sent,
    an_answer_is_believed_unread: partial(test_push.test_a_created_record_is_linked_and_agreed_on, False),
    an_entry_outlives_its_link: test_push.test_what_was_wanted_of_a_record_that_is_linked_anew_is_not_sent,
    a_quota_holds_back_one_write_only: (test_push.test_a_quota_parks_the_rest_and_goes_on_when_it_is_over),
    refused_credentials_leave_doubt: test_push.test_refused_credentials_leave_nothing_uncertain,
    only_what_changes_is_not_kept_apart: test_push.test_a_write_sends_only_what_changes,
    the_version_is_not_sent: test_push.test_an_edit_in_the_window_is_refused_by_the_version,
    no_late_effect_is_waited_for: (
        test_recover.test_a_write_that_did_not_arrive_is_sent_again_once_it_cannot_arrive_any_more
    ),
    after_a_crash_nothing_is_waited_for: test_recover.test_after_a_crash_a_late_effect_is_waited_for,
    what_was_being_sent_is_forgotten: test_recover.test_after_a_crash_a_late_effect_is_waited_for,
    a_create_is_repeated_on_a_search_alone: (
        test_recover.test_a_create_is_repeated_only_once_everything_was_listed
    ),
    newcomers_are_no_reason_to_doubt: (
        test_recover.test_a_create_whose_user_changed_what_we_search_by_is_not_made_twice
    ),
    a_create_is_repeated_without_a_way_to_look: (
        test_recover.test_a_create_that_cannot_be_looked_for_is_never_repeated
    ),
    a_create_is_repeated_for_ever: (test_recover.test_a_create_is_sent_once_more_and_then_a_person_is_asked),
    creates_are_not_looked_for_before_linking: (
        test_recover.test_a_create_that_cannot_be_searched_for_is_found_when_it_is_listed
    ),
    two_customers_adopt_one_record: test_push.test_a_record_that_fits_two_customers_is_given_to_neither,
    adopting_agrees_on_everything: (
        test_push.test_somebody_who_is_there_already_is_adopted_and_keeps_what_differs
    ),
    being_told_to_wait_counts: test_push.test_being_told_to_wait_is_waiting,
    nothing_is_ever_dead: test_push.test_after_eight_attempts_a_write_is_dead_and_nothing_more_is_sent,
    a_jump_of_the_version_means_nothing: partial(
        test_readback.test_an_edit_in_the_window_that_left_a_trace_is_told, True
    ),
    an_edit_after_our_write_is_a_restyling: partial(test_readback.test_an_edit_after_our_write_is_news, True),
    a_restyling_is_an_edit: (test_readback.test_a_restyled_value_is_told_and_neither_rewritten_nor_spread),
    the_lease_is_not_checked: test_crash.test_who_lost_the_lease_writes_nothing_more,
}
"""Each bug, and the story that is not true any more when it is there."""
OFTEN = (
    a_lagging_list_is_believed,
    a_record_that_moved_is_written,
    an_entry_outlives_its_link,
    no_late_effect_is_waited_for,
    newcomers_are_no_reason_to_doubt,
    two_customers_adopt_one_record,
    a_jump_of_the_version_means_nothing,
    the_lease_is_not_checked,
)
"""Those that every run of the tests plants; `make prove` plants them all."""


def name_of(story: Story) -> str:
    """Where a story stands: file::test."""
    told = story.func if isinstance(story, partial) else story
    return f"{told.__module__.replace('.', '/')}.py::{told.__name__}"
