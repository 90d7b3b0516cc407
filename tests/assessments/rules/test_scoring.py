from hypothesis import given
from hypothesis import strategies as st

from assessments.rules.scoring import Score, is_right, score

LETTERS = st.sets(st.sampled_from("ABCD"), max_size=4)
PAPER = st.dictionaries(
    st.integers(1, 12), st.tuples(st.sets(st.sampled_from("ABCD"), min_size=1), st.integers(1, 9), LETTERS), max_size=8
)


def test_score_counts_all_and_only() -> None:
    key = {1: ("A",), 2: ("A", "C"), 3: ("A", "C"), 4: ("B",)}
    answers = {1: ["A"], 2: ["C", "A"], 3: ["A"], 4: ["B", "C"]}

    assert score(key=key, points={1: 3, 2: 4, 3: 4, 4: 5}, answers=answers) == Score(points=7, max_points=16)


def test_score_of_no_answers_is_nothing() -> None:
    assert score(key={1: ("A",)}, points={1: 5}, answers={}) == Score(points=0, max_points=5)


def test_score_ignores_answers_to_other_positions() -> None:
    assert score(key={1: ("A",)}, points={1: 5}, answers={2: ["A"]}) == Score(points=0, max_points=5)


def test_is_right_refuses_a_key_without_letters() -> None:
    assert not is_right([], [])


def test_percent_is_rounded_down() -> None:
    assert Score(points=2, max_points=3).percent == 66
    assert Score(points=0, max_points=0).percent == 0


def test_has_passed_at_exactly_the_mark() -> None:
    assert Score(points=3, max_points=5).has_passed(pass_mark_percent=60)
    assert not Score(points=599, max_points=1_000).has_passed(pass_mark_percent=60)
    assert not Score(points=0, max_points=0).has_passed(pass_mark_percent=0)


@given(PAPER)
def test_score_equals_a_question_by_question_count(paper: dict[int, tuple[set[str], int, set[str]]]) -> None:
    counted = 0
    for right, points, given_letters in paper.values():
        if all(letter in given_letters for letter in right) and len(right) == len(given_letters):
            counted += points

    found = score(
        key={position: sorted(right) for position, (right, _points, _given) in paper.items()},
        points={position: points for position, (_right, points, _given) in paper.items()},
        answers={position: sorted(letters) for position, (_right, _points, letters) in paper.items()},
    )

    assert found == Score(points=counted, max_points=sum(points for _right, points, _given in paper.values()))


@given(st.integers(0, 500), st.integers(1, 500), st.integers(0, 100))
def test_passing_agrees_with_the_percentage_shown(points: int, rest: int, mark: int) -> None:
    reached = Score(points=points, max_points=points + rest)

    assert reached.has_passed(pass_mark_percent=mark) == (reached.percent >= mark)
