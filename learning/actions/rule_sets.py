"""Rule sets: drafted by one officer, issued by another, never edited afterwards.

Every act is a guarded update and a line of the audit log in one transaction.
Who may act is the door's question; that the issuer is a second person is asked
here and by the database. Source: DESIGN D4, R8, R9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from learning.actions import audit_log, ledger_links
from learning.actions.rule_words import digest
from learning.models import Organisation, Person, Region, Requirement, RuleSet
from learning.models.clock import local_date
from learning.rules.accounting import AccountingScheme
from learning.rules.figures import ALL_FIGURES, Fault, Figures, faults
from learning.rules.inheritance import Figure, inherited, resolve
from learning.rules.requirements import TitleLevel

State = RuleSet.State


class RuleSetRefusedError(RuntimeError):
    """The act does not apply to the set as it stands; nothing was changed."""


class StandsElsewhere(RuleSetRefusedError):
    """The set is no longer in the state the act begins from: somebody was first."""


class AlreadyComing(RuleSetRefusedError):
    """The region and year have a coming version already; it is finished or withdrawn first."""


class SameOfficer(RuleSetRefusedError):
    """Who drafted a set does not issue it."""


class NotWhatWasSeen(RuleSetRefusedError):
    """The figures differ from those the officer had before their eyes."""


class Faulty(RuleSetRefusedError):
    """The figures cannot be a rule."""

    def __init__(self, found: Mapping[str, list[Fault]]) -> None:
        """Keep the faults by title level."""
        self.found = found
        super().__init__(str(dict(found)))


@dataclass(frozen=True, slots=True)
class LevelDraft:
    """What a draft states for one title level itself; a figure that is not named is taken from above."""

    own: Figures
    article_zh: str = ""
    article_en: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole draft, as its writer means it."""

    effective_on: date
    source: str
    levels: Mapping[str, LevelDraft]
    accounting: AccountingScheme = AccountingScheme.HOURS
    point_centihours: int | None = field(default=None)


def row_above(region: Region, year: int, title_level: str) -> Requirement | None:
    """Return the requirement that binds the region from above, or None."""
    if region.parent is None:
        return None
    return Requirement.objects.binding(region=region.parent, year=year, title_level=title_level)


def above(region: Region, year: int, title_level: str) -> dict[str, Figure]:
    """Return the figures that bind the region from above, each with the region that states it; empty: none do."""
    row = row_above(region, year, title_level)
    return row.figures if row is not None else {}


@transaction.atomic
def draft(*, region: Region, year: int, draft: Draft, office: Organisation, by: Person, now: datetime) -> RuleSet:
    """Begin the next version of the region's rules of the year.

    Raises: AlreadyComing; NothingAbove, when a figure is stated by nobody.
    """
    held = RuleSet.objects.filter(region=region, year=year)
    version = (held.aggregate(highest=Max("version"))["highest"] or 0) + 1
    try:
        with transaction.atomic():
            rule_set = RuleSet.objects.create(
                region=region,
                year=year,
                version=version,
                effective_on=draft.effective_on,
                drafted_by=by,
                drafted_at=now,
            )
    except IntegrityError as already:
        raise AlreadyComing(f"{region.pk}/{year}") from already
    _write(rule_set, draft)
    _log("rule_set.draft", rule_set, office=office, by=by, now=now)
    rule_set.refresh_from_db()
    return rule_set


@transaction.atomic
def rewrite(*, rule_set: RuleSet, draft: Draft, office: Organisation, by: Person, now: datetime) -> None:
    """Put other figures into a draft; only its writer does.

    Raises: StandsElsewhere; NothingAbove.
    """
    _move(rule_set, State.DRAFT, State.DRAFT, Q(drafted_by=by))
    _write(rule_set, draft)
    _log("rule_set.rewrite", rule_set, office=office, by=by, now=now)


