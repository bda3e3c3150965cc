"""Who is signed in, and may they: asked at the edge, before anything is loaded."""

from __future__ import annotations

from typing import Final

from flask import current_app, g, session, url_for
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from coplearn.accounts.queries import grants_of
from coplearn.accounts.rules import may
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission
from coplearn.storage.database import current_session

AFTER_SIGN_IN: Final = "after_sign_in"
"""In a visitor's session: where they were on their way to."""


def session_key() -> str | None:
    """What names the signed-in person in the database (``user.fs_uniquifier``), or None for a visitor."""
    value = session.get("_user_id")
    return value if isinstance(value, str) else None


def require(permission: Permission, locale: str = "", course: str = "") -> None:
    """Let only those go on who hold the permission there; for everybody else there is no such page (NotFound)."""
    key = session_key()
    if key is None or not may(grants_of(current_session(current_app), key), permission, locale, course):
        raise NotFound(N_("There is no page at this address for you."))


def come_back_to(address: str) -> None:
    """Bring a visitor to ``address`` (a path of this site) when they next sign in on this device, though they make an
    account and confirm it by mail first."""
    session[AFTER_SIGN_IN] = address


def to_sign_in(next_address: str) -> Response:
    """Send a visitor to sign in, and bring them back to ``next_address`` (a path of this site)."""
    g.pop("signed_in", None)
    return redirect(url_for("security.login", next=next_address))
