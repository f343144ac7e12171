"""The HTTP layer: what is repeated, what is not, how fast, and what nobody gets to read."""

from __future__ import annotations

import gzip
import logging
import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import respx

from adapters.answers import NotDone, NotFound, Ok, Refused, Unsure, codes, retry_after
from adapters.bucket import Bucket, shared
from adapters.circuit import IN_A_ROW, SAMPLE, Circuit
from adapters.errors import Denied, NotUnderstood, Transient
from adapters.http import Http, Limits, Request
from adapters.ids import BadId, encode

CRM = "https://crm.test"
GET = Request("GET", "/contacts/{id}", {"id": "7"}, {"email": "ada@example.org"})
PATCH = Request("PATCH", "/contacts/{id}", {"id": "7"}, body={"phone": "0612345678"})
MAYBE = [
    sort("x")
    for sort in (
        httpx.ReadTimeout,
        httpx.ReadError,
        httpx.WriteError,
        httpx.WriteTimeout,
        httpx.RemoteProtocolError,
    )
]


class Watch:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.slept: list[float] = []

    def clock(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def router() -> respx.Router:
    return respx.Router(base_url=CRM)


def http_of(transport: httpx.BaseTransport, watch: Watch, **more: Any) -> Http:
    bucket = Bucket(1000.0, 1000, watch.clock, watch.sleep)
    settings = {
        "bucket": bucket,
        "clock": watch.clock,
        "sleep": watch.sleep,
        "chance": random.Random(1),
        **more,
    }
    return Http("crm", CRM, transport=transport, **settings)


@pytest.fixture
def http(router: respx.Router, watch: Watch) -> Iterator[Http]:
    http = http_of(httpx.MockTransport(router.handler), watch)
    yield http
    http.close()


class TestJudgement:
    @pytest.mark.parametrize("status", [404, 410])
    def test_what_is_not_there_is_a_value(self, router, http, status):
        router.get("/contacts/7").respond(status)
        assert http.read(GET) == NotFound()

    @pytest.mark.parametrize("status", [401, 403])
    @pytest.mark.parametrize("ask", ["read", "write"])
    def test_refused_credentials_are_denied_and_never_tried_again(self, router, http, status, ask):
        route = router.route().respond(status)
        with pytest.raises(Denied, match="check the credentials"):
            getattr(http, ask)(PATCH)
        assert route.call_count == 1

    @pytest.mark.parametrize("content", [b"<!doctype html>", b'{"id": "7"', b"\xff\xfe"])
    def test_what_is_no_json_is_not_understood_and_of_unknown_fate_after_a_write(self, router, http, content):
        router.route().respond(200, content=content, content_type="text/html; charset=utf-8")
        with pytest.raises(NotUnderstood, match="text/html"):
            http.read(GET)
        assert isinstance(http.write(PATCH), Unsure)

    def test_an_empty_answer_is_nothing(self, router, http):
        router.patch("/contacts/7").respond(204)
        answer = http.write(PATCH)
        assert isinstance(answer, Ok)
        assert answer.body is None

    def test_a_redirect_is_not_followed_with_our_credentials(self, router, http):
        route = router.route().respond(302, headers={"location": "https://elsewhere.test/"})
        with pytest.raises(NotUnderstood, match="redirect"):
            http.read(GET)
        assert route.call_count == 1

    def test_a_compressed_answer_is_read(self, router, http):
        packed = gzip.compress(b'{"id": "7"}')
        router.get("/contacts/7").respond(200, content=packed, headers={"content-encoding": "gzip"})
        assert http.read(GET).body == {"id": "7"}

    def test_numbers_and_letters_come_as_they_are(self, router, http):
        router.get("/contacts/7").respond(200, content='{"n": 10, "s": "Zoë"}'.encode())
        assert http.read(GET).body == {"n": 10, "s": "Zoë"}

    @pytest.mark.parametrize(
        ("body", "told"),
        [
            ({"code": "invalid_parameter", "message": "ada@example.org is wrong"}, "invalid_parameter"),
            ({"errors": {"email": ["ada@example.org is taken"]}}, "email"),
            ([{"errorCode": "DUPLICATE", "fields": ["Email", "ada@example.org"]}], "DUPLICATE, Email"),
            ({"error": "0612345678 is no phone", "field": "phone"}, "phone"),
            (
                {
                    "error": {
                        "type": "conflict",
                        "details": [{"field": "iban", "value": "NL91ABNA0417164300"}],
                    }
                },
                "conflict, iban",
            ),
            ("ada@example.org", ""),
            (None, ""),
        ],
    )
    def test_a_refusal_tells_codes_and_fields_but_no_values(self, router, http, body, told):
        assert codes(body) == told
        router.patch("/contacts/7").respond(422, json=body)
        assert http.write(PATCH) == Refused(422, f"refused (422): {told}".rstrip(": "))


class TestRepeating:
    @pytest.mark.parametrize("trouble", [500, 502, 503, 408, *MAYBE])
    def test_a_write_that_perhaps_happened_is_sent_once(self, router, http, trouble):
        answer = trouble if isinstance(trouble, Exception) else httpx.Response(trouble)
        route = router.patch("/contacts/7").mock(side_effect=[answer] * 9)
        assert isinstance(http.write(PATCH), Unsure)
        assert route.call_count == 1

    @pytest.mark.parametrize(
        "trouble", [httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.PoolTimeout("x")]
    )
    def test_a_write_that_surely_did_not_happen_is_sent_again(self, router, http, trouble):
        route = router.patch("/contacts/7").mock(side_effect=[trouble, httpx.Response(200, json={})])
        assert isinstance(http.write(PATCH), Ok)
        assert route.call_count == 2

    def test_a_write_that_never_gets_through_is_not_done(self, router, http):
        router.patch("/contacts/7").mock(side_effect=httpx.ConnectError("x"))
        assert http.write(PATCH) == NotDone("no answer (ConnectError)")

    def test_the_waits_grow_and_are_spread(self, router, watch):
        waits = []
        for seed in range(200):
            router.get("/contacts/7").respond(500)
            watch.slept.clear()
            http = http_of(httpx.MockTransport(router.handler), watch, chance=random.Random(seed))
            with pytest.raises(Transient):
                http.read(GET)
            waits.append(tuple(watch.slept))
        for place, top in enumerate((1.0, 2.0, 4.0)):
            drawn = [wait[place] for wait in waits]
            assert 0 <= min(drawn) < 0.1 * top
            assert 0.9 * top < max(drawn) <= top

    def test_a_cut_body_is_repeated_for_a_read_and_of_unknown_fate_for_a_write(self, watch):
        class Cut(httpx.SyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                yield b'{"id"'
                raise httpx.RemoteProtocolError(
                    "peer closed connection without sending complete message body"
                )

        asked = []

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(request.method)
            return httpx.Response(200, stream=Cut())

        http = http_of(httpx.MockTransport(answer), watch)
        with pytest.raises(Transient):
            http.read(GET)
        assert isinstance(http.write(PATCH), Unsure)
        assert (asked.count("GET"), asked.count("PATCH")) == (Limits().attempts, 1)

    def test_an_answer_that_drips_for_ever_is_ended_by_the_total_time(self, watch):
        class Drip(httpx.SyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                while True:
                    watch.sleep(20)  # each packet comes within the read time-out
                    yield b" "

        transport = httpx.MockTransport(lambda request: httpx.Response(200, stream=Drip()))
        assert http_of(transport, watch).write(PATCH) == Unsure("no answer (ReadTimeout)")


class TestSlowingDown:
    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"retry-after": "7"}, 7.0),
            ({"retry-after": "Thu, 01 Jan 2026 00:00:09 GMT", "date": "Thu, 01 Jan 2026 00:00:00 GMT"}, 9.0),
            ({"retry-after": "Thu, 01 Jan 2026 00:00:00 GMT", "date": "Thu, 01 Jan 2026 00:00:09 GMT"}, 0.0),
            ({"retry-after": "soon"}, None),
            ({"retry-after": "1e9"}, None),
            ({"retry-after": "-5"}, None),
            ({}, None),
        ],
    )
    def test_retry_after_is_read_as_seconds_or_as_a_date_by_the_server_s_clock(self, headers, seconds):
        assert retry_after(httpx.Headers(headers)) == seconds

    @pytest.mark.parametrize("request_", [GET, PATCH])
    def test_a_429_is_waited_out_for_reads_and_writes(self, router, http, watch, request_):
        slow = httpx.Response(429, headers={"retry-after": "7"})
        route = router.route().mock(side_effect=[slow, httpx.Response(200, json={})])
        ask = http.read if request_ is GET else http.write
        assert isinstance(ask(request_), Ok)
        assert route.call_count == 2
        assert sum(watch.slept) >= 7

    def test_a_long_wait_is_the_caller_s(self, router, http, watch):
        route = router.route().respond(429, headers={"retry-after": "3600"})
        assert http.write(PATCH) == NotDone("asked to slow down (429)", 3600.0)
        with pytest.raises(Transient) as caught:
            http_of(httpx.MockTransport(router.handler), watch).read(GET)
        assert caught.value.retry_after == 3600.0
        assert route.call_count == 2

    def test_the_bucket_lets_a_burst_through_and_then_the_rate(self, watch):
        bucket = Bucket(2.0, 3, watch.clock, watch.sleep)
        assert [bucket.take() for _ in range(3)] == [0.0, 0.0, 0.0]
        assert [bucket.take() for _ in range(2)] == [0.5, 0.5]
        watch.now += timedelta(hours=1)
        assert [bucket.take() for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]

    def test_room_for_several_turns_is_waited_for_and_not_taken(self, watch):
        bucket = Bucket(2.0, 4, watch.clock, watch.sleep)
        assert bucket.room(4) == 0.0
        assert [bucket.take() for _ in range(4)] == [0.0] * 4
        assert bucket.room(3) == 1.5
        assert [bucket.take() for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
        assert bucket.room(5) == 0.0  # so many are never free at once

    def test_a_clock_that_goes_back_gives_no_turns_and_takes_none(self, watch):
        bucket = Bucket(1.0, 1, watch.clock, watch.sleep)
        watch.now -= timedelta(hours=1)
        assert [bucket.take(), bucket.take()] == [0.0, 1.0]

    def test_a_told_pause_holds_for_everybody_on_the_account(self, watch):
        bucket = Bucket(10.0, 10, watch.clock, watch.sleep)
        bucket.pause(30.0)
        assert bucket.take() == pytest.approx(30.0)

    def test_threads_together_keep_to_the_rate(self):
        lock, waits, now = threading.Lock(), [], datetime(2026, 1, 1, tzinfo=UTC)

        def sleep(seconds: float) -> None:
            with lock:
                waits.append(seconds)

        bucket = Bucket(10.0, 5, lambda: now, sleep)
        threads = [threading.Thread(target=lambda: [bucket.take() for _ in range(25)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(waits) == pytest.approx(
            [n / 10 for n in range(1, 196)]
        )  # each turn reserved exactly once

    def test_one_account_has_one_bucket_for_as_long_as_it_is_used(self, watch):
        clock, sleep = watch.clock, watch.sleep
        one = shared("crm ada", 1.0, 1, clock, sleep)
        assert shared("crm ada", 1.0, 1, clock, sleep) is one
        assert shared("crm bob", 1.0, 1, clock, sleep) is not one

    @pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0)])
    def test_a_rate_that_never_lets_anything_through_is_an_error(self, watch, rate, burst):
        with pytest.raises(ValueError, match="above nothing"):
            Bucket(rate, burst, watch.clock, watch.sleep)


class TestCircuit:
    def test_a_dead_system_is_left_alone_after_five_failures_and_probed_later(self, router, http, watch):
        route = router.route().mock(side_effect=httpx.ConnectError("x"))
        fates = [http.write(PATCH) for _ in range(3)]
        assert route.call_count == IN_A_ROW
        assert all(isinstance(fate, NotDone) for fate in fates)
        assert fates[-1].retry_after == pytest.approx(60.0, abs=20)
        with pytest.raises(Transient, match="not asked"):
            http.read(GET)
        watch.now += timedelta(seconds=61)
        route.mock(side_effect=None, return_value=httpx.Response(200, json={}))
        assert isinstance(http.read(GET), Ok)
        assert isinstance(http.read(GET), Ok)

    def test_one_refusal_of_our_credentials_opens_it(self, router, http):
        route = router.route().respond(401)
        for text in ("refused with 401", "not asked"):
            with pytest.raises(Denied, match=text):
                http.write(PATCH)
        assert route.call_count == 1

    def test_an_error_about_one_record_is_no_reason_to_stop(self, router, http):
        router.route().respond(500)
        assert all(isinstance(http.write(PATCH), Unsure) for _ in range(2 * SAMPLE))

    def test_half_of_the_last_twenty_calls_opens_it_too(self, watch):
        circuit = Circuit(watch.clock)
        for _ in range(SAMPLE // 2):
            circuit.worked()
            assert circuit.wait() == 0
            circuit.failed()
        assert circuit.wait() == 60.0

    def test_only_one_probe_goes_through_and_a_failed_one_closes_the_door_again(self, watch):
        circuit = Circuit(watch.clock)
        for _ in range(IN_A_ROW):
            circuit.failed()
        watch.now += timedelta(seconds=60)
        assert [circuit.wait(), circuit.wait()] == [0.0, 60.0]
        watch.now += timedelta(seconds=30)
        circuit.failed()
        assert circuit.wait() == 60.0


class TestSecrecy:
    def test_a_log_line_holds_method_template_status_and_time_and_nothing_else(self, router, watch, caplog):
        router.route().respond(200, json={"email": "ada@example.org"})
        http = http_of(httpx.MockTransport(router.handler), watch, headers={"Authorization": "Bearer t0ken"})
        with caplog.at_level(logging.DEBUG):
            http.read(GET)
            http.write(PATCH)
        assert [record.getMessage() for record in caplog.records] == [
            "crm GET /contacts/{id} 200 0 ms",
            "crm PATCH /contacts/{id} 200 0 ms",
        ]

    def test_no_httpx_error_and_no_value_leaves_the_layer(self, router, http):
        router.route().mock(
            side_effect=httpx.ReadTimeout("GET https://crm.test/contacts/7?email=ada@example.org")
        )
        with pytest.raises(Transient) as caught:
            http.read(GET)
        assert "ada@" not in str(caught.value)
        assert caught.value.__suppress_context__

    @pytest.mark.parametrize("hostile", ["", ".", "..", "a..b", "a/b", "a\\b", "a\nb", "a\x00b", "a\u202eb"])
    def test_an_id_that_could_leave_its_place_is_refused_without_showing_it(self, hostile):
        with pytest.raises(BadId) as caught:
            encode(hostile)
        assert not hostile.strip("./\\") or hostile not in str(caught.value)

    def test_an_id_is_one_segment_whatever_it_holds(self, router, http):
        route = router.get(path__regex=r".*").respond(json={})
        http.read(Request("GET", "/contacts/{id}", {"id": "a b?c=d#e%2Ff"}))
        assert route.calls[0].request.url.raw_path == b"/contacts/a%20b%3Fc%3Dd%23e%252Ff"

    def test_the_environment_s_proxies_get_no_customer_data(self, monkeypatch, router, watch):
        monkeypatch.setenv("HTTPS_PROXY", "not a proxy")
        router.route().respond(200, json={})
        assert isinstance(http_of(httpx.MockTransport(router.handler), watch).read(GET), Ok)
