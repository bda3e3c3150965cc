"""Presenting a module: the projector, the speaker's page, the page for phones, and what a meeting's groups answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.cohorts.common.guards import present_leader, the_session
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError
from coplearn.kernel.text import N_
from coplearn.presenting import queries, service
from coplearn.presenting.guards import module_at, open_meeting, own_poll, poll_in_hall, subject_of
from coplearn.presenting.presenters import answers
from coplearn.presenting.render_cache import deck_of
from coplearn.presenting.rules import MOST_PEOPLE, PollMedium, is_open
from coplearn.rooms.guards import name_in_room, present_seat, sit_down
from coplearn.rooms.queries import room_of_number
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.render import say, say_phrase
from coplearn.web.request_checks import json_sent, takes_json

if TYPE_CHECKING:
    from coplearn.presenting.models import GroupPoll

blueprint = Blueprint("presenting", __name__, url_prefix="/<lang:lang>", template_folder="templates")
PHONES = "presenting.hall"
LONGEST_SLIDE = 200


@blueprint.get("/presentations/")
def home() -> str:
    """Every module that can be presented, and what this person presented."""
    person = present_leader()
    polls = queries.polls_of(the_session(), person.id)
    return render_template("presenting/home.html", lines=answers.course_lines(), polls=answers.poll_lines(polls))


@blueprint.get("/c/<course_code>/present/<int:number>")
def slides(course_code: str, number: int) -> str:
    """The slides of a module by themselves: they work, and nothing is kept."""
    present_leader()
    deck = deck_of(*module_at(course_code, number))
    return render_template("presenting/present.html", deck=deck, poll=None, door=None, most_people=MOST_PEOPLE)


@blueprint.post("/c/<course_code>/present/<int:number>")
@once
def begin(course_code: str, number: int) -> ResponseReturnValue:
    """Begin to present a module, with a code for phones."""
    person, (course, module) = present_leader(), module_at(course_code, number)
    subject = service.AskedPart(course.id, module.id, course.version)
    poll = service.open_presentation(the_session(), person.id, subject, None, PHONES, utcnow())
    audit.record(the_session(), EventKind.GROUP_ASKED, about=f"run:{poll.public_id}")
    return commit_once(url_for("presenting.projector", run_id=poll.public_id))


@blueprint.get("/presentations/<run_id>")
def projector(run_id: str) -> str:
    """The page for the projector."""
    return _screen(run_id, "presenting/present.html")


@blueprint.get("/presentations/<run_id>/speaker")
def speaker(run_id: str) -> str:
    """The speaker's page, which is a remote control on a phone: notes, the clock, what comes next."""
    return _screen(run_id, "presenting/speaker.html")


def _screen(run_id: str, template: str) -> str:
    _, poll = own_poll(run_id)
    session, deck = the_session(), deck_of(*subject_of(poll))
    door = answers.door_of(room_of_number(session, poll.room_id) if poll.over_at is None else None)
    return render_template(template, deck=deck, poll=poll, door=door, most_people=MOST_PEOPLE)


@blueprint.get("/presentations/<run_id>/state")
def state(run_id: str) -> Response:
    """The slide that is shown, and the votes so far, for every screen of the leader."""
    _, poll = own_poll(run_id)
    return _state(poll)


