"""Find course folders: in the folders of the site and in installed packages, and the kinds they bring."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Final

from coplearn.courses.plugin import ItemKind
from coplearn.courses.problems import Place, Problems

ENTRY_POINTS: Final = "coplearn.courses"
"""The entry-point group of packages that bring a course; the value names the package that holds course.yaml."""


@dataclass(frozen=True, slots=True)
class FoundCourse:
    """A course folder; ``installed`` when it came in a wheel, which is the operator's trust in its code."""

    folder: Path
    installed: bool = False


def find_in(folders: Iterable[Path]) -> list[FoundCourse]:
    """Every ``<folder>/*/course.yaml``, by name; names that begin with ``_`` or a dot are no courses."""
    found: list[FoundCourse] = []
    for folder in folders:
        try:
            names = sorted(path for path in folder.iterdir() if not path.name.startswith(("_", ".")))
            found += [FoundCourse(path) for path in names if (path / "course.yaml").is_file()]
        except OSError:
            continue  # a folder that is not there holds no courses; settings say where they are looked for
    return found


def find_installed(problems: Problems, path: list[str] | None = None) -> list[FoundCourse]:
    """Courses of installed packages. ``path`` looks in those folders instead of Python's own.

    Nothing of the package is imported: only its place is looked up.
    """
    places = distributions(path=path) if path is not None else distributions()
    entries = {
        (entry.name, entry.value) for place in places for entry in place.entry_points if entry.group == ENTRY_POINTS
    }
    found: list[FoundCourse] = []
    for name, value in sorted(entries):
        folder = _package_folder(value, path)
        if folder is None or not (folder / "course.yaml").is_file():
            what = f"The installed package {value!r} holds no course.yaml."
            problems.error(Place(name), "package-empty", what, "See the packaging chapter of docs/courses.md.")
        else:
            found.append(FoundCourse(folder, installed=True))
    return found


def _package_folder(name: str, path: list[str] | None) -> Path | None:
    # Only the first part is looked up: to find a package inside another one, Python would run the outer one's code.
    first, *rest = name.split(".")
    try:
        spec = None if path is not None else importlib.util.find_spec(first)
    except (ImportError, ValueError, AttributeError):
        return None
    bases = [Path(base, first) for base in path or ()]
    bases += [Path(base) for base in (spec.submodule_search_locations or () if spec else ())]
    return next((folder for base in bases if (folder := base.joinpath(*rest)).is_dir()), None)


def own_kinds(
    found: FoundCourse, course_id: str, trusted: frozenset[str], problems: Problems
) -> tuple[type[ItemKind[Any]], ...]:
    """The kinds that the course's ``plugin.py`` offers; the file is run only when the course is trusted.

    Trusted are courses from a wheel and those whose id is in ``trusted``. Anything the file raises becomes a problem.
    """
    path = found.folder / "plugin.py"
    if not path.is_file():
        return ()
    if not (found.installed or course_id in trusted):
        mend = "If you trust its code, add the course's id to COPLEARN_TRUSTED_COURSES."
        problems.error(Place("plugin.py"), "plugin-untrusted", "This course brings code, which was not run.", mend)
        return ()
    name = f"coplearn_course_{course_id.replace('-', '_')}"
    try:
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            return ()
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # dataclasses look their module up by name
        spec.loader.exec_module(module)
        kinds = tuple(module.kinds)
    except BaseException as error:  # whatever an author's code raises, SystemExit too, belongs to that course alone
        what = f"It stopped: {type(error).__name__}: {error}."
        problems.error(Place("plugin.py"), "plugin-failed", what, "Mend it; it must define kinds = (YourKind,).")
        return ()
    good = tuple(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, ItemKind))
    if len(good) != len(kinds):
        problems.error(
            Place("plugin.py"), "plugin-failed", "kinds holds something else than kinds.", "Name classes there."
        )
    return good
