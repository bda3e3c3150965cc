"""The page of how the site stands, for its administrators."""

from __future__ import annotations

from flask import Blueprint, render_template

from coplearn.accounts.guards import remember_work
from coplearn.accounts.rules import may
from coplearn.administration.overview.presenters import overview_lines
from coplearn.cohorts.common.guards import present_person, the_session
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotYours
from coplearn.kernel.words import Permission
from coplearn.web.render import say, say_phrase

blueprint = Blueprint("overview", __name__, url_prefix="/<lang:lang>/overview", template_folder="templates")


@blueprint.get("/")
def page() -> str:
    """Show what is in order, what to look at and what has to be done. Raises NotYours for who does not manage the site."""
    if not may(present_person().grants, Permission.MANAGE_SITE):
        raise NotYours
    remember_work()
    lines = [(line, say(line.title), say_phrase(line.phrase)) for line in overview_lines(the_session(), utcnow())]
    return render_template("overview/page.html", lines=lines)
