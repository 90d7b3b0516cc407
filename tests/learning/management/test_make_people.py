"""make_people: refused where it would hurt, the same from the same seed, and a ledger that bears everything out."""

from __future__ import annotations

import io
import json
from collections import Counter
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import models, transaction

from learning import ledger_check
from learning.actions import credits
from learning.demo.people import PASSWORD
from learning.management.load.invented import STORIES
from learning.management.load.ledger import NUMBERED, TABLES
from learning.models import (
    AnnualRecord,
    Certificate,
    CreditEntry,
    CreditFlag,
    CreditStanding,
    Membership,
    Person,
    Region,
    Role,
)
from learning.models.audit_log import AuditLogHead
from learning.models.person import open_id_number
from learning.rules.credit_states import State
from tests.factories import learning as make
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db

#: What no two makings share: the nonce of a sealed ID number, and numbers the database gives.
ONCE = {"id_number_sealed"}


def made(*arguments: str, people: int = 60) -> Any:
    out = io.StringIO()
    call_command(
        "make_people", "--people", str(people), "--not-a-demo", "--json", *arguments, stdout=out, stderr=io.StringIO()
    )
    return json.loads(out.getvalue())["make_people"]


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return every row that was made, as its columns say."""
    return {table.__name__: [_columns(row) for row in table._default_manager.order_by("pk")] for table in TABLES}


def _columns(row: models.Model) -> dict[str, Any]:
    once = ONCE if type(row) in NUMBERED else ONCE | {"id"}
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name not in once}


def test_the_ledger_of_made_people_shows_no_difference() -> None:
    made(people=200)

    report = ledger_check.run()

    assert report.differences == []
    assert report.counts["certificates"] > 20


def test_every_industry_has_its_people() -> None:
    made(people=60)

    employed = Membership.objects.filter(role=Role.EMPLOYEE).values_list("organisation__department__slug", flat=True)
    assert set(employed) == {"construction", "education", "health", "lankao-health"}


def test_what_is_made_has_entries_in_every_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("learning.management.load.people.FLAGGED_PER_MILLE", 1_000)
    # Each story as often as any other, the rare ones too.
    monkeypatch.setattr("learning.management.load.invented._WEIGHTS", [1] * len(STORIES))
    made(people=200)

    states = Counter(CreditStanding.objects.values_list("state", flat=True))

    assert set(states) == set(State)
    assert CreditFlag.objects.exists()
    assert set(AnnualRecord.objects.values_list("state", flat=True)) == set(AnnualRecord.State)


def test_the_same_seed_makes_the_same_people_and_another_does_not() -> None:
    # Numbers go on where rows were rolled back, on PostgreSQL: the grounds are laid once, outside.
    made(people=1)
    found = []
    for seed in ("7", "7", "8"):
        with transaction.atomic():
            made("--beside", "--seed", seed)
            found.append(everything())
            transaction.set_rollback(True)

    assert found[0] == found[1]
    assert found[0] != found[2]


def test_memory_holds_a_block_and_numbers_go_on_over_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    made(people=1)
    with transaction.atomic():
        made("--beside", people=50)
        whole = [row["full_name"] for row in everything()["Person"]]
        transaction.set_rollback(True)
    monkeypatch.setattr("learning.management.load.people.BLOCK", 20)

    told = made("--beside", people=50)

    assert told["people"] == 50
    assert [row["full_name"] for row in everything()["Person"]] == whole
    assert ledger_check.run().differences == []


def test_more_people_join_those_there_are() -> None:
    made(people=30)
    made("--beside", "--seed", "2", people=30)

    assert Person.objects.filter(email="learner@people.test").count() == 1
    assert Person.objects.exclude(title_level="").count() == 60
    assert ledger_check.run().differences == []


def test_the_verbs_go_on_where_making_ended() -> None:
    made(people=100)
    officer = Person.objects.get(email="officer@people.test")
    entry = CreditEntry.objects.filter(standing__state=State.AUDITED)[0]

    credits.confirm(entry=entry, by=officer, now=NOON)
    make.PersonFactory()

    assert ledger_check.run().differences == []


def test_everybody_has_an_id_number_of_their_own_that_can_be_read() -> None:
    made()

    people = list(Person.objects.exclude(title_level=""))

    numbers = {open_id_number(person.id_number_sealed) for person in people}
    assert len(numbers) == len({person.id_number_index for person in people}) == 60
    assert all(len(number) == 18 for number in numbers)


def test_nobody_signs_in_without_a_password_on_the_command() -> None:
    made()

    assert not any(person.check_password(PASSWORD) for person in Person.objects.exclude(email=None))


def test_the_four_who_may_sign_in_have_the_password_of_the_command() -> None:
    made("--password", "correct-horse-battery")

    able = [person for person in Person.objects.all() if person.has_usable_password() and person.password != "!"]
    emails = {person.email for person in able if person.check_password("correct-horse-battery")}
    assert {"learner@people.test", "auditor@people.test", "officer@people.test", "second-officer@people.test"} <= emails
    assert set(Membership.objects.filter(role=Role.OFFICER).values_list("person__email", flat=True)) <= emails


def test_certificates_answer_for_themselves() -> None:
    made(people=200)

    page = Certificate.objects.order_by("pk")[0]

    assert page.facts["holder_name"] == page.book.person.full_name
    assert page.facts["entries"]


def test_an_installation_that_is_no_demo_is_left_alone() -> None:
    with pytest.raises(CommandError, match="not a demo"):
        call_command("make_people", "--people", "1")

    assert not Person.objects.exists()


def test_a_database_with_people_is_left_alone() -> None:
    make.PersonFactory()

    with pytest.raises(CommandError, match="already holds people"):
        made(people=1)

    assert Person.objects.count() == 1


def test_a_database_with_places_of_its_own_is_left_alone() -> None:
    make.kaifeng()

    with pytest.raises(CommandError, match="regions of its own"):
        made(people=1)

    assert Region.objects.count() == 2


def test_making_nobody_is_refused() -> None:
    with pytest.raises(CommandError, match="more than 0"):
        made(people=0)


def test_the_log_ends_where_its_head_says() -> None:
    made()

    head = AuditLogHead.objects.get(pk=1)

    assert head.sequence == everything()["AuditLogEntry"][-1]["sequence"]
