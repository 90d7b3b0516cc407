"""Who may watch what, and whether those who watch still may.

Learners watch what they are enrolled in; the staff of the base that teaches it may look at the
media, but only an enrolment earns seconds.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from channels.layers import BaseChannelLayer, get_channel_layer
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from learning.models import CreditEntry, Edition, Enrolment, Lesson, Membership, Person, Requirement, Role

logger = logging.getLogger(__name__)

_TEACHING_ROLES: Final = (Role.EDITOR, Role.AUDITOR, Role.ADMINISTRATOR)
_STUDYING: Final = (Enrolment.Status.ENROLLED, Enrolment.Status.CREDITED)
_MARK_CHARS: Final = 12
_CLOSE_WITHIN_S: Final = 5.0
# Each takes a connection of the layer's pool, which holds no storm.
_HINTS_AT_ONCE: Final = 16
_RETRY_S: Final = 0.5


class Obstacle(StrEnum):
    """Why an enrolled learner can earn nothing at present, as the ticket's 409 says it."""

    YEAR_CLOSED = "year_closed"
    EDITION_SUSPENDED = "edition_suspended"


@dataclass(frozen=True, slots=True)
class Place:
    """A learner's place before one lesson."""

    enrolment: Enrolment
    lesson: Lesson


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who sits at a socket: to be asked about again while it is open."""

    person_id: int
    enrolment_id: int
    session_key: str
    password_mark: str


def session_hash(session_key: str | None) -> str:
    """Return what stands for a login session in tickets and messages; never the key itself."""
    return hashlib.sha256(f"tracking:{session_key or ''}".encode()).hexdigest()


def person_group(person_id: int) -> str:
    """Return the channel group that reaches a person's sockets."""
    return f"person.{person_id}"


def place_of(person: Person | AnonymousUser, course_key: str, number: int) -> Place | None:
    """Return the person's place in the newest year they study the course, or None."""
    if not isinstance(person, Person):
        return None
    enrolment = (
        Enrolment.objects.of(person)
        .filter(course_key=course_key)
        .select_related("edition__base", "requirement")
        .order_by("-year", "-enrolled_at")
        .first()
    )
    lesson = _lesson_of(enrolment.edition, number) if enrolment else None
    return Place(enrolment, lesson) if enrolment and lesson else None


def places_named(named: Collection[tuple[int, int, int]]) -> dict[tuple[int, int, int], Place]:
    """Return the places that tickets name (person, enrolment, lesson), of those who still have them."""
    if not named:
        return {}
    _persons, enrolment_ids, lesson_ids = zip(*named, strict=True)
    # Many share an edition and a rule, so these are fetched once for all; and in no order, which would only cost.
    enrolments = (
        Enrolment.objects.filter(pk__in=enrolment_ids, person__is_active=True)
        .exclude(status=Enrolment.Status.WITHDRAWN)
        .select_related("person")
        .prefetch_related("edition", "requirement")
        .order_by()
    )
    held = {(enrolment.person_id, enrolment.pk): enrolment for enrolment in enrolments}
    lessons = {lesson.pk: lesson for lesson in Lesson.objects.filter(pk__in=set(lesson_ids)).order_by()}
    found: dict[tuple[int, int, int], Place] = {}
    for person_id, enrolment_id, lesson_id in named:
        enrolment, lesson = held.get((person_id, enrolment_id)), lessons.get(lesson_id)
        if enrolment is not None and lesson is not None and lesson.edition_id == enrolment.edition_id:
            lesson.edition = enrolment.edition
            found[person_id, enrolment_id, lesson_id] = Place(enrolment, lesson)
    return found


def obstacle(place: Place, *, now: datetime) -> Obstacle | None:
    """Say why no second can be earned at this place now; None: it can."""
    enrolment = place.enrolment
    today = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    if enrolment.status not in _STUDYING or not enrolment.requirement.as_calendar().takes_study(today):
        return Obstacle.YEAR_CLOSED
    if enrolment.edition.status == Edition.Status.SUSPENDED:
        return Obstacle.EDITION_SUSPENDED
    return None


