"""Who may open the pages of programme records: whoever coordinates, and people with a role in a programme (tests/programme)."""

from __future__ import annotations

from tests.contracts.access_rows import Row

ACTIVITY = {"activity_id": "{activity}"}
COUNTRY = {"code": "AM"}
NO_RECORD = {**COUNTRY, "record_id": "made-up"}
ORGANISATION = {"organisation_id": "{organisation}"}
PROGRAMME = {"programme_id": "{programme}"}
NO_SHEET = {"sheet_id": "made-up"}


def read(page: str, values: dict[str, str] | None = None, status: int = 200) -> Row:
    """A page: a visitor is asked to sign in, and for others there is none."""
    return Row(f"programme.{page}", "GET", 302, 404, 404, status, values or {})


def write(page: str, status: int, values: dict[str, str] | None = None) -> Row:
    """A form that is sent empty."""
    return Row(f"programme.{page}", "POST", 404, 404, 404, status, values or {})


PROGRAMME_ROWS = [
    read("home"),
    read("export", {"kind": "csv"}),
    read("activity", ACTIVITY),
    read("new"),
    write("write", 422),
    read("edit", ACTIVITY),
    write("change", 422, ACTIVITY),
    # Refused with a sentence on the next page: somebody wrote a newer version than the one that was sent.
    write("confirm", 303, ACTIVITY),
    write("mark", 303, ACTIVITY),
    write("add_evidence", 303, ACTIVITY),
    read("evidence", {**ACTIVITY, "evidence_id": "999"}, 404),
    write("remove_evidence", 404, {**ACTIVITY, "evidence_id": "999"}),
    read("quick"),
    write("write_quickly", 422),
    write("send_quickly", 400),
    read("countries"),
    read("find_country", {"country": "AM"}, 303),
    read("country", COUNTRY),
    read("new_record", COUNTRY),
    write("write_record", 422, COUNTRY),
    read("new_status", NO_RECORD, 404),
    write("write_status", 404, NO_RECORD),
    write("judge_status", 404, {**COUNTRY, "status_id": "999"}),
    read("organisations"),
    write("add_organisation", 422),
    read("organisation", ORGANISATION),
    write("change_organisation", 422, ORGANISATION),
    read("match"),
    write("join", 404),
    write("undo", 404, ORGANISATION),
    read("programmes"),
    write("add_programme", 422),
    read("programme", PROGRAMME),
    write("seat", 422, PROGRAMME),
    write("end", 404, PROGRAMME),
    read("lists"),
    read("list_template", {"kind": "csv"}),
    write("upload", 422),
    read("sheet", NO_SHEET, 404),
    write("change_sheet", 404, NO_SHEET),
]
