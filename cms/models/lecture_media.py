"""Lecture files: a video with its captions and poster, measured once when it arrives.

The length and the digest are measured by `cms.actions.media`, never typed. Files lie
under MEDIA_ROOT/lectures/ and have no address of their own: `tracking` serves them
to those who may study them.
"""

from __future__ import annotations

import secrets
from pathlib import PurePosixPath

from django.core.validators import FileExtensionValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import CollectionMember

FOLDER = "lectures"


def lecture_file_name(_row: models.Model, sent_name: str) -> str:
    """Return a new name: what the sender called the file decides nothing but its ending."""
    return f"{FOLDER}/{secrets.token_hex(12)}{PurePosixPath(sent_name).suffix.lower()}"


class LectureMedia(CollectionMember, models.Model):
    """The files of one lecture, in the collection of the base that made them."""

    title = models.CharField(_("name"), max_length=120, help_text=_("For finding it again; learners do not see it."))
    video = models.FileField(
        _("video"),
        upload_to=lecture_file_name,
        max_length=200,
        validators=[FileExtensionValidator(["mp4"])],
        help_text=_("MP4 with H.264 picture and AAC sound."),
    )
    captions_zh = models.FileField(
        _("Chinese captions"),
        upload_to=lecture_file_name,
        max_length=200,
        validators=[FileExtensionValidator(["vtt"])],
        help_text=_("WebVTT. Without captions a course cannot be published."),
    )
    captions_en = models.FileField(
        _("English captions"),
        upload_to=lecture_file_name,
        max_length=200,
        validators=[FileExtensionValidator(["vtt"])],
        help_text=_("WebVTT."),
    )
    poster = models.FileField(
        _("poster"),
        upload_to=lecture_file_name,
        max_length=200,
        blank=True,
        validators=[FileExtensionValidator(["jpg", "jpeg", "png"])],
        help_text=_("Left empty, it is the first picture of the video."),
    )
    duration_ms = models.PositiveIntegerField(_("measured length in milliseconds"), editable=False)
    sha256 = models.CharField(_("digest of the video"), max_length=64, editable=False)

    class Meta:
        verbose_name = _("lecture file")
        verbose_name_plural = _("lecture files")
        ordering = ["-pk"]

    def __str__(self) -> str:
        """Name the file and its length, as the editor chooses by."""
        return f"{self.title} · {self.clock}"

    @property
    def clock(self) -> str:
        """The measured length as minutes and seconds; whole seconds are what can be covered."""
        minutes, second = divmod(self.duration_ms // 1_000, 60)
        return f"{minutes:02d}:{second:02d}"
