"""Files of proof: kept as drafts, handed in with an application, thrown away when they never were.

A file lies in its sender's own folder under its digest. Whoever writes or removes one there holds the sender's
row, so that a file is never taken away under a row that names it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet, Sum

from learning.actions import audit_log, ledger_links, stored_files
from learning.actions.proof_contents import NotTaken, judge
from learning.models import Evidence, Organisation, Person, ProofDraft, ProofFile
from learning.models.proof_file import StoredProof
from learning.rules.proofs import ProofRefusal, shown_name

FOLDER: Final = "proofs"
#: How long a file that no row names may lie: who writes one is about to name it.
_UNNAMED_FOR: Final = timedelta(days=1)
_BATCH: Final = 500


class ProofsChanged(Exception):
    """The files are not those that were looked at: one was added or taken back meanwhile, or was lost."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent: what it calls itself, and its bytes."""

    title: str
    content: bytes


def drafts_of(person: Person, year: int, asked: Evidence | None) -> QuerySet[ProofDraft]:
    """Return what was sent and not handed in: for an application, or for a new one of this year."""
    return ProofDraft.objects.filter(person_id=person.pk, year=year, asked=asked)


def keep(*, person: Person, year: int, upload: Upload, asked: Evidence | None, now: datetime) -> ProofDraft:
    """Keep a file for a new application, or for one that is open; the same one again is the same one.

    Raises: NotTaken.
    """
    # Before anything is locked: it takes a while.
    sound = judge(upload.content)
    draft = ProofDraft(
        person=person,
        year=year,
        asked=asked,
        title=shown_name(upload.title, sound.kind),
        name=f"{FOLDER}/{person.pk}/{sound.digest}.{sound.kind}",
        kind=sound.kind,
        digest=sound.digest,
        sent_digest=sound.sent_digest,
        size_bytes=len(sound.content),
        sent_at=now,
    )
    return _store(draft, sound.content)


@transaction.atomic
def _store(draft: ProofDraft, content: bytes) -> ProofDraft:
    _lock_folder(draft.person_id)
    drafts = drafts_of(draft.person, draft.year, draft.asked)
    held = drafts.filter(digest=draft.digest).first()
    if held is None:
        _require_room(draft, drafts)
    # Even where it lies there already: a sweep leaves what is young, and what was lost is mended.
    stored_files.write(_path(draft.name), content)
    if held is None:
        draft.save()
    return held or draft


def _require_room(draft: ProofDraft, drafts: QuerySet[ProofDraft]) -> None:
    """Refuse what is there already, and what is too much. Raises: NotTaken."""
    handed_in = ProofFile.objects.filter(asked=draft.asked) if draft.asked else ProofFile.objects.none()
    if handed_in.filter(digest=draft.digest).exists():
        raise NotTaken(ProofRefusal.HANDED_IN)
    if drafts.count() + handed_in.count() >= settings.PROOF_FILES_MAX:
        raise NotTaken(ProofRefusal.TOO_MANY)
    if _bytes(drafts) + _bytes(handed_in) + draft.size_bytes > settings.PROOF_FILES_MAX_BYTES:
        raise NotTaken(ProofRefusal.ALL_TOO_LARGE)


@transaction.atomic
def take_back(*, person: Person, draft_id: int) -> bool:
    """Remove a file that was not handed in; False: there is none, or it was. A sweep takes its bytes away."""
    _lock_folder(person.pk)
    deleted, _by_model = ProofDraft.objects.filter(person_id=person.pk, pk=draft_id).delete()
    return bool(deleted)


def take(*, person: Person, year: int, asked: Evidence | None, seen: Sequence[int]) -> list[ProofDraft]:
    """Return the drafts to hand in, locked; a part of the act that does.

    Raises: ProofsChanged, when they are not those that were seen, or one's bytes are not as they were.
    """
    drafts = list(drafts_of(person, year, asked).select_for_update().order_by("pk"))
    if [draft.pk for draft in drafts] != sorted(set(seen)) or any(read(draft) is None for draft in drafts):
        raise ProofsChanged
    return drafts


