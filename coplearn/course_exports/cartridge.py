"""Common Cartridge 1.3 (1EdTech): pages that a platform shows itself, and checks as QTI 1.2 that it scores itself."""

from __future__ import annotations

from typing import Final

from flask import Flask
from markupsafe import Markup

from coplearn.course_exports.archives import archive_of
from coplearn.course_exports.contents import HELP, ExportedCourse, exported, spoken_in
from coplearn.course_exports.reading import STYLE, pages_of, rendering_as, style
from coplearn.course_exports.rules import PackageOrder
from coplearn.course_exports.translated_checks import TranslatedCheck, translated_checks
from coplearn.kernel.text import N_
from coplearn.question_formats.qti12 import write_assessment, write_bank
from coplearn.web.render import say

_ENDING: Final = ".html"
_ASSESSMENT: Final = "imsqti_xmlv1p2/imscc_xmlv1p3/assessment"
_BANK: Final = "imsqti_xmlv1p2/imscc_xmlv1p3/question-bank"
_MANIFEST: Final = Markup("""<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="{name}" xmlns="http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1" \
xmlns:lomimscc="http://ltsc.ieee.org/xsd/imsccv1p3/LOM/manifest" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1 \
http://www.imsglobal.org/profile/cc/ccv1p3/ccv1p3_imscp_v1p2_v1p0.xsd http://ltsc.ieee.org/xsd/imsccv1p3/LOM/manifest \
http://www.imsglobal.org/profile/cc/ccv1p3/LOM/ccv1p3_lommanifest_v1p0.xsd">
<metadata><schema>IMS Common Cartridge</schema><schemaversion>1.3.0</schemaversion>
<lomimscc:lom><lomimscc:general><lomimscc:title><lomimscc:string language="{lang}">{title}</lomimscc:string></lomimscc:title>
<lomimscc:language>{lang}</lomimscc:language>
<lomimscc:description><lomimscc:string language="{lang}">{summary}</lomimscc:string></lomimscc:description></lomimscc:general>
<lomimscc:rights><lomimscc:copyrightAndOtherRestrictions><lomimscc:value>yes</lomimscc:value>\
</lomimscc:copyrightAndOtherRestrictions><lomimscc:description><lomimscc:string>{rights}</lomimscc:string>\
</lomimscc:description></lomimscc:rights></lomimscc:lom></metadata>
<organizations><organization identifier="course" structure="rooted-hierarchy"><item identifier="root">
{items}</item></organization></organizations>
<resources>
{resources}</resources>
</manifest>
""")
_ITEM: Final = Markup('<item identifier="item-{0}" identifierref="{0}"><title>{1}</title></item>\n')
_MODULE: Final = Markup('<item identifier="module-{}"><title>{}</title>\n{}</item>\n')
_PAGE: Final = Markup(
    '<resource identifier="{0}" type="webcontent" href="{1}"><file href="{1}"/><dependency identifierref="style"/></resource>\n'
)
_FILE: Final = Markup('<resource identifier="{0}" type="{1}"><file href="{2}"/></resource>\n')


def cartridge(app: Flask, order: PackageOrder) -> tuple[bytes, ExportedCourse, list[str]]:
    """The cartridge in the order's one language, what it is made of, and the titles of what stays behind.

    A cartridge has one question bank at most: it holds the second forms of all checks.
    """
    locale = order.languages[0]
    with spoken_in(app, locale, order.country):
        found = exported(order, locale, rendering_as(_ENDING))
        checks = list(translated_checks(order, found.texts))
        pages = {f"web/{name}": page.encode() for name, page in _documents(found).items()}
        outline = _outline(order, found, checks)
    files = {**pages, f"web/{STYLE}": style()}
    for check in checks:
        files[f"checks/{check.item.code}.xml"] = write_assessment(
            check.first, f"check-{check.item.code}", found.plain_title_of(check.item.id)
        ).encode()
    spare = [one for check in checks for one in check.second]
    if spare:
        files["checks/second-forms.xml"] = write_bank(spare, "second-forms").encode()
    manifest = _MANIFEST.format(
        name=order.name,
        lang=locale.bcp47,
        title=found.plain_title_of(order.owner),
        summary=found.plain_summary_of(order.owner),
        rights=found.licence.name,
        items=outline,
        resources=_resources(found, checks, has_spare=bool(spare)),
    )
    behind = set(found.left_out) - {found.plain_title_of(check.item.id) for check in checks}
    left_out = [title for title in found.left_out if title in behind]
    return archive_of({"imsmanifest.xml": manifest.encode(), **files}), found, left_out


def _documents(found: ExportedCourse) -> dict[str, str]:
    return {name: f"<!DOCTYPE html>\n{page.lstrip()}" for name, page in pages_of(found, _ENDING).items()}


def _outline(order: PackageOrder, found: ExportedCourse, checks: list[TranslatedCheck]) -> Markup:
    """The steps module by module in the course's order, pages and checks."""
    shown = {step.item.id: f"page-{step.code}" for step in found.steps}
    shown |= {check.item.id: f"check-{check.item.code}" for check in checks}
    rows = Markup("")
    for module in order.modules:
        inside = (one for one in module.item_ids if one in shown)
        lines = Markup("").join(_ITEM.format(shown[one], found.plain_title_of(one)) for one in inside)
        if lines:
            rows += _MODULE.format(module.id, found.plain_title_of(f"module.{module.id}"), lines)
    return rows + (_ITEM.format(f"page-{HELP}", say(N_("Get help now"))) if found.course.helplines else "")


def _resources(found: ExportedCourse, checks: list[TranslatedCheck], *, has_spare: bool) -> Markup:
    pages = [step.code for step in found.steps] + ([HELP] if found.course.helplines else [])
    rows = [_PAGE.format(f"page-{code}", f"web/{code}{_ENDING}") for code in pages]
    rows.append(_FILE.format("style", "webcontent", f"web/{STYLE}"))
    rows += [
        _FILE.format(f"check-{one.item.code}", _ASSESSMENT, f"checks/{one.item.code}.xml")
        for one in checks
        if one.first
    ]
    return Markup("").join(rows) + (_FILE.format("second-forms", _BANK, "checks/second-forms.xml") if has_spare else "")
