"""Signing in and out, the profile, and how pages look."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, reverse

from learning.models import Membership, Organisation, Person, Role
from learning.receivers import person_group
from tests.factories import learning as make

pytestmark = pytest.mark.django_db
ID_NUMBER = "41020219850101002X"
LOGIN = "/accounts/login/"
MISMATCH = "账号和密码对不上"
TOO_MANY = "密码输错次数太多"


@pytest.fixture(autouse=True)
def _no_try_is_remembered() -> None:
    cache.clear()


@pytest.fixture
def chen(requirement: object) -> Person:
    person: Person = make.PersonFactory(
        full_name="陈慧", full_name_en="Chen Hui", email="chen@example.test", phone="13800000001"
    )
    person.set_id_number(ID_NUMBER)
    person.save()
    return person


def sign_in(client: Client, login: str, password: str = make.PASSWORD, **extra: Any) -> Any:
    return client.post(LOGIN, {"login": login, "password": password, **extra.pop("data", {})}, **extra)


@pytest.mark.parametrize("login", ["chen@example.test", "138 0000 0001", ID_NUMBER])
def test_sign_in_takes_any_of_a_persons_names(client: Client, chen: Person, login: str) -> None:
    response = sign_in(client, login)

    assert response.status_code == 302
    assert response["Location"] == "/me/"
    assert client.session["_auth_user_id"] == str(chen.pk)


def test_sign_in_leaves_no_id_number_in_the_session(client: Client, chen: Person) -> None:
    sign_in(client, ID_NUMBER)

    assert ID_NUMBER not in str([session.get_decoded() for session in Session.objects.all()])


def test_sign_in_goes_where_the_visitor_was_going(client: Client, chen: Person) -> None:
    asked = client.get("/me/hours/")
    assert asked["Location"] == f"{LOGIN}?next=/me/hours/"
    page = client.get(asked["Location"])
    assert 'name="next" value="/me/hours/"' in page.text

    assert sign_in(client, "chen@example.test", data={"next": "/me/hours/"})["Location"] == "/me/hours/"


def test_sign_in_leads_to_no_other_site(client: Client, chen: Person) -> None:
    response = sign_in(client, "chen@example.test", data={"next": "https://evil.test/"})

    assert response["Location"] == "/me/"


def test_sign_in_refuses_without_saying_whether_the_account_exists(client: Client, chen: Person) -> None:
    wrong = sign_in(client, "chen@example.test", "wrong-password")
    unknown = sign_in(client, "nobody@example.test", "wrong-password")

    for response in (wrong, unknown):
        assert response.status_code == 200
        assert MISMATCH in response.text
        assert "_auth_user_id" not in client.session


def test_sign_in_refuses_the_deactivated_in_the_same_words(client: Client, chen: Person) -> None:
    Person.objects.filter(pk=chen.pk).update(is_active=False)

    assert MISMATCH in sign_in(client, "chen@example.test").text


def test_sign_in_refuses_the_sixth_try_even_with_the_right_password(client: Client, chen: Person) -> None:
    for _try in range(5):
        assert MISMATCH in sign_in(client, "chen@example.test", "wrong-password").text

    assert TOO_MANY in sign_in(client, "chen@example.test").text
    assert "_auth_user_id" not in client.session


def test_sign_in_counts_all_names_of_an_account_together(client: Client, chen: Person) -> None:
    for login in ("chen@example.test", "13800000001", ID_NUMBER, "CHEN@example.test", "138-0000-0001"):
        sign_in(client, login, "wrong-password")

    assert TOO_MANY in sign_in(client, ID_NUMBER).text


def test_sign_in_counts_tries_for_unknown_accounts_alike(client: Client, chen: Person) -> None:
    for _try in range(5):
        assert MISMATCH in sign_in(client, "nobody@example.test", "wrong-password").text

    assert TOO_MANY in sign_in(client, "nobody@example.test", "wrong-password").text


def test_sign_in_believes_no_forged_address(client: Client, chen: Person) -> None:
    for number in range(5):
        sign_in(client, "chen@example.test", "wrong-password", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")

    assert TOO_MANY in sign_in(client, "chen@example.test", HTTP_X_FORWARDED_FOR="10.9.9.9").text


def test_sign_in_lets_the_owner_in_from_elsewhere_while_a_stranger_guesses(client: Client, chen: Person) -> None:
    for _try in range(6):
        sign_in(client, "chen@example.test", "wrong-password", REMOTE_ADDR="203.0.113.7")

    assert sign_in(client, "chen@example.test", REMOTE_ADDR="198.51.100.1").status_code == 302


def test_sign_in_lets_a_known_device_in_whoever_guesses_and_from_wherever(client: Client, chen: Person) -> None:
    sign_in(client, "chen@example.test")
    client.post("/accounts/logout/")
    stranger = Client()
    for number in range(60):
        sign_in(stranger, "chen@example.test", "wrong-password", REMOTE_ADDR=f"203.0.113.{number}")

    assert TOO_MANY in sign_in(Client(), "chen@example.test", REMOTE_ADDR="198.51.100.1").text
    assert sign_in(client, "chen@example.test", REMOTE_ADDR="203.0.113.1").status_code == 302


def test_a_known_device_of_one_person_is_nobody_elses(client: Client, chen: Person, cy: Person) -> None:
    sign_in(client, "cy@example.test")
    client.post("/accounts/logout/")
    for _try in range(5):
        sign_in(client, "chen@example.test", "wrong-password")

    assert TOO_MANY in sign_in(client, "chen@example.test").text


def test_sign_out_is_by_post_only(client: Client, chen: Person) -> None:
    client.force_login(chen)

    assert client.get("/accounts/logout/").status_code == 200
    assert "_auth_user_id" in client.session
    assert client.post("/accounts/logout/").status_code == 302
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("act", ["sign_out", "password", "deactivate", "role_given", "role_taken"])
def test_sockets_are_told_to_close(
    act: str, chen: Person, unit: Organisation, django_capture_on_commit_callbacks: Any
) -> None:
    layer = get_channel_layer()
    assert layer is not None
    async_to_sync(layer.group_add)(person_group(chen.pk), f"test.{act}")

    _act(act, chen, unit, django_capture_on_commit_callbacks)

    # Who only changed roles may come back at once.
    told = "person.changed" if act.startswith("role") else "person.signed_out"
    assert async_to_sync(layer.receive)(f"test.{act}")["type"] == told


def _act(act: str, chen: Person, unit: Organisation, capture: Any) -> None:
    client = Client()
    client.force_login(chen)
    held = Membership(person=chen, organisation=unit, role=Role.AUDITOR)
    if act == "role_taken":
        held.save()
    with capture(execute=True):
        if act == "sign_out":
            client.post("/accounts/logout/")
        elif act == "password":
            change_password(client)
        elif act == "deactivate":
            chen.is_active = False
            chen.save()
        elif act == "role_given":
            held.save()
        else:
            held.delete()


def change_password(client: Client, old: str = make.PASSWORD, new: str = "a-fresh-long-pass") -> Any:
    return client.post("/accounts/password/", {"oldpassword": old, "password1": new, "password2": new})


def test_a_changed_password_signs_other_devices_out(client: Client, chen: Person) -> None:
    other = Client()
    client.force_login(chen)
    other.force_login(chen)

    assert change_password(client).status_code == 302

    assert client.get("/me/profile/").status_code == 200
    assert other.get("/me/profile/").status_code == 302
    chen.refresh_from_db()
    assert chen.check_password("a-fresh-long-pass")


def test_a_password_change_asks_for_the_present_one(client: Client, chen: Person) -> None:
    client.force_login(chen)

    response = change_password(client, old="not-the-present-one")

    assert "现在的密码不对" in response.text
    chen.refresh_from_db()
    assert chen.check_password(make.PASSWORD)


def test_profile_masks_the_id_number(client: Client, chen: Person) -> None:
    client.force_login(chen)

    page = client.get("/me/profile/").text

    assert ID_NUMBER not in page
    assert f"410{'*' * 13}2X" in page


def test_check_time_is_kept_and_shown(client: Client, chen: Person) -> None:
    client.force_login(chen)

    page = client.post("/me/profile/check-time/", {"percent": "300"}, follow=True).text

    chen.refresh_from_db()
    assert chen.check_time_percent == 300
    assert '<button name="percent" value="300" aria-pressed="true">×3</button>' in page


@pytest.mark.parametrize("percent", ["", "50", "250", "1e9", "abc"])
def test_check_time_refuses_what_is_not_offered(client: Client, chen: Person, percent: str) -> None:
    client.force_login(chen)

    assert client.post("/me/profile/check-time/", {"percent": percent}).status_code == 400
    chen.refresh_from_db()
    assert chen.check_time_percent == 100


def test_profile_asks_for_sign_in(client: Client) -> None:
    assert client.get("/me/profile/")["Location"] == f"{LOGIN}?next=/me/profile/"


@pytest.mark.parametrize(
    "name",
    ["account_signup", "account_email", "account_reset_password", "account_reauthenticate", "mfa_index"],
)
def test_no_other_door_of_allauth_is_mounted(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_display_enlarges_for_a_visitor_by_cookie(client: Client) -> None:
    response = client.post("/display/", {"text": "large", "next": LOGIN})

    assert response["Location"] == LOGIN
    assert 'data-text="large"' in client.get(LOGIN).text
    client.post("/display/", {"text": "normal", "next": LOGIN})
    assert "data-text" not in client.get(LOGIN).text


def test_display_enlarges_for_a_member_on_every_device(client: Client, chen: Person) -> None:
    client.force_login(chen)
    client.post("/display/", {"text": "large", "next": "/me/profile/"})
    other = Client()
    other.force_login(chen)

    assert 'data-text="large"' in other.get("/me/profile/").text


@pytest.mark.parametrize(("theme", "mark"), [("dark", 'data-theme="dark"'), ("light", 'data-theme="light"')])
def test_display_keeps_a_theme_and_gives_it_back(client: Client, theme: str, mark: str) -> None:
    client.post("/display/", {"theme": theme, "next": LOGIN})
    assert mark in client.get(LOGIN).text

    client.post("/display/", {"theme": "system", "next": LOGIN})
    assert "data-theme" not in client.get(LOGIN).text


@pytest.mark.parametrize("back", ["https://evil.test/", "//evil.test/", "javascript:alert(1)", ""])
def test_display_goes_back_to_this_site_only(client: Client, back: str) -> None:
    assert client.post("/display/", {"theme": "dark", "next": back})["Location"] == "/"


def test_display_takes_no_get(client: Client) -> None:
    assert client.get("/display/").status_code == 405
