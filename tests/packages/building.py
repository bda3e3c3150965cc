"""Packages in the conventions of the tools that most of them come from, made for the tests; nothing of those tools is in them."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

MANIFEST_12 = """<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="made" version="1" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
  <organizations default="org"><organization identifier="org"><title>{title}</title>{items}</organization></organizations>
  <resources>{resources}</resources>
</manifest>"""
MANIFEST_2004 = """<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="made" version="1" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
  <metadata><schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion></metadata>
  <organizations default="org"><organization identifier="org"><title>{title}</title>{items}</organization></organizations>
  <resources>{resources}</resources>
</manifest>"""
FIND_12 = """
function findAPI(win) {
  var tries = 0;
  while (win.API == null && win.parent != null && win.parent != win && tries < 10) { tries++; win = win.parent; }
  return win.API;
}
"""


STRUCTURE = """<?xml version="1.0" encoding="UTF-8"?>
<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">
<course id="https://made.example/course"><title>{titles}</title>
<description><langstring lang="en">Made.</langstring></description></course>
{units}
</courseStructure>"""
TINCAN = """<?xml version="1.0" encoding="UTF-8"?>
<tincan xmlns="http://projecttincan.com/tincan.xsd"><activities>
<activity id="{activity}" type="http://adlnet.gov/expapi/activities/course">
<name>A story</name><launch lang="en-US">{href}</launch></activity>
<activity id="{activity}/slide" type="http://adlnet.gov/expapi/activities/module">
<name>A slide</name></activity>
</activities></tincan>"""


def unit(name: str = "a", url: str = "au.html", more: str = "", inside: str = "") -> str:
    """An assignable unit of a course structure, with more attributes and elements."""
    said = f'<langstring lang="en">Unit {name}</langstring>'
    texts = f"<title>{said}</title><description>{said}</description>"
    return f'<au id="https://made.example/au/{name}" {more}>{texts}<url>{url}</url>{inside}</au>'


def structure(*units: str, languages: tuple[str, ...] = ("en",)) -> str:
    """A course structure of cmi5 with those units and blocks."""
    titles = "".join(f'<langstring lang="{one}">A course ({one})</langstring>' for one in languages)
    return STRUCTURE.format(titles=titles, units="".join(units or (unit(),)))


def tincan(activity: str = "https://made.example/story", href: str = "au.html") -> str:
    """The manifest of a package of xAPI, with an activity that is launched and one that is not."""
    return TINCAN.format(activity=activity, href=href)


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """An archive of those files."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


def manifest_12(title: str = "Made for a test", *hrefs: str, more: str = "") -> str:
    """A manifest of SCORM 1.2 with an item for each address."""
    starts = hrefs or ("index.html",)
    items = "".join(
        f'<item identifier="item-{at}" identifierref="res-{at}"><title>Part {at}</title>{more}</item>'
        for at, _ in enumerate(starts, 1)
    )
    resources = "".join(
        f'<resource identifier="res-{at}" type="webcontent" adlcp:scormtype="sco" href="{href}"><file href="{href}"/></resource>'
        for at, href in enumerate(starts, 1)
    )
    return MANIFEST_12.format(title=title, items=items, resources=resources)


def manifest_2004(title: str = "Made for a test", *hrefs: str, more: str = "") -> str:
    """The same of SCORM 2004, 4th edition."""
    starts = hrefs or ("index.html",)
    items = "".join(
        f'<item identifier="item-{at}" identifierref="res-{at}"><title>Part {at}</title>{more}</item>'
        for at, _ in enumerate(starts, 1)
    )
    resources = "".join(
        f'<resource identifier="res-{at}" type="webcontent" adlcp:scormType="sco" href="{href}"><file href="{href}"/></resource>'
        for at, href in enumerate(starts, 1)
    )
    return MANIFEST_2004.format(title=title, items=items, resources=resources)


def plain_12(title: str = "Made for a test") -> bytes:
    """One page that is done, with 80 of 100, when its button is pressed."""
    page = f"""<!DOCTYPE html><html><head><title>Page</title><script>{FIND_12}
var api = findAPI(window); api.LMSInitialize("");
function done() {{
  api.LMSSetValue("cmi.core.score.raw", "80"); api.LMSSetValue("cmi.core.lesson_status", "passed"); api.LMSFinish("");
}}</script></head><body><p>A page</p><button onclick="done()">Done</button></body></html>"""
    return zipped({"imsmanifest.xml": manifest_12(title), "index.html": page})


def _made(kind: str, number: int = 0) -> dict[str, str | bytes]:
    """The files of a folder below ``made``, with the number in its place."""
    root = Path(__file__).parent / "made" / kind
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_text().replace("@N@", str(number)) for path in paths}


def storyline_shaped(title: str = "A story", slides: int = 40) -> bytes:
    """SCORM 1.2 in one page, as Storyline has it: the place in ``lesson_location``, and far more than 4,096 letters of suspend
    data at each slide; it begins where both say, and never ends by itself."""
    return zipped({"imsmanifest.xml": manifest_12(title, "index_lms.html"), **_made("storyline", slides)})


def rise_shaped(title: str = "A rise", version: int = 1) -> bytes:
    """SCORM 2004 in two frames, as Rise has it: a driver above and the content below, which calls the driver through its parent.
    The place is JSON, squeezed, in suspend data; nothing is ever terminated, and another version's data is an error."""
    return zipped({"imsmanifest.xml": manifest_2004(title, "scormdriver/indexAPI.html"), **_made("rise", version)})


def hostile() -> bytes:
    """A package that tries what it must not reach, and tells of each try whether it did."""
    return zipped({"imsmanifest.xml": manifest_12("Hostile"), **_made("hostile")})


def cmi5_shaped(*units: str) -> bytes:
    """A package of cmi5 whose units are all one page, which keeps its place in the state ``bookmark``."""
    return zipped({"cmi5.xml": structure(*units), **_made("cmi5")})


def xapi_shaped() -> bytes:
    """A package of xAPI in one page, which keeps its place in the state ``resume``."""
    return zipped({"tincan.xml": tincan(href="story.html"), **_made("xapi")})
