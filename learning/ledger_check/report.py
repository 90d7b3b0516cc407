"""One run of every check, ours and those the other apps bring."""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from learning.ledger_check import (
    audit_log,
    certificate_files,
    certificates,
    credentials,
    decisions,
    editions,
    entries,
    records,
)
from learning.ledger_check.findings import Findings


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, and every difference by name."""

    counts: Mapping[str, int]
    differences: Sequence[str]

    @property
    def is_clean(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


def run(*, year: int | None = None) -> Report:
    """Recompute everything; `year` limits entries, records and certificates to one year."""
    findings = Findings()
    audit_log.check(findings)
    editions.check(findings)
    entries.check(findings, year=year)
    decisions.check(findings, year=year)
    records.check(findings, year=year)
    certificates.check(findings, year=year)
    credentials.check(findings, year=year)
    certificate_files.check(findings, year=year)
    _check_other_apps(findings)
    return Report(dict(findings.counts), findings.differences)


def _check_other_apps(findings: Findings) -> None:
    """Let every app that has a module `ledger_check` compare its evidence with what lies behind it."""
    for app in apps.get_app_configs():
        if app.name == "learning" or not module_has_submodule(app.module, "ledger_check"):
            continue
        findings.looked_at(f"checks of {app.label}")
        for difference in importlib.import_module(f"{app.name}.ledger_check").differences():
            findings.note(app.label, difference)
