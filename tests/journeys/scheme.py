"""The people of a whole scheme of training, their browsers, and the database behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from flask import Flask
from flask_security import hash_password
from playwright.sync_api import Browser
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.app import create_app
from coplearn.cohorts.common.models.meeting import Mark, Meeting
from coplearn.cohorts.common.rules.words import StaffRole, State
from coplearn.demo.stage import Stage
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.storage.database import current_session, engine_of
from tests.accounts.persona import PASSWORD, mails_in
from tests.journeys.browser import DESKTOP, PHONE, Visitor, new_visitor, until
from tests.journeys.site import Site
from tests.journeys.walk import Quick

COUNTRY, ZONE = "TN", "Africa/Tunis"
"""Where no other journey has a cohort, so that the country's numbers are this scheme's alone."""
COORDINATOR, LEAD, TIED, FREE = "coordinator.tn", "lead.tn", "tied.examiner", "free.examiner"
"""Who runs the scheme; the tied examiner once trained the first trainee."""
_STAFF = {COORDINATOR: ("نوال", "ar"), LEAD: ("Latifa", "en"), TIED: ("Tarek", "en"), FREE: ("Claire", "fr")}


@dataclass(frozen=True)
class Trainee:
    """Somebody who is trained: their name on every list, their account, and how they come in."""

    name: str
    account: str
    way: str = "letter"


TRAINEES = (
    Trainee("أميرة الطرابلسي", "amira"),
    Trainee("باسم الغربي", "bassem"),
    Trainee("جميلة العياري", "jamila"),
    Trainee("خالد المزوغي", "khaled"),
    Trainee("رانية الشابي", "rania", "newcomer"),
    Trainee("سامي بن يوسف", "sami", "card"),
    Trainee("نجلاء القروي", "najla"),
    Trainee("هشام الورتاني", "hichem", "code"),
)
FIRST, NEWCOMER, CARD, AWAY, UNSAFE = TRAINEES[0], TRAINEES[4], TRAINEES[5], TRAINEES[6], TRAINEES[7]
"""Trained before by the tied examiner; without an account yet; without mail; absent twice; unsafe in the teach-back."""
CERTIFIED = TRAINEES[:6]
PARENTS = ("lucia", "mateo", "nuria", "oscar", "paula")


def address_of(account: str) -> str:
    """The mail address of an account."""
    return f"{account}@tn.example.org"


@dataclass
class Scheme:
    """The running site, its database, and everybody who has opened a browser so far."""

    site: Site
    app: Flask
    chromium: Browser
    today: date
    people: dict[str, Visitor] = field(default_factory=dict)

    def meet(self, account: str, lang: str, size: tuple[int, int] = DESKTOP, *, known: bool = True) -> Visitor:
        """Somebody with a browser of their own; ``known`` people are signed in."""
        if account not in self.people:
            visitor = new_visitor(self.chromium, self.site, lang, size, has_touch=size == PHONE)
            if known:
                Quick(self.site, visitor.context.request, lang).sign_in(address_of(account))
            self.people[account] = visitor
        return self.people[account]

    def trainee(self, one: Trainee) -> Visitor:
        """A trainee with their telephone."""
        return self.meet(one.account, "ar", PHONE, known=one.way != "newcomer")

    @contextmanager
    def database(self) -> Iterator[Session]:
        """The site's own database."""
        with self.app.app_context():
            yield current_session(self.app)

    def letter_to(self, account: str, part: str) -> str:
        """The address with that part in the newest letter to an account, as soon as the machine has sent it."""
        found: list[str] = []
        page = next(iter(self.people.values())).page

        def came() -> bool:
            mails = mails_in(self.site.instance / "mail")
            texts = [mail.get_content() for mail in mails if str(mail["To"]) == address_of(account)]
            found[:] = [one for text in texts for one in re.findall(r"https?://\S+", text) if part in one]
            return bool(found)

        until(page, came, f"a letter to {account}", 60)
        return found[-1]

    def marks(self, meeting: str) -> list[tuple[str, str]]:
        """Every mark ever made at a meeting: its way and its status."""
        with self.database() as session:
            rows = session.execute(
                select(Mark.via, Mark.status)
                .join_from(Mark, Meeting, Mark.meeting_id == Meeting.id)
                .where(Meeting.public_id == meeting)
            )
            return sorted((row[0], row[1]) for row in rows)

    def close(self) -> None:
        """Close all browsers, and let the database go."""
        for visitor in self.people.values():
            visitor.context.close()
        with self.app.app_context():
            engine_of(self.app).dispose()


def begin(site: Site, chromium: Browser) -> Scheme:
    """Accounts for all but the newcomer, a coordinator of the country, and what the tied examiner did before."""
    app = create_app(Settings(instance_path=site.instance, log_level="CRITICAL"), poll=0)
    scheme = Scheme(site, app, chromium, utcnow().astimezone(ZoneInfo(ZONE)).date())
    with scheme.database() as session:
        stage = _stage(session, app)
        staff = {account: stage.person(address_of(account), name, locale) for account, (name, locale) in _STAFF.items()}
        boss = stage.person(address_of(COORDINATOR), "نوال", "ar", role=Role.COORDINATOR, country=COUNTRY)
        own = [stage.person(address_of(one.account), one.name, "ar") for one in TRAINEES if one is not NEWCOMER]
        for account in PARENTS:
            stage.person(address_of(account), account.title(), "es")
        earlier = stage.cohort(boss, "ربيع تونس", "ar", 100, country=COUNTRY, time_zone=ZONE)
        stage.staff(boss, earlier, staff[TIED], StaffRole.LEAD, 99)
        stage.move(boss, earlier, State.OPEN, days_ago=98)
        stage.seat(boss, earlier, own[0], "", 97)
        session.commit()
    return scheme


def _stage(session: Session, app: Flask) -> Stage:
    return Stage(session, site_of(app).library.current().courses, utcnow(), hash_password(PASSWORD))


def learn(scheme: Scheme, trainees: tuple[Trainee, ...]) -> None:
    """Finish the course for them, every check at 90 percent."""
    with scheme.database() as session:
        stage = _stage(session, scheme.app)
        for one in trainees:
            stage.learn(stage.person(address_of(one.account), one.name, "ar"), 1.0, 90, 3)
        session.commit()
