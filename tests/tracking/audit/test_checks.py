"""What the audit judges beyond hashes: a ledger that is consistent with itself, and still wrong."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest

from learning.models import Evidence
from learning.rules.digests import digest_of
from learning.rules.merkle import inclusion_proof, leaf_hash, root_of
from tests.factories import ledger
from tests.factories.learning import NOON
from tests.factories.ledger import World
from tests.factories.tracking import NOON_MS
from tracking.actions import roots, seals
from tracking.audit import NothingToAudit, Scope
from tracking.audit.canonical import as_stored, head_after, stored_seconds, tree_path, tree_root
from tracking.models import DailyRoot, Seal, ViewingEntry, ViewingPolicy, ViewingSession
from tracking.rules.runs import encode_runs

pytestmark = pytest.mark.django_db


def retell(session: ViewingSession) -> None:
    """Make a session's chain fit its lines again, as an insider with the database would."""
    lines = list(ViewingEntry.objects.filter(session=session).order_by("line_index"))
    head = bytes.fromhex(head_after(session, lines))
    ViewingSession.objects.filter(pk=session.pk).update(head=head)


def told(world: World, session: ViewingSession, sql: str) -> list[str]:
    """Change a session's lines, mend its chain, and return what the audit still says of it."""
    with ledger.lifted("tracking_viewingentry", "tracking_viewingsession"):
        assert ledger.execute(f"{sql} AND session_id = %s", session.pk) > 0
        retell(session)
        return ledger.findings().differences


def session_of(world: World) -> ViewingSession:
    return ViewingSession.objects.filter(person=world.checked.person).get()


def test_audit_finds_more_seconds_than_were_accrued(world: World) -> None:
    session = session_of(world)

    found = told(world, session, "UPDATE tracking_viewingentry SET accrued_ms = 0 WHERE kind = 'seg'")

    assert any(f"{session.key}: 80 new seconds were granted for 0 ms accrued" in sentence for sentence in found)


def test_audit_finds_more_accrued_than_passed(world: World) -> None:
    session = session_of(world)

    found = told(world, session, "UPDATE tracking_viewingentry SET accrued_ms = accrued_ms * 2 WHERE kind = 'seg'")

    assert any("ms were accrued in" in sentence and str(session.key) in sentence for sentence in found)


def test_audit_finds_a_second_granted_twice(world: World) -> None:
    session = session_of(world)
    sql = "UPDATE tracking_viewingentry SET from_s = 0, to_s = 20 WHERE kind = 'seg' AND from_s = 40"

    found = told(world, session, sql)

    assert any("new_s is 20, expected 0" in sentence for sentence in found)


def test_audit_finds_a_voided_stretch_kept(world: World) -> None:
    session = session_of(world)

    found = told(world, session, "UPDATE tracking_viewingentry SET kind = 'miss' WHERE kind = 'void'")

    assert any("new_s is 20, expected 0" in sentence for sentence in found)


def test_audit_finds_checks_that_were_never_passed(world: World) -> None:
    session = session_of(world)

    found = told(world, session, "UPDATE tracking_viewingentry SET flags = 0 WHERE kind = 'ans'")

    assert any("were credited since a presence check was passed, at most 25 s may be" in sentence for sentence in found)


def test_audit_finds_provisional_seconds_called_confirmed(world: World) -> None:
    session = session_of(world)
    sql = "UPDATE tracking_viewingentry SET flags = 0 WHERE kind = 'ans' AND line_index = (SELECT max(line_index) "
    sql += "FROM tracking_viewingentry AS other WHERE other.kind = 'ans' AND other.session_id = "

    found = told(world, session, f"{sql}{session.pk})")

    assert any("0 provisional seconds are stored, the ledger holds 20 of them" in sentence for sentence in found)


def test_audit_finds_sessions_that_overlap(world: World) -> None:
    session = ViewingSession.objects.filter(person=world.ada.person).order_by("opened_ms")[1]
    before = ViewingSession.objects.filter(person=world.ada.person).earliest("opened_ms")
    with ledger.lifted("tracking_viewingsession"):
        ViewingSession.objects.filter(pk=session.pk).update(opened_ms=(before.ended_ms or 0) - 1)
        found = ledger.findings().differences

    assert (
        f"viewing session {session.key}: begins before viewing session {before.key} of the same learner ended" in found
    )


