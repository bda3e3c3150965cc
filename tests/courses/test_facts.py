"""Facts that differ by country, and sources with the day they were read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from coplearn.courses.cli import course as commands
from tests.courses.makecourse import LESSON, MODULE, Folder, make_course

SOURCE = """  fr-code:
    owner: Légifrance
    year: 2024
    title: Code de procédure pénale
    url: https://www.legifrance.gouv.fr/codes
    kind: law
    read: 2026-11-29
    check_by: 2027-06-30
"""
TITLE = "Code de procédure pénale"
FACTS = """facts:
  duty:
    text: In many countries some professions must report by law.
    advice: true
    countries:
      FR: {text: Whoever holds an office must report., source: fr-code}
"""


def with_fact(where: Path) -> Folder:
    """A course with a lesson that shows a fact."""
    folder = make_course(where)
    folder.add(MODULE, SOURCE + FACTS)
    folder.add(LESSON, "\n:::fact duty\n:::\n")
    return folder


def test_fact_is_read_with_its_countries_and_messages(tmp_path: Path) -> None:
    """Each sentence is a message for translators that has to be read twice."""
    held = with_fact(tmp_path).course()
    fact = held.modules[0].facts["duty"]
    assert fact.told("FR")[1].source == "fr-code"
    assert fact.told("DE") == fact.told(None) == ("", fact.general)
    messages = {message.context: message for message in held.messages}
    assert messages["module.begin#fact.duty.FR"].text == "Whoever holds an office must report."
    assert messages["module.begin#fact.duty"].needs_second_reading
    assert held.modules[0].sources["fr-code"].check_by == date(2027, 6, 30)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("    read: 2026-11-29\n", "", "source-undated"),
        ("    check_by: 2027-06-30\n", "", "source-undated"),
        ("check_by: 2027-06-30", "check_by: 2028-06-30", "source-dates"),
        ("check_by: 2027-06-30", "check_by: 2026-11-29", "source-dates"),
        ("read: 2026-11-29", "read: 2026-11-31", "not-a-date"),
        ("read: 2026-11-29", "read: yesterday", "bad-value"),
        ("kind: law", "kind: rumour", "unknown-kind"),
        ("https://www.legifrance.gouv.fr/codes", "https://fr.wikipedia.org/wiki/Code", "source-second-hand"),
        ("kind: law", "kind: law\n    voice: press", "source-second-hand"),
        ("kind: law", "kind: law\n    voice: reprint", "source-second-hand"),
        ("kind: law", "kind: guidance\n    voice: press", "source-second-hand"),
        ("kind: law", "kind: law\n    voice: hearsay", "unknown-voice"),
        (
            "https://www.legifrance.gouv.fr/codes",
            "https://x.substack.com/p\n    why: None was found.",
            "source-second-hand",
        ),
        ("kind: law\n    read: 2026-11-29\n    check_by: 2027-06-30", "undated: true", "source-undated"),
        ("source: fr-code", "source: fr-cod", "ref-unknown"),
        ("FR: {", "XX: {", "unknown-country"),
        (", source: fr-code}", "}", "missing-key"),
    ],
)
def test_fault_of_a_fact_or_its_source_is_refused(old: str, new: str, code: str, tmp_path: Path) -> None:
    """A law without its day, without its owner's page, without a source, for no country: none goes live."""
    folder = with_fact(tmp_path)
    folder.swap(MODULE, old, new)
    assert code in {problem.code for problem in folder.load().problems.errors}


@pytest.mark.parametrize(("voice", "why"), [("official", ""), ("press", "\n    why: Its text was not read.")])
def test_law_that_an_authority_tells_or_that_says_why_is_taken(voice: str, why: str, tmp_path: Path) -> None:
    """And whoever lists what has to be read again sees what was read in the owner's place."""
    folder = with_fact(tmp_path)
    folder.swap(MODULE, "kind: law", f"kind: law\n    voice: {voice}{why}")
    assert folder.codes() == set()
    assert ("press: Its text was not read." in _run("facts", folder, "--all")) == bool(why)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("kind: law", "kind: guidance", None),
        ("kind: law", "kind: guidance\n    voice: reprint\n    why: It has the whole text.", None),
        ("title: Code de procédure pénale\n", "title: Digital Services Act\n", None),
        (
            "title: Code de procédure pénale\n    url",
            "title: Digital Services Act\n    kind: guidance\n    url",
            "source-kind",
        ),
        ("pénale\n", "pénale (read 29 November 2026)\n", "source-title"),
        ("pénale\n", "pénale (undated page)\n", "source-title"),
        ("pénale\n", "pénale (read again in 2020)\n", None),
        ("owner: Légifrance", "owner: Regulation office", None),
        ("owner: Légifrance", "owner: Somebody (press)", "source-voice"),
        ("owner: Légifrance", "owner: Somebody, on the code of France", "source-voice"),
        ("owner: Légifrance", "owner: Somebody, on the code of France\n    voice: official", None),
        ("    advice: true\n", "", "fact-uncited"),
        ("    advice: true\n", "    source: fr-code\n", None),
    ],
)
def test_what_a_source_is_called_is_held_against_what_it_declares(
    old: str, new: str, code: str | None, tmp_path: Path
) -> None:
    """Guidance that is called a law, an owner who is called the press, and a sentence on the world without a source: told."""
    folder = with_fact(tmp_path)
    if "\n    kind: guidance\n" in new:
        folder.swap(MODULE, "    kind: law\n", "")
    folder.swap(MODULE, old, new)
    assert [(problem.severity, problem.code) for problem in folder.load().problems] == [("warning", code)] * bool(code)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (":::fact other\n:::\n", "fact-unknown"),
        (":::fact\n:::\n", "markdown-callout"),
        (":::fact duty\nwords\n:::\n", "markdown-callout"),
        (":::fact duty\n", "markdown-callout"),
    ],
)
def test_fact_that_cannot_be_shown_is_refused(text: str, code: str, tmp_path: Path) -> None:
    """One that the module does not list, or one that is not written as a fact is."""
    folder = with_fact(tmp_path)
    folder.add(LESSON, f"\n{text}")
    assert code in folder.codes()


