"""A whole scheme of training, from a list in Arabic to the country's report, each person in a browser of their own.

Nobody can wait three days, and the site's clock is not set: the first two days are planned for the day before yesterday
and yesterday, as somebody does who enters them afterwards, and the third is a meeting of five minutes that has just
ended, so that its door is still open and reports count it as held. The course has more than forty steps: one trainee
does the first two in the browser, and the rest is answered through the verb behind the page.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from coplearn.spreadsheets.workbooks import write_tables
from tests.journeys import cohort_steps as steps
from tests.journeys.browser import DESKTOP, PHONE, Visitor, new_visitor, until
from tests.journeys.learner import do_item, open_item
from tests.journeys.scheme import (
    AWAY,
    CARD,
    CERTIFIED,
    COORDINATOR,
    FIRST,
    FREE,
    LEAD,
    NEWCOMER,
    PARENTS,
    TIED,
    TRAINEES,
    UNSAFE,
    ZONE,
    Scheme,
    begin,
    learn,
)
from tests.journeys.site import Site, the_course

pytestmark = pytest.mark.whole

NEXT_TIME = "شكراً. نلتقي في الدورة القادمة."
Cells = list[int]
Grids = list[tuple[list[Cells], Cells]]
"""The tables of a report: the rows without their names, in no order of their own, and the last line."""
# Trained, completed, certified, taken back, cohorts, meetings. Four of five parents came: a coordinator may see these people,
# so the report "for us" counts them truly, however few they are.
ALL: Cells = [12, 7, 6, 0, 2, 4]
TRAINERS: Cells = [8, 7, 6, 0, 1, 3]
FAMILIES: Cells = [4, 0, 0, 0, 1, 1]


@pytest.fixture
def scheme(site: Site, chromium: Browser) -> Iterator[Scheme]:
    """The people, before anybody has opened a cohort."""
    begun = begin(site, chromium)
    yield begun
    begun.close()


def test_a_scheme_from_an_arabic_list_to_the_report(scheme: Scheme, tmp_path: Path) -> None:
    """Eight are trained in three days, six are certified, one of them trains parents, and the report says exactly that."""
    coordinator, lead = scheme.meet(COORDINATOR, "ar"), scheme.meet(LEAD, "en")
    cohort = steps.open_cohort(
        coordinator, "تونس، الخريف", "training-of-trainers", "educators", "ar", teach_backs=1, threshold=60
    )
    for account, role in ((LEAD, "lead"), (TIED, "examiner"), (FREE, "examiner")):
        steps.name_staff(coordinator, cohort, account, role)
        steps.agree_to_work(scheme.meet(account, "fr" if account == FREE else "en"))
    steps.bring_in(coordinator, cohort, steps.arabic_roster(tmp_path))
    steps.move_on(coordinator, cohort, "open")
    card = _come_in(scheme, coordinator, cohort)
    _do_the_course(scheme)
    steps.move_on(lead, cohort, "running")
    _meet_three_days(scheme, lead, cohort, card)
    _teach(scheme, lead, cohort)
    number = _decide(scheme, lead, cohort)
    _check_as_stranger(scheme, number)
    _train_parents(scheme)
    _read_report(scheme, coordinator, tmp_path)


def _come_in(scheme: Scheme, coordinator: Visitor, cohort: str) -> str:
    """Six by their letters, one by the card, one by the code; the card's code."""
    coordinator.open(f"cohorts/{cohort}/people")
    coordinator.press("form[action$='/people/invite'] button")
    card, code = steps.print_card(coordinator, cohort), steps.make_code(coordinator, cohort, look=True)
    for one in TRAINEES:
        visitor = scheme.trainee(one)
        if one.way in {"card", "code"}:
            steps.join_by_code(visitor, card if one.way == "card" else code)
            continue
        letter = scheme.letter_to(one.account, "/invitation/")
        if one is NEWCOMER:
            steps.accept_as_newcomer(visitor, letter, one.account)
        else:
            visitor.open(letter)
            steps.take_place(visitor)
    steps.let_in(coordinator, cohort)
    coordinator.open(f"cohorts/{cohort}/people")
    assert steps.stats(coordinator)[:2] == [8, 0]
    return card


