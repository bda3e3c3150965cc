"""Questions answered by choosing: one option, or every option that applies."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final, Literal, Self

from markupsafe import Markup

from coplearn.courses.plugin import (
    N_,
    Ballot,
    Fields,
    Form,
    Incomplete,
    Json,
    KeptReview,
    Phrase,
    QuestionKind,
    Schema,
    Setting,
    Text,
    box,
    classes,
    described,
    distinct,
    element,
    field_error,
    join,
    one_of,
    schema,
    shuffled,
    values,
)

Mark = Literal["right", "wrong", "missed"]

_WHOLE, _NOTHING = Fraction(1), Fraction(0)
_BETRAYING: Final = frozenset({"correct", "false", "right", "right-answer", "true", "wrong", "wrong-answer"})
_MARKS: Final[Mapping[Mark, str]] = {
    "right": N_("You chose this, and it is right."),
    "wrong": N_("You chose this. It is not the answer here."),
    "missed": N_("This is right. You did not choose it."),
}
_MISSING: Final = {"radio": N_("Choose an answer."), "checkbox": N_("Choose at least one answer.")}
_OTHER: Final = N_("Why not the other one")
_OTHERS: Final = N_("Why not the others")
_THE_ANSWER: Final = N_("This is the right answer.")


def _options(most: int) -> Schema:
    words = {"id": schema.ID, "text": schema.TEXT, "reason": schema.TEXT, "correct": schema.FLAG}
    option = schema.mapping(words, ("id", "text", "reason"))
    return {"properties": {"options": schema.rows(option, 3, most)}, "required": ["options"]}


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose, with the reason shown afterwards."""

    id: str
    text: Text
    reason: Text
    correct: bool


