"""The laid site, and the rule courses are approved under."""

from __future__ import annotations

import pytest
from wagtail.models import Site

from learning.models import Organisation, Requirement
from tests.factories import cms as make_cms
from tests.factories import learning as make


@pytest.fixture
def site(db: None) -> Site:
    return make_cms.lay_site()


@pytest.fixture
def rule(db: None) -> Requirement:
    """Kaifeng's rule of the tests' year: an hour of 30 s."""
    return make.RequirementFactory()


@pytest.fixture
def base(db: None) -> Organisation:
    return make.BaseFactory(slug="kaifeng-university")
