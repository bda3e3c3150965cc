"""What a country's people do with its programme: a declaration to its end, a series of three sessions, a course's conflicts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.meeting import Meeting
from coplearn.cohorts.series.service import fill_all_places
from coplearn.courses.overlays.contract import EditAction
from coplearn.courses.overlays.deciding import edit_text, file_name, new_overlay
from coplearn.declarations.models import Declaration, Recommendation, StatusReport
from coplearn.declarations.service import remind_keepers
from coplearn.kernel.clock import utcnow
from coplearn.storage.database import current_session
from tests.accounts.persona import mails_in
from tests.journeys.barriers import barriers, bring_axe
from tests.journeys.browser import PHONE, Visitor, new_visitor, until
from tests.journeys.conftest import Office
from tests.journeys.site import Site, said, the_course
from tests.journeys.walk import Quick
from tests.sizes import whole_only

YEAR = timedelta(days=365)
HOUR = timedelta(hours=1)
LINES = "Teach it in every school\nAnswer the helpline at night\nGive young people a seat"
MEET = "https://meet.example.org/round"
ARABIC, RUSSIAN = "ar", "ru"
"""From right to left, and the longest words."""


def here(page: Page, sentence: str) -> str:
    """An interface sentence in the language of the open page, in one line as :func:`told` gives them."""
    return " ".join(said(urlsplit(page.url).path.split("/")[1], sentence).split())


def press(page: Page, name: str) -> None:
    """Press the first button or link of that name, as its language has it, in the page's main part, and wait for the next page."""
    main, name = page.locator("main"), here(page, name)
    with page.expect_navigation():
        (
            main.get_by_role("button", name=name, exact=True).or_(main.get_by_role("link", name=name, exact=True))
        ).first.click()


def told(page: Page) -> str:
    """The words of the page's main part, in one line."""
    return " ".join(page.locator("main").inner_text().split())


@contextmanager
def kept(app: Flask) -> Iterator[Session]:
    """The site's own records, to move its clock: what is written into them is kept."""
    with app.app_context():
        yield current_session(app)
        current_session(app).commit()


def joined(chromium: Browser, site: Site, lang: str, *names: str) -> list[Visitor]:
    """People on telephones, each with an account."""
    found = []
    for name in names:
        visitor = new_visitor(chromium, site, lang, PHONE)
        Quick(site, visitor.context.request).join(f"{name}@example.org")
        found.append(visitor)
    return found


def letters_to(site: Site, name: str) -> int:
    """How many letters have left to somebody."""
    return sum(str(mail["To"]) == f"{name}@example.org" for mail in mails_in(site.instance / "mail"))


def write_and_adopt(page: Page, keeper: str) -> str:
    """Record a round table, write its text twice, fix it and say who does the third recommendation; the page of it."""
    press(page, "Record a round table")
    page.fill("#title", "Safer Internet Day")
    page.select_option("#country", "AM")
    page.fill("#place", "Yerevan")
    page.fill("#held_on", utcnow().date().isoformat())
    press(page, "Save")
    where = page.url
    page.locator("#texts a[href$='/text/en']").click()
    page.fill("#title", "Declaration on growing up online")
    page.fill("#body", "We, the young people at this table, declare:\n\nEvery child has a right to be heard.")
    page.fill("#recommendations", LINES.replace("a seat", "a chair"))
    press(page, "Save as a new version")
    page.goto(f"{where}/text/en")
    page.fill("#recommendations", LINES)
    press(page, "Save as a new version")
    page.goto(where)
    press(page, "What changed")
    assert "seat" in told(page) and "chair" in told(page)
    page.goto(where)
    press(page, "Fix the adopted text")
    page.locator("[name=languages][value=en]").check()
    page.fill("#adopted_on", utcnow().date().isoformat())
    press(page, "Fix the text")
    page.goto(where)
    page.locator(".recommendation").nth(2).get_by_role("link", name=here(page, "Who, and by when")).click()
    page.fill("#addressee", "Ministry of Youth")
    page.fill("#due_on", (utcnow().date() + YEAR).isoformat())
    page.fill("#keeper", keeper)
    press(page, "Save")
    page.goto(where)
    press(page, "Open the page to everybody")
    return where


