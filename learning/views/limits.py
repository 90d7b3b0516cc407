"""How often one visitor may knock at a public door (RELIABILITY S11).

Counts in the shared cache, in fixed windows. When the cache is away the door
stays open: an honest visitor must be able to check a certificate even then, and
a code of 73 random bits does not depend on this limit.
"""

import hashlib
import logging
import time

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest

logger = logging.getLogger(__name__)


def over_limit(request: HttpRequest, door: str, *, most: int, window_s: int, of: str = "", adds: int = 1) -> int:
    """Count one knock; return 0, or the seconds to wait when the visitor knocked too often.

    `of`: what the limit is kept for; the visitor's address when it is empty.
    `adds`: 0 only looks how often it was until now.
    """
    now_s = int(time.time())
    window, passed_s = divmod(now_s, window_s)
    whom = hashlib.sha256((of or address_of(request)).encode()).hexdigest()[:32]
    key = f"hourbook:limit:{door}:{window}:{whom}"
    try:
        cache.add(key, 0, timeout=window_s * 2)
        count = cache.incr(key, adds)
    except Exception:  # whatever is wrong with the cache, the door stays open
        logger.exception("the limiter of %s cannot count", door)
        return 0
    return window_s - passed_s if count > most else 0


def address_of(request: HttpRequest) -> str:
    """Return the visitor's address, behind as many trusted proxies as the settings name."""
    address: str = get_adapter().get_client_ip(request)
    return address
