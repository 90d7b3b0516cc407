"""Invariants of hours nobody studied, and of years that are over: in plain SQL and sums of our own.

Shares no line with the product. Source: RELIABILITY §2, docs/decisions/0018.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from itertools import pairwise

from tests.learning.credit_machine.tables import require, rows

YEAR_TWELFTHS = 12
OVER = frozenset({"rejected", "reversed"})


def waived() -> None:
    """I1, I6: of a waiver both entries are decided alike; of a year no day is waived twice, nor more than all of it."""
    states: dict[int, list[str]] = defaultdict(list)
    asked: dict[int, tuple[int, str]] = {}
    for evidence, person, facts, state in rows(
        "SELECT v.id, v.person_id, CAST(v.facts AS TEXT), s.state FROM learning_evidence v "
        "JOIN learning_creditentryevidence x ON x.evidence_id = v.id "
        "JOIN learning_creditstanding s ON s.entry_id = x.entry_id WHERE v.kind = 'waiver' "
        "AND NOT EXISTS (SELECT 1 FROM learning_creditentry t JOIN learning_creditentry r ON r.restores_id = t.id "
        "WHERE t.reverses_id = x.entry_id) ORDER BY v.id"
    ):
        states[evidence].append(state)
        asked[evidence] = (person, facts)
    days: dict[tuple[int, int], list[tuple[str, str, int]]] = defaultdict(list)
    for evidence, (person, text) in asked.items():
        require("I6", f"waiver {evidence} is half decided: {states[evidence]}", holds=len(set(states[evidence])) == 1)
        if not set(states[evidence]) <= OVER:
            facts = json.loads(text)
            days[person, facts["year"]].append((facts["from_on"], facts["to_on"], facts["twelfths"]))
    for key, leaves in days.items():
        leaves.sort()
        overlaps = any(one[1] >= other[0] for one, other in pairwise(leaves))
        require("I2", f"days of {key} are waived twice: {leaves}", holds=not overlaps)
        parts = sum(leave[2] for leave in leaves)
        require("I3", f"{parts} twelfths of {key} are waived", holds=0 < parts <= YEAR_TWELFTHS)


def carried() -> None:
    """I1, I2: what stands carried over is what the year before spared of studied hours."""
    studied: Counter[tuple[int, int, str]] = Counter()
    given: Counter[tuple[int, int, str]] = Counter()
    for person, year, kind, subject, centihours in rows(
        "SELECT e.person_id, e.year, e.kind, e.subject_kind, e.centihours FROM learning_creditentry e "
        "JOIN learning_creditstanding s ON s.entry_id = e.id WHERE s.state = 'confirmed' AND e.kind <> 'waived'"
    ):
        if kind == "carried":
            given[person, year - 1, subject] += centihours
        else:
            studied[person, year, subject] += centihours
    rules = {
        row[:2]: row[2:]
        for row in rows(
            "SELECT r.person_id, r.year, r.state, q.total_centihours, q.public_centihours, "
            "q.professional_share_numerator, q.professional_share_denominator, q.carry_public_centihours, "
            "q.carry_professional_centihours FROM learning_annualrecord r "
            "JOIN learning_requirement q ON q.id = r.requirement_id"
        )
    }
    for person, year in {key[:2] for key in given}:
        state, total, least_public, part, whole, *caps = rules[person, year]
        gone = [given[person, year, subject] for subject in ("public", "professional")]
        public, professional = (
            studied[person, year, subject] - hours
            for subject, hours in zip(("public", "professional"), gone, strict=True)
        )
        is_spared = public >= least_public and public + professional >= total and professional * whole >= total * part
        is_within = all(hours <= cap for hours, cap in zip(gone, caps, strict=True))
        words = f"{person}/{year} ({state}) gave {gone}, was left {[public, professional]} of {total}"
        require("I1", words, holds=is_spared and is_within and state != "open")


def closed() -> None:
    """I4: a year is closed when the log says so; no line closes, or opens, what was closed, or open, already."""
    told: set[int] = set()
    for action, facts in rows(
        "SELECT action, CAST(facts AS TEXT) FROM learning_auditlogentry "
        "WHERE action IN ('year.close', 'year.close_again') ORDER BY sequence"
    ):
        named = set(json.loads(facts)["records"])
        is_apt = named <= told if action == "year.close_again" else not named & told
        require("I4", f"{action} of {named}, {told} are closed", holds=is_apt)
        told ^= named
    stands = {row[0] for row in rows("SELECT id FROM learning_annualrecord WHERE closed_at IS NOT NULL")}
    require("I4", f"years closed: {stands}, told: {told}", holds=stands == told)
