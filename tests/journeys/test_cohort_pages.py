"""Cohorts' pages and those of numbers, full of the made-up scheme: no barrier, nothing too wide, no word untranslatable."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import pytest
from flask_security import hash_password
from playwright.sync_api import Browser
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.app import create_app
from coplearn.cohorts.common.models.certification import Certification, Evaluation, TeachBack
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.models.meeting import Meeting
from coplearn.demo.scheme import fill
from coplearn.demo.stage import Stage
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.spreadsheets.encodings import ENCODINGS
from coplearn.storage.database import current_session, engine_of
from tests.accounts.persona import PASSWORD
from tests.contracts.test_pseudo import read
from tests.journeys.barriers import SMALLEST, barriers, bring_axe
from tests.journeys.browser import PHONE, Visitor, new_visitor
from tests.journeys.site import Site, locales, serving
from tests.journeys.test_pseudo_overflow import TOO_WIDE
from tests.journeys.walk import Quick
from tests.sizes import whole_only

_FROM_CLDR = re.compile(
    "|".join(
        (
            r"^.+ Time(?: \(.+\))?$|^UTC$",
            r"\b[A-Z][a-z]+day\b|\b[A-Z][a-z]+ \d{1,2}(?:, \d{4})?|\b[AP]M\b|\(GMT[+-]\d\d:\d\d\)|\u2069 and \u2068",
            *map(
                re.escape, sorted((*(locale.name for locale in locales()), *ENCODINGS.values()), key=len, reverse=True)
            ),
        )
    )
)
"""Time zones, days, hours, lists of names, and the own names of languages and encodings, which no catalog of the interface has."""
LEAD, TRAINEE, COORDINATOR, SINGAPORE = "lead", "trainee", "coordinator", "sg.lead"
EXAMINER, ADMIN, TRANSLATOR = "examiner", "admin", "learner"
"""The demo's learner translates into Arabic here."""
PAGES: Mapping[str, tuple[str, ...]] = {
    TRAINEE: (
        "cohorts/",
        "cohorts/{now}/mine",
        "cohorts/{now}/schedule",
        "cohorts/{now}/checkin",
        "cohorts/join",
        "room/",
    ),
    LEAD: (
        "",
        "work",
        "cohorts/{now}/",
        "cohorts/{now}/people",
        "cohorts/{now}/people/roster/{roster}",
        "cohorts/{now}/meetings",
        "cohorts/{now}/meetings/{meeting}/register",
        "cohorts/{now}/teach-backs",
        "cohorts/{now}/teach-backs/{teach_back}",
        "cohorts/{over}/outcomes",
        "cohorts/{over}/outcomes/{certified}",
        "cohorts/{now}/needs",
        "cohorts/{now}/letters",
        "cohorts/{now}/progress",
        "cohorts/{now}/numbers",
        "cohorts/{now}/meetings/{meeting}/votes",
        "presentations/",
        "drills/",
        "guides/",
    ),
    COORDINATOR: ("cohorts/cascade", "insights/", "insights/report"),
    ADMIN: ("", "work", "outbox", "staff/courses"),
    TRANSLATOR: ("work",),
}
"""What is looked at with the program that finds barriers, below the language."""
MORE: Mapping[str, tuple[str, ...]] = {
    LEAD: (
        "cohorts/{now}/edit",
        "cohorts/{now}/copy",
        "cohorts/{now}/staff",
        "cohorts/{now}/people/{member}",
        "cohorts/{now}/people/roster",
        "cohorts/{now}/meetings/new",
        "cohorts/{now}/meetings/days",
        "cohorts/{now}/meetings/{meeting}/door",
        "cohorts/{now}/meetings/{meeting}/history/{member}",
        "cohorts/{now}/teach-backs/plan/{member}",
        "cohorts/{over}/later",
    ),
    SINGAPORE: (
        "cohorts/{children}/meetings/{with_children}/register",
        "cohorts/{children}/meetings/{with_children}/children",
    ),
}
"""And what besides is read for words and for room."""


