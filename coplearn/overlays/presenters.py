"""A country's look, and the standing of each overlay, ready for their pages."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flask import url_for
from markupsafe import Markup

from coplearn.authoring.problems import Problem
from coplearn.courses.course import Adaptation, Course
from coplearn.courses.drawing import FigureWords, draw
from coplearn.courses.overlays.contract import Overlay
from coplearn.courses.overlays.deciding import DecidedText, Decision, decided_texts
from coplearn.courses.overlays.reporting import BlockLine, BlockState, Lack, OverlayReport, report
from coplearn.courses.pages import text_shown
from coplearn.i18n.formats import country_names
from coplearn.kernel.text import N_
from coplearn.site import CountryBrand, site
from coplearn.web.render import page_locale

STATES = {
    BlockState.CONFLICT: N_("The course says something else now than when you wrote your text"),
    BlockState.GONE: N_("The course does not have this text any more"),
    BlockState.UNNEEDED: N_("The course says the same now: your text is not needed any more"),
    BlockState.CHANGED: N_("The course changed this text, and you have none of your own for it"),
    BlockState.NEW: N_("The course has this text since you last looked"),
    BlockState.UNAFFECTED: N_("Your text, and the course says what it said"),
}

CHOICES = {
    Decision.ACCEPT: N_("Take the course’s text"),
    Decision.KEEP: N_("Keep mine as it is"),
    Decision.EDIT: N_("Your text, written anew"),
}
LACKS = {
    Lack.STALE: N_("Old: the source has changed"),
    Lack.WAITING: N_("Waits for a second reading"),
    Lack.HELD: N_("Kept back by a check"),
    Lack.MISSING: N_("Not translated"),
}
MOST_DECIDED: Final = 50
MOST_LACKING: Final = 200
"""Texts of each reason for which a language lacks them that a page lists; the command lists all."""


def brand_of(country: str) -> CountryBrand | None:
    """The look of that country's pages; None where no overlay says anything of it."""
    library = site().library.current()
    course = library.of_country(country) if library.adapted else None
    adaptation = course.adaptation if course is not None else None
    if course is None or adaptation is None:
        return None
    texts, none = site().library.texts(course, page_locale()), Markup("")
    return CountryBrand(
        version=f"{adaptation.id}.{course.digest}.{style_version(adaptation)}.{texts.version}",
        name=text_shown(texts, "course#brand") if adaptation.named else none,
        logo=_logo(adaptation),
        style=_style_address(adaptation),
        home_title=text_shown(texts, "course#home.title") if adaptation.greets else none,
        home_text=text_shown(texts, "course#home.text") if adaptation.greets else none,
    )


def _logo(adaptation: Adaptation) -> Markup:
    if adaptation.logo is None:
        return Markup("")
    words = FigureWords("")
    return Markup('<span class="brand__logo" aria-hidden="true">%s</span>') % draw(
        adaptation.logo, words, lambda _: words, "ltr"
    )


def style_version(adaptation: Adaptation) -> str:
    """Changes when the colours do."""
    return hashlib.sha256(repr(adaptation.colours).encode()).hexdigest()[:10]


def _style_address(adaptation: Adaptation) -> str:
    if not adaptation.colours[0]:
        return ""
    return url_for("brands.style", country=adaptation.country, version=style_version(adaptation))


def style_sheet(adaptation: Adaptation) -> str:
    """The country's colours for what is pressed and followed, on light pages and on dark ones. They were checked when read."""
    light, dark = (f"--act: {colour}; --act-deep: {colour}; --teal: {colour};" for colour in adaptation.colours)
    return (
        f":root {{ {light} }}\n"
        f'@media screen and (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ {dark} }} }}\n'
        f'@media screen {{ :root[data-theme="dark"] {{ {dark} }} }}\n'
    )


@dataclass(frozen=True, slots=True)
class OverlayRow:
    """An overlay in the list: its name, the course's title, its country, and how much waits."""

    id: str
    title: Markup
    country: str
    adapted_by: str
    version: str
    live: bool
    open: int
    to_fill: int


def rows_of(overlays: Sequence[Overlay]) -> list[OverlayRow]:
    """The list of those overlays."""
    return [_row(overlay) for overlay in overlays]


def _row(overlay: Overlay) -> OverlayRow:
    course, merged = courses_of(overlay)
    found = report(overlay, course, merged) if course is not None else None
    names = dict(country_names([overlay.country], page_locale()))
    return OverlayRow(
        id=overlay.id,
        title=text_shown(site().library.texts(course, page_locale()), "course#title")
        if course is not None
        else Markup("%s") % overlay.course,
        country=names[overlay.country],
        adapted_by=overlay.adapted_by.text,
        version=overlay.version,
        live=merged is not None,
        open=len(found.open) if found is not None else 0,
        to_fill=len(to_fill_of(overlay)),
    )


def courses_of(overlay: Overlay) -> tuple[Course | None, Course | None]:
    """The course of an overlay as it is upstream, and as the overlay has it where that is shown."""
    library = site().library.current()
    merged = library.adapted.get(overlay.course, {}).get(overlay.country)
    is_own = merged is not None and merged.adaptation is not None and merged.adaptation.id == overlay.id
    return library.courses.get(overlay.course), merged if is_own else None


def to_fill_of(overlay: Overlay) -> list[str]:
    """The things that the national team still has to find out."""
    return [*(fact.open for fact in overlay.facts if fact.open), *(one.text for one in overlay.to_fill)]


@dataclass(frozen=True, slots=True)
class OverlayScreen:
    """One overlay: what waits for a decision, what else changed, its languages, and what is wrong with its files."""

    overlay: Overlay
    report: OverlayReport
    waits: list[BlockLine]
    news: list[BlockLine]
    to_fill: list[str]
    problems: Sequence[Problem]
    live: bool
    decided: list[DecidedText]
    """What this site decided last, which can be undone."""


def screen_of(overlay: Overlay, folder: Path) -> OverlayScreen | None:
    """The page of an overlay, with what was decided in ``folder``; None where its course is not on the site."""
    course, merged = courses_of(overlay)
    if course is None:
        return None
    found = report(overlay, course, merged)
    problems = site().library.current().problems.get(str(overlay.folder), ())
    return OverlayScreen(
        overlay=overlay,
        report=found,
        waits=found.of(BlockState.CONFLICT, BlockState.GONE, BlockState.UNNEEDED),
        news=found.of(BlockState.CHANGED, BlockState.NEW),
        to_fill=to_fill_of(overlay),
        problems=problems,
        live=merged is not None,
        decided=decided_texts(folder)[:MOST_DECIDED],
    )
