"""Lists as the programs of the world write them: letters, columns and people come out as they were typed."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.cohorts.people.rosters.languages import Languages
from coplearn.cohorts.people.rosters.proposing import propose
from coplearn.cohorts.people.rosters.reading import guess_shape, guess_sheet, kind_of, people
from coplearn.cohorts.people.rules.columns import HEADERS, Column
from coplearn.cohorts.people.rules.headings import STATE_WORDS, column_of, folded, heading, state_word
from coplearn.cohorts.people.rules.joining import (
    first_phone,
    person_key,
    read_code,
    shown_phone,
    stored_address,
    stored_phone,
    tidy,
    turns_writing,
)
from coplearn.cohorts.people.rules.rosters import Fault, FileShape, PersonDraft, Reading, read_person
from coplearn.i18n.locales import read_locales
from coplearn.kernel.errors import Refused
from coplearn.settings import HOME
from coplearn.spreadsheets import workbooks as sheets
from coplearn.spreadsheets.cells import guarded, unguarded
from coplearn.spreadsheets.encodings import guess_encoding
from coplearn.spreadsheets.workbooks import look_inside, turn_into_tables
from coplearn.spreadsheets.writing import csv_bytes
from tests.cohorts.people.make_rosters import ARABIC, TEXTS, workbook
from tests.sizes import examples

LANGUAGES = {"ar": "ar", "العربية": "ar", "french": "fr", "francais": "fr"}
READING = Reading(lambda word: LANGUAGES.get(folded(word)), "MA")


def read(folder: Path, raw: bytes, languages: tuple[str, ...] = ("ar",)) -> list[PersonDraft | Fault]:
    """Everybody in a file, read as the machine guesses."""
    path = folder / "roster.csv"
    path.write_bytes(raw)
    return list(people(path, guess_shape(path, FileShape("csv"), languages), READING))


def told(found: list[PersonDraft | Fault]) -> tuple[tuple[str, str, str], ...]:
    """Name, address and organisation of each; a fault stands out."""
    return tuple(
        (one.name, one.email or "", one.organisation)
        if isinstance(one, PersonDraft)
        else ("fault", one.remarks[0].column, one.remarks[0].value)
        for one in found
    )


@pytest.mark.parametrize("program", TEXTS)
def test_roster_of_each_program_is_read_as_it_was_typed(program: str, tmp_path: Path) -> None:
    """Encoding, separator, headings and every person, without anybody choosing anything."""
    sheet = TEXTS[program]()
    path = tmp_path / "roster.csv"
    path.write_bytes(sheet.raw)
    assert guess_encoding(path, sheet.languages) == sheet.encoding
    assert told(read(tmp_path, sheet.raw, sheet.languages)) == sheet.people


@pytest.mark.parametrize("program", ["excel_russian", "excel_arabic", "wps_chinese", "excel_french"])
def test_encoding_is_known_by_its_letters_in_a_cohort_of_another_language(program: str, tmp_path: Path) -> None:
    """The cohort's languages only decide between what reads equally well."""
    sheet = TEXTS[program]()
    path = tmp_path / "roster.csv"
    path.write_bytes(sheet.raw)
    others = {"ru", "ar", "zh_Hans_CN", "fr"} - set(sheet.languages)
    assert {guess_encoding(path, [other]) for other in others} == {sheet.encoding}


def _from_workbook(folder: Path, raw: bytes) -> list[PersonDraft | Fault]:
    source, targets = folder / "book.raw", [folder / f"book.{number}.csv" for number in range(4)]
    source.write_bytes(raw)
    assert kind_of(source) == "xlsx"
    shape = guess_sheet(targets, FileShape("xlsx", sheets=turn_into_tables(source, targets)))
    return list(people(targets[shape.sheet], shape, READING))


def test_workbook_from_right_to_left_with_a_merged_title_is_read(tmp_path: Path) -> None:
    """A title in merged cells, an empty line, a hidden sheet before: lines keep the numbers the program shows."""
    rows: list[list[object]] = [
        ["الاسم الكامل", "البريد الإلكتروني", "المدرسة"],
        *(list[object](line) for line in ARABIC),
    ]
    found = _from_workbook(tmp_path, workbook(rows, rtl=True, title="لائحة المشاركين 2026", hidden_first=True))
    assert told(found) == ARABIC
    assert [one.line for one in found] == [4, 5, 6]


def test_workbook_with_numbers_in_its_cells_is_read_as_people_see_them(tmp_path: Path) -> None:
    """A school that is called 7 is no "7.0"."""
    found = _from_workbook(tmp_path, workbook([["Name", "School", "Region"], ["Ani", 7, 12.5], ["Ben", 1234567, True]]))
    assert told(found) == (("Ani", "", "7"), ("Ben", "", "1234567"))
    assert [one.region for one in found if isinstance(one, PersonDraft)] == ["12.5", "true"]


