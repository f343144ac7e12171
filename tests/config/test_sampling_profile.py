"""One column: what its values prove, what its header says, and who wins when they disagree."""

from __future__ import annotations

import re

import pytest

from reconcile import headings
from reconcile.profile import LOOKED_AT, profile

MAILS = [f"ada{n}@example.org" for n in range(40)]
PHONES = [f"06-{n:08d}" for n in range(12_000_000, 12_000_040)]
IBANS = ["NL91ABNA0417164300", "NL92 ABNA 0417 1643 00"] * 10
NAMES = ["Ada", "Bea", "Cem", "Daan"] * 10

HEADERS = [
    ("voornaam", "given_name"),
    ("First name", "given_name"),
    ("FIRSTNAME", "given_name"),
    ("given", "given_name"),
    ("Achternaam", "family_name"),
    ("surname", "family_name"),
    ("last name", "family_name"),
    ("tussenvoegsel", "family_name.infix"),
    ("infix", "family_name.infix"),
    ("prefix", "family_name.infix"),
    ("e-mail", "email"),
    ("E-mailadres", "email"),
    ("factuurmail", "invoice_email"),
    ("Telefoonnummer", "phone"),
    ("klanttelefoonnummer", "phone"),
    ("tel", "phone"),
    ("mobiel", "mobile"),
    ("gsm", "mobile"),
    ("straat", "address.street"),
    ("address line 1", "address.lines"),
    ("addressLine1", "address.lines"),
    ("huisnummer", "address.number"),
    ("nr", "address.number"),
    ("toevoeging", "address.addition"),
    ("zip", "address.postcode"),
    ("woonplaats", "address.city"),
    ("land", "address.country"),
    ("company", "organisation"),
    ("bedrijfsnaam", "organisation"),
    ("company phone", "phone"),
    ("phone company", "organisation"),
    ("rekening", "iban"),
    ("coc", "kvk"),
    ("KvK-nummer", "kvk"),
    ("btw", "vat_id"),
    ("dob", "birth_date"),
    ("Datum geboorte: geboortedatum", "birth_date"),
    ("website", "url"),
    ("taal", "language"),
    ("gewijzigd", "modified"),
    ("updated_at", "modified"),
    ("klantnr", "id"),
    ("code", "id"),
    ("segment", ""),
    ("", ""),
]


@pytest.mark.parametrize(("header", "meant"), HEADERS)
def test_a_header_says_what_people_mean_by_it(header, meant):
    found = headings.read(header).meaning
    assert (".".join(filter(None, (found.name, found.part))) if found else "") == meant


@pytest.mark.parametrize(
    ("header", "plain"),
    [
        ("bezoekadres_plaats", True),
        ("Factuurplaats", True),
        ("passport country", False),
        ("birth city", False),
    ],
)
def test_words_beside_a_part_of_an_address_say_whether_it_is_one(header, plain):
    found = headings.read(header)
    assert found.meaning and found.meaning.name == "address"
    assert found.plain == plain


@pytest.mark.parametrize("header", ["null", "客户", "2026 omzet", "", "ж x", "É-Mailtje", "TRUE"])
def test_every_header_can_be_the_name_of_a_field(header):
    name = headings.read(header).name
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    assert name not in ("null", "true", "false")


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        (MAILS, "email"),
        (PHONES, "phone"),
        (["+31 20 624 11 11", "0031206241111"], "phone"),
        (["NL91ABNA0417164300"] * 5, "iban"),
        (["NL004495445B01"] * 5, "vat_id"),
        (["www.example.nl", "https://example.org/a"], "url"),
        (["31-12-2024", "2024-12-31", "1 mrt 2020"], "date"),
        (["1234 AB", "9999zz"], "postal_address"),
        (["ja", "nee", "Nee"], "boolean"),
        ([True, False, False], "boolean"),
        (["0", "1", "1"], "boolean"),
        ([12, 7, 4000], "integer"),
        (["12,50", "7,25"], "decimal"),
        (NAMES, "text"),
        ([12345678, 87654321], "integer"),
        (["20241231", "20230101"], "integer"),
    ],
)
def test_values_speak_for_themselves_under_a_header_that_says_nothing(values, type_):
    assert profile("zzqx", values).type == type_


@pytest.mark.parametrize("header", ["zzqx", "Klantnr", "code"])
def test_short_numeric_ids_are_no_phones(header):
    assert profile(header, [f"{n:06d}" for n in range(100, 400)]).type in ("reference", "text")
    assert profile(header, [str(n) for n in range(100, 400)]).type in ("reference", "integer")


def test_values_that_prove_a_type_beat_the_header():
    found = profile("voornaam", MAILS)
    assert (found.type, found.meaning and found.meaning.name) == ("email", "email")
    assert "the values say email" in found.reasons[0]
    assert profile("telefoon", MAILS).type == "email"


def test_a_header_that_the_values_refute_is_not_believed():
    found = profile("telefoon", ["groot", "klein"] * 20)
    assert (found.type, found.meaning) == ("text", None)
    assert profile("prefix", ["Dhr.", "Mevr."] * 20).meaning is None
    assert profile("gewijzigd", ["ja", "misschien"] * 20).meaning is None


def test_numbers_with_wrong_check_digits_are_what_they_look_like():
    found = profile("IBAN", ["NL35KNAB8201630159", "NL55ABNA4605392609"])
    assert (found.type, found.valid) == ("iban", 0.0)


def test_half_wrong_values_are_counted_not_hidden():
    found = profile("IBAN", IBANS)
    assert (found.type, found.valid, found.filled) == ("iban", 0.5, 20)


def test_placeholders_count_as_blanks_in_any_notation():
    assert profile("telefoon", [*PHONES, "+31 6 1234 5678", "n.v.t.", "", None]).blanks == 4
    assert profile("geboortedatum", ["1980-01-02", "1900-01-01"]).blanks == 1


def test_a_bare_false_is_a_blank_except_in_a_column_of_answers():
    assert profile("company", [False, "Rijnoever B.V."]).blanks == 1
    assert profile("optin", [False, True]).blanks == 0


def test_uniqueness_keeps_leading_zeros_apart():
    assert profile("klantnr", ["007", "7", "07"]).unique
    assert not profile("klantnr", ["7", "7"]).unique
    assert not profile("klantnr", ["7", ""]).unique


def test_an_empty_column_has_the_type_of_its_header_and_nothing_valid():
    found = profile("telefoon", ["", None, "-"])
    assert (found.type, found.valid, found.filled, found.blanks) == ("phone", 0.0, 0, 3)


def test_every_value_counts_also_behind_those_that_every_type_reads():
    values = [*PHONES * 10, *["kapot"] * 100]
    assert len(values) > LOOKED_AT
    assert profile("telefoon", values).valid == pytest.approx(0.8)


def test_reasons_and_alternatives_name_no_value():
    found = profile("zzqx", [12345678, 87654321])
    assert "kvk" in dict(found.alternatives)
    assert not any(digit in str(found.reasons) for digit in "12345678")