@dataclass(frozen=True, slots=True)
class Choice(QuestionKind):
    """The base of the two kinds: options in the author's order, shown shuffled, sent by id."""

    options: tuple[Option, ...]

    answer_facets: ClassVar[frozenset[str]] = frozenset({"opt"})
    most_options: ClassVar[int]
    input: ClassVar[str]
    least_right: ClassVar[int]
    most_right: ClassVar[int]

    @classmethod
    def parse(cls, fields: Fields) -> Self | None:
        """Read stem and options, and see that the number of right ones fits the kind."""
        fields.only("id", "kind", "stem", "options")
        identity, stem = fields.identifier(), fields.text("stem")
        rows = fields.rows("options", 3, cls.most_options)
        alone = distinct(rows, "option")
        options = tuple(option for option in map(_option, rows) if option is not None)
        right = sum(option.correct for option in options)
        complete = bool(rows) and len(options) == len(rows)
        if complete and not cls.least_right <= right <= min(cls.most_right, len(options) - 1):
            mend = "Mark exactly one." if cls.most_right == 1 else "Mark two or more, and leave at least one unmarked."
            fields.error("options", "number-correct", f"{right} options are marked `correct: true`.", mend)
            return None
        if identity is None or stem is None or not complete or not alone:
            return None
        return cls(identity, stem, options)

    def texts(self) -> Iterator[tuple[str, Text]]:
        """Each option with its reason after it."""
        for option in self.options:
            yield f"opt.{option.id}", option.text
            yield f"opt.{option.id}.reason", option.reason

    def choices(self) -> Sequence[tuple[Text, bool]]:
        """The options."""
        return [(option.text, option.correct) for option in self.options]

    def right_facets(self) -> Collection[str]:
        """The right options."""
        return {f"opt.{option.id}" for option in self.options if option.correct}

    def controls(self, setting: Setting) -> Markup:
        """A radio button or check box an option."""
        chosen = set(values(setting.view.values, self.id))
        described_by = described(setting, self.id)
        if self.input == "radio":
            described_by.pop("aria-invalid")  # not a radio button's attribute: the radiogroup has it
        cards = [
            element(
                "label",
                {"class": "choice"},
                element(
                    "input",
                    {
                        "type": self.input,
                        "name": self.id,
                        "value": option,
                        # The first control is where a link from the error summary leads.
                        "id": self.id if position == 0 else f"{self.id}.{option}",
                        "checked": option in chosen,
                        **described_by,
                    },
                ),
                self._text(setting, option),
            )
            for position, option in enumerate(self._order(setting))
        ]
        return join((field_error(setting, self.id), element("div", {"class": "choices"}, *cards)))

    def review(self, setting: Setting, answer: Json) -> Markup:
        """Every option, with a mark in words and the reason at those chosen and those right; the others' reasons folded."""
        chosen = self._chosen(answer)
        by_id = {option.id: option for option in self.options}
        options = [by_id[option] for option in self._order(setting)]
        cards = join(self._reviewed(setting, option, chosen) for option in options)
        others = [option for option in options if not option.correct and option.id not in chosen]
        return join(
            (element("div", {"class": "choices"}, cards), self.verdict(setting, answer), self._others(setting, others))
        )

    def kept_review(self, setting: Setting) -> KeptReview:
        """The same for every answer. An option that is chosen and right is a point, and so much less is one that is not."""
        right = sum(option.correct for option in self.options)
        worth = {option.id: 1 if option.correct else 0 if right == 1 else -1 for option in self.options}
        if self.input == "radio":
            answers = [{f"{self.id}={option}": points for option, points in worth.items()}]
        else:
            answers = [{f"{self.id}={option}": points, f"{self.id}!{option}": 0} for option, points in worth.items()]
        by_id = {option.id: option for option in self.options}
        shown = [by_id[option] for option in self._order(setting)]
        cards = join(self._kept(setting, option) for option in shown)
        others = [option for option in shown if not option.correct]
        parts = (
            element("div", {"class": "choices"}, cards),
            self.kept_verdict(setting),
            self._others(setting, others, kept=True),
        )
        return KeptReview(answers, right, join(parts))

    def _kept(self, setting: Setting, option: Option) -> Markup:
        """An option in :meth:`kept_review`, chosen and not."""
        said = f"{self.id}={option.id}"
        marks: tuple[tuple[Mark | None, str], ...] = (("right" if option.correct else "wrong", "data-if"),)
        marks += (("missed" if option.correct else None, "data-unless"),)
        parts: list[Markup] = []
        for mark, when in marks:
            control = element("input", {"type": self.input, "checked": when == "data-if", "disabled": True})
            words = element("span", {"class": "choice__text", "data-copy": said})
            look = classes("choice", mark and f"choice--{mark}")
            parts.append(element("label", {"class": look, when: said}, control, words))
        reason = setting.page.inline(self.context(setting.item, f"opt.{option.id}.reason"))
        told = [
            element("strong", {"class": "choice__mark", when: said}, setting.page.say(self._words(mark)), " ")
            for mark, when in marks
            if mark is not None
        ]
        chosen = None if option.correct else said
        return join((*parts, element("p", {"class": "choice__reason", "data-if": chosen}, *told, reason)))

    def missing(self) -> str:
        """The same sentence as for a form that is sent to the site."""
        return _MISSING[self.input]

    def paper(self, setting: Setting) -> Markup:
        """A box an option, in an order that says nothing."""
        rows = [element("li", None, box(), " ", self._text(setting, option)) for option in self._order(setting)]
        return element("ul", {"class": "boxes"}, *rows)

    def key(self, setting: Setting) -> Markup:
        """Every option with its reason, the right ones marked."""
        page = setting.page
        rows = [
            element(
                "li",
                {"class": "key--right" if option.correct else None},
                element("strong", None, page.say(N_("Right:")), " ") if option.correct else None,
                self._text(setting, option.id),
                element("p", {"class": "small"}, page.inline(self.context(setting.item, f"opt.{option.id}.reason"))),
            )
            for option in self.options
        ]
        return element("ul", {"class": "key"}, *rows)

    def ballot(self, setting: Setting) -> Ballot:
        """The options as they stand on paper, so that a letter means the same everywhere."""
        texts = tuple((option, self._text(setting, option)) for option in self._order(setting))
        right = frozenset(option.id for option in self.options if option.correct)
        return Ballot(options=texts, right=right, many=self.most_right > 1)

    def answer_slide(self, setting: Setting) -> Markup:
        """The right options, each with its reason."""
        rows = [
            element(
                "li",
                None,
                element("strong", None, self._text(setting, option.id)),
                " ",
                setting.page.inline(self.context(setting.item, f"opt.{option.id}.reason")),
            )
            for option in self.options
            if option.correct
        ]
        return element("ul", {"class": "answers"}, *rows)

    def _reviewed(self, setting: Setting, option: Option, chosen: Collection[str]) -> Markup:
        picked = option.id in chosen
        mark: Mark | None = (
            "right" if picked and option.correct else "wrong" if picked else "missed" if option.correct else None
        )
        card = element(
            "label",
            {"class": classes("choice", mark and f"choice--{mark}")},
            element("input", {"type": self.input, "checked": picked, "disabled": True}),
            self._text(setting, option.id),
        )
        if mark is None:
            return card
        reason = setting.page.inline(self.context(setting.item, f"opt.{option.id}.reason"))
        said = element("strong", {"class": "choice__mark"}, setting.page.say(self._words(mark)))
        return join((card, element("p", {"class": "choice__reason"}, said, " ", reason)))

    def _words(self, mark: Mark) -> str:
        return _THE_ANSWER if mark == "missed" and self.most_right == 1 else _MARKS[mark]

    def _others(self, setting: Setting, options: list[Option], *, kept: bool = False) -> Markup | None:
        """The reasons of wrong options that nobody chose, for whoever wants to know; ``kept`` for a page without a network."""
        if not options:
            return None
        say = setting.page.say
        said = say(_OTHER) if len(options) == 1 else say(_OTHERS)
        head: Sequence[str | Markup] = (said,)
        if kept:
            counts = (("one", _OTHER), ("more", _OTHERS))
            head = [element("span", {"data-count": count}, say(words)) for count, words in counts]
        rows = [
            element(
                "li",
                {"data-unless": f"{self.id}={option.id}" if kept else None},
                element("strong", {"data-copy": f"{self.id}={option.id}"})
                if kept
                else element("strong", None, self._text(setting, option.id)),
                " ",
                setting.page.inline(self.context(setting.item, f"opt.{option.id}.reason")),
            )
            for option in options
        ]
        return element(
            "details",
            {"class": "more"},
            element("summary", None, *head),
            element("ul", {"class": "others"}, *rows),
        )

    def _text(self, setting: Setting, option: str) -> Markup:
        return element(
            "span", {"class": "choice__text"}, setting.page.inline(self.context(setting.item, f"opt.{option}"))
        )

    def _order(self, setting: Setting) -> list[str]:
        return shuffled((option.id for option in self.options), setting.view.seed, self.id)

    def _chosen(self, answer: Json) -> frozenset[str]:
        given = [answer] if isinstance(answer, str) else answer if isinstance(answer, list) else []
        return frozenset(option.id for option in self.options if option.id in given)


