"""The two manifests of a course, course.yaml and module.yaml, as frozen dataclasses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from pathlib import Path
from typing import Final

from coplearn.authoring.fields import Fields, Text
from coplearn.authoring.problems import Place, Problems
from coplearn.authoring.source import SourceFile
from coplearn.courses.asked import read_question
from coplearn.courses.facts import Fact, SourceEntry, read_facts, read_sources
from coplearn.courses.licences import canonical_licence
from coplearn.courses.plugin import QuestionKind
from coplearn.courses.questions.registry import QUESTION_KINDS
from coplearn.courses.source import read_source
from coplearn.kernel.words import ID_PATTERN, Audience

FOLDER: Final = r"[0-9a-z][0-9a-z-]{0,60}"
VERSION: Final = r"[0-9]+\.[0-9]+\.[0-9]+"
ASKED: Final = rf"{ID_PATTERN.pattern}/{ID_PATTERN.pattern}"
AUDIENCE: Final = "|".join(Audience)
DEFAULT_MARK: Final = 70
"""Percent; holds in a course that names no pass mark."""
LATEST_REFRESHER: Final = 730
"""Days after a course; whoever asks for a question later than that may be asked nothing any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentEntry:
    """The same skills asked before the course and after it. ``questions`` are items and questions of form A, as written."""

    id: str
    intro: Text
    questions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRule:
    """The rule of who may begin: whoever has ``at_least`` so many percent in each check of one of these courses."""

    one_of: tuple[str, ...]
    at_least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseManifest:
    """course.yaml."""

    id: str
    version: str
    title: str
    summary: str
    audiences: tuple[Audience, ...]
    language: str
    licence: str
    credit: str
    helplines: bool = True
    pass_mark: int = DEFAULT_MARK
    answers_at_once: bool = False
    refresher: tuple[int, ...] = ()
    modules: tuple[str, ...]
    retired: tuple[str, ...] = ()
    assessment: AssessmentEntry | None = None
    requires: EntryRule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleManifest:
    """module.yaml."""

    id: str
    title: str
    summary: str
    minutes: int
    objectives: Mapping[str, str]
    content_note: str | None = None
    pre_question: QuestionKind | None = None
    recall: str | None = None
    sources: Mapping[str, SourceEntry] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)
    critical_skills: Mapping[str, Text] = field(default_factory=dict)
    recordings: tuple[str, ...] = ()


def read_course_manifest(root: Path, problems: Problems) -> tuple[CourseManifest, SourceFile] | None:
    """Read and check ``root/course.yaml``; every fault is noted at once."""
    source = read_source(root, "course.yaml", problems)
    if source is None:
        return None
    before, fields = len(problems.errors), Fields.whole(source, problems)
    fields.only(*(one.name for one in dataclass_fields(CourseManifest)))
    manifest = CourseManifest(
        id=fields.identifier() or "",
        version=fields.match("version", VERSION, 'Write three numbers such as "1.0.0".') or "",
        title=_words(fields, "title"),
        summary=_words(fields, "summary"),
        audiences=tuple(map(Audience, fields.list_of("audiences", AUDIENCE, f"Known: {', '.join(Audience)}."))),
        language=_words(fields, "language"),
        licence=_licence(fields),
        credit=_words(fields, "credit"),
        helplines=fields.flag("helplines", absent=True),
        pass_mark=fields.integer("pass_mark", 1, 100) or DEFAULT_MARK,
        answers_at_once=fields.flag("answers_at_once"),
        refresher=fields.numbers("refresher", 1, LATEST_REFRESHER),
        modules=fields.list_of("modules", FOLDER, "Name folders: small letters, digits and hyphens."),
        retired=fields.list_of("retired", ID_PATTERN.pattern, "List the ids of items.", required=False),
        assessment=_assessment(fields.mapping("assessment")),
        requires=_entry_rule(fields.mapping("requires")),
    )
    for index, folder in enumerate(manifest.modules):
        if folder in manifest.modules[:index]:
            fields.error(
                f"modules.{index}", "module-twice", f"The folder {folder!r} is listed twice.", "Keep one of them."
            )
    return (manifest, source) if len(problems.errors) == before else None


