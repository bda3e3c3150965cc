"""The application, put together: the only module that knows every view."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_babel import Babel
from werkzeug.middleware.proxy_fix import ProxyFix

from coplearn.accounts.views import register_accounts
from coplearn.assessments.views import blueprint as assessments
from coplearn.certificates.views import blueprint as certificates
from coplearn.cohorts.meetings.views.feeds import blueprint as feeds
from coplearn.cohorts.whole.routes import blueprint as cohorts
from coplearn.cohorts.whole.tasks import register_letters
from coplearn.courses.live_library import LiveLibrary
from coplearn.courses.preload import Preload, layers_of
from coplearn.drills.tasks import register_drills
from coplearn.drills.views import blueprint as drills
from coplearn.guides.views import blueprint as guides
from coplearn.helplines.directory import Directory
from coplearn.i18n.glossary import Glossaries
from coplearn.i18n.live import POLL_SECONDS, LiveCatalogs
from coplearn.i18n.locales import PSEUDO, LiveLocales
from coplearn.insights.cohort_presenters import ProgressCache
from coplearn.insights.tasks import register_ledger
from coplearn.insights.views import blueprint as insights
from coplearn.learning.guards import join_on_sign_in
from coplearn.learning.tasks import register_finishing
from coplearn.learning.views import blueprint as learning
from coplearn.outbox.jobs import Jobs, register_outbox
from coplearn.outbox.letters import Letters
from coplearn.outbox.service import OUTBOX_KEY
from coplearn.pages.views import blueprint as pages
from coplearn.pages.views import probes
from coplearn.practice.tasks import register_practice
from coplearn.practice.views import blueprint as practice
from coplearn.profile.views import blueprint as profile
from coplearn.rooms.tasks import register_rooms
from coplearn.rooms.views import blueprint as rooms
from coplearn.settings import Settings
from coplearn.site import Site, set_site
from coplearn.storage.database import Database, engine_of, engine_options
from coplearn.translating.catalogs.domains import SeenFiles
from coplearn.translating.catalogs.guards import register_translating
from coplearn.translating.catalogs.languages import is_ready, shares_of
from coplearn.translating.catalogs.publishing import PublishedTexts
from coplearn.translating.editing.machine import load_machine
from coplearn.translating.editing.memory import Memory
from coplearn.translating.routes import blueprint as translating
from coplearn.translating.store.catalog_store import GLOSSARIES_KEY, READERS_KEY
from coplearn.web.addresses import Application
from coplearn.web.body_limits import register_body_limits
from coplearn.web.compress import register_compression
from coplearn.web.errors import register_errors
from coplearn.web.framework import CachedSessions, csrf
from coplearn.web.languages import register_languages
from coplearn.web.logs import configure_logs
from coplearn.web.render import page_locale, register_render
from coplearn.web.request_checks import register_request_checks
from coplearn.web.security import register_security

WEB = Path(__file__).parent / "web"


def create_app(settings: Settings, *, poll: float = POLL_SECONDS, preload: Preload | None = None) -> Flask:
    """The whole site for one set of settings, as a WSGI application. Raises ValueError when the registry or a setting is wrong.

    Changed courses, catalogs and published texts are looked for every ``poll`` seconds. ``preload`` is reading the courses
    already.
    """
    app = Application("coplearn", static_folder=str(WEB / "static"), template_folder=str(WEB / "templates"))
    virtual = PSEUDO if settings.pseudo_locales else ()
    app.session_interface = CachedSessions()
    locales = LiveLocales(settings.registry, settings.own_translations, extra=virtual, poll=poll)
    configure_logs(settings)
    app.config.update(_config(settings))
    if settings.proxies:
        count = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]

    parts = _parts(app, settings, locales, poll, preload)
    set_site(app, parts)
    Babel(app, locale_selector=lambda: page_locale().babel, configure_jinja=False)
    register_security(app, settings)
    register_languages(app, settings, locales)
    register_render(app, settings, locales, parts.catalogs)
    # These refuse requests with a page, which needs what the lines above lend to it.
    register_body_limits(app)
    register_request_checks(app)
    register_errors(app)
    register_compression(app)
    csrf.init_app(app)
    register_outbox(app, settings)
    register_letters(app)
    register_rooms(app)
    register_drills(app)
    register_finishing(app)
    register_practice(app)
    register_ledger(app)
    register_accounts(app, settings)
    join_on_sign_in(app)
    register_translating(app)
    every = (
        pages,
        probes,
        learning,
        assessments,
        practice,
        certificates,
        cohorts,
        feeds,
        rooms,
        drills,
        guides,
        insights,
        profile,
        translating,
    )
    for blueprint in every:
        app.register_blueprint(blueprint)
    return app


def _parts(app: Flask, settings: Settings, locales: LiveLocales, poll: float, preload: Preload | None) -> Site:
    # What judges a translation and what queues letters goes with every session, so that no verb has to be handed it.
    session_info: dict[str, object] = {}
    Database(session_options={"info": session_info}).init_app(app)
    published = PublishedTexts(engine_of(app), poll=poll)
    layers = layers_of(settings)
    library = LiveLibrary(
        settings.course_folders,
        frozenset(settings.trusted_courses),
        locales,
        poll=poll,
        published=published,
        preload=preload.take if preload is not None else None,
        layers=layers,
    )
    translations = settings.home / "translations"
    catalogs = LiveCatalogs(
        translations,
        settings.own_translations,
        published=published,
        poll=poll,
        gate=layers.gate,
        kept=settings.instance_path / "cache" / "interface",
    )
    shares = shares_of(library, catalogs, translations / "messages.pot")
    locales.is_ready = is_ready(library, shares, settings.language_bar)
    letters = Letters()
    parts = Site(
        settings=settings,
        locales=locales,
        catalogs=catalogs,
        glossaries=Glossaries(settings.home),
        helplines=Directory.load(settings.helplines),
        library=library,
        letters=letters,
        jobs=Jobs(app, settings, letters),
        memory=Memory(),
        machine=load_machine(settings.machine_translation),
        shares=shares,
        seen_files=SeenFiles(),
        progress=ProgressCache(),
    )
    GLOSSARIES_KEY.put(session_info, parts.glossaries)
    READERS_KEY.put(session_info, settings.readers)
    OUTBOX_KEY.put(session_info, parts.jobs)
    return parts


def _config(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.key(),
        "SQLALCHEMY_ENGINES": {"default": engine_options(settings.database)},
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.https,
        "SESSION_COOKIE_NAME": "__Host-session" if settings.https else "session",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=30),
        "SEND_FILE_MAX_AGE_DEFAULT": 31_536_000,
        "WTF_CSRF_TIME_LIMIT": None,
        "MACHINE": bool(settings.machine_translation),
        "PREFERRED_URL_SCHEME": "https" if settings.https else "http",
    }
