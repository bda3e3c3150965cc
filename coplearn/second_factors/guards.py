"""The doors: a code after the password, and before somebody's work for whoever needs a second factor."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from flask import (
    Flask,
    Response,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_security import UserMixin, login_user
from flask_security.signals import user_authenticated
from werkzeug.wrappers import Response as BaseResponse

from coplearn.accounts.guards import SECOND, asks_password, session_key
from coplearn.accounts.models import User
from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.i18n.formats import day
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError, NotYours
from coplearn.kernel.text import N_, Phrase
from coplearn.second_factors.passkeys import RelyingParty
from coplearn.second_factors.queries import Standing, standing_of
from coplearn.second_factors.rules import (
    ASKED_FOR,
    FRESH_FOR,
    FRESH_TO_SEND,
    PENDING_FOR,
    TRIES,
    Door,
    Proof,
    device_words,
    door,
    is_work,
)
from coplearn.second_factors.sealing import FactorSeal
from coplearn.second_factors.service import begin_grace, note_session
from coplearn.site import site
from coplearn.storage.database import begin_writing, current_session, reading
from coplearn.web.errors import Way, error_page
from coplearn.web.framework import around_blueprint, ask_second_step, security_of
from coplearn.web.languages import WORKS
from coplearn.web.limits import one_too_many
from coplearn.web.render import page_locale, say

PENDING: Final = "second_step"
"""In the session of somebody who has typed their password: whose it is, when that was, and where they were going."""
_SEEING: Final = "seeing"
"""In the session of an admin who looks at the site as somebody else, and changes nothing (``administration.people``)."""
LOOK_AGAIN: Final = 600
"""Seconds after which it is asked again whether somebody needs a second factor."""
SEND_TO: Final = "again-send-to"
SEND_PROOF: Final = "again-proof"
"""Fields of the page that asks again before something is sent: where it goes, and the password or code of whoever sends it."""
_PROOFS: Final = frozenset(Proof)
_OPEN: Final = frozenset({"security", "second_factors", "probes", "feeds"})
_AT_WORK: Final = frozenset({"second_factors.printed_codes", "second_factors.print_codes"})
"""Pages beside the open ones on which staff do something to others."""
_OPEN_PAGES: Final = frozenset(
    {
        "static",
        "pages.start",
        "pages.help_now",
        "pages.choose_country",
        "pages.about",
        "pages.accessibility",
        "pages.privacy",
        "pages.manifest",
    }
)
"""Help, and what this site is, are open to everybody at any time."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A person who is asked for a code: the key of their account or session, and where they are going."""

    key: str
    next: str


def site_seal() -> FactorSeal:
    """The seal of this site."""
    return FactorSeal(str(current_app.config["SECRET_KEY"]))


def asks_staff() -> bool:
    """Whether this site asks a second factor of those who work on it."""
    return site().settings.staff_needs_factor


def present_standing() -> Standing | None:
    """The standing of the signed-in person, read in one statement; None for visitors."""
    key = session_key()
    return standing_of(current_session(current_app), key, site().staff) if key is not None else None


def my_standing() -> Standing:
    """The standing of the signed-in person, read without a lock. Raises NotYours for visitors."""
    with reading(current_session(current_app)):
        standing = present_standing()
    if standing is None:
        raise NotYours
    return standing


def door_of(standing: Standing, *, proved: bool) -> Door:
    """The door before that person's work."""
    return door(
        asked=asks_staff() and standing.is_staff,
        has_factor=standing.has_factor,
        proved=proved,
        until=standing.until,
        days=site().settings.second_factor_grace_days,
        now=utcnow(),
    )


def wait_for_code(key: str) -> float | None:
    """Count one more code tried for that account; seconds to wait when they were too many. Call before the database is asked."""
    account = key.partition(".")[0]
    waits = [one_too_many(f"second-{seconds}", most, seconds, account) for most, seconds in TRIES]
    return max((wait for wait in waits if wait is not None), default=None)


def pending_code() -> Pending | None:
    """The person whom a code is asked of, since they typed their password or wanted a page of their work not long ago."""
    key, at, after = session.get(PENDING) or ("", 0, "")
    return Pending(key, after) if key and time.time() - at <= PENDING_FOR.total_seconds() else None


