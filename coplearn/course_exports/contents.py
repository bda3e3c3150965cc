"""The content of an exported course in one language: its steps in words, by the same renderer as the site's pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask, current_app, g
from markupsafe import Markup

from coplearn.course_exports.rules import PackageOrder, needs_room
from coplearn.courses.checks import messages_of
from coplearn.courses.course import Course, Module
from coplearn.courses.guarded import KindFailed
from coplearn.courses.licences import Licence, licence_shown
from coplearn.courses.pages import CoursePage, PageHelpers, text_shown
from coplearn.courses.plugin import Item
from coplearn.courses.texts import Texts
from coplearn.i18n import formats
from coplearn.i18n.inline_marks import plain_text
from coplearn.i18n.locales import Locale
from coplearn.learning.plugin_parts import finish_of, place_of, word_of, words_in
from coplearn.learning.render_cache import log_failure
from coplearn.pages.presenters import help_screen
from coplearn.site import site, site_of
from coplearn.web.icons import with_icons_inside
from coplearn.web.languages import told_for
from coplearn.web.render import asset_url, fill_phrase, say, say_phrase

HELP: Final = "help"
CONTENTS: Final = "contents"
"""Names of the two views of a package that are no steps; no step has such a code."""


@dataclass(frozen=True, slots=True)
class ExportedStep:
    """A step; ``needed`` steps count for completion, and of these ``check`` ones for the score. ``module`` counts from 1."""

    item: Item[Any]
    module: int
    title: Markup
    label: Markup
    place: Markup
    icon: str
    check: bool
    needed: bool
    fallbacks: int
    body: Markup
    content_note: Markup | None = None

    @property
    def code(self) -> str:
        """The step's name in addresses, which tells nothing and stays."""
        return self.item.code

    @property
    def minutes(self) -> int:
        """About how long it takes."""
        return self.item.minutes


@dataclass(frozen=True, slots=True)
class ExportedModule:
    """A module with the steps that can be exported; ``number`` is its place in the whole course."""

    module: Module
    number: int
    title: Markup
    summary: Markup
    steps: Sequence[ExportedStep]


@dataclass(frozen=True, slots=True)
class ExportedCourse:
    """The course in one language. ``left_out`` are the titles of steps that need people in a room, or the site."""

    course: Course
    locale: Locale
    texts: Texts
    title: Markup
    summary: Markup
    credit: Markup
    licence: Licence
    modules: Sequence[ExportedModule]
    left_out: Sequence[str]

    def plain_title_of(self, owner: str) -> str:
        """The title of an item, of a module (``module.<id>``) or of the ``course`` as text."""
        return self._plain(f"{owner}#title")

    def plain_summary_of(self, owner: str) -> str:
        """The summary of a module or of the ``course`` as text."""
        return self._plain(f"{owner}#summary")

    @property
    def steps(self) -> list[ExportedStep]:
        """All steps in order."""
        return [step for module in self.modules for step in module.steps]

    def _plain(self, context: str) -> str:
        return plain_text(self.texts.get(context).text)


class PackagePage(CoursePage):
    """A page in a package: links to steps that are not in it are words alone."""

    inside: frozenset[str] = frozenset()

    def href(self, target: str) -> str | None:
        """The address in the package, or that of a source."""
        kind, _, name = target.partition(":")
        return None if kind == "item" and name not in self.inside else super().href(target)


@contextmanager
def spoken_in(app: Flask, locale: Locale, country: str | None) -> Iterator[None]:
    """Say within it what the site says in that language, and by that country; needs no request."""
    with app.app_context():
        g.catalogs, g.locale = site_of(app).catalogs, locale
        with told_for(country):
            yield


@dataclass(frozen=True, slots=True)
class Rendering:
    """The way in which steps are rendered: ``played`` steps answer by a program, others are to be read, as on paper; ``address``
    makes an address in the package of the name of a view or the code of a step."""

    played: bool
    address: Callable[[str], str]


PLAYED: Final = Rendering(played=True, address=lambda name: f"#{name}")


