"""Rosters as real programs write them: each with what such a file has that others have not."""

from __future__ import annotations

import codecs
import io
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
