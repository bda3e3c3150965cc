"""Find course folders: in the folders of the site and in installed packages, and the kinds they bring."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import Distribution, distributions
from pathlib import Path
from types import ModuleType
from typing import Final

from coplearn.authoring.problems import Place, Problems, said
from coplearn.courses.bundles import Bundle, make_bundle
from coplearn.courses.kinds.registry import ITEM_KINDS
from coplearn.courses.questions.registry import QUESTION_KINDS
from coplearn.kernel.words import ID_PATTERN

ENTRY_POINTS: Final = "coplearn.courses"
"""The entry-point group of packages that bring a course; the value names the package that holds course.yaml."""
KIND_ENTRY_POINTS: Final = "coplearn.kinds"
"""The entry-point group of packages that bring kinds; the value names the module that defines them."""
KINDS_DOMAIN: Final = "kinds."
"""What the words of such a package are translated under begins with this; no course's id can."""


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
    return [
        FoundCourse(folder, installed=True) for folder in package_folders(ENTRY_POINTS, "course.yaml", problems, path)
    ]


def package_folders(group: str, manifest: str, problems: Problems, path: list[str] | None = None) -> list[Path]:
    """The folders of installed packages that bring what ``manifest`` describes, by the entry points of ``group``."""
    found: list[Path] = []
    for name, value in _entries(group, path):
        folder = _package_folder(value, path)
        if folder is None or not (folder / manifest).is_file():
            what = f"The installed package {value!r} holds no {manifest}."
            problems.error(Place(name), "package-empty", what, "See the packaging chapter of docs/courses.md.")
        else:
            found.append(folder)
    return found


def _entries(group: str, path: list[str] | None) -> list[tuple[str, str]]:
    if path is not None:
        return _read_entries(distributions(path=path)).get(group, [])
    # What is installed, replaced or taken away changes the folder that it stands in.
    stamps = tuple((place, _changed_at(place)) for place in sys.path)
    found = _ENTRIES.get(stamps)
    if found is None:
        found = _read_entries(distributions())
        # Other threads may be doing the same: what this one read it hands on itself.
        _ENTRIES.clear()
        _ENTRIES[stamps] = found
    return found.get(group, [])


_ENTRIES: Final[dict[tuple[tuple[str, int], ...], dict[str, list[tuple[str, str]]]]] = {}
"""The entry points of Python's own path as they were read last, by the state of its folders: some hundred files."""


def _changed_at(place: str) -> int:
    try:
        return Path(place or ".").stat().st_mtime_ns
    except OSError:
        return 0


def _read_entries(places: Iterable[Distribution]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for place in places:
        for entry in place.entry_points:
            found.setdefault(entry.group, set()).add((entry.name, entry.value))
    return {group: sorted(entries) for group, entries in found.items()}


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


def installed_bundles(problems: Problems, path: list[str] | None = None) -> list[Bundle]:
    """The kinds for every course that installed packages bring. Installing one is the trust; its code is run here.

    A kind whose name is built in or comes in two packages is told and left out.
    """
    bundles: list[Bundle] = []
    for name, value in _entries(KIND_ENTRY_POINTS, path):
        place = Place(name)
        if not ID_PATTERN.fullmatch(name):
            problems.error(place, "bad-id", f"{name!r} cannot name kinds.", "Use small letters, digits and hyphens.")
            continue
        try:
            module = importlib.import_module(value)
            if not module.__file__:
                raise ImportError(f"{value} is no module with a file")
            domain = f"{KINDS_DOMAIN}{name}"
            bundles.append(make_bundle(domain, _folder_of(module), vars(module), problems, place, is_installed=True))
        except BaseException as error:  # whatever a stranger's code raises, SystemExit too, takes nothing else down
            problems.error(place, "plugin-failed", f"It stopped: {said(error)}.", "Report it to whoever made it.")
    return _without_twins(bundles, problems)


def _folder_of(module: ModuleType) -> Path:
    """The folder of the files of a package's kinds: beside the module, or for one that is in no package in a folder of its name."""
    file = Path(module.__file__ or "")
    return file.parent if module.__package__ else file.with_suffix("")


def _without_twins(bundles: Sequence[Bundle], problems: Problems) -> list[Bundle]:
    names = Counter(name for bundle in bundles for name in _names(bundle))
    taken = {kind.name for kind in ITEM_KINDS} | {f"?{name}" for name in QUESTION_KINDS}
    taken |= {name for name, count in names.items() if count > 1}
    for bundle in bundles:
        for name in set(_names(bundle)) & taken:
            what = f"The kind {name.lstrip('?')!r} is there already, or comes in two packages."
            place = Place(bundle.domain.removeprefix(KINDS_DOMAIN))
            problems.error(place, "kind-twice", what, "Neither package's is used: take one away, or have it renamed.")
    return [
        replace(
            bundle,
            kinds=tuple(kind for kind in bundle.kinds if kind.name not in taken),
            question_kinds=tuple(kind for kind in bundle.question_kinds if f"?{kind.kind}" not in taken),
        )
        for bundle in bundles
    ]


def _names(bundle: Bundle) -> list[str]:
    """The names of a bundle's kinds; those of questions, which are apart, after a mark that no name can have."""
    return [*(kind.name for kind in bundle.kinds), *(f"?{kind.kind}" for kind in bundle.question_kinds)]


def own_bundle(found: FoundCourse, course_id: str, trusted: frozenset[str], problems: Problems) -> Bundle | None:
    """The offers of the course's ``plugin.py``; the file is run only when the course is trusted.

    Trusted are courses from a wheel and those whose id is in ``trusted``. Anything the file raises becomes a problem.
    """
    path, place = found.folder / "plugin.py", Place("plugin.py")
    if not path.is_file():
        return None
    if not (found.installed or course_id in trusted):
        mend = "If you trust its code, add the course's id to COPLEARN_TRUSTED_COURSES."
        problems.error(place, "plugin-untrusted", "This course brings code, which was not run.", mend)
        return None
    try:
        module = _run(path, f"coplearn_course_{course_id.replace('-', '_')}")
        return make_bundle(course_id, found.folder, vars(module), problems, place, is_installed=False)
    except BaseException as error:  # whatever an author's code raises, SystemExit too, belongs to that course alone
        what = f"It stopped: {said(error)}."
        problems.error(place, "plugin-failed", what, "Mend it; it must define kinds = (YourKind,).")
        return None


def _run(path: Path, package: str) -> ModuleType:
    """The file run as a module of a package of its own, so that it can import what lies beside it: ``from .wave import …``."""
    for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        del sys.modules[name]  # what lies beside it may have changed too
    parent = ModuleType(package)
    parent.__path__ = [str(path.parent)]
    sys.modules[package] = parent
    return importlib.import_module(f"{package}.{path.stem}")
