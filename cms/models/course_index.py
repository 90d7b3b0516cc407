"""The catalogue page, and the shelves by which each base keeps to its own courses."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page
from wagtail.url_routing import RouteResult

from cms.models.catalogue import CatalogueQuery, Sort, bases_offering, found, summaries
from cms.models.course_page import CoursePage
from learning.actions.enrolments import local_year
from learning.models import Edition, Enrolment, Organisation
from learning.models.clock import database_now

COURSES_PER_PAGE = 12


class CourseIndexPage(Page):
    """The catalogue at /courses/."""

    promote_panels: list[Any] = []
    settings_panels: list[Any] = []
    private_page_options: list[str] = []
    template = "cms/courses.html"
    parent_page_types = ["cms.FrontPage"]
    subpage_types = ["cms.CourseShelf"]

    class Meta:
        verbose_name = _("catalogue")

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """Find /courses/<key>/ on whichever shelf it stands; shelves have no address."""
        if not path_components:
            return super().route(request, path_components)
        if len(path_components) > 1:
            raise Http404
        page = CoursePage.objects.live().descendant_of(self).filter(slug=path_components[0]).first()
        if page is None:
            raise Http404
        return RouteResult(page)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add one page of the courses asked for, and what the filters may be."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        query = CatalogueQuery.parse(request.GET)
        courses = Paginator(found(query), COURSES_PER_PAGE).get_page(request.GET.get("page"))
        editions: list[Edition] = list(courses.object_list)
        pages = summaries([edition.course_key for edition in editions])
        places = self._places(request, editions)
        context |= {
            "query": query,
            "sorts": list(Sort),
            "bases": list(bases_offering()),
            "courses": courses,
            "rows": [
                {"edition": edition, "page": pages.get(edition.course_key), "place": places.get(edition.course_key)}
                for edition in editions
            ],
        }
        return context

    def _places(self, request: HttpRequest, editions: list[Edition]) -> dict[str, Enrolment]:
        """Return this visitor's places of this year among the courses shown."""
        if not request.user.is_authenticated or not editions:
            return {}
        keys = [edition.course_key for edition in editions]
        held = Enrolment.objects.of(request.user).filter(course_key__in=keys, year=local_year(database_now()))
        return {place.course_key: place for place in held}


class CourseShelf(Page):
    """A base's own part of the tree: its editors may write here and nowhere else (R27, D3)."""

    base = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("base"))

    # Nothing to edit: the shelf is set up with the base (`cms.actions.desks`).
    content_panels: list[Any] = []
    promote_panels: list[Any] = []
    settings_panels: list[Any] = []
    private_page_options: list[str] = []
    parent_page_types = ["cms.CourseIndexPage"]
    subpage_types = ["cms.CoursePage"]
    is_creatable = False

    class Meta:
        verbose_name = _("base's courses")

    def get_url_parts(self, request: HttpRequest | None = None) -> Any:
        """Lead to the catalogue: a shelf has no address of its own."""
        parts = super().get_url_parts(request)
        if parts is None or parts[2] is None:
            return parts
        site_id, root_url, path = parts
        return site_id, root_url, path.removesuffix(f"{self.slug}/")