def test_workbook_with_a_cell_in_the_far_corner_is_refused_at_once(tmp_path: Path) -> None:
    """The library would make room for 17 thousand million cells; we look before we open."""
    raw = io.BytesIO(workbook([["Name"], ["Ani"]]))
    out = io.BytesIO()
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            data = old.read(part)
            new.writestr(part, re.sub(rb'r="A2"', b'r="XFD1048576"', data) if "sheet1" in part else data)
    path = tmp_path / "far.raw"
    path.write_bytes(out.getvalue())
    assert not look_inside(path)
    with pytest.raises(Refused, match="too large"):
        turn_into_tables(path, [tmp_path / "far.csv"])


def test_workbook_that_unpacks_to_far_more_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real bytes are counted, whatever the directory of the zip says."""
    monkeypatch.setattr(sheets, "MAX_UNPACKED", 100_000)
    path = tmp_path / "bomb.raw"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("xl/worksheets/sheet1.xml", b"<a/>" * 50_000)
    assert not look_inside(path)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"\xd0\xcf\x11\xe0" + bytes(600), "older Excel file"),
        (b"%PDF-1.7 ...", "not a table"),
        (b"<!DOCTYPE html><table>", "not a table"),
    ],
)
def test_file_of_another_program_is_refused_in_words(raw: bytes, words: str, tmp_path: Path) -> None:
    """An old or locked workbook, a PDF, a web page: each says what to do."""
    path = tmp_path / "x.raw"
    path.write_bytes(raw)
    with pytest.raises(Refused, match=words):
        kind_of(path)


def test_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    """A zip of something else, or a broken one."""
    for raw in (b"PK\x03\x04 broken", _zip_of("a.txt", b"hello")):
        path = tmp_path / "x.raw"
        path.write_bytes(raw)
        with pytest.raises(Refused, match="cannot be opened"):
            turn_into_tables(path, [tmp_path / "x.csv"])


def _zip_of(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bundle:
        bundle.writestr(name, data)
    return out.getvalue()


def test_picture_or_program_is_no_table(tmp_path: Path) -> None:
    """Zeros everywhere are no UTF-16."""
    path = tmp_path / "x.raw"
    path.write_bytes(bytes(range(1, 256)) * 10 + b"\0" + bytes(range(1, 256)) * 10)
    with pytest.raises(Refused, match="not a table"):
        guess_encoding(path, ["ar"])


FAULTS = """Name,E-mail,Organisation,Language,State
Ani,ani@example.org,School 7,,
,nobody@example.org,,,
Ben,ben@@example,School 7,,
ANI,Ani@Example.org,Other,,
Cem,,School 7,Klingon,
Dan,,School 7,,dreaming
 cem  ,,SCHOOL 7,,
Cem,,School 7,,
Eva,-,School 7,Français,Withdrawn
"""


def test_each_bad_line_has_its_number_its_column_and_its_reason(tmp_path: Path) -> None:
    """No name, no address, the same person twice, unknown states; "-" is nobody's address, an unknown language no fault."""
    read_lines = read(tmp_path, FAULTS.encode(), ("en",))
    found = [(one.line, *(remark.column for remark in one.remarks)) for one in read_lines if isinstance(one, Fault)]
    assert found == [(3, "name"), (4, "email"), (5, "email"), (7, "state"), (8, "name"), (9, "name")]
    eva = read(tmp_path, FAULTS.encode(), ("en",))[-1]
    assert isinstance(eva, PersonDraft)
    assert (eva.email, eva.locale, eva.state) == (None, "fr", "withdrawn")


def test_missing_quotation_mark_is_told_of_where_it_begins(tmp_path: Path) -> None:
    """What swallows the rest of the file becomes one refused line, not one person with a novel for a name."""
    text = 'Name,School\nAni,7\nBen,"School\n' + "Cem,a school with a long name\n" * 200
    found = read(tmp_path, text.encode(), ("en",))
    assert [one.line for one in found] == [2, 3]
    assert isinstance(found[1], Fault)
    rest = read(tmp_path, ('Name,School\n"Ani' + "x" * 200_000).encode(), ("en",))
    assert [isinstance(one, Fault) for one in rest] == [True]


def test_numbers_of_lines_count_those_inside_cells(tmp_path: Path) -> None:
    """A line end inside a cell is a line of the file too, so that a person finds what is meant."""
    text = 'Name,School\n"Ani\nBer",7\n,8\n'
    assert [(one.line, isinstance(one, Fault)) for one in read(tmp_path, text.encode(), ("en",))] == [
        (2, False),
        (4, True),
    ]


