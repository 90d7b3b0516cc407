"""Requirements: what a year asks of a person, as versioned data (D4).

Code never contains 86. A requirement is one title level's row of a rule set
(`learning.models.rule_set`): issued with it and then never changed. Region, year and
version stand on the row too, as pages and evidence quote them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from learning.models.bilingual import localized
from learning.models.region import Region
from learning.models.rule_set import RuleSet
from learning.rules.figures import ALL_FIGURES, Value
from learning.rules.inheritance import Figure
from learning.rules.office_terms import OfficeTerms
from learning.rules.requirements import RequirementRule, TitleLevel, Totals
from learning.rules.waivers import Terms
from learning.rules.years import Calendar

if TYPE_CHECKING:
    from datetime import date

    from learning.models.person import Person


class MissedCheckPolicy(models.TextChoices):
    """What a missed presence check costs; the seconds already confirmed it never touches."""

    HOLD = "hold", _("counting stops until a check is passed")
    REWIND = "rewind", _("back to the last passed check")


class RequirementQuerySet(models.QuerySet["Requirement"]):
    """Filters on requirements."""

    def in_force(self) -> RequirementQuerySet:
        """Keep the rows of sets that have come into force; drafts and coming versions bind nobody."""
        return self.filter(rule_set__state__in=RuleSet.BINDING)

    def decided_no_more(self, today: date) -> list[int]:
        """Return the numbers of the rules whose pending hours are not decided any more; they are few."""
        limited = self.filter(grace_days__isnull=False, cutoff_on__lt=today)
        return [rule.pk for rule in limited if not rule.as_calendar().takes_decisions(today)]

    def binding(self, *, region: Region, year: int, title_level: str) -> Requirement | None:
        """Return the newest version in the nearest region that sets a rule, or None."""
        codes = region.upward_codes()
        found = self.in_force().filter(region_id__in=codes, year=year, title_level=title_level)
        return min(found, key=lambda row: (codes.index(row.region_id), -row.version), default=None)

    def binding_person(self, person: Person, year: int) -> Requirement | None:
        """Return the requirement that binds this person in this year, or None (R1)."""
        if person.region is None or not person.title_level:
            return None
        return self.binding(region=person.region, year=year, title_level=person.title_level)

    def binding_years(self, person: Person, years: Iterable[int]) -> dict[int, Requirement]:
        """Return year → the requirement that binds this person in it, for the years that have one."""
        if person.region is None or not person.title_level:
            return {}
        codes = person.region.upward_codes()
        rows = self.in_force().filter(region_id__in=codes, year__in=years, title_level=person.title_level)
        # The one that binds comes last, and stays.
        return {row.year: row for row in sorted(rows, key=lambda row: (-codes.index(row.region_id), row.version))}


class Requirement(models.Model):
    """The rule of one region, year and title level, in one version.

    Hours are held in hundredths (`_centihours`), so that a rule may round to
    any common step. Source: R13-R15, R21, DESIGN §3.
    """

    rule_set = models.ForeignKey(
        RuleSet, on_delete=models.PROTECT, related_name="requirements", verbose_name=_("rule set")
    )
    region = models.ForeignKey(Region, on_delete=models.PROTECT, verbose_name=_("region"))
    year = models.PositiveSmallIntegerField(_("year"))
    title_level = models.CharField(
        _("title level"), max_length=16, choices=[(level.value, level.value) for level in TitleLevel]
    )
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    total_centihours = models.PositiveIntegerField(_("total"))
    public_centihours = models.PositiveIntegerField(_("of which public"))
    professional_share_numerator = models.PositiveSmallIntegerField(_("professional share, numerator"), default=0)
    professional_share_denominator = models.PositiveSmallIntegerField(_("professional share, denominator"), default=1)
    hour_seconds = models.PositiveIntegerField(_("length of a credit hour in seconds"), default=2_700)
    rounding_centihours = models.PositiveSmallIntegerField(_("rounded down to"), default=10)
    daily_cap_centihours = models.PositiveIntegerField(_("daily cap"), null=True, blank=True)
    at_risk_weekly_centihours = models.PositiveIntegerField(
        _("at risk above, a week"),
        default=800,
        help_text=_("Hours needed for each week left; more than this, and a year is told to be at risk."),
    )
    cutoff_on = models.DateField(_("cut-off"), help_text=_("The last day that counts."))
    # What follows the year: the database knows what holds where nothing is said, for whoever copies rows in.
    grace_days = models.PositiveSmallIntegerField(
        _("pending hours are still decided after the year"), null=True, blank=True
    )
    makeup_until_on = models.DateField(_("make-up window for a missed year"), null=True, blank=True)
    carry_public_centihours = models.PositiveIntegerField(
        _("surplus public hours carried into the next year, at most"), default=0, db_default=0
    )
    carry_professional_centihours = models.PositiveIntegerField(
        _("surplus professional hours carried into the next year, at most"), default=0, db_default=0
    )
    prorates_part_year = models.BooleanField(
        _("waives a twelfth for each full month before joining"), default=False, db_default=False
    )
    leave_from_months = models.PositiveSmallIntegerField(
        _("leave waives a twelfth for each full month, from"), null=True, blank=True
    )
    leave_whole_months = models.PositiveSmallIntegerField(_("leave waives the whole year from"), null=True, blank=True)
    # Viewing rules: data of the requirement, not code (DESIGN §3, owner's choices).
    lesson_slack_s = models.PositiveSmallIntegerField(_("seconds a lesson may lack"), default=2)
    first_rate_percent = models.PositiveSmallIntegerField(_("speed of unseen parts"), default=100)
    review_rate_percent = models.PositiveSmallIntegerField(_("speed of seen parts"), default=200)
    has_presence_checks = models.BooleanField(_("presence checks"), default=False)
    check_min_s = models.PositiveSmallIntegerField(_("shortest time between checks"), default=720)
    check_max_s = models.PositiveSmallIntegerField(_("longest time between checks"), default=1_200)
    check_answer_s = models.PositiveSmallIntegerField(_("time to answer a check"), default=60)
    missed_check = models.CharField(
        _("after a missed check"), max_length=8, choices=MissedCheckPolicy.choices, default=MissedCheckPolicy.HOLD
    )
    asks_content_questions = models.BooleanField(_("checks may ask about the lecture"), default=False)
    counts_hidden = models.BooleanField(_("counts while the page is hidden"), default=False)
    counts_picture_in_picture = models.BooleanField(_("counts in picture-in-picture"), default=False)
    # What the offices owe. Where nothing is said: what every server did before it was a rule.
    second_officer_above = models.PositiveIntegerField(
        _("a second officer signs runs of more than"), default=50, db_default=50
    )
    audit_working_days = models.PositiveSmallIntegerField(_("a base audits within"), default=5, db_default=5)
    confirm_working_days = models.PositiveSmallIntegerField(_("the bureau confirms within"), default=10, db_default=10)
    article_zh = models.TextField(_("article (Chinese)"), blank=True)
    article_en = models.TextField(_("article (English)"), blank=True)
    source = models.CharField(_("document number"), max_length=60, blank=True)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    inherited = models.JSONField(
        _("taken from above"), default=dict, blank=True, help_text=_("Figure → code of the region that states it.")
    )

    objects = RequirementQuerySet.as_manager()

    class Meta:
        verbose_name = _("requirement")
        verbose_name_plural = _("requirements")
        ordering = ["region", "-year", "title_level", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "year", "title_level", "version"], name="requirement_version_once"
            ),
            models.CheckConstraint(condition=models.Q(hour_seconds__gt=0), name="requirement_hour_positive"),
            models.CheckConstraint(
                condition=models.Q(public_centihours__lte=models.F("total_centihours")),
                name="requirement_public_within_total",
            ),
            models.CheckConstraint(
                condition=models.Q(makeup_until_on__isnull=True) | models.Q(makeup_until_on__gt=models.F("cutoff_on")),
                name="requirement_makeup_after_cutoff",
            ),
        ]

    def __str__(self) -> str:
        """Name the version, as it is quoted on every figure."""
        return self.label

    @property
    def label(self) -> str:
        """The name by which pages quote this version, such as 2026-1."""
        return f"{self.year}-{self.version}"

    @property
    def article(self) -> str:
        """The regulation's own words in the active language."""
        return localized(self, "article")

    @property
    def figures(self) -> dict[str, Figure]:
        """Every figure of the row, each with the region that states it."""
        return {name: Figure(self._value(name), self.inherited.get(name, self.region_id)) for name in ALL_FIGURES}

    def _value(self, name: str) -> Value:
        if name == "professional_share":
            return (self.professional_share_numerator, self.professional_share_denominator)
        value: Value = getattr(self, name)
        return value

    def as_rule(self) -> RequirementRule:
        """Return the numbers the rules judge by."""
        return RequirementRule(
            total_centihours=self.total_centihours,
            public_centihours=self.public_centihours,
            professional_share_numerator=self.professional_share_numerator,
            professional_share_denominator=self.professional_share_denominator,
        )

    def as_calendar(self) -> Calendar:
        """Return the days of the year: until when one studies, until when offices decide."""
        return Calendar(self.cutoff_on, self.makeup_until_on, self.grace_days)

    def as_terms(self) -> Terms:
        """Return what of the year is waived, and for what."""
        return Terms(self.leave_from_months, self.leave_whole_months, self.prorates_part_year)

    def as_office_terms(self) -> OfficeTerms:
        """Return what the offices owe."""
        return OfficeTerms(self.second_officer_above, self.audit_working_days, self.confirm_working_days)

    @property
    def carry_caps(self) -> Totals:
        """The most that is carried into the next year, by subject."""
        return Totals(self.carry_public_centihours, self.carry_professional_centihours)


class PublicTopic(models.Model):
    """One of a year's compulsory public topics in a region. Source: R4."""

    region = models.ForeignKey(Region, on_delete=models.PROTECT, verbose_name=_("region"))
    year = models.PositiveSmallIntegerField(_("year"))
    code = models.SlugField(_("code"))
    name_zh = models.CharField(_("Chinese name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=120)

    class Meta:
        verbose_name = _("public topic")
        verbose_name_plural = _("public topics")
        ordering = ["-year", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["region", "year", "code"], name="public_topic_once"),
        ]

    def __str__(self) -> str:
        """Name the topic in the active language."""
        return self.name

    @property
    def name(self) -> str:
        """The name in the active language."""
        return localized(self, "name")
