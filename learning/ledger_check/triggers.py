"""Guards: every table whose rows are written once has its triggers, and they are on (I4)."""

from django.apps import apps
from django.db import connection
from django.db.models import Model

from learning.ledger_check.findings import Findings
from learning.models import Certificate, Edition, Requirement, RuleSet
from learning.models.append_only import AppendOnlyModel

_SQL = {
    "postgresql": (
        "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        "WHERE tgenabled IN ('O', 'A') AND pg_table_is_visible(pg_class.oid)"
    ),
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}


def check(findings: Findings) -> None:
    """Name every trigger that is missing or switched off."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL[connection.vendor])
        present = {name for (name,) in cursor.fetchall()}
    guarded: list[type[Model]] = [model for model in apps.get_models() if issubclass(model, AppendOnlyModel)]
    guarded += [Certificate, Edition, Requirement, RuleSet]
    # Only PostgreSQL empties a table without deleting its rows.
    operations = ("update", "delete", "truncate") if connection.vendor == "postgresql" else ("update", "delete")
    for model in guarded:
        table = model._meta.db_table
        findings.looked_at("guarded tables")
        for operation in operations:
            name = f"{table}_no_{operation}"
            findings.require(f"table {table}", f"its guard {name} is missing or off", holds=name in present)
    undoing = f"{Certificate._meta.db_table}_no_undoing"
    findings.require(
        f"table {Certificate._meta.db_table}", f"its guard {undoing} is missing or off", holds=undoing in present
    )
