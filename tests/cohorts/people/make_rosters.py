"""Rosters as real programs write them: each with what such a file has that others have not."""

from __future__ import annotations

import codecs
import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import xlsxwriter

Line = tuple[str, str, str]
"""Name, mail address and organisation, as they should be read."""


@dataclass(frozen=True)
class Sheet:
    """A file of some program, and who is in it."""

    raw: bytes
    people: tuple[Line, ...]
    encoding: str
    languages: tuple[str, ...] = ("ar",)


RUSSIAN: Final = (
    ("Иванова Мария Петровна", "ivanova@school7.example.org", "Школа № 7"),
    ("Щербаков Юрий", "", "Лицей «Ёлочка»"),
    ("Ким Артём", "kim@example.org", "Школа № 12"),
)
ARABIC: Final = (
    ("أحمد بن علي", "ahmed@ecole.example.org", "مدرسة النور"),
    ("فاطمة الزهراء العلوي", "", "ثانوية الأمل"),
    ("محمد الإدريسي", "m.idrissi@example.org", "مدرسة النور"),
)
CHINESE: Final = (
    ("王小明", "wang@example.org", "北京市第七中学"),
    ("欧阳静", "", "上海实验学校"),
    ("李伟", "li.wei@example.org", "北京市第七中学"),
)
FRENCH: Final = (
    ("Élodie Lefèvre", "elodie@ecole.example.org", "Collège Jean Moulin"),
    ("François Noël", "", "Lycée Évariste Galois"),
    ("Zoé Müller", "zoe@example.org", "Collège Jean Moulin"),
)
SPANISH: Final = (
    ("Íñigo Muñoz Peña", "inigo@example.org", "Colegio Nuestra Señora"),
    ("Begoña Ibáñez", "", "IES Añil"),
)


def _text(head: tuple[str, ...], people: tuple[Line, ...], delimiter: str, end: str = "\r\n") -> str:
    lines = [head, *people]
    return "".join(delimiter.join(_quoted(cell, delimiter) for cell in line) + end for line in lines)