def a_year_later(session: Session) -> None:
    """Everything that was done so far was done a year ago."""
    for one in session.scalars(select(Declaration)):
        one.held_on -= YEAR
        one.created_at -= YEAR
        for name in ("adopted_on", "adopted_at", "shown_at"):
            setattr(one, name, getattr(one, name) - YEAR)
    for line in session.scalars(select(Recommendation).where(Recommendation.due_on.is_not(None))):
        assert line.due_on is not None and line.first_due_on is not None
        line.due_on, line.first_due_on = line.due_on - YEAR, line.first_due_on - YEAR
    for report in session.scalars(select(StatusReport)):
        report.told_on, report.at = report.told_on - YEAR, report.at - YEAR


@whole_only
def test_a_year_later_everybody_reads_that_the_third_recommendation_is_done(office: Office, chromium: Browser) -> None:
    """In Arabic, from drafts to the fixed text, whose hash a reader works out; the letter of the day leads to the report; pages
    without barriers."""
    site, app, state = office
    staff, reader = (
        new_visitor(chromium, site, ARABIC, **more) for more in ({"storage_state": state}, {"size": PHONE})
    )
    (keeper,) = joined(chromium, site, ARABIC, "hasmik")
    for visitor in (staff, keeper, reader):
        bring_axe(visitor)
    staff.page.goto(f"{site.url}/{ARABIC}/programme/declarations/")
    where = write_and_adopt(staff.page, "hasmik@example.org")
    public = f"{site.url}/{ARABIC}/declarations/{where.rpartition('/')[2]}"
    reader.page.goto(public)
    third, done = reader.page.locator("#r3"), said(ARABIC, "Done")
    assert "Give young people a seat" in third.inner_text() and done not in third.inner_text()
    file = reader.page.request.get(f"{public}/en.txt").body()
    assert hashlib.sha256(file).hexdigest() in told(reader.page)
    staff.page.goto(f"{where}/text/en")
    assert here(staff.page, "It cannot be changed any more.") in told(staff.page)
    sent = letters_to(site, "hasmik")
    with kept(app) as session:
        a_year_later(session)
        assert remind_keepers(session, utcnow()) == 1
    until(staff.page, lambda: letters_to(site, "hasmik") > sent, "the letter of the day has left")
    # The letter is in the language of the account; its reader turns the page to theirs.
    report = urlsplit(site.link_to("hasmik@example.org")).path.split("/", 2)[2]
    keeper.page.goto(f"{site.url}/{ARABIC}/{report}")
    assert "Give young people a seat" in told(keeper.page)
    keeper.page.locator('label:has(input[value="done"])').click()
    keeper.page.fill("#words", "Two seats in the council.")
    press(keeper.page, "Send")
    reader.page.reload()
    for words in (done, "Two seats in the council.", "Ministry of Youth"):
        assert words in third.inner_text()
    assert hashlib.sha256(reader.page.request.get(f"{public}/en.txt").body()).hexdigest() in told(reader.page)
    staff.page.goto(where)
    for visitor in (staff, keeper, reader):
        assert visitor.page.locator("html").get_attribute("dir") == "rtl" and barriers(visitor) == [], visitor.path
    assert staff.watch.faults == keeper.watch.faults == reader.watch.faults == []
    for visitor in (staff, keeper, reader):
        visitor.context.close()


def open_series(page: Page, site: Site) -> str:
    """Open a series that everybody may read about; its public id."""
    page.goto(f"{site.url}/{RUSSIAN}/cohorts/")
    press(page, "Open a series")
    page.fill("#title", "Industry Connect")
    page.select_option("#country", "AM")
    page.select_option("#time_zone", "Asia/Yerevan")
    page.check("[name=languages][value=en]")
    page.set_checked("[name=is_public]", True)
    press(page, "Make the draft")
    return page.url.split("/cohorts/")[1].split("/")[0]


