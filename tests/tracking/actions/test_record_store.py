from __future__ import annotations

import json
import socket
import threading
import uuid

import pytest
from pytest_django import Settings

from tests.tracking.record_store_double import Store
from tracking.actions.record_store import BadAddress, Conflict, RecordStore, Refused, TooLarge, Unavailable


def statement(verb: str = "played") -> bytes:
    return json.dumps({"id": str(uuid.uuid4()), "verb": {"display": {"en": verb}}}).encode()


def configured() -> RecordStore:
    store = RecordStore.configured()
    assert store is not None
    return store


def test_configured_is_none_by_default() -> None:
    assert RecordStore.configured() is None


@pytest.mark.parametrize(
    ("address", "https_only"),
    [
        ("http://lrs.example.cn/xapi", True),
        ("ftp://lrs.example.cn/xapi", False),
        ("file:///etc/passwd", False),
        ("https://key:secret@lrs.example.cn/xapi", True),
        ("https://lrs.example.cn/xapi?x=1", True),
        ("https:///xapi", True),
    ],
)
def test_configured_refuses_any_other_address(settings: Settings, address: str, https_only: bool) -> None:
    settings.LRS_URL, settings.LRS_KEY, settings.LRS_SECRET = address, "key", "secret"
    settings.LRS_HTTPS_ONLY = https_only

    with pytest.raises(BadAddress):
        RecordStore.configured()


def test_configured_refuses_an_address_without_a_key(settings: Settings) -> None:
    settings.LRS_URL = "https://lrs.example.cn/xapi"

    with pytest.raises(BadAddress, match="HOURBOOK_LRS_KEY"):
        RecordStore.configured()


def test_post_delivers(lrs: Store) -> None:
    store = configured()

    store.post([statement(), statement()])
    store.post([statement()])

    assert [len(request) for request in lrs.requests] == [2, 1]


def test_post_is_content_with_a_silent_answer(lrs: Store) -> None:
    lrs.troubles = [204]

    configured().post([statement()])

    assert len(lrs.requests) == 1


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (400, Refused),
        (422, Refused),
        (409, Conflict),
        (413, TooLarge),
        (401, Unavailable),
        (404, Unavailable),
        (429, Unavailable),
        (500, Unavailable),
        (503, Unavailable),
    ],
)
def test_post_tells_what_the_answer_means(lrs: Store, status: int, refusal: type[Exception]) -> None:
    lrs.troubles = [status]

    with pytest.raises(refusal, match=f"{status}: not now"):
        configured().post([statement()])


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_post_follows_no_redirect(lrs: Store, status: int) -> None:
    lrs.troubles = [status]

    with pytest.raises(Unavailable, match=str(status)):
        configured().post([statement()])

    assert len(lrs.requests) == 1


def test_post_takes_no_welcome_page_for_a_receipt(lrs: Store) -> None:
    lrs.answer = b"<html>Please sign in to the hotel's network</html>"

    with pytest.raises(Unavailable, match="200: <html>"):
        configured().post([statement()])


def test_post_keeps_the_refusal_legible(lrs: Store) -> None:
    lrs.refused_verbs = {"played"}

    with pytest.raises(Refused) as refusal:
        configured().post([statement()])

    assert str(refusal.value) == "400: 语句无效 bad verb"


def test_post_says_unavailable_where_nobody_listens(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings.LRS_URL, settings.LRS_KEY, settings.LRS_SECRET = f"http://127.0.0.1:{port}", "key", "secret"

    with pytest.raises(Unavailable):
        configured().post([statement()])


def test_post_says_unavailable_when_the_connection_breaks(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            connection, _peer = server.accept()
            connection.recv(65_536)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        settings.LRS_URL = f"http://127.0.0.1:{server.getsockname()[1]}"
        settings.LRS_KEY, settings.LRS_SECRET = "key", "secret"
        with pytest.raises(Unavailable):
            configured().post([statement()])
        thread.join()
