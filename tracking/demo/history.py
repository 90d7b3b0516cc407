"""A learner watches, at times gone by: the same verbs and the same batch as a live socket.

Nothing is written that the rule did not grant: a minute of history takes a minute of virtual
server time. Knows how to play; not who watches what (`build`).
"""

from datetime import datetime
from typing import Final

from learning.models import Enrolment, Lesson
from tracking.access import Place
from tracking.actions import tickets, viewings, watched
from tracking.hearing import hear
from tracking.models import Coverage, ViewingSession
from tracking.models.batch import commit, snapshot
from tracking.protocol import Answer, Beat, Bye, Open
from tracking.protocol.limits import HEARTBEAT_MS
from tracking.rules.viewing import PLAYING

_DEVICE: Final = "demo"
_DEVICE_LABEL: Final = "Windows · Edge"
#: People answer after a while, and hardly twice after the same; a second further on is another while.
_REACTION_MIN_MS: Final = 2_000
_REACTION_SPREAD_MS: Final = 5_000
_STRIDE_MS: Final = 1_901


def watch(enrolment: Enrolment, lesson: Lesson, seconds: int, at: datetime) -> int:
    """Let the learner watch the lesson's first `seconds`, beginning at `at`; return the seconds held.

    What is held already is not watched again, so a second call writes nothing.
    """
    seen = Coverage.objects.held(enrolment_id=enrolment.pk, lesson_id=lesson.pk)
    if seen.confirmed_s >= seconds:
        return seen.confirmed_s
    place = Place(enrolment, lesson)
    ticket = tickets.read(tickets.issue(place, session_key=_DEVICE), person_id=enrolment.person_id, session_key=_DEVICE)
    opened_ms = int(at.timestamp() * 1_000)
    said = Open(ticket="", device=_DEVICE, is_takeover=True, resume=None, previous=None)
    opened = viewings.open_viewing(ticket=ticket, said=said, device_label=_DEVICE_LABEL, now_ms=opened_ms)
    _play(opened, seconds)
    ended_ms = ViewingSession.objects.values_list("ended_ms", flat=True).get(pk=opened.row.session_id)
    watched.record_if_watched(enrolment_id=enrolment.pk, lesson_id=lesson.pk, now=_instant(ended_ms, at))
    return Coverage.objects.held(enrolment_id=enrolment.pk, lesson_id=lesson.pk).confirmed_s


def _play(opened: viewings.OpenedViewing, seconds: int) -> None:
    """Send a beat every 15 s of virtual time, answer what is asked, and say goodbye at the end."""
    terms = opened.viewing.terms
    if terms is None:
        raise RuntimeError("An opened viewing has terms.")
    _answer(opened, terms.opened_ms)
    played_ms = sequence = 0
    while played_ms < seconds * 1_000:
        acknowledged_s = played_ms // 1_000
        played_ms = min(played_ms + HEARTBEAT_MS, seconds * 1_000)
        sequence += 1
        now_ms, claims = terms.opened_ms + played_ms, ((acknowledged_s, played_ms // 1_000),)
        facts = (sequence, claims, played_ms, played_ms // 1_000, PLAYING, 0)
        is_last = played_ms == seconds * 1_000
        _say(opened, Bye(*facts, "user") if is_last else Beat(*facts), now_ms)
        if not is_last:
            _answer(opened, now_ms)


def _answer(opened: viewings.OpenedViewing, asked_ms: int) -> None:
    """Answer the presence check that is open, rightly and after a moment; without one, do nothing."""
    live = opened.viewing.live
    if live.check_ms is not None:
        value = live.check_answer or "here"
        reaction_ms = _REACTION_MIN_MS + asked_ms // 1_000 * _STRIDE_MS % _REACTION_SPREAD_MS
        _say(opened, Answer(live.check_key, value, reaction_ms), asked_ms + reaction_ms)


def _say(opened: viewings.OpenedViewing, said: Beat | Answer, now_ms: int) -> None:
    """Have a message heard, and write what it did."""
    viewing = opened.viewing
    heard = hear(viewing, said, opened.provisions, now_ms=now_ms, epoch=viewing.live.epoch)
    commit([snapshot(opened.row, viewing, heard.lines, heard.ending, heard.fate)])


def _instant(ended_ms: int | None, at: datetime) -> datetime:
    return datetime.fromtimestamp((ended_ms or 0) / 1_000, tz=at.tzinfo)
