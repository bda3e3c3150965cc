"""A directory file read into entries: every fault at its line, and the laws that make a line fit to print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, Literal, TypeVar, get_args

from coplearn.authoring.fields import Fields
from coplearn.authoring.problems import Problems
from coplearn.authoring.source import SourceFile
from coplearn.helplines.checking import TOO_OLD_AFTER, too_old
from coplearn.helplines.entries import WEEKDAYS, Fallback, Helpline, Hours, Source
from coplearn.helplines.words import Kind, Purpose, Scope, Voice, Who
from coplearn.i18n.countries import COUNTRIES

SHORT: Final = r"\s*\S.{0,199}"
WEB: Final = r"https?://[a-z0-9.-]+\.[a-z]{2,}(/[!-~]*)?"
DIAL: Final = r"\+[1-9]\d{6,14}|\d{2,6}"
SMS: Final = r"\d{3,8}"
SMS_WORD: Final = r"[A-Z]{2,12}"
LANGUAGE: Final = r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*"
DAYS: Final = rf"({'|'.join(WEEKDAYS)})(-({'|'.join(WEEKDAYS)}))?"
ALL_DAY: Final = "all-day"
YEARS: Final = (2000, 2100)
AGES: Final = (10, 30)
VOICES: Final[tuple[Voice, ...]] = get_args(Voice)
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
WHO: Final[tuple[Who, ...]] = get_args(Who)
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)

SOURCE_KEYS: Final = ("page", "voice", "year", "read", "called", "next_check")
FALLBACK_KEYS: Final = (*SOURCE_KEYS, "name", "name_language", "url", "purpose")
LINE_KEYS: Final = (
    *SOURCE_KEYS, "country", "kind", "name", "name_language", "police", "takes_reports", "who", "up_to", "only_for", "place",
    "phone", "tel", "sms", "sms_word", "whatsapp", "whatsapp_tel", "url", "chat", "hours", "free", "languages", "withheld",
)  # fmt: skip
HOUR_KEYS: Final = ("days", "opens", "closes")

_LONGEST_COUNTRY_CODE: Final = 3
_COUNTRY_MEND: Final = "Write two capitals, such as KE."
_HOURS_MEND: Final = 'Write "all-day", or [{ days = "mon-fri", opens = 09:00:00, closes = 23:00:00 }].'
_CONFIRM_MEND: Final = "call the line (called), or say in withheld why it is kept back."

Fault = tuple[str, str, str, str]
"""A broken law: the key to show, its code, what is wrong and the mend."""

EntryT = TypeVar("EntryT", bound=Source)


def read_directory(source: SourceFile, problems: Problems) -> tuple[tuple[Helpline, ...], tuple[Fallback, ...]]:
    """The entries of the file; faulty ones are left out, with everything that is wrong noted in ``problems``."""
    whole = Fields.whole(source, problems)
    whole.only("line", "fallback")
    rows = [(row, _line(row)) for row in whole.rows("line", 0)]
    fallbacks = [_fallback(row) for row in whole.rows("fallback", 1)]
    _check_repeated([(row, line) for row, line in rows if line is not None])
    return (
        tuple(line for _, line in rows if line is not None),
        tuple(fallback for fallback in fallbacks if fallback is not None),
    )


def _line(fields: Fields) -> Helpline | None:
    before = len(fields.problems.errors)
    fields.only(*LINE_KEYS)
    values = {
        **_source(fields),
        "country": _country(fields),
        "kind": fields.word("kind", KINDS),
        "name": _short(fields, "name"),
        "name_language": _language(fields),
        "police": fields.flag("police"),
        "takes_reports": fields.flag("takes_reports"),
        "who": fields.word("who", WHO, required=False),
        "up_to": fields.integer("up_to", *AGES),
        "only_for": fields.word("only_for", SCOPES, required=False),
        "place": _short(fields, "place"),
        "phone": _short(fields, "phone"),
        "tel": _dial(fields, "tel"),
        "sms": fields.match("sms", SMS, "Write 3 to 8 digits.", required=False),
        "sms_word": fields.match("sms_word", SMS_WORD, "Write 2 to 12 capitals.", required=False),
        "whatsapp": _short(fields, "whatsapp"),
        "whatsapp_tel": _dial(fields, "whatsapp_tel"),
        "url": _address(fields, "url", required=False),
        "chat": fields.flag("chat"),
        "hours": _hours(fields),
        "free": fields.flag("free") if "free" in fields.data else None,
        "languages": fields.list_of("languages", LANGUAGE, "Use language tags such as sw.", required=False),
        "withheld": _short(fields, "withheld"),
    }
    return _whole(Helpline, fields, values, before)


def _fallback(fields: Fields) -> Fallback | None:
    before = len(fields.problems.errors)
    fields.only(*FALLBACK_KEYS)
    values = {
        **_source(fields),
        "name": _short(fields, "name", required=True),
        "name_language": _language(fields, required=True),
        "url": _address(fields, "url"),
        "purpose": fields.word("purpose", PURPOSES),
    }
    return _whole(Fallback, fields, values, before)


def _whole(made: type[EntryT], fields: Fields, values: dict[str, Any], before: int) -> EntryT | None:
    """The entry of those values when each of them could be read and no law is against it."""
    if len(fields.problems.errors) > before:
        return None
    entry = made(**values)
    faults = [*_faults_of_source(entry), *(_faults_of_line(entry) if isinstance(entry, Helpline) else ())]
    for key, code, what, mend in faults:
        fields.error(key, code, what, mend)
    return None if faults else entry


def _source(fields: Fields) -> dict[str, Any]:
    return {
        "page": _address(fields, "page"),
        "voice": fields.word("voice", VOICES),
        "year": fields.integer("year", *YEARS),
        "read": fields.day("read"),
        "called": fields.day("called", required=False),
        "next_check": fields.day("next_check", required=False),
    }


def _short(fields: Fields, name: str, *, required: bool = False) -> str | None:
    text = fields.match(name, SHORT, "Write up to 200 signs on one line.", required=required)
    return text.strip() if text is not None else None


def _address(fields: Fields, name: str, *, required: bool = True) -> str | None:
    return fields.match(name, WEB, "Write a web address whole, beginning with https://.", required=required)


def _dial(fields: Fields, name: str) -> str | None:
    return fields.match(name, DIAL, "Write + and the country code, or a short code of 2 to 6 digits.", required=False)


def _language(fields: Fields, *, required: bool = False) -> str | None:
    return fields.match("name_language", LANGUAGE, "Use a language tag such as sw.", required=required)


def _country(fields: Fields) -> str | None:
    code = fields.match("country", "[A-Z]{2}", _COUNTRY_MEND)
    if code is not None and code not in COUNTRIES:
        fields.error("country", "bad-value", f"“{code}” is not an ISO 3166-1 country code.", _COUNTRY_MEND)
    return code


def _hours(fields: Fields) -> Literal["all-day"] | tuple[Hours, ...] | None:
    value = fields.data.get("hours")
    if value is None:
        return None
    if value == ALL_DAY:
        return "all-day"
    if not isinstance(value, list):
        fields.error("hours", "not-a-list", '"hours" cannot be read.', _HOURS_MEND)
        return None
    read = [_opening(row) for row in fields.rows("hours", 1)]
    return tuple(hours for hours in read if hours is not None)


def _opening(fields: Fields) -> Hours | None:
    fields.only(*HOUR_KEYS)
    days = fields.match("days", DAYS, _HOURS_MEND, required=False)
    opens, closes = fields.time_of_day("opens"), fields.time_of_day("closes")
    if opens is None or closes is None:
        return None
    if opens == closes:
        mend = 'Write hours = "all-day" for a line that never closes.'
        fields.error("closes", "no-hours", "“opens” and “closes” are the same.", mend)
    return Hours(days=days, opens=opens, closes=closes)


def _faults_of_source(entry: Source) -> Iterator[Fault]:
    after, time_left = entry.lasting
    latest = after + time_left
    if entry.next_check is not None and not after < entry.next_check <= latest:
        mend = f"Write a day after {after} and no later than {latest}."
        yield "next_check", "next-check", f"next_check cannot be {entry.next_check}.", mend


def _faults_of_line(line: Helpline) -> Iterator[Fault]:
    if not (line.phone or line.whatsapp or line.sms or line.url):
        yield "", "no-way", "There is no way to reach it.", "Give phone, whatsapp, sms or url."
    if (line.name is None) != (line.name_language is None):
        yield "name", "one-of-two", "name and name_language go together.", "Give both or neither."
    if line.takes_reports and line.kind not in {"helpline", "support"}:
        yield (
            "takes_reports",
            "not-here",
            "takes_reports is for a line of talk that takes reports too.",
            "Leave it out.",
        )
    if line.chat and not line.url:
        yield "chat", "one-of-two", "chat is on their page.", "Give url."
    if line.sms_word and not line.sms:
        yield "sms_word", "one-of-two", "sms_word is the beginning of a message.", "Give sms, the number it goes to."
    yield from _faults_of_number(line.phone, line.tel, "phone", "tel")
    yield from _faults_of_number(line.whatsapp, line.whatsapp_tel, "whatsapp", "whatsapp_tel")
    if line.whatsapp_tel and not line.whatsapp_tel.startswith("+"):
        yield (
            "whatsapp_tel",
            "bad-value",
            f"“{line.whatsapp_tel}” is no number abroad.",
            "Write + and the country code.",
        )
    yield from _faults_of_confirmation(line)


def _faults_of_confirmation(line: Helpline) -> Iterator[Fault]:
    if line.withheld or line.called:
        return
    if line.voice == "other":
        what = "voice other confirms nothing."
        yield "voice", "not-confirmed", what, f"Read the owner’s page or an official one, or {_CONFIRM_MEND}"
    elif too_old(line.read, line.year):
        what = f"year {line.year} is more than {TOO_OLD_AFTER} years back and confirms nothing."
        yield "year", "not-confirmed", what, f"Read a newer page, {_CONFIRM_MEND}"


def _faults_of_number(shown: str | None, dialled: str | None, shown_key: str, dialled_key: str) -> Iterator[Fault]:
    """A shown number that is not the dialled one: the two are typed apart, and a slip sends a call astray."""
    if (shown is None) != (dialled is None):
        present = shown_key if dialled is None else dialled_key
        yield present, "one-of-two", f"{shown_key} and {dialled_key} go together.", "Give both or neither."
    elif shown is not None and dialled is not None and not _is_same(shown, dialled):
        what = f"{shown_key} “{shown}” and {dialled_key} “{dialled}” are different numbers."
        yield dialled_key, "different-numbers", what, "Correct one."


def _is_same(shown: str, dialled: str) -> bool:
    digits = re.sub(r"\D", "", shown)
    if not dialled.startswith("+"):
        return digits == dialled
    target = dialled.removeprefix("+")
    trunk = "8" if target.startswith("7") and len(digits) == len(target) else "0"
    national = digits.removeprefix(trunk)
    return national != "" and target.endswith(national) and len(target) - len(national) <= _LONGEST_COUNTRY_CODE


def _check_repeated(rows: list[tuple[Fields, Helpline]]) -> None:
    """Note each way to reach a line that stands twice: the second copy would go stale unseen."""
    seen: dict[tuple[str, str, str], Fields] = {}
    for fields, line in rows:
        for way in line.ways:
            first = seen.setdefault((line.country, line.kind, way), fields)
            if first is not fields:
                what = f"{way} ({line.country}) stands already in the entry of line {first.place().line}."
                fields.error("", "twice", what, "Keep one.")