@pytest.mark.parametrize("language", ["en", "ar", "zh", "fr", "ru", "es"])
def test_our_own_headings_and_states_are_known_in_every_language(language: str) -> None:
    """What we write we can read."""
    written = set(Column) - {Column.FIRST, Column.LAST, Column.PATRONYMIC}
    assert {column: column_of(heading(column, language)) for column in written} == {one: one for one in written}
    every = [(word, state) for state, words in STATE_WORDS.items() for word in words[language]]
    assert len({word for word, _ in every}) == len(every)
    assert state_word("active", language) in STATE_WORDS["active"][language]  # type: ignore[index] # the enum's own value


def test_no_heading_names_two_columns() -> None:
    """Each word of each language says one thing."""
    said = [(column_of(word), column) for column, words in HEADERS.items() for some in words.values() for word in some]
    assert [pair for pair in said if pair[0] != pair[1]] == []


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Ali@Example.ORG ", "ali@example.org"),
        ("\u200fali٢٣@example.org\u200e", "ali23@example.org"),
        ("mailto:ali@example.org;", "ali@example.org"),
        ("Ali B <ali@example.org>", "ali@example.org"),
        ("ａｌｉ＠example.org", "ali@example.org"),
        ("ali@пример.рф", "ali@пример.рф"),
        ("Ali B < ali@example.org >", "ali@example.org"),
    ],
)
def test_address_is_stored_in_one_spelling(typed: str, stored: str) -> None:
    """As accounts have it, whatever a spreadsheet put around it."""
    assert stored_address(typed) == stored


@pytest.mark.parametrize(
    "typed", ["anna petrosyan@example.org", "a@b.org c@d.org", "a @example.org", "anna@exam ple.org"]
)
def test_address_with_a_blank_is_none(typed: str) -> None:
    """Joined, it would be somebody else's: the letter would go to a stranger."""
    with pytest.raises(ValueError, match="blank"):
        stored_address(typed)


def test_tidy_keeps_what_can_be_seen() -> None:
    """Full-width brackets and letters as they were written; only spaces, composed letters and hidden marks differ."""
    assert tidy(" 第七中学\uff08东区\uff09 ") == "第七中学\uff08东区\uff09"
    assert tidy("ＡＢＣ\u00a0№ 7") == "ＡＢＣ № 7"
    assert tidy("Zoe\u0301\u202eX\u200f") == "Zo\u00e9X"
    assert [turns_writing(text) for text in ("a\u202eb", "\u200fا", "Ani", "ـا")] == [True, True, False, False]


SITE = Languages(read_locales(HOME / "translations" / "locales.toml"), {folded("Elvish"): "fr", folded("ours"): ""})


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        *(
            (one, "en")
            for one in (
                "en-GB",
                "EN",
                "eng",
                "English (UK)",
                "анг.",
                "anglais",
                "الإنجليزية",
                "إنجليزي",
                "英文",
                "英语",
            )
        ),
        *(
            (one, "ar")
            for one in ("ar_EG", "ara", "عربية", "عربي", "اللغة العربية", "arabe", "араб.", "阿拉伯语", "ar-MA")
        ),
        *(
            (one, "fr")
            for one in (
                "fr-CA",
                "fra",
                "fre",
                "francés",
                "фр.",
                "法语",
                "français (Canada)",
                "Elvish",
                "French / Arabic",
            )
        ),
        *((one, "ru") for one in ("rus", "рус.", "русский язык", "по-русски", "ruso", "俄语", "الروسية")),
        *((one, "es") for one in ("es-419", "spa", "castellano", "español latinoamericano", "исп", "西班牙语")),
        *(
            (one, "zh_Hans_CN")
            for one in ("zh-CN", "zh-Hans", "chi", "zho", "中文", "汉语", "кит.", "chinois", "الصينية")
        ),
        ("elvish", "fr"),
        ("ours", ""),
        *((one, "hy") for one in ("hy", "arm", "Armenian", "հայերեն", "армянский")),
        *((one, None) for one in ("Klingon", "ka", "pt-BR", "Georgian", "???")),
    ],
)
def test_language_is_known_by_what_people_call_it(said: str, meant: str | None) -> None:
    """Codes with regions and scripts, of three letters, names and abbreviations in the site's languages, and what was explained."""
    assert SITE.find(said) == meant


