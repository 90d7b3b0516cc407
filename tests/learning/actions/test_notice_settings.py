"""What a person chose, and the link that stops e-mails without signing in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.core import signing

from learning.actions import notice_settings
from learning.models import NoticeSettings, Person
from learning.rules.notices import Channel, NoticeKind, channels_of

pytestmark = pytest.mark.django_db

CONFIRMED, RETURNED = NoticeKind.CONFIRMED, NoticeKind.RETURNED


def chosen(person: Person) -> dict[str, list[str]]:
    held: dict[str, list[str]] = NoticeSettings.objects.get(person=person).chosen
    return held


def test_who_chose_nothing_has_the_usual_and_no_row(ada: Person) -> None:
    assert notice_settings.of(ada).language == "zh-hans"
    assert not NoticeSettings.objects.exists()


def test_choosing_writes_down_what_differs_from_the_usual(ada: Person) -> None:
    wanted = [(CONFIRMED, Channel.SMS), (RETURNED, Channel.EMAIL), (RETURNED, Channel.SMS)]
    notice_settings.choose(person_id=ada.pk, wanted=wanted, kinds=[CONFIRMED, RETURNED], language="en")

    assert chosen(ada) == {"confirmed": ["sms"]}
    assert notice_settings.of(ada).language == "en"


def test_choosing_again_takes_the_place_of_the_choice_for_these_kinds_alone(ada: Person) -> None:
    notice_settings.choose(person_id=ada.pk, wanted=[], kinds=[CONFIRMED, RETURNED], language="en")
    notice_settings.choose(person_id=ada.pk, wanted=[(CONFIRMED, Channel.EMAIL)], kinds=[CONFIRMED], language="en")

    assert chosen(ada) == {"returned": []}


def test_stopping_leaves_the_other_channel_and_the_other_kinds(ada: Person) -> None:
    for _time in range(2):
        notice_settings.stop_email(person_id=ada.pk, kinds=[RETURNED])

    assert channels_of(RETURNED, chosen(ada)) == {Channel.SMS}
    assert channels_of(CONFIRMED, chosen(ada)) == {Channel.EMAIL}


def test_a_link_names_its_reader_and_kinds(ada: Person) -> None:
    link = notice_settings.stop_link(ada.pk, {RETURNED, CONFIRMED})

    assert notice_settings.read_stop_link(link) == (ada.pk, [CONFIRMED, RETURNED])


CHANGES: dict[str, Callable[[str], str]] = {
    "cut": lambda link: link[:-1],
    "lengthened": lambda link: f"x{link}",
    "empty": lambda _link: "",
    "made up": lambda _link: "a:b:c",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_link_that_was_changed_is_none_of_ours(ada: Person, change: Callable[[str], str]) -> None:
    link = notice_settings.stop_link(ada.pk, [CONFIRMED])

    with pytest.raises(notice_settings.BadLink):
        notice_settings.read_stop_link(change(link))


@pytest.mark.parametrize("said", [None, 1, [1], [1, ["no_such_kind"]], ["x", []], {"a": 1}])
def test_a_signed_text_that_says_something_else_is_no_link(said: object) -> None:
    with pytest.raises(notice_settings.BadLink):
        notice_settings.read_stop_link(signing.dumps(said, salt="notice-stop"))


def test_a_text_signed_for_something_else_is_no_link(ada: Person) -> None:
    with pytest.raises(notice_settings.BadLink):
        notice_settings.read_stop_link(signing.dumps([ada.pk, ["confirmed"]], salt="another"))


def test_a_link_ends_after_a_year(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    link = notice_settings.stop_link(ada.pk, [CONFIRMED])
    monkeypatch.setattr(notice_settings, "_LINK_AGE", dt.timedelta(seconds=-1))

    with pytest.raises(notice_settings.BadLink):
        notice_settings.read_stop_link(link)
