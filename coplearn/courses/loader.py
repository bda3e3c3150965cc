"""Load one course folder whole and check it whole; a broken course gives problems, never an exception."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from coplearn.courses.catalogs import read_catalogs
from coplearn.courses.checks import check_course
from coplearn.courses.course import Course, Module, opaque_code
from coplearn.courses.figures import Figure, read_figure
from coplearn.courses.kinds.action import ActionKind
from coplearn.courses.kinds.lesson import LessonKind
from coplearn.courses.kinds.quiz import QuizKind
from coplearn.courses.kinds.scenario import ScenarioKind
from coplearn.courses.manifest import CourseManifest, ModuleManifest, read_course_manifest, read_module_manifest
from coplearn.courses.plugin import Item, ItemKind, Message, SourceFile
from coplearn.courses.problems import Place, Problems
from coplearn.courses.source import check_keys, mend_key, read_source
from coplearn.i18n import po
from coplearn.i18n.locales import Locales
from coplearn.kernel.words import ID_PATTERN

BUILT_IN: Final[tuple[type[ItemKind[Any]], ...]] = (LessonKind, QuizKind, ScenarioKind, ActionKind)
_COMMON_KEYS: Final = frozenset({"id", "kind", "title", "minutes"})
_NOT_CONTENT: Final = frozenset({"translations", "__pycache__"})
_MAX_FILES: Final = 2000


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a folder came to: ``course`` is None when an error keeps it from being shown."""

    folder: Path
    id: str | None
    course: Course | None
    problems: Problems


@dataclass(slots=True)
class _Draft:
    """What is gathered while a folder is read."""

    root: Path
    problems: Problems
    kinds: Mapping[str, ItemKind[Any]]
    course_id: str
    modules: list[Module] = field(default_factory=list)
    items: dict[str, Item[Any]] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    sources: dict[str, SourceFile] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)


def peek_id(folder: Path) -> str | None:
    """The id a course folder claims, without judging the rest of it."""
    source = read_source(folder, "course.yaml", Problems())
    found = source.data.get("id") if source else None
    return found if isinstance(found, str) and ID_PATTERN.fullmatch(found) else None


def load_course(folder: Path, locales: Locales, own_kinds: Sequence[type[ItemKind[Any]]] = ()) -> Loaded:
    """Read, check and assemble the course in ``folder``; ``own_kinds`` are what its trusted plugin.py brings."""
    problems = Problems()
    course_id = None
    course = None
    try:
        read = read_course_manifest(folder, problems)
        if read is None:
            return Loaded(folder, peek_id(folder), None, problems)
        course_id = read[0].id
        course = _assembled(folder, *read, _kinds(own_kinds, problems), locales, problems)
    except Exception as error:  # a stranger's kind may raise anything, and takes no other course down
        what = f"Loading stopped: {type(error).__name__}: {error}."
        problems.error(Place("course.yaml"), "load-failed", what, "Mend the course's plugin.py, or report it to us.")
    return Loaded(folder, course_id, None if problems.errors else course, problems)


def _kinds(own: Sequence[type[ItemKind[Any]]], problems: Problems) -> dict[str, ItemKind[Any]]:
    kinds = {kind.name: kind() for kind in BUILT_IN}
    for made in own:
        if made.name in kinds:
            what = f"The kind {made.name!r} is there already."
            problems.error(Place("plugin.py"), "kind-twice", what, "Give your own kind another name.")
        else:
            kinds[made.name] = made()
    return kinds


def _assembled(
    root: Path,
    manifest: CourseManifest,
    source: SourceFile,
    kinds: Mapping[str, ItemKind[Any]],
    locales: Locales,
    problems: Problems,
) -> Course:
    draft = _Draft(root, problems, kinds, manifest.id)
    if manifest.language not in locales:
        known = ", ".join(locale.code for locale in locales)
        problems.error(
            source.place("language"), "language-unknown", f"No language {manifest.language!r}.", f"Known: {known}."
        )
    _read_figures(draft)
    for name in ("title", "summary", "credit"):
        draft.messages.append(Message(f"course#{name}", getattr(manifest, name), source.place(name)))
    for index, name in enumerate(manifest.modules):
        _read_module(draft, name, source.place(f"modules.{index}"))
    draft.messages += [message for figure in draft.figures.values() for message in figure.messages()]
    _check_ids(draft, manifest, source)
    course = _course(draft, manifest, read_catalogs(root, locales, manifest.language, problems))
    course = _settled(course)
    check_course(course, problems)
    return course


