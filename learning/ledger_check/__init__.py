"""The independent check of the ledger (D9): recomputes every row from the rows beneath it.

Shares no code with the issuing path: reads models, hashes with its own
canonical form and judges by its own tables; never imports `learning.actions` or
`learning.rules`. What is written twice here is written twice on purpose.

Other apps take part by a module `ledger_check` of their own with

    def differences() -> Iterator[str]: ...

each item naming one row and what is wrong with it, such as "evidence 12:
covered_s is 60, the segments give 58". They are found by name; nothing is
registered.
"""

from learning.ledger_check.report import Report, run

__all__ = ["Report", "run"]
