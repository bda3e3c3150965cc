"""Editions: the report that is handed on, from the ledger alone, on the page and as files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Response, render_template, request
from sqlalchemy.orm import Session

from coplearn.cohorts.guards import the_session
from coplearn.cohorts.screens.cohort import country_name
from coplearn.insights.forms import EditionForm, asked
from coplearn.insights.guards import Watch, places_asked, watch
from coplearn.insights.press.document import Document
from coplearn.insights.queries.ledger import known_countries, ledger_of
from coplearn.insights.rules.periods import Period
from coplearn.insights.rules.words import TO_A_COORDINATOR
from coplearn.insights.screens import edition as screens
from coplearn.insights.screens.report import Parts, bars
from coplearn.insights.views.base import blueprint
from coplearn.insights.views.report import MOST, WINDOW, file_answer
from coplearn.web.limits import one_too_many, too_many_page
from coplearn.web.render import say

if TYPE_CHECKING:
    from coplearn.insights.models import Ledger


@dataclass(frozen=True, slots=True)
class Found:
    """An edition with its question; no numbers where the question is wrong, and no question while no day is closed."""

    form: EditionForm | None
    parts: Parts | None
    report: Document | None
    ledger: Ledger | None


@blueprint.get("/insights/edition")
def edition() -> str | tuple[str, int]:
    """The edition of a period, with its question above it."""
    return _page(_edition(watch()))


@blueprint.get("/insights/edition.<any(pdf, csv, xlsx):end>")
def edition_file(end: str) -> Response | str | tuple[str, int]:
    """The same as a file."""
    who = watch()
    wait = one_too_many("report", MOST, WINDOW, str(who.person.id))
    if wait is not None:
        return too_many_page(wait)
    found = _edition(who)
    return file_answer(found.report, end) if found.report is not None else _page(found)


def _page(found: Found) -> str | tuple[str, int]:
    page = render_template("insights/edition.html", found=found, bars=bars, told_text=say(TO_A_COORDINATOR))
    return (page, 422) if found.form is not None and found.report is None else page


def _edition(who: Watch) -> Found:
    session = the_session()
    ledger, countries = ledger_of(session), places_asked(request.args.get("country", ""))
    if ledger is None or ledger.last_day is None:
        return Found(None, None, None, ledger)
    closed = ledger.last_day
    form = EditionForm(asked(request.args, Period(closed.replace(month=1, day=1), closed, ledger.zone)))
    form.offer(_places(session, who, form.country.data or "", countries))
    period = form.period(ledger.zone, closed)
    if period is None:
        return Found(form, None, None, ledger)
    return Found(form, *screens.edition(session, countries, period), ledger)


def _places(session: Session, who: Watch, named: str, countries: frozenset[str] | None) -> list[tuple[str, str]]:
    """Single countries by name, those that the reader coordinates together, and what was asked for."""
    own = who.countries or frozenset()
    found = {code: country_name(code) for code in {*known_countries(session), *own}}
    for together in (own, countries or frozenset()):
        if len(together) > 1:
            found["-".join(sorted(together))] = screens.place_name(together)
    if named and countries is not None:
        found[named] = screens.place_name(countries)
    return sorted(found.items(), key=lambda pair: pair[1])
