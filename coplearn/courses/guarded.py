"""A kind as the site asks it: whatever a stranger's code raises or gives ends here, as a fault of one item."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple, TypeVar

from markupsafe import Markup

from coplearn.authoring.problems import said
from coplearn.courses.bundles import Bundle
from coplearn.courses.exercise import Exercise
from coplearn.courses.outcomes import MOST_STATE, OutcomeRules, Unacceptable, accept, kept
from coplearn.courses.plugin import (
    CourseView,
    Form,
    Incomplete,
    Item,
    ItemKind,
    Json,
    Message,
    Outcome,
    Page,
    Phrase,
    Place,
    Problems,
    QuestionKind,
    Slide,
    SourceFile,
    Told,
    View,
)
from coplearn.courses.plugin_values import good_problems, is_message, is_phrase, is_slide, is_text

_VERSION: Final = ":version"
"""Where a state keeps the version it was made under, when that is not the first; no kind can have a key of that name."""
_MOST_TRIES: Final = 1000

Given = TypeVar("Given")


class KindFailed(Exception):
    """A kind raised or broke its contract while the site was ``doing`` something with an item; ``cause`` is what it raised."""

    def __init__(self, kind: str, course: str, item: str, doing: str, cause: BaseException) -> None:
        super().__init__(f"{kind}: {doing} {course}/{item}: {type(cause).__name__}")
        self.kind, self.course, self.item, self.doing, self.cause = kind, course, item, doing, cause


@dataclass(frozen=True, slots=True)
class _Facts:
    """The constant facts of an item, asked of its kind while the course is read."""

    attempts: int = 0
    questions: tuple[QuestionKind, ...] = ()
    tally_keys: tuple[str, ...] = ()
    right_contexts: frozenset[str] = frozenset()
    pass_mark: int | None = None
    parts: Mapping[str, str] = field(default_factory=dict)
    follow_up: str | None = None
    exercise: Exercise | None = None
    shortest_words: int | None = None


@dataclass(frozen=True)
class GuardedKind:
    """A kind of one course. What it says of itself was looked at when it was loaded (:func:`bundles.faults_of`).

    Every method raises KindFailed for anything the kind raises, SystemExit and endless recursion too, and for anything it
    gives that the contract does not allow; those that say so raise Incomplete.
    """

    kind: ItemKind[Any]
    course: str
    bundle: Bundle | None = None
    """The plugin that brings it; None for a built-in kind."""
    _facts: dict[str, _Facts] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The word after ``kind:``."""
        return self.kind.name

    @property
    def scored(self) -> bool:
        """Whether it is a check."""
        return self.kind.scored

    @property
    def has_result(self) -> bool:
        """Whether an answer leads to a page that shows it."""
        return self.kind.scored or self.kind.has_result

    def parse(self, source: SourceFile, problems: Problems) -> Any:
        """Do as :meth:`ItemKind.parse`."""
        return self._noting("parse", source.path, problems, lambda own: self.kind.parse(source, own))

    def settle(self, item: Item[Any], course: CourseView) -> Item[Any]:
        """The item with its content settled, and what the kind says of it noted."""
        content = self._asked("settle", item.id, lambda: self.kind.settle(item.content, course))
        settled = replace(item, content=content)
        self._facts[item.id] = self._asked("settle", item.id, lambda: self._facts_of(settled))
        return settled

    def _facts_of(self, item: Item[Any]) -> _Facts:
        attempts, questions = self.kind.attempts_allowed(item), tuple(self.kind.questions(item))
        if isinstance(attempts, bool) or not isinstance(attempts, int) or not 0 <= attempts <= _MOST_TRIES:
            raise Unacceptable(f"attempts_allowed is no whole number from 0 to {_MOST_TRIES}")
        if not all(isinstance(question, QuestionKind) for question in questions):
            raise Unacceptable("questions holds something else than questions")
        keys = tuple(self.kind.tally_keys(item))
        if not all(is_text(key) and 0 < len(key) <= 100 for key in keys):
            raise Unacceptable("tally_keys holds something else than short texts")
        right = {one.context(item.id, facet) for one in questions for facet in one.right_facets()}
        mark, parts = self.kind.pass_mark(item), dict(self.kind.parts(item))
        if mark is not None and (isinstance(mark, bool) or not isinstance(mark, int) or not 1 <= mark <= 100):
            raise Unacceptable("pass_mark is no whole percent from 1 to 100")
        if not all(is_text(text) for pair in parts.items() for text in pair):
            raise Unacceptable("parts holds something else than texts")
        asked = self.kind.follow_up(item)
        if asked is not None and not (is_text(asked) and asked.startswith(f"{item.id}#")):
            raise Unacceptable(f"follow_up is no context that begins with {item.id}#")
        exercise = self.kind.exercise(item)
        if not (exercise is None or isinstance(exercise, Exercise)):
            raise Unacceptable("exercise gives something else than an exercise")
        words = self.kind.shortest_words(item)
        if words is not None and (isinstance(words, bool) or not isinstance(words, int) or words < 0):
            raise Unacceptable("shortest_words is no number of words")
        return _Facts(attempts, questions, keys, frozenset(right), mark, parts, asked, exercise, words)

    def messages(self, item: Item[Any]) -> list[Message]:
        """Do as :meth:`ItemKind.messages`."""
        return self._asked("messages", item.id, lambda: self._messages(item))

    def _messages(self, item: Item[Any]) -> list[Message]:
        found = list(self.kind.messages(item))
        if not all(is_message(message) and message.context.startswith(f"{item.id}#") for message in found):
            raise Unacceptable(
                f"messages holds something else than whole messages whose context begins with {item.id}#"
            )
        return found

    def check(self, item: Item[Any], course: CourseView, problems: Problems) -> None:
        """Do as :meth:`ItemKind.check`."""
        self._noting("check", item.id, problems, lambda own: self.kind.check(item, course, own))

    def findable(self, item: Item[Any]) -> list[str]:
        """Do as :meth:`ItemKind.findable`."""
        return self._asked("findable", item.id, lambda: [str(one) for one in self.kind.findable(item)])

    def check_all(self, items: Sequence[Item[Any]], problems: Problems) -> None:
        """Do as :meth:`ItemKind.check_all`."""
        if items:
            self._noting("check_all", items[0].id, problems, lambda own: self.kind.check_all(items, own))

    def transcript(self, item: Item[Any], told: Told, *, once: bool) -> tuple[list[str], bool] | None:
        """Do as :meth:`ItemKind.transcript`."""
        return self._asked("transcript", item.id, lambda: _transcript(self.kind.transcript(item, told, once=once)))

    def render(self, item: Item[Any], page: Page, view: View) -> Markup:
        """Do as :meth:`ItemKind.render`; the view's state is brought up to the present version."""
        return self._html("render", item, lambda: self.kind.render(item, page, self._present(view)))

    def offline_body(self, item: Item[Any], page: Page) -> Markup | None:
        """Do as :meth:`ItemKind.offline_body`."""
        html = self._asked("offline_body", item.id, lambda: self.kind.offline_body(item, page))
        return None if html is None else self._html("offline_body", item, lambda: html)

    def paper(self, item: Item[Any], page: Page) -> Markup:
        """Do as :meth:`ItemKind.paper`."""
        return self._html("paper", item, lambda: self.kind.paper(item, page))

    def guide(self, item: Item[Any], page: Page) -> Markup:
        """Do as :meth:`ItemKind.guide`."""
        return self._html("guide", item, lambda: self.kind.guide(item, page))

    def handout(self, item: Item[Any], page: Page) -> Markup:
        """Do as :meth:`ItemKind.handout`; empty for nothing."""
        return self._html("handout", item, lambda: self.kind.handout(item, page) or Markup(""))

    def slides(self, item: Item[Any], page: Page, tries: int = 0) -> list[Slide]:
        """Do as :meth:`ItemKind.slides`; every text in them is safe HTML."""

        def made() -> list[Slide]:
            found = list(self.kind.slides(item, page, tries))
            if not all(is_slide(slide) for slide in found) or len({slide.key for slide in found}) < len(found):
                raise Unacceptable("slides gives something else than whole slides, each with a key of its own")
            return found

        return self._asked("slides", item.id, made)

    def feedback(self, item: Item[Any], page: Page, form: Form, question: str, seed: int) -> Markup | None:
        """Do as :meth:`ItemKind.feedback`; None as well where nothing is told before the whole is sent. Raises Incomplete."""
        if not self.tells_at_once(item):
            return None
        html = self._asked(
            "feedback", item.id, lambda: self.kind.feedback(item, page, form, question, seed), typed=True
        )
        return None if html is None else self._html("feedback", item, lambda: html)

    def answer(self, item: Item[Any], form: Form, state: Mapping[str, Json]) -> Outcome:
        """Do as :meth:`ItemKind.answer`, and through the gate (:func:`outcomes.accept`). Raises Incomplete."""
        return self._asked("answer", item.id, lambda: self._answer(item, form, state), typed=True)

    def _answer(self, item: Item[Any], form: Form, state: Mapping[str, Json]) -> Outcome:
        outcome = self.kind.answer(item, form, self._up_to_date(state))
        found = accept(outcome, OutcomeRules(self.scored, self.tally_keys(item)))
        if self.kind.state_version == 1 or not found.state:
            return found
        return replace(found, state={**found.state, _VERSION: self.kind.state_version})

    def where(self, item: Item[Any], field: str) -> Phrase | None:
        """Do as :meth:`ItemKind.where`."""
        return self._asked("where", item.id, lambda: _phrase(self.kind.where(item, field)))

    def attempts_allowed(self, item: Item[Any]) -> int:
        """Do as :meth:`ItemKind.attempts_allowed`, as it was said when the course was read."""
        return self._facts.get(item.id, _Facts()).attempts

    def questions(self, item: Item[Any]) -> tuple[QuestionKind, ...]:
        """Do as :meth:`ItemKind.questions`, likewise."""
        return self._facts.get(item.id, _Facts()).questions

    def tally_keys(self, item: Item[Any]) -> tuple[str, ...]:
        """Do as :meth:`ItemKind.tally_keys`, likewise."""
        return self._facts.get(item.id, _Facts()).tally_keys

    def exercise(self, item: Item[Any]) -> Exercise | None:
        """Do as :meth:`ItemKind.exercise`, likewise."""
        return self._facts.get(item.id, _Facts()).exercise

    def shortest_words(self, item: Item[Any]) -> int | None:
        """Do as :meth:`ItemKind.shortest_words`, likewise."""
        return self._facts.get(item.id, _Facts()).shortest_words

    def right_contexts(self, item: Item[Any]) -> frozenset[str]:
        """The contexts of the texts that are right answers."""
        return self._facts.get(item.id, _Facts()).right_contexts

    def pass_mark(self, item: Item[Any]) -> int | None:
        """Do as :meth:`ItemKind.pass_mark`, as it was said when the course was read."""
        return self._facts.get(item.id, _Facts()).pass_mark

    def parts(self, item: Item[Any]) -> Mapping[str, str]:
        """Do as :meth:`ItemKind.parts`, likewise."""
        return self._facts.get(item.id, _Facts()).parts

    def follow_up(self, item: Item[Any]) -> str | None:
        """Do as :meth:`ItemKind.follow_up`, likewise."""
        return self._facts.get(item.id, _Facts()).follow_up

    def tells_at_once(self, item: Item[Any]) -> bool:
        """Whether each answer may be told before the whole is sent: where tries are counted, that would be a try for nothing."""
        facts = self._facts.get(item.id, _Facts())
        return self.scored and bool(facts.questions) and not facts.attempts

    def _present(self, view: View) -> View:
        return replace(view, state=self._up_to_date(view.state))

    def _up_to_date(self, state: Mapping[str, Json]) -> Mapping[str, Json]:
        version, wanted = state.get(_VERSION, 1), self.kind.state_version
        plain = {name: value for name, value in state.items() if name != _VERSION}
        if version == wanted or not plain:
            return plain
        if not isinstance(version, int) or version > wanted:
            return {}  # kept under a newer release of the kind than the one that is installed now
        return kept(self.kind.migrate(plain, version), "a migrated state", MOST_STATE)

    def _html(self, doing: str, item: Item[Any], make: Callable[[], object]) -> Markup:
        def made() -> Markup:
            html = make()
            if not isinstance(html, str):
                raise Unacceptable(f"{doing} has to give HTML")
            return Markup("%s") % html

        return self._asked(doing, item.id, made)

    def _noting(self, doing: str, item: str, problems: Problems, ask: Callable[[Problems], Given]) -> Given:
        """Ask the kind with a list of problems for it alone, and take over those that can be shown."""
        own = Problems()

        def asked() -> Given:
            given = ask(own)
            if not good_problems(own)[1]:
                raise Unacceptable(f"{doing} noted something else than problems with a place and texts")
            return given

        try:
            return self._asked(doing, item, asked)
        finally:
            problems.found += good_problems(own)[0]

    def _asked(self, doing: str, item: str, ask: Callable[[], Given], *, typed: bool = False) -> Given:
        return guard(Asking(self.name, self.course, item, doing), ask, typed=typed)


