"""The forms of signing in and up, and the sentences Flask-Security says, in our own words and our own catalogs."""

from __future__ import annotations

from typing import Any, Final

from flask import current_app, session
from flask_security import (
    ChangePasswordForm,
    ForgotPasswordForm,
    LoginForm,
    RegisterFormV2,
    ResetPasswordForm,
    SendConfirmationForm,
    hash_password,
)
from flask_security.forms import Form
from flask_security.utils import get_message
from wtforms import Field

from coplearn.accounts.passwords import LONGEST
from coplearn.kernel.text import N_
from coplearn.storage.database import begin_writing, current_session
from coplearn.web.render import say

ASKED_FOR: Final = "asked_for_account"
"""In a visitor's session: the mail address this browser asked an account for, known or not."""
_JOINED: Final = N_("This account was joined with another one of yours. Sign in with your other mail address.")
MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "GENERIC_AUTHN_FAILED": (
        N_("That address and password do not go together. Check both, or ask for a new password."),
        "again",
    ),
    "GENERIC_RECOVERY": (
        N_("If there is an account with that address, a message is on its way to it. It says what to do next."),
        "note",
    ),
    "UNAUTHENTICATED": (N_("Please sign in first. You will come back to the page you wanted."), "again"),
    "UNAUTHORIZED": (N_("This page is not open to you."), "again"),
    "REAUTHENTICATION_REQUIRED": (N_("Please type your password once more to go on."), "again"),
    "CONFIRM_REGISTRATION": (
        N_("Thank you. A message is on its way to your address. Open it and press the link, then sign in."),
        "done",
    ),
    "EMAIL_CONFIRMED": (N_("Thank you. Your address is confirmed. Please sign in."), "done"),
    "ALREADY_CONFIRMED": (N_("Your address was confirmed before. Please sign in."), "note"),
    "INVALID_CONFIRMATION_TOKEN": (N_("That link does not work any more. Ask for a new one below."), "again"),
    "CONFIRMATION_REQUIRED": (N_("Please press the link in the message we sent to your address first."), "again"),
    "CONFIRMATION_REQUEST": (
        N_("If there is an account with that address, a message is on its way to it. It says what to do next."),
        "note",
    ),
    "CONFIRMATION_EXPIRED": (N_("That link is too old. Ask for a new one below."), "again"),
    "PASSWORD_MISMATCH": (N_("The two passwords are not the same."), "again"),
    "RETYPE_PASSWORD_MISMATCH": (N_("The two passwords are not the same."), "again"),
    "INVALID_REDIRECT": (N_("That address is not part of this site."), "again"),
    "PASSWORD_RESET_REQUEST": (
        N_("If there is an account with that address, a message is on its way to it. It says what to do next."),
        "note",
    ),
    "PASSWORD_RESET_EXPIRED": (N_("That link is too old. Ask for a new one below."), "again"),
    "INVALID_RESET_PASSWORD_TOKEN": (N_("That link does not work any more. Ask for a new one below."), "again"),
    "DISABLED_ACCOUNT": (N_("This account is switched off. Ask the people who run this site."), "again"),
    "EMAIL_NOT_PROVIDED": (N_("Type your mail address."), "again"),
    "INVALID_EMAIL_ADDRESS": (N_("That does not look like a mail address. It needs an @ and a dot after it."), "again"),
    "PASSWORD_NOT_PROVIDED": (N_("Type your password."), "again"),
    "PASSWORD_INVALID_LENGTH": (
        N_("Use at least %(length)s characters. A few words in a row make a good password."),
        "again",
    ),
    "PASSWORD_TOO_LONG": (N_("Use at most %(length)s characters."), "again"),
    "PASSWORD_TOO_SIMPLE": (
        N_("Many people use that password. Choose another: a few words in a row work well."),
        "again",
    ),
    "USER_DOES_NOT_EXIST": (
        N_("That address and password do not go together. Check both, or ask for a new password."),
        "again",
    ),
    "INVALID_PASSWORD": (
        N_("That address and password do not go together. Check both, or ask for a new password."),
        "again",
    ),
    "PASSWORD_RESET_NO_LOGIN": (N_("Your new password is saved. Please sign in with it."), "done"),
    "PASSWORD_NOW_WRONG": (N_("That is not the password you have now."), "again"),
    "PASSWORD_IS_THE_SAME": (N_("The new password is the old one. Choose another."), "again"),
    "PASSWORD_CHANGE": (N_("Your new password is saved. Other devices were signed out."), "done"),
    "ANONYMOUS_USER_REQUIRED": (N_("You are signed in already."), "again"),
    "LOGIN": (N_("Please sign in first. You will come back to the page you wanted."), "note"),
    "FORGOT_PASSWORD": (N_("Forgotten your password?"), "note"),
    "EMAIL_ALREADY_ASSOCIATED": (
        N_("If there is an account with that address, a message is on its way to it. It says what to do next."),
        "note",
    ),
    "API_ERROR": (N_("That could not be read. Please type it again."), "again"),
}
"""Flask-Security's message names, our msgids, and how the page shows them (done, note or again)."""

