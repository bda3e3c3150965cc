"""What the columns of rosters, and the states of people, are called in six languages: read from any, written in one."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final

from coplearn.cohorts.rules.joining import tidy
from coplearn.cohorts.rules.words import MemberState
from coplearn.kernel.text import N_


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


def state_of(word: str) -> MemberState | None:
    """Which state that word names, in any of the languages."""
    return _STATE.get(folded(word))


def means_no_mail(word: str) -> bool:
    """Whether somebody wrote that there is no mail address, or nothing at all."""
    return folded(word) in _NO_MAIL


def heading(column: Column, language: str) -> str:
    """What our own files call that column, in the language when it is one of the six, else in English."""
    words = HEADERS[column]
    return words.get(language, words["en"])[0]


def state_word(state: str, language: str) -> str:
    """What our own files call that state."""
    words = STATE_WORDS[MemberState(state)]
    return words.get(language, words["en"])[0]
