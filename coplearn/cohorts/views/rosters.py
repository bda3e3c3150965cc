"""Lists from outside: choose a file, see what it would change, bring it in, and watch it come in."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, current_app, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as BaseResponse

from coplearn.cohorts import tasks
from coplearn.cohorts.forms.joining import chosen_shape
from coplearn.cohorts.guards import Desk, enter, the_session
from coplearn.cohorts.queries import joining as queries
from coplearn.cohorts.rosters.decoding import ENCODINGS
from coplearn.cohorts.rosters.people import guess_shape, kind_of, preview
from coplearn.cohorts.rosters.sheets import turn_into_table
from coplearn.cohorts.rosters.store import MAX_BYTES, RosterStore
from coplearn.cohorts.rosters.writing import csv_bytes, problem_lines
from coplearn.cohorts.rules.cohort import new_public_id
from coplearn.cohorts.rules.rosters import Shape, Stage
from coplearn.cohorts.rules.words import Deed
from coplearn.cohorts.screens import joining as screens
from coplearn.cohorts.service import rosters as service
from coplearn.cohorts.views.base import blueprint, refusals_told, tell
from coplearn.cohorts.views.joining import attached
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.outbox.jobs import Jobs
from coplearn.outbox.service import LENT
from coplearn.settings import Settings
from coplearn.web.render import say, say_phrase

AT_ONCE: Final = 300_000
"""Bytes of a list that is worked on while the person waits; a larger one goes on without them."""
SHOWN: Final = 200
_ROOM: Final = MAX_BYTES + 1_000_000


@blueprint.record_once
def register_job(state: BlueprintSetupState) -> None:
    """Let the machine look at large lists and bring them in, and forget those that nobody wanted."""
    jobs: Jobs = state.app.extensions["jobs"]
    jobs.task(tasks.JOB)(tasks.work_on_roster)
    jobs.daily("rosters")(tasks.tidy_rosters)


@blueprint.url_value_preprocessor
def make_room(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A list may be larger than what other pages take; said before the form is read."""
    if endpoint == "cohorts.upload_roster":
        request.max_content_length = _ROOM


def _store() -> RosterStore:
    settings: Settings = current_app.extensions["settings"]
    return RosterStore(settings.instance_path)


def _page(cohort_id: str, roster_id: str) -> BaseResponse:
    return redirect(url_for("cohorts.roster", cohort_id=cohort_id, roster_id=roster_id), 303)


def _work(public_id: str) -> None:
    """Have it done: now when it is small, else by the machine."""
    session, store = the_session(), _store()
    small = store.raw(public_id).is_file() and store.raw(public_id).stat().st_size <= AT_ONCE
    if not small:
        session.info[LENT].enqueue(session, tasks.JOB, {"public_id": public_id})
    session.commit()
    if small:
        tasks.work_on_roster(current_app._get_current_object(), session, utcnow(), public_id=public_id)  # type: ignore[attr-defined] # the proxy hides it


@blueprint.get("/<cohort_id>/people/roster")
def ask_roster(cohort_id: str) -> str:
    """Choose a file."""
    desk = enter(cohort_id, Deed.PEOPLE)
    return render_template("cohorts/roster.html", desk=desk, past=queries.imports_of(the_session(), desk.cohort.id))


@blueprint.post("/<cohort_id>/people/roster")
def upload_roster(cohort_id: str) -> BaseResponse:
    """Keep the file, guess how it is to be read, and look at what it would change."""
    desk, file = enter(cohort_id, Deed.PEOPLE), request.files.get("file")
    # Reading a workbook takes a while, and nobody else should wait for that.
    cohort_number, languages, who = desk.cohort.id, list(desk.cohort.languages), desk.person
    the_session().rollback()
    if file is None or not file.filename:
        tell(say(N_("Choose a file first.")), "again")
        return redirect(url_for("cohorts.ask_roster", cohort_id=cohort_id), 303)
    public_id, store = new_public_id(), _store()
    try:
        sha256 = store.keep(public_id, file.stream)
        shape = _first_shape(store, public_id, languages)
    except Refused as error:
        store.drop(public_id)
        tell(say_phrase(error.phrase), "again")
        return redirect(url_for("cohorts.ask_roster", cohort_id=cohort_id), 303)
    finally:
        file.close()
    name = file.filename.replace("\\", "/").rpartition("/")[2]
    service.put_import(the_session(), who, cohort_number, public_id, (name, sha256), shape, utcnow())
    _work(public_id)
    return _page(cohort_id, public_id)


