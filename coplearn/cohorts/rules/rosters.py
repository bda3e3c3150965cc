"""What a roster's columns are called in six languages, and what one line of it says about a person."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from coplearn.cohorts.rules.joining import (
    CARD_LENGTH,
    LONGEST_NAME,
    LONGEST_REGION,
    latin_digits,
    person_key,
    read_code,
    stored_address,
    tidy,
)
from coplearn.cohorts.rules.words import MemberState
from coplearn.kernel.text import N_, Phrase

LONGEST_CELL: Final = 2_000


class Stage(StrEnum):
    """How far a roster file is on its way in."""

    LOOKING = "looking"
    LOOKED = "looked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Column(StrEnum):
    """What a column of a roster may hold."""

    NAME = "name"
    FIRST = "first"
    LAST = "last"
    EMAIL = "email"
    ORGANISATION = "organisation"
    REGION = "region"
    LANGUAGE = "language"
    STATE = "state"
    CODE = "code"


COLUMNS: Final[Mapping[Column, str]] = {
    Column.NAME: N_("Name"),
    Column.FIRST: N_("First name"),
    Column.LAST: N_("Family name"),
    Column.EMAIL: N_("Mail address"),
    Column.ORGANISATION: N_("Organisation"),
    Column.REGION: N_("Region"),
    Column.LANGUAGE: N_("Language"),
    Column.STATE: N_("State"),
    Column.CODE: N_("Card code"),
}

Words = Mapping[str, tuple[str, ...]]
HEADERS: Final[Mapping[Column, Words]] = {
    Column.NAME: {
        "en": ("Name", "Full name", "Participant", "Participant name", "Trainee", "Teacher", "Student", "Learner"),
        "ar": (
            "الاسم",
            "الاسم الكامل",
            "الاسم واللقب",
            "اسم المشارك",
            "المشارك",
            "اسم المتدرب",
            "الاسم الثلاثي",
            "اسم",
        ),
        "zh": ("姓名", "名字", "学员", "学员姓名", "参加者", "参训人员", "老师姓名"),
        "fr": (
            "Nom et prénom",
            "Nom complet",
            "Nom et prénoms",
            "Prénom et nom",
            "Participant",
            "Participante",
            "Stagiaire",
        ),
        "ru": (
            "ФИО",
            "Ф.И.О.",
            "Фамилия, имя, отчество",
            "Фамилия имя",
            "Имя и фамилия",
            "Участник",
            "Слушатель",
            "Полное имя",
        ),
        "es": ("Nombre y apellidos", "Nombre completo", "Apellidos y nombre", "Nombre y apellido", "Participante"),
    },
    Column.FIRST: {
        "en": ("First name", "Given name", "Forename", "First"),
        "ar": ("الاسم الأول", "الاسم الشخصي"),
        "zh": ("名",),
        "fr": ("Prénom", "Prénoms"),
        "ru": ("Имя",),
        "es": ("Nombre", "Nombres", "Nombre de pila"),
    },
    Column.LAST: {
        "en": ("Family name", "Last name", "Surname", "Last"),
        "ar": ("اللقب", "اسم العائلة", "الكنية", "النسب", "الاسم العائلي"),
        "zh": ("姓", "姓氏"),
        "fr": ("Nom de famille", "Nom"),
        "ru": ("Фамилия",),
        "es": ("Apellidos", "Apellido"),
    },
    Column.EMAIL: {
        "en": ("E-mail", "Email", "Mail", "Email address", "E-mail address", "Mail address"),
        "ar": ("البريد الإلكتروني", "البريد", "الإيميل", "ايميل", "عنوان البريد الإلكتروني", "بريد إلكتروني"),
        "zh": ("电子邮件", "邮箱", "电子邮箱", "邮件", "电邮", "邮箱地址", "邮件地址"),
        "fr": (
            "Adresse électronique",
            "Courriel",
            "E-mail",
            "Adresse e-mail",
            "Mél",
            "Adresse mail",
            "Courrier électronique",
        ),
        "ru": ("Электронная почта", "Почта", "Эл. почта", "Адрес электронной почты", "Имейл", "Эл. адрес"),
        "es": ("Correo electrónico", "Correo", "Dirección de correo", "Correo-e", "Dirección de correo electrónico"),
    },
    Column.ORGANISATION: {
        "en": ("Organisation", "Organization", "School", "Institution", "Company", "Employer", "Workplace"),
        "ar": ("المؤسسة", "المنظمة", "المدرسة", "الجهة", "جهة العمل", "الهيئة", "مكان العمل", "الشركة"),
        "zh": ("单位", "机构", "组织", "学校", "工作单位", "公司"),
        "fr": ("Organisation", "Établissement", "École", "Organisme", "Structure", "Institution", "Société"),
        "ru": ("Организация", "Школа", "Учреждение", "Место работы", "Компания"),
        "es": ("Organización", "Institución", "Escuela", "Centro", "Colegio", "Entidad", "Empresa"),
    },
    Column.REGION: {
        "en": ("Region", "Province", "District", "Governorate", "City", "State or province"),
        "ar": ("المنطقة", "الجهة الترابية", "المحافظة", "الولاية", "الإقليم", "المدينة"),
        "zh": ("地区", "省份", "省", "城市", "所在地"),
        "fr": ("Région", "Province", "Département", "Ville", "Wilaya"),
        "ru": ("Регион", "Область", "Район", "Город"),
        "es": ("Región", "Provincia", "Departamento", "Ciudad"),
    },
    Column.LANGUAGE: {
        "en": ("Language", "Lang", "Locale", "Preferred language"),
        "ar": ("اللغة", "لغة", "اللغة المفضلة"),
        "zh": ("语言", "语种"),
        "fr": ("Langue", "Langue préférée"),
        "ru": ("Язык", "Предпочитаемый язык"),
        "es": ("Idioma", "Lengua"),
    },
    Column.STATE: {
        "en": ("State", "Status"),
        "ar": ("الحالة",),
        "zh": ("状态",),
        "fr": ("État", "Statut"),
        "ru": ("Состояние", "Статус"),
        "es": ("Estado", "Situación"),
    },
    Column.CODE: {
        "en": ("Card code", "Code", "Card"),
        "ar": ("رمز البطاقة", "الرمز", "البطاقة"),
        "zh": ("卡片代码", "代码", "卡号"),
        "fr": ("Code de la carte", "Code", "Carte"),
        "ru": ("Код карточки", "Код", "Карточка"),
        "es": ("Código de la tarjeta", "Código", "Tarjeta"),
    },
}
"""By language; the first is what our own files say."""
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
    MemberState.WITHDRAWN: {
        "en": ("Withdrawn",), "ar": ("منسحب",), "zh": ("已退出",),
        "fr": ("Retiré", "Retirée"), "ru": ("Выбыл", "Выбыла"), "es": ("Retirado", "Retirada"),
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is to be read; the person may change each part."""

    kind: str
    """``csv`` or ``xlsx`` (which was turned into a CSV of ours)."""
    encoding: str
    delimiter: str
    header: int
    """The line the headings stand in; what is above is left out. 0 for a file without."""
    columns: tuple[str, ...]
    """For each column a :class:`Column`, or empty for one that is left out."""
    take_part: bool = False
    """Whether new people with a mail address are in at once, instead of being invited."""
    sheet: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether it says where the names are."""
        return bool({Column.NAME, Column.FIRST, Column.LAST} & set(self.columns))


@dataclass(frozen=True, slots=True)
class Draft:
    """A person as a line of the file tells of them; empty for what it does not say."""

    line: int
    name: str
    email: str | None
    organisation: str
    region: str
    locale: str
    state: str
    card_code: str | None

    @property
    def key(self) -> str:
        """What makes them one person."""
        return person_key(self.name, self.email, self.organisation, self.card_code)

    @property
    def name_key(self) -> str:
        """The key they have, or had, without mail and card."""
        return person_key(self.name, None, self.organisation)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a line was not taken."""

    line: int
    column: str
    """A :class:`Column`; empty for the line as a whole."""
    value: str
    reason: Phrase


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who is in the cohort already."""

    id: int
    key: str
    name: str
    email: str | None
    organisation: str
    region: str
    locale: str
    state: str
    card_code: str | None
    user_id: int | None


@dataclass(slots=True)
class Tally:
    """What the lines of a file came to."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def lines(self) -> int:
        """How many there were."""
        return self.added + self.changed + self.unchanged + self.refused


