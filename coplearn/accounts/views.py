"""Signing in, up and out, confirming an address and choosing a new password: Flask-Security, set to our rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from secrets import token_hex
from typing import Any

from babel.dates import format_timedelta
from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    flash,
    g,
    has_request_context,
    request,
    session,
    url_for,
)
from flask_limiter import Limiter
from flask_login import user_logged_out
from flask_security import FSQLALiteUserDatastore, Security, UserMixin
from flask_security.signals import password_reset, user_authenticated
from flask_security.utils import set_request_attr
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

from coplearn.accounts import device_cookies, forms
from coplearn.accounts.config import CONFIRM_WITHIN, as_stored, security_config
from coplearn.accounts.guards import (
    AFTER_SIGN_IN,
    JOINED,
    LINKS,
    NUMBER,
    SECOND,
    UNTIL,
    WITH,
    home_address,
    register_confirming,
    register_doors,
    session_key,
)
from coplearn.accounts.mail import AccountMail, add_account_letters, even_out
from coplearn.accounts.models import Grant, User
from coplearn.accounts.passwords import AccountPasswords
from coplearn.accounts.queries import user_of
from coplearn.accounts.rules import is_behind_sign_in, is_local_path
from coplearn.accounts.service import end_session
from coplearn.accounts.tasks import register_account_tasks
from coplearn.i18n.formats import listing
from coplearn.i18n.locales import SOURCE_LOCALE
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_, Phrase
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.storage.database import Database, begin_writing, current_session, database_of, engine_of, read_only
from coplearn.web.errors import Way
from coplearn.web.framework import around_blueprint, lighten_security, limit_only
from coplearn.web.limits import (
    by_address,
    by_address_and_target,
    by_target,
    letters_are_spent,
    limit_posts,
    make_limiter,
    too_many_page,
)
from coplearn.web.render import page_locale, say

_ASKING = ("security.forgot_password", "security.send_confirmation")
_WRITING = (*_ASKING, "security.register")
_LETTERS = 3
"""So many letters an hour go to one address because somebody asked, and the first of each kind in any case."""
_GUESSED = N_(
    "Somebody tried many wrong passwords for this account. It is safe. If it is yours, choose a new password by a link in"
    " your mail: that lets you in at once, also on this device. Or wait an hour and try again."
)
# "translates", "works" and "second" are set anew at each sign-in, before or after this is asked.
_KEPT_AT_SIGN_IN = ("_user_id", "_fresh", "fs_paa", "translates", "works", WITH, UNTIL, SECOND, LINKS, JOINED)

# Before Flask-Security's own, so that its templates are ours.
templates = Blueprint("accounts", __name__, template_folder="templates")


class People(FSQLALiteUserDatastore):
    """The store in which Flask-Security finds and puts people."""

    def create_user(self, **kwargs: Any) -> UserMixin:
        """Put a new person into the database at once.

        Somebody who pressed the button twice is found instead: the second message then holds a good link as well.
        """
        # From here on the account and the letter to it are one transaction.
        begin_writing(self.db.session)
        kwargs.setdefault("create_datetime", utcnow())
        kwargs.setdefault("locale", page_locale().babel if has_request_context() else SOURCE_LOCALE)
        user = super().create_user(**kwargs)
        try:
            self.db.session.flush()
        except IntegrityError:
            self.db.session.rollback()
            existing = self.find_user(email=kwargs["email"])
            if existing is None:
                raise
            return existing
        return user


class Sentences:
    """Flask-Security's translator: our catalogs, in the page's language."""

    @staticmethod
    def gettext(text: str, **params: object) -> str:
        """The sentence with its values put in; never raises on a bad translation."""
        return say(text, **params)

    @staticmethod
    def ngettext(one: str, many: str, num: int, **params: object) -> str:
        """Flask-Security counts nothing on the pages we show, so the words are taken as they are."""
        return say(one if num == 1 else many, num=num, **params)

    @staticmethod
    def format_list(parts: Sequence[str], **_: object) -> str:
        """ "a, b and c" as the page's language joins it."""
        return listing(parts, page_locale())


