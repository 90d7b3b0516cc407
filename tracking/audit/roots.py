"""Check 2, second half: seals stand in one gapless row, days follow each other, roots are genuine."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterator
from datetime import timedelta

from learning.ledger_check import signed_days
from tracking.audit.canonical import day_of, seal_leaf, tree_root
from tracking.audit.findings import Findings
from tracking.models import DailyRoot, Seal, SealHead, ViewingSession

_CHUNK = 2_000
#: Number, session's key (None: it is gone), digest, record digest, time.
SealRow = tuple[int, str | None, str, str, int]


def check(findings: Findings, *, numbers: set[int] | None, now_ms: int) -> None:
    """Judge the row of all roots; the trees of those with the seals asked about (None: all)."""
    previous: DailyRoot | None = None
    keys = signed_days.known_keys()
    asked = None if numbers is None else sorted(numbers)
    for root in DailyRoot.objects.order_by("day").iterator(chunk_size=_CHUNK):
        findings.looked_at("daily roots")
        signed_days.check(findings, f"daily root {root.day}", root, previous, keys)
        if asked is None or _is_among(root, asked):
            _check_tree(root, findings)
        previous = root
    head = SealHead.objects.filter(pk=1).first()
    _check_head(head, previous, findings)
    if numbers is None:
        _check_open_seals(previous, findings)
        _check_floor(head, findings)
    if previous is not None and day_of(now_ms) - previous.day > timedelta(days=2):
        findings.leave_unjudged(f"daily root {previous.day}", "is the last one: the days since have none")


def _is_among(root: DailyRoot, numbers: list[int]) -> bool:
    """Say whether a day holds one of these seals, which stand in order."""
    at = bisect_left(numbers, root.first_number)
    return at < len(numbers) and numbers[at] <= root.last_number


def seal_rows(first: int, last: int | None) -> Iterator[SealRow]:
    """Yield seals in order, those whose session is gone included; `last` None: to the end."""
    seals = Seal.objects.filter(number__gte=first).order_by("number")
    if last is not None:
        seals = seals.filter(number__lte=last)
    rows = seals.values_list("number", "session_id", "digest", "record_digest", "given_ms")
    chunk: list[tuple[int, int, str, str, int]] = []
    for row in rows.iterator(chunk_size=_CHUNK):
        chunk.append(row)
        if len(chunk) == _CHUNK:
            yield from _with_keys(chunk)
            chunk = []
    yield from _with_keys(chunk)


def _with_keys(chunk: list[tuple[int, int, str, str, int]]) -> Iterator[SealRow]:
    """Name the sessions; NB: not by a join, which would hide a seal whose session is gone."""
    found = ViewingSession.objects.filter(pk__in=[row[1] for row in chunk])
    keys = {pk: str(key) for pk, key in found.values_list("pk", "key")}
    for number, session_id, digest, record_digest, given_ms in chunk:
        yield number, keys.get(session_id), digest, record_digest, given_ms


def _check_tree(root: DailyRoot, findings: Findings) -> None:
    """Build the day's tree again from its seals, naming those that are missing or of another day."""
    name = f"daily root {root.day}"
    leaves: list[bytes] = []
    records = hashlib.sha256()
    expected = root.first_number
    for number, key, digest, record_digest, given_ms in seal_rows(root.first_number, root.last_number):
        _name_gap(expected, number, findings)
        expected = number + 1
        if key is None:
            findings.note(f"seal {number}", "its session is gone")
            continue
        findings.compare(f"seal {number}", "day", stored=day_of(given_ms), expected=root.day)
        try:
            leaves.append(seal_leaf(number, key, digest))
            records.update(bytes.fromhex(record_digest))
        except ValueError:
            findings.note(f"seal {number}", "its digest is none")
    _name_gap(expected, root.last_number + 1, findings)
    findings.compare(name, "root of the tree", stored=root.tree_root, expected=tree_root(leaves).hex())
    findings.compare(name, "digest of the records", stored=root.records_digest, expected=records.hexdigest())


def _name_gap(expected: int, found: int, findings: Findings) -> None:
    if found > expected:
        last = f" to {found - 1}" if found - 1 > expected else ""
        findings.note(f"seal {expected}{last}", "is missing")


def _check_head(head: SealHead | None, last: DailyRoot | None, findings: Findings) -> None:
    """Compare the head with the last seal and the last root: what was cut off at the end shows here."""
    number, closed_on = (head.number, head.closed_on) if head else (0, None)
    newest = Seal.objects.order_by("-number").values_list("number", flat=True).first() or 0
    if newest < number:
        _name_gap(newest + 1, number + 1, findings)
    findings.compare("head of the seals", "number", stored=number, expected=newest)
    findings.compare("head of the seals", "last day with a root", stored=closed_on, expected=last.day if last else None)


def _check_open_seals(last: DailyRoot | None, findings: Findings) -> None:
    """Seals that no root covers yet: gapless too, their times rising, of days not closed."""
    expected = last.last_number + 1 if last else 1
    before_ms = None
    for number, key, _digest, _record, given_ms in seal_rows(expected, None):
        _name_gap(expected, number, findings)
        expected = number + 1
        if key is None:
            findings.note(f"seal {number}", "its session is gone")
        is_in_order = before_ms is None or given_ms >= before_ms
        findings.require(f"seal {number}", "is older than the one before", holds=is_in_order)
        is_open = last is None or day_of(given_ms) > last.day
        findings.require(f"seal {number}", "belongs to a day that is closed without it", holds=is_open)
        before_ms = given_ms


def _check_floor(head: SealHead | None, findings: Findings) -> None:
    """Sessions under the floor all have their seal; those without one are named with the session."""
    if head is None:
        return
    under = ViewingSession.objects.filter(pk__lte=head.session_floor, seal__isnull=True)
    newest = ViewingSession.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    is_sound = head.session_floor <= newest and not under.exists()
    findings.require("head of the seals", "its floor lies above sessions without a seal", holds=is_sound)
