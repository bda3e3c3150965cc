"""A recording on a page: what is known of it before a byte is loaded, its player, its captions and its words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, request, url_for
from markupsafe import Markup

from coplearn.courses.captions import webvtt
from coplearn.courses.course import Course, Module
from coplearn.courses.drawing import FigureWords, draw
from coplearn.courses.pages import text_shown
from coplearn.courses.recordings import Recording, words_digest
from coplearn.courses.texts import Texts
from coplearn.courses.tree import Body
from coplearn.i18n import formats
from coplearn.i18n.inline_marks import plain_text
from coplearn.i18n.locales import Locale
from coplearn.kernel.text import N_
from coplearn.recordings.documents import Episode, Feed
from coplearn.recordings.rules import QUALITY_WORDS, KeptFile, in_feed, in_order, is_stale, size_told, spoken_in
from coplearn.site import site
from coplearn.web.languages import is_kept_page
from coplearn.web.render import page_locale, say
from coplearn.web.static_files import static_url

_SIZES = {"kB": N_("%(number)s kB"), "MB": N_("%(number)s MB")}
SHOWN = 12
"""Characters of a digest that stand in the address of captions which are kept."""
_WITHOUT_SPACES = frozenset({"zh", "ja", "th", "km", "lo", "my"})


@dataclass(frozen=True, slots=True)
class PlayerSource:
    """A file that the player may play, or that is taken along: its words tell what is paid for it."""

    href: str
    mimetype: str
    type: str
    words: str
    size: str


@dataclass(frozen=True, slots=True)
class Track:
    """Captions in one language; ``is_shown`` where the reader needs them to follow."""

    href: str
    lang: str
    label: str
    is_shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """A recording as a page shows it. ``spoken`` is its language, None while there is no file of it."""

    code: str
    title: Markup
    drawing: Markup
    kind: str
    spoken: Locale | None
    is_fallback: bool
    is_machine: bool
    is_stale: bool
    minutes: int | None
    size: str
    sources: Sequence[PlayerSource]
    tracks: Sequence[Track]
    words: Markup
    is_kept: bool
    """Whether it stands on a page that is kept on devices, where the recording itself may be missing."""


def player(course: Course, name: str) -> Markup:
    """The recording ``name`` of the course for readers of the page's language; empty where the course has none of that name."""
    recording = course.recordings.get(name)
    if recording is None:
        return Markup("")
    return Markup(render_template("recordings/player.html", one=player_of(course, recording)))  # noqa: S704 - a template of ours


def player_of(course: Course, recording: Recording) -> Player:
    """The player of a recording, for readers of the page's language."""
    reader, texts = page_locale(), _texts(course, page_locale())
    spoken, played = _played(course, recording)
    is_fallback = spoken is not None and spoken.code != reader.code
    return Player(
        code=course.recording_code(recording.name),
        title=text_shown(texts, recording.context("title")),
        drawing=_drawing(course, recording, texts),
        kind=played[0].type.kind if played else "audio",
        spoken=spoken,
        is_fallback=is_fallback,
        is_machine=any(file.voice == "machine" for file in played),
        is_stale=spoken is not None and is_stale(played, digest_now(course, recording, spoken)),
        minutes=next((file.minutes for file in played if file.minutes is not None), None),
        size=said_size(played[0].bytes) if played else "",
        sources=[_source(file) for file in played],
        tracks=_tracks(course, recording, spoken, is_fallback=is_fallback) if spoken is not None else (),
        words=_words(recording, texts),
        is_kept=is_kept_page(),
    )


def _played(course: Course, recording: Recording) -> tuple[Locale | None, list[KeptFile]]:
    """The language that readers of the page's language hear, None where there is no file, and the files as a player tries them:
    pictures before sound alone."""
    reader, files = page_locale(), site().recordings.files_of(course, recording.name)
    code = spoken_in(files, reader.code, reader.fallback, course.locale)
    played = in_order(file for file in files if file.locale == code)
    played.sort(key=lambda file: file.type.kind != "video")
    return site().locales.get(code) if code is not None else None, played


def said_size(size: int) -> str:
    """A size in the words of the page's language."""
    number, unit = size_told(size)
    return say(_SIZES[unit], number=formats.number(number, page_locale()))


def digest_now(course: Course, recording: Recording, locale: Locale) -> str:
    """The digest of the words of a recording in that language as they are now."""
    texts = _texts(course, locale)
    return words_digest(recording, course.messages, lambda context: texts.get(context).text)


