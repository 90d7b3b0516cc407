"""Person tallies: how the newest count of a year found each person; what lists behind its figures are read from.

The count works every person out anew, and writes only the lines that differ from the count
before: a line is never older than the count, and a list of a million is one index away.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.db import connection, models
from django.db.models import Case, Exists, F, OuterRef, When
from django.utils.translation import gettext_lazy as _

from learning.models.organisation import Membership, Organisation, Role
from learning.models.person import Person
from learning.models.region import Region
from learning.models.year_status import people_owing, with_year_status
from learning.rules.year_status import YearStatus

#: What a count says of a person, and where the count finds it.
COUNTED = {
    "region_id": "found.region_id",
    "title_level": "found.title_level",
    "employer_id": "job.organisation_id",
    "status": "found.status",
    "to_study_centihours": "found.to_study_centihours",
    "confirmed_centihours": "found.confirmed_centihours",
    "pending_centihours": "found.pending_centihours",
}
#: What may be None.
NULLABLE = ("employer_id", "organisation_id", "to_study_centihours")


class PersonTallyQuerySet(models.QuerySet["PersonTally"]):
    """Filters on person tallies, and the count that fills them."""

    def recount(self, *, year: int, today: dt.date) -> None:
        """Make a year's lines what its people, records and rules say; the caller holds the year's lock."""
        self.filter(~Exists(people_owing(year).filter(pk=OuterRef("person_id"))), year=year).delete()
        people, people_values = _sql(_found(year, today))
        jobs, jobs_values = _sql(_first_jobs())
        table = self.model._meta.db_table
        differs = (f"({_told(f'held.{name}')} <> {_told(found)})" for name, found in COUNTED.items())
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (year, person_id, {', '.join(COUNTED)}) "  # noqa: S608 -- names of our own
                f"SELECT %s, found.person_id, {', '.join(COUNTED.values())} FROM ({people}) AS found "
                f"LEFT JOIN ({jobs}) AS job ON job.person_id = found.person_id "
                f"LEFT JOIN {table} AS held ON held.person_id = found.person_id AND held.year = %s "
                f"WHERE held.id IS NULL OR {' OR '.join(differs)} "
                f"ON CONFLICT (person_id, year) DO UPDATE SET {', '.join(f'{n} = excluded.{n}' for n in COUNTED)}",
                [year, *people_values, *jobs_values, year],
            )


def _told(name: str) -> str:
    """Compare what may be None as a number nobody has."""
    return f"coalesce({name}, -1)" if name.endswith(NULLABLE) else name


def _sql(rows: models.QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...]]:
    sql, values = rows.query.get_compiler(connection=connection).as_sql()
    return sql, tuple(values)


def _found(year: int, today: dt.date) -> models.QuerySet[Person, Any]:
    """Return everybody who owes hours, with what `COUNTED` asks of them."""
    lacking = Case(When(record_id=None, then=None), default=F("to_study"), output_field=models.IntegerField())
    people = with_year_status(people_owing(year), year=year, today=today).order_by()
    return people.values(
        "region_id",
        "title_level",
        person_id=F("pk"),
        status=F("year_status"),
        to_study_centihours=lacking,
        confirmed_centihours=F("confirmed"),
        pending_centihours=F("pending"),
    )


def _first_jobs() -> models.QuerySet[Membership, Any]:
    """Return everybody's first employing unit; joined, since to ask for each costs more than all the rest."""
    jobs = Membership.objects.filter(role=Role.EMPLOYEE).order_by()
    earlier = jobs.filter(person=OuterRef("person"), pk__lt=OuterRef("pk"))
    return jobs.filter(~Exists(earlier)).values("person_id", "organisation_id")


class PersonTally(models.Model):
    """One person of a year, as its newest count found them. Decides nothing."""

    year = models.PositiveSmallIntegerField(_("year"))
    # Copied by the database from rows it has checked: checking a million again would take as long as the count.
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="tallies", db_constraint=False, db_index=False
    )
    region = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    title_level = models.CharField(max_length=16)
    #: The first of several.
    employer = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False, db_index=False
    )
    status = models.CharField(max_length=12, choices=[(status.value, status.value) for status in YearStatus])
    #: None: there is no record yet, and everything is to study.
    to_study_centihours = models.IntegerField(null=True)
    confirmed_centihours = models.IntegerField()
    pending_centihours = models.IntegerField()

    objects = PersonTallyQuerySet.as_manager()

    class Meta:
        verbose_name = _("tally of a person")
        verbose_name_plural = _("tallies of people")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "year"], name="person_tally_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["year", "-to_study_centihours", "person"], name="person_tally_to_study"),
            models.Index(fields=["year", "region", "-to_study_centihours", "person"], name="person_tally_of_region"),
            models.Index(fields=["year", "status", "-to_study_centihours", "person"], name="person_tally_of_status"),
            models.Index(fields=["year", "employer", "-to_study_centihours", "person"], name="person_tally_of_unit"),
        ]

    def __str__(self) -> str:
        """Say who stands how."""
        return f"{self.person_id}/{self.year}: {self.status}"