def go_on_as(user_id: int, *proofs: Proof) -> None:
    """Sign the person in anew here, after all their sessions ended."""
    login_user(current_session(current_app).get_one(User, user_id), authn_via=["password", *proofs])


def register_second_factors(app: Flask) -> None:
    """Ask for a code after the password, and stand before the work of those who need one. Register after the accounts."""
    ask_second_step(security_of(app), _ask_for_code)
    user_authenticated.connect(_follow, app)
    around_blueprint(app, "security", after=(_tell,))
    app.after_request(_note_session)
    app.register_error_handler(AskAgain, _ask_again)
    app.before_request(_stand_before_work)


def _ask_for_code(user: UserMixin, next_address: str | None) -> BaseResponse | None:
    """Lead somebody who has a second factor to the page for the code; None: signing in goes on."""
    standing = standing_of(current_session(current_app), user.fs_uniquifier, site().staff)
    if standing is None or not standing.has_factor:
        return None
    session[PENDING] = [user.fs_uniquifier, int(time.time()), next_address or ""]
    return redirect(url_for("second_factors.code"))


# A signal outlives every application it is sent by, so what is connected to it holds none.
def _follow(_app: Flask, user: User, authn_via: list[str] | None = None, **_: object) -> None:
    """Keep in the new session whether a second factor was proved, and begin the time to go without one."""
    via = set(authn_via or ())
    g.just_signed_in, g.signed_in_via = user.id, via
    if via & _PROOFS:
        session[SECOND] = True
    elif "change" not in via:
        session.pop(SECOND, None)
        database = current_session(current_app)
        standing = standing_of(database, user.fs_uniquifier, site().staff)
        if standing is not None and not standing.has_factor:
            _remember(standing)
            _begin(standing)


def _begin(standing: Standing) -> None:
    days, now = site().settings.second_factor_grace_days, utcnow()
    if not (asks_staff() and standing.is_staff) or days == 0:
        return
    if standing.until is None:
        begin_grace(current_session(current_app), standing.user_id, days, now)
    g.factor_until = standing.until or now + timedelta(days=days)


def _remember(standing: Standing) -> None:
    """Keep in the session that nothing stands before this person's work for some minutes."""
    if door_of(standing, proved=False) is Door.OPEN:
        soon = time.time() + LOOK_AGAIN
        session[SECOND] = int(min(soon, standing.until.timestamp()) if standing.until else soon)


def _tell(response: Response) -> Response:
    """Say after signing in until when somebody may go without a second factor."""
    until = g.pop("factor_until", None)
    if until is not None and response.status_code == 302:
        text = N_(
            "From %(day)s on, your account needs a second step when you sign in. Set it up under Signing in safely."
        )
        flash(say(text, day=day(until, page_locale())), "note")
    return response


def _note_session(response: Response) -> Response:
    """Keep the session that began with this request in the person's list."""
    user_id = g.pop("just_signed_in", None)
    if user_id is not None and response.status_code < 400 and (key := session_key()) is not None:
        database = current_session(current_app)
        begin_writing(database)
        note_session(database, user_id, key, device_words(request.user_agent.string), utcnow())
        _name_in_log(key)
        database.commit()
    return response


def here() -> RelyingParty:
    """The site, as passkeys know it."""
    settings = site().settings
    origin = f"{'https' if settings.https else request.scheme}://{request.host}"
    return RelyingParty(request.host.partition(":")[0], origin, settings.site_name)


def new_challenge() -> bytes:
    """A question to a device, kept in the session until its answer comes."""
    challenge = secrets.token_bytes(32)
    session["passkey"] = f"{challenge.hex()}:{time.time()}"
    return challenge


def pending_challenge() -> tuple[bytes, datetime]:
    """The question that was asked last, and when; an empty one when there is none, or it is too old."""
    asked, _, at = session.pop("passkey", "").partition(":")
    asked_at = datetime.fromtimestamp(float(at or 0), UTC)
    return (bytes.fromhex(asked) if utcnow() - asked_at <= ASKED_FOR else b""), asked_at


class AskAgain(AppError):
    """A grave action, for which somebody types their password once more (HTTP 403)."""

    status = 403

    def __init__(self) -> None:
        super().__init__(N_("Type your password once more, then send this again. Nothing was changed."))


