"""Which committer serves which event loop: one each, found from anywhere on the loop."""

import asyncio
from weakref import WeakKeyDictionary

from tracking.group_commit.committer import GroupCommitter

_committers: WeakKeyDictionary[asyncio.AbstractEventLoop, GroupCommitter] = WeakKeyDictionary()


def committer() -> GroupCommitter:
    """Return the running loop's committer."""
    loop = asyncio.get_running_loop()
    found = _committers.get(loop)
    if found is None:
        found = _committers[loop] = GroupCommitter()
    return found


def drain_all() -> None:
    """Have every loop's committer send its players elsewhere; may be called from a signal's handler."""
    for loop, found in list(_committers.items()):
        loop.call_soon_threadsafe(_begin_to_drain, loop, found)


def _begin_to_drain(loop: asyncio.AbstractEventLoop, found: GroupCommitter) -> None:
    _drains.add(task := loop.create_task(found.drain()))
    task.add_done_callback(_drains.discard)


#: Kept so that none is collected before it is done.
_drains: set[asyncio.Task[None]] = set()
