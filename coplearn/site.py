"""The parts of one running site: put together once by ``create_app``, and found here by whoever needs one of them.

The classes of slices above are named for the type checker alone; when the site runs, this module imports nothing of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from flask import current_app

from coplearn.i18n.glossary import Glossaries
from coplearn.i18n.live import LiveCatalogs
from coplearn.i18n.locales import LiveLocales
from coplearn.keys.ring import KeyRing
from coplearn.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from flask.sansio.app import App
    from markupsafe import Markup
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from coplearn.certificates.presenters import Finder
    from coplearn.courses.live_library import LiveLibrary
    from coplearn.findable import FindableSource
    from coplearn.helplines.directory import Directory
    from coplearn.insights.cohort_presenters import ProgressCache
    from coplearn.learning.results import OtherCourse, Teaches
    from coplearn.lti.guards import LaunchParts
    from coplearn.metrics.collecting import Metrics
    from coplearn.offline.keeping.rules import OfflineFile, OfflinePage
    from coplearn.outbox.jobs import Jobs
    from coplearn.outbox.letters import Letters
    from coplearn.packages.service import PlayedVersion
    from coplearn.programme.rules.sources import ActivitySource, RecommendationSource
    from coplearn.providers.guards import Providers
    from coplearn.recordings.queries import RecordingIndex
    from coplearn.search.finding import TextFinder
    from coplearn.search.indexing import SearchIndex
    from coplearn.translating.catalogs.domains import SeenFiles
    from coplearn.translating.catalogs.languages import Shares
    from coplearn.translating.editing.machine import Machine
    from coplearn.translating.editing.memory import Memory

_KEY: Final = "coplearn"


class Chosen(Protocol):
    """The settings that hold, looked at again every some seconds."""

    def __call__(self) -> Settings:
        """The settings that hold now."""

    def renew(self) -> None:
        """Look now, for whoever has just changed something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryBrand:
    """The look of a country's pages: what it calls the site, its logo, the address of its colours, and what its start page
    says. What is empty stays the site's own. ``version`` changes when any of it does."""

    version: str
    name: Markup
    logo: Markup
    style: str
    home_title: Markup
    home_text: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything that one application has once, and no request of its own."""

    operators: Settings
    """The settings of whoever runs the server; ``settings`` are those that hold."""
    chosen: Chosen
    keys: KeyRing
    """What the site signs with, a purpose a key."""
    locales: LiveLocales
    catalogs: LiveCatalogs
    glossaries: Glossaries
    helplines: Directory
    library: LiveLibrary
    """The courses, read again when a file of theirs changes: ``library.current()``."""
    recordings: RecordingIndex
    """The files that can be played."""
    letters: Letters
    """Every kind of letter, by name."""
    jobs: Jobs
    memory: Memory
    """What was translated before, for the editor's suggestions."""
    machine: Machine | None
    providers: Providers
    """Whom people can sign in with."""
    shares: Shares
    """How much of each language's texts is ready, by domain."""
    seen_files: SeenFiles
    metrics: Metrics | None
    """What is counted for Prometheus; None where nobody may see it."""
    progress: ProgressCache
    """What was counted of large cohorts not long ago."""
    search_index: SearchIndex
    """What can be found by a word, brought up to the texts by the process that does the jobs."""
    finder: TextFinder
    certificate_finders: list[Finder] = field(default_factory=list)
    """Who else knows certificates that the public check may show."""
    teaches: list[Teaches] = field(default_factory=list)
    """Who knows of a person that they teach, so that no entry rule of a course holds them up."""
    staff: list[ColumnElement[bool]] = field(default_factory=list)
    """Conditions on a row of ``user``, each enough for its person to count as staff, who need a second factor."""
    findable: list[FindableSource] = field(default_factory=list)
    """Records that the search finds beside courses, by those who may see them."""
    brands: list[Callable[[str], CountryBrand | None]] = field(default_factory=list)
    """Who knows how a country's pages look, by its code."""
    kept_pages: list[OfflinePage] = field(default_factory=list)
    """Pages that are kept with every course on a phone, such as help."""
    kept_files: list[OfflineFile] = field(default_factory=list)
    """Files that are made of a course and kept with it."""
    activity_sources: list[ActivitySource] = field(default_factory=list)
    """Who knows activities of a programme from records of their own."""
    learner_joins: list[Callable[[Session, int, int], None]] = field(default_factory=list)
    """Who keeps more of learners: called with the one that goes and the one that stays before two are joined."""
    other_courses: list[Callable[[], Sequence[OtherCourse]]] = field(default_factory=list)
    """Who has more that can be learned, for whoever asks: the list of courses shows it below our own."""
    recommendation_sources: list[RecommendationSource] = field(default_factory=list)
    """Who knows recommendations to a country."""
    launches: list[LaunchParts] = field(default_factory=list)
    """The one thing that knows of learning platforms."""
    package_hearers: list[Callable[[Session, str, Sequence[dict[str, Any]], datetime], None]] = field(
        default_factory=list
    )
    """Who hears what launched packages say in statements, in the same transaction: the sender, the statements, and now."""
    played_versions: dict[int, PlayedVersion] = field(default_factory=dict)
    """Packages that are played now, as far as each of their files needs them."""

    @property
    def settings(self) -> Settings:
        """The settings that hold now: the operator's, and what an administrator chose where those say nothing."""
        return self.chosen()


def set_site(app: App, parts: Site) -> None:
    """Give an application its parts; done once, before anything asks for one."""
    app.extensions[_KEY] = parts


def site_of(app: App) -> Site:
    """The parts of that application."""
    parts: Site = app.extensions[_KEY]
    return parts


def site() -> Site:
    """The parts of the application that is active now."""
    return site_of(current_app)
