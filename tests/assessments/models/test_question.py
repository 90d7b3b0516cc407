import pytest

from assessments.access import may_write_questions
from assessments.models import Question
from learning.models import Membership, Person, Role
from tests.factories import assessments as make

pytestmark = pytest.mark.django_db


def test_question_is_visible_to_its_bases_editor_only(ada: Person, ben: Person, cy: Person) -> None:
    question = make.QuestionFactory()
    make.QuestionFactory()
    Membership.objects.create(person=ben, organisation=question.base, role=Role.EDITOR)

    assert [list(Question.objects.visible_to(person)) for person in (ada, ben, cy)] == [[], [question], []]
    assert [may_write_questions(person, question.base) for person in (ada, ben, cy)] == [False, True, False]
