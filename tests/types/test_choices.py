"""Countries, languages, the company's own values, tags, references, web sites, initials and birth dates."""

from __future__ import annotations

import datetime
import random
from urllib.parse import urlsplit

import idna
import phonenumbers
import pytest
from phonenumbers.geodata.locale import LOCALE_DATA

from reconcile.types import BadOption, build, registered

country, language, url, initials = build("country"), build("language"), build("url"), build("initials")
tags, reference, birth_date = build("tags"), build("reference"), build("birth_date")
SEGMENTS = {"goud": ["gold", "1"], "zilver": ["silver"], "brons": []}
segment = build("enum", values=SEGMENTS)


@pytest.mark.parametrize(
    "raw", ["NL", "nl", "NLD", "Nederland", "the Netherlands", "HOLLAND", " nederland. "]
)
def test_notations_of_one_country_are_one_code(raw):
    assert country.normalise(raw) == "NL"


def test_every_country_with_telephone_numbers_is_one_and_two_letters_that_mean_none_are_not():
    places = {"AC", "TA"}  # Ascension and Tristan da Cunha have numbers of their own, and SH as their code
    assert {code for code in phonenumbers.SUPPORTED_REGIONS if country.validate(code)} == places
    assert country.normalise("xx") == "XX" and "not known" in country.validate("XX")
    assert country.normalise("Nergensland") == "Nergensland" and country.match("Nergensland") == ""


def test_a_country_is_written_as_the_system_writes_countries():
    for like, written in (
        ("NL", "DE"),
        ("NLD", "DEU"),
        ("Nederland", "Duitsland"),
        ("Netherlands", "Germany"),
    ):
        assert country.house("DE", like) == written and country.normalise(written) == "DE"
    assert country.house("DE") == "DE"


@pytest.mark.parametrize("tongue", ["nl", "en"])
def test_names_of_countries_mean_what_phonenumbers_says(tongue):
    known = 0
    for code, names in LOCALE_DATA.items():
        name = names.get(tongue, "")
        name = names[name[1:]] if name.startswith("*") else name  # as another language calls it
        found = country.normalise(name)
        assert found in (code, name or None), name
        known += found == code
    assert known >= 80


@pytest.mark.parametrize(
    "raw", ["nl", "NL", "nld", "dut", "Nederlands", "dutch", "nl-NL", "nl_BE", "nl_NL.UTF-8"]
)
def test_notations_of_one_language_are_one_code(raw):
    assert language.normalise(raw) == "nl"


def test_a_language_is_written_as_the_system_writes_languages():
    for like, written in (
        ("nl", "de"),
        ("NL", "DE"),
        ("nld", "deu"),
        ("Nederlands", "Duits"),
        ("Dutch", "German"),
    ):
        assert language.house("de", like) == written and language.normalise(written) == "de"
    assert language.house("nl", like="nl-BE") == "nl-BE" and language.house("de", like="nl-BE") == "de"
    assert language.normalise("Klingon") == "Klingon" and "not known" in language.validate("Klingon")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("HTTPS://WWW.Example.NL/", "https://www.example.nl"),
        ("http://example.nl:80/a/", "http://example.nl/a/"),
        ("https://example.nl:443", "https://example.nl"),
        ("https://example.nl:8443/", "https://example.nl:8443"),
        ("Example.nl/Winkel?A=b#C", "example.nl/Winkel?A=b#C"),
        ("www.example.nl", "www.example.nl"),
        ("https://Bücher.example/ä", "https://xn--bcher-kva.example/ä"),
    ],
)
def test_a_web_address_keeps_what_was_said_in_one_notation(raw, value):
    assert url.normalise(raw) == value and url.validate(value) is None


def test_hosts_are_read_as_urllib_and_idna_read_them():
    rnd, right = random.Random(92), 0
    for _ in range(20_000):
        labels = [
            "".join(rnd.choices("abXyz019-éßü", weights=[9] * 8 + [2] * 4, k=rnd.randint(1, 9))) for _ in "ab"
        ]
        host = ".".join((*labels, rnd.choice(("nl", "shop", "Example"))))
        raw = f"{rnd.choice(('http', 'HTTPS'))}://{host}/A?b=C"
        value = url.normalise(raw)
        if url.validate(value) is None:
            host = urlsplit(raw).hostname
            assert urlsplit(value).hostname == (
                host if host.isascii() else idna.encode(host, uts46=True).decode()
            )
            assert urlsplit(value)[2:] == urlsplit(raw)[2:]
            right += 1
        else:
            assert value == raw and _no_host(raw), raw
    assert 5_000 < right < 19_000


def _no_host(raw: str) -> bool:
    host = urlsplit(raw).hostname
    try:
        idna.encode(host, uts46=True, std3_rules=True)
    except idna.IDNAError:
        return True
    return False


def test_only_the_scheme_is_no_difference_between_sites():
    alike = ["example.nl", "http://example.nl", "https://example.nl"]
    assert len({url.key(one) for one in alike}) == 1
    assert len({url.key(url.normalise(one)) for one in ("example.nl", "www.example.nl", "example.nl/a")}) == 3
    assert url.house("example.nl", like="https://oud.example") == "https://example.nl"
    assert url.show("https://xn--bcher-kva.example") == "https://bücher.example"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("ada@example.nl", "e-mail"),
        ("https://exa mple.nl", "space"),
        ("geen", "no web"),
        ("ftp://x.nl", "no web"),
    ]
    + [("https://example", "no web"), ("https://-x-.nl", "no web"), ("1.2.3.4", "no web")],
)
def test_what_is_no_web_address_is_kept_with_a_reason_and_links_nobody(raw, reason):
    assert url.normalise(raw) == raw
    assert reason in url.validate(raw) and url.match(raw) == ""


