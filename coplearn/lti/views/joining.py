"""Pages for whoever a platform sent: what goes back to it, joining an own account, leaving, and the way into a module."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask import g as request_globals
from werkzeug.wrappers import Response as BaseResponse

from coplearn.accounts.guards import session_key, to_sign_in
from coplearn.accounts.queries import user_of
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.learning.guards import course_at, learner_in, present_learner
from coplearn.learning.presenters import resume_item, way_in
from coplearn.learning.queries import InCourse
from coplearn.lti import queries
from coplearn.lti.guards import address_of, launch_parts, read_ticket_to_join, the_session, ticket_to_join
from coplearn.lti.rules import USED, LaunchRefused
from coplearn.lti.service import launches
from coplearn.site import site
from coplearn.web.flashes import tell
from coplearn.web.guest_session import begin_guest_session, end_guest_session, guest_session_is_over, launched_from
from coplearn.web.render import say

blueprint = Blueprint("launched", __name__, url_prefix="/<lang:lang>/launched", template_folder="../templates")


@blueprint.get("/")
def about() -> str:
    """The page of what a platform is told of somebody, and how they join what they do to an account of their own."""
    learner = present_learner() if launched_from() else None
    person = queries.person_of_learner(the_session(), learner.id) if learner is not None else None
    return render_template(
        "lti/about.html",
        platform=launched_from(),
        ticket=ticket_to_join(person.id) if person is not None else "",
        is_joined=person is not None and person.user_id is not None,
    )


@blueprint.get("/join")
def join_page() -> BaseResponse | str:
    """Ask whoever is signed in whether what a platform's launch was for is theirs; who is not is asked to sign in first."""
    ticket = request.args.get("ticket", "")
    person_id, _, may_go_on = read_ticket_to_join(ticket)
    key, session = session_key(), the_session()
    user = user_of(session, key) if key is not None else None
    if user is None:
        if launched_from():
            end_guest_session()
        return to_sign_in(url_for("launched.join_page", ticket=ticket))
    person = queries.person_by_id(session, person_id)
    platform = queries.platform_by_id(session, person.platform_id) if person is not None else None
    if platform is None:
        raise LaunchRefused(USED)
    return render_template("lti/join.html", ticket=ticket, platform=platform, user=user, may_go_on=may_go_on)


@blueprint.post("/join")
def join() -> BaseResponse:
    """Join it to the account of whoever is signed in."""
    person_id, target, is_own = read_ticket_to_join(request.form.get("ticket", ""))
    key, session = session_key(), the_session()
    user = user_of(session, key) if key is not None else None
    if user is None:
        raise LaunchRefused(USED)
    required = {one: course.required for one, course in site().library.current().courses.items()}
    launches.join_account(session, person_id, user.id, utcnow(), required)
    session.commit()
    tell(say(N_("Joined. From now on your learning platform opens what is in your account.")))
    where = address_of(target, request_globals.locale) if is_own else url_for("profile.home")
    return redirect(where, 303)


@blueprint.post("/apart")
def apart() -> BaseResponse:
    """Go on as the platform's learner in this browser, apart from the account that was signed in to."""
    person_id, target, is_own = read_ticket_to_join(request.form.get("ticket", ""))
    session = the_session()
    person = queries.person_by_id(session, person_id)
    platform = queries.platform_by_id(session, person.platform_id) if person is not None else None
    if person is None or platform is None or not is_own or not person.is_active:
        raise LaunchRefused(USED)
    begin_guest_session(launch_parts().seal.learner_token(person.learner_id), launched_from=platform.name)
    return redirect(address_of(target, request_globals.locale), 303)


@blueprint.post("/leave")
def leave() -> BaseResponse:
    """Close in this browser what a platform opened."""
    if launched_from() or guest_session_is_over():
        end_guest_session()
    flash(say(N_("You have left. Nothing of you is open on this device any more.")), "done")
    return redirect(url_for("pages.home"), 303)


@blueprint.get("/<course_code>/<module_id>")
def module(course_code: str, module_id: str) -> BaseResponse:
    """Lead to the step of a module where the learner goes on."""
    course = course_at(course_code)
    part = next((one for one in course.modules if one.id == module_id), None)
    if part is None:
        raise NotFound(N_("There is no page at this address."))
    here = learner_in(course.id) or InCourse()
    place = here.place if here.place in part.item_ids else part.item_ids[0]
    item = resume_item(course, here.visits, place)
    item = item if item.id in part.item_ids else course.items[part.item_ids[0]]
    return make_response(redirect(way_in(course, item, here.visits), 303))
