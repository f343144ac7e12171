"""The oracles can fail: each planted fault of the engine is found by a few fixed histories."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from flows import absence
from flows import apply as applying
from flows import push as pushing
from flows import recover as recovering
from flows import settle as settling
from reconcile import merge as merging
from reconcile import resolve as resolving
from reconcile.merge import _Merge
from tests.engine.company import Company, character, company
from tests.engine.oracles import Oracles, Violation
from tests.engine.test_worlds import live

Patch = pytest.MonkeyPatch


def base_moves_before_the_answer(patch: Patch) -> None:
    """The base says what we want to send, before anything was sent."""
    settle = _Merge._settle_side

    def early(self: Any, look: Any, side: Any, golden: Any, version: int) -> None:
        settle(self, look, side, golden, version)
        if want := self.out.wants.get(side.rid, {}).get(look.rule.name):
            self._base(look.records[side.rid])[look.rule.name] = resolving.Base(want.desired, version)

    patch.setattr(_Merge, "_settle_side", early)


def holds_are_ignored(patch: Patch) -> None:
    patch.setattr(_Merge, "_held", lambda self, name, system: False)


def claims_are_forgotten(patch: Patch) -> None:
    patch.setattr(_Merge, "_claim", lambda self, look, claimants, losers: self._unclaim(look.rule.name))


def nothing_is_compared_before_sending(patch: Patch) -> None:
    def blind(self: Any, entry: Any, now: Any, values: Any) -> Any:
        wanted = {f: values[d] for f, (d, _, _) in entry.fields.items()}
        return self._change(entry, now, wanted, values)

    patch.setattr(pushing._Batch, "_update", blind)


def what_is_replaced_is_not_written_down(patch: Patch) -> None:
    patch.setattr(pushing, "_replaced", lambda prepared: {})


def creates_are_repeated_blindly(patch: Patch) -> None:
    patch.setattr(settling.Settling, "find", lambda self, payload: [])
    patch.setattr(recovering, "_searchable", lambda where, payload: True)
    patch.setattr(recovering, "_newcomers", lambda where, meant: [])


def unknown_counts_as_done(patch: Patch) -> None:
    settle = pushing.settle

    def hopeful(where: Any, done: Sequence[Any]) -> list[str]:
        def sure(one: Any) -> Any:
            if one.outcome.status != "unknown" or one.now is None:
                return one
            shown = replace(one.now, payload={**one.now.payload, **one.change.payload})
            return replace(one, outcome=replace(one.outcome, status="applied", record=shown))

        return settle(where, [sure(one) for one in done])

    patch.setattr(pushing, "settle", hopeful)


def an_empty_list_is_believed(patch: Patch) -> None:
    patch.setattr(absence, "refuse_short", lambda hub, *counted: None)


def news_is_marked_read_without_being_read(patch: Patch) -> None:
    commit = applying.commit

    def half(hub: Any, conn: Any, lease: Any, stamp: Any, page: Sequence[Any]) -> None:
        kept = [replace(one, took={}, wants={}) if one.customer.id % 2 else one for one in page]
        commit(hub, conn, lease, stamp, kept)

    patch.setattr(applying, "commit", half)


def freshness_is_ignored(patch: Patch) -> None:
    resolve = merging.resolve

    def newest(golden: Any, sides: Any, rules: Any, kind: Any) -> Any:
        based = [replace(s, base=s.base._replace(version=golden.version)) if s.base else s for s in sides]
        return resolve(replace(golden, version=golden.version + 7), based, rules, kind)

    patch.setattr(merging, "resolve", newest)


def everybody_owns_everything(patch: Patch) -> None:
    resolve = merging.resolve

    def anybody(golden: Any, sides: Any, rules: Any, kind: Any) -> Any:
        return resolve(golden, [replace(s, owner=True) for s in sides], rules, kind)

    patch.setattr(merging, "resolve", anybody)


def a_loss_is_an_edit(patch: Patch) -> None:
    resolve = merging.resolve

    def accepted(golden: Any, sides: Any, rules: Any, kind: Any) -> Any:
        return resolve(golden, [replace(s, on_loss="refill") for s in sides], rules, kind)

    patch.setattr(merging, "resolve", accepted)


# ── where they show ─────────────────────────────────────────────────────────────────────────────────


def told(world: Company, oracles: Oracles) -> None:
    """A run, and a look."""
    world.clock.passes(minutes=11)
    world.sync()
    oracles.after(clean=True)


def known_everywhere(world: Company, oracles: Oracles) -> None:
    for name in world.systems:
        world.has(name)
    told(world, oracles)


def somebody_recants() -> None:
    """Two disagree, and one of them goes back to what was."""
    with company(*(character(name) for name in ("books", "shop", "crm"))) as world:
        oracles = Oracles(world)
        known_everywhere(world, oracles)
        world.change("books", "1", "family_name", {"last": "Bovenkerk"})
        world.change("shop", "1", "family_name", {"last": "Coenen"})
        told(world, oracles)
        world.change("books", "1", "family_name", {"last": "Achterberg"})
        told(world, oracles)
        oracles.rest()


def a_create_is_not_answered() -> None:
    """Somebody is made in the shop, the answer is lost, and a user makes the record hard to recognise."""
    with company(character("books"), character("shop", creates="all", searchable=frozenset())) as world:
        oracles = Oracles(world)
        world.has("books")
        world.systems["shop"].fail_next("timeout")
        world.sync()
        (made,) = (effect.id for effect in world.systems["shop"].effects)
        world.change("shop", made, "email", {"email": "other@example.org"})
        told(world, oracles)
        oracles.rest()


def a_write_is_refused() -> None:
    """One edit, and a system that does not take it."""
    with company(character("books"), character("shop")) as world:
        oracles = Oracles(world)
        known_everywhere(world, oracles)
        world.change("books", "1", "family_name", {"last": "Bovenkerk"})
        world.systems["shop"].fail_next("rejected")
        told(world, oracles)
        oracles.rest()


def somebody_writes_meanwhile() -> None:
    """A user writes after the list was read and before the hub writes."""
    with company(character("books"), character("shop", conditional_write=False)) as world:
        oracles = Oracles(world)
        known_everywhere(world, oracles)
        world.change("books", "1", "family_name", {"last": "Bovenkerk"})
        shop = world.systems["shop"]

        def edit(ids: Sequence[str]) -> None:
            shop.before_fetch = lambda ids: None
            world.change("shop", "1", "family_name", {"last": "Coenen"})

        shop.before_fetch = edit
        world.sync()
        oracles.after(clean=False)
        oracles.rest()


def an_answer_gets_lost() -> None:
    """A write that never arrived, and of which nobody knows."""
    with company(character("books"), character("shop")) as world:
        oracles = Oracles(world)
        known_everywhere(world, oracles)
        world.change("books", "1", "family_name", {"last": "Bovenkerk"})
        world.systems["shop"].fail_next("lost")
        told(world, oracles)
        oracles.rest()


def a_list_is_empty() -> None:
    """A system shows nobody for once."""
    with company(character("books"), character("shop", incremental="no")) as world:
        oracles = Oracles(world)
        known_everywhere(world, oracles)
        world.systems["shop"].troubles.empty_list = True
        world.sync()
        oracles.after(clean=False)


def somebody_shortens() -> None:
    """A night job cuts names in one system."""
    with company(character("books"), character("shop")) as world:
        oracles = Oracles(world)
        known_everywhere(world, oracles)
        world.change("shop", "1", "family_name", {"last": "Achterbe"})
        told(world, oracles)
        oracles.rest()


def seeds(*numbers: int) -> Callable[[], None]:
    """Histories of `test_worlds`."""

    def lived() -> None:
        for number in numbers:
            live(number)

    return lived


FAULTS: Mapping[Callable[[Patch], None], Callable[[], None]] = {
    base_moves_before_the_answer: a_write_is_refused,
    claims_are_forgotten: somebody_recants,
    nothing_is_compared_before_sending: somebody_writes_meanwhile,
    creates_are_repeated_blindly: a_create_is_not_answered,
    holds_are_ignored: seeds(1, 2),
    what_is_replaced_is_not_written_down: seeds(0),
    unknown_counts_as_done: an_answer_gets_lost,
    an_empty_list_is_believed: a_list_is_empty,
    news_is_marked_read_without_being_read: seeds(0, 1),
    freshness_is_ignored: seeds(7),
    everybody_owns_everything: seeds(0, 1),
    a_loss_is_an_edit: somebody_shortens,
}
"""Each planted fault, and a history in which it shows."""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_planted_fault_is_found(fault: Callable[[Patch], None], monkeypatch: Patch) -> None:
    fault(monkeypatch)
    with pytest.raises(Violation):
        FAULTS[fault]()


@pytest.mark.parametrize(
    "scene",
    [
        somebody_recants,
        a_create_is_not_answered,
        a_write_is_refused,
        somebody_writes_meanwhile,
        somebody_shortens,
        an_answer_gets_lost,
        a_list_is_empty,
    ],
)
def test_without_a_fault_nothing_is_found(scene: Callable[[], None]) -> None:
    scene()