def read_module_manifest(
    root: Path, folder: str, problems: Problems, questions: Mapping[str, type[QuestionKind]] = QUESTION_KINDS
) -> tuple[ModuleManifest, SourceFile] | None:
    """Read and check ``root/<folder>/module.yaml``; ``questions`` are the kinds of question that it may hold, by their word."""
    source = read_source(root, f"{folder}/module.yaml", problems)
    if source is None:
        return None
    before, fields = len(problems.errors), Fields.whole(source, problems)
    fields.only(*(one.name for one in dataclass_fields(ModuleManifest)))
    note, sources = fields.text("content_note", required=False), read_sources(fields)
    manifest = ModuleManifest(
        id=fields.identifier() or "",
        title=_words(fields, "title"),
        summary=_words(fields, "summary"),
        minutes=fields.integer("minutes", 1, 600, required=True) or 1,
        objectives={name: text.text for name, text in fields.texts("objectives").items()},
        content_note=note.text if note is not None else None,
        pre_question=_pre_question(fields, questions),
        recall=fields.match("recall", ID_PATTERN.pattern, "Write the id of an earlier module.", required=False),
        sources=sources,
        facts=read_facts(fields, sources),
        critical_skills=fields.texts("critical_skills", required=False),
        recordings=fields.list_of("recordings", ID_PATTERN.pattern, "Name files of media/.", required=False),
    )
    return (manifest, source) if len(problems.errors) == before else None


def _pre_question(fields: Fields, kinds: Mapping[str, type[QuestionKind]]) -> QuestionKind | None:
    """The question asked before the module teaches; of any kind that has a right answer, so that it can say why."""
    inner = fields.mapping("pre_question")
    if inner is None:
        return None
    kind = inner.word("kind", tuple(name for name, one in kinds.items() if one.scored))
    return read_question(kinds[kind], inner) if kind is not None else None


def _assessment(fields: Fields | None) -> AssessmentEntry | None:
    if fields is None:
        return None
    fields.only("id", "intro", "questions")
    mend = "Write item/question, such as begin-check/first-word."
    named = fields.list_of("questions", ASKED, mend)
    questions = [(item, question) for item, _, question in (one.partition("/") for one in named)]
    intro, identity = fields.text("intro"), fields.identifier()
    for index, one in enumerate(named):
        if one in named[:index]:
            fields.error(f"questions.{index}", "duplicate-id", f"{one} is asked twice.", "Keep one of them.")
    if intro is None or identity is None:
        return None
    return AssessmentEntry(id=identity, intro=intro, questions=tuple(questions))


def _entry_rule(fields: Fields | None) -> EntryRule | None:
    if fields is None:
        return None
    fields.only("one_of", "at_least")
    courses = fields.list_of("one_of", ID_PATTERN.pattern, "List the ids of courses.")
    return EntryRule(one_of=courses, at_least=fields.integer("at_least", 1, 100, required=True) or 100)


def _words(fields: Fields, name: str) -> str:
    text = fields.text(name)
    return text.text if text is not None else ""


def _licence(fields: Fields) -> str:
    written = fields.match("licence", r".+", "Write an identifier of the SPDX list, such as CC-BY-4.0.")
    try:
        return canonical_licence(written) if written is not None else ""
    except ValueError as error:
        fields.error("licence", "bad-value", f'"{written}" is no licence: {error}.', "Write for example CC-BY-4.0.")
        return ""


def place_of_folder(source: SourceFile, folder: str) -> Place:
    """The line of course.yaml that names a module's folder."""
    named = source.data.get("modules")
    index = named.index(folder) if isinstance(named, list) and folder in named else ""
    return source.place(f"modules.{index}")


def stand_in_course(root: Path, course_id: str) -> tuple[CourseManifest, SourceFile]:
    """A stand-in for a course whose course.yaml is unusable, its faults told already, so that the rest can be judged.

    Where it does not name its modules they are the folders that look like one. It is no course to be shown.
    """
    source = read_source(root, "course.yaml", Problems()) or SourceFile("course.yaml", {}, {})
    given = {name: text for name in ("title", "summary", "credit", "language") if (text := source.data.get(name))}
    texts = {name: text for name, text in given.items() if isinstance(text, str) and text.strip()}
    named = [name for name in _list(source, "modules") if re.fullmatch(FOLDER, name)]
    manifest = CourseManifest(
        id=course_id,
        version="0.0.0",
        title=texts.get("title", ""),
        summary=texts.get("summary", ""),
        audiences=(),
        language=texts.get("language", "en"),
        licence="",
        credit=texts.get("credit", ""),
        modules=tuple(dict.fromkeys(named)) or tuple(_module_folders(root)),
        retired=tuple(_list(source, "retired")),
    )
    return manifest, source


def stand_in_module(module_id: str, sources: Iterable[str]) -> ModuleManifest:
    """The same for a module whose module.yaml is unusable, with the ids of its sources."""
    entries = {name: SourceEntry(owner="", year=0, title="", url="") for name in sources}
    return ModuleManifest(
        id=module_id, title="", summary="", minutes=1, objectives={}, content_note="", sources=entries
    )


def _list(source: SourceFile, key: str) -> list[str]:
    found = source.data.get(key)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _module_folders(root: Path) -> list[str]:
    found = (path.name for path in root.iterdir() if not path.is_symlink() and (path / "module.yaml").is_file())
    return sorted(name for name in found if re.fullmatch(FOLDER, name))