@dataclass(frozen=True)
class Filled:
    """The running site, and what stands in its addresses."""

    site: Site
    people: Mapping[str, Visitor]
    names: Mapping[str, str]
    data: re.Pattern[str]
    """What people typed: names, titles and addresses, which no translator gets."""

    def pages(self, *lists: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[Visitor, str]]:
        """Each page with somebody who may open it."""
        for pages in lists:
            for who, addresses in pages.items():
                for address in addresses:
                    yield self.people[who], address.format(**self.names)


@pytest.fixture(scope="module")
def filled(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """One server with the whole scheme, which answers in the made-up languages too; its name has no letters."""
    more = {"COPLEARN_PSEUDO_LOCALES": "1", "COPLEARN_SITE_NAME": "7"}
    with serving(tmp_path_factory.mktemp("filled"), more) as site:
        app = create_app(Settings(instance_path=site.instance, log_level="CRITICAL"), poll=0)
        with app.app_context():
            session = current_session(app)
            fill(Stage(session, site_of(app).library.current().courses, utcnow(), hash_password(PASSWORD)))
            grant_role(session, f"{TRANSLATOR}@example.org", Role.TRANSLATOR, "ar")
            session.commit()
            names, data = _names(session), _data(session)
            engine_of(app).dispose()
        people = {}
        for who in (*PAGES, SINGAPORE, EXAMINER):
            people[who] = new_visitor(chromium, site, size=SMALLEST, reduced_motion="reduce")
            Quick(site, people[who].context.request).sign_in(f"{who}@example.org")
            bring_axe(people[who])
        # The first look at a language takes its catalogs in, which is not what is tried here.
        people[TRANSLATOR].context.request.get(f"{site.url}/en/translate/ar/", timeout=60_000)
        names["roster"] = _upload(people[LEAD], names["now"])
        yield Filled(site, people, names, data)
        for visitor in people.values():
            visitor.context.close()


def _upload(lead: Visitor, cohort: str) -> str:
    """Upload a list with a good line and a bad one, which is looked at and not brought in; its id."""
    lead.open(f"cohorts/{cohort}/people/roster")
    raw = "الاسم;البريد الإلكتروني\nليلى;laila@example.org\nسامي;sami@@\n".encode()
    lead.page.locator("[name=file]").set_input_files({"name": "٧.csv", "mimeType": "text/csv", "buffer": raw})
    lead.press("main form.stack .button--primary")
    return lead.path.rpartition("/")[2]


def _names(session: Session) -> dict[str, str]:
    now, over, children = (
        session.scalars(select(Cohort).where(Cohort.title == title)).one()
        for title in ("الدار البيضاء، الخريف", "الرباط، الربيع", "滨海工作坊")
    )
    member = session.scalars(select(Membership).where(Membership.cohort_id == now.id).order_by(Membership.id)).first()
    certified = session.scalars(
        select(Membership)
        .join(Certification, Certification.membership_id == Membership.id)
        .where(Membership.cohort_id == over.id, Certification.outcome == "certified")
    ).first()
    taught = session.scalars(
        select(TeachBack)
        .join(Membership, Membership.id == TeachBack.membership_id)
        .join(Evaluation, Evaluation.teach_back_id == TeachBack.id)
        .where(Membership.cohort_id == now.id)
    ).first()
    assert member and certified and taught
    held = [
        session.scalars(select(Meeting).where(Meeting.cohort_id == one.id).order_by(Meeting.starts_at)).first()
        for one in (now, children)
    ]
    assert held[0] and held[1]
    return {
        "now": now.public_id,
        "over": over.public_id,
        "children": children.public_id,
        "member": member.public_id,
        "certified": certified.public_id,
        "teach_back": taught.public_id,
        "meeting": held[0].public_id,
        "with_children": held[1].public_id,
    }


def _data(session: Session) -> re.Pattern[str]:
    columns = (Cohort.title, Cohort.region, Cohort.place, Membership.name, Membership.organisation, Meeting.title)
    typed = {text or "" for column in (*columns, User.name, User.email) for text in session.scalars(select(column))}
    worded = sorted((text for text in typed if re.search(r"[^\W\d_]", text)), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, worded)))


