"""The one-minute form for field staff: as a page, and from a device on which entries waited for a network."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from flask import Response, jsonify, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from coplearn.cohorts.common.guards import nobody_here, the_session
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError, Refused
from coplearn.kernel.text import N_, Phrase
from coplearn.offline.operations.guards import require_own_page
from coplearn.privacy.guards import looks_twice
from coplearn.privacy.telling import tells
from coplearn.programme.forms.activities import QuickForm, quick_content
from coplearn.programme.guards import ProgrammeContext, blueprint, present_access
from coplearn.programme.presenters.words import countries_to_choose, programmes_to_choose
from coplearn.programme.service import quick as service
from coplearn.web.flashes import tell
from coplearn.web.idempotency import commit_once, form_key, once
from coplearn.web.owners import owner_of_user, refuse_foreign
from coplearn.web.render import say, say_phrase
from coplearn.web.request_checks import json_sent, takes_json

_OP: Final = re.compile(r"[A-Za-z0-9-]{8,64}")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_TEXTS: Final = ("title", "place", "words")
_LONGEST: Final = 4_000


@blueprint.get("/quick")
def quick() -> str:
    """The form, with today's day."""
    context = _writer()
    form = QuickForm(formdata=None)
    form.day.data = utcnow().date()
    return _page(context, form)


@blueprint.post("/quick")
@looks_twice(*_TEXTS)
@once
def write_quickly() -> BaseResponse | tuple[str, int]:
    """Write a draft."""
    context, session = _writer(), the_session()
    form = QuickForm()
    try:
        content = quick_content(request.form, {code for code, _ in countries_to_choose(context.access)})
        made = service.record_quickly(
            session,
            context.access,
            content,
            op=request.form.get("form_key", "")[:64] or form_key(),
            programme_id=_programme_id(context, request.form.get("programme", "")),
            now=utcnow(),
        )
    except AppError as error:
        session.rollback()
        form.title.errors = [say_phrase(error.phrase)]
        return _page(context, form), 422
    tell(say(N_("The draft is kept. It counts once a second person has confirmed it.")))
    return commit_once(url_for("programme.activity", activity_id=made.public_id))


@blueprint.post("/quick/send")
@takes_json
def send_quickly() -> Response:
    """Entries that waited on a device, as JSON. What is named in ``taken`` or ``refused`` the device may forget, nothing else."""
    require_own_page()
    context, body, session = _writer(), json_sent(), the_session()
    refuse_foreign(body, context.person.id)
    entries = [_entry(context, one) for one in _sent(body)]
    taken = service.take_entries(session, context.access, entries, utcnow())
    session.commit()
    answer = jsonify(
        taken=taken.ops, refused=[{"op": op, "sentence": say_phrase(phrase)} for op, phrase in taken.refused]
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _sent(body: object) -> list[dict[str, Any]]:
    sent = body.get("operations") if isinstance(body, dict) else None
    if not isinstance(sent, list) or not 0 < len(sent) <= service.MOST_OPERATIONS:
        raise BadRequest
    named = [
        one for one in sent if isinstance(one, dict) and isinstance(one.get("op"), str) and _OP.fullmatch(one["op"])
    ]
    if len(named) != len(sent):
        raise BadRequest
    return named


def _entry(context: ProgrammeContext, one: Mapping[str, Any]) -> service.QuickEntry:
    fields = one.get("fields")
    if not isinstance(fields, dict) or not all(map(_is_text, (*fields, *fields.values()))):
        return service.QuickEntry(one["op"], None, None)
    told = [piece for name in _TEXTS for piece in tells(fields.get(name, ""))] if "looked" not in fields else []
    try:
        if told:
            raise Refused(
                N_(
                    "This seems to tell a name or a telephone number: %(pieces)s. Take it out, or say that you have looked."
                ),
                pieces=tuple(told),
            )
        content = quick_content(fields, _codes(context))
    except Refused as refused:
        return service.QuickEntry(one["op"], None, None, Phrase(refused.phrase.text, refused.phrase.params))
    return service.QuickEntry(one["op"], content, _programme_id(context, fields.get("programme", "")))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST and not _UNSTORABLE.search(value)


def _codes(context: ProgrammeContext) -> Collection[str]:
    return {code for code, _ in countries_to_choose(context.access)}


def _programme_id(context: ProgrammeContext, chosen: str) -> int | None:
    offered = {value for value, _ in programmes_to_choose(the_session(), context.access)}
    return int(chosen) if chosen in offered else None


def _writer() -> ProgrammeContext:
    context = present_access()
    if not context.access.may_write:
        raise nobody_here()
    return context


def _page(context: ProgrammeContext, form: QuickForm) -> str:
    programmes = programmes_to_choose(the_session(), context.access)
    form.offer(countries_to_choose(context.access), programmes)
    if len(programmes) == 1 and not context.access.countries and not context.access.sees_all:
        form.programme.data = programmes[0][0]
    return render_template("programme/quick.html", form=form, owner=owner_of_user(context.person.id))
