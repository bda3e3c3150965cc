"""Load one course folder whole and check it whole; a broken course gives problems, never an exception."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from coplearn.authoring.problems import Place, Problems, said
from coplearn.courses.bundles import Bundle
from coplearn.courses.catalogs import read_catalogs
from coplearn.courses.checks import check_course
from coplearn.courses.course import Course, opaque_code
from coplearn.courses.figures import read_figure
from coplearn.courses.guarded import KindFailed, guard_all, note_failure
from coplearn.courses.kinds.registry import ITEM_KINDS
from coplearn.courses.manifest import CourseManifest, place_of_folder, read_course_manifest, stand_in_course
from coplearn.courses.plugin import Message, QuestionKind, SourceFile, digest_of
from coplearn.courses.questions.registry import QUESTION_KINDS
from coplearn.courses.reading import CourseDraft, read_module
from coplearn.courses.recordings import read_recordings
from coplearn.courses.source import MAX_BYTES, read_source
from coplearn.i18n import po
from coplearn.i18n.locales import Locales
from coplearn.kernel.words import ID_PATTERN

_NOT_CONTENT: Final = frozenset({"translations", "__pycache__", "course.pot"})
_MAX_FILES: Final = 2000
_MAX_FIGURES: Final = 500


@dataclass(frozen=True, slots=True)
class Loaded:
    """A loaded folder: ``course`` is None when an error keeps it from being shown."""

    folder: Path
    id: str | None
    course: Course | None
    problems: Problems
    own: Bundle | None = None
    """What its plugin.py brought, for whoever reads the course anew with changes."""


def peek_id(folder: Path) -> str | None:
    """The id a course folder claims, without judging the rest of it."""
    source = read_source(folder, "course.yaml", Problems())
    found = source.data.get("id") if source else None
    return found if isinstance(found, str) and ID_PATTERN.fullmatch(found) else None


def load_course(folder: Path, locales: Locales, own: Bundle | None = None, installed: Sequence[Bundle] = ()) -> Loaded:
    """Read, check and assemble the course in ``folder``.

    ``own`` is what its trusted plugin.py brings, ``installed`` what packages bring for every course.
    """
    problems = Problems()
    course_id = None
    course = None
    try:
        read = read_course_manifest(folder, problems)
        course_id = peek_id(folder) if read is None else read[0].id
        read = read or stand_in_course(folder, course_id or "course")
        bundles = _bundles(own, installed, problems)
        course = _assembled(folder, *read, bundles, locales, problems)
    except (
        BaseException
    ) as error:  # a stranger's kind may raise anything, SystemExit too, and takes no other course down
        what = f"Loading stopped: {said(error)}."
        problems.error(Place("course.yaml"), "load-failed", what, "Mend the course's plugin.py, or report it to us.")
    return Loaded(folder, course_id, None if problems.errors else course, problems, own)


def _bundles(own: Bundle | None, installed: Sequence[Bundle], problems: Problems) -> tuple[Bundle, ...]:
    """The course's own kinds before those of packages, so that no package that comes later changes what an item is."""
    if own is None:
        return tuple(installed)
    taken = [kind.name for kind in own.kinds if kind.name in {built_in.name for built_in in ITEM_KINDS}]
    taken += [kind.kind for kind in own.question_kinds if kind.kind in QUESTION_KINDS]
    for name in taken:
        what = f"The kind {name!r} is there already."
        problems.error(Place("plugin.py"), "kind-twice", what, "Give your own kind another name.")
    return (own, *installed)


def _question_kinds(bundles: Sequence[Bundle]) -> dict[str, tuple[type[QuestionKind], Bundle | None]]:
    """Every kind of question that a course may hold, and which bundle brings it."""
    found: dict[str, tuple[type[QuestionKind], Bundle | None]] = {
        name: (kind, None) for name, kind in QUESTION_KINDS.items()
    }
    for bundle in bundles:
        for kind in bundle.question_kinds:
            found.setdefault(kind.kind, (kind, bundle))
    return found


def _assembled(
    root: Path,
    manifest: CourseManifest,
    source: SourceFile,
    bundles: Sequence[Bundle],
    locales: Locales,
    problems: Problems,
) -> Course:
    questions = _question_kinds(bundles)
    kinds = guard_all(ITEM_KINDS, bundles, {name: kind for name, (kind, _) in questions.items()}, manifest.id)
    draft = CourseDraft(root, problems, kinds, manifest.id)
    if manifest.language not in locales:
        known = ", ".join(locale.code for locale in locales)
        problems.error(
            source.place("language"), "language-unknown", f"No language {manifest.language!r}.", f"Known: {known}."
        )
    _read_media(draft, locales)
    for name in ("title", "summary", "credit"):
        draft.messages.append(Message(f"course#{name}", getattr(manifest, name), source.place(name)))
    if manifest.assessment is not None:
        intro = manifest.assessment.intro
        draft.messages.append(Message("course#assessment.intro", intro.text, intro.place, read_twice=True))
    for name in manifest.modules:
        read_module(draft, name, place_of_folder(source, name))
    draft.messages += [message for figure in draft.figures.values() for message in figure.messages()]
    draft.messages += [message for one in draft.recordings.values() for message in one.messages()]
    draft.messages += [message for bundle in bundles if not bundle.is_installed for message in bundle.messages]
    _check_ids(draft, manifest, source)
    course = _course(draft, manifest, read_catalogs(root, locales, manifest.language, problems))
    course = replace(course, question_bundles={name: bundle for name, (_, bundle) in questions.items() if bundle})
    course = _settled(course, problems)
    check_course(course, problems, draft.recovered)
    return course


