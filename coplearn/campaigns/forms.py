"""Forms of a campaign, and of what was given out in it."""

from __future__ import annotations

from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired

from coplearn.campaigns.rules import LARGEST, LONGEST_TITLE, CampaignDetails, Handing
from coplearn.kernel.text import N_
from coplearn.web.forms import Choices, LazyText, PageForm
from coplearn.web.render import say


class CampaignForm(PageForm):
    """A campaign: its name, its country and its days."""

    title = StringField(
        LazyText(N_("Name of the campaign")),
        validators=[InputRequired()],
        render_kw={"maxlength": LONGEST_TITLE, "dir": "auto"},
    )
    country = SelectField(LazyText(N_("Country")), validate_choice=False)
    programme = SelectField(LazyText(N_("Programme")), validate_choice=False)
    since = DateField(LazyText(N_("First day")), validators=[InputRequired()])
    until = DateField(LazyText(N_("Last day")), validators=[InputRequired()])

    def offer(self, countries: Choices, programmes: Choices) -> None:
        """Fill the lists to choose from."""
        self.country.choices = [("", say(N_("Choose a country"))), *countries]
        self.programme.choices = [("", say(N_("None"))), *programmes]

    def details(self) -> CampaignDetails:
        """The campaign as typed."""
        known = {value for value, _ in self.programme.choices or []}
        programme = self.programme.data or ""
        return CampaignDetails(
            title=" ".join((self.title.data or "").split())[:LONGEST_TITLE],
            country=self.country.data or "",
            since=self.since.data,
            until=self.until.data,
            programme_id=int(programme) if programme and programme in known else None,
        )


class HandingForm(PageForm):
    """Material that was given out."""

    what = SelectField(LazyText(N_("What was given out")), validate_choice=False)
    locale = SelectField(LazyText(N_("Language")), validate_choice=False)
    number = StringField(
        LazyText(N_("How many copies")),
        description=LazyText(N_("Copies, and not people: nobody knows who read one.")),
        validators=[InputRequired()],
        render_kw={"inputmode": "numeric", "maxlength": 12, "dir": "ltr"},
    )
    given_on = DateField(LazyText(N_("On which day")), validators=[InputRequired()])

    def offer(self, materials: Choices, locales: Choices) -> None:
        """Fill the lists to choose from."""
        self.what.choices, self.locale.choices = materials, locales

    def handing(self) -> Handing:
        """The material as typed; a number that cannot be read is -1."""
        typed = (self.number.data or "").strip()
        number = int(typed) if typed.isdecimal() and len(typed) <= len(str(LARGEST)) else -1
        return Handing(self.what.data or "", self.locale.data or "", number, self.given_on.data)
