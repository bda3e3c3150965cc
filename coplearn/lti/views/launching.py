"""The way in from a learning platform: its first word, its signed one, and the page of ours that they end at."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask import g as request_globals
from werkzeug.wrappers import Response as BaseResponse

from coplearn.accounts.guards import session_key
from coplearn.accounts.queries import user_id_of
from coplearn.kernel.clock import utcnow
from coplearn.lti import queries
from coplearn.lti.guards import (
    WayIn,
    address_of,
    begin_way_in,
    forget_in_browser,
    is_this_browser,
    keep_in_browser,
    launch_parts,
    let_frame,
    locale_for,
    outside_address,
    read_ticket,
    read_way_in,
    target_at,
    the_session,
    ticket_for,
)
from coplearn.lti.presenters import choices_here, chosen
from coplearn.lti.rules import (
    CHOICE_SECONDS,
    CLOSED,
    MOST_HINTS,
    NO_COURSE,
    NOT_PROVED,
    UNKNOWN,
    LaunchRefused,
    Platform,
    ProvedLaunch,
    Target,
    is_service_address,
    origin_of,
)
from coplearn.lti.service import launches
from coplearn.site import site
from coplearn.storage.database import reading
from coplearn.web.body_limits import takes_up_to
from coplearn.web.framework import csrf
from coplearn.web.guest_session import begin_guest_session
from coplearn.web.security import widen_policy

blueprint = Blueprint("lti", __name__, url_prefix="/lti", template_folder="../templates")
blueprint.before_request(let_frame)

_HINTS = ("iss", "client_id", "login_hint", "lti_message_hint", "lti_deployment_id", "target_link_uri")
_TOKEN_ROOM = 128 * 1024


def _sent(name: str) -> str:
    return request.values.get(name, "")


@blueprint.get("/keys")
def keys() -> Response:
    """The public halves of the keys that we sign with, as a set of JSON Web Keys (RFC 7517)."""
    answer = jsonify(keys=[row.public for row in queries.keys(the_session())])
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


@blueprint.get("/login")
def login_here() -> BaseResponse:
    """The same for a platform that sends its first word in an address, and for a window of its own."""
    return _begin()


# A platform's page sends this, so there is no token of ours in it; nothing is changed by it.
@blueprint.post("/login")
@csrf.exempt  # type: ignore[untyped-decorator] # Flask-WTF is not typed
def login() -> BaseResponse:
    """Answer a platform's first word: send the browser back to it, to be told who came (OpenID Connect, third-party login)."""
    return _begin()


def _begin() -> BaseResponse:
    again = {name: _sent(name) for name in _HINTS if _sent(name)}
    if not again.get("login_hint") or sum(map(len, again.values())) > MOST_HINTS:
        raise LaunchRefused(UNKNOWN)
    session = the_session()
    with reading(session):
        found = queries.platforms_by_issuer(session, again.get("iss", "")[:255])
    wanted = [one for one in found if again.get("client_id", one.client_id) == one.client_id]
    if len(wanted) != 1:
        raise LaunchRefused(UNKNOWN)
    return _ask(_opened(wanted[0]), again)


def _ask(platform: Platform, again: dict[str, str]) -> BaseResponse:
    """Send the browser to the platform, to be told who came."""
    state, nonce, browser = begin_way_in(platform.id, again)
    query = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": f"{site().settings.address}{url_for('lti.launch')}",
        "login_hint": again["login_hint"],
        "state": state,
        "nonce": nonce,
    }
    if again.get("lti_message_hint"):
        query["lti_message_hint"] = again["lti_message_hint"]
    joint = "&" if "?" in platform.login_url else "?"
    answer = redirect(f"{platform.login_url}{joint}{urlencode(query)}", 302)
    keep_in_browser(answer, nonce, browser)  # type: ignore[arg-type] # the same type, as flask names it
    return answer


def _opened(platform: Platform | None) -> Platform:
    if platform is None:
        raise LaunchRefused(UNKNOWN)
    if not platform.is_open:
        raise LaunchRefused(CLOSED, platform=platform.name)
    return platform


# What stands for the token of a form is the state, which the browser that began has to prove with its cookie.
@blueprint.post("/launch")
@takes_up_to(_TOKEN_ROOM, text=True)
@csrf.exempt  # type: ignore[untyped-decorator] # Flask-WTF is not typed
def launch() -> BaseResponse | str:
    """Take a platform's signed word of who came and for what; each is taken once, in the browser that began."""
    way = read_way_in(_sent("state"))
    if not is_this_browser(way):
        return _own_window(way)
    session = the_session()
    with reading(session):
        platform = _opened(queries.platform_by_id(session, way.platform_id))
        rows = {one.deployment_id: one.id for one in queries.deployments_of(session, platform.id)}
    told = launch_parts().client.prove(platform, rows, _sent("id_token")[:_TOKEN_ROOM], way.nonce)
    request_globals.locale = locale_for(told.locale)
    if told.in_frame and "Sec-Fetch-Dest" not in request.headers:
        # A browser that does not say what is in a frame is old, and keeps too little there.
        return _own_window(way)
    launches.use_nonce(session, way.nonce, told, utcnow())
    if told.deep_linking:
        session.commit()
        return _choose(platform, told)
    return _enter(way, platform, told, rows[told.deployment_id])


