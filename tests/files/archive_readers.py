"""Everything of ours that opens an archive of a stranger: what it reads, what is particular to it, and how it is called."""

from __future__ import annotations

import hashlib
import io
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

import xlsxwriter
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from coplearn.backups.archives import Manifest, Opener, read_manifest, unseal
from coplearn.backups.row_sums import SumKind
from coplearn.cohorts.people.rosters import oneroster
from coplearn.files.stores import FolderStore
from coplearn.kernel.errors import Refused
from coplearn.keys.ring import KeyPurpose, key_id_of
from coplearn.moving.rules import SignedManifest, SiteManifest, read_signed, signed_words
from coplearn.packages.reading import read_package
from coplearn.question_formats.cli import read_file
from coplearn.spreadsheets import workbooks
from coplearn.translating.exchange import sandbox
from tests.cohorts.people.test_oneroster_in import FILES as ROSTER
from tests.courses.makecourse import HOME
from tests.files.hostile_archives import NAMES, Members, packed
from tests.packages.building import manifest_12
from tests.packages.test_archives import HOSTILE as HOSTILE_PACKAGES
from tests.translating.store import AR, DOMAIN

NOW: Final = datetime(2026, 12, 1, tzinfo=UTC)
QUOTA: Final = 1_000_000_000


@dataclass(frozen=True)
class ArchiveReader:
    """One importer: the files of a good archive, how it is read in a folder, and what else may be wrong with such a one."""

    members: Callable[[], Members]
    read: Callable[[bytes, Path], object]
    own: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)
    starts_a_process: bool = False
    """Whether it is read in a process of its own, which takes time to start."""


def _written(raw: bytes, room: Path, name: str) -> Path:
    path = room / name
    path.write_bytes(raw)
    return path


def _read_translations(raw: bytes, room: Path) -> object:
    files = sandbox.read_in_sandbox("all.zip", raw, AR, DOMAIN)
    if not any(one.rows for one in files):
        raise Refused(files[0].faults[0].reason.text if files else "")
    return len(files)


def _read_workbook(raw: bytes, room: Path, name: str = "list.xlsx") -> object:
    return workbooks.turn_into_tables(_written(raw, room, name), [room / "1.csv", room / "2.csv"])


def _read_ods(raw: bytes, room: Path) -> object:
    return _read_workbook(raw, room, "list.ods")


def _read_roster(raw: bytes, room: Path) -> object:
    return oneroster.turn_into_tables(
        _written(raw, room, "roster.zip"), [room / f"{number}.csv" for number in range(9)]
    )


def _read_course(raw: bytes, room: Path) -> object:
    return read_package(io.BytesIO(raw), FolderStore(room / "store"), "k" * 32, QUOTA).files


def _read_questions(raw: bytes, room: Path) -> object:
    return len(read_file(raw, "questions.zip").questions)


def _read_backup(raw: bytes, room: Path) -> object:
    (room / "into").mkdir()
    return len(unseal(_written(raw, room, "a.zip"), Opener(), room / "into", read_manifest).files)


def _read_site(raw: bytes, room: Path) -> object:
    (room / "into").mkdir()
    return len(unseal(_written(raw, room, "a.site"), Opener(), room / "into", read_signed).files)


# Good ones.


def _workbook() -> Members:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet("People").write_row(0, 0, ["Name", "Email"])
        book.worksheets()[0].write_row(1, 0, ["Ani", "ani@example.org"])
    with ZipFile(out) as made:
        return {name: made.read(name) for name in made.namelist()}


_ODS_HEAD: Final = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
)
_ODS_END: Final = "</office:spreadsheet></office:body></office:document-content>"


def _ods_of(table: str, before: str = "") -> dict[str, bytes]:
    return {
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": b'<manifest xmlns="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        "content.xml": f'<?xml version="1.0"?>{before}{_ODS_HEAD}{table}{_ODS_END}'.encode(),
    }


def _ods_cell(repeated: str = "", text: str = "Name") -> str:
    return f'<table:table-cell {repeated} office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


def _ods() -> Members:
    return _ods_of(f'<table:table table:name="A"><table:table-row>{_ods_cell()}</table:table-row></table:table>')


def _catalog() -> Members:
    entry = 'msgid ""\nmsgstr "Language: ar\\n"\n\nmsgctxt "a#1"\nmsgid "Ask."\nmsgstr "اسأل."\n'
    return {f"{DOMAIN}.po": entry.encode()}


def _course() -> Members:
    return {"imsmanifest.xml": manifest_12().encode(), "index.html": b"<p>A page</p>"}


