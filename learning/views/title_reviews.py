"""The door for title-review systems: a key in the header, a name and an ID number in the body, one JSON answer.

Nothing personal stands in an address, where logs would keep it. A refusal says
its code and both languages; it never says which half of the question was wrong.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from learning.actions import api_keys, title_reviews
from learning.models import ApiKey
from learning.models.clock import database_now
from learning.views.limits import over_limit

#: Tries with a wrong key from one address, a minute.
STRANGERS_MOST, MINUTE_S = 20, 60
#: Questions of one key, a minute.
QUESTIONS_MOST = 120
#: Questions of one key that find nobody, an hour: enough for typing mistakes, too few for guessing.
MISSES_MOST, HOUR_S = 60, 3_600
BODY_MAX_BYTES, TEXT_MAX = 4_096, 80
DOOR = "title-review"


class Refusal(StrEnum):
    """Why there is no answer."""

    NO_KEY = "no_key"
    TOO_OFTEN = "too_often"
    MALFORMED = "malformed"
    INCOMPLETE = "incomplete"
    NOT_FOUND = "not_found"


STATUS = {
    Refusal.NO_KEY: 401,
    Refusal.TOO_OFTEN: 429,
    Refusal.MALFORMED: 400,
    Refusal.INCOMPLETE: 422,
    Refusal.NOT_FOUND: 404,
}
WORDS = {
    Refusal.NO_KEY: gettext_lazy("There is no such key, or it has ended or was revoked."),
    Refusal.TOO_OFTEN: gettext_lazy("Too many questions. Retry-After says how many seconds to wait."),
    Refusal.MALFORMED: gettext_lazy("The body must be a JSON object of at most 4,096 bytes."),
    Refusal.INCOMPLETE: gettext_lazy("full_name and id_number must both be texts of 1 to 80 characters."),
    Refusal.NOT_FOUND: gettext_lazy("Your region has nobody with this name and this ID number."),
}


class MalformedQuestion(Exception):
    """What was sent is no question; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        """Keep the reason."""
        super().__init__(refusal)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Question:
    """Whom a system asks about."""

    full_name: str
    id_number: str

    @classmethod
    def parse(cls, body: bytes) -> Question:
        """Read the body. Raises: MalformedQuestion."""
        try:
            said = json.loads(body) if len(body) <= BODY_MAX_BYTES else None
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise MalformedQuestion(Refusal.MALFORMED)
        texts = [said.get(name) for name in ("full_name", "id_number")]
        cleaned = [text.strip() for text in texts if isinstance(text, str) and len(text) <= TEXT_MAX and _is_text(text)]
        if len([text for text in cleaned if text]) != len(texts):
            raise MalformedQuestion(Refusal.INCOMPLETE)
        return cls(*cleaned)


@csrf_exempt
@never_cache
@require_POST
def years(request: HttpRequest) -> JsonResponse:
    """Answer for one person: five years, their hours, their pages and what these are worth."""
    now = database_now()
    key = api_keys.presented(_presented(request), scope=ApiKey.Scope.TITLE_REVIEW, now=now)
    if key is None:
        wait_s = over_limit(request, f"{DOOR}-stranger", most=STRANGERS_MOST, window_s=MINUTE_S)
        return _refused(Refusal.TOO_OFTEN, wait_s) if wait_s else _refused(Refusal.NO_KEY)
    if wait_s := _wait_s(request, key):
        return _refused(Refusal.TOO_OFTEN, wait_s)
    try:
        question = Question.parse(request.body)
        answer = title_reviews.answer(key=key, full_name=question.full_name, id_number=question.id_number, now=now)
    except MalformedQuestion as malformed:
        return _refused(malformed.refusal)
    except title_reviews.NobodyFound:
        over_limit(request, f"{DOOR}-miss", most=MISSES_MOST, window_s=HOUR_S, of=key.name)
        return _refused(Refusal.NOT_FOUND)
    told = asdict(answer)
    return _json({"answer": told.pop("facts"), **told})


@require_safe
def description(request: HttpRequest) -> HttpResponse:
    """Describe the interface to whoever connects a system."""
    context = {
        "address": settings.WAGTAILADMIN_BASE_URL + reverse("api:title-review-years"),
        "questions_most": QUESTIONS_MOST,
        "misses_most": MISSES_MOST,
    }
    return render(request, "learning/certificates/title_review.html", context)


def _is_text(said: str) -> bool:
    """Say whether it can be written down: JSON may hold halves of characters."""
    return not any("\ud800" <= character <= "\udfff" for character in said)


def _presented(request: HttpRequest) -> str:
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else ""


def _wait_s(request: HttpRequest, key: ApiKey) -> int:
    """Return how long the key must wait: it asks too fast, or found nobody too often."""
    misses = over_limit(request, f"{DOOR}-miss", most=MISSES_MOST - 1, window_s=HOUR_S, of=key.name, adds=0)
    return misses or over_limit(request, DOOR, most=QUESTIONS_MOST, window_s=MINUTE_S, of=key.name)


def _refused(refusal: Refusal, wait_s: int = 0) -> JsonResponse:
    words = {}
    for name, language in (("message_zh", "zh-hans"), ("message_en", "en")):
        with translation.override(language):
            words[name] = str(WORDS[refusal])
    response = _json({"error": {"code": refusal.value, **words}}, status=STATUS[refusal])
    if refusal == Refusal.NO_KEY:
        response["WWW-Authenticate"] = "Bearer"
    if wait_s:
        response["Retry-After"] = str(wait_s)
    return response


def _json(answer: dict[str, object], status: int = 200) -> JsonResponse:
    return JsonResponse(answer, status=status, json_dumps_params={"ensure_ascii": False})
