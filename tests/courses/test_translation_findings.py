"""The checks of one translated message: good and bad, one class each."""

from __future__ import annotations

import pytest

from coplearn.courses.findings import CHECKS, findings, is_blocked

BAD = {
    "length": [("Short", "[a](" * 200)],
    "placeholders": [
        ("At %(day)s.", "Le %(jour)s."),
        ("{{fact:line}} now", "maintenant"),
        ("Hi {name}", "Salut {nom}"),
    ],
    "links": [("[a](ref:x)", "[a](ref:y)"), ("Plain", "[a](help:)"), ("[a](help:) [b](help:)", "[a](help:)")],
    "blocks": [("One.\n\nTwo.", "Un. Deux."), ("One.", "Un.\n\nDeux.")],
    "html": [("a", "<b>a</b>"), ("a", "a <!-- b -->"), ("a", "JavaScript :x"), ("a", "&lt;script&gt;")],
    "bidi-override": [("a", "a\u202eb"), ("a", "\u202ab\u202c")],
    "bidi-isolate": [("a", "\u2068a"), ("a", "a\u2069"), ("a\n\nb", "\u2067a\n\nb\u2069")],
    "control": [("a", "a\x1bb"), ("a", "a\u2028b"), ("a", "a\ufeffb"), ("a", "a\U000e0041")],
    "blank": [("a", "  "), ("a", "\u00a0\u200b")],
    "same": [("Good words", "Good words")],
    "numbers": [("Since 2024, 79%", "Depuis 2042, 79%"), ("5 steps", "steps")],
    "marks": [("**a** b", "a b"), ("*a* b", "**a** b")],
}
GOOD = [
    ("At %(day)s on {{fact:x}}.", "{{fact:x}} : %(day)s"),
    ("[a](ref:x) [b](help:)", "[b](help:) [a](ref:x)"),
    ("One.\n\nTwo.", "Un.\n\nDeux."),
    ("2,024 of 79%", "79% \u0645\u0646 \u0662\u0660\u0662\u0664"),
    ("Some **strong** words", "\u200f\u0643\u0644\u0645\u0627\u062a **\u0642\u0648\u064a\u0629**"),
    ("Ask \u2068Sami\u2069", "\u2068Sami\u2069 ?"),
    ("a < b", "c < d"),
]


@pytest.mark.parametrize(
    ("check", "source", "target"), [(name, *pair) for name, pairs in BAD.items() for pair in pairs]
)
def test_finding_is_told(check: str, source: str, target: str) -> None:
    """A reviewer sees which rule the translation breaks."""
    found = {finding.check: finding.severity for finding in findings(source, target)}
    assert check in found
    assert is_blocked(source, target) == ("E" in found.values())


@pytest.mark.parametrize(("source", "target"), GOOD)
def test_finding_honest_translation_passes(source: str, target: str) -> None:
    """Other word order, other digits and other marks are a translator's right."""
    assert findings(source, target) == []


def test_finding_table_covers_every_check() -> None:
    """No check without an example that it is there for."""
    assert {check.id for check in CHECKS} == set(BAD)
