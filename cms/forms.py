"""What an editor fills in, checked before anything is live.

A draft may be incomplete; publishing and submitting may not. The same objections are
raised again at publication, by the receiver, for every road that has no form.
"""

import re
from typing import Any

from django import forms
from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm, WagtailAdminPageForm
from wagtail.permission_policies.collections import CollectionPermissionPolicy

from cms.actions import editions, media
from cms.models import CoursePage, Lecture, LectureMedia
from learning.actions.editions import Objection
from learning.models import Edition, PublicTopic
from learning.models.clock import database_now
from learning.rules.requirements import SubjectKind, TitleLevel
from learning.templatetags.hours import level_word

OBJECTIONS = {
    Objection.NO_LESSONS: _("Add at least one lecture."),
    Objection.NO_CAPTIONS: _("Every lecture needs Chinese and English captions before the course can be published."),
    Objection.OUT_OF_SCOPE: _(
        "Your base is not recognised for this subject. A course outside the approved scope cannot be published "
        "(rules R24, R27)."
    ),
    Objection.BASE_INACTIVE: _("Your base's recognition is suspended or revoked, so it cannot publish."),
    Objection.CREDIT_TOO_HIGH: _(
        "The approved hours are more than the measured length of the lectures gives. Lower the hours or add lectures."
    ),
    Objection.TOPIC_MISSING: _("Choose which public topic this course teaches."),
    Objection.EXAM_UNFIT: _(
        "An exam needs at least one question, one minute and one attempt, and a pass mark between 1 and 100 per cent."
    ),
    Objection.COURSE_OF_ANOTHER_BASE: _("This address belongs to a course of another base. Choose another one."),
}
#: A course key stands in addresses and records of every app.
COURSE_KEY = re.compile(r"(?=.{1,50}$)[a-z0-9]+(?:-[a-z0-9]+)*")
#: The field an objection is shown at; the others stand above the form.
OBJECTION_FIELDS = {
    Objection.OUT_OF_SCOPE: "subject_kind",
    Objection.CREDIT_TOO_HIGH: "approved_centihours",
    Objection.TOPIC_MISSING: "topic",
    Objection.COURSE_OF_ANOTHER_BASE: "slug",
}


def files_policy() -> CollectionPermissionPolicy:
    """Return who may use which lecture files: those of the collections they write in."""
    return CollectionPermissionPolicy(LectureMedia)


