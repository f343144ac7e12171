"""Who is who: the same for any order, and a question where two answers are equally good."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import permutations

import pytest

from reconcile.link import TOO_COMMON, Facts, Linker, Linking, external_name
from reconcile.policy import LinkRule
from reconcile.types import build
from tests.engine.company import character, company

TYPES = {name: build(name) for name in ("email", "phone", "given_name", "family_name", "iban")}
MAIL = LinkRule(name="mail", when=["email"])
CAREFUL = LinkRule(name="mail", when=["email"], unless=["other_initial"])
NAMED = LinkRule(name="phone and name", when=["phone", "family_name"])


def facts(rid: int, system: str, customer: int | None = None, kind: str = "person", **values: str) -> Facts:
    role = "primary" if customer else None
    externals = tuple(str(values.pop("known", "")).split()) if "known" in values else ()
    return Facts(rid, system, str(rid), kind, values, customer, role, externals)  # type: ignore[arg-type]


def linked(rules: Sequence[LinkRule], *records: Facts) -> Linking:
    found = Linking()
    Linker(rules, TYPES).link(records, found)
    return found


def clusters(found: Linking) -> set[frozenset[int]]:
    groups: dict[tuple[int | None, int], set[int]] = {}
    for one in found.links:
        groups.setdefault((one.customer, one.group if one.customer is None else 0), set()).add(one.rid)
    return {frozenset(group) for group in groups.values()}


def test_who_shares_an_address_is_one_customer() -> None:
    found = linked([MAIL], facts(1, "a", email="x@example.org"), facts(2, "b", email="x@example.org"))
    assert clusters(found) == {frozenset({1, 2})}
    assert found.groups == ["person"]


def test_a_person_and_an_organisation_are_never_one() -> None:
    one = facts(1, "a", email="x@example.org")
    other = facts(2, "b", kind="organisation", email="x@example.org")
    assert clusters(linked([MAIL], one, other)) == {frozenset({1}), frozenset({2})}


def test_who_is_spoken_against_stays_apart() -> None:
    jan = facts(1, "a", email="x@example.org", given_name="Jan")
    piet = facts(2, "b", email="x@example.org", given_name="Piet")
    assert clusters(linked([CAREFUL], jan, piet)) == {frozenset({1}), frozenset({2})}


def test_who_fits_two_that_do_not_fit_each_other_is_asked_about() -> None:
    jan = facts(1, "a", email="x@example.org", given_name="Jan")
    piet = facts(2, "b", email="x@example.org", given_name="Piet")
    nameless = facts(3, "c", email="x@example.org")
    assert linked([CAREFUL], jan, piet, nameless).ambiguous == [3]


def test_who_fits_two_known_customers_is_asked_about() -> None:
    known = [facts(n, "a", customer=n, email="x@example.org") for n in (1, 2)]
    assert linked([MAIL], *known, facts(3, "b", email="x@example.org")).ambiguous == [3]


def test_a_stronger_rule_goes_first() -> None:
    by_mail = facts(1, "a", customer=7, email="x@example.org")
    by_phone = facts(2, "a", customer=8, phone="+31612000001", family_name="Jansen")
    new = facts(3, "b", email="x@example.org", phone="+31612000001", family_name="Jansen")
    (link,) = linked([MAIL, NAMED], by_mail, by_phone, new).links
    assert (link.customer, link.rule) == (7, "mail")


def test_an_id_of_another_system_is_the_strongest() -> None:
    one = facts(1, "a", customer=7, known=external_name("a", "1"))
    other = facts(2, "a", customer=8, email="x@example.org")
    new = facts(3, "b", email="x@example.org", known=external_name("a", "1"))
    (link,) = linked([MAIL], one, other, new).links
    assert (link.customer, link.rule) == (7, "external id")


def test_a_value_that_everybody_has_says_nothing() -> None:
    crowd = [facts(n, "a", email="info@example.org") for n in range(TOO_COMMON + 1)]
    found = linked([MAIL], *crowd)
    assert found.too_common == {"mail": TOO_COMMON + 1}
    assert len(clusters(found)) == TOO_COMMON + 1


def test_of_two_in_one_system_the_lowest_id_is_first() -> None:
    twice = [facts(n, "a", email="x@example.org") for n in (12, 9)]
    roles = {one.rid: one.role for one in linked([MAIL], *twice).links}
    assert roles == {9: "primary", 12: "secondary"}


def test_who_is_known_stays_first() -> None:
    found = linked(
        [MAIL], facts(9, "a", customer=3, email="x@example.org"), facts(2, "a", email="x@example.org")
    )
    assert [(one.rid, one.role) for one in found.links] == [(2, "secondary")]


def some_crowd(draw: random.Random) -> list[Facts]:
    """A handful of records over few values, so that much is shared and much contradicts."""
    crowd = []
    for rid in range(1, draw.randint(3, 6)):
        values = {
            "given_name": draw.choice(("Jan", "Piet", "")),
            "family_name": draw.choice(("Jansen", "Smit")),
        }
        values["email"] = draw.choice(("x@example.org", "y@example.org", ""))
        values["phone"] = draw.choice(("+31612000001", "+31612000002", ""))
        customer = draw.choice((None, None, None, rid))
        crowd.append(facts(rid, draw.choice("abc"), customer, **{k: v for k, v in values.items() if v}))
    return crowd


def test_the_order_of_records_changes_nothing() -> None:
    draw = random.Random(5)
    for _ in range(60):
        crowd = some_crowd(draw)
        answers = set()
        for order in list(permutations(crowd))[:: max(1, len(crowd) * 2 - 5)]:
            found = linked([CAREFUL, NAMED], *order)
            roles = frozenset((one.rid, one.role, one.customer, one.rule) for one in found.links)
            answers.add((frozenset(clusters(found)), frozenset(found.ambiguous), roles))
        assert len(answers) == 1, crowd


# ── on a real hub ───────────────────────────────────────────────────────────────────────────────────


def test_who_joins_a_customer_does_not_become_its_second_first_record() -> None:
    """The first record there shares nothing with the new one any more, and is there all the same."""
    with company(character("books"), character("shop", writes="none")) as one:
        one.has("books")
        one.has("shop")
        one.run()
        one.systems["shop"].edit("1", email="gone@example.org")
        one.systems["books"].edit("1", phone="0612000002")
        one.systems["shop"].down = True  # only the books are read: their address is still the old one
        one.run()
        one.calm_down()
        one.has("shop")
        one.run()
        for customer in one.customers():
            firsts = [r.system for r in customer.records if r.role == "primary"]
            assert len(firsts) == len(set(firsts))


STORY_16 = {"name": "same e-mail", "when": ["email"], "unless": ["other_initial"]}


def test_an_edit_that_contradicts_the_link_holds_it_whole() -> None:
    with company(character("books"), character("shop"), link=[STORY_16]) as one:
        one.has("books")
        one.has("shop")
        one.run()
        one.systems["shop"].edit("1", first="Piet", last="Bovenkerk", phone="0612000009")
        one.systems["books"].edit("1", iban="NL91ABNA0417164300")
        one.run()
        assert one.shown("books", "1", "last") == "Achterberg"
        assert one.shown("shop", "1", "iban") is None
        assert [c.cls for c in one.open_ones()] == ["still the same customer?"]
        one.run()
        assert len(one.open_ones()) == 1


def test_a_steward_lets_a_held_link_go() -> None:
    with company(character("books"), character("shop"), link=[STORY_16]) as one:
        one.has("books")
        one.has("shop")
        one.run()
        one.systems["shop"].edit("1", first="Piet")
        one.run()
        one.answer(one.open_ones()[0], "same")
        one.run()
        assert one.shown("books", "1", "first") == "Piet"
        assert one.open_ones() == []


@pytest.mark.parametrize("systems", [("books", "shop", "crm"), ("crm", "shop", "books")])
def test_the_order_of_systems_does_not_change_who_is_who(systems: Sequence[str]) -> None:
    with company(*(character(name, writes="none") for name in systems)) as one:
        for name in ("books", "crm", "shop"):
            for mail in ("ada", "bea"):
                one.has(name, email=f"{mail}@example.org")
        one.run()
        found = {frozenset((r.system, r.id) for r in c.records) for c in one.customers()}
        assert found == {frozenset({("books", n), ("crm", n), ("shop", n)}) for n in "12"}
