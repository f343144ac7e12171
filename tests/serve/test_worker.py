"""What `serve` does when: schedules, consent, and hints that come to rest before they are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.problems import ConfigError, Problem
from config.settings import Schedule
from flows.hub import Hub, leased
from flows.serving import BUSY, HOLD, IDLE, LONGEST, QUIET, Worker
from reconcile.state import hints
from tests.consent.company import MAIL, SHOP, OneByOne, Place, company
from tests.consent.company import Company as Consenting
from tests.engine.company import Company, character
from tests.engine.company import company as engine_company

NOTHING = timedelta()


class Served:
    """A company under `serve`, with its clock in our hands."""

    def __init__(self, one: Company | Consenting, schedules: list[Schedule]) -> None:
        self.one, self.told = one, []
        project = one.hub.project
        hub = project.hub.model_copy(update={"schedules": schedules})
        self.opened = 0
        self.worker = Worker(
            type(project)(**{name: getattr(project, name) for name in project.__slots__} | {"hub": hub}),
            "customer", one.hub.store, self.open, OneByOne(), self.told.append, one.clock,
        )  # fmt: skip

    @contextmanager
    def open(self) -> Iterator[Hub]:
        self.opened += 1
        yield self.one.hub

    def hint(self, *ids: str, system: str = "shop", times: int = 1) -> None:
        with self.one.hub.store.note() as conn:
            for _ in range(times):
                hints.note(conn, "customer", system, ids, self.one.hub.now)

    def waiting(self) -> int:
        with self.one.hub.store.read() as conn:
            found = hints.extent(conn, "customer", list(self.one.systems))
        return found.records if found else 0

    def kinds(self) -> list[str]:
        """The runs that were told of since this was last asked."""
        found = [event["kind"] for event in self.told if event["event"] == "run"]
        self.told.clear()
        return found

    def settle(self, **span: float) -> list[str]:
        """Let time pass, and do all that is due."""
        self.one.clock.passes(**span)
        while self.worker.step() == NOTHING:
            pass
        return self.kinds()


HOURLY = [Schedule(sync="customer", every="1h")]


@pytest.fixture
def served() -> Iterator[Served]:
    with engine_company(character("books"), character("shop")) as one:
        for n in range(3):
            for name in one.systems:
                one.has(name, email=f"p{n}@example.org", phone=f"061200000{n}")
        one.run()
        yield Served(one, HOURLY)


def test_a_whole_sync_runs_on_its_schedule(served):
    assert served.settle(minutes=30) == []
    assert served.settle(minutes=31) == ["sync"]
    assert served.settle(minutes=59) == []
    assert served.settle(minutes=2) == ["sync"]


def test_after_a_restart_the_last_sync_still_counts(served):
    served.one.clock.passes(minutes=59)
    again = Served(served.one, HOURLY)
    assert again.settle() == []
    assert again.settle(minutes=2) == ["sync"]


def test_a_store_that_never_saw_a_sync_begins_with_one():
    with engine_company(character("books"), character("shop")) as one:
        one.has("shop")
        assert Served(one, []).settle() == ["sync"]


def test_hints_are_read_when_they_have_come_to_rest(served):
    served.one.systems["shop"].edit("1", last="Bovenkerk")
    served.hint("1")
    assert served.worker.step() == QUIET
    served.one.clock.passes(seconds=1)
    served.hint("1", "2")
    assert served.settle(seconds=1.5) == []
    assert served.settle(seconds=0.5) == ["part"]
    assert served.one.shown("books", "1", "last") == "Bovenkerk"
    assert (served.waiting(), served.worker.step()) == (0, IDLE)


def test_a_thousand_hints_of_one_record_are_one_read(served):
    reads = []
    served.one.systems["shop"].before_fetch = reads.append
    served.hint("1", times=1000)
    served.settle(seconds=5)
    assert [list(ids) for ids in reads] == [["1"]]


def test_hints_that_never_rest_are_read_all_the_same(served):
    seconds = 0
    while not served.kinds():
        served.hint("1")
        served.one.clock.passes(seconds=1)
        served.worker.step()
        seconds += 1
    assert seconds == LONGEST.total_seconds()


def test_a_crowd_of_hints_is_read_in_several_runs(served):
    served.hint(*(str(n) for n in range(1, 451)))
    assert served.settle(seconds=5) == ["part"] * 3
    assert served.waiting() == 0


def test_while_another_run_holds_the_lease_hints_wait(served):
    served.one.systems["shop"].edit("1", last="Bovenkerk")
    served.hint("1")
    served.one.clock.passes(seconds=5)
    with leased(served.one.hub):
        assert served.worker.step() == BUSY
        assert served.waiting() == 1
    assert served.settle() == ["part"]
    assert served.one.shown("books", "1", "last") == "Bovenkerk"


def test_a_system_that_is_out_is_left_alone_for_a_while_and_others_are_not(served):
    served.one.systems["shop"].down = True
    served.hint("1")
    assert served.settle(seconds=5) == ["part"]
    served.hint("1", system="books")
    assert served.settle(seconds=5) == ["part"]
    assert served.settle(seconds=5) == []
    served.one.systems["shop"].down = False
    assert served.settle(seconds=HOLD.total_seconds()) == ["part"]
    assert served.waiting() == 0


def test_a_project_that_cannot_be_opened_is_told_and_tried_again(served):
    class Broken:
        def __enter__(self) -> Any:
            raise ConfigError([Problem("config/hub.yaml", 1, (), "nothing", "something")])

        def __exit__(self, *given: object) -> None: ...

    whole, served.worker.opened = served.worker.opened, Broken  # type: ignore[assignment]
    served.hint("1")
    served.one.clock.passes(seconds=5)
    assert served.worker.step() == HOLD
    assert "config/hub.yaml:1" in served.told[0]["why"]
    served.worker.opened = whole
    assert served.settle(minutes=1) == ["part"]


# ── consent ─────────────────────────────────────────────────────────────────────────────────────────


def test_systems_with_consent_are_asked_every_quarter_of_an_hour_and_the_others_are_not():
    with company(MAIL, SHOP, Place("desk", consent="")) as one:
        for system in one.systems:
            one.has(system, "yes", since=one.now(), proof="double")
        one.sync()
        served = Served(one, [Schedule(sync="customer", every="1d")])
        for system in one.systems.values():
            system.calls.clear()
        assert served.settle(minutes=10) == []
        one.systems["mail"].edit("1", status="gone", since=one.now())
        assert served.settle(minutes=6) == ["part"]
        assert one.shown("shop") == "no"
        assert [one.systems[name].calls.get("pull", 0) for name in ("mail", "shop", "desk")] == [1, 1, 0]
        assert served.settle(minutes=14) == []
        assert served.settle(minutes=1) == ["part"]


def test_a_hint_of_a_withdrawal_does_not_wait_for_that():
    with company(MAIL, SHOP) as one:
        for system in one.systems:
            one.has(system, "yes", since=one.now(), proof="double")
        one.sync()
        served = Served(one, HOURLY)
        one.systems["mail"].edit("1", status="gone", since=one.now())
        served.hint("1", system="mail")
        assert served.settle(seconds=2) == ["part"]
        assert one.shown("shop") == "no"


def test_a_sync_counts_as_asking():
    with company(MAIL, SHOP) as one:
        one.has("mail", "yes")
        one.sync()
        served = Served(one, [Schedule(sync="customer", every="12m")])
        assert [served.settle(minutes=4) for _ in range(9)].count(["part"]) == 0


# ── hours ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("between", "zone", "utc", "runs"),
    [
        (None, "UTC", "03:00", True),
        ("07:00-20:00", "UTC", "06:59", False),
        ("07:00-20:00", "UTC", "07:00", True),
        ("07:00-20:00", "UTC", "20:00", False),
        ("07:00-20:00", "Europe/Amsterdam", "06:00", True),  # 07:00 in winter
        ("07:00-20:00", "Europe/Amsterdam", "05:59", False),
        ("22:00-06:00", "UTC", "23:00", True),
        ("22:00-06:00", "UTC", "05:59", True),
        ("22:00-06:00", "UTC", "06:00", False),
        ("22:00-06:00", "UTC", "12:00", False),
    ],
)
def test_a_schedule_runs_between_its_hours(between, zone, utc, runs):
    now = datetime.fromisoformat(f"2026-01-15T{utc}:00").replace(tzinfo=UTC)
    assert Schedule(sync="customer", every="1h", between=between, zone=zone).covers(now) is runs


def test_of_several_schedules_the_one_of_the_hour_counts(served):
    day = Schedule(sync="customer", every="15m", between="07:00-20:00", zone="UTC")
    night = Schedule(sync="customer", every="2h")
    busy = Served(served.one, [day, night])  # it is eight o'clock
    assert [len(busy.settle(minutes=16)) for _ in range(4)] == [1] * 4
    busy.one.clock.passes(hours=12)
    busy.settle()
    assert [len(busy.settle(minutes=16)) for _ in range(8)] == [0] * 7 + [1]
