"""The rules of passwords: 8 to 128 characters of any kind, but none that everybody tries first."""

from __future__ import annotations

import importlib
import unicodedata
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from flask import current_app
from flask_security import PasswordUtil
from flask_security.utils import get_message

from coplearn.site import site

LONGEST = 128
_COMMON = Path(__file__).parent / "common_passwords.txt"
_ENDINGS = "0123456789!?.*#@$_-+ "


def folded(text: str) -> str:
    """The text with the differences taken out that nobody who guesses would mind: width, case, accents' form."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


@cache
def common_passwords() -> frozenset[str]:
    """The best-known passwords, names and words, folded: zxcvbn's lists, 90,000 lines by how often they are used, and ours."""
    # Only now: they take ten megabytes and a fifth of a second, and most processes see no new password.
    known = importlib.import_module("zxcvbn.frequency_lists").FREQUENCY_LISTS
    lines = _COMMON.read_text(encoding="utf-8").splitlines()
    ours = (folded(line) for line in lines if line and not line.startswith("# "))
    return frozenset(chain(ours, *known.values()))


def is_easily_guessed(password: str, *own_words: str) -> bool:
    """Whether it is a well-known password or one of ``own_words`` (the mail address, the site's name).

    Digits and signs at the end make no difference.
    """
    core = folded(password)
    bare = core.rstrip(_ENDINGS)
    known = common_passwords()
    if core in known or bare in known or len(set(core)) < 3:
        return True
    words = {folded(word) for word in own_words}
    words |= {word.partition("@")[0] for word in words}
    words.discard("")
    return core in words or bare in words


class AccountPasswords(PasswordUtil):
    """Flask-Security's gate for new passwords, with our rules."""

    def normalize(self, password: str) -> str:
        """The password as it is stored and compared; one too long stays too long, but no longer than needs be hashed."""
        return super().normalize(password[: LONGEST + 1])[: LONGEST + 1]

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[str] | None, str]:
        """The faults of a new password, in sentences (None without any), and its normal form."""
        normal = self.normalize(password)
        if len(normal) > LONGEST:
            return [get_message("PASSWORD_TOO_LONG", length=LONGEST)[0]], normal
        problems, normal = super().validate(password, is_register, **kwargs)
        if problems:
            return problems, normal
        email = kwargs.get("email") if is_register else kwargs["user"].email
        if is_easily_guessed(normal, str(email or ""), site().settings.site_name):
            return [get_message("PASSWORD_TOO_SIMPLE")[0]], normal
        return None, normal


def new_password(typed: str, email: str) -> tuple[list[str], str]:
    """The faults of a password for a new account with that address, in sentences, and its normal form."""
    faults, normal = AccountPasswords(current_app).validate(typed, is_register=True, email=email)
    return faults or [], normal
