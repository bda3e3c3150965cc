"""Pages of packages: the list, one package, its player, the page of whoever brings them; and what packages themselves ask for."""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Response, abort, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound, ServiceUnavailable
from werkzeug.wrappers import Response as BaseResponse

from coplearn.files.stores import StoreUnavailable
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.learning.guards import present_learner, writing_learner
from coplearn.packages import guards, launching, presenters, queries, service
from coplearn.packages.client import (
    PLAIN,
    StoredFile,
    files_of_package,
    forget_package_files,
    kept_upload,
    packages_of,
    room_for_package,
)
from coplearn.packages.forms import LetInForm, PackageForm
from coplearn.packages.injecting import with_runtime
from coplearn.packages.rules import LARGEST, LONGEST_COMMIT, MEGABYTE, MOST_ITEMS, VersionState, read_sent
from coplearn.packages.structures import is_by_statements
from coplearn.packages.tasks import READ
from coplearn.site import site
from coplearn.storage.database import current_engine, writing
from coplearn.web.body_limits import takes_up_to
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.framework import csrf
from coplearn.web.render import say
from coplearn.web.request_checks import json_sent
from coplearn.web.security import answer_with, widen_policy
from coplearn.web.stored_files import stored_file, stored_pieces
from coplearn.xapi.rules.formats import Rejected

if TYPE_CHECKING:
    from coplearn.packages.models import PackageVersion

blueprint = Blueprint("packages", __name__, url_prefix="/<lang:lang>/packages", template_folder="../templates")
played = Blueprint(guards.PLAYED, __name__, url_prefix="/packages")
_RUNTIME: Final = Path(__file__).parents[1] / "runtime"
_LARGEST_PAGE: Final = 10_000_000
_AN_HOUR: Final = "public, max-age=3600"
_FOR_EVER: Final = "public, max-age=31536000, immutable"


# ── Learning ──


@blueprint.get("/")
def listing() -> BaseResponse:
    """The packages that can be begun stand in the list of courses."""
    return redirect(url_for("learning.catalogue", reader="all", _anchor="other-tools"))


@blueprint.get("/<public_id>")
def one(public_id: str) -> str:
    """One package, and how far the learner is in it."""
    found = guards.shown_package(public_id)
    screen = presenters.package_screen(guards.the_session(), found, present_learner(), request.args.get("in", ""))
    return render_template("packages/one.html", screen=screen)


@blueprint.post("/<public_id>")
def begin(public_id: str) -> BaseResponse:
    """Begin a package or go on in it, or begin ``again`` from its start; what was reached stays."""
    found = guards.shown_package(public_id)
    version = presenters.shown_version(found, request.form.get("in", ""))
    learner, session = writing_learner(site().settings), guards.the_session()
    service.begin(session, learner.id, version, utcnow(), again=request.form.get("how") == "again")
    session.commit()
    number = request.form.get("number", 1, type=int)
    return redirect(url_for(".play", public_id=public_id, number=max(1, min(number, MOST_ITEMS))), 303)


@blueprint.get("/<public_id>/play/<int:number>")
def play(public_id: str, number: int) -> BaseResponse | str:
    """The page in which an item plays, for whoever has begun the package in a version that is still there."""
    found, learner, session = guards.shown_package(public_id), present_learner(), guards.the_session()
    record = queries.record_of(session, learner.id, found.package.id) if learner is not None else None
    version = next((row for row in found.versions.values() if record is not None and row.id == record.version_id), None)
    if record is None or version is None:
        return redirect(url_for(".one", public_id=public_id))
    screen = presenters.player_screen(session, found, version, record, number)
    if screen is None:
        raise guards.no_such_page()
    widen_policy(holds=screen.stage.base)
    return render_template("packages/play.html", screen=screen)


# ── Bringing in ──


@blueprint.get("/desk")
def manage() -> str:
    """The packages of this site, for whoever brings them in."""
    guards.present_bringer()
    return _manage_page(PackageForm(formdata=None))