def run_series(page: Page, site: Site, series: str) -> None:
    """Be in charge of it oneself, open it to everybody, and begin."""
    page.goto(f"{site.url}/{RUSSIAN}/cohorts/{series}/staff")
    page.fill("[name=email]", "ani@example.org")
    page.select_option("[name=role]", "lead")
    page.locator("main form.stack .button--primary").click()
    page.goto(f"{site.url}/{RUSSIAN}/cohorts/")
    if page.get_by_role("link", name=here(page, "Answer the request")).count():
        press(page, "Answer the request")
        page.locator("button[name=answer][value=yes]").click()
    for state in ("open", "running"):
        page.goto(f"{site.url}/{RUSSIAN}/cohorts/{series}/")
        with page.expect_navigation():
            page.locator(f"button[name=state][value={state}]").click()


def plan(page: Page, site: Site, series: str, title: str, day: date, places: str = "") -> str:
    """Plan a session with so many places, and a waiting list where there are few; its public page."""
    page.goto(f"{site.url}/{RUSSIAN}/cohorts/{series}/meetings/new")
    page.fill("#title", title)
    page.fill("#day", day.isoformat())
    page.fill("#begins", "10:00")
    page.fill("#ends", "11:00")
    page.fill("#link", MEET)
    press(page, "Plan it")
    page.goto(f"{site.url}/{RUSSIAN}/series/{series}")
    page.get_by_role("link", name=title).click()
    page.wait_for_url("**/series/*/*")
    public = page.url
    page.goto(f"{public}/run")
    page.fill("#capacity", places)
    page.set_checked("#waiting_list", bool(places))
    page.locator("#setup").get_by_role("button", name=here(page, "Save")).click()
    page.locator(".toast--done").wait_for()
    return public


def register(visitor: Visitor, public: str, organisation: str, sector: str) -> str:
    """Register on a telephone; what the page says then."""
    visitor.page.goto(public)
    visitor.page.fill("#name", organisation.split()[0])
    visitor.page.fill("#organisation", organisation)
    visitor.page.select_option("#sector", sector)
    with visitor.page.expect_navigation():
        visitor.page.locator("form[action$='/register'] button").click()
    return told(visitor.page)


@whole_only
def test_three_sessions_are_held_and_a_free_place_goes_to_who_is_first_in_line(
    office: Office, chromium: Browser
) -> None:
    """In Russian: the one in line is told by a letter; what was held stands among the country's activities, each with its people;
    pages without barriers."""
    site, app, state = office
    staff = new_visitor(chromium, site, RUSSIAN, storage_state=state)
    one, two = joined(chromium, site, RUSSIAN, "kite", "line")
    for visitor in (staff, one, two):
        bring_axe(visitor)
    page, tomorrow = staff.page, utcnow().date() + timedelta(days=2)
    series = open_series(page, site)
    sessions = [
        plan(page, site, series, title, tomorrow + timedelta(days=number), places)
        for number, (title, places) in enumerate((("Chatbots", ""), ("Social media", "1"), ("Games", "")))
    ]
    run_series(page, site, series)
    for public in sessions:
        assert MEET not in one.page.request.get(public).text()
        assert here(page, "You have a place.") in register(one, public, "Kite Games", "company")
        assert MEET in one.page.content()
    for public in (sessions[0], sessions[2]):
        register(two, public, "Family Line", "civil-society")
    assert here(page, "You are on the waiting list.") in register(two, sessions[1], "Family Line", "civil-society")
    assert MEET not in two.page.content() and barriers(two) == []
    sent = letters_to(site, "line")
    one.page.goto(sessions[1])
    press(one.page, "Give my place back")
    with kept(app) as session:
        fill_all_places(session, utcnow())
    until(page, lambda: letters_to(site, "line") > sent, "who is first in line is told")
    two.page.goto(sessions[1])
    assert MEET in two.page.content() and here(two.page, "Give my place back") in told(two.page)
    with kept(app) as session:
        now = utcnow().replace(minute=0, second=0, microsecond=0)
        ours = Meeting.public_id.in_([public.rpartition("/")[2] for public in sessions])
        for number, meeting in enumerate(session.scalars(select(Meeting).where(ours).order_by(Meeting.id)), 1):
            meeting.starts_at, meeting.ends_at = now - number * 48 * HOUR, now - number * 48 * HOUR + HOUR
    for public in sessions:
        page.goto(f"{site.url}/{RUSSIAN}/cohorts/{series}/meetings/{public.rpartition('/')[2]}/register")
        page.wait_for_selector("html[data-register='ready']")
        page.locator("#rest").click()
        page.get_by_text(here(page, "All marks are saved.")).wait_for()
        page.goto(f"{public}/run")
        page.fill("[name=notes]", "Age checks were compared.")
        page.locator("form[action$='/notes'] button").click()
        page.locator(".toast--done").wait_for()
    assert barriers(staff) == []
    page.goto(f"{sessions[0]}/run".replace(f"/{RUSSIAN}/", "/en/"))
    assert "2 people were there" in told(page)
    one.page.goto(f"{site.url}/{RUSSIAN}/series/{series}")
    _, _, held = told(one.page).partition(here(one.page, "Sessions that were held"))
    assert all(title in held for title in ("Chatbots", "Social media", "Games"))
    assert barriers(one) == []
    page.goto(f"{site.url}/{RUSSIAN}/programme/countries/AM")
    for title in ("Chatbots", "Social media", "Games"):
        assert title in told(page)
    assert barriers(staff) == []
    assert staff.watch.faults == one.watch.faults == two.watch.faults == []
    for visitor in (staff, one, two):
        visitor.context.close()


