"""What names of people and organisations mean, in tables: raw on the left, what it says on the right."""

from __future__ import annotations

import pytest

from reconcile.types import build
from reconcile.types.family_name import FamilyName

given, text, organisation = build("given_name"), build("text"), build("organisation")
family = FamilyName("NL")


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("ADA", "Ada"),
        ("ada bea", "Ada Bea"),
        ("McKenna", "McKenna"),
        ("JAN-WILLEM", "Jan-Willem"),
        ("d’artagnan", "D'Artagnan"),
        ("a.b.", "A.B."),
        ("A. B.", "A.B."),
        ("A B", "A.B."),
        ("A", "A."),
        ("Jan P", "Jan P."),
        ("J.-P.", "J.-P."),
        ("TH.", "Th."),
        ("JP", "JP"),
        ("ĳsbrand", "IJsbrand"),
        ("IJAZ", "Ijaz"),
        ("ZOE\u0308", "Zoë"),
    ],
)
def test_given_names_are_spelled_as_people_spell_them(raw, canonical):
    assert given.normalise(raw) == canonical


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ("A.", "Ada"),
        ("A.", "A.B."),
        ("A.", "Ada Bea"),
        ("A.B.", "Ada Bea"),
        ("A.B.", "Ada B."),
        ("A. Bea", "Ada Bea"),
        ("Zoe", "Zoë"),
        ("Z.", "Zoë"),
        ("E.", "Éva"),
        ("Th.", "Theo"),
        ("J.W.", "Jan-Willem"),
    ],
)
def test_initials_and_lost_diacritics_say_less(less, more):
    assert given.within(given.normalise(less), given.normalise(more))
    assert not given.within(given.normalise(more), given.normalise(less))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("B.", "Ada"),
        ("A.B.", "Ada"),
        ("Ada", "Ada Bea"),
        ("Jan", "Jan-Willem"),
        ("É.", "Eva"),
        ("Zoé", "Zoë"),
    ],
)
def test_other_names_are_other_names(one, other):
    assert not given.within(given.normalise(one), given.normalise(other))
    assert not given.within(given.normalise(other), given.normalise(one))


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("Berg, van der", "van der Berg"),
        ("Van Der Berg", "van der Berg"),
        ("VAN DEN BERG", "van den Berg"),
        ("Van 't Hoff", "van 't Hoff"),
        ("IN ’T VELD", "in 't Veld"),
        ("In'T Veld", "in 't Veld"),
        ("van't Hof", "van 't Hof"),
        ("V.D. BERG", "v.d. Berg"),
        ("Berg, v.d.", "v.d. Berg"),
        ("v/d Berg", "v.d. Berg"),
        ("ijsselstein", "IJsselstein"),
        ("Ijzerman", "IJzerman"),
        ("'S-GRAVESANDE", "'s-Gravesande"),
        ("VAN DER BERG-DE VRIES", "van der Berg-de Vries"),
        ("O'NEIL", "O'Neil"),
        ("MCDONALD", "McDonald"),
        ("El Idrissi", "El Idrissi"),
        ("van", "Van"),
        ("Berg, bakker", "Berg, bakker"),
        ({"name": "Berg", "infix": "van der"}, "van der Berg"),
        ({"name": "BERG", "infix": "VAN DER"}, "van der Berg"),
        ({"name": "van der Berg", "infix": "van der"}, "van der Berg"),
        ({"name": "Berg", "infix": None}, "Berg"),
        ({"name": None, "infix": ""}, None),
    ],
)
def test_family_names_are_read_from_any_notation(raw, canonical):
    assert family.normalise(raw) == canonical


def test_in_belgium_the_capital_of_an_infix_belongs_to_the_name():
    assert build("family_name", "BE").normalise("Van Damme") == "Van Damme"
    assert build("family_name", "NL").normalise("Van Damme") == "van Damme"


