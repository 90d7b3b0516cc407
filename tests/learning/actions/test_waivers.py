"""Waivers: asked for, checked by one officer, granted by another, and said for what they are."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from learning.actions import credits, reversals, waivers
from learning.models import AnnualRecord, AuditLogEntry, CreditEntry, Evidence, Organisation, Person
from learning.rules.credit_states import State
from learning.rules.reasons import SendBackReason, WaiverReason
from learning.rules.requirements import Totals
from learning.rules.waivers import Ground, Refusal
from tests.factories import learning as make
from tests.factories import years
from tests.factories.ledger import lifted
from tests.factories.waivers import MINUTE, NOON, Bureau, leave
from tests.factories.years import differences

pytestmark = pytest.mark.django_db
REASON = (WaiverReason.DAYS.value, "请核对假期起止日期")


@pytest.fixture
def bureau() -> Bureau:
    return Bureau()


def record_of(person: Person) -> AnnualRecord:
    return AnnualRecord.objects.get(person=person, year=2026)


def states(asked: Evidence) -> list[str]:
    return list(asked.credit_entries.order_by("pk").values_list("standing__state", flat=True))


def refused(bureau: Bureau, person: Person, asked: waivers.Asked, *, now: dt.datetime = NOON) -> Refusal:
    with pytest.raises(waivers.NotWaived) as refusal:
        bureau.asked(person, asked, now=now)
    assert not CreditEntry.objects.filter(person=person, kind="waived", earned_at=now).exists()
    return refusal.value.reason


def test_r1_a_granted_leave_becomes_waived_hours_of_both_subjects(bureau: Bureau, ada: Person) -> None:
    asked = bureau.granted(ada)

    record = record_of(ada)
    assert states(asked) == [State.CONFIRMED, State.CONFIRMED]
    assert record.confirmed == record.waived == Totals(650, 1_500)
    assert record.studied == Totals(0, 0)
    assert asked.facts["months"] == asked.facts["twelfths"] == 3
    assert differences() == []


def test_what_is_asked_for_counts_for_nothing_until_it_is_granted(bureau: Bureau, ada: Person) -> None:
    asked = bureau.checked(ada)

    record = record_of(ada)
    assert states(asked) == [State.AUDITED, State.AUDITED]
    assert record.confirmed == record.pending == record.waived == Totals(0, 0)
    assert differences() == []


def test_a_waiver_names_no_ground_where_others_read_it(bureau: Bureau, ada: Person) -> None:
    asked = bureau.granted(ada, leave(ground=Ground.ILLNESS))

    titles = asked.credit_entries.values_list("title_zh", "title_en")
    assert set(titles) == {(waivers.TITLE_ZH, waivers.TITLE_EN)}
    lines = AuditLogEntry.objects.filter(subject__startswith="credit_entry:").values_list("facts", flat=True)
    assert not any("illness" in str(facts) for facts in lines)


def test_a_year_met_with_waived_hours_gets_a_page_that_says_so(bureau: Bureau, ada: Person) -> None:
    year = years.fulfilled_year(
        person=ada, requirement=bureau.requirement, bureau=bureau.office,
        public_centihours=2_000, professional_centihours=4_500, now=NOON - MINUTE,
    )  # fmt: skip
    assert record_of(ada).state == AnnualRecord.State.OPEN

    bureau.granted(ada)

    facts = year.certificate.facts
    assert (facts["public_centihours"], facts["professional_centihours"]) == (2_650, 6_000)
    assert (facts["waived_public_centihours"], facts["waived_professional_centihours"]) == (650, 1_500)
    assert len(facts["entries"]) == 4
    assert differences() == []


def test_r1_a_whole_year_of_leave_meets_the_year_and_studied_nothing(bureau: Bureau, ada: Person) -> None:
    bureau.granted(ada, leave("2026-01-01", "2026-10-31"))

    record = record_of(ada)
    assert record.state == AnnualRecord.State.CONFIRMED
    assert (record.studied, record.waived) == (Totals(0, 0), Totals(2_600, 6_000))
    assert differences() == []


def test_r1_a_late_start_is_waived_from_the_first_of_january(bureau: Bureau, ada: Person) -> None:
    asked = bureau.granted(ada, leave("2026-03-03", "2026-04-30", Ground.PART_YEAR))

    assert (asked.facts["from_on"], asked.facts["twelfths"]) == ("2026-01-01", 4)
    assert differences() == []


@pytest.mark.parametrize(
    ("figures", "asked", "reason"),
    [
        ({}, leave("2026-01-01", "2026-03-30"), Refusal.TOO_SHORT),
        ({}, leave("2026-05-01", "2026-04-01"), Refusal.DAYS_REVERSED),
        ({}, leave("2025-01-01", "2025-12-31"), Refusal.OUTSIDE_YEAR),
        ({"leave_from_months": None, "leave_whole_months": None}, leave(), Refusal.NOT_WAIVED),
        ({"prorates_part_year": False}, leave(ground=Ground.PART_YEAR), Refusal.NOT_WAIVED),
    ],
)
def test_r1_ask_is_refused_what_the_rule_does_not_waive(
    figures: dict[str, object], asked: waivers.Asked, reason: Refusal, ada: Person
) -> None:
    assert refused(Bureau(**figures), ada, asked) == reason


def test_ask_is_refused_days_that_were_asked_for_already(bureau: Bureau, ada: Person) -> None:
    bureau.asked(ada)

    assert refused(bureau, ada, leave("2026-04-30", "2026-08-31"), now=NOON + MINUTE) == Refusal.OVERLAPS
    assert bureau.asked(ada, leave("2026-05-01", "2026-08-31"), now=NOON + MINUTE)


def test_days_that_were_refused_may_be_asked_for_again(bureau: Bureau, ada: Person) -> None:
    asked = bureau.checked(ada)
    waivers.refuse(asked=asked, by=bureau.second, reason=REASON, now=NOON + 2 * MINUTE, seen=1)

    again = bureau.granted(ada, now=NOON + 3 * MINUTE)

    assert (states(asked), states(again)) == ([State.REJECTED] * 2, [State.CONFIRMED] * 2)
    assert differences() == []


def test_no_more_than_twelve_twelfths_are_waived(bureau: Bureau, ada: Person) -> None:
    bureau.asked(ada, leave("2026-03-01", "2026-12-31"))

    assert refused(bureau, ada, leave("2026-01-01", "2026-02-28", Ground.PART_YEAR), now=NOON + MINUTE) == (
        Refusal.ALL_WAIVED
    )


def test_ask_is_refused_when_the_year_is_met_or_closed(bureau: Bureau, ada: Person) -> None:
    last_second = dt.datetime(2027, 4, 30, 15, 59, 59, tzinfo=dt.UTC)  # 23:59:59 in Kaifeng
    other = make.PersonFactory()
    bureau.granted(ada, leave("2026-01-01", "2026-12-31"))

    assert refused(bureau, ada, leave(), now=NOON + 9 * MINUTE) == Refusal.YEAR_MET
    assert refused(bureau, other, leave(), now=last_second + dt.timedelta(seconds=1)) == Refusal.YEAR_CLOSED
    assert bureau.asked(other, now=last_second)


def test_r19_nobody_grants_what_they_checked(bureau: Bureau, ada: Person) -> None:
    asked = bureau.checked(ada)

    for verb, said in ((waivers.grant, {}), (waivers.refuse, {"reason": REASON})):
        with pytest.raises(credits.OwnHours):
            verb(asked=asked, by=bureau.first, now=NOON + 2 * MINUTE, seen=1, **said)
    assert states(asked) == [State.AUDITED, State.AUDITED]


def test_r19_no_officer_decides_on_their_own_leave(bureau: Bureau) -> None:
    own = make.PersonFactory()
    make.MembershipFactory(person=own, organisation=bureau.office, role="officer")
    asked = bureau.asked(own)

    with pytest.raises(credits.OwnHours):
        waivers.check(asked=asked, by=own, reason_text="", now=NOON + MINUTE, seen=0)
    waivers.check(asked=asked, by=bureau.first, reason_text="", now=NOON + MINUTE, seen=0)
    with pytest.raises(credits.OwnHours):
        waivers.grant(asked=asked, by=own, now=NOON + 2 * MINUTE, seen=1)


def test_grant_takes_nothing_that_was_not_checked_and_nothing_twice(bureau: Bureau, ada: Person) -> None:
    asked = bureau.asked(ada)

    with pytest.raises(credits.AlreadyDecided):
        waivers.grant(asked=asked, by=bureau.second, now=NOON + MINUTE, seen=0)
    waivers.check(asked=asked, by=bureau.first, reason_text="", now=NOON + MINUTE, seen=0)
    waivers.grant(asked=asked, by=bureau.second, now=NOON + 2 * MINUTE, seen=1)
    with pytest.raises(credits.AlreadyDecided):
        waivers.grant(asked=asked, by=bureau.second, now=NOON + 3 * MINUTE, seen=1)
    assert record_of(ada).waived == Totals(650, 1_500)


def test_what_was_returned_is_answered_as_a_whole_and_checked_again(bureau: Bureau, ada: Person) -> None:
    asked = bureau.asked(ada)
    waivers.give_back(asked=asked, by=bureau.first, reason=REASON, now=NOON + MINUTE, seen=0)
    assert states(asked) == [State.RETURNED, State.RETURNED]

    waivers.answer(asked=asked, by=ada, reason_text="已补证明", now=NOON + 2 * MINUTE)
    waivers.check(asked=asked, by=bureau.first, reason_text="", now=NOON + 3 * MINUTE, seen=2)
    waivers.send_back(asked=asked, by=bureau.second, reason=REASON, now=NOON + 4 * MINUTE, seen=3)

    assert states(asked) == [State.EARNED, State.EARNED]
    assert differences() == []


def test_only_the_learner_answers(bureau: Bureau, ada: Person, cy: Person) -> None:
    asked = bureau.asked(ada)
    waivers.give_back(asked=asked, by=bureau.first, reason=REASON, now=NOON + MINUTE, seen=0)

    with pytest.raises(credits.OwnHours):
        waivers.answer(asked=asked, by=cy, reason_text="", now=NOON + 2 * MINUTE)


def test_r9_the_home_bureau_decides(bureau: Bureau) -> None:
    home = make.BureauFactory(region=make.lankao())
    person = make.PersonFactory(region=make.lankao())

    asked = bureau.asked(person)

    offices = set(asked.credit_entries.values_list("auditor", "bureau", "standing__holder"))
    assert offices == {(home.pk, home.pk, home.pk)}


def test_granted_hours_taken_back_open_the_year_again(bureau: Bureau, ada: Person) -> None:
    asked = bureau.granted(ada, leave("2026-01-01", "2026-12-31"))

    entry = asked.credit_entries.order_by("pk").first()
    assert entry is not None
    reversals.reverse(
        entry=entry, by=bureau.second, reason_code=SendBackReason.EVIDENCE, reason_text="", now=NOON + 9 * MINUTE
    )

    record = record_of(ada)
    assert (record.state, record.waived) == (AnnualRecord.State.OPEN, Totals(0, 0))
    assert differences() == []


def test_the_database_refuses_a_waiver_of_a_base(bureau: Bureau, ada: Person) -> None:
    asked = bureau.asked(ada)
    entry = waivers.entries_of(asked)[0]
    base: Organisation = make.BaseFactory()
    copy = CreditEntry(
        **{
            field.attname: getattr(entry, field.attname)
            for field in CreditEntry._meta.concrete_fields
            if field.name not in {"id", "source_key", "auditor"}
        },
        source_key="waiver:other",
        auditor=base,
    )

    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save()


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("twelfths", 4, "digest"),
        ("to_on", "2026-09-30", "months"),
        ("ground", "illness", "digest"),
    ],
)
def test_a_tampered_leave_is_found(bureau: Bureau, ada: Person, name: str, value: object, word: str) -> None:
    asked = bureau.granted(ada)

    with lifted("learning_evidence"):
        Evidence.objects.filter(pk=asked.pk).update(facts=asked.facts | {name: value})
        found = [text for text in differences() if f"evidence {asked.pk}" in text]
    assert any(word in text for text in found), found


def test_tampered_waived_hours_are_found(bureau: Bureau, ada: Person) -> None:
    asked = bureau.granted(ada)
    entry = waivers.entries_of(asked)[0]

    with lifted("learning_creditentry"):
        CreditEntry.objects.filter(pk=entry.pk).update(centihours=entry.centihours + 100)
        found = [text for text in differences() if f"entry {entry.pk}" in text]
    assert any("centihours is 750, expected 650" in text for text in found), found
