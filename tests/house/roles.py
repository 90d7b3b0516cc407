"""The table: every address of the project, every role, and what each is answered.

A URL pattern or socket without a row fails the build, and so does a row without a
pattern. Wagtail's own desk under /cms/ has its list beside this file, `desk.txt`.

A row is: the pattern, the answers to GET, the answers to POST. One letter a role:

    .  opened (2xx)              >  sent to sign in         r  sent elsewhere
    -  there is no such page     m  no such method          x  forbidden
    u  told to sign in (401)     b  malformed   c  conflict   e  to be corrected (422)

in the order of `visits.ROLES`:

    ? anonymous   a ada      c cy         E editor of base A      A auditor of base A
    B auditor of base B      O officer of bureau A    P officer of bureau B
    d department auditor     k employer's clerk       s superuser

Two letters stand for anonymous and for everybody else; one letter for all. What an
address names is ada's, or her base's, or her bureau's; POST sends what the page would.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from learning.actions import rule_drafts
from learning.actions.credit_batches import snapshot_of
from learning.actions.notice_settings import stop_link
from learning.models import CreditEntry
from learning.rules.notices import NoticeKind
from learning.rules.snapshots import Seen
from learning.views.rule_input import RuleSetForm
from tests.factories.learning import PASSWORD
from tests.house.visits import ROLES
from tests.house.world import Side, World

TABLE = r"""
#                                                                  ?acEABOPdks ?acEABOPdks
healthz                                                            .           .
readyz                                                             .           .

api/track/v1/open                                                  m           ub
api/track/v1/hb                                                    m           ub
api/track/v1/ans                                                   m           ub
api/track/v1/bye                                                   m           ub
api/track/v1/beacon                                                m           .

api/titles/v1/years/                                               m           u
credentials/issuers/<int:issuer_id>/did.json                       .           m
credentials/issuers/<int:issuer_id>/status/<int:number>/<slug:purpose>.json .  m

^((?:[\w\-]+/)*)$                                                  .           .
accounts/login/                                                    .r          r
accounts/logout/                                                   r.          r
accounts/password/                                                 >.          >r
display/                                                           m           r
rules/                                                             r           m
rules/<year:year>/                                                 .           m
verify/                                                            .           m
verify/keys/                                                       .           m
verify/file/                                                       r           .
verify/<str:code>/                                                 .           .
help/title-review/                                                 .           m

me/                                                                >r          >m
me/<year:year>/                                                    >.          >m
me/<year:year>/print/                                              >..-------- >m
me/<year:year>/waiver/                                             >..-------- >rr--------
me/courses/                                                        >.          >m
me/hours/                                                          >.          >m
me/hours/export/                                                   >.          >m
me/hours/<int:pk>/                                                 >.--.-.---- >m
me/hours/<int:pk>/why/                                             >.--.-.---- >m
me/hours/<int:pk>/resubmit/                                        >m          >r---------
me/promotion/                                                      >.          >m
waivers/proofs/<int:pk>/                                           >.----.---- >m
me/profile/                                                        >.          >m
me/profile/check-time/                                             >m          >r
me/messages/                                                       >.          >m
me/messages/read/                                                  >m          >r
me/messages/settings/                                              >.          >r
me/messages/<int:pk>/                                              >r--------- >m
me/messages/stop/<str:token>/                                      .           .
me/certificates/                                                   >.          >m
me/certificates/<slug:serial>/                                     >.----.---- >m
me/certificates/<slug:serial>.pdf                                  >.----.---- >m
me/certificates/<slug:serial>.json                                 >.----.---- >m
courses/<slug:course_key>/enrol/                                   >m          >r

