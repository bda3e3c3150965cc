"""SCORM 1.2 (ADL, Content Aggregation Model 1.2): one SCO that reports completion, score and place."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from coplearn.course_exports.archives import archive_of
from coplearn.course_exports.contents import ExportedCourse
from coplearn.course_exports.player import START
from coplearn.course_exports.rules import PackageOrder

RECORD: Final = "scorm12.js"
_MANIFEST: Final = Markup("""<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="{name}" version="{version}" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" \
xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://www.imsproject.org/xsd/imscp_rootv1p1p2 imscp_rootv1p1p2.xsd \
http://www.adlnet.org/xsd/adlcp_rootv1p2 adlcp_rootv1p2.xsd">
<metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion>
<lom xmlns="http://www.imsglobal.org/xsd/imsmd_rootv1p2p1"><general><title>{titles}</title>{languages}</general></lom></metadata>
<organizations default="course"><organization identifier="course"><title>{title}</title>
<item identifier="{name}.item" identifierref="{name}.sco"><title>{title}</title></item>
</organization></organizations>
<resources><resource identifier="{name}.sco" type="webcontent" adlcp:scormtype="sco" href="{start}">
{files}</resource></resources>
</manifest>
""")


def scorm_package(order: PackageOrder, files: dict[str, bytes], courses: list[ExportedCourse]) -> bytes:
    """The package of files that are played. Its identifiers are the course's and stay from version to version."""
    rows = Markup("").join(Markup('<file href="{}"/>\n').format(name) for name in files)
    manifest = _MANIFEST.format(
        name=order.name,
        version=order.course.version,
        title=courses[0].plain_title_of(order.owner),
        titles=Markup("").join(
            Markup('<langstring xml:lang="{}">{}</langstring>').format(
                one.locale.bcp47, one.plain_title_of(order.owner)
            )
            for one in courses
        ),
        languages=Markup("").join(Markup("<language>{}</language>").format(one.locale.bcp47) for one in courses),
        start=START,
        files=rows,
    )
    return archive_of({"imsmanifest.xml": manifest.encode(), **files})
