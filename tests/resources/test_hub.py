"""The hub reviews ten resources: two appraisers each, conflicts barred, a third where two differ, versions and take-downs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.audit.models import AuditEvent
from coplearn.kernel.errors import Refused
from coplearn.outbox.models import Letter
from coplearn.resources.hub import queries, service
from coplearn.resources.hub.models import Resource, ResourceVersion
from coplearn.resources.hub.queries import ResourceFilters
from coplearn.resources.hub.rules import (
    Appraised,
    Criterion,
    RemovalReason,
    ResourceRating,
    ResourceState,
    is_link,
    problems_of,
    rating_of,
    same_organisation,
    standing_of,
)
from coplearn.resources.hub.service import Contributor, ResourceFile
from tests.cohorts.worlds import NOW, put_user
from tests.resources.worlds import (
    CAREFUL,
    DETAILS,
    GOOD,
    HARMFUL,
    newest,
    put_appraisal,
    put_hub_member,
    put_resource,
)

LEVELS = st.fixed_dictionaries({one: st.integers(0, 3) for one in Criterion})
ORDER = list(ResourceRating)


@given(st.lists(LEVELS, min_size=3, max_size=3))
def test_order_never_matters_and_a_third_always_decides(given_levels: list[dict[Criterion, int]]) -> None:
    """With three the rating lies between the lowest and the highest, whoever came first."""
    appraised = [Appraised(number, one) for number, one in enumerate(given_levels)]
    found = {standing_of(list(order)) for order in permutations(appraised)}
    assert len(found) == 1
    (standing,) = found
    ratings = sorted(ORDER.index(one.rating) for one in appraised)
    assert standing.rating is not None and ratings[0] <= ORDER.index(standing.rating) <= ratings[2]
    two = standing_of(appraised[:2])
    assert two.differs == (two.rating is None) and two.missing == int(two.differs)
    if two.rating is not None:
        assert two.rating == appraised[0].rating == appraised[1].rating


@given(LEVELS, st.sampled_from(list(Criterion)))
def test_a_higher_level_never_lowers_a_rating(scores: dict[Criterion, int], raised: Criterion) -> None:
    """And where safety or rights are at 0, nothing else makes up for it."""
    more = {**scores, raised: min(3, scores[raised] + 1)}
    assert ORDER.index(rating_of(more)) >= ORDER.index(rating_of(scores))
    if 0 in (scores[Criterion.SAFETY], scores[Criterion.RIGHTS]):
        assert rating_of(scores) is ResourceRating.NOT_RECOMMENDED


def test_what_a_contribution_must_say() -> None:
    """A sentence at each field; a link is one of the public web; an organisation is known by its letters."""
    bad = replace(DETAILS, title=" ", languages=("xx",), format="", url="javascript:alert(1)", audiences=())
    assert set(problems_of(bad, has_file=True)) == {"title", "languages", "format", "url", "audiences"}
    assert set(problems_of(replace(DETAILS, url=""), has_file=False)) == {"url"}
    assert problems_of(DETAILS, has_file=False) == problems_of(replace(DETAILS, url=""), has_file=True) == {}
    for address in (
        "http://example.org/",
        "https://me@example.org/",
        "https://host/",
        "https://a b.org",
        "https://a.b:x",
    ):
        assert not is_link(address), address
    assert same_organisation("École  Nº 7", ["ecole no 7!"]) and not same_organisation("", ["", "School"])


def test_ten_resources_are_appraised(session: Session) -> None:
    """On each engine: six are recommended or listed with care, one is not; two that differ are decided; conflicts are barred."""
    author = put_user(session, "author@example.org")
    ana, ben = (put_hub_member(session, f"{name}@example.org", f"{name} & Co") for name in ("ana", "ben"))
    cleo = put_hub_member(session, "cleo@example.org", "School 7")
    ten = [put_resource(session, author, title=f"Resource {number}", publisher="Ministry") for number in range(10)]
    for number, resource in enumerate(ten[:7]):
        given_levels = HARMFUL if number == 6 else CAREFUL if number > 3 else GOOD
        assert put_appraisal(session, resource, ana, given_levels).missing == 1
        assert resource.state == ResourceState.WAITING
        assert put_appraisal(session, resource, ben, given_levels).rating is not None
    with pytest.raises(Refused):
        put_appraisal(session, ten[0], cleo)
    # The eighth: two differ, and settle it. The ninth: a third decides.
    for resource in ten[7:9]:
        put_appraisal(session, resource, ana, GOOD)
        assert put_appraisal(session, resource, ben, CAREFUL).differs
    put_appraisal(session, ten[7], ben, GOOD)
    assert put_appraisal(session, ten[8], cleo, CAREFUL).rating is ResourceRating.WITH_CARE
    # The tenth: one has a conflict of interest and says so.
    service.recuse(session, ten[9], newest(session, ten[9]), cleo, NOW)
    with pytest.raises(Refused):
        put_appraisal(session, ten[9], cleo)
    put_appraisal(session, ten[9], ana)
    put_appraisal(session, ten[9], ben)
    session.commit()
    ratings = [newest(session, one).rating for one in ten]
    assert ratings == ["recommended"] * 4 + ["with-care"] * 2 + [
        "not-recommended",
        "recommended",
        "with-care",
        "recommended",
    ]
    lines, count = queries.listed(session, ResourceFilters(), 1)
    assert count == len(lines) == 9 and ten[6].state == ResourceState.DECLINED
    assert queries.listed(session, ResourceFilters(language="fr", ages="6-9", rating="with-care"), 1)[1] == 3
    assert queries.listed(session, ResourceFilters(language="e"), 1)[1] == 0
    letters = session.scalars(select(Letter.kind).where(Letter.to_address == "author@example.org")).all()
    assert letters == ["resource-outcome"] * 10
    assert session.scalars(select(AuditEvent.kind)).all().count("resource-appraised") == 22


def test_conflicts_of_interest_bar_and_nobody_is_asked_for_their_own(session: Session) -> None:
    """Neither one's own contribution, of any version, nor one's organisation's; letters go to the others alone."""
    ana = put_hub_member(session, "ana@example.org", "Ana & Co")
    cleo = put_hub_member(session, "cleo@example.org", "school 7")
    ben = put_hub_member(session, "ben@example.org", "Ben & Co")
    resource = put_resource(session, ana.user_id)
    by = Contributor(ben.user_id, "", "en")
    service.add_version(session, resource, replace(DETAILS, publisher="Other"), by, ResourceFile(), NOW)
    for member in (ana, ben, cleo):
        with pytest.raises(Refused):
            put_appraisal(session, resource, member)
    asked = session.scalars(select(Letter.to_address).where(Letter.kind == "resource-appraise")).all()
    assert sorted(asked) == ["ben@example.org", "cleo@example.org"]
    waiting = queries.waiting_versions(session)
    assert [(one.version.number, one.standing.missing) for one in waiting] == [(2, 2)]


