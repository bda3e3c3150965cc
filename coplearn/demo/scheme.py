"""The story of the made-up site: four countries, six languages, one scheme from its first trainers to the parents they reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coplearn.cohorts.common.letters import offer_help
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.rules.words import AgeBand, Kind, Presence, StaffRole, State, TrainingOutcome, Via
from coplearn.cohorts.meetings.service.attendance import count_children
from coplearn.cohorts.people.service.joining import join, open_code
from coplearn.courses.assessment import AFTER, BEFORE
from coplearn.demo.consultations import fill_consultations
from coplearn.demo.declarations import fill_declarations
from coplearn.demo.hub import fill_hub
from coplearn.demo.people import NAMES, ORGANISATIONS
from coplearn.demo.stage import Stage
from coplearn.kernel.words import Role

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.cohort import Cohort, Membership
    from coplearn.cohorts.common.models.meeting import Meeting

GOOD, WEAK, UNSAFE = (4, 3, 3, 4, 3, 3), (2, 2, 2, 3, 2, 2), (3, 1, 2, 3, 3, 3)
PRESENT, LATE, ABSENT, EXCUSED, EARLY = (
    Presence.PRESENT,
    Presence.LATE,
    Presence.ABSENT,
    Presence.EXCUSED,
    Presence.LEFT_EARLY,
)
_KNOWN = {("ma1", 0): "trainer@example.org", ("ma2", 8): "trainee@example.org"}
"""Two of the many whom a visitor of the demo may sign in as."""


TEACHERS_COURSE, EXERCISE = "cop-educators", "cop-cyberdrill-grooming"
FIXES = (
    ("رقم ثانٍ يجيب في نهاية الأسبوع", "مكتب النيابة"),
    ("قالب لطلب حفظ البيانات باللغتين", "وحدة الجرائم الإلكترونية"),
    ("من يتصل بالأسرة، ومتى", "مركز حماية الطفل"),
)
"""What the group of the exercise agreed to change: a second number at weekends, a template, who calls the family."""


@dataclass(frozen=True, slots=True)
class Cast:
    """The people a visitor of the demo signs in as."""

    admin: Person
    coordinator: Person
    lead: Person
    trainer: Person
    examiner: Person
    host: Person
    trainee: Person
    learner: Person
    finished: Person


def fill(stage: Stage) -> Cast:
    """Play the whole story; everything that was queued or written is in the session, uncommitted."""
    admin = stage.person("admin@example.org", "Admin", "en", role=Role.ADMIN)
    stage.person("translator@example.org", "Translator", "ar", role=Role.TRANSLATOR)
    coordinator = stage.person("coordinator@example.org", "نوال المنصوري", "ar", role=Role.COORDINATOR, country="MA")
    lead = stage.person("lead@example.org", "عبد الله الناصري", "ar")
    examiner = stage.person("examiner@example.org", "Claire Besson", "fr")
    masters = _moroccan_trainers(stage, coordinator, lead, examiner)
    trainee = _moroccan_running(stage, coordinator, lead, masters[0], examiner)
    _moroccan_parents(stage, masters[1])
    _costa_rica(stage, examiner)
    _workshop_with_children(stage)
    _draft(stage)
    host = connect(stage)
    _teachers(stage)
    stage.exercise(lead, EXERCISE, FIXES, 40)
    fill_hub(
        stage, admin, [coordinator, examiner, lead, masters[0]], stage.person("author@example.org", "Amal Author", "en")
    )
    fill_declarations(stage, coordinator, lead)
    fill_consultations(stage, coordinator)
    learner, finished = _learners(stage)
    for person in masters:
        stage.ask_later(person)
    return Cast(admin, coordinator, lead, masters[0], examiner, host, trainee, learner, finished)


def _seats(
    stage: Stage, by: Person, cohort: Cohort, locale: str, who: range, tag: str, days_ago: int
) -> list[Membership]:
    seats = []
    for number in who:
        name = NAMES[locale][number % len(NAMES[locale])]
        email = _KNOWN.get((tag, number), f"{tag}.{number}@example.org")
        person = stage.person(email, name, locale)
        organisation = ORGANISATIONS[locale][number % len(ORGANISATIONS[locale])]
        seats.append(stage.seat(by, cohort, person, organisation, days_ago))
    return seats


def _marks(members: list[Membership], odd: dict[int, Presence]) -> dict[str, Presence]:
    return {one.public_id: odd.get(place, PRESENT) for place, one in enumerate(members)}


def _own(stage: Stage, member: Membership) -> Person:
    assert member.email is not None
    return stage.person(member.email, member.name, member.locale)


def _moroccan_trainers(stage: Stage, coordinator: Person, lead: Person, examiner: Person) -> list[Person]:
    """A finished training of trainers: ten came, seven are certified. Not being certified is a normal outcome."""
    cohort = stage.cohort(
        coordinator, "الرباط، الربيع", "ar", 220, region="الرباط", place="المركز الوطني", time_zone="Africa/Casablanca"
    )
    stage.staff(coordinator, cohort, lead, StaffRole.LEAD, 219)
    stage.staff(coordinator, cohort, examiner, StaffRole.EXAMINER, 219)
    stage.move(coordinator, cohort, State.OPEN, days_ago=218)
    members = _seats(stage, lead, cohort, "ar", range(10), "ma1", 210)
    for place, member in enumerate(members):
        stage.learn(_own(stage, member), 0.6 if place == 8 else 1.0, 90 - place, 205)
    stage.move(lead, cohort, State.RUNNING, days_ago=180)
    odd: list[dict[int, Presence]] = [{3: LATE}, {7: ABSENT}, {7: ABSENT, 5: EARLY}, {9: EXCUSED}]
    for day, marks in enumerate(odd):
        meeting = stage.meeting(lead, cohort, f"اليوم {day + 1}", 170 - day, 9, mandatory=day == 0)
        stage.mark(lead, cohort, meeting, _marks(members, marks), Via.PAPER if day == 2 else Via.REGISTER)
        if day == 1:
            stage.present(lead, meeting, 1, phones=7, sheets=10)
    for place, member in enumerate(members):
        stage.teach(lead, examiner, cohort, member, 160, WEAK if place == 4 else GOOD)
        stage.teach(lead, examiner, cohort, member, 159, UNSAFE if place == 9 else GOOD)
        if place == 4:
            stage.teach(lead, examiner, cohort, member, 150, GOOD)
    for place, member in enumerate(members):
        if place not in (7, 8, 9):
            stage.decide(coordinator, cohort, member, TrainingOutcome.CERTIFIED, "", 140)
    stage.decide(
        coordinator, cohort, members[7], TrainingOutcome.COMPLETED, "شكراً لمشاركتكم معنا. نرحب بكم في دورة قادمة.", 140
    )
    stage.decide(
        coordinator,
        cohort,
        members[8],
        TrainingOutcome.COMPLETED,
        "شكراً لمشاركتكم. تبقى الدورة الإلكترونية مفتوحة لكم.",
        140,
    )
    stage.decide(
        coordinator, cohort, members[9], TrainingOutcome.REPEAT, "نتمرن معاً على ما بقي، ثم تعيدون الدرس التطبيقي.", 140
    )
    stage.move(lead, cohort, State.CLOSED, days_ago=139)
    return [_own(stage, member) for member in members]


def _moroccan_running(stage: Stage, coordinator: Person, lead: Person, trainer: Person, examiner: Person) -> Person:
    """A training that goes on today: marks of all four ways, people who need a word, meetings to come."""
    cohort = stage.cohort(
        coordinator, "الدار البيضاء، الخريف", "ar", 60,
        region="الدار البيضاء", place="دار الشباب", time_zone="Africa/Casablanca", languages=("ar", "fr"),
    )  # fmt: skip
    for who, role in ((lead, StaffRole.LEAD), (trainer, StaffRole.TRAINER)):
        stage.staff(coordinator, cohort, who, role, 59)
    stage.staff(coordinator, cohort, examiner, StaffRole.EXAMINER, 59, days_left=90)
    stage.move(coordinator, cohort, State.OPEN, days_ago=58)
    open_code(stage.session, lead, cohort.id, stage.ago(58), expires_at=stage.ago(-30), approval=True)
    members = _seats(stage, lead, cohort, "ar", range(6, 14), "ma2", 50)
    members += _seats(stage, lead, cohort, "fr", range(4), "ma2fr", 49)
    members.append(stage.card_seat(lead, cohort, "مليكة الصنهاجي", ORGANISATIONS["ar"][2], 48))
    for place, member in enumerate(members[:-1]):
        stage.learn(_own(stage, member), (1.0, 1.0, 0.7, 0.3, 0.0)[place % 5], 92 - 2 * place, 45)
    stage.learn_with_card(cohort, members[-1], 0.5, 90, 30)
    stage.move(lead, cohort, State.RUNNING, days_ago=30)
    ways = (Via.REGISTER, Via.CHECKIN, Via.OFFLINE, Via.PAPER)
    odd: list[dict[int, Presence]] = [{2: LATE}, {4: ABSENT, 12: EXCUSED}, {4: ABSENT, 5: EARLY}, {4: ABSENT}]
    for day, (via, marks) in enumerate(zip(ways, odd, strict=True)):
        meeting = stage.meeting(lead, cohort, f"اليوم {day + 1}", 20 - 7 * (day // 2) - day % 2, 9, mandatory=day == 0)
        stage.mark(lead if day % 2 else trainer, cohort, meeting, _marks(members, marks), via)
    for day in (-6, -7):
        stage.meeting(lead, cohort, "يوم الدروس التطبيقية", day, 9, room="القاعة 2")
    for place, member in enumerate(members[:5]):
        stage.teach(lead, examiner, cohort, member, 5, WEAK if place == 3 else GOOD)
    for member, days_ago in zip(members[:3], (1, -6, -6), strict=True):  # yesterday's waits for the examiner
        stage.teach(lead, examiner, cohort, member, days_ago, ())
    offer_help(stage.session, cohort, members[4], "danger", "", lead, stage.ago(2))
    return _own(stage, members[2])


def _moroccan_parents(stage: Stage, trainer: Person) -> None:
    """A certified trainer's own cohort: parents, in two languages, one step further down the line."""
    for number, (locale, title, ago) in enumerate((("ar", "أمهات وآباء سلا", 80), ("fr", "Parents de Salé", 50))):
        cohort = stage.cohort(
            trainer, title, locale, ago,
            kind=Kind.AUDIENCE, region="سلا", time_zone="Africa/Casablanca", teach_backs=0, threshold=50,
        )  # fmt: skip
        stage.move(trainer, cohort, State.OPEN, days_ago=ago - 1)
        members = _seats(stage, trainer, cohort, locale, range(2, 10), f"salé{number}".replace("é", "e"), ago - 2)
        members += [stage.card_seat(trainer, cohort, name, "", ago - 2) for name in NAMES[locale][:2]]
        stage.move(trainer, cohort, State.RUNNING, days_ago=ago - 5)
        for evening in range(2):
            meeting = stage.meeting(trainer, cohort, f"{evening + 1}", ago - 10 - 7 * evening, 17)
            stage.mark(trainer, cohort, meeting, _marks(members, {4 + evening: ABSENT}), Via.CARD)
        for place, member in enumerate(members[:8]):
            stage.learn(_own(stage, member), 1.0 if place < 5 else 0.4, 85, ago - 12)
        for member in members[:4]:
            stage.decide(trainer, cohort, member, TrainingOutcome.CERTIFIED, "", ago - 35)


