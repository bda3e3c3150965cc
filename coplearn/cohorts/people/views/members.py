"""A cohort's people: the list and the waiting list, one of them, the code they join by, cards, letters, and the list as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from coplearn.cohorts.common.evidence import remove
from coplearn.cohorts.common.guards import StaffContext, enter, present_person, the_session
from coplearn.cohorts.common.presenters import standing_words
from coplearn.cohorts.common.queries import authorisation_of, member_of
from coplearn.cohorts.common.rules.words import CohortPermission, MemberState
from coplearn.cohorts.common.views import blueprint
from coplearn.cohorts.people import queries
from coplearn.cohorts.people.documents import MOST, typeset_cards, typeset_poster
from coplearn.cohorts.people.forms import JoiningForm, PersonForm, last_day
from coplearn.cohorts.people.presenters import members as presenters
from coplearn.cohorts.people.rosters.writing import roster_lines
from coplearn.cohorts.people.rules.joining import shown_phone
from coplearn.cohorts.people.rules.rosters import FACTS
from coplearn.cohorts.people.service import joining as service
from coplearn.cohorts.people.service import members as member_service
from coplearn.cohorts.people.service import seats
from coplearn.cohorts.people.service.forgetting import forget_member
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError
from coplearn.kernel.text import N_, counted
from coplearn.privacy.erasures import ErasedRow, erasure_of, note_erasures
from coplearn.second_factors.guards import require_fresh
from coplearn.site import site
from coplearn.spreadsheets.writing import CSV, csv_bytes, xlsx_bytes
from coplearn.storage.database import engine_of, settle
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.render import page_locale, say, say_phrase
from coplearn.web.request_checks import row_in_query

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.cohort import Cohort, Membership


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _list_address(cohort_id: str) -> str:
    return url_for("cohorts.people", cohort_id=cohort_id)


def _list(cohort_id: str) -> BaseResponse:
    return redirect(_list_address(cohort_id), 303)


def attached(data: bytes, media: str, name: str) -> Response:
    """A file to keep; nothing between here and there keeps a copy."""
    response = Response(data, content_type=media)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/<cohort_id>/people")
def people(cohort_id: str) -> str:
    """Forty people by name, how they join, and what can be done for all."""
    context, session, now = enter(cohort_id, CohortPermission.PEOPLE), the_session(), utcnow()
    state, search = _filters()
    counts = queries.counts_of(session, context.cohort.id)
    after = (request.args.get("name", "")[:200], row_in_query("id") or 0) if "id" in request.args else None
    members = queries.people_page(
        session, context.cohort.id, state=state, search=search, after=after, limit=presenters.PAGE + 1
    )
    return render_template(
        "cohorts/people.html",
        context=context,
        counts=counts,
        standing=standing_words(context.cohort, authorisation_of(session, context.cohort, now)),
        rows=presenters.person_rows(members[: presenters.PAGE]),
        states=presenters.state_links(context.cohort, counts, state),
        state=state,
        search=search,
        first=after is None,
        after=_next(cohort_id, members, state, search),
        joining=presenters.joining_of(context, counts, now),
        form=_joining_form(context.cohort),
    )


def _filters() -> tuple[str, str]:
    """The state and the part of a name that the address asks for; empty for all."""
    state, search = request.args.get("state", ""), request.args.get("search", "").strip()[:100]
    return state if state in set(MemberState) else "", search


def _joining_form(cohort: Cohort) -> JoiningForm:
    day = last_day(cohort.join_expires_at, cohort.time_zone)
    return JoiningForm(formdata=None, last_day=day, approval=cohort.join_needs_approval)


def _next(cohort_id: str, members: list[Membership], state: str, search: str) -> dict[str, object] | None:
    """The parts of the address of the next page; None behind the last."""
    if len(members) <= presenters.PAGE:
        return None
    last = members[presenters.PAGE - 1]
    chosen = {"state": state or None, "search": search or None}
    return {"cohort_id": cohort_id, "name": last.name, "id": last.id, **chosen}


# ── One person ──


def _person_page(context: StaffContext, form: PersonForm, member: Membership | None, *, unsure: bool = False) -> str:
    row = None
    if member is not None:
        learns = queries.learner_of_card(the_session(), member.id) is not None
        row = presenters.person_rows([member], [member.id] if learns else [])[0]
    return render_template("cohorts/people_one.html", context=context, form=form, member=member, row=row, unsure=unsure)


def _person_form(context: StaffContext, member: Membership | None, *, sent: bool) -> PersonForm:
    stored = {}
    if member is not None:
        stored = {name: getattr(member, name) for name in (*FACTS, "email")}
        stored["phone"] = shown_phone(member.phone)
    own = member.locale if member is not None else context.cohort.languages[0]
    form = PersonForm(**({} if sent else {"formdata": None}), **stored, language=own)
    form.offer(presenters.language_choices(context.cohort, own))
    return form


@blueprint.get("/<cohort_id>/people/new")
def ask_person(cohort_id: str) -> str:
    """The form of somebody new."""
    context = enter(cohort_id, CohortPermission.PEOPLE)
    return _person_page(context, _person_form(context, None, sent=False), None)


@blueprint.post("/<cohort_id>/people/new")
@once
def add_person(cohort_id: str) -> BaseResponse | tuple[str, int]:
    """Put somebody on the list."""
    context, session = enter(cohort_id, CohortPermission.PEOPLE), the_session()
    form = _person_form(context, None, sent=True)
    draft = form.draft(context.cohort.country)
    if draft is None:
        return _person_page(context, form, None), 422
    try:
        member = member_service.add_by_hand(session, context.person, context.cohort.id, draft, utcnow())
    except AppError as error:
        return _refused(cohort_id, form, None, error)
    tell(say(N_("%(name)s is on the list."), name=member.name))
    return commit_once(_list_address(cohort_id))


def _refused(cohort_id: str, form: PersonForm, member_id: str | None, error: AppError) -> tuple[str, int]:
    the_session().rollback()
    context = enter(cohort_id, CohortPermission.PEOPLE)
    member = member_of(the_session(), context.cohort.id, member_id) if member_id else None
    field = form.email if form.email.data else form.name
    field.errors = [say_phrase(error.phrase)]
    return _person_page(context, form, member), error.status


@blueprint.get("/<cohort_id>/people/<member_id>")
def person(cohort_id: str, member_id: str) -> str:
    """One person: what stands on the list, and what can be done."""
    context = enter(cohort_id, CohortPermission.PEOPLE)
    member = member_of(the_session(), context.cohort.id, member_id)
    return _person_page(context, _person_form(context, member, sent=False), member)


@blueprint.post("/<cohort_id>/people/<member_id>")
def correct_person(cohort_id: str, member_id: str) -> BaseResponse | tuple[str, int]:
    """Correct what stands on the list about somebody."""
    context, session = enter(cohort_id, CohortPermission.PEOPLE), the_session()
    member = member_of(session, context.cohort.id, member_id)
    form = _person_form(context, member, sent=True)
    draft = form.draft(context.cohort.country)
    if draft is None:
        return _person_page(context, form, member), 422
    try:
        member_service.correct(session, context.person, context.cohort.id, member_id, draft, utcnow())
    except AppError as error:
        return _refused(cohort_id, form, member_id, error)
    session.commit()
    tell(say(N_("Saved.")))
    return _list(cohort_id)


_ACTIONS = {
    "approve": (member_service.approve, N_("%(name)s takes part now.")),
    "withdraw": (
        member_service.withdraw,
        N_("%(name)s is off the list. What they did stays, and you can take them back."),
    ),
    "new-card": (
        service.renew_card,
        N_("The card of %(name)s has a new code. Print it again: the old one opens nothing any more."),
    ),
    "take-back": (member_service.take_back, N_("%(name)s is on the list again.")),
}


@blueprint.post("/<cohort_id>/people/<member_id>/<any('approve', 'withdraw', 'take-back', 'new-card'):action>")
def change_person(cohort_id: str, member_id: str, action: str) -> BaseResponse:
    """Let somebody in, take them off the list, take them back, or give their card a new code."""
    context, session = enter(cohort_id, CohortPermission.PEOPLE), the_session()
    member_of(session, context.cohort.id, member_id)
    verb, sentence = _ACTIONS[action]
    with flash_refusals():
        member = verb(session, context.person, context.cohort.id, member_id, utcnow())
        session.commit()
        tell(say(sentence, name=member.name))
    return _list(cohort_id)


@blueprint.post("/<cohort_id>/people/<member_id>/erase")
def erase_person(cohort_id: str, member_id: str) -> BaseResponse | tuple[str, int]:
    """Erase what is kept about somebody without an account, once the box is ticked."""
    context, session = enter(cohort_id, CohortPermission.ERASE), the_session()
    require_fresh()
    member = member_of(session, context.cohort.id, member_id)
    if request.form.get("sure") != "yes":
        return _person_page(context, _person_form(context, member, sent=False), member, unsure=True), 422
    with flash_refusals():
        erased = erasure_of(ErasedRow.SEAT, member.id, member.created_at)
        note_erasures(site().settings.instance_path, [erased], utcnow())
        files = forget_member(session, context.person, context.cohort.id, member_id, utcnow())
        session.commit()
        settle(engine_of(current_app))
        remove(site().settings, files)
        tell(say(N_("Everything that told who this person is has been erased here. What was counted stays.")))
    return _list(cohort_id)


@blueprint.post("/<cohort_id>/people/<member_id>/invite")
@once
def invite_person(cohort_id: str, member_id: str) -> BaseResponse:
    """Write an invitation to one person."""
    context, session = enter(cohort_id, CohortPermission.WRITE), the_session()
    member_of(session, context.cohort.id, member_id)
    sign = presenters.invitation_token
    with flash_refusals():
        member = member_service.invite(session, context.person, context.cohort.id, member_id, sign, utcnow())
        tell(say(N_("An invitation to %(name)s is on its way."), name=member.name))
        return commit_once(_list_address(cohort_id))
    return _list(cohort_id)


@blueprint.post("/<cohort_id>/people/invite")
@once
def invite_people(cohort_id: str) -> BaseResponse:
    """Write to everybody invited whom nobody wrote to yet."""
    context, session = enter(cohort_id, CohortPermission.WRITE), the_session()
    with flash_refusals():
        written = member_service.invite_all(
            session, context.person, context.cohort.id, presenters.invitation_token, utcnow()
        )
        if written == member_service.AT_ONCE:
            first = counted(
                "The first %(num)s invitation is on its way. Press again for the next.",
                "The first %(num)s invitations are on their way. Press again for the next.",
                written,
            )
            tell(say_phrase(first))
        else:
            tell(say(N_("Invitations on their way: %(count)s."), count=written))
        return commit_once(_list_address(cohort_id))
    return _list(cohort_id)


# ── The code, and what is printed ──


@blueprint.post("/<cohort_id>/joining")
@once
def set_joining(cohort_id: str) -> BaseResponse:
    """Make, change, renew or close the code by which people join."""
    context, session, form = enter(cohort_id, CohortPermission.PEOPLE), the_session(), JoiningForm()
    number, now, action = context.cohort.id, utcnow(), request.form.get("do", "open")
    with flash_refusals():
        if action == "close":
            service.close_code(session, context.person, number, now)
            tell(say(N_("The code is closed. Nobody can join by it any more.")))
        elif action == "renew":
            service.renew_code(session, context.person, number, now)
            tell(say(N_("There is a new code. The old one opens nothing any more.")))
        else:
            try:
                until = form.expires_at(context.cohort.time_zone)
            except ValueError:
                tell(say(N_("That day could not be read. Nothing was changed.")), "again")
                return _list(cohort_id)
            approval = bool(form.approval.data)
            service.open_code(session, context.person, number, now, expires_at=until, approval=approval)
            tell(say(N_("Saved.")))
        return commit_once(_list_address(cohort_id))
    return _list(cohort_id)


@blueprint.get("/<cohort_id>/people/poster.pdf")
def poster(cohort_id: str) -> BaseResponse:
    """The poster to hang up, in the cohort's own language."""
    context = enter(cohort_id, CohortPermission.PEOPLE)
    if context.cohort.join_code is None:
        return _list(cohort_id)
    return attached(typeset_poster(presenters.poster_of(context.cohort, utcnow())), "application/pdf", "poster.pdf")


