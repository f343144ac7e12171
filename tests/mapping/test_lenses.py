"""The lenses that put several things in one place, or go along with a write; both laws for each."""

from __future__ import annotations

import random

import pytest
from pydantic import ValidationError

from reconcile.errors import RecordError
from reconcile.mapping import EntityMapping, MappingError, apply_patch, check_laws, compile_mapping
from reconcile.types import build
from reconcile.values import BLANK, CLEAR

TYPES = {
    "given_name": build("given_name"),
    "family_name": build("family_name"),
    "phone": build("phone"),
    "email": build("email"),
    "address": build("postal_address"),
    "segment": build("text"),
    "country": build("text"),
}
WHOLE = {"path": "name", "order": ["given_name", "family_name"]}
TURNED = {"path": "name", "order": ["family_name", "given_name"]}
DEFAULT = {"in": "addresses", "where": {"default": True}}
SHOP = {
    "given_name": "first",
    "family_name": {"path": "last", "infix": "middle"},
    "phone": {**DEFAULT, "path": "telephone"},
    "address": {
        **DEFAULT,
        "parts": {"lines": "street", "postcode": "postcode", "city": "city", "country": "country"},
        "when_absent": {
            "create": {"default": True, "kind.code": "home"},
            "copy": {"firstname": "given_name", "lastname": "family_name", "telephone": "phone"},
        },
    },
}
TIERS = {"path": "tier", "values": {"gold": "top", "goud": "top", "basic": "low"}, "write": {"top": "gold"}}
HOME = ("Dorpsstraat", "12", "", "1234 AB", "Utrecht", "NL")


def compiled(fields, **rest):
    return compile_mapping(EntityMapping.model_validate({"fields": fields, **rest}), TYPES)


def names(order):
    return compiled({"given_name": order, "family_name": order, "email": "mail"})


# ── a whole name ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "given", "family"),
    [
        ("Ada Berg", "Ada", "Berg"),
        ("Ada van der Berg", "Ada", "van der Berg"),
        ("Jan Willem de Boer", "Jan Willem", "de Boer"),
        ("Ada Bea Berg", "Ada Bea", "Berg"),
        ("ADA VAN DER BERG", "Ada", "van der Berg"),
        ("van der Berg", BLANK, "van der Berg"),
        ("Berg", BLANK, "Berg"),
        ("Berg, Ada", "Ada", "Berg"),
        ("van der Berg, Ada", "Ada", "van der Berg"),
        ("Berg, Ada van der", "Ada", "van der Berg"),
        ("García Márquez,", BLANK, "García Márquez"),
        ("  ", BLANK, BLANK),
        (None, BLANK, BLANK),
    ],
)
@pytest.mark.parametrize("order", [WHOLE, TURNED], ids=["given first", "family first"])
def test_one_text_reads_as_two_names(order, text, given, family):
    _, values = names(order).read({"name": text})
    assert (values["given_name"], values["family_name"]) == (given, family)


@pytest.mark.parametrize(
    ("order", "before", "change", "after"),
    [
        (WHOLE, "Ada van der Berg", {"given_name": "Bea"}, "Bea van der Berg"),
        (WHOLE, "Ada van der Berg", {"family_name": "de Wit"}, "Ada de Wit"),
        (WHOLE, "Ada Berg", {"family_name": "de Wit", "given_name": "Bea"}, "Bea de Wit"),
        (WHOLE, None, {"given_name": "Bea", "family_name": "de Wit"}, "Bea de Wit"),
        (WHOLE, None, {"family_name": "de Wit", "given_name": "Bea"}, "Bea de Wit"),
        (WHOLE, "Ada Berg", {"given_name": CLEAR}, "Berg"),
        (WHOLE, "Ada Berg", {"given_name": CLEAR, "family_name": CLEAR}, ""),
        (TURNED, "Berg, Ada", {"family_name": "van der Berg"}, "van der Berg, Ada"),
        (TURNED, "Ada van der Berg", {"given_name": "Bea"}, "van der Berg, Bea"),
        (TURNED, "García Márquez, Ada", {"given_name": CLEAR}, "García Márquez,"),
        (WHOLE, "Ada Berg", {"given_name": "Van"}, "Berg, Van"),
        (WHOLE, ", Ada", {"given_name": "Bea"}, ", Bea"),
        (WHOLE, "García Márquez, Ada", {"given_name": "Bea"}, "García Márquez, Bea"),
        (WHOLE, "Berg, Ada van der", {"given_name": "Bea"}, "van der Berg, Bea"),
    ],
)
def test_a_change_of_one_name_writes_the_whole_and_keeps_the_other(order, before, change, after):
    assert names(order).write({"name": before}, change) == {"name": after}


