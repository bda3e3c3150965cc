"""The records that slices offer to the search: what everybody may read, and activities by the programme's permissions."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Flask, url_for
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from coplearn.consultations.queries.findable import all_statements, statement_stamps, statements_at
from coplearn.consultations.queries.statements import version_of
from coplearn.consultations.rules.words import TITLE
from coplearn.consultations.service.statements import show, translate
from coplearn.declarations.queries import all_declarations, declaration_stamps, declarations_at
from coplearn.declarations.service import show as declare
from coplearn.findable import PUBLIC
from coplearn.programme.queries.findable import (
    activities_at,
    activity_piece,
    activity_stamps,
    circles_of_access,
    circles_of_activity,
)
from coplearn.programme.queries.findable_countries import countries_at, country_circles, country_piece, country_stamps
from coplearn.programme.rules.access import ProgrammeAccess, ProgrammeSeat, may_see
from coplearn.programme.rules.periods import span
from coplearn.programme.rules.words import CountryRecordKind, CountryStatus, Precision, ProgrammeRole
from coplearn.programme.service.countries import (
    CountryRecordContent,
    StatusContent,
    add_status,
    confirm_status,
    record_country,
)
from coplearn.programme.service.programmes import seat_in_programme, write_programme
from coplearn.site import site_of
from tests.cohorts.worlds import put_user
from tests.consultations.worlds import NOW, put_statement
from tests.declarations.worlds import ARMENIAN, HELD_AT, put_adopted, put_round_table
from tests.programme.worlds import put_activity

COUNTRIES = st.sampled_from(["MA", "AM", "BN"])
SEATS = st.builds(ProgrammeSeat, st.integers(1, 12), st.sampled_from(list(ProgrammeRole)), COUNTRIES | st.just(""))


@given(
    st.none() | st.frozensets(COUNTRIES),
    st.lists(SEATS, max_size=3),
    st.frozensets(COUNTRIES),
    st.none() | st.integers(1, 12),
)
def test_an_activity_is_found_by_those_who_may_read_it(
    own: frozenset[str] | None, seats: list[ProgrammeSeat], named: frozenset[str], programme_id: int | None
) -> None:
    """Circles say the same as the permissions do, for every person and record."""
    access = ProgrammeAccess(1, own, tuple(seats))
    circles = circles_of_access(access) & circles_of_activity(named, programme_id)
    assert bool(circles) == may_see(access, named, programme_id)


def test_a_statement_is_found_once_it_is_shown(session: Session) -> None:
    """On each engine: what is only drafted is no record; its words are, once everybody may read them."""
    ana = put_user(session, "ana@example.org")
    statement = put_statement(session, ana)
    assert not statement_stamps(session) and not list(all_statements(session, "0"))
    show(statement, 1)
    session.flush()
    (found,) = all_statements(session, "0")
    assert (found.locale, found.title) == ("en", "Children and artificial intelligence")
    assert "Nothing about children without children." in found.texts
    assert list(statements_at(session, [found.place])) == [found] and len(statement_stamps(session)) == 1
    assert not list(statements_at(session, [found.place + "x"]))
    version, stamps = version_of(session, statement.id, 1), statement_stamps(session)
    assert version is not None
    translate(session, statement, version, "fr", {TITLE: "Les enfants"}, user_id=ana, now=NOW)
    assert {one.locale: one.title for one in all_statements(session, "0")}["fr"] == "Les enfants"
    assert statement_stamps(session) != stamps


def test_a_declaration_is_its_countrys_until_everybody_may_read_it(session: Session) -> None:
    """On each engine, in each language that it was adopted in; before it is adopted it is no record."""
    ana = put_user(session, "ana@example.org")
    put_round_table(session, ana)
    assert not declaration_stamps(session) and not list(all_declarations(session, "0"))
    declaration = put_adopted(session, ana)
    stamps, found = declaration_stamps(session), list(all_declarations(session, "0"))
    assert {one.locale for one in found} == {"en", "hy"}
    assert {one.circles for one in found} == {frozenset({"all", "am"})}
    declare(session, declaration, shown=True, now=HELD_AT)
    session.flush()
    assert declaration_stamps(session) != stamps
    (one,) = declarations_at(session, [f"{declaration.public_id}.hy"])
    assert one.circles == {PUBLIC} and one.title == ARMENIAN.title


def test_an_activity_is_found_once_a_second_person_confirmed_it(session: Session, shared_app: Flask) -> None:
    """On each engine; with its partners and the country as the source says it. Its address is a page of this site."""
    ana, ben = put_user(session, "ana@example.org"), put_user(session, "ben@example.org")
    put_activity(session, ana, key="draft")
    assert not activity_stamps(session)
    activity = put_activity(session, ana, ben, key="confirmed")
    ((piece, _),) = activity_stamps(session).items()
    (found,) = activity_piece(session, piece)
    assert found.place == activity.public_id and "all" in found.circles and PUBLIC not in found.circles
    assert list(activities_at(session, [found.place])) == [found]
    with shared_app.test_request_context("/en/"):
        for endpoint, values in (
            (found.endpoint, found.values),
            ("statements.statement", {"statement_id": "a"}),
            ("declared.page", {"declaration": "a", "text": "en"}),
            ("resources.one", {"resource_id": "a"}),
        ):
            named: dict[str, Any] = {"lang": "en", **values}
            assert url_for(endpoint, **named).startswith("/en/")


def test_each_source_has_a_name_of_its_own(shared_app: Flask) -> None:
    """What is found is read from the one source of its name, which knows the site's languages."""
    names = [one.name for one in site_of(shared_app).findable]
    assert sorted(names) == ["activities", "countries", "declarations", "resources", "series", "statements"]


def test_a_country_is_found_by_name_and_its_records_by_who_may_read_them(session: Session, shared_app: Flask) -> None:
    """On each engine: a page for whoever may open it, and a record of a programme for that programme alone."""
    locales = [site_of(shared_app).locales.get(code) for code in ("ar", "en")]
    ana, ben = put_user(session, "ana@example.org"), put_user(session, "ben@example.org")
    programme = write_programme(session, None, "COP", "", NOW)
    seat_in_programme(session, programme, "ben@example.org", ProgrammeRole.READER, "AM", NOW)
    pages = {one.place: one for one in country_piece(session, "ar", locales)}
    assert pages["AM.ar"].title == "أرمينيا" and "AM.en" not in pages
    seated = country_circles(session, ben, ())
    assert pages["AM.ar"].circles & seated and not pages["MA.ar"].circles & seated
    assert not pages["AM.ar"].circles & country_circles(session, ana, ())
    before = country_stamps(session, locales)
    content = CountryRecordContent("AM", CountryRecordKind.FRAMEWORK, "Safe childhood", "Ministry of Justice")
    record = record_country(session, content, key="a", by_id=ana, now=NOW, programme_id=programme.id)
    days = span(date(2025, 3, 1), date(2025, 3, 1), Precision.DAY)
    status = add_status(session, record, StatusContent(CountryStatus.ADOPTED, days), by_id=ana, now=NOW)
    assert not list(country_piece(session, "records", locales))
    confirm_status(session, status, by_id=ben, now=NOW)
    session.flush()
    (found,) = country_piece(session, "records", locales)
    assert (found.title, "Ministry of Justice" in found.texts) == ("Safe childhood", True)
    assert country_stamps(session, locales) != before
    assert found.circles == {"all", "am", f"p{programme.id}", f"p{programme.id}am"}
    again = list(countries_at(session, ["AM.en", found.place, "XX.en"], locales))
    assert [one.title for one in again] == ["Safe childhood", "Armenia"]
