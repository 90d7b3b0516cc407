"""Notices in words: every kind, in both languages, and where each leads."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from django.utils import translation

from learning.models import Notice, Person
from learning.rules.notices import NoticeKind
from learning.rules.reasons import WaiverReason
from learning.templatetags.notices import counted, detail, headline, kind_words, look, subject_href, unread_count
from learning.templatetags.waivers import REASONS
from tests.factories import notices as make_notices

FACTS = {
    "entry": 7,
    "year": 2026,
    "title_zh": "数据安全",
    "title_en": "Data security",
    "centihours": 650,
    "office_zh": "开封市人社局",
    "office_en": "Kaifeng HR bureau",
    "reason": "other",
    "serial": "KF26-1",
    "closes_on": "2026-12-31",
    "slug": "base",
    "count": 3,
    "working_days": 5,
    "oldest_on": "2026-11-01",
}


def notice(kind: NoticeKind, **facts: object) -> Notice:
    return Notice(kind=kind, facts={**FACTS, **facts})


#: What the facts of each kind hold besides, what it says, and where it leads.
CASES: dict[NoticeKind, tuple[dict[str, object], str, str, str]] = {
    NoticeKind.AT_RISK: (
        {"serial": None},
        "2026 年度有完不成的风险：还要学 6.5 学时",
        "2026 is at risk: 6.5 hours are still to study",
        "/me/2026/",
    ),
    NoticeKind.RETURNED: (
        {},
        "开封市人社局退回了这 6.5 学时：数据安全",
        "Kaifeng HR bureau returned these 6.5 hours: Data security",
        "/me/hours/7/",
    ),
    NoticeKind.CONFIRMED: ({}, "已确认 6.5 学时：数据安全", "6.5 hours confirmed: Data security", "/me/hours/7/"),
    NoticeKind.REJECTED: (
        {},
        "开封市人社局没有通过这 6.5 学时：数据安全",
        "Kaifeng HR bureau did not accept these 6.5 hours: Data security",
        "/me/hours/7/",
    ),
    NoticeKind.REVERSED: (
        {},
        "开封市人社局收回了这 6.5 学时：数据安全",
        "Kaifeng HR bureau took back these 6.5 hours: Data security",
        "/me/hours/7/",
    ),
    NoticeKind.ISSUED: (
        {},
        "您的 2026 年度证书已颁发",
        "Your certificate of 2026 is issued",
        "/me/certificates/KF26-1/",
    ),
    NoticeKind.REPLACED: (
        {"by_serial": "KF26-2"},
        "您的 2026 年度证书已换发新证",
        "Your certificate of 2026 was replaced by a new one",
        "/me/certificates/KF26-2/",
    ),
    NoticeKind.REVOKED: (
        {"reason": "fraud"},
        "您的 2026 年度证书已被撤销",
        "Your certificate of 2026 was revoked",
        "/me/certificates/KF26-1/",
    ),
    NoticeKind.SENT_BACK: (
        {},
        "开封市人社局退回 6.5 学时，请重新审核：数据安全",
        "Kaifeng HR bureau sent back 6.5 hours to audit again: Data security",
        "/base/base/audit/?entry=7",
    ),
    NoticeKind.QUEUE_OVERDUE: (
        {"state": "audited", "slug": "kaifeng"},
        "3 条学时等待确认已超过 5 个工作日",
        "3 records have waited for confirmation for more than 5 working days",
        "/bureau/confirm/?bureau=kaifeng",
    ),
}


def of_case(kind: NoticeKind) -> Notice:
    facts = {**FACTS, **CASES[kind][0]}
    if kind in {NoticeKind.RETURNED, NoticeKind.CONFIRMED, NoticeKind.REJECTED, NoticeKind.REVERSED}:
        del facts["serial"]
    if kind == NoticeKind.QUEUE_OVERDUE:
        del facts["entry"]
    return Notice(kind=kind, facts=facts)


def test_every_kind_has_its_case() -> None:
    assert set(CASES) == set(NoticeKind)


@pytest.mark.parametrize("kind", NoticeKind)
def test_headline_says_what_happened_in_the_readers_language(kind: NoticeKind) -> None:
    _facts, chinese, english, _href = CASES[kind]

    assert headline(of_case(kind)) == chinese
    with translation.override("en"):
        assert headline(of_case(kind)) == english


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("kind", NoticeKind)
def test_detail_is_a_sentence(kind: NoticeKind, language: str) -> None:
    with translation.override(language):
        said = detail(of_case(kind))

    assert said.endswith(("。", "."))
    assert "%(" not in said


def test_detail_of_hours_taken_back_names_the_reason() -> None:
    assert detail(notice(NoticeKind.REVERSED, reason="mistake")).startswith("误确认。")


@pytest.mark.parametrize("kind", NoticeKind)
def test_subject_href_leads_to_what_it_is_about(kind: NoticeKind) -> None:
    href = CASES[kind][3]

    assert subject_href(of_case(kind)) == href
    with translation.override("en"):
        assert subject_href(of_case(kind)) == f"/en{href}"


def test_a_queue_of_one_is_said_in_the_singular() -> None:
    with translation.override("en"):
        said = headline(notice(NoticeKind.QUEUE_OVERDUE, state="earned", count=1))

    assert said == "1 record has waited for audit for more than 5 working days"


def test_a_reason_of_another_time_stands_as_it_is() -> None:
    assert "no-such-code" in detail(notice(NoticeKind.RETURNED, reason="no-such-code"))


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_has_a_name_and_a_look(kind: NoticeKind) -> None:
    assert str(kind_words(kind))
    assert look(notice(kind)).icon


def test_a_mark_counts_to_ninety_nine() -> None:
    assert [counted(number) for number in (1, 99, 100)] == ["1", "99", "99+"]


@pytest.mark.django_db
def test_unread_count_is_one_question_and_nobody_elses(
    ada: Person, cy: Person, rf: RequestFactory, django_assert_num_queries: object
) -> None:
    for _number in range(3):
        make_notices.confirmed(ada)
    make_notices.confirmed(cy)
    request = rf.get("/")
    request.user = ada

    with django_assert_num_queries(1):  # type: ignore[operator]
        assert unread_count(request) == 3


@pytest.mark.parametrize("reason", WaiverReason)
@pytest.mark.parametrize("kind", [NoticeKind.RETURNED, NoticeKind.REJECTED])
def test_why_a_waiver_was_not_given_is_said_in_words(kind: NoticeKind, reason: WaiverReason) -> None:
    with translation.override("en"):
        said = detail(notice(kind, reason=reason.value))

        assert said.startswith(str(REASONS[reason]))
