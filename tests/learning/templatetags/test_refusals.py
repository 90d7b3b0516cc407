from __future__ import annotations

import pytest
from django.utils import translation

from learning.rules.eligibility import SOURCES, Refusal
from learning.templatetags.refusals import ARTICLES, TEXTS, refusal_article, refusal_rule, refusal_text


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("reason", list(Refusal))
def test_refusal_has_words_in_both_languages(reason: Refusal, language: str) -> None:
    with translation.override(language):
        said = str(refusal_text(reason))

    assert reason.value not in said
    assert said.isascii() == (language == "en")


def test_refusal_quotes_every_regulation_behind_it() -> None:
    regulations = {source for source in SOURCES.values() if source.startswith("R")}

    assert set(ARTICLES) == regulations
    assert set(TEXTS) == set(Refusal)
    assert refusal_rule(Refusal.PROMOTION_NEEDS_MUNICIPAL) == "R16"
    assert str(refusal_article(Refusal.TOPIC_TAKEN)) == ""