def _questions() -> Members:
    return {"item.xml": (HOME / "tests/question_formats/samples/item.xml").read_bytes()}


def _h5p(content: str = '{"questions": []}', head: str = '{"title": "A", "mainLibrary": "H5P.QuestionSet"}') -> Members:
    return {"h5p.json": head.encode(), "content/content.json": content.encode()}


def _sums(members: Members) -> dict[str, tuple[int, str]]:
    return {name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in members.items()}


_IN_A_SITE: Final[Members] = {"instance/a": b"a" * 500, "instance/b": b"b"}


def _backup(members: Members = _IN_A_SITE, **changes: Any) -> Members:
    manifest = Manifest(NOW, "Site", "1.0", "sqlite", "0023", SumKind.LINES, {}, [], _sums(members))
    said = json.dumps(json.loads(manifest.as_json()) | changes)
    return {**members, "manifest.json": said.encode()}


def _site(members: Members = _IN_A_SITE, **changes: Any) -> Members:
    """The archive of a site that somebody signed with a key of their own."""
    manifest = SiteManifest(
        "id", NOW, "Site", "https://a.example", "1.0", "sqlite", "0001", "", "", False, {}, {}, {}, {}, [], "word", _sums(members)
    )  # fmt: skip
    said = json.dumps(json.loads(manifest.as_json()) | changes)
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    signature = key.sign(f"coplearn {KeyPurpose.PROOFS}\n".encode() + signed_words(said))
    signed = SignedManifest(
        manifest, said, key_id_of(public), b64encode(public).decode(), b64encode(signature).decode()
    )
    return {**members, "manifest.json": signed.as_json().encode()}


# What is particular to each.


def _with(make: Callable[[], Members], **files: bytes) -> Callable[[], bytes]:
    return lambda: packed({**make(), **{name.replace("__", "/"): content for name, content in files.items()}})


def _sheet(data: str, before: str = "") -> Callable[[], bytes]:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    text = f'<?xml version="1.0"?>{before}<worksheet xmlns="{main}"><sheetData>{data}</sheetData></worksheet>'
    return lambda: packed({**_workbook(), "xl/worksheets/sheet1.xml": text.encode()})


def _cell(place: str, text: str = "x") -> str:
    return f'<row><c r="{place}" t="inlineStr"><is><t>{text}</t></is></c></row>'


_LAUGHS: Final = (
    '<!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {to} "' + f"&{of};" * 10 + '">' for of, to in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)
