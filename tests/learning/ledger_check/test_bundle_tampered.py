"""A bundle that was tampered with: the verifier that stands alone finds each change and names the row."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from learning.actions import ledger_roots
from learning.ledger_check import bundle
from learning.models import CreditDecision, LedgerLink, LedgerRoot
from learning.rules.signatures import public_key, sign
from tests.factories import ledger
from tests.factories.learning import NOON
from tests.factories.years import Year
from tests.learning.ledger_check.conftest import DAY
from tests.learning.ledger_check.strangers import Bundled, Links, fit, heads_made_anew, of_kind, verify

pytestmark = pytest.mark.django_db


def test_verifier_names_a_file_that_differs_from_the_manifest(bundled: Bundled) -> None:
    code, words = bundled.tampered(lambda links: links[0].update(linked_ms=1), manifest=False)

    assert (code, "DIFFERENCE  ledger.jsonl: not as the manifest says" in words) == (1, True)


@pytest.mark.parametrize("kind", ["entry", "decision", "issue", "replacement", "revocation", "file", "rule_set"])
def test_verifier_names_a_row_whatever_field_of_it_is_altered(bundled: Bundled, kind: str) -> None:
    lines = (bundled.folder / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    link = of_kind([json.loads(line) for line in lines], kind)
    for word, value in link["row"].items():
        other = value + 1 if isinstance(value, int) else f"{value}1"
        try:
            code, words = bundled.tampered(lambda links, w=word, o=other: of_kind(links, kind)["row"].update({w: o}))  # type: ignore[misc]
        finally:
            shutil.rmtree(bundled.folder.with_name("forged"))

        named = f"DIFFERENCE  {kind} number {link['subject']}: is not what link {link['number']} "
        assert (code, named in words) == (1, True), (word, words)


@pytest.mark.parametrize("word", ["number", "person", "sequence", "kind", "subject", "digest", "linked_ms", "head"])
def test_verifier_names_a_link_whatever_field_of_it_is_altered(bundled: Bundled, word: str) -> None:
    def change(links: Links) -> None:
        value = links[3][word]
        links[3][word] = value + 1 if isinstance(value, int) else "ab" * 32 if word != "kind" else "entry"

    code, words = bundled.tampered(change)

    assert code == 1
    assert any(name in words for name in ("link 4 ", "link 5 (")), words


def test_verifier_names_a_link_that_is_gone(bundled: Bundled) -> None:
    code, words = bundled.tampered(lambda links: links.pop(3))

    assert code == 1
    assert "follows link 3; those between are missing" in words


def test_verifier_names_links_that_changed_places(bundled: Bundled) -> None:
    def change(links: Links) -> None:
        links[3], links[4] = links[4], links[3]

    code, words = bundled.tampered(change)

    assert (code, "DIFFERENCE  link 5 (person" in words) == (1, True), words


@pytest.mark.parametrize("kind", ["entry", "file", "rule_set"])
def test_verifier_names_a_row_that_is_gone(bundled: Bundled, kind: str) -> None:
    code, words = bundled.tampered(lambda links: of_kind(links, kind).pop("row"))

    link = LedgerLink.objects.filter(kind=kind).earliest("number")
    named = f"DIFFERENCE  {kind} number {link.subject_id}: is gone; link {link.number} "
    assert (code, named in words) == (1, True), words


def test_verifier_names_the_day_of_a_chain_made_anew(bundled: Bundled) -> None:
    """Whoever holds the database hashes all anew; the signed day gives it away."""

    def change(links: Links) -> None:
        of_kind(links, "decision")["row"]["reason_text"] = "another"
        heads_made_anew(links)

    code, words = bundled.tampered(change)

    assert code == 1
    assert f"DIFFERENCE  ledger root {LedgerRoot.objects.earliest('day').day}: is not over these links" in words
    assert "is not what link" not in words


@pytest.mark.parametrize(
    ("kind", "change", "fault"),
    [
        ("decision", {"verdict": "confirmed"}, "confirmed where the entry is earned"),
        ("decision", {"organisation": 999}, "was taken for the wrong office"),
        ("decision", {"sequence": 2}, "those before it are missing"),
        ("entry", {"centihours": 2_700}, "is not the ledger's"),
        ("entry", {"person": 999}, "hangs on another person's chain"),
        ("issue", {"serial": "X"}, "its facts are not those that were signed"),
        ("issue", {"signature": "ab" * 64}, "its signature is not genuine"),
        ("replacement", {"replaced_by": 999}, "is replaced by no page of its year"),
        ("revocation", {"reason": ""}, "is revoked for nothing"),
        ("file", {"certificate": 999}, "is of no certificate of its person"),
        ("rule_set", {"digest": "ab" * 32}, "its figures are not those that were issued"),
    ],
)
def test_verifier_judges_what_the_rows_say(bundled: Bundled, kind: str, change: dict[str, Any], fault: str) -> None:
    def forge(links: Links) -> None:
        of_kind(links, kind)["row"].update(change)
        heads_made_anew(links)

    code, words = bundled.tampered(forge)

    assert (code, fault in words) == (1, True), words


def test_verifier_names_a_decision_by_the_learner_and_one_by_who_audited(bundled: Bundled) -> None:
    def forge(links: Links) -> None:
        decisions = [link for link in links if link["kind"] == "decision"]
        decisions[-1]["row"]["actor"] = decisions[-1]["person"]
        confirmed = next(link for link in decisions if link["row"]["verdict"] == "confirmed")
        audited = next(
            link
            for link in decisions
            if link["row"]["verdict"] == "approved" and link["row"]["entry"] == confirmed["row"]["entry"]
        )
        audited["row"]["actor"] = confirmed["row"]["actor"]
        heads_made_anew(links)

    code, words = bundled.tampered(forge)

    assert code == 1
    assert "was taken by the wrong person" in words
    assert "confirms what its actor audited" in words


def test_verifier_names_hours_added_to_a_page(bundled: Bundled) -> None:
    code, words = bundled.tampered(lambda links: of_kind(links, "issue")["facts"].update(public_centihours=9_900))

    assert code == 1
    assert "its facts are not those that were signed" in words
    assert "states 9900 public, its entries give 2600" in words


def test_verifier_names_a_root_signed_with_another_key(bundled: Bundled) -> None:
    lines = (bundled.folder / "roots.txt").read_text().splitlines()
    fields = lines[0].split("|")
    fields[9], fields[10] = sign(fields[8], seed="another"), public_key("another")
    (bundled.folder / "roots.txt").write_text("\n".join(["|".join(fields), *lines[1:]]) + "\n")
    fit(bundled.folder)

    code, words = verify(bundled.folder)

    assert code == 1
    assert f"ledger root {fields[2]}: its key {public_key('another')} is not a known one" in words
    assert f"anchor of {fields[2]}: its line is not the root's" in words


@pytest.mark.parametrize("at", [3, 5, 6, 8, 9])
def test_verifier_names_a_root_whatever_field_is_altered(bundled: Bundled, at: int) -> None:
    lines = (bundled.folder / "roots.txt").read_text().splitlines()
    fields = lines[1].split("|")
    fields[at] = ("1" if fields[at][0] == "0" else "0") + fields[at][1:]
    (bundled.folder / "roots.txt").write_text("\n".join([lines[0], "|".join(fields), *lines[2:]]) + "\n")
    fit(bundled.folder)

    code, words = verify(bundled.folder)

    assert (code, f"DIFFERENCE  ledger root {fields[2]}:" in words) == (1, True), words


def test_verifier_names_a_root_that_is_not_among_those_received(bundled: Bundled) -> None:
    kept = bundled.folder.with_name("kept.txt")
    kept.write_text("".join(f"{root.line()}\n" for root in LedgerRoot.objects.all()[1:]))

    code, words = verify(bundled.folder, "--roots", str(kept))

    day = LedgerRoot.objects.earliest("day").day
    assert (code, f"ledger root {day}: not among those you received" in words) == (1, True)


def test_verifier_names_a_root_you_received_of_a_ledger_cut_off_before_it(year: Year, tmp_path: Path) -> None:
    """All that was written since a day is gone without a trace, its roots too; your copy of the roots has them."""
    ledger_roots.close_days(now=NOON + 2 * DAY)
    kept = tmp_path / "kept.txt"
    kept.write_text("trk1|root|2026-11-01|…\n" + "".join(f"{root.line()}\n" for root in LedgerRoot.objects.all()))
    bundle.write(tmp_path / "bundle", year=None, now=NOON + 3 * DAY)
    sound = verify(tmp_path / "bundle", "--roots", str(kept))

    gone = LedgerRoot.objects.latest("day")
    with ledger.lifted("learning_ledgerlink", "learning_ledgerroot"):
        ledger.execute(
            "DELETE FROM learning_ledgerlink WHERE number > %s", LedgerRoot.objects.order_by("-day")[2].last_number
        )
        ledger.execute("DELETE FROM learning_ledgerroot WHERE day >= %s", gone.day - DAY)
        bundle.write(tmp_path / "cut", year=None, now=NOON + 3 * DAY)
    code, words = verify(tmp_path / "cut", "--roots", str(kept))

    assert (sound[0], code) == (0, 1), (sound, words)
    for day in (gone.day - DAY, gone.day):
        assert f"DIFFERENCE  ledger root {day}: you received it, and it is not here" in words
    assert verify(tmp_path / "cut")[0] == 0


def test_verifier_does_not_miss_a_root_that_was_signed_later(bundled: Bundled, tmp_path: Path) -> None:
    ledger_roots.close_days(now=NOON + 5 * DAY)
    kept = tmp_path / "kept.txt"
    kept.write_text("".join(f"{root.line()}\n" for root in LedgerRoot.objects.all()))

    assert verify(bundled.folder, "--roots", str(kept))[0] == 0


def test_verifier_names_a_row_of_the_year_that_is_gone_from_the_ledger(bundled: Bundled, tmp_path: Path) -> None:
    """A year's bundle leaves rows of other years out; a row that is nowhere is none of them."""
    reversed_ = LedgerLink.objects.get(kind="decision", subject_id=CreditDecision.objects.get(verdict="reversed").pk)
    with ledger.lifted("learning_creditdecision"):
        ledger.execute("DELETE FROM learning_creditdecision WHERE id = %s", reversed_.subject_id)
        bundle.write(tmp_path / "year", year=2026, now=NOON)

    code, words = verify(tmp_path / "year")

    assert (code, f"decision number {reversed_.subject_id}: is gone; link {reversed_.number} " in words) == (1, True), (
        words
    )


def test_verifier_names_a_page_of_the_year_whose_revocation_was_undone(bundled: Bundled, tmp_path: Path) -> None:
    link = LedgerLink.objects.filter(kind="revocation").earliest("number")
    with ledger.lifted("learning_certificate"):
        sql = "UPDATE learning_certificate SET revoked_at = NULL, revocation_reason = '' WHERE id = %s"
        ledger.execute(sql, link.subject_id)
        bundle.write(tmp_path / "year", year=2026, now=NOON)

    code, words = verify(tmp_path / "year")

    assert (code, f"revocation number {link.subject_id}: is gone; link {link.number} " in words) == (1, True), words
