"""A story on a projector: a slide or two for each situation that it can come to, and each decision as a vote of the group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from markupsafe import Markup

from coplearn.courses.kinds.story import Part, Situation, Story
from coplearn.courses.kinds.story_paper import choice_notes
from coplearn.courses.kinds.story_parts import END_SENTENCES, labelled, support
from coplearn.courses.kinds.walks import Key, TooLarge, Walks, explore
from coplearn.courses.plugin import N_, Ballot, Item, Page, Slide, digest_of, element, join

_MOST: Final = 400
"""Situations of a story that is shown scene by scene; a larger one would be too heavy for the page."""
_WHAT_NOW: Final = N_("What do you do?")


def story_slides(item: Item[Story], page: Page) -> list[Slide]:
    """The story in slides, its beginning first; none where it has too many situations."""
    try:
        walks = explore(item.content)
    except TooLarge:
        return []
    if len(walks.situations) > _MOST:
        return []
    writer = _Writer(item, page, walks)
    return [*writer.intro(), *(slide for key in walks.situations for slide in writer.slides(key))]


class _Writer:
    def __init__(self, item: Item[Story], page: Page, walks: Walks) -> None:
        self._item, self._page, self._walks = item, page, walks
        self._begin = item.content.beginning.key
        self._names = {key: f"{key[0]}-{digest_of(list(key))[:8]}" for key in walks.situations}

    def intro(self) -> Iterator[Slide]:
        """The words before the story."""
        if self._item.content.intro is not None:
            yield Slide(key="intro", html=self._page.blocks(f"{self._item.id}#intro"))

    def slides(self, key: Key) -> Iterator[Slide]:
        """The text of a situation, and after it what came of the choice before, with the next decision on the last of them."""
        here, name, after = self._walks.situations[key], self._names[key], f"{self._names[key]}-b"
        text, more = self._blocks(here, "text") or Markup(""), self._more(here)
        ballot, leads, notes = self._ballot(key), self._leads(key), choice_notes(self._item, self._page, here.scene)
        aside = key != self._begin
        if more:
            yield Slide(key=name, html=text, leads={"": after}, aside=aside)
            ask = element("p", {"class": "slide__ask"}, self._page.say(_WHAT_NOW)) if ballot is not None else None
            name, text, aside = after, join((more, ask)), True
        yield Slide(key=name, html=text, notes=notes, ballot=ballot, leads=leads, aside=aside)

    def _more(self, here: Situation) -> Markup:
        end, shown = here.scene.end, here.shown("support")
        return join(
            (
                labelled(self._page, "reason", self._blocks(here, "reason")),
                labelled(self._page, "repair", self._blocks(here, "repair")),
                element("p", {"class": "scene__end"}, self._page.say(END_SENTENCES[end])) if end else None,
                support(self._page, (shown,) if shown is not None else (), self._blocks(here, "support")),
            )
        )

    def _blocks(self, here: Situation, part: Part) -> Markup | None:
        shown = here.shown(part)
        return self._page.blocks(f"{self._item.id}#{here.scene.id}.{shown.facet}") if shown is not None else None

    def _ballot(self, key: Key) -> Ballot | None:
        here = self._walks.situations[key]
        if not here.is_decision:
            return None
        context = f"{self._item.id}#{here.scene.id}.choice"
        return Ballot(options=tuple((one.id, self._page.inline(f"{context}.{one.id}")) for one in here.offered))

    def _leads(self, key: Key) -> dict[str, str]:
        ahead = self._walks.ahead[key]
        if len(ahead) == 1:
            return {"": self._names[ahead[0][1]]}
        return {choice.id: self._names[target] for choice, target in ahead}
