"""Forms of consultations: for staff, and for whoever comments."""

from __future__ import annotations

from typing import Any, Final

from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional

from coplearn.accounts.mail import stored_address
from coplearn.cohorts.common.rules.words import AgeBand
from coplearn.consultations.rules.drafts import (
    AnswerDraft,
    ConsultationPlan,
    HeardDraft,
    RemarkDraft,
    StatementDraft,
    VersionDraft,
)
from coplearn.consultations.rules.groups import HeardNumbers
from coplearn.consultations.rules.words import ConsultationWay, RemarkOutcome
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, LabelledEnum
from coplearn.programme.rules.records import text_key
from coplearn.programme.rules.words import AudienceGroup, CountBasis, Qualifier
from coplearn.spreadsheets.reading import rows_of
from coplearn.web.forms import Choices, LazyText, PageForm
from coplearn.web.render import say

MOST_AT_ONCE: Final = 100
_BOX: Final = {"rows": 6, "dir": "auto", "autocomplete": "off"}


def labelled(kind: type[LabelledEnum]) -> Choices:
    """The members of a vocabulary in the page's language."""
    return [(str(one.value), say(one.label)) for one in kind]


class _Chosen(PageForm):
    """A form whose lists are judged by the domain."""

    def value(self, name: str) -> str:
        """The text that was typed or chosen; an empty text for nothing."""
        return str(self[name].data or "")

    def count(self, name: str) -> int:
        """The number that a field holds; 0 for what is none."""
        typed = self.value(name)
        return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 9 else 0

    def choices_hold(self) -> bool:
        """Whether every list was answered with one of its own; a sentence stands at each that was not."""
        for field in self:
            if isinstance(field, SelectField | RadioField) and str(field.data or "") not in {
                str(one[0]) for one in field.choices or []
            }:
                field.errors = [say(N_("Choose one from the list."))]
        return not any(field.errors for field in self)


class StatementForm(_Chosen):
    """A new statement."""

    title = StringField(
        LazyText(N_("Title")), render_kw={"dir": "auto", "autocomplete": "off"}, validators=[InputRequired()]
    )
    locale = SelectField(LazyText(N_("Language it is written in")), validate_choice=False)
    country = SelectField(LazyText(N_("Country")), validate_choice=False)
    programme = SelectField(LazyText(N_("Programme")), validate_choice=False)
    body = TextAreaField(LazyText(N_("Text")), render_kw={**_BOX, "rows": 18}, validators=[InputRequired()])

    def offer(self, locales: Choices, countries: Choices, programmes: Choices) -> None:
        """Fill the lists."""
        self.locale.choices = locales
        self.country.choices = countries
        self.programme.choices = [("", say(N_("No programme in particular"))), *programmes]

    def draft(self, programme_id: int | None) -> StatementDraft:
        """The statement as it was typed."""
        return StatementDraft(
            self.value("title"), self.value("body"), self.value("locale"), self.value("country"), programme_id
        )


class VersionForm(_Chosen):
    """A new version of a statement."""

    made_of = HiddenField()
    title = StringField(
        LazyText(N_("Title")), render_kw={"dir": "auto", "autocomplete": "off"}, validators=[InputRequired()]
    )
    body = TextAreaField(LazyText(N_("Text")), render_kw={**_BOX, "rows": 24}, validators=[InputRequired()])
    note = StringField(LazyText(N_("What is new in this version")), render_kw={"dir": "auto", "autocomplete": "off"})

    def draft(self) -> VersionDraft:
        """The version as it was typed."""
        return VersionDraft(self.count("made_of"), self.value("title"), self.value("body"), self.value("note"))


class ConsultationForm(_Chosen):
    """A consultation to open."""

    number = SelectField(LazyText(N_("Version that people are asked about")), validate_choice=False)
    way = RadioField(LazyText(N_("Who may comment")), validate_choice=False)
    opens_on = DateField(LazyText(N_("First day")), validators=[InputRequired()])
    closes_on = DateField(LazyText(N_("Last day")), validators=[InputRequired()])
    question = TextAreaField(LazyText(N_("What you ask")), render_kw=_BOX)

    def offer(self, versions: Choices) -> None:
        """Fill the lists."""
        self.number.choices = versions
        self.way.choices = labelled(ConsultationWay)

    def plan(self) -> ConsultationPlan:
        """The consultation as it was typed."""
        number, way = self.count("number"), self.value("way")
        return ConsultationPlan(number, way, self.opens_on.data, self.closes_on.data, self.value("question"))


class AskForm(_Chosen):
    """Organisations to ask, a line each: the mail address, and the organisation's name."""

    lines = TextAreaField(
        LazyText(N_("Organisations to ask")), render_kw={**_BOX, "rows": 8}, validators=[InputRequired()]
    )
    locale = SelectField(LazyText(N_("Language of the message")), validate_choice=False)

    def pairs(self) -> list[tuple[str, str]]:
        """The mail address and the name of each line. Raises Refused that names a line which cannot be read."""
        found: list[tuple[str, str]] = []
        for number, cells in rows_of(self.value("lines")):
            addresses = [cell.strip() for cell in cells if "@" in cell]
            name = " ".join(cell.strip() for cell in cells if "@" not in cell and cell.strip())
            if not addresses and not name:
                continue
            try:
                if len(addresses) != 1 or not text_key(name):
                    raise ValueError
                found.append((stored_address(addresses[0]), name))
            except ValueError:
                told = N_(
                    "Line %(line)s: write one mail address, a comma, and the organisation’s name. Nobody was asked."
                )
                raise Refused(told, line=number) from None
        if not 1 <= len(found) <= MOST_AT_ONCE:
            raise Refused(N_("Write at least one line, and at most %(count)s."), count=MOST_AT_ONCE)
        return found


