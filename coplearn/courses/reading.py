"""Read a course's modules and items. What cannot be used is kept as a stand-in, so that the rest is judged all the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from coplearn.authoring.problems import Place, Problems
from coplearn.authoring.source import check_keys, mend_key
from coplearn.courses.asked import AskedQuestion
from coplearn.courses.course import Module, opaque_code
from coplearn.courses.facts import fact_texts
from coplearn.courses.figures import Figure
from coplearn.courses.guarded import GuardedKind, KindFailed, note_failure
from coplearn.courses.kinds.registry import STAND_IN
from coplearn.courses.manifest import ModuleManifest, read_module_manifest, stand_in_module
from coplearn.courses.plugin import Item, Message, QuestionKind, SourceFile, digest_of
from coplearn.courses.recordings import Recording
from coplearn.courses.recovery import (
    Recovered,
    claimed_id,
    likely_ids,
    linking_lines,
    linking_texts,
    readable_body,
    readable_text,
)
from coplearn.courses.source import read_source, read_text, split_front
from coplearn.courses.spoken import spoken_messages
from coplearn.courses.tree import Body
from coplearn.kernel.words import ID_PATTERN

_COMMON_KEYS: Final = frozenset({"id", "kind", "title", "minutes", "optional", "say"})
_NOT_ASKED: Final = frozenset({"id", "title", "minutes", "optional", "say"})
"""Keys of an item that are no part of what it asks and says."""


@dataclass(slots=True)
class CourseDraft:
    """The course as far as its folder is read."""

    root: Path
    problems: Problems
    kinds: Mapping[str, GuardedKind]
    course_id: str
    modules: list[Module] = field(default_factory=list)
    items: dict[str, Item[Any]] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)
    recordings: dict[str, Recording] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    recovered: Recovered = field(default_factory=Recovered)
    pre_questions: set[str] = field(default_factory=set)
    """The ids of those that were read."""

    @property
    def question_kinds(self) -> Mapping[str, type[QuestionKind]]:
        """Every kind of question that the course may hold, by its word."""
        return next(iter(self.kinds.values())).kind.question_kinds

    def is_taken(self, name: str) -> bool:
        """Whether an item, a module or a pre-question has that id already."""
        return (
            name in self.items
            or name in self.pre_questions
            or name == "course"
            or any(module.id == name for module in self.modules)
        )


@dataclass(frozen=True, slots=True)
class _Head:
    """The head of an item's file; None for what it does not say rightly."""

    id: str | None
    title: str | None
    minutes: int | None
    kind: GuardedKind | None
    optional: bool = False


def read_module(draft: CourseDraft, folder: str, place: Place) -> None:
    """Read a module's folder, which ``place`` names, with everything in it."""
    path = draft.root / folder
    if path.is_symlink() or not path.is_dir():
        draft.problems.error(place, "module-missing", f"There is no folder {folder!r}.", "Make it, or mend the name.")
        return
    read = read_module_manifest(draft.root, folder, draft.problems, draft.question_kinds)
    if read is None:
        manifest, at = _module_left(draft, folder), Place(f"{folder}/module.yaml", 1)
    else:
        manifest, source = read
        at = source.place()
        if draft.is_taken(manifest.id):
            what = f"The id {manifest.id!r} is used twice."
            draft.problems.error(source.place("id"), "id-twice", what, "Change this one.")
        draft.messages += _module_messages(manifest, source)
        _take_pre_question(draft, manifest, source)
    before = len(draft.items)
    for name in _item_files(path):
        _read_item(draft, f"{folder}/{name}", manifest.id)
    item_ids = _optional_last(draft, before)
    if not item_ids:
        draft.problems.error(at, "module-empty", "This module has no items.", "Add a lesson, such as 01-start.md.")
    draft.modules.append(_module(manifest, folder, item_ids))


def _optional_last(draft: CourseDraft, before: int) -> tuple[str, ...]:
    """The ids of the module's items, which are all after the first ``before``: what nobody has to do after the rest."""
    items = list(draft.items.values())
    inside = sorted(items[before:], key=lambda item: item.optional)
    draft.items = {item.id: item for item in (*items[:before], *inside)}
    return tuple(item.id for item in inside)


