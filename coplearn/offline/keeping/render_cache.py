"""The content of every piece, rendered once and kept, and the listing of all pieces of a course.

Everything here is the same for everybody who reads in that language and country: the same bytes whoever asks, so that a
piece can be held to its digest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from flask import g, render_template, request, url_for

from coplearn.courses.course import Course, Module
from coplearn.courses.licences import licence_shown
from coplearn.courses.pages import RenderCache, text_shown
from coplearn.courses.plugin import Item
from coplearn.courses.recordings import LARGEST
from coplearn.courses.tree import Body
from coplearn.i18n.inline_marks import plain_text
from coplearn.kernel.clock import utcnow
from coplearn.learning.presenters import item_href, item_screen, module_part
from coplearn.learning.render_cache import course_key, fallbacks_of, kept_of, paper_screen
from coplearn.offline.keeping.rules import (
    ANOTHER,
    Content,
    KeptPiece,
    Listing,
    ModuleKept,
    OfflineFile,
    OfflinePage,
    RecordingKept,
    file_piece,
    piece_of,
)
from coplearn.recordings.presenters import heard_modules, href_of, kept_recordings, recordings_version
from coplearn.site import site
from coplearn.web.languages import told_for
from coplearn.web.render import page_locale, words_version
from coplearn.web.static_files import FILES, static_url

LAYOUT: Final = "keeping/layout.html"
"""The template around every kept page, in place of the site's own (``layout``)."""
START: Final = "start"
COURSE: Final = "course"
HEARD: Final = "recordings"
_PAPER: Final = re.compile(r"paper-([1-9][0-9]{0,2})")
_FILE: Final = re.compile(r"/static/(?:plugins/[A-Za-z0-9_./-]+\?v=[0-9a-z]+|[A-Za-z0-9_/-]+\.[0-9a-f]{10}\.[a-z0-9]+)")
_CONTENTS: Final = RenderCache[Content](512)
_LISTINGS: Final = RenderCache[Listing](64)


def country_told(course: Course, modules: Sequence[str], country: str | None) -> str | None:
    """The country that pages of those modules differ by: itself, one for all others, or None where nothing is told by country."""
    if course.adaptation is not None:
        return country
    told = {code for one in modules for fact in course.module(one).facts.values() for code in fact.countries}
    if not told or country is None:
        return None
    return country if country in told else ANOTHER


def step_content(course: Course, item: Item[Any], country: str | None) -> Content:
    """A step as it is kept: what it says, and what its kind can do with it where there is no network."""

    def made() -> str:
        texts = site().library.texts(course, page_locale())
        kind = course.kinds[item.kind]
        at = course.position(item.id)
        following = course.items[at.next] if at.next is not None else None
        return render_template(
            "keeping/step.html",
            layout=LAYOUT,
            step_script=_step_script(),
            course=course,
            item=item,
            kind=kind.kind,
            screen=item_screen(course, item, texts, {}, fallbacks_of(course, item, texts)),
            body=kept_of(course, item),
            onward=item_href(course, following) if following is not None else None,
        )

    plays = isinstance(item.content, Body) and item.content.recordings
    return _kept(course, item.id, country, made, recordings_version(course) if plays else "")


def part_content(course: Course, name: str, country: str | None) -> Content | None:
    """A page of a course that is no step: its list of steps (``course``), of recordings (``recordings``) where it has some, or a
    module to print (``paper-1``); None for others."""
    if name == COURSE:
        return _kept(course, name, country, lambda: _course_page(course))
    if name == HEARD and course.recordings:
        return _kept(course, name, country, lambda: _heard_page(course), recordings_version(course))
    found = _PAPER.fullmatch(name)
    if found is None or int(found[1]) > len(course.modules):
        return None
    number = int(found[1])
    return _kept(
        course,
        name,
        country,
        lambda: render_template("learning/paper.html", layout=LAYOUT, **paper_screen(course, number)),
        recordings_version(course),
    )


def _step_script() -> str | None:
    name = "js/kept-step.js"
    return static_url(name) if FILES.get(name) is not None else None


def _course_page(course: Course) -> str:
    texts = site().library.texts(course, page_locale())
    return render_template(
        "keeping/course.html",
        layout=LAYOUT,
        step_script=_step_script(),
        course=course,
        title=text_shown(texts, "course#title"),
        summary=text_shown(texts, "course#summary"),
        parts=[module_part(course, number, texts, {}, None) for number in range(1, len(course.modules) + 1)],
        credit=text_shown(texts, "course#credit"),
        licence=licence_shown(course.licence),
    )


def _heard_page(course: Course) -> str:
    title = text_shown(site().library.texts(course, page_locale()), "course#title")
    modules = heard_modules(course)
    return render_template("keeping/recordings.html", layout=LAYOUT, course=course, title=title, modules=modules)


def page_content(name: str, country: str | None) -> Content | None:
    """A page that is kept beside every course, by its name; None for one that there is not."""
    one = next((page for page in site_pages() if page.name == name), None)
    if one is None:
        return None
    key = (*_site_key(), "page", name, country or "")
    return _CONTENTS.get(key, lambda: _made(country, lambda: one.render(country)))


def site_pages() -> list[OfflinePage]:
    """The pages that are kept beside every course; the first opens in place of whatever is not kept."""
    return [
        OfflinePage(START, "pages.home", lambda _country: render_template("keeping/start.html", layout=LAYOUT))
    ] + list(site().kept_pages)


