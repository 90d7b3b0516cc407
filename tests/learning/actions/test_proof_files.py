"""Files of proof: kept, taken back, handed in, held fast, thrown away."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from learning import tasks
from learning.actions import credits, ledger_roots, proof_files, waivers
from learning.actions.proof_contents import NotTaken
from learning.actions.proof_files import ProofsChanged
from learning.ledger_check import bundle
from learning.models import AuditLogEntry, CreditEntry, Evidence, LedgerLink, Person, ProofDraft, ProofFile
from learning.rules.proofs import ProofRefusal
from learning.rules.reasons import WaiverReason
from tests.factories import clock, proofs
from tests.factories import learning as make
from tests.factories.waivers import MINUTE, NOON, Bureau, leave
from tests.factories.years import differences

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
VERIFIER = Path(bundle.__file__).with_name("verify.py")


@pytest.fixture(autouse=True)
def media(settings: object, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    return tmp_path


@pytest.fixture(autouse=True)
def _only_our_own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("learning.ledger_check.report._check_other_apps", lambda _findings, _scope: None)


@pytest.fixture
def bureau(db: None) -> Bureau:
    return Bureau()


def ask(person: Person, *drafts: ProofDraft, now: dt.datetime = NOON) -> Evidence:
    said = leave()
    asked = waivers.Asked(said.absence, said.document, proofs=[draft.pk for draft in drafts])
    return waivers.ask(person=person, year=2026, asked=asked, now=now)


def returned(bureau: Bureau, asked: Evidence) -> Evidence:
    waivers.give_back(asked=asked, by=bureau.first, reason=(WaiverReason.DAYS.value, "?"), now=NOON, seen=0)
    return asked


def age(path: Path, days: int) -> None:
    then = (NOON - days * DAY).timestamp()
    os.utime(path, (then, then))


def test_keep_stores_a_file_under_its_digest(ada: Person, media: Path) -> None:
    kept = proofs.draft(ada)

    assert proofs.lying(media) == [f"proofs/{ada.pk}/{kept.digest}.png"] == [kept.name]
    assert (kept.title, kept.size_bytes) == ("假条.png", (media / kept.name).stat().st_size)


def test_keep_the_same_file_again_is_the_same_file_and_mends_it(ada: Person, media: Path) -> None:
    kept = proofs.draft(ada)
    (media / kept.name).unlink()

    assert proofs.draft(ada) == kept
    assert proofs.lying(media) == [kept.name]


def test_keep_refuses_more_files_than_one_application_takes(ada: Person, settings: object) -> None:
    settings.PROOF_FILES_MAX = 1  # type: ignore[attr-defined]
    proofs.draft(ada)

    with pytest.raises(NotTaken) as refused:
        proofs.draft(ada, proofs.picture(colour="red"))
    assert refused.value.reason == ProofRefusal.TOO_MANY


def test_keep_counts_what_was_handed_in_already(bureau: Bureau, ada: Person, settings: object) -> None:
    asked = ask(ada, proofs.draft(ada))
    settings.PROOF_FILES_MAX_BYTES = 100  # type: ignore[attr-defined]

    with pytest.raises(NotTaken) as refused:
        proofs.draft(ada, proofs.pdf(), asked=asked)
    assert refused.value.reason == ProofRefusal.ALL_TOO_LARGE
    with pytest.raises(NotTaken) as again:
        proofs.draft(ada, asked=asked)
    assert again.value.reason == ProofRefusal.HANDED_IN


def test_ask_makes_evidence_of_the_files(bureau: Bureau, ada: Person) -> None:
    kept = [proofs.draft(ada), proofs.draft(ada, proofs.pdf())]

    asked = ask(ada, *kept)

    handed_in = list(asked.proofs.all())
    assert [proof.digest for proof in handed_in] == [draft.digest for draft in kept] == asked.facts["proofs"]
    assert ProofDraft.objects.count() == 0
    assert LedgerLink.objects.filter(person=ada, kind="proof").count() == 2
    assert AuditLogEntry.objects.filter(action="proof.hand_in", actor=ada).count() == 2
    assert differences() == []


def test_a_waiver_with_files_is_granted_and_the_ledger_holds(bureau: Bureau, ada: Person) -> None:
    asked = ask(ada, proofs.draft(ada))
    waivers.check(asked=asked, by=bureau.first, reason_text="", now=NOON + MINUTE, seen=0, proofs=1)
    waivers.grant(asked=asked, by=bureau.second, now=NOON + 2 * MINUTE, seen=1)

    assert differences() == []


@pytest.mark.parametrize("change", ["more", "fewer", "lost", "others"])
def test_ask_refuses_other_files_than_were_seen(
    change: str, bureau: Bureau, ada: Person, cy: Person, media: Path
) -> None:
    kept = proofs.draft(ada)
    seen = [kept]
    if change == "more":
        proofs.draft(ada, proofs.pdf())
    elif change == "fewer":
        proof_files.take_back(person=ada, draft_id=kept.pk)
    elif change == "lost":
        (media / kept.name).write_bytes(b"another")
    else:
        seen.append(proofs.draft(cy))

    with pytest.raises(ProofsChanged):
        ask(ada, *seen)
    assert not Evidence.objects.exists()
    assert not CreditEntry.objects.exists()


def test_take_back_removes_a_draft_and_never_another_person_s(ada: Person, cy: Person) -> None:
    kept = proofs.draft(ada)

    assert not proof_files.take_back(person=cy, draft_id=kept.pk)
    assert proof_files.take_back(person=ada, draft_id=kept.pk)
    assert not proof_files.take_back(person=ada, draft_id=kept.pk)


def test_an_answer_brings_files_with_it(bureau: Bureau, ada: Person) -> None:
    asked = returned(bureau, ask(ada))
    kept = proofs.draft(ada, asked=asked)

    waivers.answer(asked=asked, by=ada, reason_text="已补", now=NOON + MINUTE, proofs=[kept.pk])

    assert [proof.digest for proof in asked.proofs.all()] == [kept.digest]
    assert differences() == []


def test_files_are_added_until_somebody_has_checked_it(bureau: Bureau, ada: Person) -> None:
    asked = ask(ada)
    waivers.add_proofs(asked=asked, now=NOON, proofs=[proofs.draft(ada, asked=asked).pk])
    late = proofs.draft(ada, proofs.pdf(), asked=asked)

    with pytest.raises(credits.AlreadyDecided):
        waivers.check(asked=asked, by=bureau.first, reason_text="", now=NOON, seen=0, proofs=0)
    waivers.check(asked=asked, by=bureau.first, reason_text="", now=NOON, seen=0, proofs=1)
    with pytest.raises(credits.AlreadyDecided):
        waivers.add_proofs(asked=asked, now=NOON, proofs=[late.pk])

    assert asked.proofs.count() == 1


@pytest.mark.parametrize("harm", ["byte", "gone"])
def test_the_ledger_s_check_names_a_file_that_is_not_as_handed_in(
    harm: str, bureau: Bureau, ada: Person, media: Path
) -> None:
    asked = ask(ada, proofs.draft(ada))
    path = media / asked.proofs.get().name
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b"\n")

    (found,) = differences()
    assert f"proof {asked.proofs.get().pk} of evidence {asked.pk}, file {path.name}" in found
    assert ("is gone" if harm == "gone" else "not the one that was handed in") in found


def by_hand(sql: str) -> list[str]:
    """Change rows past every guard, and return what is found; of the guards others speak."""
    at = " ON learning_prooffile" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for operation in ("update", "delete"):
            cursor.execute(f"DROP TRIGGER IF EXISTS learning_prooffile_no_{operation}{at}")
        cursor.execute(sql)
    return [said for said in differences() if "its guard" not in said]


@pytest.mark.parametrize("act", ["UPDATE learning_prooffile SET title = 'x'", "DELETE FROM learning_prooffile"])
def test_a_file_handed_in_is_written_once(act: str, bureau: Bureau, ada: Person) -> None:
    ask(ada, proofs.draft(ada))

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(act)


def test_the_ledger_s_check_names_a_row_that_is_gone(bureau: Bureau, ada: Person) -> None:
    asked = ask(ada, proofs.draft(ada))
    proof = asked.proofs.get()

    found = by_hand("DELETE FROM learning_prooffile")

    assert any(f"proof number {proof.pk}: is gone" in said for said in found)
    assert any(f"evidence {asked.pk}: rests on the file {proof.digest}" in said for said in found)


@pytest.mark.parametrize("column", ["title", "name", "kind", "digest", "sent_digest", "size_bytes", "handed_in_at"])
def test_the_ledger_s_check_names_a_row_whatever_column_is_altered(column: str, bureau: Bureau, ada: Person) -> None:
    asked = ask(ada, proofs.draft(ada))
    other = {"size_bytes": "1", "handed_in_at": "'2031-01-01 00:00:00+00:00'", "kind": "'pdf'"}.get(column, "'x'")

    found = by_hand(f"UPDATE learning_prooffile SET {column} = {other}")  # noqa: S608 -- a column of the list above

    name = f"proof {asked.proofs.get().pk} of evidence {asked.pk}: digest by link"
    assert any(said.startswith(name) for said in found)


def test_the_verifier_that_stands_alone_takes_files_of_proof(bureau: Bureau, ada: Person, tmp_path: Path) -> None:
    ask(ada, proofs.draft(ada))
    assert differences() == []
    ledger_roots.close_days(now=NOON + 2 * DAY)
    ledger_roots.anchor_roots(now=NOON + 2 * DAY)
    bundle.write(tmp_path / "bundle", year=None, now=NOON + 2 * DAY)

    command = [sys.executable, "-I", str(VERIFIER), str(tmp_path / "bundle")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    assert "proof 1" in done.stdout
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "All is well"), done.stdout


def test_a_sweep_throws_away_what_was_never_handed_in(bureau: Bureau, ada: Person, cy: Person, media: Path) -> None:
    handed_in = proofs.draft(ada)
    ask(ada, handed_in)
    old, gone = proofs.draft(ada, proofs.pdf()), proofs.draft(cy)
    proof_files.take_back(person=cy, draft_id=gone.pk)
    later = NOON + 31 * DAY
    with clock.standing(later):
        young = proof_files.keep(
            person=cy,
            year=2026,
            upload=proof_files.Upload("新.png", proofs.picture(colour="red")),
            asked=None,
            now=later,
        )
        for name in (handed_in.name, old.name, gone.name, young.name):
            age(media / name, 2)
        tasks.throw_away_old_proofs()
        tasks.throw_away_old_proofs()

    assert proofs.lying(media) == sorted([handed_in.name, young.name])
    assert list(ProofDraft.objects.all()) == [young]
    assert differences() == []


def test_a_sweep_leaves_a_young_file_that_no_row_names_yet(ada: Person, media: Path) -> None:
    kept = proofs.draft(ada)
    proof_files.take_back(person=ada, draft_id=kept.pk)
    age(media / kept.name, 0)

    proof_files.throw_away_old(now=NOON)

    assert proofs.lying(media) == [kept.name]


def test_the_same_file_elsewhere_is_a_fact(bureau: Bureau, ada: Person, cy: Person) -> None:
    first, second = ask(ada, proofs.draft(ada)), ask(cy, proofs.draft(cy))

    assert [twin.asked for twin in proof_files.twins_of(second.proofs.all(), asked=second)] == [first]
    assert not proof_files.twins_of([], asked=second)


def test_a_file_is_seen_by_its_learner_and_the_bureau_that_decides(bureau: Bureau, ada: Person, cy: Person) -> None:
    ask(ada, proofs.draft(ada))
    elsewhere = make.PersonFactory(title_level="")
    make.MembershipFactory(person=elsewhere, organisation=make.BureauFactory(region=make.lankao()), role="officer")
    clerk = make.PersonFactory(title_level="")
    make.MembershipFactory(person=clerk, organisation=bureau.office, role="clerk")

    seen = [ProofFile.objects.visible_to(who).count() for who in (ada, bureau.first, cy, elsewhere, clerk)]

    assert seen == [1, 1, 0, 0, 0]
