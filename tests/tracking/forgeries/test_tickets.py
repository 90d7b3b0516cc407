"""Tickets forged, swapped, stolen, used again and expired; sockets from foreign pages.

Each ends the socket with its code, and nobody's seconds move. Source: TRACKING §1 C12, §8.
"""

from __future__ import annotations

import json
import time

import pytest
from channels.db import database_sync_to_async as in_thread
from django.core import signing

from learning.models import Enrolment, Person
from tests.factories import tracking as make
from tests.factories.tracking import Learner
from tests.tracking.conftest import Player, StandingClock
from tests.tracking.forgeries.gain import held_s
from tracking.access import Place
from tracking.actions import tickets
from tracking.models import ViewingSession

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committer")]


async def refusal(player: Player, ticket: str) -> tuple[str, int]:
    """Open with a ticket; return the error's code and the close's."""
    answer = await player.open(ticket=ticket)
    assert (answer["t"], answer["fatal"]) == ("err", True), answer
    assert not await in_thread(ViewingSession.objects.exists)()
    return answer["code"], await player.closed()


async def test_a_lesson_of_a_course_not_enrolled_in_is_forbidden(at: Learner, clock: StandingClock) -> None:
    other = await in_thread(make.learner)()
    ticket = tickets.issue(Place(at.enrolment, other.lesson), session_key=at.session_key)

    assert await refusal(await Player(at).connect(), ticket) == ("forbidden", 4403)


async def test_a_lesson_nobody_knows_is_forbidden(at: Learner, clock: StandingClock) -> None:
    unknown = at.lesson
    unknown.pk = 999_999

    assert await refusal(
        await Player(at).connect(), tickets.issue(Place(at.enrolment, unknown), session_key=at.session_key)
    ) == ("forbidden", 4403)


async def test_another_learners_enrolment_is_forbidden(at: Learner, cy: Person, clock: StandingClock) -> None:
    outsider = await in_thread(make.learner)(cy)
    theirs = outsider.enrolment
    # A ticket that names ada and cy's place: only a stolen key could sign it, and still it opens nothing.
    theirs.person_id = at.person.pk

    assert await refusal(
        await Player(at).connect(), tickets.issue(Place(theirs, outsider.lesson), session_key=at.session_key)
    ) == ("forbidden", 4403)


async def test_a_withdrawn_enrolments_ticket_is_forbidden(at: Learner, clock: StandingClock) -> None:
    ticket = await in_thread(at.ticket)()
    await in_thread(Enrolment.objects.update)(status=Enrolment.Status.WITHDRAWN)

    assert await refusal(await Player(at).connect(), ticket) == ("forbidden", 4403)


def _swapped(ticket: str) -> str:
    """Return a ticket whose lesson was swapped under the signature."""
    body, *rest = ticket.split(":")
    facts = json.loads(signing.b64_decode(body.lstrip(".").encode()))
    return ":".join([signing.b64_encode(json.dumps(facts | {"l": facts["l"] + 1}).encode()).decode(), *rest])


def _signed_elsewhere(ticket: str) -> str:
    """Return the same facts, signed by another part of the site."""
    return signing.dumps(signing.loads(ticket, salt="tracking.ticket"), salt="other")


@pytest.mark.parametrize(
    "forge",
    [_swapped, _signed_elsewhere, lambda ticket: ticket[:-1], lambda ticket: ticket[::-1], lambda _ticket: "!" * 2_048],
    ids=["lesson swapped", "signed elsewhere", "cut", "turned round", "no ticket at all"],
)
async def test_a_forged_ticket_is_refused(at: Learner, clock: StandingClock, forge: object) -> None:
    assert callable(forge)

    assert await refusal(await Player(at).connect(), forge(await in_thread(at.ticket)())) == ("auth", 4401)


async def test_a_stolen_ticket_of_another_person_is_refused(at: Learner, clock: StandingClock) -> None:
    thief = await in_thread(make.learner)()

    assert await refusal(await Player(thief).connect(), await in_thread(at.ticket)()) == ("auth", 4401)


async def test_a_ticket_of_another_login_of_the_same_person_is_refused(at: Learner, clock: StandingClock) -> None:
    elsewhere = await in_thread(make.learner)(at.person)

    assert await refusal(await Player(elsewhere).connect(), await in_thread(at.ticket)()) == ("auth", 4401)


@pytest.mark.parametrize(("age_s", "is_good"), [(59, True), (61, False)])
async def test_a_ticket_lasts_a_minute(
    at: Learner, clock: StandingClock, monkeypatch: pytest.MonkeyPatch, age_s: int, *, is_good: bool
) -> None:
    ticket = await in_thread(at.ticket)()
    later_s = time.time() + age_s
    monkeypatch.setattr("django.core.signing.time.time", lambda: later_s)
    player = await Player(at).connect()

    if is_good:
        assert (await player.open(ticket=ticket))["t"] == "ok"
    else:
        # Not for good: a handshake may have lasted longer than the ticket.
        await player.say(t="open", v=1, ticket=ticket, dev="desk")
        assert await player.closed() == 1013
    assert await in_thread(ViewingSession.objects.exists)() == is_good
    await player.leave()


async def test_a_used_ticket_is_refused_and_its_session_goes_on(at: Learner, clock: StandingClock) -> None:
    ticket = await in_thread(at.ticket)()
    first, second = await Player(at).connect(), await Player(at).connect()
    await first.open(ticket=ticket)

    answer = await second.open(ticket=ticket, take=True)
    clock.pass_s(10)
    await first.beat([0, 10])

    assert (answer["code"], await second.closed()) == ("auth", 4401)
    assert await first.hear() == {"t": "ack", "q": 1, "n": 10}
    assert await held_s(at) == 10
    await first.leave()


async def test_a_ticket_opens_one_of_many_sockets_at_once(at: Learner, clock: StandingClock) -> None:
    ticket = await in_thread(at.ticket)()
    players = [await Player(at).connect() for _number in range(4)]

    for player in players:
        await player.say(t="open", v=1, ticket=ticket, dev="desk")
    answers = [await player.hear() for player in players]

    assert sorted(answer["t"] for answer in answers) == ["err", "err", "err", "ok"]
    assert await in_thread(ViewingSession.objects.count)() == 1


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "https://testserver:80",
        "http://testserver:8080",
        "http://testserver.evil.example:80",
        "http://evil.example#testserver",
        "http://eviltestserver:80",
        "file://",
        "null",
        "",
        None,
    ],
    ids=["host", "scheme", "port", "suffix", "fragment", "prefix", "file", "null", "empty", "absent"],
)
async def test_a_foreign_page_gets_no_socket(at: Learner, origin: str | None) -> None:
    player = Player(at, origin=origin or "")
    if origin is None:
        headers = player.socket.scope["headers"] or []
        player.socket.scope["headers"] = [pair for pair in headers if pair[0] != b"origin"]

    is_accepted, _code = await player.socket.connect(timeout=20)

    player.has_left = True
    assert not is_accepted
    assert not await in_thread(ViewingSession.objects.exists)()
