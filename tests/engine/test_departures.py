"""What a deletion in one system means in the others, by the policy of the system that lost its record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from reconcile.state import refs
from tests.engine.company import Company, character, company
from tests.engine.customers import agreed, book, customer, decided, golden

FEED = {"deletes": "feed"}


@contextmanager
def three(deletes: str, **crm: Any) -> Iterator[Company]:
    """Ada and five others in three systems; what is deleted in the shop goes by `deletes`."""
    shop = character("shop", entry={"deletes": deletes}, **FEED)
    with company(character("books"), shop, character("crm", **crm), guards={"deletes": [50, 50]}) as one:
        for n in range(6):
            for name in one.systems:
                one.has(name, email=f"p{n}@example.org")
        one.run()
        yield one


def there(one: Company, id: str = "1") -> dict[str, bool]:
    """In which systems her record is still looked at."""
    shown = {name: system.records[id] for name, system in one.systems.items()}
    return {name: not record.deleted and record.in_scope for name, record in shown.items()}


def actions(one: Company) -> list[tuple[str, str]]:
    return [(s.system, c.action) for s in one.systems.values() for c in s.requests if c.action != "update"]


def asked(one: Company) -> list[tuple[str, str]]:
    return [(c.cls, c.system) for c in one.open_ones()]


# ── unlink ──────────────────────────────────────────────────────────────────────────────────────────


def test_by_default_nothing_happens_elsewhere_and_a_person_is_asked() -> None:
    with three("unlink") as one:
        one.systems["shop"].remove("1")
        assert one.run().written == 0
        assert there(one) == {"books": True, "shop": False, "crm": True}
        assert asked(one) == [("update-delete", "shop")]
        assert one.run().written == 0
        assert asked(one) == [("update-delete", "shop")]


# ── archive and propagate ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("deletes", "action"), [("archive", "archive"), ("propagate", "delete")])
def test_who_is_deleted_goes_from_the_others_after_approval(deletes: str, action: str) -> None:
    with three(deletes) as one:
        one.systems["shop"].remove("1")
        stopped = one.run_unapproved()
        assert stopped.state == "stopped"
        assert all("one removal" in hit for hit in stopped.hits)
        assert len(stopped.hits) == 2
        assert actions(one) == []
        assert one.run().written == 2
        assert actions(one) == [("books", action), ("crm", action)]
        assert there(one) == {"books": False, "shop": False, "crm": False}
        assert asked(one) == []
        again = one.run()
        assert (again.written, again.hits) == (0, [])
        assert there(one, "2") == {"books": True, "shop": True, "crm": True}


@pytest.mark.parametrize("deletes", ["archive", "propagate"])
def test_the_whole_record_is_kept_before_it_goes(deletes: str) -> None:
    with three(deletes) as one:
        held = dict(one.systems["crm"].records["1"].payload)
        one.systems["shop"].remove("1")
        one.run()
        (entry,) = [e for e in one.entries() if e.system == "crm" and e.action != "update"]
        assert entry.state == "acked"
        with one.hub.store.read() as conn:
            assert refs.get_values(conn, [entry.before])[entry.before] == held


@pytest.mark.parametrize("deletes", ["archive", "propagate"])
def test_an_edit_elsewhere_survives_a_delete(deletes: str) -> None:
    with three(deletes) as one:
        one.systems["shop"].remove("1")
        one.systems["crm"].edit("1", last="Bovenkerk")
        result = one.run()
        assert result.hits == []
        assert actions(one) == []
        assert one.shown("books", "1", "last") == "Bovenkerk"
        assert asked(one) == [("update-delete", "shop")]
        assert one.run().written == 0


@pytest.mark.parametrize("deletes", ["archive", "propagate"])
def test_an_edit_between_approval_and_sending_survives(deletes: str) -> None:
    with three(deletes) as one:
        one.systems["shop"].remove("1")
        crm = one.systems["crm"]

        def edited(ids: Any) -> None:
            crm.before_fetch = lambda ids: None
            crm.edit("1", phone="0612000009")

        crm.before_fetch = edited
        result = one.run()
        assert result.pushes["crm"]["outcomes"] == {"stale": 1}
        assert there(one)["crm"]
        assert asked(one) == [("update-delete", "shop")]
        assert one.run().written == 0
        assert there(one)["crm"]


@pytest.mark.parametrize("deletes", ["archive", "propagate"])
def test_an_edit_in_the_window_is_refused_by_the_version(deletes: str) -> None:
    with three(deletes, conditional_write=True) as one:
        one.systems["shop"].remove("1")
        crm = one.systems["crm"]

        def edited(change: Any) -> None:
            crm.before_push = None
            crm.edit("1", phone="0612000009")

        crm.before_push = edited
        one.run()
        assert there(one)["crm"]
        assert asked(one) == [("update-delete", "shop")]


@pytest.mark.parametrize("deletes", ["archive", "propagate"])
def test_while_something_is_in_dispute_nobody_goes(deletes: str) -> None:
    with three(deletes) as one:
        one.systems["books"].edit("1", last="Bovenkerk")
        one.systems["crm"].edit("1", last="Coenen")
        one.run()
        one.systems["shop"].remove("1")
        assert one.run().hits == []
        assert actions(one) == []
        assert sorted(asked(one)) == [("update-delete", "shop"), ("update-update", "")]


def test_who_cannot_be_taken_away_somewhere_is_told() -> None:
    with three("propagate", writes="none") as one:
        one.systems["shop"].remove("1")
        one.run()
        assert actions(one) == [("books", "delete")]
        assert there(one) == {"books": False, "shop": False, "crm": True}
        assert asked(one) == [("update-delete", "shop")]
        assert one.run().written == 0


@pytest.mark.parametrize(("can", "goes"), [({"archive"}, True), ({"update", "delete"}, False)])
def test_a_system_that_cannot_archive_keeps_its_record(can: set[str], goes: bool) -> None:
    rules = book("a", "b", of={"a": {"can": frozenset(can)}, "b": {"deletes": "archive"}})
    gone = agreed(2, "b", {"name": "Ada"}, presence="deleted")
    merged = decided(customer(agreed(1, "a", {"name": "Ada"}), gone, golden=golden(name="Ada")), rules)
    assert merged.removals == ({1: "archive"} if goes else {})
    assert [q.cls for q in merged.questions] == ([] if goes else ["update-delete"])


@pytest.mark.parametrize("deletes", ["archive", "propagate"])
@pytest.mark.parametrize("fault", ["timeout", "lost"])
def test_when_nobody_knows_whether_it_went_the_hub_finds_out(deletes: str, fault: str) -> None:
    with three(deletes, conditional_write=False) as one:
        one.systems["shop"].remove("1")
        one.systems["crm"].fail_next(fault)  # type: ignore[arg-type]
        one.run()
        sent = [a for a in actions(one) if a[0] == "crm"]
        assert len(sent) == 1
        one.run()
        assert len([a for a in actions(one) if a[0] == "crm"]) == 1
        one.clock.passes(minutes=11)
        one.run()
        assert there(one) == {"books": False, "shop": False, "crm": False}
        assert len([a for a in actions(one) if a[0] == "crm"]) == (1 if fault == "timeout" else 2)
        assert one.run().written == 0


@pytest.mark.parametrize("before", [True, False], ids=["before the effect", "after the effect"])
def test_a_crash_while_it_goes_changes_nothing(before: bool) -> None:
    with three("propagate") as one:
        one.systems["shop"].remove("1")
        trouble = one.systems["crm"].troubles
        trouble.kill_before, trouble.kill_after = (0, -1) if before else (-1, 0)
        assert one.sync() is None
        one.calm_down()
        for _ in range(2):
            one.clock.passes(minutes=11)
            one.run()
        assert there(one) == {"books": False, "shop": False, "crm": False}
        assert len([e for e in one.systems["crm"].effects if e.change.action == "delete"]) == 1


def test_a_refusal_is_told_and_not_repeated() -> None:
    with three("propagate") as one:
        one.systems["shop"].remove("1")
        one.systems["crm"].fail_next("rejected")
        one.run()
        one.run()
        assert [a for a in actions(one) if a[0] == "crm"] == [("crm", "delete")]
        assert asked(one) == [("update-delete", "shop")]


def test_a_system_that_only_says_so_is_believed_not() -> None:
    with three("propagate") as one:
        one.systems["shop"].remove("1")
        crm = one.systems["crm"]
        kept = crm._carry_out

        def pretends(change: Any) -> Any:
            held = crm.records["1"]
            outcome = kept(change)
            crm.records["1"] = held
            return outcome

        crm._carry_out = pretends  # type: ignore[method-assign]
        result = one.run()
        assert result.pushes["crm"]["outcomes"] == {"rejected": 1}
        assert there(one)["crm"]


@pytest.mark.parametrize(("deletes", "made"), [("unlink", {"c"}), ("archive", set()), ("propagate", set())])
def test_nobody_is_made_elsewhere_while_a_customer_leaves(deletes: str, made: set[str]) -> None:
    rules = book("a", "b", "c", of={"b": {"deletes": deletes}, "c": {"creates": "all"}})
    gone = agreed(2, "b", {"name": "Ada"}, presence="deleted")
    one = customer(agreed(1, "a", {"name": "Ada"}), gone, golden=golden(name="Ada"))
    assert set(decided(one, rules).creates) == made


def test_a_decision_about_a_field_takes_nobody_away() -> None:
    """Answers are carried out at once; a deletion waits for the approval of a plan."""
    with three("propagate") as one:
        one.systems["crm"].edit("1", phone=None)
        one.run()
        (question,) = one.open_ones()
        assert question.cls == "loss"
        one.systems["shop"].remove("1")
        one.run_unapproved()
        one.answer(question, "keep")
        stopped = one.run_unapproved()
        assert actions(one) == []
        assert stopped.state == "stopped"


# ── recreate ────────────────────────────────────────────────────────────────────────────────────────


def test_a_record_is_made_again_once_and_then_a_person_is_asked() -> None:
    with three("recreate") as one:
        one.systems["shop"].remove("1")
        one.run()
        assert actions(one) == [("shop", "create")]
        assert asked(one) == []
        assert one.run().written == 0
        (made,) = set(one.systems["shop"].records) - {str(n) for n in range(1, 7)}
        assert one.shown("shop", made, "last") == "Achterberg"
        one.systems["shop"].remove(made)
        one.run()
        one.run()
        assert actions(one) == [("shop", "create")]
        assert asked(one) == [("update-delete", "shop")]


def test_a_refused_recreation_is_asked_about() -> None:
    with three("recreate") as one:
        one.systems["shop"].remove("1")
        one.systems["shop"].fail_next("rejected")
        for _ in range(3):
            one.run()
        assert actions(one) == [("shop", "create")]
        assert asked(one) == [("update-delete", "shop")]


@pytest.mark.parametrize("deletes", ["unlink", "recreate"])
def test_an_edit_elsewhere_goes_on_after_a_delete(deletes: str) -> None:
    with three(deletes) as one:
        one.systems["shop"].remove("1")
        one.systems["crm"].edit("1", last="Bovenkerk")
        one.run()
        assert one.shown("books", "1", "last") == "Bovenkerk"


# ── back ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("deletes", ["unlink", "archive", "propagate", "recreate"])
def test_who_comes_back_before_anything_was_approved_is_simply_back(deletes: str) -> None:
    with three(deletes) as one:
        held = one.systems["shop"].records["1"].payload
        one.systems["shop"].remove("1")
        one.run_unapproved() if deletes in ("archive", "propagate") else None
        one.systems["shop"]._store("1", held)
        result = one.run()
        assert (result.written, result.hits, asked(one)) == (0, [], [])
        assert there(one) == {"books": True, "shop": True, "crm": True}
        assert [c.holds for c in one.customers()] == [()] * 6


def test_an_archived_record_that_a_user_brings_back_is_heard_again() -> None:
    with three("archive") as one:
        one.systems["shop"].remove("1")
        one.run()
        crm = one.systems["crm"]
        crm._store("1", {**crm.records["1"].payload, "last": "Bovenkerk"})
        one.run()
        (ada,) = [c for c in one.customers() if any((r.system, r.id) == ("crm", "1") for r in c.records)]
        assert {r.presence for r in ada.records if r.system == "crm"} == {"present"}
        assert ada.golden["family_name"].value == "Bovenkerk"


def test_a_copy_that_goes_is_no_departure() -> None:
    with three("propagate") as one:
        copy = one.has("shop", email="p0@example.org")
        one.run()
        assert asked(one) == [("duplicate in one system", "shop")]
        one.systems["shop"].remove(copy)
        assert one.run().hits == []
        assert asked(one) == []
        assert actions(one) == []
