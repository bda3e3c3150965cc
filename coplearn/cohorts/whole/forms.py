"""Forms of a cohort: what it is, and a copy of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from wtforms import (
    BooleanField,
    DateField,
    Field,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput

from coplearn.cohorts.common.rules.words import TRAINING_KINDS
from coplearn.cohorts.whole.rules import LONGEST_ABOUT, SERIES, SERIES_ONLY, Details
from coplearn.kernel.text import N_
from coplearn.kernel.words import Audience
from coplearn.web.forms import Choices, LazyText, PageForm, values_for
from coplearn.web.render import say

_NAME: Final = {"maxlength": 200, "dir": "auto"}
_CERTIFYING: Final = frozenset({"course_mark", "threshold", "teach_backs", "rubric_version", "validity_months"})


def _number(label: str, low: int, high: int, hint: str = "") -> IntegerField:
    return IntegerField(
        LazyText(label),
        description=LazyText(hint) if hint else "",
        validators=[InputRequired()],
        render_kw={"inputmode": "numeric", "min": low, "max": high},
    )


class CohortForm(PageForm):
    """Everything a person decides about a cohort: a field for each of ``Details``, whose law is ``whole.rules.problems_of``."""

    title = StringField(
        LazyText(N_("Name of the cohort")),
        description=LazyText(N_("Its people see it in every message. It should not say what the training is about.")),
        validators=[InputRequired()],
        render_kw=_NAME,
    )
    kind = RadioField(LazyText(N_("What is it for?")), validate_choice=False)
    audience = SelectField(LazyText(N_("Whom it is for")), validate_choice=False)
    country = SelectField(LazyText(N_("Country")), validate_choice=False)
    region = StringField(LazyText(N_("Region or town")), render_kw={"maxlength": 100, "dir": "auto"})
    place = StringField(LazyText(N_("Venue, or how to reach it online")), render_kw={"maxlength": 300, "dir": "auto"})
    online = BooleanField(LazyText(N_("It is held online")))
    time_zone = SelectField(
        LazyText(N_("Time zone of its meetings")),
        description=LazyText(N_("Hours are typed and shown in this zone.")),
        validate_choice=False,
    )
    languages = SelectMultipleField(
        LazyText(N_("Languages it is held in")), validate_choice=False, option_widget=CheckboxInput()
    )
    course_ids = SelectMultipleField(
        LazyText(N_("Online courses everybody finishes")), validate_choice=False, option_widget=CheckboxInput()
    )
    optional_course_ids = SelectMultipleField(
        LazyText(N_("Online courses that are offered besides")),
        description=LazyText(N_("They are shown on everybody's list and not asked for.")),
        validate_choice=False,
        option_widget=CheckboxInput(),
    )
    capacity = IntegerField(
        LazyText(N_("Number of seats")),
        description=LazyText(N_("Nobody can join when all seats are taken. Leave it empty for no limit.")),
        validators=[Optional()],
        render_kw={"inputmode": "numeric", "min": 1},
    )
    waiting_list = BooleanField(LazyText(N_("Whoever joins when every seat is taken is put on a waiting list")))
    about = TextAreaField(
        LazyText(N_("What the series is about")), render_kw={"maxlength": LONGEST_ABOUT, "dir": "auto", "rows": 5}
    )
    is_public = BooleanField(LazyText(N_("Anybody may read the page of the series and register for its sessions")))
    course_mark = _number(N_("Percent to reach in the online courses"), 0, 100)
    threshold = _number(
        N_("Percent of the planned meetings that must be attended"),
        1,
        100,
        N_("All planned meetings count. A make-up meeting counts for the one that was missed."),
    )
    teach_backs = _number(
        N_("Teach-backs to pass"), 0, 10, N_("Signed off by an examiner who has not trained the person.")
    )
    rubric_version = SelectField(
        LazyText(N_("Rubric of the teach-backs")), default=Details.rubric_version, validate_choice=False
    )
    validity_months = _number(N_("Months that the certificate is valid"), 1, 120)

    def shown(self, *, certifying: bool) -> list[Field]:
        """The fields about certification, or all others, in the order of the page; where there is no choice, none is asked."""
        return [
            field
            for field in self
            if field.name in Details.__dataclass_fields__
            and (field.name not in SERIES_ONLY or isinstance(self, SeriesForm))
            and (field.name in _CERTIFYING) == certifying
            and (field is not self.rubric_version or len(field.choices) > 1)
        ]

    def offer(self, countries: Choices, zones: Choices, languages: Choices, rubrics: Choices, courses: Choices) -> None:
        """Fill the lists to choose from, in the page's language."""
        self.kind.choices = [(kind.value, say(kind.label)) for kind in TRAINING_KINDS]
        self.country.choices = [("", say(N_("Choose a country"))), *countries]
        self.time_zone.choices = [("", say(N_("Choose a time zone"))), *zones]
        self.languages.choices = languages
        self.rubric_version.choices = rubrics
        self.course_ids.choices = self.optional_course_ids.choices = courses
        named = [(audience.value, say(audience.label)) for audience in Audience]
        self.audience.choices = [("", say(N_("Not stated"))), *named]

    def details(self) -> Details:
        """The typed values; a course that everybody finishes is not offered besides. What cannot be read is refused in words."""
        # What only a series decides is on no page of a training, whoever sends it by its name.
        values = {name: value for name, value in values_for(Details, self).items() if name not in SERIES_ONLY}
        required = values["course_ids"]
        values["optional_course_ids"] = tuple(one for one in values["optional_course_ids"] if one not in required)
        return Details(**values)


class SeriesForm(CohortForm):
    """The decisions about a series of sessions: nothing of training, and seats are those of each session."""

    title = StringField(
        LazyText(N_("Name of the series")),
        description=LazyText(N_("Its people see it in every message.")),
        validators=[InputRequired()],
        render_kw=_NAME,
    )
    kind = audience = course_ids = optional_course_ids = capacity = waiting_list = None
    course_mark = threshold = teach_backs = rubric_version = validity_months = None

    def offer(self, countries: Choices, zones: Choices, languages: Choices, rubrics: Choices, courses: Choices) -> None:
        """Fill the lists to choose from, in the page's language."""
        self.country.choices = [("", say(N_("Choose a country"))), *countries]
        self.time_zone.choices = [("", say(N_("Choose a time zone"))), *zones]
        self.languages.choices = languages

    def details(self) -> Details:
        """The typed values, with what every series has."""
        values = values_for(Details, self)
        return replace(SERIES, **values | {"about": values["about"].replace("\r\n", "\n").strip()})


class CopyForm(PageForm):
    """A name for the copy, and the day its meetings begin."""

    title = StringField(LazyText(N_("Name of the new cohort")), validators=[InputRequired()], render_kw=_NAME)
    first_day = DateField(LazyText(N_("First day of its meetings")), validators=[Optional()])
