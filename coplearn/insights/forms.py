"""What a period report is asked for: days, a time zone, a country, a tier. It is sent in the address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from werkzeug.datastructures import MultiDict
from wtforms import DateField, Form, SelectField
from wtforms.validators import Optional

from coplearn.cohorts.common.presenters import country_name, zone_name
from coplearn.i18n import formats
from coplearn.insights.rules import Period, problems_of
from coplearn.kernel.text import N_
from coplearn.web.render import page_locale, say, say_phrase

_LABELS: Mapping[str, str] = {
    "first": N_("First day"),
    "last": N_("Last day"),
    "zone": N_("Days begin and end in this time zone"),
    "country": N_("Country"),
    "tier": N_("Step"),
}


class PeriodForm(Form):  # type: ignore[misc] # WTForms is untyped
    """The question of a report; what is missing from the address is filled with the usual."""

    first = DateField(name="from", validators=[Optional()])
    last = DateField(name="to", validators=[Optional()])
    zone = SelectField(validate_choice=False)
    country = SelectField(validate_choice=False)
    tier = SelectField(validate_choice=False)

    def offer(self, zones: Iterable[str], countries: Iterable[str], tiers: Iterable[int]) -> None:
        """Fill the lists to choose from, and the labels, in the page's language."""
        locale = page_locale()
        self.zone.choices = formats.in_order(((zone, zone_name(zone)) for zone in zones), locale)
        named = formats.in_order(((code, country_name(code)) for code in countries), locale)
        self.country.choices = [("", say(N_("All of them"))), *named]
        numbered = [(str(tier), formats.number(tier, locale)) for tier in tiers]
        self.tier.choices = [("", say(N_("All of them"))), *numbered]
        for name, label in _LABELS.items():
            self[name].label.text = say(label)
        for name in ("first", "last"):
            self[name].flags.required = True

    def period(self) -> Period | None:
        """What was asked for; None, with a sentence at each field that is wrong."""
        days: list[date | None] = [None if field.process_errors else field.data for field in (self.first, self.last)]
        problems = problems_of(days[0], days[1], self.zone.data or "")
        for name, phrase in problems.items():
            self[name].errors = [say_phrase(phrase)]
        if self.tier.data not in {choice[0] for choice in self.tier.choices}:
            self.tier.errors = [say(N_("No cohort of yours is at that step. Choose another."))]
        if self.summary() or days[0] is None or days[1] is None:
            return None
        return Period(days[0], days[1], self.zone.data)

    def summary(self) -> list[tuple[str, str]]:
        """(id of the control, sentence) of all that is wrong."""
        return [(field.id, str(field.errors[0])) for field in self if field.errors]


class EditionForm(Form):  # type: ignore[misc] # WTForms is untyped
    """The question of an edition: closed days alone, of the whole site or of countries."""

    first = DateField(name="from", validators=[Optional()])
    last = DateField(name="to", validators=[Optional()])
    country = SelectField(validate_choice=False)

    def offer(self, places: Iterable[tuple[str, str]]) -> None:
        """Fill the list of places, by address and name, and the labels, in the page's language."""
        self.country.choices = [("", say(N_("All countries"))), *places]
        for name in ("first", "last", "country"):
            self[name].label.text = say(_LABELS[name])
        for name in ("first", "last"):
            self[name].flags.required = True

    def period(self, zone: str, closed: date) -> Period | None:
        """What was asked for; None, with a sentence at each field that is wrong. Days that are not closed are refused."""
        days: list[date | None] = [None if field.process_errors else field.data for field in (self.first, self.last)]
        for name, phrase in problems_of(days[0], days[1], zone).items():
            self[name].errors = [say_phrase(phrase)]
        first, last = days
        if not self.summary() and last is not None and last > closed:
            day = formats.day(closed, page_locale())
            self.last.errors = [
                say(N_("The last day that can be handed on is %(day)s. Choose it or an earlier one."), day=day)
            ]
        if self.summary() or first is None or last is None:
            return None
        return Period(first, last, zone)

    def summary(self) -> list[tuple[str, str]]:
        """(id of the control, sentence) of all that is wrong."""
        return [(field.id, str(field.errors[0])) for field in self if field.errors]


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