def media_lesson(person: Person | AnonymousUser, course_key: str, number: int) -> Lesson | None:
    """Return the lesson whose media the person may see: their own place's, or their base's newest."""
    place = place_of(person, course_key, number)
    if place is not None:
        return place.lesson
    if not isinstance(person, Person):
        return None
    bases = Membership.objects.filter(person_id=person.pk, role__in=_TEACHING_ROLES).values("organisation_id")
    edition = Edition.objects.filter(course_key=course_key, base_id__in=bases).order_by("-version").first()
    return _lesson_of(edition, number) if edition else None


def why_enrolment(person: Person, enrolment_id: int) -> Enrolment | None:
    """Return the enrolment whose viewing the person may read: theirs, their base's, their bureau's."""
    enrolments = Enrolment.objects.filter(pk=enrolment_id).select_related("edition__base", "requirement", "person")
    if Enrolment.objects.visible_to(person).filter(pk=enrolment_id).exists():
        return enrolments.first()
    if CreditEntry.objects.visible_to(person).filter(enrolment__pk=enrolment_id).exists():
        return enrolments.first()
    return None


def password_mark(person: Person) -> str:
    """Return what tells one password of a person from the next: the end of its hash, of no use to anyone."""
    return person.password[-_MARK_CHARS:]


def lapsed(watchers: Sequence[Watcher], *, now: datetime) -> set[Watcher]:
    """Return those who may watch no longer.

    Signed out, password changed, deactivated, withdrawn, suspended, the year closed. One query
    for all, whatever their number; it answers with those alone who are gone.
    """
    if not watchers:
        return set()
    today = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    # The login's end is judged by the clock that dated it: Django's own.
    facts: list[Any] = [timezone.now(), *_STUDYING, today, Edition.Status.SUSPENDED.value]
    is_postgresql = connection.vendor == "postgresql"
    sent: list[Any]
    if is_postgresql:
        # Four lists as four texts: no word in them holds a space, and an array costs the driver much more.
        sent = [
            " ".join([str(watcher.person_id) for watcher in watchers]),
            " ".join([str(watcher.enrolment_id) for watcher in watchers]),
            " ".join([watcher.session_key for watcher in watchers]),
            " ".join([watcher.password_mark for watcher in watchers]),
        ]
    else:
        sent = [json.dumps([(w.person_id, w.enrolment_id, w.session_key, w.password_mark) for w in watchers])]
    with connection.cursor() as cursor:
        cursor.execute(_lapsed_statement(is_postgresql=is_postgresql), [*sent, *facts])
        return {watchers[number] for (number,) in cursor.fetchall()}


@cache
def _lapsed_statement(*, is_postgresql: bool) -> str:
    """Return the one question about all watchers; the two databases unpack a list differently."""
    if is_postgresql:
        asked = (
            "SELECT number - 1 AS number, person, enrolment, login, mark FROM "
            "unnest(string_to_array(%s, ' ')::bigint[], string_to_array(%s, ' ')::bigint[], "
            "string_to_array(%s, ' '), string_to_array(%s, ' ')) "
            "WITH ORDINALITY AS row (person, enrolment, login, mark, number)"
        )
    else:
        asked = (
            "SELECT key AS number, json_extract(value, '$[0]') AS person, json_extract(value, '$[1]') AS enrolment, "
            "json_extract(value, '$[2]') AS login, json_extract(value, '$[3]') AS mark FROM json_each(%s)"
        )
    return f"""
        WITH asked AS ({asked})
        SELECT asked.number FROM asked
        LEFT JOIN {Person._meta.db_table} person ON person.id = asked.person AND person.is_active
            AND substr(person.password, length(person.password) - {_MARK_CHARS - 1}) = asked.mark
        LEFT JOIN {Session._meta.db_table} login ON login.session_key = asked.login AND login.expire_date > %s
        LEFT JOIN {Enrolment._meta.db_table} enrolment ON enrolment.id = asked.enrolment
            AND enrolment.person_id = asked.person AND enrolment.status IN (%s, %s)
        LEFT JOIN {Requirement._meta.db_table} rule ON rule.id = enrolment.requirement_id
            AND COALESCE(rule.makeup_until_on, rule.cutoff_on) >= %s
        LEFT JOIN {Edition._meta.db_table} edition ON edition.id = enrolment.edition_id AND edition.status <> %s
        WHERE person.id IS NULL OR login.session_key IS NULL OR rule.id IS NULL OR edition.id IS NULL
    """  # noqa: S608 -- names are the models' own


