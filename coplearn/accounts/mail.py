"""Letters about accounts: plain text, in the language of the page that caused them, never able to break that page."""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_hex
from typing import Any, Final

import email_validator
from flask import current_app, g
from flask_security import EmailValidateException, MailUtil
from flask_security.utils import get_message
from sqlalchemy.orm import Session

from coplearn.kernel.clock import utcnow
from coplearn.outbox.letters import LetterKind, Letters
from coplearn.outbox.service import queue_letter, queue_nothing
from coplearn.storage.database import begin_writing, current_session, read_only
from coplearn.web.render import page_locale

_SUBJECTS_OF: Final = {
    "welcome": "REGISTER",
    "welcome_existing": "REGISTER",
    "confirmation_instructions": "CONFIRM",
    "reset_instructions": "PASSWORD_RESET",
    "reset_notice": "PASSWORD_NOTICE",
    "change_notice": "PASSWORD_CHANGE_NOTICE",
}
"""Flask-Security's templates, and the names of its subjects."""
_WRITTEN: Final = "account_letter"


def stored_address(email: str) -> str:
    """The address in its one spelling, in lower case throughout. Raises ValueError when it is not an address."""
    return email_validator.validate_email(email.strip(), check_deliverability=False).normalized.lower()


def add_account_letters(letters: Letters, subjects: Mapping[str, str]) -> None:
    """Register the letters about accounts; ``subjects`` are our msgids by Flask-Security's names.

    They hold links that open accounts, so they are secret: what they say is gone once they are sent.
    """
    for name, subject in _SUBJECTS_OF.items():
        letters.add(
            LetterKind(f"account-{name}", subjects[subject], "security/letter.txt", params=("text",), secret=True)
        )


class AccountMail(MailUtil):
    """Takes addresses apart and hands Flask-Security's mail to the outbox.

    The pages say "a message is on its way if there is such an account", which must not differ between addresses, nor may
    the time tell: no mail server is spoken to while the page waits, and a known address costs one row in one short
    transaction, which :func:`even_out` makes an unknown one cost as well.
    """

    def normalize(self, email: str) -> str:
        """The address as it is stored. Raises EmailValidateException with our sentence when it is not one."""
        try:
            return stored_address(email)
        except ValueError as error:
            raise EmailValidateException(get_message("INVALID_EMAIL_ADDRESS")[0]) from error

    def validate(self, email: str) -> str:
        """The same; whether the domain takes mail is found out by sending, not by asking the network first."""
        return self.normalize(email)

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: str | tuple[str, str],
        sender: str | tuple[str, str],
        body: str | None,
        html: str | None,
        **kwargs: Any,
    ) -> None:
        """Queue one plain text letter: with what the page writes when it writes, else in a transaction of its own.

        None is written when too many were asked for (``g.letters_spent``): those before still hold good links.
        """
        if g.get("letters_spent"):
            return
        to = recipient if isinstance(recipient, str) else recipient[1]
        session, alone = current_session(current_app), read_only.get()
        if alone:
            begin_writing(session)
        queue_letter(
            session,
            key=f"account:{token_hex(16)}",
            to=to,
            locale=page_locale().code,
            time_zone="UTC",
            kind=f"account-{template.rpartition('/')[2]}",
            params={"text": body or ""},
            now=utcnow(),
        )
        setattr(g, _WRITTEN, True)
        if alone:
            _end_writing(session)


def even_out() -> None:
    """At the end of a page that asks for mail: write as much as a letter would, where none was written."""
    if not g.pop(_WRITTEN, False):
        session = current_session(current_app)
        begin_writing(session)
        queue_nothing(session, utcnow())
        _end_writing(session)


def _end_writing(session: Session) -> None:
    session.commit()
    read_only.set(True)
