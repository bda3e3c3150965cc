"""What people pages send: one person, how a cohort is joined, and how a file is to be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, SelectField, StringField
from wtforms.validators import Optional

from coplearn.cohorts.rules.columns import Column
from coplearn.cohorts.rules.headings import folded
from coplearn.cohorts.rules.rosters import Draft, Fault, Reading, read_person
from coplearn.kernel.text import N_
from coplearn.web.render import say, say_phrase

_LAST_YEAR: Final = 9998
"""The last in which every day has a next one everywhere."""
_LABELS: Mapping[str, str] = {
    "name": N_("Name"),
    "email": N_("Mail address"),
    "phone": N_("Telephone"),
    "organisation": N_("Organisation"),
    "region": N_("Region"),
    "language": N_("Language"),
}


class PersonForm(FlaskForm):
    """One person of a cohort. What is good is the rosters' law (``rules.rosters.read_person``)."""

    name = StringField(render_kw={"maxlength": 200, "dir": "auto", "autocomplete": "off", "required": True})
    email = StringField(render_kw={"type": "email", "maxlength": 254, "dir": "ltr", "autocomplete": "off"})
    phone = StringField(render_kw={"type": "tel", "maxlength": 64, "dir": "ltr", "autocomplete": "off"})
    organisation = StringField(render_kw={"maxlength": 200, "dir": "auto", "autocomplete": "off"})
    region = StringField(render_kw={"maxlength": 100, "dir": "auto", "autocomplete": "off"})
    language = SelectField(validate_choice=False)

    def offer(self, languages: list[tuple[str, str]]) -> None:
        """Fill the list of languages, and the labels, in the page's language."""
        self.language.choices = languages
        for name, label in _LABELS.items():
            self[name].label.text = say(label)
        self.name.flags.required = True

    def draft(self, country: str) -> Draft | None:
        """What was typed, or None with the sentences at their fields; telephone numbers are of that country."""
        known = {folded(code): code for code, _ in self.language.choices or []}
        cells = {Column(name): self[name].data or "" for name in _LABELS}
        found = read_person(0, cells, Reading(lambda word: known.get(folded(word)), country))
        if isinstance(found, Fault):
            for remark in found.remarks:
                field = self[remark.column or "name"]
                field.errors = [*field.errors, say_phrase(remark.reason)]
            return None
        return found

    def summary(self) -> list[tuple[str, str]]:
        """(id of the control, sentence) of all that is wrong."""
        return [(field.id, str(field.errors[0])) for field in self if field.errors]


class JoiningForm(FlaskForm):
    """Until when people may join by the code, and whether somebody looks at each first."""

    last_day = DateField(validators=[Optional()])
    approval = BooleanField()

    def label(self) -> None:
        """Say what the fields are."""
        self.last_day.label.text = say(N_("Last day on which the code works"))
        self.approval.label.text = say(N_("I look at each person before they are in"))

    def expires_at(self, zone: str) -> datetime | None:
        """The end of the last day where the cohort is held; None for no end. Raises ValueError for what is no day."""
        if self.last_day.process_errors and any(self.last_day.raw_data):
            raise ValueError
        day: date | None = self.last_day.data
        if day is None:
            return None
        if day.year > _LAST_YEAR:
            raise ValueError
        return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))


def last_day(expires_at: datetime | None, zone: str) -> date | None:
    """The last day on which a code works, where the cohort is held."""
    return (expires_at - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() if expires_at is not None else None
