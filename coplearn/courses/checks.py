"""The rules that need the whole course to see, and the rules of plain writing."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, Final

from coplearn.authoring.problems import Place, Problems
from coplearn.courses.assessment import check_assessment
from coplearn.courses.citing import check_cited, check_facts
from coplearn.courses.course import Course, Module
from coplearn.courses.guarded import KindFailed, note_failure
from coplearn.courses.phones import phone_numbers
from coplearn.courses.plugin import Item, Message
from coplearn.courses.recordings import Recording, words_digest
from coplearn.courses.recovery import Recovered
from coplearn.courses.tree import Body
from coplearn.courses.word_counts import words_in
from coplearn.i18n import hazards
from coplearn.i18n.inline_marks import link_targets, paragraphs, plain_text

LONGEST_PARAGRAPH: Final = 600
MOST_MESSAGES: Final = 20_000
"""More take seconds to load, for every visitor of a worker that reads them anew."""
HARDEST_GRADE: Final = 9.0
NEEDED_LESSONS: Final = 3
"""A module keeps so many that are not optional."""
SPARE_MINUTES: Final = 2
"""A module may say so many minutes more than it takes to read."""
RECALLED: Final = 2
"""So many questions of an earlier module are asked again."""
SLOW_READING: Final = 140
"""Words a minute for pages that are there to learn from, and for checks."""
STORY_READING: Final = 200
"""Words a minute for the shortest way through what is read in more than one way."""

REASON_TO_WRITE: Final = "Write here why: nobody has given this reason yet."
"""Stands where a question came without a reason. A check that holds it is not shown."""

_URL: Final = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
_HTML: Final = re.compile(r"<[A-Za-z/!?]|javascript\s*:", re.IGNORECASE)
_SENSITIVE: Final = re.compile(r"\b(?:sexual|abuse[ds]?|suicid\w*|self-harm|blackmail|naked)\b", re.IGNORECASE)
_SENTENCE: Final = re.compile(r"[.!?:]+(?:\s|$)|\n+")
_WORD: Final = re.compile(r"[A-Za-z]+(?:['\u2019][A-Za-z]+)?")
_VOWELS: Final = re.compile(r"[aeiouy]+")


def check_course(course: Course, problems: Problems, recovered: Recovered) -> None:
    """Note every fault of the whole: links that lead nowhere, what is never used, and text that is hard or unsafe.

    ``recovered`` is what files that cannot be used still say: their links are judged, and a link into one is no fault.
    """
    links = _Links(course, recovered, problems)
    for item in course.items.values():
        for message in (*messages_of(course, item), *_without_id(item)):
            links.check(item.module, message)
        try:
            course.kinds[item.kind].check(item, course, problems)
        except KindFailed as failed:
            note_failure(failed, Place(item.path, 1), problems)
    for module_id, message in recovered.texts:
        links.check(module_id, message)
    for module in course.modules:
        for message in _pre_question_texts(course, module):
            links.check(module.id, message)
    _check_recall(course, problems)
    if len(course.messages) > MOST_MESSAGES:
        what = f"The course has {len(course.messages)} texts; {MOST_MESSAGES} is the most."
        problems.error(Place("course.yaml"), "course-too-big", what, "Make it two courses.")
        return
    for message in course.messages:
        check_text(message, problems)
    check_assessment(course, problems)
    check_facts(course, problems, may_be_unused=not recovered.unseen)
    check_cited(course, problems)
    for module in course.modules:
        _check_module(course, module, None if module.id in recovered.unseen else links.cited[module.id], problems)
    _check_pictures(course, problems, may_be_unused=not recovered.unseen)
    _check_recordings(course, problems, may_be_unused=not recovered.unseen)
    for item in course.items.values():
        _check_reading(course, item, problems)
        _check_minutes(course, item, problems)
    for kind in course.kinds.values():
        try:
            kind.check_all([item for item in course.items.values() if item.kind == kind.name], problems)
        except KindFailed as failed:
            note_failure(failed, Place("course.yaml", 1), problems)


def messages_of(course: Course, item: Item[object]) -> Iterator[Message]:
    """The course's messages that belong to ``item``, its title among them."""
    return (message for message in course.messages if message.context.startswith(f"{item.id}#"))


