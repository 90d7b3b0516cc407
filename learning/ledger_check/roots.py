"""Daily roots of the ledger: each day has one, signed, over the links as they stand; left with others unchanged."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from django.conf import settings

from learning.ledger_check import signed_days, stamps
from learning.ledger_check.findings import Findings
from learning.ledger_check.scope import Scope
from learning.models import LedgerAnchor, LedgerLink, LedgerRoot
from learning.models.clock import database_now

_CHUNK = 2_000
#: Beijing is eight hours ahead of UTC, all year.
_AHEAD = timedelta(hours=8)


def check(findings: Findings, scope: Scope) -> None:
    """Judge the row of all roots, the trees of those with links that were not looked at before, and the receipts."""
    previous: LedgerRoot | None = None
    keys = signed_days.known_keys()
    for root in LedgerRoot.objects.order_by("day").iterator(_CHUNK):
        findings.looked_at("daily roots of the ledger")
        signed_days.check(findings, f"ledger root {root.day}", root, previous, keys)
        if root.last_number > scope.after_link:
            _check_tree(findings, root)
        previous = root
    _check_open_links(findings, previous)
    _check_anchors(findings)


def _check_tree(findings: Findings, root: LedgerRoot) -> None:
    name = f"ledger root {root.day}"
    links = LedgerLink.objects.filter(number__gte=root.first_number, number__lte=root.last_number).order_by("number")
    rows = list(links.values_list("number", "head", "linked_ms").iterator(_CHUNK))
    for number, _head, linked_ms in rows:
        findings.compare(f"link {number}", "day", stored=_day_of(linked_ms), expected=root.day)
    try:
        leaves = [_leaf(number, head) for number, head, _linked_ms in rows]
    except ValueError:
        findings.note(name, "a head among its links is no digest")
        return
    findings.compare(name, "root of the tree", stored=root.tree_root, expected=_tree_root(leaves).hex())


def _leaf(number: int, head: str) -> bytes:
    return hashlib.sha256(b"\0" + number.to_bytes(8, "big") + bytes.fromhex(head)).digest()


def _tree_root(leaves: list[bytes]) -> bytes:
    """Return the tree's root from its definition, level by level: an odd one at the end goes up as it is."""
    level = leaves or [hashlib.sha256(b"").digest()]
    while len(level) > 1:
        level = list(_paired(level))
    return level[0]


def _paired(level: list[bytes]) -> Iterator[bytes]:
    for at in range(0, len(level), 2):
        pair = level[at : at + 2]
        yield hashlib.sha256(b"\1" + pair[0] + pair[1]).digest() if len(pair) > 1 else pair[0]


def _check_open_links(findings: Findings, last: LedgerRoot | None) -> None:
    """Links that no root covers yet are not of a day that is signed."""
    if last is None:
        return
    next_ms = (
        int((datetime.combine(last.day, datetime.min.time(), UTC) + timedelta(days=1) - _AHEAD).timestamp()) * 1_000
    )
    early = LedgerLink.objects.filter(number__gt=last.last_number, linked_ms__lt=next_ms)
    for number in early.order_by("number").values_list("number", flat=True).iterator(_CHUNK):
        findings.note(f"link {number}", "belongs to a day that is signed without it")


def _check_anchors(findings: Findings) -> None:
    """Judge every receipt."""
    left: dict[date, set[str]] = {}
    roots = {root.day: root for root in LedgerRoot.objects.order_by("day").iterator(_CHUNK)}
    for anchor in LedgerAnchor.objects.order_by("root_id", "backend").iterator(_CHUNK):
        findings.looked_at("anchors of the ledger")
        name = f"ledger anchor {anchor.backend!r} of {anchor.root_id}"
        left.setdefault(anchor.root_id, set()).add(anchor.backend)
        root = roots.get(anchor.root_id)
        if root is None:
            findings.note(name, "its root is gone")
            continue
        signed_days.check_receipt(findings, name, anchor, root)
        if anchor.backend == "timestamp":
            fault = stamps.fault_of(anchor.receipt, root)
            findings.require(name, fault or "", holds=fault is None)
    _check_left(findings, roots, left)


def _check_left(findings: Findings, roots: dict[date, LedgerRoot], left: dict[date, set[str]]) -> None:
    """Name the roots that were not left within a day where the settings say."""
    due_ms = int((database_now() - timedelta(days=1)).timestamp()) * 1_000
    for day, root in roots.items():
        lacking = set(settings.ROOT_ANCHORS) - left.get(day, set())
        for place in sorted(lacking if root.signed_ms < due_ms else ()):
            findings.note(f"ledger root {day}", f"has no anchor with {place!r}")


def _day_of(at_ms: int) -> date:
    return (datetime.fromtimestamp(at_ms // 1_000, tz=UTC) + _AHEAD).date()