def _texts(course: Course, locale: Locale) -> Texts:
    return site().library.texts(course, locale)


def _source(file: KeptFile) -> PlayerSource:
    kind = file.type
    words, size = say(QUALITY_WORDS[file.quality]), said_size(file.bytes)
    return PlayerSource(href_of(file), kind.mimetype, kind.extension.upper(), words, size)


def href_of(file: KeptFile, *, whole: bool = False) -> str:
    """The address of a file, which holds for exactly these bytes."""
    return url_for("recorded.file", key=file.key, extension=file.type.extension, _external=whole)


def _drawing(course: Course, recording: Recording, texts: Texts) -> Markup:
    figure = course.figures.get(recording.poster) if recording.poster is not None else None

    def words(context: str) -> FigureWords:
        found = texts.get(context)
        return FigureWords(plain_text(found.text), found.lang if found.fallback else None, found.dir)

    if figure is None:
        return Markup("")
    return draw(figure, words(recording.context("title")), words, texts.locale.dir)


def _tracks(course: Course, recording: Recording, spoken: Locale, *, is_fallback: bool) -> list[Track]:
    """Captions in every language that has all of them, the reader's first; on a kept page the reader's alone, as they are kept."""
    reader = page_locale()
    if is_kept_page():
        captions = kept_captions(course, recording, spoken)
        return [Track(captions[0], reader.bcp47, reader.name, is_fallback)] if captions is not None else []
    there = [locale for locale in site().locales if locale.is_reachable and _has_captions(course, recording, locale)]
    there.sort(key=lambda locale: locale.code != reader.code)
    code = course.recording_code(recording.name)
    return [
        Track(
            url_for(
                "recordings.captions",
                course_code=course.code,
                code=code,
                spoken=spoken.url,
                lang=locale.url,
                country=country_of(course),
            ),
            locale.bcp47,
            locale.name,
            is_fallback and locale.code == reader.code,
        )
        for locale in there
    ]


def _has_captions(course: Course, recording: Recording, locale: Locale) -> bool:
    return locale.code == course.locale or not _texts(course, locale).fallbacks(recording.cue_contexts)


def _words(recording: Recording, texts: Texts) -> Markup:
    gap = Markup("") if _runs_on(texts.locale) else Markup(" ")
    return gap.join(text_shown(texts, context) for context in recording.cue_contexts)


def _runs_on(locale: Locale) -> bool:
    """Whether sentences follow one another without a space."""
    return locale.code.partition("_")[0] in _WITHOUT_SPACES


def captions_of(course: Course, recording: Recording, spoken: Locale) -> str:
    """The captions in the page's language, at the times of the recording in ``spoken``."""
    texts = _texts(course, page_locale())
    cues = recording.cues_in(spoken.code)
    return webvtt((cue, plain_text(texts.get(recording.context(f"{cue.id}.cue")).text)) for cue in cues)


def country_of(course: Course) -> str | None:
    """The country that has the course so: it stands in addresses that are kept by others, the same for everybody."""
    return course.adaptation.country if course.adaptation is not None else None


def captions_digest(words: str) -> str:
    """The SHA-256 of captions; the address of those that are kept has a word of it."""
    return hashlib.sha256(words.encode()).hexdigest()


def kept_captions(course: Course, recording: Recording, spoken: Locale) -> tuple[str, str, int] | None:
    """The captions that are kept with a recording: their address, digest and bytes; None where the page's language lacks some."""
    if not _has_captions(course, recording, page_locale()):
        return None
    words = captions_of(course, recording, spoken)
    digest, code = captions_digest(words), course.recording_code(recording.name)
    address = url_for(
        "recordings.captions",
        course_code=course.code,
        code=code,
        spoken=spoken.url,
        country=country_of(course),
        v=digest[:SHOWN],
    )
    return address, digest, len(words.encode())


@dataclass(frozen=True, slots=True)
class KeptRecording:
    """A recording as it may be kept on a device: its files as a player tries them, one of which is kept, and its captions."""

    files: Sequence[KeptFile]
    captions: tuple[str, str, int] | None


def kept_recordings(course: Course, module: Module) -> list[KeptRecording]:
    """Recordings of a module that can be kept, for readers of the page's language."""
    found = [(recording, *_played(course, recording)) for recording in played_in(course, module)]
    return [
        KeptRecording(played, kept_captions(course, recording, spoken))
        for recording, spoken, played in found
        if spoken is not None
    ]


