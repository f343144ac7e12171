"""Each kind of fault has exactly its effect, and counts when it took effect and only then."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from sandbox.faults import KINDS, Fault, Faults
from tests.sandbox.asking import Asking


def meeting(kind: str, value: object = None, seed: object = 1) -> Asking:
    """A system in which this and nothing else goes wrong, at every request it can go wrong at."""
    asking = Asking(seed=seed)
    asking.crm.faults.set_rates({kind: 1.0}, {} if value is None else {kind: value})
    return asking


REFUSED = {
    "throttle": (429, "7"),
    "throttle_bare": (429, None),
    "throttle_403": (403, None),
    "quota": (429, None),
    "denied": (401, None),
    "forbidden": (403, None),
    "reject": (422, None),
    "error": (500, None),
    "out": (503, None),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_refused_write_has_no_effect(kind):
    asking = meeting(kind, {"throttle": 7, "reject": "name"}.get(kind))
    answer = asking.patch(name="New")
    assert (answer.status_code, answer.headers.get("retry-after")) == REFUSED[kind]
    assert asking.name() == "Name 1" and not asking.crm.writes
    assert asking.crm.faults.hits == {kind: 1}


def test_bare_throttling_says_nothing_and_a_forbidden_one_says_why():
    assert meeting("throttle_403").get().content == b""
    assert meeting("forbidden").get().json() == {"error": "forbidden"}
    assert meeting("reject", "phone").patch(name="New").json() == {"error": "reject", "field": "phone"}


def test_retry_after_can_be_a_date_by_the_system_s_own_clock():
    answer = meeting("throttle_date", 90).get()
    wait = parsedate_to_datetime(answer.headers["retry-after"]) - parsedate_to_datetime(
        answer.headers["date"]
    )
    assert (answer.status_code, wait) == (429, timedelta(seconds=90))


def test_a_used_up_quota_lasts_until_midnight_and_longer_than_the_fault():
    asking = meeting("quota")
    asking.get()
    asking.crm.faults.calm()
    assert asking.get().status_code == 429
    asking.clock.passes(hours=15, minutes=59)
    assert asking.get().status_code == 429
    asking.clock.passes(minutes=1)
    assert asking.get().status_code == 200
    assert asking.crm.faults.hits == {"quota": 3}


@pytest.mark.parametrize("kind", ["error_after", "lost_answer", "truncated", "garbage"])
def test_after_the_effect_only_the_answer_is_spoilt(kind):
    asking = meeting(kind)
    if kind == "lost_answer":
        with pytest.raises(httpx.ReadTimeout):
            asking.patch(name="New")
    elif kind == "truncated":
        with pytest.raises(httpx.RemoteProtocolError):
            asking.patch(name="New")
    else:
        answer = asking.patch(name="New")
        assert answer.status_code == (500 if kind == "error_after" else 200)
        assert answer.text.startswith("<!doctype html>") == (kind == "garbage")
    assert asking.name() == "New"
    assert asking.crm.faults.hits == {kind: 1}


def test_a_lost_request_has_neither_effect_nor_answer():
    asking = meeting("lost_request")
    with pytest.raises(httpx.ReadTimeout):
        asking.patch(name="New")
    asking.clock.passes(days=1)
    asking.crm.settle()
    assert asking.name() == "Name 1"
    assert asking.crm.faults.hits == {"lost_request": 1}


def test_a_late_effect_comes_within_its_time_and_before_the_next_request():
    asking = meeting("late", 60.0)
    with pytest.raises(httpx.ReadTimeout):
        asking.patch(name="New")
    assert asking.name() == "Name 1"
    asking.crm.faults.calm()
    asking.clock.passes(seconds=60)
    assert asking.get().json()["properties"]["name"] == "New"
    assert [event.by for event in asking.crm.writes] == ["hub"]
    assert asking.crm.faults.hits == {"late": 1}


def test_a_slow_answer_is_no_answer_for_who_does_not_wait_so_long():
    asking = meeting("delay", 4.0)
    assert asking.get().status_code == 200  # httpx waits five seconds
    asking.crm.faults.set_rates({"delay": 1.0}, {"delay": 6.0})
    with pytest.raises(httpx.ReadTimeout):
        asking.get()
    assert asking.crm.faults.hits == {"delay": 2}


@pytest.mark.parametrize(
    ("kind", "query"), [("stale_list", {}), ("stale_search", {"email": "m2@example.org"})]
)
def test_a_stale_list_shows_what_was_and_counts_only_when_that_differs(kind, query):
    asking = meeting(kind, 1000.0)
    assert len(asking.ids(**query)) == (1 if query else 10)
    assert not asking.crm.faults.hits
    asking.clock.passes(hours=1)
    asking.table.delete("2")
    asking.table.update("1", {"properties": {"name": "New"}})
    assert "2" in asking.ids(**query)
    assert asking.crm.faults.hits == {kind: 1}
    asking.clock.passes(hours=1)
    assert "2" not in asking.ids(**query)
    assert asking.crm.faults.hits == {kind: 1}


def test_an_empty_list_says_that_there_is_nothing():
    asking = meeting("empty_list")
    assert asking.list().json() == {"results": [], "paging": {"next": None}, "total": 0}
    assert asking.ids(ids="1,2") == []
    assert asking.get().status_code == 200
    assert asking.crm.faults.hits == {"empty_list": 2}


def test_half_a_page_lacks_records_and_the_total_does_not_tell():
    asking = meeting("half_page")
    answer = asking.list(limit=4).json()
    assert [one["id"] for one in answer["results"]] == ["1", "2"]
    assert (answer["total"], answer["paging"]["next"]) == (10, "4")
    assert asking.crm.faults.hits == {"half_page": 1}


def test_pages_drift_by_one_record_behind_the_first_page():
    asking = meeting("page_drift")
    assert asking.ids(limit=4) == ["1", "2", "3", "4"]
    assert asking.ids(limit=4, after=4) == ["6", "7", "8", "9"]
    assert asking.ids(limit=4, after=8) == ["10", "1"]
    assert asking.crm.faults.hits == {"page_drift": 2}


def test_a_partial_batch_says_which_items_were_not_done():
    asking = meeting("partial_batch")
    results = asking.batch(_1="A", _2="B", _3="C", _4="D")
    done = [one["id"] for one in results if one["status"] == 200]
    assert len(results) == 4 and len(done) < 4
    assert [event.id for event in asking.crm.writes] == done
    assert asking.crm.faults.hits == {"partial_batch": 1}


def test_an_unmentioned_item_was_done():
    asking = meeting("unmentioned")
    results = asking.batch(_1="A", _2="B", _3="C")
    assert len(results) == 2
    assert [event.id for event in asking.crm.writes] == ["1", "2", "3"]
    assert asking.crm.faults.hits == {"unmentioned": 1}


def test_an_editor_writes_right_before_the_hub_at_a_place_that_the_hub_writes():
    asking = meeting("editor")
    asking.get()
    asking.patch(name="New")
    user, hub = asking.crm.journal.events
    assert (user.by, user.fields()) == ("user", {"properties.name": ("Name 1", "Name 2")})
    assert (hub.by, hub.fields()) == ("hub", {"properties.name": ("Name 2", "New")})
    assert asking.crm.witness.figures()["lost_edits"] == 1
    assert asking.crm.faults.hits == {"editor": 1}


def test_a_condition_holds_against_an_editor():
    asking = meeting("editor")
    etag = asking.get().headers["etag"]
    body = {"properties": {"name": "New"}}
    answer = asking.client.patch("/contacts/1", json=body, headers={"If-Match": etag})
    assert answer.status_code == 412
    assert asking.name() == "Name 2" and not asking.crm.writes
    assert asking.crm.witness.figures()["lost_edits"] == 0


def test_a_test_says_what_an_editor_enters():
    asking = meeting("editor")
    asking.crm.editor = lambda table, record, path, chance: "What I want"
    asking.patch(name="New")
    assert asking.crm.journal.events[0].fields() == {"properties.name": ("Name 1", "What I want")}


def test_restyling_comes_after_the_answer_and_is_no_user_s():
    asking = meeting("restyle")
    assert asking.patch(name="van Dam").json()["properties"]["name"] == "van Dam"
    assert asking.name() == "VAN DAM"
    assert [event.by for event in asking.crm.journal.events] == ["hub", "automation"]
    assert asking.crm.faults.hits == {"restyle": 1}


def test_a_wrong_clock_shows_in_the_date_and_in_what_is_written():
    asking = meeting("skew", 600.0)
    answer = asking.patch(name="New")
    record = asking.table.get("1")
    off = record.modified - asking.clock()
    assert timedelta() < abs(off) <= timedelta(seconds=600)
    assert asking.crm.journal.events[0].at == asking.clock()
    assert abs(parsedate_to_datetime(answer.headers["date"]) - record.modified) < timedelta(seconds=1)
    assert asking.crm.faults.hits == {"skew": 1}


def test_hooks_come_twice_or_never_or_out_of_order():
    for kind, ids in (("hook_twice", "1122"), ("hook_lost", ""), ("hook_swapped", "21")):
        asking, came = meeting(kind), []
        asking.crm.hooks.post = lambda url, headers, body, came=came: came.append(body) or 204
        asking.crm.hooks.subscribe("http://hub.test")
        for id in "12":
            asking.table.update(id, {"properties": {"name": "New"}})
        asking.crm.hooks.deliver()
        assert "".join(body.decode().split('"id":"')[1][0] for body in came) == ids
        assert asking.crm.faults.hits == {kind: 1 if kind == "hook_swapped" else 2}


def test_every_kind_has_a_test_here():
    told = Path(__file__).read_text("utf-8")
    assert [kind for kind in KINDS if f'"{kind}"' not in told] == []


def test_of_kinds_that_decide_a_request_s_fate_one_hits_it():
    faults = Faults()
    faults.set_rates(dict.fromkeys(KINDS, 1.0))
    drawn = faults.draw("update")
    assert len([kind for kind in drawn if KINDS[kind].fate]) == 1
    assert {"editor", "restyle", "skew"} <= drawn.keys()


def test_rates_are_about_right_and_one_more_kind_changes_nothing_for_the_others():
    def history(*kinds):
        faults = Faults(seed=5)
        faults.set_rates(dict.fromkeys(kinds, 0.2))
        return [[kind for kind in faults.draw("list") if kind == "skew"] for _ in range(1000)]

    alone = history("skew")
    assert 150 < sum(map(len, alone)) < 250
    assert alone == history("skew", "error")


def test_an_ordered_fault_waits_and_repeats():
    asking = Asking()
    asking.crm.faults.order(Fault("get", "error", times=2, after=1))
    assert [asking.get().status_code for _ in range(5)] == [200, 500, 500, 200, 200]
    assert asking.list().status_code == 200


@pytest.mark.parametrize("rates", [{"no_such": 0.1}, {"error": 1.1}, {"error": -0.1}])
def test_a_rate_that_cannot_be_is_told_with_the_kinds_there_are(rates):
    with pytest.raises(ValueError, match="throttle"):
        Faults().set_rates(rates)


@pytest.mark.parametrize(("op", "kind"), [("list", "no_such"), ("no_such", "error")])
def test_a_fault_that_is_not_there_cannot_be_ordered(op, kind):
    with pytest.raises(ValueError, match="unknown fault"):
        Faults().order(Fault(op, kind))
