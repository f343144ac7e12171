"""What happens to one field of one customer, story by story; rows are those of the table of stories."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from reconcile import survive
from reconcile.policy import MostRecentRule, NewestRecordRule, SystemRule
from reconcile.resolve import Base, Decision, GoldenField, Open, Quiet, Rule, Settled, Side, Take, resolve
from reconcile.types.base import SemanticType
from reconcile.values import BLANK, CLEAR, MISSING, Golden, Seen, Value
from tests.resolve.aftermath import next_run

TODAY, BEFORE = 7, 6
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Text(SemanticType):
    name = "text"


class Address(SemanticType):
    """(street, city, country): a blank part says nothing."""

    name = "address"

    def within(self, a: Value, b: Value) -> bool:
        if not isinstance(a, tuple) or not isinstance(b, tuple):
            return a is BLANK
        return all(part in ("", other) for part, other in zip(a, b, strict=True))


TEXT, ADDRESS = Text(), Address()
BOOKS_DECIDE = survive.chain([SystemRule(system="books")])
EVERY_CHAIN = [
    (),
    BOOKS_DECIDE,
    survive.chain([SystemRule(system="shop"), "majority", "most_recent"]),
    survive.chain(["most_complete", "min", "max"]),
]


def hub(value: Golden, version: int = TODAY, locked: bool = False) -> GoldenField:
    return GoldenField(value, version, locked)


def agreed(name: str, value: Seen, **more: object) -> Side:
    """Shows what it and the hub agreed on today."""
    assert value is not MISSING
    return Side(name, value, Base(value, TODAY), **more)  # type: ignore[arg-type]


def says(side: Side, value: Seen) -> Side:
    """Somebody there enters a value."""
    return replace(side, now=value)


def decide(
    golden: GoldenField, *sides: Side, rules: tuple[Rule, ...] = (), kind: SemanticType = TEXT
) -> Decision:
    """The decision, in whatever order the systems come."""
    first, *rest = [resolve(golden, order, (survive.LOCK, *rules), kind) for order in permutations(sides)]
    assert all(names(other) == names(first) for other in rest)
    return first


def names(decision: Decision) -> tuple[object, ...]:
    losses = {s.name for s in decision.losses}
    if isinstance(decision, Quiet):
        return (Quiet, losses)
    value = BLANK if isinstance(decision, Open) else decision.value
    return (type(decision), value, {s.name for s in decision.claims}, losses, decision.values)


def lost(decision: Decision) -> set[str]:
    return {s.name for s in decision.losses}


def claiming(decision: Decision) -> set[str]:
    assert not isinstance(decision, Quiet)
    return {s.name for s in decision.claims}


class TestAnEditByANonOwner:
    """Row 1: the IBAN belongs to books."""

    books, shop = agreed("books", "NL91"), agreed("shop", "NL91", owner=False)

    def test_is_asked_without_a_rule(self) -> None:
        asked = decide(hub("NL91"), self.books, says(self.shop, "NL02"))
        assert names(asked) == (Open, BLANK, {"shop"}, set(), {"NL91", "NL02"})

    def test_is_put_back_once_by_the_owners_rule_and_asked_when_it_returns(self) -> None:
        golden, sides = hub("NL91"), (self.books, says(self.shop, "NL02"))
        settled = decide(golden, *sides, rules=BOOKS_DECIDE)
        assert isinstance(settled, Settled) and settled.value == "NL91"
        golden, (books, shop) = next_run(golden, sides, settled)
        assert shop.now == "NL91" and golden.version == TODAY + 1
        assert isinstance(decide(golden, books, says(shop, "NL02"), rules=BOOKS_DECIDE), Open)

    @pytest.mark.parametrize("rules", EVERY_CHAIN)
    def test_that_fills_in_a_blank_is_asked_whatever_the_rules(self, rules: tuple[Rule, ...]) -> None:
        books, shop = agreed("books", BLANK), agreed("shop", BLANK, owner=False)
        assert isinstance(decide(hub(BLANK), books, says(shop, "NL02"), rules=rules), Open)


@pytest.mark.parametrize("rules", EVERY_CHAIN)
def test_an_older_state_that_comes_back_is_asked_whatever_the_chain(rules: tuple[Rule, ...]) -> None:
    """Row 2: the hub wrote B in a file, its user saves the old A."""
    golden, sides = hub("A"), (says(agreed("shop", "A"), "B"), agreed("xlsx", "A"))
    taken = decide(golden, *sides, rules=rules)
    assert isinstance(taken, Take) and taken.value == "B"
    golden, (shop, xlsx) = next_run(golden, sides, taken)
    asked = decide(golden, shop, says(xlsx, "A"), rules=rules)
    assert isinstance(asked, Open) and asked.values == {"A", "B"}


@pytest.mark.parametrize("also_says", [("Dorpsstraat 12", "Utrecht", "NL"), ("Dorpsstraat 12", "", "NL")])
def test_an_older_state_is_not_written_over_again_because_somebody_else_says_as_much(
    also_says: Value,
) -> None:
    """Row 2: crm, which missed today's golden, says what xlsx went back to, or more; books keeps golden."""
    older, golden = ("Dorpsstraat 12", "", "NL"), ("Kerkstraat 5", "", "NL")
    books, xlsx = agreed("books", golden), Side("xlsx", older, Base(golden, TODAY, before=older))
    crm = Side("crm", also_says, Base(older[:1] + ("Breda", ""), BEFORE))
    asked = decide(hub(golden), books, xlsx, crm, rules=BOOKS_DECIDE, kind=ADDRESS)
    assert names(asked) == (Open, BLANK, {"xlsx", "crm"}, set(), {golden, older, also_says})