def test_fact_that_no_lesson_shows_is_told(tmp_path: Path) -> None:
    """Nobody would miss it, and somebody keeps it up to date."""
    folder = make_course(tmp_path)
    folder.add(MODULE, SOURCE + FACTS)
    assert "fact-unused" in folder.codes()


@pytest.mark.parametrize(
    ("says", "kind", "code"),
    [
        ("There were 82% of them", "figure", "figure-uncited"),
        ("The Digital Act says so", "law", "law-uncited"),
        ("It stands in article 9", "law", "law-uncited"),
        ("Whoever thinks of suicide is asked", "clinical", "clinical-uncited"),
        ("A poisoning needs a doctor", "clinical", "clinical-uncited"),
        ("Take It Down removes it", "service", "service-uncited"),
    ],
)
def test_page_cites_a_source_of_its_kind(says: str, kind: str, code: str, tmp_path: Path) -> None:
    """Guidance is none; the figure may be any of the four kinds', the law, the step and the service are of their own."""
    folder = make_course(tmp_path)
    for name in ("figure", "law", "clinical", "service"):
        title = "Take It Down, questions" if name == "service" else name
        folder.add(MODULE, SOURCE.replace("fr-code", name).replace("kind: law", f"kind: {name}").replace(TITLE, title))
    folder.add(LESSON, f"\n{says}, [as they say](ref:un-gc25). {{#bsayssay}}\n")
    assert code in folder.codes()
    page = folder.read(LESSON)
    for cited in ("figure", "law", "clinical", "service"):
        folder.write(LESSON, page.replace("as they say](ref:un-gc25)", f"as they say](ref:{cited})"))
        assert (code in folder.codes()) == (code != "figure-uncited" and cited != kind)


@pytest.mark.parametrize("figure", ["82% of people", "1 in 7 of them", "18,898 reports", "300 million children"])
def test_page_with_figures_cites_a_source(figure: str, tmp_path: Path) -> None:
    """Told in any course, refused in one that names critical skills, and neither where the page cites somebody."""
    folder = make_course(tmp_path)
    folder.write(LESSON, folder.read(LESSON).replace("ref:un-gc25", "help:") + f"\nThere were {figure} there.\n")
    told = [problem for problem in folder.load().problems if problem.code == "figure-uncited"]
    assert [(problem.severity, figure.split(" ")[0] in problem.what) for problem in told] == [("warning", True)]
    folder.add(MODULE, "critical_skills:\n  begin-well: Begin a talk with a question.\n")
    assert "figure-uncited" in {problem.code for problem in folder.load().problems.errors}
    folder.add(LESSON, "\nIt stands in [the comment](ref:un-gc25).\n")
    assert "figure-uncited" in folder.codes()
    folder.swap(
        MODULE, "    year: 2021", "    kind: figure\n    read: 2026-11-29\n    check_by: 2027-06-30\n    year: 2021"
    )
    assert "figure-uncited" not in folder.codes()


def _run(name: str, folder: Folder, *more: str) -> str:
    done = CliRunner().invoke(commands, [name, str(folder.path), *more])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize(("today", "is_due"), [("2027-06-29", False), ("2027-06-30", True), ("2030-01-01", True)])
def test_source_is_due_from_its_day_on(today: str, is_due: bool, tmp_path: Path) -> None:
    """By the day that is given, so that an author sees today what will be due."""
    folder = with_fact(tmp_path)
    assert ("source-due" in _run("check", folder, "--today", today)) == is_due
    told = _run("facts", folder, "--today", today)
    assert ("2027-06-30" in told and "facts: duty" in told and "Légifrance" in told) == is_due
    assert "fr-code" in _run("facts", folder, "--today", today, "--all")