def _pre_question_texts(course: Course, module: Module) -> Iterator[Message]:
    if module.pre_question is not None:
        group = f"{module.prefix}.{module.pre_question.id}"
        yield from (message for message in course.messages if message.group == group)


def _check_recall(course: Course, problems: Problems) -> None:
    """Note where a module asks again about one that does not come before it, or that has too little to ask about."""
    before: dict[str, Module] = {}
    # What is amiss with a module's own files is told already, and may be why it cannot be found or asks too little.
    spoilt = {problem.place.path.partition("/")[0] for problem in problems.errors}
    is_whole = not spoilt & {"course.yaml", *(module.folder for module in course.modules if "/" in module.id)}
    for module in course.modules:
        place, named = Place(f"{module.folder}/module.yaml", 1), module.recall
        if named is not None and named not in before and is_whole:
            known = f"Before it come: {', '.join(before) or 'none'}."
            what = f"recall: names {named!r}, which is no module before this one."
            problems.error(place, "recall-unknown", what, known)
        elif named in before and before[named].folder not in spoilt and _scored_in(course, before[named]) < RECALLED:
            what = f"The checks of the module {named!r} have fewer than {RECALLED} questions to ask again."
            problems.error(place, "recall-empty", what, "Name another module, or add questions to its check.")
        before[module.id] = module


def _scored_in(course: Course, module: Module) -> int:
    items = [(course.items[item_id], course.kinds[course.items[item_id].kind]) for item_id in module.item_ids]
    return sum(question.scored for item, kind in items if kind.scored for question in kind.questions(item))


def _without_id(item: Item[object]) -> Iterator[Message]:
    """The texts of blocks that the stamper has not seen yet: their links are judged with all others."""
    if isinstance(item.content, Body):
        for text in item.content.texts:
            if text.translate and not text.key:
                yield Message("", text.source, Place(item.path, text.line))


class _Links:
    """Judges links, and remembers which sources each module cites."""

    def __init__(self, course: Course, recovered: Recovered, problems: Problems) -> None:
        self.cited: dict[str, set[str]] = {module.id: set() for module in course.modules}
        self._course = course
        self._items = course.item_ids | recovered.names
        self._unknown = recovered.modules
        self._problems = problems

    def check(self, module: str, message: Message) -> None:
        """Note every link of a text of that module that leads nowhere."""
        for target in link_targets(message.text):
            kind, colon, name = target.partition(":")
            if kind == "ref" and colon:
                self._check_ref(module, message.place, name)
            elif kind == "item" and colon:
                if name not in self._items:
                    what = f"The course has no item {name!r}."
                    self._problems.error(message.place, "item-unknown", what, "Link to the id of an item.")
            elif target != "help:":
                mend = "Link to ref:<source>, item:<item> or help: only."
                self._problems.error(message.place, "link-target", f"A link leads to {target!r}.", mend)

    def _check_ref(self, module: str, place: Place, name: str) -> None:
        self.cited[module].add(name)
        sources = self._course.source_ids(module)
        if name not in sources and module not in self._unknown:
            known = f"Its sources: {', '.join(sorted(sources)) or 'none yet'}."
            self._problems.error(place, "ref-unknown", f"The module has no source {name!r}.", known)


def check_text(message: Message, problems: Problems) -> None:
    """Note what no text for learners may hold: hidden characters, HTML, web addresses, phone numbers, a reason to write."""
    text = message.text
    if hazards.has_override(text) or hazards.has_control(text) or not hazards.isolates_balanced(text):
        problems.error(message.place, "text-hidden", "A hidden character stands in this text.", "Type the text anew.")
    if _HTML.search(text) and "`" not in text:
        problems.error(message.place, "text-html", "HTML or a script stands in this text.", "Write it in Markdown.")
    if text == REASON_TO_WRITE:
        what, mend = "A reason is still to be written.", "Say kindly why this answer is right, or is not."
        problems.error(message.place, "text-to-write", what, mend)
    words = plain_text(text)
    if _URL.search(words):
        problems.error(
            message.place, "bare-url", "A web address stands in the text.", "Make it a source and a ref: link."
        )
    for number in phone_numbers(words):
        mend = "Helplines are data of the site, by country: link to help: instead."
        problems.error(message.place, "phone-number", f"This looks like a phone number: {number}.", mend)
    longest = max(len(paragraph) for paragraph in paragraphs(words))
    if longest > LONGEST_PARAGRAPH:
        problems.warning(
            message.place,
            "long-paragraph",
            f"This paragraph has {longest} characters.",
            f"Make it two: {LONGEST_PARAGRAPH} are much on a phone.",
        )


