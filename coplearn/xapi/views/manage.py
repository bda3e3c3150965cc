"""The page for administrators: keys of this LRS, and the other LRS that is told."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from coplearn.accounts.guards import session_key
from coplearn.accounts.queries import user_id_of
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.second_factors.guards import require_fresh
from coplearn.site import site
from coplearn.storage.database import current_session
from coplearn.web.flashes import tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.render import say
from coplearn.xapi.forms import KeyForm, TargetForm
from coplearn.xapi.guards import require_admin
from coplearn.xapi.presenters import key_lines
from coplearn.xapi.queries.keys import keys_made
from coplearn.xapi.queries.records import the_target, waiting
from coplearn.xapi.rules.access import problems_of_key
from coplearn.xapi.sealing import LrsSeal
from coplearn.xapi.service.keys import MadeKey, end_key, make_key
from coplearn.xapi.service.telling import name_target, problems_of_target, same_server

blueprint = Blueprint("xapi", __name__, url_prefix="/<lang:lang>/records", template_folder="../templates")


def _database() -> Session:
    return current_session(current_app)


@blueprint.get("/")
def page() -> str:
    """Keys, and how the telling stands."""
    require_admin()
    return _page()


def _page(key_form: KeyForm | None = None, target_form: TargetForm | None = None, made: MadeKey | None = None) -> str:
    """The page with a form that was sent; the other one shows what is kept."""
    database = _database()
    target = the_target(database)
    known = {"endpoint": target.endpoint, "key": target.key, "is_on": target.is_on} if target is not None else None
    key_form = key_form or KeyForm(formdata=None)
    target_form = target_form or TargetForm(formdata=None, data=known)
    key_form.offer()
    return render_template(
        "xapi/page.html",
        endpoint=f"{site().settings.address}/xapi/",
        keys=key_lines(keys_made(database), utcnow()),
        target=target,
        waiting=waiting(database),
        secret_is_set=bool(site().settings.lrs_secret),
        key_form=key_form,
        target_form=target_form,
        made=made,
    )


@blueprint.post("/keys")
@once
def make() -> ResponseReturnValue:
    """Make a key, and show its secret this once."""
    require_admin()
    require_fresh()
    form, now, database = KeyForm(), utcnow(), _database()
    name = " ".join((form.name.data or "").split())
    form.blame(problems_of_key(name, form.scopes.data or (), form.ends_on.data, now.date()))
    if form.summary():
        return _page(form), 422
    key = session_key()
    by_id = user_id_of(database, key) if key is not None else None
    made = make_key(database, name, form.scopes.data, form.ends_on.data, by_id, now)
    # A second press of the same form leads to the page without the secret.
    commit_once(url_for("xapi.page"))
    answer = current_app.make_response(_page(made=made))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/keys/<int:key_id>/end")
@once
def end(key_id: int) -> ResponseReturnValue:
    """Let a key be good for nothing any more."""
    require_admin()
    end_key(_database(), key_id, utcnow())
    tell(say(N_("This key is good for nothing any more.")))
    return commit_once(url_for("xapi.page"))


@blueprint.post("/other")
@once
def save_target() -> ResponseReturnValue:
    """Name the other LRS, and begin or stop telling it."""
    require_admin()
    require_fresh()
    form, database, settings = TargetForm(), _database(), site().settings
    endpoint, secret = (form.endpoint.data or "").strip().rstrip("/"), form.secret.data or ""
    target = the_target(database)
    # A secret goes to the server that it was typed for, and to no other that somebody names later.
    is_kept = target is not None and bool(target.sealed_secret) and same_server(target.endpoint, endpoint)
    has_secret = bool(secret or settings.lrs_secret or is_kept)
    form.blame(problems_of_target(endpoint, form.key.data or "", has_secret=has_secret))
    if form.summary():
        return _page(target_form=form), 422
    kept = LrsSeal(settings.key()).closed(secret.encode()) if secret else None
    name_target(database, endpoint, form.key.data.strip(), kept, is_on=form.is_on.data, now=utcnow())
    tell(say(N_("Saved.")))
    return commit_once(url_for("xapi.page"))
