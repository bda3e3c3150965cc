"""The name of a person on a device, under which answers and marks wait there until they can be sent."""

from __future__ import annotations

import hashlib
import hmac

from flask import current_app
from werkzeug.exceptions import Conflict


def owner_of_user(user_id: int) -> str:
    """The name of somebody with an account."""
    return _sealed(f"device:{user_id}")


def owner_of_visitor(token: str) -> str:
    """The name of the visitor whom that token names, also before anything of theirs is kept."""
    return _sealed(f"visitor:{token}")


def owner_of_card(learner_id: int) -> str:
    """The name of somebody who learns with a card: the same whichever code they type."""
    return _sealed(f"card:{learner_id}")


def refuse_foreign(body: object, user_id: int) -> None:
    """Refuse what waited under another name than the signed-in person's: somebody else made it on this device. Raises Conflict."""
    named = body.get("owner") if isinstance(body, dict) else None
    if named is not None and named != owner_of_user(user_id):
        raise Conflict


def _sealed(name: str) -> str:
    # It stands in pages and in the device's storage, and says nothing to whoever finds it there.
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(secret, name.encode(), hashlib.sha256).hexdigest()[:16]
