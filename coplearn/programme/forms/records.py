"""Forms of what stands beside activities: countries, organisations, programmes, lists."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from wtforms import (
    DateField,
    FileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional

from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, LabelledEnum
from coplearn.programme.rules.periods import Span, span
from coplearn.programme.rules.words import (
    CountryRecordKind,
    CountryStatus,
    OrganisationKind,
    Precision,
    ProgrammeRole,
)
from coplearn.web.forms import Choices, LazyText, PageForm
from coplearn.web.render import say, say_phrase

TEXT: Final = {"maxlength": 200, "dir": "auto"}
LONG: Final = {"maxlength": 4000, "dir": "auto", "rows": 4}


def labels(kind: type[LabelledEnum]) -> Choices:
    """The members of a vocabulary to choose from, in the page's language."""
    return [(str(one.value), say(one.label)) for one in kind]


class CountryRecordForm(PageForm):
    """A record about a country with its first state, or one more state of it."""

    kind = SelectField(LazyText(N_("Kind")), validate_choice=False)
    title = StringField(LazyText(N_("Title")), render_kw=TEXT)
    lead_body = StringField(LazyText(N_("Office that leads it, or who gives the support")), render_kw=TEXT)
    as_source_says = StringField(LazyText(N_("Name of the country in the source, if it is another")), render_kw=TEXT)
    status = SelectField(LazyText(N_("Where it stands")), validate_choice=False)
    precision = RadioField(LazyText(N_("The source tells the date")), default=Precision.DAY.value)
    since = DateField(LazyText(N_("From")), validators=[InputRequired()])
    until = DateField(LazyText(N_("Until")), validators=[Optional()])
    words = TextAreaField(LazyText(N_("In the words of the source")), render_kw=LONG)
    document = StringField(
        LazyText(N_("Address of the document")),
        render_kw={"type": "url", "maxlength": 1000, "dir": "ltr", "inputmode": "url"},
    )
    source = StringField(LazyText(N_("Source")), render_kw={"maxlength": 1000, "dir": "auto"})
    programme = SelectField(LazyText(N_("Programme")), validate_choice=False)

    def offer(self, programmes: Choices) -> None:
        """Fill the lists to choose from, in the page's language."""
        self.kind.choices = labels(CountryRecordKind)
        self.status.choices = labels(CountryStatus)
        self.precision.choices = labels(Precision)
        self.programme.choices = [("", say(N_("None"))), *programmes]


class OrganisationForm(PageForm):
    """Everything that is kept of an organisation."""

    name = StringField(LazyText(N_("Name")), validators=[InputRequired()], render_kw=TEXT)
    kind = SelectField(LazyText(N_("Kind")), validate_choice=False, default=OrganisationKind.NOT_STATED.value)
    country = SelectField(LazyText(N_("Country")), validate_choice=False)
    address = StringField(
        LazyText(N_("Website")), render_kw={"type": "url", "maxlength": 500, "dir": "ltr", "inputmode": "url"}
    )
    sourced_id = StringField(
        LazyText(N_("Its id in another system")), render_kw={"maxlength": 64, "dir": "ltr", "autocomplete": "off"}
    )

    def offer(self, countries: Choices) -> None:
        """Fill the lists to choose from, in the page's language."""
        self.kind.choices = labels(OrganisationKind)
        self.country.choices = [("", say(N_("None, or not stated"))), *countries]


class ProgrammeForm(PageForm):
    """The name of a programme, and what it is for."""

    name = StringField(LazyText(N_("Name")), validators=[InputRequired()], render_kw=TEXT)
    words = TextAreaField(LazyText(N_("In a few sentences")), render_kw=LONG)


class SeatForm(PageForm):
    """A role in a programme for somebody with an account."""

    email = StringField(
        LazyText(N_("Mail address")),
        validators=[InputRequired()],
        render_kw={"type": "email", "maxlength": 255, "dir": "ltr", "autocomplete": "off"},
    )
    role = RadioField(LazyText(N_("Role")), default=ProgrammeRole.FIELD.value)
    country = SelectField(LazyText(N_("Country")), validate_choice=False)

    def offer(self, countries: Choices) -> None:
        """Fill the lists to choose from, in the page's language."""
        self.role.choices = labels(ProgrammeRole)
        self.country.choices = [("", say(N_("All countries of the programme"))), *countries]


class SheetForm(PageForm):
    """A spreadsheet of activities."""

    file = FileField(LazyText(N_("Spreadsheet")), validators=[InputRequired()])
    programme = SelectField(LazyText(N_("Programme")), validate_choice=False)

    def offer(self, programmes: Choices) -> None:
        """Fill the list to choose from, in the page's language."""
        self.programme.choices = [("", say(N_("None"))), *programmes]


def typed_span(form: Any) -> Span | None:
    """The days of a form with ``since``, ``until`` and ``precision``; None, with a sentence at its field, where they cannot be."""
    since: date | None = None if form.since.process_errors else form.since.data
    until: date | None = None if form.until.process_errors else form.until.data
    if since is None or form.until.process_errors:
        field = form.since if since is None else form.until
        field.errors = [say(N_("Give a date, such as 2025-03-14."))]
        return None
    precision = Precision(form.precision.data) if form.precision.data in set(Precision) else Precision.DAY
    try:
        return span(since, until, precision)
    except Refused as refused:
        form.until.errors = [say_phrase(refused.phrase)]
        return None
