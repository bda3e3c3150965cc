"""The same skills before a course and after it: which questions are asked in which form."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from markupsafe import Markup

from coplearn.authoring.problems import Place, Problems
from coplearn.courses.asked import AskedQuestion
from coplearn.courses.course import Course
from coplearn.courses.html import join
from coplearn.courses.plugin import Form, Incomplete, Item, Json, Page, Phrase, QuestionKind, View, digest_of

BEFORE: Final = "before"
AFTER: Final = "after"
SITTINGS: Final = (BEFORE, AFTER)
FORM_A: Final = "a"
FORM_B: Final = "b"
FORMS: Final = (FORM_A, FORM_B)


@dataclass(frozen=True, slots=True)
class AskedPair:
    """A question of a check in its two forms, with the check that it belongs to."""

    item: Item[Any]
    first: QuestionKind
    second: QuestionKind

    def form(self, form: str) -> QuestionKind:
        """The question in that form."""
        return self.second if form == FORM_B else self.first

    def asked(self, course: Course, form: str) -> AskedQuestion:
        """The same with what it takes to ask it by itself."""
        return AskedQuestion(self.form(form), course.id, self.item.id, self.item.id)


def pairs_of(course: Course) -> list[AskedPair]:
    """The questions of the course's assessment, in the author's order; none where it has no assessment."""
    found = []
    for item_id, question_id in course.assessment.questions if course.assessment is not None else ():
        item = course.items.get(item_id)
        asked = course.kinds[item.kind].questions(item) if item is not None else ()
        first = next((one for one in asked if one.id == question_id and one.form_b_of is None), None)
        second = next((one for one in asked if one.form_b_of == question_id), None)
        if item is not None and first is not None and second is not None and first.scored:
            found.append(AskedPair(item, first, second))
    return found


def sitting_id(course: Course, sitting: str) -> str:
    """The name under which answers before or after the course are kept; no item can have it, for its sign ``.``."""
    return f"{course.assessment.id if course.assessment is not None else ''}.{sitting}"


def first_form(course: Course, learner_id: int) -> str:
    """The form that this learner is asked before the course: half of all get each, and the same learner always the same."""
    name = f"{course.id}/{sitting_id(course, BEFORE)}/{learner_id}"
    return FORMS[hashlib.sha256(name.encode()).digest()[0] % 2]


def other_form(form: str) -> str:
    """The form that is asked after the course of somebody who was asked that one before."""
    return FORM_A if form == FORM_B else FORM_B


PageOf = Callable[[Item[Any]], Page]
"""The page that an item's texts are rendered into."""


def form_digest(course: Course, form: str) -> str:
    """Changes when what that form asks does."""
    pairs = pairs_of(course)
    return digest_of([course.kinds[one.item.kind].parts(one.item).get(one.form(form).id, "") for one in pairs])


def ask_all(course: Course, form: str, page_of: PageOf, view: View) -> Markup:
    """The questions of that form with their fields. Raises KindFailed."""
    pairs = pairs_of(course)
    return join(
        pair.asked(course, form).ask(page_of(pair.item), view, number, len(pairs))
        for number, pair in enumerate(pairs, 1)
    )


def review_all(
    course: Course, answers: Mapping[str, Json], page_of: PageOf, view: View, changed: Mapping[str, Collection[str]]
) -> Markup:
    """The same with those answers and the reasons, but for questions that ask something else since: ``changed``, by item.
    Raises KindFailed."""
    pairs, form = pairs_of(course), form_answered(course, answers)
    return join(
        pair.asked(course, form).show(page_of(pair.item), view, answers.get(pair.form(form).id), number, len(pairs))
        for number, pair in enumerate(pairs, 1)
        if pair.form(form).id not in changed.get(pair.item.id, ())
    )


def form_answered(course: Course, answers: Mapping[str, Json]) -> str:
    """The form to which those answers were given."""
    return FORM_B if any(pair.second.id in answers for pair in pairs_of(course)) else FORM_A


def read_all(course: Course, form: str, sent: Form) -> tuple[dict[str, Json], int]:
    """The answers in a submitted form, and how much of it is right in whole percent. Raises Incomplete and KindFailed."""
    answers: dict[str, Json] = {}
    errors: dict[str, Phrase] = {}
    asked = [pair.asked(course, form) for pair in pairs_of(course)]
    for one in asked:
        try:
            answers[one.id] = one.read(sent)
        except Incomplete as incomplete:
            errors.update(incomplete.errors)
    if errors:
        raise Incomplete(errors)
    points = [one.points(answers[one.id]) for one in asked]
    return answers, int(100 * sum(points, Fraction()) / len(points)) if points else 0


def check_assessment(course: Course, problems: Problems) -> None:
    """Note questions that cannot be asked before and after the course."""
    if course.assessment is None:
        return
    place, seen = Place("course.yaml", course.assessment.intro.place.line), set[str]()
    if course.assessment.id in {*course.items, *(module.id for module in course.modules)}:
        what = f"The id {course.assessment.id!r} is used twice."
        problems.error(place, "assessment-id", what, "Give the assessment an id of its own.")
    pairs = {(pair.item.id, pair.first.id): pair for pair in pairs_of(course)}
    for item_id, question_id in course.assessment.questions:
        pair = pairs.get((item_id, question_id))
        if pair is None:
            what = f"{item_id}/{question_id} is no scored question that has a second form."
            mend = "Name a question of form A in a check, and give it one with form_b_of."
            problems.error(place, "assessment-question", what, mend)
            continue
        for one in (pair.first.id, pair.second.id):
            if one in seen:
                what = f"Two questions before and after the course have the id {one!r}."
                problems.error(place, "assessment-question", what, "They stand on one page: leave one of them out.")
            seen.add(one)
