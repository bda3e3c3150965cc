"""The ways a message leaves the site: by SMTP, into a folder or to the terminal, and what a failure means."""

from __future__ import annotations

import smtplib
from contextlib import suppress
from email.utils import formataddr
from typing import Final, Self

from flask import Flask
from flask_mailman import EmailMessage, Mail
from flask_mailman.backends.base import BaseEmailBackend

from coplearn.outbox.rules import SendFault
from coplearn.settings import Settings

SMTP_TIMEOUT_SECONDS: Final = 20
_PERMANENT: Final = range(500, 600)


def configure_mail(app: Flask, settings: Settings) -> None:
    """Set up where mail goes; a folder of mail is its owner's only, because it holds links that open accounts."""
    app.config.update(
        MAIL_BACKEND=settings.mail,
        MAIL_SERVER=settings.mail_server,
        MAIL_PORT=settings.mail_port,
        MAIL_USERNAME=settings.mail_username or None,
        MAIL_PASSWORD=settings.mail_password or None,
        MAIL_USE_TLS=settings.mail_tls,
        MAIL_TIMEOUT=SMTP_TIMEOUT_SECONDS,
        MAIL_DEFAULT_SENDER=sender_of(settings),
    )
    if settings.mail == "file":
        folder = settings.instance_path / "mail"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        app.config["MAIL_FILE_PATH"] = str(folder)
    Mail(app)


def sender_of(settings: Settings) -> str:
    """The site's name and address as the sender of its mail."""
    return formataddr((one_line(settings.site_name), settings.mail_from))


def one_line(text: str) -> str:
    """The text without line ends and other control characters, so that it cannot add a header to a mail.

    The marks that isolate a name stay: they are not printable, and harmless.
    """
    letters = (letter if letter.isprintable() or letter in "\u2068\u2069" else " " for letter in text)
    return " ".join("".join(letters).split())


class Post:
    """One connection to wherever mail goes, opened when the first message is sent and after each failure anew."""

    def __init__(self, app: Flask) -> None:
        self._mailman: Mail = app.extensions["mailman"]
        self._stays_open = app.config["MAIL_BACKEND"] == "smtp"
        self._connection: BaseEmailBackend | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def deliver(self, message: EmailMessage) -> None:
        """Hand the message over; raises whatever went wrong (see :func:`fault_of`)."""
        try:
            if self._connection is None:
                self._connection = self._mailman.get_connection()
                if self._stays_open:
                    self._connection.open()
            self._connection.send_messages([message])
        except Exception:
            self._close()
            raise
        if not self._stays_open:
            # A folder gets a file for each message.
            self._close()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            # What was to be said on it is said, or known to have failed.
            with suppress(OSError):
                connection.close()


def fault_of(error: Exception) -> SendFault:
    """The meaning of a failure to send for the letter."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        return SendFault.REFUSED if codes and all(code in _PERMANENT for code in codes) else SendFault.LATER
    if isinstance(error, smtplib.SMTPDataError):
        return SendFault.REFUSED if error.smtp_code in _PERMANENT else SendFault.LATER
    if isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPSenderRefused):
        # Nothing is wrong with the letter: once the settings are mended it goes out.
        return SendFault.SETUP if error.smtp_code in _PERMANENT else SendFault.LATER
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return SendFault.SETUP
    if isinstance(error, smtplib.SMTPResponseException):
        return SendFault.LATER
    if isinstance(error, OSError):
        return SendFault.UNREACHABLE
    return SendFault.BROKEN
