"""A ledger with every kind of row in it, some days signed and left with others."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from learning import tasks
from learning.actions import (
    certificate_pages,
    certificates,
    credentials,
    credits,
    evidence,
    ledger_roots,
    pdf_signatures,
    reversals,
)
from learning.actions.pdf_signatures import Signed
from learning.ledger_check import bundle
from learning.models import Certificate
from learning.rules.digests import digest_of
from learning.rules.reasons import SendBackReason
from learning.rules.requirements import SubjectKind
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.rules import Studio
from tests.factories.years import Year, earn, fulfilled_year, published
from tests.learning.ledger_check.strangers import Bundled

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _only_our_own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The factories record evidence without the viewings and attempts that the siblings would ask for."""
    monkeypatch.setattr("learning.ledger_check.report._check_other_apps", lambda _findings, _scope: None)


@pytest.fixture
def year(tmp_path: Path, settings: Any) -> Year:
    """Two people's years, one's page replaced and revoked, one's hours taken back; a course came back; a claim."""
    settings.ROOT_ANCHORS = {"file": {"path": str(tmp_path / "anchors" / "roots.txt")}}
    year = fulfilled_year(now=NOON - 3 * DAY)
    second = fulfilled_year(
        person=make.PersonFactory(region=year.person.region), requirement=year.requirement, now=NOON - 3 * DAY
    )
    edition = published(base=year.base, requirement=year.requirement, kind=SubjectKind.PROFESSIONAL, centihours=400)
    entry = earn(person=year.person, edition=edition, now=NOON - 2 * DAY)
    decided = NOON - 2 * DAY
    credits.return_to_learner(entry=entry, by=year.auditor, reason_code="unclear", reason_text="?", now=decided)
    credits.resubmit(entry=entry, by=year.person, reason_text="!", now=decided)
    facts = {"title_zh": "学术会议", "title_en": "Conference", "subject_kind": "professional", "centihours": 800}
    claimed = evidence.record_claimed(person=year.person, facts=facts, digest=digest_of(facts), now=NOON - DAY)
    credits.claim(evidence=claimed, year=2026, auditor=year.base, earned_at=NOON - DAY, now=NOON - DAY)
    page = certificates.reissue(certificate=year.certificate, by=year.officer, reason="name_corrected", now=NOON - DAY)
    certificates.revoke(certificate=page, by=year.officer, reason="issued_in_error", now=NOON - DAY)
    wrong = SendBackReason.EVIDENCE
    reversals.reverse(entry=second.entries[1], by=second.officer, reason_code=wrong, reason_text="!", now=NOON - DAY)
    ledger_roots.close_days(now=NOON)
    ledger_roots.anchor_roots(now=NOON)
    credits.approve(entry=entry, by=year.auditor, now=NOON)
    return year


@pytest.fixture
def papers(year: Year, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Year:
    """The same years, with a file for every page, a credential, and a version of the rules that two officers issued."""
    settings.MEDIA_ROOT = tmp_path / "media"
    with monkeypatch.context() as patch:
        # What a real page and signature look like is asked elsewhere: here they are bytes with a digest.
        patch.setattr(certificate_pages, "render", lambda page: page.serial.encode())
        patch.setattr(pdf_signatures, "sign", lambda drawn, **_other: Signed(b"%PDF-1.7 " + drawn, "ab" * 32))
        tasks.draw_due_certificates()
    page = Certificate.objects.filter(revoked_at__isnull=False).earliest("pk")
    credentials.of_certificate(certificate=page, by=year.officer, now=NOON)
    Studio(year.person.region).issued(total_centihours=8_800)
    return year


@pytest.fixture
def bundled(papers: Year, tmp_path: Path) -> Bundled:
    ledger_roots.close_days(now=NOON + DAY)
    ledger_roots.anchor_roots(now=NOON + DAY)
    bundle.write(tmp_path / "bundle", year=None, now=NOON)
    return Bundled(tmp_path / "bundle")
