"""What follows a publication, and what follows a change of editors. One call per receiver.

`page_published` is the door because Wagtail's own hook fires in admin views only: a
workflow's approval or a command would miss it. `CoursePage.publish` holds one
transaction around it, so a refusal raised here takes the publication back; a refused
course is never live, not for a moment.
"""

from typing import Any

from django.db.models.signals import post_delete, post_save
from wagtail.signals import page_published, page_unpublished

from cms.actions import desks, editions
from cms.models import CoursePage
from learning.models import Membership
from learning.models.clock import database_now


def publish_edition(instance: CoursePage, revision: Any = None, *, alias: bool = False, **_signal: Any) -> None:
    """Write the edition; aliases follow their source and are never measured."""
    if alias or instance.alias_of_id:
        return
    by = getattr(revision, "published_by", None) or getattr(revision, "user", None)
    editions.publish(instance, by=by, now=database_now())
    desks.translate_course(instance)


def retire_editions(instance: CoursePage, **_signal: Any) -> None:
    """Close a course whose page was taken down to new learners."""
    if not instance.alias_of_id:
        editions.retire(instance, by=None, now=database_now())


def seat_editor(instance: Membership, **_signal: Any) -> None:
    """Open or close the desk to a person whose memberships changed."""
    desks.seat(instance.person, instance.organisation)


def connect() -> None:
    """Connect every receiver once."""
    page_published.connect(publish_edition, sender=CoursePage, dispatch_uid="cms.publish_edition")
    page_unpublished.connect(retire_editions, sender=CoursePage, dispatch_uid="cms.retire_editions")
    post_save.connect(seat_editor, sender=Membership, dispatch_uid="cms.seat_editor.saved")
    post_delete.connect(seat_editor, sender=Membership, dispatch_uid="cms.seat_editor.deleted")
