"""Pages of a declaration for those who work on it: the round table, drafts and their versions, adopting, the public page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as BaseResponse

from coplearn.cohorts.common.guards import the_session
from coplearn.cohorts.common.presenters import country_name
from coplearn.cohorts.people.presenters.members import locale_of
from coplearn.declarations import presenters, queries, service
from coplearn.declarations.forms import AdoptForm, DraftForm, GroupForm, RoundTableForm
from coplearn.declarations.guards import TableContext, enter_table, present_staff
from coplearn.declarations.rules import problems_of_table, problems_of_text
from coplearn.i18n.countries import COUNTRIES
from coplearn.i18n.locales import Locale
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError, Conflict, NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.privacy.guards import looks_twice
from coplearn.programme.presenters.places import blame_place, offered_places
from coplearn.programme.rules.access import ProgrammeAccess
from coplearn.second_factors.guards import require_fresh
from coplearn.web.body_limits import takes_up_to
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.render import say, say_phrase

if TYPE_CHECKING:
    from coplearn.declarations.models import Declaration

blueprint = Blueprint(
    "declarations", __name__, url_prefix="/<lang:lang>/programme/declarations", template_folder="../templates"
)

Page = str | BaseResponse | tuple[str, int]


@blueprint.get("/")
def staff_list() -> str:
    """Round tables and declarations of one's own countries and programmes, and their recommendations that are late."""
    _, access = present_staff()
    session, now = the_session(), utcnow()
    found = queries.declarations_seen(session, access)
    lines = queries.recommendations_of(session, found, now.date())
    late = presenters.shown_recommendations(line for line in lines if line.standing.is_overdue)
    return render_template(
        "declarations/staff_list.html", found=found, late=late, country_name=country_name, may_write=access.may_write
    )


@blueprint.get("/new")
def new() -> str:
    """The form of a round table."""
    _, access = present_staff(writes=True)
    return _table_page(_table_form(access, None), None)


@blueprint.post("/new")
@looks_twice("title", "place")
@once
def record() -> Page:
    """Record a round table."""
    person, access = present_staff(writes=True)
    form = _table_form(access, None)
    _blame_table(form, access)
    if form.summary():
        return _table_page(form, None), 422
    made = service.open_round_table(the_session(), form.table(), person.id, utcnow())
    tell(say(N_("The round table is recorded.")))
    return commit_once(url_for("declarations.one", declaration=made.public_id))


@blueprint.get("/<declaration>/edit")
def edit(declaration: str) -> str:
    """The form of a round table as it stands."""
    context = enter_table(declaration, writes=True)
    return _table_page(_table_form(context.access, context.declaration), context)


@blueprint.post("/<declaration>/edit")
@looks_twice("title", "place")
def change(declaration: str) -> Page:
    """Correct what is said of a round table."""
    context = enter_table(declaration, writes=True)
    form = _table_form(context.access, context.declaration)
    _blame_table(form, context.access)
    if form.summary():
        return _table_page(form, context), 422
    try:
        service.change_round_table(the_session(), context.declaration, form.table(), utcnow())
    except Refused as error:
        form.held_on.errors = [say_phrase(error.phrase)]
        return _table_page(form, context), 422
    the_session().commit()
    tell(say(N_("Saved.")))
    return redirect(url_for("declarations.one", declaration=declaration), 303)


def _table_form(access: ProgrammeAccess, found: Declaration | None) -> RoundTableForm:
    form = RoundTableForm(
        data={
            "title": found.title,
            "country": found.country,
            "programme": str(found.programme_id or ""),
            "place": found.place,
            "held_on": found.held_on,
        }
        if found is not None
        else None
    )
    form.offer(*offered_places(the_session(), access))
    return form


def _blame_table(form: RoundTableForm, access: ProgrammeAccess) -> None:
    table = form.table()
    form.blame(problems_of_table(table, COUNTRIES))
    blame_place(form.country, access, table.country, table.programme_id)


def _table_page(form: RoundTableForm, context: TableContext | None) -> str:
    return render_template("declarations/table_form.html", form=form, context=context)


