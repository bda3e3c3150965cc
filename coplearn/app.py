"""The application, put together: the only module that knows every view."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_babel import Babel
from werkzeug.middleware.proxy_fix import ProxyFix

from coplearn.accounts.views import register_accounts
from coplearn.certificates.views import blueprint as certificates
from coplearn.cohorts.meetings.views.feeds import blueprint as feeds
from coplearn.cohorts.whole.routes import blueprint as cohorts
from coplearn.cohorts.whole.tasks import register_letters
from coplearn.courses.ahead import Ahead, judge_of
from coplearn.courses.shelf import Shelf
from coplearn.helplines.directory import Directory
from coplearn.i18n.glossary import Glossaries
from coplearn.i18n.live import POLL_SECONDS, LiveCatalogs
from coplearn.i18n.locales import PSEUDO, LiveLocales
from coplearn.insights.tasks import register_ledger
from coplearn.insights.views import blueprint as insights
from coplearn.learning.guards import join_on_sign_in
from coplearn.learning.tasks import register_finishing
from coplearn.learning.views import blueprint as learning
from coplearn.outbox.jobs import register_outbox
from coplearn.outbox.service import OUTBOX_KEY
from coplearn.pages.views import blueprint as pages
from coplearn.pages.views import probes
from coplearn.profile.views import blueprint as profile
from coplearn.settings import Settings
from coplearn.storage.database import Database, engine_of, engine_options
from coplearn.translating.catalogs.guards import register_translating
from coplearn.translating.catalogs.languages import is_ready, shares_of
from coplearn.translating.catalogs.publishing import PublishedTexts
from coplearn.translating.editing.machine import load_machine
from coplearn.translating.editing.memory import Memory
from coplearn.translating.routes import blueprint as translating
from coplearn.web.addresses import Application
from coplearn.web.compress import register_compression
from coplearn.web.csrf import csrf
from coplearn.web.errors import register_errors
from coplearn.web.languages import register_languages
from coplearn.web.logs import configure_logs
from coplearn.web.render import page_locale, register_render
from coplearn.web.security import register_security
from coplearn.web.sent import register_sent
from coplearn.web.sessions import KeptSessions
from coplearn.web.uploads import register_uploads

WEB = Path(__file__).parent / "web"


def create_app(settings: Settings, *, poll: float = POLL_SECONDS, ahead: Ahead | None = None) -> Flask:
    """The whole site for one set of settings, as a WSGI application. Raises ValueError when the registry or a setting is wrong.

    Changed courses, catalogs and published texts are looked for every ``poll`` seconds. ``ahead`` is reading the courses
    already.
    """
    app = Application("coplearn", static_folder=str(WEB / "static"), template_folder=str(WEB / "templates"))
    virtual = PSEUDO if settings.pseudo_locales else ()
    app.session_interface = KeptSessions()
    locales = LiveLocales(settings.registry, settings.own_translations, extra=virtual, poll=poll)
    configure_logs(settings)
    app.config.update(_config(settings))
    app.extensions["settings"] = settings
    app.extensions["locales"] = locales
    app.extensions["helplines"] = Directory.load(settings.helplines)
    if settings.proxies:
        count = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]

    # What judges a translation and what queues letters is lent to every session, so that no verb has to be handed it.
    app.extensions["glossaries"] = Glossaries(settings.home)
    lent: dict[str, object] = {"glossaries": app.extensions["glossaries"], "readers": settings.readers}
    Database(session_options={"info": lent}).init_app(app)
    published = PublishedTexts(engine_of(app), poll=poll)
    judge = judge_of(settings)
    app.extensions["shelf"] = Shelf(
        settings.course_folders,
        frozenset(settings.trusted_courses),
        locales,
        poll=poll,
        published=published,
        ahead=ahead.take if ahead is not None else None,
        judge=judge,
    )
    app.extensions["memory"] = Memory()
    app.extensions["machine"] = load_machine(settings.machine_translation)
    Babel(app, locale_selector=lambda: page_locale().babel, configure_jinja=False)
    register_security(app, settings)
    register_languages(app, settings, locales)
    translations = settings.home / "translations"
    catalogs = LiveCatalogs(translations, settings.own_translations, published=published, poll=poll, gate=judge.gate)
    shares = shares_of(app.extensions["shelf"], catalogs, translations / "messages.pot")
    app.extensions["shares"] = shares
    locales.is_ready = is_ready(app.extensions["shelf"], shares, settings.language_bar)
    register_render(app, settings, locales, catalogs)
    # These refuse requests with a page, which needs what the lines above lend to it.
    register_uploads(app)
    register_sent(app)
    register_errors(app)
    register_compression(app)
    csrf.init_app(app)
    register_outbox(app, settings)
    register_letters(app)
    register_finishing(app)
    register_ledger(app)
    lent[OUTBOX_KEY] = app.extensions["jobs"]
    register_accounts(app, settings, locales)
    join_on_sign_in(app)
    register_translating(app)
    for blueprint in (pages, probes, learning, certificates, cohorts, feeds, insights, profile, translating):
        app.register_blueprint(blueprint)
    return app


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