def test_audit_finds_a_day_over_its_cap(world: World) -> None:
    """The policy is rewritten with its digest, and the sessions' headers with it: the sum of the day still shows."""
    session = session_of(world)
    facts = dict(ViewingPolicy.objects.get(pk=session.policy_digest).facts) | {"daily_cap_s": 70}
    with ledger.lifted("tracking_viewingsession"):
        ViewingPolicy.objects.create(digest=digest_of(facts), facts=facts)
        ViewingSession.objects.filter(pk=session.pk).update(policy_digest=digest_of(facts))
        found = ledger.findings().differences

    assert f"timeline of person {world.checked.person.pk}: 80 new seconds on 2026-11-18, the policy allows 70" in found


def test_audit_finds_evidence_of_seconds_a_check_took_back(world: World) -> None:
    evidence = Evidence.objects.get(person=world.checked.person)
    with ledger.lifted("tracking_viewingentry"):
        ledger.execute("UPDATE tracking_viewingentry SET flags = 0 WHERE kind = 'ans'")
        found = ledger.findings().differences

    assert f"evidence {evidence.pk} (watched): the ledger holds 0 seconds, its proof claims 60" in found


def test_audit_tells_anomalies_as_facts_and_never_as_differences(world: World) -> None:
    with ledger.lifted("tracking_viewingentry"):
        found = ledger.findings()

    assert found.differences == []
    words = "\n".join(found.remarks)
    assert "1 checks missed; 4 checks answered after 2000 ms at the quickest" in words
    assert "2 s claimed after its end" in words


def test_audit_notes_beats_that_come_like_a_machine(world: World) -> None:
    session = ViewingSession.objects.filter(person=world.checked.person).get()
    line = ViewingEntry.objects.filter(session=session, kind="seg").first()
    assert line is not None
    with ledger.lifted():
        facts = {field.attname: getattr(line, field.attname) for field in line._meta.concrete_fields[1:]}
        for index in range(100, 112):
            more = {"line_index": index, "start_ms": 0, "end_ms": 30_000, "beat_count": 3}
            ViewingEntry.objects.create(**(facts | more))
        found = ledger.findings(Scope(session=str(session.key)))

    assert any(f"person {world.checked.person.pk}: beats of" in fact for fact in found.remarks)


def test_audit_of_a_part_looks_at_that_part(world: World) -> None:
    key = str(session_of(world).key)
    counts = {
        "session": ledger.findings(Scope(session=key)).counts,
        "credit": ledger.findings(Scope(credit=world.credit.pk)).counts,
        "person": ledger.findings(Scope(person=world.other.person.pk)).counts,
        "days": ledger.findings(Scope(first_day=dt.date(2026, 11, 19), last_day=dt.date(2026, 11, 19))).counts,
    }

    assert {what: found["viewing sessions"] for what, found in counts.items()} == {
        "session": 1,
        "credit": 3,
        "person": 3,
        "days": 3,
    }
    assert counts["credit"]["watched evidence"] == 2


def test_audit_of_a_part_finds_what_is_wrong_there_and_not_elsewhere(world: World) -> None:
    session, other = session_of(world), world.running
    with ledger.lifted("tracking_viewingentry"):
        ledger.execute("UPDATE tracking_viewingentry SET flags = 7 WHERE kind = 'chk' AND session_id = %s", session.pk)
        here = ledger.findings(Scope(session=str(session.key))).differences
        there = ledger.findings(Scope(session=str(other.key))).differences

    assert any(str(session.key) in sentence for sentence in here)
    assert there == []


@pytest.mark.parametrize("scope", [Scope(session="x"), Scope(credit=99), Scope(person=99)], ids=str)
def test_audit_of_nothing_cannot_be_judged(world: World, scope: Scope) -> None:
    with pytest.raises(NothingToAudit):
        ledger.findings(scope)


def test_audit_compares_with_the_roots_others_kept(world: World, anchor_file: Path) -> None:
    kept = anchor_file.read_text().splitlines()
    first, second = (line.split("|")[2] for line in kept)

    assert ledger.findings(kept=kept).exit_code == 0
    assert ledger.findings(kept=["", *kept[1:]]).exit_code == 0
    altered = kept[0].replace("|1|", "|2|", 1)
    assert ledger.findings(kept=[altered, kept[1]]).differences == [f"daily root {first}: is not what was anchored"]
    later = kept[1].replace(second, "2026-11-20")
    assert ledger.findings(kept=[kept[0], later]).differences == [
        "daily root 2026-11-20: stands in the anchors file and is not in the database",
        f"daily root {second}: is missing from the anchors file",
    ]
    assert ledger.findings(kept=["nothing"]).exit_code == 2
    assert ledger.findings(kept=["trk1|root|x"]).exit_code == 2


