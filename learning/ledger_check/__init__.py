"""The independent check of the ledger (D9): recomputes every row from the rows beneath it.

Shares no code with the issuing path: reads models, hashes with its own
canonical form and judges by its own tables; never imports `learning.actions` or
`learning.rules`. What is written twice here is written twice on purpose.

Of the invariants (RELIABILITY §2): I1 and I5 are `entries` and `records`, from the
seconds up tracking's; I2 is `entries` (no evidence twice) and tracking's; I3 is
tracking's; I4 is `triggers`, `links` and `audit_log`; I6 and I8 are `decisions` and
`certificates`; I7 is assessments'. What was issued or signed besides is `rule_sets`,
`flag_policies`, `certificate_files` and `credentials`. Over all of them stand `links` and `roots`: what
they hold fast cannot be changed together with everything else. What holds of any
ledger's roots is `signed_days`; tracking's audit stands on it too.

Other apps take part by a module `ledger_check` of their own with

    def differences() -> Iterator[str]: ...

each item naming one row and what is wrong with it, such as "evidence 12:
covered_s is 60, the segments give 58". They are found by name; nothing is
registered. One that can tell what is new also has `differences_since(at)`.
"""

from learning.ledger_check.report import Report, run
from learning.ledger_check.scope import Mark, Scope

__all__ = ["Mark", "Report", "Scope", "run"]
