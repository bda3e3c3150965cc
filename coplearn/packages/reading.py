"""An archive that came, made into files of the store and a report of what was found; nothing in it is run."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, BinaryIO, Final
from urllib.parse import unquote, urlsplit
from zipfile import ZipFile

from coplearn.files.archives import PackedFile, opened, pieces_of, read_whole
from coplearn.files.stores import FileStore
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, Phrase
from coplearn.packages.client import file_path, keep_list
from coplearn.packages.manifests import LARGEST_MANIFEST, MANIFEST, ReadManifest, read_manifest
from coplearn.packages.rules import MEGABYTE, PackageReport
from coplearn.packages.structures import CMI5, TINCAN, read_structure, read_tincan

_LARGEST_PAGE: Final = 5_000_000
_LOADED: Final = re.compile(rb"""(?:src|data|poster)\s*=\s*["']?(?:https?:)?//([A-Za-z0-9.-]{1,100})""")
_CALLED: Final = re.compile(
    rb"""(?:\b(?:fetch|importScripts|import|sendBeacon|WebSocket|EventSource|Worker)\(\s*|\.src\s*=\s*"""
    rb"""|\bopen\(\s*["'][A-Z]{3,7}["']\s*,\s*)["'`](?:(?:https?|wss?):)?//([A-Za-z0-9.-]{1,100})"""
)
"""Another server that a script names where it calls one; one of which it makes the address is not seen."""
_FRAMED: Final = re.compile(rb"<i?frame(?:set)?[\s>]", re.IGNORECASE)
_MOST_HOSTS: Final = 8
_MOST_LOOKED: Final = 200
"""Pages of a package, and so many scripts, that are searched for what they load from elsewhere."""
_PAGES: Final = (".html", ".htm")
_SCRIPTS: Final = (".js", ".mjs")
_TOOLS: Final = (
    ("Rise", ("scormcontent/lib/rise/", "scormcontent/index.html")),
    ("Storyline", ("story_content/", "story.html")),
    ("Captivate", ("assets/js/cpm.js",)),
    ("Lectora", ("trivantis.js",)),
    ("iSpring", ("res/index.html", "data/player.js")),
)
_READERS: Final[Mapping[str, Callable[[bytes, Collection[str]], ReadManifest]]] = {
    MANIFEST: read_manifest,
    CMI5: read_structure,
    TINCAN: read_tincan,
}
"""The manifests that are read; of several in one package the first."""
_OTHERS: Final = {
    "h5p.json": "H5P",
    "imscc.xml": "Common Cartridge",
}


def read_package(
    file: BinaryIO, store: FileStore, key: str, quota: int, *, stopping: Callable[[], bool] = lambda: False
) -> PackageReport:
    """Unpack a package into the store and tell what it is. Memory holds a piece of one file at a time.

    ``quota`` are the bytes that may still be kept. Raises Refused with the place and the reason; files that were
    unpacked before then are the caller's to forget. Raises InterruptedError when ``stopping`` says so.
    """
    archive, files = opened(file)
    with archive:
        by_name = {one.name: one for one in files}
        whole = sum(one.bytes for one in files)
        if whole > quota:
            raise Refused(
                N_(
                    "All packages of this site may take so many MB together that %(number)s are left. Remove another one."
                ),
                number=max(0, quota) // MEGABYTE,
            )
        read = _read(archive, by_name)
        report = PackageReport(
            standard=read.standard,
            title=read.title or read.items[0].title,
            language=read.language,
            items=tuple(read.items),
            files=len(files),
            bytes=whole,
            notes=(*read.notes, *_look_into(archive, by_name, read.items)),
            course=read.course,
            made_by=_tool(by_name),
        )
        _unpack(archive, files, store, key, stopping)
    return report


def _read(archive: ZipFile, by_name: Mapping[str, PackedFile]) -> ReadManifest:
    for name, reader in _READERS.items():
        if name in by_name:
            return reader(read_whole(archive, by_name[name], LARGEST_MANIFEST), by_name)
    for name, kind in _OTHERS.items():
        if name in by_name:
            raise Refused(
                N_("This is a package of %(kind)s, which is not played here: bring SCORM, cmi5 or xAPI."), kind=kind
            )
    folder, _, inside = next(
        (one for one in (name.rpartition("/") for name in by_name) if one[2] in _READERS), ("",) * 3
    )
    if inside:
        raise Refused(
            N_("%(name)s stands in the folder %(folder)s. Pack what is in the folder, and not the folder."),
            name=inside,
            folder=folder[:100],
        )
    raise Refused(N_("The archive has none of %(names)s, so it is no package."), names=", ".join(_READERS))


def _tool(names: Mapping[str, PackedFile]) -> str:
    return next((tool for tool, marks in _TOOLS if any(name.startswith(marks) for name in names)), "")


def _look_into(archive: ZipFile, by_name: Mapping[str, PackedFile], items: Sequence[Any]) -> list[Phrase]:
    """Notes of what will not work, as far as the pages and scripts themselves tell."""
    hosts: dict[str, None] = {}
    starts = {unquote(urlsplit(item.href).path) for item in items}
    framed = False
    pages = [one for one in by_name.values() if one.name.lower().endswith(_PAGES)]
    scripts = [one for one in by_name.values() if one.name.lower().endswith(_SCRIPTS)]
    looked = sorted(pages, key=lambda page: page.name not in starts)[:_MOST_LOOKED] + scripts[:_MOST_LOOKED]
    for one in looked:
        if one.bytes > _LARGEST_PAGE:
            continue
        text = read_whole(archive, one, _LARGEST_PAGE)
        hosts |= {host.decode().lower(): None for host in _LOADED.findall(text) + _CALLED.findall(text)}
        framed = framed or (one.name in starts and _FRAMED.search(text) is not None)
    notes = []
    if hosts:
        told = ", ".join([*list(hosts)[:_MOST_HOSTS], *(["…"] if len(hosts) > _MOST_HOSTS else [])])
        notes.append(
            Phrase(N_("Pages load files from other servers. That is not let through here: %(hosts)s"), {"hosts": told})
        )
    if framed:
        notes.append(Phrase(FRAMES))
    if any(name.lower().endswith((".swf", ".dcr")) for name in by_name):
        notes.append(Phrase(N_("Parts of the package are made with Flash, which no browser plays any more.")))
    return notes


FRAMES: Final = N_(
    "The package plays in several frames that talk with each other. It needs a host name of its own for packages, which whoever"
    " runs the site can set (COPLEARN_PACKAGES_URL)."
)


def _unpack(
    archive: ZipFile, files: Sequence[PackedFile], store: FileStore, key: str, stopping: Callable[[], bool]
) -> None:
    for number, one in enumerate(files):
        if stopping():
            raise InterruptedError
        store.put(file_path(key, number), pieces_of(archive, one))
    names = {one.name: number for number, one in enumerate(files)}
    keep_list(store, key, names, {one.name: one.bytes for one in files})


def report_as_json(report: PackageReport) -> dict[str, Any]:
    """The report as it is stored beside the columns of its own."""
    return {
        "language": report.language,
        "made_by": report.made_by,
        "notes": [{"text": one.text, "params": dict(one.params)} for one in report.notes],
    }


def refusal_as_json(refused: Refused) -> dict[str, Any]:
    """The reason why a package was refused, as it is stored."""
    return {"refused": {"text": refused.phrase.text, "params": dict(refused.phrase.params)}}


def phrase_from_json(kept: Mapping[str, Any]) -> Phrase:
    """A sentence that was stored."""
    return Phrase(str(kept["text"]), dict(kept.get("params", {})))