@blueprint.get("/<declaration>")
def one(declaration: str) -> str:
    """One declaration: who took part, its drafts, its recommendations, its public page."""
    return _one_page(enter_table(declaration), GroupForm(formdata=None))


def _one_page(context: TableContext, form: GroupForm) -> str:
    session, found = the_session(), context.declaration
    form.offer()
    adopted = queries.adopted_of(session, found.id)
    lines = queries.recommendations_of(session, [found], utcnow().date())
    return render_template(
        "declarations/one.html",
        context=context,
        declaration=found,
        country=country_name(found.country),
        form=form,
        groups=presenters.group_lines(queries.groups_of(session, found.id)),
        drafts=queries.newest_drafts(session, found.id),
        adopted={code: presenters.fixed_text(*one) for code, one in adopted.items()},
        languages=presenters.writing_languages(),
        recommendations=presenters.shown_recommendations(lines),
    )


@blueprint.post("/<declaration>/groups")
@once
def add_group(declaration: str) -> ResponseReturnValue:
    """Write down a group that took part, or take one off the list."""
    context, form = enter_table(declaration, writes=True), GroupForm()
    form.offer()
    removed = request.form.get("remove", type=int)
    try:
        if removed is not None:
            service.remove_group(the_session(), context.declaration, removed, utcnow())
        else:
            service.add_group(the_session(), context.declaration, form.line(), utcnow())
    except Refused as error:
        form.number.errors = [say_phrase(error.phrase)]
        return _one_page(context, form), 422
    tell(say(N_("Saved.")))
    return commit_once(url_for("declarations.one", declaration=declaration, _anchor="groups"))


@blueprint.get("/<declaration>/text/<language>")
def draft(declaration: str, language: str) -> str:
    """The text in one language: the newest version to write on, and all versions."""
    context, locale = enter_table(declaration, writes=True), _language(language)
    drafts = queries.drafts_of(the_session(), context.declaration.id, locale.code)
    data = {}
    if drafts:
        lines = "\n".join(drafts[0].recommendations)
        data = {"title": drafts[0].title, "body": drafts[0].body, "recommendations": lines}
    return _draft_page(context, locale, DraftForm(data=data), drafts[0].number if drafts else 0)


@blueprint.post("/<declaration>/text/<language>")
@takes_up_to(600_000, signed_in=True, text=True)
@looks_twice("title", "body", "recommendations")
def save_draft(declaration: str, language: str) -> Page:
    """Keep a version. What was typed is never lost: a refused text stays on the page."""
    context, locale, form = enter_table(declaration, writes=True), _language(language), DraftForm()
    text, made_of = form.text(), request.form.get("made-of", 0, type=int)
    form.blame(problems_of_text(text))
    if form.summary():
        return _draft_page(context, locale, form, made_of), 422
    session, found = the_session(), context.declaration
    try:
        service.save_draft(session, found, locale.code, text, made_of, context.person.id, utcnow())
    except AppError as error:
        session.rollback()
        form.body.errors = [say_phrase(error.phrase)]
        context = enter_table(declaration, writes=True)
        newest = queries.newest_drafts(session, context.declaration.id).get(locale.code)
        now = newest.number if isinstance(error, Conflict) and newest is not None else made_of
        return _draft_page(context, locale, form, now), error.status
    session.commit()
    tell(say(N_("Saved.")))
    return redirect(url_for("declarations.draft", declaration=declaration, language=language), 303)


def _language(url: str) -> Locale:
    locale = next((one for one in presenters.writing_languages() if one.url == url), None)
    if locale is None:
        raise NotFound(N_("There is no such language here."))
    return locale


def _draft_page(context: TableContext, locale: Locale, form: DraftForm, made_of: int) -> str:
    session, found = the_session(), context.declaration
    drafts = queries.drafts_of(session, found.id, locale.code)
    others = [code for code in queries.newest_drafts(session, found.id) if code != locale.code]
    return render_template(
        "declarations/draft.html",
        context=context,
        declaration=found,
        locale=locale,
        form=form,
        made_of=made_of,
        drafts=drafts,
        is_adopted=locale.code in queries.adopted_of(session, found.id),
        beside=_beside(context, others),
    )


