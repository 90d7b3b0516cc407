"""Reasons for sending hours back, and for not taking a verdict: codes, never words.

A person who gets something back is owed a reason (DOMAIN §6.10, UX §3.8): a code,
so that offices can count them, and words of the office's own, which the reader sees.
"""

from enum import StrEnum

#: The longest text beside a code; the decision's column holds as much.
REASON_TEXT_MAX = 500


class ReturnReason(StrEnum):
    """Why a base or department returns hours to the learner."""

    IDENTITY = "identity"
    VIEWING = "viewing"
    EXAM = "exam"
    DOCUMENT = "document"
    HOURS = "hours"
    YEAR = "year"
    OTHER = "other"


class SendBackReason(StrEnum):
    """Why a bureau sends hours back to the base. `SCOPE`: R27; `OVERLAP`: DOMAIN §4.7."""

    SCOPE = "scope"
    OVERLAP = "overlap"
    IDENTITY = "identity"
    EVIDENCE = "evidence"
    HOURS = "hours"
    OTHER = "other"


class ReversalReason(StrEnum):
    """Why a bureau takes confirmed hours back. `MISTAKE`: the hours may be right, confirming them was not."""

    MISTAKE = "mistake"
    SCOPE = "scope"
    OVERLAP = "overlap"
    IDENTITY = "identity"
    EVIDENCE = "evidence"
    HOURS = "hours"
    OTHER = "other"


class WaiverReason(StrEnum):
    """Why a bureau returns or refuses what was asked to be waived. `GROUND`: the rule does not waive for it."""

    PROOF = "leave_proof"
    DAYS = "leave_days"
    GROUND = "leave_ground"
    IDENTITY = "identity"
    OTHER = "other"


class NotTaken(StrEnum):
    """Why one entry of a batch or run was left as it stands.

    `SIGNERS_OWN`: one who signed the run learned it, audited it, or acts for the body
    that did (R12, R19). `TOO_LATE`: its rule no longer lets it be decided.
    """

    ALREADY_DECIDED = "already_decided"
    CHANGED = "changed"
    OWN_HOURS = "own_hours"
    ALTERED = "altered"
    TOO_LATE = "too_late"
    SIGNERS_OWN = "signers_own"
    FLAGGED = "flagged"
    FAILED_SAMPLE = "failed_sample"
