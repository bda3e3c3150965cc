"""The pages of programme records: from a draft to a confirmed record, lists, names, countries, and who sees what."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from coplearn.accounts.queries import user_by_email
from coplearn.accounts.service import grant_role
from coplearn.kernel.words import Role
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import put_cohort, put_member, put_user, signed_in_client
from tests.counting import counted
from tests.programme.worlds import put_activity

NAMES = ("ani", "bagrat", "mina", "greta", "field")


@pytest.fixture
def people(app: Flask) -> dict[str, FlaskClient]:
    """Two coordinators of Armenia, one of Morocco, one of everything, and somebody of a programme."""
    with app.app_context():
        session = current_session(app)
        for name, country in (("ani", "AM"), ("bagrat", "AM"), ("mina", "MA"), ("greta", "")):
            put_user(session, f"{name}@example.org")
            grant_role(session, f"{name}@example.org", Role.COORDINATOR, country=country)
        put_user(session, "field@example.org")
        put_member(session, put_cohort(session, "AM"), "member@example.org", organisation="Unicef Armenia")
        session.commit()
        keys = {name: user_by_email(session, f"{name}@example.org") for name in NAMES}
        found = {name: user.fs_uniquifier for name, user in keys.items() if user is not None}
    return {name: signed_in_client(app, key) for name, key in found.items()}


def send(client: FlaskClient, page: str, form: dict[str, Any], to: str = "") -> Any:
    """Fill in the form of a page and send it."""
    return client.post(to or page, data={**hidden_fields(client.get(page).text), **form})


def write(client: FlaskClient, **changes: Any) -> Any:
    """Write a draft with the whole form."""
    form = {"title": "Workshop in Yerevan", "kind": "workshop", "status": "held", "precision": "day"}
    form |= {"since": "2025-02-11", "until": "2025-02-13", "countries": "Armenia", "partner-text": "UNICEF Armenia"}
    form |= {"partner-role": "partner", "reach-group": "educators", "reach-qualifier": "about", "reach-number": "40"}
    form |= {"reach-unit": "people", "reach-basis": "signature-list", "reach-age": "", "reach-words": "about forty"}
    return send(client, "/en/programme/activities/new", form | changes)


def test_draft_is_confirmed_by_a_second_person_and_corrected_with_a_reason(people: dict[str, FlaskClient]) -> None:
    """It counts from the confirmation on; who wrote it cannot confirm it, and a coordinator of another country sees nothing."""
    ani, bagrat, mina = people["ani"], people["bagrat"], people["mina"]
    made = write(ani)
    assert made.status_code == 303
    page = made.headers["Location"]
    assert "draft" in ani.get(page).text
    assert mina.get(page).status_code == 404
    assert "Workshop in Yerevan" not in mina.get("/en/programme/").text
    assert "activities held" in bagrat.get("/en/programme/countries/AM").text
    assert "1 record waits for your word" in bagrat.get("/en/programme/").text
    own = send(ani, page, {"number": "1"}, f"{page}/confirm")
    assert "You wrote this yourself" in ani.get(own.headers["Location"]).text
    send(bagrat, page, {"number": "1"}, f"{page}/confirm")
    text = bagrat.get(page).text
    assert "about" in text
    assert "Counted by a list of signatures" in text
    refused = send(ani, f"{page}/edit", {"title": "Workshop", "why": ""})
    assert refused.status_code == 422
    corrected = send(ani, f"{page}/edit", edit_of(ani, page) | {"place": "Gyumri", "why": "The town was wrong."})
    assert corrected.status_code == 303
    assert "the version before it counts" in ani.get(page).text
    stale = send(bagrat, page, {"number": "1"}, f"{page}/confirm")
    assert "newer version" in bagrat.get(stale.headers["Location"]).text
    send(bagrat, page, {"number": "2"}, f"{page}/confirm")
    assert "Corrected" in bagrat.get(page).text
    late = send(ani, f"{page}/edit", edit_of(ani, page) | {"base": "1", "place": "Vanadzor", "why": "Another town."})
    assert late.status_code == 422 and "Vanadzor" in late.text
    assert 'value="2"' in late.text.partition('name="base"')[2].partition(">")[0], "whoever was told can save"
    send(bagrat, page, {"number": "2", "status": "taken-back", "why": "Twice"}, f"{page}/status")
    assert "taken back" in bagrat.get(page).text
    assert 'name="why"' in ani.get(f"{page}/edit").text
    again = edit_of(ani, page) | {"place": "Gyumri", "why": "It was not twice."}
    assert send(ani, f"{page}/edit", again).status_code == 303
    csv = ani.get("/en/programme/activities.csv")
    assert csv.status_code == 200
    assert "Workshop in Yerevan" in csv.text
    assert ani.get("/en/programme/activities.xlsx").status_code == 200


def edit_of(client: FlaskClient, page: str) -> dict[str, str]:
    """What the form of an activity holds, as a browser would send it (of several boxes, the ticked ones)."""
    html = client.get(f"{page}/edit").text
    found = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', html))
    return {
        "title": "Workshop in Yerevan",
        "kind": "workshop",
        "status": "held",
        "precision": "day",
        "countries": "Armenia",
    } | {name: found[name] for name in ("since", "until", "base") if name in found}


def test_what_cannot_be_is_said_at_its_place_and_nothing_typed_is_lost(people: dict[str, FlaskClient]) -> None:
    """End before start, a country nobody knows (a near one is offered), numbers with words, a number without its ground."""
    ani = people["ani"]
    for changes, said in (
        ({"until": "2025-02-01"}, "The end is before the start"),
        ({"countries": "Armenai"}, "Do you mean"),
        ({"countries": "Morocco"}, "You keep no records of this country"),
        ({"reach-number": "40 teachers"}, "There are words beside the number"),
        ({"reach-basis": "not-stated"}, "on which ground"),
        ({"reach-number": ""}, "that is not 0"),
        ({"since": "soon"}, "Give a date"),
        ({"languages": "Klingonian"}, "No language is called"),
        ({"languages": "Armenian، French，Russian、 English, Klingonian"}, "No language is called \u2068Klingonian"),
    ):
        answer = write(ani, **changes)
        assert answer.status_code == 422, changes
        assert said in answer.text, changes
        assert "UNICEF Armenia" in answer.text
    asked = write(ani, words="Her name is Anahit, call +37410123456")
    assert asked.status_code == 422
    assert "Anahit" in asked.text


def test_list_is_looked_at_explained_and_brought_in_once(people: dict[str, FlaskClient]) -> None:
    """Each faulty line says what is wrong; an unknown country is explained once; the same list again changes nothing."""
    greta = people["greta"]
    rows = (
        "Title,Kind,Where it stands,From,Until,Countries,Educators,Ground of the numbers,What is this",
        "First,Workshop,Held,2025-03-01,2025-03-02,Armenia,40,Reported by a partner,x",
        "Second,Workshop,Held,2025-03-05,2025-03-02,Armenia,,,",
        "Third,Workshop,Held,2025-03,,Kasachstan,,,",
        "Fourth,Workshop,Held,2025-03-01,,,40 teachers,Estimated,",
        "First,Workshop,Held,2025-03-01,2025-03-02,Armenia,40,Reported by a partner,x",
    )
    upload = {"file": (io.BytesIO("\n".join(rows).encode()), "list.csv"), "programme": ""}
    made = send(greta, "/en/programme/lists/", upload)
    assert made.status_code == 303
    page = made.headers["Location"]
    text = greta.get(page).text
    for said in (
        "end is before the start",
        "same activity as in line",
        "words beside the number",
        "Kasachstan",
        "What is this",
    ):
        assert said in text, said
    send(greta, page, {"do": "explain", "text": "Kasachstan", "country": "KZ"})
    assert "new drafts" in greta.get(page).text
    send(greta, page, {"do": "take"})
    assert "2 drafts were brought in" in greta.get(page).text
    again = {"file": (io.BytesIO("\n".join(rows[:2]).encode()), "again.csv"), "programme": ""}
    page = send(greta, "/en/programme/lists/", again).headers["Location"]
    assert "line is here already" in greta.get(page).text
    assert send(greta, "/en/programme/lists/", {"file": (io.BytesIO(b"%PDF-1.4"), "a.pdf")}).status_code == 422
    assert people["mina"].get(page).status_code == 404
    for kind in ("csv", "xlsx"):
        assert greta.get(f"/en/programme/lists/template.{kind}").status_code == 200


def test_names_mean_an_organisation_by_a_press_and_it_can_be_undone(people: dict[str, FlaskClient]) -> None:
    """Of partners and of lists of people alike; nothing is matched by itself, whatever it looks like."""
    ani = people["ani"]
    page = write(ani).headers["Location"]
    waiting = ani.get("/en/programme/organisations/match").text
    assert "UNICEF Armenia" in waiting or "Unicef Armenia" in waiting
    send(ani, "/en/programme/organisations/", {"name": "UNICEF in Armenia", "kind": "united-nations", "country": "AM"})
    waiting = ani.get("/en/programme/organisations/match").text
    assert "It means" in waiting
    organisation = re.findall(r'name="organisation" value="(\w+)"', waiting)[0]
    send(ani, "/en/programme/organisations/match", {"text": "UNICEF Armenia", "organisation": organisation})
    assert "Every name is matched" in ani.get("/en/programme/organisations/match").text
    assert "UNICEF in Armenia" in ani.get(page).text
    at = f"/en/programme/organisations/{organisation}"
    match = re.findall(r'name="match" value="(\d+)"', ani.get(at).text)[0]
    send(ani, at, {"match": match}, f"{at}/undo")
    assert "Every name is matched" not in ani.get("/en/programme/organisations/match").text


def test_country_has_records_with_states_that_a_second_person_confirms(people: dict[str, FlaskClient]) -> None:
    """A framework, its states by date; a wrong one is taken back with a reason, and stays to be read."""
    ani, bagrat = people["ani"], people["bagrat"]
    form = {"kind": "framework", "title": "National framework", "status": "adopted", "precision": "month"}
    made = send(ani, "/en/programme/countries/AM/records/new", form | {"since": "2025-05-04", "words": "adopted"})
    assert made.status_code == 303
    text = bagrat.get("/en/programme/countries/AM").text
    assert "May 2025" in text
    state = re.findall(r"/states/(\d+)", text)[0]
    at = f"/en/programme/countries/AM/states/{state}"
    assert send(people["mina"], "/en/programme/quick", {"do": "confirm"}, at).status_code == 404
    send(bagrat, "/en/programme/countries/AM", {"do": "confirm"}, at)
    assert "National framework" in ani.get("/en/programme/countries/").text
    send(bagrat, "/en/programme/countries/AM", {"do": "back", "why": "Only drafted"}, at)
    assert "Only drafted" in ani.get("/en/programme/countries/AM").text
    assert people["mina"].get("/en/programme/countries/AM").status_code == 404
    assert ani.get("/en/programme/countries/ZZ").status_code == 404


def test_field_staff_write_drafts_of_their_programme_also_without_a_network(people: dict[str, FlaskClient]) -> None:
    """A role in a programme opens the form; what waited on the phone comes once, and what is refused says why."""
    greta, field = people["greta"], people["field"]
    assert field.get("/en/programme/").status_code == 404
    page = send(greta, "/en/programme/programmes/", {"name": "COP"}).headers["Location"]
    send(greta, page, {"email": "field@example.org", "role": "field", "country": "AM"})
    shown = field.get("/en/programme/quick")
    assert shown.status_code == 200
    programme = re.findall(r'<option value="(\d+)"', shown.text)[-1]
    good = {"kind": "workshop", "title": "Two schools", "day": "2026-11-20", "country": "AM", "programme": programme}
    good |= {"group": "educators", "number": "31", "basis": "signature-list"}
    owner = re.findall(r'data-owner="(\w+)"', shown.text)[0]
    token = hidden_fields(shown.text)["csrf_token"]
    body = {
        "owner": owner,
        "operations": [
            {"op": "aaaaaaaa-1", "seq": 1, "fields": good},
            {"op": "aaaaaaaa-2", "seq": 2, "fields": good | {"number": "31 teachers"}},
            {"op": "aaaaaaaa-3", "seq": 3, "fields": good | {"words": "Call Anna, +37410123456"}},
            {"op": "aaaaaaaa-4", "seq": 4, "fields": good | {"country": "MA"}},
        ],
    }
    for _ in range(2):
        answer = field.post("/en/programme/quick/send", json=body, headers={"X-CSRFToken": token})
        assert answer.json is not None
        assert answer.json["taken"] == ["aaaaaaaa-1"]
        assert [one["op"] for one in answer.json["refused"]] == ["aaaaaaaa-2", "aaaaaaaa-3", "aaaaaaaa-4"]
    assert field.get("/en/programme/").text.count("Two schools") == 1
    other = field.post("/en/programme/quick/send", json=body | {"owner": "x"}, headers={"X-CSRFToken": token})
    assert other.status_code == 409
    assert send(field, "/en/programme/quick", good | {"title": "By the page"}).status_code == 303
    assert send(field, "/en/programme/quick", good | {"title": ""}).status_code == 422
    basis = shown.text.partition('id="basis"')[2].partition("</select>")[0]
    # A device without a network asks for it as well, so that nothing waits there that is refused later.
    assert "selected" not in basis and "required" in basis and basis.index('value=""') < basis.index("signature-list")
    assert send(field, "/en/programme/quick", good | {"title": "No ground", "basis": ""}).status_code == 422
    twin = send(field, "/en/programme/quick", good | {"title": "  two SCHOOLS "})
    assert twin.status_code == 422 and "is written down already" in twin.text and "two SCHOOLS" in twin.text
    assert send(field, "/en/programme/quick", good | {"place": "Gyumri"}).status_code == 422
    assert (
        send(field, "/en/programme/quick", good | {"title": "Two schools more", "place": "Gyumri"}).status_code == 303
    )
    assert (
        send(field, "/en/programme/quick", good | {"title": "Two schools more", "place": "Vanadzor"}).status_code == 303
    )


def test_country_and_dashboard_cost_few_statements_however_many_records(
    app: Flask, people: dict[str, FlaskClient]
) -> None:
    """Ten for each: one for the person, and no more for a hundred activities than for one."""
    with app.app_context():
        session = current_session(app)
        first, second = put_user(session, "ani@example.org"), put_user(session, "bagrat@example.org")
        for number in range(100):
            put_activity(session, first, second, key=f"s{number}", title=f"Number {number}")
        session.commit()
    for page in ("countries/AM", "countries/"):
        assert people["greta"].get(f"/en/programme/{page}").status_code == 200
        with counted(app) as sent:
            people["greta"].get(f"/en/programme/{page}")
        assert len(sent) <= 10, "\n".join(sent)


def test_evidence_is_kept_by_what_it_is_and_only_for_those_who_see_the_record(people: dict[str, FlaskClient]) -> None:
    """A link, a PDF; nothing that says it is one and is not."""
    ani = people["ani"]
    page = write(ani).headers["Location"]
    pdf = {"title": "The list", "file": (io.BytesIO(b"%PDF-1.4 signatures"), "list.pdf")}
    send(ani, page, pdf, f"{page}/evidence")
    send(ani, page, {"title": "A page", "link": "https://example.org/a"}, f"{page}/evidence")
    false = {"title": "Not one", "file": (io.BytesIO(b"<html>"), "list.pdf")}
    assert "not taken" in ani.get(send(ani, page, false, f"{page}/evidence").headers["Location"]).text
    text = ani.get(page).text
    assert "https://example.org/a" in text
    number = re.findall(r"/evidence/(\d+)", text)[0]
    file = ani.get(f"{page}/evidence/{number}", buffered=True)
    assert (file.mimetype, file.headers["Content-Disposition"][:10]) == ("application/pdf", "attachment")
    assert people["mina"].get(f"{page}/evidence/{number}").status_code == 404
    send(ani, page, {}, f"{page}/evidence/{number}/remove")
    assert ani.get(f"{page}/evidence/{number}").status_code == 404


def test_who_reads_a_number_of_the_report_gets_to_what_shows_it(people: dict[str, FlaskClient]) -> None:
    """Evidence stands beside the number it shows, also when that is corrected; and beside the record once it is gone."""
    ani, bagrat = people["ani"], people["bagrat"]
    page = write(ani, traits="multi-day").headers["Location"]
    forty = "educators people signature-list"
    for title, shows in (
        ("The signatures", forty),
        ("The photograph", ""),
        ("A made-up one", "parents people partner"),
    ):
        send(ani, page, {"title": title, "link": "https://example.org/x", "shows": shows}, f"{page}/evidence")
    send(bagrat, page, {"number": "1"}, f"{page}/confirm")
    # Of everything under this figure the record alone; its numbers are said before its source, its evidence after that.
    under = "/en/programme/report/records?from=2025-01-01&to=2025-12-31&of=workshops"

    def told(address: str) -> str:
        text = re.sub("[\u2066-\u2069]", "", bagrat.get(address).text)
        return " ".join(re.sub("<[^>]+>", " ", text).split())

    assert "(Counted by a list of signatures) Evidence: The signatures Partners" in told(under)
    assert "Evidence The photograph" in told(under) and "A made-up one" not in told(under)
    assert "Evidence: The signatures" in told(page)
    assert "(Counted by a list of signatures) Evidence: The signatures" in told(
        under.replace("workshops", "people.educators.")
    )
    assert "The photograph" in told(under.replace("workshops", "workshops.AM"))
    for made_up in ("workshops.MA", "people.nobody.", "people"):
        assert bagrat.get(under.replace("workshops", made_up)).status_code == 404
    report = bagrat.get("/en/programme/report?from=2025-01-01&to=2025-12-31").text
    assert {"people.educators.", "workshops.AM"} <= set(re.findall(r"of=([\w.-]+)", report))
    row = {"reach-group": "educators", "reach-qualifier": "exact", "reach-number": "45", "reach-unit": "people"}
    row |= {"reach-basis": "signature-list", "reach-age": "", "reach-words": "", "why": "Counted once more"}
    send(ani, f"{page}/edit", edit_of(ani, page) | row)
    assert "Educators: 45 Counted by a list of signatures Evidence: The signatures" in told(page)
    send(ani, f"{page}/edit", edit_of(ani, page) | row | {"reach-basis": "partner"})
    assert "Evidence: The signatures" not in told(page) and "The signatures" in told(page)