"""A thousand million words in ten lines."""
_OUTSIDE: Final = '<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY % b SYSTEM "http://127.0.0.1:9/x">%b;]>'
_WORKBOOKS: Final[Mapping[str, Callable[[], bytes]]] = {
    "far cell": _sheet(_cell("XFD1048576")),
    "far column": _sheet(_cell("ZZZ1")),
    "far row": _sheet(_cell("A99999999")),
    "row below nothing": _sheet(_cell("A0")),
    "cell of no place": _sheet(_cell("-1A")),
    "laughs": _sheet(_cell("A1", "&j;"), _LAUGHS),
    "file of the machine": _sheet(_cell("A1", "&a;"), _OUTSIDE),
    "no words": _with(_workbook, **{"xl__sharedStrings.xml": b""}),
    "laughs in the words": _with(
        _workbook, **{"xl__sharedStrings.xml": f"<?xml version='1.0'?>{_LAUGHS}<sst><si><t>&j;</t></si></sst>".encode()}
    ),
    "deep": _sheet("<row>" * 20_000),
    "wide": _sheet("<row>" + "<c/>" * 200_000 + "</row>"),
    "a long word": _sheet(_cell("A1", "x" * 20_000_000)),
    "not closed": _sheet("<row><c>"),
    "number without end": _sheet("<row><c r='A1'><v>1" + "0" * 400_000 + "</v></c></row>"),
    "a word that is not there": _sheet("<row><c r='A1' t='s'><v>999999999</v></c></row>"),
    "negative word": _sheet("<row><c r='A1' t='s'><v>-1</v></c></row>"),
    "joined without end": _sheet("<row/></sheetData><mergeCells><mergeCell ref='A1:XFD1048576'/></mergeCells><sheetData>"),
    "formula": _sheet("<row><c r='A1'><f>WEBSERVICE(\"http://127.0.0.1/\")</f><v>1</v></c></row>"),
    "macros": _with(_workbook, **{"xl__vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(900)}),
    "link to another book": _with(_workbook, **{"xl__externalLinks__externalLink1.xml": b"<externalLink/>"}),
    "sheet elsewhere": lambda: packed(
        {**_workbook(), "xl/_rels/workbook.xml.rels": _workbook()["xl/_rels/workbook.xml.rels"].replace(
            b"worksheets/sheet1.xml", b"../../../../etc/passwd")}
    ),
    "no sheet": lambda: packed({name: one for name, one in _workbook().items() if "sheet1" not in name}),
    "old Excel with a password": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3_000),
}  # fmt: skip


def _ods_table(repeated: str = "", text: str = "Name", rows: str = "", before: str = "") -> Members:
    return _ods_of(
        f"<table:table><table:table-row {rows}>{_ods_cell(repeated, text)}</table:table-row></table:table>", before
    )


_REPEATED: Final = "table:number-columns-repeated"
_ODS: Final[Mapping[str, Callable[[], bytes]]] = {
    name: lambda files=files: packed(files)  # type: ignore[misc]
    for name, files in {
        "a cell repeated": _ods_table(f'{_REPEATED}="16384"'),
        "a cell without end": _ods_table(f'{_REPEATED}="999999999"'),
        "a cell below nothing": _ods_table(f'{_REPEATED}="-5"'),
        "rows without end": _ods_table(f'{_REPEATED}="1024"', rows='table:number-rows-repeated="1048576"'),
        "laughs": _ods_table(text="&j;", before=_LAUGHS),
        "file of the machine": _ods_table(text="&a;", before=_OUTSIDE),
        "deep": _ods_of("<table:table>" * 20_000),
        "a thousand tables": _ods_of('<table:table table:name="A"></table:table>' * 1_000),
        "no content": {"mimetype": _ods()["mimetype"]},
    }.items()
}
_ITEM: Final = "<assessmentItem xmlns='http://www.imsglobal.org/xsd/imsqti_v2p2' identifier='i'>"
_CHOICES: Final = "<simpleChoice identifier='a'>a</simpleChoice>" * 200_000
_QUESTIONS: Final[Mapping[str, Callable[[], bytes]]] = {
    "laughs": lambda: packed({"a.xml": f"{_LAUGHS}<a>&j;</a>".encode()}),
    "file of the machine": lambda: packed({"a.xml": f"{_OUTSIDE}<a>&a;</a>".encode()}),
    "deep": lambda: packed({"a.xml": b"<a>" * 100_000}),
    "wide": lambda: packed({"a.xml": b"<a>" + b"<b/>" * 4_900_000 + b"</a>"}),
    "attributes": lambda: packed({"a.xml": b"<a " + b" ".join(b"a%d='x'" % n for n in range(300_000)) + b"/>"}),
    "one attribute twice": lambda: packed({"a.xml": b"<a b='1' b='2'/>"}),
    "a long word": lambda: packed({"a.xml": b"<a>" + b"x" * 19_000_000 + b"</a>"}),
    "another encoding": lambda: packed({"a.xml": "<?xml version='1.0' encoding='utf-16'?><a/>".encode("utf-16")}),
    "an encoding that is none": lambda: packed({"a.xml": b"<?xml version='1.0' encoding='unknown-9'?><a/>"}),
    "UTF-7": lambda: packed({"a.xml": b"<?xml version='1.0' encoding='utf-7'?>+ADw-a/+AD4-"}),
    "four thousand items": lambda: packed({f"{n}.xml": f"{_ITEM}</assessmentItem>".encode() for n in range(4_000)}),
    "choices without end": lambda: packed(
        {"a.xml": f"{_ITEM}<itemBody><choiceInteraction>{_CHOICES}</choiceInteraction></itemBody></assessmentItem>".encode()}
    ),
    "instructions": lambda: packed({"a.xml": b"<?x y?>" * 900_000 + b"<a/>"}),
}  # fmt: skip
_IN_EACH_OTHER: Final = '{"library": "H5P.QuestionSet 1", "params": {"questions": ['
_H5P: Final[Mapping[str, Callable[[], bytes]]] = {
    name: lambda members=members: packed(members)  # type: ignore[misc]
    for name, members in {
        "deep": _h5p("[" * 200_000),
        "deep objects": _h5p('{"questions":' * 50_000),
        "a number without end": _h5p('{"questions": ' + "9" * 1_000_000 + "}"),
        "no number": _h5p('{"questions": NaN}'),
        "a list": _h5p("[]"),
        "half a letter": _h5p('{"questions": ["\\ud800"]}'),
        "questions without end": _h5p('{"questions": [' + ",".join(["{}"] * 1_000_000) + "]}"),
        "of no library": _h5p(head="{}"),
        "library of another kind": _h5p(head='{"mainLibrary": ["a"]}'),
        "in each other": _h5p(f'{{"questions": [{_IN_EACH_OTHER * 40}{"]}}" * 40}]}}'),
        "too large": _h5p('{"a": "' + "x" * 6_000_000 + '"}'),
        "other bytes": {**_h5p(), "h5p.json": b"\xff\xfe\0"},
    }.items()
}  # fmt: skip
_CATALOGS: Final[Mapping[str, Callable[[], bytes]]] = {
    "hundred and one files": lambda: packed({f"c{number}.po": b"" for number in range(101)}),
    "a hundred files": lambda: packed({f"c{number}.po": b'msgid "a"\nmsgstr "b"\n' for number in range(100)}),
    "a file of another kind": lambda: packed({"my-course.exe": b"MZ"}),
    "fifty thousand messages": lambda: packed(
        {f"{DOMAIN}.po": b"".join(b'msgctxt "a#%d"\nmsgid "A"\nmsgstr "B"\n\n' % number for number in range(50_002))}
    ),
    "XLIFF of entities": lambda: packed({f"{DOMAIN}.xliff": f"<?xml version='1.0'?>{_LAUGHS}<xliff>&j;</xliff>".encode()}),
    "quotes without end": lambda: packed({f"{DOMAIN}.po": b'msgid "' + b'\\"' * 3_000_000}),
    "one line of seven megabytes": lambda: packed({f"{DOMAIN}.po": b'msgid "' + b"x" * 7_000_000 + b'"\nmsgstr "a"\n'}),
}  # fmt: skip


def _manifests(make: Callable[..., Members]) -> dict[str, Callable[[], bytes]]:
    """What a manifest says that is not so, or that no machine should believe."""
    broken: dict[str, bytes] = {
        "no JSON": b"hello",
        "no text": b"\xff\xfe",
        "a list": b"[]",
        "nothing": b"null",
        "deep": b"[" * 200_000,
        "a number without end": b'{"format": ' + b"9" * 100_000 + b"}",
    }
    changed: dict[str, dict[str, Any]] = {
        "of a later version": {"format": 999},
        "another time": {"made_at": "never"},
        "files of another kind": {"files": []},
        "a file less": {"files": _sums({"instance/a": b"a" * 500})},
        "a file more": {"files": {**_sums(_IN_A_SITE), "instance/c": (1, "0" * 64)}},
        "another sum": {"files": {**_sums(_IN_A_SITE), "instance/a": (500, "0" * 64)}},
        "a smaller file": {"files": {**_sums(_IN_A_SITE), "instance/a": (5, "0" * 64)}},
        "a larger file": {"files": {**_sums(_IN_A_SITE), "instance/a": (10**18, "0" * 64)}},
        "a size below nothing": {"files": {**_sums(_IN_A_SITE), "instance/a": (-1, "0" * 64)}},
        "a size without end": {"files": {**_sums(_IN_A_SITE), "instance/a": (float("inf"), "0" * 64)}},
        "tables of another kind": {"tables": [1, 2]},
        "more than it knows": {"rce": "x"},
    }
    named = {name: dict.fromkeys(names, b"harm") for name, names in NAMES.items()}
    return {
        **{f"manifest: {name}": lambda r=raw: packed({**_IN_A_SITE, "manifest.json": r}) for name, raw in broken.items()},  # type: ignore[misc]
        **{f"manifest with {name}": lambda c=values: packed(make(**c)) for name, values in changed.items()},  # type: ignore[misc]
        **{f"listed name that {name}": lambda m=members: packed(make(m)) for name, members in named.items()},  # type: ignore[misc]
    }  # fmt: skip


READERS: Final[Mapping[str, ArchiveReader]] = {
    "translations": ArchiveReader(_catalog, _read_translations, _CATALOGS, starts_a_process=True),
    "xlsx": ArchiveReader(_workbook, _read_workbook, _WORKBOOKS, starts_a_process=True),
    "ods": ArchiveReader(_ods, _read_ods, _ODS, starts_a_process=True),
    "OneRoster": ArchiveReader(lambda: {name: text.encode() for name, text in ROSTER.items()}, _read_roster),
    "course package": ArchiveReader(_course, _read_course, {name: make for name, make, _ in HOSTILE_PACKAGES}),
    "QTI": ArchiveReader(_questions, _read_questions, _QUESTIONS),
    "H5P": ArchiveReader(_h5p, _read_questions, _H5P),
    "backup": ArchiveReader(_backup, _read_backup, _manifests(_backup)),
    "site": ArchiveReader(_site, _read_site, _manifests(_site)),
}