@blueprint.post("/<cohort_id>/people/cards")
def cards(cohort_id: str) -> BaseResponse:
    """Cards for everybody who has one or needs one, the codes made now where they are missing."""
    context, session, now = enter(cohort_id, CohortPermission.PEOPLE), the_session(), utcnow()
    require_fresh()
    part = max(1, request.form.get("part", 1, type=int))
    member_service.give_cards(session, context.person, context.cohort.id, now)
    session.commit()
    members = queries.cards_of(session, context.cohort.id)[(part - 1) * MOST : part * MOST]
    if not members:
        tell(say(N_("Everybody has a mail address, so nobody needs a card.")), "note")
        return _list(cohort_id)
    printed, words = presenters.cards_for(context.cohort, members, now)
    # Hundreds of cards take a while, and nobody else should wait for them.
    session.rollback()
    return attached(typeset_cards(printed, words), "application/pdf", f"cards-{part}.pdf")


@blueprint.get("/<cohort_id>/people/list.<any(csv, xlsx):kind>")
def download_people(cohort_id: str, kind: str) -> Response:
    """All people as a file that can be brought in again and then changes nothing."""
    context, locale = enter(cohort_id, CohortPermission.PEOPLE), page_locale()
    require_fresh()
    everybody = queries.roster_rows(the_session(), context.cohort.id)
    lines = roster_lines(everybody, locale.code.partition("_")[0], presenters.all_languages())
    if kind == "csv":
        return attached(csv_bytes(lines), CSV, "list.csv")
    return attached(xlsx_bytes(lines, right_to_left=locale.dir == "rtl"), XLSX, "list.xlsx")


