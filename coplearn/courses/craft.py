"""The craft of questions and sources, measured: what ``coplearn course check`` tells besides faults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from coplearn.authoring.problems import Place, Problems
from coplearn.courses.assessment import pairs_of
from coplearn.courses.course import Course, Module
from coplearn.courses.facts import DATED, SourceEntry
from coplearn.courses.plugin import Item, QuestionKind
from coplearn.i18n.inline_marks import plain_text

OFF_MEAN: Final = Fraction(15, 100)
"""A right option may be so much longer or shorter than the options of its question are on average."""
LEAST_OFF: Final = 3
"""Nobody sees so few characters."""
MOST_RIGHT: Final = 4
FEWEST_ASKED, MOST_ASKED = 8, 12


@dataclass(frozen=True, slots=True)
class Options:
    """The lengths of a question's options in characters: of all, and of the right ones."""

    lengths: tuple[int, ...]
    right: tuple[int, ...]

    @property
    def mean(self) -> Fraction:
        """The mean of all."""
        return Fraction(sum(self.lengths), len(self.lengths))

    def off(self) -> list[int]:
        """The right ones that are too far from the mean."""
        room = max(OFF_MEAN * self.mean, Fraction(LEAST_OFF))
        return [length for length in self.right if abs(length - self.mean) > room]

    @property
    def is_longest(self) -> bool:
        """Whether the only right one is longer than every other."""
        return self._stands_out(max(self.lengths))

    @property
    def is_shortest(self) -> bool:
        """Whether it is shorter than every other."""
        return self._stands_out(min(self.lengths))

    def _stands_out(self, most: int) -> bool:
        return self.right == (most,) and self.lengths.count(most) == 1


def options_of(question: QuestionKind) -> Options | None:
    """The lengths of the question's options; None for another kind of answer."""
    choices = [(len(plain_text(text.text)), right) for text, right in question.choices()]
    lengths = tuple(length for length, _ in choices)
    return Options(lengths, tuple(length for length, right in choices if right)) if choices else None


def check_all(course: Course | None, today: date, problems: Problems) -> None:
    """Tell what a check tells besides faults: the craft of questions, and the sources that are due on that day."""
    if course is not None:
        check_craft(course, problems)
        check_dates(course, today, problems)


def check_craft(course: Course, problems: Problems) -> None:
    """Warn of questions that can be answered without reading, and of skills that are not tested again."""
    checks = [item for item in course.items.values() if course.kinds[item.kind].questions(item)]
    for item in checks:
        for question in course.kinds[item.kind].questions(item):
            _check_question(question, problems)
        _check_forms(course, item, problems)
    _check_longest([one for item in checks for one in course.kinds[item.kind].questions(item)], problems)
    for module in course.modules:
        _check_skills(course, module, problems)
    _check_asked(course, problems)


def _check_question(question: QuestionKind, problems: Problems) -> None:
    place, options = question.stem.place, options_of(question)
    for length in options.off() if options is not None else ():
        mean = float(options.mean) if options is not None else 1.0
        what = f"{question.id}: a right option of {length} characters, {length / mean - 1:+.0%} against the mean of {mean:.0f}."
        problems.warning(place, "craft-length", what, "Make the options as long as each other, within 15 %.")
    if options is not None and len(options.right) > MOST_RIGHT:
        what = f"{question.id}: {len(options.right)} of {len(options.lengths)} options are right."
        problems.warning(place, "craft-right", what, "Make 2 to 4 of them right.")
    if question.without_reason():
        what = f"{question.id}: {question.without_reason()} places give no reason of their own."
        problems.warning(place, "craft-reason", what, "Write reason: for each step or pair: why here.")


def _check_forms(course: Course, item: Item[Any], problems: Problems) -> None:
    """A course without critical skills may have checks with one form; it is told all the same."""
    questions = course.kinds[item.kind].questions(item)
    twins = {one.form_b_of for one in questions}
    first = [one for one in questions if one.scored and one.form_b_of is None]
    alone = [one.id for one in first if one.id not in twins]
    if alone and not course.has_critical_skills:
        what = f"{len(alone)} of {len(first)} questions have no second form."
        problems.warning(
            Place(item.path, 1), "craft-form", what, "Add one each with form_b_of: a second try brings it."
        )


