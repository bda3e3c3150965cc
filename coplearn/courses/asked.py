"""A question that is asked by itself: before a module, or again long after its check. What its kind raises ends here too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from markupsafe import Markup

from coplearn.courses.guarded import Asking, KindFailed, guard, note_failure
from coplearn.courses.outcomes import OutcomeRules, Unacceptable, accept
from coplearn.courses.plugin import (
    Fields,
    Form,
    Json,
    Message,
    Outcome,
    Page,
    Problems,
    QuestionKind,
    Setting,
    Slide,
    View,
)
from coplearn.courses.plugin_values import good_problems, is_message, is_slide

Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question with what it takes to ask it: the ids of its course and of its ``owner``, which begins the contexts of its
    texts (a check, or ``module.<id>``), and of the item whose page is shown where its kind fails.

    Every method raises KindFailed for what the kind raises or gives against the contract; :meth:`read` raises Incomplete.
    """

    question: QuestionKind
    course: str
    owner: str
    item: str

    @property
    def id(self) -> str:
        """The question's own id."""
        return self.question.id

    def messages(self) -> list[Message]:
        """The question's texts for translators."""

        def made() -> list[Message]:
            found = list(self.question.messages(self.owner))
            if not all(is_message(one) and one.context.startswith(f"{self.owner}#") for one in found):
                raise Unacceptable(f"messages holds something else than whole messages that begin with {self.owner}#")
            return found

        return self._asked("messages", made)

    def right_contexts(self) -> frozenset[str]:
        """The contexts of its texts that are right answers."""

        def made() -> frozenset[str]:
            return frozenset(self.question.context(self.owner, facet) for facet in self.question.right_facets())

        return self._asked("right_facets", made)

    def ask(self, page: Page, view: View, number: int = 1, total: int = 1) -> Markup:
        """The question with its fields; it is the ``number``-th of ``total``."""
        setting = self._setting(page, view, number, total)
        return self._html("ask", lambda: self.question.ask(setting))

    def show(self, page: Page, view: View, answer: Json, number: int = 1, total: int = 1) -> Markup:
        """The question with the answer given, the right one, and why."""
        setting = self._setting(page, view, number, total)
        return self._html("show", lambda: self.question.show(setting, answer))

    def print(self, page: Page, *, with_key: bool) -> Markup:
        """The question on paper, for whoever leads a group with its right answer."""
        setting = self._setting(page, View(), 1, 1)
        return self._html("key" if with_key else "paper", lambda: self.question.print(setting, with_key=with_key))

    def slide(self, page: Page) -> Slide:
        """The question for a projector."""
        setting = self._setting(page, View(), 1, 1)

        def made() -> Slide:
            slide = self.question.slide(setting)
            if not is_slide(slide):
                raise Unacceptable("slide gives something else than a whole slide")
            return slide

        return self._asked("slide", made)

    def read(self, form: Form) -> Json:
        """The answer in a submitted form, as it may be kept. Raises Incomplete."""

        def made() -> Json:
            outcome = Outcome(done=True, answers={self.id: self.question.read(form)})
            return accept(outcome, OutcomeRules(scored=False)).answers[self.id]

        return self._asked("read", made, typed=True)

    def points(self, answer: Json) -> Fraction:
        """The score of the answer, from 0 to 1."""
        return self._asked("score", lambda: self.question.points(answer))

    def _setting(self, page: Page, view: View, number: int, total: int) -> Setting:
        return Setting(page.of(self.question.kind), view, self.owner, number, total)

    def _html(self, doing: str, make: Callable[[], object]) -> Markup:
        def made() -> Markup:
            html = make()
            if not isinstance(html, str):
                raise Unacceptable(f"{doing} has to give HTML")
            return Markup("%s") % html

        return self._asked(doing, made)

    def _asked(self, doing: str, ask: Callable[[], Given], *, typed: bool = False) -> Given:
        return guard(Asking(self.question.kind, self.course, self.item, doing), ask, typed=typed)


def read_question(kind: type[QuestionKind], fields: Fields) -> QuestionKind | None:
    """A question of that kind as an author wrote it by itself; every fault is noted among the problems of ``fields``."""
    own = Problems()

    def made() -> QuestionKind | None:
        found = kind.parse(replace(fields, problems=own))
        if not good_problems(own)[1] or not isinstance(found, QuestionKind | None):
            raise Unacceptable("parse gave or noted something else than the contract says")
        return found

    try:
        return guard(Asking(kind.kind, "", fields.source.path, "parse"), made)
    except KindFailed as failed:
        note_failure(failed, fields.place(), fields.problems)
        return None
    finally:
        fields.problems.found += good_problems(own)[0]
