"""A question answered by giving each left side its right side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    token,
    values,
)

_NO_MATCH: Final = N_("Choose what fits here.")
_FITS: Final = N_("You matched it with this, and it is right:")
_FITS_NOT: Final = N_("You matched it with this, and it does not fit:")
_THIS_FITS: Final = N_("This fits:")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sides that belong together."""

    id: str
    left: Text
    right: Text
    reason: Text | None = None
    """The reason why they do."""


_PAIR: Final = schema.mapping(
    {"id": schema.ID, "left": schema.TEXT, "right": schema.TEXT, "reason": schema.TEXT}, ("id", "left", "right")
)
_SCHEMA: Final[Schema] = {
    "properties": {"pairs": schema.rows(_PAIR, 3, 4), "reason": schema.TEXT},
    "required": ["pairs", "reason"],
}


@dataclass(frozen=True, slots=True)
class Match(QuestionKind):
    """Pairs; the answer maps the id of each pair to the id of the pair whose right side was chosen for it."""

    pairs: tuple[Pair, ...]
    reason: Text

    kind: ClassVar[str] = "match"
    schema: ClassVar[Schema] = _SCHEMA
    answer_facets: ClassVar[frozenset[str]] = frozenset({"pair.left", "pair.right"})

    @classmethod
    def parse(cls, fields: Fields) -> Self | None:
        """Read stem, pairs and reason; two right sides with the same words are a fault."""
        fields.only("id", "kind", "stem", "pairs", "reason")
        identity, stem, reason = fields.identifier(), fields.text("stem"), fields.text("reason")
        rows = fields.rows("pairs", 3, 4)
        alone = distinct(rows, "pair")
        pairs = tuple(pair for pair in map(_pair, rows) if pair is not None)
        if len({pair.right.text for pair in pairs}) < len(pairs):
            fields.error(
                "pairs", "same-right-side", "Two pairs have the same right side.", "Word one of them differently."
            )
            return None
        if identity is None or stem is None or reason is None or not alone or not rows or len(pairs) < len(rows):
            return None
        return cls(identity, stem, pairs, reason)

    def texts(self) -> Iterator[tuple[str, Text]]:
        """Each pair's left, right and reason, then the reason of the whole."""
        for pair in self.pairs:
            yield f"pair.{pair.id}.left", pair.left
            yield f"pair.{pair.id}.right", pair.right
            if pair.reason is not None:
                yield f"pair.{pair.id}.reason", pair.reason
        yield "reason", self.reason

    def without_reason(self) -> int:
        """The pairs that have none."""
        return sum(pair.reason is None for pair in self.pairs)

    def controls(self, setting: Setting) -> Markup:
        """A list of all right sides for each left side."""
        return element("div", {"class": "match"}, *(self._row(setting, pair) for pair in self.pairs))

    def read(self, form: Form) -> Json:
        """The pair whose right side was chosen, for each pair."""
        owners = {self._value(pair): pair.id for pair in self.pairs}
        sent = {pair.id: one_of(form, f"{self.id}.{pair.id}", owners) for pair in self.pairs}
        missing = {f"{self.id}.{pair}": Phrase(_NO_MATCH) for pair, value in sent.items() if value is None}
        if missing:
            raise Incomplete(missing)
        return {pair: owners[value] for pair, value in sent.items() if value is not None}

    def score(self, answer: Json) -> Fraction:
        """The share of pairs that are together."""
        given = answer if isinstance(answer, Mapping) else {}
        return Fraction(sum(given.get(pair.id) == pair.id for pair in self.pairs), len(self.pairs))

    def review(self, setting: Setting, answer: Json) -> Markup:
        """Each left side with the right side chosen, and the one that fits when that was another."""
        given = answer if isinstance(answer, Mapping) else {}
        rows = [self._reviewed(setting, pair, given.get(pair.id)) for pair in self.pairs]
        return join(
            (
                element("div", {"class": "match"}, *rows),
                self.verdict(setting, answer),
                self.explanation(setting),
            )
        )

    def kept_review(self, setting: Setting) -> KeptReview:
        """The same for every answer; each pair is a point."""
        answers = [
            {f"{self.id}.{pair.id}={self._value(other)}": int(pair is other) for other in self.pairs}
            for pair in self.pairs
        ]
        rows = [self._kept(setting, pair) for pair in self.pairs]
        parts = (element("div", {"class": "match"}, *rows), self.kept_verdict(setting), self.explanation(setting))
        return KeptReview(answers, len(self.pairs), join(parts))

    def _kept(self, setting: Setting, pair: Pair) -> Markup:
        """A pair in :meth:`kept_review`, matched and not."""
        say, field = setting.page.say, f"{self.id}.{pair.id}"
        said, chosen = f"{field}={self._value(pair)}", element("span", {"data-said": field})
        return element(
            "div",
            {"class": "match__row"},
            element("p", {"class": "match__left", "data-label": field}),
            element(
                "p",
                {"class": "feedback feedback--right", "data-if": said},
                element("strong", None, say(_FITS)),
                " ",
                chosen,
            ),
            element(
                "p",
                {"class": "feedback feedback--wrong", "data-unless": said},
                element("strong", None, say(_FITS_NOT)),
                " ",
                chosen,
            ),
            element(
                "p",
                {"class": "match__right", "data-unless": said},
                element("strong", None, say(_THIS_FITS)),
                " ",
                element("span", {"data-copy": said}),
            ),
            self._reason(setting, pair),
        )

    def missing(self) -> str:
        """The same sentence as for a form that is sent to the site."""
        return _NO_MATCH

    def paper(self, setting: Setting) -> Markup:
        """The left sides with a box each, then the right sides in an order that says nothing."""
        lefts = [element("li", None, box(), " ", self._side(setting, pair.id, "left")) for pair in self.pairs]
        rights = [element("li", None, self._side(setting, pair.id, "right")) for pair in self._mixed(setting)]
        return join((element("ul", {"class": "boxes"}, *lefts), element("ol", {"class": "match__rights"}, *rights)))

    def key(self, setting: Setting) -> Markup:
        """Each left side with what fits, and why."""
        rows = [
            element(
                "li",
                None,
                element("strong", None, self._side(setting, pair.id, "left")),
                element("p", None, self._side(setting, pair.id, "right")),
                self._reason(setting, pair),
            )
            for pair in self.pairs
        ]
        return join((element("ul", {"class": "key"}, *rows), self.explanation(setting)))

    def _row(self, setting: Setting, pair: Pair) -> Markup:
        page, field = setting.page, f"{self.id}.{pair.id}"
        sent = values(setting.view.values, field)
        options = [element("option", {"value": ""}, page.say(N_("Choose")))]
        for right in self._mixed(setting):
            context, value = self.context(setting.item, f"pair.{right.id}.right"), self._value(right)
            attributes: dict[str, Attribute] = {**page.attributes(context), "value": value, "selected": value in sent}
            options.append(element("option", attributes, page.plain(context)))
        return element(
            "div",
            {"class": "match__row"},
            element("label", {"for": field}, self._side(setting, pair.id, "left")),
            element("select", {"name": field, "id": field, **described(setting, field)}, *options),
            field_error(setting, field),
        )

    def _reviewed(self, setting: Setting, pair: Pair, chosen: Json) -> Markup:
        page = setting.page
        right = self._side(setting, pair.id, "right")
        parts: list[Markup] = [element("p", {"class": "match__left"}, self._side(setting, pair.id, "left"))]
        why = self._reason(setting, pair)
        if chosen == pair.id:
            said = element("strong", None, page.say(_FITS))
            parts.append(element("p", {"class": "feedback feedback--right"}, said, " ", right))
            return element("div", {"class": "match__row"}, *parts, why)
        if isinstance(chosen, str) and any(other.id == chosen for other in self.pairs):
            said = element("strong", None, page.say(_FITS_NOT))
            parts.append(
                element("p", {"class": "feedback feedback--wrong"}, said, " ", self._side(setting, chosen, "right"))
            )
        said = element("strong", None, page.say(_THIS_FITS))
        parts.append(element("p", {"class": "match__right"}, said, " ", right))
        return element("div", {"class": "match__row"}, *parts, why)

    def _reason(self, setting: Setting, pair: Pair) -> Markup | None:
        if pair.reason is None:
            return None
        said = setting.page.inline(self.context(setting.item, f"pair.{pair.id}.reason"))
        return element("p", {"class": "choice__reason"}, said)

    def _side(self, setting: Setting, pair: str, side: str) -> Markup:
        return element(
            "span", {"class": f"match__{side}"}, setting.page.inline(self.context(setting.item, f"pair.{pair}.{side}"))
        )

    def _mixed(self, setting: Setting) -> list[Pair]:
        """The right sides, shuffled by what they say: their order and values stay the same when the pairing changes."""
        by_value = {self._value(pair): pair for pair in self.pairs}
        return [by_value[value] for value in shuffled(by_value, setting.view.seed, self.id)]

    def _value(self, pair: Pair) -> str:
        # Made from the words of the right side, not from the pair's id, which also names the left side's field.
        return token(self.id, pair.right.text)


def _pair(fields: Fields) -> Pair | None:
    fields.only("id", "left", "right", "reason")
    identity, left, right = fields.identifier(), fields.text("left"), fields.text("right")
    reason = fields.text("reason", required=False)
    return None if identity is None or left is None or right is None else Pair(identity, left, right, reason)
