"""Cartridges and books: what stands in them is whole, can be read by anybody, and our questions come back from them."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import Final
from xml.etree import ElementTree

import pytest
from flask import Flask

from coplearn.course_exports.contents import spoken_in
from coplearn.course_exports.making import make_package
from coplearn.course_exports.ordering import NoSuchPackage, PackageWish, order_of
from coplearn.course_exports.translated_checks import translated_checks
from coplearn.course_exports.xhtml import to_xhtml
from coplearn.courses.course import Course
from coplearn.question_formats.cli import read_file
from coplearn.question_formats.packages import read_package
from coplearn.question_formats.questions import SharedQuestion, told_apart
from coplearn.question_formats.quiz_file import checks_in
from coplearn.site import site_of

CC: Final = "{http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1}"
OPF: Final = "{http://www.idpf.org/2007/opf}"
XHTML: Final = "{http://www.w3.org/1999/xhtml}"
MODULE: Final = "online-life"


@pytest.fixture(scope="module")
def parents(shared_app: Flask) -> Course:
    """The course for parents."""
    return site_of(shared_app).library.current().courses["cop-parents"]


def made(app: Flask, kind: str, language: str) -> bytes:
    """The first module of the course for parents."""
    order = order_of(site_of(app), PackageWish(kind, "cop-parents", MODULE, language))
    return make_package(app, order).content


def files_of(package: bytes) -> dict[str, bytes]:
    """The files of an archive, in its order."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(course: Course) -> list[SharedQuestion]:
    """The questions of the module as its files have them."""
    checks = [course.items[one] for one in course.module(MODULE).item_ids if one in course.checks]
    return [one for check in checks for _, _, held in checks_in(course.folder / check.path) for one in held]


def test_questions_come_back_from_a_cartridge(shared_app: Flask, parents: Course) -> None:
    """Both forms, of every kind, with their reasons, skills and ids: our own reader finds the questions that the course has."""
    found = read_package(made(shared_app, "cc13", "en"), "x.imscc")
    wanted = {one.id: one for one in written(parents)}
    assert {one.id: one for one in found.questions} == wanted and len(found.questions) == len(wanted) > 5
    assert {one.what for one in found.left} == {
        "The file is left out: put it into the course's media/ yourself if you may."
    }


@pytest.mark.parametrize("kind", ["gift", "qti3"])
def test_questions_of_a_whole_course_go_out_in_a_language_and_come_back(
    kind: str, shared_app: Flask, parents: Course
) -> None:
    """All of them, both forms, in that language's words; what two checks call alike is told apart, and forms stay together."""
    order = order_of(site_of(shared_app), PackageWish(kind, "cop-parents", "", "ar"))
    package = make_package(shared_app, order)
    with spoken_in(shared_app, order.languages[0], None):
        texts = site_of(shared_app).library.texts(parents, order.languages[0])
        checks = [[*one.first, *one.second] for one in translated_checks(order, texts)]
    found = read_file(package.content, order.file_name)
    wanted = told_apart(checks)
    # GIFT has no order of its own for steps, so equality is of what is read again.
    assert [replace(one, parts=()) for one in found.questions] == [replace(one, parts=()) for one in wanted]
    assert [{part.text for part in one.parts} for one in found.questions] == [
        {part.text for part in one.parts} for one in wanted
    ]
    assert len({one.id for one in wanted}) == len(wanted) > 50 and package.left_out == []
    second = {one.id: one.form_b_of for one in wanted if one.form_b_of}
    assert second["what-to-keep-b-2"] == "what-to-keep-2" and set(second.values()) <= {one.id for one in wanted}
    assert all("\u0600" <= one.stem.strip("*_ «“(0123456789")[0] <= "\u06ff" for one in wanted)


def test_module_of_checks_alone_is_in_the_outline_of_a_cartridge(shared_app: Flask, parents: Course) -> None:
    """What no item names a platform does not show, though its file is there."""
    order = order_of(site_of(shared_app), PackageWish("cc13", "cop-parents", MODULE, "en"))
    (module,) = order.modules
    checks = tuple(one for one in module.item_ids if one in parents.checks)
    alone = make_package(shared_app, replace(order, modules=(replace(module, item_ids=checks),))).content
    manifest = ElementTree.fromstring(files_of(alone)["imsmanifest.xml"])
    named = {one.get("identifierref") for one in manifest.iter(f"{CC}item")}
    assert checks and {f"check-{parents.items[one].code}" for one in checks} <= named