def test_a_family_name_without_infix_says_less_and_another_infix_is_another_name():
    assert family.within("Berg", "van der Berg") and not family.within("van der Berg", "Berg")
    assert family.within("v.d. Berg", "van der Berg") and family.within("Muller", "van Müller")
    assert not family.within("van Berg", "van der Berg") and not family.within("van den Berg", "van der Berg")


def test_the_infix_neither_matches_nor_sorts():
    assert family.match("van der Berg") == family.match("Berg") == "berg"
    names = ["van Zanten", "van der Berg", "Bergman", "Berg", "de Aa"]
    assert sorted(names, key=family.sort_key) == ["de Aa", "Berg", "van der Berg", "Bergman", "van Zanten"]


@pytest.mark.parametrize(
    "value", ["van der Berg", "Berg", "v.d. Berg", "in 't Veld", "Van", "El Idrissi", "Berg-de Vries"]
)
def test_a_name_written_in_two_parts_or_one_reads_back(value):
    name, infix = family.write_infix(value, wants_infix=True)
    assert (infix, name) == family.split(value)
    assert family.normalise({"name": name, "infix": infix}) == value
    assert family.write_infix(value, wants_infix=False) == (value, "")


def test_text_ignores_case_and_says_less_without_diacritics():
    assert text.key("STRASSE") == text.key("straße")
    assert text.within("Zurich", "Zürich") and not text.within("Zürich", "Zurich")
    assert not text.within("Muller", "Mueller")


@pytest.mark.parametrize("damaged", ["ZoÃ«", "M\ufffdller"])
def test_damaged_text_is_kept_and_flagged(damaged):
    for kind in (text, given, family, organisation):
        assert kind.normalise(damaged) == damaged
        assert "correct it at the source" in kind.validate(damaged)


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("Willems Wijnen BV", "Willems Wijnen B.V."),
        ("Willems Wijnen, b.v.", "Willems Wijnen B.V."),
        ("Willems Wijnen B. V.", "Willems Wijnen B.V."),
        ("Willems Wijnen (BV)", "Willems Wijnen B.V."),
        ("Jansen vof", "Jansen V.O.F."),
        ("stg. Rijnoever", "Stichting Rijnoever"),
        ("Rijnoever, Stichting", "Stichting Rijnoever"),
        ("Rijnoever Stg.", "Rijnoever Stichting"),
        ("Backer GMBH & CO KG", "Backer GmbH & Co. KG"),
        ("Acme Limited", "Acme Ltd."),
        ("Cooperatie De Hof ua", "Coöperatie De Hof U.A."),
        ("Hof bv i.o.", "Hof B.V. i.o."),
        ("BV", "BV"),
        ("Kunst in Ag", "Kunst in AG"),
        ("Bakkerij Inc Lo", "Bakkerij Inc Lo"),
    ],
)
def test_legal_forms_have_one_spelling(raw, canonical):
    assert organisation.normalise(raw) == canonical


def test_an_organisation_without_its_form_says_less_and_another_form_is_another_organisation():
    assert organisation.key("WILLEMS WIJNEN B.V.") == organisation.key("Willems Wijnen B.V.")
    assert organisation.key("V.O.F. Jansen") == organisation.key("Jansen V.O.F.")
    assert organisation.within("Willems Wijnen", "Willems Wijnen B.V.")
    assert organisation.within("Rijnoever", "Stichting Rijnoever")
    assert organisation.key("Rijnoever Stichting") == organisation.key("Stichting Rijnoever")
    assert organisation.within("De Hof U.A.", "Coöperatie De Hof U.A.")
    assert not organisation.within("Willems Wijnen B.V.", "Willems Wijnen")
    assert not organisation.within("Willems Wijnen B.V.", "Willems Wijnen N.V.")
    assert (
        organisation.match("Willems Wijnen N.V.")
        == organisation.match("Willems Wijnen B.V.")
        == "willems wijnen"
    )


def test_a_cut_name_is_evidence_of_a_loss_only_when_it_is_long_enough():
    assert family.cut("van der Bergenh", "van der Bergenhuizen")
    assert not family.cut("Berg", "Bergman")
