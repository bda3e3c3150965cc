"""Packages hold themselves: every file is named, nothing leads elsewhere, and the same course gives the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask

from coplearn.course_exports.making import make_package
from coplearn.course_exports.ordering import PackageWish, order_of
from coplearn.course_exports.rules import PackageOrder
from coplearn.kernel.clock import utcnow
from coplearn.packages.manifests import read_manifest
from coplearn.settings import HOME
from coplearn.site import site_of

PACK = "cop-workshop-pack"
CP = "{http://www.imsproject.org/xsd/imscp_rootv1p1p2}"


def files_of(package: bytes) -> dict[str, bytes]:
    """The files of an archive, in its order."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def ordered(app: Flask, kind: str, course: str = PACK, **more: str) -> PackageOrder:
    """An order in words."""
    return order_of(site_of(app), PackageWish(kind, course, **more))


@pytest.fixture(scope="module")
def pack(shared_app: Flask) -> dict[str, bytes]:
    """The workshop pack as SCORM 1.2 in French."""
    return files_of(make_package(shared_app, ordered(shared_app, "scorm12", language="fr")).content)


def test_manifest_names_every_file_and_each_is_there(pack: dict[str, bytes]) -> None:
    """One SCO that begins with a file of the package; titles in its language."""
    manifest = ElementTree.fromstring(pack["imsmanifest.xml"])
    resource = manifest.find(f"{CP}resources/{CP}resource")
    assert resource is not None and resource.get("href") == "index.html"
    assert resource.get("{http://www.adlnet.org/xsd/adlcp_rootv1p2}scormtype") == "sco"
    named = {one.get("href") for one in resource.findall(f"{CP}file")}
    assert named == pack.keys() - {"imsmanifest.xml"}
    item = manifest.find(f"{CP}organizations/{CP}organization/{CP}item")
    assert item is not None and item.get("identifierref") == resource.get("identifier")
    assert manifest.findtext(f"{CP}organizations/{CP}organization/{CP}title")
    every = re.findall(r'identifier="([^"]+)"', pack["imsmanifest.xml"].decode())
    assert len(set(every)) == len(every)


def test_course_structure_of_cmi5_has_every_language_and_stable_names(shared_app: Flask) -> None:
    """One unit, begun by a file of the package, done when every check is passed; titles as language strings."""
    order = ordered(shared_app, "cmi5", "cop-parents", module="online-life")
    files = files_of(make_package(shared_app, order).content)
    structure = ElementTree.fromstring(files["cmi5.xml"])
    space = "{https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd}"
    unit = structure.find(f"{space}au")
    assert structure.tag == f"{space}courseStructure" and unit is not None and unit.findtext(f"{space}url") in files
    assert [one.tag.removeprefix(space) for one in unit] == ["title", "description", "url"]
    assert unit.get("moveOn") == "CompletedAndPassed"
    said = {one.get("lang") for one in unit.findall(f"{space}title/{space}langstring")}
    assert said == {locale.bcp47 for locale in site_of(shared_app).locales.live}
    assert str(unit.get("id")).startswith("urn:uuid:")
    newer = replace(order, course=replace(order.course, version="9.9.9"))
    assert files_of(make_package(shared_app, newer).content)["cmi5.xml"] == files["cmi5.xml"]


def test_package_runs_under_a_strict_policy_and_calls_nobody(pack: dict[str, bytes]) -> None:
    """No script or style in its pages, no handler in its texts, no file from elsewhere, and no way to send in its program."""
    page = pack["index.html"].decode()
    assert re.findall(r"<script\b(?![^>]* src=)[^>]*>", page) == [] and "<style" not in page
    texts = {name: body.decode() for name, body in pack.items() if name.startswith("content/")}
    assert texts and all("<" not in text for text in texts.values())
    for name, text in texts.items():
        html = text.replace("\\u003c", "<").replace('\\"', '"')
        assert re.findall(r"<[^>]+\s(?:on\w+|style|src|srcset|action)=", html) == [], name
        assert "<script" not in html and "csrf" not in html, name
    program = pack["package.js"].decode()
    assert not re.search(
        r"\b(?:fetch|XMLHttpRequest|sendBeacon|WebSocket|EventSource|eval|postMessage|localStorage)\b", program
    )
    assert not re.search(r"https?://|^\s*(?:import|export)\b", program, re.M)
    assert all(b"url(" not in body and b"@import" not in body for name, body in pack.items() if name.endswith(".css"))


