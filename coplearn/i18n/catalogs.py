"""The interface's catalogs: extracted from the code and the templates, merged by text, compiled and checked."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import polib
from babel.messages.catalog import Catalog as BabelCatalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo

from coplearn.i18n import hazards, po
from coplearn.i18n.checks.files import Located, catalog_findings, subject_of, template_findings
from coplearn.i18n.files import write_whole
from coplearn.i18n.gate import Candidate, refusals
from coplearn.i18n.glossary import Glossaries, Glossary, glossary_path, read_glossary
from coplearn.i18n.locales import Locale, Locales
from coplearn.i18n.mending import write_mended

PROJECT: Final = "coplearn"
_METHODS: Final = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
_JINJA: Final = {"trimmed": "true", "silent": "false"}
_KEYWORDS: Final[dict[str, tuple[int | tuple[int, str], ...] | None]] = {
    "N_": None,
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "say": None,
    "ngettext": (1, 2),
    "counted": (1, 2),
    "pgettext": ((1, "c"), 2),
}


@dataclass(frozen=True, slots=True)
class Coverage:
    """The interface's translation into a locale, counted in messages."""

    locale: str
    total: int
    missing: int
    fuzzy: int


class Interface:
    """The interface's catalogs: extracted from ``home/coplearn``, kept in ``home/translations``.

    Those of languages that the site added are kept in its folder ``own``.
    """

    def __init__(self, home: Path, own: Path | None = None) -> None:
        self._home = home
        self._own = own

    @property
    def template_path(self) -> Path:
        """``translations/messages.pot``."""
        return self._home / "translations" / "messages.pot"

    def path(self, locale: Locale) -> Path:
        """The catalog of one locale."""
        folder = self._own if locale.is_own and self._own is not None else self._home / "translations"
        return folder / locale.code / "LC_MESSAGES" / "messages.po"

    def templates(self) -> list[po.Template]:
        """Every sentence of the interface, in the order of the files, each once. Slow: reads all source files."""
        found: dict[tuple[str | None, str], po.Template] = {}
        for path, text, plural, notes, context in self._extracted():
            before = found.get((context, text))
            paths = (before.paths if before else ()) + (path,)
            found[context, text] = po.Template(
                context,
                text,
                plural or (before.plural if before else ""),
                tuple(dict.fromkeys((before.notes if before else ()) + notes)),
                tuple(dict.fromkeys(paths)),
                ("python-format",) if hazards.placeholders(text) else (),
            )
        return list(found.values())

    def _extracted(self) -> Iterator[tuple[str, str, str, tuple[str, ...], str | None]]:
        rows = extract_from_dir(
            self._home / "coplearn",
            method_map=_METHODS,
            options_map={pattern: dict(_JINJA) for pattern, method in _METHODS if method == "jinja2"},
            keywords=_KEYWORDS,
            comment_tags=("translators:",),
            strip_comment_tags=True,
        )
        for name, _, message, notes, context in sorted(rows, key=lambda row: (row[0], row[1])):
            one, many = (message[0], message[1]) if isinstance(message, tuple) else (message, "")
            if one:
                yield f"coplearn/{name}", str(one), str(many or ""), tuple(map(str, notes)), context

    def extract(self) -> bool:
        """Write the template; False when it was up to date."""
        return po.write_po(po.new_file(self.templates(), PROJECT), self.template_path)

    def is_template_stale(self, wanted: Sequence[po.Template]) -> bool:
        """Whether the template is not what :meth:`extract` would write of those sentences."""
        read = po.read_po(self.template_path)
        return read.file is None or str(read.file) != str(po.new_file(wanted, PROJECT))

    def update(self, locale: Locale, wanted: Sequence[po.Template]) -> tuple[bool, tuple[po.CatalogFault, ...]]:
        """Bring one locale's catalog up to the source; whether it changed, and what kept it from being read."""
        path = self.path(locale)
        old = po.read_po(path) if path.exists() else po.ReadCatalog(None, ())
        if old.file is None and old.faults:
            return False, old.faults
        merged = po.merge(old.file, wanted, locale, PROJECT, by_context=False)
        return write_mended(merged, path, locale.code, "interface"), old.faults

    def compile(self, locale: Locale) -> tuple[bool, tuple[po.CatalogFault, ...]]:
        """Write the ``.mo`` beside the catalog; whether it changed, and what kept it from being made."""
        read = po.read_po(self.path(locale), locale)
        if read.file is None:
            return False, read.faults
        data = compiled(read.file, locale, Glossaries(self._home).of(locale.code))
        return write_whole(self.path(locale).with_suffix(".mo"), data), read.faults

    def compile_changed(self, locales: Iterable[Locale]) -> None:
        """Write what :meth:`compile` writes of every catalog that has changed since."""
        for locale in locales:
            source = self.path(locale)
            made = source.with_suffix(".mo")
            if source.exists() and not (made.exists() and made.stat().st_mtime_ns >= source.stat().st_mtime_ns):
                with suppress(OSError):  # a release that cannot be written into: the catalog itself is read then
                    self.compile(locale)

    def check(
        self, locale: Locale, wanted: Sequence[po.Template] | None = None
    ) -> tuple[Coverage, list[po.CatalogFault]]:
        """The faults of one locale's catalog, and how far it is. ``wanted`` are the templates, if they are at hand."""
        path = self.path(locale)
        read = po.read_po(path, locale)
        faults = list(read.faults)
        wanted = self.templates() if wanted is None else wanted
        total = len(wanted)
        if read.file is None:
            return Coverage(locale.code, total, total, 0), faults
        glossary = read_glossary(glossary_path(self._home, locale.code), locale.code)
        found = catalog_findings(read.file, locale, "interface", glossary=glossary)
        found += template_findings(read.file, wanted, by_context=False)
        faults += [_told(located) for located in found]
        faults += _msgfmt_faults(path)
        entries = [entry for entry in read.file if not entry.obsolete]
        done = sum(is_done(entry) for entry in entries)
        fuzzy = sum(entry.fuzzy for entry in entries)
        return Coverage(locale.code, total, max(0, total - done - fuzzy), fuzzy), faults


