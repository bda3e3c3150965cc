"""A story on paper: numbered scenes, and a slip on which the reader keeps what the story remembers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from coplearn.courses.kinds.story import Condition, Part, Scene, SceneChoice, States, Story, Variant
from coplearn.courses.kinds.story_parts import END_SENTENCES, labelled, support
from coplearn.courses.plugin import N_, Item, Page, Phrase, element, join

_EITHER = "/"
"""Between two marks of which one is enough; the slip's first sentences say so."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Each state as a letter and each of its values as that letter with a number, the same in every language."""

    states: Mapping[str, tuple[str, ...]]

    def of(self, state: str, value: str) -> str:
        """The mark of a value, such as A2."""
        return f"{chr(ord('A') + list(self.states).index(state))}{self.states[state].index(value) + 1}"

    def asked(self, condition: Condition) -> tuple[str, ...]:
        """The words that have to stand on the slip; where one of several is enough they stand together."""
        return tuple(_EITHER.join(self.of(state, value) for value in values) for state, values in condition.items())

    def written(self, states: States) -> tuple[str, ...]:
        """The words that are written on the slip."""
        return tuple(self.of(state, value) for state, value in states.items())


_WHAT: Final[Mapping[str, str]] = {
    "is_defensible": N_("Can be right"),
    "is_tempting": N_("Tempting"),
    "is_unsafe": N_("Unsafe"),
}


def printed(item: Item[Story], page: Page) -> Markup:
    """The whole story: how the slip is kept, then scene by scene in the order of reading."""
    return _Paper(item, page).whole()


def told_to_group(item: Item[Story], page: Page) -> Markup:
    """The same for whoever reads it to a group: where to stop and talk, what each choice is, and what it costs."""
    return _Guide(item, page).whole()


class _Paper:
    def __init__(self, item: Item[Story], page: Page) -> None:
        self._item, self._page, self._story = item, page, item.content
        self._marks = Marks(item.content.states)
        self._numbers = {scene: number for number, scene in enumerate(reading_order(item.content), start=1)}

    def whole(self) -> Markup:
        intro = self._page.blocks(f"{self._item.id}#intro") if self._story.intro is not None else None
        scenes = [self._scene(self._story.scenes[identity]) for identity in self._numbers]
        return join((intro, self._slip(), *scenes))

    def _slip(self) -> Markup | None:
        if not self._story.states:
            return None
        begin = self._story.beginning.states
        state, values = next(iter(self._story.states.items()))
        one, other = (self._marks.of(state, value) for value in values[:2])
        sentences = (
            Phrase(
                N_("This story remembers what you did. Write on a slip of paper: %(marks)s."),
                {"marks": self._marks.written(begin)},
            ),
            Phrase(
                N_("When you write a new sign, such as %(new)s, strike out the one with the same letter."),
                {"new": other},
            ),
            Phrase(
                N_("Where a line stands between two signs, as in %(signs)s, one of them is enough."),
                {"signs": f"{one}{_EITHER}{other}"},
            ),
        )
        return element("div", {"class": "scene__slip"}, *(self._told(sentence) for sentence in sentences))

    def _scene(self, scene: Scene) -> Markup:
        number = self._page.number(self._numbers[scene.id])
        ways = [self._choice(scene, choice) for choice in scene.choices]
        return element(
            "section",
            {"class": "scene"},
            element("h2", {"class": "scene__title"}, number),
            element("div", {"class": "scene__text"}, self._blocks(scene, "text")),
            labelled(self._page, "reason", self._blocks(scene, "reason")),
            labelled(self._page, "repair", self._blocks(scene, "repair")),
            element("p", {"class": "scene__end"}, self._page.say(END_SENTENCES[scene.end])) if scene.end else None,
            support(self._page, scene.parts.get("support", ()), self._blocks(scene, "support")),
            self._before_choices(scene),
            element("ul", {"class": "scene__ways"}, *ways) if ways else None,
        )

    def _before_choices(self, scene: Scene) -> Markup | None:
        """The line above the choices; none for a reader."""
        return None

    def _blocks(self, scene: Scene, part: Part) -> Markup | None:
        """Every text of a part, each after the sentence that says for whom it is."""
        texts = scene.parts.get(part)
        if texts is None:
            return None
        return join(block for number, text in enumerate(texts) for block in self._block(scene, text, first=not number))

    def _block(self, scene: Scene, variant: Variant, *, first: bool) -> Iterator[Markup | None]:
        if variant.when:
            words = N_("If your slip says %(marks)s:") if first else N_("If not, and your slip says %(marks)s:")
            yield self._told(Phrase(words, {"marks": self._marks.asked(variant.when)}))
        elif not first:
            yield self._told(Phrase(N_("Otherwise:")))
        yield self._page.blocks(f"{self._item.id}#{scene.id}.{variant.facet}")

    def _choice(self, scene: Scene, choice: SceneChoice) -> Markup:
        said = [
            Markup(" ") + element("span", {"class": "scene__going"}, self._page.phrase(one))
            for one in self._going(choice)
        ]
        return element("li", None, self._page.inline(f"{self._item.id}#{scene.id}.choice.{choice.id}"), *said)

    def _going(self, choice: SceneChoice) -> Iterator[Phrase]:
        """The steps of a reader who takes that choice, in the order in which it is done."""
        first, *others = choice.ways
        written = {"marks": self._marks.written(choice.sets)}
        if choice.when:
            asked = {"marks": self._marks.asked(choice.when)}
            yield Phrase(N_("You may choose this only if your slip says %(marks)s."), asked)
        if not others:
            goal = {"number": self._page.number(self._numbers[first.node])}
            if choice.sets:
                words = N_("If you choose this, write %(marks)s on your slip and go to %(number)s.")
                yield Phrase(words, {**written, **goal})
            else:
                yield Phrase(N_("If you choose this, go to %(number)s."), goal)
            return
        if choice.sets:
            yield Phrase(N_("If you choose this, write %(marks)s on your slip."), written)
        for way in choice.ways:
            words = N_("If not, and your slip says %(marks)s, go to %(number)s.")
            if way is first:
                words = N_("If your slip says %(marks)s, go to %(number)s.")
            elif not way.when:
                words = N_("Otherwise go to %(number)s.")
            marks = {"marks": self._marks.asked(way.when)} if way.when else {}
            yield Phrase(words, {**marks, "number": self._page.number(self._numbers[way.node])})

    def _told(self, phrase: Phrase) -> Markup:
        return element("p", {"class": "scene__condition"}, self._page.phrase(phrase))


