"""The independent audit of viewing: every check of TRACKING §4, with arithmetic of its own.

Hashes, trees, intervals and signatures are written out here once more, so that a fault in the
crediting or sealing path cannot hide itself. Imports nothing of `tracking.rules` or
`tracking.actions` (an import contract holds it to that). Reads rows; changes none.

1 chains · 2 seals, roots and anchors · 3 terms · 4 coverage · 5 budgets · 6 timeline ·
7 presence · 8 credit · 9 anomalies (facts, never differences)
"""

from tracking.audit.findings import Findings
from tracking.audit.run import audit
from tracking.audit.scope import NothingToAudit, Scope

__all__ = ["Findings", "NothingToAudit", "Scope", "audit"]
