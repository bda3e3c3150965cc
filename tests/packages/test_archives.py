"""Hostile and broken archives and manifests: each is refused with the place and the reason, and nothing of it is anywhere."""

from __future__ import annotations

import json
import os
import stat
import struct
import subprocess
import sys
import warnings
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.files.stores import FolderStore
from coplearn.kernel.errors import Refused
from coplearn.packages.manifests import read_manifest
from coplearn.packages.reading import read_package
from coplearn.packages.rules import MEGABYTE, MOST_ITEMS, PackageItem
from coplearn.packages.structures import read_structure, read_tincan
from tests.packages.building import manifest_12, manifest_2004, plain_12, structure, tincan, unit, zipped
from tests.sizes import examples

ROOT = Path(__file__).resolve().parents[2]
PAGE = {"imsmanifest.xml": manifest_12(), "index.html": "<p>A page</p>"}


def named(name: str, *, mode: int = 0, also: str = "") -> bytes:
    """A package with a file of that name besides its own, and perhaps another."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as made:
        for own, content in PAGE.items():
            made.writestr(own, content)
        for one in filter(None, (name, also)):
            info = ZipInfo("x")
            info.filename = info.orig_filename = one
            info.external_attr = mode << 16
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that a name is there already is what is tried
                made.writestr(info, "x")
    return out.getvalue()


def overlapping() -> bytes:
    """A package in which two names share the bytes of one file."""
    data = bytearray(zipped({**PAGE, "a.bin": "a" * 99, "b.bin": "a" * 99}))
    offsets = [at for at in range(len(data)) if data[at : at + 4] == b"PK\x01\x02"]
    first, second = offsets[-2:]
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    return bytes(data)


def bomb() -> bytes:
    """Three hundred megabytes of nothing in a third of one."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as made:
        for name, content in PAGE.items():
            made.writestr(name, content)
        with made.open("zeros.bin", "w") as file:
            for _ in range(300):
                file.write(bytes(MEGABYTE))
    return out.getvalue()


def lying() -> bytes:
    """A package whose list says that a file is smaller than it is."""
    data = bytearray(zipped({**PAGE, "z.bin": "a" * 5000}))
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<L", 10)
    return bytes(data)


