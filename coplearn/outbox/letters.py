"""Kinds of letters, and each letter written at the moment of sending: in its reader's language and time zone."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Blueprint, Flask, g
from flask_mailman import EmailMessage
from werkzeug.routing import MapAdapter

from coplearn.i18n import formats
from coplearn.i18n.locales import Locale, Locales
from coplearn.outbox.mail import one_line, sender_of
from coplearn.outbox.rules import REPLY_TO, THERE
from coplearn.outbox.service import Taken
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.web.render import page_locale, say, translations

ATTACHMENT: Final = "attachment"
"""The parameter that names a file to send along: ``{"name": …, "mime": …, "text": …}``."""
_PLACE: Final = re.compile(r"%\((\w+)\)")

blueprint = Blueprint("outbox", __name__, template_folder="templates")


@dataclass(frozen=True, slots=True)
class LetterKind:
    """A kind of letter.

    ``subject`` is a msgid marked with ``N_``. It says nothing of what the site is about, because somebody may look over a
    shoulder, so its only place is ``%(site)s``. ``template`` is a plain text file whose sentences are ``_("…")``; it is
    given the letter's ``params`` (all of them must be there), ``site_name``, ``link(endpoint, **values)``, the filter-like
    ``moment(iso)``, ``day_of(iso)`` and the templates' own filters. What a ``secret`` letter said is forgotten once it is sent.
    """

    name: str
    subject: str
    template: str
    params: tuple[str, ...] = ()
    secret: bool = False
    title: str = ""
    """A msgid that names the kind on the outbox page; the subject is shown where there is none."""
    may_stop: bool = False
    """Whether its reader may ask for no more of its kind: what nobody needs to take part."""
    attach: Callable[[Mapping[str, Any]], Mapping[str, str] | None] | None = None
    """Makes a file to send along (``name``, ``mime``, ``text``) from the params, in the reader's language."""


class Letters:
    """Every kind of letter, by name."""

    def __init__(self) -> None:
        self._kinds: dict[str, LetterKind] = {}

    def add(self, kind: LetterKind) -> None:
        """Register a kind. Raises ValueError for a name that is taken or a subject that would say more than the site's name."""
        if kind.name in self._kinds:
            raise ValueError(f"There is a kind of letter called {kind.name} already.")
        if set(_PLACE.findall(kind.subject)) - {"site"}:
            raise ValueError(f"The subject of {kind.name} may name the site and nothing else.")
        self._kinds[kind.name] = kind

    def get(self, name: str) -> LetterKind | None:
        """The kind of that name, if any slice registered it."""
        return self._kinds.get(name)

    def __iter__(self) -> Iterator[LetterKind]:
        return iter(self._kinds.values())

    def check(self, name: str, params: Mapping[str, Any]) -> None:
        """Raises ValueError for a kind that nobody registered, or values that are too few."""
        kind = self._kinds.get(name)
        if kind is None:
            raise ValueError(f"No kind of letter is called {name}.")
        missing = [param for param in kind.params if param not in params]
        if missing:
            raise ValueError(f"A letter of the kind {name} lacks {', '.join(missing)}.")


def render_letter(app: Flask, letter: Taken) -> EmailMessage:
    """The letter as a message, ready to be sent. Needs neither a request nor an application context of its own."""
    kind = site_of(app).letters.get(letter.kind)
    if kind is None:
        raise LookupError(letter.kind)
    locales = site_of(app).locales
    settings = site_of(app).settings
    with app.app_context():
        g.catalogs, g.locale = site_of(app).catalogs, _language(locales, letter.locale)
        body = app.jinja_env.get_template(kind.template).render(_words(app, settings, letter))
        site = settings.site_name
        subject = say(kind.subject, site=site) if "%(" in kind.subject else say(kind.subject)
        headers = {
            "Auto-Submitted": "auto-generated",
            "Content-Language": page_locale().bcp47,
            "Message-ID": message_id(app, letter, settings.mail_from),
            **_stop_headers(app, kind, letter),
        }
        answers_to = letter.params.get(REPLY_TO) or (settings.contact if "@" in settings.contact else "")
        sender = sender_of(settings)
        reply_to = [one_line(str(answers_to))] if answers_to else None
        message = EmailMessage(one_line(subject), body, sender, [letter.to], headers=headers, reply_to=reply_to)
        file = kind.attach(letter.params) if kind.attach is not None else letter.params.get(ATTACHMENT)
        if file:
            message.attach(str(file["name"]), str(file["text"]), str(file["mime"]))
        return message


