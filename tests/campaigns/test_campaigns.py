"""Posters carry whom to call and until when that is confirmed; what was given out is copies and nobody reached."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.campaigns import queries, service
from coplearn.campaigns.documents import CampaignPoster, HelpOnPoster, typeset_campaign_poster
from coplearn.campaigns.rules import CampaignDetails, Handing, problems_of_campaign, problems_of_handing
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound
from coplearn.kernel.words import Role
from coplearn.programme.rules.access import ProgrammeAccess
from coplearn.programme.rules.words import ActivityStatus, AudienceGroup, CountUnit
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import put_user, signed_in_client

DAY, NOW = date(2026, 11, 20), datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DETAILS = CampaignDetails("Posters in the north", "MA", date(2026, 11, 1), date(2026, 11, 30))


def test_copies_are_counted_and_nobody_is_reached(session: Session) -> None:
    """What was taken back counts no longer and stays to be read; a line of another campaign is none."""
    by = put_user(session, "ma@example.org")
    campaign, other = (service.open_campaign(session, DETAILS, by, NOW) for _ in range(2))
    kept = service.give_out(session, campaign, Handing("parents", "ar", 200, DAY), by, NOW)
    slip = service.give_out(session, campaign, Handing("cards.cop-parents", "fr", 5_000, DAY), by, NOW)
    with pytest.raises(NotFound):
        service.take_back(session, other, slip.id, by, NOW)
    service.take_back(session, campaign, slip.id, by, NOW)
    assert [one.id for one in queries.given_out_in(session, campaign.id)] == [slip.id, kept.id]
    assert [copies for _, copies in queries.campaigns_seen(session, ProgrammeAccess(0, frozenset({"MA"})))] == [0, 200]
    first, second = queries.campaign_activities(session, DAY, DAY, ["MA"], DAY)
    assert (first.about, first.status) == (f"campaign:{campaign.id}", ActivityStatus.UNDER_WAY)
    assert [(line.group, line.unit, line.number) for line in first.reach] == [
        (AudienceGroup.PUBLIC, CountUnit.COPIES, 200)
    ]
    assert second.reach == () and queries.campaign_activities(session, None, None, ["AM"], DAY) == []
    assert queries.export_of(session, by)["given_out"][0] == ["parents", "ar", 200, "2026-11-20"]


def test_slips_are_refused_in_words() -> None:
    """An end before the start, no such country, material that is none, nothing given, a day to come."""
    turned = CampaignDetails("", "XX", DETAILS.until, DETAILS.since)
    assert set(problems_of_campaign(turned, {"MA"})) == {"title", "country"}
    assert set(problems_of_campaign(CampaignDetails("A", "MA", DETAILS.until, DETAILS.since), {"MA"})) == {"until"}
    wrong = Handing("x", "x", 0, date(2027, 1, 1))
    assert set(problems_of_handing(wrong, {"parents"}, {"ar"}, DAY)) == {"what", "locale", "number", "given_on"}
    assert problems_of_handing(Handing("parents", "ar", 1, DAY), {"parents"}, {"ar"}, DAY) == {}


@pytest.mark.parametrize(("country", "language"), [("CH", "ar"), ("AQ", "en")])
def test_poster_carries_whom_to_call_there(app: Flask, country: str, language: str) -> None:
    """The line of the country as the directory has it, the day until which it is confirmed, and one page; where there is
    none, the square alone."""
    with app.app_context():
        session = current_session(app)
        by = put_user(session, "admin@example.org")
        grant_role(session, "admin@example.org", Role.ADMIN)
        campaign = service.open_campaign(session, replace(DETAILS, country=country), by, NOW).public_id
        session.commit()
        key = session.get_one(User, by).fs_uniquifier
    client, today = signed_in_client(app, key), utcnow().date()
    lines = site_of(app).helplines.help_for(country, today).lines
    page = client.get(f"/{language}/programme/campaigns/{campaign}")
    answer = client.get(f"/{language}/programme/campaigns/{campaign}/posters/everybody.pdf")
    assert page.status_code == 200 and answer.mimetype == "application/pdf"
    reader = PdfReader(BytesIO(answer.data))
    said = re.sub(r"\s+", "", reader.pages[0].extract_text())
    assert len(reader.pages) == 1
    assert [line.phone for line in lines if line.phone and re.sub(r"\s+", "", line.phone) not in said] == []
    assert client.get(f"/en/programme/campaigns/{campaign}/posters/none.pdf").status_code == 404
    token = hidden_fields(page.text)["csrf_token"]
    form = {"csrf_token": token, "what": "parents", "locale": "ar", "number": "about 90", "given_on": "2026-11-20"}
    refused = client.post(f"/en/programme/campaigns/{campaign}/given-out", data=form)
    assert refused.status_code == 422 and "about 90" in refused.text
    assert client.post(f"/en/programme/campaigns/{campaign}/given-out", data=form | {"number": "90"}).status_code == 303


def test_poster_with_long_words_is_one_page_with_its_foot() -> None:
    """What does not fit is set smaller: the emergency number and the square never go to a second page, and nothing is cut off."""
    free = "The call is free, day and night, from every telephone."
    purpose = "For children and for adults who worry about a child. " * 3 + free
    hours = "Monday to Friday: from 9:00 to 17:00. " * 3
    helps = [HelpOnPoster("A very long name of a service for children", purpose, "0800 123 456", hours)] * 2
    poster = CampaignPoster(
        title="Somebody made you feel uneasy online, and you do not know what to do?",
        lines=[
            "You can stop answering, you can block, and you can tell an adult whom you trust, or somebody here. " * 2
        ]
        * 3,
        helps=helps,
        danger="If someone is in danger right now: 112, 15 or 17",
        scan="Scan to find help where you live.",
        address="https://example.org/en/help?country=FR",
        checked="Print it anew after March 19, 2027: until then these numbers are confirmed.",
        issuer="A ministry",
        code_alt="A picture",
        language="en",
        dir="ltr",
        made=DAY,
    )
    reader = PdfReader(BytesIO(typeset_campaign_poster(poster)))
    assert len(reader.pages) == 1
    said = re.sub(r"[\s\u2066-\u2069]+", "", reader.pages[0].extract_text())
    for words in (poster.danger, poster.scan, poster.checked, free):
        assert re.sub(r"\s+", "", words) in said
