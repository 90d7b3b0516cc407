"""The project's own catalogues: extracted, completed and compiled without system tools.

Each app keeps `locale/<language>/LC_MESSAGES/django.po`; the strings of
`templates/<app>/` belong to that app, those of every other template to learning.
English is the language of the source, so the English catalogue says each thing
as it stands; it exists so that a changed wording never touches code.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from django.conf import settings
from django.utils.translation import template as django_template

APPS = ("learning", "cms", "tracking", "assessments")
LANGUAGES = {"zh_Hans": "nplurals=1; plural=0;", "en": "nplurals=2; plural=(n != 1);"}
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """One string to translate; `context` and `plural` are empty where there is none."""

    context: str
    text: str
    plural: str


def _root() -> Path:
    return Path(settings.BASE_DIR)


def _sources(app: str) -> Iterator[Path]:
    yield from sorted(path for path in (_root() / app).rglob("*.py") if "migrations" not in path.parts)
    folders = sorted(path for path in (_root() / "templates").iterdir())
    for folder in folders:
        owner = folder.name if folder.name in APPS else "learning"
        if owner == app:
            yield from [folder] if folder.is_file() else sorted(folder.rglob("*.*"))


def _python_of(path: Path) -> bytes:
    """Return the file as Python source that calls gettext; a template is turned into such."""
    text = path.read_text()
    if path.suffix != ".py":
        text = django_template.templatize(text, origin=str(path))
        # What is left around the calls is noise; without indentation it still tokenizes.
        text = "\n".join(line.strip() for line in text.splitlines())
    return text.encode()


def messages(app: str) -> set[Message]:
    """Return every string that the app's sources ask to be translated."""
    found: set[Message] = set()
    for path in _sources(app):
        for _line, text, _comments, context in extract("python", io.BytesIO(_python_of(path)), keywords=KEYWORDS):
            singular, plural = (text[0], text[1]) if isinstance(text, tuple) else (text, "")
            if singular:
                found.add(Message(context or "", singular, plural or ""))
    return found


def po_path(app: str, language: str) -> Path:
    """Return where an app's catalogue of a language stands."""
    return _root() / app / "locale" / language / "LC_MESSAGES" / "django.po"


def _open(app: str, language: str) -> polib.POFile:
    path = po_path(app, language)
    if path.exists():
        return polib.pofile(str(path), wrapwidth=0)
    return polib.POFile(wrapwidth=0)


def _is_done(entry: polib.POEntry) -> bool:
    texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    return bool(texts) and all(texts) and "fuzzy" not in entry.flags


def problems() -> list[str]:
    """Name every string without a finished translation, and every translation without a string."""
    found: list[str] = []
    for app in APPS:
        wanted = messages(app)
        for language in LANGUAGES:
            entries = {Message(e.msgctxt or "", e.msgid, e.msgid_plural or ""): e for e in _open(app, language)}
            where = f"{app}/{language}"
            found.extend(f"{where}: missing: {message.text!r}" for message in sorted(wanted - entries.keys()))
            found.extend(f"{where}: unused: {message.text!r}" for message in sorted(entries.keys() - wanted))
            found.extend(
                f"{where}: unfinished: {message.text!r}"
                for message, entry in sorted(entries.items(), key=lambda pair: pair[0])
                if message in wanted and not _is_done(entry)
            )
    return found


def update() -> None:
    """Bring the catalogues in step with the sources; finished translations are kept."""
    for app in APPS:
        wanted = messages(app)
        for language, plural_forms in LANGUAGES.items():
            old = {Message(e.msgctxt or "", e.msgid, e.msgid_plural or ""): e for e in _open(app, language)}
            catalogue = polib.POFile(wrapwidth=0)
            catalogue.metadata = {
                "Project-Id-Version": "hourbook",
                "Language": language,
                "MIME-Version": "1.0",
                "Content-Type": "text/plain; charset=utf-8",
                "Content-Transfer-Encoding": "8bit",
                "Plural-Forms": plural_forms,
            }
            for message in sorted(wanted):
                entry = old.get(message) or _fresh(message)
                if language == "en" and not _is_done(entry):
                    _say_as_it_stands(entry)
                catalogue.append(entry)
            path = po_path(app, language)
            path.parent.mkdir(parents=True, exist_ok=True)
            catalogue.save(str(path))


def _fresh(message: Message) -> polib.POEntry:
    return polib.POEntry(
        msgctxt=message.context or None, msgid=message.text, msgid_plural=message.plural or None, msgstr=""
    )


def _say_as_it_stands(entry: polib.POEntry) -> None:
    if entry.msgid_plural:
        entry.msgstr_plural = {0: entry.msgid, 1: entry.msgid_plural}
    else:
        entry.msgstr = entry.msgid


def compile_all() -> int:
    """Write each .mo that is missing or older than its .po; returns how many."""
    count = 0
    for app in APPS:
        for language in LANGUAGES:
            path = po_path(app, language)
            compiled = path.with_suffix(".mo")
            if not path.exists():
                continue
            if not compiled.exists() or compiled.stat().st_mtime < path.stat().st_mtime:
                # Beside it and then in its place: another process never reads half a catalogue.
                part = compiled.with_suffix(f".{os.getpid()}")
                polib.pofile(str(path)).save_as_mofile(str(part))
                part.replace(compiled)
                count += 1
    return count
