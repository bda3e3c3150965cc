"""The base of every kind of question, and what questions share when they are drawn."""

from __future__ import annotations

import hashlib
import random
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from types import MappingProxyType
from typing import ClassVar, Final, Literal, Self

from markupsafe import Markup

from coplearn.authoring.fields import Fields, Text
from coplearn.authoring.schema import Schema
from coplearn.authoring.source import Json
from coplearn.courses.contract import Ballot, Message, Page, Slide, View
from coplearn.courses.html import Attribute, element, join
from coplearn.courses.sealing import MOST_POINTS, WORDS_APART, KeptReview, left_open, seal
from coplearn.i18n.checks.quiz import add_answer_facets
from coplearn.kernel.text import N_

Form = Mapping[str, Sequence[str]]
MOST_FORMS: Final = 64
"""So many answers to one question are told on a page without a network; with more the page would weigh too much."""
Verdict = Literal["right", "part", "wrong"]

_VERDICTS: Final[Mapping[Verdict, str]] = {
    "right": N_("That is right."),
    "part": N_("Partly right."),
    "wrong": N_("Not quite. You can see the right answer here."),
}
_NO_ANSWER: Final = N_("You have not answered this question.")
_CHANGED: Final = N_(
    "This question is new or asks something else since you answered, so it says nothing about your answer."
)
_THE_KEY: Final = N_("The right answer:")
NUMBER: Final = N_("Question %(number)s of %(total)s")
"""Where a question stands in its quiz."""

SITE_SENTENCES: Final = (NUMBER, _NO_ANSWER, _CHANGED, _THE_KEY, *_VERDICTS.values())
"""What the base says for every kind of question."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The surroundings in which a question is drawn: page, view, the item's id, and the question's place (from 1) of ``total``."""

    page: Page
    view: View
    item: str
    number: int = 1
    total: int = 1

    def count(self, question: str, key: str) -> int | None:
        """The number of learners who chose that key of the question, in whole fives; None when it is too few to say."""
        return self.view.tally.get(f"{question}.{key}")


