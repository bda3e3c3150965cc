"""The quiz: questions answered together, scored by stable ids, with the reasons shown afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import lcm
from typing import ClassVar, Final

from markupsafe import Markup

from coplearn.courses.plugin import (
    N_,
    CourseView,
    Earned,
    Fields,
    Incomplete,
    Item,
    ItemKind,
    Json,
    Message,
    Outcome,
    Page,
    Phrase,
    Problems,
    QuestionKind,
    Schema,
    SourceFile,
    Text,
    TextUse,
    View,
    classes,
    digest_of,
    distinct,
    element,
    join,
    schema,
)
from coplearn.courses.questions.registry import QUESTION_KINDS

DEFAULT_PASS_MARK: Final = 70
"""Percent; holds where neither the quiz nor its course names a pass mark."""
_MOST_QUESTIONS: Final = 30
_RAYS: Final = Markup(
    '<path class="result__rays" d="M22-2v-5M39 5l4-4M46 22h5M39 39l4 4M22 46v5M5 39l-4 4M-2 22h-5M5 5L1 1"/>'
)
_RING: Final = Markup(
    '<svg class="ring" viewBox="-8 -8 60 60" width="96" height="96" aria-hidden="true" focusable="false">%s'
    '<g class="ring__turn"><circle class="ring__rest" cx="22" cy="22" r="18"/>'
    '<circle class="ring__done" cx="22" cy="22" r="18" pathLength="100" stroke-dasharray="%s 100"/></g>'
    '<text class="ring__text" x="22" y="26" text-anchor="middle">%s</text></svg>'
)
"""The mark as a ring, with rays around it when it is a reason to be glad; the sentence beside it says the same."""


_SINCE: Final[Mapping[bool | None, str]] = {
    False: N_("This check has changed since you answered it. Your result is the one you earned then, and it stays."),
    None: N_(
        "The course has changed since you answered this check, and perhaps the check with it. Your result is the one you"
        " earned then, and it stays."
    ),
}


_QUESTION: Final = {"id": schema.ID, "kind": schema.ID, "stem": schema.TEXT}
_KEYS: Final[Mapping[str, Schema]] = {
    "intro": schema.TEXT,
    "pass_mark": schema.whole_number(1, 100),
    "attempts": schema.whole_number(0, 20),
    "questions": schema.rows(
        schema.by_kind(_QUESTION, {name: kind.schema for name, kind in QUESTION_KINDS.items()}), 1, _MOST_QUESTIONS
    ),
}


@dataclass(frozen=True, slots=True)
class QuizContent:
    """A quiz as written. ``pass_mark`` is percent, None for the course's own; ``attempts`` 0 is without limit."""

    questions: tuple[QuestionKind, ...]
    intro: Text | None = None
    pass_mark: int | None = None
    attempts: int = 0
    digests: Mapping[str, str] = field(default_factory=dict)
    """Of each question, by its id."""

    @property
    def mark(self) -> int:
        """The percent to reach."""
        return DEFAULT_PASS_MARK if self.pass_mark is None else self.pass_mark


