"""A learner watches, at times gone by: the same verbs and the same batch as a live socket.

Nothing is written that the rule did not grant: a minute of history takes a minute of virtual
server time. Knows how to play; not who watches what (`build`).
"""

from datetime import datetime
from typing import Final

from learning.models import Enrolment, Lesson
from tracking.access import Place
from tracking.actions import tickets, viewings, watched
from tracking.models import Coverage, ViewingSession
from tracking.models.batch import Ending, SessionRow, commit, snapshot
from tracking.protocol import Beat, Bye, Open
from tracking.protocol.limits import HEARTBEAT_MS
from tracking.rules import crediting, sessions
from tracking.rules.viewing import PLAYING, EndReason

_DEVICE: Final = "demo"
_DEVICE_LABEL: Final = "Windows · Edge"


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
    row = SessionRow(enrolment.person_id, opened.row.session_id, enrolment.pk, lesson.pk)
    _play(row, opened, seconds)
    ended_ms = ViewingSession.objects.values_list("ended_ms", flat=True).get(pk=opened.row.session_id)
    watched.record_if_watched(enrolment_id=enrolment.pk, lesson_id=lesson.pk, now=_instant(ended_ms, at))
    return Coverage.objects.held(enrolment_id=enrolment.pk, lesson_id=lesson.pk).confirmed_s


def _play(row: SessionRow, opened: viewings.OpenedViewing, seconds: int) -> None:
    """Send a beat every 15 s of virtual time, and say goodbye at the end."""
    viewing, terms = opened.viewing, opened.viewing.terms
    if terms is None:
        raise RuntimeError("An opened viewing has terms.")
    epoch, played_ms, sequence = viewing.live.epoch, 0, 0
    while True:
        acknowledged_s = played_ms // 1_000
        played_ms = min(played_ms + HEARTBEAT_MS, seconds * 1_000)
        sequence += 1
        now_ms, claims = terms.opened_ms + played_ms, ((acknowledged_s, played_ms // 1_000),)
        if played_ms >= seconds * 1_000:
            break
        said = Beat(sequence, claims, played_ms, played_ms // 1_000, PLAYING, 0)
        result = crediting.beat(viewing, said, now_ms=now_ms, epoch=epoch)
        commit([snapshot(row, viewing, result.lines, None)])
    last = Bye(sequence, claims, played_ms, seconds, PLAYING, 0, "user")
    farewell = sessions.bye(viewing, last, now_ms=now_ms, epoch=epoch)
    lines = [*farewell.beat.lines, *farewell.ended.lines]
    ending = Ending(farewell.ended.session, EndReason.BYE, farewell.ended.lines[-1].new_s, now_ms)
    commit([snapshot(row, viewing, lines, ending)])


def _instant(ended_ms: int | None, at: datetime) -> datetime:
    return datetime.fromtimestamp((ended_ms or 0) / 1_000, tz=at.tzinfo)