def test_a_system_with_a_standing_difference_is_heard_when_its_user_edits() -> None:
    """Row 3: the target could not take G; a week later its user enters C, alone."""
    target = Side("target", "old", Base("old", TODAY))
    assert decide(hub("G"), agreed("crm", "G"), target) == Quiet()
    taken = decide(hub("G"), agreed("crm", "G"), says(target, "C"))
    assert isinstance(taken, Take) and taken.value == "C"


class TestAClaimantThatGoesBackToGolden:
    """Row 4: open, crm says X, shop says Y; golden is A."""

    def opened(self) -> tuple[GoldenField, tuple[Side, ...]]:
        sides = (says(agreed("crm", "A"), "X"), says(agreed("shop", "A"), "Y"))
        asked = decide(hub("A"), *sides)
        assert isinstance(asked, Open) and asked.values == {"X", "Y"}
        return next_run(hub("A"), sides, asked)

    def test_is_a_vote_for_golden_and_lets_nobody_win_unasked(self) -> None:
        golden, (crm, shop) = self.opened()
        for _ in range(3):
            asked = decide(golden, says(crm, "A"), shop)
            assert isinstance(asked, Open) and asked.values == {"A", "Y"}
            golden, (crm, shop) = next_run(golden, (says(crm, "A"), shop), asked)

    def test_is_a_vote_for_clear_when_it_is_blanked_again(self) -> None:
        sides = (says(agreed("crm", BLANK), "X"), says(agreed("shop", BLANK), "Y"))
        golden, (crm, shop) = next_run(hub(CLEAR), sides, decide(hub(CLEAR), *sides))
        asked = decide(golden, says(crm, BLANK), shop)
        assert names(asked) == (Open, BLANK, {"shop"}, set(), {CLEAR, "Y"})

    def test_can_be_outdone_by_a_rule(self) -> None:
        golden, (crm, shop) = self.opened()
        settled = decide(golden, says(crm, "A"), shop, rules=survive.chain([SystemRule(system="shop")]))
        assert isinstance(settled, Settled) and settled.value == "Y"

    def test_closes_the_conflict_when_all_are_back(self) -> None:
        golden, (crm, shop) = self.opened()
        assert decide(golden, says(crm, "A"), says(shop, "A")) == Quiet()

    def test_keeps_it_open_while_another_claimant_cannot_be_read(self) -> None:
        golden, (crm, shop) = self.opened()
        rules = survive.chain([SystemRule(system="shop")])
        assert isinstance(decide(golden, replace(crm, now=MISSING), shop, rules=rules), Open)


