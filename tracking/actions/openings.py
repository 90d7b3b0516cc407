"""Openings: what those who ask to be let in stand on, read for many by few statements.

Locks first and reads then, so that what is read stays true until the transaction ends. Judges
nobody: that is the business of `viewings`. Source: TRACKING §2.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tracking import access
from tracking.actions import tickets
from tracking.models import Coverage, LiveViewing, ViewingSession
from tracking.protocol import Open
from tracking.rules.viewing import SeenSeconds


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who asks to be let in: the ticket, what the player said, and its device as a learner knows it.

    `by_requests`: it has no socket, and will go on by requests.
    """

    ticket: tickets.Ticket
    said: Open
    device_label: str
    by_requests: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What one person's opening is judged by; the row is locked, and its running session is on it."""

    row: LiveViewing
    place: access.Place | None
    is_ticket_used: bool
    _coverage: Mapping[tuple[int, int], Coverage]

    def stored(self, place: tuple[int, int]) -> SeenSeconds:
        """Return what is stored of the lesson played until now, or of the one to be played."""
        row = self._coverage.get(place)
        return SeenSeconds() if row is None else row.stored()


def read(asked: Sequence[Asked]) -> dict[int, Standing]:
    """Return by person what those who ask stand on; of many, not of those whose rows somebody else has locked."""
    rows = LiveViewing.objects.locked([one.ticket.person_id for one in asked])
    asked = [one for one in asked if one.ticket.person_id in rows]
    _put_sessions_on(rows.values())
    places = access.places_named({(one.ticket.person_id, *_place_of(one)) for one in asked})
    playing = {row.session.place for row in rows.values() if row.session is not None}
    coverage = Coverage.objects.by_place(playing | {_place_of(one) for one in asked})
    used = tickets.used([one.ticket for one in asked])
    return {
        row.pk: Standing(row, places.get((row.pk, *_place_of(one))), one.ticket in used, coverage)
        for one in asked
        for row in (rows[one.ticket.person_id],)
    }


def _place_of(one: Asked) -> tuple[int, int]:
    return (one.ticket.enrolment_id, one.ticket.lesson_id)


def _put_sessions_on(rows: Iterable[LiveViewing]) -> None:
    running = [row for row in rows if row.session_id is not None]
    sessions = ViewingSession.objects.in_bulk([row.session_id for row in running])
    for row in running:
        row.session = sessions[row.session_id]
