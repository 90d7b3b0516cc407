"""The course desk inside Wagtail's admin: what editors see, and only of their own base."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_list_or_404, get_object_or_404
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.views.pages.bulk_actions import DeleteBulkAction, PublishBulkAction, UnpublishBulkAction
from wagtail.admin.views.pages.listing import PageFilterSet
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.models import Page, PageLogEntry
from wagtail.permission_policies.collections import CollectionPermissionPolicy
from wagtail.permissions import page_permission_policy

from cms.forms import LectureMediaForm, files_policy
from cms.models import LectureMedia
from learning.models import Person

#: Menu entries that lead to rooms which `cms.middleware` keeps closed, or to nobody's work.
HIDDEN = {"images", "documents", "snippets", "settings", "reports", "help", "redirects"}
HIDDEN_SETTINGS = {"users", "groups", "sites", "collections", "locales", "redirects"}


class FilesIndexView(generic.IndexView):
    """Lists only the files of the editor's own collections."""

    def get_base_queryset(self) -> QuerySet[LectureMedia]:
        """Keep what the editor may use."""
        rows: QuerySet[LectureMedia] = files_policy().instances_user_has_any_permission_for(
            self.request.user, ["add", "change"]
        )
        return rows.order_by("-pk")


class FilesEditView(generic.EditView):
    """Opens only files of the editor's own collections; another base's do not exist."""

    def get_object(self, queryset: QuerySet[LectureMedia] | None = None) -> LectureMedia:
        """Return the row, or 404."""
        self.kwargs[self.pk_url_kwarg] = self.object_pk
        mine = files_policy().instances_user_has_any_permission_for(self.request.user, ["change"])
        row: LectureMedia = get_object_or_404(mine, pk=self.object_pk)
        return row


class LectureMediaViewSet(ModelViewSet):
    """The list and form of lecture files."""

    model = LectureMedia
    name = "lecture-files"
    icon = "media"
    menu_label = _("Lecture files")
    menu_order = 200
    add_to_admin_menu = True
    list_display = ["title", Column("clock", label=_("measured length")), "collection"]
    copy_view_enabled = False
    inspect_view_enabled = False
    form_fields = LectureMediaForm.Meta.fields
    index_view_class = FilesIndexView
    edit_view_class = FilesEditView

    @property
    def permission_policy(self) -> CollectionPermissionPolicy:
        """Ask the collections."""
        return files_policy()

    def get_form_class(self, for_update: bool = False) -> type[LectureMediaForm]:
        """Return the measuring form."""
        return LectureMediaForm


@hooks.register("register_admin_viewset")
def register_lecture_files() -> LectureMediaViewSet:
    """Mount the lecture files."""
    return LectureMediaViewSet()


class SeenPagesOnly:
    """Acts on many pages find those the editor may see; Wagtail's own name the others while they refuse them."""

    request: HttpRequest

    def get_queryset(self, _model: type[Page], page_ids: Iterable[int | str]) -> list[Page]:
        """Return the pages, or 404."""
        return get_list_or_404(_seen_pages(self.request), pk__in=page_ids)


def _seen_pages(request: HttpRequest) -> QuerySet[Page]:
    pages: QuerySet[Page] = page_permission_policy.explorable_instances(request.user)
    return pages


def owners_of_seen_pages(request: HttpRequest) -> QuerySet[Person]:
    """Return who made pages that this editor may see."""
    return Person.objects.filter(pk__in=_seen_pages(request).values("owner_id"))


def editors_of_seen_pages(request: HttpRequest) -> QuerySet[Person]:
    """Return who has changed pages that this editor may see."""
    changes = PageLogEntry.objects.filter(action="wagtail.edit", page__in=_seen_pages(request).values("pk"))
    return Person.objects.filter(pk__in=changes.values("user_id"))


# NB: beside every list of pages Wagtail offers the writers of all bases to filter by, by name.
PageFilterSet.base_filters["owner"].queryset = owners_of_seen_pages
PageFilterSet.base_filters["edited_by"].queryset = editors_of_seen_pages

# NB: after Wagtail's own, so that these are the ones that stay. Moving is closed (`cms.middleware`).
for _action in (DeleteBulkAction, PublishBulkAction, UnpublishBulkAction):
    hooks.register("register_bulk_action", type(_action.__name__, (SeenPagesOnly, _action), {}), order=1)


@hooks.register("before_copy_page")
def copy_to_seen_pages_only(request: HttpRequest, _page: Page) -> None:
    """Find no place for the copy but among the pages the editor may see; Wagtail names the others as it refuses."""
    if request.method == "POST":
        wanted = request.POST.get("new_parent_page", "")
        get_object_or_404(_seen_pages(request), pk=int(wanted) if wanted.isascii() and wanted.isdigit() else 0)


@hooks.register("construct_main_menu")
def hide_unneeded_entries(request: HttpRequest, menu_items: list[Any]) -> None:
    """Leave pages and lecture files in the menu, and workflows for those who moderate."""
    shown = HIDDEN - {"settings"} if request.user.is_superuser else HIDDEN
    menu_items[:] = [item for item in menu_items if item.name not in shown]


@hooks.register("construct_homepage_summary_items")
def hide_unneeded_counts(_request: HttpRequest, summary_items: list[Any]) -> None:
    """Count pages; images and documents are not used here."""
    summary_items[:] = [item for item in summary_items if type(item).__name__ == "PagesSummaryItem"]


@hooks.register("construct_settings_menu")
def hide_unneeded_settings(_request: HttpRequest, menu_items: list[Any]) -> None:
    """Leave only workflows."""
    menu_items[:] = [item for item in menu_items if item.name not in HIDDEN_SETTINGS]


@hooks.register("register_permissions")
def register_file_permissions() -> Any:
    """Name the rights on lecture files, so that groups can hold them."""
    from django.contrib.auth.models import Permission  # noqa: PLC0415 -- hooks load before the models are ready

    return Permission.objects.filter(content_type__app_label="cms", codename__endswith="_lecturemedia")
