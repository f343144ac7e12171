"""Verification and age, from files to the customer: registers, a system's own check, and stewards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows import decisions, steps
from flows.decisions import Answer
from flows.hub import Hub, open_hub
from reconcile.records import Conflict, GoldenValue
from reconcile.state import conflicts, customers

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
FILES = {
    "config/hub.yaml": """\
language: en
systems:
  crm: {kind: csv, path: crm.csv, key: id, modified: changed, writes: all}
  register: {kind: csv, path: register.csv, key: id, modified: changed, writes: none}
  club: {kind: csv, path: club.csv, key: id, modified: changed, writes: none}
""",
    "config/policy/customer.yaml": """\
fields:
  organisation: {type: organisation, verified_by: [register]}
  email: {type: email}
  phone: {type: phone, max_age: 30d}
link:
  - {name: same e-mail, when: [email]}
""",
    "mappings/crm.yaml": """\
customer:
  kind: {always: organisation}
  fields: {organisation: name, email: mail, phone: {path: tel, verified: tel_ok}}
""",
    "mappings/register.yaml": """\
customer:
  kind: {always: organisation}
  fields: {organisation: name, email: mail, phone: tel}
""",
    "mappings/club.yaml": """\
customer:
  kind: {always: organisation}
  fields: {email: mail, phone: tel}
""",
    "club.csv": "id,mail,tel,changed\n",
    "crm.csv": """\
id,name,mail,tel,tel_ok,changed
1,Rijnoever,info@rijn.example,0612345678,ja,2026-03-01 09:00:00
2,Achterberg,info@berg.example,0612345670,nee,2026-03-01 09:00:00
""",
    "register.csv": """\
id,name,mail,tel,changed
A,Rijnoever Holding Nederland,info@rijn.example,0687654321,2026-02-01 09:00:00
B,Achterberg,info@berg.example,0687654320,2026-02-01 09:00:00
""",
}


class Office:
    """One project and its clock."""

    def __init__(self, hub: Hub, folder: Path, wait: Callable[[timedelta], None]) -> None:
        self.hub, self.folder, self.wait = hub, folder, wait

    def sync(self) -> steps.Result:
        result = steps.sync(self.hub, steps.Plainly())
        if result.hits and result.plan is not None:
            steps.apply(self.hub, steps.Plainly(), result.plan)
        return result

    def golden(self, customer: int, field: str) -> GoldenValue | None:
        with self.hub.store.read() as conn:
            return customers.load(conn, [customer])[0].golden.get(field)

    def asked(self, cls: str) -> list[Conflict]:
        with self.hub.store.read() as conn:
            return [c for c in conflicts.list_open(conn, "customer") if c.cls == cls]

    def answer(self, conflict: Conflict, choice: str) -> None:
        decisions.decide(self.hub, [Answer(conflict.id, choice, None, conflict.fingerprint)], "anna")

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        (self.folder / name).write_text(text.replace(old, new), encoding="utf-8")


@contextmanager
def opened(folder: Path) -> Iterator[Office]:
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    now = [START]

    def wait(span: timedelta) -> None:
        now[0] += span

    with open_hub(folder, {}, clock=lambda: now[0]) as hub:
        yield Office(hub, folder, wait)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path) as one:
        yield one


def test_a_registers_value_wins_without_any_rule_and_says_so(office):
    office.sync()
    held = office.golden(1, "organisation")
    assert held.value == "Rijnoever Holding Nederland"
    assert held.lineage.how == "verified"
    assert held.verified == ("register", "2026-02-01T09:00:00.000000Z")
    assert "Rijnoever Holding Nederland" in (office.folder / "crm.csv").read_text(encoding="utf-8")


def test_a_system_that_checked_a_value_wins_and_one_that_did_not_is_asked_about(office):
    office.sync()
    assert office.golden(1, "phone").value == "+31612345678"
    assert office.golden(1, "phone").verified == ("crm", "2026-03-01T09:00:00.000000Z")
    assert [(c.customer, c.field) for c in office.asked("first-sync difference")] == [(2, "phone")]


@pytest.mark.parametrize(("changed", "asked"), [("2026-02-20", 0), ("2026-03-05", 1)])
def test_a_decision_wins_over_a_record_that_joins_with_an_older_value_and_not_over_a_newer_one(
    office, changed, asked
):
    office.sync()
    [question] = office.asked("first-sync difference")
    office.answer(question, "crm")
    office.sync()
    decided = office.golden(2, "phone")
    assert decided.verified[0].startswith("decision ")
    office.wait(timedelta(days=4))
    office.edit("club.csv", "changed\n", f"changed\nX,info@berg.example,0655555555,{changed} 09:00:00\n")
    office.sync()
    assert office.golden(2, "phone").value == decided.value
    assert len(office.asked("first-sync difference")) == asked


def test_a_check_that_comes_later_is_kept_and_writes_nothing(office):
    office.sync()
    [question] = office.asked("first-sync difference")
    office.answer(question, "crm")
    office.sync()
    by, _ = office.golden(2, "phone").verified
    assert by.startswith("decision ")
    office.wait(timedelta(days=1))
    office.edit("crm.csv", "nee,2026-03-01 09:00:00", "ja,2026-03-03 09:30:00")
    assert office.sync().written == 0
    assert office.golden(2, "phone").verified == ("crm", "2026-03-03T09:30:00.000000Z")
    assert office.golden(2, "phone").version == 1


def test_an_edit_ends_a_verification(office):
    office.sync()
    office.wait(timedelta(hours=1))
    office.edit("crm.csv", "0612345678,ja,2026-03-01 09:00:00", "0633333333,nee,2026-03-02 10:30:00")
    office.sync()
    assert office.golden(1, "phone").value == "+31633333333"
    assert office.golden(1, "phone").verified is None


def test_a_value_gets_old_by_itself_is_confirmed_and_asked_again_when_it_is_old_again(office):
    office.sync()
    assert office.asked("stale") == []
    office.wait(timedelta(days=20))
    office.sync()
    assert office.asked("stale") == []
    office.wait(timedelta(days=12))
    office.sync()
    [old] = office.asked("stale")
    assert (old.customer, old.field) == (1, "phone")
    office.answer(old, "seen")
    office.sync()
    assert office.asked("stale") == []
    office.wait(timedelta(days=29))
    office.sync()
    assert office.asked("stale") == []
    office.wait(timedelta(days=2))
    office.sync()
    assert [(c.customer, c.field) for c in office.asked("stale")] == [(1, "phone")]