def _check_longest(questions: Iterable[QuestionKind], problems: Problems) -> None:
    """Over the course the one right option is the longest, or the shortest, no more often than by chance."""
    alone = [one for one in map(options_of, questions) if one is not None and len(one.right) == 1]
    chance = sum((Fraction(1, len(one.lengths)) for one in alone), Fraction())
    for name, count in (
        ("longest", sum(one.is_longest for one in alone)),
        ("shortest", sum(one.is_shortest for one in alone)),
    ):
        if count > chance:
            what = f"The right option is the {name} in {count} of {len(alone)} questions; by chance in {float(chance):.1f}."
            problems.warning(Place("course.yaml"), f"craft-{name}", what, "Lengthen wrong ones, or shorten right ones.")


def _check_skills(course: Course, module: Module, problems: Problems) -> None:
    tested = {one.skill for item in module.item_ids for one in _questions(course, item)}
    again = {pair.first.skill for pair in pairs_of(course) if pair.item.module == module.id}
    place = Place(f"{module.folder}/module.yaml", 1)
    for skill in module.critical_skills:
        if skill not in tested:
            what = f"No question of the module tests the critical skill {skill!r}."
            problems.warning(place, "skill-untested", what, f"Give one of its check skill: {skill}.")
        elif skill not in again and not course.refresher:
            what = f"The critical skill {skill!r} is tested once, and never again later."
            problems.warning(place, "skill-once", what, "Ask it in the assessment, or give the course a refresher.")


def _questions(course: Course, item_id: str) -> tuple[QuestionKind, ...]:
    item = course.items[item_id]
    return course.kinds[item.kind].questions(item)


def _check_asked(course: Course, problems: Problems) -> None:
    if course.assessment is None:
        return
    place, pairs = Place("course.yaml", course.assessment.intro.place.line), pairs_of(course)
    without = {module.id for module in course.modules} - {pair.item.module for pair in pairs}
    if not FEWEST_ASKED <= len(pairs) <= MOST_ASKED or without:
        what = f"{len(pairs)} questions before and after the course, none of {len(without)} modules."
        mend = f"Ask {FEWEST_ASKED} to {MOST_ASKED}, at least one of each module."
        problems.warning(place, "assessment-size", what, mend)


@dataclass(frozen=True, slots=True)
class DueSource:
    """A source that has to be read again by a day, with the facts that stand on it."""

    module: Module
    id: str
    source: SourceEntry
    facts: tuple[str, ...]

    @property
    def place(self) -> Place:
        """The file that lists it."""
        return Place(f"{self.module.folder}/module.yaml", 1)

    def line(self, folder: Path) -> str:
        """The line that lists it for whoever reads it again; ``folder`` is its course's."""
        source = self.source
        told = f"; facts: {', '.join(self.facts)}" if self.facts else ""
        told += f"; {source.voice}: {source.why}" if source.why else ""
        read = f"{self.id} ({source.kind}, read {source.read}): {source.owner}, {source.url}"
        return f"{source.check_by} {folder}/{self.place.path} {read}{told}"


def dated_sources(course: Course) -> Iterator[DueSource]:
    """Every source that has to be read again at some time, the soonest first."""
    found = [
        DueSource(module, name, source, _facts_on(module, name))
        for module in course.modules
        for name, source in module.sources.items()
        if source.check_by is not None
    ]
    yield from sorted(found, key=lambda due: (due.source.check_by or date.max, due.module.folder, due.id))


def check_dates(course: Course, today: date, problems: Problems) -> None:
    """Warn of sources that are due on that day."""
    for due in dated_sources(course):
        if due.source.is_due(today):
            what = f"The source {due.id!r} ({due.source.owner}) had to be read again by {due.source.check_by}."
            problems.warning(
                due.place, "source-due", what, "Open its page, mend what has changed, and write the new days."
            )
    for module in course.modules:
        undated = [name for name, one in module.sources.items() if one.kind not in DATED and one.check_by is None]
        if undated and course.has_critical_skills:
            what = f"{len(undated)} sources do not say when they were read: {', '.join(sorted(undated))}."
            place = Place(f"{module.folder}/module.yaml", 1)
            problems.warning(place, "source-unread", what, "Write kind:, read: and check_by:.")


def _facts_on(module: Module, source: str) -> tuple[str, ...]:
    told = ((name, one) for name, fact in module.facts.items() for one in (fact.general, *fact.countries.values()))
    return tuple(dict.fromkeys(name for name, one in told if one.source == source))
