"""A hub with appraisers and resources, made through its own verbs, for tests that need a scene and not its making."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from coplearn.resources.hub.models import HubMember, Resource, ResourceVersion
from coplearn.resources.hub.queries import versions_of
from coplearn.resources.hub.rules import AppraisalStanding, Criterion, ResourceDetails
from coplearn.resources.hub.service import Contributor, ResourceFile, add_member, appraise, contribute
from tests.cohorts.worlds import NOW, put_user

GOOD, CAREFUL, HARMFUL = (2, 2, 2, 2, 2), (1, 2, 1, 1, 2), (2, 0, 2, 2, 2)
"""Levels in the order of the rubric, that come to each of the three ratings."""
DETAILS = ResourceDetails(
    title="A card for the school door",
    about="One page that says whom to call.",
    publisher="School 7",
    organisation="",
    languages=("en", "fr"),
    ages=("6-9",),
    audiences=("educators",),
    format="poster",
    licence="CC-BY-4.0",
    url="https://example.org/card",
    evidence="Used in three schools.",
)


def put_hub_member(session: Session, email: str, organisation: str, *, votes: bool = True) -> HubMember:
    """Somebody with a seat in the hub."""
    put_user(session, email)
    return add_member(session, email, organisation, appraises=True, votes=votes, now=NOW)


def put_resource(session: Session, by: int | None = None, now: datetime = NOW, **changes: object) -> Resource:
    """A contribution of an account, or of an address that is not confirmed."""
    contributor = Contributor(by, "" if by is not None else "someone@example.org", "en")
    return contribute(session, replace(DETAILS, **changes), contributor, ResourceFile(), now)  # type: ignore[arg-type] # each test names real fields


def newest(session: Session, resource: Resource) -> ResourceVersion:
    """Its newest version."""
    return versions_of(session, resource.id)[0]


def levels(given: tuple[int, ...]) -> Mapping[Criterion, int]:
    """Levels by criterion."""
    return dict(zip(Criterion, given, strict=True))


def put_appraisal(
    session: Session, resource: Resource, member: HubMember, given: tuple[int, ...] = GOOD, now: datetime = NOW
) -> AppraisalStanding:
    """An appraisal with those levels."""
    reasons = {one: f"Seen: {one.value}." for one in Criterion}
    return appraise(session, resource, newest(session, resource), member, levels(given), reasons, "Good.", now)
