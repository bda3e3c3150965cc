"""The page of the site's settings: what an administrator chooses holds in every worker, what the operator set stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flask import Flask

from coplearn.accounts.queries import user_by_email
from coplearn.accounts.service import grant_role
from coplearn.administration.site_settings.rules import CHOSEN, problem_of, with_chosen
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.privacy.rules import TERMS
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import Visitor, mails
from tests.cohorts.worlds import put_certification, put_cohort, put_member, signed_in_client
from tests.conftest import MakeSite


def test_operator_stands_above_what_was_chosen() -> None:
    """What the environment says is not changed by a row; a row that is not good any more is as if it were not there."""
    chosen = {"site_name": "Kenya learns", "contact": "not an address", "visitor_days": 7, "secret_key": "stolen"}
    plain = with_chosen(Settings(), chosen)
    assert (plain.site_name, plain.contact, plain.visitor_days, plain.secret_key) == ("Kenya learns", "", 7, "")
    assert with_chosen(replace(Settings(), site_name="Ours"), chosen).site_name == "Ours"
    assert with_chosen(Settings(), {"languages": ["ar"]}).languages == ("ar",)
    for name, value in (
        ("site_name", " "),
        ("visitor_days", 0),
        ("contact_days", -1),
        ("contact", "javascript:x"),
        ("contact", "https://x@y\nBcc:z"),
        ("languages", "ar"),
    ):
        assert problem_of(name, value) is not None
    assert problem_of("languages", ["xx"], ["ar"]) is not None
    assert problem_of("contact_days", 0) is None


def test_every_end_that_the_operator_may_move_is_chosen_there_too() -> None:
    """How long people's data is kept is whoever answers for it to say, and not only whoever runs the server."""
    assert {term.setting for term in TERMS.values() if term.setting} <= set(CHOSEN)


def _admin(app: Flask) -> Visitor:
    admin = Visitor(app)
    admin.join("admin@example.org")
    with app.app_context():
        session = current_session(app)
        grant_role(session, "admin@example.org", Role.ADMIN)
        session.commit()
    return admin


def test_what_is_chosen_holds_on_every_page_and_in_mail(make_app: MakeSite, migrated_url: str) -> None:
    """Name, languages and who opens cohorts; a refused form stays filled; the operator's are shown and not in the form."""
    app = make_app(database_url=migrated_url, contact="help@example.org", organisation="Ministry <b>")
    admin = _admin(app)
    page = admin.get("/en/settings/").text
    assert "COPLEARN_ORGANISATION" in page and "Ministry &lt;b&gt;" in page
    assert 'name="contact"' not in page
    assert "k" * 40 not in page
    days = {"visitor_days": "30", "letter_days": "9", "contact_days": "0"}
    typed = {"site_name": "Aprendo", "cohorts_opened_by": "coordinators"} | days
    refused = admin.send("/en/settings/", **typed | {"site_name": "", "contact": "x@example.org"})
    assert refused.status_code == 422
    assert 'value="30"' in refused.text
    assert admin.send("/en/settings/", languages="ar", contact="x@example.org", **typed).status_code == 303
    now = site_of(app).settings
    assert (now.site_name, now.visitor_days, now.letter_days, now.contact_days) == ("Aprendo", 30, 9, 0)
    assert (now.languages, now.cohorts_opened_by, now.contact) == (("ar",), "coordinators", "help@example.org")
    home = Visitor(app).get("/en/").text
    assert "<bdi>Aprendo</bdi>" in home and "coplearn</bdi>" not in home
    assert 'hreflang="ar"' in home and 'hreflang="fr"' not in home
    assert admin.send("/en/settings/test-message", page="/en/settings/").status_code == 303
    assert "Aprendo" in mails(app)[-1]["From"]
    assert mails(app)[-1]["To"] == "admin@example.org"


def test_certified_trainers_open_cohorts_while_that_is_chosen(make_app: MakeSite) -> None:
    """With "coordinators alone" the door is shut to everybody else, and nobody loses what is open already."""
    for who, status in (("trainers", 200), ("coordinators", 404)):
        app = make_app(cohorts_opened_by=who)
        with app.app_context():
            session = current_session(app)
            cohort = put_cohort(session, "KE")
            member = put_member(session, cohort, f"{who}@example.org")
            put_certification(session, cohort, member, valid_until=utcnow() + timedelta(days=9))
            session.commit()
            user = user_by_email(session, f"{who}@example.org")
            assert user is not None
            key = user.fs_uniquifier
        assert signed_in_client(app, key).get("/en/cohorts/new").status_code == status
