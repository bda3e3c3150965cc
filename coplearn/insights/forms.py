"""The question of a period report: days, a time zone, a country, a tier. It is sent in the address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from werkzeug.datastructures import MultiDict
from wtforms import DateField, SelectField
from wtforms.validators import InputRequired

from coplearn.cohorts.common.presenters import country_name, zone_name
from coplearn.i18n import formats
from coplearn.insights.rules import Period, problems_of
from coplearn.kernel.text import N_
from coplearn.web.forms import JudgedForm, LazyText
from coplearn.web.render import page_locale, say


class PeriodForm(JudgedForm):
    """The question of a report; what is missing from the address is filled with the usual."""

    first = DateField(LazyText(N_("First day")), name="from", validators=[InputRequired()])
    last = DateField(LazyText(N_("Last day")), name="to", validators=[InputRequired()])
    zone = SelectField(LazyText(N_("Days begin and end in this time zone")), validate_choice=False)
    country = SelectField(LazyText(N_("Country")), validate_choice=False)
    tier = SelectField(LazyText(N_("Step")), validate_choice=False)

    def offer(self, zones: Iterable[str], countries: Iterable[str], tiers: Iterable[int]) -> None:
        """Fill the lists to choose from, in the page's language."""
        locale = page_locale()
        self.zone.choices = formats.in_order(((zone, zone_name(zone)) for zone in zones), locale)
        named = formats.in_order(((code, country_name(code)) for code in countries), locale)
        self.country.choices = [("", say(N_("All of them"))), *named]
        numbered = [(str(tier), formats.number(tier, locale)) for tier in tiers]
        self.tier.choices = [("", say(N_("All of them"))), *numbered]

    def period(self) -> Period | None:
        """The question; None, with a sentence at each field that is wrong."""
        days: list[date | None] = [None if field.process_errors else field.data for field in (self.first, self.last)]
        self.blame(problems_of(days[0], days[1], self.zone.data or ""))
        if self.tier.data not in {choice[0] for choice in self.tier.choices}:
            self.tier.errors = [say(N_("No cohort of yours is at that step. Choose another."))]
        if self.summary() or days[0] is None or days[1] is None:
            return None
        return Period(days[0], days[1], self.zone.data)


class EditionForm(JudgedForm):
    """The question of an edition: closed days alone, of the whole site or of countries."""

    first = DateField(LazyText(N_("First day")), name="from", validators=[InputRequired()])
    last = DateField(LazyText(N_("Last day")), name="to", validators=[InputRequired()])
    country = SelectField(LazyText(N_("Country")), validate_choice=False)

    def offer(self, places: Iterable[tuple[str, str]]) -> None:
        """Fill the list of places, by address and name, in the page's language."""
        self.country.choices = [("", say(N_("All countries"))), *places]

    def period(self, zone: str, closed: date) -> Period | None:
        """The question; None, with a sentence at each field that is wrong. Days that are not closed are refused."""
        days: list[date | None] = [None if field.process_errors else field.data for field in (self.first, self.last)]
        self.blame(problems_of(days[0], days[1], zone))
        first, last = days
        if not self.summary() and last is not None and last > closed:
            day = formats.day(closed, page_locale())
            self.last.errors = [
                say(N_("The last day that can be handed on is %(day)s. Choose it or an earlier one."), day=day)
            ]
        if self.summary() or first is None or last is None:
            return None
        return Period(first, last, zone)


def asked(args: Mapping[str, str], usual: Period) -> MultiDict[str, str]:
    """The address's question with the usual period where it says nothing."""
    given = {
        "from": usual.first.isoformat(),
        "to": usual.last.isoformat(),
        "zone": usual.zone,
        "country": "",
        "tier": "",
    }
    return MultiDict(given | {key: value for key, value in args.items() if key in given and value})