def _course(draft: CourseDraft, manifest: CourseManifest, catalogs: Mapping[str, Any]) -> Course:
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
        answers_at_once=manifest.answers_at_once,
        refresher=manifest.refresher,
        retired=tuple(manifest.retired),
        assessment=manifest.assessment,
        requires=manifest.requires,
        modules=tuple(draft.modules),
        items=draft.items,
        kinds=draft.kinds,
        figures=draft.figures,
        recordings=draft.recordings,
        messages=tuple(draft.messages),
        folder=draft.root,
        catalogs=catalogs,
    )


def _settled(course: Course, problems: Problems) -> Course:
    """The course with each item's content completed by what only the whole course knows (its pass mark)."""
    items = dict(course.items)
    for item in course.items.values():
        try:
            kind = course.kinds[item.kind]
            settled = kind.settle(item, course)
            items[item.id] = replace(settled, digest=digest_of(settled.digest, kind.pass_mark(settled)))
        except KindFailed as failed:
            note_failure(failed, Place(item.path, 1), problems)
    whole = replace(course, items=items)
    used = {bundle.code: bundle for item in items.values() for bundle, _, _ in whole.bundles_of(item)}
    return replace(whole, bundles=tuple(used.values()))


def _read_media(draft: CourseDraft, locales: Locales) -> None:
    media = draft.root / "media"
    if media.is_symlink():
        draft.problems.error(
            Place("media"), "file-outside", "This folder is a link.", "Copy the files into the course."
        )
        return
    files = sorted(path for path in media.iterdir() if not path.is_dir()) if media.is_dir() else []
    if len(files) > _MAX_FIGURES:
        what = f"There are {len(files)} files; {_MAX_FIGURES} drawings are the most."
        draft.problems.error(Place("media"), "course-too-big", what, "Take out what no page shows.")
    for file in files[:_MAX_FIGURES]:
        if file.suffix in (".yaml", ".vtt"):
            continue
        if file.suffix != ".svg":
            mend = "Take it out; a recording stands in a folder named after its language."
            draft.problems.error(Place(f"media/{file.name}"), "media-kind", "Only .svg drawings are shown.", mend)
            continue
        figure = read_figure(draft.root, f"media/{file.name}", draft.problems)
        if figure is not None:
            draft.figures[figure.name] = figure
    if media.is_dir():
        codes = frozenset(locale.code for locale in locales)
        names = [file.name for file in files]
        draft.recordings.update(read_recordings(draft.root, names, codes, draft.problems))


def _check_ids(draft: CourseDraft, manifest: CourseManifest, source: SourceFile) -> None:
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
    if not source.data:
        return  # which ids are retired is not known
    read = po.read_po(draft.root / "course.pot", by_context=True)
    released = {
        entry.msgctxt.removesuffix("#title") for entry in read.file or () if (entry.msgctxt or "").endswith("#title")
    }
    gone = {name for name in released if "." not in name} - draft.items.keys() - set(manifest.retired) - {"course"}
    for name in sorted(gone - draft.recovered.names):
        what = f"The item {name!r} was in course.pot and is gone."
        problems.error(source.place("retired"), "id-dropped", what, "Bring it back, or list its id under retired:.")


def content_digest(root: Path) -> str:
    """The SHA-256, in hex, of the names and bytes of a course's files, the catalogs left out."""
    digest = hashlib.sha256()
    for path in content_files(root):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(root).as_posix()}\0{size}\0".encode())
        if size <= MAX_BYTES:
            digest.update(path.read_bytes())
        # Of what no course may hold the name and the size are enough: a film is not read into memory for it.
    return digest.hexdigest()


def content_files(root: Path) -> list[Path]:
    """A course's own files in a fixed order: no catalogs, no links, nothing hidden."""
    return sorted(Path(entry.path) for entry in _content_in(root))[:_MAX_FILES]


def content_stamps(root: Path) -> list[tuple[str, int, int]]:
    """Path, time of change in nanoseconds and size in bytes of each of a course's own files, by path.

    Every site looks at them again and again for what has changed: without the names of the files as paths it takes a tenth.
    """
    found: list[tuple[str, int, int]] = []
    for entry in _content_in(root):
        try:
            state = entry.stat(follow_symlinks=False)
        except OSError:
            continue  # it went while the folder was read
        found.append((entry.path, state.st_mtime_ns, state.st_size))
    return sorted(found)[:_MAX_FILES]


def _content_in(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.name in _NOT_CONTENT or entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _content_in(entry.path)
        elif entry.is_file(follow_symlinks=False):
            yield entry
