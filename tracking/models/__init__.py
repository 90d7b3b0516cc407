"""The nouns of tracking: a learner's live row, sessions, policies, the ledger, its seals and archives, proofs."""

from tracking.models.coverage import Coverage
from tracking.models.live_viewing import LiveViewing
from tracking.models.root import Anchor, DailyRoot
from tracking.models.seal import Seal, SealHead
from tracking.models.statement_export import StatementExport
from tracking.models.viewing_archive import ViewingArchive
from tracking.models.viewing_entry import ViewingEntry
from tracking.models.viewing_policy import ViewingPolicy
from tracking.models.viewing_session import ViewingSession
from tracking.models.watched_proof import WatchedProof

__all__ = [
    "Anchor",
    "Coverage",
    "DailyRoot",
    "LiveViewing",
    "Seal",
    "SealHead",
    "StatementExport",
    "ViewingArchive",
    "ViewingEntry",
    "ViewingPolicy",
    "ViewingSession",
    "WatchedProof",
]
