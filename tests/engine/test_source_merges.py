"""Two records that their own system made one: the old id lives on as another name of what is left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flows import steps
from reconcile.records import Record
from reconcile.state import aliases
from tests.engine.company import Company, character, company

FEED = {"deletes": "feed", "incremental": "filter"}


@contextmanager
def doubled(other_mail: str = "p0@example.org", **shop: Any) -> Iterator[Company]:
    """Ada is twice in the shop, 1 and 2, the second time under this address; and once in the others."""
    with company(character("books"), character("shop", **FEED, **shop), character("crm")) as one:
        for name in one.systems:
            one.has(name, email="p0@example.org")
        one.has("shop", email=other_mail)
        one.run()
        yield one


def records(one: Company, system: str = "shop") -> dict[str, Record]:
    return {r.id: r for c in one.customers() for r in c.records if r.system == system}


def asked(one: Company) -> list[tuple[str, str]]:
    return [(c.cls, c.system) for c in one.open_ones()]


def test_the_old_id_is_an_alias_with_a_new_epoch_and_nobody_is_asked() -> None:
    with doubled() as one:
        before = records(one)["1"]
        one.systems["shop"].merge("1", into="2")
        assert one.run().written == 0
        found = records(one)
        assert (found["1"].presence, found["1"].epoch) == ("merged", before.epoch + 1)
        assert (found["2"].presence, found["2"].role) == ("present", "secondary")
        assert asked(one) == []
        one.systems["books"].edit("1", last="Bovenkerk")
        one.run()
        assert one.shown("shop", "2", "last") == "Bovenkerk"
        assert one.run().written == 0


def test_who_was_nobody_s_becomes_the_customer_of_what_was_merged_into_it() -> None:
    """Also where no link rule would see it: the system itself said so."""
    with doubled() as one:
        shop = one.systems["shop"]
        shop.remove("2")
        one.run()
        into = one.has("shop", email="quite.other@example.org", phone="0612000009", last="Zandstra")
        shop.merge("1", into=into)
        shop._store(into, {**shop.records[into].payload, "email": "quite.other@example.org"})
        one.run()
        found = records(one)
        assert found[into].customer == found["1"].customer
        assert len(one.customers()) == 1


def test_late_events_of_the_old_id_are_about_the_new_one() -> None:
    with doubled() as one:
        shop = one.systems["shop"]
        held = shop.records["1"]
        shop.merge("1", into="2")
        one.run()
        shop._store("2", {**shop.records["2"].payload, "last": "Bovenkerk"})
        shop.records["1"] = held  # a list that lags shows it once more
        shop._store("1", held.payload)
        one.run()
        found = records(one)
        assert found["1"].presence == "merged"
        assert found["2"].values["family_name"] == "Bovenkerk"
        assert asked(one) == []


def test_a_hint_about_the_old_id_reads_the_new_one() -> None:
    with doubled() as one:
        shop = one.systems["shop"]
        shop.merge("1", into="2")
        one.run()
        shop.edit("2", last="Bovenkerk")
        steps.sync_some(one.hub, steps.Plainly(), {"shop": ["1"]})
        assert records(one)["2"].values["family_name"] == "Bovenkerk"


def test_aliases_are_followed_to_the_end() -> None:
    with doubled() as one:
        shop = one.systems["shop"]
        third = one.has("shop", email="p0@example.org")
        one.run()
        shop.merge("1", into="2")
        shop.merge("2", into=third)
        one.run()
        with one.hub.store.read() as conn:
            assert aliases.resolve(conn, "customer", "shop", ["1", "2", third]) == {"1": third, "2": third}


def test_what_was_on_its_way_to_the_old_record_is_not_sent() -> None:
    with doubled() as one:
        shop = one.systems["shop"]
        one.systems["books"].edit("1", last="Bovenkerk")
        shop.fail_next("throttled")
        one.run()
        shop.merge("1", into="2")
        sent = len(shop.requests)
        one.clock.passes(hours=4)
        one.run()
        assert [c.id for c in shop.requests[sent:]] == ["2"]


def test_a_merge_with_another_customer_deletes_and_makes_nothing_and_is_asked_about() -> None:
    with doubled("other@example.org", creates="all", entry={"deletes": "propagate"}) as one:
        assert len(one.customers()) == 2
        sent = [len(s.requests) for s in one.systems.values()]
        one.systems["shop"].merge("1", into="2")
        assert one.run().hits == []
        assert asked(one) == [("update-delete", "shop")]
        assert one.run().written == 0
        assert [len(s.requests) for s in one.systems.values()] == sent