@transaction.atomic
def submit(*, rule_set: RuleSet, office: Organisation, by: Person, now: datetime) -> None:
    """Hand the draft to a second officer. What it takes from above is taken anew.

    Raises: StandsElsewhere; Faulty; NothingAbove.
    """
    _move(rule_set, State.DRAFT, State.SUBMITTED, Q(drafted_by=by), submitted_at=now)
    for row in rule_set.requirements.all():
        _inherit_again(row, rule_set)
    found = faults_of(rule_set)
    if found:
        raise Faulty(found)
    _log("rule_set.submit", rule_set, office=office, by=by, now=now, digest=digest(rule_set))


@transaction.atomic
def send_back(*, rule_set: RuleSet, reason: str, office: Organisation, by: Person, now: datetime) -> None:
    """Give a submitted set back to its writer, with a reason. Raises: StandsElsewhere."""
    _move(rule_set, State.SUBMITTED, State.DRAFT, Q(), submitted_at=None, reason_text=reason)
    _log("rule_set.send_back", rule_set, office=office, by=by, now=now, reason=reason)


@transaction.atomic
def issue(*, rule_set: RuleSet, seen: str, office: Organisation, by: Person, now: datetime) -> None:
    """Issue a submitted set as the second officer; on or after its day it comes into force at once.

    `seen` is the digest of what the officer looked at.

    Raises: SameOfficer; StandsElsewhere; NotWhatWasSeen.
    """
    if rule_set.drafted_by_id == by.pk:
        raise SameOfficer(rule_set.pk)
    _move(rule_set, State.SUBMITTED, State.SUBMITTED, ~Q(drafted_by=by))
    if digest(rule_set) != seen:
        raise NotWhatWasSeen(seen[:12])
    _hold_those_before(rule_set)
    rule_set.requirements.update(issued_on=local_date(now))
    _move(rule_set, State.SUBMITTED, State.ISSUED, Q(), issued_by=by, issued_at=now, digest=seen)
    _hold_fast(rule_set, now=now)
    _log("rule_set.issue", rule_set, office=office, by=by, now=now, digest=seen)
    if rule_set.effective_on <= local_date(now):
        come_into_force(rule_set=rule_set, now=now)


@transaction.atomic
def withdraw(*, rule_set: RuleSet, reason: str, office: Organisation, by: Person, now: datetime) -> None:
    """Give up a set that is not yet in force, with a reason; its number is not used again.

    Raises: StandsElsewhere, also for a set in force: that is corrected by a higher version.
    """
    moved = RuleSet.objects.filter(pk=rule_set.pk, state__in=RuleSet.COMING).update(
        state=State.WITHDRAWN, reason_text=reason
    )
    if moved != 1:
        raise StandsElsewhere(rule_set.pk)
    _log("rule_set.withdraw", rule_set, office=office, by=by, now=now, reason=reason)


@transaction.atomic
def come_into_force(*, rule_set: RuleSet, now: datetime) -> None:
    """Let an issued set bind from now on, in the place of the version before it.

    Years already open are moved under it by a sweep (`rule_moves`). Raises: StandsElsewhere.
    """
    _move(rule_set, State.ISSUED, State.IN_FORCE, Q(effective_on__lte=local_date(now)), in_force_at=now)
    _supersede_those_before(rule_set)
    _log("rule_set.in_force", rule_set, office=None, by=None, now=now)


@transaction.atomic
def lay(*, rule_set: RuleSet, at: datetime, now: datetime) -> None:
    """Bring a draft into force, as of `at`, that no officers here signed: ruled before them, or a rehearsal's.

    Raises: StandsElsewhere.
    """
    said, times = digest(rule_set), dict.fromkeys(("issued_at", "in_force_at", "moved_at"), at)
    _move(rule_set, State.DRAFT, State.IN_FORCE, Q(drafted_by=None), digest=said, **times)
    _supersede_those_before(rule_set)
    _hold_fast(rule_set, now=now)
    _log("rule_set.lay", rule_set, office=None, by=None, now=now, digest=said)