def exported(order: PackageOrder, locale: Locale, rendering: Rendering) -> ExportedCourse:
    """The course as ordered, within :func:`spoken_in`. To be read are the steps that are no checks."""
    course, texts = order.course, site().library.texts(order.course, locale)
    wanted = [course.items[item_id] for module in order.modules for item_id in module.item_ids]
    inside = frozenset(item.id for item in wanted if _may_be(course, item, rendering))
    modules, left_out = [], []
    for number, module in enumerate(course.modules, 1):
        steps: list[ExportedStep] = []
        for item in (one for one in wanted if one.module == module.id):
            page = package_page(order, item, texts, (inside, rendering))
            body = _body(course, item, page, rendering) if item.id in inside else None
            if body is None:
                left_out.append(plain_text(texts.get(f"{item.id}#title").text))
            else:
                steps.append(_step(course, item, texts, body, is_first=not steps))
        if steps:
            prefix = f"module.{module.id}#"
            title, summary = (text_shown(texts, prefix + facet) for facet in ("title", "summary"))
            modules.append(ExportedModule(module, number, title, summary, steps))
    title, summary, credit = (text_shown(texts, f"course#{facet}") for facet in ("title", "summary", "credit"))
    licence = licence_shown(course.licence)
    return ExportedCourse(course, locale, texts, title, summary, credit, licence, modules, left_out)


def package_page(
    order: PackageOrder, item: Item[Any], texts: Texts, where: tuple[frozenset[str], Rendering]
) -> PackagePage:
    """The page that an item of the package renders into; ``where`` are the ids of the steps that are in it, and how they are."""
    locale, (inside, rendering) = texts.locale, where
    helpers = PageHelpers(
        say=say,
        item_url=lambda other: rendering.address(other.code),
        help_url=lambda: rendering.address(HELP),
        number=lambda value: formats.number(value, locale),
        say_phrase=say_phrase,
        fill=fill_phrase,
        words=words_in,
        asset_url=asset_url,
        country=order.country,
        country_name=lambda code: dict(formats.country_names([code], locale))[code],
        month=lambda day: formats.month(day, locale),
        scored_here=True,
    )
    page = PackagePage(order.course, item, texts, site().locales.get(order.course.locale), helpers)
    page.inside = inside
    return page


def help_html(country: str | None) -> Markup:
    """The help card of a country, or of the whole world; lines say until when they may be shown."""
    template = current_app.jinja_env.get_template("pages/help.html")
    screen = help_screen("", country)
    shown = template.render(layout="course_exports/bare.html", screen=screen, shows_until=True)
    return with_icons_inside(Markup(shown))  # noqa: S704 - a template of ours


def finish_words(course: Course, step: ExportedStep, texts: Texts, *, has_next: bool) -> Markup | None:
    """The words of the button below a step; None where its kind has its own."""
    return finish_of(course, step.item, texts, has_next=has_next)


def _may_be(course: Course, item: Item[Any], rendering: Rendering) -> bool:
    """Whether a step can be exported: none that people do in a room, none that needs a plugin's files, no check to be read."""
    if needs_room(course, item):
        return False
    needs_files = any(part for _, *files in course.bundles_of(item) for part in files)
    return not needs_files if rendering.played else item.id not in course.checks


def _body(course: Course, item: Item[Any], page: PackagePage, rendering: Rendering) -> Markup | None:
    kind = course.kinds[item.kind]
    try:
        return kind.offline_body(item, page) if rendering.played else kind.paper(item, page)
    except KindFailed as failed:
        log_failure(failed)
        return None


def _step(course: Course, item: Item[Any], texts: Texts, body: Markup, *, is_first: bool) -> ExportedStep:
    kind, module = course.kinds[item.kind].kind, course.module(item.module)
    note = (
        text_shown(texts, f"module.{module.id}#content_note") if module.content_note is not None and is_first else None
    )
    return ExportedStep(
        item=item,
        module=course.modules.index(module) + 1,
        title=text_shown(texts, f"{item.id}#title"),
        label=word_of(course, item, kind.label, texts),
        place=place_of(course, item, texts),
        icon=kind.icon,
        check=item.id in course.checks,
        needed=item.id in course.required,
        fallbacks=_fallbacks(course, item, texts),
        body=body,
        content_note=note,
    )


def _fallbacks(course: Course, item: Item[Any], texts: Texts) -> int:
    if texts.locale.code == course.locale:
        return 0
    return texts.fallbacks([one.context for one in messages_of(course, item) if not one.spoken])
