"""The demo's people are made up, and still pass every check that real ones would."""

import random

import phonenumbers
import pytest
from stdnum import iban

from sandbox.people import Population, eleven_tested, with_check_digits


@pytest.fixture(scope="module")
def people():
    return list(Population(random.Random(3)).people(persons=400, organisations=40))


def test_every_phone_number_is_valid_in_the_dutch_numbering_plan(people):
    numbers = [phonenumbers.parse(person.phone) for person in people]
    assert all(number.country_code == 31 and phonenumbers.is_valid_number(number) for number in numbers)


def test_a_foreign_number_is_valid_abroad():
    population = Population(random.Random(3))
    numbers = [phonenumbers.parse(population.foreign_phone()) for _ in range(20)]
    assert all(number.country_code == 49 and phonenumbers.is_valid_number(number) for number in numbers)


def test_every_iban_is_valid(people):
    assert all(iban.is_valid(person.iban) and person.iban.startswith("NL") for person in people)


def test_check_digits_are_those_of_the_published_example():
    assert with_check_digits("NL", "ABNA0417164300") == "NL91ABNA0417164300"


def test_an_account_number_passes_the_eleven_test():
    assert eleven_tested(41716430) == "0417164300"


def test_every_mail_domain_is_reserved_for_examples(people):
    assert all(person.email.endswith(".example") and person.email.isascii() for person in people)


@pytest.mark.parametrize("value", ["email", "phone", "address", "iban"])
def test_no_two_people_share_what_is_their_own(people, value):
    assert len({getattr(person, value) for person in people}) == len(people)


def test_nobody_is_both_person_and_organisation(people):
    assert {bool(person.family) for person in people} == {True, False}
    assert all(person.is_organisation != bool(person.family) for person in people)
