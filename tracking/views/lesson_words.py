"""What happened in a viewing, in words: for the page and for the file, the same.

Knows sentences; what happened is `rules.happenings`' knowledge.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from learning.templatetags.hours import clock
from tracking.rules.happenings import Circumstance, DeferralReason, Happening, HappeningKind
from tracking.views.lesson_chapters import Chapter, Follower

_TENTH_MS: Final = 100

#: In the order in which a reader wants them: what bears on the viewing first.
CIRCUMSTANCES: Final[dict[Circumstance, object]] = {
    Circumstance.OFFLINE_SECONDS: gettext_lazy("connection lost for a part of it"),
    Circumstance.UNFOCUSED: gettext_lazy("another window in front"),
    Circumstance.PICTURE_IN_PICTURE: gettext_lazy("picture-in-picture"),
    Circumstance.MUTED: gettext_lazy("sound off"),
    Circumstance.CAPTIONS: gettext_lazy("captions on"),
    Circumstance.NO_FRAMES: gettext_lazy("no picture drawn"),
    Circumstance.AUTOMATION_HINT: gettext_lazy("signs of automation"),
}


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One line of the story. `effect` is what it did to the seconds; "" where it did nothing."""

    happening: Happening
    at: datetime
    until: datetime | None
    what: str
    notes: list[str]
    effect: str

    @property
    def is_loss(self) -> bool:
        """Whether seconds were voided."""
        return self.happening.lost_s > 0

    @property
    def is_notable(self) -> bool:
        """Whether a reader who skims should stop here."""
        return self.happening.kind in _NOTABLE


_NOTABLE: Final = {
    HappeningKind.CHECK_MISSED,
    HappeningKind.CHECK_WRONG,
    HappeningKind.VOIDED,
    HappeningKind.VOIDED_ELSEWHERE,
    HappeningKind.TAKEN_OVER,
    HappeningKind.DEFERRED,
}
_WITH_LENGTH: Final = {HappeningKind.PLAYED, HappeningKind.NOT_PLAYING, HappeningKind.DEFERRED}


def lines_of(chapter: Chapter) -> list[StoryLine]:
    """Return the session's story, line by line."""
    return [
        StoryLine(
            happening=item,
            at=instant(item.at_ms),
            until=instant(item.end_ms) if item.kind in _WITH_LENGTH else None,
            what=_what(item, chapter),
            notes=_notes(item, chapter),
            effect=_effect(item),
        )
        for item in chapter.happenings
    ]


def instant(ms: int) -> datetime:
    """Return an instant of the server's clock."""
    return datetime.fromtimestamp(ms / 1_000, tz=UTC)


def circumstances_of(item: Happening) -> list[str]:
    """Return the circumstances in words."""
    return [str(word) for bit, word in CIRCUMSTANCES.items() if bit in item.circumstances]


def _what(item: Happening, chapter: Chapter) -> str:
    """Say what happened in one sentence."""
    if item.kind is HappeningKind.TAKEN_OVER:
        return _taken_over(chapter.follower)
    if item.kind is HappeningKind.OPENED and chapter.session.device_label:
        return _("Opened on %(device)s") % {"device": chapter.session.device_label}
    if item.kind is HappeningKind.PLAYED and not item.gained_s:
        return _("Watched %(start)s–%(end)s again") % _media(item)
    return _SENTENCES[item.kind](item)


_SENTENCES: Final[dict[HappeningKind, Callable[[Happening], str]]] = {
    HappeningKind.OPENED: lambda _item: pgettext("viewing", "Opened"),
    HappeningKind.PLAYED: lambda item: _("Played %(start)s–%(end)s") % _media(item),
    HappeningKind.NOT_PLAYING: lambda item: _("Nothing was played for %(length)s") % _length(item),
    HappeningKind.DEFERRED: lambda _item: _("Seconds were claimed, none was credited yet"),
    HappeningKind.CHECK_ASKED: lambda _item: _("Presence check asked"),
    HappeningKind.CHECK_ASKED_AGAIN: lambda _item: _("Presence check asked once more"),
    HappeningKind.CHECK_PASSED: lambda item: _("Presence check passed after %(seconds)s s") % _reaction(item),
    HappeningKind.CHECK_WRONG: lambda item: _("Presence check answered wrongly after %(seconds)s s") % _reaction(item),
    HappeningKind.CHECK_MISSED: lambda item: _("Presence check missed: no answer for %(length)s") % _length(item),
    HappeningKind.VOIDED: lambda item: _("Presence check missed: no answer for %(length)s") % _length(item),
    HappeningKind.VOIDED_ELSEWHERE: lambda _item: _("A presence check was missed afterwards, in another lecture"),
    HappeningKind.LATE: lambda item: _("%(start)s–%(end)s came in after the end") % _media(item),
    HappeningKind.LEFT: lambda _item: pgettext("viewing", "Left"),
    HappeningKind.FELL_SILENT: lambda _item: _("Ended by itself: the player was not heard of any more"),
}


