"""The actions of made-up people, through the same verbs as those of real ones, at any time in the past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random
from secrets import token_hex
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from markupsafe import Markup
from sqlalchemy.orm import Session

from coplearn.accounts.queries import grants_of, user_by_email
from coplearn.accounts.service import add_user, grant_role
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.rules.words import (
    CohortPermission,
    MemberState,
    Presence,
    StaffRole,
    State,
    TrainingOutcome,
    Via,
)
from coplearn.cohorts.meetings.rules.meetings import MeetingDetails
from coplearn.cohorts.meetings.service import attendance, meetings
from coplearn.cohorts.outcomes.presenters.certification import titles_today
from coplearn.cohorts.outcomes.rules.teaching import rubric_of
from coplearn.cohorts.outcomes.service import certification, teaching
from coplearn.cohorts.people.queries import learner_of_card
from coplearn.cohorts.people.rules.rosters import PersonDraft
from coplearn.cohorts.people.service import joining, members, staffing
from coplearn.cohorts.series import service as sessions
from coplearn.cohorts.series.queries import places_of
from coplearn.cohorts.series.rules import Entrant, PagePart, PartDraft, SessionNotes, SessionSetup
from coplearn.cohorts.whole import service as cohorts
from coplearn.cohorts.whole.rules import Details
from coplearn.courses.assessment import BEFORE, first_form, other_form, pairs_of, read_all, sitting_id
from coplearn.courses.course import Course
from coplearn.courses.plugin import Ballot, Outcome, QuestionKind
from coplearn.drills import service as drills
from coplearn.drills.rules import CLOCK, OVER, REVEALED, RUNNING
from coplearn.kernel.clock import end_of
from coplearn.kernel.words import Role
from coplearn.learning import service as learning
from coplearn.practice import service as practice
from coplearn.practice.queries import reader_of
from coplearn.practice.rules import refresher
from coplearn.practice.service import Answered, Circumstances, Wish
from coplearn.presenting import service as presenting
from coplearn.rooms.queries import room_of_number

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.cohort import Cohort, Membership
    from coplearn.cohorts.common.models.meeting import Meeting

COURSE = "cop-parents"


@dataclass
class Stage:
    """The site while it is filled. ``password`` is the hash that every account gets; ``now`` is the present."""

    session: Session
    courses: Mapping[str, Course]
    now: datetime
    password: str
    chance: Random = field(default_factory=lambda: Random(20261124))  # noqa: S311 - people of a play, no secrets

    def ago(self, days: int) -> datetime:
        """The time that many days before the present; negative days are still to come."""
        return self.now - timedelta(days=days)

    def person(self, email: str, name: str, locale: str, *, role: Role | None = None, country: str = "") -> Person:
        """The person with that account, made when there is none."""
        user = user_by_email(self.session, email) or add_user(self.session, email, locale, self.ago(300))
        user.name, user.password = name, self.password
        self.session.flush()
        if role is not None:
            grant_role(self.session, email, role, country=country)
        return Person(user.id, name, email, locale, tuple(grants_of(self.session, user.fs_uniquifier)))

    @property
    def asking(self) -> str:
        """The course whose finishers are asked again: the parents' where it asks, else the first that does."""
        asking = [course.id for course in self.courses.values() if course.refresher]
        return COURSE if COURSE in asking or not asking else asking[0]

    def learn(self, person: Person, share: float, score: int, days_ago: int, course: str = COURSE) -> None:
        """Go through that share of the course, with that mark in every check, two items a day from then on."""
        user = user_by_email(self.session, person.email)
        assert user is not None
        learner = learning.learner_for_user(self.session, user.fs_uniquifier, self.ago(days_ago))
        if learner is not None:
            self._walk(learner.id, person.locale, share, score, days_ago, course)

    def learn_with_card(self, cohort: Cohort, member: Membership, share: float, score: int, days_ago: int) -> None:
        """The same, by somebody who has a card and no account."""
        joining.learn_with_card(self.session, cohort.id, member.public_id, lambda _: token_hex(16), self.ago(days_ago))
        learner_id = learner_of_card(self.session, member.id)
        if learner_id is not None:
            self._walk(learner_id, member.locale, share, score, days_ago, COURSE)

    def _walk(self, learner_id: int, locale: str, share: float, score: int, days_ago: int, course_id: str) -> None:
        if course_id not in self.courses:
            return
        course = self.courses[course_id]
        items = [course.items[one] for one in course.required[: round(len(course.required) * share)]]
        for place, item in enumerate(items):
            scored = item.id in course.checks
            came = Outcome(True, {}, score if scored else None, score >= course.pass_mark if scored else None)
            target = learning.AnsweredItem(course.id, course.version, course.digest, item.id, 0, course.required)
            at = min(self.ago(days_ago) + timedelta(hours=12 * place), self.now)
            learning.answer_item(self.session, learner_id, target, f"demo-{item.code}", locale, 1, came, at)

    def sit(self, person: Person, course_id: str, sitting: str, share: float, days_ago: int) -> None:
        """Answer the questions before or after a course, each right by that chance; nothing where it asks none."""
        course, user = self.courses.get(course_id), user_by_email(self.session, person.email)
        at = self.ago(days_ago)
        learner = learning.learner_for_user(self.session, user.fs_uniquifier, at) if user is not None else None
        if course is None or course.assessment is None or learner is None:
            return
        form = first_form(course, learner.id)
        form = form if sitting == BEFORE else other_form(form)
        answers, score = read_all(course, form, self._chosen(course, form, share))
        name = sitting_id(course, sitting)
        target = learning.AnsweredItem(course.id, course.version, course.digest, name, 1, (), is_step=False)
        came = Outcome(True, answers, score, state={"form": form})
        learning.answer_item(self.session, learner.id, target, f"demo-{sitting}", person.locale, 1, came, at)

    def _chosen(self, course: Course, form: str, share: float) -> dict[str, list[str]]:
        sent = {}
        for question in (pair.form(form) for pair in pairs_of(course)):
            options = [name for name, _ in question.texts() if name.count(".") == 1]
            right = question.right_facets()
            wanted = right if self.chance.random() < share else set(options) - set(right)
            sent[question.id] = [name.partition(".")[2] for name in options if name in wanted][: len(right)]
        return sent

    def exercise(self, leader: Person, course_id: str, fixes: Sequence[tuple[str, str]], days_ago: int) -> None:
        """Run the course's exercise to its end: every message revealed in its minute, scores given, fixes with their offices."""
        course = self.courses.get(course_id)
        found = [(item, course.kinds[item.kind].exercise(item)) for item in course.items.values()] if course else []
        item, exercise = next(((item, one) for item, one in found if one is not None), (None, None))
        if course is None or item is None or exercise is None:
            return
        began = self.ago(days_ago)
        page = "drills.table"
        run = drills.open_run(self.session, leader.id, course.id, item.id, course.version, page, began)
        entered = [(CLOCK, RUNNING, 0), *((f"inject.{one.id}", REVEALED, one.at) for one in exercise.injects)]
        entered += [
            (f"score.{anchor}", str(self.chance.choice((1, 2, 2, 3))), exercise.minutes) for anchor in exercise.anchors
        ]
        for number, (what, office) in enumerate(fixes[: exercise.fixes], 1):
            due = (self.ago(days_ago - 60)).date().isoformat()
            parts = {"what": what, "office": office, "due": due}
            entered += [(f"fix.{number}.{part}", words, exercise.minutes + 20) for part, words in parts.items()]
        entered.append((CLOCK, OVER, exercise.minutes + 30))
        for key, value, minute in entered:
            at = began + timedelta(minutes=minute)
            rev = 1 if value == OVER else 0
            sent = attendance.Sent(token_hex(16), key, value, rev, at, Via.REGISTER)
            drills.take_entries(self.session, run, exercise, [sent], leader.id, at)

    def present(self, leader: Person, meeting: Meeting, number: int, phones: int, sheets: int) -> None:
        """Present a module at a meeting: its check by vote, with phones and some hands; then form B on paper."""
        course, at = self.courses[COURSE], meeting.starts_at
        module = course.modules[number - 1]
        item = next(course.items[one] for one in module.item_ids if one in course.checks)
        part = presenting.AskedPart(course.id, module.id, course.version)
        poll = presenting.open_presentation(self.session, leader.id, part, meeting.id, "presenting.hall", at)
        room = room_of_number(self.session, poll.room_id)
        assert room is not None
        seats: list[int | str] = [str(number) for number in range(phones)]
        asked = {one.id: self._options(one) for one in course.kinds[item.kind].questions(item) if self._options(one)}
        twins = {one.id for one in course.kinds[item.kind].questions(item) if one.form_b_of is not None}
        for minute, (name, options) in enumerate((one for one in asked.items() if one[0] not in twins), 30):
            now, question = at + timedelta(minutes=minute), f"{item.id}#{name}"
            presenting.steer(self.session, poll, f"s-{item.code}-{name}", 0, now)
            ballot = Ballot(options=tuple((option, Markup("")) for option in options))
            for place, seat in enumerate(seats):
                chosen = options[min(len(options) - 1, int(self.chance.expovariate(1.2)))]
                seats[place] = presenting.take_vote(self.session, poll, room, seat, question, ballot, [chosen], now)
            presenting.type_hands(self.session, poll, question, options, {options[0]: self.chance.randint(1, 4)})
        presenting.end_presentation(self.session, poll, at + timedelta(minutes=60))
        paper = replace(part, item_id=item.id, form="b")
        counts = {
            f"{item.id}#{name}": {options[0]: sheets - 4, options[1]: 3, "": sheets}
            for name, options in asked.items()
            if name in twins
        }
        presenting.keep_paper(self.session, leader.id, paper, meeting.id, counts, at + timedelta(minutes=90))

    def _options(self, question: QuestionKind) -> list[str]:
        """The ids of a question's options, those that are right first."""
        found = [name for name, _ in question.texts() if name.startswith("opt.") and name.count(".") == 1]
        return [name.partition(".")[2] for name in sorted(found, key=lambda one: one not in question.right_facets())]

    def ask_later(self, person: Person, answers: int = 3, *, by_letter: bool = False, course_id: str = COURSE) -> None:
        """Let somebody who has finished the course be asked again; they answer the first few of the questions due so far."""
        user, course = user_by_email(self.session, person.email), self.courses.get(course_id)
        learner = learning.learner_for_user(self.session, user.fs_uniquifier, self.now) if user is not None else None
        reader = reader_of(self.session, learner.id, course.id) if learner is not None and course is not None else None
        if course is None or reader is None or reader.finished_at is None:
            return
        wish = Wish(by_letter, lambda address: address)
        practice.ask_later(self.session, reader, course.id, course.refresher, wish, reader.finished_at)
        for days in course.refresher[:answers]:
            at = reader.finished_at + timedelta(days=days, hours=20)
            planned = refresher(course, reader.seed, days, {}) if at < self.now else None
            if planned is not None:
                asked, right = planned.asked, self.chance.random() < 0.8
                answered = Answered(planned.key, planned.purpose, asked.owner, asked.id, {"is": None}, right)
                where = Circumstances(course.id, course.version, person.locale)
                practice.keep_answer(self.session, reader.id, where, answered, at)

    def cohort(self, opener: Person, title: str, locale: str, days_ago: int, **changes: object) -> Cohort:
        """A cohort as it was opened then."""
        values: dict[str, object] = {
            "title": title, "country": "MA", "languages": (locale,), "time_zone": "UTC", "audience": "parents",
            "course_ids": (COURSE,),
        }  # fmt: skip
        details = Details(**(values | changes))  # type: ignore[arg-type] # the story names real fields
        return cohorts.open_cohort(self.session, opener, details, self.ago(days_ago))

    def staff(
        self, by: Person, cohort: Cohort, who: Person, role: StaffRole, days_ago: int, days_left: int | None = None
    ) -> None:
        """Put somebody at work who agreed when they were asked; after ``days_left`` it ends by itself."""
        until = end_of(self.ago(-days_left).date()) if days_left is not None else None
        staffing.add_agreed_staff(self.session, by, cohort.id, who.email, role, self.ago(days_ago), until)

    def move(self, by: Person, cohort: Cohort, *states: State, days_ago: int) -> None:
        """Move the cohort on."""
        for state in states:
            cohorts.move_cohort(self.session, by, cohort.id, state, self.ago(days_ago))

    def seat(self, by: Person, cohort: Cohort, who: Person, organisation: str, days_ago: int) -> Membership:
        """Put somebody with an account on the list; they take the place over at once."""
        draft = PersonDraft(0, who.name, who.email, organisation, cohort.region, who.locale, "", None)
        at = self.ago(days_ago)
        member = members.add_by_hand(self.session, by, cohort.id, draft, at)
        return joining.claim(self.session, who, cohort.id, member.public_id, at)

    def card_seat(self, by: Person, cohort: Cohort, name: str, organisation: str, days_ago: int) -> Membership:
        """Put somebody without mail on the list."""
        draft = PersonDraft(0, name, None, organisation, cohort.region, cohort.languages[0], "", None)
        return members.add_by_hand(self.session, by, cohort.id, draft, self.ago(days_ago))

    def meeting(self, by: Person, cohort: Cohort, title: str, days_ago: int, hour: int, **changes: object) -> Meeting:
        """Three hours on that day by the cohort's clock; planned two weeks before."""
        day: date = self.ago(days_ago).astimezone(ZoneInfo(cohort.time_zone)).date()
        values: dict[str, object] = {"title": title, "day": day, "begins": time(hour), "ends": time(hour + 3)}
        details = MeetingDetails(**(values | changes))  # type: ignore[arg-type] # the story names real fields
        return meetings.plan_meeting(self.session, by, cohort.id, details, self.ago(max(days_ago, 0) + 14))

    def session_of(
        self,
        by: Person,
        series: Cohort,
        meeting: Meeting,
        places: int,
        guests: Sequence[tuple[Person, str, str]],
        days_ago: int,
    ) -> None:
        """Fill a session's page and its list; one that is over was held, with notes and something that was agreed."""
        before, key = self.ago(max(days_ago, 0) + 12), (series.id, meeting.public_id)
        setup = SessionSetup(
            capacity=places,
            waiting_list=True,
            link_minutes=30,
            agenda="Welcome\nThe question\nWhat each can do\nNext steps",
        )
        sessions.set_up(self.session, by, *key, setup, before)
        speaker = PartDraft(text=guests[0][0].name, organisation=guests[0][1], yes=True)
        sessions.add_part(self.session, by, *key, PagePart.SPEAKER, speaker, before)
        for person, organisation, sector in guests:
            entrant = Entrant(name=person.name, organisation=organisation, sector=sector)
            sessions.register(self.session, person, *key, entrant, before)
        if meeting.ends_at > self.now:
            return
        here = [
            one.member for one in places_of(self.session, meeting.id) if one.registration.state == MemberState.ACTIVE
        ]
        marks = {one.public_id: Presence.PRESENT if place != 2 else Presence.ABSENT for place, one in enumerate(here)}
        self.mark(by, series, meeting, marks, Via.REGISTER)
        after = meeting.ends_at + timedelta(hours=3)
        notes = SessionNotes(
            notes="Reports that are answered within a day are sent again.\nSmall companies ask for one form."
        )
        sessions.write_notes(self.session, by, *key, notes, after)
        action = PartDraft(
            text="One form for reports, in plain words", organisation=guests[1][1], due_on=self.ago(-60).date()
        )
        sessions.add_part(self.session, by, *key, PagePart.ACTION, action, after)

    def mark(self, by: Person, cohort: Cohort, meeting: Meeting, marks: Mapping[str, Presence], via: Via) -> None:
        """Mark people (by public id) as the meeting goes on."""
        at = meeting.starts_at + timedelta(minutes=40)
        sent = [attendance.Sent(token_hex(16), member, status, 0, at, via) for member, status in marks.items()]
        attendance.save_marks(self.session, by, cohort, meeting.public_id, sent, at, decides=False)

    def teach(
        self,
        planner: Person,
        examiner: Person,
        cohort: Cohort,
        member: Membership,
        days_ago: int,
        scores: Sequence[int],
    ) -> None:
        """One teach-back, signed off by the examiner with those scores in the order of the rubric; none: only planned."""
        course = self.courses[COURSE]
        module = self.chance.choice(course.modules).id
        plan = teaching.TeachBackPlan(
            course_id=course.id, module_id=module, meeting_id="", planned_on=self.ago(days_ago)
        )
        modules = [(course.id, one.id) for one in course.modules]
        early = self.ago(max(days_ago, 0) + 7)
        teach_back = teaching.plan_teach_back(self.session, planner, cohort, member.public_id, plan, modules, early)
        if not scores:
            return
        rows = rubric_of(cohort.rubric_version).rows
        judgement = teaching.Judgement(
            op_id=token_hex(16),
            decides=True,
            scores={row.id: score for row, score in zip(rows, scores, strict=True)},
            note_to_trainee="",
            note_internal="",
        )
        permissions = frozenset({CohortPermission.SIGN_OFF, CohortPermission.OBSERVE})
        teaching.evaluate(
            self.session, examiner, permissions, cohort, teach_back.public_id, judgement, self.ago(days_ago)
        )

    def decide(
        self, by: Person, cohort: Cohort, member: Membership, outcome: TrainingOutcome, note: str, days_ago: int
    ) -> None:
        """Decide what came of somebody's training."""
        certification.decide(
            self.session,
            by,
            cohort,
            member.public_id,
            outcome,
            note,
            0,
            self.courses,
            titles_today,
            self.ago(days_ago),
        )
