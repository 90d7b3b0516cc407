"""A page, when its year moves at the same time: real threads, on whichever database the run uses."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from learning.actions import certificates, reversals
from learning.models import Certificate
from learning.rules.reasons import SendBackReason
from tests.factories.learning import NOON
from tests.factories.years import fulfilled_year

pytestmark = pytest.mark.django_db(transaction=True)
WAIT_S = 30
LATER = NOON + dt.timedelta(hours=1)


def test_hours_taken_back_while_their_page_is_replaced_are_on_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second waits for the year, never for the other's page: nobody waits in a circle."""
    year = fulfilled_year(professional_centihours=6_000)
    page, entry = year.certificate, year.entries[1]
    is_replacing, facts = threading.Event(), certificates.frozen_facts

    def slow_facts(**given: Any) -> dict[str, object]:
        is_replacing.set()
        # Long enough for the second to begin, whatever it waits for.
        threading.Event().wait(1)
        return facts(**given)

    monkeypatch.setattr(certificates, "frozen_facts", slow_facts)

    def reissue() -> None:
        certificates.reissue(certificate=page, by=year.officer, reason="name_corrected", now=LATER)

    def reverse() -> None:
        is_replacing.wait(WAIT_S)
        reversals.reverse(
            entry=entry, by=year.officer, reason_code=SendBackReason.OVERLAP, reason_text="重复", now=LATER
        )

    faults = list[BaseException]()

    def guarded(act: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                act()
            except BaseException as fault:  # noqa: BLE001 -- told by the test
                faults.append(fault)
            finally:
                connections.close_all()

        return run

    threads = [threading.Thread(target=guarded(act)) for act in (reissue, reverse)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)

    assert faults == []
    states = [str(each.state) for each in Certificate.objects.order_by("pk")]
    assert states == ["replaced", "revoked"]
