"""A site with one course of very many messages, as long and as varied as those of our own course."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import polib

from coplearn.courses.catalogs import catalog_path, templates
from coplearn.courses.course import Course
from coplearn.courses.discovery import FoundCourse
from coplearn.courses.library import load_found
from coplearn.i18n import po
from coplearn.i18n.locales import Locale, read_locales
from coplearn.settings import HOME

COURSE: Final = "many-messages"
LANGUAGE: Final = "ru"
"""Of our six the one whose catalogs are the largest."""
_BLOCKS, _LESSONS, _TITLE = 49, 4, 45
_LINK: Final = re.compile(r"\]\((?:ref|item):[^)]*\)")
_SIGNS: Final = re.compile(r"[\[\]*_`<>{}%\n\"“”«»…:]")
_BEGINS: Final = re.compile(r"\s*(?:[-+#:>|!`]|\d+[.)])")
_SYLLABLES: Final = ("ba", "de", "fi", "go", "lu", "ma", "ne", "pi", "ro", "su")


@dataclass(frozen=True, slots=True)
class Many:
    """The site's folder and its one course, read."""

    home: Path
    course: Course

    @property
    def locale(self) -> Locale:
        """The language everything is measured in."""
        return read_locales(self.home / "translations" / "locales.toml").get(LANGUAGE)


def read_many(home: Path) -> Many:
    """The site that :func:`make_many` made. Raises RuntimeError when its course does not load."""
    locales = read_locales(home / "translations" / "locales.toml")
    loaded = load_found(FoundCourse(home / "courses" / COURSE), frozenset(), locales)
    if loaded.course is None:
        raise RuntimeError("\n".join(map(str, loaded.problems.errors[:5])))
    return Many(home, loaded.course)


def make_many(home: Path, messages: int) -> Many:
    """Write the site. Of its catalog a tenth is missing and a twentieth old; all other texts are finished."""
    shutil.copytree(HOME / "translations", home / "translations")
    (home / "migrations").symlink_to(HOME / "migrations")
    translated = _write_course(home / "courses" / COURSE, messages)
    many = read_many(home)
    file = po.merge(None, templates(many.course.messages), many.locale, COURSE, by_context=True)
    for number, entry in enumerate(file):
        entry.msgstr = "" if number % 10 == 0 else translated.get(entry.msgid, "")
        if number % 20 == 5 and entry.msgstr:
            entry.flags.append("fuzzy")
            entry.previous_msgid = f"{entry.msgid} Long ago."
    po.write_po(file, catalog_path(many.course.folder, LANGUAGE))
    return many


def enough(messages: int) -> dict[str, str]:
    """Translations by source, for a course of so many messages and a few more."""
    return dict(islice(distinct_pairs(), messages + messages // 20))


def distinct_pairs() -> Iterator[tuple[str, str]]:
    """Texts and translations without end, no two sources alike: our course's, and then the same words in another order."""
    file = polib.pofile(str(HOME / "courses" / "cop-parents" / "translations" / f"{LANGUAGE}.po"))
    own = [
        (_LINK.sub("](help:)", entry.msgid), _LINK.sub("](help:)", entry.msgstr))
        for entry in file.translated_entries()
        if not _BEGINS.match(entry.msgid) and not {"\n", "|"} & set(entry.msgid + entry.msgstr)
    ]
    mixed, seen, number = random.Random(20_000), set(), 0
    while True:
        for source, target in own:
            number += 1
            one = source, target
            if number > len(own):
                one = _varied(source, number, mixed), _varied(target, number, mixed)
            if one[0] not in seen and not _BEGINS.match(one[0]):
                seen.add(one[0])
                yield one


def _varied(text: str, number: int, mixed: random.Random) -> str:
    words = text.split()
    if len(words) < 5 or _SIGNS.search(text):
        return f"{text} ({''.join(_SYLLABLES[int(digit)] for digit in str(number))})"
    mixed.shuffle(words)
    return " ".join(words)


def _write_course(folder: Path, messages: int) -> dict[str, str]:
    """Modules of four lessons of 49 paragraphs, so that with titles and names there are that many messages."""
    folder.mkdir(parents=True)
    held = enough(messages)
    short = dict.fromkeys(islice((text for text in held if len(text) <= _TITLE), messages // 30))
    titles, texts, lesson = iter(short), iter([text for text in held if text not in short]), _BLOCKS + 1
    left = messages - 3
    names: list[str] = []
    while left >= 4:
        name = f"m{len(names):03}"
        names.append(name)
        (folder / name).mkdir()
        manifest: dict[str, object] = {"id": name, "title": next(titles), "summary": next(texts), "minutes": 10}
        manifest["objectives"] = {"one": next(texts)}
        (folder / name / "module.yaml").write_text(_yaml(manifest), encoding="utf-8")
        left -= 3
        for number in range(_LESSONS):
            size = min(lesson, left)
            if size >= 2:
                _write_lesson(folder / name / f"{number}-lesson.md", f"{name}-l{number}", size, titles, texts)
                left -= size
    about: dict[str, object] = {
        "id": COURSE,
        "version": "1.0.0",
        "title": next(titles),
        "summary": next(texts),
        "credit": next(texts),
    }
    about |= {"audiences": ["parents"], "language": "en", "licence": "CC-BY-4.0", "modules": names}
    (folder / "course.yaml").write_text(_yaml(about), encoding="utf-8")
    return held


def _write_lesson(path: Path, name: str, size: int, titles: Iterator[str], texts: Iterator[str]) -> None:
    head = _yaml({"id": name, "kind": "lesson", "title": next(titles), "minutes": 2})
    blocks = [f"{next(texts)} {{#b{number:05}}}" for number in range(size - 1)]
    path.write_text(f"---\n{head}---\n\n" + "\n\n".join(blocks) + "\n", encoding="utf-8")


def _yaml(values: Mapping[str, object]) -> str:
    return "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items())
