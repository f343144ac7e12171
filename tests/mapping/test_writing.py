from __future__ import annotations

import pytest

from reconcile.errors import RecordError
from reconcile.mapping import FieldTerms, apply_patch, as_is
from reconcile.values import CLEAR
from tests.mapping.invented import BILLING, SHIPPING, SHOP, compiled

HOME = ("Kerkweg", "7", "Delft", "NL")
FLAT = {
    "address": {
        "parts": {"lines": "street", "city": "city", "country": {"path": "land", "values": {1: "NL"}}}
    }
}
BOTH = {
    "phone": {**BILLING, "path": "tel"},
    "mobile": {**SHIPPING, "path": "tel"},
    "email": {**BILLING, "path": "mail"},
}


@pytest.mark.parametrize(
    ("fields", "raw", "changes", "patch"),
    [
        ({"email": "email"}, {"email": "x"}, {"email": "a@b.nl"}, {"email": "a@b.nl"}),
        ({"email": "email"}, None, {"email": "a@b.nl"}, {"email": "a@b.nl"}),
        ({"email": "email"}, {"email": "x"}, {"email": CLEAR}, {"email": ""}),
        ({"email": "email"}, {"email": None}, {"email": CLEAR}, {}),
        ({"email": "p.email"}, {"p": None}, {"email": CLEAR}, {}),
        ({"email": "email"}, None, {"email": CLEAR}, {}),
        ({"email": "email"}, {"email": 7}, {"email": CLEAR}, {"email": None}),
        ({"email": "p.q.email"}, {"p": {"q": None, "r": 1}}, {"email": "a"}, {"p": {"q": {"email": "a"}}}),
        ({"phone": "tel"}, {"tel": "06 1"}, {"phone": "+31612"}, {"tel": "+31 612"}),
        ({"phone": "tel"}, {"tel": "061"}, {"phone": "+31612"}, {"tel": "+31612"}),
        ({"segment": SHOP["segment"]}, {"tier": "gold"}, {"segment": "standard"}, {"tier": "basic"}),
        ({"member": SHOP["member"]}, {"member": True}, {"member": "no"}, {"member": False}),
        ({"member": SHOP["member"]}, {"member": "true"}, {"member": "no"}, {"member": "false"}),
        (
            {"family_name": SHOP["family_name"]},
            None,
            {"family_name": "van der Berg"},
            {"last": "Berg", "middle": "van der"},
        ),
        ({"family_name": SHOP["family_name"]}, None, {"family_name": "Berg"}, {"last": "Berg"}),
        (
            {"family_name": SHOP["family_name"]},
            {"last": "Berg", "middle": "de"},
            {"family_name": "Dam"},
            {"last": "Dam", "middle": ""},
        ),
        (
            FLAT,
            {"street": ["x"], "land": "1"},
            {"address": HOME},
            {"street": ["Kerkweg 7"], "city": "Delft", "land": "1"},
        ),
        (FLAT, None, {"address": HOME}, {"street": "Kerkweg 7", "city": "Delft", "land": 1}),
        (FLAT, {"street": ["x"], "land": 1}, {"address": CLEAR}, {"street": [], "land": None}),
        (FLAT, {}, {"address": CLEAR}, {}),
    ],
)
def test_a_patch_holds_only_what_changes_in_the_systems_own_shape(fields, raw, changes, patch):
    assert compiled(fields).write(raw, changes) == patch


@pytest.mark.parametrize(
    ("raw", "changes", "elements"),
    [
        (None, {"phone": "+1"}, [{"billing": True, "tel": "+1"}]),
        ({"addresses": None}, {"phone": "+1"}, [{"billing": True, "tel": "+1"}]),
        (
            {"addresses": [{"billing": True, "id": 4, "x": 1}]},
            {"phone": "+1"},
            [{"id": 4, "billing": True, "tel": "+1"}],
        ),
        ({"addresses": [{"id": 1}, {"billing": True}]}, {"phone": "+1"}, [{"billing": True, "tel": "+1"}]),
        (None, {"phone": "+1", "email": "a"}, [{"billing": True, "tel": "+1", "mail": "a"}]),
        (
            None,
            {"phone": "+1", "mobile": "+2"},
            [{"billing": True, "tel": "+1"}, {"shipping": True, "tel": "+2"}],
        ),
        (
            {"addresses": [{"billing": True, "shipping": True}]},
            {"email": "a", "mobile": "+2"},
            [{"billing": True, "shipping": True, "mail": "a", "tel": "+2"}],
        ),
        ({"addresses": [{"billing": True, "tel": "1"}]}, {"phone": CLEAR}, [{"billing": True, "tel": ""}]),
    ],
)
def test_a_list_holds_only_the_chosen_elements_with_their_keys_and_id(raw, changes, elements):
    assert compiled(BOTH).write(raw, changes) == {"addresses": elements}


@pytest.mark.parametrize(
    "raw", [None, {}, {"addresses": []}, {"addresses": [{"shipping": True, "tel": "1"}]}]
)
def test_emptying_what_is_not_there_sends_nothing(raw):
    assert compiled(BOTH).write(raw, {"phone": CLEAR}) == {}


