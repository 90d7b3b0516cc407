"""Who may do what in the exam room.

Hiding rows is the work of `visible_to` and `of`; these answer for verbs.
"""

from learning.access import has_role
from learning.models import Enrolment, Organisation, Person, Role


def may_sit(person: Person, enrolment: Enrolment) -> bool:
    """Only the learner sits their exam: no office, whatever its role, enters the room."""
    return person.pk == enrolment.person_id and enrolment.status != Enrolment.Status.WITHDRAWN


def may_write_questions(person: Person, base: Organisation) -> bool:
    """Only an editor of the base that owns the bank writes in it."""
    return has_role(person, base, Role.EDITOR)