def _costa_rica(stage: Stage, examiner: Person) -> None:
    """The same scheme elsewhere: a coordinator of their own, whom the Moroccan one does not see."""
    coordinator = stage.person("costa.rica@example.org", "Rosa Alfaro", "es", role=Role.COORDINATOR, country="CR")
    lead = stage.person("cr.lead@example.org", "Fernando Mena", "es")
    cohort = stage.cohort(
        coordinator, "San José, julio", "es", 150, country="CR", region="San José", time_zone="America/Costa_Rica"
    )
    stage.staff(coordinator, cohort, lead, StaffRole.LEAD, 149)
    stage.staff(coordinator, cohort, examiner, StaffRole.EXAMINER, 149)
    stage.move(coordinator, cohort, State.OPEN, days_ago=148)
    members = _seats(stage, lead, cohort, "es", range(8), "cr", 140)
    stage.move(lead, cohort, State.RUNNING, days_ago=130)
    for day in range(3):
        meeting = stage.meeting(lead, cohort, f"Día {day + 1}", 120 - day, 9)
        stage.mark(lead, cohort, meeting, _marks(members, {6: ABSENT} if day else {}), Via.REGISTER)
    for place, member in enumerate(members):
        stage.learn(_own(stage, member), 1.0, 88, 138)
        for turn in range(2):
            stage.teach(lead, examiner, cohort, member, 115 - turn, WEAK if place == 7 else GOOD)
        if place < 6:
            stage.decide(lead, cohort, member, TrainingOutcome.CERTIFIED, "", 100)
    trainer = _own(stage, members[0])
    parents = stage.cohort(
        trainer, "Familias de Heredia", "es", 70,
        country="CR", kind=Kind.AUDIENCE, region="Heredia", time_zone="America/Costa_Rica", teach_backs=0, threshold=50,
    )  # fmt: skip
    stage.move(trainer, parents, State.OPEN, State.RUNNING, days_ago=69)
    families = _seats(stage, trainer, parents, "es", range(6, 14), "heredia", 68)
    evening: Meeting = stage.meeting(trainer, parents, "Tarde de familias", 60, 17)
    stage.mark(trainer, parents, evening, _marks(families, {2: ABSENT, 3: LATE}), Via.REGISTER)
    for member in families[:6]:
        stage.learn(_own(stage, member), 1.0, 84, 58)


