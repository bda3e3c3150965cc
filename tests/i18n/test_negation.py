"""A lost or added "not", language by language: what must be found, and what is a translator's right."""

from __future__ import annotations

import re

import pytest

from coplearn.i18n.checks.base import Subject
from coplearn.i18n.checks.negation import WORDS
from coplearn.i18n.checks.registry import findings, is_blocked

# (locale, source, target): each a reversal of what the source advises.
REVERSED = [
    ("ru", "Stay with your child.", "Не оставайтесь с ребенком."),
    ("ru", "Do not pay. Tell your child it is not their fault.", "Заплатите. Скажите ребенку, что он не виноват."),
    ("ru", "It is safe at home. Do not pay.", "Дома безопасно. Заплатите безопасно."),
    ("ru", "Let them end the call.", "Не давайте им закончить звонок."),
    ("ru", "Do not pay and do not answer.", "Заплатите и не отвечайте."),
    ("es", "Stay with your child.", "No se quede con su hijo."),
    ("es", "Do not pay. It is not their fault.", "Pague. No es su culpa."),
    ("es", "Understand the internet.", "No entienda internet."),
    ("fr", "Stay with your child.", "Ne restez pas avec votre enfant."),
    ("fr", "Do not pay. It is not their fault.", "Payez. Ce n’est pas sa faute."),
    ("fr", "Never ask this person.", "Demandez à cette personne."),
    ("ar", "Stay with your child.", "لا تبقوا مع طفلكم."),
    ("ar", "Do not pay. It is not their fault.", "ادفعوا. ليس الذنب ذنبه."),
    ("zh_Hans_CN", "Stay with your child.", "不要陪伴孩子。"),
    ("zh_Hans_CN", "Do not pay. It is not their fault.", "付钱。这不是孩子的错。"),
    ("hy", "Do not pay. It is not their fault.", "Վճարեք։ Դա իր մեղքը չէ։"),
]
FAITHFUL = [
    ("ru", "Avoid the room.", "Не заходите в комнату."),
    ("ru", "Do not pay. Tell your child it is not their fault.", "Не платите. Скажите ребенку, что он не виноват."),
    ("ru", "Do not copy, save or send it.", "Не копируйте, не сохраняйте и не отправляйте."),
    ("ru", "If you are not sure, ask.", "Если сомневаетесь, спросите."),
    ("es", "Use at most 8 characters.", "No use más de 8 caracteres."),
    ("es", "Do not pay, ask.", "No pague, pregunte."),
    ("fr", "The numbers differ.", "Les nombres ne sont pas les mêmes."),
    ("fr", "It is not only for parents.", "C’est aussi pour d’autres."),
    ("ar", "Only you see it.", "لا يراه إلا أنتم."),
    ("zh_Hans_CN", "Is it safe?", "安不安全？"),
    ("es", "You only play with girls, don't you?", "Solo juegas con niñas, ¿verdad?"),
    ("ru", "Shouldn't we find a rule?", "Может, нам ввести правило?"),
    ("fr", "Tears are not allowed.", "Il est interdit de pleurer."),
    ("fr", "She says: I can't go on.", "Elle dit : j’en peux plus."),
    ("ru", "A typed date isn't enough.", "Указанной даты мало."),
    ("ar", "Never punish, also not for something else.", "لا تعاقبوا أبداً، حتى على أمر آخر."),
]


def told(locale: str, source: str, target: str) -> set[str]:
    """The rules that a critical text breaks."""
    subject = Subject(source=source, forms=(target,), locale=locale, critical=True)
    return {found.check for found in findings(subject)}


@pytest.mark.parametrize(("locale", "source", "target"), REVERSED)
def test_reversed_advice_is_kept_from_learners(locale: str, source: str, target: str) -> None:
    """One "not" elsewhere in the text does not stand for the one that got lost."""
    assert "negation" in told(locale, source, target)
    assert is_blocked(Subject(source=source, forms=(target,), locale=locale, critical=True))


LOST = [row for row in REVERSED if re.search("not|never", row[1], re.IGNORECASE)]


@pytest.mark.parametrize(("locale", "source", "target"), LOST)
def test_lost_not_is_kept_from_learners_in_all_that_is_read_twice(locale: str, source: str, target: str) -> None:
    """A question, or a text that says where help is, need not be marked critical."""
    assert is_blocked(Subject(source=source, forms=(target,), locale=locale, read_twice=True))
    assert not is_blocked(Subject(source=source, forms=(target,), locale=locale))


@pytest.mark.parametrize(("locale", "source", "target"), [row for row in REVERSED if row not in LOST])
def test_added_not_is_told_where_a_text_is_read_twice(locale: str, source: str, target: str) -> None:
    """Whoever reads it a second time is warned; too many languages deny where English does not."""
    subject = Subject(source=source, forms=(target,), locale=locale, read_twice=True)
    assert {found.check: found.severity for found in findings(subject)}["negation"] == "W"


@pytest.mark.parametrize(("locale", "source", "target"), FAITHFUL)
def test_faithful_wording_passes(locale: str, source: str, target: str) -> None:
    """Other languages deny where English avoids, limits or counts."""
    assert "negation" not in told(locale, source, target)


def test_language_without_a_table_says_so() -> None:
    """Nobody believes that a rule looked where none did; with nothing to lose nothing is said."""
    assert "sw" not in WORDS
    assert "negation-unread" in told("sw", "Do not pay.", "Lipa.")
    assert "negation-unread" not in told("sw", "Ask.", "Uliza.")
    assert "negation-unread" not in told("ru", "Do not pay.", "Не платите.")