def _do_the_course(scheme: Scheme) -> None:
    """The newcomer begins on a telephone; then everybody finishes."""
    visitor = scheme.trainee(NEWCOMER)
    first, second, *_ = the_course().items.values()
    open_item(visitor, first)
    do_item(visitor, first)
    open_item(visitor, second)
    do_item(visitor, second)
    learn(scheme, TRAINEES)


def _meet_three_days(scheme: Scheme, lead: Visitor, cohort: str, card: str) -> None:
    """On paper, with the network cut, and at the door and by card; one trainee misses two of the three."""
    steps.plan_days(lead, cohort, scheme.today - timedelta(days=2), 2)
    steps.plan_now(lead, cohort)
    first, second, third = steps.meetings_of(lead, cohort)
    steps.enter_paper(scheme, lead, cohort, first, AWAY.name, len(TRAINEES))
    assert scheme.marks(first) == [("paper", "absent")] + [("paper", "present")] * 7
    steps.mark_without_network(scheme, lead, cohort, second)
    assert scheme.marks(second) == [("offline", "late")] + [("offline", "present")] * 4 + [("register", "present")] * 3
    lead.open(f"cohorts/{cohort}/meetings/{third}/door")
    for one in TRAINEES:
        if one not in (AWAY, CARD):
            steps.check_in(scheme.trainee(one), cohort, lead)
    steps.scan_card(lead, card)
    steps.open_register(lead, cohort, third)
    steps.tap(lead, AWAY.name, "absent")
    until(lead.page, lambda: len(scheme.marks(third)) == 8, "all are marked")
    found = scheme.marks(third)
    assert found == [("card", "present")] + [("checkin", "present")] * 6 + [("register", "absent")]


def _teach(scheme: Scheme, lead: Visitor, cohort: str) -> None:
    """The examiner who once trained the first trainee is refused for her alone, and told who can sign off."""
    tied, free = scheme.meet(TIED, "en"), scheme.meet(FREE, "fr")
    planned = steps.plan_teach_backs(lead, cohort)
    assert "Claire" in steps.try_sign_off(tied, planned[FIRST.account])
    steps.sign_off(free, planned[FIRST.account])
    steps.sign_off(tied, planned[TRAINEES[1].account])
    for one in TRAINEES[2:]:
        steps.sign_off(free, planned[one.account], safe=one is not UNSAFE)


def _decide(scheme: Scheme, lead: Visitor, cohort: str) -> str:
    """Six are certified and two are not, whatever is pressed; the first one's number."""
    pages = steps.outcome_pages(lead, cohort)
    for one in CERTIFIED:
        lead.open(pages[one.account])
        steps.decide(lead, "certified")
    for one, outcome in ((AWAY, "completed"), (UNSAFE, "repeat")):
        lead.open(pages[one.account])
        assert one.name in steps.try_certify(lead)
        lead.open(pages[one.account])
        steps.decide(lead, outcome, NEXT_TIME)
    lead.open(f"cohorts/{cohort}/outcomes")
    assert steps.stats(lead) == [6, 1, 1, 0]
    trainee = scheme.trainee(FIRST)
    trainee.open(f"cohorts/{cohort}/mine")
    address = trainee.page.locator("main a[href*='/check/']").get_attribute("href")
    other = scheme.trainee(UNSAFE)
    other.open(f"cohorts/{cohort}/mine")
    assert other.page.get_by_text(NEXT_TIME).is_visible()
    assert other.page.locator("main a[href*='/check/']").count() == 0
    return str(address).rpartition("/")[2]


def _check_as_stranger(scheme: Scheme, number: str) -> None:
    """Somebody who knows nobody types the number."""
    stranger = new_visitor(scheme.chromium, scheme.site, "fr", PHONE)
    assert stranger.open(f"check/{number}") == 200
    assert FIRST.name in stranger.page.locator("main").inner_text()
    stranger.context.close()


