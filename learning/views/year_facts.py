"""The facts of one year's page: read once, then only shown.

Knows rows and rules; nothing of markup. What is inside a lesson is tracking's
knowledge: here a lesson is watched or it is not.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from learning.actions import studies
from learning.actions.enrolments import local_year
from learning.models import AnnualRecord, Certificate, CreditEntry, Enrolment, Lesson, Person, Requirement
from learning.rules.credit_states import PENDING, State
from learning.rules.next_steps import Step, StepKind, next_steps, weekly_centihours
from learning.rules.requirements import Missing, Totals, missing
from learning.rules.years import YearState
from learning.rules.years import state_of as year_state
from learning.views.timeline import Timeline, timeline
from learning.views.year_lists import hours_of, places_of, too_late_of

RECENT_COUNT = 5
#: How long the year's page tells of a certificate that a newer one replaced; of a revoked one it always tells.
REPLACED_IS_NEWS = timedelta(days=30)
NOTHING = Totals(0, 0)


@dataclass(frozen=True)
class YearFacts:
    """What the pages of a year show. `today` is the date here, by the server's clock."""

    year: int
    present_year: int
    now: datetime
    today: date
    records: Mapping[int, AnnualRecord]
    requirement: Requirement | None
    entries: Sequence[CreditEntry]
    enrolments: Sequence[Enrolment]
    used_up: Collection[int]
    next_lesson: Lesson | None
    certificates: Sequence[Certificate]

    @property
    def certificate(self) -> Certificate | None:
        """The year's valid page."""
        return next((page for page in self.certificates if page.state == Certificate.State.VALID), None)

    @property
    def ended_certificate(self) -> Certificate | None:
        """The page whose end the learner has to know of: revoked, or replaced of late."""
        for page in self.certificates:
            if page.replaced_at is not None and self.now - page.replaced_at < REPLACED_IS_NEWS:
                return page
            if page.revoked_at is not None and self.certificate is None:
                return page
        return None

    @property
    def record(self) -> AnnualRecord | None:
        """The year's record, once it was opened."""
        return self.records.get(self.year)

    @property
    def confirmed(self) -> Totals:
        """What the bureau has confirmed."""
        return self.record.confirmed if self.record else NOTHING

    @property
    def pending(self) -> Totals:
        """What was earned and waits for an office, or for the learner's answer."""
        return self.record.pending if self.record else NOTHING

    @cached_property
    def too_late(self) -> list[CreditEntry]:
        """Pending entries that no office decides any more."""
        return too_late_of(self._studied, self.requirement, self.today)

    @property
    def pending_that_counts(self) -> Totals:
        """What of the pending hours may still be decided."""
        return self.pending - hours_of(self.too_late)

    @cached_property
    def missing(self) -> Missing:
        """What is still to study: pending hours count as studied (UX, screen 1), unless they came too late."""
        if self.requirement is None:
            return Missing(0, 0, 0)
        return missing(self.requirement.as_rule(), self.confirmed + self.pending_that_counts)

    @property
    def state(self) -> str:
        """How the page opens: none, passed, closed, make_up, done, new or studying."""
        if self.requirement is None:
            return "none"
        if self.record is not None and self.record.state != AnnualRecord.State.OPEN:
            return "passed"
        if self.missing.is_nothing:
            return "done"
        over = {YearState.NOT_MET: "closed", YearState.MAKE_UP: "make_up"}
        standing = year_state(self.requirement.as_calendar(), self.today)
        if standing in over:
            return over[standing]
        return "studying" if self.entries or self.enrolments else "new"

    @property
    def standing(self) -> YearState:
        """Where the year stands by its rule's days."""
        return self.record.standing(self.today) if self.record else YearState.OPEN

    @property
    def last_day(self) -> date | None:
        """The last day on which study counts: the cut-off, or the end of the make-up window."""
        if self.requirement is None:
            return None
        return self.requirement.as_calendar().last_study_on if self.state == "make_up" else self.requirement.cutoff_on

    @property
    def days_left(self) -> int:
        """Days until the last one that counts, which itself still counts; below zero: closed."""
        return (self.last_day - self.today).days if self.last_day else 0

    @property
    def takes_waivers(self) -> bool:
        """Whether the rule waives anything and there is still something to waive."""
        if self.requirement is None or self.state in {"passed", "closed"}:
            return False
        terms = self.requirement.as_terms()
        return terms.prorates_part_year or terms.leave_from_months is not None

    @property
    def waived(self) -> Totals:
        """What of the confirmed hours was waived."""
        return self.record.waived if self.record else NOTHING

    @property
    def carried(self) -> Totals:
        """What of the confirmed hours was carried over from the year before."""
        return self.record.carried if self.record else NOTHING

    @property
    def waivers(self) -> list[CreditEntry]:
        """Entries of waivers that are asked for and not granted yet."""
        waived = [entry for entry in self.entries if entry.kind == CreditEntry.Kind.WAIVED]
        return [entry for entry in waived if State(entry.standing.state) in PENDING]

    @property
    def has_returned_waiver(self) -> bool:
        """Whether a waiver waits for the learner's answer."""
        return any(entry.standing.state == State.RETURNED for entry in self.waivers)

    @property
    def waivers_centihours(self) -> int:
        """Their hours."""
        return sum(entry.centihours for entry in self.waivers)

    @property
    def missed(self) -> AnnualRecord | None:
        """The year before, while it may be made up."""
        before = self.records.get(self.year - 1)
        is_made_up = before is not None and before.standing(self.today) == YearState.MAKE_UP
        return before if is_made_up and self.year == self.present_year else None

    @property
    def weekly_centihours(self) -> int | None:
        """The average a week that fulfils the year."""
        return weekly_centihours(self.missing.to_study_centihours, days_left=self.days_left)

    @property
    def professional_whole_centihours(self) -> int:
        """The length of the professional bar: the rule's least, else what public leaves of the total."""
        if self.requirement is None:
            return 0
        rule = self.requirement.as_rule()
        return rule.professional_centihours or rule.total_centihours - rule.public_centihours

    @property
    def has_professional_test(self) -> bool:
        """Whether the rule asks for a professional share."""
        return self.requirement is not None and self.requirement.as_rule().professional_centihours > 0

    @property
    def hours_href(self) -> str:
        """The hour record of this year; pages add the other filters."""
        return f"{reverse('learning:hours')}?year={self.year}"

    @property
    def timeline(self) -> Timeline | None:
        """The year as a line."""
        return timeline(self.year, self.requirement.cutoff_on, self.today, self.entries) if self.requirement else None

    @property
    def to_fill_centihours(self) -> int:
        """What the total still lacks beyond the public test; no subject is prescribed for it."""
        return self.missing.to_study_centihours - self.missing.public_centihours

    @cached_property
    def studying(self) -> list[Enrolment]:
        """Courses under way that may still be completed."""
        under_way = [row for row in self.enrolments if row.status == Enrolment.Status.ENROLLED]
        return [row for row in under_way if row.pk not in self.used_up]

    @property
    def enough_for_public(self) -> Enrolment | None:
        """A course under way that alone closes the public gap."""
        gap = self.missing.public_centihours
        fitting = (row for row in self.studying if row.edition.is_public_subject)
        return next((row for row in fitting if gap and row.edition.approved_centihours >= gap), None)

    @cached_property
    def waiting(self) -> list[CreditEntry]:
        """Entries that an office holds, and decides."""
        return [entry for entry in self._open if State(entry.standing.state) in PENDING - {State.RETURNED}]

    @property
    def waiting_centihours(self) -> int:
        """Their hours."""
        return sum(entry.centihours for entry in self.waiting)

    @property
    def returned(self) -> list[CreditEntry]:
        """Entries that wait for the learner's answer."""
        return [entry for entry in self._open if entry.standing.state == State.RETURNED]

    @property
    def _open(self) -> list[CreditEntry]:
        return [entry for entry in self._studied if entry not in self.too_late]

    @property
    def _studied(self) -> list[CreditEntry]:
        return [entry for entry in self.entries if entry.kind in CreditEntry.STUDIED]

    @property
    def recent(self) -> Sequence[CreditEntry]:
        """The newest changes."""
        return self.entries[:RECENT_COUNT]

    @property
    def other_years(self) -> list[tuple[AnnualRecord, YearState]]:
        """Every other year on record with where it stands, newest first."""
        others = sorted(self.records.items(), reverse=True)
        return [(record, record.standing(self.today)) for year, record in others if year != self.year]

    @cached_property
    def steps(self) -> list[tuple[Step, Enrolment | None]]:
        """The next steps, each with the course it speaks of."""
        by_id = {row.pk: row for row in self.studying}
        return [
            (step, by_id.get(step.enrolment_id or 0)) for step in next_steps(self.missing, places_of(self.studying))
        ]

    @property
    def first(self) -> tuple[Step, Enrolment | None] | None:
        """The step of the one primary button."""
        return self.steps[0] if self.steps else None


