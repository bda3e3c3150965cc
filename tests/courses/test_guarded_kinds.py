"""What a stranger's kind raises or gives is the fault of one item."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest
from markupsafe import Markup

from coplearn.authoring.fields import Fields
from coplearn.courses.asked import AskedQuestion, read_question
from coplearn.courses.guarded import GuardedKind, KindFailed, guard_all
from coplearn.courses.outcomes import Unacceptable
from coplearn.courses.plugin import (
    Incomplete,
    Item,
    ItemKind,
    Json,
    Message,
    Outcome,
    Phrase,
    Place,
    Problems,
    QuestionKind,
    SourceFile,
    View,
)
from coplearn.testing import FakePage

ITEM: Item[Any] = Item(id="it", kind="odd", title="T", minutes=1, module="m", path="m/it.yaml", code="x", content=None)
PAGE = FakePage({})


class Odd(ItemKind[Any]):
    """A kind whose every method does what the test says."""

    name = "odd"
    label = "Odd"
    extension = ".yaml"
    keys = frozenset()
    notes = False
    does: Callable[..., Any] = staticmethod(lambda: None)

    def parse(self, source: Any, problems: Problems) -> Any:
        return self.does(problems) if self.notes else self.does()

    def messages(self, item: Item[Any]) -> Any:
        return self.does()

    def render(self, item: Item[Any], page: Any, view: View) -> Any:
        return self.does()

    def answer(self, item: Item[Any], form: Any, state: Mapping[str, Json]) -> Any:
        return self.does()

    def paper(self, item: Item[Any], page: Any) -> Any:
        return self.does()

    def guide(self, item: Item[Any], page: Any) -> Any:
        return self.does()

    def handout(self, item: Item[Any], page: Any) -> Any:
        return self.does()

    def check(self, item: Item[Any], course: Any, problems: Problems) -> None:
        self.does(*([problems] if self.notes else []))

    def where(self, item: Item[Any], field: str) -> Any:
        return self.does()

    def check_all(self, items: Any, problems: Problems) -> None:
        self.does(*([problems] if self.notes else []))

    def transcript(self, item: Item[Any], told: Any, *, once: bool) -> Any:
        return self.does()


def guarded(does: Callable[..., Any], kind: type[Odd] = Odd) -> GuardedKind:
    made = guard_all([kind], [], {}, "course")["odd"]
    made.kind.does = does  # type: ignore[attr-defined]
    return made


def raising(error: BaseException) -> Callable[[], Any]:
    def does() -> Any:
        raise error

    return does


def forever() -> Any:
    return forever()


class Unsayable(Exception):
    """Not even its text can be had."""

    def __str__(self) -> str:
        raise SystemExit


ASKED: dict[str, Callable[[GuardedKind], Any]] = {
    "parse": lambda kind: kind.parse(SourceFile("it", {}, {}), Problems()),
    "messages": lambda kind: kind.messages(ITEM),
    "render": lambda kind: kind.render(ITEM, PAGE, View()),
    "answer": lambda kind: kind.answer(ITEM, {}, {}),
    "paper": lambda kind: kind.paper(ITEM, PAGE),
    "guide": lambda kind: kind.guide(ITEM, PAGE),
    "handout": lambda kind: kind.handout(ITEM, PAGE),
    "check": lambda kind: kind.check(ITEM, None, Problems()),  # type: ignore[arg-type]
    "where": lambda kind: kind.where(ITEM, "a"),
    "check_all": lambda kind: kind.check_all([ITEM], Problems()),
    "transcript": lambda kind: kind.transcript(ITEM, lambda context: [context], once=False),
}
RAISED = (RuntimeError("oh"), SystemExit(3), KeyboardInterrupt(), GeneratorExit(), MemoryError(), Unsayable())


@pytest.mark.parametrize("doing", ASKED)
def test_whatever_a_kind_raises_is_a_fault_of_its_item(doing: str) -> None:
    """It carries what was done with which item; nothing else comes out."""
    for does in (*map(raising, RAISED), forever):
        with pytest.raises(KindFailed) as caught:
            ASKED[doing](guarded(does))
        assert (caught.value.course, caught.value.item, caught.value.doing) == ("course", "it", doing)


@pytest.mark.parametrize(
    ("doing", "given"),
    [
        ("render", None),
        ("render", 7),
        ("render", b"<p>"),
        ("paper", None),
        ("guide", None),
        ("handout", 7),
        ("messages", None),
        ("messages", ["text"]),
        ("messages", [Message("other#text", "T", None)]),  # type: ignore[arg-type]
        ("answer", None),
        ("answer", Outcome(done=True, answers={}, score=5)),
        ("where", "Question 1"),
        ("transcript", ["a line"]),
        ("transcript", (["a line", 1], True)),
        ("transcript", (["a line"], None)),
    ],
)
def test_what_a_kind_may_not_give_is_a_fault_as_well(doing: str, given: Any) -> None:
    """Told by the rule that it breaks."""
    with pytest.raises(KindFailed):
        ASKED[doing](guarded(lambda: given))


def test_kind_with_many_ways_tells_them() -> None:
    """As lines, and whether all of them are there."""
    assert ASKED["transcript"](guarded(lambda: (["one way", "another"], True))) == (["one way", "another"], True)
    assert ASKED["transcript"](guarded(lambda: None)) is None


def test_text_in_place_of_html_is_escaped() -> None:
    """A kind that forgets Markup harms nobody."""
    assert guarded(lambda: "<b>").render(ITEM, PAGE, View()) == Markup("&lt;b&gt;")
    assert guarded(lambda: Markup("<b></b>")).render(ITEM, PAGE, View()) == Markup("<b></b>")


def test_incomplete_comes_through_when_it_names_phrases() -> None:
    """And nowhere but where something was typed."""
    asked = Incomplete({"field": Phrase("Write something.")})
    with pytest.raises(Incomplete) as caught:
        guarded(raising(asked)).answer(ITEM, {}, {})
    assert caught.value.errors == asked.errors
    for odd in (Incomplete({}), Incomplete({"field": "text"})):  # type: ignore[dict-item]
        with pytest.raises(KindFailed):
            guarded(raising(odd)).answer(ITEM, {}, {})
    with pytest.raises(KindFailed):
        guarded(raising(asked)).render(ITEM, PAGE, View())


class Second(Odd):
    """A kind in its second form of state."""

    state_version = 2
    seen: Mapping[str, Json] = {}

    def render(self, item: Item[Any], page: Any, view: View) -> Any:
        self.seen = view.state
        return Markup()

    def answer(self, item: Item[Any], form: Any, state: Mapping[str, Json]) -> Any:
        self.seen = state
        return Outcome(done=False, answers={}, state={"steps": [1, 2]})

    def migrate(self, state: Mapping[str, Json], version: int) -> Mapping[str, Json]:
        if "broken" in state:
            return {"n": float("nan")}
        return {"steps": [state["step"]], "from": version}


def test_old_state_is_brought_up_to_date_and_a_newer_one_is_not_guessed_at() -> None:
    """A kind sees its present form alone; what it leaves is kept under its version, without its own doing."""
    kind = guarded(lambda: None, Second)
    left = kind.answer(ITEM, {}, {"step": 1})
    assert kind.kind.seen == {"steps": [1], "from": 1}  # type: ignore[attr-defined]
    kind.render(ITEM, PAGE, View(state=left.state))
    assert kind.kind.seen == {"steps": [1, 2]}  # type: ignore[attr-defined]
    kind.render(ITEM, PAGE, View(state={"new": 1, ":version": 3}))
    assert kind.kind.seen == {}  # type: ignore[attr-defined]
    assert guarded(lambda: Outcome(done=True, answers={}, state={"a": 1})).answer(ITEM, {}, {}).state == {"a": 1}
    with pytest.raises(KindFailed) as caught:
        kind.render(ITEM, PAGE, View(state={"broken": 1}))
    assert isinstance(caught.value.cause, Unacceptable)


class Noting(Odd):
    """One whose test looks at the problems that it notes."""

    notes = True


def _spoil(problems: Problems) -> None:
    problems.found = None  # type: ignore[assignment] # what a stranger may do


@pytest.mark.parametrize(
    "does",
    [
        lambda problems: problems.error(None, "a", "b", "c"),
        lambda problems: problems.error(Place("x"), None, "b", "c"),
        lambda problems: problems.error(Place("x", "y"), "a", "b", "c"),  # type: ignore[arg-type]
        lambda problems: problems.error(Place("x"), "a", "half \ud800", "c"),
        lambda problems: problems.found.append("oops"),
        _spoil,
    ],
)
def test_notes_that_nobody_can_sort_or_read_are_the_kinds_fault(does: Callable[[Problems], Any]) -> None:
    """They would stop whoever lists the problems of all courses; what else was noted, before and by the kind, stays."""

    def both(problems: Problems) -> None:
        problems.error(Place("own"), "own", "Its own.", "Mend it.")
        does(problems)

    kind, problems = guarded(both, Noting), Problems()
    problems.error(Place("before"), "before", "Before.", "Mend it.")
    source: Any = SourceFile(path="m/it.yaml", data={}, body="", lines={})
    for ask in (lambda: kind.parse(source, problems), lambda: kind.check(ITEM, None, problems)):  # type: ignore[arg-type]
        with pytest.raises(KindFailed):
            ask()
    assert {problem.code for problem in problems} <= {"before", "own"}
    assert next(iter(problems)).code == "before"


@pytest.mark.parametrize(
    "message",
    [
        Message("it#a", None, Place("x")),  # type: ignore[arg-type]
        Message("it#a", "half \ud800", Place("x")),
        Message("it#a", "nul \0", Place("x")),
        Message("it#a", "text", None),  # type: ignore[arg-type]
        Message("it#a", "text", Place("x"), group=["a"]),  # type: ignore[arg-type]
        Message("it#a", "text", Place("x"), notes=[1]),  # type: ignore[arg-type]
    ],
)
def test_message_that_no_page_could_show_is_the_kinds_fault(message: Message) -> None:
    """It would fail later, on the list of courses or in the translators' store."""
    with pytest.raises(KindFailed):
        guarded(lambda: [message]).messages(ITEM)


