"""Wagtail's desk: nobody without a seat gets in, and no editor gets at another base's work.

The desk brings some two hundred addresses of its own. `desk.txt` lists them all with
what base A's editor is answered, GET and POST, when the address names base B's page,
draft or files; so a new one is noticed, and so is an old one that opens. Every day a third is visited.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from wagtail.models import Task, Workflow
from wagtail.users.models import UserProfile

from learning.access import find_by_identifier
from learning.models import Person
from tests import everyday
from tests.house.visits import DESK, Visitors, doors, outcome_of
from tests.house.world import Side, World

LIST = Path(__file__).with_name("desk.txt")
#: Static words and drawings of the desk: they say nothing about anybody.
HARMLESS = {"cms/sprite/", "cms/jsi18n/"}
SEATED = {"editor-a", "superuser"}
_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
_PATTERN_SIGNS = {
    r"^(\d+)/revisions/compare/(live|earliest|\d+)\.\.\.(live|latest|\d+)/$": (
        "<int:page_id>/revisions/compare/live...latest/"
    ),
    "^.*/$": "nowhere/",
    "/^": "/",
}


def desk_routes() -> list[str]:
    return [door.route for door in doors() if door.route.startswith(DESK)]


def listed() -> dict[str, str]:
    lines = [line.split(" ", 1) for line in LIST.read_text().splitlines() if line and not line.startswith("#")]
    return {route: letters for letters, route in lines}


def address(route: str, side: Side) -> str:
    """Return an address of the route that names this side's draft, page and files."""
    for sign, plain in _PATTERN_SIGNS.items():
        route = route.replace(sign, plain)
    named = {
        "page_id": side.draft.pk,
        "parent_page_id": side.draft.get_parent().pk,
        "page_pk": side.draft.pk,
        "page_to_move_id": side.draft.pk,
        "destination_id": side.draft.get_parent().pk,
        "revision_id": side.draft.latest_revision_id,
        "app_label": "cms", "app_name": "cms", "content_type_app_name": "cms",
        "model_name": "coursepage", "content_type_model_name": "coursepage",
        "action": "delete", "action_name": "copy",
        "pk": side.files.pk if "lecture-files" in route else side.draft.pk,
    }  # fmt: skip
    if "/workflows/" in route:
        named["pk"] = (Task if "/tasks/" in route else Workflow).objects.get().pk
    named["task_id"] = Task.objects.get().pk
    return "/" + _ARGUMENT.sub(lambda match: str(named.get(match.group(1), 1)), route)


def test_every_address_of_the_desk_is_listed() -> None:
    assert sorted(desk_routes()) == sorted(listed()), (
        "the desk has other addresses than tests/house/desk.txt: see what they open, then list them"
    )


@pytest.mark.django_db
def test_nobody_without_a_seat_gets_in(world: World, visitors: Visitors) -> None:
    allowed = {"anonymous": {">", "-", "r"}, "ada": {"-"}}

    opened = [
        f"{response.request['REQUEST_METHOD']} {path} as {role}: {response.status_code}"
        for number, route in enumerate(desk_routes())
        if route not in HARMLESS
        for path in [address(route, world.a)]
        for role, method in everyday.part((("anonymous", "GET"), ("ada", "GET"), ("ada", "POST")), number, one_in=3)
        for response in [visitors.get(role, path) if method == "GET" else visitors.post(role, path)]
        if outcome_of(response) not in allowed[role]
    ]

    assert opened == []


@pytest.mark.django_db
def test_a_visitor_sent_elsewhere_is_sent_to_sign_in(world: World, visitors: Visitors) -> None:
    response = visitors.get("anonymous", "/cms/nowhere/")

    assert visitors.get("anonymous", response["Location"])["Location"].startswith("/accounts/login/")


@pytest.mark.django_db
def test_no_other_role_has_a_seat(world: World, visitors: Visitors) -> None:
    strangers = [role for role in visitors.people if role not in SEATED | {"anonymous"}]

    answers = {role: outcome_of(visitors.get(role, "/cms/")) for role in strangers}

    assert answers == dict.fromkeys(strangers, "-")


@pytest.fixture(scope="module")
def answers(world: World, visitors: Visitors) -> dict[str, tuple[Any, Any]]:
    """What base A's editor is answered at every address that names base B's work: GET and POST."""
    return {
        route: (visitors.get("editor-a", path), visitors.post("editor-a", path))
        for route in everyday.part(list(listed()), one_in=3)
        for path in [address(route, world.b)]
    }