def _manage_page(form: PackageForm) -> str:
    session = guards.the_session()
    return render_template(
        "packages/manage.html",
        form=form,
        uploads=presenters.upload_lines(session),
        lines=presenters.all_packages(session),
        megabytes=LARGEST // MEGABYTE,
    )


@blueprint.post("/desk")
@takes_up_to(room_for_package, signed_in=True)
def bring() -> ResponseReturnValue:
    """Take a package, which the machine reads next; nothing of it is played before somebody has seen what it is."""
    by_id, form, key, session = guards.present_bringer(), PackageForm(), secrets.token_hex(16), guards.the_session()
    if not form.validate():
        return _manage_page(form), 422
    file, name = form.file.data.stream, form.file.data.filename or ""
    session.rollback()  # nobody waits for a file to be kept
    with kept_upload(site().settings, key, file) as size:
        version = service.add_upload(session, key, name, size, by_id, utcnow())
        site().jobs.enqueue(session, READ, {"number": version.id})
        session.commit()
    return redirect(url_for(".upload", key=key), 303)


@blueprint.get("/desk/<key>")
def upload(key: str) -> str:
    """The report of an upload: what was found, what will not work, and the decision."""
    guards.present_bringer()
    version = guards.uploaded(key)
    return _upload(version, _let_in_form(version, is_sent=False))


def _let_in_form(version: PackageVersion, *, is_sent: bool) -> LetInForm:
    form = (
        LetInForm()
        if is_sent
        else LetInForm(formdata=None, locale=presenters.guessed_language(version), title=version.title)
    )
    form.offer(presenters.language_choices(), presenters.package_choices(guards.the_session()))
    return form


def _upload(version: PackageVersion, form: LetInForm) -> str:
    return render_template("packages/report.html", screen=presenters.report_screen(version), form=form)


@blueprint.post("/desk/<key>")
def let_in(key: str) -> ResponseReturnValue:
    """Let a package that was read be played."""
    guards.present_bringer()
    version, session = guards.uploaded(key), guards.the_session()
    form = _let_in_form(version, is_sent=True)
    if not form.validate():
        return _upload(version, form), 422
    other = guards.any_package(form.package.data).package if form.package.data else None
    try:
        package = service.let_in(
            session, version, other, form.locale.data, utcnow(), form.rule(), form.title.data or ""
        )
    except Refused as refused:
        session.rollback()
        form.blame({"package": refused.phrase})
        return _upload(guards.uploaded(key), form), 422
    session.commit()
    tell(say(N_("The package can be learned with from now on.")))
    return redirect(url_for(".one", public_id=package.public_id), 303)


@blueprint.post("/desk/<key>/discard")
def discard(key: str) -> BaseResponse:
    """Forget an upload and its files."""
    guards.present_bringer()
    with flash_refusals():
        session = guards.the_session()
        service.discard(session, guards.uploaded(key), utcnow())
        session.commit()
        forget_package_files(site().settings, key)
        tell(say(N_("The upload is forgotten, with its files.")))
    return redirect(url_for(".manage"), 303)


@blueprint.post("/<public_id>/show")
def show(public_id: str) -> BaseResponse:
    """Let a package be begun, or (without ``shown``) take it out of the list."""
    guards.present_bringer()
    session = guards.the_session()
    service.show(session, guards.any_package(public_id).package, shown="shown" in request.form, now=utcnow())
    session.commit()
    return redirect(url_for(".manage"), 303)


# ── What packages ask for ──


@played.get("/files/<key>/<path:name>")
def file(key: str, name: str) -> BaseResponse:
    """A file of a package, or the part of it that is asked for; opened by itself it has no origin of ours."""
    settings, stage = site().settings, guards.stage_of(key)
    try:
        files = files_of_package(settings, key)
        stored = files[name]
    except (OSError, KeyError, ValueError) as error:
        raise NotFound from error
    except StoreUnavailable as error:
        raise ServiceUnavailable from error
    if stored.mimetype == "text/html" and stored.bytes <= _LARGEST_PAGE:
        body = b"".join(stored_pieces(packages_of(settings), stored.path, 0, stored.bytes))
        address = f"{stage.base}runtime/adapter.js"
        response: BaseResponse = Response(body if stage.is_own else with_runtime(body, address), mimetype="text/html")
        response.headers["Cache-Control"] = _AN_HOUR
    else:
        response = _part(stored)
    return _as_package(response, key, speaks=is_by_statements(files))