def _workshop_with_children(stage: Stage) -> None:
    """A workshop in Chinese at which children are counted by age and never named."""
    coordinator = stage.person(
        "singapore@example.org", "Tan Wei Ling", "zh_Hans_CN", role=Role.COORDINATOR, country="SG"
    )
    lead = stage.person("sg.lead@example.org", "何俊杰", "zh_Hans_CN")
    cohort = stage.cohort(
        coordinator, "滨海工作坊", "zh_Hans_CN", 40,
        country="SG", kind=Kind.WORKSHOP, region="新加坡", time_zone="Asia/Singapore", teach_backs=0, course_ids=(),
    )  # fmt: skip
    stage.staff(coordinator, cohort, lead, StaffRole.LEAD, 39)
    stage.move(coordinator, cohort, State.OPEN, State.RUNNING, days_ago=38)
    members = _seats(stage, lead, cohort, "zh_Hans_CN", range(8), "sg", 37)
    meeting = stage.meeting(
        lead, cohort, "亲子下午", 15, 14,
        with_children=True, safeguarding_lead="何俊杰", vetted_adults="何俊杰\n陈静怡",
    )  # fmt: skip
    stage.mark(lead, cohort, meeting, _marks(members, {}), Via.REGISTER)
    counts: dict[str, int] = {AgeBand.UNDER_9: 6, AgeBand.FROM_9: 11, AgeBand.FROM_13: 7}
    count_children(stage.session, lead, cohort, meeting.public_id, counts, meeting.ends_at)


