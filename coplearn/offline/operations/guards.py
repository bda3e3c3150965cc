"""The owner of a device: the name under which answers wait there, and that a sending comes from a page of this site."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request, session
from werkzeug.exceptions import Forbidden

from coplearn.accounts.guards import JOINED, SEEING, session_key
from coplearn.accounts.queries import user_id_of
from coplearn.learning.guards import announce_visitor, present_learner
from coplearn.site import site
from coplearn.storage.database import current_session
from coplearn.web.guest_session import guest_session_is_over, guest_token
from coplearn.web.owners import owner_of_card, owner_of_user, owner_of_visitor


@dataclass(frozen=True, slots=True)
class Owner:
    """The person of a browser as its device names them; ``also`` are names that are theirs too, and ``""`` nobody's yet."""

    name: str
    also: tuple[str, ...] = ()


def present_owner() -> Owner | None:
    """The person of this request; None where nothing may be sent: the time with a card is over, or somebody looks on.

    At most one statement. A browser without an account is given its visitor's cookie.
    """
    if SEEING in session or guest_session_is_over():
        return None
    key, database = session_key(), current_session(current_app)
    if key is not None:
        user_id = user_id_of(database, key)
        if user_id is not None:
            joined = session.get(JOINED)
            return Owner(owner_of_user(user_id), ("", joined) if isinstance(joined, str) and joined else ("",))
    if guest_token() is not None:
        learner = present_learner()
        return Owner(owner_of_card(learner.id)) if learner is not None else None
    return Owner(owner_of_visitor(announce_visitor(site().settings)), ("",))


def require_own_page() -> None:
    """Let go on what a page of this site sent, by what the browser says of it; the token of its session is asked for besides."""
    fetch_site, origin = request.headers.get("Sec-Fetch-Site", "same-origin"), request.headers.get("Origin")
    if fetch_site != "same-origin" or (origin is not None and origin != request.host_url.rstrip("/")):
        raise Forbidden
