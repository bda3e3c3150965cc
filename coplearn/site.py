"""The parts of one running site: put together once by ``create_app``, and found here by whoever needs one of them.

The classes of slices above are named for the type checker alone; when the site runs, this module imports nothing of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from flask import current_app

from coplearn.i18n.glossary import Glossaries
from coplearn.i18n.live import LiveCatalogs
from coplearn.i18n.locales import LiveLocales
from coplearn.settings import Settings

if TYPE_CHECKING:
    from flask.sansio.app import App

    from coplearn.certificates.presenters import Finder
    from coplearn.courses.live_library import LiveLibrary
    from coplearn.helplines.directory import Directory
    from coplearn.insights.cohort_presenters import ProgressCache
    from coplearn.learning.results import Teaches
    from coplearn.outbox.jobs import Jobs
    from coplearn.outbox.letters import Letters
    from coplearn.translating.catalogs.domains import SeenFiles
    from coplearn.translating.catalogs.languages import Shares
    from coplearn.translating.editing.machine import Machine
    from coplearn.translating.editing.memory import Memory

_KEY: Final = "coplearn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything that one application has once, and no request of its own."""

    settings: Settings
    locales: LiveLocales
    catalogs: LiveCatalogs
    glossaries: Glossaries
    helplines: Directory
    library: LiveLibrary
    """The courses, read again when a file of theirs changes: ``library.current()``."""
    letters: Letters
    """Every kind of letter, by name."""
    jobs: Jobs
    memory: Memory
    """What was translated before, for the editor's suggestions."""
    machine: Machine | None
    shares: Shares
    """How much of each language's texts is ready, by domain."""
    seen_files: SeenFiles
    progress: ProgressCache
    """What was counted of large cohorts not long ago."""
    certificate_finders: list[Finder] = field(default_factory=list)
    """Who else knows certificates that the public check may show."""
    teaches: list[Teaches] = field(default_factory=list)
    """Who knows of a person that they teach, so that no entry rule of a course holds them up."""


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
