"""Pages of keys: a person's own, and the clients that an administrator makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, current_app, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError
from coplearn.kernel.text import N_
from coplearn.second_factors.guards import require_fresh
from coplearn.storage.database import current_session
from coplearn.tokens import queries, service
from coplearn.tokens.forms import TokenForm
from coplearn.tokens.guards import Maker, present_admin, present_maker
from coplearn.tokens.rules import TokenKind, TokenScope, problems_of
from coplearn.web.flashes import tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.render import say, say_phrase

if TYPE_CHECKING:
    from coplearn.tokens.models import ApiToken

blueprint = Blueprint("tokens", __name__, url_prefix="/<lang:lang>", template_folder="templates")


@blueprint.get("/me/programs/")
def home() -> str:
    """The keys of one's own programs."""
    maker, now = present_maker(), utcnow()
    tokens = queries.tokens_of(current_session(current_app), maker.standing.user_id, maker.kind, now)
    return _list_page(maker, [(token, "") for token in tokens])


@blueprint.get("/settings/programs/")
def clients() -> str:
    """The clients of the whole site."""
    maker = present_admin()
    return _list_page(maker, queries.all_clients(current_session(current_app), utcnow()))


def _list_page(maker: Maker, rows: list[tuple[ApiToken, str]]) -> str:
    labels = {scope.value: say(scope.label) for scope in TokenScope}
    return render_template("tokens/list.html", maker=maker, rows=rows, labels=labels, now=utcnow())


@blueprint.get("/me/programs/new")
def new() -> ResponseReturnValue:
    """The form of a key of one's own."""
    return _new(present_maker())


@blueprint.get("/settings/programs/new")
def new_client() -> ResponseReturnValue:
    """The form of a client."""
    return _new(present_admin())


def _new(maker: Maker) -> ResponseReturnValue:
    door = maker.door()
    if door is not None:
        return door
    require_fresh()
    return _form_page(maker, TokenForm(formdata=None))


def _form_page(maker: Maker, form: TokenForm) -> str:
    form.offer(maker.scopes)
    return render_template("tokens/form.html", maker=maker, form=form)


@blueprint.post("/me/programs/new")
@once
def make() -> ResponseReturnValue:
    """Make a key of one's own, and show its secret this once."""
    return _make(present_maker())


@blueprint.post("/settings/programs/new")
@once
def make_client() -> ResponseReturnValue:
    """Make a client, and show its secret this once."""
    return _make(present_admin())


def _make(maker: Maker) -> ResponseReturnValue:
    door = maker.door()
    if door is not None:
        return door
    require_fresh()
    form, now = TokenForm(), utcnow()
    typed = (form.name.data or "", form.scopes.data or [], form.last_day.data)
    form.blame(problems_of(*typed, now.date(), maker.scopes))
    if form.summary() or typed[2] is None:
        return _form_page(maker, form), 422
    database = current_session(current_app)
    try:
        made = service.make_token(database, maker.standing.user_id, maker.kind, typed[0], typed[1], typed[2], now)
    except AppError as error:
        form.name.errors = [say_phrase(error.phrase)]
        return _form_page(maker, form), error.status
    commit_once(maker.home)
    page = make_response(render_template("tokens/made.html", maker=maker, made=made))
    page.headers["Cache-Control"] = "no-store"
    return page


@blueprint.post("/me/programs/<public_id>/end")
def end(public_id: str) -> Response:
    """Take a key of one's own back."""
    maker = present_maker()
    return _end(maker, public_id, maker.standing.user_id)


@blueprint.post("/settings/programs/<public_id>/end")
def end_client(public_id: str) -> Response:
    """Take a client back, whoever made it."""
    return _end(present_admin(), public_id, None)


def _end(maker: Maker, public_id: str, user_id: int | None) -> Response:
    database = current_session(current_app)
    service.revoke_token(database, public_id, TokenKind(maker.kind), user_id, utcnow())
    database.commit()
    tell(say(N_("Taken back. It opens nothing any more.")))
    return redirect(url_for("tokens.clients" if user_id is None else "tokens.home"), 303)