def _state(poll: GroupPoll) -> Response:
    session = the_session()
    answer = jsonify(
        rev=poll.rev,
        slide=poll.slide,
        stage=poll.stage,
        over=poll.over_at is not None,
        open=is_open(poll.stage, poll.opened_at, poll.over_at, utcnow()),
        phones=queries.phones_in(session, poll.room_id),
        counts=queries.counts_of(session, [poll.id]).get(poll.id, {}),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/presentations/<run_id>/state")
@takes_json
def steer(run_id: str) -> Response:
    """Show another slide, the votes, or the answer, on every screen."""
    _, poll = own_poll(run_id)
    sent = json_sent()
    slide, stage = (sent.get("slide"), sent.get("stage")) if isinstance(sent, dict) else (None, None)
    if not isinstance(slide, str) or len(slide) > LONGEST_SLIDE or "\0" in slide or type(stage) is not int:
        abort(400)
    try:
        service.steer(the_session(), poll, slide, stage, utcnow())
    except AppError as error:
        return _refused(error)
    the_session().commit()
    return _state(poll)


@blueprint.post("/presentations/<run_id>/hands")
@takes_json
def type_hands(run_id: str) -> Response:
    """Keep how many hands went up for each option of a question."""
    _, poll = own_poll(run_id)
    sent = json_sent()
    name, counts = (sent.get("question"), sent.get("counts")) if isinstance(sent, dict) else (None, None)
    asked = deck_of(*subject_of(poll)).question(name) if isinstance(name, str) else None
    if asked is None or asked.ballot is None or not isinstance(counts, dict):
        abort(400)
    try:
        options = {option for option, _ in asked.ballot.options}
        service.type_hands(the_session(), poll, asked.question, options, counts)
    except AppError as error:
        return _refused(error)
    the_session().commit()
    return _state(poll)


def _refused(error: AppError) -> Response:
    the_session().rollback()
    answer = jsonify(refused=say_phrase(error.phrase))
    answer.status_code = 422
    return answer


@blueprint.post("/presentations/<run_id>/end")
def end(run_id: str) -> BaseResponse:
    """End a presentation: no phone votes any more, and the counts stay."""
    _, poll = own_poll(run_id)
    service.end_presentation(the_session(), poll, utcnow())
    the_session().commit()
    return redirect(url_for("presenting.results", run_id=run_id), 303)


@blueprint.get("/presentations/<run_id>/results")
def results(run_id: str) -> str:
    """The questions that the group answered, as bars."""
    _, poll = own_poll(run_id)
    counts = queries.counts_of(the_session(), [poll.id])
    return render_template("presenting/results.html", poll=poll, said=answers.poll_results([poll], counts)[0])


@blueprint.get("/hall/<room_id>")
def hall(room_id: str) -> Response:
    """The page for phones: the question that is asked now."""
    room, poll = poll_in_hall(room_id)
    asked = deck_of(*subject_of(poll)).asked(poll.slide)
    chosen = queries.vote_of(the_session(), present_seat(room), asked.question) if asked is not None else ()
    page = render_template(
        "presenting/hall.html",
        room=room,
        poll=poll,
        asked=asked,
        chosen=chosen,
        open=is_open(poll.stage, poll.opened_at, poll.over_at, utcnow()),
    )
    return Response(page, headers={"Cache-Control": "no-store"}, mimetype="text/html")


@blueprint.post("/hall/<room_id>")
def vote(room_id: str) -> BaseResponse:
    """Vote, or vote otherwise: one vote a phone and question, and nobody's name."""
    room, poll = poll_in_hall(room_id)
    asked, session = deck_of(*subject_of(poll)).asked(poll.slide), the_session()
    with flash_refusals():
        if asked is not None and asked.ballot is not None and request.form.get("question") == asked.question:
            sent, voter = request.form.getlist("choice"), present_seat(room) or name_in_room()
            sit_down(service.take_vote(session, poll, room, voter, asked.question, asked.ballot, sent, utcnow()))
            session.commit()
        else:
            tell(say(N_("The hall has gone on to another question. Your vote was not counted.")), "again")
    return redirect(url_for("presenting.hall", room_id=room_id), 303)


@blueprint.get("/hall/<room_id>/state")
def hall_state(room_id: str) -> Response:
    """Whether the page for phones is still the newest; no count and no answer is in it."""
    _, poll = poll_in_hall(room_id)
    now_open = is_open(poll.stage, poll.opened_at, poll.over_at, utcnow())
    answer = jsonify(at=f"{poll.rev}{'o' if now_open else 'c'}", over=poll.over_at is not None)
    answer.headers["Cache-Control"] = "no-store"
    return answer


# What a meeting's groups answered


@blueprint.get("/cohorts/<cohort_id>/meetings/<meeting_id>/votes")
def meeting(cohort_id: str, meeting_id: str) -> str:
    """Everything that was asked at a meeting, with a way to present and to enter results on paper."""
    context, found = open_meeting(cohort_id, meeting_id)
    polls = queries.polls_of_meeting(the_session(), found.id)
    said = answers.poll_results(polls, queries.counts_of(the_session(), [poll.id for poll in polls]))
    return render_template(
        "presenting/meeting.html",
        context=context,
        meeting=found,
        said=said,
        modules=answers.modules_of(context.cohort, found),
        checks=answers.checks_of(context.cohort),
        person=context.person,
    )


@blueprint.post("/cohorts/<cohort_id>/meetings/<meeting_id>/present")
@once
def begin_at_meeting(cohort_id: str, meeting_id: str) -> ResponseReturnValue:
    """Begin to present a module at a meeting, where the counts are kept."""
    context, found = open_meeting(cohort_id, meeting_id)
    code, _, number = request.form.get("module", "").partition("/")
    course, module = module_at(code, int(number) if number.isdecimal() and len(number) < 4 else 0)
    subject = service.AskedPart(course.id, module.id, course.version)
    poll = service.open_presentation(the_session(), context.person.id, subject, found.id, PHONES, utcnow())
    audit.record(the_session(), EventKind.GROUP_ASKED, about=f"run:{poll.public_id}")
    return commit_once(url_for("presenting.projector", run_id=poll.public_id))


@blueprint.get("/cohorts/<cohort_id>/meetings/<meeting_id>/paper/<item_code>/<form>")
def paper(cohort_id: str, meeting_id: str, item_code: str, form: str) -> str:
    """The form to enter how many chose each letter on paper."""
    return _paper_page(cohort_id, meeting_id, item_code, form, {}, answers.PaperResults())


def _paper_page(
    cohort_id: str, meeting_id: str, item_code: str, form: str, typed: dict[str, str], read: answers.PaperResults
) -> str:
    context, found = open_meeting(cohort_id, meeting_id)
    course, item = answers.check_at(context.cohort, item_code, form)
    return render_template(
        "presenting/paper.html",
        context=context,
        meeting=found,
        form=form,
        title=answers.title_of(course, item),
        questions=answers.paper_fields(course, item, form),
        typed=typed,
        wrong=read.at_field,
        errors=read.told,
    )


@blueprint.post("/cohorts/<cohort_id>/meetings/<meeting_id>/paper/<item_code>/<form>")
@once
def keep_paper(cohort_id: str, meeting_id: str, item_code: str, form: str) -> ResponseReturnValue:
    """Keep the counts of a check on paper with the meeting."""
    context, found = open_meeting(cohort_id, meeting_id)
    course, item = answers.check_at(context.cohort, item_code, form)
    subject = service.AskedPart(course.id, item.module, course.version, item.id, form)
    read = answers.read_paper(course, item, form, request.form)
    if read.told:
        the_session().rollback()
        return _paper_page(cohort_id, meeting_id, item_code, form, request.form.to_dict(), read), 422
    service.keep_paper(the_session(), context.person.id, subject, found.id, read.counts, utcnow())
    audit.record(the_session(), EventKind.GROUP_ASKED, about=f"meeting:{found.public_id}")
    tell(say(N_("The results are kept with the meeting.")))
    return commit_once(url_for("presenting.meeting", cohort_id=cohort_id, meeting_id=meeting_id))


@blueprint.post("/cohorts/<cohort_id>/meetings/<meeting_id>/votes/<run_id>/forget")
def forget(cohort_id: str, meeting_id: str, run_id: str) -> BaseResponse:
    """Take away results on paper that this person entered by mistake."""
    _, found = open_meeting(cohort_id, meeting_id)
    _, poll = own_poll(run_id)
    if poll.meeting_id == found.id and poll.medium == PollMedium.PAPER:
        audit.record(the_session(), EventKind.GROUP_ASKED, about=f"run:{poll.public_id}")
        service.forget_poll(the_session(), poll)
        the_session().commit()
        tell(say(N_("These results are taken away.")))
    return redirect(url_for("presenting.meeting", cohort_id=cohort_id, meeting_id=meeting_id), 303)
