"""Pages of declarations for everybody: the list, the adopted text with what became of it, and the file that is fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, request

from coplearn.cohorts.common.guards import the_session
from coplearn.cohorts.people.presenters.members import locale_of
from coplearn.declarations import presenters, queries
from coplearn.declarations.guards import enter_table
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_

if TYPE_CHECKING:
    from coplearn.declarations.models import Declaration

blueprint = Blueprint("declared", __name__, url_prefix="/<lang:lang>/declarations", template_folder="../templates")


@blueprint.get("/")
def listing() -> str:
    """Declarations that have a public page, and how many of their recommendations are done."""
    session = the_session()
    shown = queries.declarations_shown(session)
    lines = queries.recommendations_of(session, shown, utcnow().date())
    found = presenters.public_lines(shown, queries.titles_of(session, shown), lines)
    return render_template("declarations/public_list.html", lines=found)


@blueprint.get("/<declaration>")
def page(declaration: str) -> str:
    """A declaration as it was adopted, and what became of each recommendation."""
    found, session = _shown(declaration), the_session()
    screen = presenters.public_declaration(
        found,
        queries.adopted_of(session, found.id),
        queries.groups_of(session, found.id),
        queries.recommendations_of(session, [found], utcnow().date()),
        request.args.get("text", ""),
    )
    return render_template("declarations/public.html", screen=screen)


@blueprint.get("/<declaration>/<language>.txt")
def fixed_file(declaration: str, language: str) -> Response:
    """The file whose SHA-256 is told: byte by byte what was fixed."""
    found = _shown(declaration)
    texts = {locale_of(code).url: one for code, one in queries.adopted_of(the_session(), found.id).items()}
    if language not in texts:
        raise NotFound(N_("There is no such text."))
    response = Response(texts[language][0].file.encode(), mimetype="text/plain")
    name = f"declaration-{found.public_id}-{language}.txt"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _shown(public_id: str) -> Declaration:
    """The declaration with its public page; those who work on it see that page before everybody does."""
    found = queries.declaration_of(the_session(), public_id)
    if found is not None and found.shown_at is not None:
        return found
    context = enter_table(public_id)
    if context.declaration.adopted_on is None:
        raise NotFound(N_("This declaration is not adopted yet."))
    return context.declaration