def test_versions_and_take_downs_leave_a_trace(session: Session) -> None:
    """The version before stays until the new one is decided; taken down, nobody finds it, and its page says why."""
    ana, ben = (put_hub_member(session, f"{name}@example.org", name) for name in ("ana", "ben"))
    author, keeper = put_user(session, "author@example.org"), put_user(session, "keeper@example.org")
    resource = put_resource(session, author)
    for member in (ana, ben):
        put_appraisal(session, resource, member)
    first = resource.shown_id
    by = Contributor(author, "", "en")
    service.add_version(session, resource, replace(DETAILS, title="Second"), by, ResourceFile(), NOW)
    assert resource.shown_id == first and resource.state == ResourceState.PUBLISHED
    for member in (ana, ben):
        put_appraisal(session, resource, member, HARMFUL)
    assert resource.shown_id == first, "a version that is not recommended takes no other's place"
    (stamp,) = queries.findable_stamps(session).values()
    assert [one.title for one in queries.findable_at(session, [resource.public_id])] == [DETAILS.title]
    with pytest.raises(Refused):
        service.take_down(session, resource, "because", "note", keeper, NOW)
    service.take_down(session, resource, RemovalReason.HARM, "A picture in it.", keeper, NOW + timedelta(hours=1))
    assert not list(queries.findable_at(session, [resource.public_id])) and not queries.findable_stamps(session)
    assert queries.listed(session, ResourceFilters(), 1)[1] == 0
    with pytest.raises(Refused):
        service.take_down(session, resource, RemovalReason.HARM, "Again.", keeper, NOW)
    service.put_back(session, resource, "The picture is gone.", keeper, NOW + timedelta(hours=2))
    assert list(queries.findable_stamps(session).values()) != [stamp]
    assert [one.note for one in queries.notices_of(session, resource.id)] == [
        "The picture is gone.",
        "A picture in it.",
    ]


def test_unconfirmed_is_forgotten_and_links_are_marked_never_taken_out(session: Session) -> None:
    """Nobody is asked before the address is confirmed; a link that is not reached keeps its place and the first day of it."""
    ana, ben = (put_hub_member(session, f"{name}@example.org", name) for name in ("ana", "ben"))
    resource = put_resource(session)
    assert not session.scalars(select(Letter)).all() and not queries.waiting_versions(session)
    service.forget_unconfirmed(session, NOW + timedelta(days=13))
    service.confirm(session, resource, NOW)
    service.confirm(session, resource, NOW)
    assert len(session.scalars(select(Letter)).all()) == 2
    assert not service.forget_unconfirmed(session, NOW + timedelta(days=99))
    for member in (ana, ben):
        put_appraisal(session, resource, member)
    assert resource.contact == ""
    assert queries.links_to_check(session, NOW, 5) == [(resource.id, DETAILS.url)]
    service.note_link(session, resource.id, reached=False, now=NOW)
    assert queries.links_to_check(session, NOW + timedelta(days=6), 5) == []
    service.note_link(session, resource.id, reached=False, now=NOW + timedelta(days=8))
    assert resource.link_failed_since == NOW and queries.listed(session, ResourceFilters(), 1)[1] == 1
    service.note_link(session, resource.id, reached=True, now=NOW + timedelta(days=16))
    assert resource.link_failed_since is None
    put_resource(session)
    service.forget_unconfirmed(session, NOW + timedelta(days=15))
    assert len(session.scalars(select(Resource)).all()) == len(session.scalars(select(ResourceVersion)).all()) == 1
