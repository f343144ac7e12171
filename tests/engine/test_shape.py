"""What the work costs, counted: statements, rows and requests, never seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from flows import apply as applying
from tests.engine.company import Company, character, company


class Counted:
    """Statements that reached the database."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __len__(self) -> int:
        return len(self.statements)


@contextmanager
def counting(one: Company) -> Iterator[Counted]:
    counted = Counted()

    def seen(conn: object, cursor: object, statement: str, *rest: object) -> None:
        counted.statements.append(statement)

    engine = one.store._store.engine
    event.listen(engine, "before_cursor_execute", seen)
    try:
        yield counted
    finally:
        event.remove(engine, "before_cursor_execute", seen)


def crowded(one: Company, size: int) -> None:
    """So many customers, known in every system and agreed on."""
    for n in range(size):
        one.clock.passes(seconds=1)
        for name in one.systems:
            one.has(name, email=f"p{n}@example.org", phone=f"06{12000000 + n}")
    one.run()
    one.clock.passes(minutes=30)
    one.run()


def edited(one: Company, changes: int) -> None:
    one.clock.passes(minutes=1)
    for n in range(changes):
        one.systems["books"].edit(str(n + 1), last="Bovenkerk")


LOOSE = {name: [9999, 100] for name in ("updates", "one_field", "conflicts", "clears", "deletes", "creates")}


def statements_of_a_run(size: int, changes: int) -> int:
    with company(character("books"), character("shop"), guards=LOOSE) as one:
        crowded(one, size)
        edited(one, changes)
        with counting(one) as counted:
            assert one.run().written == changes
        return len(counted)


def test_a_run_costs_the_same_however_many_customers_there_are() -> None:
    assert statements_of_a_run(40, 5) == statements_of_a_run(400, 5)


def test_statements_do_not_follow_the_number_of_changes() -> None:
    """A page of records or customers takes a fixed number of statements, be it full or not."""
    assert statements_of_a_run(90, 3) == statements_of_a_run(90, 80)


@pytest.mark.parametrize("size", [10, 100])
def test_a_quiet_run_changes_no_customer_and_costs_little(size: int) -> None:
    with company(character("books"), character("shop"), guards=LOOSE) as one:
        crowded(one, size)
        one.clock.passes(minutes=1)
        with counting(one) as counted:
            assert one.run().written == 0
        assert not [text for text in counted.statements if text.lstrip().startswith("UPDATE customer")]
        assert len(counted) < 100


def test_rows_read_follow_the_changes_and_not_the_customers(monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (30, 300):
        with company(character("books"), character("shop"), guards=LOOSE) as one:
            crowded(one, size)
            edited(one, 4)
            loaded: list[int] = []
            load = applying.customers.load

            def counted_load(
                conn: object, ids: list[int], load: object = load, loaded: list[int] = loaded
            ) -> object:
                loaded.append(len(ids))
                return load(conn, ids)  # type: ignore[operator]

            with monkeypatch.context() as patch:
                patch.setattr(applying.customers, "load", counted_load)
                one.run()
            assert max(loaded) == 4
            assert sum(loaded) <= 4 * 6


@pytest.mark.parametrize(
    ("answers", "batch", "changes", "fetches", "pushes"),
    [(True, 100, 50, 1, 1), (False, 100, 50, 2, 1), (True, 10, 50, 5, 5), (False, 10, 50, 10, 5)],
)
def test_requests_follow_the_batches(
    answers: bool, batch: int, changes: int, fetches: int, pushes: int
) -> None:
    shop = character("shop", returns_record=answers, fetch_batch=batch, write_batch=batch)
    with company(character("books"), shop, guards=LOOSE) as one:
        crowded(one, changes)
        edited(one, changes)
        one.systems["shop"].calls.clear()
        assert one.run().written == changes
        calls = one.systems["shop"].calls
        assert (calls["pull"], calls["fetch"], calls["push"]) == (1, fetches, pushes)


def test_a_record_that_is_written_alone_is_read_right_before() -> None:
    with company(character("books"), character("shop", fetch_batch=1, write_batch=1), guards=LOOSE) as one:
        crowded(one, 6)
        edited(one, 6)
        one.systems["shop"].calls.clear()
        one.run()
        assert one.systems["shop"].calls == {"pull": 1, "fetch": 6, "push": 6}
