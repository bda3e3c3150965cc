"""Forms of a cohort: what it is, and a copy of it."""

from __future__ import annotations

from typing import Final

from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput

from coplearn.cohorts.common.rules.words import Kind
from coplearn.cohorts.whole.rules import Details
from coplearn.kernel.text import N_
from coplearn.kernel.words import Audience
from coplearn.web.forms import Choices, PageForm, lazy, values_for
from coplearn.web.render import say

_NAME: Final = {"maxlength": 200, "dir": "auto"}


def _number(label: str, low: int, high: int) -> IntegerField:
    return IntegerField(
        lazy(label), validators=[InputRequired()], render_kw={"inputmode": "numeric", "min": low, "max": high}
    )


class CohortForm(PageForm):
    """Everything a person decides about a cohort: a field for each of ``Details``, whose law is ``whole.rules.problems_of``."""

    kind = RadioField(lazy(N_("What is it for?")), validate_choice=False)
    title = StringField(lazy(N_("Name of the cohort")), validators=[InputRequired()], render_kw=_NAME)
    country = SelectField(lazy(N_("Country")), validate_choice=False)
    region = StringField(lazy(N_("Region or town")), render_kw={"maxlength": 100, "dir": "auto"})
    place = StringField(lazy(N_("Venue, or how to reach it online")), render_kw={"maxlength": 300, "dir": "auto"})
    online = BooleanField(lazy(N_("It is held online")))
    languages = SelectMultipleField(
        lazy(N_("Languages it is held in")), validate_choice=False, option_widget=CheckboxInput()
    )
    time_zone = SelectField(lazy(N_("Time zone of its meetings")), validate_choice=False)
    audience = SelectField(lazy(N_("Whom it is for")), validate_choice=False)
    course_ids = SelectMultipleField(
        lazy(N_("Online courses everybody finishes")), validate_choice=False, option_widget=CheckboxInput()
    )
    optional_course_ids = SelectMultipleField(
        lazy(N_("Online courses that are offered besides")), validate_choice=False, option_widget=CheckboxInput()
    )
    capacity = IntegerField(
        lazy(N_("Number of seats")), validators=[Optional()], render_kw={"inputmode": "numeric", "min": 1}
    )
    waiting_list = BooleanField(lazy(N_("Whoever joins when every seat is taken is put on a waiting list")))
    rubric_version = SelectField(
        lazy(N_("Rubric of the teach-backs")), default=Details.rubric_version, validate_choice=False
    )
    threshold = _number(N_("Percent of the planned meetings that must be attended"), 1, 100)
    course_mark = _number(N_("Percent to reach in the online courses"), 0, 100)
    teach_backs = _number(N_("Teach-backs to pass"), 0, 10)
    validity_months = _number(N_("Months that the certificate is valid"), 1, 120)

    def offer(self, countries: Choices, zones: Choices, languages: Choices, rubrics: Choices, courses: Choices) -> None:
        """Fill the lists to choose from, in the page's language."""
        self.kind.choices = [(kind.value, say(kind.label)) for kind in Kind]
        self.country.choices = [("", say(N_("Choose a country"))), *countries]
        self.time_zone.choices = [("", say(N_("Choose a time zone"))), *zones]
        self.languages.choices = languages
        self.rubric_version.choices = rubrics
        self.course_ids.choices = self.optional_course_ids.choices = courses
        named = [(audience.value, say(audience.label)) for audience in Audience]
        self.audience.choices = [("", say(N_("Not stated"))), *named]

    def details(self) -> Details:
        """What was typed; a course that everybody finishes is not offered besides. What cannot be read is refused in words."""
        values = values_for(Details, self)
        required = values["course_ids"]
        values["optional_course_ids"] = tuple(one for one in values["optional_course_ids"] if one not in required)
        return Details(**values)


class CopyForm(PageForm):
    """A name for the copy, and the day its meetings begin."""

    title = StringField(lazy(N_("Name of the new cohort")), validators=[InputRequired()], render_kw=_NAME)
    first_day = DateField(lazy(N_("First day of its meetings")), validators=[Optional()])
