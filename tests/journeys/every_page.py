"""Every page that somebody can open on a site full of things, and the people who open them, each with a browser."""

from __future__ import annotations

import random
from collections.abc import Collection
from typing import Any, Final

from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import select

from bench.site import sign_in
from coplearn.accounts.models import User
from coplearn.storage.database import current_session
from tests.accounts.persona import post_with_token
from tests.cohorts.worlds import signed_in_client
from tests.contracts.full_site import Site as FullSite
from tests.journeys.browser import Visitor, new_visitor
from tests.journeys.site import Site
from tests.sizes import WHOLE

PEOPLE: Final = ("admin", "lead", "trainee", "learner")
_NO_PAGES: Final = {"static", "probes.alive", "probes.ready", "played.file"}
"""No pages of ours: a file of a package has an origin of its own, and its program fails outside the frame of our page."""
_ROOMS: Final = {"learner": "visitor", "trainee": "trainee"}
"""Who of them comes into the room of whom (``FullSite.rooms``)."""


def _keys(app: Flask) -> dict[str, str]:
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
    rules = [rule for rule in full.app.url_map.iter_rules() if "GET" in (rule.methods or set())]
    random.shuffle(rules)
    keys = _keys(full.app)
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
    cookie = sign_in(full.app, _keys(full.app)[who]).cookie
    visitor.context.add_cookies([{"name": "session", "value": cookie, "url": site.url}])
    if who in _ROOMS:
        visitor.page.goto(f"{site.url}/en/room/")
        visitor.page.fill("[name=code]", full.rooms[_ROOMS[who]])
        visitor.page.press("[name=code]", "Enter")
    return visitor


def in_language(path: str, lang: str) -> str:
    """The same page in that language."""
    return path.replace("/en/", f"/{lang}/", 1)