@dataclass(frozen=True, slots=True)
class QuestionKind(ABC):
    """A kind of question; each question is an instance. Answers are JSON by stable ids; a score is a fraction from 0 to 1.

    Subclass it as a frozen dataclass with slots, and name the class in ``question_kinds`` of a plugin to bring your own.
    """

    id: str
    stem: Text
    skill: str | None = field(default=None, kw_only=True)
    """The critical skill of its module that it tests."""
    form_b_of: str | None = field(default=None, kw_only=True)
    """The id of the question that it takes the place of at every second try."""

    kind: ClassVar[str]
    """The word after ``kind:`` in the file."""
    scored: ClassVar[bool] = True
    """Whether it counts for the score."""
    role: ClassVar[str | None] = None
    """The ARIA role of its fieldset, when a plain group will not do."""
    schema: ClassVar[Schema] = MappingProxyType({})
    """What editors may know of its keys besides ``id``, ``kind`` and ``stem``, as ``properties`` and ``required`` of a JSON
    Schema."""
    answer_facets: ClassVar[frozenset[str]] = frozenset()
    """The facets of ``texts()`` that a learner chooses among, without the id: ``opt`` for ``opt.<id>``, ``pair.left`` for
    ``pair.<id>.left``. The checks of translations see that two of them never read the same."""
    words: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """The kind's own sentences by an id that never changes, for translators: in English, or for a course's own kind in the
    language of the course. They are said with ``page.text`` and ``page.say``."""
    scripts: ClassVar[tuple[str, ...]] = ()
    """Files of the plugin's ``static`` folder that a page with such a question loads as modules."""
    styles: ClassVar[tuple[str, ...]] = ()
    """Style sheets of that folder."""

    def __init_subclass__(cls, **options: object) -> None:
        # Not super(): a dataclass with slots is made twice, and the bare form would name the first one.
        super(QuestionKind, cls).__init_subclass__(**options)
        add_answer_facets(cls.answer_facets)

    @classmethod
    @abstractmethod
    def parse(cls, fields: Fields) -> Self | None:
        """Read the question; note every fault; None when nothing usable remains."""

    @abstractmethod
    def texts(self) -> Iterator[tuple[str, Text]]:
        """Facet and source of each text after the stem, in reading order."""

    @abstractmethod
    def controls(self, setting: Setting) -> Markup:
        """The fields to answer with, filled from ``view.values``; must not depend on which answer is right."""

    @abstractmethod
    def read(self, form: Form) -> Json:
        """The answer in a submitted form. Raises ``Incomplete``; never anything else, whatever the form holds."""

    @abstractmethod
    def score(self, answer: Json) -> Fraction:
        """The score of the answer, from 0 to 1; 0 for an answer that makes no sense (any more)."""

    @abstractmethod
    def review(self, setting: Setting, answer: Json) -> Markup:
        """The answer, the right one, and why."""

    @abstractmethod
    def paper(self, setting: Setting) -> Markup:
        """The part under the stem on paper: boxes and lines, no answer."""

    def key(self, setting: Setting) -> Markup:
        """The right answer with its reasons, for whoever leads a group; those of :meth:`right_facets` by default."""
        page = setting.page
        right = [
            element("li", None, page.inline(self.context(setting.item, facet))) for facet in sorted(self.right_facets())
        ]
        if not right:
            return self.paper(setting)
        return join((self.paper(setting), element("p", None, page.say(_THE_KEY)), element("ul", None, *right)))

    def ballot(self, setting: Setting) -> Ballot | None:
        """The options that a group votes on, in an order that says nothing; None for another kind of answer."""
        return None

    def answer_slide(self, setting: Setting) -> Markup:
        """The part of :meth:`slide` that is shown last: the right answer and why; the key by default."""
        return self.key(setting)

    def slide(self, setting: Setting) -> Slide:
        """The question for a projector: its stem, what a group votes on, then the answer; the key for whoever leads."""
        ballot = self.ballot(setting)
        html = self._stem(setting, numbered=setting.total > 1)
        return Slide(
            key=self.id,
            html=html if ballot is not None else join((html, self.paper(setting))),
            answer=self.answer_slide(setting) if self.scored else Markup(""),
            notes=self.key(setting) if self.scored else Markup(""),
            ballot=ballot,
        )

    def _stem(self, setting: Setting, *, numbered: bool = True) -> Markup:
        said = setting.page.inline(self.context(setting.item, "stem"))
        number = (self._number(setting), " ") if numbered else ()
        return element("p", {"class": "question__stem"}, *number, said)

    def right_facets(self) -> Collection[str]:
        """The facets of the texts that are right answers: the checks see that no translation gives one away."""
        return ()

    def choices(self) -> Sequence[tuple[Text, bool]]:
        """The texts to choose among, each with whether it is right: their craft is measured. None for another kind of answer."""
        return ()

    def without_reason(self) -> int:
        """The number of places, of those an answer has, that are told no reason of their own."""
        return 0

    def tally_keys(self) -> Sequence[str]:
        """The keys under which answers are counted over all learners, none by default. Only for what nobody minds."""
        return ()

    def votes(self, answer: Json) -> Collection[str]:
        """The keys that this answer counts for."""
        return ()

    def forms(self) -> Sequence[Form]:
        """Every form that can be sent, where those are no more than 64: it can then be answered without a network."""
        return ()

    def kept_review(self, setting: Setting) -> KeptReview | None:
        """The feedback on every answer, for a page without a network, made of :meth:`forms`; None where that needs the network.

        Not for a question that is not scored: what was written is its feedback.
        """
        forms = [{name: sorted(values(form, name)) for name in form} for form in self.forms()]
        if not 0 < len(forms) <= MOST_FORMS:
            return None
        answers = {"\n".join(sorted(f"{name}={one}" for name in form for one in form[name])): form for form in forms}
        points = {said: self.points(self.read(form)) for said, form in answers.items()}
        of = lcm(*(one.denominator for one in points.values()))
        told = [
            element("div", {"data-if": said}, self.review(setting, self.read(form))) for said, form in answers.items()
        ]
        if of > MOST_POINTS:
            return None
        return KeptReview([{said: int(one * of) for said, one in points.items()}], of, join(told), whole=True)

    def missing(self) -> str:
        """The sentence below the question when a page without a network is sent and an answer is missing."""
        return _NO_ANSWER

    def points(self, answer: Json) -> Fraction:
        """The score of the answer. Raises ValueError for one that is not from 0 to 1."""
        score = Fraction(self.score(answer))
        if not 0 <= score <= 1:
            raise ValueError(f"a score of {score}")
        return score

    def messages(self, item: str) -> Iterator[Message]:
        """The question's texts for translators; they form one group, shown in one language."""
        for facet, text in (("stem", self.stem), *self.texts()):
            yield Message(self.context(item, facet), text.text, text.place, group=f"{item}.{self.id}")

    def context(self, item: str, facet: str) -> str:
        """The stable key of one of the question's texts."""
        return f"{item}#{self.id}.{facet}"

    def ask(self, setting: Setting, more: Mapping[str, Attribute] = MappingProxyType({})) -> Markup:
        """The question with its fields, before it is answered; ``more`` are further attributes."""
        error = setting.view.errors.get(self.id)
        attributes = {"role": self.role, "aria-describedby": f"{self.id}-error" if error else None}
        invalid = {"aria-invalid": "true" if error and self.role == "radiogroup" else None}
        return self._frame(setting, self.controls(setting), {**attributes, **invalid, **more})

    def show(self, setting: Setting, answer: Json) -> Markup:
        """The question with the answer given and the feedback on it."""
        return self._frame(setting, self.review(setting, answer), {})

    def show_changed(self, setting: Setting) -> Markup:
        """The question beside an answer that was given to it as it was before, and is judged by nothing."""
        return self._frame(setting, element("p", {"class": "feedback"}, setting.page.say(_CHANGED)), {})

    def print(self, setting: Setting, *, with_key: bool = False) -> Markup:
        """The question on paper, as it is asked or with its key."""
        return element(
            "section",
            {"class": "question", "data-kind": self.kind},
            self._stem(setting),
            self.key(setting) if with_key else self.paper(setting),
        )

    def verdict(self, setting: Setting, answer: Json) -> Markup:
        """The sentence that says how right the answer is."""
        if answer is None:
            return element("p", {"class": "feedback"}, setting.page.say(_NO_ANSWER))
        score = self.points(answer)
        word: Verdict = "right" if score == 1 else "part" if score > 0 else "wrong"
        return element("p", {"class": f"feedback feedback--{word}"}, setting.page.say(_VERDICTS[word]))

    def kept_verdict(self, setting: Setting) -> Markup:
        """The same sentence for :meth:`kept_review`, whichever it will be."""
        return join(
            element("p", {"class": f"feedback feedback--{word}", "data-if": f":{word}"}, setting.page.say(said))
            for word, said in _VERDICTS.items()
        )

    def explanation(self, setting: Setting) -> Markup:
        """The reason of the question as a whole."""
        return element("div", {"class": "question__reason"}, setting.page.blocks(self.context(setting.item, "reason")))

    def _number(self, setting: Setting) -> Markup:
        page = setting.page
        said = page.say(NUMBER, number=page.number(setting.number), total=page.number(setting.total))
        return element("span", {"class": "question__number"}, said)

    def _frame(self, setting: Setting, inside: Markup, attributes: Mapping[str, Attribute]) -> Markup:
        legend = element(
            "legend",
            {"class": "question__stem", "id": f"{self.id}-stem"},
            self._number(setting),
            " ",
            setting.page.inline(self.context(setting.item, "stem")),
        )
        identity = f"question-{self.id}"
        return element(
            "fieldset", {"class": "question", "id": identity, "data-kind": self.kind, **attributes}, legend, inside
        )


