"""The sentences Flask-Security says, in our own words, so that they stand in our catalogs in every language."""

from __future__ import annotations

from typing import Final

from coplearn.kernel.text import N_

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "GENERIC_AUTHN_FAILED": (
        N_("That address and password do not go together. Check both, or ask for a new password."),
        "error",
    ),
    "GENERIC_RECOVERY": (
        N_("If there is an account with that address, a message is on its way to it. It says what to do next."),
        "info",
    ),
    "UNAUTHENTICATED": (N_("Please sign in first. You will come back to the page you wanted."), "error"),
    "UNAUTHORIZED": (N_("This page is not open to you."), "error"),
    "REAUTHENTICATION_REQUIRED": (N_("Please type your password once more to go on."), "error"),
    "CONFIRM_REGISTRATION": (
        N_("Thank you. A message is on its way to your address. Open it and press the link, then sign in."),
        "success",
    ),
    "EMAIL_CONFIRMED": (N_("Thank you. Your address is confirmed. Please sign in."), "success"),
    "ALREADY_CONFIRMED": (N_("Your address was confirmed before. Please sign in."), "info"),
    "INVALID_CONFIRMATION_TOKEN": (N_("That link does not work any more. Ask for a new one below."), "error"),
    "CONFIRMATION_REQUIRED": (N_("Please press the link in the message we sent to your address first."), "error"),
    "CONFIRMATION_REQUEST": (
        N_("If there is an account with that address, a message is on its way to it. It says what to do next."),
        "info",
    ),
    "CONFIRMATION_EXPIRED": (N_("That link was too old. We have sent you a new one."), "error"),
    "PASSWORD_MISMATCH": (N_("The two passwords are not the same."), "error"),
    "RETYPE_PASSWORD_MISMATCH": (N_("The two passwords are not the same."), "error"),
    "INVALID_REDIRECT": (N_("That address is not part of this site."), "error"),
    "PASSWORD_RESET_REQUEST": (
        N_("If there is an account with that address, a message is on its way to it. It says what to do next."),
        "info",
    ),
    "PASSWORD_RESET_EXPIRED": (N_("That link was too old. We have sent you a new one."), "error"),
    "INVALID_RESET_PASSWORD_TOKEN": (N_("That link does not work any more. Ask for a new one below."), "error"),
    "DISABLED_ACCOUNT": (N_("This account is switched off. Ask the people who run this site."), "error"),
    "EMAIL_NOT_PROVIDED": (N_("Type your mail address."), "error"),
    "INVALID_EMAIL_ADDRESS": (N_("That does not look like a mail address. It needs an @ and a dot after it."), "error"),
    "PASSWORD_NOT_PROVIDED": (N_("Type your password."), "error"),
    "PASSWORD_INVALID_LENGTH": (N_("Use at least %(length)s characters. A few words in a row make a good password."), "error"),
    "PASSWORD_TOO_SIMPLE": (N_("Many people use that password. Choose another: a few words in a row work well."), "error"),
    "USER_DOES_NOT_EXIST": (
        N_("That address and password do not go together. Check both, or ask for a new password."),
        "error",
    ),
    "INVALID_PASSWORD": (
        N_("That address and password do not go together. Check both, or ask for a new password."),
        "error",
    ),
    "PASSWORD_RESET_NO_LOGIN": (N_("Your new password is saved. Please sign in with it."), "success"),
    "PASSWORD_IS_THE_SAME": (N_("The new password is the old one. Choose another."), "error"),
    "PASSWORD_CHANGE": (N_("Your new password is saved. Other devices were signed out."), "success"),
    "ANONYMOUS_USER_REQUIRED": (N_("You are signed in already."), "error"),
    "LOGIN": (N_("Please sign in first. You will come back to the page you wanted."), "info"),
    "FORGOT_PASSWORD": (N_("Forgotten your password?"), "info"),
}
"""Flask-Security's message names and our msgids."""

SUBJECTS: Final[dict[str, str]] = {
    # Nothing in a subject says what the site is about: somebody may look over a shoulder.
    "REGISTER": N_("Welcome"),
    "CONFIRM": N_("Please confirm your address"),
    "PASSWORD_NOTICE": N_("Your password was changed"),
    "PASSWORD_CHANGE_NOTICE": N_("Your password was changed"),
    "PASSWORD_RESET": N_("A new password"),
}
"""Flask-Security's mail kinds and our subjects."""
