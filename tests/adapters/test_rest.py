"""The manifest-driven adapter: on the plain JSON server over real HTTP, and on hand-made answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from pydantic import ValidationError

from adapters import plainjson
from adapters.errors import Denied, NotUnderstood, Transient
from adapters.ids import BadId
from adapters.manifest import Manifest, shipped
from adapters.protocol import Change
from adapters.rest import KIND, ManifestSettings, RestAdapter, RestSettings
from adapters.settings import Opening, Secret
from sandbox.json_seed import customers
from sandbox.json_server import JsonServer
from tests.adapters.contract import PEOPLE, AdapterContract, live, push, update

CRM = "https://crm.test"


def opening(**more: Any) -> Opening:
    settings = {
        "folder": Path(),
        "resources": {"customer": "customers"},
        "secrets": {"TOKEN": "t0ken"}.__getitem__,
    }
    return Opening(**{**settings, "sleep": lambda seconds: None, **more})


def adapter_of(url: str, **settings: Any) -> RestAdapter:
    return RestAdapter("crm", shipped("json"), RestSettings(url=url, **settings), opening())


def at(seconds: float) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


class TestPlainJson(AdapterContract):
    volatile = frozenset({"version", "updated_at"})

    @pytest.fixture
    def server(self) -> Iterator[JsonServer]:
        with JsonServer({"customers": PEOPLE}, unique=("email",)) as server:
            yield server

    @pytest.fixture
    def adapter(self, server):
        adapter = adapter_of(server.url, page_size=2)
        yield adapter
        adapter.close()

    @pytest.fixture
    def edit_outside(self, server):
        return server.table("customers").update

    @pytest.fixture
    def remove_outside(self, server):
        return server.table("customers").delete

    @pytest.fixture
    def dead(self):
        with JsonServer({}) as gone:
            url = gone.url
        return adapter_of(url)

    def refused(self) -> dict[str, Any]:
        return {"email": "bob@example.org"}


@pytest.fixture
def server() -> Iterator[JsonServer]:
    with JsonServer({"customers": customers(25)}) as server:
        yield server


@pytest.fixture
def crm(server) -> Iterator[RestAdapter]:
    adapter = adapter_of(server.url, page_size=10, overlap=0)
    yield adapter
    adapter.close()


def ids(adapter: RestAdapter, since: str | None = None) -> list[str]:
    return [record.id for record in live(adapter.pull("customer", since))]


class TestPulling:
    def test_a_full_pull_costs_one_request_a_page(self, server, crm):
        assert len(ids(crm)) == 25
        assert server.counts == {"list": 3}

    def test_an_increment_without_news_costs_one_request(self, server, crm):
        cursor = list(crm.pull("customer"))[-1].cursor
        server.counts.clear()
        assert ids(crm, cursor) == ["25"]  # the bound is inclusive: the newest is read again
        assert server.counts == {"list": 1}

    def test_high_water_is_the_newest_record_and_never_falls(self, server, crm):
        cursor = list(crm.pull("customer"))[-1].cursor
        assert json.loads(cursor) == {"high": server.rows("customers")[-1]["updated_at"]}
        server.table("customers").delete("25")
        assert list(crm.pull("customer", cursor))[-1].cursor == cursor

    def test_high_water_never_passes_the_server_s_own_clock(self):
        ahead = [{**row, "updated_at": "2027-01-01T00:00:00.000Z"} for row in customers(3)]
        with JsonServer({"customers": ahead}, clock=lambda: at(0)) as server:
            cursor = list(adapter_of(server.url).pull("customer"))[-1].cursor
        assert json.loads(cursor) == {"high": "2026-01-01T00:00:00.000Z"}

    def test_the_overlap_is_asked_for_again(self, server):
        crm = adapter_of(server.url, overlap=14)
        cursor = list(crm.pull("customer"))[-1].cursor
        assert ids(crm, cursor) == ["23", "24", "25"]

    def test_a_list_that_shows_too_little_is_read_again(self, server, crm):
        server.fault(op="list", kind="half_page")
        pages = list(crm.pull("customer"))
        assert {record.id for record in live(pages)} == {str(n) for n in range(1, 26)}
        assert pages[-1].complete
        assert server.counts == {"list": 6}

    def test_a_list_that_keeps_showing_too_little_is_not_complete(self, server, crm):
        server.fault(op="list", kind="half_page", times=100)
        assert not list(crm.pull("customer"))[-1].complete

    def test_a_record_that_leaves_a_page_while_the_list_is_read_is_not_missed(self, server, crm):
        pages = crm.pull("customer")
        seen = [record.id for record in next(pages).records]  # page 2 is read already
        server.table("customers").delete("1")  # 21 moves to page 2
        seen += [record.id for page in pages for record in page.records]
        assert set(seen) == {str(n) for n in range(1, 26)}

    def test_an_increment_of_several_pages_is_repeated_until_it_brings_no_news(self, server, crm):
        cursor = list(crm.pull("customer"))[-1].cursor
        for number in range(1, 16):
            server.table("customers").update(str(number), {"city": "Assen"})
        pages = crm.pull("customer", cursor)
        seen = [record.id for record in next(pages).records]
        server.table("customers").update("1", {"city": "Emmen"})  # moves to the end, all others one place up
        seen += [record.id for page in pages for record in page.records]
        assert {str(n) for n in range(1, 16)} <= set(seen)

    def test_what_has_no_id_is_a_problem_and_the_rest_goes_on(self):
        crm = on([{"id": "7", "name": "x"}, {"name": "no id"}, "text", {"id": True}])
        (page,) = crm.pull("customer")
        assert [record.id for record in page.records] == ["7"]
        assert [place for place, _ in page.problems] == ["page 1, item 2", "page 1, item 3", "page 1, item 4"]

    def test_an_answer_without_a_list_is_not_understood(self):
        router = respx.Router()
        router.get(f"{CRM}/customers").respond(json={"rows": []})
        with pytest.raises(NotUnderstood, match="no list at 'items'"):
            list(mocked(router).pull("customer"))

    def test_times_without_a_zone_are_utc_and_other_zones_become_utc(self):
        rows = [
            {"id": "1", "updated_at": "2026-01-01T12:00:00"},
            {"id": "2", "updated_at": "2026-01-01T12:00:00+01:00"},
        ]
        (page,) = on(rows).pull("customer")
        assert [record.modified_at.hour for record in page.records] == [12, 11]

    @pytest.mark.parametrize("kind", ["error", "truncated", "lost_answer", "throttle"])
    def test_a_passing_fault_on_a_list_is_not_noticed(self, server, crm, kind):
        server.fault(op="list", kind=kind, times=2)
        assert len(ids(crm)) == 25
        assert server.faults.hits == {kind: 2}

    def test_a_lasting_fault_on_a_list_means_the_system_is_out(self, server, crm):
        server.fault(op="list", kind="error", times=100)
        with pytest.raises(Transient):
            ids(crm)

    def test_garbage_is_not_understood(self, server, crm):
        server.fault(op="list", kind="garbage")
        with pytest.raises(NotUnderstood, match="text/html"):
            ids(crm)


class TestFetchingAndSearching:
    def test_many_records_are_fetched_in_one_request(self, server, crm):
        assert [record.id for record in crm.fetch("customer", ["3", "1", "3", "2"])] == ["3", "1", "2"]
        assert server.counts == {"get": 1}

    def test_only_a_404_by_id_says_that_a_record_is_gone(self, server, crm):
        server.fault(op="get", kind="empty_list")
        assert [record.deleted for record in crm.fetch("customer", ["1", "2", "999"])] == [False, False, True]

    def test_another_record_than_the_one_asked_for_is_not_understood(self):
        router = respx.Router()
        router.get(f"{CRM}/customers/7").respond(json={"id": "8"})
        with pytest.raises(NotUnderstood, match="got another"):
            list(mocked(router).fetch("customer", ["7"]))

    @pytest.mark.parametrize("hostile", ["../7", "a/b", "..", ".", "", "a\\b", "7\n", "7\u2028"])
    def test_an_id_that_could_leave_its_segment_is_refused(self, crm, server, hostile):
        with pytest.raises(BadId):
            list(crm.fetch("customer", [hostile]))
        assert not server.counts

    def test_an_id_goes_percent_encoded_into_the_path(self):
        router = respx.Router()
        route = router.get(url__regex=r".*").respond(json={"id": "a b?c#d%2F@é"})
        assert next(iter(mocked(router).fetch("customer", ["a b?c#d%2F@é"]))).id == "a b?c#d%2F@é"
        assert route.calls[0].request.url.raw_path == b"/customers/a%20b%3Fc%23d%252F%40%C3%A9"

    def test_a_record_found_by_two_keys_comes_once(self, server, crm):
        row = server.rows("customers")[0]
        found = list(crm.search("customer", {"email": row["email"], "phone": row["phone"]}))
        assert [record.id for record in found] == ["1"]


class TestPushing:
    @pytest.mark.parametrize(
        ("kind", "status", "happened"),
        [
            ("lost_answer", "unknown", True),
            ("truncated", "unknown", True),
            ("garbage", "unknown", True),
            ("error_after", "unknown", True),
            ("error", "unknown", False),
            ("reject", "rejected", False),
        ],
    )
    @pytest.mark.parametrize("action", ["create", "update"])
    def test_the_fate_of_a_write_is_told_as_far_as_known(self, server, crm, kind, status, happened, action):
        server.fault(op=action, kind=kind, times=9, value="city")
        change = Change("k", action, "customer", None if action == "create" else "1", {"city": "Assen"})
        assert push(crm, "customer", change).status == status
        assert server.counts[action] == 1  # never sent again by the adapter
        assert bool(server.writes) == happened

    def test_a_throttled_write_is_sent_again_because_it_was_surely_not_done(self, server, crm):
        server.fault(op="update", kind="throttle", value=2)
        assert push(crm, "customer", update("customer", "1", {"city": "Assen"})).status == "applied"

    def test_a_long_throttle_is_handed_on_with_its_delay(self, server, crm):
        server.fault(op="update", kind="throttle", value=3600)
        outcome = push(crm, "customer", update("customer", "1", {"city": "Assen"}))
        assert (outcome.status, outcome.retry_after) == ("deferred", 3600)
        assert server.counts["update"] == 1

    def test_a_refusal_names_the_field_and_not_the_value(self):
        router = respx.Router()
        body = {
            "code": "duplicate",
            "field": "email",
            "message": "ada@example.org is taken",
            "value": "ada@example.org",
        }
        router.patch(f"{CRM}/customers/7").respond(409, json=body)
        outcome = push(mocked(router), "customer", update("customer", "7", {"email": "ada@example.org"}))
        assert (outcome.status, outcome.detail) == ("rejected", "refused (409): duplicate, email")

    def test_a_record_that_is_gone_is_stale_and_shown_as_deleted(self, crm):
        outcome = push(crm, "customer", update("customer", "999", {"city": "Assen"}))
        assert outcome.status == "stale"
        assert outcome.record.deleted

    def test_deleting_what_is_gone_was_done_already(self, crm):
        assert push(crm, "customer", Change("k", "delete", "customer", "999")).status == "already"

    def test_an_answer_about_another_record_is_of_unknown_fate(self):
        router = respx.Router()
        router.patch(f"{CRM}/customers/7").respond(json={"id": "8"})
        assert (
            push(mocked(router), "customer", update("customer", "7", {"city": "Assen"})).status == "unknown"
        )

    def test_a_create_that_names_no_id_is_of_unknown_fate(self):
        router = respx.Router()
        router.post(f"{CRM}/customers").respond(201, json={})
        change = Change("k", "create", "customer", None, {"city": "Assen"})
        assert push(mocked(router), "customer", change).status == "unknown"

    def test_a_denied_write_stops_the_whole_push_and_nothing_more_is_asked(self, server, crm):
        server.fault(op="update", kind="denied")
        changes = [update("customer", rid, {"city": "Assen"}) for rid in ("1", "2")]
        with pytest.raises(Denied):
            list(crm.push("customer", changes))
        with pytest.raises(Denied, match="not asked"):
            list(crm.push("customer", changes))
        assert server.counts["update"] == 1


class TestManifest:
    def test_an_unknown_keyword_is_an_error(self):
        written = shipped("json").model_dump()
        with pytest.raises(ValidationError, match="pagingg"):
            Manifest.model_validate({**written, "pagingg": 1})

    def test_capabilities_follow_from_what_is_declared(self):
        written = shipped("json").model_dump()
        less = Manifest.model_validate({**written, "update": None, "record": {"id": "id"}, "search": {}})
        can = less.capabilities()
        assert can.writes == {"create", "delete"}
        assert can.incremental == "no"
        assert not can.searchable

    def test_the_token_goes_where_the_manifest_says(self):
        with JsonServer({"customers": customers(1)}, token="t0ken") as server:
            adapter_of(server.url, token=Secret(env="TOKEN")).check()
            with pytest.raises(Denied):
                adapter_of(server.url).check()

    def test_a_token_never_shows_in_settings(self):
        assert "t0ken" not in repr(RestSettings(url=CRM, token=Secret(env="TOKEN")))

    def test_a_project_s_own_manifest_wins_over_a_shipped_name(self, tmp_path, server):
        text = (
            (Path(__file__).parents[2] / "adapters/kinds/json.yaml")
            .read_text()
            .replace("kind: json", "kind: own")
        )
        (tmp_path / "own.yaml").write_text(text)
        settings = ManifestSettings(url=server.url, manifest="own.yaml")
        assert len(ids(KIND.open("crm", settings, opening(folder=tmp_path)))) == 25

    def test_a_manifest_is_a_kind_of_its_own(self, server):
        kind = plainjson.KIND
        assert kind.name == "json"
        assert len(ids(kind.open("crm", kind.settings(url=server.url), opening()))) == 25

    @pytest.mark.parametrize(
        ("paging", "answers"),
        [
            ({"by": "offset", "parameter": "skip"}, {"skip=0": (["1", "2"], ""), "skip=2": (["3"], "")}),
            (
                {"by": "cursor", "parameter": "after", "next": "paging.next"},
                {"size=2": (["1", "2"], "p/2"), "after=p%2F2": (["3"], "")},
            ),
        ],
    )
    def test_lists_are_read_to_their_end(self, paging, answers):
        def answer(request: httpx.Request) -> httpx.Response:
            key = next(key for key in reversed(answers) if key in str(request.url))
            rows, token = answers[key]
            items = [{"id": rid} for rid in rows]
            return httpx.Response(200, json={"items": items, "total": 3, "paging": {"next": token}})

        written = shipped("json").model_dump()
        listing = {**written["list"], "paging": {"size": "size", "at_most": 2, **paging}}
        manifest = Manifest.model_validate({**written, "list": listing})
        transport = httpx.MockTransport(answer)
        crm = RestAdapter("crm", manifest, RestSettings(url=CRM), opening(transport=transport))
        assert ids(crm) == ["1", "2", "3"]


class TestServer:
    def test_an_unknown_fault_is_an_error(self, server):
        with pytest.raises(ValueError, match="no_such"):
            server.fault(op="list", kind="no_such")

    def test_a_change_is_merged_deeply_and_moves_version_and_time(self):
        rows = [{"id": "1", "a": {"x": 1, "y": [1, 2]}, "b": 2}]
        with JsonServer({"things": rows}, clock=lambda: at(60)) as server:
            answer = httpx.patch(
                f"{server.url}/things/1", json={"a": {"y": [3]}, "b": None, "id": "9"}
            ).json()
        stamp = {"version": 2, "updated_at": "2026-01-01T00:01:00.000Z"}
        assert answer == {"id": "1", "a": {"x": 1, "y": [3]}, "b": None, **stamp}

    def test_the_same_seed_makes_the_same_customers_and_systems_differ_in_notation_only(self):
        assert customers(50, seed=3) == customers(50, seed=3)
        one, other = customers(50, seed=3, system=0), customers(50, seed=3, system=1)
        assert one != other
        assert [row["email"].lower() for row in one] == [row["email"].lower() for row in other]


def mocked(router: respx.Router) -> RestAdapter:
    transport = httpx.MockTransport(router.handler)
    return RestAdapter("crm", shipped("json"), RestSettings(url=CRM), opening(transport=transport))


def on(rows: list[Any], **more: Mapping[str, Any]) -> RestAdapter:
    router = respx.Router()
    router.get(f"{CRM}/customers").respond(json={"items": rows, "total": len(rows), **more})
    return mocked(router)