def register_accounts(app: Flask, settings: Settings) -> None:
    """Add the account pages, letters and limits to the application.

    Needs the database, Babel, the languages, the outbox and CSRF protection registered before; ``profile.home`` may come later.
    """
    add_account_letters(site_of(app).letters, forms.SUBJECTS)
    app.config.update(security_config())
    app.register_blueprint(templates)
    security = _security(app, database_of(app))
    lighten_security(app, security)
    # In a mail nothing is HTML, so nothing is escaped.
    words = {"_": say}
    security.mail_context_processor(
        lambda: words | {"site_name": site_of(app).settings.site_name, "link_days": _span(CONFIRM_WITHIN)}
    )
    security.login_manager.user_loader(_present_user)
    register_confirming(app)
    register_doors(app)
    app.after_request(_keep_out_of_caches)
    after = (_even_out, device_cookies.set_cookie, _clear_device, _begin)
    around_blueprint(app, "security", before=(_prepare,), after=after)
    _follow_sign_ins(app)
    register_account_tasks(app)
    if settings.rate_limits:
        _limit(app, make_limiter(app, engine_of(app)))


def _follow_sign_ins(app: Flask) -> None:
    user_authenticated.connect(_renew_session, app)
    user_logged_out.connect(_end_session, app)
    password_reset.connect(_confirm_by_reset, app)


def _security(app: Flask, database: Database) -> Security:
    security = Security(
        app,
        People(database, User, Grant),
        login_form=forms.SignInForm,
        register_form=forms.SignUpForm,
        forgot_password_form=forms.NewPasswordForm,
        reset_password_form=forms.ChooseForm,
        change_password_form=forms.ChangeForm,
        send_confirmation_form=forms.ConfirmAgainForm,
        mail_util_cls=AccountMail,
        password_util_cls=AccountPasswords,
    )
    security.i18n_domain = Sentences()  # type: ignore[assignment] # it is asked for these three only
    security.want_json(lambda _request: False)
    return security


def _span(time: timedelta) -> str:
    return format_timedelta(time, granularity="hour", threshold=1.5, locale=page_locale().babel)


def _prepare() -> None:
    """Prepare each page of Flask-Security: how it may use the database, and where it may send the person."""
    if request.endpoint == "security.confirm_email":
        read_only.set(False)
    elif request.method == "POST":
        # Nothing is locked while a password is hashed or a mail is sent; the forms begin a transaction when they write.
        read_only.set(True)
    if request.is_json:
        abort(400)
    if request.method == "POST" and request.endpoint in _WRITING:
        g.letters_spent = letters_are_spent(request.endpoint, _LETTERS, 3600)
    request.args = _without_foreign_next(request.args)
    if request.method == "POST":
        request.form = _without_foreign_next(request.form)
    wanted = session.get(AFTER_SIGN_IN, "")
    told = _told_next()
    if request.endpoint == "security.register" and request.method == "POST":
        session[forms.ASKED_FOR] = as_stored(request.form.get("email", "")[:320])
    if told:
        # Whoever makes an account first, or has forgotten the password, comes back by a letter.
        session[AFTER_SIGN_IN] = told
    elif request.endpoint == "security.login" and is_local_path(wanted):
        request.args = ImmutableMultiDict({"next": wanted})


def _keep_out_of_caches(response: Response) -> Response:
    """Keep pages behind sign-in out of every browser's cache: the next person at the machine goes back to nothing."""
    if response.mimetype == "text/html" and is_behind_sign_in(request.path):
        response.headers.setdefault("Cache-Control", "private, no-store")
    return response


def _clear_device(response: Response) -> Response:
    """Clear the browser's cache after signing out: no page of the person stays. What waits on the device to be sent is left."""
    if request.endpoint == "security.logout" and response.status_code == 302:
        response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _begin(response: Response) -> Response:
    """Lead whoever was on their way nowhere home, after signing in; not whoever has to prove a second factor first."""
    signed_in = request.endpoint == "security.login" and response.status_code == 302 and session_key() is not None
    if signed_in and not _told_next():
        response.location = home_address()
    return response


def _told_next() -> str:
    return request.args.get("next") or request.form.get("next") or ""


