"""Sources with the day they were read, and facts that differ by country: what a module says of the world, as data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from coplearn.authoring import schema
from coplearn.authoring.fields import Fields, Text
from coplearn.authoring.schema import Schema
from coplearn.i18n.countries import COUNTRIES

ADDRESS: Final = r"https://[^\s\"'<>]+"
_DAY: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_YEAR: Final = timedelta(days=366)
_SECOND_HAND: Final = frozenset(
    {"archive.org", "blogspot.com", "facebook.com", "medium.com", "pastebin.com", "researchgate.net", "scribd.com"}
    | {"statista.com", "substack.com", "wikipedia.org", "wordpress.com"}
)
"""Hosts whose pages tell what somebody else owns, whatever voice a source declares."""
_SAYS_OTHERS: Final = re.compile(r", (?:on|with) |\b(?:press|law firm|reprint|copy|published by)\b", re.IGNORECASE)
"""In the name of an owner: that the page is about what somebody else said."""
_SAYS_READ: Final = re.compile(r"\b(?:undated|read (?:on )?\d)", re.IGNORECASE)
_LAW: Final = re.compile(r"\b(?:Acts?|Laws?|Regulations?)\b")


class SourceKind(StrEnum):
    """The use that a source is cited for."""

    FIGURE = "figure"
    LAW = "law"
    SERVICE = "service"
    CLINICAL = "clinical"
    GUIDANCE = "guidance"


class Voice(StrEnum):
    """The party whose words a source's page has."""

    OWNER = "owner"
    OFFICIAL = "official"
    """An authority's, on what another one laid down."""
    REPRINT = "reprint"
    """Somebody else's: a copy, a summary, a commentary."""
    PRESS = "press"


