"""The law of second factors: who needs one and from when, how codes are written, and which number of an app is taken once."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from coplearn.accounts.rules import PERMISSIONS, Granted, is_behind_sign_in, may_take
from coplearn.kernel.words import Permission, Role

STAFF_ROLES: Final = tuple(role for role in Role if PERMISSIONS[role] - {Permission.SUGGEST})
"""Roles that see other people's data or change what everybody reads: whoever holds one needs a second factor."""
RECOVERY_CODES: Final = 10
PRINTED_CODES: Final = 30
SPARE_DIGITS: Final = 12
APP_DIGITS: Final = 6
STEP_SECONDS: Final = 30
SECRET_BYTES: Final = 20
"""As long as the hash that apps use (RFC 4226)."""
PENDING_FOR: Final = timedelta(minutes=15)
"""So long after the password a code may follow."""
ASKED_FOR: Final = timedelta(minutes=5)
"""So long a device may take to answer with a passkey."""
SET_UP_WITHIN: Final = timedelta(minutes=30)
FRESH_FOR: Final = timedelta(minutes=15)
"""So long after somebody typed their password nothing grave asks for it again."""
FRESH_TO_SEND: Final = timedelta(hours=1)
TRIES: Final = ((10, 3600), (40, 86_400))
"""So many codes in so many seconds may be tried for one account; only whoever has its password comes to try."""


class Proof(StrEnum):
    """The ways somebody can prove that it is they, beside their password."""

    APP = "authenticator"
    RECOVERY = "recovery-code"
    PRINTED = "printed-code"
    PASSKEY = "passkey"


class Door(StrEnum):
    """The answer to somebody who wants a page: it is open, or they prove a second factor, or set one up first."""

    OPEN = "open"
    PROVE = "prove"
    SET_UP = "set up"


def door(*, asked: bool, has_factor: bool, proved: bool, until: datetime | None, days: int, now: datetime) -> Door:
    """The door before a page of somebody's work.

    ``asked`` of those who need a second factor; ``until`` their time to set one up ends (None: it has not begun), which is
    ``days`` long on this site.
    """
    if has_factor:
        return Door.OPEN if proved else Door.PROVE
    if not asked:
        return Door.OPEN
    over = days == 0 or (until is not None and until <= now)
    return Door.SET_UP if over else Door.OPEN


def is_work(path: str) -> bool:
    """Whether what stands below that address is somebody's work, and no page about themselves.

    >>> is_work("/en/cohorts/"), is_work("/en/me/"), is_work("/en/help")
    (True, False, False)
    """
    return is_behind_sign_in(path) and path.split("/", 3)[2] not in ("me", "certificates")


def typed_digits(typed: str) -> str:
    """The digits of a code as somebody typed it, in any script, with or without spaces and dashes; empty for anything else.

    >>> typed_digits(" ١٢٣ 456 "), typed_digits("1234-5678"), typed_digits("12a")
    ('123456', '12345678', '')
    """
    kept = [letter for letter in typed[:80] if not (letter.isspace() or unicodedata.category(letter) in ("Pd", "Cf"))]
    digits = [unicodedata.decimal(letter, None) for letter in kept]
    return "".join(str(digit) for digit in digits) if None not in digits else ""


def new_codes(count: int) -> list[str]:
    """Codes to keep, all different: digits alone, which every keyboard has."""
    codes: set[str] = set()
    while len(codes) < count:
        codes.add(f"{secrets.randbelow(10**SPARE_DIGITS):0{SPARE_DIGITS}}")
    return sorted(codes)


def in_groups(code: str) -> str:
    """The code as it is shown, four digits at a time.

    >>> in_groups("123456789012")
    '1234 5678 9012'
    """
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def _app(secret: bytes) -> TOTP:
    return TOTP(secret, APP_DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - what every app knows; it is keyed, not a digest


def app_code(secret: bytes, counter: int) -> str:
    """The number that an app with this secret shows in that half minute."""
    return _app(secret).generate(counter * STEP_SECONDS).decode()


def app_address(secret: bytes, account: str, site: str) -> str:
    """The address that an app reads out of the square code."""
    return _app(secret).get_provisioning_uri(account, site)


def matching_counter(secret: bytes, digits: str, last: int, now: datetime) -> int | None:
    """The half minute whose number was typed: the present one, or one to either side for clocks that are apart.

    None for a wrong number, and for one of the half minute that was used ``last`` or an earlier one.
    """
    present = int(now.timestamp()) // STEP_SECONDS
    found = [
        counter
        for counter in (present - 1, present, present + 1)
        if compare_digest(app_code(secret, counter).encode(), digits.encode())
    ]
    return next((counter for counter in found if counter > last), None)


def may_hand_out(giver: Sequence[Granted], receiver: Iterable[Granted]) -> bool:
    """Whether somebody with the one's grants may make codes for somebody with the other's: for nobody above their own."""
    return all(may_take(giver, grant) for grant in receiver if not grant.cohort_id)


_BROWSERS: Final = (("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
                    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
_SYSTEMS: Final = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
                   ("Mac OS", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip


def device_words(user_agent: str) -> str:
    """The names of a browser and a system as it tells them, and no more; empty when it names neither.

    >>> device_words("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")
    'Firefox, Linux'
    """
    names = (next((name for mark, name in known if mark in user_agent), "") for known in (_BROWSERS, _SYSTEMS))
    return ", ".join(name for name in names if name)
