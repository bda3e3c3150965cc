"""Signing in safely: the second step when signing in, and a person's own page about it."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask_security import login_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from coplearn.accounts.guards import AFTER_SIGN_IN, SECOND, asks_password, home_address, proved, require, session_key
from coplearn.accounts.mail import stored_address
from coplearn.accounts.queries import grants_of, user_of
from coplearn.accounts.rules import is_local_path, may_somewhere
from coplearn.audit.service import note_refused
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError, NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission
from coplearn.second_factors import passkeys, presenters, queries, service
from coplearn.second_factors.guards import (
    SEND_PROOF,
    SEND_TO,
    Pending,
    ask_before_sending,
    ask_code,
    asks_staff,
    door_of,
    go_on_as,
    here,
    my_standing,
    new_challenge,
    now_fresh,
    pending_challenge,
    pending_code,
    proves_by_code,
    require_fresh,
    site_seal,
    wait_for_code,
)
from coplearn.second_factors.queries import Standing
from coplearn.second_factors.rules import Proof, device_words
from coplearn.site import site
from coplearn.storage.database import current_session
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.limits import count_try, over_limit, too_many_page
from coplearn.web.render import say, say_phrase

blueprint = Blueprint("second_factors", __name__, url_prefix="/<lang:lang>", template_folder="templates")


@blueprint.get("/sign-in/code")
def code() -> str | Response:
    """The page for the second step, after the password."""
    if pending_code() is None:
        return redirect(url_for("security.login"))
    return render_template("second_factors/code.html", wrong=False)


@blueprint.post("/sign-in/code")
def send_code() -> Response | tuple[str, int]:
    """Sign in with the code of an app, or one to keep."""
    pending = pending_code()
    if pending is None:
        told = N_("That took a while. Type your password once more, then the code.")
        flash(say(told), "again")
        return redirect(url_for("security.login"), 303)
    wait = wait_for_code(pending.key)
    if wait is not None:
        return too_many_page(wait)
    if not _sign_in(pending, request.form.get("code", "")):
        return render_template("second_factors/code.html", wrong=True), 422
    return redirect(pending.next if is_local_path(pending.next) else home_address(), 303)


def _sign_in(pending: Pending, typed: str) -> bool:
    database = current_session(current_app)
    user = user_of(database, pending.key)
    proof = service.use_code(database, site_seal(), user.id, typed, utcnow()) if user is not None else None
    if user is None or proof is None or not login_user(user, authn_via=["password", proof]):
        database.rollback()
        _note_wrong(database, pending.key)
        return False
    database.commit()
    if proof is not Proof.APP:
        tell(say_phrase(presenters.codes_left(my_standing())), "note")
    return True


def _note_wrong(database: Session, key: str) -> None:
    """Let the audit log say that a second step of somebody who works here was typed wrong: their password is known."""
    standing = queries.standing_of(database, key, site().staff)
    if standing is not None and standing.is_staff:
        note_refused(database, "second-step", whom=f"user:{standing.user_id}")


@blueprint.get("/me/signing-in/")
def home() -> str:
    """The page about what stands beside the person's password, and where they are signed in."""
    standing, database, key = my_standing(), current_session(current_app), session_key() or ""
    since = utcnow() - current_app.permanent_session_lifetime
    screen = presenters.safety_screen(
        standing,
        door_of(standing, proved=True),
        queries.open_sessions(database, standing.user_id, since),
        queries.passkeys_of(database, standing.user_id),
        key,
        asks_staff=asks_staff(),
        hands_out=may_somewhere(grants_of(database, key), Permission.MANAGE_PEOPLE),
    )
    return render_template("second_factors/home.html", screen=screen)


@blueprint.post("/me/signing-in/sessions/<int:number>/end")
def end_one_session(number: int) -> Response:
    """Sign out on one other device."""
    standing, database = my_standing(), current_session(current_app)
    with flash_refusals():
        service.end_one(database, standing.user_id, number, utcnow() + current_app.permanent_session_lifetime, utcnow())
        database.commit()
        tell(say(N_("That device is signed out.")))
    return redirect(url_for("second_factors.home"), 303)


@blueprint.post("/me/signing-in/sessions/end")
def end_other_sessions() -> Response:
    """Sign out everywhere but here."""
    standing, database = my_standing(), current_session(current_app)
    kept = [Proof.APP] if session.get(SECOND) is True else []
    service.end_others(database, standing.user_id, utcnow())
    go_on_as(standing.user_id, *kept)
    database.commit()
    tell(say(N_("Every other device is signed out.")))
    return redirect(url_for("second_factors.home"), 303)


@blueprint.get("/sign-in/again")
def again() -> Response | str:
    """The password once more, before something grave; who has none shows a code of their second step."""
    if proves_by_code(my_standing()):
        return ask_code(_next())
    return render_template("second_factors/again.html", asks=asks_password(), wrong=False, next=_next())


