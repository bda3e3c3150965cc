"""Pages that belong to no course: the start, help, what this site is, and its health."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from shutil import disk_usage
from typing import Final

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as BaseResponse

from coplearn.accounts.guards import require
from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.cohorts.whole.presenters.cohort import when_next
from coplearn.i18n.countries import COUNTRIES
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission
from coplearn.learning.guards import latest_course
from coplearn.learning.queries import reach
from coplearn.offline.keeping.render_cache import LAYOUT
from coplearn.offline.keeping.rules import OfflinePage
from coplearn.outbox.letters import LetterKind
from coplearn.outbox.presenters import outbox_screen
from coplearn.outbox.queries import is_stopped, stands_still
from coplearn.outbox.service import again, resume_letters, stop_letters
from coplearn.pages.guards import present_work, register_work, work_of_staff
from coplearn.pages.presenters import help_screen, home_screen, site_manifest
from coplearn.privacy.documents import record_pdf
from coplearn.privacy.presenters import kept_groups, processing_record
from coplearn.privacy.service import renew_by_code, withdraw_by_code
from coplearn.site import site, site_of
from coplearn.storage.database import current_engine, current_session
from coplearn.storage.probe import saves
from coplearn.translating.catalogs.domains import title_of
from coplearn.translating.catalogs.status import readings_of, staff_told
from coplearn.web.compress import note_own_link
from coplearn.web.framework import csrf
from coplearn.web.languages import (
    PICTURES,
    SHOWN,
    WAIT,
    asks_for_less,
    remember,
    remembered_audience,
    remembered_country,
)
from coplearn.web.limits import count_try, over_limit, too_many_page
from coplearn.web.render import page_locale, say

_LEAST_ROOM: Final = 4 * 1024 * 1024
"""Bytes on the instance folder's disk, below which hardly anything can be saved any more."""

MOST_STOPS: Final = 600
"""Letters an hour that one network address may stop or resume: a mail provider's many readers, and no end of rows."""

blueprint = Blueprint("pages", __name__, template_folder="templates")
probes = Blueprint("probes", __name__)


@blueprint.record_once
def notice_work(state: BlueprintSetupState) -> None:
    """See at sign-in who works here, and have the help page kept with each course."""
    assert isinstance(state.app, Flask)
    register_work(state.app)
    kept_pages = site_of(state.app).kept_pages
    kept_pages.append(OfflinePage("help", "pages.help_now", kept_help))
    kept_pages.append(OfflinePage("listen", "pages.listen", lambda _country: render_template("pages/listen.html")))


@blueprint.get("/")
def start() -> BaseResponse:
    """Lead to the start page in the visitor's language."""
    response = redirect(url_for("pages.home"))
    response.vary.add("Accept-Language")
    response.vary.add("Cookie")
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/<lang:lang>/")
def home() -> str:
    """Begin, or go on where one was; say who you are; and who runs this."""
    audience, staff_work = remembered_audience(), work_of_staff()
    screen = home_screen(audience, latest_course())
    return render_template("pages/home.html", audience=audience, screen=screen, work=staff_work, when=when_next)


@blueprint.get("/<lang:lang>/work")
def work() -> str:
    """My work: everything that waits for somebody who works here, and the way to it."""
    return render_template("pages/work.html", work=present_work(), when=when_next)


@blueprint.get("/<lang:lang>/help")
def help_now() -> str:
    """Helplines and places to report, by the country the visitor picks."""
    asked = request.args.get("country", "").upper()
    if asked in COUNTRIES:
        note_own_link()
    return render_template("pages/help.html", screen=help_screen(asked, remembered_country()))


def kept_help(country: str | None) -> str:
    """The help page of a country as it is kept on a phone."""
    return render_template("pages/help.html", layout=LAYOUT, screen=help_screen("", country))


@blueprint.post("/<lang:lang>/help")
def choose_country() -> BaseResponse:
    """Remember the country on this device."""
    country = request.form.get("country", "").upper()
    response: Response = make_response(redirect(url_for("pages.help_now"), 303))
    if country in COUNTRIES:
        remember(response, "country", country, site().settings)
    elif not country:
        response.delete_cookie("country")
    return response


