"""I1 to I8, asked of the tables themselves: plain SQL and sums of our own, nothing of the product's code.

A witness keeps what it saw before, so that it also knows what must never have changed. Source: RELIABILITY §2.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from typing import Any, Final

from tests.learning.credit_machine import tables, unstudied
from tests.learning.credit_machine.tables import instant, require, rows

#: Tables to which rows are only ever added, by their key.
GROWING: Final = {
    "learning_evidence": "id",
    "learning_creditentry": "id",
    "learning_creditentryevidence": "id",
    "learning_creditdecision": "id",
    "learning_ledgerlink": "number",
    "learning_ledgerroot": "day",
    "learning_auditlogentry": "sequence",
    "tracking_viewingentry": "id",
}
STATES: Final = {
    ("earned", "approved"): "audited",
    ("earned", "returned"): "returned",
    ("returned", "resubmitted"): "earned",
    ("audited", "confirmed"): "confirmed",
    ("audited", "sent_back"): "earned",
    ("audited", "rejected"): "rejected",
    ("confirmed", "reversed"): "reversed",
}


SHOWN: Final = [
    f"{of}{state} {subject}"
    for of, state in (("", "confirmed"), ("", "pending"), ("waived ", "confirmed"), ("carried ", "confirmed"))
    for subject in ("public", "professional")
]
NAMES: Final = ("id", "person", "year", "kind", "subject", "centihours", "auditor", "bureau")


class Witness:
    """Looks again and again; `offices` is told who held which office, as it changed: (when, person, office, held)."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self.seen: dict[str, dict[Any, tuple[Any, ...]]] = {table: {} for table in GROWING}
        self.pages: dict[int, tuple[Any, ...]] = {}
        self.offices: list[tuple[dt.datetime, int, int, bool]] = []

    def look(self) -> None:
        """Check every invariant on everything there is."""
        self._only_grows()
        entries = self._entries()
        self._hours(entries)
        tables.study()
        tables.counted_once()
        tables.chains()
        self._pages(entries)
        tables.exams()
        unstudied.waived()
        unstudied.carried()
        unstudied.closed()

    def _only_grows(self) -> None:
        """I4: what was written stands as it was written."""
        for table, key in GROWING.items():
            found = {row[0]: row for row in rows(f"SELECT {key}, {table}.* FROM {table}")}  # noqa: S608 -- our own names
            for number, row in self.seen[table].items():
                require("I4", f"{table} {number} was changed or is gone", holds=found.get(number) == row)
            self.seen[table] = found

    def _entries(self) -> dict[int, dict[str, Any]]:
        """Fold every entry's decisions again; I6: each by an office in its place, nobody on their own hours."""
        entries = {
            row[0]: dict(zip(NAMES, row[:-1], strict=True))
            | {"state": "confirmed" if row[3] == "carried" else "earned", "count": 0, "at": instant(row[8])}
            | {"actors": set(), "confirmer": None}
            for row in rows(
                "SELECT id, person_id, year, kind, subject_kind, centihours, auditor_id, bureau_id, earned_at "
                "FROM learning_creditentry ORDER BY id"
            )
        }
        decisions = rows(
            "SELECT entry_id, sequence, verdict, actor_id, organisation_id, decided_at, reason_code "
            "FROM learning_creditdecision ORDER BY entry_id, sequence"
        )
        for number, sequence, verdict, actor, office, at, reason in decisions:
            entry, name = entries[number], f"decision {number}.{sequence}"
            state = STATES.get((entry["state"], verdict))
            require("I5", f"{name}: {verdict} where it is {entry['state']}", holds=state is not None)
            entry["state"], entry["count"] = state, entry["count"] + 1
            require("I4", f"{name} does not follow {entry['count'] - 1}", holds=sequence == entry["count"])
            require("I4", f"{name} is older than what it follows", holds=instant(at) >= entry["at"])
            entry["at"] = instant(at)
            self._by_its_office(name, entry, (verdict, actor, office, instant(at)))
            is_refusal = verdict in {"returned", "sent_back", "rejected", "reversed"}
            require("I6", f"{name} gives no reason", holds=bool(reason) or not is_refusal)
        return entries

    def _by_its_office(self, name: str, entry: dict[str, Any], act: tuple[str, int, int | None, dt.datetime]) -> None:
        verdict, actor, office, at = act
        if verdict == "resubmitted":
            require("I6", f"{name} was not the learner's", holds=(actor, office) == (entry["person"], None))
            return
        is_first = verdict in {"approved", "returned"}
        expected = entry["auditor"] if is_first else entry["bureau"]
        require("I6", f"{name} was taken for another office", holds=office == expected)
        require("I6", f"{name} was taken by the learner", holds=actor != entry["person"])
        require("I6", f"{name} was taken by who held no office", holds=self._held(actor, expected, at))
        if verdict in {"confirmed", "rejected"}:
            # What a bureau checks itself, a waiver, another of its officers grants.
            is_bases = entry["auditor"] != entry["bureau"] and self._held(actor, entry["auditor"], at)
            is_second = actor not in entry["actors"] and not is_bases
            require("I6", f"{name}: who audited it confirmed it", holds=is_second)
            entry["confirmer"] = actor
        elif is_first:
            entry["actors"].add(actor)

    def _held(self, person: int, office: int, at: dt.datetime) -> bool:
        changes = [
            is_held for when, who, where, is_held in self.offices if (who, where) == (person, office) and when <= at
        ]
        return bool(changes) and changes[-1]

    def _hours(self, entries: dict[int, dict[str, Any]]) -> None:
        """I1, I5: hours shown are the ledger's, the year's state follows from them under its stored version."""
        sums: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
        for entry in entries.values():
            if entry["kind"] != "reversal":
                key = {"confirmed": "confirmed", "reversed": "gone", "rejected": "gone"}.get(entry["state"], "pending")
                held, is_studied = sums[entry["person"], entry["year"]], entry["kind"] in {"earned", "claimed"}
                # Until it is granted, a waiver counts for nothing.
                held[f"{key} {entry['subject']}"] += entry["centihours"] if is_studied or key != "pending" else 0
                held[f"{entry['kind']} {key} {entry['subject']}"] += entry["centihours"]
        for number, state, count, kind in rows(
            "SELECT s.entry_id, s.state, s.decision_count, e.kind FROM learning_creditstanding s "
            "JOIN learning_creditentry e ON e.id = s.entry_id"
        ):
            expected = "reversed" if kind == "reversal" else entries[number]["state"]
            require(
                "I5", f"entry {number} stands {state}", holds=(state, count) == (expected, entries[number]["count"])
            )
        taken_back = {row[0] for row in rows("SELECT reverses_id FROM learning_creditentry WHERE kind = 'reversal'")}
        reversed_ = {number for number, entry in entries.items() if entry["state"] == "reversed"}
        require("I4", f"reversals {taken_back} for {reversed_}", holds=taken_back == reversed_)
        told = rows(
            "SELECT r.person_id, r.year, r.confirmed_public_centihours, r.confirmed_professional_centihours, "
            "r.pending_public_centihours, r.pending_professional_centihours, "
            "r.waived_public_centihours, r.waived_professional_centihours, "
            "r.carried_public_centihours, r.carried_professional_centihours, r.state, q.total_centihours, "
            "q.public_centihours, q.professional_share_numerator, q.professional_share_denominator "
            "FROM learning_annualrecord r JOIN learning_requirement q ON q.id = r.requirement_id"
        )
        for person, year, *shown, state, total, public, part, whole in told:
            held = sums.pop((person, year), Counter())
            sum_of = [held[name] for name in SHOWN]
            require("I1", f"year {person}/{year} shows {shown}, the ledger gives {sum_of}", holds=shown == sum_of)
            is_met = sum_of[0] >= public and sum_of[0] + sum_of[1] >= total and sum_of[1] * whole >= total * part
            require("I5", f"year {person}/{year} is {state}", holds=is_met == (state != "open"))
        require("I1", f"hours without a year: {dict(sums)}", holds=not sums)

    def _pages(self, entries: dict[int, dict[str, Any]]) -> None:
        """I6: a page is of one set of hours confirmed; I8: a number once issued resolves for ever."""
        found = {
            row[0]: row[1:]
            for row in rows(
                "SELECT c.id, c.serial, c.code, c.book_id, c.year, c.digest, r.person_id, r.state, c.issued_by_id, "
                "c.replaced_by_id, c.replaced_at, c.revoked_at, CAST(c.facts AS TEXT) "
                "FROM learning_certificate c JOIN learning_annualrecord r ON r.id = c.record_id"
            )
        }
        valid: Counter[tuple[int, int]] = Counter()
        for page in found.values():
            serial, _code, book, year, _digest, person, state, issued_by, by, replaced_at, revoked_at, facts = page
            require("I6", f"page {serial} was issued by its holder", holds=issued_by != person)
            require("I8", f"page {serial} is replaced by none", holds=(by in found) == (replaced_at is not None))
            if replaced_at is None and revoked_at is None:
                valid[book, year] += 1
                require("I6", f"page {serial} is valid, its year {state}", holds=state == "confirmed")
                _of_one_set(serial, json.loads(facts), person, year, entries)
        require("I8", f"valid pages: {valid}", holds=all(count == 1 for count in valid.values()))
        registered = rows("SELECT id FROM learning_annualrecord WHERE state = 'confirmed'")
        paged = {row[0] for row in rows("SELECT record_id FROM learning_certificate")}
        require("I6", "a year is registered without a page", holds={row[0] for row in registered} <= paged)
        for number, (serial, code, *_rest) in self.pages.items():
            now = found.get(number, ())
            require("I8", f"page {serial} is gone", holds=now[:2] == (serial, code) and now[4] == self.pages[number][4])
            is_undone = any(
                before is not None and after is None for before, after in zip(self.pages[number], now, strict=True)
            )
            require("I8", f"page {serial} was replaced or revoked and is so no longer", holds=not is_undone)
        self.pages = found


def _of_one_set(serial: str, facts: dict[str, Any], person: int, year: int, entries: dict[int, dict[str, Any]]) -> None:
    sums: Counter[str] = Counter()
    for item in facts["entries"]:
        entry = entries[item["number"]]
        is_theirs = (entry["person"], entry["year"], entry["state"]) == (person, year, "confirmed")
        require("I6", f"page {serial} lists entry {item['number']}, which is {entry['state']}", holds=is_theirs)
        is_decided = entry["confirmer"] is not None or entry["kind"] == "carried"
        require("I6", f"page {serial}: entry {item['number']} has no confirmer", holds=is_decided)
        sums[entry["subject"]] += entry["centihours"]
    stated = [facts["public_centihours"], facts["professional_centihours"]]
    listed = [sums["public"], sums["professional"]]
    require("I6", f"page {serial} states {stated}, its entries give {listed}", holds=stated == listed)
