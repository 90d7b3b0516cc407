"""count_years: counts at once, and says how many."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from learning.models import Person, Tally

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("arguments", "year"), [([], 2026), (["--year", "2025"], 2025)])
def test_count_years_counts_and_says_so(
    ada: Person, requirement: object, capsys: pytest.CaptureFixture[str], arguments: list[str], year: int
) -> None:
    Person.objects.filter(pk=ada.pk).update(date_joined="2025-01-01T00:00:00Z")

    call_command("count_years", *arguments)

    assert capsys.readouterr().out.startswith(f"{year}: 1 people in 1 lines, ")
    assert Tally.objects.get().year == year