def _quoted(cell: str, delimiter: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if delimiter in cell or '"' in cell else cell


def excel_utf8() -> Sheet:
    """Excel, "CSV UTF-8 (comma delimited)": a byte order mark, CRLF, quotation marks only where needed."""
    people = (*FRENCH, ('Anne "Nan" O’Brien', "anne@example.org", "Smith, Jones and Sons"))
    text = _text(("Nom complet", "Courriel", "Établissement"), people, ",")
    return Sheet(codecs.BOM_UTF8 + text.encode(), people, "utf-8-sig", ("fr",))


def excel_russian() -> Sheet:
    """Excel in a Russian locale, "CSV (MS-DOS or Windows)": cp1251 and semicolons."""
    return Sheet(_text(("ФИО", "Эл. почта", "Организация"), RUSSIAN, ";").encode("cp1251"), RUSSIAN, "cp1251", ("ru",))


def excel_unicode() -> Sheet:
    """Excel, "Unicode text": UTF-16 with its mark, and tabs."""
    text = _text(("الاسم الكامل", "البريد الإلكتروني", "المؤسسة"), ARABIC, "\t")
    return Sheet(codecs.BOM_UTF16_LE + text.encode("utf-16-le"), ARABIC, "utf-16")


def excel_arabic() -> Sheet:
    """Excel in an Arabic locale: cp1256, semicolons, a title and an empty line above, marks of direction around addresses."""
    head = "لائحة المشاركين;;\r\n;;\r\n"
    text = head + _text(("الاسم الكامل", "البريد الإلكتروني", "المدرسة"), ARABIC, ";")
    text = text.replace("ahmed@", "\u200eahmed@")
    return Sheet(text.encode("cp1256"), ARABIC, "cp1256")


def excel_french() -> Sheet:
    """Excel in a French locale: cp1252, semicolons, first names and family names apart, and a non-breaking space."""
    lines = [("Prénom", "Nom", "Adresse e-mail", "Établissement")]
    for name, email, organisation in FRENCH:
        first, _, last = name.partition(" ")
        lines.append((first, last, email, organisation.replace(" ", "\u00a0", 1)))
    text = "".join(";".join(line) + "\r\n" for line in lines)
    return Sheet(text.encode("cp1252"), FRENCH, "cp1252", ("fr",))


def excel_spanish() -> Sheet:
    """Excel in a Spanish locale: cp1252 and semicolons, behind the line ``sep=;``."""
    text = "sep=;\r\n" + _text(("Nombre y apellidos", "Correo electrónico", "Organización"), SPANISH, ";")
    return Sheet(text.encode("cp1252"), SPANISH, "cp1252", ("es",))


def wps_chinese() -> Sheet:
    """WPS and Excel in a Chinese locale: GB 18030 and commas, full-width letters in an address."""
    text = _text(("姓名", "电子邮箱", "单位"), CHINESE, ",").replace("wang@example.org", "ｗａｎｇ＠example.org")
    return Sheet(text.encode("gb18030"), CHINESE, "gb18030", ("zh_Hans_CN",))


def libreoffice() -> Sheet:
    """LibreOffice: UTF-8 without a mark, LF, every cell of text in quotation marks."""
    lines: list[tuple[str, ...]] = [("Имя", "Фамилия", "Почта", "Школа")]
    lines += [(*reversed(name.split(" ", 1)), email, organisation) for name, email, organisation in RUSSIAN]
    text = "".join(",".join(f'"{cell}"' for cell in line) + "\n" for line in lines)
    people = tuple((" ".join(reversed(name.split(" ", 1))), email, school) for name, email, school in RUSSIAN)
    return Sheet(text.encode(), people, "utf-8-sig", ("ru",))


def google_sheets() -> Sheet:
    """Google Sheets: UTF-8 without a mark, CRLF, blank lines left in, headings in two languages."""
    text = _text(("Name / الاسم", "E-mail", "School"), ARABIC, ",") + ",,\r\n,,\r\n"
    return Sheet(text.encode(), ARABIC, "utf-8-sig")


def numbers() -> Sheet:
    """Numbers: UTF-8, semicolons in many regions, the table's own name above, old line ends."""
    text = "Tableau 1;;\r" + _text(("Nom et prénom", "Courriel", "Organisme"), FRENCH, ";", "\r")
    return Sheet(text.encode(), FRENCH, "utf-8-sig", ("fr",))


def without_headings() -> Sheet:
    """A list somebody typed: no headings at all, upright lines between the cells."""
    people = tuple((name, email, "") for name, email, _ in SPANISH)
    text = "".join(f"{name} | {email}\n" for name, email, _ in people)
    return Sheet(text.encode(), people, "utf-8-sig", ("es",))


TEXTS: Final[Mapping[str, Callable[[], Sheet]]] = {
    maker.__name__: maker
    for maker in (
        excel_utf8,
        excel_russian,
        excel_unicode,
        excel_arabic,
        excel_french,
        excel_spanish,
        wps_chinese,
        libreoffice,
        google_sheets,
        numbers,
        without_headings,
    )
}


def workbook(rows: list[list[Any]], *, rtl: bool = False, title: str = "", hidden_first: bool = False) -> bytes:
    """An .xlsx of those rows; a ``title`` stands in merged cells above, an empty hidden sheet may stand before."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        if hidden_first:
            book.add_worksheet("Lists").hide()
        sheet = book.add_worksheet("الورقة1" if rtl else "Sheet1")
        if rtl:
            sheet.right_to_left()
        first = 0
        if title:
            sheet.merge_range(0, 0, 0, 3, title)
            first = 2
        for number, row in enumerate(rows, first):
            for place, cell in enumerate(row):
                if cell is not None:
                    sheet.write(number, place, cell)
        if hidden_first:
            sheet.activate()
    return out.getvalue()


# ── The nastiest ──


def book_of(*sheets: tuple[str, list[list[Any]]]) -> bytes:
    """An .xlsx of several sheets, each a name and rows of text."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    sheet.write(number, place, cell)
    return out.getvalue()


@dataclass(frozen=True)
class Nasty:
    """A list that was read wrongly once, and what a person would expect of it."""

    name: str
    raw: bytes
    people: tuple[tuple[str, ...], ...]
    """Name, mail address, organisation, telephone and language of each who comes in, in the order of the names."""
    stats: tuple[int, int]
    """New people and refused lines."""
    page: tuple[str, ...] = ()
    """Sentences that stand on the page of the look."""


def _csv(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode("utf-8")


TURNED: Final = "\u202e"
PAYING: Final = ("Item", "Quantity", "Price"), ("Projector", 1, 4000), ("Coffee", 60, 12.5), ("Room", 2, 900)


def instructions_first() -> Nasty:
    """Sentences of instructions on the first sheet, the list on the second."""
    told = [
        ["How to fill in this list"],
        ["Write one person on each line."],
        ["Do not change the headings."],
        ["Thank you."],
    ]
    people = [
        ["Name", "E-mail", "School"],
        ["Ani Petrosyan", "ani@example.org", "School 7"],
        ["Ben Haddad", "", "School 8"],
    ]
    expected = (
        ("Ani Petrosyan", "ani@example.org", "School 7", "", "ar"),
        ("Ben Haddad", "", "School 8", "", "ar"),
    )
    return Nasty("list.xlsx", book_of(("Read me", told), ("People", people)), expected, (2, 0), ("People", "Read me"))


def two_sheets() -> Nasty:
    """Two groups on two sheets: one is read, and the other is spoken of."""
    head = ["Name", "E-mail"]
    raw = book_of(
        ("Group A", [head, ["Ani Petrosyan", "ani@example.org"], ["Cem Kaya", "cem@example.org"]]),
        ("Group B", [head, ["Dan Levi", "dan@example.org"]]),
    )
    expected = (
        ("Ani Petrosyan", "ani@example.org", "", "", "ar"),
        ("Cem Kaya", "cem@example.org", "", "", "ar"),
    )
    return Nasty("groups.xlsx", raw, expected, (2, 0), ("Group B", "Only the sheet"))


def budget() -> Nasty:
    """A budget: nobody in it."""
    raw = book_of(("Budget", [list(row) for row in PAYING]))
    return Nasty("budget.xlsx", raw, (), (0, 0), ("does not look like a list of people",))


def signature_sheet() -> Nasty:
    """What hangs at the door: a name, a telephone number and room to sign, in Arabic."""
    raw = _csv("الاسم,الهاتف,التوقيع\nأحمد بن علي,٠٦١٢٣٤٥٦٧٨,\nسعاد المريني,غير معروف,\n")
    expected = (
        ("أحمد بن علي", "", "", "+212612345678", "ar"),
        ("سعاد المريني", "", "", "", "ar"),
    )
    return Nasty("door.csv", raw, expected, (2, 0), ("No number of this country",))


def patronymic() -> Nasty:
    """Family name, name and patronymic in three columns, and an organisation under a longer heading."""
    raw = "Фамилия;Имя;Отчество;Образовательное учреждение;Язык\nОганян;Рубен;Арамович;Школа (№ 7);рус.\nКим;Артём;;Лицей;анг.\n"
    expected = (
        ("Ким Артём", "", "Лицей", "", "en"),
        ("Оганян Рубен Арамович", "", "Школа (№ 7)", "", "ru"),
    )
    return Nasty("fio.csv", raw.encode("cp1251"), expected, (2, 0))


def chinese_preferences() -> Nasty:
    """A preferred language in Chinese words, and brackets as wide as letters, which stay as they are."""
    raw = "姓名,电子邮箱,单位,首选语言\n王小明,wang@example.org,第七中学（东区）,英语\n李伟,li@example.org,第七中学,中文\n"
    expected = (
        ("李伟", "li@example.org", "第七中学", "", "zh_Hans_CN"),
        ("王小明", "wang@example.org", "第七中学（东区）", "", "en"),
    )
    return Nasty("名单.csv", raw.encode("gb18030"), expected, (2, 0))


REGIONS: Final = (
    ("en-GB", "en"), ("eng", "en"), ("ar_EG", "ar"), ("fr-CA", "fr"), ("es-419", "es"), ("zh-CN", "zh_Hans_CN"),
    ("zh-Hans", "zh_Hans_CN"), ("chi", "zh_Hans_CN"), ("fre", "fr"), ("عربية", "ar"), ("英文", "en"), ("inglés", "en"),
    ("Klingon", "ar"),
)  # fmt: skip
"""What is written, and the language that is meant; the last is nobody's, so the cohort's."""


def regions() -> Nasty:
    """Codes with regions and scripts, of three letters, words of other languages, and one that nobody knows."""
    lines = "".join(f"Person {chr(65 + n)}a,{said}\n" for n, (said, _) in enumerate(REGIONS))
    expected = tuple((f"Person {chr(65 + n)}a", "", "", "", code) for n, (_, code) in enumerate(REGIONS))
    page = ("Klingon", "Words for languages", "Not said yet")
    return Nasty("regions.csv", _csv(f"Name,Preferred language\n{lines}"), expected, (len(REGIONS), 0), page)


def formulas() -> Nasty:
    """Cells that begin as formulas do: kept as text and told of; an address that does is refused."""
    raw = _csv(
        'Name,E-mail,School\n=2+2 Anna,anna@example.org,@School\nBen Levi,=f10@example.org,\n"=HYPERLINK(""x"")",,-cmd\n'
    )
    expected = (
        ('=HYPERLINK("x")', "", "-cmd", "", "ar"),
        ("=2+2 Anna", "anna@example.org", "@School", "", "ar"),
    )
    return Nasty("formulas.csv", raw, expected, (2, 1), ("begins as a formula does", "does not begin with this sign"))


def turned_and_blank() -> Nasty:
    """Names that turn the direction of writing, an address with a blank, two addresses in one cell, and many faults in a line."""
    raw = _csv(
        f"Name,E-mail,School,State\nAnna{TURNED}gro.elpmaxe,anna@example.org,,\n"
        "Anna Petrosyan,anna petrosyan@example.org,,\nBen Levi,ben@example.org; b@example.org,,\n"
        f",cem@@x,{'x' * 250},dreaming\nDan {'y' * 140_000},,,\nEva Kaya,eva@example.org,,\n"
    )
    expected = (
        ("Annagro.elpmaxe", "anna@example.org", "", "", "ar"),
        ("Eva Kaya", "eva@example.org", "", "", "ar"),
    )
    page = (
        "turn the direction of writing", "annapetrosyan@example.org", "more than one mail address", "There is no name",
        "longer than", "These words would do", "Taking part", "This is very long",
    )  # fmt: skip
    return Nasty("turned.csv", raw, expected, (2, 4), page)


def thousands() -> Nasty:
    """More than a piece of a thousand, with people who stand in it twice, far from one another and in other guises."""
    lines = [f"Person {number},p{number}@example.org,School {number % 9}" for number in range(1_400)]
    lines[700] = "Twice Named,,School 7"
    lines.append("Twice Named,twice@example.org,School 7")
    lines.append("Person 3,p3@example.org,School 3")
    expected = tuple(
        sorted(
            (
                ("Twice Named", "", "School 7", "", "ar")
                if number == 700
                else (f"Person {number}", f"p{number}@example.org", f"School {number % 9}", "", "ar")
            )
            for number in range(1_400)
        )
    )
    raw = _csv("Name,E-mail,School\n" + "\n".join(lines) + "\n")
    return Nasty("thousands.csv", raw, expected, (1_400, 2), ("stands in the file already",))


NASTY: Final[Mapping[str, Callable[[], Nasty]]] = {
    maker.__name__: maker
    for maker in (
        instructions_first,
        two_sheets,
        budget,
        signature_sheet,
        patronymic,
        chinese_preferences,
        regions,
        formulas,
        turned_and_blank,
        thousands,
    )
}


def bomb(rows: int, columns: int = 40) -> bytes:
    """A workbook of hardly any bytes that unpacks to hundreds of megabytes of cells."""
    with zipfile.ZipFile(io.BytesIO(workbook([["Name"], ["Ani"]]))) as plain:
        parts = {name: plain.read(name) for name in plain.namelist()}
    cell = b'<c t="inlineStr"><is><t>aaaaaaaa</t></is></c>'
    row = b"<row>" + cell * columns + b"</row>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, data in parts.items():
            if not name.endswith("sheet1.xml"):
                book.writestr(name, data)
                continue
            before, _, rest = data.partition(b"<sheetData>")
            with book.open(name, "w") as sheet:
                sheet.write(before + b"<sheetData>")
                for _ in range(rows):
                    sheet.write(row)
                sheet.write(b"</sheetData>" + rest.partition(b"</sheetData>")[2])
    return out.getvalue()
