"""A course's recordings in one language as a podcast: RSS 2.0 with the tags that podcast programs read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

_ITUNES: Final = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_ATOM: Final = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """A recording in a feed; ``href`` is the file's whole address, ``page`` that of the page it belongs to."""

    guid: str
    title: str
    summary: str
    page: str
    href: str
    bytes: int
    mimetype: str
    seconds: float | None
    day: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A course's recordings in one language; every address is whole."""

    title: str
    summary: str
    author: str
    language: str
    page: str
    own: str
    image: str
    episodes: Sequence[Episode]


def podcast(feed: Feed) -> bytes:
    """The feed as XML; whatever a text holds, it stays text."""
    register_namespace("itunes", _ITUNES)
    register_namespace("atom", _ATOM)
    root = Element("rss", {"version": "2.0"})
    channel = SubElement(root, "channel")
    _text(channel, "title", feed.title)
    _text(channel, "link", feed.page)
    _text(channel, "description", feed.summary)
    _text(channel, "language", feed.language)
    SubElement(channel, f"{{{_ATOM}}}link", {"href": feed.own, "rel": "self", "type": "application/rss+xml"})
    _text(channel, f"{{{_ITUNES}}}author", feed.author)
    _text(channel, f"{{{_ITUNES}}}summary", feed.summary)
    _text(channel, f"{{{_ITUNES}}}explicit", "false")
    _text(channel, f"{{{_ITUNES}}}type", "serial")
    SubElement(channel, f"{{{_ITUNES}}}category", {"text": "Education"})
    SubElement(channel, f"{{{_ITUNES}}}image", {"href": feed.image})
    for number, episode in enumerate(feed.episodes, 1):
        _episode(channel, episode, number)
    xml: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return xml


def _episode(channel: Element, episode: Episode, number: int) -> None:
    item = SubElement(channel, "item")
    _text(item, "title", episode.title)
    _text(item, "link", episode.page)
    _text(item, "description", episode.summary)
    SubElement(item, "guid", {"isPermaLink": "false"}).text = _clean(episode.guid)
    told = {"url": episode.href, "length": str(episode.bytes), "type": episode.mimetype.partition(";")[0]}
    SubElement(item, "enclosure", told)
    if episode.day is not None:
        _text(item, "pubDate", format_datetime(datetime.combine(episode.day, time(12), UTC)))
    if episode.seconds is not None:
        _text(item, f"{{{_ITUNES}}}duration", str(max(1, round(episode.seconds))))
    _text(item, f"{{{_ITUNES}}}episode", str(number))
    _text(item, f"{{{_ITUNES}}}summary", episode.summary)
    _text(item, f"{{{_ITUNES}}}explicit", "false")


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _clean(text)


def _clean(text: str) -> str:
    """The text without the signs that no XML may hold."""
    return "".join(
        sign for sign in text if sign >= " " and not "\ud800" <= sign <= "\udfff" and sign not in "\ufffe\uffff"
    )
