"""What stops a run, as a person meets it: the plan is read, rejected in part, or carried out as it is."""

from __future__ import annotations

import pytest

CUSTOMERS = 120


def rows(count, phone=lambda n: f"+316{12_000_000 + n}", gone=()):
    return [
        (str(n), f"Voor{n}", f"Naam{n}", f"p{n}@example.org", phone(n))
        for n in range(1, count + 1)
        if n not in gone
    ]


def file(header, lines):
    return "\n".join([header, *(",".join([*line, "2026-01-01 10:00:00"]) for line in lines), ""])


def crm(lines):
    return file("id,first,last,mail,tel,iban,changed", [(*line, "") for line in lines])


def shop(lines):
    return file("nr,voornaam,achternaam,email,telefoon,changed", lines)


def changed(n):
    """Three in ten have another number."""
    return f"+316{(42_000_000 if n <= CUSTOMERS * 3 // 10 else 12_000_000) + n}"


@pytest.fixture
def many(fresh):
    """So many customers, the same in two files, and nothing to do."""
    fresh.write("crm.csv", crm(rows(CUSTOMERS)))
    fresh.write("shop.csv", shop(rows(CUSTOMERS)))
    assert fresh.json("sync")["exit"] == 0
    return fresh


@pytest.fixture
def stopped(many):
    """Three in ten of one system's telephone numbers changed at once."""
    many.write("crm.csv", crm(rows(CUSTOMERS, changed)))
    run = many.json("sync")
    assert (run["exit"], run["written"]) == (3, 0)
    return many, run["plan"]


def phones(commands, name):
    lines = (commands.folder / name).read_text("utf-8").splitlines()[1:]
    return [line.split(",")[4] for line in lines]


def test_a_third_of_the_phones_at_once_stops_with_a_plan_that_can_be_read(stopped):
    commands, plan = stopped
    told = commands("plan", str(plan)).stdout
    assert "shop: 36 writes of phone, more than 25" in told
    assert "shop: 36 updates, more than 25" in told
    (line,) = [line for line in told.splitlines() if "phone" in line and "Voor1 " in line]
    assert line.split()[:4] == ["shop", "phone", "36", "1"]
    assert "+31 6 12000001" in line and "+31 6 42000001" in line
    assert told.count("+31 6 4200000") == 3
    assert f"klantbeeld apply {plan}" in told
    assert phones(commands, "shop.csv") == [f"+316{12_000_000 + n}" for n in range(1, CUSTOMERS + 1)]


def test_apply_does_exactly_what_the_plan_said(stopped):
    commands, plan = stopped
    done = commands.json("apply", str(plan))
    assert (done["written"], done["moved"], done["exit"]) == (36, 0, 0)
    found = phones(commands, "shop.csv")
    assert sum("4200" in phone.replace(" ", "") for phone in found) == 36
    assert [p.replace(" ", "") for p in found] == phones(commands, "crm.csv")
    assert commands.json("sync")["written"] == 0


def test_who_changed_since_the_plan_is_left_out_and_told(stopped):
    commands, plan = stopped
    before = phones(commands, "shop.csv")
    lines = shop(rows(CUSTOMERS)).replace("+31612000007", "+31619999999")
    commands.write("shop.csv", lines)
    again = commands.json("plan")
    assert again["plan"] != plan
    assert commands("apply", str(plan)).exit_code == 2
    commands.write("shop.csv", lines.replace("+31612000008", "+31619999998"))
    told = commands("apply", str(again["plan"]))
    assert told.exit_code == 0
    after = phones(commands, "shop.csv")
    assert after[6] == "+31619999999"
    assert after[7] == "+31619999998"
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 36


def test_a_rejected_plan_writes_nothing_and_comes_again(stopped):
    commands, plan = stopped
    told = commands.json("plan", str(plan), "--reject", "--why", "first ask the shop")
    assert told == {"plan": plan, "state": "rejected", "held": {}, "by": told["by"]}
    assert commands("apply", str(plan)).exit_code == 2
    assert commands.json("sync")["exit"] == 3
    assert phones(commands, "shop.csv") == phones(commands, "shop.csv")
    assert "4200" not in "".join(phones(commands, "shop.csv"))


def test_what_a_rejected_plan_holds_stays_and_the_rest_goes_on(stopped):
    commands, plan = stopped
    told = commands("plan", str(plan), "--reject", "--hold", "shop.phone")
    assert "shop.phone: 36 customers keep what stands there" in told.stdout
    commands.write("crm.csv", crm(rows(CUSTOMERS, changed)).replace("Naam3,", "Anders,"))
    run = commands.json("sync")
    assert (run["written"], run["exit"]) == (1, 0)
    assert "Anders" in (commands.folder / "shop.csv").read_text("utf-8")
    assert "4200" not in "".join(phones(commands, "shop.csv"))