@pytest.mark.parametrize("lang", ["en", "ar"])
@whole_only
def test_cohort_pages_have_no_barrier(filled: Filled, lang: str) -> None:
    """At 320 px, in English light and dark, as a trainee, a lead trainer and a coordinator."""
    assert _faults(lang, filled.pages(PAGES)) == []


@pytest.mark.parametrize(("turn", "lang"), [(0, "en"), (1, "ar")])
@pytest.mark.whole
def test_each_cohort_page_has_no_barrier_in_one_language(filled: Filled, turn: int, lang: str) -> None:
    """The same of every page in one of the two, by turns."""
    assert _faults(lang, islice(filled.pages(PAGES), turn, None, 2)) == []


def _faults(lang: str, pages: Iterable[tuple[Visitor, str]]) -> list[str]:
    found = []
    for visitor, address in pages:
        visitor.lang = lang
        assert visitor.open(address) == 200, address
        found += [f"{address}: {one}" for one in barriers(visitor, dark=lang == "en")]
    return found


@pytest.mark.parametrize("lang", ["xa", "xb"])
@pytest.mark.whole
def test_cohort_pages_have_room_for_longer_words(filled: Filled, lang: str) -> None:
    """On the smallest phone, in a long language and in one from right to left, nothing is wider than the page or cut."""
    found = {}
    for visitor, address in filled.pages(PAGES, MORE):
        answer = visitor.page.goto(f"{filled.site.url}/{lang}/{address}")
        assert answer is not None and answer.status == 200, address
        told = visitor.page.evaluate(TOO_WIDE)
        if told:
            found[address] = told[:4]
    assert found == {}


@pytest.mark.whole
def test_cohort_pages_say_what_translators_were_given(filled: Filled) -> None:
    """In the made-up language all words stand between its marks, but for what people typed and for names of places."""
    found: dict[str, list[str]] = {}
    for visitor, address in filled.pages(PAGES, MORE):
        answer = visitor.context.request.get(f"{filled.site.url}/xa/{address}")
        assert answer.status == 200, address
        reader = read(filled.data.sub("", answer.text()))
        for told in (*reader.unmarked, *(f"glued: {one}" for one in reader.glued)):
            if re.search(r"[^\W\d_]{2,}", _FROM_CLDR.sub("", told)):
                found.setdefault(told, []).append(address)
    assert {told: where[:2] for told, where in found.items()} == {}


WAYS = [
    (TRANSLATOR, ".today a[href$='/translate/']", ".language-card .button", r"/translate/ar/[a-z-]+/"),
    (TRANSLATOR, ".top a[href$='/work']", "main a[href$='/translate/']", r"/translate/ar/$"),
    (LEAD, ".today a[href*='/cohorts/'][href$='/needs']", None, r"/needs$"),
    (LEAD, ".today .card__title a", "a[href$='/meetings']", r"/meetings$"),
    (EXAMINER, ".today a[href$='/teach-backs']", "main a[href*='/teach-backs/']", r"/teach-backs/"),
    (COORDINATOR, ".today a[href$='/insights/']", "a[href*='/insights/report']", r"/insights/report"),
    (ADMIN, ".today a[href$='/outbox']", None, r"/outbox$"),
    (ADMIN, ".top a[href$='/work']", "main a[href$='/translate/languages']", r"/translate/languages$"),
    (ADMIN, ".top a[href$='/work']", "main a[href$='/staff/courses']", r"/staff/courses$"),
]


@pytest.mark.parametrize(("who", "first", "second", "place"), WAYS)
@pytest.mark.whole
def test_staff_find_their_work_in_two_presses(
    filled: Filled, who: str, first: str, second: str | None, place: str
) -> None:
    """From the start page in Arabic on a phone, each role in its own way."""
    page = filled.people[who].page
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.goto(f"{filled.site.url}/ar/")
    for press in (first, second):
        if press is not None:
            page.locator(press).first.click()
            page.wait_for_load_state()
    assert re.search(place, page.url), page.url
    assert page.locator("h1").count() == 1
    page.set_viewport_size({"width": SMALLEST[0], "height": SMALLEST[1]})
