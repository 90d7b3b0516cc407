"""Files of proof, when two acts come at once: real threads, on whichever database the run uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from learning.actions import credits, proof_files, waivers
from learning.actions.proof_contents import NotTaken
from learning.actions.proof_files import ProofsChanged
from learning.models import Evidence, LedgerLink, Person, ProofDraft, ProofFile
from tests.factories import proofs
from tests.factories.waivers import NOON, Bureau, leave
from tests.factories.years import differences
from tests.learning.actions.test_waivers_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(settings: object, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    return tmp_path


def ask(person: Person, draft: ProofDraft) -> Evidence:
    said = waivers.Asked(leave().absence, "假条", proofs=[draft.pk])
    return waivers.ask(person=person, year=2026, asked=said, now=NOON)


def test_two_submissions_at_once_hand_in_each_file_once(ada: Person) -> None:
    Bureau()
    kept = proofs.draft(ada)

    outcomes = at_once(*[lambda: ask(ada, kept)] * 2)

    assert sum(isinstance(outcome, Evidence) for outcome in outcomes) == 1
    assert ProofFile.objects.count() == LedgerLink.objects.filter(kind="proof").count() == 1
    assert ProofDraft.objects.count() == 0
    assert differences() == []


def test_a_file_removed_while_it_is_handed_in_is_one_or_the_other(ada: Person) -> None:
    Bureau()
    kept = proofs.draft(ada)

    asked, removed = at_once(lambda: ask(ada, kept), lambda: proof_files.take_back(person=ada, draft_id=kept.pk))

    assert isinstance(asked, ProofsChanged) is removed
    assert ProofFile.objects.count() == (0 if removed else 1)
    assert differences() == []


def test_more_files_at_once_than_are_taken_are_not_taken(ada: Person, settings: object) -> None:
    settings.PROOF_FILES_MAX = 1  # type: ignore[attr-defined]

    outcomes = at_once(lambda: proofs.draft(ada), lambda: proofs.draft(ada, proofs.picture(colour="red")))

    assert sum(isinstance(outcome, NotTaken) for outcome in outcomes) == 1
    assert ProofDraft.objects.count() == 1


def test_a_file_sent_again_while_a_sweep_drops_it_lies_there(ada: Person, media: Path) -> None:
    kept = proofs.draft(ada)
    proof_files.take_back(person=ada, draft_id=kept.pk)

    at_once(lambda: proofs.draft(ada), lambda: proof_files._drop(kept.name, ada.pk))

    assert proof_files.read(ProofDraft.objects.get()) is not None


def test_an_officer_who_checks_while_a_file_is_added_has_seen_it_or_is_refused(ada: Person) -> None:
    bureau = Bureau()
    asked = bureau.asked(ada)
    kept = proofs.draft(ada, asked=asked)

    added, checked = at_once(
        lambda: waivers.add_proofs(asked=asked, now=NOON, proofs=[kept.pk]),
        lambda: waivers.check(asked=asked, by=bureau.first, reason_text="", now=NOON, seen=0, proofs=0),
    )

    assert [type(outcome) for outcome in (added, checked) if outcome is not None] == [credits.AlreadyDecided]
    assert asked.proofs.count() == (1 if added is None else 0)
    assert differences() == []
