"""Forms of a cohort: what it is, and a copy of it."""

from __future__ import annotations

from collections.abc import Mapping

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput

from coplearn.cohorts.common.rules.words import Audience, Kind
from coplearn.cohorts.outcomes.rules.teaching import NEWEST
from coplearn.cohorts.whole.rules import Details
from coplearn.kernel.text import N_, Phrase
from coplearn.web.render import say, say_phrase

Choices = list[tuple[str, str]]


class CohortForm(FlaskForm):
    """Everything a person decides about a cohort. What it may be is the domain's law (``whole.rules.problems_of``)."""

    kind = RadioField(validate_choice=False)
    title = StringField(render_kw={"maxlength": 200, "dir": "auto", "required": True})
    country = SelectField(validate_choice=False)
    region = StringField(render_kw={"maxlength": 100, "dir": "auto"})
    place = StringField(render_kw={"maxlength": 300, "dir": "auto"})
    online = BooleanField()
    languages = SelectMultipleField(validate_choice=False, option_widget=CheckboxInput())
    time_zone = SelectField(validate_choice=False)
    audience = SelectField(validate_choice=False)
    course_ids = SelectMultipleField(validate_choice=False, option_widget=CheckboxInput())
    optional_course_ids = SelectMultipleField(validate_choice=False, option_widget=CheckboxInput())
    capacity = IntegerField(validators=[Optional()], render_kw={"inputmode": "numeric", "min": 1})
    waiting_list = BooleanField()
    rubric_version = SelectField(validate_choice=False)
    threshold = IntegerField(render_kw={"inputmode": "numeric", "min": 1, "max": 100, "required": True})
    course_mark = IntegerField(render_kw={"inputmode": "numeric", "min": 0, "max": 100, "required": True})
    teach_backs = IntegerField(render_kw={"inputmode": "numeric", "min": 0, "max": 10, "required": True})
    validity_months = IntegerField(render_kw={"inputmode": "numeric", "min": 1, "max": 120, "required": True})

    def offer(self, countries: Choices, zones: Choices, languages: Choices, rubrics: Choices, courses: Choices) -> None:
        """Fill the lists to choose from, and the labels, in the page's language."""
        self.kind.choices = [(kind.value, say(kind.label)) for kind in Kind]
        self.country.choices = [("", say(N_("Choose a country"))), *countries]
        self.time_zone.choices = [("", say(N_("Choose a time zone"))), *zones]
        self.languages.choices = languages
        self.rubric_version.choices = rubrics
        self.course_ids.choices = self.optional_course_ids.choices = courses
        self.audience.choices = [
            ("", say(N_("Not stated"))),
            *((audience.value, say(audience.label)) for audience in Audience),
        ]
        for name, label in _LABELS.items():
            self[name].label.text = say(label)
        for name in ("title", "threshold", "course_mark", "teach_backs", "validity_months"):
            self[name].flags.required = True

    def details(self) -> Details:
        """What was typed. A number that cannot be read is -1, which the rules refuse in words."""
        return Details(
            kind=self.kind.data or "",
            title=self.title.data or "",
            country=self.country.data or "",
            region=self.region.data or "",
            place=self.place.data or "",
            online=bool(self.online.data),
            languages=tuple(self.languages.data or ()),
            time_zone=self.time_zone.data or "",
            audience=self.audience.data or "",
            course_ids=tuple(self.course_ids.data or ()),
            optional_course_ids=tuple(
                one for one in self.optional_course_ids.data or () if one not in (self.course_ids.data or ())
            ),
            capacity=-1 if self.capacity.process_errors and any(self.capacity.raw_data) else self.capacity.data,
            threshold=_number(self.threshold),
            course_mark=_number(self.course_mark),
            teach_backs=_number(self.teach_backs),
            validity_months=_number(self.validity_months),
            waiting_list=bool(self.waiting_list.data),
            rubric_version=self.rubric_version.data or NEWEST,
        )

    def blame(self, problems: Mapping[str, Phrase]) -> None:
        """Put each sentence at its field."""
        for name, phrase in problems.items():
            self[name].errors = [say_phrase(phrase)]

    def summary(self) -> list[tuple[str, str]]:
        """(id of the control, sentence) of all that is wrong, in the order of the page."""
        return [(field.id, str(field.errors[0])) for field in self if field.errors]


_LABELS: Mapping[str, str] = {
    "kind": N_("What is it for?"),
    "title": N_("Name of the cohort"),
    "country": N_("Country"),
    "region": N_("Region or town"),
    "place": N_("Venue, or how to reach it online"),
    "online": N_("It is held online"),
    "languages": N_("Languages it is held in"),
    "time_zone": N_("Time zone of its meetings"),
    "audience": N_("Whom it is for"),
    "course_ids": N_("Online courses everybody finishes"),
    "optional_course_ids": N_("Online courses that are offered besides"),
    "capacity": N_("Number of seats"),
    "waiting_list": N_("Whoever joins when every seat is taken is put on a waiting list"),
    "rubric_version": N_("Rubric of the teach-backs"),
    "threshold": N_("Percent of the planned meetings that must be attended"),
    "course_mark": N_("Percent to reach in the online courses"),
    "teach_backs": N_("Teach-backs to pass"),
    "validity_months": N_("Months that the certificate is valid"),
}


def _number(field: IntegerField) -> int:
    return -1 if field.data is None else int(field.data)


class CopyForm(FlaskForm):
    """A name for the copy, and the day its meetings begin."""

    title = StringField(render_kw={"maxlength": 200, "dir": "auto", "required": True})
    first_day = DateField(validators=[Optional()])

    def label(self) -> None:
        """Say what the fields are."""
        self.title.label.text = say(N_("Name of the new cohort"))
        self.title.flags.required = True
        self.first_day.label.text = say(N_("First day of its meetings"))
