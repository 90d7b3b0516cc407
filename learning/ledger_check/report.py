"""One run of every check, ours and those the other apps bring."""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

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
    flag_policies,
    links,
    proof_files,
    records,
    roots,
    rule_sets,
    triggers,
)
from learning.ledger_check.findings import Findings
from learning.ledger_check.scope import Mark, Scope
from learning.models.one_moment import one_moment


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, and every difference by name."""

    counts: Mapping[str, int]
    differences: Sequence[str]
    #: How far the ledger reached when it was looked at.
    mark: Mark

    @property
    def is_clean(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


def run(scope: Scope | None = None) -> Report:
    """Recompute everything in scope; without one, everything. The ledger is judged as it stood at one moment."""
    scope = scope or Scope()
    findings = Findings()
    with one_moment():
        mark = Mark.now()
        triggers.check(findings)
        audit_log.check(findings, scope)
        links.check(findings, scope)
        roots.check(findings, scope)
        rule_sets.check(findings, scope)
        flag_policies.check(findings, scope)
        editions.check(findings, scope)
        entries.check(findings, scope)
        decisions.check(findings, scope)
        records.check(findings, scope)
        certificates.check(findings, scope)
        credentials.check(findings, scope)
        certificate_files.check(findings, scope)
        proof_files.check(findings, scope)
    _check_other_apps(findings, scope)
    return Report(dict(findings.counts), findings.differences, mark)


def _check_other_apps(findings: Findings, scope: Scope) -> None:
    """Let every app that has a module `ledger_check` compare its evidence with what lies behind it."""
    for app in apps.get_app_configs():
        if app.name == "learning" or not module_has_submodule(app.module, "ledger_check"):
            continue
        findings.looked_at(f"checks of {app.label}")
        for difference in _differences(importlib.import_module(f"{app.name}.ledger_check"), scope):
            findings.note(app.label, difference)


def _differences(module: ModuleType, scope: Scope) -> Iterator[str]:
    if scope.since is not None and hasattr(module, "differences_since"):
        yield from module.differences_since(scope.since.began_at)
    else:
        yield from module.differences()
