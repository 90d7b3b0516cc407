"""The front page: one door per role, the check of a certificate, what is new."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.models import Page

from cms.models.catalogue import public_topics
from cms.models.notice_page import NoticePage
from learning.models.clock import database_now

NOTICES_SHOWN = 3


class FrontPage(Page):
    """The first page of a language."""

    headline = models.CharField(_("headline"), max_length=80)
    intro = models.CharField(_("introduction"), max_length=240)

    content_panels = [*Page.content_panels, FieldPanel("headline"), FieldPanel("intro")]
    promote_panels: list[Any] = []
    settings_panels: list[Any] = []
    private_page_options: list[str] = []
    template = "cms/front.html"
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["cms.CourseIndexPage", "cms.NoticeIndexPage", "cms.HelpIndexPage"]

    class Meta:
        verbose_name = _("front page")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the newest notices of this language and the year's public topics."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        context["notices"] = NoticePage.objects.live().filter(locale=self.locale).newest()[:NOTICES_SHOWN]
        context["topics"] = public_topics(now=database_now())
        return context
