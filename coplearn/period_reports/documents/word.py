"""The report for a word processor (.docx), in every script and direction."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final

from coplearn.period_reports.documents.paper import chart_png
from coplearn.period_reports.documents.report import (
    MOST_LISTED,
    BarChart,
    FigureLine,
    ProgrammeReport,
    RecordLine,
    TextGrid,
    plain,
)

if TYPE_CHECKING:
    from docx.document import Document

_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold."""
_INK: Final = "12343B"
_SAND: Final = "EFE3CC"
_FONTS: Final = {"ascii": "Arial", "hAnsi": "Arial", "cs": "Arial", "eastAsia": "SimSun"}


def docx_bytes(report: ProgrammeReport) -> bytes:
    """The report as a document that can be gone on with: real headings, real tables with heading rows, right to left where
    the language is. The same bytes for the same report."""
    # Here and not above: it takes a while to load, and few reports are asked for so.
    import docx

    document = docx.Document()
    writer = _Writer(document, report)
    writer.prepare()
    writer.first_page()
    writer.chapters()
    writer.rest()
    out = io.BytesIO()
    document.save(out)
    return _settled(out.getvalue())


def _settled(data: bytes) -> bytes:
    """The same archive without the hour at which it was packed."""
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as packed, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as again:
        for name in packed.namelist():
            again.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), packed.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