def require_fresh() -> None:
    """Let only somebody go on who typed their password not long ago: before what cannot be taken back. Raises AskAgain.

    What is sent may come later than its page was asked for; after that it is kept on the page that asks.
    """
    within = FRESH_FOR if request.method in ("GET", "HEAD") else FRESH_TO_SEND
    if time.time() - session.get("fs_paa", 0) > within.total_seconds():
        raise AskAgain


def ask_code(wanted: str) -> BaseResponse:
    """Ask whoever is signed in for a code of their second step, and lead to the page ``wanted`` then."""
    _await_code(wanted)
    return redirect(url_for("second_factors.code"))


def _await_code(wanted: str) -> None:
    session[PENDING] = [session_key(), int(time.time()), wanted]


def now_fresh() -> None:
    """Remember that they just did."""
    session["fs_paa"] = time.time()


def _ask_again(error: AskAgain) -> Response | BaseResponse:
    """Ask for the password and come back; what was typed into a form is kept, and a file cannot be."""
    wanted = request.full_path.rstrip("?")
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("second_factors.again", next=wanted))
    if any(one.filename for one in request.files.values()):
        return error_page(
            403, error.phrase, Way(N_("Type your password"), url_for("second_factors.again", next=wanted))
        )
    return ask_before_sending(wanted, error.status)


def proves_by_code(standing: Standing) -> bool:
    """Whether the present person, who has that standing, shows a code where others type their password: they have none."""
    with reading(current_session(current_app)):
        return standing.has_factor and not asks_password()


def ask_before_sending(wanted: str, status: int, *, wrong: bool = False) -> Response:
    """The page that asks who it is, with all that was sent to ``wanted``, to be sent there once they have shown it."""
    current_session(current_app).rollback()
    own = (SEND_TO, SEND_PROOF, "csrf_token")
    sent = [(name, typed) for name, typed in request.form.items(multi=True) if name not in own]
    by_code = proves_by_code(my_standing())
    page = render_template("second_factors/send.html", sent=sent, wanted=wanted, by_code=by_code, wrong=wrong)
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _stand_before_work() -> Response | BaseResponse | None:
    """Lead whoever has to prove a second factor, or to set one up, there from every page of their work."""
    is_open = request.endpoint in _OPEN_PAGES or (request.blueprint in _OPEN and request.endpoint not in _AT_WORK)
    # Asked on open pages as well: it ends a session whose time is over, before the page says who is signed in.
    if session_key() is None or is_open or _SEEING in session:
        return None
    if WORKS not in session and not is_work(request.path):
        return None
    known = session.get(SECOND)
    # Where no time is given, a role that came a minute ago asks for a factor now.
    if known is True or (site().settings.second_factor_grace_days and time.time() < (known or 0)):
        return None
    with reading(current_session(current_app)):
        standing = present_standing()
    if standing is None:
        return None
    wanted = door_of(standing, proved=False)
    if wanted is Door.OPEN:
        _remember(standing)
        return None
    return _lead_to(wanted)


def _lead_to(wanted: Door) -> Response | BaseResponse:
    page = url_for("second_factors.home" if wanted is Door.SET_UP else "second_factors.code")
    reads = request.method in ("GET", "HEAD")
    if wanted is Door.PROVE:
        _await_code(request.full_path.rstrip("?") if reads else "")
    if reads:
        return redirect(page)
    if wanted is Door.SET_UP:
        told = N_("Set up a second step for signing in first, then send this once more. Nothing was changed.")
        return error_page(403, Phrase(told), Way(N_("Signing in safely"), page))
    told = N_("Type the code of your second step first, then send this once more. Nothing was changed.")
    return error_page(403, Phrase(told), Way(N_("Type the code"), page))


def _name_in_log(key: str) -> None:
    """Name in the audit log that staff signed in or changed their password; what learners do is not in it."""
    database, via = current_session(current_app), g.pop("signed_in_via", set())
    standing = standing_of(database, key, site().staff)
    if standing is not None and standing.is_staff:
        kind = EventKind.PASSWORD_CHANGED if via & {"change", "reset"} else EventKind.SIGNED_IN
        audit.record(database, kind, whom=f"user:{standing.user_id}", about=",".join(sorted(via)))