def test_same_course_gives_the_same_bytes_and_a_newer_version_the_same_names(shared_app: Flask) -> None:
    """When it is made is no part of a package; a platform knows a newer version by its identifiers."""
    order = ordered(shared_app, "scorm12", language="ar", module="before-the-day")
    first, second = (make_package(shared_app, order).content for _ in range(2))
    assert first == second
    newer = replace(order, course=replace(order.course, version="9.9.9"))
    after = files_of(make_package(shared_app, newer).content)["imsmanifest.xml"].decode()
    before = files_of(first)["imsmanifest.xml"].decode()
    assert before != after and before.replace(order.course.version, "9.9.9") == after


def test_all_languages_are_in_one_as_a_choice(shared_app: Flask) -> None:
    """Each language has its own files and its own direction; the page knows them all."""
    order = ordered(shared_app, "scorm12", module="before-the-day")
    found = files_of(make_package(shared_app, order).content)
    codes = [locale.bcp47 for locale in site_of(shared_app).locales.live]
    assert f'data-languages="{" ".join(codes)}"' in found["index.html"].decode() and len(codes) == 6
    for code in codes:
        text = found[f"content/{code}.js"].decode()
        assert f'"dir": "{"rtl" if code == "ar" else "ltr"}"' in text and f'"lang": "{code}"' in text
        assert all(f'data-language=\\"{one}\\"' in text for one in codes)
    assert read_manifest(found["imsmanifest.xml"], found.keys()).language == ", ".join(codes)


def test_steps_that_need_people_in_a_room_are_left_out_by_name(shared_app: Flask) -> None:
    """A drill is no step of a package, nor one that completion waits for."""
    course = site_of(shared_app).library.current().courses["cop-cyberdrill-grooming"]
    drills = [item for item in course.items.values() if item.kind == "drill"]
    made = make_package(shared_app, ordered(shared_app, "scorm12", course.id, language="en"))
    assert drills and made.left_out == [item.title for item in drills]
    text = files_of(made.content)["content/en.js"].decode()
    assert all(item.code not in text for item in drills)


def test_help_of_a_country_stands_in_it_until_its_next_check_is_due(shared_app: Flask) -> None:
    """The package goes on saying whom to call only as long as the site would."""
    here = files_of(make_package(shared_app, ordered(shared_app, "scorm12", language="fr", country="FR")).content)
    text = here["content/fr.js"].decode()
    lines = site_of(shared_app).helplines.help_for("FR", utcnow().date()).lines
    assert lines and all(f'data-until=\\"{one.check_by.isoformat()}\\"' in text for one in lines)


@pytest.mark.parametrize(
    ("said", "where"),
    [
        (["no-such", "-o", "x.zip"], "COURSE"),
        ([PACK, "--module", "none", "-o", "x.zip"], "--module"),
        ([PACK, "--language", "xx", "-o", "x.zip"], "--language"),
        ([PACK, "--country", "XX", "-o", "x.zip"], "--country"),
        (["cop-cyberdrill-grooming", "--module", "the-drill", "-o", "x.zip"], "needs people in one room"),
        ([PACK, "--language", "fr", "--all-languages", "-o", "x.zip"], "Name one language, or ask for all"),
        ([PACK, "--module", "before-the-day", "--format", "gift", "-o", "x.gift"], "it has no check"),
    ],
)
def test_command_tells_what_there_is_not(said: list[str], where: str, shared_app: Flask) -> None:
    """Nothing is written, and the word at fault is named."""
    found = shared_app.test_cli_runner().invoke(args=["course", "export-package", *said])
    assert found.exit_code == 2 and where in found.output


def test_commands_of_the_manual_are_understood(shared_app: Flask) -> None:
    """Each as it stands there, of a course that is not there: nothing but the course is at fault."""
    manual = (HOME / "docs" / "exporting.md").read_text(encoding="utf-8")
    lines = [line.split() for line in manual.splitlines() if line.startswith("    coplearn course export-package ")]
    assert {line[line.index("--format") + 1] for line in lines if "--format" in line} >= {"cmi5", "epub"}
    for _, *said in lines:
        found = shared_app.test_cli_runner().invoke(args=[*said[:2], "no-such", *said[3:]])
        assert "COURSE" in found.output.splitlines()[-1], found.output


def test_command_writes_the_package(shared_app: Flask, tmp_path: Path) -> None:
    """One module in the course's own language."""
    target: Any = tmp_path / "pack.zip"
    said = ["course", "export-package", PACK, "--module", "before-the-day", "-o", str(target)]
    found = shared_app.test_cli_runner().invoke(args=said)
    assert found.exit_code == 0, found.output
    assert f'identifier="{PACK}.before-the-day.en"' in files_of(target.read_bytes())["imsmanifest.xml"].decode()