@pytest.mark.parametrize("raw", ["goud", "GOUD", "gold", "Gold", 1, "1"])
def test_every_word_for_a_value_is_that_value(raw):
    assert segment.normalise(raw) == "goud"


def test_a_word_that_the_policy_does_not_know_is_kept_with_a_reason():
    assert segment.normalise("Platina") == "Platina"
    assert "none of the values" in segment.validate("Platina") and segment.match("Platina") == ""
    assert sorted(["Platina", "brons", "goud"], key=segment.sort_key) == ["goud", "brons", "Platina"]
    assert build("enum", values=["Goud"]).normalise("goud") == "Goud"
    assert segment.house("goud", like="GOLD") == "GOLD" and segment.house("goud", like="silver") == "goud"


@pytest.mark.parametrize("values", [None, [], {"a": ["x"], "b": ["X"]}, {"a": ["b"], "b": []}, ["a", ""]])
def test_values_that_cannot_be_told_apart_are_refused(values):
    with pytest.raises(BadOption):
        build("enum", values=values)


def test_an_option_that_the_type_does_not_know_is_refused_by_name():
    with pytest.raises(BadOption, match="currency: found an option that email does not know"):
        build("email", currency="EUR")
    with pytest.raises(BadOption, match="expected pivot"):
        build("date", values=["a"])
    taking = {name: set(kind.takes) for name, kind in registered().items() if kind.takes}
    assert taking == {
        "date": {"pivot"},
        "birth_date": {"pivot"},
        "integer": {"decimal"},
        "decimal": {"decimal"},
        "money": {"currency", "decimal"},
        "enum": {"values"},
    }


def test_an_option_changes_what_a_field_reads_and_the_day_does_not():
    assert build("date", pivot=20).reading != build("date").reading
    assert build("date", today=datetime.date(2026, 1, 1)).reading == build("date").reading


@pytest.mark.parametrize(
    "raw", ["a; b, C", ["C", "a", "b"], ("b", "C", "a", "A"), "a|b|C", "C\na\nb", '"a";b;C']
)
def test_notations_of_one_set_are_one_value(raw):
    assert tags.key(tags.normalise(raw)) == ("a", "b", "c")


def test_fewer_tags_say_less():
    assert tags.within(("a",), ("a", "b")) and not tags.within(("a", "c"), ("a", "b"))
    assert tags.within(("A",), ("a",)) and tags.normalise([]) is None


def test_a_set_reads_back_from_every_shape_of_a_system():
    rnd = random.Random(91)
    for _ in range(2_000):
        words = ["".join(rnd.choices('abC ,;|"é', k=rnd.randint(1, 6))) for _ in range(rnd.randint(0, 4))]
        value = tags.normalise(words)
        for like in (None, [], ["x"], "x", "x; y", "x,y", "x|y", "x\ny", ""):
            assert tags.normalise(tags.house(value, like)) == value, (value, like)
    assert tags.house(("a", "b"), like="x, y") == "a, b" and tags.house(("a", "b"), like=["x"]) == ["a", "b"]


def test_references_compare_exactly():
    assert reference.normalise(7.0) == reference.normalise(" 7 ") == "7"
    assert not reference.within("a7", "A7") and reference.key("007") != reference.key("7")
    assert reference.house("7", like=3) == 7 and reference.house("007", like=3) == "007"
    assert not reference.cut("12345678", "123456789")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        *((raw, "A.B.") for raw in ("ab", "AB", "A B", "A.B", "a.b.", "A. B.", "A-B", "A.-B.")),
        *((raw, "Th.J.") for raw in ("Th.J.", "Th J", "Th. J.", "TH. J.", "th.j.")),
        ("IJ.", "IJ."),
        ("Chr.", "Chr."),
        ("Joh.", "Joh."),
        ("é", "É."),
        ("jwm", "J.W.M."),
    ],
)
def test_notations_of_one_row_of_initials_are_one_value(raw, value):
    assert initials.normalise(raw) == value and initials.validate(value) is None


def test_the_first_initials_say_less():
    assert initials.within("A.", "A.B.") and initials.within("T.J.", "Th.J.") and initials.within("E.", "É.")
    assert not initials.within("B.", "A.B.") and not initials.within("A.B.", "A.")


@pytest.mark.parametrize("raw", ["Jan", "Jan Willem", "A. van", "?", "A1"])
def test_what_is_no_row_of_initials_is_kept_with_a_reason_and_links_nobody(raw):
    assert initials.normalise(raw) == raw
    assert "initials" in initials.validate(raw) and initials.match(raw) == ""


@pytest.mark.parametrize(
    ("raw", "pivot", "day"),
    [
        ("1-2-30", None, "2030-02-01"),
        ("1-2-31", None, "1931-02-01"),
        ("01/02/'80", None, "1980-02-01"),
        ("1 feb 05", None, "2005-02-01"),
        ("1-2-25", 20, "1925-02-01"),
        ("1-2-00", 0, "2000-02-01"),
        ("1-2-99", 99, "2099-02-01"),
    ],
)
def test_a_year_of_two_digits_is_read_by_the_pivot(raw, pivot, day):
    options = {} if pivot is None else {"pivot": pivot}
    assert build("date", **options).normalise(raw) == build("birth_date", **options).normalise(raw) == day


def test_nobody_was_born_before_1900_or_after_today():
    born = build("birth_date", today=datetime.date(2026, 5, 17))
    assert "before 1900" in born.validate("1899-12-31") and born.validate("1900-01-01") is None
    assert born.validate("2026-05-17") is None and "future" in born.validate("2026-05-18")
    assert birth_date.validate("2026-05-18") is None, "without a day nothing lies in the future"
    assert build("date").validate("1899-12-31") is None