@pytest.mark.parametrize("order", [WHOLE, TURNED])
def test_a_given_name_alone_would_be_read_as_a_family_name_so_it_is_not_written(order):
    for raw, change in (({"name": "Ada Berg"}, {"family_name": CLEAR}), (None, {"given_name": "Ada"})):
        with pytest.raises(RecordError, match=r"^given_name: cannot stand there without a family name"):
            names(order).write(raw, change)


@pytest.mark.parametrize(
    ("field", "value", "order"),
    [
        ("given_name", "Maria de", WHOLE),
        ("given_name", "Anna van", TURNED),
    ],
)
def test_a_name_that_would_be_read_back_otherwise_is_refused(field, value, order):
    mapping = names(order)
    assert mapping.refuses(field, value) == "cannot be told from the other name in one text"
    assert mapping.refuses(field, "Berg") is None


@pytest.mark.parametrize("order", [WHOLE, TURNED])
def test_two_words_of_a_family_name_stand_before_a_comma(order):
    assert names(order).refuses("family_name", "García Márquez") is None
    sent = names(order).write({"name": "Ada Berg"}, {"family_name": "García Márquez"})
    assert sent == {"name": "García Márquez, Ada"}


@pytest.mark.parametrize("order", [WHOLE, TURNED])
@pytest.mark.parametrize("seed", range(8))
def test_whole_names_obey_the_laws(order, seed):
    mapping, rng, asked = names(order), random.Random(seed), 0
    given = ["Ada", "Jan Willem", "A.B.", "Zoë", "Anne-Marie", "Van", "maria de", ""]
    family = ["Berg", "van der Berg", "de Vries-Ja", "O'Neil", "'t Hart", "García Márquez", "in 't Veld", ""]
    for _ in range(60):
        one, other = rng.choice(given), rng.choice(family)
        turned = f"{other}, {one}" if other else ""
        text = rng.choice([f"{one} {other}", turned, f"{one} {other}".upper(), "", None, other])
        raw = {"name": text} if rng.random() < 0.9 else {"other": 1}
        assert check_laws(mapping, raw) == [], raw
        wanted = {
            "given_name": TYPES["given_name"].normalise(rng.choice(given)),
            "family_name": TYPES["family_name"].normalise(rng.choice(family)),
        }
        if wanted["given_name"] is BLANK or wanted["family_name"] is not BLANK:  # else it is not written
            assert check_laws(mapping, raw, wanted) == [], (raw, wanted)
            asked += 1
    assert asked > 20


def test_a_whole_name_may_stand_in_an_element_of_a_list():
    order = {**DEFAULT, **WHOLE}
    mapping = compiled({"given_name": order, "family_name": order})
    raw = {"addresses": [{"id": 1}, {"id": 2, "default": True, "name": "Ada Berg"}]}
    assert mapping.read(raw)[1] == {"given_name": "Ada", "family_name": "Berg"}
    sent = mapping.write(raw, {"given_name": "Bea"})
    assert sent == {"addresses": [{"id": 2, "default": True, "name": "Bea Berg"}]}
    assert check_laws(mapping, raw, {"given_name": "Bea", "family_name": "de Wit"}) == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"given_name": WHOLE}, "family_name needs the same `path` and `order`"),
        ({"given_name": WHOLE, "family_name": "name"}, "family_name needs the same"),
        ({"given_name": WHOLE, "family_name": TURNED}, "family_name needs the same"),
        ({"email": WHOLE}, "names two fields, this one among them"),
        (
            {key: {"path": "n", "order": ["email", "phone"]} for key in ("email", "phone")},
            "holds a given name and a family name",
        ),
        ({"given_name": WHOLE, "family_name": WHOLE, "email": "name"}, "writes to a place of given_name"),
    ],
)  # fmt: skip
def test_an_order_that_cannot_work_is_told(fields, message):
    with pytest.raises(MappingError) as caught:
        compiled(fields)
    assert message in str(caught.value)


