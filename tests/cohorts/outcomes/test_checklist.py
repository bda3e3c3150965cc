"""The checklist says exactly what is missing and why, of many people in a handful of statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.outcomes.queries.checklist import checklists
from coplearn.cohorts.outcomes.rules.checklist import Checklist
from coplearn.courses.course import Course
from coplearn.site import site_of
from tests.cohorts.finishing import attend, finish_course, make_ready, put_meetings
from tests.cohorts.worlds import NOW, put_cohort, put_evaluation, put_meeting, put_member, put_teach_back
from tests.counting import counted

PARENTS = "cop-parents"


def courses_of(app: Flask) -> Mapping[str, Course]:
    """The courses the site holds."""
    return site_of(app).library.current().courses


def look(app: Flask, session: Session, cohort: Cohort, member: Membership) -> Checklist:
    """One member's checklist as it is now."""
    return checklists(session, cohort, [member], courses_of(app), NOW)[member.id]


def said(checklist: Checklist) -> dict[str, str]:
    """What each line says, with its values in it."""
    phrases = {one.key: one.phrase for one in checklist.requirements}
    return {key: phrase.text % phrase.params for key, phrase in phrases.items()}


def test_everything_done_is_met(scratch_app: Flask, scratch: Session) -> None:
    """Course, attendance and teach-backs: nothing is missing."""
    cohort = put_cohort(scratch)
    member = put_member(scratch, cohort, "aya@example.org")
    make_ready(scratch, cohort, [member], courses_of(scratch_app))
    found = look(scratch_app, scratch, cohort, member)
    assert found.met
    assert [(one.key, one.done, one.total) for one in found.requirements] == [
        (f"course:{PARENTS}", len(courses_of(scratch_app)[PARENTS].items), len(courses_of(scratch_app)[PARENTS].items)),
        ("attendance", 100, 80),
        ("teach-back", 2, 2),
    ]


def test_optional_lessons_are_no_part_of_a_course_s_progress(scratch_app: Flask, scratch: Session) -> None:
    """Two lessons become optional: who did all else has the course, and who did one of these has no step more."""
    cohort = put_cohort(scratch)
    course = courses_of(scratch_app)[PARENTS]
    lessons = [item for item in course.items.values() if item.kind == "lesson"][:2]
    spared = replace(course, items={**course.items, **{one.id: replace(one, optional=True) for one in lessons}})
    with_all, without = (put_member(scratch, cohort, f"{name}@example.org") for name in ("all", "needed"))
    for member, done in ((with_all, course), (without, spared)):
        assert member.user_id is not None
        finish_course(scratch, member.user_id, done)
    found = checklists(scratch, cohort, [with_all, without], {PARENTS: spared}, NOW)
    counted_steps = [
        (one.met, one.done, one.total) for who in (with_all, without) for one in found[who.id].requirements[:1]
    ]
    assert counted_steps == [(True, len(course.items) - 2, len(course.items) - 2)] * 2


def test_a_beginner_is_told_of_each_thing_that_is_missing(scratch_app: Flask, scratch: Session) -> None:
    """Not started, no meeting attended, no teach-back planned: three lines, three reasons."""
    cohort = put_cohort(scratch)
    put_meeting(scratch, cohort, NOW + timedelta(days=1))
    found = look(scratch_app, scratch, cohort, put_member(scratch, cohort, "new@example.org"))
    lines = said(found)
    assert len(found.missing) == 3
    assert "is not started" in lines[f"course:{PARENTS}"]
    assert "can reach it" in lines["attendance"]
    assert "has no day yet" in lines["teach-back"]


def test_one_item_left_and_a_low_mark_are_told_apart(scratch_app: Flask, scratch: Session) -> None:
    """All but one step is not finished; all steps with 79 percent is not enough; 80 is."""
    cohort, course = put_cohort(scratch), courses_of(scratch_app)[PARENTS]
    lines = {}
    for name, score, left in (("left", 100, 1), ("low", 79, 0), ("enough", 80, 0)):
        member = put_member(scratch, cohort, f"{name}@example.org")
        assert member.user_id is not None
        finish_course(scratch, member.user_id, course, score, left)
        found = look(scratch_app, scratch, cohort, member).requirements[0]
        lines[name] = (found.met, found.phrase.text % found.phrase.params)
    assert lines["left"][0] is False and "is begun" in lines["left"][1]
    assert lines["low"][0] is False and "79 percent, and 80 percent are needed" in lines["low"][1]
    assert lines["enough"][0] is True


