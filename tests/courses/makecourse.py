"""A small good course on disk that a test can spoil, and the library over it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from coplearn.courses.course import Course
from coplearn.courses.discovery import FoundCourse
from coplearn.courses.library import load_found
from coplearn.courses.loader import Loaded
from coplearn.i18n.locales import Locales, read_locales

HOME = Path(__file__).resolve().parents[2]
LOCALES: Locales = read_locales(HOME / "translations" / "locales.toml")
LESSON = "01-begin/01-first-page.md"
STORY = "01-begin/02-first-story.yaml"
CHECK = "01-begin/03-first-check.yaml"
ACTION = "01-begin/04-first-action.md"
MODULE = "01-begin/module.yaml"
DRAWING = "media/two-chairs.svg"


@dataclass(frozen=True)
class Folder:
    """A course folder that is being spoilt."""

    path: Path

    def read(self, name: str) -> str:
        return (self.path / name).read_text(encoding="utf-8")

    def write(self, name: str, text: str | bytes) -> None:
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_bytes(text if isinstance(text, bytes) else text.encode())

    def swap(self, name: str, old: str, new: str) -> None:
        text = self.read(name)
        assert old in text, f"{old!r} is not in {name}"
        self.write(name, text.replace(old, new, 1))

    def add(self, name: str, text: str) -> None:
        self.write(name, f"{self.read(name)}{text}")

    def remove(self, name: str) -> None:
        path = self.path / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()

    def load(self, *, trusted: bool = False) -> Loaded:
        return load_found(FoundCourse(self.path), frozenset({"my-course"}) if trusted else frozenset(), LOCALES)

    def course(self) -> Course:
        loaded = self.load()
        assert loaded.course is not None, [str(problem) for problem in loaded.problems]
        return loaded.course

    def codes(self, *, trusted: bool = False) -> set[str]:
        return {problem.code for problem in self.load(trusted=trusted).problems}


def make_course(where: Path, name: str = "my-course") -> Folder:
    """A copy of the template course in ``where``."""
    shutil.copytree(HOME / "courses" / "_template", where / name)
    return Folder(where / name)


def make_home(where: Path) -> Path:
    """A folder as the product's own, with its languages and glossaries and no course."""
    (where / "courses").mkdir(parents=True)
    registry = HOME / "translations" / "locales.toml"
    for path in (registry, *(HOME / "translations").glob("*/glossary.tsv")):
        target = where / "translations" / path.relative_to(HOME / "translations")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return where


SECOND = "02-go-on/module.yaml"


def add_module(folder: Folder, more: str = "") -> None:
    """A second module of one lesson, with ``more`` in its module.yaml."""
    folder.swap("course.yaml", "  - 01-begin\n", "  - 01-begin\n  - 02-go-on\n")
    head = "id: go-on\ntitle: Going on\nsummary: What comes after.\nminutes: 3\nobjectives:\n  go: Go on.\n"
    folder.write(SECOND, head + more)
    lesson = "---\nid: second-page\nkind: lesson\ntitle: The second page\nminutes: 2\n---\n\nGo on gently. {#bcdefgh}\n"
    folder.write("02-go-on/01-second-page.md", lesson)


TONES = Path(__file__).resolve().parents[1] / "recordings" / "tones"
TALK, CAPTIONS = "media/talk.yaml", "media/talk.vtt"


def add_recording(folder: Folder) -> None:
    """A recording of two seconds in English, with two cues, that the first lesson plays."""
    folder.write(TALK, "title: A short talk\nvoice: machine\n")
    first = "first-words\n00:00.000 --> 00:01.000\nHello to you."
    folder.write(CAPTIONS, f"WEBVTT\n\n{first}\n\nlast-words\n00:01.000 --> 00:02.000\nGo gently.\n")
    folder.write("media/en/talk.opus", (TONES / "tone.opus").read_bytes())
    folder.add(LESSON, "\n:::recording talk\n:::\n")


PRE_QUESTION = """pre_question:
  id: before-begin
  kind: one
  stem: Your child puts the phone away. What helps most?
  options:
    - {id: look, text: To look what is on it, reason: Then it is hidden better next time.}
    - {id: ask, text: To ask what was fun, correct: true, reason: Interest opens a door.}
    - {id: wait, text: To wait until they speak, reason: Some children wait for you.}
"""
"""For a module.yaml."""
