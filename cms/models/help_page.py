"""Help: how hours are counted, what a check is, how a certificate is verified."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page

from cms.models.notice_page import PROSE


class HelpIndexPage(Page):
    """The list of help pages."""

    promote_panels: list[Any] = []
    settings_panels: list[Any] = []
    private_page_options: list[str] = []
    template = "cms/help_index.html"
    parent_page_types = ["cms.FrontPage"]
    subpage_types = ["cms.HelpPage"]

    class Meta:
        verbose_name = _("list of help pages")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the help pages, in the order the editor gave them."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        context["pages"] = HelpPage.objects.child_of(self).live().order_by("path")
        return context


class HelpPage(Page):
    """One question, answered."""

    summary = models.CharField(_("summary"), max_length=200)
    body = RichTextField(_("text"), features=PROSE)

    content_panels = [*Page.content_panels, FieldPanel("summary"), FieldPanel("body")]
    promote_panels = [FieldPanel("slug")]
    settings_panels: list[Any] = []
    private_page_options: list[str] = []
    template = "cms/help.html"
    parent_page_types = ["cms.HelpIndexPage"]
    subpage_types: list[str] = []

    class Meta:
        verbose_name = _("help page")
        verbose_name_plural = _("help pages")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the other help pages."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        context["others"] = HelpPage.objects.sibling_of(self, inclusive=False).live().order_by("path")
        return context