class Asking(NamedTuple):
    """The task that the site asks a kind of item or question to do, for the report where that fails."""

    kind: str
    course: str
    item: str
    doing: str


def guard(asking: Asking, ask: Callable[[], Given], *, typed: bool = False) -> Given:
    """Give what ``ask`` gives. Raises KindFailed for anything it raises; with ``typed`` Incomplete, where that is well made."""
    try:
        return ask()
    except Incomplete as incomplete:
        if typed and _are_phrases(incomplete.errors):
            raise Incomplete(incomplete.errors) from None
        cause: BaseException = incomplete
    except BaseException as error:  # SystemExit too: no plugin stops the site
        cause = error
    raise KindFailed(*asking, cause) from cause


def _are_phrases(errors: object) -> bool:
    return (
        isinstance(errors, Mapping)
        and bool(errors)
        and all(is_text(name) and is_phrase(phrase) for name, phrase in errors.items())
    )


def _transcript(given: object) -> tuple[list[str], bool] | None:
    if given is None:
        return None
    match given:
        case ([*lines], bool(whole)) if all(is_text(line) for line in lines):
            return [str(line) for line in lines], whole
    raise Unacceptable("transcript gives something else than lines and whether all is in them")


def _phrase(phrase: Phrase | None) -> Phrase | None:
    if phrase is None or is_phrase(phrase):
        return phrase
    raise Unacceptable("where has to give a phrase or None")


def note_failure(failed: KindFailed, place: Place, problems: Problems) -> None:
    """Note that a kind raised, or gave what it may not, while the item at ``place`` was read."""
    what = f"The kind {failed.kind!r} failed at {failed.doing}: {said(failed.cause)}."
    problems.error(place, "kind-failed", what, "Mend the kind's code, or report it to whoever made it.")


def guard_all(
    kinds: Sequence[type[ItemKind[Any]]],
    bundles: Sequence[Bundle],
    questions: Mapping[str, type[QuestionKind]],
    course: str,
) -> dict[str, GuardedKind]:
    """The kinds of a course by name: the built-in ``kinds`` first, then those of the ``bundles``, a name's first one counting."""
    found: dict[str, GuardedKind] = {}
    offered = [(kind, None) for kind in kinds] + [(kind, bundle) for bundle in bundles for kind in bundle.kinds]
    for made, bundle in offered:
        if made.name not in found:
            kind = made()
            kind.question_kinds = questions
            found[made.name] = GuardedKind(kind, course, bundle)
    return found
