"""What people press in the browser to run a scheme of training: one function a step, found by address, name and role."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import xlsxwriter
from pypdf import PdfReader

from coplearn.cohorts.outcomes.rules.teaching import rubric_of
from coplearn.kernel.clock import utcnow
from tests.journeys.browser import Visitor, until
from tests.journeys.learner import PRIMARY, fill_account
from tests.journeys.scheme import COUNTRY, TRAINEES, UNSAFE, ZONE, Scheme, address_of
from tests.journeys.site import the_course
from tests.journeys.walk import Quick

SAVE = "main form.stack .button--primary"


# ── Opening a cohort, and who works in it ──


def open_cohort(visitor: Visitor, title: str, kind: str, audience: str, language: str, **numbers: int) -> str:
    """Fill in the form of a new cohort; its public id."""
    visitor.open("cohorts/")
    visitor.press("main a[href$='/cohorts/new']")
    page = visitor.page
    page.fill("[name=title]", title)
    page.check(f"[name=kind][value={kind}]")
    page.select_option("[name=audience]", audience)
    page.select_option("[name=country]", COUNTRY)
    page.select_option("[name=time_zone]", ZONE)
    page.check(f"[name=languages][value={language}]")
    page.check(f"[name=course_ids][value={the_course().id}]")
    page.locator("main details.more summary").click()
    for name, value in numbers.items():
        page.fill(f"[name={name}]", str(value))
    visitor.press(SAVE)
    assert page.locator(".toast--done").is_visible()
    return visitor.path.split("/")[3]


def name_staff(visitor: Visitor, cohort: str, account: str, role: str) -> None:
    """Ask somebody to work in it."""
    visitor.open(f"cohorts/{cohort}/staff")
    visitor.page.fill("[name=email]", address_of(account))
    visitor.page.select_option("[name=role]", role)
    visitor.press(SAVE)
    assert visitor.page.locator("main .rows").get_by_text(address_of(account)).is_visible()


def agree_to_work(visitor: Visitor) -> None:
    """Say yes to what one was asked, from the list of one's cohorts."""
    visitor.open("cohorts/")
    visitor.press("main a[href*='/asked/']")
    visitor.press("button[name=answer][value=yes]")
    assert visitor.page.locator(".toast--done").is_visible()


def move_on(visitor: Visitor, cohort: str, state: str) -> None:
    """Press the cohort's next step."""
    visitor.open(f"cohorts/{cohort}/")
    visitor.press(f"button[name=state][value={state}]")


# ── Joining ──


def arabic_roster(folder: Path) -> Path:
    """A workbook from right to left, with Arabic headings and digits, a person without mail, and one bad line."""
    path = folder / "قائمة المشاركين.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("المشاركون")
    sheet.right_to_left()
    sheet.write_row(0, 0, ("الدورة التدريبية ٢٠٢٦",))
    sheet.write_row(1, 0, ("الاسم الكامل", "البريد الإلكتروني", "المدرسة"))
    listed = [one for one in TRAINEES if one.way != "code"]
    for row, one in enumerate(listed, 2):
        mail = "" if one.way == "card" else address_of(one.account)
        sheet.write_row(row, 0, (one.name, mail, f"مدرسة رقم {'٠١٢٣٤٥٦٧٨٩'[row]}"))
    sheet.write_row(len(listed) + 2, 0, ("وسيم الحداد", "wassim at example", "مدرسة رقم ٩"))
    book.close()
    return path


def bring_in(visitor: Visitor, cohort: str, roster: Path) -> None:
    """Upload a list, read what it would change, and bring it in."""
    visitor.open(f"cohorts/{cohort}/people")
    visitor.press("main a[href$='/people/roster']")
    visitor.page.locator("[name=file]").set_input_files(roster)
    visitor.press(SAVE)
    # A workbook is read by the machine; the page shows what it found as soon as it has.
    visitor.page.wait_for_selector("[name=do][value=take]")
    assert stats(visitor) == [7, 0, 0, 1]
    refused = visitor.page.locator("[aria-labelledby=faults-title] tbody tr")
    assert refused.count() == 1
    assert "wassim at example" in refused.inner_text()
    visitor.press("button[name=do][value=take]")
    assert stats(visitor) == [7, 0, 0, 1]


def stats(visitor: Visitor) -> list[int]:
    """The large numbers of the open page, whatever digits they are written with."""
    return [int(text) for text in visitor.page.locator(".stat__value").all_inner_texts()]


def make_code(visitor: Visitor, cohort: str, *, look: bool) -> str:
    """Let people join by a code without an end, after a ``look`` at each or at once; the code."""
    visitor.open(f"cohorts/{cohort}/people")
    visitor.page.set_checked("form[action$='/joining'] [name=approval]", look)
    visitor.press("form[action$='/joining'] button[name=do][value=open]")
    return visitor.page.locator(".join-code").inner_text()


