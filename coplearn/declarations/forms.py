"""Forms of a round table, of a group that took part, of a draft, of adopting it, and of a recommendation."""

from __future__ import annotations

from typing import Final

from wtforms import (
    DateField,
    FileField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput

from coplearn.accounts.mail import stored_address
from coplearn.cohorts.common.rules.words import AgeBand
from coplearn.declarations.rules import (
    LONGEST_BODY,
    LONGEST_LINK,
    LONGEST_TITLE,
    LONGEST_WORDS,
    DeclarationText,
    RecommendationReport,
    RecommendationState,
    RoundTable,
    is_bearable,
    typed_text,
)
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, LabelledEnum
from coplearn.programme.rules.records import ReachLine
from coplearn.programme.rules.words import AudienceGroup, CountBasis, Qualifier
from coplearn.web.forms import Choices, LazyText, PageForm
from coplearn.web.render import say

_NAME: Final = {"maxlength": LONGEST_TITLE, "dir": "auto"}
_MOST_DIGITS: Final = 9


def _line(text: str | None) -> str:
    return " ".join((text or "").split())[:LONGEST_TITLE]


def _labels(kind: type[LabelledEnum]) -> Choices:
    return [(one.value, say(one.label)) for one in kind]


class RoundTableForm(PageForm):
    """The name, the place and the day of a round table."""

    title = StringField(
        LazyText(N_("Name of the round table")),
        description=LazyText(N_("For your own lists. The declaration has a title of its own in each language.")),
        validators=[InputRequired()],
        render_kw=_NAME,
    )
    country = SelectField(LazyText(N_("Country")), validate_choice=False)
    programme = SelectField(LazyText(N_("Programme")), validate_choice=False)
    place = StringField(LazyText(N_("Place")), render_kw=_NAME)
    held_on = DateField(LazyText(N_("Day it was held, or will be")), validators=[InputRequired()])

    def offer(self, countries: Choices, programmes: Choices) -> None:
        """Fill the lists to choose from."""
        self.country.choices = [("", say(N_("Choose a country"))), *countries]
        self.programme.choices = [("", say(N_("None"))), *programmes]

    def table(self) -> RoundTable:
        """The round table as typed."""
        known = {value for value, _ in self.programme.choices or []}
        programme = self.programme.data or ""
        return RoundTable(
            title=_line(self.title.data),
            country=self.country.data or "",
            place=_line(self.place.data),
            held_on=self.held_on.data,
            programme_id=int(programme) if programme and programme in known else None,
        )


class GroupForm(PageForm):
    """A group that took part: how many, and how that is known."""

    group = SelectField(LazyText(N_("Who took part")), validate_choice=False)
    age_band = SelectField(
        LazyText(N_("Age of the children")),
        description=LazyText(N_("Children are counted by age alone. Never write a child's name.")),
        validate_choice=False,
    )
    number = StringField(
        LazyText(N_("How many")),
        description=LazyText(N_("Leave it empty where it is not stated. That is not 0.")),
        render_kw={"inputmode": "numeric", "maxlength": 12, "dir": "ltr"},
    )
    qualifier = SelectField(LazyText(N_("The number is meant")), validate_choice=False)
    basis = SelectField(LazyText(N_("Where the number comes from")), validate_choice=False)

    def offer(self) -> None:
        """Fill the lists to choose from."""
        self.group.choices = _labels(AudienceGroup)
        self.age_band.choices = [("", say(N_("Not stated"))), *_labels(AgeBand)]
        self.qualifier.choices = _labels(Qualifier)
        self.basis.choices = _labels(CountBasis)

    def line(self) -> ReachLine:
        """The group as typed. Raises Refused for a number that is none."""
        typed = (self.number.data or "").strip()
        if typed and (not typed.isdecimal() or len(typed) > _MOST_DIGITS):
            raise Refused(N_("Write the number with digits alone, such as 120."))
        try:
            group, basis = AudienceGroup(self.group.data or ""), CountBasis(self.basis.data or "")
            qualifier = Qualifier(self.qualifier.data or Qualifier.EXACT)
        except ValueError:
            raise Refused(N_("Choose one from the list.")) from None
        number = int(typed) if typed else None
        if number is None:
            basis, qualifier = CountBasis.NOT_STATED, Qualifier.EXACT
        return ReachLine(group, basis, number, qualifier, age_band=self.age_band.data or "")


class DraftForm(PageForm):
    """A draft in one language."""

    title = StringField(LazyText(N_("Title")), validators=[InputRequired()], render_kw=_NAME)
    body = TextAreaField(
        LazyText(N_("Text of the declaration")),
        description=LazyText(N_("An empty line begins a new paragraph.")),
        validators=[InputRequired()],
        render_kw={"rows": 18, "dir": "auto", "maxlength": LONGEST_BODY},
    )
    recommendations = TextAreaField(
        LazyText(N_("Recommendations")),
        description=LazyText(
            N_("One in each line, in the same order in every language. They are numbered by themselves.")
        ),
        render_kw={"rows": 8, "dir": "auto", "maxlength": LONGEST_BODY},
    )

    def text(self) -> DeclarationText:
        """The text as it would be kept."""
        return typed_text(self.title.data or "", self.body.data or "", self.recommendations.data or "")


class AdoptForm(PageForm):
    """The day of adoption, and the languages in which the text is fixed."""

    adopted_on = DateField(LazyText(N_("Day of adoption")), validators=[InputRequired()])
    languages = SelectMultipleField(
        LazyText(N_("Languages in which it was adopted")), validate_choice=False, option_widget=CheckboxInput()
    )


class AssignForm(PageForm):
    """The addressee of a recommendation, its day, and who looks after it."""

    organisation = SelectField(LazyText(N_("Organisation")), validate_choice=False)
    addressee = StringField(
        LazyText(N_("Or in words")),
        description=LazyText(N_("An office, such as the ministry of education. It stands on the public page.")),
        render_kw=_NAME,
    )
    due_on = DateField(LazyText(N_("To be done by")), validators=[Optional()])
    keeper = StringField(
        LazyText(N_("Mail address of who looks after it")),
        description=LazyText(N_("They are reminded thirty days before and on the day. They need an account here.")),
        render_kw={"type": "email", "dir": "ltr", "maxlength": 200, "autocomplete": "off"},
    )

    def offer(self, organisations: Choices) -> None:
        """Fill the list of organisations."""
        self.organisation.choices = [("", say(N_("None from the list"))), *organisations]

    def keeper_address(self) -> str:
        """The address as it is stored; empty for none. Raises Refused for what is none."""
        typed = (self.keeper.data or "").strip()
        try:
            return stored_address(typed) if typed else ""
        except ValueError:
            raise Refused(N_("That is no mail address.")) from None

    def is_good_day(self) -> bool:
        """Whether the day is one, or empty."""
        typed = any(self.due_on.raw_data or ())
        return is_bearable(self.due_on.data) if self.due_on.data is not None else not typed

    def organisation_id(self) -> int | None:
        """The organisation chosen from the list."""
        known = {value for value, _ in self.organisation.choices or []}
        chosen = self.organisation.data or ""
        return int(chosen) if chosen and chosen in known else None

    def addressee_words(self) -> str:
        """The addressee in words."""
        return _line(self.addressee.data)


class ReportForm(PageForm):
    """The standing of a recommendation: a few presses on a telephone."""

    state = RadioField(LazyText(N_("How does it stand?")), validate_choice=False)
    told_on = DateField(LazyText(N_("On which day")), validators=[InputRequired()])
    words = TextAreaField(
        LazyText(N_("In a sentence or two")),
        description=LazyText(N_("Everybody may read it. Name offices, and nobody by name.")),
        render_kw={"rows": 4, "dir": "auto", "maxlength": LONGEST_WORDS},
    )
    link = StringField(
        LazyText(N_("Address of a page that shows it")),
        render_kw={"type": "url", "dir": "ltr", "maxlength": LONGEST_LINK, "placeholder": "https://"},
    )
    file = FileField(
        LazyText(N_("Or a file")),
        description=LazyText(
            N_("A PDF or a picture, 20 MB at most. It stays with those who work on this declaration.")
        ),
    )

    def offer(self) -> None:
        """Fill the list of states."""
        self.state.choices = _labels(RecommendationState)

    def report(self) -> RecommendationReport:
        """The report as typed."""
        words = " ".join((self.words.data or "").split())
        return RecommendationReport(self.state.data or "", self.told_on.data, words, (self.link.data or "").strip())
