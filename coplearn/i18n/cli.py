"""`coplearn i18n`: extract, update, compile and check every catalog, the interface's and those of other slices."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TextIO

import click
from flask.cli import AppGroup

from coplearn.i18n.catalogs import Interface, targets
from coplearn.i18n.checks.across import uncounted
from coplearn.i18n.checks.files import folder_findings
from coplearn.i18n.locales import Locale, Locales, read_locales
from coplearn.i18n.po import CatalogFault
from coplearn.settings import HOME, from_env


@dataclass(frozen=True)
class Where:
    """The places a command works on: the folder with ``coplearn/``, ``courses/`` and ``translations/``, and courses elsewhere.

    ``folders`` are courses or hold courses; none: those of ``home``, of the setting and of installed packages.
    ``trusted`` are the ids of the courses whose ``plugin.py`` may run. ``instance`` is the site's own folder, None where
    ``home`` is another's.
    """

    home: Path
    folders: tuple[Path, ...]
    trusted: frozenset[str]
    instance: Path | None = None

    @cached_property
    def locales(self) -> Locales:
        """The registry of ``home``. Raises click.ClickException where there is none."""
        path = self.home / "translations" / "locales.toml"
        if not path.is_file():
            raise click.ClickException(f"{path} is not there: --home is the folder that holds translations/.")
        return read_locales(path, self._own)

    @cached_property
    def interface(self) -> Interface:
        """The catalogs of the site's own sentences."""
        return Interface(self.home, self._own)

    @property
    def _own(self) -> Path | None:
        return self.instance / "translations" if self.instance is not None else None

    def course_folder(self, course_id: str, folder: Path, locale: Locale) -> Path:
        """The folder whose ``translations`` has the course's catalog in that language."""
        return self.instance / "courses" / course_id if locale.is_own and self.instance is not None else folder


class CatalogSet(ABC):
    """A set of catalogs that ``coplearn i18n`` looks after. A slice above adds its own with :func:`add_part`.

    Each method tells what it did in lines, and whether all is well; a set without work of that kind has nothing to tell.
    """

    name: str

    def extract(self, where: Where) -> tuple[bool, list[str]]:
        """Write the template from the source."""
        return True, []

    def update(self, where: Where, chosen: Sequence[Locale]) -> tuple[bool, list[str]]:
        """Bring the catalogs up to the source."""
        return True, []

    def compile(self, where: Where, chosen: Sequence[Locale]) -> tuple[bool, list[str]]:
        """Make what the running site reads, where that is not the catalog itself."""
        return True, []

    @abstractmethod
    def check(self, where: Where, chosen: Sequence[Locale]) -> tuple[bool, list[str]]:
        """Tell what is stale, missing or broken."""


class InterfacePart(CatalogSet):
    """The sentences of the site itself."""

    name = "interface"

    def extract(self, where: Where) -> tuple[bool, list[str]]:
        """Write translations/messages.pot."""
        changed = where.interface.extract()
        return True, [f"translations/messages.pot: {'written' if changed else 'up to date'}"]

    def update(self, where: Where, chosen: Sequence[Locale]) -> tuple[bool, list[str]]:
        """Merge by text, without guessing."""
        interface = where.interface
        return _each(where.home, interface, chosen, partial(interface.update, wanted=interface.templates()))

    def compile(self, where: Where, chosen: Sequence[Locale]) -> tuple[bool, list[str]]:
        """Write a .mo beside each catalog."""
        interface = where.interface
        return _each(
            where.home, interface, [locale for locale in chosen if interface.path(locale).exists()], interface.compile
        )

    def check(self, where: Where, chosen: Sequence[Locale]) -> tuple[bool, list[str]]:
        """A stale template, a catalog that cannot be trusted and what a check of severity E finds are errors; the rest is told."""
        interface = where.interface
        wanted = interface.templates()
        good = not interface.is_template_stale(wanted)
        lines = [] if good else ["translations/messages.pot: is stale. Run coplearn i18n extract."]
        lines += [
            f"translations/messages.pot: warning: {text!r}: {finding.words} [message-{finding.check}]"
            for text, finding in uncounted(wanted)
        ]
        for locale in chosen:
            path = _shown(interface.path(locale), where.home)
            coverage, faults = interface.check(locale, wanted)
            lines += _told(path, faults)
            lines.append(f"{path}: {coverage.total} messages, {coverage.missing} missing, {coverage.fuzzy} fuzzy")
            good = good and all(fault.severity != "error" for fault in faults)
        for folder, finding in folder_findings(where.home / "translations", where.locales):
            good = False
            lines.append(f"{_shown(folder, where.home)}: error: {finding.words} [message-{finding.check}]")
        return good, lines


def _each(
    home: Path,
    interface: Interface,
    chosen: Sequence[Locale],
    act: Callable[[Locale], tuple[bool, tuple[CatalogFault, ...]]],
) -> tuple[bool, list[str]]:
    lines: list[str] = []
    good = True
    for locale in chosen:
        path = _shown(interface.path(locale), home)
        changed, faults = act(locale)
        lines += _told(path, faults)
        lines.append(f"{path}: {'written' if changed else 'unchanged'}")
        good = good and not faults
    return good, lines


