"""Together: how an event loop asks the database for many at once, in threads of its own.

Knows threads, connections and who waits for what; nothing of what is asked.
"""

from learning.together.gathering import Gathering
from learning.together.side_threads import SideThreads, disconnect

__all__ = ["Gathering", "SideThreads", "disconnect"]
