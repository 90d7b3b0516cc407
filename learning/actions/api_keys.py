"""Interface keys: made and shown once, found by what a system presents, revoked for good."""

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.crypto import constant_time_compare

from learning.actions import audit_log
from learning.models import ApiKey, Organisation, Person

#: Marks the text as ours, so that scanners of secrets find one that was published by mistake.
MARK = "hourbook"
NAME_BYTES, SECRET_BYTES = 6, 32
PRESENTED = re.compile(rf"{MARK}_([0-9a-f]{{{2 * NAME_BYTES}}})_([\w-]{{1,80}})", re.ASCII)
NOTED_EVERY = timedelta(minutes=1)


class AlreadyRevoked(Exception):
    """The key was revoked before; nothing happened."""


@transaction.atomic
def make(
    *, organisation: Organisation, label: str, scope: str, valid_for: timedelta, by: Person, now: datetime
) -> tuple[ApiKey, str]:
    """Make a key; return it with the text that opens doors, which is stored nowhere."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    key = ApiKey.objects.create(
        organisation=organisation,
        label=label,
        scope=scope,
        name=secrets.token_hex(NAME_BYTES),
        secret_digest=_digest(secret),
        made_by=by,
        made_at=now,
        expires_at=now + valid_for,
    )
    _log("api_key.make", key, by=by, now=now, scope=scope, label=label, expires_at=key.expires_at.isoformat())
    return key, f"{MARK}_{key.name}_{secret}"


@transaction.atomic
def revoke(*, key: ApiKey, by: Person, now: datetime) -> None:
    """Close every door to the key, at once and for good.

    Raises: AlreadyRevoked, when somebody did before.
    """
    moved = ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=now, revoked_by=by)
    if moved != 1:
        raise AlreadyRevoked(key.pk)
    _log("api_key.revoke", key, by=by, now=now)


def presented(text: str, *, scope: str, now: datetime) -> ApiKey | None:
    """Return the usable key of this scope that the text is, or None; notes the use."""
    said = PRESENTED.fullmatch(text)
    if said is None:
        return None
    name, secret = said.groups()
    key = ApiKey.objects.usable(now).select_related("organisation__region").filter(name=name, scope=scope).first()
    if key is None or not constant_time_compare(key.secret_digest, _digest(secret)):
        return None
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - NOTED_EVERY)
    ApiKey.objects.filter(stale, pk=key.pk, revoked_at__isnull=True).update(last_used_at=now)
    return key


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _log(action: str, key: ApiKey, *, by: Person, now: datetime, **facts: object) -> None:
    audit_log.append(
        action=action,
        subject=f"api_key:{key.pk}",
        actor=by,
        organisation=key.organisation,
        facts={"name": key.name, **facts},
        now=now,
    )
