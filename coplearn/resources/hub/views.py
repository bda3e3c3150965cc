"""Pages of the hub: the list, one resource, contributing, appraising, taking down, and who does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import TYPE_CHECKING, ParamSpec

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from coplearn.accounts.guards import session_key
from coplearn.audit.kinds import EventKind
from coplearn.audit.service import record_read
from coplearn.cohorts.common.guards import person_or_none, the_session
from coplearn.cohorts.common.queries import Person
from coplearn.files.document_types import document_named
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.outbox.service import queue_letter
from coplearn.privacy.guards import looks_twice
from coplearn.resources.hub import guards, presenters, queries, service
from coplearn.resources.hub.client import files_of, keep_file, room_for_resource
from coplearn.resources.hub.forms import AppraisalForm, HubMemberForm, ResourceForm, choices_of, read_appraisal
from coplearn.resources.hub.mail import confirm_token
from coplearn.resources.hub.rules import CONFIRM, LICENCES, Criterion, RemovalReason, ResourceState
from coplearn.resources.hub.service import Contributor, ResourceFile
from coplearn.second_factors.guards import require_fresh
from coplearn.site import site
from coplearn.web.body_limits import takes_up_to
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, once, outside_transaction
from coplearn.web.limits import count_try, one_too_many, over_limit, too_many_page
from coplearn.web.render import page_locale, say
from coplearn.web.stored_files import stored_file

if TYPE_CHECKING:
    from coplearn.resources.hub.models import Resource, ResourceVersion

blueprint = Blueprint("resources", __name__, url_prefix="/<lang:lang>/resources", template_folder="templates")
P = ParamSpec("P")
MOST_BY_ADDRESS, MOST_BY_ACCOUNT, WITHIN = 30, 60, 86_400
"""So many contributions a day from one network address without an account, and from one account."""


@blueprint.get("/")
def listing() -> str:
    """The list of what was appraised and is recommended, with or without care."""
    return render_template("resources/list.html", screen=presenters.resource_list(the_session()))


@blueprint.get("/rubric")
def rubric() -> str:
    """The rubric: what appraisers look at, what each level means, and how the rating comes about."""
    return render_template("resources/rubric.html", rows=presenters.rubric_rows())


@blueprint.get("/<resource_id>")
def one(resource_id: str) -> str:
    """One resource, with its rating, the reasons, its versions and what was taken down."""
    resource = guards.seen_resource(resource_id)
    person = person_or_none()
    return render_template(
        "resources/one.html",
        screen=presenters.resource_screen(the_session(), resource),
        is_own=person is not None and person.id == resource.by_id,
        keeps=person is not None and guards.keeps_hub(person),
        reasons=choices_of(RemovalReason),
    )


@blueprint.get("/<resource_id>/file")
def file(resource_id: str) -> BaseResponse:
    """The file of the version that is shown; taken down, it is handed to nobody."""
    resource = guards.seen_resource(resource_id)
    versions = queries.versions_of(the_session(), resource.id)
    if resource.taken_down_at is not None:
        raise guards.no_such_resource()
    return _file(resource, next((one for one in versions if one.id == resource.shown_id), versions[0]))


@blueprint.get("/<resource_id>/newest-file")
def newest_file(resource_id: str) -> BaseResponse:
    """The file of the newest version, for appraisers and those who look after the hub."""
    guards.present_hand()
    return _file(*guards.appraised_version(resource_id))


def _file(resource: Resource, version: ResourceVersion) -> BaseResponse:
    if not version.file_key:
        raise guards.no_such_resource()
    kind = document_named(version.file_type)
    name, called = f"{version.file_key}.{kind.extension}", f"resource-{resource.public_id}.{kind.extension}"
    response = stored_file(files_of(site().settings), name, version.file_bytes, kind.mimetype)
    response.headers.set("Content-Disposition", "attachment", filename=called)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


# ── Contributing ──


@blueprint.get("/new")
def new() -> str:
    """The form of a contribution."""
    return _contribution(_form(person_or_none()), None)


def slowed(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let so many contributions in from one account, and without one from one network address; counted before anything is locked.

    Each may hold a large file, and each writes to the appraisers.
    """

    @wraps(view)
    def counted(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        key = session_key()
        if key is not None:
            wait = one_too_many("contribute", MOST_BY_ACCOUNT, WITHIN, key)
        else:
            wait = over_limit("contribute", MOST_BY_ADDRESS)
            if wait is None:
                count_try("contribute", WITHIN)
        return too_many_page(wait) if wait is not None else view(*args, **kwargs)

    return counted


@blueprint.post("/new")
@takes_up_to(room_for_resource, signed_in=True)
@slowed
@looks_twice("about", "evidence")
@once
def contribute() -> ResponseReturnValue:
    """Take a contribution; somebody without an account is written to first."""
    person, now = person_or_none(), utcnow()
    form = _form(person)
    kept = _kept(form, has_file=False)
    if kept is None:
        return _contribution(form, None), 422
    details, page = form.details(), page_locale().code
    by = Contributor(person.id if person else None, form.address(), page, presenters.language_written(details))
    resource = service.contribute(the_session(), details, by, kept, now)
    if person is None:
        _ask_to_confirm(resource, form.address())
        tell(
            say(N_("Thank you. A letter is on its way to your address: open its link, and your contribution goes on."))
        )
        return commit_once(url_for(".listing"))
    tell(say(N_("Thank you. Two appraisers look at it now, and you get a letter when they are done.")))
    return commit_once(url_for(".one", resource_id=resource.public_id))


def _form(person: Person | None) -> ResourceForm:
    form = ResourceForm()
    form.offer(presenters.language_choices(), has_account=person is not None)
    return form


def _kept(form: ResourceForm, *, has_file: bool) -> ResourceFile | None:
    """The file that was sent, in the store; an empty one where there is none. None when the form is not as it must be."""
    sent = form.file.data
    form.judge(has_file=has_file or bool(sent))
    if form.summary():
        return None
    if not sent:
        return ResourceFile()
    try:
        return ResourceFile(*outside_transaction(partial(keep_file, site().settings, sent.stream)))
    except Refused as refused:
        form.blame({"file": refused.phrase})
    return None


def _ask_to_confirm(resource: Resource, address: str) -> None:
    queue_letter(
        the_session(),
        key=f"{CONFIRM}:{resource.id}",
        to=address,
        locale=resource.locale,
        time_zone="UTC",
        kind=CONFIRM,
        params={"token": confirm_token(current_app, resource.public_id)},
        now=utcnow(),
    )


def _contribution(form: ResourceForm, resource: Resource | None) -> str:
    megabytes = site().settings.resource_megabytes
    return render_template("resources/form.html", form=form, resource=resource, licences=LICENCES, megabytes=megabytes)


@blueprint.get("/confirm/<token>")
def confirm(token: str) -> str:
    """The page of the letter: what was contributed, and the button that confirms it."""
    resource = guards.resource_to_confirm(token)
    version = queries.versions_of(the_session(), resource.id)[0]
    waits = resource.state == ResourceState.UNCONFIRMED
    return render_template("resources/confirm.html", version=version, waits=waits)


@blueprint.post("/confirm/<token>")
def confirmed(token: str) -> BaseResponse:
    """Confirm it."""
    service.confirm(the_session(), guards.resource_to_confirm(token), utcnow())
    the_session().commit()
    return redirect(url_for(".confirm", token=token), 303)


@blueprint.get("/<resource_id>/version")
def new_version(resource_id: str) -> str:
    """The form of a new version, filled with the last one."""
    person, resource = guards.own_resource(resource_id)
    form = _form(person)
    form.fill(presenters.details_now(queries.versions_of(the_session(), resource.id)[0]))
    return _contribution(form, resource)


@blueprint.post("/<resource_id>/version")
@takes_up_to(room_for_resource, signed_in=True)
@slowed
@looks_twice("about", "evidence")
@once
def add_version(resource_id: str) -> ResponseReturnValue:
    """Take a new version; until it is appraised everybody sees the one before."""
    person, resource = guards.own_resource(resource_id)
    form = _form(person)
    kept = _kept(form, has_file=bool(queries.versions_of(the_session(), resource.id)[0].file_key))
    if kept is None:
        return _contribution(form, guards.resource_at(resource_id)), 422
    details = form.details()
    by = Contributor(person.id, "", page_locale().code, presenters.language_written(details))
    service.add_version(the_session(), guards.resource_at(resource_id), details, by, kept, utcnow())
    tell(say(N_("The new version waits for appraisal. Until then everybody sees the one before.")))
    return commit_once(url_for(".one", resource_id=resource_id))


# ── Appraising ──


@blueprint.get("/desk")
def manage() -> str:
    """The page of those who appraise, vote, or look after the hub: what waits, and for whom."""
    person, _ = guards.present_hand()
    form = HubMemberForm(formdata=None)
    form.offer()
    return _manage_page(person, form)


def _manage_page(person: Person, form: HubMemberForm) -> str:
    member = queries.member_of_hub(the_session(), person.id)
    keeps = guards.keeps_hub(person)
    page = render_template(
        "resources/manage.html",
        lines=presenters.appraisal_lines(the_session(), member),
        member=member,
        people=queries.members(the_session()) if keeps else [],
        own=[(resource, presenters.line_of(resource, version)) for resource, version in _own(person)],
        keeps=keeps,
        form=form,
    )
    if keeps:
        record_read(the_session(), EventKind.PEOPLE_READ, reader=session_key() or "")
    return page


def _own(person: Person) -> list[tuple[Resource, ResourceVersion]]:
    return queries.contributed_by(the_session(), person.id)


@blueprint.get("/<resource_id>/appraise")
def appraise(resource_id: str) -> str:
    """The appraiser's page of the newest version: the resource, and the rubric to choose from."""
    return _appraise(resource_id, AppraisalForm(formdata=None), {}, [])


def _appraise(resource_id: str, form: AppraisalForm, sent: dict[str, str], missing: Sequence[Criterion]) -> str:
    _, member = guards.present_appraiser()
    resource, version = guards.appraised_version(resource_id)
    written = queries.appraisals_of(the_session(), [version.id])[version.id]
    others = queries.latest_of(written) if queries.standing_from(written).differs else []
    return render_template(
        "resources/appraise.html",
        resource=resource,
        line=presenters.line_of(resource, version),
        barred=service.barred(the_session(), resource, version, member),
        has_written=any(one.member_id == member.id for one in written),
        others=[(one, presenters.appraisal_rows(one)) for one in others],
        rows=presenters.rubric_rows(),
        form=form,
        sent=sent,
        missing=presenters.missing_lines(missing),
    )


@blueprint.post("/<resource_id>/appraise")
@looks_twice("remark", *(f"why-{one}" for one in Criterion))
def send_appraisal(resource_id: str) -> ResponseReturnValue:
    """Keep an appraisal; the one that decides it lists the version or not."""
    _, member = guards.present_appraiser()
    resource, version = guards.appraised_version(resource_id)
    form = AppraisalForm()
    scores, reasons, missing = read_appraisal(form, request.form)
    if form.summary() or missing:
        return _appraise(resource_id, form, request.form.to_dict(), missing), 422
    with flash_refusals():
        remark = str(form.remark.data)
        service.appraise(the_session(), resource, version, member, scores, reasons, remark, utcnow())
        the_session().commit()
        tell(say(N_("Thank you. Your appraisal is kept.")))
    return redirect(url_for(".manage"), 303)


@blueprint.post("/<resource_id>/recuse")
def recuse(resource_id: str) -> BaseResponse:
    """Keep that the appraiser has a conflict of interest here."""
    _, member = guards.present_appraiser()
    resource, version = guards.appraised_version(resource_id)
    with flash_refusals():
        service.recuse(the_session(), resource, version, member, utcnow())
        the_session().commit()
        tell(say(N_("Thank you for saying so. Others appraise it.")))
    return redirect(url_for(".manage"), 303)


# ── Looking after it ──


@blueprint.post("/<resource_id>/take-down")
@looks_twice("note")
def take_down(resource_id: str) -> BaseResponse:
    """Take a resource out of the list, with a note that everybody can read."""
    person, resource = guards.present_keeper(), guards.resource_at(resource_id)
    with flash_refusals():
        reason, note = request.form.get("reason", ""), request.form.get("note", "")[:2000]
        service.take_down(the_session(), resource, reason, note, person.id, utcnow())
        the_session().commit()
        tell(say(N_("It is taken out of the list. Its page says why.")))
    return redirect(url_for(".one", resource_id=resource_id), 303)


@blueprint.post("/<resource_id>/put-back")
@looks_twice("note")
def put_back(resource_id: str) -> BaseResponse:
    """Put it back."""
    person, resource = guards.present_keeper(), guards.resource_at(resource_id)
    with flash_refusals():
        service.put_back(the_session(), resource, request.form.get("note", "")[:2000], person.id, utcnow())
        the_session().commit()
        tell(say(N_("It stands in the list again.")))
    return redirect(url_for(".one", resource_id=resource_id), 303)


@blueprint.post("/people")
def add_member() -> ResponseReturnValue:
    """Let somebody appraise, vote, or both."""
    person, form = guards.present_keeper(), HubMemberForm()
    require_fresh()
    form.offer()
    try:
        service.add_member(
            the_session(),
            str(form.email.data or "")[:320],
            str(form.organisation.data or ""),
            appraises=form.task.data in ("both", "appraises"),
            votes=form.task.data in ("both", "votes"),
            now=utcnow(),
        )
        the_session().commit()
    except Refused as refused:
        the_session().rollback()
        form.blame({"email": refused.phrase})
        return _manage_page(person, form), 422
    return redirect(url_for(".manage"), 303)


@blueprint.post("/people/<int:number>/end")
def end_member(number: int) -> BaseResponse:
    """End somebody's seat; what they wrote stays."""
    guards.present_keeper()
    require_fresh()
    service.end_member(the_session(), number, utcnow())
    the_session().commit()
    return redirect(url_for(".manage"), 303)
