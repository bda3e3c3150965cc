"""The contents of the learning pages: a course, its items, and how far this learner is, ready for a template."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from markupsafe import Markup

from coplearn.courses.assessment import AFTER, BEFORE, SITTINGS, sitting_id
from coplearn.courses.course import Course, Module
from coplearn.courses.pages import text_shown
from coplearn.courses.plugin import Item
from coplearn.courses.texts import Texts
from coplearn.i18n.locales import Locale
from coplearn.kernel.text import N_, Phrase, counted
from coplearn.kernel.words import Audience
from coplearn.learning.plugin_parts import finish_of, place_of, scripts_of, styles_of, word_of
from coplearn.learning.queries import InCourse, VisitRow
from coplearn.learning.rules import Completion, News, completion, left_of, mark_of, step_to_go_on_with, tries_of
from coplearn.web.framework import form_token
from coplearn.web.render import say, say_phrase


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item in an outline."""

    id: str
    icon: str
    label: Markup
    title: str
    minutes: int
    href: str
    done: bool
    current: bool
    mark: int | None = None
    """The percent to reach, of a check that has such a mark."""
    needed: bool = True
    """Whether the course counts it."""


@dataclass(frozen=True, slots=True)
class ModulePart:
    """One module in an outline, with its items; ``number`` counts from 1. ``optional`` are those for whoever has more time."""

    number: int
    id: str
    title: str
    summary: str
    minutes: int
    objectives: Sequence[str]
    lines: Sequence[ItemLine]
    optional: Sequence[ItemLine]

    @property
    def items(self) -> int:
        """The number of its items that have to be done."""
        return sum(line.needed for line in self.lines)

    @property
    def items_done(self) -> int:
        """The number of these that are done."""
        return sum(line.needed and line.done for line in self.lines)


@dataclass(frozen=True, slots=True)
class CourseCard:
    """A course in the catalogue; ``share`` from 0 to 1 is what is in the reader's language."""

    href: str
    title: str
    summary: str
    audiences: Sequence[Audience]
    modules: int
    minutes: int
    share: float
    progress: Completion | None = None


@dataclass(frozen=True, slots=True)
class GoingOn:
    """The place where somebody goes on: the course, the step that comes next, and how far they are."""

    title: str
    step: str
    href: str
    resume_href: str
    certificate_href: str
    progress: Completion


@dataclass(frozen=True, slots=True)
class CourseScreen:
    """A course's own page. Each check may be answered ``tries`` times: 0 is without limit, None says that they differ.

    So does None as the percent to reach, ``mark``. ``new``, ``changed`` and ``gone`` are of :class:`~.rules.News`.
    """

    title: str
    summary: str
    minutes: int
    parts: Sequence[ModulePart]
    progress: Completion
    resume_href: str
    checks: int
    tries: int | None
    mark: int | None
    current: int
    """The number of the module in which the learner goes on."""
    before_href: str | None
    """Where the questions before the course are asked, while there is a reason to offer them; ``after_href`` likewise."""
    after_href: str | None
    has_news: bool
    new: Sequence[ItemLine]
    changed: Sequence[ItemLine]
    gone: int


@dataclass(frozen=True, slots=True)
class ModuleEnd:
    """The page after a module is done; ``href`` is the page's own address, ``following`` the module after it, if any."""

    href: str
    course_href: str
    course_title: str
    part: ModulePart
    modules: int
    modules_done: int
    following: ModulePart | None
    next_href: str


@dataclass(frozen=True, slots=True)
class ItemScreen:
    """Everything around an item's own body."""

    title: str
    place: Markup
    finish: Markup | None
    scripts: Sequence[str]
    styles: Sequence[str]
    minutes_words: str
    href: str
    course_href: str
    course_title: str
    skip_href: str
    part: ModulePart
    progress: Completion
    progress_words: str
    done_word: str
    done: bool
    previous_href: str | None
    previous_title: str | None
    next_href: str | None
    next_title: str | None
    way_on: str
    """Where the result of a check leads."""
    content_note: str | None
    fallbacks: int


def item_href(course: Course, item: Item[Any]) -> str:
    """The item's address in the page's language; nothing in it names the topic."""
    return url_for("learning.item", course_code=course.code, item_code=item.code)


def way_in(course: Course, item: Item[Any], visits: Mapping[str, VisitRow]) -> str:
    """The address at which a learner goes on with ``item``: what its module asks first, while nothing of the module is done."""
    module = course.module(item.module)
    if item.id != module.item_ids[0] or not module.asks_first or _done(visits) & set(module.item_ids):
        return item_href(course, item)
    return url_for("practice.before", course_code=course.code, number=course.position(item.id).module_number)


