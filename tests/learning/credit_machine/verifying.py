"""The whole ledger verified: by the product's own check, and by the verifier a stranger runs on what is exported."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import runpy
import sys
import tempfile
from pathlib import Path
from unittest import mock

from learning import ledger_check
from learning.actions import ledger_roots
from learning.ledger_check import bundle
from tests.learning.credit_machine.tables import Broken


def verify_everything(now: dt.datetime) -> None:
    """Have the ledger verified by the product's own check, and by the verifier a stranger runs on what is exported.

    The days are signed first, this one as if it were over.
    """
    ledger_roots.close_days(now=now + dt.timedelta(days=1))
    report = ledger_check.run()
    if not report.is_clean:
        raise Broken(f"verify_ledger: {list(report.differences)}")
    with tempfile.TemporaryDirectory(prefix="hourbook-machine-") as name:
        folder = Path(name) / "bundle"
        bundle.write(folder, year=None, now=now)
        said = io.StringIO()
        with mock.patch.object(sys, "argv", ["verify.py", str(folder)]), contextlib.redirect_stdout(said):
            try:
                runpy.run_path(str(folder / "verify.py"), run_name="__main__")
            except SystemExit as ended:
                if ended.code:
                    raise Broken(f"verify.py: {said.getvalue()}") from None
