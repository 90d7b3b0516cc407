"""Where an entry stands, in words and stages."""

import pytest

from learning.actions import credits, reversals
from learning.models import CreditEntry, Organisation
from learning.rules.reasons import ReturnReason, SendBackReason
from learning.templatetags.standing import Stage, stages_of, status_of
from tests.factories import years
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db


def styles(entry: CreditEntry) -> list[str]:
    return [stage.style for stage in stages_of(CreditEntry.objects.get(pk=entry.pk))]


@pytest.mark.parametrize(
    ("stop_at", "stages", "style"),
    [
        ("earned", ["done", "now", "todo", "todo"], "pending"),
        ("audited", ["done", "done", "now", "todo"], "pending"),
        ("confirmed", ["done", "done", "done", "done"], "confirmed"),
    ],
)
def test_stages_move_with_the_decisions(stop_at: str, stages: list[str], style: str) -> None:
    entry = years.fulfilled_year(stop_at=stop_at).entries[0]

    assert styles(entry) == stages
    assert status_of(CreditEntry.objects.get(pk=entry.pk)).style == style


def test_stages_of_a_return_wait_for_the_learner() -> None:
    year = years.fulfilled_year(stop_at="earned")
    credits.return_to_learner(
        entry=year.entries[0], by=year.auditor, reason_code=ReturnReason.DOCUMENT, reason_text="", now=NOON
    )

    assert styles(year.entries[0]) == ["done", "back", "todo", "todo"]


def test_stages_name_the_office_that_holds_the_entry() -> None:
    year = years.fulfilled_year(stop_at="audited")

    (now,) = [stage for stage in stages_of(CreditEntry.objects.get(pk=year.entries[0].pk)) if stage.style == "now"]

    assert now == Stage(
        "now",
        now.word,
        office=year.bureau,
        since=year.entries[0].standing.__class__.objects.get(entry=year.entries[0]).since,
    )


def test_status_of_a_departments_audit_says_so() -> None:
    entry = years.fulfilled_year(stop_at="earned").entries[0]
    Organisation.objects.filter(pk=entry.auditor_id).update(kind=Organisation.Kind.DEPARTMENT)

    assert str(status_of(CreditEntry.objects.get(pk=entry.pk)).word) == "待部门审核"


def test_stages_of_a_reversal_say_who_took_back_and_why() -> None:
    year = years.fulfilled_year()
    reversal = reversals.reverse(
        entry=year.entries[0], by=year.officer, reason_code=SendBackReason.HOURS, reason_text="重复", now=NOON
    )

    assert styles(year.entries[0]) == ["done", "done", "done", "done", "back"]
    back = stages_of(CreditEntry.objects.get(pk=year.entries[0].pk))[-1]
    assert (back.office, back.at, back.note) == (year.bureau, NOON, "重复")
    assert styles(reversal) == ["done"]
    assert {status_of(CreditEntry.objects.get(pk=pk)).style for pk in (year.entries[0].pk, reversal.pk)} == {"reversed"}
