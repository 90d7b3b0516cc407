"""The long acts of the model: confirmation runs and the certificate desk's runs, as far as they have come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from tests.learning.credit_machine.entries import ALREADY_DECIDED, DONE, NOT_THEIRS, Entry, Key, Page
from tests.learning.credit_machine.model import Model

MOVED, NOTHING_WAITS, NOTHING_DUE, UNDER_WAY, NOT_VALID = (
    "Moved",
    "NothingWaits",
    "NothingDue",
    "UnderWay",
    "NotValid",
)
#: The world's own numbers, small enough to be passed often.
SECOND_ABOVE: Final = 2
CHUNK: Final = 2
LOOKING: Final = ("sampling", "widened")
OVER: Final = ("done", "stopped")


@dataclass(eq=False)
class Run:
    """Entries frozen for one signature; `items`: (entry, decisions it had), in the order of the run."""

    bureau: str
    officer: str
    items: list[tuple[int, int]]
    state: str = "drafted"
    second: str = ""
    cursor: int = 0
    failed: set[int] = field(default_factory=set)
    confirmed: int = 0
    left: int = 0

    @property
    def is_over(self) -> bool:
        return self.state in OVER


def waiting(model: Model, runs: list[Run], *, bureau: str, officer: str) -> set[tuple[int, int]]:
    """Return what a run of this officer freezes."""
    held = {number for run in runs if run.bureau == bureau and not run.is_over for number, _count in run.items}
    return {
        (number, len(entry.acts))
        for number, entry in enumerate(model.entries)
        if (entry.bureau, entry.state, entry.is_flagged, entry.kind) == (bureau, "audited", False, "studied")
        and number not in held
        and not model.leaves(entry, officer)
    }


def may_draft(model: Model, runs: list[Run], *, bureau: str, officer: str) -> str:
    if not model.is_officer(officer, bureau):
        return NOT_THEIRS
    return DONE if waiting(model, runs, bureau=bureau, officer=officer) else NOTHING_WAITS


def may_sign(model: Model, run: Run, by: str) -> str:
    if by != run.officer or not model.is_officer(by, run.bureau):
        return NOT_THEIRS
    return DONE if run.state == "ready" else MOVED


def sign(run: Run) -> None:
    run.state = "second_approval" if len(run.items) > SECOND_ABOVE else "running"


def may_approve(model: Model, run: Run, by: str) -> str:
    if by == run.officer or not model.is_officer(by, run.bureau):
        return NOT_THEIRS
    return DONE if run.state == "second_approval" else MOVED


def may_stop(model: Model, run: Run, by: str) -> str:
    if not model.is_officer(by, run.bureau):
        return NOT_THEIRS
    return MOVED if run.is_over else DONE


def may_look(model: Model, run: Run, by: str) -> str:
    """Say whether the officer may draw, or judge what was drawn."""
    if by != run.officer or not model.is_officer(by, run.bureau):
        return NOT_THEIRS
    return DONE if run.state in ("drafted", *LOOKING) else MOVED


def judge(run: Run, *, failed: set[int], has_wider: bool) -> None:
    """Go on after a draw was judged: a first failure widens, a second one stops."""
    run.failed |= failed
    if not failed:
        run.state = "ready"
    else:
        run.state = "widened" if run.state == "sampling" and has_wider else "stopped"


def work(model: Model, run: Run) -> None:
    """Do the next chunk, as one act."""
    if run.state != "running":
        return
    signers = [run.officer, *([run.second] if run.second else [])]
    if not all(model.is_officer(signer, run.bureau) for signer in signers):
        run.state = "stopped"
        return
    chunk, touched = run.items[run.cursor : run.cursor + CHUNK], set[Key]()
    for number, count in chunk:
        entry = model.entries[number]
        is_left = (
            entry.state != "audited"
            or len(entry.acts) != count
            or number in run.failed
            or entry.is_flagged
            or model.is_too_late(entry)
            or any(model.leaves(entry, signer) for signer in signers)
        )
        if is_left:
            run.left += 1
            continue
        entry.acts.append(("confirmed", run.officer, run.bureau))
        entry.state = "confirmed"
        run.confirmed += 1
        touched.add(entry.key)
    model.follow(touched)
    run.cursor += len(chunk)
    if run.cursor == len(run.items):
        run.state = "done"


@dataclass(eq=False)
class DeskRun:
    """Pages to issue, replace or revoke; `items`: the year, and the page if there is one."""

    kind: str
    bureau: str
    by: str
    items: list[tuple[Key, Page | None]]
    is_over: bool = False
    done: int = 0


def due(model: Model, bureau: str) -> list[Key]:
    """Return the met years of this bureau's people: those that wait for a page."""
    return [key for key, year in model.years.items() if year.state == "met" and model.homes[key[0]] == bureau]


def may_begin(model: Model, runs: list[DeskRun], *, kind: str, bureau: str, by: str, pages: list[Page]) -> str:
    if not model.is_officer(by, bureau):
        return NOT_THEIRS
    if kind == "issue":
        is_busy = any(run.bureau == bureau and run.kind == "issue" and not run.is_over for run in runs)
        return UNDER_WAY if is_busy else DONE if due(model, bureau) else NOTHING_DUE
    return DONE if all(page.state == "valid" for page in pages) else NOT_VALID


def carry_on(model: Model, run: DeskRun) -> None:
    """Decide every page of the run, nobody's own; none once whoever began it is no officer any more."""
    is_idle = run.is_over or not model.is_officer(run.by, run.bureau)
    for key, page in () if is_idle else run.items:
        if key[0] == run.by:
            continue
        if page is None:
            run.done += model.certify(key)
        elif page.state == "valid":
            page.state = "replaced" if run.kind == "reissue" else "revoked"
            if run.kind == "reissue":
                model.years[key].pages.append(model.page_of(key))
            run.done += 1
    run.is_over = True


def together(model: Model, verdict: str, entries: list[Entry], by: str, *, is_stale: bool) -> list[Entry]:
    """Decide several entries of one office in one act; return those that were decided. Flagged ones are left."""
    taken = []
    is_alone = verdict == "confirmed" and len(entries) == 1
    for entry in entries:
        if entry.is_flagged and not is_alone:
            continue
        if model.may(verdict, entry, by, is_stale=is_stale) == DONE:
            taken.append(entry)
            model.decide(verdict, entry, by)
    return taken


__all__ = ["ALREADY_DECIDED", "DeskRun", "Run"]
