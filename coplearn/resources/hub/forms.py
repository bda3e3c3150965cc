"""Forms of the hub: a contribution, an appraisal, a member."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask_wtf.file import FileField
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput

from coplearn.accounts.mail import stored_address
from coplearn.courses.licences import canonical_licence
from coplearn.kernel.text import N_, LabelledEnum, Phrase
from coplearn.resources.hub.rules import (
    LONGEST_LINK,
    LONGEST_TEXT,
    LONGEST_TITLE,
    Criterion,
    ResourceAges,
    ResourceDetails,
    ResourceFormat,
    ResourceReader,
    parted,
    problems_of,
    too_long,
)
from coplearn.web.forms import Choices, LazyText, PageForm, values_for
from coplearn.web.render import say

LONGEST_REASON: Final = 1_000
_LINE: Final = {"maxlength": LONGEST_TITLE, "dir": "auto"}
_TEXT: Final = {"maxlength": LONGEST_TEXT, "dir": "auto"}
_FILL: Final = Phrase(N_("Please fill this in."))


def choices_of(words: type[LabelledEnum]) -> Choices:
    """A closed vocabulary as choices, said in the page's language."""
    return [(one.value, say(one.label)) for one in words]


def _several(label: str, hint: str = "") -> SelectMultipleField:
    return SelectMultipleField(
        LazyText(label),
        description=LazyText(hint) if hint else "",
        validate_choice=False,
        option_widget=CheckboxInput(),
    )


class ResourceForm(PageForm):
    """A contribution: a field for each of ``ResourceDetails``, with a file, and an address where there is no account."""

    title = StringField(LazyText(N_("Title")), validators=[InputRequired()], render_kw=_LINE)
    about = TextAreaField(
        LazyText(N_("What is it, and what is it good for?")),
        description=LazyText(N_("A few sentences for somebody who decides whether to open it. No names of children.")),
        validators=[InputRequired()],
        render_kw=_TEXT,
    )
    publisher = StringField(LazyText(N_("Who made it?")), validators=[InputRequired()], render_kw=_LINE)
    organisation = StringField(LazyText(N_("Your own organisation")), render_kw=_LINE)
    languages = _several(N_("Languages it is in"))
    audiences = _several(N_("Whom it is for"))
    ages = _several(N_("Ages of the children"), N_("Leave all empty where age does not matter."))
    format = SelectField(LazyText(N_("What sort of thing is it?")), validate_choice=False)
    licence = StringField(
        LazyText(N_("Licence")),
        description=LazyText(
            N_("As the resource itself says: CC-BY-4.0 and so on, or “all rights reserved” where it says nothing.")
        ),
        validators=[InputRequired()],
        render_kw={"maxlength": 200, "list": "licences", "autocapitalize": "none"},
    )
    url = StringField(
        LazyText(N_("Link")),
        description=LazyText(N_("The page on which it is found, beginning with https://")),
        render_kw={"maxlength": LONGEST_LINK, "inputmode": "url", "dir": "ltr"},
    )
    file = FileField(LazyText(N_("File")))
    evidence = TextAreaField(
        LazyText(N_("What is known of its effect?")),
        description=LazyText(N_("Studies, tests with readers, or where it is used; with links.")),
        render_kw=_TEXT,
    )
    email = StringField(
        LazyText(N_("Your mail address")),
        description=LazyText(N_("You get a letter to confirm it. It is shown to nobody, and forgotten afterwards.")),
        validators=[InputRequired()],
        render_kw={"maxlength": 320, "type": "email", "autocomplete": "email", "dir": "ltr"},
    )

    def offer(self, languages: Choices, *, has_account: bool) -> None:
        """Let those languages be chosen; who has an account is asked for no address."""
        self.languages.choices = languages
        self.audiences.choices = choices_of(ResourceReader)
        self.ages.choices = choices_of(ResourceAges)
        self.format.choices = choices_of(ResourceFormat)
        if has_account:
            del self.email

    def details(self) -> ResourceDetails:
        """Everything that was typed, with the licence in its usual spelling where it is one of the SPDX list."""
        values = values_for(ResourceDetails, self)
        return ResourceDetails(**{**values, "url": values["url"].strip(), "licence": self._licence() or ""})

    def _licence(self) -> str | None:
        typed = " ".join(str(self.licence.data or "").split())
        if typed.casefold() in {"all rights reserved", say(N_("all rights reserved")).casefold()}:
            return "LicenseRef-all-rights-reserved"
        try:
            return canonical_licence(typed)[:200] if typed else None
        except ValueError:
            return None

    def address(self) -> str:
        """The mail address in its one spelling; empty for none, and for what is none."""
        try:
            return stored_address(str(self.email.data or "")) if "email" in self else ""
        except ValueError:
            return ""

    def judge(self, *, has_file: bool) -> None:
        """Put a sentence at each field that is not as it must be."""
        self.blame(problems_of(self.details(), has_file=has_file))
        if self._licence() is None:
            self.blame({"licence": Phrase(N_("This is no licence of the SPDX list. Examples: CC-BY-4.0, CC0-1.0."))})
        if "email" in self and not self.address():
            self.blame({"email": Phrase(N_("Please type your mail address, so that you can confirm it."))})

    def fill(self, details: ResourceDetails) -> None:
        """Show what the version before says."""
        for name in ("title", "about", "publisher", "organisation", "format", "licence", "url", "evidence"):
            self[name].data = getattr(details, name)
        for name in ("languages", "audiences", "ages"):
            self[name].data = list(getattr(details, name))