def _train_parents(scheme: Scheme) -> None:
    """A certified trainer opens a cohort of parents in Spanish; five join by a code, and four of them come."""
    state = scheme.trainee(FIRST).context.storage_state()
    trainer = new_visitor(scheme.chromium, scheme.site, "es", DESKTOP, storage_state=state)
    scheme.people["trainer"] = trainer
    cohort = steps.open_cohort(trainer, "Familias", "audience-training", "parents", "es", teach_backs=0)
    steps.move_on(trainer, cohort, "open")
    code = steps.make_code(trainer, cohort, look=False)
    for account in PARENTS:
        steps.join_by_code(scheme.meet(account, "es", PHONE), code)
    steps.move_on(trainer, cohort, "running")
    steps.plan_now(trainer, cohort)
    (meeting,) = steps.meetings_of(trainer, cohort)
    steps.open_register(trainer, cohort, meeting)
    steps.tap(trainer, PARENTS[0].title(), "absent")
    trainer.page.locator("#rest").click()
    until(trainer.page, lambda: len(scheme.marks(meeting)) == 5, "the parents are marked")


# ── The report ──


def _read_report(scheme: Scheme, coordinator: Visitor, folder: Path) -> None:
    """The coordinator asks for these days; the page, the table and the workbook say the same."""
    coordinator.open("cohorts/")
    coordinator.press("main a[href$='/insights/']")
    coordinator.press("main a[href*='/insights/report']")
    page = coordinator.page
    page.fill("[name=from]", (scheme.today - timedelta(days=2)).isoformat())
    page.fill("[name=to]", (scheme.today + timedelta(days=1)).isoformat())
    page.select_option("[name=zone]", ZONE)
    coordinator.press("main form.ask .button--primary")
    by_country, by_each = _grid([ALL], ALL), _grid([TRAINERS, FAMILIES], ALL)
    assert _shown(coordinator) == [by_country, by_each, by_each, by_each, by_each]
    files = {}
    for end in ("csv", "xlsx"):
        address = page.locator(f"main a[href*='report.{end}']").get_attribute("href")
        answer = coordinator.context.request.get(f"{scheme.site.url}{address}")
        assert answer.status == 200
        files[end] = answer.body()
    lines = [list(line[2:6]) for line in csv.reader(io.StringIO(files["csv"].decode("utf-8-sig")))][1:]
    assert _of_csv(lines) == _shown(coordinator)
    assert _of_workbook(files["xlsx"], folder) == _shown(coordinator)


def _number(text: str) -> int:
    """A cell as a number, whatever its digits."""
    return int(text)


def _grid(rows: list[Cells], total: Cells) -> tuple[list[Cells], Cells]:
    return sorted(rows, key=str), total


def _shown(visitor: Visitor) -> Grids:
    found = []
    for section in visitor.page.locator(".by-figures").all():
        rows = [
            [_number(cell) for cell in row.locator("td").all_inner_texts()]
            for row in section.locator(".table tbody tr").all()
        ]
        found.append(_grid(rows[:-1], rows[-1]))
    return found


def _of_csv(lines: list[list[str]]) -> Grids:
    """From lines of table, row, figure, number; the first row of a table is all together."""
    tables: dict[str, dict[str, Cells]] = {}
    for table, row, _figure, number in lines:
        tables.setdefault(table, {}).setdefault(row, []).append(_number(number))
    found = []
    for rows in tables.values():
        total, *others = rows.values()
        found.append(_grid(others, total))
    return found


def _of_workbook(raw: bytes, folder: Path) -> Grids:
    """From the first sheet, read by our own reader of lists."""
    with zipfile.ZipFile(io.BytesIO(raw)) as book:
        assert b'rightToLeft="1"' in book.read("xl/worksheets/sheet1.xml")
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    source, table = folder / "report.xlsx", folder / "report.txt"
    source.write_bytes(raw)
    write_tables(source, [table])
    found: Grids = []
    rows: list[Cells] = []
    for line in [*csv.reader(io.StringIO(table.read_text("utf-8"))), []]:
        cells = [cell for cell in line[1:] if cell]
        try:
            rows.append([_number(cell) for cell in cells]) if len(cells) == len(ALL) else _end(found, rows)
        except ValueError:
            continue  # the headings of a table
    return found


def _end(found: Grids, rows: list[Cells]) -> None:
    if rows:
        found.append(_grid(rows[:-1], rows[-1]))
        rows.clear()