# ── an element that is not there ───────────────────────────────────────────────────────────────────────────


def test_an_element_that_a_write_makes_gets_its_constants_and_copies():
    shop = compiled(SHOP)
    raw = {"first": "Ada", "last": "Berg", "middle": "van der", "addresses": []}
    made = shop.write(raw, {"address": HOME, "phone": "+31612345678"})["addresses"]
    assert made == [
        {
            "default": True,
            "telephone": "+31 6 12345678",
            "street": "Dorpsstraat 12",
            "postcode": "1234 AB",
            "city": "Utrecht",
            "country": "NL",
            "kind": {"code": "home"},
            "firstname": "Ada",
            "lastname": "van der Berg",
        }
    ]


def test_a_copy_takes_what_the_same_write_sends_before_what_the_record_shows():
    made = compiled(SHOP).write({"first": "Ada"}, {"address": HOME, "given_name": "Bea"})["addresses"]
    assert made[0]["firstname"] == "Bea"
    assert "lastname" not in made[0] and "telephone" not in made[0]


def test_an_element_that_is_there_gets_nothing_but_what_changed():
    raw = {"first": "Ada", "addresses": [{"id": 4, "default": True, "street": "Kerkweg 7"}]}
    sent = compiled(SHOP).write(raw, {"phone": "+31612345678"})
    assert sent == {"addresses": [{"id": 4, "default": True, "telephone": "+31 6 12345678"}]}


@pytest.mark.parametrize("seed", range(6))
def test_a_shop_with_elements_to_make_obeys_the_laws(seed):
    shop, rng = compiled(SHOP, constant={"source": "hub", "meta.list": 7}), random.Random(seed)
    made = 0
    for _ in range(60):
        raw = {"first": rng.choice(["Ada", "", None]), "last": rng.choice(["Berg", None]), "middle": "van"}
        if rng.random() < 0.7:
            raw["addresses"] = rng.choice(
                [[], None, [{"id": 1}], [{"id": 2, "default": True, "telephone": ""}]]
            )
        wanted = {
            "given_name": rng.choice(["Ada", "Bea", BLANK]),
            "phone": rng.choice(["+31612345678", BLANK]),
            "address": rng.choice([HOME, BLANK]),
        }
        assert check_laws(shop, raw) == [], raw
        assert check_laws(shop, raw, wanted) == [], (raw, wanted)
        sent = shop.write(raw, {"address": HOME}).get("addresses", [])
        made += any("kind" in element for element in sent)
    assert made > 20


@pytest.mark.parametrize(
    ("absent", "message"),
    [
        ({"create": {"city": "x"}}, "city: is a place of address"),
        ({"create": {"default": False}}, "default: is another value than that of `where`"),
        ({"copy": {"x": "fax"}}, "fax is no field of this mapping"),
        ({"copy": {"x": "address"}}, "address has parts"),
        ({"copy": {"telephone": "given_name"}}, "telephone: is a place of phone"),
    ],
)
def test_an_addition_that_cannot_work_is_told(absent, message):
    with pytest.raises(MappingError) as caught:
        compiled({**SHOP, "address": {**SHOP["address"], "when_absent": absent}})
    assert message in str(caught.value)


def test_one_element_is_described_once():
    phone = {**SHOP["phone"], "when_absent": {"create": {"kind": "x"}}}
    with pytest.raises(MappingError, match="tells this of the same element"):
        compiled({**SHOP, "phone": phone})