class RemarkForm(_Chosen):
    """A comment. Its box has no longest length: a browser would cut what is pasted, and lose it."""

    text = TextAreaField(LazyText(N_("Your comment")), render_kw={**_BOX, "rows": 8}, validators=[InputRequired()])
    locale = SelectField(LazyText(N_("Language of your comment")), validate_choice=False)
    adult = BooleanField(LazyText(N_("I am 18 or older.")))

    def draft(self, block: str, *, asks_age: bool) -> RemarkDraft:
        """The comment as it was typed. Raises Refused for a language that nobody knows, or (``asks_age``) for no adult's."""
        if self.value("locale") not in {str(one[0]) for one in self.locale.choices or []}:
            raise Refused(N_("Choose the language that you wrote in."))
        if asks_age and not self.adult.data:
            raise Refused(N_("Only adults comment here. If you are under 18, talk to an adult you trust, or get help."))
        return RemarkDraft(block, self.value("text"), self.value("locale"))


class JudgingForm(_Chosen):
    """Showing a comment, or not."""

    why = StringField(
        LazyText(N_("Why it is not shown")),
        render_kw={"dir": "auto", "autocomplete": "off"},
        validators=[InputRequired()],
    )


class AnswerForm(_Chosen):
    """The answer to a comment."""

    outcome = RadioField(LazyText(N_("What becomes of it")), validate_choice=False)
    reason = TextAreaField(LazyText(N_("Reason")), render_kw={**_BOX, "rows": 4}, validators=[InputRequired()])
    theme = StringField(LazyText(N_("Theme")), render_kw={"dir": "auto", "autocomplete": "off", "list": "themes"})

    def offer(self) -> None:
        """Fill the list."""
        self.outcome.choices = labelled(RemarkOutcome)

    def draft(self) -> AnswerDraft:
        """The answer as it was typed."""
        return AnswerDraft(self.value("outcome"), self.value("reason"), self.value("theme"))


class HeardForm(_Chosen):
    """A group that was heard by talking."""

    audience = SelectField(LazyText(N_("Who was heard")), validate_choice=False)
    age_band = SelectField(LazyText(N_("Age, for children")), validate_choice=False)
    place = StringField(LazyText(N_("Place or occasion")), render_kw={"dir": "auto", "autocomplete": "off"})
    heard_on = DateField(LazyText(N_("Day")), validators=[Optional()])
    qualifier = SelectField(LazyText(N_("How exact the number of people is")), validate_choice=False)
    number = IntegerField(LazyText(N_("Number of people")), validators=[Optional()])
    countries_qualifier = SelectField(LazyText(N_("How exact the number of countries is")), validate_choice=False)
    countries = IntegerField(LazyText(N_("Number of countries they came from")), validators=[Optional()])
    basis = SelectField(LazyText(N_("How the numbers are known")), validate_choice=False)
    source = StringField(LazyText(N_("Source")), render_kw={"dir": "auto", "autocomplete": "off"})
    said = TextAreaField(LazyText(N_("What was heard")), render_kw=_BOX, validators=[InputRequired()])
    why = StringField(LazyText(N_("Why it is corrected")), render_kw={"dir": "auto", "autocomplete": "off"})

    def offer(self) -> None:
        """Fill the lists."""
        self.audience.choices = labelled(AudienceGroup)
        self.age_band.choices = [("", say(N_("Not stated"))), *labelled(AgeBand)]
        self.qualifier.choices = self.countries_qualifier.choices = labelled(Qualifier)
        self.basis.choices = list(reversed(labelled(CountBasis)))

    def draft(self) -> HeardDraft:
        """The group as it was typed."""
        said, place, source = self.value("said"), self.value("place"), self.value("source")
        return HeardDraft(self._numbers(), said, place, self.heard_on.data, source, self.value("why"))

    def _numbers(self) -> HeardNumbers:
        """The numbers as they were typed; a number that cannot be read is -1, which the domain refuses."""

        def read(field: Any) -> int | None:
            return field.data if field.data is not None or not any(field.raw_data or ()) else -1

        return HeardNumbers(
            self.value("audience"),
            self.value("basis"),
            read(self.number),
            self.value("qualifier"),
            self.value("age_band"),
            read(self.countries),
            self.value("countries_qualifier"),
        )


class SummaryForm(_Chosen):
    """The summary of what was heard."""

    summary = TextAreaField(LazyText(N_("What was heard")), render_kw={**_BOX, "rows": 14})


class EndForm(_Chosen):
    """Another last day."""

    closes_on = DateField(LazyText(N_("Last day")), validators=[InputRequired()])


class AgreeForm(_Chosen):
    """The day on which a text was agreed on."""

    number = HiddenField()
    agreed_on = DateField(LazyText(N_("Day on which it was agreed on")), validators=[InputRequired()])
