"""The rules of what a page cites: facts, figures, laws, services and clinical steps stand on sources of their kind."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from coplearn.authoring.problems import Place, Problems
from coplearn.courses.course import Course
from coplearn.courses.facts import DATED, SourceKind
from coplearn.courses.tree import Body, Link
from coplearn.i18n.inline_marks import plain_text

_FIGURE: Final = re.compile(
    r"\b\d+(?:\.\d+)? ?%|\b\d[\d,.]* (?:million|billion)\b|\b\d{1,3}(?:,\d{3})+\b|\b\d+ in \d+\b", re.IGNORECASE
)
_LAW: Final = re.compile(
    r"(?<!\A)(?<![.!?:\"\u201c] )\b(?:Act|Law|Regulation|Directive|Convention|Treaty)\b|\b[Aa]rticles? \d+"
)
"""The name of a law, which is no first word of a sentence."""
_CLINICAL: Final = re.compile(r"\b(?:suicid\w*|poison\w*|overdos\w*)\b", re.IGNORECASE)
_CELL: Final = re.compile(r"\.c\d+\Z")


def check_facts(course: Course, problems: Problems, *, may_be_unused: bool) -> None:
    """Note facts that are shown and not there, there and not shown, or said of everywhere without a source."""
    shown: dict[str, set[str]] = {module.id: set() for module in course.modules}
    for item in course.items.values():
        facts = course.module(item.module).facts
        for mark in item.content.facts if isinstance(item.content, Body) else ():
            shown[item.module].add(mark.name)
            if mark.name not in facts:
                known = f"Its facts: {', '.join(sorted(facts)) or 'none yet'}."
                what = f"The module has no fact {mark.name!r}."
                problems.error(Place(item.path, mark.line), "fact-unknown", what, known)
    for module in course.modules:
        for name, fact in module.facts.items():
            if fact.general.source is None and not fact.is_advice:
                what = f"What the fact {name!r} says of everywhere has no source."
                mend = "Write source:, or advice: true where it only says that it differs, and whom to ask."
                problems.warning(fact.general.text.place, "fact-uncited", what, mend)
        for name in module.facts.keys() - shown[module.id] if may_be_unused else ():
            place = module.facts[name].general.text.place
            problems.warning(place, "fact-unused", f"No lesson shows the fact {name!r}.", "Show it or take it out.")


def check_cited(course: Course, problems: Problems) -> None:
    """Refuse a page that tells figures and cites no source of them, in a course with critical skills; elsewhere warn.

    Warn of one that names a law or a service of its module, or speaks of a danger to life, and cites none of that kind. A table
    may be an example that is made up.
    """
    for item in course.items.values():
        if not isinstance(item.content, Body):
            continue
        texts = [(one.line, plain_text(one.source)) for one in item.content.texts if not _CELL.search(one.key)]
        sources = course.module(item.module).sources
        cited = {sources[name].kind for name in map(_source_of, item.content.links) if name in sources}
        services = {one.title.partition(",")[0] for one in sources.values() if one.kind is SourceKind.SERVICE}
        for code, pattern, what, kinds in (
            ("figure-uncited", _FIGURE, "A figure", DATED),
            ("law-uncited", _LAW, "A law", {SourceKind.LAW}),
            ("clinical-uncited", _CLINICAL, "A danger to life", {SourceKind.CLINICAL}),
            ("service-uncited", _any_of(services), "A service", {SourceKind.SERVICE}),
        ):
            found = next(((line, hit[0]) for line, text in texts if (hit := pattern.search(text))), None)
            if found is None or cited & kinds:
                continue
            line, said = found
            note = problems.error if pattern is _FIGURE and course.has_critical_skills else problems.warning
            mend = f"Cite with a ref: link a source of the kind {' or '.join(sorted(kinds))}, or take it out."
            note(Place(item.path, line), code, f"{what} without a source: {said}.", mend)


def _source_of(link: Link) -> str:
    return link.target.removeprefix("ref:")


def _any_of(names: Collection[str]) -> re.Pattern[str]:
    """Any of those names; nothing where there is none."""
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names)))})\b" if names else r"(?!)")