def how_far(course: Course, visits: Mapping[str, VisitRow]) -> Completion:
    """The learner's completion of the course as it is now."""
    passed = [item_id for item_id, visit in visits.items() if visit.passed_at is not None]
    return completion(course.required, course.checks, _done(visits), passed)


def course_card(
    course: Course, texts: Texts, locale: Locale, visits: Mapping[str, VisitRow] | None = None
) -> CourseCard:
    """The course as the catalogue lists it, with how far somebody is who has begun it."""
    return CourseCard(
        href=url_for("learning.course", course_code=course.code),
        title=text_shown(texts, "course#title"),
        summary=text_shown(texts, "course#summary"),
        audiences=course.audiences,
        modules=len(course.modules),
        minutes=course.minutes,
        share=course.completeness(locale.code) / 100,
        progress=how_far(course, visits) if visits else None,
    )


def going_on(course: Course, texts: Texts, visits: Mapping[str, VisitRow], place: str | None) -> GoingOn:
    """The place where a learner of the course, whose last item was ``place``, goes on."""
    step = resume_item(course, visits, place)
    return GoingOn(
        title=text_shown(texts, "course#title"),
        step=text_shown(texts, f"{step.id}#title"),
        href=url_for("learning.course", course_code=course.code),
        resume_href=way_in(course, step, visits),
        certificate_href=url_for("certificates.course_certificate", course_code=course.code),
        progress=how_far(course, visits),
    )


def course_screen(course: Course, texts: Texts, here: InCourse, since: News) -> CourseScreen:
    """The course's page for a learner who stands ``here`` in it, and what is otherwise ``since`` they began."""
    visits, step = here.visits, resume_item(course, here.visits, here.place)
    parts = [module_part(course, number, texts, visits, None) for number in range(1, len(course.modules) + 1)]
    lines = {line.id: line for part in parts for line in (*part.lines, *part.optional)}
    return CourseScreen(
        title=text_shown(texts, "course#title"),
        summary=text_shown(texts, "course#summary"),
        minutes=course.minutes,
        parts=parts,
        progress=how_far(course, visits),
        resume_href=way_in(course, step, visits),
        checks=len(course.checks),
        tries=tries_of(course),
        mark=mark_of(course),
        current=course.position(step.id).module_number,
        before_href=sitting_href(course, BEFORE) if open_sitting(course, visits) == BEFORE else None,
        after_href=sitting_href(course, AFTER) if open_sitting(course, visits) == AFTER else None,
        has_news=bool(since),
        new=[lines[item_id] for item_id in since.new],
        changed=[lines[item_id] for item_id in since.changed],
        gone=since.gone,
    )


def module_end(course: Course, number: int, texts: Texts, visits: Mapping[str, VisitRow]) -> ModuleEnd:
    """The end of module ``number`` (from 1) for a learner with those visits."""
    following = module_part(course, number + 1, texts, visits, None) if number < len(course.modules) else None
    return ModuleEnd(
        href=module_end_href(course, number),
        course_href=url_for("learning.course", course_code=course.code),
        course_title=text_shown(texts, "course#title"),
        part=module_part(course, number, texts, visits, None),
        modules=len(course.modules),
        modules_done=sum(not left_of(course, module, _done(visits)) for module in course.modules),
        following=following,
        next_href=way_in(course, course.items[following.lines[0].id], visits)
        if following is not None
        else url_for("certificates.course_certificate", course_code=course.code),
    )


def module_end_href(course: Course, number: int) -> str:
    """The address of the end of module ``number``."""
    return url_for("learning.module_done", course_code=course.code, number=number)


def way_on(course: Course, item: Item[Any], visits: Mapping[str, VisitRow]) -> str:
    """The way on for a learner who has just done ``item``: the next item; at a module's last, when all of the module is done, its
    end; at the course's last the certificate, or what is asked after the course. From an optional one to what is left of its
    module first."""
    at, left = course.position(item.id), left_of(course, course.module(item.module), _done(visits))
    if item.optional and left:
        return way_in(course, course.items[left[0]], visits)
    if at.next is None and open_sitting(course, visits) == AFTER:
        return sitting_href(course, AFTER)
    if at.next is None:
        return url_for("certificates.course_certificate", course_code=course.code)
    if at.item_number == at.items and not left:
        return module_end_href(course, at.module_number)
    return way_in(course, course.items[at.next], visits)


def sitting_href(course: Course, sitting: str) -> str:
    """The address of the questions before the course, or after it."""
    return url_for("assessments.sitting", course_code=course.code, sitting=sitting)


def open_sitting(course: Course, visits: Mapping[str, VisitRow]) -> str | None:
    """The questions offered to a learner with those visits: those before a course that they have not begun, those after
    it when all of it is done and they answered those before it, or None."""
    if course.assessment is None:
        return None
    progress, sat = how_far(course, visits), [sitting_id(course, one) in visits for one in SITTINGS]
    if progress.items_done == 0 and sat == [False, False]:
        return BEFORE
    return AFTER if progress.took_part and sat == [True, False] else None