@blueprint.get("/<lang:lang>/listen")
def listen() -> Response:
    """The bar with which a step is heard, as a piece of a page; listen.js puts it there."""
    response = make_response(render_template("pages/listen.html"))
    response.headers["Cache-Control"] = "public, max-age=600"
    return response


@blueprint.get("/<lang:lang>/about")
def about() -> str:
    """About this site: who runs it, how many it has reached, and under which licences."""
    begun, finished = reach(current_session(current_app))
    return render_template("pages/about.html", begun=begun, finished=finished, readings=readings_of(page_locale()))


@blueprint.get("/<lang:lang>/manifest.webmanifest")
def manifest() -> Response:
    """The web app manifest, for a phone's home screen, in the page's language."""
    return Response(json.dumps(site_manifest(), ensure_ascii=False), mimetype="application/manifest+json")


@blueprint.get("/<lang:lang>/accessibility")
def accessibility() -> str:
    """The accessibility statement."""
    return render_template("pages/accessibility.html")


@blueprint.get("/<lang:lang>/privacy")
def privacy() -> str:
    """The privacy page: what is kept of whom, and for how long."""
    settings = site().settings
    return render_template(
        "pages/privacy.html",
        days=settings.visitor_days,
        letter_days=settings.letter_days,
        responsible=settings.responsible,
        legal_basis=settings.legal_basis,
        kept=kept_groups(settings),
    )


@blueprint.get("/<lang:lang>/privacy/record.pdf")
def privacy_record() -> Response:
    """The record of processing, as a paper for whoever answers for people's data here."""
    require(Permission.SEE_RECORD)
    pdf = record_pdf(processing_record(site().settings, utcnow().date()))
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'attachment; filename="record-of-processing.pdf"'
    return response


@blueprint.get("/<lang:lang>/pictures")
def pictures() -> str:
    """Whether pictures wait until they are asked for, and the way to choose."""
    chosen = request.cookies.get(PICTURES, "")
    return render_template("pages/pictures.html", chosen=chosen, asks_for_less=asks_for_less())


@blueprint.post("/<lang:lang>/pictures")
def choose_pictures() -> BaseResponse:
    """Remember whether pictures wait on this device."""
    chosen = request.form.get("pictures", "")
    if chosen not in {WAIT, SHOWN}:
        abort(400)
    response: Response = make_response(redirect(url_for(".pictures"), 303))
    remember(response, PICTURES, chosen, site().settings)
    return response


@blueprint.get("/<lang:lang>/style")
def style() -> str:
    """Every piece of the design, for designers and the tests."""
    if not site().settings.style_page:
        abort(404)
    return render_template("style.html")


@blueprint.get("/<lang:lang>/staff/courses")
def course_problems() -> str:
    """All courses, and what is to be mended in them."""
    require(Permission.SEE_COURSE_PROBLEMS)
    library = site().library.current()
    return render_template("pages/course_problems.html", library=library, title_of=title_of, **staff_told())


def _again_address(public_id: str) -> str:
    return url_for("pages.outbox_again", public_id=public_id)


@blueprint.get("/<lang:lang>/outbox")
def outbox() -> str:
    """Every message the site wrote: how many stand where, and the last of them."""
    require(Permission.SEE_OUTBOX)
    page = request.args.get("page", 1, type=int)
    screen = outbox_screen(current_session(current_app), page=page, state=request.args.get("state", ""))
    return render_template("outbox/page.html", screen=screen, again=_again_address)


@blueprint.post("/<lang:lang>/outbox/<public_id>/again")
def outbox_again(public_id: str) -> BaseResponse:
    """Have a message sent once more."""
    require(Permission.SEE_OUTBOX)
    database = current_session(current_app)
    again(database, public_id, utcnow())
    audit.record(database, EventKind.LETTER_AGAIN, about=f"letter:{public_id}")
    database.commit()
    flash(say(N_("The message is on its way again.")), "done")
    return redirect(url_for("pages.outbox"), 303)


