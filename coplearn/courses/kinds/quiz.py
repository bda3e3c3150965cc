"""The quiz: questions answered together, scored by stable ids, with the reasons shown afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import lcm
from typing import Any, ClassVar, Final
from zlib import crc32

from markupsafe import Markup

from coplearn.courses.kinds.quiz_result import kept_result, told_result
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
    Setting,
    Slide,
    SourceFile,
    Text,
    TextUse,
    View,
    ask_kept,
    digest_of,
    distinct,
    element,
    join,
    schema,
    values,
    words_in,
)
from coplearn.courses.questions.registry import QUESTION_KINDS

DEFAULT_PASS_MARK: Final = 70
"""Percent; holds where neither the quiz nor its course names a pass mark."""
_MOST_QUESTIONS: Final = 30
_SEND: Final = N_("Check my answers")
FORM_A: Final = "a"
FORM_B: Final = "b"
FORM_FIELD: Final = "asked_form"
"""The field that says which of the two forms a page asked; no question can have an id with such a sign."""
_ABOUT: Final[Mapping[str, Schema]] = {"form_b_of": schema.ID, "skill": schema.ID}
"""Keys of a question that are the quiz's own, whatever the question's kind; they are no part of what it asks."""


def _schema_of(kind: type[QuestionKind]) -> Schema:
    return {**kind.schema, "properties": {**kind.schema.get("properties", {}), **_ABOUT}}


_QUESTION: Final = {"id": schema.ID, "kind": schema.ID, "stem": schema.TEXT}
_KEYS: Final[Mapping[str, Schema]] = {
    "intro": schema.TEXT,
    "pass_mark": schema.whole_number(1, 100),
    "attempts": schema.whole_number(0, 20),
    "questions": schema.rows(
        schema.by_kind(_QUESTION, {name: _schema_of(kind) for name, kind in QUESTION_KINDS.items()}), 1, _MOST_QUESTIONS
    ),
}


@dataclass(frozen=True, slots=True)
class QuizContent:
    """A quiz as written: the ``questions`` of both forms in the author's order.

    ``pass_mark`` is percent, None for the course's own; ``attempts`` 0 is without limit.
    """

    questions: tuple[QuestionKind, ...]
    intro: Text | None = None
    pass_mark: int | None = None
    attempts: int = 0
    digests: Mapping[str, str] = field(default_factory=dict)
    """Of each question, by its id."""

    @property
    def twins(self) -> Mapping[str, QuestionKind]:
        """The question of form B by the id of the one that it takes the place of."""
        return {one.form_b_of: one for one in self.questions if one.form_b_of is not None}

    def asked(self, form: str) -> tuple[QuestionKind, ...]:
        """The questions of a form. What has no second form stands in both."""
        first = tuple(one for one in self.questions if one.form_b_of is None)
        twins = self.twins if form == FORM_B else {}
        return tuple(twins.get(one.id, one) for one in first)

    def form_sent(self, form: Mapping[str, Sequence[str]]) -> str:
        """The form that stood on the page from which this was sent."""
        return FORM_B if values(form, FORM_FIELD) == (FORM_B,) and self.twins else FORM_A

    def form_answered(self, answers: Mapping[str, Json]) -> str:
        """The form to which those answers were given."""
        return FORM_B if any(one.id in answers for one in self.twins.values()) else FORM_A

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
    lead: ClassVar[str] = N_("Everybody answers alone on paper; then pairs compare, and you read out the reasons.")
    talk: ClassVar[int] = 5
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
        if not alone or not rows or len(questions) < len(rows) or not _are_paired(rows, questions):
            return None
        if not any(question.scored for question in questions):
            mend = "Add a question with a right answer, or make this a lesson."
            fields.error("questions", "nothing-scored", "No question of this quiz can be scored.", mend)
            return None
        digests = {
            question.id: digest_of({name: said for name, said in row.data.items() if name not in _ABOUT})
            for question, row in zip(questions, rows, strict=True)
        }
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

    def check(self, item: Item[QuizContent], course: CourseView, problems: Problems) -> None:
        """Note skills that the module does not name, and questions without a second form in a course that names skills."""
        skills, twins = course.critical_skills(item.module), item.content.twins
        for one in item.content.questions:
            if one.skill is not None and one.skill not in skills:
                known = f"Its critical skills: {', '.join(sorted(skills)) or 'none yet'}."
                what = f"The module has no critical skill {one.skill!r}."
                problems.error(one.stem.place, "skill-unknown", what, known)
            if course.has_critical_skills and one.scored and one.form_b_of is None and one.id not in twins:
                what = f"The question {one.id!r} has no second form."
                mend = f"Add one of the same skill, as hard, with form_b_of: {one.id}."
                problems.error(one.stem.place, "form-b-missing", what, mend)

    def shortest_words(self, item: Item[QuizContent]) -> int:
        """The words of one form, the longer one, with the reasons that are shown to whoever answers all of it rightly."""
        intro = words_in(item.content.intro.text) if item.content.intro is not None else 0
        return intro + max(sum(map(_words_met, item.content.asked(form))) for form in (FORM_A, FORM_B))

    def render(self, item: Item[QuizContent], page: Page, view: View) -> Markup:
        """The questions of the form whose turn it is, with their fields; with ``view.answers`` what they came to, and the
        feedback instead.

        A question that asks something else since is not held against the answer that was given to it as it was.
        """
        settings = self.settings(item, page, view)
        if view.answers is None:
            asked = [join((question.ask(setting), view.beside.get(question.id))) for question, setting in settings]
            if item.content.twins:
                made_of = {"type": "hidden", "name": FORM_FIELD, "value": self._form(item, view)}
                asked.append(element("input", made_of))
            send = element("button", {"type": "submit", "class": "button button--primary"}, page.say(_SEND))
            return join((self._intro(item, page), *asked, element("p", {"class": "actions"}, send)))
        earned = view.earned or _earned(item.content, view.answers)
        result = told_result(page, earned, item.content.mark, view.onward)
        if earned.unchanged is None:
            return result
        shown = [
            question.show_changed(setting)
            if question.id in earned.changed_parts
            else question.show(setting, view.answers.get(question.id))
            for question, setting in settings
        ]
        return join((result, *shown))

    def offline_body(self, item: Item[QuizContent], page: Page) -> Markup | None:
        """The questions of both forms with their fields and their feedback closed, and what the answers may come to."""
        firsts = [question.id for question in item.content.asked(FORM_A)]
        view = View(seed=crc32(item.digest.encode()) & 0x7FFFFFFF)
        asked = []
        for one in item.content.questions:
            number = firsts.index(one.form_b_of or one.id) + 1
            asked.append((one, Setting(page.of(one.kind), view, item.id, number, len(firsts))))
        twins = item.content.twins
        forms = {**dict.fromkeys(twins, FORM_A), **{one.id: FORM_B for one in twins.values()}}
        questions = ask_kept(asked, [{"data-form": forms.get(one.id)} for one, _ in asked])
        if questions is None:
            return None
        hidden = [("seed", str(view.seed)), *([(FORM_FIELD, FORM_A)] if twins else [])]
        fields = [element("input", {"type": "hidden", "name": name, "value": value}) for name, value in hidden]
        send = element("button", {"type": "submit", "class": "button button--primary"}, page.say(_SEND))
        mark, tries = item.content.mark, item.content.attempts
        return element(
            "div",
            {"class": "kept-quiz", "data-mark": mark, "data-tries": tries or None},
            kept_result(page, mark),
            self._intro(item, page),
            *fields,
            questions,
            element("p", {"class": "actions"}, send),
        )

    def answer(self, item: Item[QuizContent], form: Mapping[str, Sequence[str]], state: Mapping[str, Json]) -> Outcome:
        """Score the form. Raises Incomplete with every field that is still open, of all questions at once."""
        answers: dict[str, Json] = {}
        errors: dict[str, Phrase] = {}
        asked = item.content.asked(item.content.form_sent(form))
        for question in asked:
            try:
                answers[question.id] = question.read(form)
            except Incomplete as incomplete:
                errors.update(incomplete.errors)
        if errors:
            raise Incomplete(errors)
        earned = _earned(item.content, answers)
        votes = [f"{one.id}.{key}" for one in asked for key in one.votes(answers[one.id])]
        return Outcome(done=True, answers=answers, score=earned.score, passed=earned.passed, votes=tuple(votes))

    def paper(self, item: Item[QuizContent], page: Page) -> Markup:
        """The questions of form A with boxes; no answers."""
        settings = self.settings(item, page, View())
        return join((self._intro(item, page), *(question.print(setting) for question, setting in settings)))

    def guide(self, item: Item[QuizContent], page: Page) -> Markup:
        """Form A with its key, form B with its key, and form B once more to hand out."""
        first = self.settings(item, page, View())
        parts = [self._intro(item, page), element("h2", None, page.say(N_("Form A, with the key")))]
        parts += [question.print(setting, with_key=True) for question, setting in first]
        if item.content.twins:
            asked = {question.id for question, _ in first}
            second = self.settings(item, page, View(tries=1))
            keyed = [question.print(setting, with_key=True) for question, setting in second if question.id not in asked]
            sheet = [question.print(setting) for question, setting in second]
            parts += [element("h2", None, page.say(N_("Form B, with the key"))), *keyed]
            head = element("h2", None, page.say(N_("Form B, to hand out")))
            parts.append(element("section", {"class": "sheet"}, head, *sheet))
        return join(parts)

    def slides(self, item: Item[QuizContent], page: Page, tries: int = 0) -> Sequence[Slide]:
        """A slide a question of the form whose turn it is."""
        return [question.slide(setting) for question, setting in self.settings(item, page, View(tries=tries))]

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
        """The questions of both forms in the author's order."""
        return item.content.questions

    def settings(self, item: Item[QuizContent], page: Page, view: View) -> list[tuple[QuestionKind, Setting]]:
        """Each question of the form that is answered, or whose turn it is, with where it is drawn."""
        asked = item.content.asked(self._form(item, view))
        return [
            (question, Setting(page.of(question.kind), view, item.id, number, len(asked)))
            for number, question in enumerate(asked, start=1)
        ]

    def where(self, item: Item[QuizContent], field: str) -> Phrase | None:
        """The question that the field belongs to, by its number, which is the same in both forms."""
        found = field.partition(".")[0]
        second = next((one.form_b_of for one in item.content.questions if one.id == found), None)
        return super().where(
            replace(item, content=replace(item.content, questions=item.content.asked(FORM_A))), second or found
        )

    def _form(self, item: Item[QuizContent], view: View) -> str:
        """The form that was answered, or stood on the page that was sent; else A and B by turns, A first."""
        if view.answers is not None:
            return item.content.form_answered(view.answers)
        if view.values:
            return item.content.form_sent(view.values)
        return FORM_B if view.tries % 2 else FORM_A

    def _question(self, fields: Fields) -> QuestionKind | None:
        kind = fields.word("kind", tuple(self.question_kinds))
        about: dict[str, Any] = {name: fields.identifier(name) for name in _ABOUT if name in fields.data}
        if kind is None or None in about.values():
            return None
        plain = replace(fields, data={name: said for name, said in fields.data.items() if name not in _ABOUT})
        question = self.question_kinds[kind].parse(plain)
        return replace(question, **about) if question is not None and about else question

    def _intro(self, item: Item[QuizContent], page: Page) -> Markup | None:
        if item.content.intro is None:
            return None
        return element("div", {"class": "intro"}, page.blocks(f"{item.id}#intro"))