# ── a constant ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_constant_goes_with_a_new_record_only_and_is_never_read():
    mapping = compiled({"email": "mail"}, constant={"status": "active", r"meta.by\.whom": 7, "flag": False})
    sent = mapping.write(None, {"email": "ada@example.org"})
    assert sent == {"status": "active", "meta": {"by.whom": 7}, "flag": False, "mail": "ada@example.org"}
    assert mapping.write({"mail": "x@y.nl", "status": "gone"}, {"email": "ada@example.org"}) == {
        "mail": "ada@example.org"
    }
    assert mapping.write({}, {"email": "ada@example.org"}) == {"mail": "ada@example.org"}
    assert mapping.reads == {"mail"}
    assert check_laws(mapping, {"mail": "ada@example.org", "status": "gone"}) == []


@pytest.mark.parametrize("path", ["mail", "mail.work"])
def test_a_constant_has_a_place_of_its_own(path):
    with pytest.raises(MappingError, match=r"constant\.mail.*is a place of email"):
        compiled({"email": "mail"}, constant={path: "x"})


def test_a_constant_changes_no_reading():
    one, other = compiled({"email": "mail"}), compiled({"email": "mail"}, constant={"status": "active"})
    assert one.version == other.version
    assert (
        compiled({"segment": TIERS}).version
        == compiled({"segment": {**TIERS, "write": {"top": "goud"}}}).version
    )


# ── many raw values with one meaning ───────────────────────────────────────────────────────────────────────


def test_of_many_values_with_one_meaning_the_named_one_is_written():
    mapping = compiled({"segment": TIERS})
    assert mapping.read({"tier": "goud"})[1] == {"segment": "top"}
    assert mapping.write({"tier": "basic"}, {"segment": "top"}) == {"tier": "gold"}
    assert mapping.write(None, {"segment": "top"}) == {"tier": "gold"}


def test_a_value_that_means_the_same_already_stays_as_it_is():
    assert compiled({"segment": TIERS}).write({"tier": "goud"}, {"segment": "top"}) == {"tier": "goud"}


def test_a_part_may_have_many_values_too():
    country = {"path": "land", "values": {"NLD": "NL", "HOL": "NL", "BEL": "BE"}, "write": {"NL": "NLD"}}
    mapping = compiled({"address": {"parts": {"street": "street", "country": country}}})
    assert mapping.read({"street": "Kerkweg", "land": "HOL"})[1]["address"][-1] == "NL"
    belgian = ("Kerkweg", "", "", "", "", "BE")
    assert mapping.write({"street": "Kerkweg", "land": "HOL"}, {"address": belgian})["land"] == "BEL"
    dutch = ("Kerkweg", "", "", "", "", "NL")
    assert mapping.write({"street": "Kerkweg", "land": "BEL"}, {"address": dutch})["land"] == "NLD"


@pytest.mark.parametrize("raw", ["gold", "goud", "basic", "", None])
@pytest.mark.parametrize("wanted", ["top", "low", BLANK])
def test_tables_of_many_to_one_obey_the_laws(raw, wanted):
    mapping = compiled({"segment": TIERS})
    assert check_laws(mapping, {"tier": raw}) == []
    assert check_laws(mapping, {"tier": raw}, {"segment": wanted}) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"write": None}, "'top' is the meaning of two values; say which is written"),
        ({"write": {"top": "basic"}}, "`write` gives 'basic' for 'top', which `values` does not"),
        ({"write": {"top": "gold", "mid": "x"}}, "`write` gives 'x' for 'mid'"),
        ({"values": None}, "`write` is never, or chooses among `values`"),
        ({"order": ["given_name", "segment"]}, "`order` belongs to a `path` alone"),
        ({"when_absent": {"create": {"a": 1}}}, "it needs `in` and `where`"),
    ],
)
def test_a_table_that_does_not_say_what_to_write_is_told(change, message):
    written = {name: value for name, value in {**TIERS, **change}.items() if value is not None}
    with pytest.raises(ValidationError) as caught:
        EntityMapping.model_validate({"fields": {"segment": written}})
    assert message in str(caught.value)


def test_what_is_stored_of_a_made_element_reads_back_whole():
    shop = compiled(SHOP)
    stored = apply_patch({}, shop.write(None, {"address": HOME, "given_name": "Ada"}), shop)
    assert shop.read(stored)[1]["address"] == HOME
    assert stored["addresses"][0]["firstname"] == "Ada"