class QuizKind(ItemKind[QuizContent]):
    """A set of questions. Answers are a mapping of question id to what that kind of question keeps."""

    name: ClassVar[str] = "quiz"
    label: ClassVar[str] = N_("Check yourself")
    extension: ClassVar[str] = ".yaml"
    place: ClassVar[str] = N_("Module %(module)s of %(modules)s · Step %(item)s of %(items)s: check")
    icon: ClassVar[str] = "quiz"
    scored: ClassVar[bool] = True
    anchor: ClassVar[str] = "result"
    text_use: ClassVar[TextUse] = "question"
    question_kinds: Mapping[str, type[QuestionKind]] = QUESTION_KINDS
    schema: ClassVar[Schema] = {"properties": _KEYS, "required": ["questions"]}
    keys: ClassVar[frozenset[str]] = frozenset(_KEYS)

    def parse(self, source: SourceFile, problems: Problems) -> QuizContent | None:
        """Read the questions; None when one of them cannot be used, as the score would mean something else."""
        fields = Fields.whole(source, problems)
        intro = fields.text("intro", required=False)
        pass_mark, attempts = fields.integer("pass_mark", 1, 100), fields.integer("attempts", 0, 20)
        rows = fields.rows("questions", 1, _MOST_QUESTIONS)
        alone = distinct(rows, "question")
        questions = tuple(question for question in map(self._question, rows) if question is not None)
        if not alone or not rows or len(questions) < len(rows):
            return None
        if not any(question.scored for question in questions):
            mend = "Add a question with a right answer, or make this a lesson."
            fields.error("questions", "nothing-scored", "No question of this quiz can be scored.", mend)
            return None
        digests = {question.id: digest_of(row.data) for question, row in zip(questions, rows, strict=True)}
        return QuizContent(questions, intro, pass_mark, attempts or 0, digests)

    def settle(self, content: QuizContent, course: CourseView) -> QuizContent:
        """The content with the course's pass mark where the quiz names none."""
        return content if content.pass_mark is not None else replace(content, pass_mark=course.pass_mark)

    def messages(self, item: Item[QuizContent]) -> Iterator[Message]:
        """The intro, then question by question."""
        if item.content.intro is not None:
            intro = item.content.intro
            yield Message(f"{item.id}#intro", intro.text, intro.place, read_twice=True)
        for question in item.content.questions:
            yield from question.messages(item.id)

    def render(self, item: Item[QuizContent], page: Page, view: View) -> Markup:
        """The questions with their fields; with ``view.answers`` what they came to, and the feedback instead.

        A question that asks something else since is not held against the answer that was given to it as it was.
        """
        settings = self.settings(item, page, view)
        if view.answers is None:
            asked = [question.ask(setting) for question, setting in settings]
            send = element(
                "button", {"type": "submit", "class": "button button--primary"}, page.say(N_("Check my answers"))
            )
            return join((self._intro(item, page), *asked, element("p", {"class": "actions"}, send)))
        earned = view.earned or _earned(item.content, view.answers)
        result = self._result(item, page, view, earned)
        if earned.unchanged is None:
            return result
        shown = [
            question.show_changed(setting)
            if question.id in earned.changed_parts
            else question.show(setting, view.answers.get(question.id))
            for question, setting in settings
        ]
        return join((result, *shown))

    def answer(self, item: Item[QuizContent], form: Mapping[str, Sequence[str]], state: Mapping[str, Json]) -> Outcome:
        """Score the form. Raises Incomplete with every field that is still open, of all questions at once."""
        answers: dict[str, Json] = {}
        errors: dict[str, Phrase] = {}
        for question in item.content.questions:
            try:
                answers[question.id] = question.read(form)
            except Incomplete as incomplete:
                errors.update(incomplete.errors)
        if errors:
            raise Incomplete(errors)
        earned = _earned(item.content, answers)
        votes = [f"{one.id}.{key}" for one in item.content.questions for key in one.votes(answers[one.id])]
        return Outcome(done=True, answers=answers, score=earned.score, passed=earned.passed, votes=tuple(votes))

    def paper(self, item: Item[QuizContent], page: Page) -> Markup:
        """The questions with boxes; no answers."""
        settings = self.settings(item, page, View())
        return join((self._intro(item, page), *(question.print(setting) for question, setting in settings)))

    def attempts_allowed(self, item: Item[QuizContent]) -> int:
        """The author's number; 0 is without limit."""
        return item.content.attempts

    def pass_mark(self, item: Item[QuizContent]) -> int:
        """The quiz's own mark, or its course's."""
        return item.content.mark

    def parts(self, item: Item[QuizContent]) -> Mapping[str, str]:
        """The digest of each question."""
        return item.content.digests

    def questions(self, item: Item[QuizContent]) -> Sequence[QuestionKind]:
        """The questions in the author's order."""
        return item.content.questions

    def _question(self, fields: Fields) -> QuestionKind | None:
        kind = fields.word("kind", tuple(self.question_kinds))
        return None if kind is None else self.question_kinds[kind].parse(fields)

    def _intro(self, item: Item[QuizContent], page: Page) -> Markup | None:
        if item.content.intro is None:
            return None
        return element("div", {"class": "intro"}, page.blocks(f"{item.id}#intro"))

    def _result(self, item: Item[QuizContent], page: Page, view: View, earned: Earned) -> Markup:
        score = earned.score or 0
        title = element("h2", {"class": "result__title", "id": "result-title"}, page.say(N_("Your result")))
        ring = _RING % (_RAYS if earned.passed else "", score, page.number(score))
        since = (
            None if earned.unchanged else element("p", {"class": "result__since"}, page.say(_SINCE[earned.unchanged]))
        )
        attributes = {
            "class": classes("result", "result--passed" if earned.passed else "result--again"),
            "id": "result",
            "tabindex": "-1",
            "role": "group",
            "aria-labelledby": "result-title",
        }
        line = element("p", None, _result_line(page, earned, item.content.mark))
        return element("div", attributes, ring, title, line, since, view.onward)


def _result_line(page: Page, earned: Earned, mark: int) -> str:
    score = page.number(earned.score or 0)
    if earned.passed:
        return page.say(N_("You have %(score)s of 100 points. You have passed."), score=score)
    if not earned.unchanged:  # nor is the mark of that day known
        return page.say(N_("You have %(score)s of 100 points. It was not enough to pass."), score=score)
    return page.say(
        N_("You have %(score)s of 100 points. To pass you need %(mark)s. You can learn from the answers below."),
        score=score,
        mark=page.number(mark),
    )


def _earned(content: QuizContent, answers: Mapping[str, Json]) -> Earned:
    score = score_of(content, answers)
    return Earned(score, score >= content.mark)


def score_of(content: QuizContent, answers: Mapping[str, Json]) -> int:
    """The mean over the scored questions in whole percent, rounded down: 100 only when all is right."""
    points = [question.points(answers.get(question.id)) for question in content.questions if question.scored]
    # Whole numbers over one denominator: to add fractions takes as long as a statement.
    below = lcm(*(one.denominator for one in points))
    return 100 * sum(one.numerator * (below // one.denominator) for one in points) // (below * len(points))
