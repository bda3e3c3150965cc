"""The entries of the help directory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Final, Literal
from urllib.parse import urlsplit

from coplearn.helplines.checking import lasting, spread, too_old
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
from coplearn.kernel.text import Phrase

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Open from ``opens`` to ``closes``, local time there, on ``days`` ("mon-fri", "sat"); without them, every day."""

    days: str | None = None
    opens: time
    closes: time

    @property
    def weekdays(self) -> tuple[int, int] | None:
        """The first and the last day, 0 is Monday; None for every day."""
        if self.days is None:
            return None
        first, _, last = self.days.partition("-")
        return WEEKDAYS.index(first), WEEKDAYS.index(last or first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The source of a fact: the address of the page, who speaks in it, the year it bears, and the day it was read.

    ``voice`` is ``owner`` (the service itself), ``official`` (an authority of that state or its news agency, or a body of the
    United Nations or the European Union), ``network`` (one that the service belongs to) or ``other``.
    """

    page: str
    voice: Voice
    year: int | None = None
    read: date
    called: date | None = None
    next_check: date | None = None

    @property
    def site(self) -> str:
        """The name of the site that the page belongs to."""
        return (urlsplit(self.page).hostname or "").removeprefix("www.")

    @property
    def page_confirms(self) -> bool:
        """Whether the page that was read is enough to show the line, without a call."""
        return self.voice != "other" and not too_old(self.read, self.year)

    @property
    def lasting(self) -> tuple[date, timedelta]:
        """The day that counts, of the reading or of the call, and the time for which it does."""
        return lasting(self.read, self.called, self.year, page_confirms=self.page_confirms)

    @property
    def _key(self) -> str:
        return self.page

    @property
    def check_by(self) -> date:
        """The last day on a page: ``next_check``, or else a day that is the same for this entry each time."""
        return self.next_check or spread(self._key, *self.lasting)


@dataclass(frozen=True, slots=True, kw_only=True)
class Helpline(Source):
    """A way to get help in one country.

    ``name`` is as the owner writes it, in the language ``name_language``; None: show ``words``. ``who`` says who may
    call, ``up_to`` until which age; ``only_for`` narrows what it is for, ``place`` where. ``phone`` is what people dial
    and read, ``tel`` the same as E.164 or short code (see `tel_uri`); ``whatsapp`` and ``whatsapp_tel`` likewise; ``sms`` is a
    short code for text messages that begin with ``sms_word``. ``chat``: they also answer in a chat on their page.
    What is None or empty is unknown: ``hours`` is then not "always", and ``free`` says nothing about the price.
    ``withheld`` says why a line is kept back until somebody confirms it.
    """

    country: str
    kind: Kind
    name: str | None = None
    name_language: str | None = None
    police: bool = False
    takes_reports: bool = False
    who: Who | None = None
    up_to: int | None = None
    only_for: Scope | None = None
    place: str | None = None
    phone: str | None = None
    tel: str | None = None
    sms: str | None = None
    sms_word: str | None = None
    whatsapp: str | None = None
    whatsapp_tel: str | None = None
    url: str | None = None
    chat: bool = False
    hours: Literal["all-day"] | tuple[Hours, ...] | None = None
    free: bool | None = None
    languages: tuple[str, ...] = ()
    withheld: str | None = None

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback(Source):
    """A service for every country: ``purpose`` says which door it opens, and for whom. It is shown also past its check."""

    name: str
    name_language: str
    url: str
    purpose: Purpose

    @property
    def words(self) -> Phrase:
        """The sentences that say what a person finds there and who may use it."""
        return PURPOSE_WORDS[self.purpose]
