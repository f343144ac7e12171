from __future__ import annotations

import pytest

from reconcile.errors import RecordError
from tests.mapping.invented import SHOP, compiled

PHONE = {"phone": {"in": "phones", "where": {"type": "work"}, "path": "number"}}
NAME = {"family_name": {"path": "last", "infix": "middle"}}
HOME = {
    "address": {"parts": {"street": "s", "number": "n", "city": {"path": "c", "values": {"U": "Utrecht"}}}}
}
TIER = {"segment": {"path": "tier", "values": {2: "basic", True: "gold"}}}


@pytest.mark.parametrize(
    ("fields", "raw", "values"),
    [
        ({"email": "email"}, {"email": " A@b.nl "}, {"email": "a@b.nl"}),
        ({"email": "email"}, {"email": None}, {"email": None}),
        ({"email": "email"}, {"email": ""}, {"email": None}),
        ({"email": "email"}, {"email": " \t"}, {"email": None}),
        ({"email": "email"}, {"email": []}, {"email": None}),
        ({"email": "email"}, {"other": "x"}, {}),
        ({"email": "p.email"}, {"p": {"email": "a@b.nl"}}, {"email": "a@b.nl"}),
        ({"email": r"p\.email"}, {"p.email": "a@b.nl"}, {"email": "a@b.nl"}),
        ({"note": "score"}, {"score": 0}, {"note": "0"}),
        (PHONE, {}, {}),
        (PHONE, {"phones": None}, {"phone": None}),
        (PHONE, {"phones": []}, {"phone": None}),
        (PHONE, {"phones": [{"type": "home", "number": "1"}]}, {"phone": None}),
        (PHONE, {"phones": [{"type": "work"}]}, {}),
        (
            PHONE,
            {"phones": [{"type": "home", "number": "1"}, {"type": "work", "number": "2"}]},
            {"phone": "+2"},
        ),
        (
            PHONE,
            {"phones": [{"type": "work", "number": "1"}, {"type": "work", "number": "2"}]},
            {"phone": "+1"},
        ),
        (NAME, {"last": "Berg", "middle": "van der"}, {"family_name": "van der Berg"}),
        (NAME, {"last": "Berg", "middle": None}, {"family_name": "Berg"}),
        (NAME, {"last": "Berg"}, {"family_name": "Berg"}),
        (NAME, {"last": None, "middle": ""}, {"family_name": None}),
        (NAME, {"middle": "van"}, {}),
        (HOME, {"s": "Dorpsstraat", "n": 12, "c": "U"}, {"address": ("Dorpsstraat", "12", "Utrecht", "")}),
        (HOME, {"s": "Dorpsstraat"}, {"address": ("Dorpsstraat", "", "", "")}),
        (HOME, {"s": "", "n": None}, {"address": None}),
        (HOME, {"x": 1}, {}),
        (TIER, {"tier": 2}, {"segment": "basic"}),
        (TIER, {"tier": "2"}, {"segment": "basic"}),
        (TIER, {"tier": True}, {"segment": "gold"}),
        (TIER, {"tier": None}, {"segment": None}),
        (TIER, {}, {}),
    ],
)
def test_every_lens_keeps_shown_blank_and_absent_apart(fields, raw, values):
    assert compiled(fields).read(raw) == ("person", values)


@pytest.mark.parametrize(
    ("fields", "raw", "reason"),
    [
        ({"email": "email"}, {"email": ["secret"]}, "email: expected a single value, found list"),
        ({"email": "p.email"}, {"p": ["secret"]}, "p: expected a mapping, found list"),
        (PHONE, {"phones": "secret"}, "phones: expected a list, found str"),
        (PHONE, {"phones": {"type": "work"}}, "phones: expected a list, found dict"),
        (PHONE, {"phones": ["secret"]}, "phones: expected a list of mappings, found str"),
        (
            PHONE,
            {"phones": [{"type": "work", "number": {"secret": 1}}]},
            "phones[type].number: expected a single",
        ),
        (NAME, {"last": {"secret": 1}}, "last: expected single values, found dict"),
        (HOME, {"s": {"secret": 1}}, "s: expected a value or a list of lines, found dict"),
        (HOME, {"c": "secret"}, "c: shows a value that `values` does not list"),
        (TIER, {"tier": "secret"}, "tier: shows a value that `values` does not list"),
        (TIER, {"tier": ["secret"]}, "tier: expected a single value, found list"),
    ],
)
def test_a_wrong_shape_names_the_path_and_never_the_value(fields, raw, reason):
    with pytest.raises(RecordError) as caught:
        compiled(fields).read(raw)
    assert str(caught.value).startswith(reason)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [({"company": "Bakkerij"}, "organisation"), ({"company": " "}, "person"), ({}, "person")],
)
def test_the_kind_follows_from_what_is_filled_in(raw, kind):
    shop = compiled({"email": "e"}, kind={"present": "company", "then": "organisation", "else": "person"})
    assert shop.read(raw)[0] == kind


def test_a_kind_may_always_be_the_same():
    assert compiled({"email": "e"}, kind={"always": "organisation"}).read({})[0] == "organisation"


def test_external_ids_are_text_and_blank_ones_are_absent():
    shop = compiled({"email": "e"}, external_id={"books": "links.books", "crm": "crm_id", "mail": "mail_id"})
    assert shop.external_ids({"links": {"books": 12}, "crm_id": " a7 ", "mail_id": ""}) == {
        "books": "12",
        "crm": "a7",
    }
    assert shop.external_ids({}) == {}
    with pytest.raises(RecordError, match=r"^crm_id: expected an id, found dict"):
        shop.external_ids({"crm_id": {"x": 1}})


def test_what_is_read_is_known_by_its_top_level_names():
    shop = compiled(
        SHOP, kind={"present": "co.name", "then": "organisation", "else": "person"}, external_id={"b": "x.y"}
    )
    assert shop.reads == {
        "first",
        "last",
        "middle",
        "contact",
        "addresses",
        "tier",
        "member",
        "score",
        "co",
        "x",
    }
