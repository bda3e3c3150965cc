"""The checks of whole catalogs, the glossary, and our own catalogs against all of them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import polib
import pytest

from coplearn.courses.catalogs import about
from coplearn.courses.course import Course
from coplearn.courses.loader import load_course
from coplearn.i18n import po
from coplearn.i18n.checks.across import across_findings, one_for_two, uncounted
from coplearn.i18n.checks.base import Subject
from coplearn.i18n.checks.files import About, catalog_findings, folder_findings, template_findings
from coplearn.i18n.checks.negation import WORDS
from coplearn.i18n.checks.registry import findings
from coplearn.i18n.glossary import Glossary, Term, glossary_path, read_glossary
from coplearn.i18n.locales import Locale, Locales, read_locales
from tests.sizes import some_of

HOME = Path(__file__).resolve().parents[2]
LOCALES: Locales = read_locales(HOME / "translations" / "locales.toml")
CODES = [locale.code for locale in LOCALES.live if locale.code != "en"]


def catalog(*entries: tuple[str, str, str]) -> polib.POFile:
    """A catalog of (context, source, translation)."""
    file = polib.POFile()
    for line, (context, source, text) in enumerate(entries, 1):
        file.append(polib.POEntry(msgctxt=context or None, msgid=source, msgstr=text, linenum=line))
    return file


def checks(file: polib.POFile, about: dict[str, About] | None = None) -> list[tuple[int, str]]:
    """Line and check of each finding of a French course catalog."""
    found = catalog_findings(file, LOCALES.get("fr"), "course", about)
    return [(located.line, located.finding.check) for located in found]


def test_catalog_findings_name_line_and_check() -> None:
    """A translator is led to the place."""
    assert checks(catalog(("a#x", "Good", "Bon"), ("a#y", "[a](help:)", "a"))) == [(2, "md-links")]


def test_catalog_findings_see_what_the_author_marked() -> None:
    """Critical texts, room and questions come from the course, not from the catalog."""
    file = catalog(("a#q.stem", "Do not go", "Allez"), ("a#q.opt.b", "Yes", ""))
    about = {"a#q.stem": About(critical=True, max_length=3, group="a.q"), "a#q.opt.b": About(group="a.q")}
    assert checks(file, about) == [(1, "max-length"), (1, "negation"), (2, "half-translated")]


def test_catalog_findings_tell_two_translations_of_one_sentence() -> None:
    """Short labels may differ with their place; sentences should not."""
    file = catalog(
        ("a#x", "Talk about it today", "Parlez-en"),
        ("a#y", "Talk about it today", "Discutez-en"),
        ("a#z", "Open", "Ouvrir"),
        ("a#w", "Open", "Ouvert"),
    )
    assert checks(file) == [(2, "inconsistent")]


def test_catalog_findings_tell_two_things_that_read_alike() -> None:
    """A helpline that stands as the emergency number is a line that slipped; one and many may read alike."""
    file = catalog(
        ("a#x", "Emergency number", "Numéro d’urgence"),
        ("a#y", "A helpline for adults", "Numéro d’urgence"),
        ("b#x", "A helpline for adults", "Numéro d’urgence"),
        ("a#z", "The emergency numbers", "Numéro d’urgence"),
    )
    assert checks(file) == [(2, "one-for-two")]


def test_one_for_two_goes_by_the_page_in_the_interface() -> None:
    """Two names in one list must differ; on two pages they may read alike."""
    file = catalog(("", "Name", "Nombre"), ("", "First name", "Nombre"), ("", "Of a file", "Nombre"))
    for entry, path in zip(file, ("a.html", "a.html", "b.html"), strict=True):
        entry.occurrences = [(path, "")]
    assert [message for _, message, _ in one_for_two(file, "interface")] == ["First name"]


def test_across_findings_tell_one_sentence_in_two_ways() -> None:
    """The first catalog is right; a label may change with its place, and one catalog is looked after by itself."""
    site = catalog(("", "Only you will see it.", "Vous seul le verrez."), ("", "Try this", "Essayez"))
    course = catalog(
        ("a#x", "Only you will see it.", "Personne d’autre ne le verra."), ("a#y", "Try this", "À essayer")
    )
    found = across_findings([("site.po", site), ("course.po", course)])
    assert [(name, line, message, finding.check) for name, line, message, finding in found] == [
        ("course.po", 1, "a#x", "inconsistent-across")
    ]
    assert "site.po" in found[0][3].words


def test_uncounted_sentences_have_a_number_and_no_plural() -> None:
    """A limit is a number that the program knows; what has plural forms is counted."""
    texts = ["It has %(total)s steps.", "Use at most %(count)s characters.", "%(name)s reads", "Within %(days)s days"]
    templates = [*(po.Template(None, text) for text in texts), po.Template(None, "%(num)s day", "%(num)s days")]
    assert [text for text, _ in uncounted(templates)] == ["It has %(total)s steps."]


def test_uncounted_sentences_of_the_interface_get_no_more() -> None:
    """Those that are there are told by ``i18n check``; a new one needs plural forms."""
    template = po.read_po(HOME / "translations" / "messages.pot").file
    assert template is not None
    assert len(uncounted(po.templates_in(template))) <= 14


def test_template_findings_count_what_is_not_there() -> None:
    """A catalog that was not brought up to date says so."""
    templates = [po.Template("a#x", "One"), po.Template("a#y", "Two")]
    file = catalog(("a#x", "One", "Un"), ("a#old", "Gone", "Parti"))
    found = template_findings(file, templates, by_context=True)
    assert [located.finding.check for located in found] == ["unknown-message", "missing-messages", "coverage"]
    assert found[-1].finding.phrase.params == {"percent": 50}


def test_folder_findings_refuse_another_spelling_of_a_code(tmp_path: Path) -> None:
    """zh-CN beside zh_Hans_CN would be read by nobody."""
    for name in ("zh-CN/LC_MESSAGES", "fr/LC_MESSAGES", "hy"):
        (tmp_path / name).mkdir(parents=True)
    assert [path.name for path, _ in folder_findings(tmp_path, LOCALES)] == ["zh-CN"]


OURS = [(path.parents[1].name, path.stem) for path in sorted((HOME / "courses").glob("cop-*/translations/*.po"))]


ASKING = [one for one in OURS if one[1] != "hy" and one[0] not in ("cop-cyberdrill-grooming", "cop-workshop-pack")]
"""The catalogs that were read, of courses with checks: the others have two or three texts that deny and are read twice."""


@cache
def course_of(name: str) -> Course:
    course = load_course(HOME / "courses" / name, LOCALES).course
    assert course is not None
    return course


# Some catalogs in the suite; `make check` asks the checks of all of them.
@pytest.mark.parametrize(("name", "code"), some_of(OURS, 2))
def test_our_catalogs_pass(name: str, code: str) -> None:
    """Nothing in our own catalogs is kept from learners, and false alarms are rare."""
    file, locale = our_catalog(name, code)
    glossary = read_glossary(glossary_path(HOME, code), code)
    assert glossary is not None
    found = catalog_findings(file, locale, "course", about(course_of(name)), glossary)
    # What has begun is a draft: of its questions some have answers that wait for a translator.
    errors = [one for one in found if one.finding.severity == "E" and one.finding.check != "half-translated"]
    assert errors == []
    assert len({located.line for located in found if located.finding.severity == "W"}) < 0.08 * len(file)


@pytest.mark.parametrize(("name", "code"), some_of(ASKING, 1))
def test_our_translations_without_their_nots_are_refused(name: str, code: str) -> None:
    """Take the words that deny out of what is read twice: most of it no longer reaches a learner, and all of it did."""
    file, _ = our_catalog(name, code)
    denies = re.compile(f"{WORDS[code.split('_')[0]].plain.pattern}|\\b(?:pas|plus)\\b", re.IGNORECASE)
    twice = {message.context for message in course_of(name).messages if message.needs_second_reading}
    spoilt = [
        Subject(source=entry.msgid, forms=(denies.sub(" ", entry.msgstr),), locale=code, read_twice=True)
        for entry in file
        if entry.msgctxt in twice
        and re.search(r"\b(?:not|never|cannot)\b", entry.msgid)
        and denies.search(entry.msgstr)
    ]
    refused = sum(any(one.check == "negation" and one.severity == "E" for one in findings(each)) for each in spoilt)
    assert 0 < len(spoilt) <= 2 * refused


def our_catalog(name: str, code: str) -> tuple[polib.POFile, Locale]:
    locale = LOCALES.get(code)
    path = HOME / "courses" / name / "translations" / f"{code}.po"
    file = po.read_po(path, locale, by_context=True).file
    assert file is not None
    return file, locale


FIELD = {
    "ru": ([Term("helpline", ("телефон доверия",))], "Звоните по телефону доверия", "Звоните на горячую линию"),
    "fr": (
        [Term("right to privacy", ("droit à la vie privée",))],
        "son droit à sa vie privée",
        "son droit de dire non",
    ),
    "ar": ([Term("helpline", ("خط مساعدة",))], "اتصلوا بخط المساعدة", "اتصلوا بالشرطة"),
    "zh_Hans_CN": ([Term("helpline", ("求助热线",))], "拨打求助热线", "拨打电话"),
    "es": ([Term("trusted adult", ("adulto de confianza",))], "adultos de confianza", "un adulto cualquiera"),
}


@pytest.mark.parametrize(("code", "terms", "good", "bad"), [(code, *row) for code, row in FIELD.items()])
def test_glossary_knows_a_term_in_its_endings(code: str, terms: list[Term], good: str, bad: str) -> None:
    """Case, number, article and prefix are grammar; another word is another term."""
    glossary = Glossary(terms, code)
    source = f"About {terms[0].source}s or a {terms[0].source}"
    assert glossary.missing(source, good) == []
    assert glossary.missing(source, bad) == terms
    assert glossary.missing("Nothing of it", bad) == []


def test_glossary_longer_term_stands_before_the_shorter_in_it() -> None:
    """ "Risk" inside "risk assessment" is not asked for as well."""
    glossary = Glossary([Term("risk", ("risque",)), Term("risk assessment", ("évaluation",))], "fr")
    assert glossary.missing("A risk assessment", "Une évaluation") == []


@pytest.mark.parametrize("code", [*CODES, "hy"])
def test_glossary_files_can_be_read_and_forbid(code: str) -> None:
    """Each language's glossary has the field's terms, and the words we never use."""
    glossary = read_glossary(glossary_path(HOME, code), code)
    assert glossary is not None
    assert len(glossary.terms) > 70
    for term in glossary.terms:
        for form in term.forbidden:
            assert glossary.forbidden(f"… {form} …") is not None
            assert glossary.forbidden(f"«{form}»") is None


def test_glossary_row_without_source_is_told(tmp_path: Path) -> None:
    """With its line."""
    (tmp_path / "glossary.tsv").write_text("source\tforms\n\tmot\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"glossary\.tsv:2"):
        read_glossary(tmp_path / "glossary.tsv", "fr")
    assert read_glossary(tmp_path / "none.tsv", "fr") is None
