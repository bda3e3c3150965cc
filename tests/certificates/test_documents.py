"""A certificate can be read, checked, heard by a screen reader and printed, in every language and with any name."""

from __future__ import annotations

import io
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject, StreamObject

from coplearn.certificates.documents import CertificateText, typeset_certificate
from coplearn.i18n.paper import PaperError, clean
from tests.sizes import examples, some_of

ADDRESS = "https://coplearn.example/certificates/COP-7Q4M-2XKD"
ENGLISH = CertificateText(
    kind="Certificate of achievement",
    certifies="This certifies that",
    name="Amina Okonkwo-Reyes",
    body="completed the course “Keeping children safe online” and passed every check in it.",
    date_line="Awarded on 24 November 2026",
    number_line="Certificate number COP-7Q4M-2XKD",
    check="Anyone can check this certificate at this address:",
    address=ADDRESS,
    statement="This certificate is not a licence to work with children.",
    document_title="Certificate of achievement: Keeping children safe online",
    code_alt="QR code that opens the page where this certificate can be checked",
    language="en",
    dir="ltr",
    issued=date(2026, 11, 24),
    issuer="Child Online Protection training",
)
ARABIC = replace(
    ENGLISH,
    kind="شهادة إنجاز",
    certifies="تشهد هذه الوثيقة بأن",
    name="نور الهدى بنت عبد الرحمن",
    body="قد أتمّت دورة «حماية الأطفال» من \u2068COP Academy\u2069 واجتازت جميع اختباراتها.",
    date_line="مُنحت في 24 نوفمبر 2026",
    number_line="رقم الشهادة \u2068COP-7Q4M-2XKD\u2069",
    check="يمكن لأي شخص التحقق من هذه الشهادة على العنوان:",
    statement="وهي ليست ترخيصاً للعمل مع الأطفال.",
    document_title="شهادة إنجاز: حماية الأطفال",
    code_alt="رمز يفتح صفحة التحقق",
    issuer="حماية الأطفال على الإنترنت",
    language="ar",
    dir="rtl",
)
CHINESE = replace(
    ENGLISH,
    kind="结业证书",
    certifies="兹证明",
    name="欧阳明月",
    body="已完成课程“守护儿童上网安全”，并通过了全部测验。",
    statement="本证书不是执业许可。",
    language="zh-Hans",
)
FRENCH = replace(
    ENGLISH,
    kind="Certificat de réussite",
    certifies="Le présent certificat atteste que",
    name="Éloïse Lefèvre-Çelik",
    body="a terminé le cours « Protéger les enfants en ligne » et a réussi toutes ses évaluations.",
    language="fr",
)
RUSSIAN = replace(
    ENGLISH,
    kind="Сертификат об окончании",
    certifies="Настоящим подтверждается, что",
    name="Александра Преображенская",
    body="прошла курс «Безопасность детей в интернете» и сдала все проверочные задания.",
    language="ru",
)
SPANISH = replace(
    ENGLISH,
    kind="Certificado de aprovechamiento",
    certifies="Se certifica que",
    name="María Núñez de la Peña",
    body="ha completado el curso «La seguridad de la infancia en línea» y ha superado sus pruebas.",
    language="es",
)
ARMENIAN = replace(
    ENGLISH,
    kind="Ավարտական վկայական",
    name="Անահիտ Հարությունյան",
    body="ավարտել է «Երեխաների անվտանգությունն առցանց» դասընթացը։",
    language="hy",
)
LEFT_TO_RIGHT = [ENGLISH, CHINESE, FRENCH, RUSSIAN, SPANISH, ARMENIAN]
HOSTILE_NAMES = [
    '#import "/etc/passwd": *',
    "$x^2$ *bold* _it_ <label> @ref",
    '"; #panic("x") \\',
    "#[#set page(width: 1pt)]",
    "Mallory \u202eevil\u202c",
    "\u2066\u2067\u2068open",
    "😀 Ana 👩‍👧‍👦",
    "   ",
    "",
    "\x00\x07\n\t",
    "\ud800 lone",
    "W" * 200,
    "محمد" * 50,
    "Ana " * 50,
    "欧" * 200,
    "ไทย ជា 𞤀𞤣𞤤",
]