def _take_pre_question(draft: CourseDraft, manifest: ModuleManifest, source: SourceFile) -> None:
    """Add the texts of the module's pre-question, and note an id of it that something else has: answers are kept by it."""
    question, place = manifest.pre_question, source.place("pre_question.id")
    if question is None:
        return
    if draft.is_taken(question.id) or question.id == manifest.id:
        draft.problems.error(place, "id-twice", f"The id {question.id!r} is used twice.", "Change this one.")
    draft.pre_questions.add(question.id)
    try:
        draft.messages += AskedQuestion(question, draft.course_id, f"module.{manifest.id}", source.path).messages()
    except KindFailed as failed:
        note_failure(failed, place, draft.problems)


def _module(manifest: ModuleManifest, folder: str, item_ids: tuple[str, ...]) -> Module:
    return Module(
        id=manifest.id,
        folder=folder,
        title=manifest.title,
        summary=manifest.summary,
        minutes=manifest.minutes,
        objectives=manifest.objectives,
        content_note=manifest.content_note,
        sources=manifest.sources,
        item_ids=item_ids,
        pre_question=manifest.pre_question,
        recall=manifest.recall,
        facts=manifest.facts,
        critical_skills=tuple(manifest.critical_skills),
        recordings=manifest.recordings,
    )


def _module_left(draft: CourseDraft, folder: str) -> ModuleManifest:
    """A stand-in for the module whose module.yaml is unusable, with its own id and sources as far as they can be told."""
    path = f"{folder}/module.yaml"
    source = read_source(draft.root, path, Problems())
    named = source.data.get("id") if source else claimed_id(readable_text(draft.root, path))
    is_own = isinstance(named, str) and ID_PATTERN.fullmatch(named) and not draft.is_taken(named)
    sources = source.data.get("sources") if source else None
    # A path can be nobody else's id.
    manifest = stand_in_module(str(named) if is_own else path, sources if isinstance(sources, dict) else ())
    if not isinstance(sources, dict):
        draft.recovered.modules.add(manifest.id)
    return manifest


def _item_files(path: Path) -> list[str]:
    names = sorted(file.name for file in path.iterdir() if file.suffix in (".md", ".yaml", ".yml"))
    return [name for name in names if name != "module.yaml" and not name.startswith((".", "_"))]


def _module_messages(manifest: ModuleManifest, source: SourceFile) -> Iterator[Message]:
    prefix = f"module.{manifest.id}#"
    yield Message(f"{prefix}title", manifest.title, source.place("title"))
    yield Message(f"{prefix}summary", manifest.summary, source.place("summary"))
    if manifest.content_note is not None:
        yield Message(f"{prefix}content_note", manifest.content_note, source.place("content_note"))
    for name, text in manifest.objectives.items():
        note = ("Completes the sentence: After this module you can …",)
        yield Message(f"{prefix}objective.{name}", text, source.place(f"objectives.{name}"), note)
    for name, skill in manifest.critical_skills.items():
        yield Message(f"{prefix}skill.{name}", skill.text, skill.place, ("What a person must be able to do.",))
    for facet, fact in fact_texts(manifest.facts):
        yield Message(f"{prefix}{facet}", fact.text, fact.place, read_twice=True)


def _read_item(draft: CourseDraft, path: str, module: str) -> None:
    problems = draft.problems
    source = read_source(draft.root, path, problems)
    if source is None:
        _keep_left(draft, SourceFile(path, {}, {}), module, None)
        return
    head = _head(draft, source)
    content = None
    if head.kind is not None:
        check_keys(source, source.data, _COMMON_KEYS | set(head.kind.kind.keys), problems)
        before = len(problems.errors)
        try:
            content = head.kind.parse(source, problems)
        except KindFailed as failed:
            note_failure(failed, source.place(), problems)
        if content is None and len(problems.errors) == before:
            mend = "See its kind in docs/courses.md."
            problems.error(source.place(), "item-unusable", "Nothing usable is in this item.", mend)
    if head.kind is None or content is None:
        _keep_left(draft, source, module, head)
    else:
        _keep(draft, source, module, head, head.kind, content)


