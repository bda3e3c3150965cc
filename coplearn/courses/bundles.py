"""The contents of one plugin: its kinds, their words for translators, and the files of its ``static`` folder."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from coplearn.courses.item_kind import LEAD, PLACE
from coplearn.courses.plugin import ItemKind, Message, Place, Problems, QuestionKind, digest_of
from coplearn.courses.plugin_values import is_text
from coplearn.kernel.words import ID_PATTERN

FILE_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
MOST_FILES: Final = 100
LARGEST_FILE: Final = 1_000_000
_FILE_NAME: Final = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9_-]*/){0,4}[A-Za-z0-9][A-Za-z0-9._-]*")
_ANCHOR: Final = re.compile(r"[a-z][a-z0-9-]*")
_USES: Final = ("text", "story", "question")
_LONGEST_TALK: Final = 60
_PLACES: Final = {"module": "1", "modules": "2", "item": "3", "items": "4"}


@dataclass(frozen=True, slots=True)
class AssetFile:
    """A file that a plugin's pages load; ``digest`` changes with its content."""

    content: bytes
    type: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A plugin as it was loaded. ``domain`` is what its words are translated under: the course's id for a course's own."""

    domain: str
    folder: Path
    code: str
    """The opaque part of its files' addresses."""
    is_installed: bool = False
    """Whether it came by itself in a package, and its words have catalogs of their own."""
    kinds: tuple[type[ItemKind[Any]], ...] = ()
    question_kinds: tuple[type[QuestionKind], ...] = ()
    files: Mapping[str, AssetFile] = field(default_factory=dict)
    messages: tuple[Message, ...] = ()
    contexts: Mapping[str, str] = field(default_factory=dict)
    """The context of each of its words, by the English."""
    digest: str = ""
    """Changes with its files and words."""

    def address(self, name: str) -> str | None:
        """The part of a file's address after the folder of all plugins; None when there is no such file."""
        file = self.files.get(name)
        return f"{self.code}/{name}?v={file.digest}" if file is not None else None


def make_bundle(
    domain: str, folder: Path, offered: Mapping[str, object], problems: Problems, place: Place, *, is_installed: bool
) -> Bundle:
    """The bundle of a module's names ``kinds`` and ``question_kinds``; what is wrong with it is noted, and left out."""
    files = read_files(folder / "static", problems)
    kinds = _good(offered.get("kinds", ()), ItemKind, files, problems, place)
    questions = _good(offered.get("question_kinds", ()), QuestionKind, files, problems, place)
    if "kinds" not in offered and "question_kinds" not in offered:
        mend = "Write kinds = (YourKind,) or question_kinds = (YourQuestion,)."
        problems.error(place, "plugin-failed", "It defines neither kinds nor question_kinds.", mend)
    contexts: dict[str, str] = {}
    for context, text in (pair for kind in (*kinds, *questions) for pair in _words(kind)):
        contexts.setdefault(text, context)
    messages = tuple(Message(context, text, place) for text, context in contexts.items())
    return Bundle(
        domain=domain,
        folder=folder,
        code=hashlib.sha256(domain.encode()).hexdigest()[:10],
        is_installed=is_installed,
        kinds=kinds,
        question_kinds=questions,
        files=files,
        messages=messages,
        contexts=contexts,
        digest=digest_of([[name, file.digest] for name, file in files.items()], contexts),
    )


def _words(kind: type[Any]) -> Iterator[tuple[str, str]]:
    """The context and English of every word of a kind."""
    if issubclass(kind, QuestionKind):
        prefix = f"question.{kind.kind}#"
    else:
        prefix = f"kind.{kind.name}#"
        yield f"{prefix}label", kind.label
        if kind.place != PLACE:
            yield f"{prefix}place", kind.place
        if kind.lead != LEAD:
            yield f"{prefix}lead", kind.lead
        for name, text in zip(("finish-next", "finish"), kind.finish or (), strict=False):
            yield f"{prefix}{name}", text
    for name, text in kind.words.items():
        yield f"{prefix}{name}", text


def _good(
    offered: object, base: type[Any], files: Mapping[str, AssetFile], problems: Problems, place: Place
) -> tuple[type[Any], ...]:
    if not isinstance(offered, tuple | list):
        problems.error(place, "plugin-failed", "kinds is not a tuple of classes.", "Write kinds = (YourKind,).")
        return ()
    good = []
    for kind in offered:
        if not (isinstance(kind, type) and issubclass(kind, base)):
            what = f"kinds holds {kind!r}, which is no {base.__name__}."
            problems.error(place, "plugin-failed", what, "Name classes there.")
            continue
        faults = list(faults_of(kind, files))
        for fault in faults:
            problems.error(place, "kind-faulty", f"{kind.__name__}: {fault}", "See the contract in docs/courses.md.")
        if not faults:
            good.append(kind)
    return tuple(good)