def _draft(stage: Stage) -> None:
    """Two that are only planned, in Russian, with a waiting list, and in English."""
    for email, name, locale, country, zone, title in (
        ("bishkek@example.org", "Гульмира Иманалиева", "ru", "KG", "Asia/Bishkek", "Бишкек, весна"),
        ("nassau@example.org", "Patrice Rolle", "en", "BS", "America/Nassau", "Nassau, spring"),
    ):
        coordinator = stage.person(email, name, locale, role=Role.COORDINATOR, country=country)
        cohort = stage.cohort(
            coordinator, title, locale, 10, country=country, time_zone=zone, capacity=5, waiting_list=locale == "ru"
        )
        if locale == "ru":
            lead = stage.person("kg.lead@example.org", NAMES["ru"][0], "ru")
            stage.staff(coordinator, cohort, lead, StaffRole.LEAD, 9)
            stage.move(coordinator, cohort, State.OPEN, days_ago=8)
            _seats(stage, lead, cohort, "ru", range(1, 6), "kg", 6)
            open_code(stage.session, lead, cohort.id, stage.ago(6), expires_at=None, approval=False)
            for place in (6, 7):
                late = stage.person(f"kg.late.{place}@example.org", NAMES["ru"][place], "ru")
                join(stage.session, late, cohort.join_code or "", stage.ago(12 - place))
            stage.meeting(lead, cohort, "День 1", -20, 10)