@blueprint.post("/sign-in/again")
def prove_again() -> Response | tuple[str, int]:
    """Check it, and go on with what was wanted: a page, or what was sent, as it was typed."""
    standing, wanted = my_standing(), request.form.get(SEND_TO, "")
    if is_local_path(wanted):
        return _send_on(standing, wanted)
    if proves_by_code(standing):
        return ask_code(_next())
    if not proved(request.form.get("password", "")):
        return render_template("second_factors/again.html", asks=True, wrong=True, next=_next()), 422
    now_fresh()
    return redirect(_next() or home_address(), 303)


def _send_on(standing: Standing, wanted: str) -> Response:
    typed = request.form.get(SEND_PROOF, "")
    if proves_by_code(standing):
        wait = wait_for_code(session_key() or "")
        if wait is not None:
            return too_many_page(wait)
        # Signing in anew would take the token away with which the form is sent on.
        right = (
            service.use_code(current_session(current_app), site_seal(), standing.user_id, typed, utcnow()) is not None
        )
        current_session(current_app).commit()
    else:
        right = proved(typed)
    if not right:
        return ask_before_sending(wanted, 422, wrong=True)
    now_fresh()
    return redirect(wanted, 307)  # the browser sends it all once more, there


def _next() -> str:
    wanted = request.values.get("next", "")
    return wanted if is_local_path(wanted) else ""


@blueprint.get("/staff/printed-codes")
def printed_codes() -> str:
    """The form of a coordinator who prints codes for somebody without a smart phone."""
    require(Permission.MANAGE_PEOPLE, anywhere=True)
    require_fresh()
    return render_template("second_factors/hand_out.html", email="", problem="")


@blueprint.post("/staff/printed-codes")
def print_codes() -> str | tuple[str, int]:
    """Make the codes and show them, once, to be printed."""
    require(Permission.MANAGE_PEOPLE, anywhere=True)
    require_fresh()
    database, typed, giver = current_session(current_app), request.form.get("email", "")[:320], my_standing().user_id
    try:
        email = stored_address(typed)
        _, codes = service.hand_out_codes(database, site_seal(), giver, email, site().staff, utcnow())
    except (ValueError, AppError) as error:
        database.rollback()
        wrong = N_("That does not look like a mail address. It needs an @ and a dot after it.")
        problem = say_phrase(error.phrase) if isinstance(error, AppError) else say(wrong)
        return render_template("second_factors/hand_out.html", email=typed, problem=problem), 422
    database.commit()
    return render_template("second_factors/printed.html", email=email, codes=presenters.shown(codes), day=utcnow())


@blueprint.get("/me/signing-in/app")
def set_up_app() -> str:
    """The square code for an app, a new one each time."""
    return _app_page(my_standing())


def _app_page(standing: Standing, sealed: str = "", problems: dict[str, str] | None = None) -> str:
    screen = presenters.app_screen(standing, site_seal(), site().settings.site_name, sealed)
    return render_template("second_factors/app.html", screen=screen, asks=asks_password(), problems=problems or {})


@blueprint.post("/me/signing-in/app")
def keep_app() -> str | tuple[str, int]:
    """Keep the app when it shows the right number, and show the codes to keep, once."""
    standing, sealed, database = my_standing(), request.form.get("secret", "")[:400], current_session(current_app)
    secret = presenters.opened(site_seal(), standing.user_id, sealed)
    if secret is None:
        told = say(N_("That page was open for too long. Here is a new square code: scan this one."))
        return _app_page(standing, problems={"code": told}), 422
    if not proved(request.form.get("password", "")):
        return _app_page(standing, sealed, {"password": say(N_("That is not the password you have now."))}), 422
    try:
        typed = request.form.get("code", "")
        codes = service.set_up_app(database, site_seal(), standing.user_id, secret, typed, utcnow())
    except Refused as error:
        database.rollback()
        return _app_page(standing, sealed, {"code": say_phrase(error.phrase)}), 422
    go_on_as(standing.user_id, Proof.APP)
    database.commit()
    return render_template("second_factors/codes.html", codes=presenters.shown(codes), first=True)


@blueprint.get("/me/signing-in/codes")
def codes() -> str:
    """The question before new codes to keep."""
    return _ask("codes", my_standing())


@blueprint.post("/me/signing-in/codes")
def renew_codes() -> str | tuple[str, int]:
    """Make new codes to keep; those before are no longer good."""
    standing, database = my_standing(), current_session(current_app)
    if not standing.keeps_codes or not proved(request.form.get("password", "")):
        return _ask("codes", standing, wrong=True), 422
    fresh = service.renew_recovery_codes(database, site_seal(), standing.user_id, utcnow())
    database.commit()
    return render_template("second_factors/codes.html", codes=presenters.shown(fresh), first=False)


@blueprint.get("/me/signing-in/app/remove")
def remove() -> str:
    """The question before the app is taken away."""
    return _ask("remove", my_standing())