class AppraisalForm(PageForm):
    """Levels with reasons. A field for each criterion, made of the rubric."""

    remark = TextAreaField(
        LazyText(N_("In short, for everybody")),
        description=LazyText(N_("Two or three sentences: what it is good for, and what to mind.")),
        validators=[InputRequired()],
        render_kw=_TEXT,
    )
    no_conflict = BooleanField(
        LazyText(
            N_("Neither I nor my organisation made, paid for or contributed this resource, and I gain nothing by it.")
        )
    )


def read_appraisal(
    form: AppraisalForm, sent: Mapping[str, str]
) -> tuple[dict[Criterion, int], dict[Criterion, str], list[Criterion]]:
    """The levels and the reasons that were sent, and the criteria that lack one or have too long a one.

    A remark that is missing or too long, and an interest that was not denied, are blamed on the form.
    """
    scores, reasons = dict[Criterion, int](), dict[Criterion, str]()
    for one in Criterion:
        level = sent.get(f"level-{one.value}", "")
        if level in ("0", "1", "2", "3"):
            scores[one] = int(level)
        reasons[one] = sent.get(f"why-{one.value}", "").strip()
    missing = [one for one in Criterion if one not in scores or not 0 < len(reasons[one]) <= LONGEST_REASON]
    remark = str(form.remark.data or "").strip()
    if not remark or len(remark) > LONGEST_TEXT:
        form.blame({"remark": too_long(LONGEST_TEXT) if remark else _FILL})
    if not form.no_conflict.data:
        form.blame({"no_conflict": Phrase(N_("Say that this holds, or press the button for a conflict of interest."))})
    return scores, reasons, missing


class HubMemberForm(PageForm):
    """A person who appraises or votes."""

    email = StringField(
        LazyText(N_("Mail address of the account")), validators=[InputRequired()], render_kw={"dir": "ltr"}
    )
    organisation = StringField(LazyText(N_("Whom they work for")), validators=[InputRequired()], render_kw=_LINE)
    task = RadioField(LazyText(N_("What they do")), validate_choice=False)

    def offer(self) -> None:
        """Let one or both tasks be chosen."""
        self.task.choices = [
            ("both", say(N_("Appraises resources and votes on experts"))),
            ("appraises", say(N_("Appraises resources"))),
            ("votes", say(N_("Votes on experts"))),
        ]
        self.task.data = self.task.data or "both"


def details_of(columns: dict[str, str]) -> ResourceDetails:
    """The details that a version's columns hold."""
    several = {name: parted(columns[name]) for name in ("languages", "ages", "audiences")}
    return ResourceDetails(**{**columns, **several})  # type: ignore[arg-type] # texts, but for those three