def faults_of(kind: type[Any], files: Mapping[str, AssetFile]) -> Iterator[str]:
    """A sentence for everything a kind's class says of itself that the site cannot use."""
    missing = sorted(getattr(kind, "__abstractmethods__", ()))
    if inspect.isabstract(kind):
        yield f"it does not say what these do: {', '.join(missing)}."
    rules = _QUESTION_RULES if issubclass(kind, QuestionKind) else _ITEM_RULES
    for name, is_good, what in rules:
        value = getattr(kind, name, None)
        if not is_good(value):
            yield f"{name} is {value!r}, and must be {what}."
    for name in ("scripts", "styles"):
        named = getattr(kind, name)
        ending = ".js" if name == "scripts" else ".css"
        if not _are_texts(named):
            yield f"{name} must be a tuple of file names."
            continue
        for file in named:
            if file not in files or not file.endswith(ending):
                yield f"{name} names {file!r}, and there is no such {ending} file in its static folder."


def _is_id(value: object) -> bool:
    return isinstance(value, str) and bool(ID_PATTERN.fullmatch(value))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and is_text(value) and bool(value.strip())


def _are_texts(value: object) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str) and all(_is_text(one) for one in value)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_place(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(value % _PLACES)
    except (KeyError, ValueError, TypeError):
        return False


def _are_words(value: object) -> bool:
    return isinstance(value, Mapping) and all(_is_id(name) and _is_text(text) for name, text in value.items())


def _is_finish(value: object) -> bool:
    return value is None or (isinstance(value, tuple) and len(value) == 2 and _are_texts(value))


_Rule = tuple[str, Callable[[object], bool], str]
_BOTH: Final[tuple[_Rule, ...]] = (
    ("scored", _is_flag, "true or false"),
    ("words", _are_words, "a mapping of ids to sentences"),
)
_ITEM_RULES: Final[tuple[_Rule, ...]] = (
    ("name", _is_id, "an id"),
    ("label", _is_text, "a text"),
    ("place", _is_place, "a sentence with %(module)s, %(modules)s, %(item)s and %(items)s"),
    ("icon", _is_text, "the name of an icon"),
    ("extension", lambda value: value in (".md", ".yaml"), ".md or .yaml"),
    ("keys", _are_texts, "a set of names"),
    ("has_result", _is_flag, "true or false"),
    ("stepwise", _is_flag, "true or false"),
    ("same_for_all", _is_flag, "true or false"),
    ("only_read", _is_flag, "true or false"),
    ("may_be_optional", _is_flag, "true or false"),
    ("anchor", lambda value: value == "" or (isinstance(value, str) and bool(_ANCHOR.fullmatch(value))), "an id"),
    ("finish", _is_finish, "two sentences, or None"),
    ("lead", _is_text, "a text"),
    ("talk", lambda value: type(value) is int and 0 <= value <= _LONGEST_TALK, f"0 to {_LONGEST_TALK}"),
    ("text_use", lambda value: value in _USES, "text, story or question"),
    ("state_version", lambda value: isinstance(value, int) and not isinstance(value, bool) and value > 0, "1 or more"),
    *_BOTH,
)
_QUESTION_RULES: Final[tuple[_Rule, ...]] = (
    ("kind", _is_id, "an id"),
    ("role", lambda value: value is None or _is_text(value), "the name of an ARIA role, or None"),
    ("answer_facets", _are_texts, "a set of facets"),
    *_BOTH,
)


def read_files(folder: Path, problems: Problems) -> dict[str, AssetFile]:
    """Every file of a plugin's ``static`` folder by its name there. Nothing else can ever be asked for."""
    found: dict[str, AssetFile] = {}
    if folder.is_symlink() or not folder.is_dir():
        return found
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        place = Place(f"static/{name}")
        if path.is_dir() and not path.is_symlink():
            continue
        if path.is_symlink() or not path.is_file():
            problems.error(place, "file-outside", "This is a link.", "Copy the file into the folder.")
        elif path.suffix not in FILE_TYPES or not _FILE_NAME.fullmatch(name):
            what = f"A file of this name or kind is not served; known are {', '.join(FILE_TYPES)}."
            problems.error(place, "static-kind", what, "Take it out, or name it in plain letters.")
        elif path.stat().st_size > LARGEST_FILE or len(found) >= MOST_FILES:
            what = f"A plugin may bring {MOST_FILES} files of at most {LARGEST_FILE} bytes."
            problems.error(place, "static-size", what, "Make it smaller: learners pay for each byte.")
        else:
            content = path.read_bytes()
            found[name] = AssetFile(content, FILE_TYPES[path.suffix], hashlib.sha256(content).hexdigest()[:10])
    return found
