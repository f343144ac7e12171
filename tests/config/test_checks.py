"""What has to hold between files: each check is broken once, and tells the right line."""

from __future__ import annotations

from typing import Any

import pytest

from config import checks
from config.checks import CHECKS
from config.problems import ConfigError

HUB, POLICY, SHOP = "config/hub.yaml", "config/policy/customer.yaml", "mappings/shop.yaml"
BOOKS_ENTRY = "  books:\n    kind: memory\n"

CASES: list[tuple[str, str, str, str, str]] = [
    # what is broken, file, old text, new text, the whole of the message
    ("unknown type", POLICY, "    type: email\n", "    type: e_mail\n",
     "{POLICY}:13: fields.email.type: found the unknown type e_mail (did you mean email?), expected "),
    ("option of another type", POLICY, "    type: email\n", "    type: email\n    pivot: 30\n",
     "{POLICY}:14: fields.email.pivot: found an option that email does not know, expected no option at all"),
    ("enum without values", POLICY, "    type: phone\n", "    type: enum\n",
     "{POLICY}:15: fields.phone.values: found no values, expected the values of this field, as a list"),
    ("currency that does not exist", POLICY, "    type: phone\n", "    type: money\n    currency: KNAAK\n",
     "{POLICY}:17: fields.phone.currency: found the unknown currency KNAAK, expected a code of ISO 4217"),
    ("undefined rule", POLICY, "rule: newest", "rule: newst",
     "{POLICY}:14: fields.email.rule: found the unknown rule newst (did you mean newest?), expected "
     "newest or books"),
    ("unknown system in a rule", POLICY, "- system: books", "- system: boks",
     "{POLICY}:4: rules.books[0].system: found the unknown system boks (did you mean books?), "
     "expected books or shop"),
    ("unknown system in first_sync", POLICY, "      - shop", "      - store",
     "{POLICY}:8: first_sync[0].systems[1]: found the unknown system store, expected books or shop"),
    ("unknown system in edits_from", POLICY, "    edits_from:\n      - books", "    edits_from:\n      - crm",
     "{POLICY}:21: fields.iban.edits_from[0]: found the unknown system crm, expected books or shop"),
    ("iban without edits_from", POLICY, "    edits_from:\n      - books\n", "",
     "{POLICY}:17: fields.iban.edits_from: found nothing, expected edits_from, because iban must name"),
    ("unknown field in when", POLICY, "      - email", "      - mail",
     "{POLICY}:25: link[0].when[0]: found the unknown field mail (did you mean email?), expected "
     "given_name, "),
    ("unknown contradiction", POLICY, "      - other_phone", "      - phone",
     "{POLICY}:27: link[0].unless[0]: found the unknown contradiction phone"),
    ("contradiction of an unknown field", POLICY, "      - other_phone", "      - other_fone",
     "{POLICY}:27: link[0].unless[0]: found the unknown contradiction other_fone (did you mean "
     "other_phone?)"),
    ("doubled link name", POLICY, "link:\n", "link:\n  - name: same e-mail\n    when: [phone]\n",
     "{POLICY}:25: link[1].name: found the name 'same e-mail', which the rule on line 23 has too"),
    ("unknown region", POLICY, "rules:\n", "region: XX\nrules:\n",
     "{POLICY}:1: region: found the unknown region XX, expected a country code"),
    ("wrong duration", POLICY, "    type: phone\n", "    type: phone\n    max_age: 2 years\n",
     "{POLICY}:17: fields.phone.max_age: found '2 years', expected a duration such as 15m, 30d or 2y"),
    ("wrong duration in hub", HUB, "    writes: all\n", "    writes: all\n    full_scan: weekly\n",
     "{HUB}:8: systems.shop.full_scan: found 'weekly', expected a duration"),
    ("mapping field the policy lacks", SHOP, "    email: email\n", "    email: email\n    fone: tel\n",
     "{SHOP}:5: customer.fields.fone: found the field fone, which config/policy/customer.yaml lacks "
     "(did you mean phone?), expected given_name, email, phone or iban"),
    ("two fields fight over one path", SHOP, "      path: phone\n", "      path: email\n",
     "{SHOP}:5: customer.fields.phone: found writes to a place of email (email), expected to let one"),
    ("unknown system in external_id", SHOP, "    books: ids.other", "    boks: ids.other",
     "{SHOP}:8: customer.external_id.boks: found the unknown system boks (did you mean books?), "
     "expected books"),
    ("entity without policy", SHOP, "customer:\n", "custmer:\n",
     "{SHOP}:1: custmer: found the entity custmer, without config/policy/custmer.yaml (did you mean "
     "customer?)"),
    ("example that fails", SHOP, "        email: ada@example.org", "        email: eve@example.org",
     "{SHOP}:13: customer.examples[0].canonical.email: found 'ada@example.org', expected 'eve@example.org'"),
    ("example of a record of another shape", SHOP, "    email: email\n", "    email: email.work\n",
     "{SHOP}:10: customer.examples[0]: found "),
    ("path that is no path", SHOP, "      path: phone", "      path: phone..x",
     "{SHOP}:6: customer.fields.phone.path: found 'phone..x', expected names with dots between them"),
    ("unknown kind", HUB, BOOKS_ENTRY, "  books:\n    kind: memmory\n",
     "{HUB}:4: systems.books.kind: found the unknown kind 'memmory' (did you mean memory?), "
     "expected one of csv, "),
    ("unknown key of a kind", HUB, BOOKS_ENTRY, "  books:\n    kind: memory\n    pagesize: 5\n",
     "{HUB}:5: systems.books.pagesize: found the unknown key pagesize (did you mean page_size?), "
     "expected one of kind,"),
    ("mistyped common key", HUB, "    writes: all", "    wrties: all",
     "{HUB}:7: systems.shop.wrties: found the unknown key wrties (did you mean writes?)"),
    ("wrong type of a kind's key", HUB, BOOKS_ENTRY, "  books:\n    kind: memory\n    page_size: many\n",
     "{HUB}:5: systems.books.page_size: found 'many', expected a whole number"),
    ("a way of deleting that nobody knows", HUB, "    writes: all", "    writes: all\n    deletes: erase",
     "{HUB}:8: systems.shop.deletes: found 'erase', expected unlink, archive, propagate or recreate"),
    ("a deletion that can go nowhere", HUB, "    writes: all", "    writes: all\n    deletes: archive",
     "{HUB}:8: systems.shop.deletes: found deletes: archive, but no other system may be written to, "
     "expected deletes: unlink"),
    ("made again where nothing is written", HUB, BOOKS_ENTRY, BOOKS_ENTRY + "    deletes: recreate\n",
     "{HUB}:5: systems.books.deletes: found deletes: recreate beside writes: none, "
     "expected writes: ask or writes: all"),
    ("a database nobody knows", HUB, "language: nl", "language: nl\nstate: mysql://root:hunter22@db/x",
     "{HUB}:2: state: found 'mysql://••••@db/x', expected sqlite:///file"),
    ("former name in use", HUB, "    writes: all", "    writes: all\n    was: books",
     "{HUB}:8: systems.shop.was: found the former name books, which belongs to books"),
    ("creates without writes", HUB, "    writes: all", "    creates: all",
     "{HUB}:7: systems.shop.creates: found creates: all beside writes: none, expected writes: ask "
     "or writes: all"),
    ("schedule of an unknown entity", HUB, "language: nl", "schedules: [{sync: custmer, every: 15m}]",
     "{HUB}:1: schedules[0].sync: found the unknown entity custmer (did you mean customer?), expected "
     "customer"),
    ("hours that are none", HUB, "language: nl", "schedules: [{sync: customer, every: 15m, between: 7-20}]",
     "{HUB}:1: schedules[0].between: found '7-20', expected two times such as 07:00-20:00"),
    ("fact that its system does not map", POLICY, "fields:\n  given",
     "facts:\n  due:\n    type: money\n    from: shop\nfields:\n  given",
     "{POLICY}:12: facts.due.from: found shop, of which no mapping says where the fact due stands, expected "
     "`facts: {{due: PATH}}` in {SHOP}"),
    ("mapped fact that the policy lacks", SHOP, "  external_id:", "  facts:\n    due: open\n  external_id:",
     "{SHOP}:8: customer.facts.due: found the fact due, which config/policy/customer.yaml lacks"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "message"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_a_broken_project_tells_what_where_and_how(
    files: Any, file: str, old: str, new: str, message: str
) -> None:
    files.change(file, old, new)
    told = files.only_problem()
    assert told.startswith(message.format(HUB=HUB, POLICY=POLICY, SHOP=SHOP)), told


def test_the_project_itself_is_right(files: Any) -> None:
    project = files.load()
    assert set(project.compiled) == {("books", "customer"), ("shop", "customer")}


def test_a_system_without_a_mapping_is_told_at_its_name(files: Any) -> None:
    (files.folder / SHOP).unlink()
    assert files.only_problem().startswith(f"{HUB}:5: systems.shop: found no mappings/shop.yaml")


def test_an_empty_mapping_is_told(files: Any) -> None:
    files.write(SHOP, "# later\n")
    assert files.only_problem().startswith(f"{SHOP}:1: found an empty mapping")


def test_a_mapping_of_no_system_is_told(files: Any) -> None:
    files.write("mappings/shp.yaml", (files.folder / SHOP).read_text(encoding="utf-8"))
    assert files.only_problem().startswith(
        "mappings/shp.yaml:1: found a mapping for shp (did you mean shop?)"
    )


def test_a_variable_that_is_not_set_is_told_with_its_line(files: Any) -> None:
    files.change(HUB, "language: nl", "language: nl\nstate:\n  env: HUB_STATE")
    expected = f"{HUB}:3: state.env: found the environment variable HUB_STATE, which is not set"
    assert files.only_problem().startswith(expected)
    assert files.only_problem({"HUB_STATE": ""}).startswith(expected)
    assert files.load({"HUB_STATE": "sqlite:///x.db"}).state_url.endswith("/x.db")


UNSIGNED = "    writes: all\n    webhooks:\n      proof: path\n      secret: {env: HOOK}\n      id: id"


@pytest.mark.parametrize("secret", ["f00d" * 5, "a/" * 20, "a b" * 20])
def test_an_address_that_can_be_guessed_is_told_and_not_shown(files: Any, secret: str) -> None:
    files.change(HUB, "    writes: all", UNSIGNED)
    told = files.only_problem({"HOOK": secret})
    assert told.startswith(f"{HUB}:10: systems.shop.webhooks.secret: found proof: path with a secret that is")
    assert secret not in told
    assert files.load({"HOOK": "f00d" * 6}).hub.systems["shop"].webhooks.proof == "path"


@pytest.mark.parametrize(
    ("proof", "message"),
    [
        ("trust", "found 'trust', expected a block of keys or path"),
        ("{hmac: sha256, header: X, over: [timestamp]}", "found a block of keys, expected body in over"),
        ("{hmac: md5, header: X}", "hmac: found 'md5', expected sha256 or sha1"),
    ],
)
def test_a_proof_that_proves_too_little_is_told(files: Any, proof: str, message: str) -> None:
    files.change(HUB, "    writes: all", UNSIGNED.replace("path", proof))
    told = files.only_problem({"HOOK": "f00d" * 6}).replace("proof.hmac", "proof: hmac")
    assert told.startswith(f"{HUB}:9: systems.shop.webhooks.proof: {message}"), told


def test_the_secret_of_a_web_hook_is_set(files: Any) -> None:
    files.change(HUB, "    writes: all", UNSIGNED)
    assert files.only_problem().startswith(
        f"{HUB}:10: systems.shop.webhooks.secret.env: found the environment variable HOOK, which is not set"
    )


def test_how_news_arrives_is_no_change_of_what_decides(files: Any) -> None:
    before = files.load().digest
    files.change(HUB, "    writes: all", UNSIGNED)
    assert files.load({"HOOK": "f00d" * 6}).digest == before


def test_writing_where_every_field_is_read_only_is_told(files: Any) -> None:
    fields = "    given_name: {path: firstname, write: never}\n    email: {path: email, write: never}\n"
    files.change(SHOP, "    given_name: firstname\n    email: email\n", fields)
    files.change(SHOP, "      path: phone\n", "      path: phone\n      write: never\n")
    assert files.only_problem().startswith(
        f"{HUB}:7: systems.shop.writes: found writes: all, "
        f"but every field of customer in {SHOP} is write: never"
    )


def test_writing_where_the_adapter_cannot_is_told(files: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = checks.probe
    monkeypatch.setattr(
        checks, "probe", lambda *a: {e: type(c)() for e, c in real(*a).items()}
    )  # a system that can do nothing
    told = files.only_problem()
    assert told.startswith(
        f"{HUB}:7: systems.shop.writes: found writes: all, but this kind of system cannot write"
    )


def test_a_kind_that_cannot_work_with_its_settings_is_told_at_the_system(files: Any) -> None:
    rest = "    kind: rest\n    url: https://x.example\n    manifest: zzz\n    writes: all"
    files.change(HUB, "    kind: memory\n    writes: all", rest)
    told = files.only_problem()
    assert told.startswith(f"{HUB}:5: systems.shop: found shop names zzz.yaml, which is not there")
    files.change(HUB, "manifest: zzz", "manifest: own.yaml")
    files.write("own.yaml", "kind: own\nzzz: 1\n")
    assert files.only_problem().startswith(f"{HUB}:5: systems.shop: found the manifest of shop is wrong at ")


def test_every_check_has_a_name_and_a_promise() -> None:
    assert len({check.__name__ for check in CHECKS}) == len(CHECKS)
    assert all(check.__doc__ for check in CHECKS)


FACT = "facts:\n  due: {type: money, from: shop}\n"


def test_a_fact_that_another_system_maps_is_told_in_that_mapping(files: Any) -> None:
    files.change(POLICY, "fields:\n  given", FACT + "fields:\n  given")
    files.change(SHOP, "  external_id:", "  facts:\n    due: open\n  external_id:")
    assert files.load().compiled["shop", "customer"].types["#due"].name == "money"
    files.change("mappings/books.yaml", "  external_id:", "  facts:\n    due: open\n  external_id:")
    assert files.only_problem().startswith(
        "mappings/books.yaml:8: customer.facts.due: found the fact due in the mapping of books, "
        "expected it in mappings/shop.yaml"
    )


@pytest.mark.parametrize(
    ("fact", "message"),
    [
        ("type: mony, from: shop", "type: found the unknown type mony (did you mean money?), expected "),
        ("type: money, from: shp", "from: found the unknown system shp (did you mean shop?), expected "),
        ("type: date, from: shop, currency: EUR", "currency: found an option that date does not know"),
    ],
)
def test_a_fact_names_a_type_and_a_system_that_are_there(files: Any, fact: str, message: str) -> None:
    files.change(POLICY, "fields:\n  given", f"facts:\n  due: {{{fact}}}\nfields:\n  given")
    files.change(SHOP, "  external_id:", "  facts:\n    due: open\n  external_id:")
    with pytest.raises(ConfigError) as caught:
        files.load()
    assert f"{POLICY}:10: facts.due.{message}" in str(caught.value)


def test_an_example_tries_facts_too(files: Any) -> None:
    files.change(POLICY, "fields:\n  given", FACT + "fields:\n  given")
    files.change(SHOP, "  external_id:", "  facts:\n    due: open\n  external_id:")
    files.change(
        SHOP, "        email: Ada@Example.org\n", '        email: Ada@Example.org\n        open: "12,50"\n'
    )
    due = "        facts: {due: {amount: AMOUNT, currency: EUR}}\n"
    files.change(SHOP, "        email: ada@example.org\n", "        email: ada@example.org\n" + due)
    assert "customer.examples[0].canonical" in files.only_problem()
    files.change(SHOP, "AMOUNT", '"12.5"')
    files.load()


@pytest.mark.parametrize(
    "key", ["write: never", "length: 5", "required: true", "infix: x", "on_loss: accept"]
)
def test_a_fact_has_no_keys_about_writing(files: Any, key: str) -> None:
    files.change(POLICY, "fields:\n  given", FACT + "fields:\n  given")
    fact = f"  facts:\n    due:\n      path: open\n      {key}\n"
    files.change(SHOP, "  external_id:", fact + "  external_id:")
    assert files.only_problem().startswith(
        f"{SHOP}:10: customer.facts.due.{key.split(':')[0]}: found the unknown key"
    )
