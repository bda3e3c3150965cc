"""Files out and in: every format brings back what it was given, and whatever is wrong with one is told with its line."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.i18n.locales import Locale
from coplearn.translating.exchange import export_formats, sandbox
from coplearn.translating.exchange.export_formats import CatalogSheet
from coplearn.translating.exchange.import_formats import read_upload
from coplearn.translating.exchange.import_rows import ParsedFile
from coplearn.translating.store import rules
from coplearn.translating.store.rules import CatalogRow
from tests.courses.makecourse import LOCALES
from tests.sizes import examples
from tests.translating.store import AR, DOMAIN, FR, RU

EN = LOCALES.source
READERS: dict[str, Callable[[CatalogSheet], bytes]] = {
    "a.po": export_formats.po_bytes,
    "a.xliff": export_formats.xliff_bytes,
    "a.csv": export_formats.table_bytes,
}


def row(context: str, msgid: str = "Ask.", forms: tuple[str, ...] = (), **changes: object) -> CatalogRow:
    """A message with its text in one language."""
    values: dict[str, object] = {
        "id": 1,
        "key": rules.key_of(DOMAIN, context, msgid),
        "domain": DOMAIN,
        "context": context,
        "msgid": msgid,
        "plural": None,
        "group": None,
        "critical": False,
        "max_length": None,
        "notes": "",
        "place": "01-begin/a.md",
        "kind": "text",
        "removed": False,
        "rev": 1 if forms else 0,
        "forms": forms,
        "state": "translated" if any(forms) else "missing",
        "based_on": msgid if forms else "",
        "failing": False,
        "reader": "",
        "published": False,
    }
    return CatalogRow(**(values | changes))  # type: ignore[arg-type] # each test names real fields


def sheet(*rows: CatalogRow, locale: Locale = AR, domain: str = DOMAIN, base: int | None = 7) -> CatalogSheet:
    """Rows of one domain."""
    return CatalogSheet(domain, EN, locale, rows, base)


def read(name: str, raw: bytes, locale: Locale = AR, domain: str = DOMAIN) -> ParsedFile:
    """The only file of an upload."""
    (parsed,) = read_upload(name, raw, locale, domain)
    return parsed


def told(name: str, raw: bytes, locale: Locale = AR) -> tuple[int, str]:
    """The line and the reason of the first fault; nothing else was taken."""
    parsed = read(name, raw, locale)
    assert not parsed.rows
    return parsed.faults[0].line, parsed.faults[0].reason.text


@pytest.mark.parametrize("name", READERS)
def test_a_file_brings_back_what_it_was_given(name: str) -> None:
    """Finished, old, unfinished, counted and untouched messages come back as they went, with the download's base."""
    given_rows = (
        row("a#1", "Ask.", ("اسأل.",)),
        row("a#2", "Look <b>now</b> & “here”,\ntwice.", ("=1+1",)),
        row("a#3", "New.", ("قديم",), based_on="Old."),
        row("a#4", "Work.", ("عمل",), state="needs-work"),
        row("a#5", "None."),
        row("a#6", "%(num)s day", tuple("abcdef"), plural="%(num)s days"),
    )
    parsed = read(name, READERS[name](sheet(*given_rows)))
    assert parsed.faults == ()
    assert parsed.base == 7
    found = {one.context: (one.text, one.plural, one.forms, one.based_on, one.fuzzy) for one in parsed.rows}
    # A tool's state of an untouched message is no matter: an empty text is never taken.
    fuzzy_if_empty = name == "a.xliff"
    assert found == {
        "a#1": ("Ask.", "", ("اسأل.",), "Ask.", False),
        "a#2": ("Look <b>now</b> & “here”,\ntwice.", "", ("=1+1",), "Look <b>now</b> & “here”,\ntwice.", False),
        "a#3": ("New.", "", ("قديم",), "Old.", True),
        "a#4": ("Work.", "", ("عمل",), "Work.", True),
        "a#5": ("None.", "", ("",), "None.", fuzzy_if_empty),
        "a#6": ("%(num)s day", "%(num)s days", tuple("abcdef"), "%(num)s day", False),
    }


@pytest.mark.parametrize("name", READERS)
@examples(15, 60)
@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn")), min_size=1, max_size=60))
def test_any_text_survives_the_round(name: str, words: str) -> None:
    """Signs that mean something to a format (quotes, commas, brackets, formulas) come back as they were."""
    parsed = read(name, READERS[name](sheet(row("a#1", f"x{words}", (f"{words}y",)), row("a#2", "b", (f"={words}",)))))
    assert parsed.faults == ()
    assert [one.forms for one in parsed.rows] == [(f"{words}y",), (f"={words}",)]
    assert parsed.rows[0].text == f"x{words}"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    """A spreadsheet sees text, and the text comes back without the sign."""
    raw = export_formats.table_bytes(sheet(row("a#1", "Ask.", (cell,))))
    assert raw.startswith(b"\xef\xbb\xbf")
    assert f",'{cell}" in raw.decode("utf-8-sig") or f"\"'{cell}" in raw.decode("utf-8-sig")
    assert read("a.csv", raw).rows[0].forms == (cell,)