@dataclass(frozen=True, slots=True)
class One(Choice):
    """Exactly one option is right; the answer is its id."""

    kind: ClassVar[str] = "one"
    input: ClassVar[str] = "radio"
    role: ClassVar[str | None] = "radiogroup"
    most_options: ClassVar[int] = 4
    schema: ClassVar[Schema] = _options(4)
    least_right: ClassVar[int] = 1
    most_right: ClassVar[int] = 1

    def read(self, form: Form) -> Json:
        """The id of the one option chosen."""
        chosen = one_of(form, self.id, [option.id for option in self.options])
        if chosen is None:
            raise Incomplete({self.id: Phrase(self.missing())})
        return chosen

    def score(self, answer: Json) -> Fraction:
        """All or nothing."""
        right = isinstance(answer, str) and any(option.correct for option in self.options if option.id == answer)
        return _WHOLE if right else _NOTHING


@dataclass(frozen=True, slots=True)
class Many(Choice):
    """Two or more options are right; the answer is the list of ids chosen, in the author's order."""

    kind: ClassVar[str] = "many"
    input: ClassVar[str] = "checkbox"
    most_options: ClassVar[int] = 6
    schema: ClassVar[Schema] = _options(6)
    least_right: ClassVar[int] = 2
    most_right: ClassVar[int] = 6

    def read(self, form: Form) -> Json:
        """The ids of the options chosen, at least one."""
        sent = values(form, self.id)
        chosen = [option.id for option in self.options if option.id in sent]
        if not chosen:
            raise Incomplete({self.id: Phrase(self.missing())})
        return chosen

    def score(self, answer: Json) -> Fraction:
        """Right choices less wrong ones, of those there are to find: choosing everything gains nothing."""
        chosen = self._chosen(answer) if isinstance(answer, list) else frozenset()
        right = frozenset(option.id for option in self.options if option.correct)
        return Fraction(max(0, len(chosen & right) - len(chosen - right)), len(right))


def _option(fields: Fields) -> Option | None:
    fields.only("id", "text", "correct", "reason")
    identity, text, reason = fields.identifier(), fields.text("text"), fields.text("reason")
    if identity in _BETRAYING:
        fields.error("id", "betraying-id", f'The id "{identity}" tells the answer.', "Name the option by what it says.")
    correct = fields.flag("correct")
    if identity is None or text is None or reason is None:
        return None
    return Option(identity, text, reason, correct)
