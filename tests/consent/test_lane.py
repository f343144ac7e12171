"""An opt-out in any one system reaches all others in the same sync, whatever else of the customer waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from reconcile.state import standing
from tests.consent.company import MAIL, SHOP, Company, Place, company

CLUB = Place("club")
FROM = pytest.mark.parametrize("system", ["mail", "shop", "club"])


@contextmanager
def subscribed(writes: str = "all", guards: tuple[int, int] = (1000, 100)) -> Iterator[Company]:
    """Ada is subscribed in three systems, with proof."""
    with company(*(replace(p, writes=writes) for p in (MAIL, SHOP, CLUB)), guards=guards) as one:
        one.has("mail", "yes", proof="double opt-in", since=one.now())
        one.has("shop", "yes")
        one.has("club", "yes")
        one.sync()
        assert {one.shown(name) for name in one.systems} == {"yes"}
        one.clock.passes(hours=1)
        yield one


def opt_out(one: Company, system: str) -> None:
    one.systems[system].edit("1", status="gone" if system == "mail" else "no", since=one.now())


def everybody_heard(one: Company, system: str) -> None:
    """One sync, and nobody's approval."""
    others = one.systems.keys() - {system}
    result = one.sync(approve=False)
    assert result.withdrawals == dict.fromkeys(others, 1)
    assert {one.shown(name) for name in others} == {"no"}


def others(one: Company, system: str) -> list[str]:
    return sorted(one.systems.keys() - {system})


@FROM
def test_an_opt_out_reaches_all_others_when_a_guard_stops_the_plan(system: str) -> None:
    with subscribed(guards=(0, 0)) as one:
        opt_out(one, system)
        one.systems[system].edit("1", name="Bovenkerk")
        everybody_heard(one, system)
        assert one.sync(approve=False).state == "stopped"
        assert {one.systems[n].records["1"].payload["name"] for n in others(one, system)} == {"Berg"}


@FROM
def test_an_opt_out_reaches_all_others_when_the_customer_is_in_open_conflict(system: str) -> None:
    with subscribed() as one:
        first, second = others(one, system)
        one.systems[first].edit("1", name="Aa")
        one.systems[second].edit("1", name="Zee")
        one.sync()
        assert [c.field for c in one.open_ones()] == ["family_name"]
        opt_out(one, system)
        everybody_heard(one, system)
        assert [c.field for c in one.open_ones()] == ["family_name"]


@FROM
def test_an_opt_out_reaches_all_others_when_a_field_is_held(system: str) -> None:
    with subscribed() as one:
        for name in others(one, system):
            one.systems[name].edit("1", name="")
        one.sync()
        assert {c.cls for c in one.open_ones()} == {"loss"}
        opt_out(one, system)
        everybody_heard(one, system)
        (ada,) = one.customers()
        assert {(h.field, h.system) for h in ada.holds} == {("family_name", n) for n in others(one, system)}


@FROM
def test_an_opt_out_reaches_all_others_when_their_links_are_held(system: str) -> None:
    with subscribed() as one:
        (ada,) = one.customers()
        lease = one.hub.store.acquire("customer", "test")
        with one.hub.store.write(lease) as conn:
            standing.hold_links(conn, [r.rid for r in ada.records if r.system != system])
        one.hub.store.release(lease)
        opt_out(one, system)
        everybody_heard(one, system)
        assert {r.held for r in one.customers()[0].records if r.system != system} == {True}


@FROM
def test_an_opt_out_reaches_all_others_when_every_write_waits_for_approval(system: str) -> None:
    with subscribed(writes="ask") as one:
        one.systems[system].edit("1", name="Bovenkerk")
        opt_out(one, system)
        everybody_heard(one, system)
        assert one.sync(approve=False).state == "stopped"
        assert {one.systems[n].records["1"].payload["name"] for n in others(one, system)} == {"Berg"}
