"""Signing in with a provider: to it, back from it, and out of it."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coplearn.accounts.guards import come_back_to, home_address, is_signed_in
from coplearn.accounts.rules import is_local_path
from coplearn.kernel.text import N_, Phrase
from coplearn.providers.guards import enter, to_sign_in
from coplearn.providers.rules import Provider, profile_of
from coplearn.site import site
from coplearn.web.limits import count_try, over_limit, too_many_page
from coplearn.web.render import say_phrase

blueprint = Blueprint("providers", __name__, template_folder="templates")

_TRIES: Final = 60
"""Ways back that proved nobody, from one network address in ten minutes: a full training room has some."""
_SILENT: Final = N_("%(provider)s does not answer just now. Sign in with your password, or try again in a minute.")
_REFUSED: Final = N_("%(provider)s did not let you in, and nothing was changed. Please try again.")
_NOT_OUT: Final = N_("%(provider)s cannot be signed out of from here. Sign out on its own pages.")


@blueprint.get("/<lang:lang>/sign-in/with/<name>")
def begin(name: str) -> Response:
    """Lead to the provider; a link and not a form, because the page's policy lets no form lead to another site."""
    provider = _provider(name)
    wanted = request.args.get("next", "")
    if is_signed_in():
        return redirect(wanted if is_local_path(wanted) else home_address())
    if is_local_path(wanted):
        come_back_to(wanted)
    from coplearn.providers.client import Unreachable

    try:
        return _not_kept(redirect(site().providers.client(name).begin()))
    except Unreachable:
        return to_sign_in(_phrase(_SILENT, provider))


@blueprint.get("/oidc/<name>")
def back(name: str) -> Response:
    """Back from the provider, with a code that this site alone can have a token for."""
    provider = _provider(name)
    wait = over_limit("provider", _TRIES)
    if wait is not None:
        return too_many_page(wait)
    from coplearn.providers.client import NotLetIn, Unreachable

    try:
        told = profile_of(provider, site().providers.client(name).finish())
    except Unreachable:
        return to_sign_in(_phrase(_SILENT, provider))
    except (NotLetIn, ValueError):
        count_try("provider", 600)
        return to_sign_in(_phrase(_REFUSED, provider))
    return _not_kept(enter(provider, told))


@blueprint.get("/<lang:lang>/signed-out/<name>")
def signed_out(name: str) -> str:
    """Say that somebody is signed out here, and still signed in there: other things of theirs may hang on that."""
    return render_template("providers/signed_out.html", provider=_provider(name))


@blueprint.get("/<lang:lang>/sign-out/with/<name>")
def end(name: str) -> Response:
    """Lead to where the provider ends its own session."""
    provider = _provider(name)
    from coplearn.providers.client import Unreachable

    try:
        address = site().providers.client(name).end_session_address(f"{site().settings.address}/")
    except Unreachable:
        address = ""
    if address:
        return _not_kept(redirect(address))
    flash(say_phrase(_phrase(_NOT_OUT, provider)), "note")
    return redirect(url_for("pages.home"))


def _provider(name: str) -> Provider:
    provider: Provider | None = site().providers.by_name.get(name)
    if provider is None:
        abort(404)
    return provider


def _phrase(text: str, provider: Provider) -> Phrase:
    return Phrase(text, {"provider": provider.label})


def _not_kept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