def _lesson_of(edition: Edition, number: int) -> Lesson | None:
    lesson = edition.lessons.filter(number=number).first()
    if lesson is not None:
        lesson.edition = edition
    return lesson


class Hints:
    """One ear on the channel layer for a whole event loop: sign-outs and take-overs, as they happen.

    What it brings are hints, never truth: the fence and the look round are the guarantee.
    NB: not one ear for each socket. Under Redis every one of them would poll, and a receive that is
    cancelled at a disconnect may never end; this one is ended by a message to itself.
    """

    def __init__(self, hear: Callable[[Mapping[str, Any]], Awaitable[None]]) -> None:
        """Keep what to do with a hint; hear nothing yet."""
        self._hear = hear
        self._is_deaf = False
        self._gate = asyncio.Semaphore(_HINTS_AT_ONCE)
        self._beginning = asyncio.Lock()
        self._layer: BaseChannelLayer | None = None
        self._channel = ""
        self._task: asyncio.Task[None] | None = None

    async def listen_for(self, person_id: int, *, taken_at: int | None) -> None:
        """Hear of a person from now on; tell who sat elsewhere before that the timeline is taken, at which epoch."""
        layer, group = get_channel_layer(), person_group(person_id)
        if layer is None:
            return
        async with self._gate:
            try:
                await self._begin_to_listen(layer)
                if taken_at is not None:
                    hint = {"type": "viewing.superseded", "person": person_id, "epoch": taken_at}
                    await layer.group_send(group, hint)
                await layer.group_add(group, self._channel)
            except Exception as error:  # noqa: BLE001 -- whatever the layer's driver raises costs a hint, nothing else
                self._note_away(error)

    async def _begin_to_listen(self, layer: BaseChannelLayer) -> None:
        """Have an ear, one only, however many come first together."""
        async with self._beginning:
            if self._task is None:
                # NB: kept: threads that are first to ask may be given one each, and a channel is heard by its own.
                self._layer, self._channel = layer, await layer.new_channel()
                self._task = asyncio.create_task(self._listen(layer, self._channel))

    async def close(self) -> None:
        """Stop listening."""
        layer, task, self._task = self._layer, self._task, None
        if layer is None or task is None:
            return
        try:
            await layer.send(self._channel, {"type": "hints.close"})
            await asyncio.wait_for(task, _CLOSE_WITHIN_S)
        except Exception as error:  # noqa: BLE001 -- as above
            self._note_away(error)

    async def _listen(self, layer: BaseChannelLayer, channel: str) -> None:
        while True:
            try:
                message = await layer.receive(channel)
                self._is_deaf = False
                if message["type"] == "hints.close":
                    return
                await self._hear(message)
            except Exception as error:  # noqa: BLE001 -- as above; listening goes on
                self._note_away(error)
                await asyncio.sleep(_RETRY_S)

    def _note_away(self, error: Exception) -> None:
        """Say that the layer is away: once, and again only after it was heard."""
        if not self._is_deaf:
            self._is_deaf = True
            logger.warning("The channel layer is away; hints are missed, nothing else", exc_info=error)