class TestAnEditHereAndABlankThere:
    """Row 5: one system edits, another blanks: golden is the edit, the blank one is held."""

    crm, shop = agreed("crm", "A"), agreed("shop", "A")

    def ends(self, golden: GoldenField, shop: Side) -> None:
        assert golden.value == "B"
        assert shop.now is BLANK and shop.base is not None and shop.base.value is BLANK

    def test_in_one_run(self) -> None:
        sides = (says(self.crm, "B"), says(self.shop, BLANK))
        taken = decide(hub("A"), *sides)
        assert names(taken) == (Take, "B", {"crm"}, {"shop"}, {"B"})
        golden, (_, shop) = next_run(hub("A"), sides, taken)
        self.ends(golden, shop)

    def test_the_blank_first(self) -> None:
        sides = (self.crm, says(self.shop, BLANK))
        quiet = decide(hub("A"), *sides)
        assert names(quiet) == (Quiet, {"shop"})
        # Held: the write of A that resolve would allow is what the hold blocks.
        held = replace(self.shop, now=BLANK, base=Base(BLANK, TODAY, "A"))
        taken = decide(hub("A"), says(self.crm, "B"), held)
        assert names(taken) == (Take, "B", {"crm"}, set(), {"B"})
        self.ends(hub("B"), held)

    def test_a_push_that_failed_between(self) -> None:
        golden = hub("B", TODAY + 1)  # taken from crm; the write to shop never arrived
        crm = Side("crm", "B", Base("B", TODAY + 1))
        sides = (crm, says(self.shop, BLANK))
        quiet = decide(golden, *sides)
        assert names(quiet) == (Quiet, {"shop"})
        self.ends(*((after := next_run(golden, sides, quiet))[0], after[1][1]))

    def test_an_accepted_blank_against_an_edit_is_asked(self) -> None:
        shop = replace(self.shop, on_loss="accept")
        asked = decide(hub("A"), says(self.crm, "B"), says(shop, BLANK))
        assert isinstance(asked, Open) and asked.values == {"B", CLEAR}


def test_a_name_cut_after_our_write_is_held_there_alone_and_never_spread() -> None:
    """Row 8: a night job cuts the name in shop; later golden moves on."""
    crm, shop = agreed("crm", "Bakkerij de Wit"), agreed("shop", "Bakkerij de Wit")
    sides = (crm, says(shop, "Bakkerij d"))
    quiet = decide(hub("Bakkerij de Wit"), *sides)
    assert names(quiet) == (Quiet, {"shop"})
    golden, (crm, shop) = next_run(hub("Bakkerij de Wit"), sides, quiet)
    assert shop.now == "Bakkerij d" and golden.value == "Bakkerij de Wit"
    moved = decide(golden, says(crm, "De Wit Brood"), shop)
    assert names(moved) == (Take, "De Wit Brood", {"crm"}, set(), {"De Wit Brood"})


@pytest.mark.parametrize("on_loss", ["accept", "refill"])
@pytest.mark.parametrize("left", [BLANK, ("Dorpsstraat 12", "", "NL")])
def test_a_loss_that_undoes_our_write_is_held_however_losses_are_taken(on_loss: str, left: Value) -> None:
    """Rows 8 and 20: else the hub and the system would write against each other for ever."""
    full = ("Dorpsstraat 12", "Utrecht", "NL")
    mail = Side("mail", left, Base(full, TODAY, before=left), on_loss=on_loss)  # type: ignore[arg-type]
    assert names(decide(hub(full), agreed("crm", full), mail, kind=ADDRESS)) == (Quiet, {"mail"})


