"""EPUB 3.3 (W3C): the lessons, actions and stories of a course as a book, with what readers for the blind ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from flask import Flask
from markupsafe import Markup

from coplearn.course_exports.archives import archive_of
from coplearn.course_exports.contents import HELP, ExportedCourse, exported, spoken_in
from coplearn.course_exports.reading import STYLE, pages_of, rendering_as, style
from coplearn.course_exports.rules import PackageOrder
from coplearn.course_exports.xhtml import to_xhtml
from coplearn.kernel.text import N_
from coplearn.web.render import say

_ENDING: Final = ".xhtml"
_CONTAINER: Final = b"""<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>
"""
_PACKAGE: Final = Markup("""<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="{lang}" dir="{dir}">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">{identifier}</dc:identifier>
<dc:title>{title}</dc:title>
<dc:language>{lang}</dc:language>
<dc:creator>{creator}</dc:creator>
<dc:description>{summary}</dc:description>
<dc:rights>{rights}</dc:rights>
<meta property="dcterms:modified">{modified}T00:00:00Z</meta>
<meta property="schema:accessMode">textual</meta>
<meta property="schema:accessMode">visual</meta>
<meta property="schema:accessModeSufficient">textual</meta>
<meta property="schema:accessibilityFeature">alternativeText</meta>
<meta property="schema:accessibilityFeature">structuralNavigation</meta>
<meta property="schema:accessibilityFeature">tableOfContents</meta>
<meta property="schema:accessibilityHazard">none</meta>
</metadata>
<manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="style" href="{style}" media-type="text/css"/>
{items}</manifest>
<spine page-progression-direction="{dir}"><itemref idref="nav"/>
{spine}</spine>
</package>
""")
_NAV: Final = Markup("""<html xmlns:epub="http://www.idpf.org/2007/ops" lang="{lang}" dir="{dir}"><head><meta charset="utf-8">
<title>{title}</title><link rel="stylesheet" type="text/css" href="{style}"></head>
<body><h1>{title}</h1><nav epub:type="toc" id="toc"><h2>{contents}</h2><ol>{rows}</ol></nav></body></html>""")


def epub_book(app: Flask, order: PackageOrder) -> tuple[bytes, ExportedCourse]:
    """The book in the order's one language, and what it is made of. Checks are left out: a book scores nothing."""
    locale = order.languages[0]
    with spoken_in(app, locale, order.country):
        found = exported(order, locale, rendering_as(_ENDING))
        pages = {name: to_xhtml(page) for name, page in pages_of(found, _ENDING).items()}
        nav = to_xhtml(_nav(order, found))
    files = {
        "mimetype": b"application/epub+zip",
        "META-INF/container.xml": _CONTAINER,
        "book/package.opf": _package(order, found, pages).encode(),
        "book/nav.xhtml": nav,
        f"book/{STYLE}": style(),
        **{f"book/{name}": page for name, page in pages.items()},
    }
    return archive_of(files, stored=("mimetype",)), found


def _nav(order: PackageOrder, found: ExportedCourse) -> Markup:
    link = Markup('<li><a href="{}">{}</a></li>')
    rows = [
        Markup('<li><a href="{}">{}</a><ol>{}</ol></li>').format(
            f"{module.steps[0].code}{_ENDING}",
            found.plain_title_of(f"module.{module.module.id}"),
            Markup("").join(
                link.format(f"{one.code}{_ENDING}", found.plain_title_of(one.item.id)) for one in module.steps
            ),
        )
        for module in found.modules
    ]
    if found.course.helplines:
        rows.append(link.format(f"{HELP}{_ENDING}", say(N_("Get help now"))))
    said = {"contents": say(N_("Contents")), "title": found.plain_title_of(order.owner), "rows": Markup("").join(rows)}
    return _NAV.format(lang=found.locale.bcp47, dir=found.locale.dir, style=STYLE, **said)


def _package(order: PackageOrder, found: ExportedCourse, pages: Mapping[str, bytes]) -> Markup:
    item = Markup('<item id="{}" href="{}" media-type="application/xhtml+xml"{}/>\n')
    drawn = {name: Markup(' properties="svg"') if b"<svg" in page else "" for name, page in pages.items()}
    names = {name: f"page-{name.removesuffix(_ENDING)}" for name in pages}
    return _PACKAGE.format(
        lang=found.locale.bcp47,
        dir=found.locale.dir,
        identifier=f"urn:uuid:{uuid5(NAMESPACE_URL, f'coplearn:epub:{order.name}')}",
        title=found.plain_title_of(order.owner),
        creator=found.credit.striptags(),
        summary=found.plain_summary_of(order.owner),
        rights=found.licence.name,
        modified=_modified(order).isoformat(),
        style=STYLE,
        items=Markup("").join(item.format(names[name], name, drawn[name]) for name in pages),
        spine=Markup("").join(Markup('<itemref idref="{}"/>\n').format(name) for name in names.values()),
    )


def _modified(order: PackageOrder) -> date:
    """The last day on which a source of the course was read: a book says when it was changed, and the same one the same day."""
    read = [one.read for module in order.course.modules for one in module.sources.values() if one.read is not None]
    return max(read, default=date(2026, 1, 1))
