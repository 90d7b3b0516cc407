"""The nouns of tracking: a learner's one live row, sessions and their policies, their ledger, proofs, exports."""

from tracking.models.coverage import Coverage
from tracking.models.live_viewing import LiveViewing
from tracking.models.statement_export import StatementExport
from tracking.models.viewing_archive import ViewingArchive
from tracking.models.viewing_entry import ViewingEntry
from tracking.models.viewing_policy import ViewingPolicy
from tracking.models.viewing_session import ViewingSession
from tracking.models.watched_proof import WatchedProof

__all__ = [
    "Coverage",
    "LiveViewing",
    "StatementExport",
    "ViewingArchive",
    "ViewingEntry",
    "ViewingPolicy",
    "ViewingSession",
    "WatchedProof",
]
