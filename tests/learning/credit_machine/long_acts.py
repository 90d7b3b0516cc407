"""The long acts of a life, step by step: confirmation runs and the certificate desk."""

from __future__ import annotations

from learning.actions import certificate_runs, confirmation_chunks, confirmation_runs
from learning.models import CertificateRun, ConfirmationRun
from tests.learning.credit_machine import acts, jobs
from tests.learning.credit_machine.cast import HOMES
from tests.learning.credit_machine.entries import DONE
from tests.learning.credit_machine.stage import Stage
from tests.learning.credit_machine.tables import rows, same


class LongActs(Stage):
    """What officers begin, and workers carry on."""

    # Confirmation runs

    def draft_run(self, bureau: str, by: str) -> None:
        expected = jobs.may_draft(self.model, self.runs, bureau=bureau, officer=by)
        waiting = jobs.waiting(self.model, self.runs, bureau=bureau, officer=by)
        drafted: list[ConfirmationRun] = []
        office, officer = self.cast.offices[bureau], self.person(by)
        if self.play(
            "draft run",
            lambda: drafted.append(confirmation_runs.draft(bureau=office, by=officer, now=self.now)),
            expected,
        ):
            held = rows(
                "SELECT entry_id, decision_count FROM learning_confirmationrunitem WHERE run_id = %s ORDER BY position",
                drafted[0].pk,
            )
            items = [(self.entry_ids.index(entry_id), count) for entry_id, count in held]
            same("set of the run", waiting, set(items))
            self.runs.append(jobs.Run(bureau, by, items))
            self.run_ids.append(drafted[0].pk)

    def look(self, place: int, by: str, *, is_bad: bool) -> None:
        run, row = self.runs[place], self._run(place)
        has_wider = len(run.items) > -(-len(run.items) // 20)
        bad: list[int] = []
        if self.play(
            "judge sample",
            lambda: bad.extend(acts.look(row, self.person(by), is_bad=is_bad, now=self.now)),
            jobs.may_look(self.model, run, by),
        ):
            run.state = "sampling" if run.state == "drafted" else run.state
            jobs.judge(run, failed={self.entry_ids.index(entry_id) for entry_id in bad}, has_wider=has_wider)

    def sign_run(self, place: int, by: str) -> None:
        run, row = self.runs[place], self._run(place)
        if self.play(
            "sign run", lambda: acts.sign(row, self.person(by), now=self.now), jobs.may_sign(self.model, run, by)
        ):
            jobs.sign(run)

    def approve_run(self, place: int, by: str) -> None:
        run, row = self.runs[place], self._run(place)
        expected = jobs.may_approve(self.model, run, by)
        if self.play("approve run", lambda: acts.approve_run(row, self.person(by), now=self.now), expected):
            run.state, run.second = "running", by

    def stop_run(self, place: int, by: str) -> None:
        run, row = self.runs[place], self._run(place)
        if self.play(
            "stop run",
            lambda: confirmation_runs.stop(run=row, by=self.person(by), now=self.now),
            jobs.may_stop(self.model, run, by),
        ):
            run.state = "stopped"

    def work_run(self, place: int) -> None:
        run, number = self.runs[place], self.run_ids[place]
        self.play("work run", lambda: confirmation_chunks.confirm_next(number, now=self.now), DONE)
        jobs.work(self.model, run)
        row = self._run(place)
        expected = (run.state, run.cursor, run.confirmed, run.left)
        same("run", expected, (row.state, row.cursor, row.confirmed_count, row.left_count))

    # The certificate desk

    def begin_pages(self, kind: str, bureau: str, by: str, pick: int) -> None:
        pages = [
            (key, number)
            for key, year in self.model.years.items()
            for number in range(len(year.pages))
            if HOMES[key[0]] == bureau
        ]
        if kind != "issue" and not pages:
            return
        key, number = pages[pick % len(pages)] if pages else (("", 0), 0)
        chosen = [] if kind == "issue" else [self.model.years[key].pages[number]]
        page_rows = [] if kind == "issue" else [self.pages_of(key)[number]]
        begun: list[CertificateRun] = []
        office, officer = self.cast.offices[bureau], self.person(by)
        if self.play(
            f"begin {kind}",
            lambda: begun.append(acts.begin_pages(kind, page_rows, office, officer, now=self.now)),
            jobs.may_begin(self.model, self.desk, kind=kind, bureau=bureau, by=by, pages=chosen),
        ):
            items = [(due, None) for due in jobs.due(self.model, bureau)] if kind == "issue" else [(key, chosen[0])]
            self.desk.append(jobs.DeskRun(kind, bureau, by, list(items)))
            self.desk_ids.append(begun[0].pk)

    def carry_on(self, place: int) -> None:
        run, row = self.desk[place], CertificateRun.objects.get(pk=self.desk_ids[place])
        self.play("carry on", lambda: certificate_runs.carry_on(run=row), DONE)
        jobs.carry_on(self.model, run)
        same("pages of the desk's run", run.done, row.items.filter(outcome="done").count())

    def _run(self, place: int) -> ConfirmationRun:
        return ConfirmationRun.objects.select_related("bureau", "officer").get(pk=self.run_ids[place])

    def go_on(self, place: int, first: str, second: str, *, is_bad: bool) -> None:
        steps = {
            "drafted": lambda: self.look(place, first, is_bad=is_bad),
            "sampling": lambda: self.look(place, first, is_bad=is_bad),
            "widened": lambda: self.look(place, first, is_bad=is_bad),
            "ready": lambda: self.sign_run(place, first),
            "second_approval": lambda: self.approve_run(place, second),
        }
        steps.get(self.runs[place].state, lambda: self.work_run(place))()
