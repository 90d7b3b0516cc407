"""Policies: what a requirement says about viewing, drawn up for one learner before one lesson.

The numbers are stored once under their digest; a session names the digest, and whoever judges it
later reads the same numbers. Source: DESIGN D4, TRACKING §4 header.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.conf import settings

from learning.models import Lesson
from tracking.access import Place
from tracking.hearing import Provisions
from tracking.models.viewing_policy import check_plan, kept, policy_facts
from tracking.rules.presence import CheckQuestion
from tracking.rules.receipts import receipts_seed
from tracking.rules.viewing import MissedCheck, Policy

_CENTIHOURS_PER_HOUR: Final = 100
_MS_PER_S: Final = 1_000


def drawn_up(place: Place) -> tuple[Policy, str]:
    """Return the rule's numbers for this learner and lesson, and the digest under which all of them are kept."""
    requirement, lesson = place.enrolment.requirement, place.lesson
    policy = Policy(
        rate_percent=requirement.first_rate_percent,
        answer_s=requirement.check_answer_s,
        missed_check=MissedCheck(requirement.missed_check),
    )
    has_checks = requirement.has_presence_checks
    answer_ms = requirement.check_answer_s * _MS_PER_S * place.enrolment.person.check_time_percent // 100
    cap = requirement.daily_cap_centihours
    digest = kept(
        {
            "requirement": requirement.pk,
            "rate_percent": policy.rate_percent,
            "cap_ms": policy.cap_ms,
            "answer_s": policy.answer_s,
            "missed_check": policy.missed_check.value,
            "needed_s": lesson.needed_s,
            "check_min_s": requirement.check_min_s if has_checks else None,
            "check_max_s": requirement.check_max_s if has_checks else None,
            "check_answer_ms": answer_ms if has_checks else None,
            "asks_content_questions": requirement.asks_content_questions,
            "counts_hidden": requirement.counts_hidden,
            "counts_picture_in_picture": requirement.counts_picture_in_picture,
            "daily_cap_s": None if cap is None else cap * requirement.hour_seconds // _CENTIHOURS_PER_HOUR,
        }
    )
    return policy, digest


def provisions_of(policy_digest: str, lesson: Lesson, language: str) -> Provisions:
    """Return what a session under this policy provides for; the questions in the learner's language."""
    facts = policy_facts(policy_digest)
    questions = lesson.check_questions if facts["asks_content_questions"] else ()
    needed_s = facts["needed_s"]
    return Provisions(
        plan=check_plan(facts),
        questions=tuple(_question(row, language) for row in questions),
        needed_s=needed_s if isinstance(needed_s, int) else lesson.needed_s,
        receipt_seed=receipts_seed(settings.SIGNING_SEED),
    )


def _question(row: Mapping[str, Any], language: str) -> CheckQuestion:
    """Return a stored question in one language; Chinese where it has no other."""
    is_english = language.startswith("en") and bool(row.get("text_en"))
    suffix = "en" if is_english else "zh"
    options: Sequence[str] = row[f"options_{suffix}"]
    return CheckQuestion(row[f"text_{suffix}"], options, options[row["right"]], row.get("after_s", 0))