learn/enrolments/<int:enrolment_id>/resume/                        >r--------- >m
learn/why/<int:enrolment_id>/<int:number>/                         >.--.------ >m
learn/why/<int:enrolment_id>/<int:number>/lines.csv                >.--.------ >m
learn/<slug:course_key>/progress/                                  >.--------- >m
learn/<slug:course_key>/<int:number>/                              >.--------- >m
learn/<slug:course_key>/<int:number>/ticket/                       m           u.---------
learn/<slug:course_key>/<int:number>/coverage/                     u.--------- m
learn/<slug:course_key>/<int:number>/video.mp4                     -.-..------ m
learn/<slug:course_key>/<int:number>/captions.<slug:language>.vtt  -.-..------ m
learn/<slug:course_key>/<int:number>/poster.jpg                    -.-..------ m

exams/<int:enrolment_id>/                                          >.--------- >r---------
exams/<int:enrolment_id>/take/                                     >.--------- >r---------
exams/<int:enrolment_id>/take/save/                                >m          >.---------
exams/<int:enrolment_id>/take/review/                              >.--------- >r---------
exams/<int:enrolment_id>/result/                                   >.--------- >m

base/<slug:slug>/                                                  >---.------ >m
base/<slug:slug>/waiting/                                          >---.------ >m
base/<slug:slug>/days/                                             >---.------ >m
base/<slug:slug>/days/export/                                      >---.------ >m
base/<slug:slug>/exams/                                            >---.------ >m
base/<slug:slug>/live/                                             >---.------ >m
base/<slug:slug>/audit/                                            >---.------ >---r------
base/<slug:slug>/audit/flags.csv                                   >---.------ >m
bureau/compliance/                                                 >-----..--- >m
bureau/compliance/export/                                          >-----..--- >m
bureau/compliance/waiting/                                         >-----..--- >m
bureau/compliance/people/                                          >-----..--- >m
bureau/compliance/people/export/                                   >-----..--- >m
bureau/compliance/people/<int:pk>/                                 >-----.---- >m
bureau/keys/                                                       >-----..--- >-----.e---
bureau/confirm/                                                    >-----..--- >-----r----
bureau/confirm/sign/                                               >-----.---- >-----r----
bureau/confirm/receipts/<int:sequence>/                            >-----.---- >m
bureau/confirm/runs/                                               >-----..--- >-----c----
bureau/confirm/runs/<int:pk>/                                      >-----.---- >-----r----
bureau/confirm/runs/<int:pk>/sign/                                 >-----.---- >-----r----
bureau/confirm/reversals/                                          >-----..--- >m
bureau/confirm/reversals/entries/<int:pk>/                         >-----.---- >-----r----
bureau/confirm/reversals/runs/                                     >-----..--- >m
bureau/confirm/reversals/runs/of/<int:pk>/                         >-----.---- >-----r----
bureau/confirm/reversals/runs/<int:pk>/                            >-----.---- >-----r----
bureau/confirm/reversals/runs/<int:pk>/sign/                       >-----.---- >-----r----
bureau/waivers/                                                    >-----..--- >m
bureau/waivers/<int:pk>/                                           >-----.---- >-----r----
bureau/certificates/                                               >-----..--- >m
bureau/certificates/issue/                                         >m          >-----cc---
bureau/certificates/change/                                        >-----.---- >-----r----
bureau/certificates/runs/                                          >-----..--- >m
bureau/certificates/runs/<int:pk>/                                 >-----.---- >m
bureau/rules/                                                      >-----..--- >-----re---
bureau/rules/<int:pk>/                                             >-----.---- >-----r----
bureau/rules/<int:pk>/edit/                                        >-----.---- >-----r----
bureau/rules/<int:pk>/simulation/                                  >-----.---- >m
bureau/rules/<int:pk>/comparison/                                  >-----.---- >m
bureau/flags/                                                      >-----..--- >m
bureau/flags/draft/                                                >-----xx--- >-----xx---
bureau/flags/proposals/<int:pk>/                                   >-----..--- >-----xx---
"""

#: Wagtail serves every page of the site under one pattern: these stand for it.
PAGES = ("/", "/courses/", "/courses/course-a/")

#: Sockets by path; what becomes of a handshake, by visitor and where the page came from:
#: "open", "refused" before it begins, or the code with which it is closed.
SOCKETS: dict[str, dict[tuple[str, str | None], str]] = {
    "ws/track/": {
        ("ada", "http://testserver"): "open",
        ("anonymous", "http://testserver"): "4401",
        ("ada", "https://elsewhere.test"): "refused",
        ("ada", "https://testserver"): "refused",
        ("ada", "http://testserver:8080"): "refused",
        ("ada", "null"): "refused",
        ("ada", None): "refused",
    },
    "ws/jobs/": {
        ("ada", "http://testserver"): "4404",
        ("anonymous", "http://testserver"): "4401",
        ("ada", "https://elsewhere.test"): "refused",
        ("ada", "https://testserver"): "refused",
        ("ada", "http://testserver:8080"): "refused",
        ("ada", "null"): "refused",
        ("ada", None): "refused",
    },
}

Body = dict[str, Any] | str


@dataclass(frozen=True, slots=True)
class Row:
    """One address, and the letter of each role's answer, in the order of ROLES."""

    route: str
    get: str
    post: str


