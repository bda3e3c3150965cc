"""The pages of meetings and registers, as somebody without scripts uses them, and what they ask of the database."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import func, insert, select, update
from werkzeug.test import TestResponse

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.cohort import CohortStaff, Membership
from coplearn.cohorts.common.models.meeting import Attendance, ChildrenCount, Mark, Meeting
from coplearn.cohorts.meetings.documents import RegisterPerson, RegisterText, typeset_register
from coplearn.cohorts.meetings.presenters.attendance import script_order
from coplearn.cohorts.meetings.rules.marking import door_code
from coplearn.kernel.clock import utcnow
from coplearn.storage.database import current_session
from tests.cohorts.worlds import put_cohort, put_meeting, put_member, put_staff, signed_in_client
from tests.counting import counted


@dataclass
class RegisterSite:
    """A trainer's browser, a trainee's, and the addresses of a meeting that has just begun."""

    app: Flask
    trainer: FlaskClient
    trainee: FlaskClient
    cohort: str
    meeting: str
    members: list[str]

    @property
    def register(self) -> str:
        """The register's address."""
        return f"/en/cohorts/{self.cohort}/meetings/{self.meeting}/register"

    def post(self, address: str, form: Mapping[str, str], client: FlaskClient | None = None) -> TestResponse:
        """Send a form with a good token."""
        client = client or self.trainer
        token = client.get("/en/help").text.partition('name="csrf_token" value="')[2].partition('"')[0]
        return client.post(address, data={"csrf_token": token, **form})

    def statuses(self) -> list[tuple[str, str]]:
        """(name, status) of everybody who is marked."""
        with self.app.app_context():
            rows = current_session(self.app).execute(
                select(Membership.name, Attendance.status)
                .join(Membership, Membership.id == Attendance.membership_id)
                .order_by(Membership.name)
            )
            return [(row[0], row[1]) for row in rows]


@pytest.fixture
def site(app: Flask) -> RegisterSite:
    """Forty-one people in a meeting that began a few minutes ago."""
    with app.app_context():
        session, now = current_session(app), utcnow()
        cohort = put_cohort(session, threshold=80)
        meeting = put_meeting(session, cohort, now - timedelta(minutes=3))
        put_staff(session, cohort, "trainer@example.org", "trainer")
        members = [put_member(session, cohort, "anna@example.org", name="Anna", locale="ar")]
        members += [put_member(session, cohort, None, name=f"Person {number:02}") for number in range(40)]
        session.commit()
        keys = {user.email: user.fs_uniquifier for user in session.scalars(select(User))}
        ids = [one.public_id for one in members]
        names = cohort.public_id, meeting.public_id
    trainer = signed_in_client(app, keys["trainer@example.org"])
    return RegisterSite(app, trainer, signed_in_client(app, keys["anna@example.org"]), *names, ids)


def page_form(page: str) -> dict[str, str]:
    """The hidden fields of the register's form."""
    form = page.partition('id="register"')[2].partition("</form>")[0]
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)) | {"via": "register"}


def test_page_of_forty_is_saved_in_few_statements(site: RegisterSite) -> None:
    """A whole page, from the cookie to the answer, and four for the audit log; the same press again changes nothing."""
    shown = page_form(site.trainer.get(site.register).text)
    assert sum(name.startswith("w-") for name in shown) == 40
    site.trainer.get("/en/help")
    with counted(site.app) as statements:
        answer = site.trainer.post(site.register, data={**shown, "rest": "present"})
    assert answer.status_code == 303
    assert len(statements) <= 8 + 4, statements
    site.trainer.post(site.register, data={**shown, "rest": "present"})
    with site.app.app_context():
        assert current_session(site.app).scalar(select(func.count()).select_from(Mark)) == 40
    assert "40 of 41 marked" in site.trainer.get(site.register).text