def _course(draft: _Draft, manifest: CourseManifest, catalogs: Mapping[str, Any]) -> Course:
    return Course(
        id=manifest.id,
        version=manifest.version,
        digest=content_digest(draft.root),
        code=opaque_code(manifest.id),
        title=manifest.title,
        summary=manifest.summary,
        audiences=tuple(manifest.audiences),
        locale=manifest.language,
        licence=manifest.licence,
        credit=manifest.credit,
        helplines=manifest.helplines,
        pass_mark=manifest.pass_mark,
        modules=tuple(draft.modules),
        items=draft.items,
        kinds=draft.kinds,
        figures=draft.figures,
        messages=tuple(draft.messages),
        folder=draft.root,
        catalogs=catalogs,
    )


def _settled(course: Course) -> Course:
    """The course with each item's content completed by what only the whole course knows (its pass mark)."""
    items = {
        item.id: replace(item, content=course.kinds[item.kind].settle(item.content, course))
        for item in course.items.values()
    }
    return replace(course, items=items)


def _read_module(draft: _Draft, folder: str, place: Place) -> None:
    path = draft.root / folder
    if path.is_symlink() or not path.is_dir():
        draft.problems.error(place, "module-missing", f"There is no folder {folder!r}.", "Make it, or mend the name.")
        return
    read = read_module_manifest(draft.root, folder, draft.problems)
    if read is None:
        return
    manifest, source = read
    if any(module.id == manifest.id for module in draft.modules) or manifest.id in draft.items:
        draft.problems.error(
            source.place("id"), "id-twice", f"The id {manifest.id!r} is used twice.", "Change this one."
        )
    draft.messages += _module_messages(manifest, source)
    before = len(draft.items)
    for name in _item_files(path):
        _read_item(draft, f"{folder}/{name}", manifest.id)
    item_ids = tuple(list(draft.items)[before:])
    if not item_ids:
        draft.problems.error(
            source.place(), "module-empty", "This module has no items.", "Add a lesson, such as 01-start.md."
        )
    draft.modules.append(
        Module(
            id=manifest.id,
            folder=folder,
            title=manifest.title,
            summary=manifest.summary,
            minutes=manifest.minutes,
            objectives=manifest.objectives,
            content_note=manifest.content_note,
            sources=manifest.sources,
            item_ids=item_ids,
        )
    )


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


def _read_item(draft: _Draft, path: str, module: str) -> None:
    problems = draft.problems
    source = read_source(draft.root, path, problems)
    if source is None:
        return
    kind = _kind_of(draft, source)
    item_id, title, minutes = source.data.get("id"), source.data.get("title"), source.data.get("minutes")
    if not isinstance(item_id, str) or not ID_PATTERN.fullmatch(item_id):
        mend = "Write id: and 2 to 48 small letters, digits and hyphens, a letter first."
        problems.error(source.place("id"), "bad-id", f"{item_id!r} cannot be an item's id.", mend)
        return
    if not isinstance(title, str) or not title.strip():
        problems.error(source.place("title"), "missing-key", "The item has no title.", "Write title: and a few words.")
        return
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 1 <= minutes <= 240:
        problems.error(
            source.place("minutes"), "bad-value", "minutes is not a whole number of 1-240.", "Write minutes: 3."
        )
        return
    if item_id in draft.items or item_id in ("course", *(known.id for known in draft.modules)):
        what = f"The id {item_id!r} is used twice (see {draft.places.get(item_id, 'the modules')})."
        problems.error(source.place("id"), "id-twice", what, "Change this one.")
        return
    if kind is None:
        return
    check_keys(source, source.data, _COMMON_KEYS | kind.keys, problems)
    before = len(problems.errors)
    content = kind.parse(source, problems)
    if content is None:
        if len(problems.errors) == before:
            problems.error(
                source.place(), "item-unusable", "Nothing usable is in this item.", "See its kind in docs/courses.md."
            )
        return
    taken = {item.code for item in draft.items.values()}
    item = Item(
        id=item_id,
        kind=kind.name,
        title=title.strip(),
        minutes=minutes,
        module=module,
        path=path,
        code=opaque_code(f"{draft.course_id}/{item_id}", taken),
        content=content,
    )
    draft.items[item_id] = item
    draft.places[item_id] = source.place("id")
    draft.messages.append(Message(f"{item_id}#title", item.title, source.place("title")))
    draft.messages += kind.messages(item)