class Silent:
    """A value without words."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    "phrase",
    [
        Phrase("%(what)s", {"what": Silent()}),
        Phrase("%(what)s", {"what": (1, Silent())}),
        Phrase("%(what)s", [("what", 1)]),  # type: ignore[arg-type]
        Phrase("half \ud800"),
        Phrase("%(num)s", {}, "%(num)s", "many"),  # type: ignore[arg-type]
    ],
)
def test_phrase_that_cannot_be_said_is_the_kinds_fault(phrase: Phrase) -> None:
    """The form then comes back filled, as when a kind raises, and not as a page without what was typed."""
    with pytest.raises(KindFailed):
        guarded(raising(Incomplete({"field": phrase}))).answer(ITEM, {}, {})
    with pytest.raises(KindFailed):
        guarded(lambda: phrase).where(ITEM, "field")


@pytest.mark.parametrize(
    ("method", "given", "told"),
    [
        ("attempts_allowed", True, "attempts_allowed is no whole number"),
        ("attempts_allowed", 1.5, "attempts_allowed is no whole number"),
        ("attempts_allowed", -1, "attempts_allowed is no whole number"),
        ("questions", ["What now?"], "questions holds something else than questions"),
        ("tally_keys", [""], "tally_keys holds something else than short texts"),
        ("tally_keys", ["k" * 101], "tally_keys holds something else than short texts"),
        ("pass_mark", 0, "pass_mark is no whole percent"),
        ("pass_mark", True, "pass_mark is no whole percent"),
        ("parts", {"a": None}, "parts holds something else than texts"),
        ("follow_up", "other#follow_up", "follow_up is no context that begins with it#"),
        ("exercise", "Walk.", "exercise gives something else than an exercise"),
        ("shortest_words", -1, "shortest_words is no number of words"),
        ("shortest_words", False, "shortest_words is no number of words"),
        ("slides", ["a slide"], "slides gives something else than whole slides"),
    ],
)
def test_fact_that_a_kind_may_not_give_is_refused_by_its_rule(method: str, given: Any, told: str) -> None:
    """The course is not read with it: points and pages would go wrong later, far from the kind."""
    kind = guard_all([type("Wrong", (Odd,), {method: lambda self, *_: given})], [], {}, "course")["odd"]
    with pytest.raises(KindFailed) as caught:
        kind.slides(ITEM, PAGE) if method == "slides" else kind.settle(ITEM, None)  # type: ignore[arg-type]
    assert isinstance(caught.value.cause, Unacceptable) and told in str(caught.value.cause)


@dataclass(frozen=True, slots=True)
class Strange(QuestionKind):
    """A question whose every method gives the same."""

    given: Any = None
    kind = "strange"

    @classmethod
    def parse(cls, fields: Fields) -> Any:
        return fields.data["gives"]

    def texts(self) -> Iterator[Any]:
        return iter(())

    def messages(self, item: str) -> Any:
        return self.given

    def controls(self, setting: Any) -> Any:
        return self.given

    def ask(self, setting: Any, more: Any = None) -> Any:
        return self.given

    def slide(self, setting: Any) -> Any:
        return self.given

    def read(self, form: Any) -> Any:
        return self.given

    def score(self, answer: Any) -> Any:
        return self.given

    def review(self, setting: Any, answer: Any) -> Any:
        return self.given

    def paper(self, setting: Any) -> Any:
        return self.given


@pytest.mark.parametrize(
    ("given", "ask", "told"),
    [
        (["text"], lambda asked: asked.messages(), "messages that begin with it#"),
        ([Message("other#a", "T", Place("x"))], lambda asked: asked.messages(), "messages that begin with it#"),
        ("a slide", lambda asked: asked.slide(PAGE), "slide gives something else than a whole slide"),
        (7, lambda asked: asked.ask(PAGE, View()), "ask has to give HTML"),
        (Fraction(3, 2), lambda asked: asked.points("a"), "a score of 3/2"),
        (-1, lambda asked: asked.points("a"), "a score of -1"),
    ],
)
def test_what_a_question_may_not_give_is_its_kinds_fault(
    given: Any, ask: Callable[[AskedQuestion], Any], told: str
) -> None:
    """Told by the rule that it breaks; no page shows it, and no score goes beyond the whole."""
    question: Any = Strange("q", "What now?", given=given)  # type: ignore[arg-type]
    with pytest.raises(KindFailed) as caught:
        ask(AskedQuestion(question, "course", "it", "it"))
    assert told in str(caught.value.cause)


def test_something_else_than_a_question_is_noted_and_not_kept() -> None:
    """What a kind read out of an author's file is a question, or nothing."""
    problems = Problems()
    fields = Fields.whole(SourceFile("it", {"gives": "a question"}, {}), problems)
    assert read_question(Strange, fields) is None
    assert len(problems.errors) == 1