_SEVERITIES: Final[Mapping[str, tuple[Literal["error", "warning", "hint"], str]]] = {
    "E": ("error", "Until then the English text is shown."),
    "W": ("warning", "Look at it again."),
    "I": ("hint", "Only a hint."),
}


def _told(located: Located) -> po.CatalogFault:
    severity, mend = _SEVERITIES[located.finding.severity]
    words = located.finding.words
    what = f"{located.message!r}: {words}" if located.message else words
    return po.CatalogFault(located.line, f"message-{located.finding.check}", what, mend, severity)


def is_done(entry: polib.POEntry) -> bool:
    """Whether the translation is whole and may be shown if the gate lets it through."""
    texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    return not entry.obsolete and not entry.fuzzy and bool(texts) and all(texts)


def candidate(entry: polib.POEntry, locale: Locale, glossary: Glossary | None = None) -> Candidate:
    """A translation of the interface as the gate judges it."""
    return Candidate(subject_of(entry, locale, "interface", glossary=glossary))


def compiled(file: polib.POFile, locale: Locale, glossary: Glossary | None = None) -> bytes:
    """The ``.mo`` of a catalog with the registry's plural forms; what is fuzzy, empty or kept back by the gate is left out."""
    catalog = BabelCatalog(project=PROJECT, version="0", fuzzy=False)
    done = [entry for entry in file if is_done(entry)]
    refused = refusals({str(number): candidate(entry, locale, glossary) for number, entry in enumerate(done)})
    for number, entry in enumerate(done):
        if str(number) in refused:
            continue
        if entry.msgid_plural:
            forms = tuple(entry.msgstr_plural.get(form, "") for form in range(locale.nplurals))
            catalog.add((entry.msgid, entry.msgid_plural), forms, context=entry.msgctxt)
        else:
            catalog.add(entry.msgid, entry.msgstr, context=entry.msgctxt)
    catalog.mime_headers = list(po.header(locale, PROJECT).items())
    data = io.BytesIO()
    write_mo(data, catalog)
    return data.getvalue()


def _msgfmt_faults(path: Path) -> list[po.CatalogFault]:
    tool = shutil.which("msgfmt")
    if tool is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        command = [tool, "-c", "-o", str(Path(folder) / "out.mo"), str(path)]
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - our own arguments
        except (OSError, subprocess.TimeoutExpired):
            return []
    # A header without dates and names is meant; msgfmt only warns of it.
    lines = [line.removeprefix(f"{path}:") for line in run.stderr.splitlines() if line.startswith(str(path))]
    if run.returncode == 0 or not lines:
        return []
    return [_msgfmt_fault(line) for line in lines if "header field" not in line]


def _msgfmt_fault(line: str) -> po.CatalogFault:
    number, _, words = line.partition(":")
    return po.CatalogFault(
        int(number) if number.isdigit() else 0, "po-msgfmt", words.strip() or line, "Mend what msgfmt -c tells."
    )


def targets(locales: Locales, codes: Sequence[str]) -> list[Locale]:
    """The locales of those codes, or all of the product but the source when none is given.

    Raises KeyError for an unknown code.
    """
    if codes:
        return [locales.get(code) for code in codes]
    return [
        locale
        for locale in locales
        if locale.code != locales.source.code and locale.status != "test" and not locale.is_own
    ]