def _own_window(way: WayIn) -> str:
    again: dict[str, Any] = dict(way.again)
    return render_template("lti/window.html", address=url_for("lti.login_here", **again))


def _choose(platform: Platform, told: ProvedLaunch) -> str:
    """The page on which somebody chooses what goes into the platform's course."""
    settings = told.deep_linking
    value = {"p": platform.id, "d": told.deployment_id, "r": str(settings.get("deep_link_return_url", ""))}
    value |= {"data": settings.get("data"), "lang": request_globals.locale.url}
    signed = launch_parts().seal.signed("lti choice", value)
    return render_template("lti/choose.html", platform=platform, courses=choices_here(), choice=signed, wrong=False)


@blueprint.post("/choose")
@takes_up_to(_TOKEN_ROOM, text=True)
@csrf.exempt  # type: ignore[untyped-decorator] # Flask-WTF is not typed
def choose() -> str | tuple[str, int]:
    """Answer a platform with what somebody chose for its course. The signed choice is the token of this form."""
    signed, session = _sent("choice"), the_session()
    value = launch_parts().seal.read("lti choice", signed, CHOICE_SECONDS)
    with reading(session):
        platform = _opened(queries.platform_by_id(session, value["p"]) if value is not None else None)
        key = launch_parts().key(session)
    assert value is not None
    request_globals.locale = site().locales.by_url(value["lang"]) or request_globals.locale
    found, address = chosen(_sent("part")), value["r"]
    if found is None:
        page = {"platform": platform, "courses": choices_here(), "choice": signed, "wrong": True}
        return render_template("lti/choose.html", **page), 422
    if not is_service_address(address, plain=launch_parts().takes_plain):
        raise LaunchRefused(NOT_PROVED, platform=platform.name)
    target, title = found
    item = {"url": outside_address(target), "title": title, "resource": _sent("part")}
    answer = launch_parts().client.choice(platform, value["d"], value["data"], item, key)
    widen_policy(sends_to=origin_of(address))
    return render_template("lti/chosen.html", platform=platform, address=address, answer=answer, title=title)


def _enter(way: WayIn, platform: Platform, told: ProvedLaunch, deployment_row: int) -> BaseResponse:
    target, session, now = target_at(told.target), the_session(), utcnow()
    if target is None:
        raise LaunchRefused(NO_COURSE)
    person = launches.let_in(session, platform, told, launch_parts().seal.learner_token, now)
    if target != Target():
        link = launches.keep_link(session, deployment_row, told, target, now)
        if told.takes_scores:
            launches.expect_score(session, link, person)
    session.commit()
    value: dict[str, Any] = {"person": person.id, "t": [target.course_id, target.module_id, target.item_id]}
    ticket = ticket_for(way, **value, lang=request_globals.locale.url)
    # Sent on with an address of ours: only then does the browser tell who is signed in here already.
    return redirect(url_for("lti.enter", ticket=ticket), 303)


@blueprint.get("/enter")
def enter() -> BaseResponse:
    """Let somebody in whom a platform has just proved, in the browser that began: as their account where they are signed in to
    the one that they joined, else as the learner alone.
    """
    value = read_ticket(request.args.get("ticket", ""))
    session = the_session()
    person = queries.person_by_id(session, value["person"])
    platform = queries.platform_by_id(session, person.platform_id) if person is not None else None
    locale = site().locales.by_url(value["lang"]) or request_globals.locale
    if person is None or platform is None or not person.is_active:
        raise LaunchRefused(UNKNOWN)
    user_id = _signed_in()
    if user_id is not None and person.user_id is None:
        # Whoever is signed in here is asked before anything happens to their session.
        ticket = ticket_for(WayIn(0, value["n"], value["b"], {}), person=person.id, t=value["t"])
        return redirect(url_for("launched.join_page", lang=locale.url, ticket=ticket), 303)
    if user_id is None or user_id != person.user_id:
        token = launch_parts().seal.learner_token(person.learner_id)
        begin_guest_session(token, launched_from=platform.name, framed=_is_framed())
    answer = make_response(redirect(address_of(Target(*value["t"]), locale), 303))
    forget_in_browser(answer, value["n"])
    return answer


def _signed_in() -> int | None:
    key = session_key()
    return user_id_of(the_session(), key) if key is not None else None


def _is_framed() -> bool:
    """Whether the browser keeps cookies apart for the page around ours: a frame of another site's page. In one of our own
    site's, such as a platform on a neighbouring host, it sends the usual ones."""
    outside = request.headers.get("Sec-Fetch-Site") not in ("same-site", "same-origin")
    return outside and request.headers.get("Sec-Fetch-Dest", "document") != "document"