def message_id(app: Flask, letter: Taken, sender: str) -> str:
    """The message's name: the same whenever the same letter leaves, so that a second copy after a crash is known as one."""
    secret = str(app.config["SECRET_KEY"]).encode()
    name = hmac.new(secret, f"letter:{letter.rounds}:{letter.key}".encode(), hashlib.sha256).hexdigest()[:32]
    return f"<{name}@{sender.rpartition('@')[2] or 'localhost'}>"


def stop_code(app: Flask, kind: str, address: str) -> str:
    """The code of a reader in the address that stops letters of that kind: it cannot be guessed and tells no address."""
    secret = str(app.config["SECRET_KEY"]).encode()
    return hmac.new(secret, f"stop:{kind}:{address.lower()}".encode(), hashlib.sha256).hexdigest()[:32]


def _stop_headers(app: Flask, kind: LetterKind, letter: Taken) -> dict[str, str]:
    # RFC 8058: one press in the mail program, without opening a page.
    return (
        {}
        if not kind.may_stop
        else {
            "List-Unsubscribe": f"<{_stop_address(app, letter)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    )


def _stop_address(app: Flask, letter: Taken) -> str:
    values = {"kind": letter.kind, "code": stop_code(app, letter.kind, letter.to)}
    app.inject_url_defaults("pages.letters", values)
    adapter = _addresses(app, site_of(app).settings)
    return adapter.build("pages.letters", values, force_external=True)


def _language(locales: Locales, code: str) -> Locale:
    return locales.get(code) if code in locales else locales.source


def _words(app: Flask, settings: Settings, letter: Taken) -> dict[str, Any]:
    """The values of a letter's template; in a mail nothing is HTML, so nothing is escaped and names are isolated by marks."""
    adapter = _addresses(app, settings)
    there = str(letter.params.get(THERE, ""))
    kind = site_of(app).letters.get(letter.kind)
    may_stop = kind is not None and kind.may_stop

    def link(endpoint: str, **values: Any) -> str:
        """A page's whole address on this site, in the letter's language."""
        app.inject_url_defaults(endpoint, values)
        return adapter.build(endpoint, values, force_external=True)

    def moment(value: str | datetime) -> str:
        """An instant (also as ISO text) in the reader's time zone: weekday, day, time and zone."""
        instant = datetime.fromisoformat(value) if isinstance(value, str) else value
        return formats.moment(instant, letter.time_zone, page_locale())

    ours = {
        "_": say,
        "gettext": say,
        "ngettext": _count,
        "link": link,
        "url_for": link,
        "moment": moment,
        "moment_there": lambda value: formats.moment(datetime.fromisoformat(value), there, page_locale()),
        "day_of": lambda value: formats.day(date.fromisoformat(value), page_locale()),
        "elsewhere": bool(there) and there != letter.time_zone,
        "stop_address": _stop_address(app, letter) if may_stop else "",
        "site_name": settings.site_name,
    }
    return {**letter.params, **ours}


def _count(one: str, many: str, num: int, **params: object) -> str:
    written = {key: formats.isolate(value) for key, value in params.items()}
    written.setdefault("num", formats.number(num, page_locale()))
    try:
        return translations().ngettext(one, many, num) % written
    except (KeyError, ValueError, TypeError):
        return (one if num == 1 else many) % written


def _addresses(app: Flask, settings: Settings) -> MapAdapter:
    parts = urlsplit(settings.address)
    return app.url_map.bind(parts.netloc, script_name=parts.path or "/", url_scheme=parts.scheme)
