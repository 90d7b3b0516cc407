"""The demo's notices and help pages, each written twice: translations of one key."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from wagtail.models import Locale, Page

from cms.demo.help_texts import HELP
from cms.demo.notice_texts import notices
from cms.models import HelpIndexPage, HelpPage, NoticeIndexPage, NoticePage


@dataclass(frozen=True, slots=True)
class Words:
    """A text in one language."""

    title: str
    summary: str
    body: str


def build(now: datetime) -> None:
    """Publish the texts that are not there yet."""
    today = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    for text in notices(today):
        _publish(NoticeIndexPage, NoticePage, text.slug, text.words, issued_on=text.issued_on, issuers=text.issuers)
    for topic in HELP:
        _publish(HelpIndexPage, HelpPage, topic.slug, topic.words)


def _publish(
    index_model: type[Page],
    page_model: type[Page],
    slug: str,
    words: dict[str, tuple[str, str, str]],
    *,
    issued_on: date | None = None,
    issuers: dict[str, str] | None = None,
) -> None:
    translation_key = None
    for code, said in words.items():
        locale = Locale.objects.get(language_code=code)
        index = index_model.objects.get(locale=locale)
        held = page_model.objects.child_of(index).filter(slug=slug).first()
        if held is None:
            text = Words(*said)
            facts = {"issued_on": issued_on, "issuer": issuers[code]} if issuers else {}
            held = page_model(
                title=text.title, slug=slug, summary=text.summary, body=text.body, locale=locale, live=False, **facts
            )
            if translation_key is not None:
                held.translation_key = translation_key
            index.add_child(instance=held)
            held.save_revision(clean=True).publish()
        translation_key = held.translation_key
