"""The learner's way: the catalogue, a course, its items, and a module on paper."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from markupsafe import Markup
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as BaseResponse

from coplearn.accounts.guards import session_key
from coplearn.courses.course import Course
from coplearn.courses.guarded import KindFailed
from coplearn.courses.licences import licence_shown
from coplearn.courses.pages import text_shown
from coplearn.courses.plugin import Incomplete, Item, Outcome, View
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Conflict
from coplearn.kernel.text import N_, Phrase
from coplearn.kernel.words import Audience
from coplearn.learning import queries, service
from coplearn.learning.guards import (
    answer_present,
    course_at,
    courses_here,
    learner_in,
    present_learner,
    touched_courses,
)
from coplearn.learning.presenters import (
    course_card,
    course_screen,
    hidden_fields,
    item_href,
    item_screen,
    module_end,
    resume_item,
    way_in,
    way_on,
)
from coplearn.learning.queries import AttemptRow, InCourse, VisitRow
from coplearn.learning.render_cache import (
    asks_for_one,
    body_of,
    course_page,
    fallbacks_of,
    feedback_of,
    item_page,
    log_failure,
    page_of,
    paper_screen,
    said_of,
    tells_at_once,
    told_too,
)
from coplearn.learning.results import SEEDS, earned_of, entry_needed, seed_of, shown_attempt, tally_of
from coplearn.learning.rules import News, edition_of, is_step, may_retry, news
from coplearn.learning.tasks import is_noted, note_edition
from coplearn.privacy.guards import looks_twice
from coplearn.site import site
from coplearn.storage.database import current_engine, current_session, reading_only
from coplearn.web.compress import note_own_link
from coplearn.web.languages import PICTURES, SHOWN, remember, remembered_audience
from coplearn.web.render import note_refusal, page_locale, say

_CHANGED: Final = N_(
    "This step was changed while you had it open. What you gave is filled in below where it still fits: look through it"
    " and send it once more."
)
NOT_TAKEN = {
    "answers": Phrase(
        N_(
            "This step could not take your answer: its own program failed, and it has been noted. What you typed is still here,"
            " and what was saved before is safe."
        )
    )
}

blueprint = Blueprint("learning", __name__, url_prefix="/<lang:lang>", template_folder="templates")


def _item(course: Course, code: str) -> Item[Any]:
    """The item at that address. Whoever follows an old link to one that was retired is led to the course."""
    item = course.item_by_code(code)
    if item is None and course.had_item(code):
        flash(say(N_("This step is not in the course any more. What you did in the course is kept.")), "note")
        abort(redirect(url_for(".course", course_code=course.code), 303))
    if item is None:
        raise NotFound
    return item


def _here(course: Course, item: Item[Any] | None = None) -> InCourse:
    """The learner and their state in the course, ``item`` with its own."""
    return learner_in(course.id, item.id if item is not None else None) or InCourse()


def _news(course: Course, here: InCourse) -> News:
    """The changes of the course since they began it; no statement for somebody who knows it as it is."""
    done = {
        one: visit.course_digest for one, visit in here.visits.items() if visit.done_at is not None and is_step(one)
    }
    named = {here.begun, *done.values()} - {"", course.digest}
    if not named:
        return News()
    before = queries.editions_of(current_session(current_app), course.id, named)
    return news(edition_of(course, {}), here.begun, here.finished, done, before)


@blueprint.post("/audience")
def choose_audience() -> BaseResponse:
    """Remember who the visitor is, and show the courses for them."""
    chosen = request.form.get("audience", "")
    if chosen not in set(Audience):
        raise BadRequest
    response: Response = make_response(redirect(url_for(".catalogue", reader=chosen), 303))
    remember(response, "audience", chosen, site().settings)
    return response


@blueprint.get("/courses")
def catalogue() -> str:
    """The courses for one kind of reader (``reader``), for the remembered one, or all."""
    asked = request.args.get("reader", "")
    reader = Audience(asked) if asked in set(Audience) else None if asked == "all" else remembered_audience()
    if asked in {"all", *Audience}:
        note_own_link()
    locale = page_locale()
    courses = [one for one in courses_here().values() if reader is None or reader in one.audiences]
    touched = touched_courses()
    cards = [course_card(one, site().library.texts(one, locale), locale, touched.get(one.id)) for one in courses]
    others = [one for source in site().other_courses for one in source()]
    return render_template("learning/catalogue.html", courses=cards, reader=reader, others=others)


@blueprint.get("/c/<course_code>/")
def course(course_code: str) -> Response:
    """A course: what it holds, how far the learner is, and what the certificates ask for."""
    shown, locale = course_at(course_code), page_locale()
    here = _here(shown)
    since = _news(shown, here)
    entry = entry_needed(shown, here.learner, touched_courses()) if shown.requires is not None else None

    def made() -> str:
        screen = course_screen(shown, site().library.texts(shown, locale), here, since)
        share = site().library.completeness(shown, locale) / 100
        return render_template(
            "learning/course.html",
            course=shown,
            screen=screen,
            share=share,
            licence=licence_shown(shown.licence),
            credit=text_shown(site().library.texts(shown, locale), "course#credit"),
            certificate_href=url_for("certificates.course_certificate", course_code=shown.code),
            entry=entry,
        )

    return course_page(shown, here, bool(since) or entry is not None, made)


@blueprint.get("/c/<course_code>/done/<int:number>")
def module_done(course_code: str, number: int) -> BaseResponse | str:
    """The end of a module: what is known now and what comes next; ``number`` counts from 1. Who has not done it is sent to
    the course."""
    shown = course_at(course_code)
    if not 1 <= number <= len(shown.modules):
        raise NotFound
    screen = module_end(shown, number, site().library.texts(shown, page_locale()), _here(shown).visits)
    if screen.part.items_done < screen.part.items:
        return redirect(screen.course_href)
    return render_template("learning/module_end.html", screen=screen, has_account=session_key() is not None)


@blueprint.get("/c/<course_code>/go")
def resume(course_code: str) -> BaseResponse:
    """Lead to the exact item where the learner was last, on whichever device."""
    shown = course_at(course_code)
    here = _here(shown)
    return redirect(way_in(shown, resume_item(shown, here.visits, here.place), here.visits))


@blueprint.get("/c/<course_code>/<item_code>")
def item(course_code: str, item_code: str) -> Response:
    """One item as it stands for this learner; ``result`` shows one attempt of theirs with its reasons."""
    shown = course_at(course_code)
    one = _item(shown, item_code)
    here = _here(shown, one)
    visit = here.visits.get(one.id)
    attempt = shown_attempt(here.learner, shown, one, visit, request.args)
    tries, state = (visit.tries, visit.state) if visit is not None else (0, None)
    view = View(seed=seed_of(here.learner, one, tries), state=state or {}, tries=tries)
    if request.args.get(PICTURES) == SHOWN:
        note_own_link()
    if attempt is not None:
        note_own_link()
        earned, tally = earned_of(shown, one, attempt), tally_of(shown, one)
        view = replace(view, seed=attempt.seed, answers=attempt.answers, earned=earned, tally=tally)
    return _item_page(shown, one, here.visits, view, attempt)


@blueprint.post("/c/<course_code>/<item_code>")
@looks_twice()
def answer(course_code: str, item_code: str) -> BaseResponse | tuple[Response, int]:
    """Take what the learner sends: kept once a key, answered with the next page; incomplete, the form again with what was typed."""
    shown = course_at(course_code)
    one, form = _item(shown, item_code), request.form.to_dict(flat=False)
    if "keep" in form:  # sent to the page's own address in another language: nothing is answered yet
        return _typed_again(shown, one, form), 200
    try:
        if asks_for_one(shown, one, form):
            return _typed_again(shown, one, told_too(shown, one, form, _sent_seed(form))), 200
        attempt = _keep(shown, one, form)
    except Incomplete as incomplete:
        return _typed_again(shown, one, form, incomplete.errors), 422
    except KindFailed as failed:
        log_failure(failed)
        return _typed_again(shown, one, form, NOT_TAKEN), 500
    return redirect(_next(shown, one, attempt), 303)


def _since_made(one: Item[Any], form: Mapping[str, list[str]]) -> dict[str, Phrase]:
    """The notice for somebody whose form was made of the item as it was before."""
    return {} if form.get("made-of") == [one.digest] else {"answers": Phrase(_CHANGED)}


def _keep(shown: Course, one: Item[Any], form: Mapping[str, list[str]]) -> AttemptRow:
    """Keep an answer. Raises Incomplete for one that lacks something, when the form's key came with another answer before, and
    when what is asked has changed since the form was made: the answers were not given to that."""
    # PostgreSQL keeps no NUL in a text.
    key = (form.get("key") or [""])[0].replace("\0", "") or secrets.token_urlsafe(18)
    kind, engine = shown.kinds[one.kind], current_engine(current_app)
    # Only where an answer goes on from the state is it worth a statement to read it.
    outcome = kind.answer(one, form, _state(shown, one) if kind.kind.stepwise else {})
    if _is_of_questions(outcome) and not kind.kind.stepwise and _since_made(one, form):
        return _sent_before(shown, one, key)
    if not is_noted(engine, shown):
        note_edition(current_session(current_app), shown, partial(site().library.titles, shown), utcnow())
    tries, items = kind.attempts_allowed(one), shown.required
    counts, step = bool(kind.tally_keys(one)), kind.kind.stepwise
    target = service.AnsweredItem(shown.id, shown.version, shown.digest, one.id, tries, items, step, counts)
    sent = service.Submission(key, page_locale().code, _sent_seed(form), outcome, utcnow())
    try:
        return answer_present(target, sent, site().settings)
    except service.AnsweredBefore as before:
        raise Incomplete({"answers": before.phrase}) from None


def _is_of_questions(outcome: Outcome) -> bool:
    """Whether it depends on what the item asked; that a page was read does not."""
    return bool(outcome.answers or outcome.votes) or outcome.score is not None


def _state(shown: Course, one: Item[Any]) -> Mapping[str, Any]:
    with reading_only():
        state = learner_in(shown.id, one.id, alone=True)
    return (state.visits[one.id].state if state is not None and one.id in state.visits else None) or {}


def _sent_before(shown: Course, one: Item[Any], key: str) -> AttemptRow:
    """The first result of a form that is sent twice, while it was what is asked. Raises Incomplete when it was not."""
    learner = present_learner()
    found = (
        queries.attempt_by_key(current_session(current_app).connection(), learner.id, key)
        if learner is not None
        else None
    )
    if found is None or (found.course_id, found.item_id) != (shown.id, one.id):
        raise Incomplete({})
    return found


@blueprint.post("/c/<course_code>/<item_code>/one")
def answer_one(course_code: str, item_code: str) -> tuple[str, int]:
    """The feedback on one answer of a check, as a piece of a page, before the check is sent; nothing is kept."""
    shown = course_at(course_code)
    one, form = shown.item_by_code(item_code), request.form.to_dict(flat=False)
    if one is None:  # whole pages, such as that a retired item leads to, are no piece of one
        raise NotFound
    if tells_at_once(shown, one) and _since_made(one, form):
        raise Conflict(_CHANGED)
    try:
        return feedback_of(shown, one, form, request.form.get("question", ""), _sent_seed(form)), 200
    except Incomplete as incomplete:
        sentences = dict.fromkeys(said_of(shown, one, *error) for error in incomplete.errors.items())
        return render_template("learning/_missing.html", sentences=sentences), 422


@blueprint.app_errorhandler(KindFailed)
def kind_failed(failed: KindFailed) -> tuple[str, int]:
    """The page where a kind fails: what happened, what is safe, and the way on to the next step."""
    log_failure(failed)
    shown = site().library.current().courses[failed.course]
    one, texts = shown.items[failed.item], site().library.texts(shown, page_locale())
    note_refusal()
    return render_template("learning/fault.html", screen=item_screen(shown, one, texts, {}, 0)), 500


@blueprint.get("/c/<course_code>/paper/<int:number>")
def paper(course_code: str, number: int) -> str:
    """A whole module to print; ``number`` counts from 1."""
    shown = course_at(course_code)
    if not 1 <= number <= len(shown.modules):
        raise NotFound
    return render_template("learning/paper.html", **paper_screen(shown, number))


def _sent_seed(form: Mapping[str, list[str]]) -> int:
    text = (form.get("seed") or [""])[0]
    return int(text) % SEEDS if text.isdecimal() and len(text) <= 10 else 0


def _sentences(shown: Course, one: Item[Any], errors: Mapping[str, Phrase]) -> list[tuple[str, str]]:
    """The list above the form, each line with the first field it is about: rows of one question can lack the same thing."""
    firsts: dict[str, str] = {}
    for field, phrase in errors.items():
        firsts.setdefault(_sentence(shown, one, field, phrase), field)
    return [(field, sentence) for sentence, field in firsts.items()]


def _sentence(shown: Course, one: Item[Any], field: str, phrase: Phrase) -> str:
    """The sentence for a faulty field and its question: several may ask for the same thing."""
    part, said = shown.kinds[one.kind].where(one, field), said_of(shown, one, field, phrase)
    return said if part is None else f"{page_of(shown, one).phrase(part)} · {said}"


def _next(shown: Course, one: Item[Any], kept: AttemptRow) -> str:
    kind = shown.kinds[one.kind]
    anchor = f"#{kind.kind.anchor}" if kind.kind.anchor else ""
    if kind.has_result:
        return f"{item_href(shown, one)}?result={kept.id}{anchor}"
    if kind.kind.stepwise or not kept.done:
        return f"{item_href(shown, one)}{anchor}"
    at = shown.position(one.id)
    if at.item_number < at.items:
        return way_on(shown, one, {})
    # Only at a module's last item does it matter what else is done.
    with reading_only():
        return way_on(shown, one, _here(shown).visits)


def _typed_again(
    shown: Course, one: Item[Any], form: Mapping[str, list[str]], errors: Mapping[str, Phrase] | None = None
) -> Response:
    """The form as the learner sent it, and what is to be said about it."""
    with reading_only():
        visits = _here(shown, one).visits
    state = (visits[one.id].state if one.id in visits else None) or {}
    errors_told = _since_made(one, form) | dict(errors or {})
    return _item_page(shown, one, visits, View(seed=_sent_seed(form), state=state, values=form, errors=errors_told))


def _item_page(
    shown: Course, one: Item[Any], visits: Mapping[str, VisitRow], view: View, result: AttemptRow | None = None
) -> Response:
    visit, kind = visits.get(one.id), shown.kinds[one.kind]
    limit, tries = kind.attempts_allowed(one), visit.tries if visit is not None else 0

    def made(hidden: Markup) -> str:
        texts = site().library.texts(shown, page_locale())
        return render_template(
            "learning/item.html",
            item=one,
            screen=item_screen(shown, one, texts, visits, fallbacks_of(shown, one, texts)),
            body=lambda onward: body_of(shown, one, replace(view, onward=onward)),
            hidden=hidden,
            kind=kind.kind,
            errors=_sentences(shown, one, view.errors),
            earned=view.earned,
            retry=kind.has_result and may_retry(limit, tries),
            limit=limit,
            mark=kind.pass_mark(one) if result is None else None,
            keeps=kind.has_result and result is None,
            at_once=result is None and tells_at_once(shown, one),
        )

    return item_page(shown, one, visits, hidden_fields(view.seed, one.digest), made)