def _kind_of(draft: _Draft, source: SourceFile) -> ItemKind[Any] | None:
    name = source.data.get("kind")
    kind = draft.kinds.get(name) if isinstance(name, str) else None
    if kind is None:
        mend = mend_key(str(name), draft.kinds)
        draft.problems.error(source.place("kind"), "kind-unknown", f"There is no kind {name!r}.", mend)
    elif not source.path.endswith(kind.extension):
        what = f"A {kind.name} is written in a {kind.extension} file."
        draft.problems.error(source.place("kind"), "kind-extension", what, "Rename the file, or mend the kind.")
        return None
    return kind


def _read_figures(draft: _Draft) -> None:
    media = draft.root / "media"
    if media.is_symlink():
        draft.problems.error(
            Place("media"), "file-outside", "This folder is a link.", "Copy the files into the course."
        )
        return
    for file in sorted(media.iterdir()) if media.is_dir() else ():
        if file.suffix != ".svg":
            draft.problems.error(
                Place(f"media/{file.name}"), "media-kind", "Only .svg drawings are shown.", "Take it out."
            )
            continue
        figure = read_figure(draft.root, f"media/{file.name}", draft.problems)
        if figure is not None:
            draft.figures[figure.name] = figure


def _check_ids(draft: _Draft, manifest: CourseManifest, source: SourceFile) -> None:
    problems = draft.problems
    for index, name in enumerate(manifest.retired):
        if name in draft.items:
            place = source.place(f"retired.{index}")
            what = f"The retired id {name!r} is in use at {draft.places[name]}."
            problems.error(place, "id-retired", what, "Learners' records hold the old one: choose a new id.")
    seen: dict[str, Message] = {}
    for message in draft.messages:
        if message.context in seen and not problems.errors:
            what = f"Two texts have the key {message.context!r}."
            problems.error(message.place, "context-twice", what, f"The other stands at {seen[message.context].place}.")
        seen[message.context] = message
    read = po.read_po(draft.root / "course.pot", by_context=True)
    released = {
        entry.msgctxt.removesuffix("#title") for entry in read.file or () if (entry.msgctxt or "").endswith("#title")
    }
    gone = {name for name in released if "." not in name} - draft.items.keys() - set(manifest.retired) - {"course"}
    for name in sorted(gone):
        what = f"The item {name!r} was in course.pot and is gone."
        problems.error(source.place("retired"), "id-dropped", what, "Bring it back, or list its id under retired:.")


def content_digest(root: Path) -> str:
    """The SHA-256, in hex, of the names and bytes of a course's files, the catalogs left out."""
    digest = hashlib.sha256()
    for path in content_files(root):
        data = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


def content_files(root: Path) -> list[Path]:
    """A course's own files in a fixed order: no catalogs, no links, nothing hidden."""
    found = [
        path
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and path.name != "course.pot"
        and not _is_aside(path.relative_to(root))
    ]
    return found[:_MAX_FILES]


def _is_aside(path: Path) -> bool:
    return any(part in _NOT_CONTENT or part.startswith(".") for part in path.parts)
