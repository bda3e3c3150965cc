"""The forms of a nomination and of a nominee's answer."""

from __future__ import annotations

from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from coplearn.accounts.mail import stored_address
from coplearn.i18n.countries import COUNTRIES
from coplearn.kernel.text import N_, Phrase
from coplearn.resources.experts.rules import NominationDetails, problems_of
from coplearn.resources.hub.rules import LONGEST_TEXT, LONGEST_TITLE
from coplearn.web.forms import Choices, LazyText, PageForm, values_for

_LINE = {"maxlength": LONGEST_TITLE, "dir": "auto"}


class NominationForm(PageForm):
    """A nomination: a field for each of ``NominationDetails``, with the nominee's address and language."""

    name = StringField(LazyText(N_("Name of the expert")), validators=[InputRequired()], render_kw=_LINE)
    email = StringField(
        LazyText(N_("Their mail address")),
        description=LazyText(N_("They get one letter, and nothing is public before they agree.")),
        validators=[InputRequired()],
        render_kw={"maxlength": 320, "type": "email", "dir": "ltr", "autocomplete": "off"},
    )
    locale = SelectField(LazyText(N_("Language of the letter")), validate_choice=False)
    organisation = StringField(LazyText(N_("Whom they work for")), render_kw=_LINE)
    country = SelectField(LazyText(N_("Country")), validate_choice=False)
    subject = StringField(LazyText(N_("What they know, in a few words")), validators=[InputRequired()], render_kw=_LINE)
    reason = TextAreaField(
        LazyText(N_("Why this person?")),
        description=LazyText(N_("The panel and the nominee read this.")),
        validators=[InputRequired()],
        render_kw={"maxlength": LONGEST_TEXT, "dir": "auto"},
    )
    by_organisation = StringField(
        LazyText(N_("Your own organisation")),
        description=LazyText(N_("The nominee is told. Its members do not vote.")),
        validators=[InputRequired()],
        render_kw=_LINE,
    )

    def offer(self, countries: Choices, languages: Choices) -> None:
        """Let those be chosen."""
        self.country.choices, self.locale.choices = countries, languages

    def details(self) -> NominationDetails:
        """Everything that was typed."""
        return NominationDetails(**values_for(NominationDetails, self))

    def address(self) -> str:
        """The nominee's address in its one spelling; empty for none."""
        try:
            return stored_address(str(self.email.data or ""))
        except ValueError:
            return ""

    def judge(self) -> None:
        """Put a sentence at each field that is not as it must be."""
        self.blame(problems_of(self.details(), COUNTRIES))
        if not self.address():
            self.blame({"email": Phrase(N_("This is no mail address."))})
        if self.locale.data not in dict(self.locale.choices):
            self.blame({"locale": Phrase(N_("Choose from the list."))})
