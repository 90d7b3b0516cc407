"""The lecture room as a page: what it shows without a script, and to whom."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from learning.models import Edition, Enrolment, Person
from tests.factories import tracking as make
from tests.factories.tracking import CoverageFactory, Learner
from tracking.actions import tickets
from tracking.rules.runs import encode_runs, mask_of_runs
from tracking.rules.viewing import SeenSeconds
from tracking.views.lectures import receipt_of
from tracking.views.transcripts import cues

pytestmark = pytest.mark.django_db

VTT = """WEBVTT

NOTE made for a test

1
00:00:00.000 --> 00:00:04.880 line:90%
前面讲了分类。

00:00:05.000 --> 00:00:09.000
<v Chen>接下来讲<b>分级</b> &amp; 保护。
"""


@pytest.fixture
def at(ada: Person) -> Learner:
    return make.learner(ada)


def page_of(at: Learner, number: int = 1, prefix: str = "") -> str:
    answer = at.client.get(f"{prefix}/learn/{at.enrolment.course_key}/{number}/")
    assert answer.status_code == 200
    return answer.content.decode()


def cover(at: Learner, runs: list[tuple[int, int]], number: int = 1) -> None:
    mask = mask_of_runs(runs)
    lesson = at.enrolment.edition.lessons.get(number=number)
    CoverageFactory(enrolment=at.enrolment, lesson=lesson, runs=encode_runs(mask), covered_s=mask.bit_count())


class ShownButtons(HTMLParser):
    """Finds the filled buttons a reader sees: those inside hidden parts are not there yet."""

    VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})

    def __init__(self) -> None:
        super().__init__()
        self.hidden: list[bool] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        is_hidden = "hidden" in names or (bool(self.hidden) and self.hidden[-1])
        if "btn primary" in (names.get("class") or "") and not is_hidden:
            self.found.append(names.get("href") or tag)
        if tag not in self.VOID:
            self.hidden.append(is_hidden)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            self.hidden.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Pass over what cannot hold anything, such as an SVG path."""


def primary_buttons(html: str) -> list[str]:
    parser = ShownButtons()
    parser.feed(html)
    return parser.found


def test_send_the_signed_out_to_sign_in(at: Learner) -> None:
    answer = Client().get(f"/learn/{at.enrolment.course_key}/1/")

    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")


def test_hide_the_course_from_those_not_enrolled(at: Learner, cy: Person) -> None:
    client = Client()
    client.force_login(cy)

    assert client.get(f"/learn/{at.enrolment.course_key}/1/").status_code == 404


def test_hide_the_course_after_a_withdrawal(at: Learner) -> None:
    Enrolment.objects.filter(pk=at.enrolment.pk).update(status=Enrolment.Status.WITHDRAWN)

    assert at.client.get(f"/learn/{at.enrolment.course_key}/1/").status_code == 404


def test_know_no_lecture_beyond_the_last(at: Learner) -> None:
    assert at.client.get(f"/learn/{at.enrolment.course_key}/3/").status_code == 404


def test_change_nothing_by_post(at: Learner) -> None:
    assert at.client.post(f"/learn/{at.enrolment.course_key}/1/").status_code == 405


def test_show_an_untouched_lecture(at: Learner) -> None:
    html = page_of(at)

    assert 'data-have="[]"' in html
    assert 'data-resume-s="0"' in html
    assert "<noscript>" in html
    assert primary_buttons(html) == []


def test_draw_the_bar_and_the_card_from_the_same_coverage(at: Learner) -> None:
    cover(at, [(0, 15), (20, 30)])

    html = page_of(at)

    assert 'data-have="[[0, 15], [20, 30]]"' in html
    assert '<rect class="cv-ok" x="0.000%" width="25.000%"' in html
    assert '<rect class="cv-gap" x="25.000%" width="8.333%"' in html
    assert "<dd data-position>00:30</dd>" in html
    assert "<span data-lost>00:05</span>" in html
    assert html.count("data-credited>00:25<") == 3


@pytest.mark.parametrize(
    ("confirmed", "provisional", "expected"),
    [
        ([], [], (0, 0, 0, 0)),
        ([(0, 10)], [], (10, 0, 0, 10)),
        ([(0, 10), (15, 20)], [(20, 23)], (23, 5, 3, 15)),
        ([(0, 10)], [(5, 12)], (12, 0, 2, 10)),
    ],
    ids=["nothing", "whole", "a gap and a check", "overlap"],
)
def test_subtract_to_what_is_credited(
    confirmed: list[tuple[int, int]], provisional: list[tuple[int, int]], expected: tuple[int, int, int, int]
) -> None:
    made = receipt_of(SeenSeconds(mask_of_runs(confirmed), mask_of_runs(provisional)), 60)

    assert (made.position_s, made.lost_s, made.awaiting_s, made.credited_s) == expected
    assert made.position_s - made.lost_s - made.awaiting_s == made.credited_s


