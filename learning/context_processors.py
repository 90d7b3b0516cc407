"""What every page's frame needs: who is here, which doors are theirs."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from learning.models import Membership, Role

STAFF_ROLES = (Role.EDITOR, Role.AUDITOR, Role.OFFICER, Role.CLERK, Role.ADMINISTRATOR)


def page(request: HttpRequest) -> dict[str, object]:
    """Return the frame's context; the memberships are read only if a template asks."""

    def offices() -> list[Membership]:
        if not request.user.is_authenticated:
            return []
        return list(
            Membership.objects.filter(person_id=request.user.pk, role__in=STAFF_ROLES)
            .select_related("organisation")
            .order_by("organisation_id", "role")
        )

    return {"offices": SimpleLazyObject(offices), "is_demo": settings.IS_DEMO}
