"""Steps that follow a year: made-up study, leave, days that turn, years that are closed."""

from __future__ import annotations

import datetime as dt
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.learning.credit_machine.cast import COURSES, LEARNERS, PEOPLE, YEARS
from tests.learning.credit_machine.leave import VERDICTS, Leave
from tests.learning.credit_machine.rule import Rule

if TYPE_CHECKING:
    from tests.learning.credit_machine.world import World

NUMBER = st.integers(0, 10_000)
LENIENT: dict[str, Any] = {"leave_from": 3, "leave_whole": 10, "prorates": True}
RULES = [
    Rule(400, 200, makeup=(4, 30), carry=(100, 300), leave_from=3),
    Rule(600, 200, makeup=(1, 31), grace_days=20, carry=(0, 150), **LENIENT),
    Rule(600, 200, (2, 3), carry=(50, 0), prorates=True),
    Rule(800, 400, cutoff=(11, 30), makeup=(12, 20), makeup_in=0, grace_days=10, carry=(200, 200), **LENIENT),
    Rule(300, 0, (2, 3), cutoff=(11, 25), grace_days=5, carry=(200, 100), leave_from=1),
    Rule(300, 100, grace_days=0, carry=(100, 400), leave_from=1, leave_whole=2),
]
#: Absences by ground and days; the year they begin in is the present one, or the one before.
ABSENCES = [
    ("illness", (2, 1), (4, 30)),
    ("maternity", (3, 15), (9, 14)),
    ("study_abroad", (1, 1), (12, 31)),
    ("secondment", (1, 31), (4, 29)),
    ("illness", (5, 1), (5, 31)),
    ("parental", (8, 31), (11, 29)),
    ("aid_mission", (9, 2), (12, 1)),
    ("part_year", (7, 1), (5, 31)),
    ("part_year", (2, 2), (1, 30)),
    ("illness", (6, 30), (6, 1)),
]
#: What comes next for a waiver that stands so.
NEXT = {"earned": ["check", "check", "check", "give_back"], "returned": ["answer"]}
NEXT |= {"audited": ["grant", "grant", "grant", "send_back", "refuse"]}


def absences(year: int) -> list[Leave]:
    """Return what is asked for of a year; a last day before the first but for two is of the next one."""
    made = [Leave(ground, dt.date(year, *first), dt.date(year, *last)) for ground, first, last in ABSENCES]
    over_new_year = Leave("parental", dt.date(year - 1, 11, 15), dt.date(year, 3, 31))
    return [*made, over_new_year, Leave("maternity", dt.date(year, 10, 1), dt.date(year + 1, 2, 28))]


class YearRules(RuleBasedStateMachine):
    """What is done to whole years."""

    if TYPE_CHECKING:
        world: World

        def step(self) -> AbstractContextManager[None]: ...

    @rule(person=st.sampled_from(LEARNERS), course=st.sampled_from(list(COURSES)))
    def make_up_a_missed_year(self, person: str, course: str) -> None:
        """Study for the year before: refused unless it was missed and its window is open."""
        with self.step():
            self.world.finish(person, course, self.world.year - 1)

    @precondition(lambda self: self.world.year == min(YEARS))
    @rule(person=st.sampled_from(LEARNERS), course=st.sampled_from(list(COURSES)))
    def study_ahead(self, person: str, course: str) -> None:
        """Study for the year to come, which nobody may."""
        with self.step():
            self.world.finish(person, course, self.world.year + 1)

    @rule(person=st.sampled_from(LEARNERS), actor=NUMBER)
    def a_year_is_fulfilled(self, person: str, actor: int) -> None:
        """Have something to spare."""
        with self.step():
            self.world.fulfil(person, actor)

    @rule(person=st.sampled_from(list(PEOPLE)), back=st.sampled_from([0, 0, 1]), pick=NUMBER)
    def ask_leave(self, person: str, back: int, pick: int) -> None:
        with self.step():
            year = self.world.year - back
            asked = absences(year)
            self.world.ask_leave(person, year, asked[pick % len(asked)])

    @precondition(lambda self: self.world.asked_ids)
    @rule(pick=NUMBER, move=NUMBER, actor=NUMBER, by=st.sampled_from(list(PEOPLE)), is_stale=st.booleans())
    def decide_leave(self, pick: int, move: int, actor: int, by: str, *, is_stale: bool) -> None:
        """Say what comes next, mostly, by whose it is."""
        with self.step():
            place = pick % len(self.world.asked_ids)
            likely = NEXT.get(self.world.model.asked[place].entries[0].state, list(VERDICTS))
            do = likely[move % len(likely)] if move % 5 else list(VERDICTS)[move % len(VERDICTS)]
            by = self.world.desk_of(place, do, actor) or by
            self.world.decide_leave(do, place, by, is_stale=is_stale and move % 4 == 0)

    @rule(person=st.sampled_from(LEARNERS), pick=NUMBER, actor=NUMBER, seconds=st.sampled_from([1, 1, 1, 0]))
    def see_a_leave_through(self, person: str, pick: int, actor: int, seconds: int) -> None:
        """Ask, check, grant: by two officers, if the bureau has two; or by one, who may not."""
        with self.step():
            asked = absences(self.world.year)
            held = len(self.world.asked_ids)
            self.world.ask_leave(person, self.world.year, asked[pick % len(asked)])
            if len(self.world.asked_ids) > held:
                for do, who in (("check", actor), ("grant", actor + seconds)):
                    self.world.decide_leave(do, held, self.world.desk_of(held, do, who) or "cy", is_stale=False)

    @rule()
    def years_are_closed(self) -> None:
        with self.step():
            self.world.close_years()

    @precondition(lambda self: self.world.of_closed_years())
    @rule(pick=NUMBER, actor=NUMBER, is_decided=st.sampled_from([True, True, False]))
    def what_was_closed_is_judged_again(self, pick: int, actor: int, *, is_decided: bool) -> None:
        """Take hours of a closed year back, to be judged again; mostly see that through, and close the year again."""
        with self.step():
            held = self.world.of_closed_years()
            self.world.judge_again(held[pick % len(held)], actor, is_decided=is_decided)
            self.world.close_years()

    @rule(pick=NUMBER)
    def the_days_turn(self, pick: int) -> None:
        """Let a cut-off, a window or a grace end; or stand right before."""
        self.world.go_to_a_turn(pick)

    @rule(pick=NUMBER)
    def the_days_turn_and_years_are_closed(self, pick: int) -> None:
        with self.step():
            self.world.go_to_a_turn(pick)
            self.world.close_years()

    @rule(asked=st.sampled_from(RULES), second=st.sampled_from(["officer who learns", "officer"]), back=st.booleans())
    def put_a_rule_in_force(self, asked: Rule, second: str, *, back: bool) -> None:
        """Let the present year ask for something else, or the one that is over."""
        with self.step():
            year = max(self.world.year - back, min(YEARS))
            self.world.put_in_force(year, asked, "officer", second)
