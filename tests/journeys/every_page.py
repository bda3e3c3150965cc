"""Every page that somebody can open on a site full of things, and the people who open them, each with a browser."""

from __future__ import annotations

import random
from collections.abc import Collection
from typing import Any, Final

from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import select

from coplearn.accounts.models import User
from coplearn.storage.database import current_session
from tests.accounts.persona import post_with_token
from tests.cohorts.worlds import signed_in_client
from tests.contracts.full_site import Site as FullSite
from tests.contracts.full_site import reason_not_there
from tests.journeys.browser import Visitor, new_visitor
from tests.journeys.site import Site
from tests.sizes import WHOLE

PEOPLE: Final = ("admin", "lead", "trainee", "learner")
_NO_PAGES: Final = {"static", "probes.alive", "probes.ready", "played.file", "insights.edition_file"}
"""No pages of ours, or a file that is made once a day: one of a package has an origin of its own, and its program fails
outside the frame of our page."""
_ROOMS: Final = {"learner": "visitor", "trainee": "trainee"}
"""Who of them comes into the room of whom (``FullSite.rooms``)."""


def keys_of(app: Flask) -> dict[str, str]:
    """The key of a session of each of the people."""
    with app.app_context():
        users = current_session(app).scalars(select(User))
        return {user.email.partition("@")[0]: user.fs_uniquifier for user in users}


def pages_of(
    full: FullSite, most: int, *, without: Collection[str] = (), lang: str = "en"
) -> dict[str, dict[str, str]]:
    """The HTML of what each of the people can read, by its English address; ``most`` pages of each in the suite, all in the proof.

    ``without`` are endpoints.
    """
    found: dict[str, dict[str, str]] = {}
    rules = [
        rule
        for rule in full.app.url_map.iter_rules()
        # One that leads elsewhere may sign out whoever asks (the letter's link), and what is read after it is a stranger's.
        if "GET" in (rule.methods or set()) and not reason_not_there(rule)
    ]
    random.shuffle(rules)
    keys = keys_of(full.app)
    for who in PEOPLE:
        client = signed_in_client(full.app, keys[who])
        if who in _ROOMS:
            assert post_with_token(client, "/en/room/", {"code": full.rooms[_ROOMS[who]]}).status_code == 303
        read = found.setdefault(who, {})
        for rule in rules:
            if (WHOLE or len(read) < most) and rule.endpoint not in {*_NO_PAGES, *without}:
                answer = client.get(in_language(full.page(rule), lang), buffered=True)
                if answer.status_code == 200 and answer.mimetype == "text/html":
                    read[full.page(rule)] = answer.text
    return found


def enter(full: FullSite, chromium: Browser, site: Site, who: str, lang: str = "en", **more: Any) -> Visitor:
    """One of the people with a new browser, signed in, and in the room that they are in; ``more`` as in ``new_visitor``."""
    visitor = new_visitor(chromium, site, lang, **more)
    sign_in(visitor, full.app, keys_of(full.app)[who])
    if who in _ROOMS:
        visitor.page.goto(f"{site.url}/en/room/")
        visitor.page.fill("[name=code]", full.rooms[_ROOMS[who]])
        visitor.page.press("[name=code]", "Enter")
    return visitor


def sign_in(visitor: Visitor, app: Flask, key: str) -> None:
    """Sign that person in anew, with the second step: lists of people are shown only for a while after a password."""
    cookie = signed_in_client(app, key).get_cookie("session")
    assert cookie is not None
    visitor.context.add_cookies([{"name": "session", "value": cookie.value, "url": visitor.site.url}])


def is_open(visitor: Visitor, path: str) -> bool:
    """Go to ``path``, and say whether it is that page that opened, and not a sign-in page or an error."""
    answer = visitor.page.goto(visitor.site.url + path)
    return answer is not None and answer.status == 200 and visitor.page.url.removeprefix(visitor.site.url) == path


def in_language(path: str, lang: str) -> str:
    """The same page in that language."""
    return path.replace("/en/", f"/{lang}/", 1)