SECOND_HAND: Final = frozenset({Voice.REPRINT, Voice.PRESS})
"""What readers see as reported by somebody."""
DATED: Final = frozenset(SourceKind) - {SourceKind.GUIDANCE}
"""What changes or can do harm when it is out of date: it is read on its owner's page, and again."""
_YEARLY: Final = DATED - {SourceKind.CLINICAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEntry:
    """A publication that ``ref:`` links of a module may name. Its owner and title are never translated.

    ``read`` is the day on which its page was last read, ``check_by`` the day by which it has to be read again. ``undated`` is a
    page that bears no date: its year is the one in which it was read, or about which it was written. ``why`` says, to whoever
    looks after the course, why no owner's page is cited.
    """

    owner: str
    year: int
    title: str
    url: str
    kind: SourceKind = SourceKind.GUIDANCE
    voice: Voice = Voice.OWNER
    why: str = ""
    undated: bool = False
    read: date | None = None
    check_by: date | None = None

    @property
    def is_second_hand(self) -> bool:
        """Whether somebody else than the owner, or an authority, tells it."""
        return self.voice in SECOND_HAND

    def is_due(self, today: date) -> bool:
        """Whether its page has to be read again."""
        return self.check_by is not None and today >= self.check_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One sentence of a fact, and the id of the source that it stands on."""

    text: Text
    source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact that differs by country: ``general`` holds everywhere, ``countries`` are told by their ISO 3166 code.

    ``is_advice`` says that the general sentence only tells that it differs, and whom to ask, so that it stands on no source.
    """

    general: Told
    is_advice: bool = False
    countries: Mapping[str, Told] = field(default_factory=dict)

    def told(self, country: str | None) -> tuple[str, Told]:
        """The sentence for a reader in that country, with the facet of its message: the country's code, or nothing."""
        found = self.countries.get(country or "")
        return ("", self.general) if found is None else (f".{country}", found)


SOURCE: Final[Schema] = schema.mapping(
    {
        "owner": schema.TEXT,
        "year": schema.whole_number(1900, 2200),
        "title": schema.TEXT,
        "url": schema.matching(ADDRESS),
        "kind": schema.one_word(SourceKind),
        "voice": schema.one_word(Voice),
        "why": schema.TEXT,
        "undated": schema.FLAG,
        "read": schema.matching(_DAY),
        "check_by": schema.matching(_DAY),
    },
    ("owner", "year", "title", "url"),
)
_TOLD: Final = {"text": schema.TEXT, "source": schema.ID}
_COUNTRY_ROWS: Final = {
    "type": "object",
    "propertyNames": schema.one_word(COUNTRIES),
    "additionalProperties": schema.mapping(_TOLD, ("text", "source")),
}
FACT: Final[Schema] = schema.mapping({**_TOLD, "advice": schema.FLAG, "countries": _COUNTRY_ROWS}, ("text",))


def read_sources(fields: Fields) -> dict[str, SourceEntry]:
    """The sources of module.yaml, every fault noted."""
    return {name: _source(entry) for name, entry in fields.table("sources", required=False).items()}


def read_facts(fields: Fields, sources: Mapping[str, SourceEntry]) -> dict[str, Fact]:
    """The facts of module.yaml, every fault noted; faulty ones are left out."""
    found = {name: _fact(entry, sources) for name, entry in fields.table("facts", required=False).items()}
    return {name: fact for name, fact in found.items() if fact is not None}


def fact_texts(facts: Mapping[str, Fact]) -> Iterator[tuple[str, Text]]:
    """Facet and source of each sentence of the facts, in reading order."""
    for name, fact in facts.items():
        yield f"fact.{name}", fact.general.text
        for country, told in fact.countries.items():
            yield f"fact.{name}.{country}", told.text


def _source(fields: Fields) -> SourceEntry:
    fields.only(*(one.name for one in dataclass_fields(SourceEntry)))
    owner, title, why = fields.text("owner"), fields.text("title"), fields.text("why", required=False)
    entry = SourceEntry(
        owner=owner.text if owner is not None else "",
        year=fields.integer("year", 1900, 2200, required=True) or 0,
        title=title.text if title is not None else "",
        url=fields.match("url", ADDRESS, "Write the whole address; it begins with https://.") or "",
        kind=fields.word("kind", tuple(SourceKind), required=False) or SourceKind.GUIDANCE,
        voice=fields.word("voice", tuple(Voice), required=False) or Voice.OWNER,
        why=why.text if why is not None else "",
        undated=fields.flag("undated"),
        read=_day(fields, "read"),
        check_by=_day(fields, "check_by"),
    )
    if entry.kind in DATED:
        _check_dated(fields, entry)
    elif _LAW.search(f"{entry.owner} {entry.title}"):
        what = f"The source is {entry.kind}, and its name is that of a law: {entry.title!r}."
        fields.problems.warning(
            fields.place("title"), "source-kind", what, "Write kind: law, so that it is read again."
        )
    if entry.voice is Voice.OWNER and (said := _SAYS_OTHERS.search(entry.owner)):
        what = f"The owner's name says {said[0].strip(', ')!r}: the page is about what somebody else said."
        fields.problems.warning(fields.place("owner"), "source-voice", what, f"Write voice: {', '.join(Voice)}.")
    if _SAYS_READ.search(entry.title):
        what, mend = (
            "The title says when the page was read.",
            "Write read: and undated: true; readers see it in their language.",
        )
        fields.problems.warning(fields.place("title"), "source-title", what, mend)
    if entry.undated and "read" not in fields.data:
        fields.error("undated", "source-undated", "A page without a date says when it was read.", "Write read: here.")
    if entry.read is not None and entry.check_by is not None and entry.check_by <= entry.read:
        fields.error("check_by", "source-dates", "It is to be checked before it was read.", "Write a later day.")
    return entry


def _check_dated(fields: Fields, entry: SourceEntry) -> None:
    """Note what a figure, a law, a service or a clinical step lacks."""
    if "read" not in fields.data or "check_by" not in fields.data:
        what = f"A source of the kind {entry.kind} says when it was read and when it must be read again."
        fields.error("", "source-undated", what, "Open its owner's page, and write read: and check_by:.")
    elif entry.kind in _YEARLY and entry.read and entry.check_by and entry.check_by - entry.read > _YEAR:
        what = f"A source of the kind {entry.kind} is read again within a year."
        fields.error("check_by", "source-dates", what, "Write an earlier day.")
    host = (urlsplit(entry.url).hostname or "").removeprefix("www.")
    if any(host == known or host.endswith(f".{known}") for known in _SECOND_HAND):
        what = f"{host} is nobody's own page, and this is a source of the kind {entry.kind}."
        fields.error("url", "source-second-hand", what, "Cite the page of whoever owns it.")
    elif entry.is_second_hand and "why" not in fields.data:
        what = f"A source of the kind {entry.kind} is cited from its owner's page, and this one is {entry.voice}."
        mend = "Cite the owner's page, or write why: with the reason that there is none to cite."
        fields.error("voice", "source-second-hand", what, mend)


def _day(fields: Fields, name: str) -> date | None:
    written = fields.match(name, _DAY, "Write it as 2026-11-29.", required=False)
    try:
        return date.fromisoformat(written) if written is not None else None
    except ValueError:
        fields.error(name, "not-a-date", f'There is no day "{written}".', "Write it as 2026-11-29.")
        return None


def _fact(fields: Fields, sources: Mapping[str, SourceEntry]) -> Fact | None:
    fields.only("text", "source", "advice", "countries")
    general, countries = _told(fields, sources, required=False), {}
    for code, entry in fields.mappings("countries").items():
        if code not in COUNTRIES:
            fields.error(f"countries.{code}", "unknown-country", f'"{code}" is no country.', "Write a code such as FR.")
            continue
        entry.only("text", "source")
        told = _told(entry, sources, required=True)
        if told is not None:
            countries[code] = told
    is_advice = fields.flag("advice")
    return Fact(general=general, is_advice=is_advice, countries=countries) if general is not None else None


def _told(fields: Fields, sources: Mapping[str, SourceEntry], *, required: bool) -> Told | None:
    text, source = fields.text("text"), fields.identifier("source") if required or "source" in fields.data else None
    if source is not None and source not in sources:
        known = f"Its sources: {', '.join(sorted(sources)) or 'none yet'}."
        fields.error("source", "ref-unknown", f"The module has no source {source!r}.", known)
    elif source is not None and sources[source].read is None:
        what = f"The source {source!r} does not say when it was read, and the fact is shown with that month."
        fields.error("source", "source-undated", what, "Write read: and check_by: there.")
    elif source is not None and sources[source].is_second_hand and not sources[source].why:
        what = f"The fact stands on {source!r}, which is {sources[source].voice}."
        fields.error("source", "source-second-hand", what, "Name the owner's page, or write why: there.")
    return Told(text=text, source=source) if text is not None else None
