"""The parts of a scene as they stand on a page, on screen and on paper alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup

from coplearn.courses.kinds.story import Part, Variant
from coplearn.courses.plugin import N_, Page, element

END_SENTENCES: Final[Mapping[str, str]] = {
    "good": N_("The story ends here, and it ends well."),
    "fair": N_("The story ends here. There is also another way through it."),
}
LABELS: Final[Mapping[Part, str]] = {
    "reason": N_("Why it went this way"),
    "repair": N_("What you can still do"),
    "support": N_("If this touches your own family"),
}
_HELP: Final = "help:"


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