def test_a_table_saved_by_another_tool_is_read() -> None:
    """Semicolons, columns in another order and fewer of them; lines are those of the file."""
    raw = b'translation;context;source\n"one\ntwo";a#1;Ask.\nb;a#2;Look.\n'
    assert [(one.line, one.context, one.forms) for one in read("t.csv", raw).rows] == [
        (2, "a#1", ("one\ntwo",)),
        (4, "a#2", ("b",)),
    ]


@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="gettext's tools are not on this machine")
@pytest.mark.parametrize("locale", [AR, FR, RU, LOCALES.get("zh_Hans_CN")], ids=lambda one: one.code)
def test_msgfmt_accepts_the_file(locale: Locale, tmp_path: Path) -> None:
    """The strict tool takes plain, old, counted, removed and named-place messages of every plural rule."""
    forms = tuple(f"%(num)s {number}" for number in range(locale.nplurals))
    one = sheet(
        row("a#1", "Ask %(name)s.", ("سل %(name)s.",)),
        row("a#2", "New.", ("old\n",), based_on="Old.\n"),
        row("a#3", "%(num)s day", forms, plural="%(num)s days"),
        row("a#4", "Gone.", ("ذهب",), removed=True),
        locale=locale,
    )
    path = tmp_path / "a.po"
    path.write_bytes(export_formats.po_bytes(one))
    done = subprocess.run(["msgfmt", "-c", "-o", "/dev/null", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_same_rows_are_the_same_bytes() -> None:
    """No dates and no order of chance, so that a file's history in git is what people did."""
    one = sheet(row("a#1", "Ask.", ("x",)), row("a#2"))
    assert export_formats.zip_bytes([one]) == export_formats.zip_bytes([one])
    assert export_formats.po_bytes(one) == export_formats.po_bytes(replace(one))
    assert b"-Date" not in export_formats.po_bytes(one)


HEAD = b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
ENTRY = 'msgctxt "a#1"\nmsgid "Ask."\nmsgstr "اسأل."\n'.encode()


def packed_strangely(raw: bytes) -> bytes:
    """A zip whose file is packed in a way that may fill the memory."""
    with zipfile.ZipFile(held := io.BytesIO(), "w", zipfile.ZIP_LZMA) as bundle:
        bundle.writestr("my-course.po", raw)
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "raw", "line", "part"),
    [
        ("a.po", HEAD + b'msgctxt "a#1"\nmsgid "Ask."\nmsgstr "open\n', 7, "syntax"),
        ("a.po", HEAD + ENTRY + b"<<<<<<< ours\n", 8, "merge conflict"),
        ("a.po", (HEAD + ENTRY).decode().encode("utf-16"), 1, "UTF-16"),
        ("a.po", HEAD + 'msgid "Ask."\nmsgstr "Спросите"\n'.encode("cp1251"), 6, "UTF-8"),
        ("a.po", HEAD + b'msgid "A\0sk."\nmsgstr ""\n', 5, "NUL"),
        ("a.po", b"<!DOCTYPE html>\n<html><body>Sign in</body></html>", 1, "web page"),
        ("a.po", HEAD + b"x" * 10_000_000, 0, "8 MB"),
        ("a.po", b'msgid ""\nmsgstr "Language: de\\n"\n\n' + ENTRY, 1, "another language"),
        ("a.exe", HEAD, 0, "Only .po"),
        ("a.xliff", b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><xliff>&a;</xliff>", 1, "document type"),
        ("a.xliff", b"<xliff><file>\n<oops></xliff>", 2, "syntax"),
        ("a.xliff", b"<svg></svg>", 1, "not an XLIFF"),
        ("a.xliff", b"<xliff><file target-language='de'/></xliff>", 1, "another language"),
        ("a.xliff", b"<xliff>" + b"<g>" * 5000, 1, "deeply"),
        ("a.xliff", b"<xliff><file><body>" + b"<trans-unit/>" * 50_001, 1, "more than 50,000"),
        ("a.csv", b"who,what\n1,2\n", 1, "columns"),
        ("a.csv", b"", 1, "empty"),
        ("a.po", HEAD, 1, "empty"),
        ("a.po", b"# nothing but this", 1, "empty"),
        ("a.xliff", b"<xliff><file><body/></file></xliff>", 1, "empty"),
        ("a.csv", b'context,source,translation\n"a#1"x,b,c\n', 2, "syntax"),
        ("a.zip", b"PK\x03\x04 not really", 0, "cannot be opened"),
        ("a.zip", packed_strangely(HEAD + ENTRY), 0, "cannot be opened"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(name: str, raw: bytes, line: int, part: str) -> None:
    """Each says where and what to do, and nothing of it is taken."""
    found = told(name, raw)
    assert (found[0], part in found[1]) == (line, True), found


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_a_byte_order_mark_is_taken_off_and_told(line_end: bytes) -> None:
    """A file saved by a Windows editor is taken like any other, and the report says what was mended."""
    (found,) = read_upload("a.po", b"\xef\xbb\xbf" + (HEAD + ENTRY).replace(b"\n", line_end), AR, "my-course")
    assert [(row.context, row.forms) for row in found.rows] == [("a#1", ("اسأل.",))]
    assert (found.faults, sum("byte order mark" in note.text for note in found.notes)) == ((), 1)


def test_xliff_says_the_context_as_gettext_tools_know_it() -> None:
    """Two messages of one text are told apart by tools that number the units anew, or drop the names of units."""
    given_rows = (row("a#1", "Ask.", ("اسأل.",)), row("b#1", "Ask.", ("اسألي.",)))
    text = export_formats.xliff_bytes(sheet(*given_rows)).decode()
    assert '<context context-type="x-po-msgctxt">b#1</context>' in text
    for number, name in enumerate(("a#1", "b#1")):
        text = text.replace(f'id="{name}" resname="{name}"', f'id="{number}"')
    parsed = read("a.xliff", text.encode())
    assert [(one.context, one.forms) for one in parsed.rows] == [("a#1", ("اسأل.",)), ("b#1", ("اسألي.",))]


def test_catalog_that_xliff2po_made_finds_its_messages_again() -> None:
    """It keeps where a message stands (our XLIFF says its context there), and its context only where two have one text."""
    made = """#: a%231
msgctxt "a#1"
msgid "Ask."
msgstr "اسأل."

#: b%231
msgctxt "b#1"
msgid "Ask."
msgstr "اسألي."

#: c%231
msgid "Look."
msgstr "انظر."

#: 01-begin/a.md:7
msgid "Write."
msgstr "اكتب."

msgid "Read."
msgstr "اقرأ."
"""
    parsed = read("a.po", made.encode())
    assert [one.context for one in parsed.rows] == ["a#1", "b#1", "c#1"]
    assert [one.reason.text for one in parsed.faults] == ["This message stands in the file twice. Keep one of them."]


@pytest.mark.parametrize("name", ["a.po", "a.xliff", "a.csv", "a.zip"])
def test_another_process_reads_the_same(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows, faults and the base come over whole, of every format, with what no database keeps; wherever the site was started."""
    monkeypatch.chdir(tmp_path)
    one = sheet(row("a#1", "Ask. \U0001f600", ("اسأل.\nنعم",)), row("a#2", "Two.", ("",)))
    raw = export_formats.zip_bytes([one]) if name == "a.zip" else READERS[name](one)
    here = read_upload(name, raw, AR, DOMAIN)
    assert here[0].rows and sandbox.read_in_sandbox(name, raw, AR, DOMAIN) == here
    bad = (HEAD + ENTRY + ENTRY).replace(b"Ask", b"A\xffsk")
    assert sandbox.read_in_sandbox("a.po", bad, AR, DOMAIN) == read_upload("a.po", bad, AR, DOMAIN)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have no such limits")
@pytest.mark.parametrize(
    "limits", [sandbox.SandboxLimits(megabytes=20), sandbox.SandboxLimits(seconds=1)], ids=["memory", "time"]
)
def test_a_file_that_costs_too_much_is_refused(limits: sandbox.SandboxLimits) -> None:
    """The process that reads it dies or gives up, and this one says why."""
    entry = b'\nmsgctxt "a#%d"\nmsgid "Ask."\nmsgstr "' + b"x" * 60 + b'"\n'
    raw = HEAD + b"".join(entry % number for number in range(49_000 if limits.seconds == 1 else 30_000))
    (found,) = sandbox.read_in_sandbox("a.po", raw, AR, DOMAIN, limits)
    assert not found.rows
    assert "too long or too much memory" in found.faults[0].reason.text


@pytest.mark.parametrize(("locale", "encoding"), [(AR, "Windows-1256"), (RU, "Windows-1251")])
def test_another_encoding_is_guessed_by_the_language(locale: Locale, encoding: str) -> None:
    """What an editor of that language's old computers would have saved."""
    words = "اسألوا" if locale is AR else "Спросите"
    raw = HEAD + f'msgid "Ask."\nmsgstr "{words}"\n'.encode(encoding)
    assert read("a.po", raw, locale).faults[0].reason.params["guess"] == encoding


@examples(37, 150)
@given(st.sampled_from(["a.po", "a.xliff", "a.csv", "a.zip"]), st.binary(max_size=300), st.integers(0, 400))
def test_no_bytes_raise(name: str, junk: bytes, at: int) -> None:
    """Whatever is put into a good file, reading it ends in rows or faults."""
    good = {**{key: make(sheet(row("a#1", "Ask.", ("x",)))) for key, make in READERS.items()}}
    raw = good.get(name) or export_formats.zip_bytes([sheet(row("a#1", "Ask.", ("x",)))])
    for parsed in read_upload(name, raw[:at] + junk + raw[at:], AR, DOMAIN):
        assert isinstance(parsed.rows, tuple)


def test_a_message_that_stands_twice_is_not_taken() -> None:
    """Nobody knows which of two is meant; the rest of the file is read."""
    other = b'\nmsgctxt "a#2"\nmsgid "Look."\nmsgstr "x"\n'
    parsed = read("a.po", HEAD + ENTRY + b"\n" + ENTRY + other)
    assert [one.context for one in parsed.rows] == ["a#2"]
    assert [(one.line, "twice" in one.reason.text) for one in parsed.faults] == [(9, True)]


COUNTED = 'msgid ""\nmsgstr "Plural-Forms: {formula}\\n"\n\nmsgctxt "a#1"\nmsgid "day"\nmsgid_plural "days"\n{forms}'


def counted(formula: str, count: int) -> bytes:
    """A file with one counted message of so many forms."""
    forms = "".join(f'msgstr[{number}] "f{number}"\n' for number in range(count))
    return COUNTED.format(formula=formula, forms=forms).encode()


def test_plural_forms_of_another_count_are_refused() -> None:
    """Two forms are not six, whatever the header says."""
    parsed = read("a.po", counted("nplurals=2; plural=(n != 1);", 2))
    assert parsed.rows == ()
    assert parsed.faults[0].reason.params == {"count": 2, "wanted": 6}


def test_a_known_formula_in_another_order_is_put_in_ours() -> None:
    """Babel's Arabic says "many" last but one the other way round; the forms land where they belong."""
    babel = (
        "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : "
        "n%100>=0 && n%100<=2 ? 4 : 5);"
    )
    assert read("a.po", counted(babel, 6)).rows[0].forms == ("f0", "f1", "f2", "f3", "f5", "f4")
    assert read("a.po", counted("nplurals=1; plural=0;", 1), locale=FR).rows == ()


def test_a_hostile_formula_is_never_evaluated() -> None:
    """It is compared with what tools write, and no more: one that would never end costs nothing."""
    hostile = "nplurals=6; plural=" + "(" * 500 + "n**n**n" + ")" * 500
    assert read("a.po", counted(hostile, 6)).rows[0].forms == tuple(f"f{number}" for number in range(6))


def _zip(*files: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, data in files:
            bundle.writestr(name, data)
    return out.getvalue()


def test_a_zip_of_everything_comes_back_by_domain() -> None:
    """Each file is its domain's."""
    raw = export_formats.zip_bytes([sheet(row("a#1", "Ask.", ("x",))), sheet(row("b#1", "B", ("y",)), domain="other")])
    found = read_upload("all.zip", raw, AR, "")
    assert [(one.domain, [row.context for row in one.rows]) for one in found] == [(DOMAIN, ["a#1"]), ("other", ["b#1"])]


@pytest.mark.parametrize(
    "name", ["../my-course.po", "/etc/passwd.po", "a\\b.po", "x/my-course.po", "My Course.po", ".po"]
)
def test_a_zip_with_other_paths_is_refused(name: str) -> None:
    """No name in it is ever a path."""
    (parsed,) = read_upload("all.zip", _zip((name, HEAD + ENTRY)), AR, "")
    assert parsed.rows == () and "no domain" in parsed.faults[0].reason.text


def test_a_zip_that_unpacks_to_too_much_is_refused() -> None:
    """The real bytes are counted, not what the zip says of itself; so are its files and their names."""
    found = read_upload("all.zip", _zip(("my-course.po", b" " * 30_000_000)), AR, "")
    assert "larger" in found[0].faults[0].reason.text
    many = [(f"c{number}.po", b"") for number in range(101)]
    assert "too many" in read_upload("all.zip", _zip(*many), AR, "")[0].faults[0].reason.text
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = _zip(("my-course.po", HEAD), ("my-course.po", HEAD))
    assert "same name" in read_upload("all.zip", twice, AR, "")[0].faults[0].reason.text


def test_a_string_is_never_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose whole content is the name of another file is read as text."""
    monkeypatch.chdir(tmp_path)
    Path("secret.po").write_bytes(HEAD + ENTRY)
    assert read("a.po", b"secret.po").rows == ()