def test_register_without_scripts_changes_only_what_was_chosen(site: RegisterSite) -> None:
    """One is late, one is corrected, and who was not touched has no mark."""
    shown = page_form(site.trainer.get(site.register).text)
    site.trainer.post(site.register, data={**shown, f"s-{site.members[0]}": "late"})
    shown = page_form(site.trainer.get(site.register).text)
    assert shown[f"w-{site.members[0]}"] == "1:late"
    site.trainer.post(
        site.register, data={**shown, f"s-{site.members[0]}": "excused", f"s-{site.members[3]}": "absent"}
    )
    assert site.statuses() == [("Anna", "excused"), ("Person 02", "absent")]
    history = site.trainer.get(site.register.replace("/register", f"/history/{site.members[0]}")).text
    assert history.index("Excused") < history.index("Late")


def test_register_of_ten_thousand_asks_no_more_than_one_of_forty(site: RegisterSite) -> None:
    """Paged by key: the same handful of statements whatever the size of the cohort."""
    site.trainer.get(site.register)
    with counted(site.app) as few:
        site.trainer.get(site.register)
    with site.app.app_context():
        session = current_session(site.app)
        some = session.scalars(select(Membership)).first()
        assert some is not None
        columns = {
            column.name: getattr(some, column.name) for column in Membership.__table__.columns if column.name != "id"
        }
        rows = [
            columns
            | {
                "public_id": f"p{n}",
                "key": f"k{n}",
                "name": f"Z {n}",
                "user_id": None,
                "email": None,
                "calendar_token": None,
            }
            for n in range(2_000)
        ]
        session.execute(insert(Membership), rows)
        session.commit()
    with counted(site.app) as many:
        page = site.trainer.get(site.register).text
    assert abs(len(many) - len(few)) <= 1  # the catalogs are looked for every two seconds
    assert len(many) <= 8
    assert page.count('class="register__row"') == 40
    for role in ("trainer", "lead"):
        with site.app.app_context():
            current_session(site.app).execute(update(CohortStaff).values(role=role))
            current_session(site.app).commit()
        counts = _statements_of_pages(site)
        assert len(counts) >= 12, counts
        assert {address: count for address, count in counts.items() if count > 12} == {}, role


def _statements_of_pages(site: RegisterSite) -> dict[str, int]:
    """The number of statements of each page of the cohort that its staff may open, by address."""
    counts = {}
    for rule in site.app.url_map.iter_rules():
        if rule.rule.startswith("/<lang:lang>/cohorts/<cohort_id>/") and rule.arguments == {"lang", "cohort_id"}:
            address = rule.rule.replace("<lang:lang>", "en").replace("<cohort_id>", site.cohort)
            # That it is read is written down at the first look, once an hour.
            if "GET" in (rule.methods or ()) and site.trainer.get(address).mimetype == "text/html":
                with counted(site.app) as sent:
                    if site.trainer.get(address).status_code == 200:
                        counts[address] = len(sent)
    return counts


def test_marks_of_a_device_are_refused_when_they_are_no_marks(site: RegisterSite) -> None:
    """Anything that no page of ours sends is 400 and changes nothing."""
    token = page_form(site.trainer.get(site.register).text)["csrf_token"]
    good = {
        "op": "o1",
        "member": site.members[0],
        "status": "late",
        "rev": 0,
        "made": 1_790_000_000_000,
        "via": "offline",
        "after": "",
    }
    address, headers = site.register.replace("/register", "/marks"), {"X-CSRFToken": token}
    wrong = [("rev", -1), ("rev", True), ("rev", "0"), ("via", "checkin"), ("op", "x" * 65), ("member", 7)]
    bodies: list[object] = ["x", 1, None, [], {"marks": 1}, {"marks": [1]}]
    bodies += [{"marks": [good | {name: value}]} for name, value in wrong]
    for body in bodies:
        assert site.trainer.post(address, json=body, headers=headers).status_code == 400, body
    assert site.trainer.post(address, json={"marks": [good]}).status_code == 400
    refused = site.trainer.post(address, json={"marks": [good | {"status": "gone"}]}, headers=headers)
    assert refused.status_code == 422
    assert refused.json and refused.json["refused"]
    taken = site.trainer.post(
        address, json={"marks": [good, good | {"op": "o2", "member": "stranger"}]}, headers=headers
    )
    assert taken.json is not None
    assert (taken.json["taken"], taken.json["standings"]) == (["o1", "o2"], [[site.members[0], "late", 1]])
    assert "stranger" in taken.json["told"][0]
    assert site.statuses() == [("Anna", "late")]


