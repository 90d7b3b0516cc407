"""The broker of files: a message is whole or not there, however closely a worker looks."""

import threading
from pathlib import Path

from django.conf import settings
from kombu import Connection

from learning.celery import app

COUNT = 300


def connection(folder: Path) -> Connection:
    for name in ("queue", "processed", "control"):
        (folder / name).mkdir(exist_ok=True)
    options = {
        "data_folder_in": str(folder / "queue"),
        "data_folder_out": str(folder / "queue"),
        "processed_folder": str(folder / "processed"),
        "control_folder": str(folder / "control"),
    }
    return Connection("filesystem://", transport="learning.file_broker:Transport", transport_options=options)


def test_a_reader_that_never_rests_gets_every_message_whole(tmp_path: Path) -> None:
    found: list[int] = []
    with connection(tmp_path) as sender, connection(tmp_path) as receiver:
        outbox = sender.SimpleQueue("celery")
        inbox = receiver.SimpleQueue("celery")
        writer = threading.Thread(target=lambda: [outbox.put({"n": n}) for n in range(COUNT)])
        writer.start()
        while len(found) < COUNT:
            message = inbox.get(timeout=10)
            found.append(message.payload["n"])
            message.ack()
        writer.join()
        outbox.close()
        inbox.close()

    assert sorted(found) == list(range(COUNT))


def test_the_embedded_worker_uses_it() -> None:
    assert settings.CELERY_BROKER_TRANSPORT == "learning.file_broker:Transport"
    with app.connection_for_read() as broker:
        assert type(broker.transport).__module__ == "learning.file_broker"
