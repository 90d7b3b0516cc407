"""Invariants of the tables as they stand: study, evidence, chains and exams, in plain SQL and sums of our own.

Shares no line with the product. Source: RELIABILITY §2.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import connection


class Broken(AssertionError):
    """An invariant does not hold; its name comes first."""


def require(name: str, words: str, *, holds: bool) -> None:
    if not holds:
        raise Broken(f"{name}: {words}")


def rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def instant(value: Any) -> dt.datetime:
    """Return a moment as the database tells it, aware."""
    at = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


def same(name: str, expected: Sequence[object] | object, found: Sequence[object] | object) -> None:
    """Hold the product against the model."""
    require("model", f"{name} is {found}, must be {expected}", holds=expected == found)


def study() -> None:
    """I1 to I3: seconds of evidence are seconds of the ledger of viewing, one at a time, no more than the lecture."""
    lines = rows(
        "SELECT s.enrolment_id, s.lesson_id, SUM(v.new_s) FROM tracking_viewingentry v "
        "JOIN tracking_viewingsession s ON s.id = v.session_id GROUP BY s.enrolment_id, s.lesson_id"
    )
    granted = {(enrolment, lesson): int(seconds) for enrolment, lesson, seconds in lines}
    watched = rows(
        "SELECT e.id, e.enrolment_id, e.lesson_id, CAST(e.facts AS TEXT), l.duration_ms FROM learning_evidence e "
        "JOIN learning_lesson l ON l.id = e.lesson_id WHERE e.kind = 'watched'"
    )
    for number, enrolment, lesson, facts, duration_ms in watched:
        covered_s = json.loads(facts)["covered_s"]
        has_lines = granted.get((enrolment, lesson), 0) >= covered_s
        require("I1", f"evidence {number} has {covered_s} s, the viewing has fewer", holds=has_lines)
        require("I3", f"evidence {number} is longer than its lecture", holds=covered_s * 1_000 <= duration_ms)
    last: tuple[int, int] = (0, 0)
    for person, opened_ms, ended_ms, new_s in rows(
        "SELECT person_id, opened_ms, ended_ms, new_s FROM tracking_viewingsession ORDER BY person_id, opened_ms"
    ):
        require("I2", f"person {person} watched twice at once", holds=person != last[0] or opened_ms >= last[1])
        if ended_ms is not None:
            require("I3", f"person {person} earned faster than time", holds=new_s * 1_000 <= ended_ms - opened_ms)
        last = (person, ended_ms or opened_ms)


def counted_once() -> None:
    """I1, I2: every hour has its evidence, and no evidence has two."""
    # Leave waives hours of both subjects; what is judged again stands for what was reversed.
    twice = rows(
        "SELECT x.evidence_id FROM learning_creditentryevidence x JOIN learning_creditentry e ON e.id = x.entry_id "
        "WHERE NOT EXISTS (SELECT 1 FROM learning_creditentry v JOIN learning_creditentry r ON r.restores_id = v.id "
        "WHERE v.reverses_id = e.id) "
        "GROUP BY x.evidence_id, CASE WHEN e.kind = 'waived' THEN e.subject_kind ELSE '' END HAVING COUNT(*) > 1"
    )
    require("I2", f"evidence that counts twice: {twice}", holds=not twice)
    lacking = rows(
        "SELECT e.id FROM learning_creditentry e JOIN learning_enrolment n ON n.id = e.enrolment_id "
        "JOIN learning_lesson l ON l.edition_id = n.edition_id WHERE NOT EXISTS ("
        "SELECT 1 FROM learning_creditentryevidence x JOIN learning_evidence v ON v.id = x.evidence_id "
        "WHERE x.entry_id = e.id AND v.lesson_id = l.id AND v.enrolment_id = n.id)"
    )
    require("I1", f"entries that rest on less than their course: {lacking}", holds=not lacking)
    odd = rows(
        "SELECT e.id FROM learning_creditentry e JOIN learning_enrolment n ON n.id = e.enrolment_id "
        "JOIN learning_edition d ON d.id = n.edition_id WHERE e.kind = 'earned' AND (e.centihours <> "
        "d.approved_centihours OR e.subject_kind <> d.subject_kind OR e.person_id <> n.person_id OR e.year <> n.year)"
    )
    require("I5", f"entries that are not their course's: {odd}", holds=not odd)


def chains() -> None:
    """I4: every chain hashes from its first link to its last, the house's too; the row of all leaves no number out."""
    ends: dict[int, tuple[int, str]] = {}
    before_ms = 0
    links = rows(
        "SELECT number, COALESCE(person_id, 0), sequence, kind, subject_id, digest, linked_ms, head "
        "FROM learning_ledgerlink ORDER BY number"
    )
    for expected, (*facts, head) in enumerate(links, start=1):
        number, person, sequence, _kind, _subject, _digest, linked_ms = facts
        last, previous = ends.get(person, (0, "0" * 64))
        text = "|".join(["led1", *(str(fact) for fact in facts)])
        is_next = (number, sequence) == (expected, last + 1) and linked_ms >= before_ms
        hashed = hashlib.sha256(bytes.fromhex(previous) + text.encode()).hexdigest()
        require("I4", f"link {number} does not hang on the one before", holds=is_next and hashed == head)
        ends[person], before_ms = (sequence, head), linked_ms
    linked = Counter(facts[3] for facts in links)
    for kind, sql in {
        "entry": "SELECT COUNT(*) FROM learning_creditentry",
        "decision": "SELECT COUNT(*) FROM learning_creditdecision",
        "issue": "SELECT COUNT(*) FROM learning_certificate",
        "replacement": "SELECT COUNT(*) FROM learning_certificate WHERE replaced_at IS NOT NULL",
        "revocation": "SELECT COUNT(*) FROM learning_certificate WHERE revoked_at IS NOT NULL",
        "file": "SELECT COUNT(*) FROM learning_signedpage",
        "rule_set": "SELECT COUNT(*) FROM learning_ruleset WHERE issued_at IS NOT NULL",
    }.items():
        ((count,),) = rows(sql)
        require("I4", f"{count} of {kind}, {linked[kind]} linked", holds=count == linked[kind])


def exams() -> None:
    """I7: no answer after the bell, and every score is what the frozen key gives."""
    for number, deadline, state, points, paper, key in rows(
        "SELECT id, deadline_at, state, score_points, CAST(paper AS TEXT), CAST(key AS TEXT) FROM assessments_attempt"
    ):
        answers = rows(
            "SELECT position, CAST(choices AS TEXT), saved_at FROM assessments_answer WHERE attempt_id = %s", number
        )
        for position, _choices, saved_at in answers:
            is_early = instant(saved_at) <= instant(deadline)
            require("I7", f"answer {number}/{position} came after the bell", holds=is_early)
        given = {str(position): json.loads(choices) for position, choices, _at in answers}
        worth = {str(item["position"]): item["points"] for item in json.loads(paper)}
        reached = sum(worth[at] for at, letters in json.loads(key).items() if given.get(at) == letters)
        require("I7", f"attempt {number} scores {points}, not {reached}", holds=state == "open" or points == reached)