@whole_only
def test_staff_take_keep_write_anew_and_undo_what_the_course_changed(office: Office, chromium: Browser) -> None:
    """On the Arabic page, from right to left and without barriers; readers of the country see what was decided."""
    site, _, state = office
    course, lesson = the_course(), next(item for item in the_course().items.values() if item.kind == "lesson")
    blocks = [one for one in course.messages if one.context.startswith(f"{lesson.id}#b")][:3]
    folder = site.instance / "overlays" / "our-country"
    new_overlay(folder, course, "AM", ["hy"], "The team of our country")
    for number, block in enumerate(blocks):
        base, ours = f"An older text, number {number}.", f"Our own words, number {number}."
        (folder / "blocks" / file_name(block.context)).write_text(
            edit_text(EditAction.REPLACE, block.context, base, ours), encoding="utf-8"
        )
    staff = new_visitor(chromium, site, "ar", PHONE, storage_state=state)
    bring_axe(staff)
    reader = new_visitor(chromium, site)
    reader.context.add_cookies([{"name": "country", "value": "AM", "url": site.url}])
    where, page = f"{site.url}/ar/overlays/our-country", staff.page

    def waiting(number: int) -> bool:
        page.goto(where)
        return page.locator("form.conflict").count() == number

    until(page, partial(waiting, 3), "the site has seen the overlay")
    assert page.locator("html").get_attribute("dir") == "rtl" and barriers(staff) == []
    conflict = page.locator("form.conflict").first
    for text in (blocks[0].text[:60], "An older text, number 0."):
        assert text in conflict.inner_text()
    own = [one.input_value() for one in page.locator("form.conflict textarea").all()]
    named = page.locator("form.conflict h3").all_inner_texts()
    for left, (choice, words) in enumerate((("accept", ""), ("keep", ""), ("edit", "Words of today."))):
        first = page.locator("form.conflict").first
        if words:
            first.locator("textarea").fill(words)
        with page.expect_navigation():
            first.locator(f"button[value={choice}]").click()
        assert page.locator(".toast--done").is_visible()
        until(page, partial(waiting, 2 - left), "decided")

    def shown() -> str:
        reader.page.goto(f"{site.url}/en/c/{course.code}/{lesson.code}")
        return told(reader.page)

    until(page, lambda: "Words of today." in shown(), "readers of the country see what was decided")
    assert own[1] in shown() and own[0] not in shown() and own[2] not in shown()
    # Thought better of: the newest decision is undone, waits again with the text of before, and is decided anew.
    assert page.locator("section[aria-labelledby=decided] h3").all_inner_texts()[0] == named[2]
    press(page, "Undo")
    assert here(page, "Undone: your text is what it was before.") in page.locator(".toast--done").inner_text()
    until(page, partial(waiting, 1), "it waits again")
    assert page.locator("form.conflict textarea").input_value() == own[2] and barriers(staff) == []
    until(page, lambda: "Words of today." not in shown(), "readers see what the course says")
    assert own[1] in shown()
    press(page, "Keep mine as it is")
    until(page, lambda: own[2] in shown(), "readers see the text of before")
    assert staff.watch.faults == reader.watch.faults == []
    for visitor in (staff, reader):
        visitor.context.close()