class _Writer:
    """The document while it is written."""

    def __init__(self, document: Document, report: ProgrammeReport) -> None:
        self.document, self.report = document, report
        self.rtl = report.locale.dir == "rtl"

    def prepare(self) -> None:
        """Set the language, direction, fonts and colours of the styles once, so that whoever goes on writing keeps them."""
        from docx.shared import Cm, Pt, RGBColor

        report, properties = self.report, self.document.core_properties
        made = datetime.combine(report.made, time())
        properties.title, properties.subject = report.title, plain(report.mark)
        properties.author, properties.language = "", report.locale.bcp47
        properties.comments, properties.created, properties.modified = "", made, made
        section = self.document.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(1.8)
        if self.rtl:
            section._sectPr.insert_element_before(_element("w:bidi"), "w:rtlGutter", "w:docGrid")
        for name, size in (("Normal", 10), ("Title", 22), ("Heading 1", 15), ("Heading 2", 12)):
            style: Any = self.document.styles[name]
            style.font.size = Pt(size)
            if name != "Normal":
                style.font.color.rgb = RGBColor.from_string(_INK)
            marks = style.element.get_or_add_rPr()
            fonts = marks.get_or_add_rFonts()
            for key in [*fonts.attrib]:
                del fonts.attrib[key]
            for key, font in _FONTS.items():
                fonts.set(_name(f"w:{key}"), font)
            for tag in ("w:szCs", "w:lang"):
                for old in marks.findall(_name(tag)):
                    marks.remove(old)
            marks.append(_element("w:szCs", val=str(2 * size)))
            marks.append(_language(report.locale.bcp47, rtl=self.rtl))

    def text(self, text: str, style: str = "Normal", *, bold: bool = False) -> Any:
        """A paragraph in the page's direction."""
        return self._fill(self.document.add_paragraph(style=style), text, bold=bold)

    def _fill(self, paragraph: Any, text: str, *, bold: bool = False) -> Any:
        if self.rtl:
            paragraph._p.get_or_add_pPr().append(_element("w:bidi"))
        run = paragraph.add_run(_UNWRITABLE.sub("", text))
        if bold:
            run.bold = True
        if self.rtl:
            marks = run._r.get_or_add_rPr()
            if bold:
                marks.append(_element("w:bCs"))
            marks.append(_element("w:rtl"))
        return paragraph

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """A table with a heading row that comes again on every page."""
        rows = list(rows)
        table = self.document.add_table(rows=0, cols=len(headings))
        table.style = "Table Grid"
        if self.rtl:
            table._tbl.tblPr.insert(1, _element("w:bidiVisual"))
        for place, row in enumerate([headings, *rows]):
            added = table.add_row()
            for cell, text in zip(added._tr.tc_lst, row, strict=True):
                paragraph = _paragraph(cell)
                self._fill(paragraph, text, bold=place == 0)
                if place == 0:
                    shade = _element("w:shd", val="clear", color="auto", fill=_SAND)
                    cell.get_or_add_tcPr().append(shade)
            marks = added._tr.get_or_add_trPr()
            marks.append(_element("w:cantSplit"))
            if place == 0:
                marks.append(_element("w:tblHeader"))
        self.text("")

    def first_page(self) -> None:
        """The title, whom it is for, and the report at a glance."""
        report, words = self.report, self.report.words
        self.text(report.title, "Title")
        self.text(report.mark, bold=True)
        for name, value in report.facts:
            self.text(f"{name}: {value}")
        self.text(words.at_a_glance, "Heading 1")
        self.figures(report.headlines)
        for sentence in report.summary:
            self.text(sentence)
        if report.countries is not None:
            self.grid(report.countries)
        for chart in report.charts:
            self.chart(chart)

    def chart(self, chart: BarChart) -> None:
        """A small chart under its heading, as the PDF draws it; its alternative text says every bar."""
        from docx.shared import Cm

        self.text(chart.title, "Heading 2")
        paragraph = self.text("")
        picture = paragraph.runs[0].add_picture(io.BytesIO(chart_png(chart, self.report)), width=Cm(8.6))
        told = " · ".join(f"{name} {shown}" for name, _, shown in chart.rows)
        words = _UNWRITABLE.sub("", plain(f"{chart.title} · {chart.unit} · {told}"))
        picture._inline.docPr.set("descr", words)

    def figures(self, figures: Sequence[FigureLine]) -> None:
        """The numbers of a part."""
        words = self.report.words
        self.table(
            (words.figure, words.number, words.basis, words.where),
            [(one.label, one.shown, one.basis, " · ".join(filter(None, (one.where, *one.notes)))) for one in figures],
        )

    def chapters(self) -> None:
        """Each theme with its numbers and records."""
        for chapter in self.report.chapters:
            self.text(chapter.title, "Heading 1")
            if chapter.figures:
                self.figures(chapter.figures)
            else:
                self.text(self.report.words.none)
            if len(chapter.records):
                self.text(self.report.words.records, "Heading 2")
                self.records(chapter.records.first())
                if chapter.has_more:
                    self.text(self.report.words.more)

    def records(self, records: Iterable[RecordLine]) -> None:
        """A table of records, each with its source."""
        words = self.report.words
        self.table(
            (words.record, words.when, words.where, words.state, words.numbers, words.source),
            [
                (" · ".join(filter(None, (one.title, one.partners))), one.when, one.where, one.state, one.numbers, one.source)
                for one in records
            ],
        )  # fmt: skip

    def grid(self, grid: TextGrid) -> None:
        """A table under its own heading."""
        self.text(grid.title, "Heading 1")
        self.table(grid.headings, grid.rows)

    def rest(self) -> None:
        """People, what is not counted, corrections, and what the numbers mean."""
        report = self.report
        for grid in (*report.grids, *filter(None, [report.corrections])):
            self.grid(grid)
        for part in report.lists:
            self.text(part.title, "Heading 1")
            self.records(part.records.first(MOST_LISTED))
        self.text(report.words.meaning, "Heading 1")
        for name, text in report.notes:
            self.text(f"{name}: {text}" if name else text)


def _paragraph(cell: Any) -> Any:
    from docx.text.paragraph import Paragraph

    return Paragraph(cell.p_lst[0], cell)


def _name(tag: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(tag))


def _element(tag: str, **values: str) -> Any:
    from docx.oxml import OxmlElement

    made = OxmlElement(tag)
    for key, value in values.items():
        made.set(_name(f"w:{key}"), value)
    return made


def _language(bcp47: str, *, rtl: bool) -> Any:
    if rtl:
        return _element("w:lang", bidi=bcp47)
    return _element("w:lang", val=bcp47, eastAsia=bcp47) if bcp47.startswith("zh") else _element("w:lang", val=bcp47)
