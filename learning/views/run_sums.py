"""What could be put into one run, summed up: how much of it, and of which bases and courses.

Of a long queue it counts what has waited longest, as a desk does; the run itself takes everything,
and says how much that is once it is frozen. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Sum
from django.utils.translation import get_language

from learning.actions import confirmation_runs
from learning.models import CreditEntry, CreditFlag, Organisation, Person, QueueTally
from learning.models.credit import CreditEntryQuerySet
from learning.rules.credit_states import State
from learning.views import queues
from learning.views.queue_sums import counted
from learning.views.queues import Amount

#: What entries are told apart by: number, Chinese name, English name.
BASE = ("auditor__slug", "auditor__name_zh", "auditor__name_en")
COURSE = ("enrolment__edition__course_key", "title_zh", "title_en")


@dataclass(frozen=True, slots=True)
class Choice:
    """Something a set can be narrowed to, and how much of it waits; None: it lies beyond what is counted."""

    key: str
    label: str
    amount: Amount | None


@dataclass(frozen=True, slots=True)
class Free:
    """What an officer may put into a run, and what that can be narrowed to; `is_cut`: there may be more."""

    is_cut: bool
    amount: Amount
    bases: list[Choice]
    courses: list[Choice]


def free(bureau: Organisation, person: Person, *, base: Organisation | None = None, course_key: str = "") -> Free:
    """Sum up what this officer may put into a run."""
    longest = confirmation_runs.longest_waits(bureau=bureau, base=base, course_key=course_key)
    numbers = list(longest.values_list("pk", flat=True)[: queues.WINDOW])
    entries = confirmation_runs.open_to(person, CreditEntry.objects.filter(pk__in=numbers), bureau=bureau)
    rows = list(_summed(entries, *BASE, *COURSE))
    is_cut = len(numbers) >= queues.WINDOW
    return Free(
        is_cut=is_cut,
        amount=counted(_sum(rows), is_cut=is_cut),
        bases=_choices(rows, BASE, is_cut=is_cut),
        courses=_choices([row for row in rows if row[COURSE[0]]], COURSE, is_cut=is_cut),
    )


def further_bases(bureau: Organisation, bases: list[Choice]) -> list[Choice]:
    """Return the bases beyond what is counted of a long queue: those of which hours waited at a late count."""
    waited = QueueTally.objects.filter(bureau=bureau, state=State.AUDITED).values("auditor")
    others = Organisation.objects.filter(pk__in=waited).exclude(slug__in=[choice.key for choice in bases])
    return [Choice(other.slug, other.name, None) for other in others.order_by("slug")]


def held(bureau: Organisation) -> tuple[Amount, Amount]:
    """Sum up all that waits at the bureau, and of it what is flagged."""
    window = queues.window(queues.waiting(bureau, State.AUDITED))
    told = window.annotate(is_flagged=Exists(CreditFlag.objects.filter(entry=OuterRef("pk"))))
    rows = list(_summed(told, "is_flagged"))
    whole = _sum(rows)
    return counted(whole, is_cut=whole.count >= queues.WINDOW), _sum(row for row in rows if row["is_flagged"])


def choices(entries: CreditEntryQuerySet, key: str, zh: str, en: str) -> list[Choice]:
    """Sum entries up by one thing, the most first; its name in the language of the page."""
    rows = _summed(entries, key).annotate(name_zh=Max(zh), name_en=Max(en))
    return _choices(rows, (key, "name_zh", "name_en"))


def _summed(entries: CreditEntryQuerySet, *by: str) -> Any:
    return entries.order_by().values(*by).annotate(count=Count("pk"), hours=Sum("centihours"))


def _sum(rows: Iterable[Mapping[str, Any]]) -> Amount:
    return sum((Amount(row["count"], row["hours"]) for row in rows), Amount())


def _choices(rows: Iterable[Mapping[str, Any]], told_by: tuple[str, str, str], *, is_cut: bool = False) -> list[Choice]:
    """Add rows up by one thing, the most first."""
    key, zh, en = told_by
    names: dict[str, str] = {}
    amounts: dict[str, Amount] = {}
    for row in rows:
        names[row[key]] = max(names.get(row[key], ""), _named(row[zh], row[en]))
        amounts[row[key]] = amounts.get(row[key], Amount()) + Amount(row["count"], row["hours"])
    in_order = sorted(amounts, key=lambda each: (-amounts[each].count, each))
    return [Choice(each, names[each], counted(amounts[each], is_cut=is_cut)) for each in in_order]


def _named(zh: str, en: str) -> str:
    is_english = (get_language() or "").startswith("en")
    return (en if is_english else "") or zh
