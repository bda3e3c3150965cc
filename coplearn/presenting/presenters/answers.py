"""The groups that were asked, with their answers as bars; and the checks whose results on paper are entered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from flask import url_for
from markupsafe import Markup

from coplearn.courses.course import Course, Module
from coplearn.courses.pages import text_shown
from coplearn.courses.plugin import Ballot, Item
from coplearn.guides.presenters import FORMS, LETTERS, lettered
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_, Phrase
from coplearn.presenting.presenters.deck import first_question, question_name
from coplearn.presenting.queries import CountsOf
from coplearn.presenting.rules import (
    MOST_PEOPLE,
    NOTHING_TYPED,
    NUMBER_WANTED,
    PEOPLE,
    PollMedium,
    VoteWay,
    added,
    number_typed,
)
from coplearn.site import site
from coplearn.web.render import page_locale, say_phrase
from coplearn.web.squares import square_of

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.cohort import Cohort
    from coplearn.cohorts.common.models.meeting import Meeting
    from coplearn.presenting.models import GroupPoll
    from coplearn.rooms.models import Room

Asked = tuple[str, Markup, Ballot]
"""A question's name, its text, and what can be chosen."""


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A course in the list of what can be presented: its modules by number, and its checks by the code of the address."""

    course: Course
    title: Markup
    modules: Sequence[tuple[int, Markup]]


@dataclass(frozen=True, slots=True)
class Bar:
    """An option with how many chose it; ``share`` is percent of the most chosen one, for the eye alone."""

    letter: str
    text: Markup
    right: bool
    people: int
    share: int


@dataclass(frozen=True, slots=True)
class GroupAnswer:
    """A question with what a group answered, and how many people did where that was counted."""

    text: Markup
    bars: Sequence[Bar]
    people: int


@dataclass(frozen=True, slots=True)
class PollLine:
    """An occasion on which a group was asked, with its answers where they were asked for."""

    id: str
    title: Markup
    at: datetime
    is_paper: bool
    form: str
    by_id: int | None
    is_over: bool
    answers: Sequence[GroupAnswer] = ()


def course_lines() -> list[CourseLine]:
    """Every course of the site with its modules."""
    found = []
    for course in site().library.current().courses.values():
        texts = site().library.texts(course, page_locale())
        modules = [(at, text_shown(texts, f"{one.prefix}#title")) for at, one in enumerate(course.modules, 1)]
        found.append(CourseLine(course, text_shown(texts, "course#title"), modules))
    return found


def poll_lines(polls: Sequence[GroupPoll]) -> list[PollLine]:
    """The occasions without their answers."""
    return [_line(poll, ()) for poll in polls]


def poll_results(polls: Sequence[GroupPoll], counts: Mapping[int, CountsOf]) -> list[PollLine]:
    """The occasions with what was answered in each."""
    return [_line(poll, _answers(poll, counts.get(poll.id, {}))) for poll in polls]


def _line(poll: GroupPoll, answers: Sequence[GroupAnswer]) -> PollLine:
    course = site().library.current().courses.get(poll.course_id)
    context = f"{poll.item_id}#title" if poll.item_id else f"module.{poll.module_id}#title"
    title = Markup("<bdi>%s</bdi>") % (poll.item_id or poll.module_id)
    if course is not None and context in site().library.texts(course, page_locale()):
        title = text_shown(site().library.texts(course, page_locale()), context)
    is_paper, over = poll.medium == PollMedium.PAPER, poll.over_at is not None
    return PollLine(poll.public_id, title, poll.created_at, is_paper, poll.form.upper(), poll.by_id, over, answers)


def _answers(poll: GroupPoll, counts: CountsOf) -> list[GroupAnswer]:
    """The questions that were answered, in the course's order; one that the course does not have any more is left out."""
    course = site().library.current().courses.get(poll.course_id)
    module = next((one for one in course.modules if one.id == poll.module_id), None) if course is not None else None
    if course is None or module is None or not counts:
        return []
    asked = {name: (text, ballot) for name, text, ballot in _asked_in(course, module, counts)}
    return [_answer(text, ballot, counts[name]) for name, (text, ballot) in asked.items() if name in counts]


def _asked_in(course: Course, module: Module, counts: CountsOf) -> Iterator[Asked]:
    """Every question of the steps that were answered, in both forms, and that before the module."""
    first = first_question(course, module)
    if first is not None and first.ballot is not None:
        yield f"{module.prefix}#{first.key}", first.html, first.ballot
    for item_id in module.item_ids:
        if any(name.startswith(f"{item_id}#") for name in counts):
            for form in FORMS:
                yield from check_questions(course, course.items[item_id], form)


