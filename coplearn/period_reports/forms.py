"""The question of a report of a programme."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from werkzeug.datastructures import MultiDict
from wtforms import DateField, SelectField
from wtforms.validators import InputRequired

from coplearn.cohorts.common.presenters import country_name
from coplearn.i18n import formats
from coplearn.insights.rules import problems_of
from coplearn.kernel.text import N_
from coplearn.web.forms import JudgedForm, LazyText
from coplearn.web.render import page_locale, say


class ProgrammeReportForm(JudgedForm):
    """Two days, a country or all, a programme or all."""

    first = DateField(LazyText(N_("First day")), name="from", validators=[InputRequired()])
    last = DateField(LazyText(N_("Last day")), name="to", validators=[InputRequired()])
    country = SelectField(LazyText(N_("Country")), validate_choice=False)
    programme = SelectField(LazyText(N_("Programme")), validate_choice=False)

    def offer(self, countries: Iterable[str], programmes: Iterable[tuple[int, str]]) -> None:
        """Fill the lists to choose from, in the page's language."""
        named = formats.in_order(((code, country_name(code)) for code in countries), page_locale())
        self.country.choices = [("", say(N_("All of them"))), *named]
        self.programme.choices = [("", say(N_("All of them"))), *((str(number), name) for number, name in programmes)]

    def days(self) -> tuple[date, date] | None:
        """The two days; None, with a sentence at each field that is wrong."""
        days: list[date | None] = [None if field.process_errors else field.data for field in (self.first, self.last)]
        self.blame(problems_of(days[0], days[1], "UTC"))
        if self.programme.data not in {choice[0] for choice in self.programme.choices}:
            self.programme.errors = [say(N_("Choose a programme from the list."))]
        if self.summary() or days[0] is None or days[1] is None:
            return None
        return days[0], days[1]


def question(args: Mapping[str, str], today: date) -> MultiDict[str, str]:
    """The address's question with the year so far where it says nothing."""
    usual = {"from": today.replace(month=1, day=1).isoformat(), "to": today.isoformat(), "country": "", "programme": ""}
    return MultiDict(usual | {key: value for key, value in args.items() if key in usual and value})