def test_cartridge_names_what_it_holds_in_the_order_of_the_course(shared_app: Flask, parents: Course) -> None:
    """Pages and checks as one list, each with its file; checks in its language; links lead to files that are there."""
    files = files_of(made(shared_app, "cc13", "ar"))
    manifest = ElementTree.fromstring(files["imsmanifest.xml"])
    resources = {one.get("identifier"): one for one in manifest.iter(f"{CC}resource")}
    held = [file.get("href") for one in resources.values() for file in one.findall(f"{CC}file")]
    assert sorted(map(str, held)) == sorted(files.keys() - {"imsmanifest.xml"})
    shown = [one.get("identifierref") for one in manifest.iter(f"{CC}item") if one.get("identifierref")]
    codes = [str(one).partition("-")[2] for one in shown]
    assert codes == [*(parents.items[one].code for one in parents.module(MODULE).item_ids), "help"]
    assert {one.get("type") for one in resources.values()} == {
        "webcontent",
        "imsqti_xmlv1p2/imscc_xmlv1p3/assessment",
        "imsqti_xmlv1p2/imscc_xmlv1p3/question-bank",
    }
    check = next(body.decode() for name, body in files.items() if name.startswith("checks/") and "second" not in name)
    right = next(one for one in written(parents) if one.kind == "one")
    assert right.stem not in check and "cc.multiple_choice.v0p1" in check
    pages = [ElementTree.fromstring(to_xhtml(body.decode())) for name, body in files.items() if name.endswith(".html")]
    links = {str(one.get("href")) for page in pages for one in page.iter(f"{XHTML}a")}
    assert {one for one in links if not one.startswith("https://")} <= {f"{code}.html" for code in codes}


def test_book_is_an_epub(shared_app: Flask, parents: Course) -> None:
    """The type comes first and is not packed; each page is XML in its language and direction; the list of contents leads to all."""
    content = made(shared_app, "epub", "ar")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert content[38:58] == b"application/epub+zip" and not first.extra
    files = files_of(content)
    container = ElementTree.fromstring(files["META-INF/container.xml"])
    root = next(one for one in container.iter() if one.tag.endswith("rootfile")).get("full-path")
    assert root == "book/package.opf"
    package = ElementTree.fromstring(files[root])
    items = {one.get("id"): one for one in package.iter(f"{OPF}item")}
    assert {f"book/{one.get('href')}" for one in items.values()} == {
        name for name in files if name.startswith("book/")
    } - {root}
    spine = package.find(f"{OPF}spine")
    assert spine is not None and spine.get("page-progression-direction") == "rtl"
    assert {one.get("idref") for one in spine} == items.keys() - {"style"}
    needed = {"dcterms:modified", "schema:accessMode", "schema:accessibilityFeature", "schema:accessibilityHazard"}
    assert needed <= {one.get("property") for one in package.iter(f"{OPF}meta")}
    for one in items.values():
        body = files[f"book/{one.get('href')}"]
        if one.get("media-type") != "application/xhtml+xml":
            continue
        page = ElementTree.fromstring(body)
        assert (page.get("lang"), page.get("dir")) == ("ar", "rtl") and page.find(f".//{XHTML}title") is not None
        assert (b"<svg" in body) == ("svg" in str(one.get("properties")))
        assert b"<script" not in body and b"<form" not in body and b" style=" not in body
        for link in page.iter(f"{XHTML}a"):
            target = str(link.get("href"))
            assert target.startswith("https://") or f"book/{target}" in files, target
    lessons = [parents.items[one] for one in parents.module(MODULE).item_ids if one not in parents.checks]
    assert all(f"book/{item.code}.xhtml" in files for item in lessons)


def test_pictures_of_a_book_have_words(shared_app: Flask, parents: Course) -> None:
    """A drawing says what it shows, or is named as one that says nothing."""
    drawn, svg = 0, "{http://www.w3.org/2000/svg}"
    pages = {name: body for name, body in files_of(made(shared_app, "epub", "fr")).items() if name.endswith("xhtml")}
    for name, body in pages.items():
        for picture in ElementTree.fromstring(body).iter(f"{svg}svg"):
            assert picture.get("viewBox") and (picture.findtext(f"{svg}title") or picture.get("aria-hidden")), name
            drawn += picture.get("role") == "img"
    assert drawn


def test_xml_takes_what_html_may_hold() -> None:
    """Void elements, attributes without a value, letters of XML, and signs that XML has no place for."""
    html = '<html lang="ar"><body><p hidden>a &lt; b &amp; \x01c<br><img alt="&quot;x&quot;" src="y"></p></body></html>'
    page = ElementTree.fromstring(to_xhtml(html))
    found = page.find(f".//{XHTML}p")
    assert found is not None and "".join(found.itertext()) == "a < b & c" and found.get("hidden") == "hidden"
    assert page.get("{http://www.w3.org/XML/1998/namespace}lang") == "ar"


def test_formats_of_one_language_ask_for_it(shared_app: Flask) -> None:
    """All languages in one book would be none."""
    for kind in ("cc13", "epub"):
        with pytest.raises(NoSuchPackage):
            order_of(site_of(shared_app), PackageWish(kind, "cop-parents"))