def test_a_failed_or_repeated_teach_back_says_what_to_do(scratch_app: Flask, scratch: Session) -> None:
    """The last judgement is what the sentence speaks of; one that waits for the examiner is said so."""
    cohort = put_cohort(scratch)
    member = put_member(scratch, cohort, "aya@example.org")
    put_evaluation(scratch, put_teach_back(scratch, member, turn=1), 2)
    assert "to be repeated" in said(look(scratch_app, scratch, cohort, member))["teach-back"]
    put_evaluation(scratch, put_teach_back(scratch, member, turn=2), 1)
    assert "not safe" in said(look(scratch_app, scratch, cohort, member))["teach-back"]
    put_teach_back(scratch, member, turn=3, planned_on=NOW - timedelta(days=1))
    assert "waits for the examiner" in said(look(scratch_app, scratch, cohort, member))["teach-back"]
    put_teach_back(scratch, member, turn=4, planned_on=NOW + timedelta(days=2))
    assert "The next one is on" in said(look(scratch_app, scratch, cohort, member))["teach-back"]


def test_missing_a_mandatory_meeting_is_named_though_the_share_is_reached(scratch_app: Flask, scratch: Session) -> None:
    """Nine in ten attended does not help when the mandatory one was missed."""
    cohort = put_cohort(scratch)
    meetings = put_meetings(scratch, cohort, 10)
    meetings[0].mandatory = True
    member = put_member(scratch, cohort, "aya@example.org")
    for meeting in meetings[1:]:
        attend(scratch, meeting, member)
    found = look(scratch_app, scratch, cohort, member)
    assert "mandatory meeting is missing" in said(found)["attendance"]
    assert not found.requirements[1].met


def test_a_place_without_an_account_is_told_how_to_have_the_course_counted(
    scratch_app: Flask, scratch: Session
) -> None:
    """The reason is the account, not laziness; a course that the site lost is no one's fault either."""
    cohort = put_cohort(scratch, course_ids=[PARENTS, "gone"])
    lines = said(look(scratch_app, scratch, cohort, put_member(scratch, cohort, None)))
    assert "with the card and without an account" in lines[f"course:{PARENTS}"]
    invited = put_member(scratch, cohort, "aya@example.org", user_id=None)
    assert "no account" in said(look(scratch_app, scratch, cohort, invited))[f"course:{PARENTS}"]
    assert "cannot be opened" in lines["course:gone"]


def test_an_optional_course_is_shown_and_never_missing(scratch_app: Flask, scratch: Session) -> None:
    """It stands last, and whoever leaves it out is certified all the same."""
    cohort = put_cohort(scratch, course_ids=[], optional_course_ids=[PARENTS])
    member = put_member(scratch, cohort, "aya@example.org")
    make_ready(scratch, cohort, [member], courses_of(scratch_app))
    found = look(scratch_app, scratch, cohort, member)
    assert found.met
    assert [one.key for one in found.requirements] == ["attendance", "teach-back", f"optional:{PARENTS}"]


def test_a_workshop_that_asks_for_no_teach_back_and_no_course_has_one_line(
    scratch_app: Flask, scratch: Session
) -> None:
    """What is not asked for is not on the list."""
    cohort = put_cohort(scratch, kind="workshop", course_ids=[], teach_backs=0)
    assert list(said(look(scratch_app, scratch, cohort, put_member(scratch, cohort, None)))) == ["attendance"]


def test_forty_checklists_take_six_statements(scratch_app: Flask, scratch: Session) -> None:
    """A page of forty people asks no more of the database than a page of one."""
    cohort = put_cohort(scratch)
    members = [put_member(scratch, cohort, f"p{one}@example.org") for one in range(40)]
    make_ready(scratch, cohort, members, courses_of(scratch_app))
    scratch.flush()
    with counted(scratch_app) as sent:
        found = checklists(scratch, cohort, members, courses_of(scratch_app), NOW)
    assert len(found) == 40 and all(one.met for one in found.values())
    assert len(sent) <= 6, sent
