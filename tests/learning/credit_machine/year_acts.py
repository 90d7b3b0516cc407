"""What follows a year, in a life: leave that is asked for and decided, years that are closed, hours carried over.

Here, too, the product's rows are held against the model's.
"""

from __future__ import annotations

import datetime as dt

from learning.models import AnnualRecord, CreditEntry, Evidence
from tests.learning.credit_machine import acts, closing, leave
from tests.learning.credit_machine.cast import PEOPLE
from tests.learning.credit_machine.entries import DONE
from tests.learning.credit_machine.leave import Leave
from tests.learning.credit_machine.long_acts import LongActs
from tests.learning.credit_machine.stage import CHINA, STEP
from tests.learning.credit_machine.tables import rows, same


class YearActs(LongActs):
    """What is done to whole years, and what all of them must be."""

    # Leave

    def ask_leave(self, person: str, year: int, asked: Leave) -> None:
        expected = leave.may_ask(self.model, person, year, asked, is_professional=bool(PEOPLE[person][1]))
        held: list[Evidence] = []
        if self.play(
            "ask leave",
            lambda: held.append(acts.ask_leave(self.person(person), year, asked, now=self.now)),
            expected,
        ):
            made = leave.ask(self.model, person, year, asked)
            found = list(held[0].credit_entries.order_by("pk").values_list("pk", "subject_kind", "centihours"))
            expected_rows = [(entry.subject, entry.centihours) for entry in made.entries]
            same("hours to waive", expected_rows, [(subject, hours) for _pk, subject, hours in found])
            same("twelfths", made.twelfths, held[0].facts["twelfths"])
            self.entry_ids += [pk for pk, _subject, _hours in found]
            self.asked_ids.append(held[0].pk)

    def decide_leave(self, do: str, place: int, by: str, *, is_stale: bool) -> None:
        asked = self.model.asked[place]
        row = Evidence.objects.select_related("person").get(pk=self.asked_ids[place])
        is_stale = is_stale and do != "answer"
        seen = len(asked.entries[0].acts) + is_stale
        expected = leave.may_decide(self.model, do, asked, by, is_stale=is_stale)
        deciding = lambda: acts.decide_leave(do, row, self.person(by), seen=seen, now=self.now)  # noqa: E731
        if self.play(f"leave: {do}", deciding, expected):
            leave.decide(self.model, do, asked, by)

    def desk_of(self, place: int, do: str, actor: int) -> str:
        """Name one whose verdict it is; empty: anybody may try."""
        asked = self.model.asked[place]
        if actor % 6 == 0:
            return ""
        return asked.person if do == "answer" else self.holder(self.model.homes[asked.person], "officer", actor)

    # Days

    def close_years(self) -> None:
        """Close what is over, and let surplus go on; twice, since one year may have waited for another."""
        self.play("close years", acts.close_years, DONE)
        closing.close(self.model)
        closing.close(self.model)
        self.find_fresh()

    def find_fresh(self) -> None:
        """Learn the numbers of what was carried over, or restored, in the last act, as much as it must be."""
        fresh = [((*e.key, e.kind, e.subject), e.centihours) for e in self.model.entries[len(self.entry_ids) :]]
        made = CreditEntry.objects.exclude(kind="reversal").exclude(pk__in=self.entry_ids).order_by("pk")
        found = [((self.cast.name_of(e.person_id), e.year, _kind(e), e.subject_kind), e) for e in made]
        same("carried over, or restored", sorted(fresh), sorted((key, e.centihours) for key, e in found))
        numbers = {key: e.pk for key, e in found}
        self.entry_ids += [numbers[key] for key, _centihours in fresh]
        for (_person, _year, kind, _subject), _centihours in fresh:
            self.tally["carry over" if kind == "carried" else "restore", DONE] += 1

    def go_to_a_turn(self, pick: int) -> None:
        """Let the clock go on to the next days on which something is different, or to the moment before."""
        turns = {day for (year, _version), rule in self.model.rules.items() for day in rule.turns(year)}
        coming = sorted(day for day in turns if day > self.model.today)[:2]
        if coming:
            turn = dt.datetime.combine(coming[pick % len(coming)], dt.time(), tzinfo=CHINA)
            before = dt.timedelta(seconds=30) if pick % 3 == 0 else dt.timedelta(0)
            self.pass_time(max(turn - before - self.now, STEP))

    # The two held against each other

    def compare(self) -> None:
        """Hold every entry, place, year and page against the model."""
        entries = {
            number: (self.cast.name_of(person), *facts)
            for number, person, *facts in rows(
                "SELECT e.id, e.person_id, e.year, s.state, s.decision_count, e.subject_kind, e.centihours, "
                "CASE WHEN e.kind IN ('earned', 'claimed') THEN 'studied' ELSE e.kind END FROM learning_creditentry e "
                "JOIN learning_creditstanding s ON s.entry_id = e.id WHERE e.kind <> 'reversal'"
            )
        }
        for number, entry in zip(self.entry_ids, self.model.entries, strict=True):
            expected = (*entry.key, entry.state, len(entry.acts), entry.subject, entry.centihours, entry.kind)
            same(f"entry {number}", expected, entries.pop(number, None))
        same("other entries", {}, entries)
        self._compare_years()
        places = {
            (self.cast.name_of(person), *facts): status
            for person, *facts, status in rows("SELECT person_id, course_key, year, status FROM learning_enrolment")
        }
        same("places", {key: place.status for key, place in self.model.places.items()}, places)

    def _compare_years(self) -> None:
        years = {
            (self.cast.name_of(record.person_id), record.year): {
                "state": record.state,
                "stands": record.standing(self.model.today).value,
                "version": record.requirement.version,
                "is closed": record.is_closed,
            }
            | {name: getattr(record, name) for _kind, _subject, name in closing.UNSTUDIED}
            for record in AnnualRecord.objects.select_related("requirement")
        }
        expected = {
            key: {
                "state": year.state,
                "stands": closing.standing(self.model, key),
                "version": year.version,
                "is closed": year.is_closed,
            }
            | self.model.unstudied(key)
            for key, year in self.model.years.items()
        }
        same("years", expected, years)
        for key, year in self.model.years.items():
            told = [
                (
                    str(page.state),
                    page.facts["public_centihours"],
                    page.facts["professional_centihours"],
                    {name: page.facts[name] for _kind, _subject, name in closing.UNSTUDIED},
                )
                for page in self.pages_of(key)
            ]
            must = [(page.state, page.public, page.professional, page.unstudied) for page in year.pages]
            same(f"pages of {key}", must, told)


def _kind(entry: CreditEntry) -> str:
    """Return what the model calls the entry's kind."""
    return "studied" if entry.kind in CreditEntry.STUDIED else str(entry.kind)
