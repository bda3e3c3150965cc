"""Addresses of the translators' pages, and the next thing to do in a domain, ready for a template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import url_for

from coplearn.i18n import formats
from coplearn.i18n.locales import Locale
from coplearn.kernel.text import N_
from coplearn.translating.store.progress import DomainProgress
from coplearn.web.render import page_locale, translations

VIAS: Final[Mapping[str, str]] = {
    "web": N_("in the editor"),
    "upload": N_("by an uploaded file"),
    "file": N_("from the catalog's file"),
    "cli": N_("on the command line"),
    "system": N_("by the site itself"),
}


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one thing to do next in a domain."""

    words: str
    href: str


def list_href(locale: Locale, domain: str, **values: Any) -> str:
    """The list's address; ``filter`` and more go behind it."""
    kept = {name: value for name, value in values.items() if value not in ("", None)}
    return url_for("translating.messages", target=locale.url, domain=domain, **kept)


def message_href(locale: Locale, domain: str, number: int, **values: Any) -> str:
    """The editor's address for a message; what is empty, and the filter of all, is left out."""
    kept = {name: value for name, value in values.items() if value not in ("", None, "all")}
    return url_for("translating.message", target=locale.url, domain=domain, number=number, **kept)


def next_step(standing: DomainProgress, locale: Locale, *, may_review: bool) -> NextStep | None:
    """The one thing to do next in the domain, as a sentence with its address; None when all is done."""
    numbers = standing.messages
    unfinished = max(0, numbers.draft + numbers.reviewed + numbers.machine - standing.ready)
    ways = [("stale", numbers.stale), ("missing", numbers.missing), ("unfinished", unfinished)]
    if may_review:
        ways += [("waiting", standing.waiting), ("unread", standing.unread), ("unreviewed", numbers.draft)]
    for kind, count in ways:
        if count:
            chosen = "unreviewed" if kind == "unfinished" else kind
            return NextStep(_next_words(kind, count), list_href(locale, standing.domain, filter=chosen))
    return None


def _next_words(kind: str, num: int) -> str:
    ngettext = translations().ngettext
    if kind == "stale":
        text = ngettext("One message is old: begin there", "%(num)s messages are old: begin there", num)
    elif kind == "missing":
        text = ngettext("One message is missing: translate it", "%(num)s messages are missing: begin there", num)
    elif kind == "unfinished":
        text = ngettext("One text is not finished: look at it", "%(num)s texts are not finished: begin there", num)
    elif kind == "waiting":
        text = ngettext(
            "One text waits for its second reader: read it", "%(num)s texts wait for a second reader: begin there", num
        )
    elif kind == "unread":
        text = ngettext(
            "One live text was not read twice yet: read it",
            "%(num)s live texts were not read twice yet: begin there",
            num,
        )
    else:
        text = ngettext("One text waits for a review: read it", "%(num)s texts wait for a review: begin there", num)
    return filled(text, num)


def filled(text: str, num: int) -> str:
    """A counted sentence with its number in the reader's notation."""
    return text.replace("%(num)s", formats.number(num, page_locale())).replace("%%", "%")
