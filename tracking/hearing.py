"""Hearing: what one message does to a viewing, what is to be written, and what may be said after.

Shared by the socket and the HTTP fallback, so that both are judged alike. Knows the order of the
rule's steps and the wire's words; nothing of sockets, rows or the clock. Whoever calls it writes
the lines first and says the texts after the commit. Source: TRACKING §2.
"""

import secrets
from dataclasses import dataclass, field
from typing import Final

from tracking import protocol
from tracking.models.batch import Ending
from tracking.protocol import CloseCode, ErrorCode
from tracking.protocol.limits import LONGEST_SESSION_MS
from tracking.rules import crediting, receipts, sessions
from tracking.rules.chain import LedgerLine
from tracking.rules.crediting import ProvisionalFate
from tracking.rules.presence import (
    TRAVEL_MS,
    CheckPlan,
    CheckQuestion,
    PresenceCheck,
    RandomBetween,
    deadline_ms,
    draw_check,
    draw_next_check,
    is_overdue,
)
from tracking.rules.refusals import NoCheck
from tracking.rules.runs import claimed_mask, runs_of_mask
from tracking.rules.segments import close_segment
from tracking.rules.viewing import EndReason, SessionTerms, Viewing

#: How a conversation ends: with an error's word or without, and the close code (None: a normal close).
Closing = tuple[ErrorCode | None, CloseCode | None]
_TIMED_OUT: Final[Closing] = (ErrorCode.SESSION_ENDED, CloseCode.SESSION_ENDED)
_FAREWELL: Final[Closing] = (None, None)


def random_between(least: int, most: int) -> int:
    """Return a number nobody can foresee, both ends included."""
    return least + secrets.randbelow(most - least + 1)


@dataclass(frozen=True, slots=True)
class Provisions:
    """What a session's policy provides for beside the crediting: checks, completion, receipts."""

    plan: CheckPlan | None
    questions: tuple[CheckQuestion, ...]
    needed_s: int
    receipt_seed: str
    chance: RandomBetween = random_between

    def draw(self) -> int:
        """Draw the credited seconds until the next check."""
        return draw_next_check(self.plan, self.chance)


@dataclass(slots=True)
class Heard:
    """What a message did. `texts` may be said once `lines`, `ending` and `fate` are written.

    `is_watched`: the lesson has just reached the share that makes evidence.
    """

    lines: list[LedgerLine]
    texts: list[str] = field(default_factory=list)
    ending: Ending | None = None
    fate: ProvisionalFate = ProvisionalFate.KEPT
    closing: Closing | None = None
    is_watched: bool = False


def hear(
    viewing: Viewing,
    said: protocol.Beat | protocol.Answer,
    provisions: Provisions,
    *,
    now_ms: int,
    epoch: int,
    heartbeat_ms: int | None = None,
) -> Heard:
    """Credit a beat, a farewell or an answer; `heartbeat_ms` is told with the acknowledgement.

    Raises: Refusal; the viewing then stands as it stood before.
    """
    terms = crediting.attached_terms(viewing, epoch=epoch)
    if now_ms - terms.opened_ms > LONGEST_SESSION_MS:
        ended = sessions.end(viewing, now_ms=now_ms, reason=EndReason.TIMEOUT)
        return Heard(ended.lines, ending=ending_of(ended, EndReason.TIMEOUT), closing=_TIMED_OUT)
    missed = None
    if _is_overdue(viewing, provisions, now_ms):
        # NB: what is refused must leave no trace, so it is looked at before the miss is recorded.
        _refuse_nonsense(viewing, said, terms)
        missed = notice_missed(viewing, provisions, now_ms=now_ms, epoch=epoch)
    if isinstance(said, protocol.Answer):
        heard = _hear_answer(viewing, said, provisions, now_ms=now_ms, is_missed=missed is not None)
    else:
        heard = _hear_beat(viewing, said, provisions, terms, now_ms=now_ms, heartbeat_ms=heartbeat_ms)
    if missed is not None:
        heard.lines[:0], heard.texts[:0] = missed.lines, missed.texts
        if missed.fate is not ProvisionalFate.KEPT:
            heard.fate = missed.fate
    return heard


def notice_missed(viewing: Viewing, provisions: Provisions, *, now_ms: int, epoch: int) -> Heard | None:
    """Record that the open check was not answered in time; None while there is nothing to record."""
    live, terms = viewing.live, viewing.terms
    if terms is None or not _is_overdue(viewing, provisions, now_ms):
        return None
    check_key, provisional = live.check_key, viewing.seen.provisional
    result = crediting.miss(viewing, now_ms=now_ms, epoch=epoch)
    first_s = (provisional & -provisional).bit_length() - 1 if provisional else None
    text = protocol.chkr(check_key, is_passed=False, rewind_s=first_s)
    return Heard(result.lines, [text], fate=result.fate)


def _is_overdue(viewing: Viewing, provisions: Provisions, now_ms: int) -> bool:
    """Say whether an open check was not answered in time, and that is not recorded yet."""
    live, plan = viewing.live, provisions.plan
    if live.check_ms is None or live.is_check_missed or plan is None:
        return False
    return is_overdue(live.check_ms, plan, now_ms=now_ms - TRAVEL_MS)


def _refuse_nonsense(viewing: Viewing, said: protocol.Beat | protocol.Answer, terms: SessionTerms) -> None:
    """Refuse what will be refused in any case. Raises: NoCheck, BadRuns, BadRange."""
    if isinstance(said, protocol.Answer):
        if said.check_key != viewing.live.check_key:
            raise NoCheck
    else:
        claimed_mask(said.claims, terms.duration_s)