def connect(stage: Stage) -> Person:
    """A series of sessions for governments, companies and civil society: two were held, one of them full, and one is to come."""
    coordinator = stage.person("geneva@example.org", "Aline Roth", "fr", role=Role.COORDINATOR, country="CH")
    host = stage.person("host@example.org", "Owen Grant", "en")
    series = stage.cohort(
        coordinator, "Industry round on children online", "en", 120,
        country="CH", kind=Kind.SERIES, time_zone="Europe/Zurich", audience="", course_ids=(), teach_backs=0,
        capacity=None, online=True, is_public=True,
        about="Governments, companies and civil society talk about one question at a time.",
    )  # fmt: skip
    stage.staff(coordinator, series, host, StaffRole.LEAD, 118)
    stage.move(coordinator, series, State.OPEN, State.RUNNING, days_ago=117)
    guests = [
        (stage.person(f"connect.{place}@example.org", name, "en"), *CONNECT[place % len(CONNECT)])
        for place, name in enumerate((*NAMES["en"], *NAMES["fr"][:4]))
    ]
    room = "https://meet.example.org/round"
    for title, days_ago, places, who in (
        ("Questions that children ask a chatbot", 70, 20, guests[:9]),
        ("Social media and reports that are heard", 35, 8, guests[:11]),
        ("Games and the people one meets in them", -21, 30, guests[4:9]),
    ):
        meeting = stage.meeting(host, series, title, days_ago, 14, link=room)
        stage.session_of(host, series, meeting, places, who, days_ago)
    return host


CONNECT = (
    ("Ministry of Digital Affairs", "government"),
    ("Kite Games", "company"),
    ("Family Line", "civil-society"),
    ("Blue Bird Social", "company"),
    ("Office of the Children's Commissioner", "government"),
)
"""Made-up organisations of those who come to the round, each with its sector."""


def _teachers(stage: Stage) -> None:
    """Teachers in six languages who answer the same kind of questions before the course for educators and after it: enough of
    them for what they gained to be told."""
    names = [(locale, place, name) for locale, names in NAMES.items() for place, name in enumerate(names[:6])]
    for number, (locale, place, name) in enumerate(names):
        person = stage.person(f"teacher.{locale[:2]}.{place}@example.org", name, locale)
        stage.sit(person, TEACHERS_COURSE, BEFORE, 0.5, 90 - number)
        if place < 5:
            stage.learn(person, 1.0, 84 + place, 89 - number, TEACHERS_COURSE)
            stage.sit(person, TEACHERS_COURSE, AFTER, 0.85, 30 - number // 2)


def _learners(stage: Stage) -> tuple[Person, Person]:
    """People who learn by themselves, in every language; a visitor signs in as the first two of them: one is asked what came
    of an action and what they think of the next module, the other has finished, and a question waits."""
    first, finished = (stage.person(f"{who.lower()}@example.org", who, "en") for who in ("Learner", "Finished"))
    stage.learn(first, 0.4, 90, 6)
    asking = stage.courses[stage.asking]
    first_half = asking.required.index(asking.modules[len(asking.modules) // 2].item_ids[0])
    stage.learn(first, first_half / len(asking.required), 90, round(first_half / 2) + 10, asking.id)
    stage.learn(finished, 1.0, 95, round(len(asking.required) / 2) + 31, asking.id)
    stage.ask_later(finished, 1, by_letter=True, course_id=asking.id)
    for locale, names in NAMES.items():
        for place, name in enumerate(names[:6]):
            person = stage.person(f"self.{locale[:2]}.{place}@example.org", name, locale)
            stage.learn(person, (1.0, 0.5, 1.0, 0.2, 0.8, 1.0)[place], 82 + place, 100 - 12 * place)
            stage.ask_later(person, 2, by_letter=place == 2)
    return first, finished
