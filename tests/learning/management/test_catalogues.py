"""Catalogues: every string of Python and templates is found, whatever stands around it."""

from pathlib import Path

import pytest
from django.test import override_settings

from learning.management import catalogues
from learning.management.catalogues import Message


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for app in catalogues.APPS:
        (tmp_path / app).mkdir()
    (tmp_path / "templates" / "cms").mkdir(parents=True)
    (tmp_path / "learning" / "x.py").write_text('from g import _\nA = _("From Python")\n')
    (tmp_path / "templates" / "base.html").write_text("{% load i18n %}<p>it's {% translate 'Framed' %}</p>\n")
    (tmp_path / "templates" / "cms" / "page.html").write_text(
        "{% load i18n %}\n"
        "  {% blocktranslate count n=n %}{{ n }} page{% plural %}{{ n }} pages{% endblocktranslate %}"
        '{% translate "Play" context "player" %}'
    )
    return tmp_path


def test_messages_are_found_in_python_and_templates(root: Path) -> None:
    with override_settings(BASE_DIR=root):
        assert catalogues.messages("learning") == {Message("", "From Python", ""), Message("", "Framed", "")}
        assert catalogues.messages("cms") == {Message("", "%(n)s page", "%(n)s pages"), Message("player", "Play", "")}


def test_update_completes_english_and_names_what_chinese_lacks(root: Path) -> None:
    with override_settings(BASE_DIR=root):
        catalogues.update()

        assert catalogues.problems() == [
            "learning/zh_Hans: unfinished: 'Framed'",
            "learning/zh_Hans: unfinished: 'From Python'",
            "cms/zh_Hans: unfinished: '%(n)s page'",
            "cms/zh_Hans: unfinished: 'Play'",
        ]


def test_a_string_that_left_the_source_is_named(root: Path) -> None:
    with override_settings(BASE_DIR=root):
        catalogues.update()
        (root / "learning" / "x.py").write_text("")

        assert "learning/en: unused: 'From Python'" in catalogues.problems()


def test_compile_writes_what_is_missing_once(root: Path) -> None:
    with override_settings(BASE_DIR=root):
        catalogues.update()

        assert catalogues.compile_all() == 8
        assert catalogues.compile_all() == 0