def ask_kept(
    asked: Sequence[tuple[QuestionKind, Setting]], more: Sequence[Mapping[str, Attribute]] = ()
) -> Markup | None:
    """Questions as they are asked on a page without a network, each with its feedback closed in it; None when one of them needs
    the network. Where no site scores again it is not closed, so that the page's program scores on any browser. ``more`` are
    further attributes, a mapping a question."""
    scored = [(one, setting, one.kept_review(setting)) for one, setting in asked if one.scored]
    reviews = [review for _, _, review in scored if review is not None]
    if len(reviews) < len(scored):
        return None
    texts = [
        str(setting.page.inline(question.context(setting.item, facet)))
        for question, setting, _ in scored
        for facet, _ in question.texts()
    ]
    scored_here = any(setting.page.scored_here for _, setting in asked)
    closed, words = (left_open(reviews), []) if scored_here else seal(reviews, texts)
    sealed: dict[str, dict[str, Attribute]] = {
        question.id: {"data-sealed": text, "data-whole": review.whole}
        for (question, _, _), review, text in zip(scored, reviews, closed, strict=True)
    }
    parts = []
    for number, (question, setting) in enumerate(asked):
        attributes: dict[str, Attribute] = dict(more[number]) if more else {}
        attributes |= {**sealed.get(question.id, {}), "data-missing": setting.page.say(question.missing())}
        parts.append(question.ask(setting, attributes))
    return join((*parts, element("template", {"id": "kept-words"}, WORDS_APART.join(words))))


def field_error(setting: Setting, field: str) -> Markup | None:
    """The message under a field that could not be taken."""
    phrase = setting.view.errors.get(field)
    if phrase is None:
        return None
    return element("p", {"class": "field__error", "id": f"{field}-error"}, setting.page.phrase(phrase))


def described(setting: Setting, field: str) -> dict[str, str | None]:
    """The attributes that tie a control to its error."""
    wrong = field in setting.view.errors
    return {"aria-describedby": f"{field}-error" if wrong else None, "aria-invalid": "true" if wrong else None}


def values(form: Form, field: str) -> tuple[str, ...]:
    """The strings sent for ``field``, none when it was not sent."""
    sent = form.get(field, ())
    return (sent,) if isinstance(sent, str) else tuple(value for value in sent if isinstance(value, str))


def one_of(form: Form, field: str, known: Collection[str]) -> str | None:
    """The single known value sent for ``field``; None when there is none, or more than one."""
    sent = [value for value in dict.fromkeys(values(form, field)) if value in known]
    return sent[0] if len(sent) == 1 else None


def shuffled(ids: Iterable[str], seed: int, question: str) -> list[str]:
    """The ids in an order that depends on the seed and on nothing an author's order could betray."""
    mixed = sorted(ids)
    random.Random(f"{seed}:{question}").shuffle(mixed)  # noqa: S311 - a shuffle for the eye, not a secret
    return mixed


def box() -> Markup:
    """A box to tick or to write in, on paper."""
    return element("span", {"class": "box", "aria-hidden": "true"}, "\N{WHITE SQUARE}")


def token(*parts: str) -> str:
    """A short, stable, opaque value for a form."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