def _beside(context: TableContext, others: list[str]) -> presenters.WordsShown | None:
    """The newest text in another language, to read beside while writing; the one asked for, else the page's."""
    if not others:
        return None
    code = presenters.chosen_language(others, request.args.get("beside", ""))
    draft = queries.newest_drafts(the_session(), context.declaration.id)[code]
    lines = [f"{number}. {line}" for number, line in enumerate(draft.recommendations, 1)]
    return presenters.WordsShown("\n\n".join([draft.title, draft.body, *lines]), locale_of(code))


@blueprint.get("/<declaration>/text/<language>/compare")
def compare(declaration: str, language: str) -> str:
    """Two versions in one language, with what changed."""
    context, locale = enter_table(declaration), _language(language)
    drafts = {one.number: one for one in queries.drafts_of(the_session(), context.declaration.id, locale.code)}
    newer = drafts.get(request.args.get("new", 0, type=int)) or drafts.get(max(drafts, default=0))
    older = drafts.get(request.args.get("old", 0, type=int)) or (drafts.get(newer.number - 1) if newer else None)
    if newer is None or older is None:
        raise NotFound(N_("There are no two versions to compare yet."))
    return render_template(
        "declarations/compare.html",
        context=context,
        declaration=context.declaration,
        locale=locale,
        drafts=sorted(drafts.values(), key=lambda one: -one.number),
        screen=presenters.compared(older, newer),
    )


@blueprint.get("/<declaration>/adopt")
def ask_adopt(declaration: str) -> str:
    """The newest texts side by side, and the form that fixes them."""
    context = enter_table(declaration, edits=True)
    require_fresh()
    return _adopt_page(context, AdoptForm(formdata=None))


@blueprint.post("/<declaration>/adopt")
def adopt(declaration: str) -> Page:
    """Fix the text in the languages that were chosen: it cannot be changed any more."""
    context, form = enter_table(declaration, edits=True), AdoptForm()
    require_fresh()
    by_url = {locale.url: locale for locale in presenters.writing_languages()}
    chosen = [by_url[url] for url in form.languages.data or () if url in by_url]
    versions = {one.code: request.form.get(f"version-{one.url}", 0, type=int) for one in chosen}
    languages = {one.code: one.bcp47 for one in chosen}
    session, person = the_session(), context.person
    try:
        service.adopt(session, context.declaration, versions, languages, form.adopted_on.data, person.id, utcnow())
    except AppError as error:
        session.rollback()
        form.languages.errors = [say_phrase(error.phrase)]
        return _adopt_page(enter_table(declaration, edits=True), form), error.status
    session.commit()
    tell(say(N_("The text is fixed. Now say who shall do each recommendation, and by when.")))
    return redirect(url_for("declarations.one", declaration=declaration), 303)


def _adopt_page(context: TableContext, form: AdoptForm) -> str:
    session, found = the_session(), context.declaration
    adopted = queries.adopted_of(session, found.id)
    drafts = {code: one for code, one in queries.newest_drafts(session, found.id).items() if code not in adopted}
    form.languages.choices = [(locale_of(code).url, locale_of(code).name) for code in drafts]
    return render_template(
        "declarations/adopt.html",
        context=context,
        declaration=found,
        form=form,
        drafts=[(locale_of(code), one) for code, one in drafts.items()],
        adopted=adopted,
    )


@blueprint.post("/<declaration>/shown")
def show(declaration: str) -> BaseResponse:
    """Open the public page, or close it."""
    context = enter_table(declaration, edits=True)
    with flash_refusals():
        service.show(the_session(), context.declaration, shown=request.form.get("shown") == "yes", now=utcnow())
        the_session().commit()
        tell(say(N_("Saved.")))
    return redirect(url_for("declarations.one", declaration=declaration, _anchor="public"), 303)
