"""Mail about accounts: plain text, in the language of the page that caused it, never able to break that page."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from email.utils import formataddr
from typing import Any

import email_validator
import structlog
from flask import Flask, current_app
from flask_mailman import EmailMessage, Mail
from flask_security import EmailValidateException, MailUtil
from flask_security.utils import get_message

from coplearn.settings import Settings
from coplearn.web.render import page_locale

SMTP_TIMEOUT_SECONDS = 20


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
        MAIL_DEFAULT_SENDER=formataddr((one_line(settings.site_name), settings.mail_from)),
    )
    if settings.mail == "file":
        folder = settings.instance_path / "mail"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        app.config["MAIL_FILE_PATH"] = str(folder)
    Mail(app)


def one_line(text: str) -> str:
    """The text without line ends and other control characters, so that it cannot add a header to a mail."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def stored_address(email: str) -> str:
    """The address in its one spelling, in lower case throughout. Raises ValueError when it is not an address."""
    return email_validator.validate_email(email.strip(), check_deliverability=False).normalized.lower()


class AccountMail(MailUtil):
    """Takes addresses apart and sends Flask-Security's mail.

    A mail that cannot be sent is logged without its address and otherwise passed over: the pages say "a message is on
    its way if there is such an account", which must not differ between addresses. SMTP is spoken in a thread of its
    own for the same reason: how long it takes would tell who has an account.
    """

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self._sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")

    def close(self) -> None:
        """Wait until what was handed in is sent, then take nothing more."""
        self._sender.shutdown()

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
        """Send one plain text mail; never raises because of the mail."""
        to = recipient if isinstance(recipient, str) else recipient[1]
        headers = {"Auto-Submitted": "auto-generated", "Content-Language": page_locale().bcp47}
        message = EmailMessage(one_line(str(subject)), body or "", str(sender), [to], headers=headers)
        mailman: Mail = current_app.extensions["mailman"]
        if current_app.config["MAIL_BACKEND"] == "smtp":
            message.connection = mailman.get_connection()
            self._sender.submit(_deliver, message, template)
        else:
            _deliver(message, template)


def _deliver(message: EmailMessage, template: str) -> None:
    try:
        message.send()
    except Exception as error:
        # The error's text may hold the address, so only its kind is kept.
        structlog.get_logger("coplearn.mail").error("mail_failed", kind=type(error).__name__, mail=template)