def spread(letters: str) -> str:
    """Return one letter a role. Raises: ValueError, when the row is of another length."""
    if len(letters) <= 2:
        letters = letters[0] + letters[-1] * (len(ROLES) - 1)
    if len(letters) != len(ROLES):
        message = f"{letters} has {len(letters)} letters for {len(ROLES)} roles"
        raise ValueError(message)
    return letters


def rows() -> list[Row]:
    """Return the table's rows."""
    lines = [line.split() for line in TABLE.splitlines() if line and not line.startswith("#")]
    return [Row(route, spread(get), spread(post)) for route, get, post in lines]


def arguments(side: Side, route: str) -> dict[str, object]:
    """Return what stands in an address of this route, all of it this side's."""
    enrolment = {"take": side.sitting, "result": side.passed}
    rows: dict[str, Model] = {
        "resubmit/": side.returned,
        "bureau/rules/": side.draft_rules,
        "bureau/flags/proposals/": side.proposal,
        "bureau/certificates/runs/": side.certificate_run,
        "bureau/confirm/runs/": side.run,
        "bureau/confirm/reversals/entries/": side.confirmed,
        "bureau/confirm/reversals/runs/of/": side.done_run,
        "bureau/confirm/reversals/runs/": side.reversal_run,
        "bureau/waivers/": side.waiver,
        "waivers/proofs/": side.waiver.proofs.get(),
        "me/messages/": side.notice,
        "bureau/compliance/people/": side.learner,
    }
    return {
        "year": side.studying.year,
        "pk": next((row for part, row in rows.items() if part in route), side.earned).pk,
        "slug": side.base.slug,
        "course_key": side.page.course_key,
        "language": "zh",
        "enrolment_id": next((row for part, row in enrolment.items() if f"/{part}/" in route), side.studying).pk,
        "serial": side.certificate.serial,
        "code": side.certificate.code,
        "sequence": side.receipt_sequence,
        "issuer_id": side.bureau.pk,
        "number": 0 if route.startswith("credentials/") else 1,
        "purpose": "revocation",
        "token": stop_link(side.learner.pk, [NoticeKind.CONFIRMED]),
    }


def query(side: Side, route: str) -> str:
    """Return what a page is asked with where it means nothing without."""
    picks = {"bureau/confirm/sign/": _pick(side.audited), "bureau/certificates/change/": side.certificate.pk}
    return f"?pick={picks[route]}" if route in picks else ""


def body(world: World, route: str) -> Body:
    """Return what the page at this route posts."""
    return BODIES[route](world.a) if route in BODIES else {}


def _pick(entry: CreditEntry) -> Seen:
    return Seen(entry.pk, entry.decisions.count())


def _passwords(_side: Side) -> Body:
    return {"oldpassword": PASSWORD, "password1": "another-horse-battery", "password2": "another-horse-battery"}