def hand_in(drafts: Sequence[ProofDraft], *, asked: Evidence, now: datetime) -> None:
    """Make evidence of the drafts, each a link of the learner's chain; a part of the act that took them."""
    columns = [field.name for field in StoredProof._meta.get_fields()]
    for draft in drafts:
        same = {name: getattr(draft, name) for name in columns}
        proof = ProofFile(asked=asked, handed_in_at=now, **same)
        proof.save(force_insert=True)
        ledger_links.append(ledger_links.of_proof(proof, person_id=asked.person_id), now=now)
        audit_log.append(
            action="proof.hand_in",
            subject=f"evidence:{asked.pk}",
            actor=asked.person,
            facts={"proof": proof.pk, "digest": proof.digest, "size_bytes": proof.size_bytes},
            now=now,
        )
    ProofDraft.objects.filter(pk__in=[draft.pk for draft in drafts]).delete()


def read(proof: StoredProof) -> bytes | None:
    """Return the bytes, or None when they were lost or are not those the row names."""
    return stored_files.read(_path(proof.name), digest=proof.digest)


def note_reading(proof: ProofFile, *, by: Person, office: Organisation | None, now: datetime) -> None:
    """Write down that somebody else than the learner has read a file."""
    audit_log.append(
        action="proof.read",
        subject=f"evidence:{proof.asked_id}",
        actor=by,
        organisation=office,
        facts={"proof": proof.pk, "digest": proof.digest},
        now=now,
    )


def twins_of(proofs: Iterable[ProofFile], *, asked: Evidence) -> QuerySet[ProofFile]:
    """Return the same files as other people's applications have them. A fact for the officer, never a refusal."""
    sent = {proof.sent_digest for proof in proofs}
    twins = ProofFile.objects.filter(sent_digest__in=sent).exclude(asked__person_id=asked.person_id)
    return twins.select_related("asked__person").order_by("pk")


def throw_away_old(*, now: datetime) -> None:
    """Drop drafts that were never handed in, then the bytes that no row names any more; safe to run twice."""
    old = now - timedelta(days=settings.PROOF_DRAFT_DAYS)
    senders = ProofDraft.objects.filter(sent_at__lt=old).order_by().values_list("person_id", flat=True)
    for person_id in senders.distinct():
        with transaction.atomic():
            _lock_folder(person_id)
            ProofDraft.objects.filter(person_id=person_id, sent_at__lt=old).delete()
    names = _names_of_old_files(now)
    while batch := list(islice(names, _BATCH)):
        for name in set(batch) - _named(batch):
            _drop(name, int(Path(name).parent.name))


def _names_of_old_files(now: datetime) -> Iterator[str]:
    root = Path(settings.MEDIA_ROOT)
    before = (now - _UNNAMED_FOR).timestamp()
    for path in (root / FOLDER).glob("*/*"):
        if path.stat().st_mtime < before:
            yield path.relative_to(root).as_posix()


def _named(names: Sequence[str]) -> set[str]:
    # Drafts first: what is handed in meanwhile is then found among the files.
    drafts = set(ProofDraft.objects.filter(name__in=names).values_list("name", flat=True))
    return drafts | set(ProofFile.objects.filter(name__in=names).values_list("name", flat=True))


@transaction.atomic
def _drop(name: str, person_id: int) -> None:
    """Remove a file, unless a row has come to name it."""
    _lock_folder(person_id)
    if not _named([name]):
        _path(name).unlink(missing_ok=True)


def _path(name: str) -> Path:
    return Path(settings.MEDIA_ROOT) / name


def _lock_folder(person_id: int) -> None:
    """Hold the sender's row until the transaction ends. No key: rows that only point at it need not wait."""
    Person.objects.select_for_update(no_key=True).only("pk").get(pk=person_id)


def _bytes(rows: QuerySet[ProofDraft] | QuerySet[ProofFile]) -> int:
    return rows.aggregate(sum=Sum("size_bytes"))["sum"] or 0