def faults_of(rule_set: RuleSet) -> dict[str, list[Fault]]:
    """Return what is wrong with the set, by title level; empty when it can be issued."""
    found = {}
    for row in rule_set.requirements.all():
        values = {name: figure.value for name, figure in row.figures.items()}
        if mistakes := faults(values, year=rule_set.year):
            found[row.title_level] = mistakes
    return found


def _move(rule_set: RuleSet, begin: str, end: str, guard: Q, **columns: object) -> None:
    """Take one step, if the set stands where it begins. Raises: StandsElsewhere."""
    if RuleSet.objects.filter(guard, pk=rule_set.pk, state=begin).update(state=end, **columns) != 1:
        raise StandsElsewhere(rule_set.pk)


def _hold_those_before(rule_set: RuleSet) -> None:
    """Lock the versions that will be superseded before the log is written: a sweep ends one, then writes its line."""
    held = RuleSet.objects.filter(region_id=rule_set.region_id, year=rule_set.year, version__lt=rule_set.version)
    list(held.filter(state=State.IN_FORCE).order_by("version").select_for_update(no_key=True))


def _supersede_those_before(rule_set: RuleSet) -> None:
    RuleSet.objects.filter(
        region_id=rule_set.region_id, year=rule_set.year, version__lt=rule_set.version, state=State.IN_FORCE
    ).update(state=State.SUPERSEDED)


def _hold_fast(rule_set: RuleSet, *, now: datetime) -> None:
    ledger_links.append(ledger_links.of_rule_set(RuleSet.objects.get(pk=rule_set.pk)), now=now)


def _write(rule_set: RuleSet, draft: Draft) -> None:
    RuleSet.objects.filter(pk=rule_set.pk).update(
        effective_on=draft.effective_on,
        source=draft.source,
        accounting=draft.accounting,
        point_centihours=draft.point_centihours,
    )
    for level in TitleLevel:
        said = draft.levels[level]
        figures = _resolved(rule_set, level, said.own)
        columns = _columns(figures, rule_set) | {
            "region_id": rule_set.region_id,
            "year": rule_set.year,
            "version": rule_set.version,
            "source": draft.source,
            "article_zh": said.article_zh,
            "article_en": said.article_en,
        }
        Requirement.objects.update_or_create(rule_set=rule_set, title_level=level, defaults=columns)


def _inherit_again(row: Requirement, rule_set: RuleSet) -> None:
    own = {name: figure.value for name, figure in row.figures.items() if figure.region_code == rule_set.region_id}
    figures = _resolved(rule_set, row.title_level, own)
    Requirement.objects.filter(pk=row.pk).update(**_columns(figures, rule_set))


def _resolved(rule_set: RuleSet, level: str, own: Figures) -> dict[str, Figure]:
    return resolve(ALL_FIGURES, own=own, above=above(rule_set.region, rule_set.year, level), here=rule_set.region_id)


def _columns(figures: Mapping[str, Figure], rule_set: RuleSet) -> dict[str, object]:
    """Return the figures as a requirement's columns, with where they come from."""
    share = figures["professional_share"].value
    numerator, denominator = share if isinstance(share, tuple) else (0, 1)
    columns: dict[str, object] = {
        name: figure.value for name, figure in figures.items() if name != "professional_share"
    }
    return columns | {
        "professional_share_numerator": numerator,
        "professional_share_denominator": denominator,
        "inherited": inherited(figures, here=rule_set.region_id),
    }


def _log(
    action: str, rule_set: RuleSet, *, office: Organisation | None, by: Person | None, now: datetime, **facts: str
) -> None:
    audit_log.append(
        action=action,
        subject=f"rule_set:{rule_set.pk}",
        actor=by,
        organisation=office,
        facts={"region": rule_set.region_id, "label": rule_set.label, **facts},
        now=now,
    )
