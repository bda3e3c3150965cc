"""A question answered by putting steps in order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final, Self

from markupsafe import Markup

from coplearn.courses.plugin import (
    N_,
    Attribute,
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

_BETRAYING: Final = re.compile(r"step-?(?:\d+|[a-z])|first|second|third|fourth|fifth|sixth|seventh|last")
_HINT: Final = N_("Give each step its place: 1 comes first.")
_HINT_OF_MOVES: Final = N_("Move the steps with the arrows. The first one stands on top.")
_AS_IT_IS: Final = N_("They are in the right order as they stand")
_YOURS: Final = N_("Your order")
_RIGHT: Final = N_("The right order")
_NO_PLACE: Final = N_("Choose a place for this step.")
_SAME_PLACE: Final = N_("Two steps have the same place. Give each step a place of its own.")


@dataclass(frozen=True, slots=True)
class Step:
    """One step to put in its place."""

    id: str
    text: Text
    reason: Text | None = None
    """The reason why it stands in its place."""


_STEP: Final = schema.mapping({"id": schema.ID, "text": schema.TEXT, "reason": schema.TEXT}, ("id", "text"))
_SCHEMA: Final[Schema] = {
    "properties": {"steps": schema.rows(_STEP, 3, 7), "reason": schema.TEXT},
    "required": ["steps", "reason"],
}


@dataclass(frozen=True, slots=True)
class Order(QuestionKind):
    """Steps in the right order, shown shuffled; the answer is the list of their ids in the learner's order."""

    steps: tuple[Step, ...]
    reason: Text

    kind: ClassVar[str] = "order"
    schema: ClassVar[Schema] = _SCHEMA
    answer_facets: ClassVar[frozenset[str]] = frozenset({"step"})

    @classmethod
    def parse(cls, fields: Fields) -> Self | None:
        """Read stem, steps and reason."""
        fields.only("id", "kind", "stem", "steps", "reason")
        identity, stem, reason = fields.identifier(), fields.text("stem"), fields.text("reason")
        rows = fields.rows("steps", 3, 7)
        alone = distinct(rows, "step")
        steps = tuple(step for step in map(_step, rows) if step is not None)
        if identity is None or stem is None or reason is None or not alone or not rows or len(steps) < len(rows):
            return None
        return cls(identity, stem, steps, reason)

    def texts(self) -> Iterator[tuple[str, Text]]:
        """The steps, each with the reason of its place after it, then the reason of the whole."""
        for step in self.steps:
            yield f"step.{step.id}", step.text
            if step.reason is not None:
                yield f"step.{step.id}.reason", step.reason
        yield "reason", self.reason

    def without_reason(self) -> int:
        """The steps that have none."""
        return sum(step.reason is None for step in self.steps)

    def controls(self, setting: Setting) -> Markup:
        """A list of places for each step."""
        page = setting.page
        hint = element("p", {"class": "question__hint", "data-live": page.say(_HINT_OF_MOVES)}, page.say(_HINT))
        rows = [self._row(setting, step) for step in self._shuffled(setting)]
        attributes: dict[str, Attribute] = {"class": "order", "data-order": True, "data-keep": page.say(_AS_IT_IS)}
        return join((hint, element("ol", attributes, *rows)))

    def read(self, form: Form) -> Json:
        """The ids in the order of the places given; every place must be given once."""
        places = self._places(form)
        taken = Counter(place for place in places.values() if place is not None)
        errors: dict[str, Phrase] = {}
        for step, place in places.items():
            if place is None:
                errors[f"{self.id}.{step}"] = Phrase(_NO_PLACE)
            elif taken[place] > 1:
                errors[f"{self.id}.{step}"] = Phrase(_SAME_PLACE)
        if errors:
            raise Incomplete(errors)
        return sorted(places, key=lambda step: places[step] or 0)

    def score(self, answer: Json) -> Fraction:
        """The share of steps that stand in their place."""
        given = self._given(answer)
        return Fraction(sum(step.id == said for step, said in zip(self.steps, given, strict=False)), len(self.steps))

    def review(self, setting: Setting, answer: Json) -> Markup:
        """The learner's order, the verdict, the right order when it differs, and the reasons."""
        given = self._given(answer)
        right = [step.id for step in self.steps]
        parts: list[Markup | None] = []
        if given:
            parts.append(self._listed(setting, _YOURS, given))
        parts.append(self.verdict(setting, answer if given else None))
        reasons = {step.id for step in self.steps if step.reason is not None}
        if given != right or reasons:
            parts.append(self._listed(setting, _RIGHT, right, reasons))
        parts.append(self.explanation(setting))
        return join(parts)

    def kept_review(self, setting: Setting) -> KeptReview:
        """The same for every order; each step in its place is a point."""
        number, say = len(self.steps), setting.page.say
        answers = [
            {f"{self.id}.{step.id}={place}": int(place == right) for place in range(1, number + 1)}
            for right, step in enumerate(self.steps, start=1)
        ]
        fields = [f"{self.id}.{step.id}" for step in self.steps]
        own = [
            element("li", {"data-sort": field}, element("span", {"class": "order__text", "data-label": field}))
            for field in fields
        ]
        right = [
            element(
                "li",
                None,
                element("span", {"class": "order__text", "data-label": field}),
                self._reason(setting, step.id) if step.reason is not None else None,
            )
            for field, step in zip(fields, self.steps, strict=True)
        ]
        has_reasons = any(step.reason is not None for step in self.steps)
        parts = (
            element("p", {"class": "order__title"}, say(_YOURS)),
            element("ol", {"class": "order__list"}, *own),
            self.kept_verdict(setting),
            element(
                "div",
                {"data-unless": None if has_reasons else ":right"},
                element("p", {"class": "order__title"}, say(_RIGHT)),
                element("ol", {"class": "order__list"}, *right),
            ),
            self.explanation(setting),
        )
        return KeptReview(answers, number, join(parts))

    def missing(self) -> str:
        """The same sentence as for a form that is sent to the site."""
        return _NO_PLACE

    def paper(self, setting: Setting) -> Markup:
        """A box to write the place in, before each step."""
        rows = [element("li", None, box(), " ", self._text(setting, step)) for step in self._shuffled(setting)]
        return join(
            (
                element("p", {"class": "question__hint"}, setting.page.say(_HINT)),
                element("ul", {"class": "boxes"}, *rows),
            )
        )

    def key(self, setting: Setting) -> Markup:
        """The right order, and why."""
        reasons = {step.id for step in self.steps if step.reason is not None}
        right = self._listed(setting, _RIGHT, [step.id for step in self.steps], reasons)
        return join((right, self.explanation(setting)))

    def _row(self, setting: Setting, step: str) -> Markup:
        page, field = setting.page, f"{self.id}.{step}"
        sent = values(setting.view.values, field)
        options = [element("option", {"value": ""}, page.say(N_("Choose a place")))]
        for place in range(1, len(self.steps) + 1):
            options.append(element("option", {"value": place, "selected": str(place) in sent}, page.number(place)))
        return element(
            "li",
            {"class": "order__row"},
            element("label", {"for": field}, self._text(setting, step)),
            element(
                "select", {"class": "order__place", "name": field, "id": field, **described(setting, field)}, *options
            ),
            field_error(setting, field),
        )

    def _listed(self, setting: Setting, title: str, steps: list[str], reasons: Collection[str] = ()) -> Markup:
        rows = [
            element("li", None, self._text(setting, step), self._reason(setting, step) if step in reasons else None)
            for step in steps
        ]
        return join(
            (
                element("p", {"class": "order__title"}, setting.page.say(title)),
                element("ol", {"class": "order__list"}, *rows),
            )
        )

    def _text(self, setting: Setting, step: str) -> Markup:
        return element(
            "span", {"class": "order__text"}, setting.page.inline(self.context(setting.item, f"step.{step}"))
        )

    def _reason(self, setting: Setting, step: str) -> Markup:
        return element(
            "p", {"class": "choice__reason"}, setting.page.inline(self.context(setting.item, f"step.{step}.reason"))
        )

    def _shuffled(self, setting: Setting) -> list[str]:
        return shuffled((step.id for step in self.steps), setting.view.seed, self.id)

    def _places(self, form: Form) -> Mapping[str, int | None]:
        known = {str(place): place for place in range(1, len(self.steps) + 1)}
        sent = {step.id: one_of(form, f"{self.id}.{step.id}", known) for step in self.steps}
        return {step: None if value is None else known[value] for step, value in sent.items()}

    def _given(self, answer: Json) -> list[str]:
        """The answer when it is an order of exactly these steps, else nothing."""
        if not isinstance(answer, list) or any(not isinstance(step, str) for step in answer):
            return []
        return answer if sorted(answer) == sorted(step.id for step in self.steps) else []


def _step(fields: Fields) -> Step | None:
    fields.only("id", "text", "reason")
    identity, text, reason = fields.identifier(), fields.text("text"), fields.text("reason", required=False)
    if identity is not None and _BETRAYING.fullmatch(identity):
        fields.error(
            "id", "betraying-id", f'The id "{identity}" tells the place of the step.', "Name the step by what is done."
        )
    return None if identity is None or text is None else Step(identity, text, reason)
