"""The hub of the made-up site: who appraises, what was contributed and rated, and experts whom the panel votes on."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from coplearn.cohorts.common.queries import Person
from coplearn.demo.stage import Stage
from coplearn.resources.experts import service as experts
from coplearn.resources.experts.rules import NominationDetails, VoteChoice
from coplearn.resources.experts.service import NomineeAddress
from coplearn.resources.hub import service as hub
from coplearn.resources.hub.queries import versions_of
from coplearn.resources.hub.rules import Criterion, RemovalReason, ResourceDetails
from coplearn.resources.hub.service import Contributor, ResourceFile

if TYPE_CHECKING:
    from coplearn.resources.hub.models import HubMember, Resource

_GOOD, _CARE, _HARM = (2, 3, 2, 2, 2), (1, 2, 1, 2, 1), (1, 0, 1, 2, 2)
_HOUSES: Final = (
    "National Centre (made up)",
    "Children’s Helpline (made up)",
    "University of the Harbour (made up)",
    "Digital Trust (made up)",
)
_REMARK: Final = "Made up for this demo, and good to look at."
_WHY: Final = {
    Criterion.EVIDENCE: "It names its sources on the last page.",
    Criterion.SAFETY: "It is calm, and says where help is.",
    Criterion.RIGHTS: "It speaks with children, and not only about them.",
    Criterion.ACCESSIBILITY: "Plain words, readable on a telephone.",
    Criterion.CULTURE: "It says what to change for one’s own place.",
}
# Title, what it is, sort, languages, ages, audiences, levels of two appraisers; none for what still waits.
_RESOURCES: Final = (
    (
        "Our family and our phones: one page to agree on", "A page that a family fills in together.",
        "tool", "en,ar,fr", "6-9,10-12", "parents", _GOOD, _GOOD,
    ),
    (
        "A week of small talks", "Seven questions for seven evenings, one a day.",
        "guide", "en,es", "6-9,10-12,13-15", "parents", _GOOD, _GOOD,
    ),
    (
        "Lesson: who is behind the profile?", "Forty minutes for a class, with cards to print.",
        "lesson", "en,ru", "10-12,13-15", "educators", _GOOD, _GOOD,
    ),
    (
        "When a pupil tells you", "What to say, what to write down, whom to call.",
        "guide", "en,fr,ar", "", "educators,professionals", _GOOD, _GOOD,
    ),
    (
        "Poster: the number for children", "For the school door, with room for the number of one’s country.",
        "poster", "en,zh", "6-9,10-12", "educators,children", _GOOD, _CARE,
    ),
    (
        "Safe from the start: a checklist for product teams", "Thirty questions for the day before a release.",
        "tool", "en", "", "industry", _CARE, _CARE,
    ),
    (
        "How we wrote our national plan", "What one ministry did in eighteen months, with its mistakes.",
        "policy", "en,es", "", "policymakers", _GOOD, _GOOD,
    ),
    (
        "A film about a secret", "Six minutes, with a talk afterwards.",
        "video", "en,hy", "13-15,16-17", "educators,children", _CARE, _CARE,
    ),
    (
        "Scary stories for the first class", "Stories that are meant to frighten.",
        "audio", "en", "6-9", "children", _HARM, _HARM,
    ),
    (
        "Figures of a survey among 1,000 families", "Tables, the questions, and how people were chosen.",
        "research", "en,fr", "", "policymakers", None, None,
    ),
)  # fmt: skip


def fill_hub(stage: Stage, keeper: Person, appraisers: list[Person], author: Person) -> None:
    """Contribute ten resources and appraise nine, take one down, nominate two experts and vote on one."""
    seats = [
        hub.add_member(stage.session, one.email, house, appraises=True, votes=True, now=stage.ago(90))
        for one, house in zip(appraisers, _HOUSES, strict=True)
    ]
    for number, (title, about, sort, languages, ages, audiences, first, second) in enumerate(_RESOURCES):
        details = ResourceDetails(
            title=title,
            about=about,
            publisher="Open Shelf (made up)",
            organisation="",
            languages=tuple(languages.split(",")),
            ages=tuple(ages.split(",")) if ages else (),
            audiences=tuple(audiences.split(",")),
            format=sort,
            licence="CC-BY-4.0",
            url=f"https://example.org/shelf/{number + 1}",
            evidence="Tried with two groups of readers, and changed after it.",
        )
        given = (first, second, second if first != second else None)
        resource = _rated(stage, author, details, list(zip(seats, given, strict=False)), stage.ago(60 - number))
        hub.note_link(stage.session, resource.id, reached=number != 4, now=stage.now)
        if number == 7:
            note = "Its maker is mending the captions."
            hub.take_down(stage.session, resource, RemovalReason.ASKED, note, keeper.id, stage.ago(3))
    _experts(stage, keeper, seats)


def _rated(
    stage: Stage,
    author: Person,
    details: ResourceDetails,
    given: list[tuple[HubMember, tuple[int, ...] | None]],
    at: datetime,
) -> Resource:
    """A resource with what each appraiser gave it."""
    resource = hub.contribute(stage.session, details, Contributor(author.id, "", "en"), ResourceFile(), at)
    version = versions_of(stage.session, resource.id)[0]
    for seat, chosen in given:
        if chosen is not None:
            levels = dict(zip(Criterion, chosen, strict=True))
            hub.appraise(stage.session, resource, version, seat, levels, _WHY, _REMARK, at)
    return resource


def _experts(stage: Stage, keeper: Person, seats: list[HubMember]) -> None:
    for number, (name, subject) in enumerate(
        (("Dr. Ada Example", "Helplines"), ("Prof. Ben Example", "Law and courts"))
    ):
        said = NominationDetails(
            name=name,
            organisation="Example Institute (made up)",
            country="AM",
            subject=subject,
            reason="Has worked on this for many years.",
            by_organisation="National Centre (made up)",
        )
        to = NomineeAddress(f"expert{number}@example.org", "en")
        found = experts.nominate(stage.session, said, to, keeper.id, _token, stage.ago(40))
        experts.agree(stage.session, found, "Paid by the institute alone; advises no company.", stage.ago(35))
        experts.open_vote(stage.session, found, stage.ago(30 if number == 0 else 2))
        if number == 0:
            for seat, choice in zip(seats[1:], (VoteChoice.YES, VoteChoice.YES, VoteChoice.ABSTAIN), strict=True):
                experts.vote(stage.session, found, seat, choice, _token, stage.ago(28))


def _token(public_id: str) -> str:
    return public_id