def read_year(person: Person, year: int, *, records: Mapping[int, AnnualRecord], now: datetime) -> YearFacts:
    """Read everything a year's pages show, in as many queries for one row as for many."""
    record = records.get(year)
    requirement = record.requirement if record else Requirement.objects.binding_person(person, year)
    enrolments = list(
        Enrolment.objects.of(person)
        .filter(year=year)
        .select_related("edition__base")
        .with_progress()
        .order_by("enrolled_at")
    )
    entries = list(CreditEntry.objects.of_year(person, year).with_score().prefetch_related("decisions"))
    facts = YearFacts(
        year=year,
        present_year=local_year(now),
        now=now,
        today=now.astimezone(ZoneInfo(settings.TIME_ZONE)).date(),
        records=records,
        requirement=requirement,
        entries=entries,
        enrolments=enrolments,
        used_up=studies.used_up([row.pk for row in enrolments if row.is_watched and row.is_exam_due]),
        next_lesson=None,
        certificates=list(
            Certificate.objects.filter(book__person=person, year=year).select_related("replaced_by", "issuer")
        ),
    )
    return _with_next_lesson(facts)


def _with_next_lesson(facts: YearFacts) -> YearFacts:
    first = facts.first
    if first is None or first[1] is None or first[0].kind != StepKind.FINISH_COURSE:
        return facts
    edition_id, number = first[1].edition_id, first[1].next_number
    if number is None:
        return facts
    return replace(facts, next_lesson=Lesson.objects.filter(edition_id=edition_id, number=number).first())