def test_offer_the_next_lecture_once_complete(at: Learner) -> None:
    cover(at, [(0, 58)])

    html = page_of(at)

    assert "data-complete hidden" not in html
    assert primary_buttons(html) == [f"/learn/{at.enrolment.course_key}/2/"]


def test_offer_the_exam_after_the_last_lecture(at: Learner) -> None:
    cover(at, [(0, 60)], number=1)
    cover(at, [(0, 60)], number=2)

    html = page_of(at, number=2)

    assert primary_buttons(html) == [reverse("assessments:exam", args=[at.enrolment.pk])]


def test_lead_back_to_a_lecture_left_behind(at: Learner) -> None:
    cover(at, [(0, 60)], number=2)

    html = page_of(at, number=2)

    assert primary_buttons(html) == [f"/learn/{at.enrolment.course_key}/1/"]


def test_embed_a_ticket_for_this_lesson(at: Learner) -> None:
    ticket = re.search(r'data-ticket="([^"]+)"', page_of(at))

    assert ticket is not None
    read = tickets.read(ticket[1], person_id=at.person.pk, session_key=at.session_key)
    assert (read.enrolment_id, read.lesson_id) == (at.enrolment.pk, at.lesson.pk)


def test_embed_no_ticket_while_the_course_is_suspended(at: Learner) -> None:
    Edition.objects.filter(pk=at.enrolment.edition_id).update(status=Edition.Status.SUSPENDED)

    html = page_of(at)

    assert 'data-ticket=""' in html
    assert 'data-obstacle="edition_suspended"' in html


def test_say_that_the_demonstration_hour_is_short(at: Learner) -> None:
    assert "30 seconds" in page_of(at, prefix="/en")


def test_carry_no_inline_style_or_script(at: Learner) -> None:
    cover(at, [(0, 15), (20, 30)])

    html = page_of(at)

    assert re.findall(r"\sstyle=|<style|\son[a-z]+=", html) == []
    assert [tag for tag in re.findall(r"<script[^>]*>", html) if "src=" not in tag] == []


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["zh", "en"])
def test_say_everything_the_player_may_need_in_the_page_s_language(at: Learner, prefix: str) -> None:
    words = re.findall(r'data-word="([^"]+)">([^<]+)<', page_of(at, prefix=prefix))

    assert len(words) > 60
    assert [
        key for key, text in words if bool(re.search(r"[一-鿿]", text)) != (prefix == "") and key != "bar.between"
    ] == []


def test_show_the_transcript_in_chinese_where_there_is_no_english(
    at: Learner, tmp_path: Path, settings: LazySettings
) -> None:
    settings.MEDIA_ROOT = tmp_path
    path = tmp_path / at.lesson.captions_zh_name
    path.parent.mkdir(parents=True)
    path.write_text(VTT, encoding="utf-8")

    html = page_of(at, prefix="/en")

    assert '<ol class="script" lang="zh-Hans"' in html
    assert "接下来讲分级 &amp; 保护。" in html


def test_do_without_a_transcript_when_the_file_is_gone(at: Learner, tmp_path: Path, settings: LazySettings) -> None:
    settings.MEDIA_ROOT = tmp_path

    assert "data-script" not in page_of(at)


def test_read_cues_and_pass_over_the_rest() -> None:
    assert [(cue.start_ms, cue.end_ms, cue.text) for cue in cues(VTT)] == [
        (0, 4_880, "前面讲了分类。"),
        (5_000, 9_000, "接下来讲分级 & 保护。"),
    ]


def test_ask_the_database_no_more_for_a_longer_course(
    ada: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    at = make.learner(ada)
    cover(at, [(0, 15)])
    cover(at, [(0, 15)], number=2)

    with django_assert_max_num_queries(30):
        page_of(at)


def test_give_the_runs_as_the_script_reads_them(at: Learner) -> None:
    cover(at, [(0, 15), (20, 30)])
    have = re.search(r'data-have="([^"]*)"', page_of(at))

    assert have is not None
    assert json.loads(have[1]) == [[0, 15], [20, 30]]
