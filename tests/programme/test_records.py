"""The law of records: two people, reasons, numbers that are never more than they are, and nothing twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coplearn.accounts.rules import Granted
from coplearn.cohorts.common.models.meeting import Attendance, ChildrenCount
from coplearn.kernel.errors import Conflict, Refused
from coplearn.programme.models.records import ActivityVersion
from coplearn.programme.queries.activities import counted_activities
from coplearn.programme.queries.lists import ActivityFilters, activity_lines, counts_by_country, waiting_for
from coplearn.programme.queries.organisations import matched, texts_of
from coplearn.programme.queries.own import cohort_activities, meeting_activities
from coplearn.programme.rules.access import ProgrammeSeat, access_of, may_confirm, may_edit, may_see, may_write
from coplearn.programme.rules.names import country_of, near_countries
from coplearn.programme.rules.periods import span
from coplearn.programme.rules.reading import UnreadableText, read_number
from coplearn.programme.rules.records import (
    CountryLine,
    ReachLine,
    not_typed_in,
    text_key,
    weakest,
    with_counted,
)
from coplearn.programme.rules.words import (
    ActivityKind,
    ActivityStatus,
    AudienceGroup,
    CountBasis,
    Precision,
    ProgrammeRole,
    Qualifier,
    RecordState,
)
from coplearn.programme.service import activities as service
from coplearn.programme.service.organisations import (
    OrganisationContent,
    add_organisation,
    match_text,
    undo_match,
)
from tests.cohorts.worlds import put_cohort, put_meeting, put_member, put_user
from tests.programme.worlds import NOW, WORKSHOP, put_activity

YEAR = (date(2025, 1, 1), date(2025, 12, 31))


def test_record_counts_from_a_second_persons_word_and_a_correction_replaces_it(session: Session) -> None:
    """Until then what was confirmed goes on counting; taken back, it counts nowhere; every version stays."""
    ani, bagrat = put_user(session, "ani@example.org"), put_user(session, "bagrat@example.org")
    one = put_activity(session, ani)
    assert put_activity(session, ani).id == one.id, "the same key is the same record"
    assert counted_activities(session, *YEAR) == []
    with pytest.raises(Refused, match="wrote this yourself"):
        service.confirm_activity(session, one, number=1, by_id=ani, now=NOW)
    service.confirm_activity(session, one, number=1, by_id=bagrat, now=NOW)
    with pytest.raises(Refused, match="Say why"):
        service.edit_activity(session, one, replace(WORKSHOP, place="Gyumri"), base=1, by_id=ani, now=NOW)
    service.edit_activity(session, one, replace(WORKSHOP, place="Gyumri"), base=1, by_id=ani, now=NOW, why="Town")
    assert [found.content.place for found in counted_activities(session, *YEAR)] == [""]
    with pytest.raises(Conflict):
        service.confirm_activity(session, one, number=1, by_id=bagrat, now=NOW)
    service.confirm_activity(session, one, number=2, by_id=bagrat, now=NOW)
    counted = counted_activities(session, *YEAR, ["AM"])
    assert [(found.content.place, found.state) for found in counted] == [("Gyumri", RecordState.CORRECTED)]
    assert counted_activities(session, *YEAR, ["MA"]) == []
    assert counted_activities(session, date(2026, 1, 1), date(2026, 12, 31)) == []
    service.take_back(session, one, base=2, why="Twice", by_id=ani, now=NOW)
    assert counted_activities(session, *YEAR) == []
    assert session.scalar(select(func.count()).select_from(ActivityVersion)) == 3


def test_correction_into_another_record_or_back_beside_it_is_refused(session: Session) -> None:
    """A title that makes two records one, and one that was taken back and comes again; two that are twins can still be mended."""
    ani = put_user(session, "ani@example.org")
    first, second = put_activity(session, ani), put_activity(session, ani, key="k2", title="Workshop in Gyumri")
    with pytest.raises(service.WrittenAlready, match="written down already"):
        service.edit_activity(
            session, second, replace(WORKSHOP, title=" workshop in YEREVAN"), base=1, by_id=ani, now=NOW
        )
    assert second.newest == 1
    service.edit_activity(session, second, replace(WORKSHOP, title="Workshop in Vanadzor"), base=1, by_id=ani, now=NOW)
    service.take_back(session, first, base=1, why="Twice", by_id=ani, now=NOW)
    service.edit_activity(session, second, WORKSHOP, base=2, by_id=ani, now=NOW)
    with pytest.raises(service.WrittenAlready):
        service.mark_status(session, first, ActivityStatus.HELD, base=2, by_id=ani, now=NOW, why="It was right")
    twin = put_activity(session, ani, key="k3")
    service.edit_activity(session, twin, replace(WORKSHOP, summary="Of before the rule"), base=1, by_id=ani, now=NOW)


def test_lists_show_each_what_is_theirs_and_count_what_stands(session: Session) -> None:
    """By country and by programme, the newest first, page by page, in two statements; planned and cancelled apart."""
    ani, bagrat = put_user(session, "ani@example.org"), put_user(session, "bagrat@example.org")
    for number in range(5):
        days = span(date(2025, 3, 1) + timedelta(days=number), None, Precision.DAY)
        put_activity(session, ani, bagrat, key=f"k{number}", span=days, title=f"Day {number}")
    put_activity(session, ani, bagrat, key="p", status=ActivityStatus.PLANNED)
    put_activity(session, ani, key="d", title="Draft")
    put_activity(session, ani, bagrat, key="m", countries=(CountryLine("MA"), CountryLine("AM")))
    put_activity(session, ani, bagrat, key="n", countries=(), title="Nowhere")
    armenia = access_of(bagrat, [Granted("coordinator", country="AM")], [])
    everywhere = access_of(bagrat, [Granted("coordinator")], [])
    nobody = access_of(bagrat, [], [ProgrammeSeat(77, ProgrammeRole.READER)])
    assert len(activity_lines(session, armenia, ActivityFilters())) == 8
    assert len(activity_lines(session, everywhere, ActivityFilters())) == 9
    assert activity_lines(session, nobody, ActivityFilters()) == []
    first = activity_lines(session, armenia, ActivityFilters(since=date(2025, 3, 1)), limit=2)
    second = activity_lines(session, armenia, ActivityFilters(since=date(2025, 3, 1)), first[-1].key, limit=2)
    assert [line.title for line in (*first, *second)] == ["Day 4", "Day 3", "Day 2", "Day 1"]
    assert [line.title for line in activity_lines(session, armenia, ActivityFilters(state="waits"))] == ["Draft"]
    assert waiting_for(session, armenia) == 1
    assert waiting_for(session, access_of(ani, [Granted("coordinator", country="AM")], [])) == 0
    counts = counts_by_country(session, everywhere, None, NOW)
    assert (counts["AM"].held, counts["AM"].planned, counts["MA"].held) == (6, 1, 1)


def test_cohort_appears_by_itself_and_never_twice(session: Session) -> None:
    """With the people it trained and the children who were counted; a record about it takes its place, and our numbers stand."""
    cohort = put_cohort(session, "AM")
    member = put_member(session, cohort, None)
    put_member(session, cohort, None)
    meeting = put_meeting(session, cohort)
    session.add(Attendance(meeting_id=meeting.id, membership_id=member.id, status="present", rev=1, updated_at=NOW))
    session.add(ChildrenCount(meeting_id=meeting.id, age_band="9-12", count=14, by_id=None, at=NOW))
    session.flush()
    own = cohort_activities(session, None, None, ["AM"], meeting.ends_at + timedelta(days=1))
    assert [(one.kind, one.status, [line.number for line in one.reach]) for one in own] == [
        (ActivityKind.TRAINERS, ActivityStatus.HELD, [1, 14])
    ]
    assert own[0].reach[1].age_band == "9-12"
    assert cohort_activities(session, None, None, ["MA"], NOW) == []
    early = cohort_activities(session, None, None, None, meeting.starts_at - timedelta(days=1))
    assert [(one.status, one.reach) for one in early] == [(ActivityStatus.PLANNED, ())]
    parts = meeting_activities(session, cohort.id, NOW)
    assert [one.part_of for one in parts] == [own[0].about]
    assert not_typed_in([*own, *parts], [own[0].about]) == []
    typed = replace(WORKSHOP, about=own[0].about, reach=(ReachLine(AudienceGroup.PARENTS, CountBasis.PARTNER, 90),))
    assert [line.number for line in with_counted(typed, own[0]).reach] == [1, 14]


def test_text_means_an_organisation_by_a_persons_word_until_it_is_undone(session: Session) -> None:
    """One at a time; what was undone stays to be read."""
    ani = put_user(session, "ani@example.org")
    itu, unicef = (
        add_organisation(session, OrganisationContent(name), by_id=ani, now=NOW) for name in ("ITU", "UNICEF")
    )
    with pytest.raises(Refused, match="of this name"):
        add_organisation(session, OrganisationContent("unicef."), by_id=ani, now=NOW)
    match_text(session, "Unicef – Armenia", unicef, by_id=ani, now=NOW)
    with pytest.raises(Refused, match="another organisation"):
        match_text(session, "UNICEF Armenia", itu, by_id=ani, now=NOW)
    assert matched(session, [text_key("unicef armenia")]) == {"unicef armenia": unicef}
    undo_match(session, texts_of(session, unicef.id)[0], by_id=ani, now=NOW)
    assert matched(session, ["unicef armenia"]) == {}
    match_text(session, "UNICEF Armenia", itu, by_id=ani, now=NOW)
    assert len(texts_of(session, unicef.id)) == 1


def test_rights_are_by_country_and_by_programme() -> None:
    """A coordinator of one country, one of everything, field staff and readers of a programme; nobody confirms their own."""
    armenia = access_of(1, [Granted("coordinator", country="AM")], [])
    everywhere, language = access_of(1, [Granted("admin")], []), access_of(1, [Granted("coordinator", locale="ar")], [])
    field = access_of(1, [], [ProgrammeSeat(7, ProgrammeRole.FIELD, "AM")])
    editor = access_of(1, [], [ProgrammeSeat(7, ProgrammeRole.EDITOR)])
    reader = access_of(1, [], [ProgrammeSeat(7, ProgrammeRole.READER)])
    rows = [
        (who, [law(who, countries, programme) for law in (may_see, may_write, may_edit)])
        for who in (armenia, everywhere, language, field, editor, reader)
        for countries, programme in (((["AM"]), 7), ((["AM", "MA"]), 7), (([]), 7), ((["AM"]), None))
    ]
    table = [[int(sum(flags)) for _, flags in rows[start : start + 4]] for start in range(0, len(rows), 4)]
    assert table == [[3, 1, 0, 3], [3, 3, 3, 3], [0, 0, 0, 0], [2, 1, 0, 0], [3, 3, 3, 0], [1, 1, 1, 0]]
    assert may_confirm(armenia, ["AM"], None, 2)
    assert not may_confirm(armenia, ["AM"], None, 1)
    assert language.is_empty


@given(st.integers(0, 10**9 - 1), st.sampled_from(list(Qualifier)))
def test_numbers_are_read_as_they_are_written(number: int, qualifier: Qualifier) -> None:
    """With their sign and in groups of three; beside words they are refused, and never guessed."""
    sign = {Qualifier.EXACT: "", Qualifier.MORE_THAN: "> ", Qualifier.ABOUT: "~", Qualifier.UP_TO: "≤"}[qualifier]
    assert read_number(f"{sign}{number}") == (number, qualifier)
    assert read_number(f"{sign}{number:,}") == (number, qualifier)
    with pytest.raises(UnreadableText):
        read_number(f"{number} teachers")


@given(st.lists(st.sampled_from(list(CountBasis)), max_size=5))
def test_sum_tells_its_weakest_ground_and_not_stated_is_no_number(bases: list[CountBasis]) -> None:
    """What is not stated has no part in it."""
    lines = [ReachLine(AudienceGroup.PARENTS, one, None if one is CountBasis.NOT_STATED else 5) for one in bases]
    stated = [one for one in bases if one is not CountBasis.NOT_STATED]
    assert weakest(lines) == (max(stated, key=[*CountBasis].index) if stated else None)


@given(st.dates(date(1990, 1, 1), date(2100, 12, 1)), st.integers(0, 500), st.sampled_from(list(Precision)))
def test_span_holds_the_days_it_was_given(since: date, days: int, precision: Precision) -> None:
    """A month or a quarter is whole; it overlaps a period when it has a day in it."""
    until = min(since + timedelta(days=days), date(2100, 12, 31))
    found = span(since, until, precision)
    assert found.since <= since <= until <= found.until
    assert found.overlaps(since, since)
    assert not found.overlaps(found.until + timedelta(days=1), found.until + timedelta(days=9))
    with pytest.raises(Refused, match="before the start"):
        span(since, since - timedelta(days=1), precision)


def test_countries_are_found_by_the_names_of_sources() -> None:
    """In any of the languages, by codes, as the programme's sources write them; a near one is offered and never taken."""
    for written, code in (("Brunei", "BN"), ("Micronesia", "FM"), ("أرمينيا", "AM"), ("ARM", "AM"), ("Viet Nam", "VN")):
        assert country_of(written, "en", {}) == code
    assert country_of("Kasachstan", "en", {}) is None
    assert "KZ" in near_countries("Kasachstan", "en")
    assert country_of("Our country", "en", {"our country": "AM"}) == "AM"
