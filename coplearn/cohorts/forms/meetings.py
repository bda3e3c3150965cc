"""The forms of meetings: one, several days at once, and a day again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput

from coplearn.cohorts.rules.meetings import MeetingDetails
from coplearn.kernel.text import N_, Phrase
from coplearn.web.render import say, say_phrase

Choices = list[tuple[str, str]]
_LABELS: Mapping[str, str] = {
    "title": N_("Name of the meeting"),
    "day": N_("Day"),
    "begins": N_("Begins at"),
    "ends": N_("Ends at"),
    "begins_reading": N_("Which hour does it begin?"),
    "ends_reading": N_("Which hour does it end?"),
    "mandatory": N_("Everybody has to be there"),
    "makes_up": N_("It makes up for"),
    "room": N_("Room or place"),
    "link": N_("Link to join online"),
    "topics": N_("Modules it deals with"),
    "with_children": N_("Children take part"),
    "safeguarding_lead": N_("Safeguarding lead"),
    "vetted_adults": N_("Vetted adults, one on each line"),
    "count": N_("How many days"),
    "weekdays": N_("On these days of the week"),
    "source": N_("Copy the meetings of"),
    "target": N_("To this day"),
}


class _Labelled(FlaskForm):
    """A form whose fields are named in the page's language."""

    def label(self) -> None:
        """Say what the fields are."""
        for field in self:
            if field.name in _LABELS:
                field.label.text = say(_LABELS[field.name])

    def blame(self, problems: Mapping[str, Phrase]) -> None:
        """Put each sentence at its field."""
        for name, phrase in problems.items():
            self[name].errors = [say_phrase(phrase)]

    def summary(self) -> list[tuple[str, str]]:
        """(id of the control, sentence) of all that is wrong, in the order of the page."""
        return [(field.id, str(field.errors[0])) for field in self if field.errors]


class MeetingForm(_Labelled):
    """Everything a person decides about one meeting. What it may be is the domain's law."""

    title = StringField(validators=[InputRequired()], render_kw={"maxlength": 200, "dir": "auto"})
    day = DateField(validators=[InputRequired()])
    begins = TimeField(validators=[InputRequired()])
    begins_reading = RadioField(validate_choice=False, validators=[Optional()], choices=[])
    ends = TimeField(validators=[InputRequired()])
    ends_reading = RadioField(validate_choice=False, validators=[Optional()], choices=[])
    mandatory = BooleanField()
    makes_up = SelectField(validate_choice=False)
    room = StringField(render_kw={"maxlength": 200, "dir": "auto"})
    link = StringField(
        render_kw={"type": "url", "maxlength": 500, "dir": "ltr", "inputmode": "url", "autocomplete": "off"}
    )
    topics = SelectMultipleField(validate_choice=False, option_widget=CheckboxInput())
    with_children = BooleanField()
    safeguarding_lead = StringField(render_kw={"maxlength": 200, "dir": "auto"})
    vetted_adults = TextAreaField(render_kw={"maxlength": 400, "dir": "auto", "rows": 3})

    def offer(self, meetings: Choices, modules: Choices) -> None:
        """Fill the lists to choose from, in the page's language."""
        self.makes_up.choices = [("", say(N_("Nothing: it is a meeting of its own"))), *meetings]
        self.topics.choices = modules
        self.label()

    def details(self) -> MeetingDetails:
        """What was typed; an hour or a day that cannot be read is None, which the rules refuse in words."""
        return MeetingDetails(
            title=self.title.data or "",
            day=self.day.data,
            begins=self.begins.data,
            ends=self.ends.data,
            mandatory=bool(self.mandatory.data),
            makes_up=self.makes_up.data or "",
            room=self.room.data or "",
            link=(self.link.data or "").strip(),
            topics=tuple(_pair(one) for one in self.topics.data or ()),
            with_children=bool(self.with_children.data),
            safeguarding_lead=self.safeguarding_lead.data or "",
            vetted_adults=self.vetted_adults.data or "",
            begins_reading=_reading(self.begins_reading.data),
            ends_reading=_reading(self.ends_reading.data),
        )


def topic_value(course: str, module: str) -> str:
    """A module in a list of choices."""
    return f"{course}/{module}"


def _pair(value: str) -> tuple[str, str]:
    course, _, module = value.partition("/")
    return course, module


def _reading(value: str | None) -> int | None:
    return int(value) if value in ("0", "1") else None


class DaysForm(_Labelled):
    """The same hours on several days."""

    title = StringField(validators=[InputRequired()], render_kw={"maxlength": 200, "dir": "auto"})
    day = DateField(validators=[InputRequired()])
    count = IntegerField(
        default=3, validators=[InputRequired()], render_kw={"inputmode": "numeric", "min": 1, "max": 30}
    )
    weekdays = SelectMultipleField(validate_choice=False, option_widget=CheckboxInput())
    begins = TimeField(validators=[InputRequired()])
    ends = TimeField(validators=[InputRequired()])
    room = StringField(render_kw={"maxlength": 200, "dir": "auto"})
    mandatory = BooleanField()

    def offer(self, weekdays: Choices) -> None:
        """Fill the days of the week; 0 is Monday."""
        self.weekdays.choices = weekdays
        self.label()
        self.day.label.text = say(N_("First day"))

    def details(self) -> MeetingDetails:
        """The first day's meeting."""
        return MeetingDetails(
            title=self.title.data or "",
            day=self.day.data,
            begins=self.begins.data,
            ends=self.ends.data,
            mandatory=bool(self.mandatory.data),
            room=self.room.data or "",
        )

    def chosen(self) -> list[int]:
        """The days of the week that are ticked."""
        return [int(value) for value in self.weekdays.data or () if value in set("0123456")]


class CopyDayForm(_Labelled):
    """A day of the timetable, and where to put it again."""

    source = SelectField(validate_choice=False)
    target = DateField(validators=[InputRequired()])

    def offer(self, days: Choices) -> None:
        """Fill the days there are, as ISO dates."""
        self.source.choices = days
        self.label()

    def chosen(self) -> tuple[date, date] | None:
        """Both days; None when one cannot be read."""
        try:
            source = date.fromisoformat(self.source.data or "")
        except ValueError:
            return None
        target: date | None = None if self.target.process_errors else self.target.data
        return (source, target) if target is not None else None