def test_trainee_checks_in_with_the_code_on_the_wall(site: RegisterSite) -> None:
    """Wrong codes are counted and then refused for a while; the right one marks whoever is signed in."""
    with site.app.app_context():
        secret = current_session(site.app).scalar(select(Meeting.checkin_secret)) or ""
    address = f"/en/cohorts/{site.cohort}/checkin"
    assert site.post(address, {"code": "000"}, site.trainee).status_code == 422
    code = door_code(secret, utcnow())
    shown = site.trainer.get(site.register.replace("/register", "/door/code")).json
    assert shown is not None and shown["code"] in {code, door_code(secret, utcnow())}
    typed = code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert site.post(address, {"code": f"{typed[:3]} {typed[3:]}"}, site.trainee).status_code == 303
    assert site.statuses() == [("Anna", "present")]
    found = [site.post(address, {"code": f"{number:06}x"}, site.trainee).status_code for number in range(12)]
    assert found[0] == 422
    assert found[-1] == 429
    assert secret not in site.trainer.get(site.register.replace("/register", "/door")).text


def test_card_is_scanned_and_pressed_once(site: RegisterSite) -> None:
    """Opening the page marks nobody; the press does, and the page then has no button."""
    address = site.register.replace("/register", f"/card/{site.members[5]}")
    page = site.trainer.get(address).text
    assert site.statuses() == []
    site.post(
        address,
        {"key": "k" * 32, "via": "card", f"w-{site.members[5]}": "0:", f"s-{site.members[5]}": "present"},
    )
    assert site.statuses() == [("Person 04", "present")]
    assert "Mark as present" in page
    assert "Mark as present" not in site.trainer.get(address).text
    here = site.trainer.get(f"/en/cohorts/{site.cohort}/card/{site.members[5]}")
    assert here.headers["Location"].endswith(address)


def test_card_with_a_code_leads_the_trainer_to_the_press_and_a_stranger_to_the_seat(site: RegisterSite) -> None:
    """The same picture on the card: whoever marks here marks, everybody else may take the seat."""
    with site.app.app_context():
        session = current_session(site.app)
        member = session.scalars(select(Membership).where(Membership.name == "Person 07")).one()
        member.card_code = "AAAAABBBBB"
        session.commit()
    sent = site.trainer.get("/en/cohorts/card/AAAAABBBBB", follow_redirects=True)
    assert sent.request.path == site.register.replace("/register", "/card/AAAAABBBBB")
    assert "Mark as present" in sent.text
    assert "Mark as present" not in site.app.test_client().get("/en/cohorts/card/AAAAABBBBB").text


def test_hour_that_comes_twice_is_asked_and_then_taken(site: RegisterSite) -> None:
    """The form shows both readings, and says when an hour does not exist."""
    address = f"/en/cohorts/{site.cohort}/meetings/new"
    hours = {"title": "Day", "begins": "02:30", "ends": "06:00"}
    with site.app.app_context():
        current_session(site.app).connection().exec_driver_sql("UPDATE cohort SET time_zone = 'Europe/Berlin'")
        current_session(site.app).commit()
    gap = site.post(address, {**hours, "day": "2027-03-28"})
    assert (gap.status_code, "03:00" in gap.text) == (422, True)
    fold = site.post(address, {**hours, "day": "2027-10-31"})
    assert fold.status_code == 422
    assert "UTC+0200" in fold.text and "UTC+0100" in fold.text
    done = site.post(address, {**hours, "day": "2027-10-31", "begins_reading": "1"})
    assert done.status_code == 303
    with site.app.app_context():
        found = current_session(site.app).scalar(select(Meeting.starts_at).where(Meeting.title == "Day"))
        assert f"{found:%Y-%m-%d %H:%M}" == "2027-10-31 01:30"