def _done(visits: Mapping[str, VisitRow]) -> set[str]:
    return {item_id for item_id, visit in visits.items() if visit.done_at is not None}


def resume_item(course: Course, visits: Mapping[str, VisitRow], place: str | None) -> Item[Any]:
    """The item to go on with, for a learner whose last one was ``place``; see :func:`~.rules.step_to_go_on_with`."""
    return course.items[step_to_go_on_with(course, _done(visits), place)]


def module_part(
    course: Course, number: int, texts: Texts, visits: Mapping[str, VisitRow], current: str | None
) -> ModulePart:
    """Module ``number`` (from 1) as an outline with what is done."""
    module: Module = course.modules[number - 1]
    items, required = [course.items[item_id] for item_id in module.item_ids], course.required
    lines = [
        ItemLine(
            id=item.id,
            icon=course.kinds[item.kind].kind.icon,
            label=word_of(course, item, course.kinds[item.kind].kind.label, texts),
            title=text_shown(texts, f"{item.id}#title"),
            minutes=item.minutes,
            href=item_href(course, item),
            done=item.id in visits and visits[item.id].done_at is not None,
            current=item.id == current,
            mark=course.kinds[item.kind].pass_mark(item),
            needed=item.id in required,
        )
        for item in items
    ]
    split = sum(not item.optional for item in items)  # a module's optional items are its last ones
    prefix = f"module.{module.id}#"
    return ModulePart(
        number=number,
        id=module.id,
        title=text_shown(texts, f"{prefix}title"),
        summary=text_shown(texts, f"{prefix}summary"),
        minutes=module.minutes,
        objectives=[text_shown(texts, f"{prefix}objective.{key}") for key in module.objectives],
        lines=lines[:split],
        optional=lines[split:],
    )


def item_screen(
    course: Course, item: Item[Any], texts: Texts, visits: Mapping[str, VisitRow], fallbacks: int
) -> ItemScreen:
    """Everything around the body of ``item`` for a learner with those visits."""
    at = course.position(item.id)
    previous = course.items[at.previous] if at.previous is not None else None
    following = course.items[at.next] if at.next is not None else None
    progress = how_far(course, visits)
    module = course.modules[at.module_number - 1]
    note_shown = module.content_note is not None and at.item_number == 1
    return ItemScreen(
        title=text_shown(texts, f"{item.id}#title"),
        place=place_of(course, item, texts),
        finish=finish_of(course, item, texts, has_next=following is not None),
        scripts=scripts_of(course, item),
        styles=styles_of(course, item),
        minutes_words=minutes_words(item.minutes),
        href=item_href(course, item),
        course_href=url_for("learning.course", course_code=course.code),
        course_title=text_shown(texts, "course#title"),
        skip_href=_after(course, module),
        part=module_part(course, at.module_number, texts, visits, item.id),
        progress=progress,
        progress_words=_steps_words(progress),
        done_word=say(N_("Done")),
        done=item.id in visits and visits[item.id].done_at is not None,
        previous_href=item_href(course, previous) if previous else None,
        previous_title=text_shown(texts, f"{previous.id}#title") if previous else None,
        next_href=way_in(course, following, visits) if following else None,
        next_title=text_shown(texts, f"{following.id}#title") if following else None,
        way_on=way_on(course, item, visits),
        content_note=text_shown(texts, f"module.{module.id}#content_note") if note_shown else None,
        fallbacks=fallbacks,
    )


def hidden_fields(seed: int, digest: str) -> Markup:
    """The fields of an item's form besides its answers: the session's token, this page's own key, the shuffle's seed, and of
    which item it was made."""
    return Markup(
        '<input type="hidden" name="csrf_token" value="%s">'
        '<input type="hidden" name="key" value="%s">'
        '<input type="hidden" name="seed" value="%010d">'
        '<input type="hidden" name="made-of" value="%s">'
    ) % (form_token(), secrets.token_urlsafe(18), seed, digest)


def _after(course: Course, module: Module) -> str:
    """The first item after the module, or the course's page when it is the last."""
    order = list(course.items)
    last = order.index(module.item_ids[-1])
    if last + 1 < len(order):
        return item_href(course, course.items[order[last + 1]])
    return url_for("learning.course", course_code=course.code)


def minutes_words(minutes: int) -> str:
    """ "3 minutes" in the page's language."""
    return say_phrase(counted("%(num)s minute", "%(num)s minutes", minutes))


def _steps_words(progress: Completion) -> str:
    done = N_("%(done)s of %(items)s steps done")
    return say_phrase(Phrase(done, {"done": progress.items_done, "items": progress.items}))