@blueprint.post("/me/signing-in/app/remove")
def remove_app() -> Response | tuple[str, int]:
    """Take the app away, and the codes that go with it."""
    standing, database = my_standing(), current_session(current_app)
    if not standing.has_app or not proved(request.form.get("password", "")):
        return _ask("remove", standing, wrong=True), 422
    service.take_app_away(database, standing.user_id, utcnow())
    go_on_as(standing.user_id)
    database.commit()
    flash(say(N_("Your app is no longer asked for. Other devices were signed out.")), "done")
    return redirect(url_for("second_factors.home"), 303)


def _ask(purpose: str, standing: Standing, *, wrong: bool = False) -> str:
    if not (standing.keeps_codes if purpose == "codes" else standing.has_app):
        raise NotFound(N_("There is no app to do that with."))
    return render_template("second_factors/ask.html", purpose=purpose, asks=asks_password(), wrong=wrong)


# ── Passkeys ──


@blueprint.get("/me/signing-in/passkeys")
def add_passkey() -> str:
    """The page on which a device makes a passkey."""
    my_standing()
    require_fresh()
    return render_template("second_factors/passkey.html", problem="")


@blueprint.post("/me/signing-in/passkeys/options")
def passkey_options() -> Response:
    """The question to the device: make a passkey for this person."""
    standing, database = my_standing(), current_session(current_app)
    require_fresh()
    known = queries.passkeys_of(database, standing.user_id)
    handle = site_seal().digest("handle", standing.user_id).encode()
    challenge = new_challenge()
    made = passkeys.creation_options(here(), challenge, handle, standing.email, [one.credential_id for one in known])
    return Response(made, mimetype="application/json")


@blueprint.post("/me/signing-in/passkeys")
def keep_passkey() -> Response | str | tuple[str, int]:
    """Keep the passkey that the device made; other devices are signed out."""
    standing, database = my_standing(), current_session(current_app)
    require_fresh()
    challenge, _ = pending_challenge()
    made = passkeys.made(here(), challenge, request.form.get("credential", "")) if challenge else None
    if made is None:
        told = say(N_("That did not work. Try once more, and unlock the passkey when your device asks."))
        return render_template("second_factors/passkey.html", problem=told), 422
    name = request.form.get("name", "").strip()[:60] or device_words(request.user_agent.string)
    try:
        codes = service.keep_passkey(database, site_seal(), standing.user_id, made, name, utcnow())
    except Refused as error:
        database.rollback()
        return render_template("second_factors/passkey.html", problem=say_phrase(error.phrase)), 422
    go_on_as(standing.user_id, Proof.PASSKEY)
    database.commit()
    if codes:
        return render_template("second_factors/codes.html", codes=presenters.shown(codes), first=True)
    tell(say(N_("The passkey is kept. Other devices were signed out.")))
    return redirect(url_for("second_factors.home"), 303)


@blueprint.post("/me/signing-in/passkeys/<int:number>/remove")
def remove_passkey(number: int) -> Response:
    """Take a passkey away; other devices are signed out."""
    standing, database = my_standing(), current_session(current_app)
    require_fresh()
    kept = [Proof.PASSKEY] if session.get(SECOND) is True else []
    with flash_refusals():
        service.remove_passkey(database, standing.user_id, number, utcnow())
        go_on_as(standing.user_id, *kept)
        database.commit()
        tell(say(N_("The passkey is taken away. Other devices were signed out.")))
    return redirect(url_for("second_factors.home"), 303)


@blueprint.post("/sign-in/passkey/options")
def sign_in_options() -> Response:
    """The question to the device: sign with a passkey of this site."""
    return Response(passkeys.request_options(here(), new_challenge()), mimetype="application/json")


@blueprint.post("/sign-in/passkey")
def sign_in_by_passkey() -> Response:
    """Sign in with a passkey alone: it is something that the person has, and unlocks."""
    wait = over_limit("passkey", 20)
    if wait is not None:
        return too_many_page(wait)
    pending, wanted = pending_code(), session.get(AFTER_SIGN_IN, "")
    user_id = _owner_of_passkey(request.form.get("credential", "")[:10_000])
    if user_id is None:
        count_try("passkey", 600)
        flash(say(N_("That passkey did not open an account here. Sign in with your password.")), "again")
        return redirect(url_for("security.login"), 303)
    go_on_as(user_id, Proof.PASSKEY)
    current_session(current_app).commit()
    after = pending.next if pending is not None else wanted
    return redirect(after if is_local_path(after) else home_address(), 303)


def _owner_of_passkey(answer: str) -> int | None:
    database, (challenge, asked_at) = current_session(current_app), pending_challenge()
    number, user_id, known = (challenge and queries.passkey_of(database, passkeys.named_in(answer))) or (0, 0, None)
    count = passkeys.signed_count(here(), challenge, answer, known) if known is not None else None
    if count is None or not service.use_passkey(database, number, count, asked_at, utcnow()):
        database.rollback()
        return None
    return user_id