def _told(path: str, faults: Sequence[CatalogFault]) -> list[str]:
    return [f"{path}:{fault.line}: {fault.severity}: {fault.what} {fault.mend} [{fault.code}]" for fault in faults]


def _shown(path: Path, home: Path) -> str:
    return path.relative_to(home).as_posix() if path.is_relative_to(home) else str(path)


_parts: list[CatalogSet] = [InterfacePart()]


def add_part(part: CatalogSet) -> None:
    """Let ``coplearn i18n`` look after the catalogs of ``part`` as well; the same name twice replaces the first."""
    _parts[:] = [known for known in _parts if known.name != part.name] + [part]


i18n = AppGroup("i18n", help="Extract, update, compile and check the translations of the interface and of the courses.")
commands = (i18n,)

_home = click.option(
    "--home",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=HOME,
    help="The folder that holds coplearn/, courses/ and translations/.",
)
_courses = click.option(
    "--course",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A course's folder, or one that holds courses; instead of courses/, COPLEARN_COURSE_PATH and installed packages.",
)
_trust = click.option(
    "--trust", multiple=True, metavar="ID", help="Run the plugin.py of this course, as COPLEARN_TRUSTED_COURSES does."
)
_only = click.option("--only", metavar="PART", help="interface, courses or together; all when not given.")
_codes = click.argument("codes", nargs=-1)


def _run(
    only: str | None, act: Callable[[CatalogSet], tuple[bool, list[str]]], known: frozenset[str] = frozenset()
) -> None:
    parts = [part for part in _parts if only in (None, part.name)]
    if not parts:
        raise click.BadParameter(f"Known parts: {', '.join(part.name for part in _parts)}.", param_hint="--only")
    results = [act(part) for part in parts]
    for _, lines in results:
        for line in lines:
            if _unnumbered(line) not in known:
                click.echo(line)
    if not all(good for good, _ in results):
        raise click.exceptions.Exit(1)


def _unnumbered(line: str) -> str:
    # A text that comes to a catalog moves all that stand below it.
    return re.sub(r"^([^ :]+):\d+: ", r"\1: ", line)


def where_of(home: Path, folders: Sequence[Path], trust: Sequence[str]) -> Where:
    """The places that a command's options name, with what the environment trusts."""
    settings = from_env()
    instance = settings.instance_path if home.resolve() == settings.home.resolve() else None
    return Where(home, tuple(folders), frozenset(trust) | frozenset(settings.trusted_courses), instance)


def _chosen(locales: Locales, codes: Sequence[str]) -> list[Locale]:
    try:
        return targets(locales, codes)
    except KeyError as error:
        known = ", ".join(locale.code for locale in locales)
        raise click.BadParameter(f"No locale {error.args[0]!r}. Known: {known}.", param_hint="CODES") from error


@i18n.command("extract", with_appcontext=False)
@_home
@_courses
@_trust
@_only
def extract(home: Path, folders: tuple[Path, ...], trust: tuple[str, ...], only: str | None) -> None:
    """Write the templates (.pot) from the source."""
    where = where_of(home, folders, trust)
    _run(only, lambda part: part.extract(where))


def _with_codes(name: str, words: str, act: Callable[[CatalogSet, Where, list[Locale]], Any]) -> click.Command:
    @i18n.command(name, help=words, with_appcontext=False)
    @_home
    @_courses
    @_trust
    @_only
    @_codes
    def command(
        home: Path, folders: tuple[Path, ...], trust: tuple[str, ...], only: str | None, codes: tuple[str, ...]
    ) -> None:
        where = where_of(home, folders, trust)
        chosen = _chosen(where.locales, codes)
        _run(only, lambda part: act(part, where, chosen))

    return command


update = _with_codes(
    "update",
    "Bring the catalogs of the locales CODES (all by default) up to the source.",
    lambda part, *to: part.update(*to),
)
compile_ = _with_codes("compile", "Compile the catalogs for the running site.", lambda part, *to: part.compile(*to))


@i18n.command("check", with_appcontext=False)
@_home
@_courses
@_trust
@_only
@click.option(
    "--since",
    type=click.File(encoding="utf-8"),
    help="What an earlier run told: lines that stand there are left out, wherever their texts stand now.",
)
@_codes
def check(
    home: Path,
    folders: tuple[Path, ...],
    trust: tuple[str, ...],
    only: str | None,
    since: TextIO | None,
    codes: tuple[str, ...],
) -> None:
    """Tell what is stale, missing or broken in the catalogs of the locales CODES (all by default)."""
    where = where_of(home, folders, trust)
    chosen = _chosen(where.locales, codes)
    known = frozenset(map(_unnumbered, since.read().splitlines())) if since else frozenset[str]()
    _run(only, lambda part: part.check(where, chosen), known)
