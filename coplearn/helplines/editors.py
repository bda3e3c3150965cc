"""The JSON Schema that an operator's editor reads: what a directory file may hold, as :mod:`.reading` checks it."""

from __future__ import annotations

from typing import Final

from coplearn.authoring import schema
from coplearn.authoring.schema import Schema
from coplearn.helplines import reading
from coplearn.i18n.countries import COUNTRIES

_DAY: Final = schema.matching(r"\d{4}-\d{2}-\d{2}")
_TIME: Final = schema.matching(r"\d{2}:\d{2}:\d{2}(\.\d+)?")
_WEB: Final = schema.matching(reading.WEB)
_SHORT: Final = schema.matching(reading.SHORT)
_LANGUAGE: Final = schema.matching(reading.LANGUAGE)
_HOURS: Final = schema.mapping(
    {"days": schema.matching(reading.DAYS), "opens": _TIME, "closes": _TIME}, ("opens", "closes")
)
_SOURCE: Final[dict[str, Schema]] = {
    "page": _WEB,
    "voice": schema.one_word(reading.VOICES),
    "year": schema.whole_number(*reading.YEARS),
    "read": _DAY,
    "called": _DAY,
    "next_check": _DAY,
}
_FALLBACK: Final = schema.mapping(
    _SOURCE | {"name": _SHORT, "name_language": _LANGUAGE, "url": _WEB, "purpose": schema.one_word(reading.PURPOSES)},
    ("page", "voice", "read", "name", "name_language", "url", "purpose"),
)
_LINE: Final = schema.mapping(
    _SOURCE
    | {
        "country": schema.one_word(COUNTRIES),
        "kind": schema.one_word(reading.KINDS),
        "name": _SHORT,
        "name_language": _LANGUAGE,
        "police": schema.FLAG,
        "takes_reports": schema.FLAG,
        "who": schema.one_word(reading.WHO),
        "up_to": schema.whole_number(*reading.AGES),
        "only_for": schema.one_word(reading.SCOPES),
        "place": _SHORT,
        "phone": _SHORT,
        "tel": schema.matching(reading.DIAL),
        "sms": schema.matching(reading.SMS),
        "sms_word": schema.matching(reading.SMS_WORD),
        "whatsapp": _SHORT,
        "whatsapp_tel": schema.matching(reading.DIAL),
        "url": _WEB,
        "chat": schema.FLAG,
        "hours": {"anyOf": [{"const": reading.ALL_DAY}, schema.rows(_HOURS, 1)]},
        "free": schema.FLAG,
        "languages": schema.rows(_LANGUAGE),
        "withheld": _SHORT,
    },
    ("page", "voice", "read", "country", "kind"),
)
DIRECTORY: Final[Schema] = {
    "$schema": schema.DRAFT,
    **schema.mapping({"line": schema.rows(_LINE), "fallback": schema.rows(_FALLBACK, 1)}, ("line", "fallback")),
}
"""Of a file whose dates and times are texts, as an editor hands them to a schema."""
