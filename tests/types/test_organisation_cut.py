"""A name that was cut in the middle of a word is a loss, also when its end now reads as a legal form."""

from reconcile.types import build


def test_a_cut_that_ends_like_a_legal_form_is_still_a_cut() -> None:
    organisation = build("organisation")
    whole, cut = organisation.normalise("Garage Sanders B.V."), organisation.normalise("Garage Sa")
    assert cut == "Garage S.A."
    assert organisation.cut(cut, whole)
    assert not organisation.cut(whole, cut)


def test_another_legal_form_is_no_cut() -> None:
    organisation = build("organisation")
    assert not organisation.cut(
        organisation.normalise("Willems Wijnen N.V."), organisation.normalise("Willems Wijnen B.V.")
    )
