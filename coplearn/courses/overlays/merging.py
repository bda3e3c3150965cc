"""Lay an overlay over its course: the files of both become one folder, which is read and checked as any course is."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from coplearn.authoring.problems import Place, Problems
from coplearn.courses.bundles import Bundle
from coplearn.courses.catalogs import laid_over, read_catalogs
from coplearn.courses.checks import check_text
from coplearn.courses.contract import Message
from coplearn.courses.course import Adaptation, Course
from coplearn.courses.line_marks import marks_in
from coplearn.courses.loader import Loaded, content_files, load_course
from coplearn.courses.overlays.contract import BlockEdit, EditAction, Overlay, heard_in, media_of, text_hash
from coplearn.courses.overlays.edits import Unfit, edited, is_grave
from coplearn.courses.recordings import Recording
from coplearn.courses.source import read_source
from coplearn.courses.texts import Catalog
from coplearn.i18n.inline_marks import link_targets
from coplearn.i18n.locales import Locales

_HELP: Final = "help:"
OPEN_CODES: Final = frozenset({"overlay-conflict", "overlay-gone"})
"""Warnings that somebody has to decide on: until then readers see what the course says."""
_ORDER: Final = {EditAction.REPLACE: 0, EditAction.INSERT: 1, EditAction.HIDE: 2}


def adapt(
    upstream: Loaded, overlay: Overlay, locales: Locales, installed: Sequence[Bundle], problems: Problems
) -> Course | None:
    """The course with the overlay laid over it, whole and checked; None where an error of the overlay forbids it.

    What cannot be decided by a program (the course says something else now, or no longer has the text) is told as a warning,
    and there the course's own words stand.
    """
    course = upstream.course
    if course is None or not _fits(course, overlay, problems):
        return None
    before = len(problems.errors)
    plan = _planned(course, overlay, problems)
    if len(problems.errors) > before:
        return None
    with tempfile.TemporaryDirectory(prefix="coplearn-overlay-") as scratch:
        root = Path(scratch) / "course"
        _copy(course.folder, root)
        _write(root, plan, problems)
        _add_parts(root, course, overlay, problems)
        _add_facts(root, course, overlay, problems)
        if len(problems.errors) > before:
            return None
        made = load_course(root, locales, upstream.own, installed)
    known = {(problem.code, problem.what) for problem in upstream.problems}
    # What a country's own recording was made of is noted nowhere.
    unnoted = {("recording-stale", f"media/{name}.yaml") for _, name in heard_in(media_of(overlay))}
    # Where a country's words cite less than those they stand for, or are longer, the course's modules are not its to mend.
    unnoted |= {
        (code, f"{module.folder}/module.yaml")
        for code in ("source-unused", "module-minutes")
        for module in course.modules
    }
    problems.found += [
        one for one in made.problems if (one.code, one.what) not in known and (one.code, one.place.path) not in unnoted
    ]
    if made.course is None:
        return None
    _check_rest(course, made.course, plan, overlay, problems)
    merged = _with_words(made.course, course, overlay, locales, problems)
    return merged if len(problems.errors) == before else None


def _fits(course: Course, overlay: Overlay, problems: Problems) -> bool:
    if Version(course.version) in SpecifierSet(overlay.versions):
        return True
    what = f"It is made for {overlay.course} {overlay.versions}, and the course is at {course.version}."
    mend = "Run coplearn overlay report, decide what it lists, then widen versions: in overlay.toml."
    problems.error(Place("overlay.toml"), "overlay-version", what, mend)
    return False


@dataclass(frozen=True, slots=True)
class _Plan:
    """The edits that are made, by the file of the course that each is about, and the contexts that they may change."""

    changes: Mapping[str, list[tuple[BlockEdit, Message]]]
    replaced: Mapping[str, str]
    hidden: Collection[str]


def _planned(course: Course, overlay: Overlay, problems: Problems) -> _Plan:
    messages = {message.context: message for message in course.messages}
    changes: dict[str, list[tuple[BlockEdit, Message]]] = {}
    replaced: dict[str, str] = {}
    hidden: list[str] = []
    for edit in [one for one in overlay.edits if one.action != EditAction.INSERT]:
        message = messages.get(edit.block)
        if message is None:
            _note_gone(edit, problems)
        elif text_hash(message.text) != text_hash(edit.base):
            if text_hash(message.text) == text_hash(edit.text):
                continue  # the course says it as well: no longer needed
            what = f"{edit.block}: the course says something else now than when this was written."
            mend = "Until you decide, readers see the course's own text: see coplearn overlay report."
            problems.warning(edit.place, "overlay-conflict", what, mend)
        elif _is_allowed(course, edit, message, problems):
            changes.setdefault(message.place.path, []).append((edit, message))
            if edit.action == EditAction.HIDE:
                hidden.append(edit.block)
            else:
                replaced[edit.block] = edit.text
    _plan_insertions(overlay, messages, changes, problems)
    for found in changes.values():
        found.sort(key=lambda change: _ORDER[change[0].action])
    return _Plan(changes, replaced, hidden)


def _note_gone(edit: BlockEdit, problems: Problems) -> None:
    what = f"{edit.block}: the course has no such text, or has it no longer."
    mend = "Your text is kept in this file and shown nowhere: see coplearn overlay report."
    problems.warning(edit.place, "overlay-gone", what, mend)


def _plan_insertions(
    overlay: Overlay,
    messages: Mapping[str, Message],
    changes: dict[str, list[tuple[BlockEdit, Message]]],
    problems: Problems,
) -> None:
    """Put each insertion behind the one it stands after; those that stand after each other are told."""
    # Of several after one text the last is put there first, so that they come to stand in the order of their files.
    waiting = [one for one in reversed(overlay.edits) if one.action == EditAction.INSERT]
    anchors = dict(messages)
    while waiting:
        ready = [one for one in waiting if one.block in anchors]
        if not ready:
            break
        for edit in ready:
            anchor = anchors[edit.block]
            changes.setdefault(anchor.place.path, []).append((edit, anchor))
            for name in _new_ids(edit):
                anchors[name] = replace(anchor, context=name)
        waiting = [one for one in waiting if one not in ready]
    made = {name for one in waiting for name in _new_ids(one)}
    for edit in waiting:
        if edit.block in made:
            what = f"{edit.block}: these insertions stand after each other in a circle."
            problems.error(edit.place, "overlay-circle", what, "Put one of them after a text of the course.")
        else:
            _note_gone(edit, problems)


def _new_ids(edit: BlockEdit) -> list[str]:
    item = edit.block.partition("#")[0]
    return [f"{item}#{name}" for name, _ in marks_in(edit.text).ids.values()]


def _is_allowed(course: Course, edit: BlockEdit, message: Message, problems: Problems) -> bool:
    path = message.place.path
    if path.startswith("media/"):
        mend = "Put a drawing of your own with the same name into media/."
        problems.error(edit.place, "overlay-block", f"{edit.block} is a text of a drawing or a recording.", mend)
    elif edit.action == EditAction.HIDE and _is_needed(course, edit, message):
        mend = "Replace it with words that fit your country, and keep what it says."
        problems.error(
            edit.place, "overlay-hides-safety", f"{edit.block} is about safety or help and is not hidden.", mend
        )
    elif edit.action == EditAction.REPLACE and _asks_help(message.text) and not _asks_help(edit.text):
        mend = "Keep a link such as [get help now](help:)."
        problems.error(edit.place, "overlay-hides-help", f"{edit.block} leads to help, and your text does not.", mend)
    else:
        if edit.action == EditAction.REPLACE and message.critical:
            mend = "Have somebody else read it beside the course's words."
            problems.warning(edit.place, "overlay-critical", f"{edit.block} is a text that safety hangs on.", mend)
        return True
    return False


def _is_needed(course: Course, edit: BlockEdit, message: Message) -> bool:
    if message.needs_second_reading or _asks_help(message.text) or not message.place.path.endswith(".md"):
        return message.needs_second_reading or _asks_help(message.text)
    source = read_source(course.folder, message.place.path, Problems())
    key = edit.block.partition("#")[2]
    return source is not None and key != "title" and is_grave(source.body, key)


def _asks_help(text: str) -> bool:
    return any(target.startswith(_HELP) for target in link_targets(text))


def _copy(folder: Path, root: Path) -> None:
    for path in content_files(folder):
        target = root / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _write(root: Path, plan: _Plan, problems: Problems) -> None:
    for path, changes in plan.changes.items():
        source = read_source(root, path, problems)
        if source is None:
            continue
        try:
            (root / path).write_text(edited(source, changes), encoding="utf-8")
        except Unfit as unfit:
            problems.error(changes[0][0].place, unfit.code, unfit.what, unfit.mend)


def _add_media(root: Path, overlay: Overlay, problems: Problems) -> None:
    own = media_of(overlay)
    for folder, recording in heard_in(own):
        # A country's files stand for all of the course's in their language: nobody hears two voices say two things.
        for theirs in (root / folder).glob(f"{recording}.*"):
            theirs.unlink()
    for name, layer in own.items():
        _take(layer / name, root / name, layer, problems)


def _add_parts(root: Path, course: Course, overlay: Overlay, problems: Problems) -> None:
    _add_media(root, overlay, problems)
    places = {item.id: item.path for item in course.items.values()}
    for number, part in enumerate(overlay.items, 1):
        if part.after not in places:
            _note_nowhere(part.after, part.place, problems)
            continue
        # The files of a module stand in the order of their names: this one comes right after that of its neighbour.
        path = f"{places[part.after]}.{number:03}-{Path(part.path).name}"
        _take(overlay.folder / part.path, root / path, overlay.folder, problems)
        found = read_source(root, path, Problems()) if (root / path).is_file() else None
        if found is not None:
            places[str(found.data.get("id"))] = path
    _add_modules(root, course, overlay, problems)


def _add_modules(root: Path, course: Course, overlay: Overlay, problems: Problems) -> None:
    folders = {module.id: module.folder for module in course.modules}
    order = [module.folder for module in course.modules]
    for part in overlay.modules:
        if part.after not in folders or part.path in order:
            _note_nowhere(part.after if part.after not in folders else part.path, part.place, problems)
            continue
        home = overlay.folder / "modules" / part.path
        for path in sorted(home.iterdir()) if home.is_dir() and not home.is_symlink() else ():
            if path.suffix in (".md", ".yaml"):
                _take(path, root / part.path / path.name, overlay.folder, problems)
        found = read_source(root, f"{part.path}/module.yaml", problems)
        if found is not None:
            order.insert(order.index(folders[part.after]) + 1, part.path)
            folders[str(found.data.get("id"))] = part.path
    if len(order) > len(course.modules):
        _rewrite(root, "course.yaml", {"modules": order}, problems)


def _note_nowhere(name: str, place: Place, problems: Problems) -> None:
    what = f"The course has nothing called {name!r} for it to stand after, or has it already."
    problems.error(place, "overlay-place", what, "Name an item or a module of the course.")


def _take(path: Path, target: Path, layer: Path, problems: Problems) -> None:
    if path.is_symlink() or not path.is_file() or not path.resolve().is_relative_to(layer.resolve()):
        place = Place(os.path.relpath(path, layer))
        problems.error(place, "file-missing", "This file is not there, or is a link.", "Copy it into the overlay.")
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)


def _add_facts(root: Path, course: Course, overlay: Overlay, problems: Problems) -> None:
    modules = {module.id: module for module in course.modules}
    for name in sorted({fact.module for fact in overlay.facts} | overlay.sources.keys()):
        if name not in modules:
            place = next((fact.place for fact in overlay.facts if fact.module == name), Place("overlay.toml"))
            _note_nowhere(name, place, problems)
            continue
        path = f"{modules[name].folder}/module.yaml"
        found = read_source(root, path, problems)
        if found is None:
            continue
        facts = {key: dict(entry) for key, entry in dict(found.data.get("facts") or {}).items()}
        for fact in (one for one in overlay.facts if one.module == name):
            _lay_fact(facts, fact.name, fact, overlay.country, problems)
        added = {key: _plain(entry) for key, entry in overlay.sources.get(name, {}).items()}
        sources = dict(found.data.get("sources") or {}) | added
        _rewrite(root, path, {"sources": sources, **({"facts": facts} if facts else {})}, problems)


def _lay_fact(facts: dict[str, dict[str, Any]], name: str, fact: Any, country: str, problems: Problems) -> None:
    if name not in facts and not fact.general:
        mend = "Name one of its facts, or write general: with what holds everywhere."
        problems.error(fact.place, "overlay-fact", f"The module has no fact {name!r}.", mend)
        return
    entry = facts.setdefault(name, {"text": fact.general, "advice": fact.is_advice})
    if fact.text:
        entry["countries"] = {**entry.get("countries", {}), country: {"text": fact.text, "source": fact.source}}


def _plain(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in entry.items()}


def _rewrite(root: Path, path: str, changed: Mapping[str, Any], problems: Problems) -> None:
    found = read_source(root, path, problems)
    if found is not None:
        data = yaml.safe_dump({**found.data, **changed}, allow_unicode=True, sort_keys=False, width=10_000)
        (root / path).write_text(data, encoding="utf-8")


def _check_rest(course: Course, merged: Course, plan: _Plan, overlay: Overlay, problems: Problems) -> None:
    """Hold what came out against what was asked for: an edit may change its own text and nothing beside it."""
    place = Place("overlay.toml")
    now = {message.context: message for message in merged.messages}
    drawn = media_of(overlay)
    told = {f"module.{fact.module}#fact.{fact.name}.{overlay.country}" for fact in overlay.facts}
    for message in course.messages:
        context = message.context
        if context in told or message.place.path in drawn or message.spoken:
            continue
        if any(context == one or context.startswith(f"{one}.") for one in plan.hidden):
            wanted = None
        else:
            wanted = plan.replaced.get(context, message.text)
        found = now.get(context)
        if (found.text if found is not None else None) != wanted or (
            found is not None and found.critical != message.critical
        ):
            what = f"{context}: the overlay's marks change more of the page than the text they stand in."
            problems.error(place, "overlay-spills", what, "Look through the files of blocks/ that name this item.")
    if [one for one in merged.items if one in course.items] != list(course.items):
        problems.error(
            place, "overlay-spills", "Items of the course are lost or stand in another order.", "Look at items."
        )
    for item in course.items.values():
        if item.id in merged.items and merged.items[item.id].code != item.code:
            what = f"The address of {item.id} would change."
            problems.error(place, "overlay-spills", what, "Give your own item another id.")


def _with_words(merged: Course, course: Course, overlay: Overlay, locales: Locales, problems: Problems) -> Course:
    """The merged course with what the overlay says beside it, and the overlay's own catalogs."""
    said = [("adapted_by", overlay.adapted_by), ("brand", overlay.brand.name)]
    said += [("home.title", overlay.home[0]), ("home.text", overlay.home[1])] if overlay.home is not None else []
    words = [Message(f"course#{name}", text.text, text.place) for name, text in said if text is not None]
    for message in words:
        check_text(message, problems)
    catalogs: dict[str, Catalog] = {}
    messages = (*merged.messages, *words)
    for layer in overlay.layers:
        for code, above in read_catalogs(layer, locales, course.locale, problems).items():
            catalogs[code] = laid_over(catalogs.get(code), above, messages)
    unknown = [code for code in overlay.languages if code not in locales]
    if unknown:
        what = f"No language {', '.join(unknown)} is known here."
        problems.error(Place("overlay.toml"), "language-unknown", what, "Write codes of translations/locales.toml.")
    adaptation = Adaptation(
        id=overlay.id,
        version=overlay.version,
        upstream=course.digest,
        country=overlay.country,
        languages=overlay.languages,
        own_items=frozenset(merged.items.keys() - course.items.keys()),
        catalogs=catalogs,
        adapted_by={course.locale: overlay.adapted_by.text},
        colours=(overlay.brand.colour, overlay.brand.colour_dark),
        logo=overlay.brand.logo,
        named=overlay.brand.name is not None,
        greets=overlay.home is not None,
    )
    return replace(
        merged,
        code=course.code,
        folder=course.folder,
        messages=messages,
        catalogs={},
        adaptation=adaptation,
        recordings={name: _brought(one, media_of(overlay)) for name, one in merged.recordings.items()},
    )


def _brought(recording: Recording, own: Mapping[str, Path]) -> Recording:
    """The recording with the folder of each file that the overlay brings."""
    files = (replace(file, folder=str(own[file.path])) if file.path in own else file for file in recording.files)
    return replace(recording, files=tuple(files))
