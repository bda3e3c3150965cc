"""What waits for translators is told truly, also of languages that nobody has opened here."""

from __future__ import annotations

from flask import Flask

from coplearn.accounts.rules import Granted
from coplearn.accounts.service import grant_role
from coplearn.kernel.words import Role
from coplearn.storage.database import current_session
from coplearn.translating.catalogs.status import work_on_languages
from tests.accounts.persona import Visitor
from tests.counting import counted


def test_language_that_nobody_opened_is_counted_from_its_files(app: Flask) -> None:
    """What is translated is counted, whatever the database has heard of."""
    with app.test_request_context("/en/"):
        app.preprocess_request()
        work_on_languages(current_session(app), [Granted("admin")])
        with counted(app) as sent:
            found = work_on_languages(current_session(app), [Granted("admin")])
        assert len(sent) == 3
    arabic = next(one for one in found if one.locale.code == "ar")
    assert arabic.total > 1000
    assert arabic.ready + arabic.to_translate == arabic.total
    assert arabic.ready > 1000


def test_only_reviewers_are_told_what_waits_for_a_review(fully_opened_app: Flask) -> None:
    """In one's own language, once it is opened; and nobody is told of a language that is not theirs."""
    app, reviewer = fully_opened_app, Visitor(fully_opened_app)
    reviewer.join("rim@example.org")
    with app.app_context():
        grant_role(current_session(app), "rim@example.org", Role.REVIEWER, "ar")
        current_session(app).commit()
    assert reviewer.get("/en/translate/ar/").status_code == 200
    with app.test_request_context("/en/"):
        app.preprocess_request()
        session = current_session(app)
        (reviews,) = work_on_languages(session, [Granted("reviewer", "ar")])
        (translates,) = work_on_languages(session, [Granted("translator", "ar")])
        assert work_on_languages(session, [Granted("learner")]) == []
    assert reviews.to_review > 1000
    assert (translates.to_review, translates.ready, translates.total) == (0, reviews.ready, reviews.total)
