"""What learning with a card shows: the courses alone, and what a browser has to know."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from flask import current_app
from itsdangerous import Signer

from coplearn.cohorts.guards import nobody_here, the_session
from coplearn.cohorts.queries.cards import place_of_learner
from coplearn.cohorts.queries.checklist import checklists
from coplearn.cohorts.queries.joining import Offer
from coplearn.cohorts.rules.checklist import Checklist, RequirementKind
from coplearn.cohorts.screens.certification import titles_for
from coplearn.cohorts.screens.teaching import courses_held
from coplearn.learning.guards import present_learner
from coplearn.learning.service import Courses
from coplearn.web.lending import lent_token

if TYPE_CHECKING:
    from coplearn.cohorts.models.cohort import Cohort, Membership


def card_token(member: Membership) -> str:
    """By which a browser learns as that member: made of the card's code, so that a new code ends it."""
    signer = Signer(str(current_app.config["SECRET_KEY"]), salt="card-learner")
    return signer.get_signature(f"{member.public_id}:{member.card_code}").decode()


def place_here() -> Offer:
    """Whose card this browser learns with now. Raises NotFound for every other browser."""
    learner = present_learner() if lent_token() is not None else None
    found = place_of_learner(the_session(), learner.id) if learner is not None else None
    if found is None:
        raise nobody_here()
    return found


def own_courses(cohort: Cohort, member: Membership, now: datetime) -> Checklist:
    """How far they are in the courses. What else is known of them is for those who know them: a card can be lost."""
    made = checklists(the_session(), cohort, [member], courses_held(), now, titles_for(cohort))[member.id]
    kinds = (RequirementKind.COURSE, RequirementKind.OPTIONAL)
    return replace(made, requirements=tuple(one for one in made.requirements if one.kind in kinds))


def items_held() -> Courses:
    """The items of every course of the site, for joining what was learned."""
    return {key: tuple(course.items) for key, course in courses_held().items()}
