"""One entry of the help directory, and what makes it fit to print."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from coplearn.i18n.countries import COUNTRIES
from coplearn.kernel.text import N_, Phrase

Kind = Literal["helpline", "report", "emergency"]
Scope = Literal["missing-children", "women", "under-18", "digital-violence"]
Mark = Literal["H", "H/M", "M"]
OLDEST_SECOND_HAND: Final = 2023
"""A second-hand page older than this confirms nothing."""
MONTHS_BETWEEN_CHECKS: Final = 6
LONGEST_COUNTRY_CODE: Final = 3

_STRICT: Final = ConfigDict(extra="forbid", frozen=True, strict=True)


def _known_country(code: str) -> str:
    if code not in COUNTRIES:
        raise ValueError(f"“{code}” is not an ISO 3166-1 country code. Write two capitals, such as KE.")
    return code


def _web_address(url: str) -> str:
    if not re.fullmatch(r"https?://[a-z0-9.-]+\.[a-z]{2,}(/[!-~]*)?", url):
        raise ValueError(f"“{url}” is not a web address. Write it whole, beginning with https://.")
    return url


def _dial_string(number: str) -> str:
    if not re.fullmatch(r"\+[1-9]\d{6,14}|\d{2,6}", number):
        raise ValueError(
            f"“{number}” cannot be dialled. Write + and the country code, or a short code of 2 to 6 digits."
        )
    return number


Text = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Country = Annotated[str, AfterValidator(_known_country)]
Url = Annotated[str, AfterValidator(_web_address)]
Dial = Annotated[str, AfterValidator(_dial_string)]
LanguageTag = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


KIND_WORDS: Final[Mapping[Kind, Phrase]] = {
    "helpline": Phrase(N_("Helpline")),
    "report": Phrase(N_("Place to report")),
    "emergency": Phrase(N_("Emergency number")),
}
FALLBACK_WORDS: Final[Mapping[Literal["helpline", "report"], Phrase]] = {
    "helpline": Phrase(N_("Find a helpline for children in your country.")),
    "report": Phrase(N_("Find where to report pictures or videos that show a child being abused.")),
}
POLICE: Final = Phrase(N_("Police"))
SCOPE_WORDS: Final[Mapping[Scope, Phrase]] = {
    "missing-children": Phrase(N_("For missing children")),
    "women": Phrase(N_("For women")),
    "under-18": Phrase(N_("For people under 18")),
    "digital-violence": Phrase(N_("For violence online")),
}


class Hours(BaseModel):
    """Open every day from ``opens`` to ``closes``, local time there."""

    model_config = _STRICT
    opens: time
    closes: time

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.opens == self.closes:
            raise ValueError('“opens” and “closes” are the same. Write hours = "all-day" for a line that never closes.')
        return self


class Line(BaseModel):
    """A way to get help in one country.

    ``name`` is as the owner writes it, in the language ``name_language``; None: show ``words``. ``only_for`` narrows
    whom it serves: show ``scope_words`` beside it. ``phone`` is what people dial and read, ``tel`` the same as E.164 or
    short code (see `tel_uri`); ``whatsapp`` and ``whatsapp_tel`` likewise. ``hours`` None means unknown, never
    "always"; ``free`` None means unknown. ``read`` is the day the source was read, ``called`` the day somebody
    dialled the line, ``next_check`` its last day on a page.
    """

    model_config = _STRICT
    country: Country
    kind: Kind
    name: Text | None = None
    name_language: LanguageTag | None = None
    police: bool = False
    takes_reports: bool = False
    only_for: Scope | None = None
    phone: Text | None = None
    tel: Dial | None = None
    whatsapp: Text | None = None
    whatsapp_tel: Dial | None = None
    url: Url | None = None
    hours: Literal["all-day"] | Hours | None = None
    free: bool | None = None
    source: Text
    source_year: Annotated[int, Field(ge=2000, le=2100)] | None = None
    own_source: bool = False
    mark: Mark
    status: Literal["confirmed", "unconfirmed"]
    why: Text | None = None
    read: date
    called: date | None = None
    next_check: date

    @property
    def words(self) -> Phrase:
        """What kind of line it is, for a line without a name of its own."""
        return POLICE if self.police and self.kind == "report" else KIND_WORDS[self.kind]

    @property
    def scope_words(self) -> Phrase | None:
        """Whom or what it serves, when that is narrower than every child and adult."""
        return SCOPE_WORDS[self.only_for] if self.only_for else None

    @property
    def tel_uri(self) -> str | None:
        """The address of a link that dials."""
        return f"tel:{self.tel}" if self.tel else None

    @property
    def whatsapp_uri(self) -> str | None:
        """The address of a link that opens a WhatsApp chat."""
        return f"https://wa.me/{self.whatsapp_tel.removeprefix('+')}" if self.whatsapp_tel else None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not (self.phone or self.whatsapp or self.url):
            raise ValueError("there is no way to reach it. Give phone, whatsapp or url.")
        if (self.name is None) != (self.name_language is None):
            raise ValueError("name and name_language go together. Give both or neither.")
        if self.takes_reports and self.kind != "helpline":
            raise ValueError("takes_reports is for a helpline that takes reports too. Leave it out here.")
        _same_number(self.phone, self.tel, "phone", "tel")
        _same_number(self.whatsapp, self.whatsapp_tel, "whatsapp", "whatsapp_tel")
        if self.whatsapp_tel and not self.whatsapp_tel.startswith("+"):
            raise ValueError(f"whatsapp_tel “{self.whatsapp_tel}” needs + and the country code.")
        return self

    @model_validator(mode="after")
    def _is_checked_in_time(self) -> Self:
        last = max(self.read, self.called or self.read)
        latest = _months_after(last, MONTHS_BETWEEN_CHECKS)
        if not last < self.next_check <= latest:
            raise ValueError(f"next_check {self.next_check} must be after {last} and no later than {latest}.")
        return self

    @model_validator(mode="after")
    def _is_confirmed_by_something(self) -> Self:
        if self.status == "unconfirmed":
            if not self.why:
                raise ValueError("an unconfirmed line says why. Give why.")
            return self
        if self.why:
            raise ValueError("why belongs to an unconfirmed line. Remove it, or set status to unconfirmed.")
        recent = self.source_year is not None and self.source_year >= OLDEST_SECOND_HAND
        if self.mark == "M" and not (self.called or self.own_source or recent):
            raise ValueError(
                f"mark M is confirmed only by a call (called), the service's own page (own_source) or a page of "
                f"{OLDEST_SECOND_HAND} or later (source_year). Confirm it so, or set status to unconfirmed and say why."
            )
        return self


class Fallback(BaseModel):
    """An international directory, for every country: ``purpose`` says which door it opens."""

    model_config = _STRICT
    name: Text
    name_language: LanguageTag
    url: Url
    purpose: Literal["helpline", "report"]

    @property
    def words(self) -> Phrase:
        """What a person finds there, as a sentence."""
        return FALLBACK_WORDS[self.purpose]


class Page(BaseModel):
    """The whole file."""

    model_config = _STRICT
    line: Annotated[tuple[Line, ...], Field(strict=False)]
    fallback: Annotated[tuple[Fallback, ...], Field(strict=False, min_length=1)]


def _same_number(shown: str | None, dialled: str | None, shown_key: str, dialled_key: str) -> None:
    """Refuse a shown number that is not the dialled one: the two are typed apart, and a slip sends a call astray."""
    if (shown is None) != (dialled is None):
        raise ValueError(f"{shown_key} and {dialled_key} go together. Give both or neither.")
    if shown is None or dialled is None:
        return
    digits = re.sub(r"\D", "", shown)
    if dialled.startswith("+"):
        target = dialled.removeprefix("+")
        trunk = "8" if target.startswith("7") and len(digits) == len(target) else "0"
        national = digits.removeprefix(trunk)
        same = national != "" and target.endswith(national) and len(target) - len(national) <= LONGEST_COUNTRY_CODE
    else:
        same = digits == dialled
    if not same:
        raise ValueError(f"{shown_key} “{shown}” and {dialled_key} “{dialled}” are different numbers. Correct one.")


def _months_after(day: date, months: int) -> date:
    """The same day ``months`` later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in range(day.day, 27, -1):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, day.day)
