"""The checks of a question as a whole."""

from __future__ import annotations

import pytest

from coplearn.i18n.checks.base import Subject
from coplearn.i18n.checks.quiz import GROUP_CHECKS, Group, group_findings

SOURCE = {
    "stem": "What first?",
    "opt.a": "Listen to her",
    "opt.a.reason": "Yes.",
    "opt.b": "Shout at her",
    "opt.c": "Wait",
}
GOOD = {"stem": "Quoi d’abord ?", "opt.a": "L’écouter", "opt.a.reason": "Oui.", "opt.b": "Crier", "opt.c": "Attendre"}
BAD = {
    "options-same": {"opt.b": "**l’écouter**."},
    "option-empty": {"opt.b": "…"},
    "half-translated": {"opt.c": ""},
    "longest-answer": {"opt.a": "L’écouter longuement, sans rien dire, puis la remercier"},
    "letter-reference": {"opt.c": "Toutes les réponses ci-dessus"},
}


def group(**changed: str) -> Group:
    """The question in French, with some texts changed."""
    texts = GOOD | {name.replace("_", "."): text for name, text in changed.items()}
    subjects = [
        Subject(source=SOURCE[facet], forms=(text,), locale="fr", context=f"check#q.{facet}")
        for facet, text in texts.items()
    ]
    return Group(tuple(subjects), frozenset({"check#q.opt.a"}))


@pytest.mark.parametrize(("check", "changed"), BAD.items())
def test_question_check_finds_what_it_is_there_for(check: str, changed: dict[str, str]) -> None:
    """The text at fault is named."""
    assert (f"check#q.{next(iter(changed))}", check) in [
        (context, finding.check) for context, finding in group_findings(group(**changed))
    ]


def test_question_good_one_passes() -> None:
    """An honest question is not complained of."""
    assert group_findings(group()) == []


def test_question_nobody_began_is_not_half_translated() -> None:
    """What is not begun is only missing."""
    assert group_findings(group(**dict.fromkeys(GOOD, ""))) == []


def test_question_pairs_may_share_words_across_sides() -> None:
    """The left and the right of a pair are not answers to each other."""
    sides = [
        Subject(source=side, forms=("Même",), locale="fr", context=f"check#q.pair.one.{side}")
        for side in ("left", "right")
    ]
    assert group_findings(Group(tuple(sides))) == []


def test_question_table_covers_every_check() -> None:
    """No check without an example."""
    assert {check.id for check in GROUP_CHECKS} == set(BAD)
