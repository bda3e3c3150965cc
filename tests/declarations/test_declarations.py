"""From a round table to the adopted text, and on to what became of its recommendations a year later."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.service import erase_user
from coplearn.declarations import queries, service
from coplearn.declarations.models import Declaration, Recommendation, StatusReport
from coplearn.declarations.rules import (
    DeclarationText,
    RecommendationReport,
    RecommendationState,
    RoundTable,
    adopted_file,
    is_link,
    problems_of_report,
    problems_of_text,
    standing_on,
    typed_text,
)
from coplearn.kernel.errors import Conflict, Refused
from coplearn.kernel.fixed_text import fixed_hash, plain_lines
from coplearn.outbox.models import Letter
from coplearn.programme.rules.records import ReachLine
from coplearn.programme.rules.words import ActivityStatus, AudienceGroup, CountBasis, Qualifier
from tests.cohorts.worlds import put_user
from tests.declarations.worlds import ARMENIAN, ENGLISH, HELD, HELD_AT, put_adopted, put_round_table

ADOPTED = HELD + timedelta(days=1)
DUE = date(2026, 2, 1)


def lines_of(session: Session, declaration: Declaration, today: date) -> list[queries.FollowedRecommendation]:
    """The recommendations as they stand on a day."""
    return queries.recommendations_of(session, [declaration], today)


def reminded(session: Session, day: datetime) -> int:
    """The letters that the day's work writes."""
    return service.remind_keepers(session, day)