def test_audit_finds_days_signed_anew_by_who_holds_the_key(world: World, anchor_file: Path) -> None:
    """The one who has the database and the signing key can make everything fit, but for what others hold."""
    kept = anchor_file.read_text().splitlines()
    with ledger.lifted("tracking_dailyroot", "tracking_sealhead", "tracking_anchor"):
        ledger.execute("DELETE FROM tracking_anchor")
        ledger.execute("DELETE FROM tracking_dailyroot")
        ledger.execute("UPDATE tracking_sealhead SET closed_on = NULL")
        roots.close_days(now=NOON)
        anchor_file.write_text("")
        roots.anchor_roots(now=NOON)
        assert ledger.findings().differences == []

        found = ledger.findings(kept=kept).differences

    assert found == [f"daily root {root.day}: is not what was anchored" for root in DailyRoot.objects.order_by("day")]


def test_audit_cannot_judge_while_sealing_stands_still(world: World) -> None:
    ViewingSession.objects.filter(pk=world.running.pk).update(
        ended_ms=NOON_MS + 70_000, end_reason="timeout", sealed_ms=NOON_MS + 70_000
    )

    found = ledger.findings(now=NOON + 3 * ledger.DAY)

    assert f"viewing session {world.running.key}: ended more than a day ago and has no seal yet" in found.unjudged
    assert any("is the last one: the days since have none" in sentence for sentence in found.unjudged)


def test_audit_finds_a_root_left_nowhere(world: World) -> None:
    with ledger.lifted("tracking_anchor"):
        ledger.execute("DELETE FROM tracking_anchor")
        found = ledger.findings(now=NOON + 2 * ledger.DAY).differences

    assert found == [f"daily root {root.day}: has no anchor with 'file'" for root in DailyRoot.objects.order_by("day")]


def test_audit_takes_a_retired_key_and_no_other(world: World, settings: object) -> None:
    keys = {root.public_key for root in DailyRoot.objects.all()}
    setattr(settings, "ROOT_SIGNING_SEED", "a new one")  # noqa: B010 -- the fixture's own way

    assert all("its key is not one of ours" in sentence for sentence in ledger.findings().differences)

    setattr(settings, "RETIRED_ROOT_PUBLIC_KEYS", list(keys))  # noqa: B010
    assert ledger.findings().differences == []


def test_audit_counts_an_erased_learner_as_sound(world: World) -> None:
    """Erasing the salt unlinks the person; the chain still verifies. Source: TRACKING §4."""
    with ledger.lifted("tracking_liveviewing"):
        ledger.execute("UPDATE tracking_liveviewing SET salt = %s", b"")

        assert ledger.findings().differences == []


@pytest.mark.parametrize("size", range(12))
def test_audits_own_tree_is_the_one_that_is_signed(size: int) -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(size)]

    assert tree_root(leaves) == root_of(leaves)
    assert [tree_path(leaves, index) for index in range(size)] == [inclusion_proof(leaves, at) for at in range(size)]


@pytest.mark.parametrize("held", [set(), {0}, {5, 6, 7}, set(range(200)), set(range(0, 90, 2)), {0, 300}, {1, 2, 999}])
def test_audits_own_encoding_is_the_one_that_is_stored(held: set[int]) -> None:
    stored = encode_runs(sum(1 << second for second in held))

    assert as_stored(held) == stored
    assert stored_seconds(stored) == held


def test_seals_hold_what_a_stranger_would_hash(world: World) -> None:
    """By hand, as the bundle's README says: header, then each line after the head before it."""
    session = session_of(world)
    head = hashlib.sha256(
        f"trk1|{session.key}|header|{session.learner_commitment}|{session.media_digest}|{session.duration_s}"
        f"|{session.policy_digest}|{session.software_version}".encode()
    ).digest()
    for line in ViewingEntry.objects.filter(session=session).order_by("line_index"):
        head = hashlib.sha256(head + line.as_line(str(session.key)).text().encode()).digest()

    assert Seal.objects.get(session_id=session.pk).digest == head.hex()
    assert seals.facts_of(session, number=1, given_ms=2)["head"] == head.hex()
