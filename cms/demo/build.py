"""The demo's site: four courses, three notices, three help pages, in both languages."""

from collections.abc import Callable
from datetime import datetime

from cms.demo import courses, prose


def build(now: datetime, report: Callable[[str], None]) -> None:
    """Publish what is missing; a second call changes nothing."""
    courses.open_desks()
    courses.build(now, report)
    prose.build(now)
