"""Links: one gapless row, one gapless chain a person; each holds fast the row as it stands, each row has its link."""

import hashlib
from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from learning.ledger_check.canonical import sha256_of
from learning.ledger_check.findings import Findings
from learning.ledger_check.kinds import KINDS, issued_rule_sets, pages, proofs, signed_files
from learning.ledger_check.scope import GENESIS, Scope
from learning.models import CreditDecision, CreditEntry, LedgerLink

_CHUNK = 1_000


def check(findings: Findings, scope: Scope) -> None:
    """Walk the links that were not looked at before; then look for rows that hang on no chain."""
    if scope.since is not None:
        stored = LedgerLink.objects.filter(pk=scope.after_link).values_list("head", flat=True).first() or GENESIS
        name = f"link {scope.after_link}"
        findings.compare(name, "head of the chain", stored=stored, expected=scope.since.link_head)
    _check_row_of_all(findings, scope)
    _check_chains(findings, scope)
    _check_unlinked(findings, scope)


def text_of(link: LedgerLink) -> str:
    """Return the link's line as it was hashed."""
    # A link without a person is of the house's chain, which is called 0.
    return (
        f"led1|{link.number}|{link.person_id or 0}|{link.sequence}|{link.kind}|{link.subject_id}|{link.digest}"
        f"|{link.linked_ms}"
    )


def whose(link: LedgerLink) -> str:
    """Name the chain."""
    return "the house" if link.person_id is None else f"person {link.person_id}"


def head_after(previous: str, link: LedgerLink) -> str | None:
    """Return the head once this link hangs on the one before; None: what stands before is no digest."""
    try:
        return hashlib.sha256(bytes.fromhex(previous) + text_of(link).encode()).hexdigest()
    except ValueError:
        return None


def _new(scope: Scope) -> QuerySet[LedgerLink]:
    return LedgerLink.objects.filter(number__gt=scope.after_link)


def _check_row_of_all(findings: Findings, scope: Scope) -> None:
    """Numbers leave none out, times rise with them."""
    expected, before_ms = scope.after_link + 1, 0
    for number, linked_ms in _new(scope).order_by("number").values_list("number", "linked_ms").iterator(_CHUNK):
        if number > expected:
            last = f" to {number - 1}" if number - 1 > expected else ""
            findings.note(f"link {expected}{last}", "is missing")
        findings.require(f"link {number}", "is older than the one before", holds=linked_ms >= before_ms)
        expected, before_ms = number + 1, linked_ms


def _check_chains(findings: Findings, scope: Scope) -> None:
    """Hash every chain again, person by person."""
    person_id: int | None = -1
    sequence, head = 0, GENESIS
    for link in _in_chunks(findings, _new(scope).order_by("person_id", "sequence")):
        if link.person_id != person_id:
            person_id = link.person_id
            sequence, head = _end_before(link, scope)
        name = f"link {link.number} ({whose(link)}, {link.sequence})"
        if link.sequence != sequence + 1:
            findings.note(name, f"follows link {sequence} of its chain: those between are missing")
        else:
            findings.compare(name, "head of the chain", stored=link.head, expected=head_after(head, link))
        sequence, head = link.sequence, link.head


def _end_before(link: LedgerLink, scope: Scope) -> tuple[int, str]:
    """Return where the person's chain stood when it was looked at last."""
    known = LedgerLink.objects.on_chain_of(link.person_id).filter(number__lte=scope.after_link)
    return known.order_by("-sequence").values_list("sequence", "head").first() or (0, GENESIS)


def _in_chunks(findings: Findings, links: QuerySet[LedgerLink]) -> Iterator[LedgerLink]:
    """Yield the links, each chunk compared with the rows it holds fast."""
    chunk: list[LedgerLink] = []
    for link in links.iterator(_CHUNK):
        findings.looked_at("links")
        chunk.append(link)
        if len(chunk) == _CHUNK:
            _check_subjects(findings, chunk)
            yield from chunk
            chunk = []
    _check_subjects(findings, chunk)
    yield from chunk


def _check_subjects(findings: Findings, chunk: list[LedgerLink]) -> None:
    for name, kind in KINDS.items():
        links = [link for link in chunk if link.kind == name]
        found = kind.rows().in_bulk([link.subject_id for link in links]) if links else {}
        for link in links:
            by = f"by link {link.number}"
            row = found.get(link.subject_id)
            if row is None:
                held = f"is gone; link {link.number} of {whose(link)} holds its {name}"
                findings.note(f"{kind.word} number {link.subject_id}", held)
                continue
            subject = f"{kind.word} {kind.name_of(row)}"
            findings.compare(subject, f"person {by}", stored=kind.person_of(row), expected=link.person_id)
            facts = kind.facts_of(row)
            digest = None if facts is None else sha256_of(facts)
            findings.compare(subject, f"digest {by}", stored=digest, expected=link.digest)
    for link in chunk:
        findings.require(f"link {link.number}", f"is of no kind: {link.kind}", holds=link.kind in KINDS)


def _check_unlinked(findings: Findings, scope: Scope) -> None:
    """Name the rows that were put in past the verbs: they have no link."""
    rows: dict[str, QuerySet[Any]] = {
        "entry": scope.of(CreditEntry.objects.all(), person="person_id"),
        "decision": scope.of(CreditDecision.objects.all(), person="entry__person_id", year="entry__year"),
        "issue": scope.of(pages(), person="book__person_id"),
        "replacement": scope.of(pages().filter(replaced_at__isnull=False), person="book__person_id"),
        "revocation": scope.of(pages().filter(revoked_at__isnull=False), person="book__person_id"),
        "file": scope.of(signed_files(), person="certificate__book__person_id", year="certificate__year"),
        "proof": scope.of(proofs(), person="asked__person_id", year="asked__facts__year"),
        # Few, and nobody's: all of the year, however short the run.
        "rule_set": issued_rule_sets().filter(**({} if scope.year is None else {"year": scope.year})),
    }
    for name, candidates in rows.items():
        linked = Exists(LedgerLink.objects.filter(kind=name, subject_id=OuterRef("pk")))
        for row in candidates.exclude(linked).order_by("pk").iterator(_CHUNK):
            findings.note(
                f"{KINDS[name].word} {KINDS[name].name_of(row)}", f"has no link: its {name} hangs on no chain"
            )
