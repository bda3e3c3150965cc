"""One entry of the help directory, and what makes it fit to print."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from coplearn.helplines.checking import TOO_OLD_AFTER, longest, spread, too_old
from coplearn.helplines.words import (
    IN_DANGER,
    KIND_WORDS,
    POLICE,
    PURPOSE_WORDS,
    SCOPE_WORDS,
    TO_REPORT,
    WHO_UNKNOWN,
    WHO_WORDS,
    Kind,
    Purpose,
    Scope,
    Voice,
    Who,
)
from coplearn.i18n.countries import COUNTRIES
from coplearn.kernel.text import Phrase

LONGEST_COUNTRY_CODE: Final = 3
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = "|".join(WEEKDAYS)

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


class Hours(BaseModel):
    """Open from ``opens`` to ``closes``, local time there, on ``days`` ("mon-fri", "sat"); without them, every day."""

    model_config = _STRICT
    days: Annotated[str, StringConstraints(pattern=f"^({_DAY})(-({_DAY}))?$")] | None = None
    opens: time
    closes: time

    @property
    def weekdays(self) -> tuple[int, int] | None:
        """The first and the last day, 0 is Monday; None for every day."""
        if self.days is None:
            return None
        first, _, last = self.days.partition("-")
        return WEEKDAYS.index(first), WEEKDAYS.index(last or first)

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.opens == self.closes:
            raise ValueError('“opens” and “closes” are the same. Write hours = "all-day" for a line that never closes.')
        return self


class Source(BaseModel):
    """The source of a fact: the address of the page, who speaks in it, the year it bears, and the day it was read.

    ``voice`` is ``owner`` (the service itself), ``official`` (an authority of that state or its news agency, or a body of the
    United Nations or the European Union), ``network`` (one that the service belongs to) or ``other``.
    """

    model_config = _STRICT
    page: Url
    voice: Voice
    year: Annotated[int, Field(ge=2000, le=2100)] | None = None
    read: date
    called: date | None = None
    next_check: date | None = None

    @property
    def site(self) -> str:
        """The name of the site that the page belongs to."""
        return (urlsplit(self.page).hostname or "").removeprefix("www.")

    @property
    def _checked(self) -> date:
        return max(self.read, self.called or self.read)

    @property
    def _key(self) -> str:
        return self.page

    @property
    def check_by(self) -> date:
        """The last day on a page: ``next_check``, or else a day that is the same for this entry each time."""
        return self.next_check or spread(self._key, self._checked, longest(self.read, self.called, self.year))

    @model_validator(mode="after")
    def _is_checked_in_time(self) -> Self:
        latest = self._checked + longest(self.read, self.called, self.year)
        if self.next_check is not None and not self._checked < self.next_check <= latest:
            raise ValueError(f"next_check {self.next_check} must be after {self._checked} and no later than {latest}.")
        return self


class Helpline(Source):
    """A way to get help in one country.

    ``name`` is as the owner writes it, in the language ``name_language``; None: show ``words``. ``who`` says who may
    call, ``up_to`` until which age; ``only_for`` narrows what it is for, ``place`` where. ``phone`` is what people dial
    and read, ``tel`` the same as E.164 or short code (see `tel_uri`); ``whatsapp`` and ``whatsapp_tel`` likewise; ``sms`` is a
    short code for text messages that begin with ``sms_word``. ``chat``: they also answer in a chat on their page.
    What is None or empty is unknown: ``hours`` is then not "always", and ``free`` says nothing about the price.
    ``withheld`` says why a line is kept back until somebody confirms it.
    """

    country: Country
    kind: Kind
    name: Text | None = None
    name_language: LanguageTag | None = None
    police: bool = False
    takes_reports: bool = False
    who: Who | None = None
    up_to: Annotated[int, Field(ge=10, le=30)] | None = None
    only_for: Scope | None = None
    place: Text | None = None
    phone: Text | None = None
    tel: Dial | None = None
    sms: Annotated[str, StringConstraints(pattern=r"^\d{3,8}$")] | None = None
    sms_word: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,12}$")] | None = None
    whatsapp: Text | None = None
    whatsapp_tel: Dial | None = None
    url: Url | None = None
    chat: bool = False
    hours: Literal["all-day"] | Annotated[tuple[Hours, ...], Field(strict=False, min_length=1)] | None = None
    free: bool | None = None
    languages: Annotated[tuple[LanguageTag, ...], Field(strict=False)] = ()
    withheld: Text | None = None

    @property
    def words(self) -> Phrase:
        """The kind of line in words, for a line without a name of its own."""
        return POLICE if self.police and self.kind == "report" else KIND_WORDS[self.kind]

    @property
    def who_words(self) -> Phrase:
        """The people who may call, or the purpose of a place that is no line of talk; where it is unknown, that it is."""
        if self.who:
            return WHO_WORDS[self.who]
        return {"report": TO_REPORT, "emergency": IN_DANGER}.get(self.kind, WHO_UNKNOWN)

    @property
    def scope_words(self) -> Phrase | None:
        """The matters that the line serves, when that is narrower than whatever troubles a child."""
        return SCOPE_WORDS[self.only_for] if self.only_for else None

    @property
    def tel_uri(self) -> str | None:
        """The address of a link that dials."""
        return f"tel:{self.tel}" if self.tel else None

    @property
    def whatsapp_uri(self) -> str | None:
        """The address of a link that opens a WhatsApp chat."""
        return f"https://wa.me/{self.whatsapp_tel.removeprefix('+')}" if self.whatsapp_tel else None

    @property
    def ways(self) -> tuple[str, ...]:
        """Every way to reach it, as a machine takes it."""
        return tuple(way for way in (self.tel, self.sms, self.whatsapp_tel, self.url) if way)

    @property
    def _key(self) -> str:
        return " ".join((self.country, self.kind, *self.ways))

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not (self.phone or self.whatsapp or self.sms or self.url):
            raise ValueError("there is no way to reach it. Give phone, whatsapp, sms or url.")
        if (self.name is None) != (self.name_language is None):
            raise ValueError("name and name_language go together. Give both or neither.")
        if self.takes_reports and self.kind not in {"helpline", "support"}:
            raise ValueError("takes_reports is for a line of talk that takes reports too. Leave it out here.")
        if self.chat and not self.url:
            raise ValueError("chat is on their page. Give url.")
        if self.sms_word and not self.sms:
            raise ValueError("sms_word is the beginning of a message. Give sms, the number it goes to.")
        _same_number(self.phone, self.tel, "phone", "tel")
        _same_number(self.whatsapp, self.whatsapp_tel, "whatsapp", "whatsapp_tel")
        if self.whatsapp_tel and not self.whatsapp_tel.startswith("+"):
            raise ValueError(f"whatsapp_tel “{self.whatsapp_tel}” needs + and the country code.")
        return self

    @model_validator(mode="after")
    def _is_confirmed_by_something(self) -> Self:
        if self.withheld or self.called:
            return self
        if self.voice == "other":
            raise ValueError(
                "voice other confirms nothing. Read the owner’s page or an official one, or call the line (called), "
                "or say in withheld why it is kept back."
            )
        if too_old(self.read, self.year):
            raise ValueError(
                f"year {self.year} is more than {TOO_OLD_AFTER} years back and confirms nothing. Read a newer page, "
                "call the line (called), or say in withheld why it is kept back."
            )
        return self


class Fallback(Source):
    """A service for every country: ``purpose`` says which door it opens, and for whom. It is shown also past its check."""

    name: Text
    name_language: LanguageTag
    url: Url
    purpose: Purpose

    @property
    def words(self) -> Phrase:
        """The sentences that say what a person finds there and who may use it."""
        return PURPOSE_WORDS[self.purpose]


class DirectoryFile(BaseModel):
    """The whole file."""

    model_config = _STRICT
    line: Annotated[tuple[Helpline, ...], Field(strict=False)]
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