def print_card(visitor: Visitor, cohort: str) -> str:
    """Print the cards of people without mail; the code on the one there is."""
    quick = Quick(visitor.site, visitor.context.request, visitor.lang)
    pdf = PdfReader(io.BytesIO(quick.send(f"cohorts/{cohort}/people/cards", {"part": ["1"]}).body()))
    found: list[str] = re.findall(r"\b[2-9A-Z]{5}-[2-9A-Z]{5}\b", "\n".join(page.extract_text() for page in pdf.pages))
    assert len(set(found)) == 1, found
    return found[0]


def join_by_code(visitor: Visitor, code: str) -> None:
    """Type a code from a wall or a card, and join."""
    visitor.open("cohorts/join")
    visitor.page.fill("[name=code]", code.lower())
    visitor.press(SAVE)
    take_place(visitor)


def take_place(visitor: Visitor) -> None:
    """The one press on the page of a place."""
    visitor.press(PRIMARY)
    assert visitor.page.locator(".toast--done").is_visible()


def let_in(visitor: Visitor, cohort: str) -> None:
    """Let in the one person who waits."""
    visitor.open(f"cohorts/{cohort}/people?state=waiting")
    visitor.press("form[action$='/approve'] button")


def accept_as_newcomer(visitor: Visitor, letter: str, account: str) -> None:
    """From the letter: make an account, open the link in the mail, and be back at the invitation."""
    visitor.open(letter)
    visitor.press("main a[href*='/sign-up']")
    fill_account(visitor, address_of(account))
    visitor.open(visitor.site.link_to(address_of(account)))
    assert visitor.path in letter, visitor.path
    take_place(visitor)


# ── Meetings, and four ways to mark who was there ──


def plan_days(visitor: Visitor, cohort: str, first: date, count: int) -> None:
    """Plan the same hours on several days in a row."""
    visitor.open(f"cohorts/{cohort}/meetings")
    visitor.press("main a[href$='/meetings/days']")
    page = visitor.page
    page.fill("[name=title]", "يوم")
    page.fill("[name=day]", first.isoformat())
    page.fill("[name=count]", str(count))
    page.fill("[name=begins]", "09:00")
    page.fill("[name=ends]", "16:00")
    visitor.press(SAVE)


def plan_now(visitor: Visitor, cohort: str) -> None:
    """Plan a meeting of five minutes that has just ended: its door is open, and reports count it as held."""
    now = utcnow().astimezone(ZoneInfo(ZONE)).replace(second=0, microsecond=0)
    start = now - timedelta(minutes=5)
    visitor.open(f"cohorts/{cohort}/meetings")
    visitor.press("main a[href$='/meetings/new']")
    page = visitor.page
    page.fill("[name=title]", "Today")
    page.fill("[name=day]", start.date().isoformat())
    page.fill("[name=begins]", f"{start:%H:%M}")
    page.fill("[name=ends]", f"{now:%H:%M}")
    visitor.press(SAVE)


def meetings_of(visitor: Visitor, cohort: str) -> list[str]:
    """The meetings with a register, by public id, oldest first."""
    visitor.open(f"cohorts/{cohort}/meetings")
    links = visitor.page.locator(".meeting__deeds a[href$='/register']").all()
    return [str(link.get_attribute("href")).split("/")[-2] for link in links]


def tap(visitor: Visitor, name: str, status: str) -> None:
    """Mark somebody by thumb."""
    visitor.page.locator(".register__row", has_text=name).locator(f".tick--{status}").click()


def open_register(visitor: Visitor, cohort: str, meeting: str, query: str = "") -> None:
    """Open a register and wait until it marks by itself."""
    visitor.open(f"cohorts/{cohort}/meetings/{meeting}/register{query}")
    visitor.page.wait_for_selector("html[data-register='ready']")


def enter_paper(scheme: Scheme, visitor: Visitor, cohort: str, meeting: str, absent: str, people: int) -> None:
    """Enter a paper register afterwards: who was not there, and everyone else present."""
    open_register(visitor, cohort, meeting, "?via=paper")
    tap(visitor, absent, "absent")
    visitor.page.locator("#rest").click()
    until(visitor.page, lambda: len(scheme.marks(meeting)) == people, "the paper register is in")


