"""A system that joins later: its first sync waits for a person, and its differences are no flood."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from flows import steps
from flows.hub import open_hub

PEOPLE = 30
"""More than the 25 new conflicts that stop a plan."""
POLICY = """\
fields:
  given_name: {type: given_name}
  email: {type: email}
  phone: {type: phone}
link:
  - {name: same e-mail, when: [email]}
"""
MAPPING = """\
customer:
  fields: {given_name: first, email: mail, phone: tel}
"""
SYSTEMS = ("crm", "shop", "books", "till")


def have(folder: Path, systems: Iterable[str]) -> None:
    """A project with these systems, which write everything."""
    lines = [f"  {name}: {{kind: csv, path: {name}.csv, key: id, writes: all}}\n" for name in systems]
    texts = {"config/hub.yaml": "systems:\n" + "".join(lines), "config/policy/customer.yaml": POLICY}
    texts |= {f"mappings/{name}.yaml": MAPPING for name in systems}
    for place, text in texts.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(text, encoding="utf-8")


def fill(folder: Path, system: str, first: str, numbers: int) -> None:
    rows = [f"{n},{first},p{n}@example.org,06{numbers + n}\n" for n in range(1, PEOPLE + 1)]
    (folder / f"{system}.csv").write_text("id,first,mail,tel\n" + "".join(rows), encoding="utf-8")


def sync(folder: Path) -> steps.Result:
    with open_hub(folder, {}) as hub:
        return steps.sync(hub, steps.Plainly())


def settled(folder: Path) -> None:
    """Four systems that agree on everybody."""
    have(folder, SYSTEMS)
    for name in SYSTEMS:
        fill(folder, name, "Ada", 12_345_000)
    assert sync(folder).state == "done"


def test_the_differences_of_a_fifth_system_are_no_flood_but_its_writes_wait(tmp_path: Path) -> None:
    settled(tmp_path)
    have(tmp_path, (*SYSTEMS, "mail"))
    fill(tmp_path, "mail", "", 21_345_000)
    result = sync(tmp_path)
    assert result.plan_summary["conflicts"] == {"first-sync difference": PEOPLE}
    assert [hit.split('"')[1::2] for hit in result.hits] == [["first sync", "mail"]]
    with open_hub(tmp_path, {}) as hub:
        applied = steps.apply(hub, steps.Plainly(), result.plan or 0)
    assert (applied.written, applied.open_conflicts, applied.hits) == (PEOPLE, PEOPLE, [])
    assert sync(tmp_path).written == 0


def test_the_same_flood_from_systems_that_agreed_before_stops(tmp_path: Path) -> None:
    settled(tmp_path)
    fill(tmp_path, "crm", "Ada", 21_345_000)
    fill(tmp_path, "shop", "Ada", 31_345_000)
    result = sync(tmp_path)
    assert result.written == 0
    assert ["limit", "hub", "new conflicts"] in [hit.split('"')[1:6:2] for hit in result.hits]
