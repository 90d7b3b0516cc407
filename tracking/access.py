"""Who may watch what, and whether those who watch still may.

Learners watch what they are enrolled in; the staff of the base that teaches it may look at the
media, but only an enrolment earns seconds.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from channels.layers import get_channel_layer
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.utils import timezone

from learning.models import CreditEntry, Edition, Enrolment, Lesson, Membership, Person, Role

logger = logging.getLogger(__name__)

_TEACHING_ROLES: Final = (Role.EDITOR, Role.AUDITOR, Role.ADMINISTRATOR)
_STUDYING: Final = (Enrolment.Status.ENROLLED, Enrolment.Status.CREDITED)
_CHUNK: Final = 500
_CLOSE_WITHIN_S: Final = 5.0
_RETRY_S: Final = 0.5
_Value = TypeVar("_Value")


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


def place_of_ticket(*, person_id: int, enrolment_id: int, lesson_id: int) -> Place | None:
    """Return the place a ticket names, if the person still has it."""
    enrolment = (
        Enrolment.objects.filter(pk=enrolment_id, person_id=person_id, person__is_active=True)
        .exclude(status=Enrolment.Status.WITHDRAWN)
        .select_related("edition__base", "requirement")
        .first()
    )
    if enrolment is None:
        return None
    lesson = enrolment.edition.lessons.filter(pk=lesson_id).first()
    if lesson is None:
        return None
    lesson.edition = enrolment.edition
    return Place(enrolment, lesson)


def obstacle(place: Place, *, now: datetime) -> Obstacle | None:
    """Say why no second can be earned at this place now; None: it can."""
    enrolment = place.enrolment
    today = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    if enrolment.status not in _STUDYING or today > enrolment.requirement.cutoff_on:
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


def lapsed(watchers: Sequence[Watcher], *, now: datetime) -> set[Watcher]:
    """Return those who may watch no longer: signed out, deactivated, withdrawn, suspended, the year closed.

    Three queries for every five hundred; never one a learner.
    """
    gone: set[Watcher] = set()
    today = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    for start in range(0, len(watchers), _CHUNK):
        chunk = watchers[start : start + _CHUNK]
        sessions = set(
            # Judged by the clock that dated it: Django's own.
            Session.objects.filter(
                session_key__in=_each(item.session_key for item in chunk), expire_date__gt=timezone.now()
            ).values_list("session_key", flat=True)
        )
        active = Person.objects.filter(pk__in=_each(item.person_id for item in chunk), is_active=True)
        persons = set(active.values_list("pk", flat=True))
        studying = Enrolment.objects.filter(
            pk__in=_each(item.enrolment_id for item in chunk),
            status__in=_STUDYING,
            requirement__cutoff_on__gte=today,
        )
        enrolments = set(studying.exclude(edition__status=Edition.Status.SUSPENDED).values_list("pk", "person_id"))
        gone.update(
            item
            for item in chunk
            if item.session_key not in sessions
            or item.person_id not in persons
            or (item.enrolment_id, item.person_id) not in enrolments
        )
    return gone


def _each(values: Iterable[_Value]) -> list[_Value]:
    return list(dict.fromkeys(values))


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
        self._channel = ""
        self._task: asyncio.Task[None] | None = None

    async def listen_for(self, person_id: int, *, epoch: int) -> None:
        """Tell who sat here before that the timeline is taken, and hear of its person from now on."""
        layer, group = get_channel_layer(), person_group(person_id)
        if layer is None:
            return
        try:
            if self._task is None:
                self._channel = await layer.new_channel()
                self._task = asyncio.create_task(self._listen(self._channel))
            await layer.group_send(group, {"type": "viewing.superseded", "person": person_id, "epoch": epoch})
            await layer.group_add(group, self._channel)
        except Exception:  # whatever the layer's driver raises: it costs a hint, nothing else
            logger.warning("The channel layer is away", exc_info=True)

    async def close(self) -> None:
        """Stop listening."""
        layer, task, self._task = get_channel_layer(), self._task, None
        if layer is None or task is None:
            return
        try:
            await layer.send(self._channel, {"type": "hints.close"})
            await asyncio.wait_for(task, _CLOSE_WITHIN_S)
        except Exception:  # as above
            logger.warning("The channel layer is away", exc_info=True)

    async def _listen(self, channel: str) -> None:
        layer = get_channel_layer()
        while layer is not None:
            try:
                message = await layer.receive(channel)
                if message["type"] == "hints.close":
                    return
                await self._hear(message)
            except Exception:  # as above; listening goes on
                logger.warning("The channel layer is away", exc_info=True)
                await asyncio.sleep(_RETRY_S)
