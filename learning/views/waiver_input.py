"""What a learner writes to have hours waived: days, ground, and the document that proves it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from learning.actions.waivers import Asked
from learning.rules.waivers import Absence, Ground, Terms
from learning.templatetags.waivers import GROUNDS
from learning.views.rule_fields import day

#: The longest document number and the longest words.
DOCUMENT_MAX, NOTE_MAX = 80, 300


class WaiverForm(forms.Form):
    """A leave, or a late start, and the document that proves it; a copy of it may come as a file (`proof_uploads`)."""

    ground = forms.ChoiceField(label=_("What for"))
    from_on = forms.DateField(
        label=_("First day"), widget=day(), error_messages={"required": _("Give the first day of it.")}
    )
    to_on = forms.DateField(
        label=_("Last day"),
        help_text=_("If you joined part-way: the day before you joined."),
        widget=day(),
        error_messages={"required": _("Give the last day of it.")},
    )
    document = forms.CharField(
        label=_("Document that proves it, and its number"),
        help_text=_("Such as your unit’s letter of leave. Keep the original: the bureau may ask to see it."),
        max_length=DOCUMENT_MAX,
        error_messages={"required": _("Name the document, with its number if it has one.")},
    )
    note = forms.CharField(
        label=_("A word to the bureau, if you like"),
        help_text=_("Read by your home bureau only. Give no details of an illness."),
        max_length=NOTE_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": NOTE_MAX}),
    )

    def __init__(self, data: Any = None, *, terms: Terms, year: int, typed: QueryDict | None = None) -> None:
        """Offer the grounds for which the rule waives anything. `typed`: words to keep and not to judge yet."""
        super().__init__(data, label_suffix="", initial=typed and typed.dict())
        offered = [ground for ground in Ground if _is_offered(terms, ground)]
        self.fields["ground"] = forms.ChoiceField(
            label=_("What for"),
            choices=[("", _("Choose one")), *((ground.value, GROUNDS[ground]) for ground in offered)],
            error_messages={"required": _("Choose what it was for.")},
        )
        self.fields["from_on"].help_text = _("If you joined part-way: 1 January.")
        self._year = year

    def asked(self) -> Asked:
        """Return what was written; only of a valid form."""
        said = self.cleaned_data
        ground = Ground(said["ground"])
        first = date(self._year, 1, 1) if ground == Ground.PART_YEAR else said["from_on"]
        return Asked(Absence(ground, first, said["to_on"]), said["document"], said["note"])


def _is_offered(terms: Terms, ground: Ground) -> bool:
    return terms.prorates_part_year if ground == Ground.PART_YEAR else terms.leave_from_months is not None
