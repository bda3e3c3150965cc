"""The made-up site is filled once, through the real verbs, and shows a whole scheme."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import func, select

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.certification import Certification
from coplearn.cohorts.common.models.cohort import Cohort
from coplearn.cohorts.common.models.meeting import ChildrenCount, Mark
from coplearn.consultations.models import AgreedText
from coplearn.consultations.queries.asking import open_askings
from coplearn.courses.assessment import AFTER
from coplearn.demo.scheme import FIXES
from coplearn.drills.models import DrillFix, DrillRun
from coplearn.kernel.clock import utcnow
from coplearn.learning.models import Attempt
from coplearn.outbox.sending import send_due
from coplearn.packages.queries import live_packages
from coplearn.settings import Settings
from coplearn.storage.database import current_session, engine_of
from tests.accounts.persona import LINK, Visitor, mails
from tests.sizes import WHOLE
from tests.translating.homes import make_home, make_site

OPEN = {"cohorts.follow_up", "series.session", "resources.one"}
"""Pages that whoever holds a letter may open without signing in: the three questions of three months later have a private
part in their address, and many who are asked have no account; a session and a resource are open to all."""


def test_demo_fills_an_empty_site_once(app: Flask) -> None:
    """Cohorts in six languages, marks of every way, outcomes of every kind, a second generation; and no second time."""
    runner = app.test_cli_runner()
    told = runner.invoke(args=["demo"])
    assert told.exit_code == 0, told.output
    assert "coordinator@example.org" in told.output
    with app.app_context():
        session = current_session(app)
        languages = {cohort.languages[0] for cohort in session.scalars(select(Cohort))}
        assert languages == {"ar", "es", "fr", "en", "ru", "zh_Hans_CN"}
        assert set(session.scalars(select(Mark.via))) == {"register", "checkin", "offline", "paper", "card"}
        assert set(session.scalars(select(Certification.outcome))) == {"certified", "completed", "repeat"}
        assert session.scalar(select(func.max(Cohort.generation))) == 2
        assert session.scalar(select(func.sum(ChildrenCount.count))) == 24
        people = session.scalar(select(func.count()).select_from(User))
        # Enough teachers answered before and after for what they gained to be told, and an exercise was run to its end.
        answered = session.scalars(select(Attempt.id).where(Attempt.item_id.endswith(f".{AFTER}"))).all()
        assert len(answered) >= 20
        assert session.scalar(select(func.count()).select_from(DrillFix)) == len(FIXES)
        assert session.scalars(select(DrillRun.over_at)).one() is not None
        # A statement that was consulted on and agreed in two languages, and another on which everybody may comment now.
        assert set(session.scalars(select(AgreedText.locale))) == {"fr", "ar"}
        assert [one.version.title for one in open_askings(session, utcnow().date())] == [
            "Principles of protection in games"
        ]
        # And a course of another tool, which can be learned and earns a certificate.
        (package,) = live_packages(session)
        assert package.package.earns_certificate and package.versions
    _every_letter_leads_to_its_page(app, told.output.partition("password: ")[2].splitlines()[0])
    again = runner.invoke(args=["demo"])
    assert again.exit_code == 1 and "This site has people already." in again.output
    with app.app_context():
        assert current_session(app).scalar(select(func.count()).select_from(User)) == people


def test_demo_without_its_course_fills_nothing(settings: Settings, tmp_path: Path) -> None:
    """It says which one it needs; what was made up without one would show nothing."""
    app = make_site(settings, make_home(tmp_path))
    told = app.test_cli_runner().invoke(args=["demo"])
    assert told.exit_code == 1 and "The demo needs the course cop-parents." in told.output
    with app.app_context():
        assert current_session(app).scalar(select(func.count()).select_from(User)) == 0
        engine_of(app).dispose()


def _every_letter_leads_to_its_page(app: Flask, password: str) -> None:
    """Whoever is signed out and presses a link signs in and is on the page."""
    send_due(app)
    with app.app_context():
        known = set(current_session(app).scalars(select(User.email)))
    links = {
        urlsplit(link)._replace(scheme="", netloc="").geturl(): str(mail["To"])
        for mail in mails(app)
        for link in LINK.findall(mail.get_body(("plain",)).get_content())  # type: ignore[union-attr] # all have a text
        if str(mail["To"]) in known and "/messages/" not in link
    }
    assert len(links) > 20
    addresses, opened = app.url_map.bind("localhost"), set()
    with app.app_context():
        pages = {link: addresses.match(urlsplit(link).path)[0] for link in links}
    # In the suite one letter of each page: what differs between those is whose they are.
    for link in links if WHOLE else {page: link for link, page in pages.items()}.values():
        reader, address = Visitor(app), links[link]
        asked = reader.get(link)
        if asked.status_code == 200:
            opened.add(pages[link])
            continue
        assert (asked.status_code, asked.location.partition("?")[0]) == (302, f"{link[:3]}/sign-in"), link
        arrived = reader.send(asked.location, email=address, password=password)
        assert (arrived.status_code, arrived.location) == (302, link), address
        assert reader.get(link).status_code == 200, (link, address)
    assert opened == OPEN
