"""The group commit: dirty rows of all connections in, one transaction, acknowledgements out.

One committer serves an event loop, with one thread and one database connection of its own. A batch
starts 200 ms after the one before it, or when that one ends. Nothing is acknowledged before the
commit; a write that lost its fence is answered with `superseded`. While the database is away the
batch is held and written again, since its values are absolute; after 30 s the sockets are told to
come back later, and the players keep what is pending. Knows no wire beyond the codes it passes on,
and nothing of how seconds are earned. Source: TRACKING §2, RELIABILITY §5.4.
"""

from tracking.group_commit.committer import GroupCommitter
from tracking.group_commit.draining import drain_on_signal, is_draining
from tracking.group_commit.loops import committer, drain_all
from tracking.group_commit.seats import Player, Seat

__all__ = ["GroupCommitter", "Player", "Seat", "committer", "drain_all", "drain_on_signal", "is_draining"]
