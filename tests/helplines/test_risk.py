"""Remarks on a text about children: one that tells of a child at risk is known, and the words of the field are not in the way."""

from __future__ import annotations

import pytest

from coplearn.helplines.risk import tells_of_a_child

TELLING = (
    "My daughter is being blackmailed by a man.",
    "We agree. A girl in my class was raped.",
    "I want to die.",
    "I was abused as a child, so I know.",
    "Mi hija sufre acoso en su escuela",
    "Un hombre chantajea a mi sobrina",
    "Ma fille est harcelée à l’école",
    "On m’a touchée.",
    "Мою дочь шантажируют.",
    "Моего сына бьют в школе",
    "ابنتي تتعرض للابتزاز",
    "يهدد رجل لابنتي بنشر صور خاصة",
    "我女儿被勒索",
    "我的学生想自杀",
    "Աղջիկս սպառնալիք է ստանում",
    "Տղաս բռնության է ենթարկվում",
)
OF_THE_FIELD = (
    "Add grooming and sexual extortion to the list of harms.",
    "States should make sure that every child who is abused gets help.",
    "In my view the word violence is missing in this paragraph. Every child counts.",
    "Our country has laws on abuse material; he or she is protected.",
    "As a mother I welcome it. Children must be safe from danger.",
    "Falta la explotación y el abuso. Todos los niños tienen derecho a protección.",
    "Me tocó leer este párrafo: mi organización propone añadir violencia.",
    "Il manque la violence en ligne. Mon organisation propose « harcèlement ».",
    "Мое предложение: добавить насилие и эксплуатацию. Каждый ребенок имеет право.",
    "أقترح إضافة الاستغلال والابتزاز إلى القائمة. لكل طفل الحق في الحماية من العنف",
    "我建议加上剥削和暴力。每个孩子都有权利。",
    "Առաջարկում եմ ավելացնել բռնություն և շահագործում։ Յուրաքանչյուր երեխա իրավունք ունի",
)


@pytest.mark.parametrize("said", TELLING)
def test_a_remark_that_tells_of_a_child_is_known(said: str) -> None:
    """In every language of the site, whatever language the page is in, and in the middle of a longer remark."""
    assert tells_of_a_child(f"This paragraph is good. {said} Thank you.")


@pytest.mark.parametrize("said", OF_THE_FIELD)
def test_words_of_the_field_alone_are_no_such_remark(said: str) -> None:
    """Whoever works on a statement about abuse writes of abuse."""
    assert not tells_of_a_child(said)
