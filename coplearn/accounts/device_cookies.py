"""The browsers a person has signed in with before, so that strangers who guess cannot close the door to them.

OWASP calls it a device cookie. It opens nothing: a browser that has one is counted by itself and not among strangers.
It holds a random number and hashes of the accounts that signed in there, and is signed.
"""

from __future__ import annotations

import secrets
from typing import Final

from flask import Response, current_app, g, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response as BaseResponse

from coplearn.settings import Settings
from coplearn.site import site
from coplearn.web.limits import by_target, sealed_account

_MOST: Final = 8
"""Accounts that one browser remembers; a machine in a classroom forgets the oldest."""
_DAYS: Final = 400


def _name(settings: Settings) -> str:
    return "__Host-device" if settings.https else "device"


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt="device")


def _held() -> list[str]:
    try:
        numbers = _signer().loads(request.cookies.get(_name(site().settings), ""))
    except BadSignature:
        return []
    return [str(one) for one in numbers] if isinstance(numbers, list) and numbers else []


def is_known() -> bool:
    """Whether the account that the form names has signed in with this browser before."""
    return by_target() in _held()[1:]


def by_device() -> str:
    """The present browser and the account that the form names."""
    return f"device:{(_held() or [''])[0]}:{by_target()}"


def know(email: str) -> None:
    """Remember with the present answer that this account signed in here, or chose its password by a link in its mail."""
    g.known_device = sealed_account(email)


def set_cookie(response: Response) -> Response:
    """Set the cookie after a page of the accounts, as :func:`know` was told."""
    account, settings = g.pop("known_device", ""), site().settings
    if account:
        number, *accounts = _held() or [secrets.token_hex(16)]
        remembered = [number, account, *(one for one in accounts if one != account)][: _MOST + 1]
        response.set_cookie(
            _name(settings),
            str(_signer().dumps(remembered)),
            max_age=_DAYS * 86_400,
            secure=settings.https,
            httponly=True,
            samesite="Lax",
        )
    return response


def forget_cookie(response: BaseResponse) -> None:
    """Take the cookie away, as when an account is erased."""
    settings = site().settings
    response.delete_cookie(_name(settings), secure=settings.https, httponly=True, samesite="Lax")
