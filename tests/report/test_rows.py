"""Which questions come first, what is shown of a value, and who is called what."""

from __future__ import annotations

import random

import pytest

from reconcile.records import GoldenValue, Lineage
from reconcile.report import Said, display_name, groups, rows, table
from reconcile.values import BLANK, CLEAR
from tests.report.questions import AT, BOOK, candidate, question

EARLY, LATE = "2026-01-01T00:00:00.000000Z", "2026-02-01T00:00:00.000000Z"
WORST_FIRST = [
    question(9, severity="high", cls="update-update", opened_at=EARLY),
    question(1, severity="high", cls="update-update", opened_at=LATE),
    question(2, severity="high", cls="update-update", opened_at=LATE),
    question(3, severity="high", cls="update-delete", opened_at=EARLY),
    question(4, severity="medium", cls="reverted", opened_at=LATE),
    question(5, severity="medium", cls="loss", opened_at=EARLY),
    question(6, severity="low", cls="update-update", opened_at=EARLY),
]


@pytest.mark.parametrize("seed", range(5))
def test_the_worst_comes_first_then_class_then_age_then_number(seed: int) -> None:
    asked = list(WORST_FIRST)
    random.Random(seed).shuffle(asked)
    assert [row.id for row in rows(asked, BOOK, {})] == [one.id for one in WORST_FIRST]


def test_a_row_tells_who_says_what_since_when() -> None:
    [row] = rows([question()], BOOK, {10: "Ada van der Berg"})
    assert (row.name, row.label, row.since) == ("Ada van der Berg", "Telefoon", "2026-03-05T10:00:00.000000Z")
    assert row.values == (Said("crm", "+31 6 87651234", AT, "7"), Said("shop", "+31 6 87659999", "", "8"))
    assert list(row.answers) == ["crm", "shop", "clear", "different"]


def test_the_hub_is_named_where_it_holds_one_of_the_values() -> None:
    held = candidate("+31687651234", ("", "", None), ("crm", "7", AT))
    [row] = rows([question(candidates=(held,))], BOOK, {})
    assert [said.who for said in row.values] == ["hub", "crm"]


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("phone", "+31687651234", "+31 6 87651234"),
        ("iban", "NL91ABNA0417164300", "NL•••4300"),
        ("birth_date", "1980-12-31", "1980-•••"),
        ("home", ("Dorpsstraat", "12", "a", "1234 AB", "Utrecht", "NL"), "••• 1234•••"),
        ("no_longer_in_the_policy", "secret", "•••"),
        ("phone", CLEAR, ""),
        ("phone", BLANK, ""),
        ("iban", BLANK, ""),
    ],
)
def test_a_sensitive_value_is_masked(field: str, value: object, shown: str) -> None:
    [row] = rows([question(field=field, candidates=(candidate(value),))], BOOK, {})  # type: ignore[arg-type]
    assert row.values[0].text == shown


def test_a_sensitive_value_is_in_no_part_of_a_row() -> None:
    asked = [
        question(1, "iban", candidates=(candidate("NL91ABNA0417164300"), candidate("NL20INGB0001234567"))),
        question(2, "home", candidates=(candidate(ADDRESS), candidate(ADDRESS[:1] + ("99",) + ADDRESS[2:]))),
    ]
    shown = rows(asked, BOOK, {})
    for secret in ("0417", "000123", "Dorpsstraat", "99"):
        assert secret not in f"{shown}{table(shown)}"


ADDRESS = ("Dorpsstraat", "12", "", "1234 AB", "Utrecht", "NL")


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ([("Dorpsstraat", "14", "", "1234 AB", "Utrecht", "NL")], "number 12 → 14"),
        ([("Dorpsstraat", "14", "a", "1234 AB", "Utrecht", "NL")], "number 12 → 14, addition - → a"),
        ([("Dorpsstraat", "12", "", "1234 AB", "Utrecht", "")], "country NL → -"),
        (
            [("Dorpsstraat", "14", *ADDRESS[2:]), ("Kerkplein", *ADDRESS[1:])],
            "number 12 → 14; street Dorpsstraat → Kerkplein",
        ),
        ([CLEAR], ""),
    ],
)
def test_what_differs_within_an_address_is_said_part_by_part(others: list[object], said: str) -> None:
    asked = question(field="address", candidates=(candidate(ADDRESS), *map(candidate, others)))  # type: ignore[arg-type]
    [row] = rows([asked], BOOK, {})
    assert row.differs == said
    assert table([row])[0]["differs"] == said


def held(**values: object) -> dict[str, GoldenValue]:
    why = Lineage("crm", "7", "only value", 1, AT)
    return {name: GoldenValue(value, 1, why) for name, value in values.items()}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("golden", "masked", "name"),
    [
        (held(given_name="Ada", family_name="van der Berg"), (), "Ada van der Berg"),
        (held(family_name="van der Berg"), (), "van der Berg"),
        (held(given_name="Ada", organisation="Berg Bouw B.V."), (), "Berg Bouw B.V."),
        (held(given_name="Ada", family_name="Berg", organisation=CLEAR), (), "Ada Berg"),
        (held(given_name="Ada", family_name=BLANK), (), "Ada"),
        (held(given_name="Ada", family_name="Berg"), ("family_name",), "Ada"),
        (held(email="ada@berg.example"), (), ""),
        ({}, (), ""),
    ],
)
def test_a_customer_is_called_by_its_name(
    golden: dict[str, GoldenValue], masked: tuple[str, ...], name: str
) -> None:
    assert display_name(golden, masked) == name


def test_a_customer_without_a_name_is_called_by_its_number() -> None:
    assert rows([question()], BOOK, {10: ""})[0].name == "customer 10"


def test_like_questions_are_one_group_and_the_largest_comes_first() -> None:
    asked = [question(id) for id in range(20, 10, -1)] + [
        question(1, field="email"),
        question(2, system="shop"),
    ]
    found = groups(asked)
    assert [(g.name, g.count) for g in found] == [
        ("crm vs shop, phone: update-update", 10),
        ("crm vs shop, email: update-update", 1),
        ("shop, phone: update-update", 1),
    ]
    assert found[0].sample == (11, 12, 13, 14, 15)
    assert (found[0].cls, found[0].field) == ("update-update", "phone")


def test_a_question_about_a_whole_record_names_the_record() -> None:
    asked = question(field="", system="crm", cls="update-delete", candidates=(candidate(BLANK),))
    [row] = rows([asked], BOOK, {})
    assert (row.label, row.answers.keys()) == ("record", {"seen"})
    assert table([row])[0]["values"] == "crm 7: (empty) (since 2026-03-04)"