def test_a_claimant_whose_value_is_cut_takes_no_more_part() -> None:
    """Rows 4 and 8: its loss is no candidate, neither in this run nor in the next."""
    crm = says(agreed("crm", "Bakkerij de Wit", claims=True), "Bakkerij")
    shop = says(agreed("shop", "Bakkerij de Wit", claims=True, owner=False), "De Wit")
    golden, sides = hub("Bakkerij de Wit"), (crm, shop)
    for held in ({"crm"}, set()):
        asked = decide(golden, *sides)
        assert names(asked) == (Open, BLANK, {"shop"}, held, {"Bakkerij de Wit", "De Wit"})
        golden, sides = next_run(golden, sides, asked)


def test_a_lone_edit_of_an_owner_is_taken_everywhere() -> None:
    """Row 12: the customer changes the phone in the shop."""
    sides = (
        agreed("crm", "+31612345679"),
        says(agreed("shop", "+31612345679"), "+31687654321"),
        agreed("books", BLANK),
    )
    taken = decide(hub("+31612345679"), *sides)
    assert names(taken) == (Take, "+31687654321", {"shop"}, set(), {"+31687654321"})
    assert all(side.now == "+31687654321" for side in next_run(hub("+31612345679"), sides, taken)[1])


@pytest.mark.parametrize("blanking", [{"crm", "shop"}, {"crm", "shop", "books"}])
def test_blanks_clear_nothing_however_many_there_are(blanking: set[str]) -> None:
    """Row 13."""
    sides = [agreed(name, "A") for name in ("crm", "shop", "books")]
    quiet = decide(hub("A"), *(says(s, BLANK) if s.name in blanking else s for s in sides))
    assert names(quiet) == (Quiet, blanking)


class TestAFirstSyncWithTwoValues:
    """Row 14: nobody has a base."""

    newest = survive.chain([NewestRecordRule(newest_record="30d")])
    crm = Side("crm", "A", record_time=NOON)
    shop = Side("shop", "B", record_time=NOON - timedelta(days=90))

    def test_is_settled_by_the_list_for_first_syncs(self) -> None:
        settled = decide(hub(BLANK, 0), self.crm, self.shop, rules=self.newest)
        assert isinstance(settled, Settled) and settled.value == "A" and settled.rule.name == "newest_record"

    def test_is_asked_when_the_list_cannot_tell(self) -> None:
        asked = decide(hub(BLANK, 0), self.crm, replace(self.shop, record_time=None), rules=self.newest)
        assert isinstance(asked, Open) and asked.values == {"A", "B"}


@pytest.mark.parametrize("rules", EVERY_CHAIN)
def test_an_edit_in_the_second_of_two_duplicates_is_asked_whatever_the_chain(rules: tuple[Rule, ...]) -> None:
    """Row 15."""
    first, second = agreed("shop", "A"), replace(agreed("shop", "A"), secondary=True, rid=2)
    asked = resolve(hub("A"), (first, says(second, "B")), rules, TEXT)
    assert isinstance(asked, Open) and asked.values == {"A", "B"}


def test_edits_to_one_value_converge() -> None:
    """Row 17: several say the same."""
    sides = (says(agreed("crm", "A"), "B"), says(agreed("shop", "A"), "B"), agreed("books", "A"))
    taken = decide(hub("A"), *sides)
    assert names(taken) == (Take, "B", {"crm", "shop"}, set(), {"B"})


def test_an_edit_to_what_golden_has_is_only_marked_as_seen() -> None:
    """Row 17: our write was still under way when its user entered the same."""
    late = Side("shop", "B", Base("A", BEFORE))
    assert decide(hub("B"), agreed("crm", "B"), late) == Quiet()


