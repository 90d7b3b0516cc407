"""Of several rules nobody is promised less than any of them says."""

from learning.rules.figures import YOUNGER_FIGURES
from learning.rules.office_terms import UNSAID, OfficeTerms, strictest


def test_strictest_takes_the_lowest_of_each_figure() -> None:
    assert strictest([OfficeTerms(50, 3, 20), OfficeTerms(10, 5, 15)]) == OfficeTerms(10, 3, 15)


def test_strictest_of_nothing_is_what_holds_unsaid() -> None:
    assert strictest([]) == UNSAID


def test_what_holds_unsaid_is_what_an_older_set_says_by_saying_nothing() -> None:
    said = (UNSAID.second_officer_above, UNSAID.audit_working_days, UNSAID.confirm_working_days)
    names = ("second_officer_above", "audit_working_days", "confirm_working_days")
    assert said == tuple(YOUNGER_FIGURES[name] for name in names)
