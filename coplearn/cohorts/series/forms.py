"""Forms of a session: registering, how people register, what came of it, and the lines of its page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from coplearn.cohorts.common.rules.words import NotesRule, Sector
from coplearn.cohorts.series.rules import (
    LONGEST_AGENDA,
    LONGEST_NOTES,
    MOST_MINUTES,
    Entrant,
    PagePart,
    PartDraft,
    SessionNotes,
    SessionSetup,
)
from coplearn.kernel.text import N_
from coplearn.web.forms import LazyText, PageForm, values_for
from coplearn.web.render import say

_LINK: Final = {"type": "url", "maxlength": 500, "dir": "ltr", "inputmode": "url", "autocomplete": "off"}

_PLAIN: Final = {"autocomplete": "off"}


def _lines(text: str) -> str:
    """A text of several lines as it is kept."""
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n")).strip()


class EntrantForm(PageForm):
    """The form of registering."""

    name = StringField(
        LazyText(N_("Your name")),
        validators=[InputRequired()],
        render_kw={"maxlength": 200, "dir": "auto", "autocomplete": "name"},
    )
    organisation = StringField(
        LazyText(N_("Your organisation")),
        validators=[InputRequired()],
        render_kw={"maxlength": 200, "dir": "auto", "autocomplete": "organization"},
    )
    sector = SelectField(LazyText(N_("What kind of organisation is it?")), validate_choice=False)

    def offer(self) -> None:
        """Fill the list to choose from, in the page's language."""
        self.sector.choices = [("", say(N_("Choose one"))), *((one.value, say(one.label)) for one in Sector)]

    def entrant(self) -> Entrant:
        """The typed values."""
        return Entrant(**values_for(Entrant, self))


class SetupForm(PageForm):
    """The form of registration and agenda; the law is ``series.rules.setup_problems``."""

    capacity = IntegerField(
        LazyText(N_("Number of places")),
        description=LazyText(N_("Leave it empty for no limit.")),
        validators=[Optional()],
        render_kw={"inputmode": "numeric", "min": 1},
    )
    waiting_list = BooleanField(LazyText(N_("Whoever registers when every place is taken is put on a waiting list")))
    needs_approval = BooleanField(LazyText(N_("We look at each person before they have a place")))
    link_minutes = IntegerField(
        LazyText(N_("Minutes before the beginning from which the link to join is shown")),
        description=LazyText(
            N_("Only people with a place see it. Leave it empty to show it as soon as they have one.")
        ),
        validators=[Optional()],
        render_kw={"inputmode": "numeric", "min": 0, "max": MOST_MINUTES},
    )
    agenda = TextAreaField(
        LazyText(N_("Agenda, one point on each line")),
        render_kw={"maxlength": LONGEST_AGENDA, "dir": "auto", "rows": 6},
    )

    def setup(self) -> SessionSetup:
        """The typed values."""
        values = values_for(SessionSetup, self)
        return SessionSetup(**values | {"agenda": _lines(values["agenda"])})


class NotesForm(PageForm):
    """The form of what came of a session; the law is ``series.rules.notes_problems``."""

    notes_rule = RadioField(LazyText(N_("The rule under which these notes stand")), validate_choice=False)
    notes = TextAreaField(
        LazyText(N_("What came of it")),
        description=LazyText(N_("It stands on the page of the session as soon as you save it.")),
        render_kw={"maxlength": LONGEST_NOTES, "dir": "auto", "rows": 10},
    )
    recording = StringField(LazyText(N_("Link to the recording")), render_kw=_LINK)

    def offer(self) -> None:
        """Fill the list to choose from, in the page's language."""
        self.notes_rule.choices = [(one.value, say(one.label)) for one in NotesRule]

    def written(self) -> SessionNotes:
        """The typed values."""
        values = values_for(SessionNotes, self)
        own = {"notes": _lines(values["notes"]), "recording": values["recording"].strip()}
        return SessionNotes(**values | own)


class SpeakerForm(PageForm):
    """The form of a speaker."""

    text = StringField(
        LazyText(N_("Speaker")), validators=[InputRequired()], render_kw={"maxlength": 200, "dir": "auto", **_PLAIN}
    )
    organisation = StringField(LazyText(N_("Organisation")), render_kw={"maxlength": 200, "dir": "auto", **_PLAIN})
    yes = BooleanField(LazyText(N_("They agreed to be named on the page")))


class MaterialForm(PageForm):
    """The form of a thing to read or see."""

    text = StringField(
        LazyText(N_("Title")), validators=[InputRequired()], render_kw={"maxlength": 200, "dir": "auto", **_PLAIN}
    )
    link = StringField(LazyText(N_("Link")), validators=[InputRequired()], render_kw=_LINK)
    yes = BooleanField(LazyText(N_("Everybody who may read the page sees it, and not the registered alone")))


class ActionForm(PageForm):
    """The form of a thing that was agreed."""

    text = StringField(
        LazyText(N_("What is to be done")),
        validators=[InputRequired()],
        render_kw={"maxlength": 500, "dir": "auto", **_PLAIN},
    )
    organisation = StringField(
        LazyText(N_("Which organisation does it")), render_kw={"maxlength": 200, "dir": "auto", **_PLAIN}
    )
    due_on = DateField(LazyText(N_("Until")), validators=[Optional()])


PartForm = SpeakerForm | MaterialForm | ActionForm
PARTS: Final[Mapping[PagePart, type[PartForm]]] = {
    PagePart.SPEAKER: SpeakerForm,
    PagePart.MATERIAL: MaterialForm,
    PagePart.ACTION: ActionForm,
}


def draft_of(form: PartForm) -> PartDraft:
    """The typed values; a day that cannot be read is none."""
    values = values_for(PartDraft, form)
    return PartDraft(**values | {"link": values.get("link", "").strip()})
