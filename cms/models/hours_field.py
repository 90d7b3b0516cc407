"""A field that people fill in hours and the database keeps in hundredths of an hour."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db import models

from learning.rules.hours import CENTIHOURS_PER_HOUR


class HoursFormField(forms.DecimalField):
    """Takes 4.5 and answers 450."""

    def __init__(self, **kwargs: Any) -> None:
        """Allow tenths and hundredths, from a tenth of an hour up."""
        limits: dict[str, Any] = {"max_digits": 6, "decimal_places": 2, "min_value": Decimal("0.1")}
        super().__init__(**limits | kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show the stored whole number as hours; what was typed is shown as typed."""
        if isinstance(value, int):
            return (Decimal(value) / CENTIHOURS_PER_HOUR).normalize() + 0
        return value

    def clean(self, value: Any) -> int | None:
        """Return hundredths of an hour."""
        hours = super().clean(value)
        return None if hours is None else int(hours * CENTIHOURS_PER_HOUR)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare like with like."""
        return super().has_changed(self.prepare_value(initial), data)


class CentihoursField(models.PositiveIntegerField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Hundredths of a credit hour, edited as hours."""

    def formfield(self, **kwargs: Any) -> Any:
        """Return the hours field; the integer's own range says nothing about hours."""
        kwargs.pop("min_value", None)
        kwargs.pop("max_value", None)
        return models.Field.formfield(self, **{"form_class": HoursFormField} | kwargs)