def torn() -> bytes:
    """A package with a byte changed in the middle of a file."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_STORED) as made:
        for name, content in {**PAGE, "z.bin": "a" * 5000}.items():
            made.writestr(name, content)
    data = bytearray(out.getvalue())
    data[data.index(b"a" * 4000) + 50] = 0
    return bytes(data)


def encrypted() -> bytes:
    """A package that says one of its files is encrypted."""
    data = bytearray(zipped({**PAGE, "z.bin": "a"}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.rfind(mark) + at
        data[place] |= 1
    return bytes(data)


def squeezed_otherwise() -> bytes:
    """A package with a file packed by bzip2."""
    out = BytesIO()
    with ZipFile(out, "w") as made:
        for name, content in PAGE.items():
            made.writestr(name, content, ZIP_BZIP2)
    return out.getvalue()


def many() -> bytes:
    """An archive that says it has a million files."""
    data = bytearray(plain_12())
    at = data.rfind(b"PK\x05\x06")
    data[at + 8 : at + 12] = b"\xff\xfe\xff\xfe"
    return bytes(data)


def with_manifest(text: str | bytes) -> bytes:
    """A package with that manifest."""
    return zipped({"imsmanifest.xml": text, "index.html": "<p>A page</p>"})


def with_structure(*units: str) -> bytes:
    """A package of cmi5 with those units, which has their page."""
    return zipped({"cmi5.xml": structure(*units), "au.html": "<p>A page</p>"})


XML = '<?xml version="1.0"?>'
HOSTILE: list[tuple[str, Callable[[], bytes], str]] = [
    ("empty", lambda: b"", "no zip archive"),
    ("text", lambda: b"hello", "no zip archive"),
    ("tar", lambda: b"index.html".ljust(1024, b"\0"), "no zip archive"),
    ("cut", lambda: plain_12()[:-30], "no zip archive"),
    ("something before", lambda: b"#!/bin/sh\n" + plain_12(), "no zip archive"),
    ("out of it", lambda: named("../../outside.txt"), "../../outside.txt leads out"),
    ("out of it below", lambda: named("a/../../outside.txt"), "leads out"),
    ("absolute", lambda: named("/etc/outside.txt"), "leads out"),
    ("drive", lambda: named("C:/outside.txt"), "leads out"),
    ("backslash", lambda: named("..\\outside.txt"), "leads out"),
    ("link", lambda: named("link.html", mode=stat.S_IFLNK | 0o777), "link.html is no file but a link"),
    ("device", lambda: named("device.html", mode=stat.S_IFCHR | 0o600), "no file but a link"),
    ("twice", lambda: named("index.html"), "index.html stands in the archive twice"),
    ("twice by case", lambda: named("Index.HTML"), "twice"),
    ("twice by letters", lambda: named("\u00e9.html", also="e\u0301.html"), "twice"),
    ("turned name", lambda: named("a\u202egnp.html"), "cannot be seen"),
    ("long name", lambda: named("a" * 500 + ".html"), "too long"),
    ("archive inside", lambda: named("more.zip"), "more.zip is an archive inside"),
    ("archive by content", lambda: zipped({**PAGE, "picture.png": plain_12()}), "picture.png is an archive inside"),
    ("program", lambda: named("setup.exe"), "setup.exe is a program"),
    ("program by content", lambda: zipped({**PAGE, "a.png": b"MZ\x90\x00" + bytes(99)}), "archive inside"),
    ("overlap", overlapping, "same bytes"),
    ("bomb", bomb, "Unpacked"),
    ("lying", lying, "damaged"),
    ("torn", torn, "z.bin is damaged"),
    ("encrypted", encrypted, "encrypted"),
    ("another way of packing", squeezed_otherwise, "packed in a way"),
    ("a million", many, "more than"),
    ("no manifest", lambda: zipped({"index.html": "x"}), "none of imsmanifest.xml, cmi5.xml, tincan.xml"),
    ("folder", lambda: zipped({f"course/{name}": text for name, text in PAGE.items()}), "stands in the folder course"),
    ("H5P", lambda: zipped({"h5p.json": "{}"}), "package of H5P"),
    ("cmi5 without its units", lambda: zipped({"cmi5.xml": structure()}), "begins with au.html"),
    ("cmi5 elsewhere", lambda: with_structure(unit(url="https://203.0.113.9/au.html")), "another server, 203.0.113.9"),
    ("cmi5 at half an address", lambda: with_structure(unit(url="http://[x/au.html")), "another server, http://[x"),
    ("cmi5 of a program", lambda: with_structure(unit(url="app://open")), "another server"),
    ("cmi5 with entities", lambda: zipped({"cmi5.xml": f"{XML}<!DOCTYPE c [<!ENTITY a 'b'>]><c>&a;</c>"}), "document type"),
    ("cmi5 of another root", lambda: zipped({"cmi5.xml": f"{XML}<course/>"}), "cmi5.xml: / says <course>"),
    ("cmi5 without units", lambda: with_structure("<block id='https://a.example/b'/>"), "nothing that can be opened"),
    ("cmi5 twice", lambda: with_structure(unit(), unit()), "two parts one identifier"),
    ("cmi5 without a name", lambda: with_structure(unit("a b")), "no IRI"),
    ("cmi5 with a rule of its own", lambda: with_structure(unit(more="moveOn='Perhaps'")), "/au/a says Perhaps"),
    ("cmi5 with a wild score", lambda: with_structure(unit(more="masteryScore='80'")), "says 80"),
    ("cmi5 deep", lambda: with_structure("<block id='a:b'>" * 300 + "</block>" * 300), "deep"),
    ("xAPI elsewhere", lambda: zipped({"tincan.xml": tincan(href="//203.0.113.9/a.html"), "au.html": ""}), "another server"),
    ("xAPI without a start", lambda: zipped({"tincan.xml": f"{XML}<tincan/>"}), "nothing that can be opened"),
    ("xAPI of another root", lambda: zipped({"tincan.xml": f"{XML}<course/>"}), "tincan.xml: / says <course>"),
    ("no XML", lambda: with_manifest("hello"), "cannot be read"),
    ("entities", lambda: with_manifest(f'{XML}<!DOCTYPE m [<!ENTITY a "b">]><manifest>&a;</manifest>'), "document type"),
    ("outside entity", lambda: with_manifest(f'{XML}<!DOCTYPE m SYSTEM "http://203.0.113.9/m.dtd"><manifest/>'), "document type"),
    ("deep", lambda: with_manifest(XML + "<a>" * 500 + "</a>" * 500), "deep"),
    ("another root", lambda: with_manifest(f"{XML}<html/>"), "no manifest"),
    ("no standard", lambda: with_manifest(f"{XML}<manifest/>"), "neither SCORM 1.2 nor"),
    ("missing start", lambda: with_manifest(manifest_12("A", "no.html")), "begins with no.html"),
    ("start outside", lambda: with_manifest(manifest_12("A", "../../index.html")), "no such file"),
    ("start elsewhere", lambda: with_manifest(manifest_12("A", "http://203.0.113.9/a.html")), "another server, 203.0.113.9"),
    ("script as start", lambda: with_manifest(manifest_12("A", "javascript:alert(1)")), "another server"),
    ("no items", lambda: with_manifest(manifest_12().replace("identifierref", "title")), "nothing that can be opened"),
    ("huge manifest", lambda: with_manifest(manifest_12("A" * 6_000_000)), "larger than 5 MB"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "reason"), [one[1:] for one in HOSTILE], ids=[one[0] for one in HOSTILE])
def test_hostile_package_is_refused_with_place_and_reason(
    make: Callable[[], bytes], reason: str, tmp_path: Path
) -> None:
    """Nothing is outside of its own folder of the store, which whoever asked forgets."""
    store = FolderStore(tmp_path / "store")
    with pytest.raises(Refused) as refused:
        read_package(BytesIO(make()), store, "k" * 32, 1000 * MEGABYTE)
    said = refused.value.phrase.text % dict(refused.value.phrase.params)
    assert reason in said
    assert all(
        path.relative_to(tmp_path).parts[:2] == ("store", "k" * 32) for path in tmp_path.rglob("*") if path.is_file()
    )


def test_package_has_no_more_parts_than_a_page_can_list() -> None:
    """All of them would stand in one row of the database, and on one page."""
    with pytest.raises(Refused) as refused:
        read_manifest(manifest_12("A", *["index.html"] * (MOST_ITEMS + 1)).encode(), {"index.html"})
    assert refused.value.phrase.params == {"number": MOST_ITEMS}


@given(st.binary(max_size=40), st.integers(0, 2000))
@examples(60, 2_000)
def test_whatever_is_changed_in_a_package_it_is_read_or_refused(more: bytes, at: int) -> None:
    """No other error comes of it."""
    data = bytearray(zipped({**PAGE, "a.js": "a = 1;\n" * 40}))
    place = at % len(data)
    data[place : place + len(more)] = more
    with suppress(Refused):
        assert read_package(BytesIO(bytes(data)), _Nowhere(Path("/nonexistent")), "k", 1000 * MEGABYTE).items


class _Nowhere(FolderStore):
    """A store that reads what it is given, and keeps nothing."""

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """Read it."""
        for _ in pieces:
            pass


def test_manifest_says_what_can_be_opened_and_in_which_order() -> None:
    """Folders, bases, parameters, thresholds and what learners may choose."""
    text = manifest_2004(
        "Two parts", "a%20b/one.html?x=1", "two.html",
        more='<adlcp:dataFromLMS>said</adlcp:dataFromLMS><adlcp:completionThreshold minProgressMeasure="0.8"/>'
        '<imsss:sequencing><imsss:controlMode choice="true"/><imsss:objectives><imsss:primaryObjective satisfiedByMeasure="true">'
        "<imsss:minNormalizedMeasure>0.7</imsss:minNormalizedMeasure></imsss:primaryObjective></imsss:objectives></imsss:sequencing>",
    )  # fmt: skip
    text = text.replace('<item identifier="item-2"', '<item identifier="item-2" parameters="?y=2"')
    read = read_manifest(text.encode(), {"a b/one.html", "two.html"})
    one, two = read.items
    assert (read.standard.value, read.title) == ("scorm-2004", "Two parts")
    assert (one.href, two.href) == ("a%20b/one.html?x=1", "two.html?y=2")
    assert (one.mastery, one.threshold, one.launch_data, one.by_choice) == (70.0, 0.8, "said", True)
    assert not read.notes
    ruled = text.replace("<imsss:objectives>", "<imsss:sequencingRules/><imsss:objectives>")
    assert "rules of sequencing" in read_manifest(ruled.encode(), {"a b/one.html", "two.html"}).notes[0].text


def test_structure_says_what_can_be_opened_and_how_each_part_is_satisfied() -> None:
    """Blocks, rules of moving on, scores, parameters, languages; space around values is no part of them."""
    inner = unit(
        "b", " deep/b.html?x=1 ", "moveOn=' Passed ' masteryScore='0.855'", "<launchParameters> q=1 </launchParameters>"
    )
    block = (
        f"<block id='https://made.example/block'><title/><block id='https://made.example/inner'>{inner}</block></block>"
    )
    text = structure(unit(more="launchMethod='OwnWindow'"), block, languages=("fr-CA", "en"))
    read = read_structure(text.encode(), {"au.html", "deep/b.html"})
    one, two = read.items
    assert (read.title, read.language, read.course) == ("A course (fr-CA)", "fr-CA, en", "https://made.example/course")
    assert (one.title, one.move_on, one.is_asked, one.blocks) == ("Unit a", "NotApplicable", False, ())
    assert (two.href, two.move_on, two.mastery, two.launch_data) == ("deep/b.html?x=1", "Passed", 85.5, "q=1")
    assert two.blocks == ("https://made.example/block", "https://made.example/inner")
    assert PackageItem.from_json(json.loads(json.dumps(two.as_json()))) == two
    assert [note.text for note in read.notes] == [
        "A part asks for a window of its own. Here it plays in the page, as all others do."
    ]


def test_report_names_what_will_not_work(tmp_path: Path) -> None:
    """Files from other servers, Flash, and frames that talk with each other."""
    page = '<iframe src="b.html"></iframe><script src="https://cdn.example/a.js"></script>'
    data = zipped({"imsmanifest.xml": manifest_12("A"), "index.html": page, "b.html": "", "film.swf": "x"})
    report = read_package(BytesIO(data), FolderStore(tmp_path), "k" * 32, MEGABYTE)
    notes = [one.text % dict(one.params) for one in report.notes]
    assert [word for word in ("cdn.example", "several frames", "Flash") if not any(word in one for one in notes)] == []
    with pytest.raises(Refused, match="together"):
        read_package(BytesIO(data), FolderStore(tmp_path), "k" * 32, 10)


def test_report_looks_into_the_scripts_of_units(tmp_path: Path) -> None:
    """What they call and load elsewhere; an address that is only a name, or a link that is opened, is none of that."""
    script = (
        "const verb = 'http://adlnet.gov/expapi/verbs/passed'; window.open('https://link.example/');"
        "fetch('https://lrs.example/statements'); image.src = \"//cdn.example/a.png\";"
        "request.open('POST', `https://old.example/x`); import('https://module.example/m.js')"
    )
    data = zipped({"cmi5.xml": structure(), "au.html": "<script src='au.js'></script>", "au.js": script})
    report = read_package(BytesIO(data), FolderStore(tmp_path), "k" * 32, MEGABYTE)
    assert [note.params["hosts"] for note in report.notes] == ["cdn.example, lrs.example, old.example, module.example"]


def test_languages_of_a_package_are_named_each_once() -> None:
    """Of the metadata of SCORM, and of what a package of xAPI starts."""
    said = "<lom><general><language>fr</language><language> ar </language><language>fr</language></general></lom></metadata>"
    read = read_manifest(manifest_12("A").replace("</metadata>", said).encode(), {"index.html"})
    assert read.language == "fr, ar"
    text = tincan().replace("<name>", '<name lang="es">', 1)
    assert read_tincan(text.encode(), {"au.html"}).language == "es, en-US"


@pytest.mark.whole
def test_package_of_200_megabytes_is_read_in_200_megabytes_of_memory(tmp_path: Path) -> None:
    """In a process of its own, whose largest size the system tells; ``ru_maxrss`` would begin with its parent's."""
    archive = tmp_path / "large.zip"
    with ZipFile(archive, "w", ZIP_STORED) as made:
        for name, content in PAGE.items():
            made.writestr(name, content)
        for number in range(10):
            with made.open(f"film-{number}.mp4", "w") as file:
                for _ in range(20):
                    file.write(os.urandom(MEGABYTE))
    assert archive.stat().st_size > 200 * MEGABYTE
    work = f"""
from pathlib import Path
from coplearn.files.stores import FolderStore
from coplearn.packages.reading import read_package
report = read_package(open({str(archive)!r}, "rb"), FolderStore(Path({str(tmp_path / "store")!r})), "k" * 32, 10**9)
assert report.bytes > 200_000_000, report.bytes
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""
    told = subprocess.run([sys.executable, "-c", work], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(told.stdout) * 1024 <= 200 * MEGABYTE
    assert zlib.crc32((tmp_path / "store" / ("k" * 32) / "0").read_bytes()) == zlib.crc32(
        PAGE["imsmanifest.xml"].encode()
    )