def _check_module(course: Course, module: Module, cited: set[str] | None, problems: Problems) -> None:
    place = Place(f"{module.folder}/module.yaml", 1)
    _check_optional(course, module, problems)
    _check_module_minutes(course, module, problems)
    told = {one.source for fact in module.facts.values() for one in (fact.general, *fact.countries.values())}
    for name in () if cited is None else module.sources.keys() - cited - told:
        problems.warning(
            place, "source-unused", f"No link of this module names the source {name!r}.", "Cite it or take it out."
        )
    if module.content_note is not None:
        return
    own = [_pre_question_texts(course, module)]
    for texts in (*own, *(messages_of(course, course.items[item_id]) for item_id in module.item_ids)):
        for message in texts:
            found = _SENSITIVE.search(message.text)
            if found:
                what = f"The module speaks of {found[0].lower()!r} ({message.place}) without a content_note."
                problems.warning(place, "note-missing", what, "Say what it talks about, so that a reader can skip it.")
                return


def _check_optional(course: Course, module: Module, problems: Problems) -> None:
    """Note where optional lessons leave too little to learn from."""
    items = [course.items[item_id] for item_id in module.item_ids]
    lessons = [item for item in items if course.kinds[item.kind].kind.may_be_optional]
    needed = sum(not item.optional for item in lessons)
    if needed < len(lessons) and needed < NEEDED_LESSONS:
        place = Place(next(item.path for item in lessons if item.optional), 1)
        what = f"Without its optional lessons the module has {needed}."
        problems.error(place, "optional-many", what, f"Leave {NEEDED_LESSONS} lessons that are not optional.")


def _check_module_minutes(course: Course, module: Module, problems: Problems) -> None:
    """Note minutes of a module that are not those of its reading. A module without a check (a drill, a workshop) is not read
    alone."""
    has_check = any(item_id in module.item_ids for item_id in course.checks)
    if not has_check or not module.title:  # without a title it stands in for one whose module.yaml says nothing
        return
    needed = math.ceil(reading_minutes(course, module))
    if not needed <= module.minutes <= needed + SPARE_MINUTES:
        what = f"The module takes {needed} minutes to read, and says {module.minutes}."
        problems.warning(Place(f"{module.folder}/module.yaml", 1), "module-minutes", what, f"Say {needed}.")


def _check_pictures(course: Course, problems: Problems, *, may_be_unused: bool) -> None:
    used: set[str] = {one.poster for one in course.recordings.values() if one.poster is not None}
    for item in course.items.values():
        if not isinstance(item.content, Body):
            continue
        for picture in item.content.pictures:
            used.add(picture.name)
            if picture.name not in course.figures:
                mend = f"Add media/{picture.name}.svg or mend the name."
                place = Place(item.path, picture.alt.line)
                problems.error(place, "media-unknown", f"There is no drawing {picture.name!r}.", mend)
    for name, figure in course.figures.items():
        if name not in used and may_be_unused:
            place = Place(figure.path)
            problems.warning(place, "media-unused", "No page shows this drawing.", "Show it or take it out.")