def _answer(text: Markup, ballot: Ballot, counts: Mapping[str, Mapping[str, int]]) -> GroupAnswer:
    people = added(counts.values())
    most = max((number for option, number in people.items() if option != PEOPLE), default=0) or 1
    bars = [
        Bar(letter, said, option in ballot.right, people.get(option, 0), 100 * people.get(option, 0) // most)
        for letter, (option, said) in zip(LETTERS, ballot.options, strict=False)
    ]
    # Of raised hands nobody knows whose they were: one person may raise a hand more than once.
    return GroupAnswer(text, bars, 0 if VoteWay.HANDS in counts else people.get(PEOPLE, 0))


def check_questions(course: Course, item: Item[Any], form: str) -> list[Asked]:
    """The questions of a step in that form that a group answers by letters."""
    return [(question_name(item, slide), slide.html, ballot) for _, slide, ballot in lettered(course, item, form)]


def door_of(room: Room | None) -> dict[str, object] | None:
    """The code of the day, its address, and its square; None once the room is forgotten."""
    if room is None or room.closed_at is not None:
        return None
    address = url_for("rooms.enter", _external=True)
    width, path = square_of(address)
    return {"code": f"{room.code[:3]}-{room.code[3:]}", "address": address, "width": width, "path": path}


# A meeting: what can be presented, and checks on paper


def modules_of(cohort: Cohort, meeting: Meeting) -> list[tuple[str, Markup]]:
    """The modules of the cohort's courses, as course and number, with those that the meeting deals with first."""
    topics = {(one[0], one[1]) for one in meeting.topics}
    found = []
    for course in _courses(cohort):
        texts = site().library.texts(course, page_locale())
        for at, module in enumerate(course.modules, 1):
            title = text_shown(texts, f"{module.prefix}#title")
            found.append(((course.id, module.id) not in topics, f"{course.code}/{at}", title))
    return [(value, title) for _, value, title in sorted(found, key=lambda one: one[0])]


def checks_of(cohort: Cohort) -> list[tuple[str, Markup]]:
    """The checks of the cohort's courses, by the code of the address."""
    found = []
    for course in _courses(cohort):
        for item_id in course.checks:
            found.append((course.items[item_id].code, title_of(course, course.items[item_id])))
    return found


def _courses(cohort: Cohort) -> list[Course]:
    courses = site().library.current().courses
    return [courses[course_id] for course_id in cohort.course_ids if course_id in courses]


def title_of(course: Course, item: Item[Any]) -> Markup:
    """The title of a step."""
    return text_shown(site().library.texts(course, page_locale()), f"{item.id}#title")


def check_at(cohort: Cohort, item_code: str, form: str) -> tuple[Course, Item[Any]]:
    """The check of that address in a course of the cohort. Raises NotFound for every other."""
    for course in _courses(cohort):
        item = course.item_by_code(item_code)
        if item is not None and item.id in course.checks and form in FORMS:
            return course, item
    raise NotFound(N_("There is no page at this address."))


@dataclass(frozen=True, slots=True)
class PaperField:
    """A question of a check on paper: its id on the page, its text, and for each letter its field's name and what it stands for."""

    id: str
    text: Markup
    options: Sequence[tuple[str, str, Markup]]


@dataclass(slots=True)
class PaperResults:
    """The numbers that were typed, by question and option, and everything that is wrong with them.

    ``at_field`` has the sentence beside each field or question, ``told`` the same with its place, in the order of the page.
    """

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    at_field: dict[str, str] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)

    def blame(self, name: str, beside: Phrase, told: Phrase | None = None) -> None:
        """Note what is wrong at a field or a question."""
        self.at_field[name] = say_phrase(beside)
        self.told.append((name, say_phrase(told or beside)))


def paper_fields(course: Course, item: Item[Any], form: str) -> list[PaperField]:
    """The fields for a check's results, a number for each letter."""
    return [
        PaperField(
            f"q{at}",
            slide.html,
            [(one, f"q{at}.{one}", said) for one, (_, said) in zip(LETTERS, ballot.options, strict=False)],
        )
        for at, slide, ballot in lettered(course, item, form)
    ]


def read_paper(course: Course, item: Item[Any], form: str, sent: Mapping[str, str]) -> PaperResults:
    """The results as they were typed, with all that is wrong with them at once."""
    found = PaperResults()
    sheets = number_typed(sent.get("sheets", ""))
    if sheets is None:
        found.blame("sheets", _WANTED)
    elif not sheets:
        found.blame("sheets", Phrase(N_("Type how many answer sheets you collected.")))
    asked = lettered(course, item, form)
    for at, slide, ballot in asked:
        letters = dict(zip(LETTERS, (option for option, _ in ballot.options), strict=False))
        one = {option: _counted(found, at, letter, sent) for letter, option in letters.items()}
        most = max(one.values()) if ballot.many else sum(one.values())
        if sheets and most > sheets:
            text = N_("Question %(number)s has more answers than there are sheets. Count it once more.")
            found.blame(f"q{at}", Phrase(text, {"number": at}))
        if any(one.values()):
            found.counts[question_name(item, slide)] = {**one, PEOPLE: sheets or 0}
    if asked and not found.counts and not any(name.startswith("q") for name in found.at_field):
        found.blame(f"q{asked[0][0]}", Phrase(NOTHING_TYPED))
    return found


def _counted(found: PaperResults, at: int, letter: str, sent: Mapping[str, str]) -> int:
    name = f"q{at}.{letter}"
    number = number_typed(sent.get(name, ""))
    if number is None:
        text = N_("Question %(number)s, %(letter)s: type a whole number from 0 to %(most)s.")
        found.blame(name, _WANTED, Phrase(text, {"number": at, "letter": letter, "most": MOST_PEOPLE}))
    return number or 0


_WANTED: Final = Phrase(NUMBER_WANTED, {"most": MOST_PEOPLE})
