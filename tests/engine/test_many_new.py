"""Many new customers in systems that time out: each is made once in each system, and no edit is lost."""

from __future__ import annotations

import pytest

from tests.engine.company import character, company
from tests.engine.figures import note
from tests.engine.oracles import Oracles
from tests.engine.swarm import Swarm

SYSTEMS = ("books", "shop", "crm")
LIMITS = {"creates": [9999, 100], "updates": [9999, 100], "one_field": [9999, 100]}


def made_everywhere(people: int, syncs: int) -> Oracles:
    """That many people are entered in the books, some every day, while one write in twenty times out."""
    characters = [character(name, creates="all", conditional_write=name == "crm") for name in SYSTEMS]
    with company(*characters, guards=LIMITS) as one:
        oracles = Oracles(one)
        one.swarm = Swarm(1, calm=True)
        one.swarm.rates = {"time-out after the effect": 0.05}
        for system in one.systems.values():
            system.meet(one.swarm)
        for day in range(syncs):
            for number in range(people * day // syncs, people * (day + 1) // syncs):
                one.enter("books", one.new_person())
                if number % 7 == 0 and number:
                    one.change("books", str(number), "family_name", {"last": "Bovenkerk"})
            one.swarm.active = True
            one.run()
            one.calm_down()
            one.clock.passes(minutes=11)
        oracles.rest()
        for system in one.systems.values():
            mails = [record.payload["email"] for record in system.records.values()]
            assert len(mails) == len(set(mails)) == people, system.system
        assert one.inside.total() == 0
        return oracles


def test_new_customers_are_made_once_though_answers_get_lost() -> None:
    lived = made_everywhere(40, 4)
    assert lived.world.swarm.hits["time-out after the effect"] >= 2


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_thousand_new_customers_are_made_once_though_answers_get_lost() -> None:
    lived = made_everywhere(1000, 20)
    hits = lived.world.swarm.hits["time-out after the effect"]
    assert hits >= 60
    note("a thousand", {"new customers in three systems": 1000, "their creates that timed out": hits})
