"""The shared cache, and what stands in for it while Redis is away: the process's own memory.

So limits go on being counted, by each process for itself: signing in neither fails nor lies open
to guessing. Nothing that must not be lost is in it. Source: RELIABILITY R6, §5.8.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any, ClassVar, Final

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

#: How long Redis is not asked again after it failed: each asking may last seconds.
LEFT_ALONE_S: Final = 5
#: What memory holds before it throws counters out: as many as the embedded cache.
MOST_HELD: Final = 50_000


def _of_either(verb: str) -> Callable[..., Any]:
    def ask(self: SteadyCache, *args: Any, **kwargs: Any) -> Any:
        if monotonic() >= self.asked_again_s.get(self.location, 0):
            try:
                return getattr(self.shared, verb)(*args, **kwargs)
            except RedisError as error:
                logger.warning("Redis is away; each process counts for itself: %s", error)
                self.asked_again_s[self.location] = monotonic() + LEFT_ALONE_S
        return getattr(self.own, verb)(*args, **kwargs)

    return ask


class SteadyCache(BaseCache):
    """Redis; while it is away, this process's memory."""

    #: By Redis: when it is asked again. Of the process, as threads and requests have a cache object each.
    asked_again_s: ClassVar[dict[str, float]] = {}

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        """Begin with both."""
        super().__init__(params)
        self.location = location
        self.shared = RedisCache(location, params)
        self.own = LocMemCache(location, {**params, "OPTIONS": {"MAX_ENTRIES": MOST_HELD}})

    add = _of_either("add")
    get = _of_either("get")
    set = _of_either("set")
    touch = _of_either("touch")
    delete = _of_either("delete")
    incr = _of_either("incr")
    has_key = _of_either("has_key")
    get_many = _of_either("get_many")
    set_many = _of_either("set_many")
    delete_many = _of_either("delete_many")
    clear = _of_either("clear")