def recordings_version(course: Course) -> str:
    """Changes whenever what a player of the course shows does, besides the words of the page's own language."""
    if not course.recordings:
        return ""
    versions = [_texts(course, locale).version for locale in site().locales if locale.is_reachable]
    return "|".join([site().recordings.version(), *versions])


def played_in(course: Course, module: Module) -> list[Recording]:
    """The recordings of a module, each once: those of the whole module, then those that its lessons play."""
    bodies = (course.items[item_id].content for item_id in module.item_ids)
    played = [mark.name for body in bodies if isinstance(body, Body) for mark in body.recordings]
    names = dict.fromkeys([*module.recordings, *played])
    return [course.recordings[name] for name in names if name in course.recordings]


@dataclass(frozen=True, slots=True)
class HeardModule:
    """A module with what can be heard of it."""

    title: Markup
    players: Sequence[Player]


def heard_modules(course: Course) -> list[HeardModule]:
    """The modules of a course that have recordings."""
    texts = _texts(course, page_locale())
    found = [(module, played_in(course, module)) for module in course.modules]
    return [
        HeardModule(text_shown(texts, f"{module.prefix}#title"), [player_of(course, one) for one in recordings])
        for module, recordings in found
        if recordings
    ]


@dataclass(frozen=True, slots=True)
class ManagedFile:
    """A file of a recording as whoever looks after it sees it; ``key`` is empty for a file of the course itself."""

    words: str
    type: str
    size: str
    href: str
    key: str


@dataclass(frozen=True, slots=True)
class ManagedRecording:
    """A recording in one language, as whoever looks after it sees it."""

    name: str
    title: Markup
    is_stale: bool
    files: Sequence[ManagedFile]


def managed_recordings(course: Course, locale: Locale) -> list[ManagedRecording]:
    """Every recording of the course, with its files in that language."""
    texts = _texts(course, page_locale())
    found = []
    for recording in course.recordings.values():
        files = [one for one in site().recordings.files_of(course, recording.name) if one.locale == locale.code]
        shown = [
            ManagedFile(
                say(QUALITY_WORDS[file.quality]),
                file.type.extension.upper(),
                said_size(file.bytes),
                href_of(file),
                "" if file.folder is not None else file.key,
            )
            for file in in_order(files)
        ]
        stale = is_stale(files, digest_now(course, recording, locale))
        found.append(ManagedRecording(recording.name, text_shown(texts, recording.context("title")), stale, shown))
    return found


def feed_of(course: Course) -> Feed:
    """The podcast of the course in the page's language: the modules that can be heard in it."""
    texts = _texts(course, page_locale())
    episodes = [
        _episode(course, module, recording, file, texts)
        for module in course.modules
        for recording in played_in(course, module)
        for file in (in_feed(site().recordings.files_of(course, recording.name), page_locale().code),)
        if file is not None
    ]
    now = site().settings
    return Feed(
        title=plain_text(texts.get("course#title").text),
        summary=plain_text(texts.get("course#summary").text),
        author=now.organisation or now.site_name,
        language=page_locale().bcp47,
        page=url_for("recordings.listing", course_code=course.code, _external=True),
        own=url_for("recordings.feed", course_code=course.code, country=country_of(course), _external=True),
        image=request.host_url.rstrip("/") + static_url("img/icon-512.png"),
        episodes=episodes,
    )


def _episode(course: Course, module: Module, recording: Recording, file: KeptFile, texts: Texts) -> Episode:
    module_title = plain_text(texts.get(f"{module.prefix}#title").text)
    title = plain_text(texts.get(recording.context("title")).text)
    gap = "" if _runs_on(texts.locale) else " "
    return Episode(
        guid=f"{course.id}/{recording.name}/{file.locale}",
        title=f"{module_title}: {title}",
        summary=gap.join(plain_text(texts.get(context).text) for context in recording.cue_contexts),
        page=url_for("recordings.listing", course_code=course.code, _external=True),
        href=href_of(file, whole=True),
        bytes=file.bytes,
        mimetype=file.type.mimetype,
        seconds=file.seconds,
        day=file.day,
    )


def has_feed(course: Course) -> bool:
    """Whether anything of the course can be heard in the page's language."""
    code = page_locale().code
    return any(in_feed(site().recordings.files_of(course, name), code) is not None for name in course.recordings)