def _first_shape(store: RosterStore, public_id: str, languages: list[str]) -> Shape:
    raw = store.raw(public_id)
    if kind_of(raw) == "csv":
        return guess_shape(raw, "csv", languages)
    turn_into_table(raw, store.table(public_id))
    return guess_shape(store.table(public_id), "xlsx", languages)


@blueprint.get("/<cohort_id>/people/roster/<roster_id>")
def roster(cohort_id: str, roster_id: str) -> str:
    """How it stands: what it would change, how far it is, or what it has changed."""
    desk, session, store = enter(cohort_id, Deed.PEOPLE), the_session(), _store()
    found = queries.import_of(session, desk.cohort.id, roster_id)
    shape, faults = service.shape_of(found), service.faults_of(found)
    path = tasks.file_of(store, roster_id, shape)
    above: list[str] = []
    sample: list[tuple[int, list[str]]] = []
    unread = ""
    if found.state in (Stage.LOOKED, Stage.FAILED) and path.is_file():
        try:
            above, sample = preview(path, shape)
        except Refused as error:
            unread = say_phrase(error.phrase)
    return render_template(
        "cohorts/roster_one.html",
        desk=desk,
        roster=found,
        shape=shape,
        above=above,
        sample=sample,
        unread=unread,
        is_here=path.is_file(),
        whole=[say_phrase(fault.reason) for fault in faults if not fault.line],
        faults=screens.fault_rows(fault for fault in faults[:SHOWN] if fault.line),
        kept=service.KEPT,
        encodings=ENCODINGS,
        delimiters=screens.DELIMITER_NAMES,
        columns=screens.column_choices(),
        goes_on=found.state in (Stage.LOOKING, Stage.RUNNING),
    )


@blueprint.post("/<cohort_id>/people/roster/<roster_id>")
def change_roster(cohort_id: str, roster_id: str) -> BaseResponse:
    """Read the file another way, bring it in, or forget it."""
    desk, session, store = enter(cohort_id, Deed.PEOPLE), the_session(), _store()
    deed = request.form.get("do", "look")
    found = queries.import_of(session, desk.cohort.id, roster_id)
    with refusals_told():
        if deed == "forget":
            service.discard(session, desk.cohort.id, roster_id)
            session.commit()
            store.drop(roster_id)
            tell(say(N_("The file is forgotten. Nothing was brought in.")))
            return redirect(url_for("cohorts.people", cohort_id=cohort_id), 303)
        if deed == "take":
            service.start(session, desk.person, desk.cohort.id, roster_id, utcnow())
        else:
            shape = _other_shape(desk, service.shape_of(found), roster_id)
            service.read_otherwise(session, desk.cohort.id, roster_id, shape, utcnow())
        _work(roster_id)
    return _page(cohort_id, roster_id)


def _other_shape(desk: Desk, shape: Shape, public_id: str) -> Shape:
    """What the person chose; with another encoding or separator the headings are looked for anew."""
    wanted = chosen_shape(request.form, shape)
    if (wanted.encoding, wanted.delimiter) == (shape.encoding, shape.delimiter):
        return wanted
    path = tasks.file_of(_store(), public_id, shape)
    guessed = guess_shape(path, shape.kind, desk.cohort.languages, encoding=wanted.encoding, delimiter=wanted.delimiter)
    return Shape(guessed.kind, guessed.encoding, guessed.delimiter, guessed.header, guessed.columns, wanted.take_part)


@blueprint.get("/<cohort_id>/people/roster/<roster_id>/problems.csv")
def roster_problems(cohort_id: str, roster_id: str) -> Response:
    """The refused lines with their reasons, to be mended and sent again."""
    desk = enter(cohort_id, Deed.PEOPLE)
    found = queries.import_of(the_session(), desk.cohort.id, roster_id)
    shape = service.shape_of(found)
    faults = [(row.line, row.reason) for row in screens.fault_rows(service.faults_of(found)) if row.line]
    path = tasks.file_of(_store(), roster_id, shape)
    lines = problem_lines(faults, (say(N_("Line")), say(N_("Reason"))), path, shape)
    return attached(csv_bytes(lines), "text/csv; charset=utf-8", "problems.csv")
