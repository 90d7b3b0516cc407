"""The public check of a certificate: anyone, no account, one of five answers.

Asked by code, or by the digest of a PDF that stays with whoever holds it. Every
look recomputes the digest and checks the signature of the stored facts. Shows a
masked name, never an ID number; pages are kept by no cache and no index.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from learning.actions import certificates, ledger_links
from learning.models import Certificate, SignedPage
from learning.models.clock import database_now
from learning.rules import check_codes, names
from learning.views.limits import over_limit

#: Source: RELIABILITY S11 (30 a minute from one address).
LOOKS_MOST, LOOKS_WINDOW_S = 30, 60
#: Guessing a given name behind a known surname is slower still, whoever asks.
NAMES_MOST, NAMES_WINDOW_S = 20, 3_600
#: Room for a pasted address.
CODE_MAX_LENGTH = 200
DIGEST_LENGTH = 64
NAME_MAX_LENGTH = 80
UNKNOWN, NOT_GENUINE = "unknown", "not_genuine"
STATUS = {
    Certificate.State.VALID: 200,
    Certificate.State.REPLACED: 200,
    Certificate.State.REVOKED: 410,
    NOT_GENUINE: 409,
    UNKNOWN: 404,
}
View = Callable[..., HttpResponse]


class File(StrEnum):
    """How a file compares with those that were issued."""

    NONE = ""
    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer: how it stands with the code or the file. `certificate` is None where neither is known."""

    state: str
    typed: check_codes.Typed
    certificate: Certificate | None
    checked_at: datetime
    file: File = File.NONE

    @property
    def facts(self) -> dict[str, Any]:
        """The signed facts; empty when there are none to be trusted."""
        return self.certificate.facts if self.certificate and self.state != NOT_GENUINE else {}

    @property
    def newest(self) -> Certificate | None:
        """The page that stands for it, whose end is its own."""
        return self.certificate.newest() if self.certificate else None

    @property
    def total_centihours(self) -> int:
        """Both subjects together."""
        return int(self.facts.get("public_centihours", 0)) + int(self.facts.get("professional_centihours", 0))

    @property
    def marks(self) -> list[tuple[str, bool]]:
        """The typed characters, each with whether no code has it."""
        text = self.typed.text
        return [(character, place in self.typed.foreign) for place, character in enumerate(text)]


def public_page(view: View) -> View:
    """Guard a public door: counted, kept out of caches and indexes."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        wait_s = over_limit(request, "verify", most=LOOKS_MOST, window_s=LOOKS_WINDOW_S)
        response = too_often(request, wait_s) if wait_s else view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return guarded


def too_often(request: HttpRequest, wait_s: int) -> HttpResponse:
    """Say honestly that this was too often, and when to come back."""
    response = render(request, "learning/certificates/too_often.html", {"wait_s": wait_s}, status=429)
    response["Retry-After"] = str(wait_s)
    return response


@require_GET
@public_page
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for a code, or send a typed one on to its own address."""
    typed = check_codes.read(request.GET.get("code", "")[:CODE_MAX_LENGTH])
    if typed.text:
        return redirect("learning:verify-code", code=typed.code)
    return render(request, "learning/certificates/verify.html", {"is_empty": "code" in request.GET})


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    """Answer for one code; a posted name is compared, never shown."""
    typed = check_codes.read(code[:CODE_MAX_LENGTH])
    if typed.is_wellformed and code != typed.code:
        return redirect("learning:verify-code", code=typed.code)
    verdict = judge(typed)
    context: dict[str, object] = {"verdict": verdict}
    if request.method == "POST" and verdict.facts:
        wait_s = over_limit(request, "verify-name", most=NAMES_MOST, window_s=NAMES_WINDOW_S, of=typed.code)
        if wait_s:
            return too_often(request, wait_s)
        name = request.POST.get("name", "")[:NAME_MAX_LENGTH].strip()
        context["name_answer"] = _compare(name, verdict.facts)
    return render(request, "learning/certificates/verdict.html", context, status=STATUS[verdict.state])


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def verify_file(request: HttpRequest) -> HttpResponse:
    """Answer for a file by its digest; a bare look at the address leads to the form."""
    if request.method != "POST":
        return redirect("learning:verify")
    typed = check_codes.read(request.POST.get("code", "")[:CODE_MAX_LENGTH])
    verdict = judge_file(request.POST.get("digest", "").replace("\x00", "")[:DIGEST_LENGTH].lower(), typed)
    return render(request, "learning/certificates/verdict.html", {"verdict": verdict}, status=STATUS[verdict.state])


def judge(typed: check_codes.Typed) -> Verdict:
    """Find the certificate and say what it is worth; a malformed code is not looked up."""
    certificate = _find(typed)
    if certificate is None:
        return Verdict(UNKNOWN, typed, None, database_now())
    return Verdict(_worth(certificate), typed, certificate, database_now())


def judge_file(digest: str, typed: check_codes.Typed) -> Verdict:
    """Say what a file is worth: only one we signed, and the ledger holds fast, speaks for its certificate.

    `typed`: the code a file says it has, to lead on to the register's own answer.
    """
    now = database_now()
    related = ("certificate__replaced_by", "certificate__book")
    signed = SignedPage.objects.select_related(*related).filter(digest=digest).first()
    if signed is not None:
        certificate = signed.certificate
        is_ours = ledger_links.holds(ledger_links.of_file(signed, person_id=certificate.book.person_id))
        worth = _worth(certificate) if is_ours else NOT_GENUINE
        return Verdict(worth, check_codes.read(certificate.code), certificate, now, File.SAME)
    claimed = _find(typed)
    if claimed is not None:
        return Verdict(NOT_GENUINE, typed, claimed, now, File.DIFFERENT)
    return Verdict(UNKNOWN, typed, None, now, File.UNKNOWN)


def _find(typed: check_codes.Typed) -> Certificate | None:
    if not typed.is_wellformed:
        return None
    return Certificate.objects.select_related("replaced_by").filter(code=typed.code).first()


def _worth(certificate: Certificate) -> str:
    """Say what a page is worth: no more than the one that stands for it."""
    if not certificates.is_genuine(certificate):
        return NOT_GENUINE
    is_revoked = certificate.newest().state == Certificate.State.REVOKED
    return str(Certificate.State.REVOKED if is_revoked else certificate.state)


def _compare(name: str, facts: dict[str, Any]) -> str:
    if not name:
        return "empty"
    return "same" if names.is_same(name, facts["holder_name"], facts["holder_name_en"]) else "different"
