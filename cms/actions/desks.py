"""A base's desk: its shelf in the tree, its collection of files, its editors' rights.

Editors write and submit for moderation on their own shelf; an administrator
publishes. What a base may teach is not decided here but at publication (R24, R27).
"""

from typing import cast

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from wagtail.models import (
    Collection,
    GroupCollectionPermission,
    GroupPagePermission,
    Locale,
    Page,
)

from cms.models import CourseIndexPage, CourseShelf
from learning.models import Membership, Organisation, Person, Role

PAGE_RIGHTS = ("add_page", "change_page")
FILE_RIGHTS = ("add_lecturemedia", "change_lecturemedia")


def group_name(base: Organisation) -> str:
    """Return the name of the group of a base's course editors."""
    return f"course-editors:{base.slug}"


@transaction.atomic
def open_desk(base: Organisation) -> CourseShelf:
    """Give the base a shelf, a collection and its editors their rights; a second call only seats editors anew."""
    shelf = _shelf(base)
    collection = _collection(base)
    group, _is_new = Group.objects.get_or_create(name=group_name(base))
    group.permissions.add(_permission("wagtailadmin", "access_admin"))
    for codename in PAGE_RIGHTS:
        GroupPagePermission.objects.get_or_create(
            group=group, page=shelf.page_ptr, permission=_permission("wagtailcore", codename)
        )
    for codename in FILE_RIGHTS:
        GroupCollectionPermission.objects.get_or_create(
            group=group, collection=collection, permission=_permission("cms", codename)
        )
    editors = Membership.objects.filter(organisation=base, role=Role.EDITOR).values_list("person_id", flat=True)
    group.user_set.set(list(editors))
    return shelf


def seat(person: Person, base: Organisation) -> None:
    """Let the person sit at the base's desk exactly while they are its course editor."""
    group = Group.objects.filter(name=group_name(base)).first()
    if group is None:
        return
    if Membership.objects.filter(person=person, organisation=base, role=Role.EDITOR).exists():
        person.groups.add(group)
    else:
        person.groups.remove(group)


def _shelf(base: Organisation) -> CourseShelf:
    # The Chinese tree is the source; English pages are its aliases.
    held = CourseShelf.objects.filter(base=base, alias_of__isnull=True).first()
    if held is not None:
        return cast("CourseShelf", held)
    index = CourseIndexPage.objects.get(locale=Locale.get_default())
    shelf = CourseShelf(title=base.name_zh, slug=base.slug, base=base)
    index.add_child(instance=shelf)
    return shelf


def _collection(base: Organisation) -> Collection:
    root = Collection.get_first_root_node() or Collection.add_root(name="Root")
    # The slug is what finds it again; the name before it is for people.
    held = root.get_children().filter(name__endswith=f"({base.slug})").first()
    return held or root.add_child(name=f"{base.name_zh} ({base.slug})")


def collection_of(base: Organisation) -> Collection:
    """Return the base's collection of files; it exists once the desk is open."""
    return _collection(base)


def _permission(app_label: str, codename: str) -> Permission:
    model = {"wagtailadmin": "admin", "wagtailcore": "page", "cms": "lecturemedia"}[app_label]
    kind = ContentType.objects.get_by_natural_key(app_label, model)
    permission, _is_new = Permission.objects.get_or_create(
        content_type=kind, codename=codename, defaults={"name": codename.replace("_", " ")}
    )
    return permission


def translate_course(page: Page) -> None:
    """Give a published course its English address: an alias that follows the source."""
    for locale in Locale.objects.exclude(pk=page.locale_id):
        if not page.has_translation(locale):
            page.copy_for_translation(locale, copy_parents=True, alias=True)