MOST_WAITING = 200


@blueprint.get("/<cohort_id>/people/waiting-list")
def waiting_list(cohort_id: str) -> str:
    """The people who wait for a seat, the next first."""
    context, session = enter(cohort_id, CohortPermission.PEOPLE), the_session()
    counts, capacity = queries.counts_of(session, context.cohort.id), context.cohort.capacity
    return render_template(
        "cohorts/queue.html",
        context=context,
        waiting=queries.queue_of(session, context.cohort.id, MOST_WAITING),
        total=counts.by_state.get("queued", 0),
        free=None if capacity is None else max(0, capacity - counts.taken),
    )


@blueprint.post("/<cohort_id>/people/<member_id>/place")
def move_in_queue(cohort_id: str, member_id: str) -> BaseResponse:
    """Give somebody another place, with the reason."""
    context, session = enter(cohort_id, CohortPermission.PEOPLE), the_session()
    member_of(session, context.cohort.id, member_id)
    place, reason = request.form.get("place", 0, type=int), request.form.get("reason", "")
    with flash_refusals():
        moved = seats.move_in_queue(session, context.person, context.cohort.id, member_id, place, reason, utcnow())
        session.commit()
        tell(say(N_("%(name)s has another place on the waiting list."), name=moved.name))
    return redirect(url_for("cohorts.waiting_list", cohort_id=cohort_id), 303)


@blueprint.post("/<cohort_id>/waiting-list/leave")
def leave_queue(cohort_id: str) -> BaseResponse:
    """Step off the waiting list."""
    seats.leave_queue(the_session(), present_person(), cohort_id, utcnow())
    the_session().commit()
    tell(say(N_("You are no longer on the waiting list.")))
    return redirect(url_for("cohorts.home"), 303)
