"""The parts of a scene as they stand on a page, on screen and on paper alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup

from coplearn.courses.kinds.story import Part, Variant
from coplearn.courses.plugin import N_, Page, classes, element

END_SENTENCES: Final[Mapping[str, str]] = {
    "good": N_("The story ends here, and it ends well."),
    "fair": N_("The story ends here. There is also another way through it."),
}
LABELS: Final[Mapping[Part, str]] = {
    "reason": N_("Why it went this way"),
    "repair": N_("What you can still do"),
    "support": N_("If this touches your own family"),
}
BACK: Final = ":back"
RESTART: Final = ":restart"
"""Moves besides the story's own choices."""
TRAIL: Final = N_("Your choices so far")
DECIDE: Final = N_("What do you do?")
GOES_ON: Final = N_("How it goes on")
GO_BACK: Final = N_("Go one step back")
START_AGAIN: Final = N_("Start the story again")
_HELP: Final = "help:"


def scene_title(end: str | None, *, first: bool) -> str:
    """The sentence above a scene."""
    if first:
        return N_("How the story begins")
    return N_("What happens next") if end is None else N_("How the story ends")


def choice_button(page: Page, context: str, choice: str) -> Markup:
    """A choice, with its words in the message of that context."""
    fallback = dict(page.attributes(context))
    look = classes("button", "button--choice", fallback.pop("class", None))
    attributes = {**fallback, "type": "submit", "name": "choice", "value": choice, "class": look}
    return element("button", attributes, page.plain(context))


def quiet(move: str, said: str) -> Markup:
    """A move that is no choice of the story's."""
    return element("button", {"type": "submit", "name": "choice", "value": move, "class": "button button--quiet"}, said)


def labelled(page: Page, part: Part, blocks: Markup | None, *more: Markup | None) -> Markup | None:
    """A part below its heading; nothing where there is none."""
    if blocks is None:
        return None
    heading = element("h3", {"class": "scene__label"}, page.say(LABELS[part]))
    return element("div", {"class": f"scene__{part}"}, heading, blocks, *more)


def support(page: Page, texts: Sequence[Variant], blocks: Markup | None) -> Markup | None:
    """The support of an end, with one way to the help page where there is one: the author's in each of its texts, or else ours."""
    address = page.href(_HELP)
    link = None
    if address is not None and not all(f"({_HELP})" in variant.text.text for variant in texts):
        link = element("p", None, element("a", {"href": address}, page.say(N_("Get help now"))))
    return labelled(page, "support", blocks, link)