@pytest.mark.parametrize(
    ("said", "stored", "shown"),
    [
        ("0612-345678", "+212612345678", "+212 6 12 34 56 78"),
        ("٠٦١٢٣٤٥٦٧٨", "+212612345678", "+212 6 12 34 56 78"),
        ("612345678", "+212612345678", "+212 6 12 34 56 78"),
        ("+33 (0)6 12 34 56 78", "+33612345678", "+33 6 12 34 56 78"),
        ("0612345678 / 0522123456", "+212612345678", "+212 6 12 34 56 78"),
        ("ask at the desk", "", ""),
        ("12", "12", "12"),
    ],
)
def test_telephone_is_kept_in_one_spelling(said: str, stored: str, shown: str) -> None:
    """Of the cohort's country unless it says another; what is no number we know is kept as it was written."""
    assert first_phone(said, "MA")[0] == stored
    assert shown_phone(stored) == shown
    if stored.startswith("+"):
        assert stored_phone(shown, "CR") == stored


HEADS = {
    "one known of two": ([["Name", "Signature"], ["Ani Petrosyan", ""]], 1, "name"),
    "a role in each line is no heading": ([["Ani", "Teacher"], ["Ben", "Teacher"], ["Cem", "Student"]], 0, ""),
    "name beside surname": ([["Name", "Surname"], ["Ani", "Petrosyan"]], 1, "first last"),
    "words we do not know above addresses": (
        [["Nimi", "Osoite"], ["Ani Petrosyan", "ani@example.org"], ["Ben Levi", "b@example.org"]], 1, "name email",
    ),
    "a title above": ([["List of people 2026"], ["Name", "Phone"], ["Ani Petrosyan", "0612345678"]], 2, "name phone"),
    "names alone": ([["Ani Petrosyan"], ["Ben Haddad Levi"], ["王小明"]], 0, "name"),
    "sentences": ([["Write one person on each line."], ["Do not change the headings."]], 0, ""),
    "a budget": ([["Item", "Price"], ["Projector", "4000"], ["Coffee", "12"]], 0, ""),
    "a budget with a name": ([["Name", "Quantity", "Price"], ["Projector", "1", "9"]], 1, ""),
    "numbers of passports": ([["Name", "Passport"], ["Ani Petrosyan", "012345678"]], 1, "name"),
}  # fmt: skip


@pytest.mark.parametrize("case", HEADS)
def test_headings_and_columns_are_proposed(case: str) -> None:
    """Which line, and what each column is; a list that is none has no names."""
    rows, header, columns = HEADS[case]
    found = propose(list(enumerate(rows, 1)))
    assert (found.header, " ".join(filter(None, found.columns))) == (header, columns)


def test_name_keeps_the_order_of_its_language() -> None:
    """In Cyrillic as the file has it, with the patronymic; elsewhere as people say it."""

    def name(**cells: str) -> str:
        found = read_person(1, {Column(column): cell for column, cell in cells.items()}, READING)
        return found.name if isinstance(found, PersonDraft) else ""

    assert name(last="Оганян", first="Рубен", patronymic="Арамович") == "Оганян Рубен Арамович"
    assert name(first="Рубен", patronymic="Арамович", last="Оганян") == "Рубен Арамович Оганян"
    assert name(last="Lefèvre", first="Élodie") == "Élodie Lefèvre"
    assert name(last="王", first="小明") == "王小明"
    assert name(name="Ким Артём", patronymic="Юрьевич") == "Ким Артём Юрьевич"


def test_person_is_one_by_mail_then_by_card_then_by_name() -> None:
    """Case, spaces and compatible letters make nobody another person; an organisation does."""
    by_name = person_key("Ani  GRIGORYAN", None, "School\u00a07")
    assert by_name == person_key("ani grigoryan", None, "ＳＣＨＯＯＬ 7")
    assert by_name != person_key("ani grigoryan", None, "School 8")
    assert person_key("A", "a@example.org", "x", "C") == person_key("B", "a@example.org", "y")
    assert person_key("A", None, "x", "ABCDE23456") == person_key("B", None, "y", "ABCDE23456")


def test_code_is_read_however_it_is_typed() -> None:
    """Small letters, lines, spaces, digits of other scripts; what cannot be one is none."""
    assert read_code(" abcd-٢٣٤٥ ") == "ABCD2345"
    assert read_code("ABCDE 23456") == "ABCDE23456"
    assert read_code("ABCD-1O0L") == read_code("") == read_code("x" * 5000) == ""


@given(st.text(max_size=40))
@examples(15, 60)
def test_tidy_text_stays_as_it_is_and_cells_come_back(text: str) -> None:
    """Tidying twice is as once, and what is guarded against formulas is read as it was."""
    assert tidy(tidy(text)) == tidy(text)
    assert unguarded(guarded(text)) == text
    assert not csv_bytes([[text]]).decode("utf-8-sig").startswith(("=", "+", "-", "@", "\t"))