@blueprint.get("/<lang:lang>/messages/<kind>/<code>")
def letters(kind: str, code: str) -> str:
    """The page behind a message's last line: no more of its kind, or again."""
    known = _stoppable(kind)
    return render_template(
        "pages/letters.html", title=say(known.title), stopped=is_stopped(current_session(current_app), code)
    )


@blueprint.post("/<lang:lang>/messages/<kind>/<code>")
@csrf.exempt  # type: ignore[untyped-decorator] # Flask-WTF is not typed
def stop_or_resume(kind: str, code: str) -> ResponseReturnValue:
    """Stop or resume: from the page, or from a mail program (RFC 8058), which has no token; who knows the code may do both."""
    _stoppable(kind)
    # Nobody can tell from a code whether it is some reader's: made-up ones must not fill the table.
    wait = over_limit("stops", MOST_STOPS)
    if wait is not None:
        return too_many_page(wait)
    count_try("stops", 3600)
    database = current_session(current_app)
    if request.form.get("again"):
        resume_letters(database, code)
        renew_by_code(database, code, utcnow())
    else:
        stop_letters(database, code, kind)
        withdraw_by_code(database, code, utcnow())
    database.commit()
    return redirect(url_for("pages.letters", kind=kind, code=code), 303)


def _stoppable(name: str) -> LetterKind:
    kind = site().letters.get(name)
    code = (request.view_args or {}).get("code", "")
    if kind is None or not kind.may_stop or not re.fullmatch(r"[0-9a-f]{32}", code):
        abort(404)
    return kind


@probes.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@probes.get("/readyz")
def ready() -> Response:
    """The database answers and saves, the disk has room and at least one course is live.

    Pages are answered also while the jobs stand still: that is told.
    """
    try:
        waits = stands_still(current_session(current_app), utcnow())
        current_session(current_app).rollback()
    except SQLAlchemyError:
        return Response("the database does not answer\n", 503, mimetype="text/plain")
    if not saves(current_engine(current_app)):
        return Response("the database saves nothing: pages can be read\n", 503, mimetype="text/plain")
    if disk_usage(site().settings.instance_path).free < _LEAST_ROOM:
        return Response("the disk is full: pages can be read, nothing can be saved\n", 503, mimetype="text/plain")
    if not site().library.current().courses:
        return Response("no course is live\n", 503, mimetype="text/plain")
    sentence = "ready\nthe jobs stand still: letters wait, see coplearn jobs status\n" if waits else "ready\n"
    return Response(sentence, mimetype="text/plain")


@probes.get("/static/plugins/<code>/<path:name>")
def plugin_file(code: str, name: str) -> Response:
    """A file that a course's plugin brings to its pages; kept for a year under the address that names its content (``v``)."""
    file = site().library.current().file(code, name)
    if file is None:
        abort(404)
    response = Response(file.content, mimetype=file.type)
    is_named = request.args.get("v") == file.digest
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_named else "public, no-cache"
    response.set_etag(file.digest)
    response.make_conditional(request)
    return response


@probes.get("/.well-known/security.txt")
def security_txt() -> Response:
    """The address to report a weakness to (RFC 9116); it is made anew, so it never runs out."""
    settings = site().settings
    contacts = [one.strip() for one in settings.security_contact.split(",") if one.strip()]
    if not contacts:
        abort(404)
    languages = ", ".join(locale.bcp47 for locale in site().locales.live)
    until = (utcnow() + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z")
    lines = [f"Contact: {one}" for one in contacts]
    lines += [f"Expires: {until}", f"Preferred-Languages: {languages}"]
    lines += [f"Canonical: {settings.address}/.well-known/security.txt"]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@probes.get("/robots.txt")
def robots() -> Response:
    """Search engines may find the site, not what somebody reads or the checks of certificates."""
    lines = ["User-agent: *", *(f"Disallow: /{locale.url}/check/" for locale in site().locales)]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")