def _answer(side: Side) -> Body:
    return {"attempt": "1", "position": "1", "answer": ["B"], "revision": "2", "go": "2"}


def _send_back(side: Side) -> Body:
    return {"do": "send_back", "pick": str(_pick(side.audited)), "reason": "hours", "text": "请核对"}


def _change(side: Side) -> Body:
    return {"pick": str(side.certificate.pk), "reason": "revoke:issued_in_error", "text": "发证有误"}


def _signed(side: Side) -> Body:
    pick = _pick(side.audited)
    return {"pick": str(pick), "snapshot": snapshot_of([side.audited], [pick])}


def _take_back(_side: Side) -> Body:
    return {"reason": "mistake", "text": "误确认", "then": "again", "scope": "all"}


def _key(side: Side) -> Body:
    return {
        "do": "make",
        "organisation": str(side.bureau.pk),
        "label": "职称评审",
        "scope": "title_review",
        "days": "90",
    }


def _rules(side: Side) -> Body:
    """Write back what the draft's form shows."""
    form = RuleSetForm(rule_set=side.draft_rules, draft=rule_drafts.as_draft(side.draft_rules))
    return {name: form[name].value() or "" for name in form.fields}


BODIES: dict[str, Callable[[Side], Body]] = {
    "accounts/login/": lambda side: {"login": side.learner.email, "password": PASSWORD},
    "accounts/password/": _passwords,
    "display/": lambda _side: {"text": "large", "next": "/"},
    "me/profile/check-time/": lambda _side: {"percent": "200"},
    "me/messages/read/": lambda side: {"pk": str(side.notice.pk)},
    "me/messages/settings/": lambda _side: {"language": "en"},
    "verify/<str:code>/": lambda side: {"name": side.learner.full_name},
    "verify/file/": lambda side: {"digest": side.certificate.signed_pages.get().digest},
    "me/<year:year>/waiver/": lambda _side: {
        "ground": "illness",
        "from_on": "2026-06-01",
        "to_on": "2026-07-31",
        "document": "病假证明",
    },
    "bureau/waivers/<int:pk>/": lambda _side: {"do": "check", "seen": "0"},
    "me/hours/<int:pk>/resubmit/": lambda _side: {"reason_text": "已补充材料"},
    "exams/<int:enrolment_id>/take/": _answer,
    "exams/<int:enrolment_id>/take/save/": lambda _side: (
        '{"attempt": 1, "position": 1, "choices": ["B"], "flagged": false, "revision": 2}'
    ),
    "exams/<int:enrolment_id>/take/review/": lambda _side: {"attempt": "1"},
    "base/<slug:slug>/audit/": lambda side: {"do": "approve", "pick": str(_pick(side.earned))},
    "bureau/keys/": _key,
    "bureau/rules/": lambda side: {"region": side.bureau.region_id, "year": "2026"},
    "bureau/rules/<int:pk>/": lambda _side: {"do": "withdraw", "reason": "不再需要"},
    "bureau/rules/<int:pk>/edit/": _rules,
    "bureau/confirm/": _send_back,
    "bureau/confirm/sign/": _signed,
    "bureau/certificates/change/": _change,
    "bureau/confirm/runs/": lambda side: {"bureau": side.bureau.slug},
    "bureau/confirm/runs/<int:pk>/": lambda _side: {"do": "stop"},
    "bureau/confirm/reversals/entries/<int:pk>/": _take_back,
    "bureau/confirm/reversals/runs/of/<int:pk>/": _take_back,
    "bureau/confirm/reversals/runs/<int:pk>/": lambda _side: {"do": "stop"},
    "bureau/confirm/reversals/runs/<int:pk>/sign/": lambda side: {
        "snapshot": side.reversal_run.snapshot,
        "password": PASSWORD,
    },
    "bureau/confirm/runs/<int:pk>/sign/": lambda side: {"snapshot": side.run.snapshot, "password": PASSWORD},
}