class _Guide(_Paper):
    def _before_choices(self, scene: Scene) -> Markup | None:
        if sum(choice.is_defensible for choice in scene.choices) < 2:
            return None
        said = N_("Stop here. More than one of these can be right: let pairs choose, and ask what each choice costs.")
        return element("p", {"class": "scene__stop"}, self._page.say(said))

    def _choice(self, scene: Scene, choice: SceneChoice) -> Markup:
        told, note = super()._choice(scene, choice), _note(self._item, self._page, scene, choice)
        return told if note is None else Markup("%s%s</li>") % (told[: -len("</li>")], note)


def _note(item: Item[Story], page: Page, scene: Scene, choice: SceneChoice) -> Markup | None:
    """The words for whoever leads about one choice: what it is, and what it costs."""
    said = [page.say(words) for name, words in _WHAT.items() if getattr(choice, name)]
    cost = None
    if choice.cost is not None:
        cost = page.inline(f"{item.id}#{scene.id}.choice.{choice.id}.cost")
        said.append(page.say(N_("What it costs:")))
    if not said:
        return None
    return element("p", {"class": "small"}, element("strong", None, " · ".join(said)), " " if cost else None, cost)


def choice_notes(item: Item[Story], page: Page, scene: Scene) -> Markup:
    """Each choice of a scene of which there is something to say to whoever leads a group."""
    noted = [(choice, _note(item, page, scene, choice)) for choice in scene.choices]
    rows = [
        element("li", None, page.inline(f"{item.id}#{scene.id}.choice.{choice.id}"), note)
        for choice, note in noted
        if note is not None
    ]
    return element("ul", None, *rows) if rows else Markup("")


def reading_order(story: Story) -> list[str]:
    """The scenes in the order in which a reader may come to them."""
    order = [story.start]
    for identity in order:
        for choice in story.scenes[identity].choices:
            order += [way.node for way in choice.ways if way.node not in order]
    return list(dict.fromkeys(order))
