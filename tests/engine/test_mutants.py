"""The oracles can fail: each planted fault of the engine is found by a few fixed histories."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from flows import apply as applying
from flows import push as pushing
from flows import recover as recovering
from flows import settle as settling
from flows.pull import _Pull
from reconcile import merge as merging
from reconcile import resolve as resolving
from reconcile.merge import _Merge
from tests.engine.oracles import Violation
from tests.engine.test_worlds import live

Patch = pytest.MonkeyPatch
SEEDS = range(10)
"""Histories in which each fault below shows."""


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


def the_whole_record_is_sent_from_memory(patch: Patch) -> None:
    """What is replaced is not written down."""
    patch.setattr(pushing, "_replaced", lambda prepared: {})


def creates_are_repeated_blindly(patch: Patch) -> None:
    patch.setattr(settling.Settling, "find", lambda self, payload: [])
    patch.setattr(recovering, "_searchable", lambda where, payload: True)


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
    patch.setattr(_Pull, "_refuse_short", lambda self, seen: None)


def news_is_marked_read_without_being_read(patch: Patch) -> None:
    commit = applying.commit

    def half(hub: Any, conn: Any, lease: Any, stamp: Any, page: Sequence[Any]) -> None:
        kept = [replace(one, took={}, wants={}) if one.customer.id % 2 else one for one in page]
        commit(hub, conn, lease, stamp, kept)

    patch.setattr(applying, "commit", half)


def freshness_is_ignored(patch: Patch) -> None:
    resolve = merging.resolve

    def newest(golden: Any, sides: Any, rules: Any, kind: Any) -> Any:
        based = [replace(s, base=replace(s.base, version=golden.version)) if s.base else s for s in sides]
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


FAULTS: tuple[Callable[[Patch], None], ...] = (
    base_moves_before_the_answer,
    holds_are_ignored,
    claims_are_forgotten,
    nothing_is_compared_before_sending,
    the_whole_record_is_sent_from_memory,
    creates_are_repeated_blindly,
    unknown_counts_as_done,
    an_empty_list_is_believed,
    news_is_marked_read_without_being_read,
    freshness_is_ignored,
    everybody_owns_everything,
    a_loss_is_an_edit,
)


def violations(seeds: Sequence[int]) -> Iterator[str]:
    """What goes wrong in these histories; an engine that breaks down is found as well."""
    for seed in seeds:
        try:
            live(seed)
        except (Violation, AssertionError, KeyError, ValueError) as found:
            yield f"{seed} {type(found).__name__} {str(found)[:60]}"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_planted_fault_is_found(fault: Callable[[Patch], None], monkeypatch: Patch) -> None:
    fault(monkeypatch)
    assert next(violations(SEEDS), None), f"{fault.__name__} goes unnoticed"
