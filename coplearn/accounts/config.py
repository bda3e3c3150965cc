"""The settings of Flask-Security: our addresses, our rules and our sentences."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from coplearn.accounts import forms
from coplearn.accounts.guards import HOME
from coplearn.kernel.clock import utcnow

CONFIRM_WITHIN: Final = timedelta(days=2)
RESET_WITHIN: Final = timedelta(days=1)


def _account_addresses() -> dict[str, object]:
    """The addresses of the account pages, and where each leads."""
    return {
        "URL_PREFIX": "/<lang:lang>",
        "LOGIN_URL": "/sign-in",
        "LOGOUT_URL": "/sign-out",
        "REGISTER_URL": "/sign-up",
        "RESET_URL": "/new-password",
        "CHANGE_URL": "/change-password",
        "CONFIRM_URL": "/confirm",
        "POST_LOGIN_VIEW": HOME,
        "POST_CHANGE_VIEW": HOME,
        "POST_LOGOUT_VIEW": "pages.home",
        "POST_REGISTER_VIEW": "security.login",
        "POST_CONFIRM_VIEW": "security.login",
        # Programs that check mail open links first: whoever comes second finds the address confirmed and signs in.
        "CONFIRM_ERROR_VIEW": "security.login",
        "POST_RESET_VIEW": "security.login",
    }


def security_config() -> dict[str, object]:
    """Every setting of Flask-Security, as the application's configuration names it."""
    ours = _security_switches() | _account_addresses() | _password_config()
    ours |= {f"MSG_{name}": message for name, message in forms.MESSAGES.items()}
    ours |= {f"EMAIL_SUBJECT_{name}": subject for name, subject in forms.SUBJECTS.items()}
    return {f"SECURITY_{name}": value for name, value in ours.items()}


def _security_switches() -> dict[str, object]:
    return {
        "LOGOUT_METHODS": ["POST"],
        "LOGOUT_CSRF": True,
        "REGISTERABLE": True,
        "CONFIRMABLE": True,
        "RECOVERABLE": True,
        "CHANGEABLE": True,
        "TRACKABLE": False,
        "CONFIRM_EMAIL_WITHIN": CONFIRM_WITHIN,
        "RESET_PASSWORD_WITHIN": RESET_WITHIN,
        "FRESHNESS": timedelta(minutes=-1),
        "RETURN_GENERIC_RESPONSES": True,
        "API_ENABLED_METHODS": ["session"],
        "USER_IDENTITY_ATTRIBUTES": [{"email": {"mapper": as_stored, "case_insensitive": False}}],
        "JOIN_USER_ROLES": False,
        "STATIC_FOLDER": None,
        "CLI_USERS_NAME": "",
        "CLI_ROLES_NAME": "",
        "EMAIL_HTML": False,
        "CACHE_CONTROL": {"private": True, "no-store": True},
        "DATETIME_FACTORY": utcnow,
    }


def _password_config() -> dict[str, object]:
    return {
        "PASSWORD_LENGTH_MIN": 8,
        "PASSWORD_CONFIRM_REQUIRED": False,
        "PASSWORD_SCHEMES": ["argon2"],
        "DEPRECATED_PASSWORD_SCHEMES": [],
        # No secret is mixed in: a lost or renewed key must not lose everybody's password.
        "PASSWORD_SINGLE_HASH": ["argon2"],
        "PASSWORD_HASH_PASSLIB_OPTIONS": {
            "argon2__type": "ID",
            "argon2__memory_cost": 32_768,
            "argon2__time_cost": 2,
            "argon2__parallelism": 1,
        },
        # What it hashes goes into signed links only; slow hashing there would tell known addresses from unknown ones.
        "HASHING_SCHEMES": ["hex_sha256"],
        "DEPRECATED_HASHING_SCHEMES": [],
    }


def as_stored(identity: str) -> str | None:
    """The mail address as it is stored; None for none."""
    return identity.strip().lower() or None
