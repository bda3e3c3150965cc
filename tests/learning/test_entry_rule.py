"""A course that another one comes before: anybody may look and learn, and the certificate waits."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.cohort import CohortStaff
from coplearn.cohorts.common.rules.words import StaffRole
from coplearn.kernel.clock import utcnow
from coplearn.learning.rules import Edition, has_entered
from coplearn.storage.database import current_session
from tests.cohorts.worlds import put_cohort
from tests.conftest import MakeSite
from tests.courses.makecourse import Folder, make_course
from tests.learning.test_new_version import Site

REQUIRES = "requires: {one_of: [my-course, gone-course], at_least: 80}\n"


@pytest.fixture
def site(make_app: MakeSite, tmp_path: Path, migrated_url: str) -> Site:
    """A site with the template course, and with one for trainers that asks for it."""
    second = make_course(tmp_path / "more", "for-trainers")
    second.swap("course.yaml", "id: my-course", "id: for-trainers")
    second.add("course.yaml", REQUIRES)
    return Site(make_app, tmp_path, migrated_url)


class Later(Site):
    """The same person on the course for trainers."""

    def __init__(self, site: Site) -> None:
        self.folder, self.app, self.person = Folder(site.folder.path.parent / "for-trainers"), site.app, site.person
        self.id = "for-trainers"

    @property
    def course(self):  # type: ignore[no-untyped-def]
        from coplearn.site import site_of

        return site_of(self.app).library.current().courses[self.id]


TOLD = "Another course comes first"


def _certificate(site: Site) -> str:
    return f"/en/c/{site.course.code}/certificate"


def test_course_can_be_taken_and_its_certificate_waits(site: Site) -> None:
    """Told at the start which course comes first; all is kept; once that one is finished well the certificate is made."""
    later = Later(site)
    page = later.read(later.path())
    assert TOLD in page and site.path() in page and "80%" in page
    site.person.join("amina@example.org")
    later.finish()
    page = later.read(_certificate(later))
    assert TOLD in page and "Make my certificate" not in page
    refused = site.person.send(_certificate(later), page="/en/me/", name="Amina")
    assert refused.status_code == 422 and "this page names it" in refused.text
    assert later.asked("SELECT count(*) FROM certificate") == [(0,)]
    site.finish()
    assert TOLD not in later.read(later.path())
    made = site.person.send(_certificate(later), name="Amina")
    assert made.status_code == 303 and later.asked("SELECT count(*) FROM certificate") != [(0,)]


def test_course_finished_before_it_grew_still_counts(site: Site) -> None:
    """Passed stays passed: a new step of the first course takes nothing away."""
    later = Later(site)
    site.finish()
    assert TOLD not in later.read(later.path())
    text = site.folder.read("01-begin/04-first-action.md").replace("id: first-action", "id: one-more")
    site.folder.write("01-begin/05-one-more.md", text)
    site.release("2.0.0")
    assert TOLD not in later.read(later.path())


def test_who_teaches_may_pass(site: Site) -> None:
    """Whoever trains a cohort is not sent back to the beginning."""
    later = Later(site)
    site.person.join("amina@example.org")
    assert TOLD in later.read(later.path())
    with site.app.app_context():
        session = current_session(site.app)
        cohort = put_cohort(session, "MA")
        user_id = session.scalars(select(User.id).where(User.email == "amina@example.org")).one()
        session.add(CohortStaff(cohort_id=cohort.id, user_id=user_id, role=StaffRole.TRAINER, added_at=utcnow()))
        session.commit()
    assert TOLD not in later.read(later.path())


@given(
    scores=st.lists(st.none() | st.integers(0, 100), min_size=1, max_size=6),
    at_least=st.integers(1, 100),
    left=st.booleans(),
)
def test_entry_asks_for_every_step_and_for_the_mean(scores: list[int | None], at_least: int, left: bool) -> None:
    """A check that was not tried counts as nothing, and a step that is left keeps the door closed."""
    checks = {f"check-{number}": score for number, score in enumerate(scores)}
    items = {name: {"digest": "", "parts": {}, "check": name.startswith("check")} for name in ("page", *checks)}
    edition = Edition("c", "d", "1.0.0", "en", {}, items)
    done = list(checks) if left else list(items)
    mean = sum(score or 0 for score in scores) / len(scores)
    assert has_entered(edition, checks, done, at_least) == (not left and mean >= at_least)