def at(day: date, hour: int = 6) -> datetime:
    """An instant of that day."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def test_third_recommendation_of_armenias_round_table_is_done_a_year_later(session: Session) -> None:
    """Who took part, drafts in two languages, the text fixed, reminders before and on the day, reports with evidence, and
    what anybody sees after a year."""
    by, keeper = put_user(session, "am@example.org"), put_user(session, "ministry@example.org")
    table = put_round_table(session, by)
    service.add_group(
        session, table, ReachLine(AudienceGroup.CHILDREN, CountBasis.SIGNED, 31, age_band="13-15"), HELD_AT
    )
    service.add_group(session, table, ReachLine(AudienceGroup.INDUSTRY, CountBasis.NOT_STATED), HELD_AT)
    service.save_draft(session, table, "en", ENGLISH, 0, by, HELD_AT)
    changed = typed_text(ENGLISH.title, ENGLISH.body + "\n\nEverywhere.", "\n".join(ENGLISH.recommendations))
    service.save_draft(session, table, "en", changed, 1, by, HELD_AT)
    service.save_draft(session, table, "hy", ARMENIAN, 0, by, HELD_AT)
    service.adopt(session, table, {"en": 2, "hy": 1}, {"en": "en", "hy": "hy"}, ADOPTED, by, at(ADOPTED))
    third = lines_of(session, table, ADOPTED)[2]
    assert dict(third.words) == {"en": "Give young people a seat", "hy": "Տեղ տալ երիտասարդներին"}

    service.assign(session, third.row, "Ministry of education", None, DUE, "ministry@example.org", at(ADOPTED))
    assert reminded(session, at(DUE - timedelta(days=31))) == 0
    assert [reminded(session, at(DUE - timedelta(days=days))) for days in (30, 29, 0)] == [1, 0, 1]
    assert reminded(session, at(DUE + timedelta(days=3))) == 0
    letters = session.scalars(select(Letter).where(Letter.kind == service.REMINDER).order_by(Letter.id)).all()
    assert [(one.to_address, one.params["is_due"]) for one in letters] == [
        ("ministry@example.org", False),
        ("ministry@example.org", True),
    ]
    half = RecommendationReport("going-on", date(2025, 9, 1), "A working group meets.", "")
    service.tell(session, third.row, table, half, None, keeper, at(date(2025, 9, 2)))
    year_later = HELD + timedelta(days=370)
    assert lines_of(session, table, year_later)[2].standing.silent_since == date(2025, 9, 1)
    done = RecommendationReport("done", date(2026, 2, 10), "Two seats in the council.", "https://example.org/council")
    service.tell(session, third.row, table, done, None, keeper, at(date(2026, 2, 11)))

    standings = [line.standing for line in lines_of(session, table, year_later)]
    assert [one.state for one in standings] == ["not-begun", "not-begun", "done"]
    assert [one.silent_since for one in standings] == [ADOPTED, ADOPTED, None]
    assert [one.told_on for one in lines_of(session, table, year_later)[2].reports] == [half.told_on, done.told_on]
    # The page of the country says what is under way there: what is done is on the declaration's own.
    assert [one.state for one in queries.recommendations_in(session, "AM")] == ["not-begun", "not-begun"]


def test_fixed_file_is_what_its_hash_says_and_no_other(session: Session, tmp_path: Path) -> None:
    """Whoever downloads it works out the same number; the words are those that were adopted."""
    table = put_adopted(session, put_user(session, "am@example.org"))
    adopted = queries.adopted_of(session, table.id)
    assert list(adopted) == ["en", "hy"]
    for text, draft in adopted.values():
        file = tmp_path / text.locale
        file.write_bytes(text.file.encode())
        assert hashlib.sha256(file.read_bytes()).hexdigest() == text.sha256
        assert draft.title in text.file and all(one in text.file for one in draft.recommendations)
    assert adopted["en"][0].file == (
        "Title: Declaration on growing up online\nLanguage: en\nCountry: AM\nAdopted: 2025-02-12\n\n"
        "We, the young people at this table, declare:\n\nEvery child has a right to be heard.\n\n"
        "1. Teach it in every school\n2. Answer the helpline at night\n3. Give young people a seat\n"
    )


@given(st.text(max_size=200), st.text(max_size=200))
def test_same_words_give_the_same_bytes_and_other_words_others(one: str, other: str) -> None:
    """However lines end, and whatever nobody sees; what is kept is kept as it is."""
    first, second = (typed_text("T", body, "") for body in (one, other))
    hashes = [fixed_hash(adopted_file(text, "en", "AM", ADOPTED)) for text in (first, second)]
    assert (hashes[0] == hashes[1]) == (first == second)
    assert plain_lines(first.body) == first.body and plain_lines(first.body.replace("\n", "\r\n")) == first.body
    assert not set(first.body) & set("\u202e\u202d\x00\r\x1b")


def test_adopted_language_stays_as_it_is_and_others_may_be_added(session: Session) -> None:
    """A later language needs a line for each recommendation; the first ones cannot be written any more."""
    by = put_user(session, "am@example.org")
    table = put_adopted(session, by)
    with pytest.raises(Refused):
        service.save_draft(session, table, "en", ARMENIAN, 1, by, HELD_AT)
    short = DeclarationText("Déclaration", "Nous déclarons.", ("Un", "Deux"))
    service.save_draft(session, table, "fr", short, 0, by, HELD_AT)
    with pytest.raises(Refused):
        service.adopt(session, table, {"fr": 1}, {"fr": "fr"}, None, by, at(ADOPTED))
    whole = DeclarationText("Déclaration", "Nous déclarons.", ("Un", "Deux", "Trois"))
    service.save_draft(session, table, "fr", whole, 1, by, HELD_AT)
    with pytest.raises(Conflict):
        service.adopt(session, table, {"fr": 1}, {"fr": "fr"}, None, by, at(ADOPTED))
    service.adopt(session, table, {"fr": 2}, {"fr": "fr"}, None, by, at(ADOPTED))
    assert len(lines_of(session, table, ADOPTED)) == 3
    assert lines_of(session, table, ADOPTED)[2].words["fr"] == "Trois"
    with pytest.raises(Refused):
        service.change_round_table(session, table, RoundTable("Table", "MA", "", HELD), HELD_AT)


def test_two_who_write_at_once_lose_nothing(session: Session) -> None:
    """The second is told; the same text sent twice is one version."""
    by = put_user(session, "am@example.org")
    table = put_round_table(session, by)
    for _ in range(2):
        assert service.save_draft(session, table, "en", ENGLISH, 0, by, HELD_AT).number == 1
    with pytest.raises(Conflict):
        service.save_draft(session, table, "en", ARMENIAN, 0, by, HELD_AT)
    assert service.save_draft(session, table, "en", ARMENIAN, 1, by, HELD_AT).number == 2


@pytest.mark.parametrize(
    ("versions", "day"),
    [({}, ADOPTED), ({"en": 1}, None), ({"en": 1}, HELD - timedelta(days=1)), ({"en": 1}, date(2025, 3, 1))],
)
def test_text_is_fixed_on_a_day_that_can_be(session: Session, versions: dict[str, int], day: date | None) -> None:
    """In a language, after the round table, and not in the future."""
    by = put_user(session, "am@example.org")
    table = put_round_table(session, by)
    service.save_draft(session, table, "en", ENGLISH, 0, by, HELD_AT)
    with pytest.raises(Refused):
        service.adopt(session, table, versions, {"en": "en"}, day, by, at(date(2025, 2, 20)))
    with pytest.raises(Refused):
        service.show(session, table, shown=True, now=HELD_AT)


def test_reminder_goes_by_the_readers_day_and_ends_with_the_work(session: Session) -> None:
    """In Kiritimati it is the day already; a new day is reminded of anew, what is done or of nobody not at all."""
    by = put_user(session, "am@example.org")
    put_user(session, "far@example.org")
    session.execute(update(User).where(User.email == "far@example.org").values(time_zone="Pacific/Kiritimati"))
    table = put_adopted(session, by)
    first, second, third = (line.row for line in lines_of(session, table, ADOPTED))
    evening = at(DUE - timedelta(days=1), 12)
    for row, address in ((first, "far@example.org"), (second, "am@example.org"), (third, "")):
        service.assign(session, row, "", None, DUE, address, at(ADOPTED))
    assert reminded(session, evening) == 2
    kinds = {one.to_address: one.params["is_due"] for one in session.scalars(select(Letter))}
    assert kinds == {"far@example.org": True, "am@example.org": False}
    service.tell(session, second, table, RecommendationReport("done", DUE, "", ""), None, by, at(DUE))
    assert reminded(session, at(DUE)) == 0
    service.assign(session, first, "", None, DUE + timedelta(days=90), "far@example.org", at(DUE))
    assert first.first_due_on == DUE
    assert reminded(session, at(DUE + timedelta(days=90))) == 1
    with pytest.raises(Refused):
        service.assign(session, first, "", None, DUE, "nobody@example.org", at(DUE))


def test_erased_keeper_is_reminded_no_more_and_what_was_told_stays(session: Session) -> None:
    """The download has it before."""
    by, keeper = put_user(session, "am@example.org"), put_user(session, "ministry@example.org")
    table = put_adopted(session, by)
    row = lines_of(session, table, ADOPTED)[0].row
    service.assign(session, row, "Ministry", None, DUE, "ministry@example.org", at(ADOPTED))
    report = RecommendationReport("going-on", ADOPTED, "We began.", "")
    service.tell(session, row, table, report, None, keeper, at(ADOPTED))
    told = queries.export_of(session, keeper)
    assert told["reports"][0][:3] == ["going-on", ADOPTED.isoformat(), "We began."]
    assert told["looked_after"] == [[row.public_id, "Ministry", DUE.isoformat()]]
    session.flush()
    erase_user(session, keeper)
    session.expire_all()
    assert session.scalars(select(Recommendation.keeper_id)).all() == [None] * 3
    assert [(one.words, one.by_id) for one in session.scalars(select(StatusReport))] == [("We began.", None)]
    assert reminded(session, at(DUE)) == 0


def test_round_table_appears_among_the_activities_of_its_country(session: Session) -> None:
    """With the numbers that are stated, each with its basis; what is not stated is no number."""
    by = put_user(session, "am@example.org")
    table = put_round_table(session, by)
    for line in (
        ReachLine(AudienceGroup.YOUNG_PEOPLE, CountBasis.PARTNER, 40, Qualifier.MORE_THAN),
        ReachLine(AudienceGroup.PARENTS, CountBasis.NOT_STATED),
    ):
        service.add_group(session, table, line, HELD_AT)
    with pytest.raises(Refused):
        service.add_group(session, table, ReachLine(AudienceGroup.PARENTS, CountBasis.PARTNER), HELD_AT)
    found = queries.round_tables(session, HELD, HELD, ["AM"], HELD)
    assert [(one.about, one.status, one.title) for one in found] == [
        (f"declaration:{table.id}", ActivityStatus.HELD, "Safer Internet Day")
    ]
    assert [(line.group, line.number, line.qualifier) for line in found[0].reach] == [
        (AudienceGroup.YOUNG_PEOPLE, 40, Qualifier.MORE_THAN)
    ]
    assert queries.round_tables(session, HELD, None, ["MA"], HELD) == []
    assert queries.round_tables(session, None, None, None, HELD - timedelta(days=1))[0].status == ActivityStatus.PLANNED


_REPORTS = st.lists(
    st.builds(
        RecommendationReport, st.sampled_from(list(RecommendationState)), st.dates(HELD, DUE), st.just(""), st.just("")
    ),
    max_size=6,
)


@given(_REPORTS, st.dates(HELD, DUE))
def test_standing_is_what_the_newest_report_of_a_day_says(reports: list[RecommendationReport], today: date) -> None:
    """Reports of later days do not count yet; what is over is neither late nor silent."""
    known = [one for one in reports if one.told_on is not None and one.told_on <= today]
    found = standing_on(today, reports, HELD, HELD)  # type: ignore[arg-type] # a day is always given here
    newest = max((one.told_on for one in known if one.told_on is not None), default=None)
    assert found.told_on == newest
    expected = [one.state for one in known if one.told_on == newest]
    assert found.state == (expected[-1] if expected else "not-begun")
    assert not (found.is_over and (found.is_overdue or found.silent_since))


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_what_was_typed_is_refused_in_words_or_kept(title: str, body: str, lines: str) -> None:
    """No text makes an error of its own; a kept one has no empty recommendation."""
    text = typed_text(title, body, lines)
    assert set(problems_of_text(text)) <= {"title", "body", "recommendations"}
    assert all(one == one.strip() and one for one in text.recommendations)


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "https://", "//example.org", "https://exa mple.org", "http://[::1", "https://x/\u202e", "ftp://a.b"],
)  # fmt: skip
def test_link_leads_to_a_page_or_is_refused(address: str) -> None:
    """A browser is led nowhere else."""
    assert not is_link(address) and is_link("https://mes.am/հաշվետվություն?x=1")
    report = RecommendationReport("done", ADOPTED, "", address)
    assert list(problems_of_report(report, ADOPTED, DUE)) == ["link"]