@lru_cache(maxsize=8192)
def folded(text: str) -> str:
    """A heading without what people write in different ways: case, accents, points, underscores."""
    plain = unicodedata.normalize("NFKD", tidy(text)).casefold()
    return " ".join("".join(letter if letter.isalnum() else " " for letter in plain if letter != "ـ"
                            and unicodedata.category(letter) != "Mn").split())  # fmt: skip


_NO_MAIL: Final = frozenset(
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
"""What people write into the mail column for those who have none."""
_HEADING: Final = {
    folded(word): column for column, words in HEADERS.items() for some in words.values() for word in some
}
_STATE: Final = {
    folded(word): state for state, words in STATE_WORDS.items() for some in words.values() for word in some
}


def column_of(heading: str) -> Column | None:
    """Which column that heading names, in any of the languages, also of a pair such as "Name / الاسم"."""
    for part in (heading, *heading.replace("(", "/").replace("|", "/").replace("\n", "/").split("/")):
        found = _HEADING.get(folded(part))
        if found is not None:
            return found
    return None


def heading(column: Column, language: str) -> str:
    """What our own files call that column, in the language when it is one of the six, else in English."""
    words = HEADERS[column]
    return words.get(language, words["en"])[0]


def state_word(state: str, language: str) -> str:
    """What our own files call that state."""
    words = STATE_WORDS[MemberState(state)]
    return words.get(language, words["en"])[0]


def read_person(line: int, cells: Mapping[Column, str], languages: Mapping[str, str]) -> Draft | Fault:
    """A line as a person, or why it is none. ``languages`` gives the locale's code for a folded name of a language."""
    name = _name(cells)
    if not name:
        return Fault(line, Column.NAME, "", Phrase(N_("There is no name.")))
    organisation, region = tidy(cells.get(Column.ORGANISATION, "")), tidy(cells.get(Column.REGION, ""))
    for column, text, longest in (
        (Column.NAME, name, LONGEST_NAME),
        (Column.ORGANISATION, organisation, LONGEST_NAME),
        (Column.REGION, region, LONGEST_REGION),
    ):
        if len(text) > longest:
            told = Phrase(N_("This is longer than %(count)s characters."), {"count": longest})
            return Fault(line, column, text[:80], told)
    email: str | None = None
    if "@" in cells.get(Column.EMAIL, "") or folded(cells.get(Column.EMAIL, "")) not in _NO_MAIL:
        try:
            email = stored_address(cells[Column.EMAIL])
        except ValueError:
            return Fault(line, Column.EMAIL, tidy(cells[Column.EMAIL])[:80], Phrase(N_("This is not a mail address.")))
    spoken = cells.get(Column.LANGUAGE, "")
    locale = languages.get(folded(spoken), "")
    if spoken.strip() and not locale:
        return Fault(line, Column.LANGUAGE, tidy(spoken)[:80], Phrase(N_("This site does not have that language.")))
    standing = cells.get(Column.STATE, "")
    state = _STATE.get(folded(standing))
    if standing.strip() and state is None:
        return Fault(
            line, Column.STATE, tidy(standing)[:80], Phrase(N_("This is none of the states people can be in."))
        )
    code = read_code(latin_digits(cells.get(Column.CODE, "")))
    return Draft(
        line, name, email, organisation, region, locale, state or "", code if len(code) == CARD_LENGTH else None
    )


def _name(cells: Mapping[Column, str]) -> str:
    whole = tidy(cells.get(Column.NAME, ""))
    if whole:
        return whole
    first, last = tidy(cells.get(Column.FIRST, "")), tidy(cells.get(Column.LAST, ""))
    if first and last and _is_han(first) and _is_han(last):
        return last + first
    return f"{first} {last}".strip()


def _is_han(text: str) -> bool:
    return all("\u3400" <= letter <= "\u9fff" for letter in text)


def changes_of(draft: Draft, known: Known) -> dict[str, Any]:
    """What the line says otherwise than the cohort does; what it does not say stays, and nobody's state is touched."""
    found: dict[str, Any] = {}
    for name in ("name", "organisation", "region", "locale"):
        told = getattr(draft, name)
        if told and told != getattr(known, name):
            found[name] = told
    if draft.email and draft.email != known.email and known.user_id is None:
        found |= {"email": draft.email, "key": draft.key}
    return found


def new_state(draft: Draft, take_part: bool) -> MemberState:
    """What somebody new is: what the file says; else invited, or in at once when they cannot be written to."""
    if draft.state:
        return MemberState(draft.state)
    return MemberState.INVITED if draft.email and not take_part else MemberState.ACTIVE