class TestOwnersThatDisagree:
    """Row 18."""

    crm = replace(says(agreed("crm", "A"), "B"), interval=(NOON - timedelta(hours=1), NOON))
    shop = replace(
        says(agreed("shop", "A"), "C"), interval=(NOON + timedelta(hours=1), NOON + timedelta(hours=2))
    )

    def test_are_asked(self) -> None:
        asked = decide(hub("A"), self.crm, self.shop, agreed("books", "A"))
        assert names(asked) == (Open, BLANK, {"crm", "shop"}, set(), {"B", "C"})

    def test_are_settled_by_the_first_rule_that_can(self) -> None:
        rules = survive.chain([SystemRule(system="mail"), MostRecentRule(most_recent="15m")])
        settled = decide(hub("A"), self.crm, self.shop, rules=rules)
        assert isinstance(settled, Settled) and settled.value == "C"

    def test_leave_the_others_unwritten_while_it_is_open(self) -> None:
        sides = (self.crm, self.shop, agreed("books", "A"))
        golden, after = next_run(hub("A"), sides, decide(hub("A"), *sides))
        assert golden == hub("A") and [s.now for s in after] == ["B", "C", "A"]


def test_an_edit_on_an_older_golden_does_not_overwrite_todays() -> None:
    """Row 19: golden moved to B, our write has not arrived, the user there enters C."""
    behind = Side("shop", "C", Base("A", BEFORE))
    asked = decide(hub("B"), agreed("crm", "B"), behind)
    assert isinstance(asked, Open) and asked.values == {"B", "C"}
    settled = decide(hub("B"), agreed("crm", "B"), behind, rules=survive.chain([SystemRule(system="shop")]))
    assert isinstance(settled, Settled) and settled.value == "C"


class TestATargetThatAnswersOurWrites:
    """Row 20: an automation there restyles or reverts."""

    def written(self) -> tuple[GoldenField, tuple[Side, ...]]:
        sides = (says(agreed("crm", "A"), "B"), agreed("shop", "A"))
        return next_run(hub("A"), sides, decide(hub("A"), *sides))

    def test_a_restyle_is_an_edit_and_the_way_back_is_asked(self) -> None:
        golden, (crm, shop) = self.written()
        restyled = (crm, says(shop, "b"))
        taken = decide(golden, *restyled)
        assert isinstance(taken, Take) and taken.value == "b"
        golden, (crm, shop) = next_run(golden, restyled, taken)
        assert isinstance(decide(golden, says(crm, "B"), shop), Open)

    def test_a_revert_is_asked_after_one_write(self) -> None:
        golden, (crm, shop) = self.written()
        assert isinstance(decide(golden, crm, says(shop, "A")), Open)


def test_a_locked_value_is_put_back_once_and_then_asked() -> None:
    """Row 21."""
    golden, sides = hub("A", locked=True), (agreed("crm", "A"), says(agreed("shop", "A"), "B"))
    settled = decide(golden, *sides)
    assert isinstance(settled, Settled) and settled.value == "A" and settled.rule == survive.LOCK
    golden, (crm, shop) = next_run(golden, sides, settled)
    assert shop.now == "A"
    asked = decide(golden, crm, says(shop, "B"))
    assert isinstance(asked, Open) and asked.values == {"A", "B"}


def test_a_value_a_system_cannot_hold_leaves_the_others_in_peace() -> None:
    """Row 22: shop cannot store the new value; it counts as having seen it."""
    golden, crm, shop = (
        hub("a long street"),
        agreed("crm", "a long street"),
        Side("shop", "short", Base("short", TODAY)),
    )
    assert decide(golden, crm, shop) == Quiet()
    moved = decide(golden, says(crm, "another street"), shop)
    assert names(moved) == (Take, "another street", {"crm"}, set(), {"another street"})
