"""Letting somebody in whom a provider sent, and what a browser remembers of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, current_app, flash, g, make_response, redirect, request, session, url_for
from flask_security import login_user
from flask_security.proxies import _security
from flask_security.signals import user_authenticated
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as BaseResponse

from coplearn.accounts.guards import AFTER_SIGN_IN, LINKS, UNTIL, WITH, home_address
from coplearn.accounts.mail import stored_address
from coplearn.accounts.models import User
from coplearn.accounts.rules import is_local_path
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, Phrase
from coplearn.providers.rules import Provider, ProviderProfile, packed, read_providers, unpacked
from coplearn.providers.service import Arrived, KnownHere, arrive, link_owner
from coplearn.settings import Settings
from coplearn.site import site, site_of
from coplearn.storage.database import begin_writing, current_session, read_only
from coplearn.web.framework import around_blueprint, security_of
from coplearn.web.render import page_locale, say_phrase

if TYPE_CHECKING:
    from coplearn.providers.client import ProviderClient

_WAITS: Final = 1_800
"""Seconds for which it is remembered whose account is to be linked."""


class Providers:
    """The providers that the operator named; each is asked when somebody wants to sign in with it, and not before."""

    def __init__(self, settings: Settings) -> None:
        self.by_name: Mapping[str, Provider] = read_providers(settings.oidc)
        self._address, self._threads = settings.address, settings.threads
        self._clients: dict[str, ProviderClient] = {}

    def client(self, name: str) -> ProviderClient:
        """The client that talks to the provider of that name."""
        # Its libraries are loaded when the first person presses the button.
        from coplearn.providers.client import ProviderClient

        if name not in self._clients:
            callback = f"{self._address}/oidc/{name}"
            self._clients.setdefault(name, ProviderClient(self.by_name[name], callback, self._threads))
        return self._clients[name]


def register_providers(app: Flask) -> None:
    """Offer the providers on the pages of the accounts, and link an account when its owner signs in. After the accounts."""
    security = security_of(app)
    offered = {"providers": tuple(site_of(app).providers.by_name.values())}
    security.login_context_processor(lambda: offered)
    security.register_context_processor(lambda: offered)
    if offered["providers"]:
        around_blueprint(app, "security", before=(_note,), after=(_lead_out,))
        user_authenticated.connect(_link_pending, app)


def to_sign_in(phrase: Phrase, kind: str = "again") -> BaseResponse:
    """Say that, on the page where one signs in with a password."""
    flash(say_phrase(phrase), kind)
    return redirect(url_for("security.login"))


def enter(provider: Provider, told: ProviderProfile) -> BaseResponse:
    """Let in whom the provider sent, and commit; who cannot come in reads why, where one signs in with a password."""
    told = replace(told, email=_stored(told.email))
    try:
        return _enter(provider, told)
    except IntegrityError:
        # They came twice at once: the other request has made the account.
        current_session(current_app).rollback()
        return _enter(provider, told)


def _enter(provider: Provider, told: ProviderProfile) -> BaseResponse:
    database = current_session(current_app)
    begin_writing(database)
    try:
        arrived = arrive(database, provider, told, page_locale().babel, utcnow())
        answer = _let_in(provider, arrived)
        database.commit()
    except KnownHere:
        database.rollback()
        return _ask_owner(provider, told)
    except Refused as refused:
        database.rollback()
        return to_sign_in(refused.phrase)
    return answer


def _stored(email: str) -> str:
    try:
        return stored_address(email)
    except ValueError:
        return ""


def _let_in(provider: Provider, arrived: Arrived) -> BaseResponse:
    wanted = session.get(AFTER_SIGN_IN, "")
    session[WITH] = provider.name
    session.pop(UNTIL, None)
    if arrived.has_roles and provider.staff_hours:
        # The provider may take the roles away again, and says so when they next come from it.
        session[UNTIL] = int(time.time()) + provider.staff_hours * 3_600
    second = _security.two_factor_plugins.tf_enter(arrived.user, False, "oidc", wanted or None)
    if second is not None:
        return make_response(second)
    login_user(arrived.user, authn_via=["oidc"])
    return redirect(wanted if is_local_path(wanted) else home_address())


def _ask_owner(provider: Provider, told: ProviderProfile) -> BaseResponse:
    session[LINKS] = [provider.name, told.subject, told.email, int(time.time()), packed(told.roles)]
    known = N_(
        "Your mail address has an account here already. Sign in to it once below; after that, %(provider)s opens it as well."
    )
    return to_sign_in(Phrase(known, {"provider": provider.label}), "note")


def _note() -> None:
    """Note, before signing out clears the session, what is to be known after it."""
    g.signed_in_with = session.get(WITH)


def _lead_out(response: Response) -> Response:
    """Lead whoever signed out, and had come from a provider, to the page that says that they are still signed in there."""
    name = g.get("signed_in_with")
    if request.endpoint == "security.logout" and response.status_code == 302 and name in site().providers.by_name:
        response.location = url_for("providers.signed_out", name=name)
    return response


# A signal outlives every application it is sent by, so what is connected to it holds none.
def _link_pending(app: Flask, user: User, **_: object) -> None:
    name, subject, email, since, roles = session.pop(LINKS, None) or ("", "", "", 0, [])
    provider = site_of(app).providers.by_name.get(name)
    if provider is None or email != user.email or time.time() - since > _WAITS:
        return
    database, alone = current_session(app), read_only.get()
    if alone:
        begin_writing(database)
    link_owner(database, provider, subject, unpacked(roles), user, utcnow())
    if alone:
        database.commit()
        read_only.set(True)
