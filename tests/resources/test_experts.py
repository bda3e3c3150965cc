"""Experts: asked first, voted on by a named panel, one vote each, nothing told before the end, nobody named without need."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.kernel.errors import Refused
from coplearn.outbox.models import Letter
from coplearn.resources.experts import queries, service
from coplearn.resources.experts.models import ExpertNomination
from coplearn.resources.experts.rules import NominationDetails, NominationState, VoteChoice, result_of
from coplearn.resources.experts.service import NomineeAddress
from coplearn.resources.hub.models import HubMember
from tests.cohorts.worlds import NOW
from tests.resources.worlds import put_hub_member

DETAILS = NominationDetails(
    name="Dr. Zaruhi Q.",
    organisation="University",
    country="AM",
    subject="Law",
    reason="Wrote the guide.",
    by_organisation="Fund",
)


@given(st.lists(st.sampled_from(["", *VoteChoice]), max_size=12))
def test_quorum_and_majority(choices: list[str]) -> None:
    """More than half of those who could vote did, and more said yes than no; who steps back counts nowhere."""
    result = result_of(choices)
    could = [one for one in choices if one != VoteChoice.RECUSED]
    assert result.panel == len(could)
    did = [one for one in could if one]
    assert result.is_quorate == (len(did) > len(could) / 2)
    assert result.is_elected == (result.is_quorate and did.count(VoteChoice.YES) > did.count(VoteChoice.NO))


def token(public_id: str) -> str:
    """Stands for the signed part of an address."""
    return f"signed-{public_id}"


def scene(session: Session) -> tuple[list[HubMember], ExpertNomination]:
    """A panel of four, the last of whom works for the nominee's university; and a nomination by the first."""
    panel = [put_hub_member(session, f"m{number}@example.org", f"House {number}") for number in range(4)]
    panel.append(put_hub_member(session, "last@example.org", "university"))
    to = NomineeAddress("zaruhi@example.org", "hy")
    return panel, service.nominate(session, DETAILS, to, panel[0].user_id, token, NOW)


def test_consent_first_then_a_vote_that_nobody_sees_before_the_end(session: Session) -> None:
    """On each engine: no vote before consent; nominator and colleague have none; the last vote ends it and tells."""
    panel, nomination = scene(session)
    letter = session.scalars(select(Letter)).one()
    assert (letter.to_address, letter.locale, letter.kind) == ("zaruhi@example.org", "hy", "expert-asked")
    with pytest.raises(Refused):
        service.open_vote(session, nomination, NOW)
    with pytest.raises(Refused):
        service.agree(session, nomination, "  ", NOW)
    service.agree(session, nomination, "Nothing to tell.", NOW)
    assert queries.elected(session) == []
    service.open_vote(session, nomination, NOW)
    for barred in (panel[0], panel[4]):
        with pytest.raises(Refused):
            service.vote(session, nomination, barred, "yes", token, NOW)
    service.vote(session, nomination, panel[1], "yes", token, NOW)
    with pytest.raises(Refused):
        service.vote(session, nomination, panel[1], "no", token, NOW)
    service.vote(session, nomination, panel[2], "no", token, NOW)
    assert queries.results_of(session, [nomination]) == {} and queries.elected(session) == []
    service.vote(session, nomination, panel[3], "yes", token, NOW)
    ((expert, result),) = queries.elected(session)
    assert (expert.name, result.yes, result.no, result.recused) == (DETAILS.name, 2, 1, 2)
    # Stepping back later takes the name out, and everything that tells who it was.
    service.withdraw(session, nomination, NOW)
    assert queries.elected(session) == [] and nomination.name == nomination.email == nomination.interests == ""


def test_without_a_quorum_nobody_is_elected_and_nothing_is_kept_of_them(session: Session) -> None:
    """The time is over, one of three voted; a nominee who does not answer or says no is forgotten as well."""
    panel, nomination = scene(session)
    service.agree(session, nomination, "Nothing to tell.", NOW)
    service.open_vote(session, nomination, NOW)
    service.vote(session, nomination, panel[1], "yes", token, NOW)
    late = NOW + timedelta(days=15)
    with pytest.raises(Refused):
        service.vote(session, nomination, panel[2], "yes", token, late)
    second = service.nominate(session, DETAILS, NomineeAddress("b@example.org", "en"), panel[0].user_id, token, NOW)
    service.withdraw(session, second, NOW)
    third = service.nominate(session, DETAILS, NomineeAddress("c@example.org", "en"), panel[0].user_id, token, NOW)
    service.close_due(session, token, late)
    assert nomination.state == NominationState.NOT_ELECTED and third.state == NominationState.ASKED
    service.close_due(session, token, NOW + timedelta(days=31))
    assert third.state == NominationState.LAPSED and second.state == NominationState.DECLINED
    for one in (nomination, second, third):
        assert one.name == one.email == one.reason == one.organisation == ""
    told = session.scalars(select(Letter).where(Letter.kind == "expert-result")).one()
    assert told.to_address == "zaruhi@example.org" and told.params["is_elected"] is False
