"""Searching a kept course without a network: a small index for each course and language, and the page that looks into it.

A phone has no stemmer: each line of the index names the spellings of one word, as the analyser found them to belong together.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Final

from flask import Flask, render_template, url_for

from coplearn.courses.course import Course
from coplearn.helplines.calm import CALM
from coplearn.helplines.risk import danger_lines, telling_lines
from coplearn.kernel.clock import utcnow
from coplearn.offline.keeping.render_cache import LAYOUT
from coplearn.offline.keeping.rules import OfflineFile, OfflinePage
from coplearn.search.presenters import glossary_lines
from coplearn.search.sources import COURSE, GLOSSARY, FindableText, texts_of, words_in
from coplearn.search.stopwords import STOPWORDS
from coplearn.search.synonyms import LINES
from coplearn.site import site, site_of
from coplearn.web.render import page_locale

LEAD: Final = 110
"""Letters of a text that are shown below its title."""


def register_kept(app: Flask) -> None:
    """Have the glossary, the page to search on and the words of each course kept with it."""
    parts = site_of(app)
    parts.kept_pages.append(OfflinePage("glossary", "search.glossary", _kept_glossary))
    parts.kept_pages.append(OfflinePage("find", "search.results", _kept_search))
    parts.kept_files.append(OfflineFile("words", "application/json", kept_words))


def _kept_glossary(_country: str | None) -> str:
    return render_template("search/glossary.html", layout=LAYOUT, terms=glossary_lines(page_locale()))


def _kept_search(country: str | None) -> str:
    help_there = site().helplines.help_for(country, utcnow().date())
    return render_template("search/kept.html", layout=LAYOUT, help=help_there, risk=risk_words(page_locale().code))


def risk_words(code: str) -> dict[str, str]:
    """The words by which the page sees by itself that a search suggests risk, as the site does: lines with bars between them, and
    a pattern of JavaScript."""
    calm = CALM.get(code.partition("_")[0])
    return {
        "danger": "|".join(danger_lines(code)),
        "telling": "|".join(telling_lines(code)),
        # There a letter is not any language's.
        "calm": calm.pattern.replace(r"\w", r"[\p{L}\p{N}]") if calm is not None else "",
    }


def kept_words(course: Course) -> bytes:
    """The words of a course, and of the glossary, in the page's language: ``pages`` are address, title and first lines, and
    each of ``words`` the spellings of one word, a bar, and the numbers of the pages that have it (negative: in the title).
    What is said for the same is in ``same``, and ``common`` are words that say nothing."""
    today, code = utcnow().date(), page_locale().code
    pages: list[tuple[str, str, str]] = []
    spellings: dict[str, set[str]] = {}
    places: dict[str, dict[int, bool]] = {}
    for href, text in _texts(course, today):
        number = len(pages) + 1
        lead = next(iter(text.texts), "")
        pages.append((href, text.title, lead if len(lead) <= LEAD else lead[:LEAD].rstrip() + "…"))
        for in_title, word in words_in(text, code):
            name = word.tokens[0]
            spellings.setdefault(name, set()).add(word.plain)
            there = places.setdefault(name, {})
            there[number] = there.get(number, False) or in_title
    words = [
        " ".join(sorted(spellings[name]))
        + "|"
        + " ".join(str(-at if in_title else at) for at, in_title in there.items())
        for name, there in sorted(places.items())
    ]
    language = code.partition("_")[0]
    index = {
        "pages": pages,
        "words": words,
        "same": ["|".join(one) for one in LINES.get(language, ())],
        "common": " ".join(sorted(STOPWORDS.get(language, ()))),
    }
    return json.dumps(index, ensure_ascii=False, separators=(",", ":")).encode()


def _texts(course: Course, today: date) -> Iterable[tuple[str, FindableText]]:
    locale = page_locale()
    for text in texts_of(site(), course.id, locale, today):
        if text.place == COURSE:
            yield url_for("learning.course", course_code=course.code), text
        else:
            code = course.items[text.place].code
            yield url_for("learning.item", course_code=course.code, item_code=code), text
    for text in texts_of(site(), GLOSSARY, locale, today):
        yield url_for("search.glossary", _anchor=text.place), text