@pytest.mark.parametrize("place", ["shop.email", "nowhere", "crm.phone"])
def test_only_what_the_plan_writes_can_be_held(stopped, place):
    commands, plan = stopped
    told = commands("plan", str(plan), "--reject", "--hold", place)
    assert told.exit_code == 2
    assert f"writes nothing in {place}" in told.stderr
    assert commands.json("plan", str(plan))["state"] == "waiting"


def test_holding_without_rejecting_is_refused(stopped):
    commands, plan = stopped
    assert commands("plan", str(plan), "--hold", "shop.phone").exit_code == 2
    assert commands("plan", "--reject").exit_code == 2


# ── lists ───────────────────────────────────────────────────────────────────────────────────────────


def test_an_empty_file_deletes_and_blanks_nothing(many):
    before = (many.folder / "shop.csv").read_text("utf-8")
    many.write("crm.csv", crm([]))
    run = many.json("sync")
    assert run["exit"] == 4
    assert "nothing is believed to be deleted" in run["systems"][0]["out"]
    assert (many.folder / "shop.csv").read_text("utf-8") == before
    assert run["conflicts"]["open"] == 0


def test_less_than_half_a_file_deletes_nothing(many):
    many.write("crm.csv", crm(rows(CUSTOMERS // 2 - 1)))
    run = many.json("sync")
    assert (run["exit"], run["written"], run["systems"][0]["gone"]) == (4, 0, 0)


def test_half_a_file_stops_the_run_and_writes_nothing(many):
    before = (many.folder / "shop.csv").read_text("utf-8")
    many.write("crm.csv", crm(rows(CUSTOMERS // 2)))
    run = many.json("sync")
    assert (run["exit"], run["written"]) == (3, 0)
    assert "crm: 60 deletions, more than 5" in run["guards"]
    assert (many.folder / "shop.csv").read_text("utf-8") == before
    many.write("crm.csv", crm(rows(CUSTOMERS)))
    again = many.json("sync")
    assert (again["exit"], again["conflicts"]["open"]) == (0, 0)


def test_a_column_that_came_back_empty_blanks_nothing(many):
    before = (many.folder / "shop.csv").read_text("utf-8")
    many.write("crm.csv", crm(rows(CUSTOMERS, lambda n: "")))
    run = many.json("sync")
    assert (run["exit"], run["written"]) == (3, 0)
    assert (many.folder / "shop.csv").read_text("utf-8") == before


def test_a_deletion_that_goes_everywhere_waits_is_read_and_is_carried_out(many):
    hub = (many.folder / "config/hub.yaml").read_text("utf-8")
    many.write("config/hub.yaml", hub.replace("key: id,", "key: id, deletes: propagate,"))
    many.json("sync")
    many.write("crm.csv", crm(rows(CUSTOMERS, gone=(7,))))
    run = many.json("sync")
    assert run["exit"] == 3
    assert run["guards"] == ["shop: 1 record would be taken away, which always waits for approval"]
    told = many("plan", str(run["plan"])).stdout
    (line,) = [line for line in told.splitlines() if "Voor7 " in line]
    assert line.split()[:4] == ["shop", "delete", "1", "7"]
    assert many.json("apply", str(run["plan"]))["written"] == 1
    assert "p7@example.org" not in (many.folder / "shop.csv").read_text("utf-8")
    assert "p7@example.org" in (many.folder / "shop.csv.previous").read_text("utf-8")
    assert many.json("sync")["written"] == 0


def test_a_removal_can_be_rejected_and_held(many):
    hub = (many.folder / "config/hub.yaml").read_text("utf-8")
    many.write("config/hub.yaml", hub.replace("key: id,", "key: id, deletes: propagate,"))
    many.json("sync")
    many.write("crm.csv", crm(rows(CUSTOMERS, gone=(7,))))
    run = many.json("sync")
    told = many.json("plan", str(run["plan"]), "--reject", "--hold", "shop")
    assert told["held"] == {"shop": 1}
    again = many.json("sync")
    assert (again["exit"], again["written"]) == (0, 0)
    assert [c["class"] for c in many.json("conflicts")["conflicts"]] == ["update-delete"]
    assert "p7@example.org" in (many.folder / "shop.csv").read_text("utf-8")
