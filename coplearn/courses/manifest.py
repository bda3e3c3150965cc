"""The two manifests of a course, course.yaml and module.yaml, as frozen models."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from coplearn.courses.licences import canonical_licence
from coplearn.courses.plugin import SourceFile
from coplearn.courses.problems import Place, Problems
from coplearn.courses.source import mend_key, read_source
from coplearn.kernel.words import ID_PATTERN, Audience

_FOLDER: Final = re.compile(r"[0-9a-z][0-9a-z-]{0,60}")


def _id(value: str) -> str:
    if not ID_PATTERN.fullmatch(value):
        raise ValueError("an id is 2 to 48 small letters, digits and hyphens, and begins with a letter")
    return value


def _words(value: str) -> str:
    if not value.strip():
        raise ValueError("some text is needed")
    return value.strip()


def _folder(value: str) -> str:
    if not _FOLDER.fullmatch(value):
        raise ValueError("a folder name is small letters, digits and hyphens")
    return value


def _https(value: str) -> str:
    if not re.fullmatch(r"https://[^\s\"'<>]+", value):
        raise ValueError("an address begins with https:// and has no spaces")
    return value


def _audience(value: object) -> object:
    known = [str(audience) for audience in Audience]
    if isinstance(value, str) and value in known:
        return Audience(value)
    raise ValueError(f"an audience is one of {', '.join(known)}")


Id = Annotated[str, AfterValidator(_id)]
Words = Annotated[str, AfterValidator(_words)]
Folder = Annotated[str, AfterValidator(_folder)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SourceEntry(_Strict):
    """A publication that ``ref:`` links of a module may name. Its owner and title are never translated."""

    owner: Words
    year: Annotated[int, Field(ge=1900, le=2200)]
    title: Words
    url: Annotated[str, AfterValidator(_https)]


class CourseManifest(_Strict):
    """course.yaml."""

    id: Id
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    title: Words
    summary: Words
    audiences: Annotated[list[Annotated[Audience, BeforeValidator(_audience)]], Field(min_length=1)]
    language: Words
    licence: Annotated[str, AfterValidator(canonical_licence)]
    credit: Words
    helplines: bool = True
    pass_mark: Annotated[int, Field(ge=1, le=100)] = 70
    answers_at_once: bool = False
    modules: Annotated[list[Folder], Field(min_length=1)]
    retired: list[Id] = []


class ModuleManifest(_Strict):
    """module.yaml."""

    id: Id
    title: Words
    summary: Words
    minutes: Annotated[int, Field(ge=1, le=600)]
    objectives: Annotated[dict[Id, Words], Field(min_length=1)]
    content_note: Words | None = None
    sources: dict[Id, SourceEntry] = {}


ModelT = TypeVar("ModelT", bound=_Strict)


def read_course_manifest(root: Path, problems: Problems) -> tuple[CourseManifest, SourceFile] | None:
    """Read and check ``root/course.yaml``; every fault is noted at once."""
    source = read_source(root, "course.yaml", problems)
    if source is None:
        return None
    manifest = _validated(CourseManifest, source, problems)
    if manifest is None:
        return None
    for index, folder in enumerate(manifest.modules):
        if folder in manifest.modules[:index]:
            place = source.place(f"modules.{index}")
            problems.error(place, "module-twice", f"The folder {folder!r} is listed twice.", "Keep one of them.")
    return manifest, source


def read_module_manifest(root: Path, folder: str, problems: Problems) -> tuple[ModuleManifest, SourceFile] | None:
    """Read and check ``root/<folder>/module.yaml``."""
    source = read_source(root, f"{folder}/module.yaml", problems)
    if source is None:
        return None
    manifest = _validated(ModuleManifest, source, problems)
    return None if manifest is None else (manifest, source)


def _validated(model: type[ModelT], source: SourceFile, problems: Problems) -> ModelT | None:
    try:
        return model.model_validate(dict(source.data))
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            _note(model, source, fault["type"], fault["loc"], fault["msg"], problems)
        return None


def _note(
    model: type[BaseModel], source: SourceFile, kind: str, loc: tuple[int | str, ...], text: str, problems: Problems
) -> None:
    path = [str(part) for part in loc if part != "[key]"]
    place = source.place(".".join(path))
    name = path[-1] if path else ""
    if kind == "extra_forbidden":
        known = SourceEntry.model_fields if path[0] == "sources" else model.model_fields
        problems.error(place, "unknown-key", f"Nothing here is called {name!r}.", mend_key(name, known))
    elif kind == "missing":
        problems.error(place, "missing-key", f"{'.'.join(path)!r} is missing.", f"Add a line {name}: …")
    else:
        what = text.removeprefix("Value error, ")
        problems.error(
            place, "bad-value", f"{'.'.join(path)!r} is not right: {what}.", "See the format in docs/courses.md."
        )


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
    named = [name for name in _list(source, "modules") if _FOLDER.fullmatch(name)]
    manifest = CourseManifest.model_construct(
        id=course_id,
        version="0.0.0",
        title=texts.get("title", ""),
        summary=texts.get("summary", ""),
        audiences=[],
        language=texts.get("language", "en"),
        licence="",
        credit=texts.get("credit", ""),
        modules=list(dict.fromkeys(named)) or _module_folders(root),
        retired=_list(source, "retired"),
    )
    return manifest, source


def stand_in_module(module_id: str, sources: Iterable[str]) -> ModuleManifest:
    """The same for a module whose module.yaml is unusable, with the ids of its sources."""
    entries = {name: SourceEntry.model_construct() for name in sources}
    return ModuleManifest.model_construct(
        id=module_id, title="", summary="", minutes=1, objectives={}, content_note="", sources=entries
    )


def _list(source: SourceFile, key: str) -> list[str]:
    found = source.data.get(key)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _module_folders(root: Path) -> list[str]:
    found = (path.name for path in root.iterdir() if not path.is_symlink() and (path / "module.yaml").is_file())
    return sorted(name for name in found if _FOLDER.fullmatch(name))