def _head(draft: CourseDraft, source: SourceFile) -> _Head:
    """The head of the item's file, every fault of it noted."""
    problems, data = draft.problems, source.data
    item_id, title, minutes = data.get("id"), data.get("title"), data.get("minutes")
    if not isinstance(item_id, str) or not ID_PATTERN.fullmatch(item_id):
        mend = "Write id: and 2 to 48 small letters, digits and hyphens, a letter first."
        problems.error(source.place("id"), "bad-id", f"{item_id!r} cannot be an item's id.", mend)
        draft.recovered.names |= likely_ids(item_id, source.path)
        item_id = None
    elif draft.is_taken(item_id):
        what = f"The id {item_id!r} is used twice (see {draft.places.get(item_id, 'the modules')})."
        problems.error(source.place("id"), "id-twice", what, "Change this one.")
        item_id = None
    if not isinstance(title, str) or not title.strip():
        problems.error(source.place("title"), "missing-key", "The item has no title.", "Write title: and a few words.")
        title = None
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 1 <= minutes <= 240:
        what = "minutes is not a whole number of 1-240."
        problems.error(source.place("minutes"), "bad-value", what, "Write minutes: 3.")
        minutes = None
    kind = _kind_of(draft, source)
    return _Head(item_id, title, minutes, kind, _is_optional(source, kind, problems))


def _is_optional(source: SourceFile, kind: GuardedKind | None, problems: Problems) -> bool:
    said, place = source.data.get("optional", False), source.place("optional")
    if not isinstance(said, bool):
        problems.error(place, "not-true-or-false", "optional is neither true nor false.", "Write optional: true.")
    elif said and kind is not None and not kind.kind.may_be_optional:
        what = f"A {kind.name} cannot be left out: it asks for something."
        problems.error(place, "optional-kind", what, "Take optional: out, or make it a lesson.")
    return said is True


def _kind_of(draft: CourseDraft, source: SourceFile) -> GuardedKind | None:
    name = source.data.get("kind")
    kind = draft.kinds.get(name) if isinstance(name, str) else None
    if kind is None:
        mend = mend_key(str(name), draft.kinds)
        draft.problems.error(source.place("kind"), "kind-unknown", f"There is no kind {name!r}.", mend)
    elif not source.path.endswith(kind.kind.extension):
        what = f"A {kind.name} is written in a {kind.kind.extension} file."
        draft.problems.error(source.place("kind"), "kind-extension", what, "Rename the file, or mend the kind.")
        return None
    return kind


def _keep(draft: CourseDraft, source: SourceFile, module: str, head: _Head, kind: GuardedKind, content: Any) -> None:
    """Add the item; one whose head is not whole stands in for itself, under its path where it has no id of its own."""
    item_id = head.id or source.path
    item = Item(
        id=item_id,
        kind=kind.name,
        title=head.title or source.path,
        minutes=head.minutes or 1,
        module=module,
        path=source.path,
        code=opaque_code(f"{draft.course_id}/{item_id}", {item.code for item in draft.items.values()}),
        content=content,
        optional=head.optional if head is not None else False,
        digest=digest_of([{name: said for name, said in source.data.items() if name not in _NOT_ASKED}, source.body]),
    )
    draft.items[item_id] = item
    draft.places[item_id] = source.place("id")
    if head.title is not None:
        draft.messages.append(Message(f"{item_id}#title", item.title, source.place("title")))
    try:
        messages = list(kind.messages(item))
    except KindFailed as failed:
        note_failure(failed, source.place(), draft.problems)
        return
    draft.messages += messages
    draft.messages += spoken_messages(source, f"{item_id}#", messages, draft.problems)


def _keep_left(draft: CourseDraft, source: SourceFile, module: str, head: _Head | None) -> None:
    """Add a stand-in with what is left of an item that cannot be used: its Markdown, or its links alone."""
    path = source.path
    clean = read_text(draft.root, path, Problems())
    text = readable_text(draft.root, path) if clean is None else clean
    if not text:
        draft.recovered.unseen.add(module)
    body, lines = Body(), linking_texts(source) if source.data else linking_lines(path, text)
    if path.endswith(".md"):
        is_whole = clean is not None and split_front(clean) is not None
        # A kind that made nothing of the text has told the text's faults.
        is_told = head is not None and head.kind is not None
        body = readable_body(path, text, draft.problems if is_whole and not is_told else Problems())
        lines = (Message("", one.source, Place(path, one.line)) for one in body.texts if one.translate and not is_whole)
        body = body if is_whole else Body(blocks=body.pictures)
    draft.recovered.texts += [(module, line) for line in lines]
    _keep(draft, source, module, head or _head_left(draft, path, text), draft.kinds[STAND_IN.name], body)


def _head_left(draft: CourseDraft, path: str, text: str) -> _Head:
    written = claimed_id(text)
    if ID_PATTERN.fullmatch(written) and not draft.is_taken(written):
        return _Head(written, None, None, None)
    draft.recovered.names |= likely_ids(written, path)
    return _Head(None, None, None, None)