class CoursePageForm(WagtailAdminPageForm):
    """A course page, with the law's objections in the editor's words."""

    target_levels = forms.MultipleChoiceField(
        label=_("Title levels it is for"),
        choices=[(level.value, level_word(level)) for level in TitleLevel],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: every level. Only for professional courses."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer only the base's own files and its region's topics of this year."""
        super().__init__(*args, **kwargs)
        shelf = self.parent_page.specific
        self.instance.base = shelf.base
        if "topic" in self.fields:
            self.fields["topic"].queryset = PublicTopic.objects.filter(region_id__in=shelf.base.region.upward_codes())
        if "lectures" in self.formsets:
            self._limit_files(self.formsets["lectures"])

    def _limit_files(self, formset: Any) -> None:
        usable = files_policy().instances_user_has_any_permission_for(self.for_user, ["add", "change"])
        add_fields = formset.add_fields

        def add_limited_fields(form: Any, index: int | None) -> None:
            add_fields(form, index)
            form.fields["media"].queryset = usable

        # NB: per formset object, never on the class: the class is shared by all editors.
        formset.add_fields = add_limited_fields
        for form in formset.__dict__.get("forms", ()):
            form.fields["media"].queryset = usable

    def clean_slug(self) -> str:
        """Keep the course key once an edition bears it."""
        slug = str(self.cleaned_data["slug"])
        if not COURSE_KEY.fullmatch(slug):
            raise forms.ValidationError(_("Use at most 50 small letters, digits and hyphens, such as data-security."))
        published = self.instance.pk and self.initial.get("slug")
        if published and slug != published and Edition.objects.filter(course_key=published).exists():
            raise forms.ValidationError(_("The address of a published course cannot change: records name it."))
        others = CoursePage.objects.filter(slug=slug, locale=self.instance.locale_id or self.parent_page.locale_id)
        if others.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(OBJECTIONS[Objection.COURSE_OF_ANOTHER_BASE])
        return slug

    def clean(self) -> dict[str, Any]:
        """Raise every objection at once, unless this is only a draft."""
        cleaned: dict[str, Any] = super().clean()
        if cleaned.get("subject_kind") == SubjectKind.PROFESSIONAL and cleaned.get("topic"):
            self.add_error("topic", _("A professional course has no public topic."))
        if not self.is_deferred_validation and not self.errors and self._lectures_are_valid():
            self._object(cleaned)
        return cleaned

    def _lectures_are_valid(self) -> bool:
        return "lectures" in self.formsets and self.formsets["lectures"].is_valid()

    def _object(self, cleaned: dict[str, Any]) -> None:
        page = CoursePage(base=self.instance.base)
        for name in cleaned.keys() & {field.name for field in CoursePage._meta.concrete_fields}:
            setattr(page, name, cleaned[name])
        try:
            draft = editions.draft_of(page, now=database_now(), lectures=self._lectures())
        except editions.NoRuleInForce:
            self.add_error(None, _("No requirement of this region and year says how long a credit hour is."))
            return
        for objection in editions.objections(draft):
            self.add_error(OBJECTION_FIELDS.get(objection), OBJECTIONS[objection])

    def _lectures(self) -> list[Lecture]:
        formset = self.formsets["lectures"]
        kept = [form for form in formset.forms if form not in formset.deleted_forms and form.has_changed()]
        unchanged = [form for form in formset.initial_forms if form not in formset.deleted_forms]
        rows = {id(form): form for form in [*unchanged, *kept]}
        ordered = sorted(rows.values(), key=lambda form: form.cleaned_data.get("ORDER") or 0)
        return [
            Lecture(
                title_zh=form.cleaned_data["title_zh"],
                title_en=form.cleaned_data["title_en"],
                media=form.cleaned_data["media"],
            )
            for form in ordered
        ]


class LectureMediaForm(WagtailAdminModelForm):
    """Lecture files as they arrive: measured, or refused."""

    class Meta:
        model = LectureMedia
        fields = ["title", "collection", "video", "captions_zh", "captions_en", "poster"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer only the collections this editor may add to; an only one needs no asking."""
        super().__init__(*args, **kwargs)
        mine = files_policy().collections_user_has_permission_for(self.for_user, "add")
        field = self.fields["collection"]
        field.queryset = mine
        field.label = _("Base")
        if (only := mine.first()) is not None and mine.count() == 1:
            field.initial = only
            field.widget = forms.HiddenInput()

    def clean_video(self) -> Any:
        """Measure a new video."""
        file = self.cleaned_data["video"]
        if "video" not in self.changed_data:
            return file
        try:
            self.measured = media.measure_video(file)
        except media.UnplayableVideo:
            raise forms.ValidationError(
                _("This video is not H.264 with AAC in MP4, so many devices cannot play it.")
            ) from None
        except media.UnreadableVideo:
            raise forms.ValidationError(_("This file cannot be read as a video.")) from None
        return file

    def clean_captions_zh(self) -> Any:
        """Refuse what is not WebVTT."""
        return self._captions("captions_zh")

    def clean_captions_en(self) -> Any:
        """Refuse what is not WebVTT."""
        return self._captions("captions_en")

    def _captions(self, name: str) -> Any:
        file = self.cleaned_data[name]
        if name in self.changed_data:
            try:
                media.check_captions(file)
            except media.UnreadableCaptions:
                raise forms.ValidationError(_("This file is not WebVTT with captions in it.")) from None
        return file

    def save(self, commit: bool = True) -> LectureMedia:
        """Write the measured length and digest with the files, and a poster where none was sent."""
        row: LectureMedia = self.instance
        measured: media.MeasuredVideo | None = getattr(self, "measured", None)
        if measured is not None:
            row.duration_ms, row.sha256 = measured.duration_ms, measured.sha256
            if not row.poster or "poster" not in self.changed_data:
                row.poster.save("poster.jpg", ContentFile(measured.poster_jpeg), save=False)
        saved: LectureMedia = super().save(commit=commit)
        return saved