def _earned(content: QuizContent, answers: Mapping[str, Json]) -> Earned:
    score = score_of(content, answers)
    return Earned(score, score >= content.mark)


def score_of(content: QuizContent, answers: Mapping[str, Json]) -> int:
    """The mean over the scored questions in whole percent, rounded down: 100 only when all is right."""
    asked = content.asked(content.form_answered(answers))
    points = [question.points(answers.get(question.id)) for question in asked if question.scored]
    # Whole numbers over one denominator: to add fractions takes as long as a statement.
    below = lcm(*(one.denominator for one in points))
    return 100 * sum(one.numerator * (below // one.denominator) for one in points) // (below * len(points))


def _words_met(question: QuestionKind) -> int:
    """Words of what a question asks and of its reasons, but those of wrong options: they stay folded where nobody chose them."""
    right = {f"{facet}.reason" for facet in question.right_facets()}
    met = (text for facet, text in question.texts() if not (right and facet.endswith(".reason") and facet not in right))
    return words_in("\n".join(text.text for text in (question.stem, *met)))


def _are_paired(rows: Sequence[Fields], questions: Sequence[QuestionKind]) -> bool:
    """Note every question of form B that does not fit the one it takes the place of; whether there was none."""
    firsts, taken, good = {one.id: one for one in questions if one.form_b_of is None}, set(), True
    for row, one in zip(rows, questions, strict=True):
        if one.form_b_of is None:
            continue
        first, what = firsts.get(one.form_b_of), ""
        if first is None:
            what = f"No question of form A has the id {one.form_b_of!r}."
        elif one.form_b_of in taken:
            what = f"{one.form_b_of!r} has a second form already."
        elif type(one) is not type(first) or _size(one) != _size(first):
            what = f"{one.id!r} is of another kind than {first.id!r}, or has another number of answers."
        elif one.skill not in (None, first.skill):
            what = f"{one.id!r} tests another skill than {first.id!r}."
        if what:
            row.error("form_b_of", "form-b-unlike", what, "The two forms test the same, and are as hard.")
            good = False
        taken.add(one.form_b_of)
    return good


def _size(question: QuestionKind) -> int:
    """The number of a question's answers, whatever its kind: of the texts among which a learner chooses."""
    return sum(_facet(facet) in question.answer_facets for facet, _ in question.texts())


def _facet(facet: str) -> str:
    parts = facet.split(".")
    return ".".join([*parts[:1], *parts[2:]])