def _even_out(response: Response) -> Response:
    """Even out a page that says "if there is an account": it has written a letter, or as much as one."""
    if request.method == "POST" and request.endpoint in _WRITING and response.status_code < 400:
        if request.endpoint in _ASKING or g.get("letters_spent"):
            even_out()
        if g.get("letters_spent"):
            # The same whether there is an account or not.
            again = N_(
                "Messages to that address were asked for before in the last hour. Use the newest one: its link still works."
            )
            flash(say(again), "note")
    return response


def _without_foreign_next(values: MultiDict[str, str]) -> ImmutableMultiDict[str, str]:
    pairs = [(name, value) for name, value in values.items(multi=True) if name != "next" or is_local_path(value)]
    return ImmutableMultiDict(pairs)


def _renew_session(_app: Flask, user: UserMixin, **_: object) -> None:
    """Renew the session at signing in: nothing that was in it before is there afterwards, the CSRF token included."""
    carried = {name: session[name] for name in _KEPT_AT_SIGN_IN if name in session}
    _clear_session(_app)
    session.update(carried)
    session.permanent = True
    session[NUMBER] = token_hex(8)
    device_cookies.know(user.email)


def _clear_session(_app: Flask, **_: object) -> None:
    session.clear()
    g.pop("csrf_token", None)


def _present_user(_user_id: str) -> User | None:
    """Flask-Login's user: whoever's session it is, unless it was ended."""
    user = user_of(current_session(current_app), session_key() or "")
    if user is not None:
        set_request_attr("fs_authn_via", "session")
    return user


def _end_session(_app: Flask, user: User, **_: object) -> None:
    """The session is over for everybody who kept its cookie.

    Nothing is left in it but where a visitor was going, and as whom: whoever presses the link in a mail is "signed out" first.
    """
    carried = {name: session[name] for name in (AFTER_SIGN_IN, forms.ASKED_FOR) if name in session}
    number = session.get(NUMBER)
    if number and user.is_authenticated:
        database, alone = current_session(_app), read_only.get()
        key, user_id = f"{user.fs_uniquifier}.{number}", user.id
        if alone:
            begin_writing(database)
        end_session(database, key, user_id, utcnow() + _app.permanent_session_lifetime)
        if alone:
            database.commit()
            read_only.set(True)
    _clear_session(_app)
    session.update(carried)


def _confirm_by_reset(_app: Flask, user: User, **_: object) -> None:
    """Confirm the address of whoever opened the link in a mail to it: it is theirs."""
    user.confirmed_at = user.confirmed_at or utcnow()
    device_cookies.know(user.email)


def _is_refused(response: Response) -> bool:
    # Those who get in are not counted, so that a whole training room behind one address may sign in.
    return response.status_code == 200


def _point_to_mail(wait: float) -> Response:
    """The page where many guess from many addresses: nothing that is typed here proves whose it is, and mail does."""
    way = Way(N_("Choose a new password by mail"), url_for("security.forgot_password"))
    return too_many_page(wait, Phrase(_GUESSED), way)


def _limit(app: Flask, limiter: Limiter) -> None:
    def tries(endpoint: str, limit: str, key: Callable[[], str], free: Callable[[], bool]) -> None:
        limit_posts(app, limiter, endpoint, limit, key, count_when=_is_refused, free_when=free)

    # A browser that signed in to the account before is counted by itself: no stranger's mistakes refuse it.
    tries("security.login", "10 per 10 minutes", device_cookies.by_device, lambda: not device_cookies.is_known())
    tries("security.login", "10 per minute; 100 per hour", by_address, device_cookies.is_known)
    tries("security.login", "10 per 10 minutes", by_address_and_target, device_cookies.is_known)
    # Strangers on many addresses together; the person may still come by a known browser, or by a link in their mail.
    limit_posts(
        app,
        limiter,
        "security.login",
        "100 per hour",
        by_target,
        count_when=_is_refused,
        free_when=device_cookies.is_known,
        refuse=_point_to_mail,
    )
    tries("security.change_password", "10 per minute; 100 per hour", by_address, lambda: False)
    # A training room of forty shares one address, so sign-up has room for it.
    limit_posts(app, limiter, "security.register", "120 per hour", by_address)
    for endpoint in ("security.reset_password", "security.forgot_password", "security.send_confirmation"):
        limit_posts(app, limiter, endpoint, "20 per hour", by_address)
    limit_only(app, limiter, "security")
