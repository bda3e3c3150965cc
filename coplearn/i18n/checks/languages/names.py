"""The people of our courses' stories: their names in the source, and in languages whose names have cases."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from coplearn.i18n.checks.base import Hit, PairCheck, Subject
from coplearn.i18n.checks.reading import CheckedText
from coplearn.kernel.text import N_

RUSSIAN: Final = {
    "Adam": "Адам",
    "Ali": "Али",
    "Amina": "Амина",
    "Anna": "Анна",
    "Daniel": "Даниэль",
    "Daria": "Дарья",
    "Elena": "Елена",
    "Karim": "Карим",
    "Leila": "Лейла",
    "Lina": "Лина",
    "Maria": "Мария",
    "Marta": "Марта",
    "Martin": "Мартин",
    "Maya": "Майя",
    "Milo": "Мило",
    "Mira": "Мира",
    "Nadia": "Надя",
    "Noor": "Нура",
    "Omar": "Омар",
    "Salma": "Сальма",
    "Sami": "Самир",
    "Sara": "Сара",
    "Victor": "Виктор",
    "Viktor": "Виктор",
}
"""Each person of a course's README.md. Names that decline were chosen where there was a choice: Нура and not Нур."""
NAMES: Final = frozenset(RUSSIAN)
_BEFORE: Final = (
    r"(?:к|ко|от|у|для|без|из|с|со|о|об|обо|про|за|на|над|под|перед|между|через|против|около|после|кроме|вместо|ради|по"
    r"|благодаря|насчет|возле|рядом с|вместе с)"
)
_STIFF: Final = ("Али", "Мило", "Нур", "Сами")
"""Names that look the same in every case, those of our first edition among them."""
_DECLINED: Final = "|".join(sorted({name for name in RUSSIAN.values() if name not in _STIFF}))


class RuName(PairCheck):
    """«Для Лина» is no Russian, and of «пишет Нур» nobody knows who writes."""

    id = "ru-name"
    severity = "W"
    message = N_("Look at the name %(name)s: here its case must be seen, or nobody knows who does what.")
    languages: ClassVar = frozenset({"ru"})
    undeclined: ClassVar = re.compile(rf"(?<!\w){_BEFORE}\s({_DECLINED})(?!\w)")
    stiff: ClassVar = re.compile(
        rf"(?<!\w)[а-яё]+(?:ет|ит|ют|ят|ла?)\s({'|'.join(_STIFF)})(?!\w)"
        rf"|(?<!\w)({'|'.join(_STIFF)})\s(?:[а-яё]+\s)?(?:нужно|можно|надо|пришлось|становится|стало|было|легче|трудно)(?!\w)"
    )

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """A name as in the dictionary after a word that asks for a case, or one without cases beside a verb."""
        found = self.undeclined.search(target.masked) or self.stiff.search(target.masked)
        return Hit(found.span(), params={"name": next(filter(None, found.groups()))}) if found else None