def _part(stored: StoredFile) -> BaseResponse:
    response = stored_file(packages_of(site().settings), stored.path, stored.bytes, stored.mimetype)
    response.headers["Cache-Control"] = _FOR_EVER
    response.headers["Content-Encoding"] = "identity"  # so that nobody takes all of it into memory to squeeze it
    if stored.mimetype == PLAIN:
        response.headers["Content-Disposition"] = "attachment"
    return response


def _as_package(response: BaseResponse, key: str, *, speaks: bool = False) -> BaseResponse:
    """The answer with the headers of what is a stranger's."""
    answer_with("Content-Security-Policy", guards.policy_of(guards.stage_of(key), speaks=speaks))
    answer_with("Cross-Origin-Resource-Policy", "cross-origin")
    answer_with("Referrer-Policy", "no-referrer")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@cache
def _runtime(name: str) -> bytes:
    return (_RUNTIME / name).read_bytes()


@played.get("/runtime/<any('adapter.js', 'shell.html', 'left.js', 'left.html'):name>")
def runtime(name: str) -> BaseResponse:
    """The runtime that packages talk to, the page that holds it where packages have a host of their own, and the one that a
    package of cmi5 leads to when it ends."""
    kind = "text/javascript" if name.endswith(".js") else "text/html"
    response = Response(_runtime(name), mimetype=kind)
    response.headers["Cache-Control"] = _AN_HOUR
    return _as_package(response, "")


@played.get("/open/<token>")
def opened(token: str) -> BaseResponse:
    """Open a session of a package that speaks in statements, and lead to its start (cmi5, 8.1): each loading is one of its own.

    The token of the launch is the only key, as it is where a package of SCORM saves.
    """
    launch, version = guards.launch_at(token, by_statements=True)
    session = guards.the_session()
    with writing():
        row, item = queries.version_by_id(session, launch.version_id), version.item(launch.item)
        if row is None or item is None or row.state == VersionState.REFUSED:
            raise NotFound
        place = presenters.launch_place(launch, row.key, item)
        try:
            address = launching.open_part(session, launch, version, place, utcnow())
        except Rejected as error:
            session.rollback()
            abort(error.status)
        session.commit()
    return _told(redirect(address))


@played.get("/launch/<token>")
def launched(token: str) -> BaseResponse:
    """Everything that the runtime has to know of a launch."""
    launch, version = guards.launch_at(token)
    item, session = version.item(launch.item), guards.the_session()
    state = queries.states_of(session, launch.record_id).get(launch.item)
    row = queries.version_by_id(session, launch.version_id)
    if item is None or state is None or row is None or row.state == VersionState.REFUSED:
        raise NotFound
    told = presenters.told_to_runtime(launch, row.key, item, version.standard, state)
    return _told(jsonify(told))


@played.post("/launch/<token>")
@csrf.exempt  # type: ignore[untyped-decorator] # Flask-WTF is not typed
@takes_up_to(LONGEST_COMMIT)
def commit(token: str) -> BaseResponse:
    """Keep what a package says. The token of the launch is the only key: a frame without our origin has no cookie of ours."""
    launch, version = guards.launch_at(token)
    sent = read_sent(json_sent())
    if sent is None:
        return _told(Response("", 400, mimetype="text/plain"))
    with current_engine(current_app).begin() as connection:
        holds = service.keep_commit(connection, launch, version, sent, utcnow())
    return _told(Response(str(holds) if holds else "", 409 if holds else 204, mimetype="text/plain"))


def _told(response: BaseResponse) -> BaseResponse:
    # A beacon of a page that goes comes from no origin, and asks for no leave to read: its answer would be called a fault.
    answer_with("Cross-Origin-Resource-Policy", "cross-origin")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "no-store"
    return response
