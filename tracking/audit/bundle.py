"""The bundle: everything a stranger needs to judge the records again, offline, with no code of ours running.

Lines, headers, seals with their paths, daily roots, anchors, keys, policies, what was claimed, the
verifier and how to use it. Names nobody: a learner is a commitment. Source: TRACKING §4.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from learning.ledger_check import signed_days
from tracking.audit.canonical import header_text, line_text, seal_leaf, tree_path
from tracking.audit.learners import Learner, Sitting, learners
from tracking.audit.roots import seal_rows
from tracking.audit.scope import Chosen, NothingToAudit, Scope, choose
from tracking.models import Anchor, DailyRoot

FORMAT: Final = "hourbook-viewing-1"
_PACKED: Final = ("verify.py", "README.en.md", "README.zh.md")
#: The oldest instant a zip can name: a bundle's bytes follow from its facts alone.
_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(slots=True)
class _Contents:
    """What goes into the files of facts while the sessions are written."""

    seals: dict[str, dict[str, Any]] = field(default_factory=dict)
    policies: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    claims: list[dict[str, Any]] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)


def write(path: Path, scope: Scope, *, now: datetime) -> int:
    """Write the bundle of a scope; return the number of sessions in it.

    Raises: NothingToAudit, when the scope names no row, or a row whose lines cannot be read; OSError.
    """
    chosen = choose(scope)
    contents = _Contents()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        count = 0
        for learner in learners(chosen):
            if learner.unread:
                raise NothingToAudit("; ".join(learner.unread))
            for sitting in _told(learner, chosen):
                _add(bundle, contents, f"sessions/{sitting.row.key}.txt", _lines(sitting))
                _note(contents, sitting)
                count += 1
            contents.claims.extend(_claims(learner, chosen))
        roots = list(_roots(contents))
        _lead_to_roots(contents, roots)
        _add(bundle, contents, "seals.json", _json(contents.seals))
        _add(bundle, contents, "policies.json", _json(contents.policies))
        _add(bundle, contents, "credit.json", _json(contents.claims))
        _add(bundle, contents, "roots.txt", "".join(f"{signed_days.line_of(root)}\n" for root in roots))
        _add(bundle, contents, "anchors.json", _json(_anchors(roots)))
        _add(bundle, contents, "keys.txt", "".join(f"{key}\n" for key in sorted({root.public_key for root in roots})))
        for name in _PACKED:
            _add(bundle, contents, name, (files("tracking.audit") / name).read_text(encoding="utf-8"))
        facts = {"format": FORMAT, "made_at": now.isoformat(), "scope": _scope(scope), "files": contents.digests}
        _store(bundle, "manifest.json", _json(facts))
    return count


def _told(learner: Learner, chosen: Chosen) -> list[Sitting]:
    """Return the sessions that go in: those asked about, with all their evidence rests on; of a credit, only these."""
    proofs = [proof for proof in learner.proofs if chosen.enrolment_id in (None, proof.enrolment_id)]
    asked = {str(sitting.row.key) for sitting in learner.asked_about}
    pinned = [{key for key, _count, _head in proof.sessions} for proof in proofs]
    wanted = set().union(*pinned) if chosen.scope.credit else asked.union(*(keys for keys in pinned if keys & asked))
    return [sitting for sitting in learner.sittings if str(sitting.row.key) in wanted]


def _lines(sitting: Sitting) -> str:
    texts = [header_text(sitting.row), *(line_text(sitting.row, line) for line in sitting.lines)]
    return "".join(f"{text}\n" for text in texts)


def _note(contents: _Contents, sitting: Sitting) -> None:
    """Remember the seal and the policy of a session that was written."""
    if sitting.seal is not None:
        contents.seals[str(sitting.row.key)] = {
            "number": sitting.seal.number,
            "digest": sitting.seal.digest,
            "day": None,
            "path": [],
        }
    if sitting.policy is not None:
        contents.policies[sitting.row.policy_digest] = sitting.policy


def _claims(learner: Learner, chosen: Chosen) -> Iterator[dict[str, Any]]:
    """Yield what the evidence claims whose sessions are all in the bundle."""
    proofs = {(proof.enrolment_id, proof.lesson_id): proof for proof in learner.proofs}
    inside = {str(sitting.row.key) for sitting in _told(learner, chosen)}
    for evidence in learner.evidence:
        proof = proofs.get((evidence.enrolment_id or 0, evidence.lesson_id or 0))
        is_asked = not chosen.evidence_ids or evidence.pk in chosen.evidence_ids
        if proof is None or not is_asked or not inside.issuperset(key for key, _count, _head in proof.sessions):
            continue
        yield {
            "evidence": evidence.pk,
            "enrolment": proof.enrolment_id,
            "lesson": proof.lesson_id,
            "covered_s": proof.covered_s,
            "sessions": proof.sessions,
            "digest": evidence.digest,
        }


def _roots(contents: _Contents) -> Iterator[DailyRoot]:
    """Yield the roots from the first that covers a session in the bundle to the newest."""
    numbers = [seal["number"] for seal in contents.seals.values()]
    if numbers:
        yield from DailyRoot.objects.filter(last_number__gte=min(numbers)).order_by("day")


def _lead_to_roots(contents: _Contents, roots: list[DailyRoot]) -> None:
    """Give each seal the day of its root and the path there; a day's tree is built once."""
    by_number = {seal["number"]: seal for seal in contents.seals.values()}
    for root in roots:
        inside = [number for number in by_number if root.first_number <= number <= root.last_number]
        if not inside:
            continue
        rows = seal_rows(root.first_number, root.last_number)
        leaves = [seal_leaf(number, key or "", digest) for number, key, digest, _record, _at in rows]
        for number in inside:
            path = tree_path(leaves, number - root.first_number)
            by_number[number] |= {"day": root.day.isoformat(), "path": [step.hex() for step in path]}


def _anchors(roots: list[DailyRoot]) -> list[dict[str, Any]]:
    rows = Anchor.objects.filter(root__in=[root.day for root in roots]).order_by("root_id", "backend")
    return [
        {"day": row.root_id.isoformat(), "backend": row.backend, "receipt": row.receipt, "anchored_ms": row.anchored_ms}
        for row in rows
    ]


def _scope(scope: Scope) -> dict[str, Any]:
    return {name: value if value is None else str(value) for name, value in asdict(scope).items()}


def _json(facts: object) -> str:
    return json.dumps(facts, sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def _add(bundle: zipfile.ZipFile, contents: _Contents, name: str, text: str) -> None:
    contents.digests[name] = hashlib.sha256(text.encode()).hexdigest()
    _store(bundle, name, text)


def _store(bundle: zipfile.ZipFile, name: str, text: str) -> None:
    bundle.writestr(zipfile.ZipInfo(name, _ZIP_TIME), text.encode(), zipfile.ZIP_DEFLATED)
