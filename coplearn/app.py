"""The application, put together: the only module that knows every view."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import Flask
from flask_babel import Babel
from sqlalchemy.orm import Session
from werkzeug.middleware.proxy_fix import ProxyFix

from coplearn.accounts.guards import present_actor
from coplearn.accounts.views import register_accounts
from coplearn.administration.audit_log.guards import register_reading
from coplearn.administration.audit_log.views import blueprint as audit_log
from coplearn.administration.overview.views import blueprint as overview
from coplearn.administration.people.guards import register_seeing
from coplearn.administration.people.tasks import register_people
from coplearn.administration.people.views import blueprint as people
from coplearn.administration.people.views import invited
from coplearn.administration.site_settings.queries import LiveSettings
from coplearn.administration.site_settings.tasks import register_site_settings
from coplearn.administration.site_settings.views import blueprint as site_settings
from coplearn.api.views import blueprint as api
from coplearn.assessments.views import blueprint as assessments
from coplearn.audit.service import ACTOR_KEY
from coplearn.audit.tasks import register_audit
from coplearn.backups.tasks import register_backups
from coplearn.campaigns.tasks import register_campaigns
from coplearn.campaigns.views import blueprint as campaigns
from coplearn.certificates.views import blueprint as certificates
from coplearn.cohorts.meetings.views.feeds import blueprint as feeds
from coplearn.cohorts.series.tasks import register_series
from coplearn.cohorts.series.views import blueprint as series
from coplearn.cohorts.whole.routes import blueprint as cohorts
from coplearn.cohorts.whole.tasks import register_letters
from coplearn.consultations.tasks import register_consultations
from coplearn.consultations.views.consulting import blueprint as consulting
from coplearn.consultations.views.drafting import blueprint as drafting
from coplearn.consultations.views.readers import blueprint as statements
from coplearn.course_exports.tasks import register_course_exports
from coplearn.course_exports.views import blueprint as course_exports
from coplearn.courses.live_library import LiveLibrary
from coplearn.courses.overlays.loading import places_of
from coplearn.courses.preload import Preload, interface_of, layers_of
from coplearn.credentials.views import blueprint as issuing
from coplearn.credentials.views import machine as credentials
from coplearn.declarations.tasks import register_declarations
from coplearn.declarations.views.following import blueprint as recommendations
from coplearn.declarations.views.public import blueprint as declared
from coplearn.declarations.views.tables import blueprint as declarations
from coplearn.drills.tasks import register_drills
from coplearn.drills.views import blueprint as drills
from coplearn.guides.views import blueprint as guides
from coplearn.helplines.directory import Directory
from coplearn.i18n.glossary import Glossaries
from coplearn.i18n.live import POLL_SECONDS
from coplearn.i18n.locales import PSEUDO, LiveLocales
from coplearn.insights.cohort_presenters import ProgressCache
from coplearn.insights.tasks import register_ledger
from coplearn.insights.views import blueprint as insights
from coplearn.keys.ring import KeyRing
from coplearn.learning.guards import join_on_sign_in
from coplearn.learning.tasks import register_finishing
from coplearn.learning.views import blueprint as learning
from coplearn.lti.guards import register_launches
from coplearn.lti.tasks import register_lti
from coplearn.lti.views.joining import blueprint as launched
from coplearn.lti.views.platforms import blueprint as platforms
from coplearn.lti.views.registering import blueprint as lti
from coplearn.metrics.views import load_metrics, register_metrics
from coplearn.offline.keeping.views import blueprint as keeping
from coplearn.offline.operations.views import blueprint as operations
from coplearn.outbox.jobs import Jobs, register_outbox
from coplearn.outbox.letters import Letters
from coplearn.outbox.queries import outbox_gauges
from coplearn.outbox.service import OUTBOX_KEY
from coplearn.overlays.views import blueprint as overlays
from coplearn.overlays.views import brands
from coplearn.packages.guards import register_stage
from coplearn.packages.presenters import list_packages
from coplearn.packages.tasks import register_packages
from coplearn.packages.views.certificates import blueprint as package_certificates
from coplearn.packages.views.pages import blueprint as packages
from coplearn.packages.views.pages import played
from coplearn.pages.views import blueprint as pages
from coplearn.pages.views import probes
from coplearn.period_reports.views import blueprint as period_reports
from coplearn.practice.tasks import register_practice
from coplearn.practice.views import blueprint as practice
from coplearn.presenting.views import blueprint as presenting
from coplearn.privacy.guards import blueprint as privacy
from coplearn.privacy.rules import TERMS
from coplearn.profile.views import blueprint as profile
from coplearn.programme.routes import blueprint as programme
from coplearn.programme.tasks import register_programme
from coplearn.providers.guards import Providers, register_providers
from coplearn.providers.views import blueprint as providers
from coplearn.recordings.queries import RecordingIndex
from coplearn.recordings.tasks import register_recordings
from coplearn.recordings.views import blueprint as recordings
from coplearn.recordings.views import files as recorded
from coplearn.resources.experts.tasks import register_experts
from coplearn.resources.experts.views import blueprint as experts
from coplearn.resources.hub.tasks import register_resources
from coplearn.resources.hub.views import blueprint as resources
from coplearn.rooms.tasks import register_rooms
from coplearn.rooms.views import blueprint as rooms
from coplearn.search.engines import open_store
from coplearn.search.finding import TextFinder
from coplearn.search.indexing import SearchIndex
from coplearn.search.tasks import register_search
from coplearn.search.views import blueprint as search
from coplearn.second_factors.guards import register_second_factors
from coplearn.second_factors.tasks import register_factor_tasks
from coplearn.second_factors.views import blueprint as second_factors
from coplearn.settings import Settings
from coplearn.site import Site, set_site, site_of
from coplearn.storage.database import Database, engine_of, engine_options
from coplearn.storage.replica import REPLICA_KEY, open_replica
from coplearn.tokens.tasks import register_tokens
from coplearn.tokens.views import blueprint as tokens
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
from coplearn.web.static_files import register_static
from coplearn.webhooks.tasks import register_webhooks
from coplearn.xapi.tasks import register_xapi
from coplearn.xapi.views.lrs import blueprint as lrs
from coplearn.xapi.views.manage import blueprint as xapi

WEB = Path(__file__).parent / "web"
_STORE_ANSWERS = frozenset(
    {"learning.answer", "assessments.answer", "practice.answer_before", "practice.answer_again", "operations.take"}
)

_BLUEPRINTS: Final = (
    privacy,
    pages,
    people,
    overview,
    invited,
    site_settings,
    audit_log,
    probes,
    learning,
    assessments,
    practice,
    campaigns,
    certificates,
    cohorts,
    credentials,
    issuing,
    declarations,
    declared,
    recommendations,
    series,
    course_exports,
    consulting,
    drafting,
    statements,
    feeds,
    recordings,
    recorded,
    rooms,
    drills,
    guides,
    keeping,
    presenting,
    programme,
    insights,
    lti,
    launched,
    platforms,
    operations,
    resources,
    experts,
    overlays,
    brands,
    packages,
    package_certificates,
    played,
    period_reports,
    profile,
    providers,
    search,
    second_factors,
    tokens,
    api,
    translating,
    lrs,
    xapi,
)


def create_app(settings: Settings, *, poll: float = POLL_SECONDS, preload: Preload | None = None) -> Flask:
    """The whole site for one set of settings, as a WSGI application. Raises ValueError when the registry or a setting is wrong.

    Changed courses, catalogs and published texts are looked for every ``poll`` seconds. ``preload`` is reading the courses
    already.
    """
    app = Application("coplearn", static_folder=None, template_folder=str(WEB / "templates"))
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
    register_metrics(app, _STORE_ANSWERS)
    register_languages(app, settings, locales)
    register_render(app, settings, locales, parts.catalogs)
    # These refuse requests with a page, which needs what the lines above lend to it.
    register_body_limits(app)
    register_request_checks(app)
    register_errors(app)
    register_compression(app)
    register_static(app)
    csrf.init_app(app)
    _register_slices(app, settings)
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def _register_slices(app: Flask, settings: Settings) -> None:
    """Let each slice add its letters, its work and its looks at requests, the lower ones first."""
    register_outbox(app, settings)
    register_letters(app)
    register_series(app)
    register_rooms(app)
    register_drills(app)
    register_programme(app)
    register_consultations(app)
    register_declarations(app)
    register_campaigns(app)
    register_recordings(app)
    register_course_exports(app)
    register_packages(app)
    list_packages(app)
    register_stage(app)
    register_resources(app)
    register_experts(app)
    register_finishing(app)
    register_xapi(app)
    register_practice(app)
    register_ledger(app)
    register_audit(app)
    register_reading(app)
    register_people(app)
    register_seeing(app)
    register_site_settings(app)
    register_accounts(app, settings)
    register_second_factors(app)
    register_factor_tasks(app)
    register_tokens(app)
    register_webhooks(app)
    join_on_sign_in(app)
    register_providers(app)
    register_translating(app)
    register_backups(app)
    register_search(app)
    launches = register_launches(app)
    register_lti(app, lambda: launches.client, launches.key)


def _parts(app: Flask, settings: Settings, locales: LiveLocales, poll: float, preload: Preload | None) -> Site:
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
        overlays=places_of(settings),
    )
    catalogs = interface_of(settings, layers.gate, poll=poll, published=published)
    shares = shares_of(library, catalogs, settings.home / "translations" / "messages.pot")
    locales.is_ready = is_ready(library, shares, settings.language_bar)
    letters = Letters()
    index = SearchIndex(
        lambda: site_of(app),
        lambda: open_store(engine_of(app), settings.instance_path / "cache"),
        lambda: Session(engine_of(app)),
    )
    chosen = LiveSettings(engine_of(app), settings, poll)
    locales.offered = lambda: chosen().languages
    parts = Site(
        operators=settings,
        chosen=chosen,
        keys=KeyRing(settings),
        locales=locales,
        catalogs=catalogs,
        glossaries=Glossaries(settings.home),
        helplines=Directory.load(settings.helplines),
        library=library,
        recordings=RecordingIndex(engine_of(app), library, poll),
        letters=letters,
        jobs=Jobs(app, settings, letters),
        memory=Memory(),
        machine=load_machine(settings.machine_translation),
        providers=Providers(settings),
        shares=shares,
        seen_files=SeenFiles(),
        metrics=load_metrics(settings, [outbox_gauges]),
        progress=ProgressCache(),
        search_index=index,
        finder=TextFinder(lambda: site_of(app), lambda: index.store),
    )
    _lend_to_sessions(session_info, parts)
    _lend_replica(session_info, parts)
    return parts


def _lend_to_sessions(session_info: dict[str, object], parts: Site) -> None:
    """Let what judges a translation and what queues letters go with every session, so that no verb has to be handed it."""
    GLOSSARIES_KEY.put(session_info, parts.glossaries)
    READERS_KEY.put(session_info, parts.operators.readers)
    OUTBOX_KEY.put(session_info, parts.jobs)
    ACTOR_KEY.put(session_info, present_actor)


def _lend_replica(session_info: dict[str, object], parts: Site) -> None:
    """Let every session know of the replica, if the operator has one."""
    replica = open_replica(parts.operators.database, parts.operators.replica_url)
    if replica is None:
        return
    REPLICA_KEY.put(session_info, replica)
    if parts.metrics is not None:
        replica.count = parts.metrics.much_read


def _config(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.key(),
        "SQLALCHEMY_ENGINES": {"default": engine_options(settings.database)},
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.https,
        "SESSION_COOKIE_NAME": "__Host-session" if settings.https else "session",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": TERMS["session"].span,
        "WTF_CSRF_TIME_LIMIT": None,
        "MACHINE": bool(settings.machine_translation),
        "PREFERRED_URL_SCHEME": "https" if settings.https else "http",
    }