def _taken_over(follower: Follower | None) -> str:
    """Say who took over; another course is never named."""
    if follower is None:
        return _("Ended: the account began to watch elsewhere")
    device = follower.device_label or pgettext("device", "an unnamed device")
    if follower.is_same_lesson and follower.is_same_device:
        return _("Ended: the lecture was opened anew on the same device")
    if follower.is_same_lesson:
        return _("Ended: another device took over, %(device)s") % {"device": device}
    if follower.number is not None:
        return _("Ended: lecture %(number)s was opened on %(device)s") % {"number": follower.number, "device": device}
    return _("Ended: the account began to watch elsewhere, on %(device)s") % {"device": device}


def _notes(item: Happening, chapter: Chapter) -> list[str]:
    """Return what else there is to know: why seconds wait, what a check took or left, circumstances."""
    notes = []
    if item.kind is HappeningKind.OPENED and (first := _first_second(chapter)):
        notes.append(_("went on at %(position)s of the lecture") % {"position": clock(first)})
    if item.kind is HappeningKind.PLAYED and item.again_s:
        again = {"again": clock(item.again_s)}
        notes.append(
            _("%(again)s of it were credited before and never count twice") % again
            if item.gained_s
            else _("credited before; seconds never count twice")
        )
    if item.is_provisional and item.gained_s:
        notes.append(_("counts once the next presence check is passed"))
    if item.reason is not None:
        notes.append(str(_REASONS[item.reason]) % {"claimed": clock(item.deferred_s)})
    if item.kind in _TOOK_NOTHING:
        notes.append(str(_TOOK_NOTHING[item.kind]))
    if item.lost_s:
        notes.append(_("what was played since the last passed check is void and can be watched again"))
    return notes + circumstances_of(item)


_REASONS: Final[dict[DeferralReason, object]] = {
    DeferralReason.BUDGET: gettext_lazy("claims of %(claimed)s had to wait: more was claimed than time had passed"),
    DeferralReason.CHECK: gettext_lazy("claims of %(claimed)s had to wait: a presence check was open"),
    DeferralReason.DAILY_CAP: gettext_lazy("claims of %(claimed)s had to wait: the day’s limit was reached"),
}
_TOOK_NOTHING: Final[dict[HappeningKind, object]] = {
    HappeningKind.CHECK_MISSED: gettext_lazy("crediting paused; nothing credited before was taken away"),
    HappeningKind.CHECK_WRONG: gettext_lazy("nothing was taken away; another check follows"),
    HappeningKind.LATE: gettext_lazy("played while the connection was lost"),
}


def _effect(item: Happening) -> str:
    """Say what it did to the seconds."""
    if item.lost_s:
        return f"−{clock(item.lost_s)}"
    if item.gained_s:
        return f"+{clock(item.gained_s)}"
    return "0" if item.kind in {HappeningKind.PLAYED, HappeningKind.DEFERRED} else ""


def _first_second(chapter: Chapter) -> int:
    """Return the second of the lecture at which the session began to play."""
    return next((item.from_s for item in chapter.happenings if item.kind is HappeningKind.PLAYED), 0)


def _media(item: Happening) -> dict[str, str]:
    return {"start": clock(item.from_s), "end": clock(item.to_s)}


def _length(item: Happening) -> dict[str, str]:
    return {"length": clock(item.length_ms // 1_000)}


def _reaction(item: Happening) -> dict[str, str]:
    seconds, tenths = divmod(item.length_ms // _TENTH_MS, 10)
    return {"seconds": f"{seconds}.{tenths}"}
