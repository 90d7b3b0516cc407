"""What every page's frame needs: whether this is the demo, and how the reader likes to read."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from learning.forms import TEXT_COOKIE, THEME_COOKIE, THEMES


def text_is_large(request: HttpRequest) -> bool:
    """Say whether to enlarge: a member's choice travels with them, a visitor's stays in the browser."""
    person = getattr(request, "user", None)
    if person is not None and person.is_authenticated:
        return bool(person.large_text)
    return request.COOKIES.get(TEXT_COOKIE) == "large"


def theme_of(request: HttpRequest) -> str:
    """Return "light" or "dark" when chosen, else the empty string: as the system says."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else ""


def page(request: HttpRequest) -> dict[str, object]:
    """Return the frame's context; the person is read only if a template asks."""
    return {
        "is_demo": settings.IS_DEMO,
        "text_is_large": SimpleLazyObject(lambda: text_is_large(request)),
        "theme": theme_of(request),
    }
