"""What a reader asks of their messages, and how they want to be told: parsed here.

Knows forms and addresses; nothing of rows but how to narrow them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from learning.models.notice import NoticeQuerySet
from learning.rules.notices import Channel, NoticeKind
from learning.templatetags.notices import kind_words

#: What fits the key of any table.
DIGITS_MAX = 18


class MessagesFilterForm(forms.Form):
    """Which messages to show; whatever is not understood filters nothing."""

    UNREAD = "unread"

    show = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[("", pgettext_lazy("messages", "All")), (UNREAD, pgettext_lazy("messages", "Unread"))],
    )
    kind = forms.ChoiceField(label=_("About"), required=False)

    def __init__(self, *args: Any, kinds: Collection[NoticeKind], **kwargs: Any) -> None:
        """Offer the kinds this reader may be told of."""
        super().__init__(*args, **kwargs)
        offered = cast("forms.ChoiceField", self.fields["kind"])
        offered.choices = [("", pgettext_lazy("messages", "Everything")), *((kind, kind_words(kind)) for kind in kinds)]
        self.full_clean()

    def query(self) -> str:
        """Return the filters in force as a query string."""
        return urlencode({name: value for name, value in self.cleaned_data.items() if value})

    def narrow(self, notices: NoticeQuerySet) -> NoticeQuerySet:
        """Keep the messages that pass the filters."""
        if self.cleaned_data.get("show") == self.UNREAD:
            notices = notices.unread()
        if kind := self.cleaned_data.get("kind"):
            notices = notices.filter(kind=kind)
        return notices


class MessageSettingsForm(forms.Form):
    """By which channels of what kinds, and in which language."""

    language = forms.ChoiceField(label=_("Language of messages"), choices=settings.LANGUAGES)
    wanted = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: Any, kinds: Collection[NoticeKind], **kwargs: Any) -> None:
        """Offer each of these kinds by each channel."""
        super().__init__(*args, **kwargs)
        self._pairs = {f"{kind}:{channel}": (kind, channel) for kind in kinds for channel in Channel}
        cast("forms.MultipleChoiceField", self.fields["wanted"]).choices = [(name, name) for name in self._pairs]

    def pairs(self) -> list[tuple[NoticeKind, Channel]]:
        """Return what was ticked."""
        return [self._pairs[name] for name in self.cleaned_data["wanted"]]


def number(text: str) -> int:
    """Return the number of a message as a form posts it; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX else 0