@pytest.mark.django_db
def test_an_editor_is_answered_as_listed_about_another_base(answers: dict[str, tuple[Any, Any]]) -> None:
    found = {route: outcome_of(get) + outcome_of(post) for route, (get, post) in answers.items()}

    lines = "\n".join(f"{found[route]} {route}" for route in found if found[route] != listed()[route])
    assert not lines, f"these lines of desk.txt would now read:\n{lines}"


@pytest.mark.django_db
def test_no_page_of_the_desk_shows_another_base(
    answers: dict[str, tuple[Any, Any]], world: World, visitors: Visitors
) -> None:
    searches = [visitors.get("editor-a", f"{address(route, world.a)}?q=草稿") for route in answers]

    leaks = [
        f"{response.request['REQUEST_METHOD']} {response.request['PATH_INFO']}"
        for response in [*(response for pair in answers.values() for response in pair), *searches]
        if not response.streaming and world.b.mark in response.content.decode(errors="replace")
    ]
    assert not leaks, "\n".join(leaks)


@pytest.mark.django_db
def test_an_editor_works_at_the_own_desk(world: World, visitors: Visitors) -> None:
    for path in (f"/cms/pages/{world.a.draft.pk}/edit/", f"/cms/lecture-files/edit/{world.a.files.pk}/"):
        response = visitors.get("editor-a", path)

        assert outcome_of(response) == "."
        assert world.a.mark in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["delete", "publish", "unpublish", "move"])
@pytest.mark.parametrize("asked", ["id={b}", "id={a}&id={b}", "id=all", "id=all&childOf={b_shelf}", "id=all&q=草稿"])
def test_an_act_on_many_pages_names_none_of_another_base(
    act: str, asked: str, world: World, visitors: Visitors
) -> None:
    query = asked.format(a=world.a.draft.pk, b=world.b.draft.pk, b_shelf=world.b.draft.get_parent().pk)
    path = f"/cms/bulk/wagtailcore/page/{act}/?{query}"

    answers = (visitors.get("editor-a", path), visitors.post("editor-a", path, {"chooser": world.b.draft.pk}))

    assert [answer.status_code for answer in answers if world.b.mark in answer.content.decode()] == []


@pytest.mark.django_db
def test_an_editor_deletes_many_of_the_own_drafts(world: World, visitors: Visitors) -> None:
    path = f"/cms/bulk/wagtailcore/page/delete/?id={world.a.draft.pk}"

    assert world.a.mark in visitors.get("editor-a", path).content.decode()
    assert outcome_of(visitors.post("editor-a", path)) == "r"


@pytest.mark.django_db
def test_the_desk_changes_no_sign_in_name(world: World) -> None:
    """Written in capitals, the name of somebody else would lead to the editor's own row from then on."""
    client, name = Client(), str(world.b.learner.email)
    client.force_login(world.a.editor)

    client.post("/cms/account/", filled_in(client, email=name.upper(), preferred_language="en"))

    assert find_by_identifier(name) == world.b.learner
    assert Person.objects.get(pk=world.a.editor.pk).email == world.a.editor.email
    assert UserProfile.get_for_user(world.a.editor).preferred_language == "en", "the rest of the form is still taken"


def filled_in(client: Client, **typed: str) -> dict[str, str]:
    """Return the form of one's own settings at the desk, with what was typed into it."""
    panels = client.get("/cms/account/").context["panels_by_tab"]
    forms = [panel.get_form() for each in panels.values() for panel in each]
    held = {form.add_prefix(name): str(form[name].value() or "") for form in forms for name in form.fields}
    names = {"first_name": "x", "last_name": "x", **typed}
    return held | {f"{panel}-{name}": said for name, said in names.items() for panel in ("name_email", "locale")}


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["draft", "page", "nothing", "nonsense"])
def test_a_copy_is_sent_to_no_page_of_another_base(what: str, world: World, visitors: Visitors) -> None:
    theirs = {"draft": world.b.draft.pk, "page": world.b.page.pk, "nothing": 987_654, "nonsense": "x"}[what]
    form = {"new_title": "x", "new_slug": "x", "new_parent_page": str(theirs)}

    answer = visitors.post("editor-a", f"/cms/pages/{world.a.draft.pk}/copy/", form)

    assert world.b.mark not in answer.content.decode()
    assert answer.status_code == 404


@pytest.mark.django_db
def test_an_editor_copies_the_own_draft(world: World, visitors: Visitors) -> None:
    form = {"new_title": "x", "new_slug": "x", "new_parent_page": str(world.a.draft.get_parent().pk)}

    assert visitors.get("editor-a", f"/cms/pages/{world.a.draft.pk}/copy/").status_code == 200
    assert outcome_of(visitors.post("editor-a", f"/cms/pages/{world.a.draft.pk}/copy/", form)) == "r"
