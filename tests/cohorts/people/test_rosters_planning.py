"""A list comes to the same whether it is looked at or brought in, cut into pieces of any size, and gone on with after kills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.cohort import Cohort, RosterImport
from coplearn.cohorts.people.queries import newest_membership
from coplearn.cohorts.people.rules.joining import person_key
from coplearn.cohorts.people.rules.rosters import Fault, PersonDraft, Tally
from coplearn.cohorts.people.service import rosters as service
from coplearn.cohorts.people.service.planning import count, plan_lines, replay, run_for
from tests.cohorts.worlds import NOW, put_cohort, put_member, put_roster, put_user
from tests.sizes import examples

OWN_CARD, FOREIGN_CARD, FREE_CARD = "AAAAAAAAAA", "BBBBBBBBBB", "CCCCCCCCCC"
DRAFTS = st.builds(
    PersonDraft,
    line=st.just(0),
    name=st.sampled_from(["Ani", "Ben", "Cem"]),
    email=st.sampled_from([None, "ani@example.org", "ben@example.org", "new@example.org"]),
    organisation=st.sampled_from(["", "School 7"]),
    region=st.sampled_from(["", "Rabat"]),
    locale=st.just(""),
    state=st.sampled_from(["", "", "withdrawn"]),
    card_code=st.sampled_from([None, None, OWN_CARD, FOREIGN_CARD, FREE_CARD]),
)


@dataclass(frozen=True)
class Outcome:
    """What a list came to."""

    added: int
    changed: int
    unchanged: int
    refused: tuple[int, ...]


def outcome_of(tally: Tally | RosterImport, lines: Sequence[int]) -> Outcome:
    """The numbers, and which lines were refused."""
    return Outcome(tally.added, tally.changed, tally.unchanged, tuple(lines))


def cohort_with_people(session: Session, capacity: int | None) -> Cohort:
    """Somebody with an address, somebody with a name alone, somebody with a card, and a card of another cohort."""
    cohort, other = put_cohort(session, capacity=capacity), put_cohort(session)
    put_member(session, cohort, "ani@example.org", name="Ani", key=person_key("", "ani@example.org", ""))
    named = {"name": "Ben", "organisation": "School 7", "card_code": "DDDDDDDDDD"}
    put_member(session, cohort, None, **named, key=person_key("Ben", None, "School 7"))
    put_member(session, cohort, None, name="Cem", card_code=OWN_CARD, key=person_key("Cem", None, ""))
    put_member(session, other, None, name="Far", card_code=FOREIGN_CARD, key=person_key("Far", None, ""))
    return cohort


def pieces(lines: Sequence[PersonDraft | Fault], size: int) -> list[tuple[int, Sequence[PersonDraft | Fault]]]:
    """The list in pieces, each with the number of lines before it."""
    return [(start, lines[start : start + size]) for start in range(0, len(lines), size)]


def looked(session: Session, cohort: Cohort, lines: Sequence[PersonDraft | Fault], size: int) -> Outcome:
    """What the look says."""
    run, tally = run_for(session, cohort.id, False, NOW, dry=True), Tally()
    for _, piece in pieces(lines, size):
        count(tally, plan_lines(session, run, piece, NOW))
    return outcome_of(tally, [one.line for one in tally.remarks if one.is_fault])


def taken(
    session: Session, cohort: Cohort, lines: Sequence[PersonDraft | Fault], size: int, *, killed: bool
) -> Outcome:
    """What happens; ``killed`` begins anew before each piece, as after a kill."""
    with session.begin_nested() as point:
        roster = put_roster(session, cohort, state="running", done=0, total=0, added=0)
        newest_before = newest_membership(session, cohort.id) or 0
        run = run_for(session, cohort.id, False, NOW)
        for start, piece in pieces(lines, size):
            if killed:
                run = run_for(session, cohort.id, False, NOW)
                for earlier, done in pieces(lines, size):
                    if earlier < start:
                        replay(session, run, done, newest_before)
            assert service.take_lines(session, roster.public_id, run, start, piece, NOW)
        found = outcome_of(roster, [one.line for one in service.remarks_of(roster) if one.is_fault])
        point.rollback()
    return found


ANI = PersonDraft(0, "Ani", "ani@example.org", "", "", "", "", FREE_CARD)
NAMESAKE = replace(ANI, email=None)


@given(st.lists(DRAFTS, max_size=9), st.sampled_from([None, 4, 5]))
@examples(8, 25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(
    [ANI, NAMESAKE, replace(ANI, card_code=None)], None
)  # Whoever got the card that Ani's line named in vain is not Ani.
def test_look_and_import_agree_in_pieces_of_any_size(
    scratch: Session, drafts: list[PersonDraft], capacity: int | None
) -> None:
    """People met by card, by address and by name, changed on the way, twice in the list, with seats running out."""
    lines = [replace(draft, line=number) for number, draft in enumerate(drafts, 2)]
    with scratch.begin_nested() as point:
        put_user(scratch, "trainer@example.org")
        cohort = cohort_with_people(scratch, capacity)
        expected = looked(scratch, cohort, lines, 1_000)
        for size in (1, 2, 4):
            assert looked(scratch, cohort, lines, size) == expected
            assert taken(scratch, cohort, lines, size, killed=False) == expected
            assert taken(scratch, cohort, lines, size, killed=True) == expected
        point.rollback()