def test_warning_is_shown_to_the_trainer_and_to_the_trainee(site: RegisterSite) -> None:
    """Who was away too often is named on the meetings page and told on their own."""
    with site.app.app_context():
        session = current_session(site.app)
        cohort_id, member_id = session.execute(
            select(Membership.cohort_id, Membership.id).order_by(Membership.id)
        ).first() or (0, 0)
        held = put_meeting(session, type("Row", (), {"id": cohort_id})(), utcnow() - timedelta(days=2))
        everybody = list(session.scalars(select(Membership.id)))
        for one in everybody:
            status = "absent" if one == member_id else "present"
            session.add(Attendance(meeting_id=held.id, membership_id=one, status=status, rev=1, updated_at=utcnow()))
        session.commit()
    page = site.trainer.get(f"/en/cohorts/{site.cohort}/meetings").text
    warned = page.partition('class="warned"')[2].partition("</ul>")[0]
    assert "Anna" in warned and "Person" not in warned
    assert "You can no longer reach" in site.trainee.get(f"/en/cohorts/{site.cohort}/schedule").text


def test_children_are_counted_and_nothing_else_is_kept(site: RegisterSite) -> None:
    """Four numbers; what somebody writes beside them goes nowhere."""
    with site.app.app_context():
        session = current_session(site.app)
        for meeting in session.scalars(select(Meeting)):
            meeting.with_children, meeting.safeguarding_lead, meeting.vetted_adults = True, "Rita", "Ani\nSam"
        session.commit()
    address = site.register.replace("/register", "/children")
    assert site.post(address, {"n-9-12": "14", "n-under-9": "", "names": "Maya"}).status_code == 303
    assert site.post(address, {"n-9-12": "Maya"}).status_code == 422
    with site.app.app_context():
        rows = current_session(site.app).execute(select(ChildrenCount.age_band, ChildrenCount.count)).all()
    assert [tuple(row) for row in rows] == [("9-12", 14)]


def test_paper_register_has_everybody_in_the_order_of_their_script(site: RegisterSite) -> None:
    """Latin names with Latin ones, accents beside their letter; right to left in Arabic, on several pages."""
    answer = site.trainer.get(site.register.replace("/en/", "/ar/") + ".pdf")
    pdf = PdfReader(io.BytesIO(answer.data))
    words = "".join(page.extract_text() for page in pdf.pages)
    assert all(name in words for name in ("Anna", "Person 00", "Person 39"))
    assert len(pdf.pages) == 3
    assert str(pdf.root_object["/Lang"]) == "ar"
    assert sorted(["Étienne", "Zoë", "أمينة", "Eva", "Անի"], key=script_order)[-3:] == ["Étienne", "Eva", "Zoë"]


def test_paper_register_takes_hostile_names(site: RegisterSite) -> None:
    """Names that look like markup, turn the text round or use a script without a font are set as plain text."""
    names = ["#panic()", "$x^2$", "\u202egnihton", "👩‍🏫 Ani", "ᏣᎳᎩ", "", "أ" * 180]
    people = [RegisterPerson(name, "= Heading", "https://coplearn.example/en/x") for name in names]
    with site.app.app_context():
        made = utcnow().date()
    text = RegisterText(
        "#set page()",
        "Cohort",
        "Today",
        "Tick",
        "Code",
        "Name",
        ["P", "L", "E", "X", "A"],
        "Signed",
        people,
        1,
        "ar",
        "rtl",
        made,
    )
    shown = PdfReader(io.BytesIO(typeset_register(text))).pages[0].extract_text()
    assert "#panic()" in shown and "$x^2$" in shown
