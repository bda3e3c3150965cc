"""Mail about accounts, and what happens when it cannot be sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from coplearn.outbox.sending import send_due
from tests.accounts.persona import Visitor, mails

TOPIC = ("child", "online", "protect", "abuse", "safe", "parent", "course", "lesson", "training")


def test_mail_keeps_the_topic_to_itself(make_app: Callable[..., Flask]) -> None:
    """Somebody who looks over a shoulder learns the site's name and no more; every link stands on a line of its own."""
    app = make_app(site_name="Quiet Garden")
    visitor = Visitor(app)
    visitor.join("ana@example.org")
    visitor.sign_up("eve@example.org")
    Visitor(app).sign_up("ana@example.org")
    Visitor(app).sign_up("eve@example.org")
    Visitor(app).send("/en/new-password", email="ana@example.org")
    Visitor(app).send("/en/confirm", email="eve@example.org")
    visitor.send("/en/change-password", password="seven quiet lanterns", new_password="nine paper boats sail")
    written = mails(app)
    assert len(written) >= 5
    for mail in written:
        text = f"{mail['Subject']}\n{mail.get_content()}"
        assert "Quiet Garden" in text
        assert not [word for word in TOPIC if word in re.sub(r"https?://\S+", "", text).lower()]
        assert re.search(r"^https?://\S+$", mail.get_content(), re.MULTILINE)
        assert not re.search(r"&#?\w+;", text), "nothing is escaped as HTML"
        assert "was not you" in text


def test_mail_of_a_site_with_a_crooked_name_has_no_further_headers(make_app: Callable[..., Flask]) -> None:
    """Line ends in the site's name stay out of the headers."""
    app = make_app(site_name="Garden\r\nBcc: eve@example.org")
    Visitor(app).sign_up("ana@example.org")
    (mail,) = mails(app)
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Welcome"


def test_page_is_the_same_when_mail_cannot_be_written(app: Flask, visitor: Visitor) -> None:
    """A full disk or a lost folder does not show: it would tell who has an account."""
    visitor.join("ana@example.org")
    folder = Path(app.config["MAIL_FILE_PATH"])
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    folder.write_text("in the way")
    known = Visitor(app).send("/en/new-password", email="ana@example.org")
    unknown = Visitor(app).send("/en/new-password", email="eve@example.org")
    assert known.status_code == unknown.status_code == 200


def test_page_does_not_wait_for_a_mail_server(
    make_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    """With a server that does not answer the account is made all the same, and the log names no address."""
    app = make_app(mail="smtp", mail_server="127.0.0.1", mail_port=9, log_level="ERROR")
    answer = Visitor(app).sign_up("ana@example.org")
    assert answer.status_code == 302
    assert send_due(app) == 0
    written = capsys.readouterr()
    assert "mail_failed" in written.out + written.err
    assert "ana@" not in written.out + written.err


def test_mail_folder_is_its_owners_only(app: Flask) -> None:
    """The links in it open accounts."""
    assert Path(app.config["MAIL_FILE_PATH"]).stat().st_mode & 0o077 == 0