SUBJECTS: Final[dict[str, str]] = {
    # Nothing in a subject says what the site is about: somebody may look over a shoulder.
    "REGISTER": N_("Welcome"),
    "CONFIRM": N_("Please confirm your address"),
    "PASSWORD_NOTICE": N_("Your password was changed"),
    "PASSWORD_CHANGE_NOTICE": N_("Your password was changed"),
    "PASSWORD_RESET": N_("A new password"),
}
"""Flask-Security's mail kinds and our subjects."""


def _ask(field: Field, label: str, autocomplete: str) -> None:
    """Give a field our label and say to password managers what belongs in it."""
    field.label.text = say(label)
    field.render_kw = {"autocomplete": autocomplete, "dir": "ltr" if field.name == "email" else "auto"}
    field.flags.required = True


def _begin_writing() -> None:
    """Until here nothing was locked: a password is hashed in a tenth of a second, and nobody else should wait for that."""
    begin_writing(current_session(current_app))


class SignInForm(LoginForm):
    """Address and password; there is no "remember me": everybody is remembered for 30 days or until they sign out."""

    remember = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ask(self.email, N_("Mail address"), "username")
        _ask(self.password, N_("Password"), "current-password")
        self.email.data = self.email.data or session.get(ASKED_FOR)

    def validate(self, **kwargs: Any) -> bool:
        """Check both; only somebody who knows the password learns what else is wrong with the account."""
        self.password.data = (self.password.data or "")[: LONGEST + 1]
        if super().validate(**kwargs):
            _begin_writing()
            return True
        if self.user_authenticated:
            joined = getattr(self.user, "merged_into_id", None) is not None
            self.form_errors: list[str] = [say(_JOINED)] if joined else [*self.email.errors]
            self.email.errors = []
        return False


class SignUpForm(RegisterFormV2):
    """Address and password, nothing more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ask(self.email, N_("Mail address"), "email")
        _ask(self.password, N_("Password"), "new-password")


class NewPasswordForm(ForgotPasswordForm):
    """Ask for a link to choose a new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ask(self.email, N_("Mail address"), "email")

    def validate(self, **kwargs: Any) -> bool:
        """Whether to send the link. An address not confirmed yet gets it as well: pressing it confirms the address."""
        if not Form.validate(self, **kwargs) or self.user is None or not self.user.is_active:
            return False
        # An unknown address costs a hash, so a known one does too: the time must not tell them apart.
        hash_password("not-a-password")
        return True


class ChooseForm(ResetPasswordForm):
    """Choose the new password, behind the link."""

    password_confirm = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ask(self.password, N_("New password"), "new-password")

    def validate(self, **kwargs: Any) -> bool:
        """Take the new password once: whoever presses the same link at the same time is told that it was used."""
        known = self.user.password if self.user is not None else None
        if not super().validate(**kwargs) or self.user is None:
            return False
        _begin_writing()
        current_session(current_app).refresh(self.user, with_for_update=True)
        if self.user.password != known:
            self.password.errors = [get_message("INVALID_RESET_PASSWORD_TOKEN")[0]]
            return False
        return True


class ChangeForm(ChangePasswordForm):
    """Change the password while signed in."""

    new_password_confirm = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ask(self.password, N_("The password you have now"), "current-password")
        _ask(self.new_password, N_("New password"), "new-password")

    def validate(self, **kwargs: Any) -> bool:
        """Check the old one before the new one is taken."""
        if not super().validate(**kwargs):
            wrong, better = get_message("INVALID_PASSWORD")[0], get_message("PASSWORD_NOW_WRONG")[0]
            self.password.errors = [better if sentence == wrong else sentence for sentence in self.password.errors]
            return False
        _begin_writing()
        return True


class ConfirmAgainForm(SendConfirmationForm):
    """Ask for the link that confirms an address once more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ask(self.email, N_("Mail address"), "email")