def mark_without_network(scheme: Scheme, visitor: Visitor, cohort: str, meeting: str) -> None:
    """Mark three with network and five while it is cut; back on line, everybody is marked exactly once."""
    page = visitor.page
    open_register(visitor, cohort, meeting)
    page.wait_for_selector("html[data-kept='yes']")
    for one in TRAINEES[:3]:
        tap(visitor, one.name, "present")
    until(page, lambda: len(scheme.marks(meeting)) == 3, "three are sent at once")
    visitor.context.set_offline(True)
    for one in TRAINEES[3:]:
        tap(visitor, one.name, "late" if one is UNSAFE else "present")
    until(page, lambda: page.locator("#outbox").get_attribute("data-count") == "5", "five wait on the device")
    page.reload()
    page.wait_for_selector("html[data-register='ready']")
    assert page.locator("#outbox").get_attribute("data-count") == "5"
    assert len(scheme.marks(meeting)) == 3
    visitor.context.set_offline(False)
    until(page, lambda: len(scheme.marks(meeting)) == 8, "five more arrive")
    until(page, lambda: page.locator("#outbox").get_attribute("data-count") == "0", "nothing waits any more")
    # The page that was asked for ahead of the worker ends in ERR_FAILED.
    offline = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED")
    visitor.watch.faults[:] = [one for one in visitor.watch.faults if not any(name in one for name in offline)]
    open_register(visitor, cohort, meeting)


def check_in(visitor: Visitor, cohort: str, projector: Visitor) -> None:
    """Type the code that the projector shows now."""
    code = projector.page.locator(".door__code").inner_text()
    visitor.open(f"cohorts/{cohort}/checkin")
    visitor.page.fill("[name=code]", code)
    visitor.press(SAVE)
    assert visitor.page.locator(".toast--done").is_visible()


def scan_card(visitor: Visitor, card: str) -> None:
    """Scan somebody's card with a telephone's camera, which opens an address, and press."""
    visitor.open(f"cohorts/card/{card.replace('-', '')}")
    visitor.press("button[name^='s-'][value=present]")


# ── Teach-backs and outcomes ──


def plan_teach_backs(visitor: Visitor, cohort: str) -> dict[str, str]:
    """Plan one for everybody; the path of each below the language, by account."""
    visitor.open(f"cohorts/{cohort}/teach-backs")
    for one in TRAINEES:
        visitor.press(f"main tr:has-text('{one.name}') a[href*='/plan/']")
        visitor.page.select_option("[name=part]", index=1)
        visitor.press(SAVE)
    found = {}
    for one in TRAINEES:
        link = visitor.page.locator("main tr", has_text=one.name).locator("a:not([href*='/plan/'])")
        found[one.account] = str(link.get_attribute("href")).split("/", 2)[2]
    return found


def fill_rubric(visitor: Visitor, *, safe: bool = True) -> None:
    """Give every row a 3; when it was not safe, a 1 to one of the rows about safety."""
    rows = rubric_of("1").rows
    unsafe = next(row.id for row in rows if row.safety)
    for row in rows:
        score = 1 if row.id == unsafe and not safe else 3
        visitor.page.check(f"[name=score-{row.id}][value='{score}']")


def sign_off(visitor: Visitor, teach_back: str, *, safe: bool = True) -> None:
    """Sign a teach-back off."""
    visitor.open(teach_back)
    fill_rubric(visitor, safe=safe)
    visitor.press("button[name=do][value=sign-off]")
    assert visitor.page.locator(".toast--done").is_visible()


def try_sign_off(visitor: Visitor, teach_back: str) -> str:
    """Sign one off although the page has no button for it, by changing the one it has; what the site answers."""
    visitor.open(teach_back)
    assert visitor.page.locator("button[value=sign-off]").count() == 0
    assert visitor.page.locator(".callout--care").is_visible()
    fill_rubric(visitor)
    visitor.page.locator("button[name=do][value=notes]").evaluate("button => { button.value = 'sign-off'; }")
    visitor.press("button[name=do]")
    return visitor.page.locator(".toast--again").inner_text()


def outcome_pages(visitor: Visitor, cohort: str) -> dict[str, str]:
    """The path of the page on which each one's outcome is decided, below the language, by account."""
    visitor.open(f"cohorts/{cohort}/outcomes")
    found = {}
    for one in TRAINEES:
        link = visitor.page.locator("main tr", has_text=one.name).locator("th a")
        found[one.account] = str(link.get_attribute("href")).split("/", 2)[2]
    return found


def decide(visitor: Visitor, outcome: str, note: str = "") -> None:
    """Decide on the open page."""
    visitor.page.check(f"[name=outcome][value={outcome}]")
    visitor.page.fill("[name=note]", note)
    visitor.press(SAVE)
    assert visitor.page.locator(".toast--done").is_visible()


def try_certify(visitor: Visitor) -> str:
    """Certify on the open page, which does not offer it, by changing a choice it has; what the site answers."""
    assert visitor.page.locator("[name=outcome][value=certified]").count() == 0
    visitor.page.locator("[name=outcome][value=completed]").evaluate("choice => { choice.value = 'certified'; }")
    visitor.page.check("[name=outcome][value=certified]")
    visitor.press(SAVE)
    return visitor.page.locator(".toast--again").inner_text()