def test_two_fields_that_meet_in_one_element_never_overwrite_each_other():
    raw = {"addresses": [{"billing": True, "shipping": True, "tel": "1"}]}
    with pytest.raises(RecordError, match="two fields would write different values"):
        compiled(BOTH).write(raw, {"phone": "+1", "mobile": "+2"})


def test_the_record_at_hand_is_left_as_it_was():
    raw = {"addresses": [{"billing": True, "tel": "1"}], "p": {"x": 1}}
    shop = compiled({**BOTH, "note": "p.note"})
    stored = apply_patch(raw, shop.write(raw, {"phone": "+2", "note": "n"}), shop)
    assert stored == {"addresses": [{"billing": True, "tel": "+2"}], "p": {"x": 1, "note": "n"}}
    assert raw == {"addresses": [{"billing": True, "tel": "1"}], "p": {"x": 1}}


def test_an_element_is_found_by_its_id_before_its_keys():
    shop = compiled(BOTH)
    raw = {"addresses": [{"billing": True, "id": 1}, {"billing": True, "id": 2}]}
    stored = apply_patch(raw, {"addresses": [{"billing": True, "id": 2, "tel": "x"}]}, shop)
    assert stored == {"addresses": [{"billing": True, "id": 1}, {"billing": True, "id": 2, "tel": "x"}]}


def test_what_may_not_be_written_is_told_beforehand_and_refused_afterwards():
    shop = compiled(SHOP)
    assert shop.refuses("note", "x") == "is read-only in this system"
    with pytest.raises(ValueError, match="write: never"):
        shop.write({}, {"note": "x"})
    assert "none of the values" in str(shop.refuses("segment", "secret"))
    with pytest.raises(ValueError, match="has no raw value") as caught:
        shop.write({}, {"segment": "secret"})
    assert "secret" not in str(caught.value)
    with pytest.raises(KeyError):
        shop.write({}, {"unheard_of": "x"})
    assert shop.refuses("segment", "premium") is None


@pytest.mark.parametrize(
    ("extra", "refusal"),
    [
        ({}, None),
        ({"required": True}, "cannot be empty in this system"),
        ({"clearable": False}, "cannot be empty in this system"),
    ],
)
def test_a_field_that_cannot_be_empty_says_so(extra, refusal):
    assert compiled({"email": {"path": "e", **extra}}).refuses("email", CLEAR) == refusal


def test_an_unknown_part_is_refused():
    shop = compiled(FLAT)
    assert shop.refuses("address", HOME) is None
    assert (
        shop.refuses("address", ("Kerkweg", "7", "Gent", "BE"))
        == "has a country that this system does not know"
    )


def test_the_terms_say_what_may_be_done():
    shop = compiled(
        {"email": {"path": "e", "required": True, "on_loss": "refill"}, "note": {"path": "n", "length": 4}}
    )
    assert shop.terms == {
        "email": FieldTerms(writable=True, required=True, clearable=False, on_loss="refill", lossy=False),
        "note": FieldTerms(writable=True, required=False, clearable=True, on_loss="ask", lossy=True),
    }


@pytest.mark.parametrize(
    ("loss", "golden", "shown"),
    [
        ({"length": 10}, "Dorpsstraatweg 1", "Dorpsstraa"),
        ({"length": 4}, "Jan van Dam", "Jan"),
        ({"charset": "ascii"}, "Zoë Bjørn Weiß", "Zoe Bjorn Weiss"),
        ({"charset": "ascii", "length": 3}, "Zoë Bjørn", "Zoe"),
        ({"length": 3}, CLEAR, None),
        ({"length": 3}, None, None),
    ],
)
def test_a_declared_loss_tells_how_a_value_is_shown_and_what_is_sent(loss, golden, shown):
    shop = compiled({"note": {"path": "n", **loss}})
    shows = shop.shows("note")
    assert shows(golden) == shown
    raw = {"n": "something"}
    assert shop.read(apply_patch(raw, shop.write(raw, {"note": golden}), shop))[1] == {"note": shown}
    assert shows(shows(golden)) == shown


def test_a_declared_loss_cuts_the_name_and_leaves_the_infix():
    shop = compiled({"family_name": {"path": "l", "infix": "m", "length": 4}})
    assert shop.write(None, {"family_name": "van der Bergen"}) == {"l": "Berg", "m": "van der"}
    assert shop.shows("family_name")("van der Bergen") == "van der Berg"


def test_letters_without_an_unaccented_form_are_refused_and_not_guessed():
    shop = compiled({"note": {"path": "n", "charset": "ascii"}})
    assert "cannot keep" in str(shop.refuses("note", "李"))
    assert shop.refuses("note", "Zoë") is None


def test_parts_that_a_system_lacks_are_a_loss():
    shop = compiled({"address": {"parts": {"lines": "street", "city": "city"}}})
    assert shop.terms["address"].lossy
    assert shop.shows("address")(HOME) == ("Kerkweg", "7", "Delft", "")


def test_without_a_loss_all_fields_share_one_function():
    shop = compiled(SHOP)
    assert shop.shows("email") is as_is
    assert shop.shows("segment") is as_is
    assert as_is(CLEAR) is None
