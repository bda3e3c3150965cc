"""How many are certified is told of the decision that stands, the same on every page."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from coplearn.cohorts.outcomes.queries.certification import counts_of as outcomes
from coplearn.cohorts.whole.queries.cohort import cohorts_for, counts_of
from tests.cohorts.worlds import NOW, put_certification, put_cohort, put_member, put_staff


def test_certified_are_those_who_are_certified_now(scratch: Session) -> None:
    """A renewed certificate is one person, and who was taken back or decided about anew is none."""
    cohort = put_cohort(scratch)
    lead = put_staff(scratch, cohort, "lead@example.org", "lead")
    plain, renewed, revoked, superseded = (put_member(scratch, cohort, None) for _ in range(4))
    put_certification(scratch, cohort, plain)
    held = put_certification(scratch, cohort, renewed)
    put_certification(scratch, cohort, renewed, turn=2, renewed_from_id=held.id, issued_at=NOW + timedelta(days=1))
    put_certification(scratch, cohort, revoked, revoked_at=NOW)
    put_certification(scratch, cohort, superseded)
    put_certification(scratch, cohort, superseded, turn=2, outcome="completed", number=None)
    (line,) = cohorts_for(scratch, lead, frozenset(), archived=False, before=None, limit=10)
    assert (line.people, line.certified) == (4, 2)
    assert counts_of(scratch, cohort.id).certified == 2
    assert outcomes(scratch, cohort.id) == {"certified": 2, "completed": 1}
