"""What is true of every check and every text: nothing raises, fixes fix, and no text keeps the site busy."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coplearn.i18n.checks import size
from coplearn.i18n.checks.base import Subject
from coplearn.i18n.checks.reading import CheckedText
from coplearn.i18n.checks.registry import CHECKS, findings, is_blocked
from tests.sizes import examples

LOCALES = ("ar", "es", "fr", "hy", "ru", "zh_Hans_CN", "en")
# What checks look for, in no order, is likelier to meet a slip than letters alone.
PIECES = st.sampled_from(
    [*" \n:;!?.,*_`[]()<>«»“”\"'’%{}#|-@/\\&", "  ", "**", "](", "%(n)s", "{{a}}", "https://a.b", "\u200b", "\u200d"]
    + [
        "\u00a0",
        "\u2068",
        "\u2069",
        "\u0640",
        "\ufffc",
        "الطفل",
        "و",
        "孩子",
        "１",
        "Ребенок",
        "вы",
        "երեխա",
        "եւ",
        "l'a",
    ]
    + ["112", "call 112", "٢", "2024-01-02", "not", "word word", "&lt;", "\ud800", "\x00", "\U0001f600", "é", "A la"]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=24).map("".join))
SUBJECTS = st.builds(
    Subject,
    source=TEXTS,
    forms=st.lists(TEXTS, min_size=1, max_size=3).map(tuple),
    locale=st.sampled_from(LOCALES),
    plural=st.sampled_from(["", "%(n)s days"]),
    nplurals=st.sampled_from([0, 2]),
    context=st.sampled_from(["", "a#title", "a#q.opt.x"]),
    kind=st.sampled_from(["course", "interface"]),
    critical=st.booleans(),
    max_length=st.sampled_from([None, 3]),
)


@examples(60, 400)
@given(SUBJECTS)
def test_checks_answer_whatever_the_text_holds(subject: Subject) -> None:
    """No text from outside breaks a page, and the quick answer is the long one's."""
    found = findings(subject)
    assert is_blocked(subject) == any(finding.severity == "E" for finding in found)
    for finding in found:
        assert all(f"%({name})s" in finding.phrase.text for name in finding.phrase.params)
        if finding.span is not None:
            assert 0 <= finding.span[0] <= finding.span[1] <= len(subject.forms[finding.form])


@examples(60, 400)
@given(SUBJECTS)
def test_check_fix_makes_its_finding_go_away(subject: Subject) -> None:
    """Whoever takes a repair is not asked again, and taking it twice changes nothing."""
    for finding in findings(subject):
        if finding.fix is None:
            continue
        forms = list(subject.forms)
        forms[finding.form] = finding.fix
        mended = Subject(
            source=subject.source,
            forms=tuple(forms),
            locale=subject.locale,
            plural=subject.plural,
            nplurals=subject.nplurals,
            kind=subject.kind,
        )
        again = [one for one in findings(mended) if one.check == finding.check and one.form == finding.form]
        assert not again


@examples(60, 300)
@example(Subject(source="a\r\n", forms=("b",), locale="ar"))
@given(SUBJECTS)
def test_check_fix_never_makes_a_good_text_unfit(subject: Subject) -> None:
    """Whoever takes a repair of a text that could be shown has a text that can be shown."""
    if not is_blocked(subject):
        assert not any(is_blocked(mended) for mended in _mended(subject))


def test_check_fix_leaves_code_links_and_places_alone() -> None:
    """A repair of spaces or quotation marks never reaches an address."""
    text = "Voyez  «[l'aide](ref:a!b)»: `a  b!`, {{fact:x}}!"
    subject = Subject(source="a", forms=(text,), locale="fr")
    repairs = [mended.forms[0] for mended in _mended(subject)]
    assert len(repairs) > 2
    for mended in repairs:
        assert "(ref:a!b)" in mended
        assert "`a  b!`" in mended
        assert "{{fact:x}}" in mended


def _mended(subject: Subject) -> list[Subject]:
    """The text after each of the repairs that its findings offer."""
    return [
        replace(subject, forms=(*subject.forms[: one.form], one.fix, *subject.forms[one.form + 1 :]))
        for one in findings(subject)
        if one.fix is not None
    ]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    "piece",
    ["[", "*", "`", "<", "&lt;", "(", "1 ", "a ", "«", "\u2068", "the the ", "%(", "http://", "a@", "\u200b", "\n"],
)
def test_check_refuses_an_endless_text_unread(piece: str, locale: str) -> None:
    """The bound on length and marks comes before any parser, so a hostile text costs no more than its counting."""
    target = piece * (100_000 // len(piece))
    for source, text in (("a" * 9_000, target), (target, "a")):
        found = findings(Subject(source=source, forms=(text,), locale=locale))
        assert [finding.check for finding in found] == ["max-input"]


def test_check_bound_is_the_first_asked() -> None:
    """Also when only the errors are asked for."""
    assert CHECKS[0].id == "max-input"
    assert size.is_too_much("[" * 401, "a")
    assert size.is_too_much("a" * 9000, "a" * (size.MAX_INPUT + 1))
    assert not size.is_too_much("a" * 9000, "a" * size.MAX_INPUT)


def test_reading_covers_machine_parts_in_place() -> None:
    """A span in the covered text is a span in the text."""
    text = "`a!` [b](ref:c!) %(n)s {{d!}} <i> https://e.f/! x"
    masked = CheckedText(text, is_markdown=True).masked
    assert len(masked) == len(text)
    assert "!" not in masked and masked.endswith(" x") and "[b]" in masked