def opened(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def words_of(pdf: bytes) -> str:
    """The page's text without the white space that line breaks change."""
    text = unicodedata.normalize("NFKC", opened(pdf).pages[0].extract_text())
    return squeezed(text)


def squeezed(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    return "".join(char for char in text if not char.isspace() and unicodedata.category(char) != "Cf")


def part(node: DictionaryObject, key: str) -> DictionaryObject:
    """The dictionary under ``key``."""
    found = node[key].get_object()
    assert isinstance(found, DictionaryObject)
    return found


def root_of(pdf: bytes) -> DictionaryObject:
    """The document's catalog."""
    return part(opened(pdf).trailer, "/Root")


def structure(node: object) -> list[DictionaryObject]:
    """Every element of the tag tree in reading order."""
    node = node.get_object() if isinstance(node, IndirectObject) else node
    if isinstance(node, list):
        return [element for child in node for element in structure(child)]
    if not isinstance(node, DictionaryObject):
        return []
    own = [node] if "/S" in node else []
    return own + structure(node.get("/K"))


@pytest.mark.parametrize("text", LEFT_TO_RIGHT, ids=lambda text: text.language)
def test_certificate_every_language_words_can_be_copied(text: CertificateText) -> None:
    """What is printed can be searched, copied and read aloud."""
    words = words_of(typeset_certificate(text))
    for sentence in (text.kind, text.name, text.body, text.number_line, text.address, text.statement):
        assert squeezed(sentence) in words


def test_certificate_arabic_words_can_be_copied() -> None:
    """Shaped Arabic still carries its letters, and Latin names inside it stay whole."""
    words = words_of(typeset_certificate(ARABIC))
    for part in (*ARABIC.name.split(), "شهادة", "الأطفال", "COPAcademy", "COP-7Q4M-2XKD", squeezed(ADDRESS)):
        assert part in words or part[::-1] in words


def test_certificate_arabic_name_in_french_page_stays_whole() -> None:
    """A name keeps its own direction on a page of the other one."""
    words = words_of(typeset_certificate(replace(FRENCH, name="محمد (علي)")))
    assert "محمد" in words
    assert squeezed(FRENCH.body) in words


@pytest.mark.parametrize(("text", "language"), [(ENGLISH, "en"), (ARABIC, "ar"), (CHINESE, "zh-CN"), (ARMENIAN, "hy")])
def test_certificate_says_its_language_title_and_standard(text: CertificateText, language: str) -> None:
    """A screen reader chooses the right voice and announces the title."""
    root = root_of(typeset_certificate(text))
    assert str(root["/Lang"]) == language
    assert part(root, "/MarkInfo")["/Marked"]
    assert part(root, "/ViewerPreferences")["/DisplayDocTitle"]
    metadata = root["/Metadata"].get_object()
    assert isinstance(metadata, StreamObject) and b"pdfuaid" in metadata.get_data()
    info = opened(typeset_certificate(text)).metadata
    assert info is not None and info.title == text.document_title


def test_certificate_tags_have_a_heading_and_a_described_code() -> None:
    """The kind is the heading, and the QR code has words for those who cannot see it."""
    elements = structure(part(root_of(typeset_certificate(ENGLISH)), "/StructTreeRoot"))
    kinds = [str(element["/S"]) for element in elements]
    assert "/H1" in kinds
    assert "/Link" in kinds
    figures = [str(element["/Alt"]) for element in elements if str(element["/S"]) == "/Figure"]
    assert figures == [ENGLISH.code_alt]


def test_certificate_page_is_one_a4_landscape() -> None:
    """It prints on ordinary paper without scaling."""
    pages = opened(typeset_certificate(ENGLISH)).pages
    assert len(pages) == 1
    assert (round(pages[0].mediabox.width), round(pages[0].mediabox.height)) == (842, 595)


_BOTH = [
    (text, name)
    for turn, name in enumerate(HOSTILE_NAMES)
    for text in ((ENGLISH, ARABIC) if turn % 2 else (ARABIC, ENGLISH))
]


# Each name once in the suite, by turns in English and in Arabic.
@pytest.mark.parametrize(("text", "name"), some_of(_BOTH, len(HOSTILE_NAMES)), ids=range(len(_BOTH)))
def test_certificate_hostile_name_is_only_text(text: CertificateText, name: str) -> None:
    """A name never runs, never breaks the page and never turns the words around it."""
    (page,) = opened(typeset_certificate(replace(text, name=name))).pages
    words = page.extract_text()
    assert "COP-7Q4M-2XKD" in squeezed(words)
    assert not set("\u202a\u202b\u202c\u202d\u202e") & set(words)


@pytest.mark.parametrize("name", ['#import "x": *', "$x$ and *y*", "= Head _z_ <a>", "\\u{41} ~ -- ..."])
def test_certificate_markup_in_name_is_printed_as_typed(name: str) -> None:
    """Markup signs in a name are signs, not orders."""
    assert squeezed(name) in words_of(typeset_certificate(replace(ENGLISH, name=name)))


@examples(10, 40)
@given(st.text(max_size=60))
def test_certificate_any_name_gives_one_page(name: str) -> None:
    """Whatever people type into a name field, they get their certificate."""
    assert len(opened(typeset_certificate(replace(ENGLISH, name=name))).pages) == 1


def test_certificate_unprintable_name_keeps_the_printable_part() -> None:
    """Emoji go, letters stay; a letter without a font leaves a visible gap instead of vanishing."""
    assert "👍" not in words_of(typeset_certificate(replace(ENGLISH, name="Ana 👍 Ruiz")))
    assert "AnaRuiz" in words_of(typeset_certificate(replace(ENGLISH, name="Ana 👍 Ruiz")))
    assert "\ufffd" in words_of(typeset_certificate(replace(ENGLISH, name="Ana 𞤀")))


def text_extent(pdf: bytes) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of where text starts on the page, in points."""
    xs: list[float] = []
    ys: list[float] = []

    def visit(text: str, cm: list[float], tm: list[float], _font: object, _size: float) -> None:
        if text.strip():
            xs.append(tm[4] * cm[0] + cm[4])
            ys.append(tm[5] * cm[3] + cm[5])

    opened(pdf).pages[0].extract_text(visitor_text=visit)
    return min(xs), max(xs), min(ys), max(ys)


@pytest.mark.parametrize("name", ["Ana Ruiz " * 22, "W" * 200, "欧" * 200, "محمد علي " * 22])
def test_certificate_long_everything_stays_inside_the_frame(name: str) -> None:
    """Long names and sentences shrink; nothing falls off the paper."""
    wordy = "a very long sentence about a course with a very long title " * 12
    text = replace(ENGLISH, name=name, kind=wordy, body=wordy, statement=wordy, date_line=wordy, number_line=wordy)
    pdf = typeset_certificate(replace(text, check=wordy, issuer=wordy, address="https://a.example/" + "x" * 282))
    assert len(opened(pdf).pages) == 1
    left, right, bottom, top = text_extent(pdf)
    assert left >= 28 and right <= 842 - 28
    assert bottom >= 28 and top <= 595 - 28


def test_certificate_same_text_gives_same_bytes() -> None:
    """A certificate fetched twice is the same file, and another date is another file."""
    assert typeset_certificate(ARABIC) == typeset_certificate(ARABIC)
    assert typeset_certificate(replace(ENGLISH, issued=date(2026, 11, 25))) != typeset_certificate(ENGLISH)


def test_certificate_twenty_at_once_on_four_threads() -> None:
    """Many people finish at the same hour."""
    texts = [replace(text, name=f"{text.name} {number}") for number in range(4) for text in LEFT_TO_RIGHT[:5]]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(typeset_certificate, texts)) == [typeset_certificate(text) for text in texts]


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "/relative", "https://é.example", "https://a/" + "x" * 400, ""]
)
def test_certificate_unusable_address_is_refused(address: str) -> None:
    """The code on paper never opens anything but a web page."""
    with pytest.raises(PaperError):
        typeset_certificate(replace(ENGLISH, address=address))


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("a\u202eb", "ab"),
        ("a\u2068b", "a\u2068b\u2069"),
        ("a\u2069b", "ab"),
        (" a \n\t b ", "a b"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_clean_direction_controls_are_dropped_or_balanced(given_text: str, expected: str) -> None:
    """A sentence cannot turn its neighbours, and the joiners a language needs survive."""
    assert clean(given_text) == expected


@pytest.mark.parametrize("language", ["", "1", "english", "../en"])
def test_paper_in_no_language_is_not_printed(language: str) -> None:
    """The document would name a language that no screen reader knows."""
    with pytest.raises(PaperError, match="is not a language tag"):
        typeset_certificate(replace(ENGLISH, language=language))