def file_content(course: Course, name: str) -> tuple[OfflineFile, Content] | None:
    """A file that is kept with the course, by its name; None for one that there is not."""
    one = next((file for file in site().kept_files if file.name == name), None)
    if one is None:
        return None
    key = (*course_key(course), "file", name)
    return one, _CONTENTS.get(key, lambda: Content.of(one.make(course)))


def listing_of(course: Course, country: str | None) -> Listing:
    """Everything of the course that can be kept in the page's language, for somebody in that country."""
    key = (*course_key(course), *_site_key(), country or "", recordings_version(course))
    return _LISTINGS.get(key, lambda: _listing(course, country))


def _listing(course: Course, country: str | None) -> Listing:
    pages: dict[str, str] = {}
    common: dict[str, KeptPiece] = {}
    texts = site().library.texts(course, page_locale())
    # A country's own version of a course is another one at the same address: all its pieces name the country.
    whole = country if course.adaptation is not None else None

    def add(pieces: dict[str, KeptPiece], address: str, content: Content, *stands_for: str) -> None:
        piece = piece_of(address, content)
        pieces[piece.address] = piece
        pages.update(dict.fromkeys(stands_for, piece.address))
        for file in _files_in(content.plain):
            if file.address not in common:
                pieces[file.address] = file

    for page in site_pages():
        said, anywhere = page_content(page.name, country), page_content(page.name, None)
        assert said is not None
        told = None if said == anywhere else country
        add(common, _address("keeping.site_page", told, name=page.name), said, url_for(page.endpoint))
    for file in site().kept_files:
        found = file_content(course, file.name)
        assert found is not None
        add(common, _address("keeping.kept_file", whole, course_code=course.code, name=file.name), found[1])
    home = url_for("learning.course", course_code=course.code)
    content = part_content(course, COURSE, whole)
    assert content is not None
    again = url_for("learning.resume", course_code=course.code)
    add(common, _address("keeping.part", whole, course_code=course.code, name=COURSE), content, home, again)
    if (heard := part_content(course, HEARD, whole)) is not None:
        address = _address("keeping.part", whole, course_code=course.code, name=HEARD)
        add(common, address, heard, url_for("recordings.listing", course_code=course.code))
    modules = []
    for number, module in enumerate(course.modules, 1):
        pieces: dict[str, KeptPiece] = {}
        told = country_told(course, [module.id], country)
        for item_id in module.item_ids:
            item = course.items[item_id]
            places = [item_href(course, item)]
            if item_id == module.item_ids[0]:
                places.append(url_for("practice.before", course_code=course.code, number=number))
            address = _address("keeping.step", told, course_code=course.code, item_code=item.code)
            add(pieces, address, step_content(course, item, told), *places)
        name = f"paper-{number}"
        content = part_content(course, name, told)
        assert content is not None
        address = _address("keeping.part", told, course_code=course.code, name=name)
        add(pieces, address, content, url_for("learning.paper", course_code=course.code, number=number))
        title = plain_text(texts.get(f"module.{module.id}#title").text)
        modules.append(ModuleKept(number, title, tuple(pieces.values()), recordings_kept(course, module)))
    return Listing(
        course=course.code,
        title=plain_text(texts.get("course#title").text),
        version=course.version,
        digest=course.digest,
        home=home,
        common=tuple(common.values()),
        modules=tuple(modules),
        pages=pages,
    )


def recordings_kept(course: Course, module: Module) -> tuple[RecordingKept, ...]:
    """Recordings of a module that may be kept, for readers of the page's language.

    A device holds one in its memory while it is put together: one that is larger than a course's own may be is left out, and
    is heard with a network.
    """
    found = [
        RecordingKept(
            [
                (KeptPiece(href_of(file), file.key, file.bytes), file.type.mimetype)
                for file in one.files
                if file.bytes <= LARGEST
            ],
            [KeptPiece(*one.captions)] if one.captions is not None else [],
        )
        for one in kept_recordings(course, module)
    ]
    return tuple(one for one in found if one.files)


def _address(endpoint: str, country: str | None, **values: Any) -> str:
    if country is not None:
        values["country"] = country
    return url_for(endpoint, **values)


def _files_in(content: bytes) -> Iterator[KeptPiece]:
    """The files that a page names by an address with their content's hash (style sheets, scripts, icons), and those that a
    script imports."""
    for address in dict.fromkeys(_FILE.findall(content.decode())):
        path = address.removeprefix("/static/").partition("?")[0]
        if path.startswith("plugins/"):
            _, code, name = path.split("/", 2)
            file = site().library.current().file(code, name)
            if file is not None:
                yield file_piece(address, Content.of(file.content))
        elif (own := FILES.at(path)) is not None:
            yield _own_file(address, own[0].content)
            if path.endswith(".js"):
                yield from _files_in(own[0].content)


@lru_cache(maxsize=64)
def _own_file(address: str, content: bytes) -> KeptPiece:
    return file_piece(address, Content.of(content))


def _kept(course: Course, what: str, country: str | None, made: Callable[[], str], recorded: str = "") -> Content:
    key = (*course_key(course), what, country or "", request.root_path, recorded)
    return _CONTENTS.get(key, lambda: _made(country, made))


def _site_key() -> tuple[str, ...]:
    # A line of help is shown until its next check is due: pages may differ from one day to the next.
    settings = site().settings
    return page_locale().code, words_version(), str(utcnow().date()), request.root_path, settings.quick_exit_url


def _made(country: str | None, made: Callable[[], str]) -> Content:
    refused = g.pop("refused", None)
    try:
        with told_for(country):
            return Content.of(made().encode())
    finally:
        if refused is not None:
            g.refused = refused