def deal_check(viewing: Viewing, provisions: Provisions) -> str:
    """Draw what the check that was just issued asks, note its answer, and return the prompt."""
    held = viewing.seen.held
    check = draw_check([one for one in provisions.questions if one.may_be_asked(held)], provisions.chance)
    viewing.live.check_key, viewing.live.check_answer = check.key, check.answer
    return _prompt(check, provisions)


def missed_at_ms(viewing: Viewing, provisions: Provisions) -> int | None:
    """Return when the open check counts as missed; None without one."""
    live = viewing.live
    if live.check_ms is None or live.is_check_missed or provisions.plan is None:
        return None
    return deadline_ms(live.check_ms, provisions.plan) + TRAVEL_MS + 1


def ending_of(ended: sessions.Ended, reason: EndReason, *, sealed_ms: int | None = None) -> Ending:
    """Return an end as it is stored."""
    return Ending(ended.session, reason, ended.lines[-1].new_s, sealed_ms)


def _hear_beat(
    viewing: Viewing,
    said: protocol.Beat,
    provisions: Provisions,
    terms: SessionTerms,
    *,
    now_ms: int,
    heartbeat_ms: int | None,
) -> Heard:
    """Credit a beat or a farewell and compose the acknowledgement."""
    live, seen = viewing.live, viewing.seen
    if isinstance(said, protocol.Bye):
        farewell = sessions.bye(viewing, said, now_ms=now_ms, epoch=live.epoch)
        result, ended = farewell.beat, farewell.ended
        heard = Heard([*result.lines, *ended.lines], closing=_FAREWELL)
        # By the mark, not by the clock: that may have stepped back behind it.
        heard.ending = ending_of(ended, EndReason.BYE, sealed_ms=ended.session.ended_ms)
    else:
        result, ended = crediting.beat(viewing, said, now_ms=now_ms, epoch=live.epoch), None
        heard = Heard(result.lines)
    confirmed_s = seen.confirmed_s
    if result.added and confirmed_s - result.added.bit_count() < provisions.needed_s <= confirmed_s:
        heard.is_watched = True
        if ended is None:
            # In the ledger at once: the evidence rests on its lines alone.
            close_segment(live, heard.lines)
    is_asked = result.is_check_issued
    if ended is None and _waits_for_a_check(viewing, provisions):
        crediting.issue_check(live, heard.lines)
        is_asked = True
    deferred = result.deferred
    if result.is_repeat:
        deferred = claimed_mask(said.claims, terms.duration_s) & ~seen.held
    ack = protocol.ack(
        result.sequence,
        confirmed_s,
        provisional_s=seen.provisional_s if seen.provisional else 0,
        deferred=runs_of_mask(deferred) if deferred else (),
        heartbeat_ms=heartbeat_ms,
        is_day_full=viewing.daily is not None and viewing.daily.left_s(live.mark_ms) == 0,
    )
    heard.texts.append(ack)
    if ended is not None:
        heard.texts.append(_receipt(provisions, terms, confirmed_s, ended.session.head, now_ms))
    elif heard.lines and receipts.is_receipt_due(heard.lines, terms.opened_ms):
        heard.texts.append(_receipt(provisions, terms, confirmed_s, live.head, now_ms))
    if is_asked and ended is None:
        heard.texts.append(deal_check(viewing, provisions))
    return heard


def _waits_for_a_check(viewing: Viewing, provisions: Provisions) -> bool:
    """Say whether the whole lesson is held and only a passed check is missing to confirm it.

    None may fall due any more while nothing new is left to earn: so it is asked at once.
    """
    live, seen = viewing.live, viewing.seen
    if not seen.provisional or live.check_ms is not None or provisions.plan is None:
        return False
    return seen.held.bit_count() >= provisions.needed_s


def _hear_answer(
    viewing: Viewing,
    said: protocol.Answer,
    provisions: Provisions,
    *,
    now_ms: int,
    is_missed: bool,
) -> Heard:
    """Judge an answer. One that came too late under REWIND finds the check gone already."""
    live, seen = viewing.live, viewing.seen
    if live.check_ms is None and is_missed:
        return Heard([])
    if live.check_ms is None or said.check_key != live.check_key:
        raise NoCheck
    is_right = live.check_answer in ("", said.value)
    before_s = seen.confirmed_s
    result = crediting.answer(viewing, now_ms=now_ms, epoch=live.epoch, is_right=is_right, draw=provisions.draw)
    heard = Heard(result.lines, [protocol.chkr(said.check_key, is_passed=is_right)])
    heard.fate = result.fate
    heard.is_watched = before_s < provisions.needed_s <= seen.confirmed_s
    return heard


def _prompt(check: PresenceCheck, provisions: Provisions) -> str:
    answer_ms = provisions.plan.answer_ms if provisions.plan else 0
    return protocol.chk(
        protocol.CheckPrompt(check.key, check.kind.value, check.text, check.options, answer_ms),
    )


def _receipt(provisions: Provisions, terms: SessionTerms, confirmed_s: int, head: bytes, now_ms: int) -> str:
    text = receipts.receipt_text(terms.session_key, confirmed_s, head, now_ms)
    signature = receipts.sign_receipt(text, provisions.receipt_seed)
    return protocol.rcpt(protocol.Receipt(terms.session_key, confirmed_s, head.hex(), now_ms, signature))
