"""Headings of rosters and states of people, read from any of six languages and written in one."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from coplearn.cohorts.common.rules.words import MemberState
from coplearn.cohorts.people.rules.columns import HEADERS, MONEY, Column, Words
from coplearn.cohorts.people.rules.joining import tidy

STATE_WORDS: Final[Mapping[MemberState, Words]] = {
    MemberState.ACTIVE: {
        "en": ("Taking part", "Active", "Yes"), "ar": ("مشارك", "يشارك", "نشط"), "zh": ("参加", "参加中"),
        "fr": ("Participe", "Actif", "Inscrit"), "ru": ("Участвует", "Активен"), "es": ("Participa", "Activo"),
    },
    MemberState.INVITED: {
        "en": ("Invited",), "ar": ("مدعو",), "zh": ("已邀请",),
        "fr": ("Invité", "Invitée"), "ru": ("Приглашён", "Приглашена"), "es": ("Invitado", "Invitada"),
    },
    MemberState.WAITING: {
        "en": ("Waiting for approval", "Waiting"), "ar": ("بانتظار الموافقة",), "zh": ("等待批准",),
        "fr": ("En attente",), "ru": ("Ожидает одобрения", "Ожидает"), "es": ("En espera",),
    },
    MemberState.QUEUED: {
        "en": ("On the waiting list", "Waiting list"), "ar": ("على قائمة الانتظار", "قائمة الانتظار"),
        "zh": ("候补", "候补名单"), "fr": ("Sur liste d’attente", "Liste d’attente"),
        "ru": ("В листе ожидания", "Лист ожидания"), "es": ("En lista de espera", "Lista de espera"),
    },
    MemberState.WITHDRAWN: {
        "en": ("Withdrawn",), "ar": ("منسحب",), "zh": ("已退出",),
        "fr": ("Retiré", "Retirée"), "ru": ("Выбыл", "Выбыла"), "es": ("Retirado", "Retirada"),
    },
}  # fmt: skip


@lru_cache(maxsize=8192)
def folded(text: str) -> str:
    """A heading without what people write in different ways: case, accents, points, underscores."""
    plain = unicodedata.normalize("NFKD", tidy(text)).casefold()
    return " ".join("".join(letter if letter.isalnum() else " " for letter in plain if letter != "ـ"
                            and unicodedata.category(letter) != "Mn").split())  # fmt: skip


_NONE: Final = frozenset(
    folded(word)
    for word in (
        "",
        "-",
        "n/a",
        "none",
        "no",
        "لا يوجد",
        "بدون",
        "无",
        "没有",
        "aucun",
        "néant",
        "нет",
        "no tiene",
        "ninguno",
    )
)
"""What people write into a column for those who have no such thing."""
_HEADING: Final = {
    folded(word): column for column, words in HEADERS.items() for some in words.values() for word in some
}
_MONEY: Final = frozenset(folded(word) for word in MONEY)
_STATE: Final = {
    folded(word): state for state, words in STATE_WORDS.items() for some in words.values() for word in some
}


def column_of(heading: str) -> Column | None:
    """The column that the heading names, in any of the languages, also of a pair such as "Name / الاسم"."""
    for part in (heading, *heading.replace("(", "/").replace("|", "/").replace("\n", "/").split("/")):
        column = _HEADING.get(folded(part))
        if column is not None:
            return column
    return None


def is_money(heading: str) -> bool:
    """Whether that heading is one of a list of things and what they cost."""
    return folded(heading) in _MONEY


def state_of(word: str) -> MemberState | None:
    """The state that the word names, in any of the languages."""
    return _STATE.get(folded(word))


def means_none(word: str) -> bool:
    """Whether somebody wrote that there is none, such as no mail address, or nothing at all."""
    return folded(word) in _NONE


def heading(column: Column, language: str) -> str:
    """The name of that column in our own files, in the language when it is one of the six, else in English."""
    words = HEADERS[column]
    return words.get(language, words["en"])[0]


def state_word(state: str, language: str) -> str:
    """The name of that state in our own files."""
    words = STATE_WORDS[MemberState(state)]
    return words.get(language, words["en"])[0]
