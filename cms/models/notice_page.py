"""Notices: dated news of the bureau and the bases, newest first."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet

NOTICES_PER_PAGE = 20
#: What an editor may set: words and links, nothing that brings styles or frames.
PROSE = ["h2", "h3", "bold", "ol", "ul", "link", "hr"]


class NoticePageQuerySet(PageQuerySet):
    """Filters on notices."""

    def newest(self) -> NoticePageQuerySet:
        """Order by date; the later row first within a day."""
        rows: NoticePageQuerySet = self.order_by("-issued_on", "-pk")
        return rows


class NoticeIndexPage(Page):
    """The list of notices."""

    promote_panels: list[Any] = []
    settings_panels: list[Any] = []
    private_page_options: list[str] = []
    template = "cms/notices.html"
    parent_page_types = ["cms.FrontPage"]
    subpage_types = ["cms.NoticePage"]

    class Meta:
        verbose_name = _("list of notices")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add one page of notices."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        notices = NoticePage.objects.child_of(self).live().newest()
        context["notices"] = Paginator(notices, NOTICES_PER_PAGE).get_page(request.GET.get("page"))
        return context


class NoticePage(Page):
    """One notice."""

    issued_on = models.DateField(_("date"))
    issuer = models.CharField(_("issued by"), max_length=120)
    summary = models.CharField(_("summary"), max_length=200)
    body = RichTextField(_("text"), features=PROSE)

    objects = PageManager.from_queryset(NoticePageQuerySet)()

    content_panels = [
        *Page.content_panels,
        FieldPanel("issued_on"),
        FieldPanel("issuer"),
        FieldPanel("summary"),
        FieldPanel("body"),
    ]
    promote_panels = [FieldPanel("slug")]
    private_page_options: list[str] = []
    template = "cms/notice.html"
    parent_page_types = ["cms.NoticeIndexPage"]
    subpage_types: list[str] = []

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
