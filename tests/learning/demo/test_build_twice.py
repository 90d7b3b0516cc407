"""A demo that is there already is left as it is."""

from __future__ import annotations

import datetime as dt

import pytest

from learning.demo import build as demo
from learning.models import CreditDecision, CreditEntry, Organisation
from tests.factories import learning as make


@pytest.mark.django_db
def test_build_twice_changes_nothing() -> None:
    demo.build(make.NOON, lambda _step: None)
    held = (Organisation.objects.count(), CreditEntry.objects.count(), CreditDecision.objects.count())

    demo.build(make.NOON + dt.timedelta(days=400), lambda _step: None)

    assert (Organisation.objects.count(), CreditEntry.objects.count(), CreditDecision.objects.count()) == held
