"""Persons: the one kind of user (D1).

The ID number is sealed with AES-GCM and found by a blind index; neither key is
in the database. Signing in by phone, e-mail or ID number is access.py's work.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Any, ClassVar

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from learning.models.region import Region
from learning.rules.requirements import PromotionTrack, TitleLevel

NONCE_BYTES = 12


def _key(secret: str) -> bytes:
    """Derive a 256-bit key from a secret of any length."""
    return hashlib.sha256(secret.encode()).digest()


def blind_index(id_number: str) -> str:
    """Return the keyed digest by which an ID number is found without being stored."""
    normalized = id_number.strip().upper()
    return hmac.new(_key(settings.BLIND_INDEX_KEY), normalized.encode(), hashlib.sha256).hexdigest()


def seal_id_number(id_number: str) -> str:
    """Encrypt an ID number under the newest key; the key's place in the list leads the text."""
    keys = settings.FIELD_ENCRYPTION_KEYS
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(_key(keys[0])).encrypt(nonce, id_number.strip().upper().encode(), b"id-number")
    key_id = hashlib.sha256(keys[0].encode()).hexdigest()[:8]
    return f"{key_id}:{base64.b64encode(nonce + sealed).decode()}"


def open_id_number(sealed: str) -> str:
    """Decrypt a sealed ID number.

    Raises: KeyError, when it was sealed under a key no longer configured.
    """
    key_id, _colon, body = sealed.partition(":")
    keys = {hashlib.sha256(key.encode()).hexdigest()[:8]: key for key in settings.FIELD_ENCRYPTION_KEYS}
    raw = base64.b64decode(body)
    return AESGCM(_key(keys[key_id])).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], b"id-number").decode()


class PersonManager(BaseUserManager["Person"]):
    """Makes persons; the only place that hashes a first password."""

    def create_user(self, email: str | None = None, password: str | None = None, **facts: Any) -> Person:
        """Create a person. Without a password, nobody can sign in as them yet."""
        id_number = facts.pop("id_number", "")
        person = self.model(email=self.normalize_email(email) or None, **facts)
        if id_number:
            person.set_id_number(id_number)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, password: str | None = None, **facts: Any) -> Person:
        """Create a person with every permission of the authoring desk."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **facts)


class Person(AbstractBaseUser, PermissionsMixin):
    """A professional, or anyone who acts for an organisation."""

    full_name = models.CharField(_("full name"), max_length=60)
    full_name_en = models.CharField(_("name in Latin letters"), max_length=80, blank=True)
    email = models.EmailField(_("e-mail"), unique=True, null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=20, unique=True, null=True, blank=True)
    id_number_sealed = models.CharField(_("ID number, sealed"), max_length=160, blank=True, editable=False)
    id_number_index = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("region"))
    title_level = models.CharField(
        _("title level"), max_length=16, blank=True, choices=[(level.value, level.value) for level in TitleLevel]
    )
    promotion_track = models.CharField(
        _("promotion track"),
        max_length=16,
        blank=True,
        choices=[(track.value, track.value) for track in PromotionTrack],
    )
    title_zh = models.CharField(_("title (Chinese)"), max_length=40, blank=True)
    title_en = models.CharField(_("title (English)"), max_length=60, blank=True)
    check_time_percent = models.PositiveSmallIntegerField(
        _("time for presence checks, percent"),
        default=100,
        validators=[MinValueValidator(100), MaxValueValidator(1_000)],
        help_text=_("An accommodation: 200 gives twice the usual time."),
    )
    large_text = models.BooleanField(_("large text"), default=False)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("persons")
        indexes: ClassVar[list[models.Index]] = [
            # As signing in asks for it (access.py), on either database.
            models.Index(Upper("email"), name="person_email_any_case"),
            models.Index(fields=["full_name"], opclasses=["varchar_pattern_ops"], name="person_name_begins"),
            models.Index(fields=["full_name", "id"], name="person_by_name"),
        ]

    def __str__(self) -> str:
        """Name the person."""
        return self.full_name

    def get_full_name(self) -> str:
        """Return the name, as Wagtail and allauth ask for it."""
        return self.full_name

    def get_short_name(self) -> str:
        """Return the name, as Wagtail and allauth ask for it."""
        return self.full_name

    @cached_property
    def body_ids(self) -> frozenset[int]:
        """Return the bodies the person belongs to, whatever they do there; read once."""
        return frozenset(self.memberships.values_list("organisation_id", flat=True))

    def set_id_number(self, id_number: str) -> None:
        """Seal the ID number and set its index; does not save."""
        self.id_number_sealed = seal_id_number(id_number)
        self.id_number_index = blind_index(id_number)

    def masked_id_number(self) -> str:
        """Return the ID number with only its first three and last two characters legible."""
        if not self.id_number_sealed:
            return ""
        plain = open_id_number(self.id_number_sealed)
        return f"{plain[:3]}{'*' * (len(plain) - 5)}{plain[-2:]}"
