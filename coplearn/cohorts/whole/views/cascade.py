"""The cascade: who trained whom, and how far it reaches, from records."""

from __future__ import annotations

from flask import render_template, request

from coplearn.accounts.rules import may_somewhere
from coplearn.cohorts.common.guards import nobody_here, present_person, the_session
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.rules.authorisation import countries_of
from coplearn.cohorts.common.views import blueprint
from coplearn.cohorts.whole.presenters import cascade as presenters
from coplearn.cohorts.whole.queries import cascade as queries
from coplearn.cohorts.whole.queries.cascade import Scope
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Permission
from coplearn.storage.replica import read_much
from coplearn.web.request_checks import row_in_query

PAGE = 20


def scope_for(person: Person) -> Scope:
    """A coordinator's countries, or a trainer's own branch. Raises NotFound for everybody else."""
    if may_somewhere(person.grants, Permission.SEE_COUNTRY):
        return Scope(countries_of(person.grants, Permission.SEE_COUNTRY), frozenset(), whole=True)
    rights = queries.own_rights(the_session(), person.id)
    if not rights:
        raise nobody_here()
    return Scope(frozenset(), rights, whole=False)


@blueprint.get("/cascade")
def cascade() -> str:
    """The line from master to trainer to learner."""
    person, session, now = present_person(), the_session(), utcnow()
    scope, by = scope_for(person), request.args.get("by", "")
    by = by if by in presenters.BY else ""
    roots = queries.roots_page(session, scope, PAGE + 1, row_in_query("before"))
    nodes, reach, regions = read_much(
        session,
        lambda one: (
            queries.branch(one, roots[:PAGE]),
            queries.reach(one, scope, now, by),
            queries.reach(one, scope, now, "region") if by != "region" else [],
        ),
    )
    open_ids = None if scope.whole else queries.cohorts_of_staff(session, person.id)
    return render_template(
        "cohorts/cascade.html",
        branches=presenters.branches(nodes, set(roots[:PAGE]), open_ids),
        older=roots[PAGE - 1] if len(roots) > PAGE else None,
        by=by,
        choices=presenters.BY,
        rows=presenters.reach_rows(by, reach),
        regions=presenters.reach_rows("region", regions),
        whole=scope.whole,
    )
