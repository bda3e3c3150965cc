"""`coplearn recordings`: note in courses' folders which words their recordings were made of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import AppGroup

from coplearn.courses.course import Course
from coplearn.courses.discovery import FoundCourse, find_in
from coplearn.courses.library import load_found
from coplearn.courses.recordings import MADE_OF, MadeOf, files_digest, words_digest
from coplearn.courses.texts import Texts
from coplearn.i18n.files import write_whole
from coplearn.i18n.locales import Locales, read_locales
from coplearn.kernel.clock import utcnow
from coplearn.settings import HOME

recordings = AppGroup("recordings", help="Recordings of courses. These commands need no database.")
commands = (recordings,)

Notes = dict[str, dict[str, MadeOf]]


@recordings.command("stamp", with_appcontext=False)
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
def stamp(folders: tuple[Path, ...]) -> None:
    """Note of each new recording in FOLDERS (courses, or folders of courses) the words that it was made of.

    One that was noted before keeps its note, and is told when its words have changed since: record it anew, and it is new.
    """
    locales = read_locales(HOME / "translations" / "locales.toml")
    for found in _found(folders or (HOME / "courses",)):
        course = load_found(found, frozenset(), locales, ()).course
        if course is None:
            raise click.ClickException(f"{found.folder} has errors: coplearn course check tells them.")
        notes = _notes(course, locales)
        for line in _stale(course, locales, notes):
            click.echo(f"{found.folder}: {line}")
        if notes and _write(course.folder / "media" / f"{MADE_OF}.yaml", notes):
            click.echo(f"{found.folder}: noted.")


def _found(folders: tuple[Path, ...]) -> Iterator[FoundCourse]:
    for folder in folders:
        yield from [FoundCourse(folder)] if (folder / "course.yaml").exists() else find_in([folder])


def _notes(course: Course, locales: Locales) -> Notes:
    day = utcnow().date()
    return {
        recording.name: {
            code: recording.made_of.get(code)
            or MadeOf(_digest(course, recording.name, code, locales), day, files_digest(recording.files_in(code)))
            for code in recording.languages
        }
        for recording in course.recordings.values()
        if recording.files
    }


def _digest(course: Course, name: str, code: str, locales: Locales) -> str:
    chain = [(locales.get(code), course.catalogs.get(code))] if code != course.locale else []
    texts = Texts(course.messages, locales.get(course.locale), chain)
    return words_digest(course.recordings[name], course.messages, lambda context: texts.get(context).text)


def _stale(course: Course, locales: Locales, notes: Notes) -> Iterator[str]:
    for name, by_locale in notes.items():
        for code, noted in by_locale.items():
            if noted.digest != _digest(course, name, code, locales):
                yield f"the words of {name} in {code} have changed since {noted.day}."


def _write(path: Path, notes: Notes) -> bool:
    lines = ["# The words that each recording was made of; coplearn recordings stamp writes this."]
    for name, by_locale in sorted(notes.items()):
        lines.append(f"{name}:")
        lines += [f"  {code}: {one.digest} {one.day} {one.files}" for code, one in sorted(by_locale.items())]
    text = "\n".join(lines) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    write_whole(path, text.encode())
    return True
