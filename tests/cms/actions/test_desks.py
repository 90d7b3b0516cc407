from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from cms.actions import desks
from cms.models import CourseShelf
from learning.models import Membership, Organisation, Person, Role
from tests.factories import cms as make_cms
from tests.factories import learning as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site", "rule")]


@pytest.fixture
def editor(base: Organisation) -> Person:
    person = make.PersonFactory(title_level="")
    desks.open_desk(base)
    Membership.objects.create(person=person, organisation=base, role=Role.EDITOR)
    return person


@pytest.fixture
def desk(client: Client, editor: Person) -> Client:
    client.force_login(editor)
    return client


def test_open_desk_twice_makes_one_shelf(base: Organisation) -> None:
    first = desks.open_desk(base)

    assert desks.open_desk(base).pk == first.pk
    assert CourseShelf.objects.count() == 1
    assert Group.objects.filter(name=desks.group_name(base)).count() == 1


def test_editor_leaves_the_desk_with_the_membership(editor: Person, base: Organisation) -> None:
    assert [group.name for group in editor.groups.all()] == [desks.group_name(base)]

    Membership.objects.get(person=editor).delete()

    assert list(editor.groups.all()) == []


def test_editor_of_a_base_without_a_desk_gets_no_group() -> None:
    person = make.PersonFactory()

    Membership.objects.create(person=person, organisation=make.BaseFactory(), role=Role.EDITOR)

    assert list(person.groups.all()) == []


def test_editor_opens_their_own_page_and_not_another_bases(desk: Client, base: Organisation) -> None:
    own = make_cms.course_page(base)
    other = make_cms.course_page(make.BaseFactory())

    assert desk.get(reverse("wagtailadmin_pages:edit", args=[own.pk])).status_code == 200
    refused = desk.get(reverse("wagtailadmin_pages:edit", args=[other.pk]))
    assert (refused.status_code, refused["Location"]) == (302, reverse("wagtailadmin_home"))
    shelf = other.get_parent()
    assert desk.get(reverse("wagtailadmin_pages:add", args=["cms", "coursepage", shelf.pk])).status_code == 302


def test_editor_sees_only_their_own_files(desk: Client, base: Organisation) -> None:
    own = make_cms.media(base, title="自己的课件")
    stranger = make.BaseFactory()
    desks.open_desk(stranger)
    other = make_cms.media(stranger, title="别人的课件")

    listed = desk.get(reverse("lecture-files:index")).content.decode()

    assert "自己的课件" in listed
    assert "别人的课件" not in listed
    assert desk.get(reverse("lecture-files:edit", args=[own.pk])).status_code == 200
    assert desk.get(reverse("lecture-files:edit", args=[other.pk])).status_code == 404


def test_editor_is_not_offered_another_bases_files(desk: Client, base: Organisation) -> None:
    page = make_cms.course_page(base)
    stranger = make.BaseFactory()
    desks.open_desk(stranger)
    make_cms.media(stranger, title="别人的课件")

    shown = desk.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()

    assert "别人的课件" not in shown
    assert "课件1" in shown


def test_editor_may_submit_and_may_not_publish(desk: Client, base: Organisation) -> None:
    page = make_cms.course_page(base)

    shown = desk.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()

    assert "action-publish" not in shown
    assert not page.permissions_for_user(Person.objects.get(groups__name=desks.group_name(base))).can_publish()


CLOSED = ["users/", "groups/", "documents/", "images/", "snippets/", "sites/", "collections/", "locales/"]


@pytest.mark.parametrize("room", CLOSED)
def test_desk_closes_rooms_of_wagtail_even_to_administrators(client: Client, room: str) -> None:
    client.force_login(make.PersonFactory(is_staff=True, is_superuser=True))

    assert client.get(f"/cms/{room}").status_code == 404


@pytest.mark.parametrize("path", ["/cms/", "/cms/login/", "/cms/pages/"])
def test_desk_sends_visitors_to_the_one_sign_in(client: Client, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=")


def test_desk_does_not_exist_for_a_learner(client: Client, ada: Any) -> None:
    client.force_login(ada)

    assert client.get("/cms/").status_code == 404


def test_desk_has_a_policy_of_its_own_and_other_pages_the_strict_one(desk: Client) -> None:
    loose = desk.get("/cms/")["Content-Security-Policy"]
    strict = desk.get("/courses/")["Content-Security-Policy"]

    assert "script-src 'self' 'unsafe-inline'" in loose
    assert "unsafe-inline" not in strict


def test_approval_of_what_may_not_be_published_says_why(client: Client) -> None:
    client.force_login(make.PersonFactory(is_staff=True, is_superuser=True))
    page = make_cms.course_page(make.BaseFactory(profile={"may_teach_public": False}))
    page.save_revision(clean=False)

    answer = client.post(f"/cms/bulk/wagtailcore/page/publish/?id={page.pk}&next=/cms/")

    assert answer.status_code == 302
    page.refresh_from_db()
    assert page.live is False