def _check_recordings(course: Course, problems: Problems, *, may_be_unused: bool) -> None:
    used: set[str] = set()
    for module in course.modules:
        used.update(module.recordings)
        for name in module.recordings:
            if name not in course.recordings:
                place, mend = Place(f"{module.folder}/module.yaml", 1), f"Add media/{name}.yaml or mend the name."
                problems.error(place, "recording-unknown", f"There is no recording {name!r}.", mend)
    for item in course.items.values():
        for mark in item.content.recordings if isinstance(item.content, Body) else ():
            used.add(mark.name)
            if mark.name not in course.recordings and may_be_unused:
                mend = f"Add media/{mark.name}.yaml or mend the name."
                what = f"There is no recording {mark.name!r}."
                problems.error(Place(item.path, mark.line), "recording-unknown", what, mend)
    for recording in course.recordings.values():
        place = recording.title.place
        if recording.name not in used and may_be_unused:
            what = "No page plays this recording."
            problems.warning(
                place,
                "recording-unused",
                what,
                f"Write :::recording {recording.name} in a lesson, or name it in module.yaml.",
            )
        if recording.poster is not None and recording.poster not in course.figures:
            what, mend = f"There is no drawing {recording.poster!r}.", f"Add media/{recording.poster}.svg."
            problems.error(place, "media-unknown", what, mend)
        _check_made_of(course, recording, problems)
        for name in recording.texts:
            if name not in course.items and may_be_unused:
                what = f"The course has no item {name!r}."
                problems.error(place, "recording-texts", what, "List the ids of items that it reads from.")


def _check_made_of(course: Course, recording: Recording, problems: Problems) -> None:
    """Note recordings in the course's own language that are older than their words; of others their pages tell it."""
    words = {message.context: message.text for message in course.messages}
    now, noted = words_digest(recording, course.messages, words.__getitem__), recording.made_of.get(course.locale)
    if any(file.locale == course.locale for file in recording.files) and (noted is None or noted.digest != now):
        what = "Which words this was made of is not noted." if noted is None else "Its words have changed since."
        mend = "Record it anew, then run coplearn recordings stamp."
        problems.warning(recording.title.place, "recording-stale", what, mend)


def _check_reading(course: Course, item: Item[object], problems: Problems) -> None:
    if not isinstance(item.content, Body) or not course.locale.startswith("en"):
        return
    grade = reading_grade(_prose(item.content))
    if grade > HARDEST_GRADE:
        what = f"This page reads at school grade {grade:.1f}."
        problems.warning(Place(item.path, 1), "hard-reading", what, "Use shorter sentences and everyday words.")


def grade_of(course: Course) -> float:
    """The school grade of all pages of prose together."""
    return reading_grade(
        "\n".join(_prose(one.content) for one in course.items.values() if isinstance(one.content, Body))
    )


def _prose(body: Body) -> str:
    return "\n".join(plain_text(text.source) for text in body.texts if text.translate)


def reading_of(course: Course, item: Item[Any]) -> tuple[int, int]:
    """The words of an item that nobody who takes its shortest way can leave out, and how many of them are read in a minute."""
    if isinstance(item.content, Body):
        return sum(words_in(text.source) for text in item.content.texts), SLOW_READING
    kind = course.kinds[item.kind]
    return kind.shortest_words(item) or 0, SLOW_READING if kind.kind.scored else STORY_READING


def reading_minutes(course: Course, module: Module) -> float:
    """The minutes that what has to be done of a module takes to read."""
    read = [reading_of(course, course.items[one]) for one in course.required if one in module.item_ids]
    return math.fsum(words / speed for words, speed in read)


def _check_minutes(course: Course, item: Item[object], problems: Problems) -> None:
    """Refuse minutes that are too few: somebody plans an evening by them."""
    words, speed = reading_of(course, item)
    if words > item.minutes * speed:
        needed = math.ceil(words / speed)
        what = "This page" if isinstance(item.content, Body) else "The shortest way through this page"
        what = f"{what} has {words} words: at {speed} a minute that is {needed} minutes, and it says {item.minutes}."
        problems.error(Place(item.path, 1), "minutes-short", what, f"Say {needed}, or make it shorter.")


def reading_grade(text: str) -> float:
    """The Flesch-Kincaid school grade of an English text; 0 for fewer than thirty words, which say nothing."""
    words = _WORD.findall(text)
    if len(words) < 30:
        return 0.0
    sentences = sum(1 for part in _SENTENCE.split(text) if _WORD.search(part))
    syllables = sum(_syllables(word.lower()) for word in words)
    return 0.39 * len(words) / max(1, sentences) + 11.8 * syllables / len(words) - 15.59


def _syllables(word: str) -> int:
    count = len(_VOWELS.findall(word))
    if word.endswith("e") and not word.endswith("le") and count > 1:
        count -= 1
    return max(1, count)
