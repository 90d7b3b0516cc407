"""The nouns of learning. One file each; the database refuses what it can refuse."""

from learning.models.api_key import ApiKey
from learning.models.audit_log import AuditLogEntry
from learning.models.certificate import Certificate, CertificateBook
from learning.models.certificate_run import CertificateRun, CertificateRunItem
from learning.models.confirmation_run import (
    ConfirmationRun,
    ConfirmationRunItem,
    ConfirmationRunLeft,
    ConfirmationSample,
)
from learning.models.credential import Credential
from learning.models.credit import CreditDecision, CreditEntry, CreditStanding
from learning.models.edition import Edition, Lesson
from learning.models.enrolment import Enrolment
from learning.models.evidence import Evidence
from learning.models.flag import CreditFlag, CreditFlagLook, CreditScreening, FlagPolicy, FlagProposal
from learning.models.ledger import LedgerAnchor, LedgerLink, LedgerRoot, LedgerVerification
from learning.models.notice import Notice, NoticeDelivery, NoticeDeliveryItem, NoticeSettings
from learning.models.organisation import BaseProfile, Membership, Organisation, Role
from learning.models.person import Person
from learning.models.person_tally import PersonTally
from learning.models.proof_file import ProofDraft, ProofFile
from learning.models.record import AnnualRecord
from learning.models.region import Region
from learning.models.requirement import PublicTopic, Requirement
from learning.models.reversal_run import ReversalRun, ReversalRunItem, ReversalRunLeft
from learning.models.rule_set import RuleSet
from learning.models.signed_page import SignedPage
from learning.models.tally import BaseTally, QueueTally, Tally, YearTally

__all__ = [
    "AnnualRecord",
    "ApiKey",
    "AuditLogEntry",
    "BaseProfile",
    "BaseTally",
    "Certificate",
    "CertificateBook",
    "CertificateRun",
    "CertificateRunItem",
    "ConfirmationRun",
    "ConfirmationRunItem",
    "ConfirmationRunLeft",
    "ConfirmationSample",
    "Credential",
    "CreditDecision",
    "CreditEntry",
    "CreditFlag",
    "CreditFlagLook",
    "CreditScreening",
    "CreditStanding",
    "Edition",
    "Enrolment",
    "Evidence",
    "FlagPolicy",
    "FlagProposal",
    "LedgerAnchor",
    "LedgerLink",
    "LedgerRoot",
    "LedgerVerification",
    "Lesson",
    "Membership",
    "Notice",
    "NoticeDelivery",
    "NoticeDeliveryItem",
    "NoticeSettings",
    "Organisation",
    "Person",
    "PersonTally",
    "ProofDraft",
    "ProofFile",
    "PublicTopic",
    "QueueTally",
    "Region",
    "Requirement",
    "ReversalRun",
    "ReversalRunItem",
    "ReversalRunLeft",
    "Role",
    "RuleSet",
    "SignedPage",
    "Tally",
    "YearTally",
]
