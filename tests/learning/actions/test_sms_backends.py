"""The two doors for where nobody sends text messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from learning.actions import sms_backends

MESSAGE = {"phone": "13800000001", "text": "【学时簿】阿*，您有 1 条新消息。", "key": "notice-7"}


def test_the_console_prints_the_text_and_masks_the_number(capsys: pytest.CaptureFixture[str]) -> None:
    sms_backends.ConsoleSms().send(**MESSAGE)

    printed = capsys.readouterr().out
    assert printed == "SMS notice-7 → 138****01: 【学时簿】阿*，您有 1 条新消息。\n"


def test_the_file_holds_one_line_a_key(tmp_path: Path, settings: Any) -> None:
    settings.SMS_FILE = tmp_path / "sms" / "sent.jsonl"
    door = sms_backends.FileSms()
    for key in ("notice-7", "notice-7", "notice-8"):
        door.send(**{**MESSAGE, "key": key})

    lines = [json.loads(line) for line in settings.SMS_FILE.read_text().splitlines()]
    assert lines == [MESSAGE, {**MESSAGE, "key": "notice-8"}]


def test_a_file_that_cannot_be_written_fails_for_now(tmp_path: Path, settings: Any) -> None:
    settings.SMS_FILE = tmp_path

    with pytest.raises(sms_backends.SmsFailed):
        sms_backends.FileSms().send(**MESSAGE)


def test_the_setting_names_the_door(settings: Any) -> None:
    assert isinstance(sms_backends.backend(), sms_backends.ConsoleSms)

    settings.SMS_BACKEND = "learning.actions.sms_backends.FileSms"
    assert isinstance(sms_backends.backend(), sms_backends.FileSms)
