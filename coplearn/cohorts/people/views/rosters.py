"""Lists from outside: choose a file, see what it would change, bring it in, and watch it come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Response, current_app, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as BaseResponse

from coplearn.cohorts.common.guards import StaffContext, enter, the_session
from coplearn.cohorts.common.rules.words import CohortPermission, new_public_id
from coplearn.cohorts.common.views import blueprint
from coplearn.cohorts.people import queries, tasks
from coplearn.cohorts.people.forms import chosen_shape
from coplearn.cohorts.people.presenters import rosters as presenters
from coplearn.cohorts.people.rosters.reading import kind_of, read_again
from coplearn.cohorts.people.rosters.store import MAX_BYTES, RosterStore
from coplearn.cohorts.people.rosters.writing import kept_lines, problem_lines
from coplearn.cohorts.people.rules.rosters import FileShape
from coplearn.cohorts.people.service import rosters as service
from coplearn.cohorts.people.service.planning import KEPT
from coplearn.cohorts.people.views.members import XLSX, attached
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.outbox.service import enqueue
from coplearn.second_factors.guards import require_fresh
from coplearn.site import site, site_of
from coplearn.spreadsheets.encodings import ENCODINGS
from coplearn.spreadsheets.writing import CSV, csv_bytes, xlsx_bytes
from coplearn.web.body_limits import takes_up_to
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.render import page_locale, say, say_phrase

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.cohort import RosterImport


AT_ONCE: Final = 300_000
"""Bytes of a list that is worked on while the person waits; a larger one goes on without them."""
_ROOM: Final = MAX_BYTES + 1_000_000


@blueprint.record_once
def register_job(state: BlueprintSetupState) -> None:
    """Let the machine look at large lists and bring them in, and forget those that nobody wanted."""
    jobs = site_of(state.app).jobs
    jobs.task(tasks.JOB)(tasks.work_on_roster)
    jobs.daily("rosters")(tasks.tidy_rosters)
    jobs.daily("forget contacts")(tasks.forget_old_contacts)


def _store() -> RosterStore:
    settings = site().settings
    return RosterStore(settings.instance_path)


def _page(cohort_id: str, roster_id: str) -> BaseResponse:
    return redirect(url_for("cohorts.roster", cohort_id=cohort_id, roster_id=roster_id), 303)


def _work(public_id: str, shape: FileShape) -> None:
    """Have it done: now when it is a small text, else by the machine. A workbook is never opened while somebody waits."""
    session, path = the_session(), tasks.file_of(_store(), public_id, shape)
    small = path.is_file() and path.stat().st_size <= AT_ONCE
    if not small:
        enqueue(session, tasks.JOB, {"public_id": public_id})
    session.commit()
    if small:
        tasks.work_on_roster(current_app._get_current_object(), session, utcnow(), public_id=public_id)  # type: ignore[attr-defined] # the proxy hides it


@blueprint.get("/<cohort_id>/people/roster")
def ask_roster(cohort_id: str) -> str:
    """Choose a file."""
    context = enter(cohort_id, CohortPermission.PEOPLE)
    return render_template(
        "cohorts/roster.html", context=context, past=queries.imports_of(the_session(), context.cohort.id)
    )


@blueprint.post("/<cohort_id>/people/roster")
@takes_up_to(_ROOM, signed_in=True)
def upload_roster(cohort_id: str) -> BaseResponse:
    """Keep the file, and have it read and looked at."""
    context, file = enter(cohort_id, CohortPermission.PEOPLE), request.files.get("file")
    # Keeping a large file takes a while, and nobody else should wait for that.
    cohort_number, who = context.cohort.id, context.person
    the_session().rollback()
    if file is None or not file.filename:
        tell(say(N_("Choose a file first.")), "again")
        return redirect(url_for("cohorts.ask_roster", cohort_id=cohort_id), 303)
    public_id, store = new_public_id(), _store()
    try:
        sha256 = store.keep(public_id, file.stream)
        shape = FileShape(kind_of(store.raw(public_id)))
    except Refused as error:
        store.drop(public_id)
        tell(say_phrase(error.phrase), "again")
        return redirect(url_for("cohorts.ask_roster", cohort_id=cohort_id), 303)
    finally:
        file.close()
    name = file.filename.replace("\\", "/").rpartition("/")[2]
    service.put_import(the_session(), who, cohort_number, public_id, (name, sha256), shape, utcnow())
    _work(public_id, shape)
    return _page(cohort_id, public_id)


@blueprint.get("/<cohort_id>/people/roster/<roster_id>")
def roster(cohort_id: str, roster_id: str) -> str:
    """The state of the list: what it would change, how far it is, or what it has changed."""
    context, session = enter(cohort_id, CohortPermission.PEOPLE), the_session()
    roster_import = queries.import_of(session, context.cohort.id, roster_id)
    shape, marks = service.shape_of(roster_import), service.remarks_of(roster_import)
    path = tasks.file_of(_store(), roster_id, shape)
    return render_template(
        "cohorts/roster_one.html",
        context=context,
        roster=roster_import,
        shape=shape,
        kept=KEPT,
        encodings=ENCODINGS,
        delimiters=presenters.DELIMITER_NAMES,
        **presenters.page_values(context.cohort, roster_import, shape, path, marks),
    )


@blueprint.post("/<cohort_id>/people/roster/<roster_id>")
def change_roster(cohort_id: str, roster_id: str) -> BaseResponse:
    """Read the file another way, bring it in, or forget it."""
    context, session, store = enter(cohort_id, CohortPermission.PEOPLE), the_session(), _store()
    action = request.form.get("do", "look")
    roster_import = queries.import_of(session, context.cohort.id, roster_id)
    shape = service.shape_of(roster_import)
    with flash_refusals():
        if action == "forget":
            service.discard(session, context.cohort.id, roster_id)
            session.commit()
            store.drop(roster_id)
            tell(say(N_("The file is forgotten. Nothing was brought in.")))
            return redirect(url_for("cohorts.people", cohort_id=cohort_id), 303)
        if action == "take":
            service.start(session, context.person, context.cohort.id, roster_id, utcnow())
        elif shape.is_read:
            shape = _other_shape(context, shape, roster_import)
            service.read_otherwise(session, context.cohort.id, roster_id, shape, utcnow())
        _work(roster_id, shape)
    return _page(cohort_id, roster_id)


def _other_shape(context: StaffContext, shape: FileShape, found: RosterImport) -> FileShape:
    """The person's choices, and what follows from them."""
    wanted = chosen_shape(request.form, shape, presenters.offered_languages())
    path = tasks.file_of(_store(), found.public_id, wanted)
    if not path.is_file():
        raise Refused(service.GONE)
    languages, earlier = list(context.cohort.languages), service.earlier_shapes(the_session(), found)
    # Reading a large file takes a while, and nobody else should wait for that.
    the_session().rollback()
    return read_again(path, shape, wanted, languages, earlier)


@blueprint.get("/<cohort_id>/people/roster/<roster_id>/problems.<any(csv, xlsx):kind>")
def roster_problems(cohort_id: str, roster_id: str, kind: str) -> Response:
    """The refused lines as they stand in the file, with what is wrong, to be mended and brought in again."""
    context, store = enter(cohort_id, CohortPermission.PEOPLE), _store()
    require_fresh()
    roster_import = queries.import_of(the_session(), context.cohort.id, roster_id)
    shape = service.shape_of(roster_import)
    said = presenters.sentences_by_line(service.remarks_of(roster_import))
    cells = kept_lines(tasks.file_of(store, roster_id, shape), store.problems(roster_id), shape, said)
    lines = problem_lines(said, presenters.problem_headings(shape), cells, shape)
    if kind == "csv":
        return attached(csv_bytes(lines), CSV, "problems.csv")
    return attached(xlsx_bytes(lines, right_to_left=page_locale().dir == "rtl"), XLSX, "problems.xlsx")
