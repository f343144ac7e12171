"""A project drafted from lists it never saw: each column in its place, no customer in the files."""

from __future__ import annotations

import csv
import hashlib

import pytest

from config.loader import load_project
from config.problems import ConfigError, Problem
from config.sampling import CannotSample, draft_project
from config.sampling.table import SAMPLE
from sandbox.json_server import JsonServer
from tests.config import lists

WHO = lists.people(300, 5)


def placed(drafted, system):
    """(field and part, type) per column, as `lists` tells the truth."""
    found = next(s for s in drafted.project.systems if s.name == system)
    return {
        c.name: (
            ".".join(filter(None, (c.field, c.part))) or c.role or "out",
            c.profile.type if c.field else "",
        )
        for c in found.columns
    }


def right(truth, found):
    return sum(found[name] == said for name, said in truth.items()) / len(truth)


def written(drafted):
    return "\n".join(path.read_text("utf-8") for path in drafted.files if path.suffix == ".yaml")


def write(path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    folder = tmp_path_factory.mktemp("both")
    files = lists.relations(folder, WHO), lists.shop(folder / "webshop_2026.xlsx", WHO[100:])
    return draft_project(folder / "zaak", [str(path) for path in files], {})


@pytest.mark.skipif(not lists.NL.exists(), reason="the labelled set is not here")
def test_lists_of_the_labelled_set_are_understood(tmp_path):
    files = [str(lists.nl_list(tmp_path, source)) for source in ("crm", "accounting")]
    drafted = draft_project(tmp_path / "zaak", files, {})
    assert right(lists.CRM, placed(drafted, "crm")) >= 0.9
    assert right(lists.ACCOUNTING, placed(drafted, "accounting")) >= 0.9
    assert load_project(tmp_path / "zaak", {}).hub.systems.keys() == {"crm", "accounting"}


def test_a_dutch_export_is_understood(both):
    assert placed(both, "relaties") == lists.RELATIONS


def test_an_english_workbook_is_understood_below_its_title(both):
    assert placed(both, "webshop") == lists.SHOP
    hub = both.files[0].read_text("utf-8")
    assert "header: 3" in hub
    assert [name for name, _ in both.project.skipped] == ["webshop_2026.xlsx, Products"]


def test_the_draft_passes_its_check_and_writes_to_no_system(both):
    project = load_project(both.files[0].parents[1], {})
    assert {entry.writes for entry in project.hub.systems.values()} == {"none"}
    assert project.settings["relaties"].key == "Debiteurnr."


def test_comments_count_and_hold_no_customer(both):
    text = written(both)
    assert "100 % valid phone" in text
    assert "blanks of 300" in text
    for person in WHO:
        for value in (person["email"], person["phone"], person["firm"], person["code"]):
            assert not value or str(value) not in text


def test_sampled_files_stay_as_they_are_and_where_they_are(tmp_path):
    file = lists.relations(tmp_path, WHO)
    before = hashlib.sha256(file.read_bytes()).digest(), file.stat().st_mtime_ns
    drafted = draft_project(tmp_path / "zaak", [str(file)], {})
    assert (hashlib.sha256(file.read_bytes()).digest(), file.stat().st_mtime_ns) == before
    assert f"path: ../{file.name}" in written(drafted)


def test_tables_with_customers_are_systems_and_others_are_told(tmp_path):
    base = lists.database(tmp_path / "shop.db", WHO)
    drafted = draft_project(tmp_path / "zaak", [str(base)], {})
    assert [system.name for system in drafted.project.systems] == ["shop"]
    assert drafted.project.skipped == (("shop.db, orders", "no two columns name or reach a customer"),)
    with pytest.raises(CannotSample, match="orders"):
        draft_project(tmp_path / "other", [f"{base}:orders"], {})


def test_a_column_with_ids_of_another_system_links_the_two(tmp_path):
    base, file = lists.database(tmp_path / "shop.db", WHO), lists.relations(tmp_path, WHO)
    draft_project(tmp_path / "zaak", [str(file), f"{base}:customers"], {})
    mapping = load_project(tmp_path / "zaak", {}).mappings["shop"]["customer"]
    assert mapping.external_id == {"relaties": "crm_code"}
    assert "crm_code" not in mapping.fields


def test_a_live_system_is_sampled_through_its_adapter(tmp_path):
    rows = [
        {
            "id": str(n),
            "email": f"ada{n}@example.org",
            "name": {"first": "Ada", "last": "Berg"},
            "tags": ["a"],
        }
        for n in range(30)
    ]
    with JsonServer({"people": rows}) as server:
        drafted = draft_project(tmp_path / "zaak", [f"json:{server.url}/people"], {})
    mapping = load_project(tmp_path / "zaak", {}).mappings["people"]["customer"]
    assert mapping.resource == "people"
    assert mapping.fields["family_name"].path == "name.last"
    assert "tags: a list" in written(drafted)


def test_a_password_in_an_address_stands_in_no_file_and_no_message(tmp_path):
    address = "postgresql+nosuchdriver://ada:s3cret@db.example/shop"
    with pytest.raises(Exception, match="shop: ") as caught:
        draft_project(tmp_path / "zaak", [address], {})
    assert "s3cret" not in str(caught.value)
    assert not (tmp_path / "zaak").exists()


def test_no_more_rows_than_needed_are_looked_at_and_they_are_spread(tmp_path):
    rows = [[n, f"a{n}@example.org", "" if n < 3 * SAMPLE else "06-12345679"] for n in range(4 * SAMPLE)]
    file = write(tmp_path / "a.csv", ["id", "email", "tel"], rows)
    phone = draft_project(tmp_path / "zaak", [str(file)], {}).project.systems[0].columns[2].profile
    assert phone.filled + phone.blanks == SAMPLE
    assert phone.filled == SAMPLE // 4


def test_an_existing_project_is_refused_before_anything_is_read(both, tmp_path):
    folder = both.files[0].parents[1]
    with pytest.raises(ConfigError, match=r"config/hub\.yaml"):
        draft_project(folder, [str(tmp_path / "nowhere.csv")], {})


@pytest.mark.parametrize(
    ("header", "rows", "said"),
    [
        (["naam", "plaats"], [["a", "b"], ["a", "b"]], "no column names each row"),
        (["sku", "prijs"], [["a", "1"], ["b", "2"]], "found no customers"),
        (["id", "email", "email"], [["1", "a@b.nl", "c@d.nl"]], "twice"),
        (["id", "email"], [], "has no rows"),
    ],
)
def test_a_list_that_cannot_be_used_is_told_with_what_to_do(tmp_path, header, rows, said):
    file = write(tmp_path / "a.csv", header, rows)
    with pytest.raises(CannotSample, match=said):
        draft_project(tmp_path / "zaak", [str(file)], {})
    assert not (tmp_path / "zaak").exists()


def test_a_draft_that_fails_its_own_check_is_taken_back(tmp_path, monkeypatch):
    def refuse(folder, environ):
        raise ConfigError([Problem("config/hub.yaml", 1, (), "a mistake", "none")])

    monkeypatch.setattr("config.sampling.load_project", refuse)
    file = lists.relations(tmp_path, WHO)
    with pytest.raises(CannotSample, match="a mistake"):
        draft_project(tmp_path / "zaak", [str(file)], {})
    assert not (tmp_path / "zaak").exists()


def test_a_kind_that_needs_more_than_an_address_is_refused(tmp_path):
    with pytest.raises(CannotSample, match="username, password"):
        draft_project(tmp_path / "zaak", ["vendure:http://localhost/admin-api"], {})


def test_a_file_of_an_unknown_sort_is_refused(tmp_path):
    with pytest.raises(CannotSample, match=r"found \.pdf"):
        draft_project(tmp_path / "zaak", ["klanten.pdf"], {})


def test_two_files_of_one_name_are_two_systems(tmp_path):
    header, row = ["id", "email", "tel"], ["1", "a@example.org", "06-12345679"]
    files = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        files.append(str(write(tmp_path / folder / "klanten_2026.csv", header, [row])))
    drafted = draft_project(tmp_path / "zaak", files, {})
    assert [system.name for system in drafted.project.systems] == ["klanten", "klanten_2"]


def test_odd_headers_reach_the_mapping_and_come_back(tmp_path):
    header = ["key: #1", "e-mail.adres", 'O\'Neil \\ "x"', "no", "tel {privé}"]
    rows = [[f"0{n}", f"a{n}@example.org", f"w{n}", f"x{n % 3}", f"06-{n + 11_000_000}"] for n in range(30)]
    file = write(tmp_path / "2026 lijst.csv", header, rows)
    drafted = draft_project(tmp_path / "zaak", [str(file)], {})
    project = load_project(tmp_path / "zaak", {})
    (name,) = project.hub.systems
    assert project.settings[name].key == "key: #1"
    assert {c.name for s in drafted.project.systems for c in s.columns} == set(header)
    assert project.mappings[name]["customer"].fields["email"].path == r"e-mail\.adres"


def test_a_mail_address_as_key_is_a_field_that_is_never_written(tmp_path):
    rows = [[f"a{n}@example.org", "Ada", f"Berg{n}"] for n in range(30)]
    file = write(tmp_path / "lijst.csv", ["E-mail", "Voornaam", "Achternaam"], rows)
    draft_project(tmp_path / "zaak", [str(file)], {})
    mapping = load_project(tmp_path / "zaak", {}).mappings["lijst"]["customer"]
    assert mapping.fields["email"].write == "never"


def test_the_key_is_an_id_or_a_code_before_it_is_a_mail_address_and_never_an_address(tmp_path):
    rows = [[f"Kerkweg {n}", f"a{n}@example.org", f"x{n}"] for n in range(30)]
    for header, key in (["adres", "mail", "leid"], "leid"), (["adres", "mail", "adres 2"], "mail"):
        file = write(tmp_path / "a.csv", header, rows)
        drafted = draft_project(tmp_path / key, [str(file)], {})
        assert drafted.project.systems[0].key.name == key
