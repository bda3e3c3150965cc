"""The form of the site's settings."""

from __future__ import annotations

from typing import Any

from wtforms import IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired

from coplearn.administration.site_settings.rules import CHOSEN, is_operators
from coplearn.kernel.text import N_
from coplearn.settings import Settings
from coplearn.web.forms import Choices, LazyText, PageForm
from coplearn.web.render import say


class SettingsForm(PageForm):
    """Settings that an administrator may choose; those that the operator set are not in it."""

    site_name = StringField(
        LazyText(N_("Name of the site")), render_kw={"maxlength": 60, "dir": "auto"}, validators=[InputRequired()]
    )
    contact = StringField(LazyText(N_("Where people write to for help")), render_kw={"maxlength": 254, "dir": "ltr"})
    languages = SelectMultipleField(LazyText(N_("Languages that are offered")), validate_choice=False)
    visitor_days = IntegerField(
        LazyText(N_("Days until progress without an account is forgotten")), validators=[InputRequired()]
    )
    letter_days = IntegerField(
        LazyText(N_("Days until what a message said is forgotten")), validators=[InputRequired()]
    )
    contact_days = IntegerField(
        LazyText(N_("Days until addresses and telephones of a cohort that was put away are forgotten")),
        validators=[InputRequired()],
    )
    cohorts_opened_by = SelectField(LazyText(N_("Who may open cohorts")), validate_choice=False)

    def offer(self, operators: Settings, languages: Choices) -> None:
        """Fill the lists, and leave out what the operator set."""
        if "languages" in self:
            self.languages.choices = languages
        if "cohorts_opened_by" in self:
            self.cohorts_opened_by.choices = [
                ("trainers", say(N_("Coordinators and certified trainers"))),
                ("coordinators", say(N_("Coordinators alone"))),
            ]
        for name in CHOSEN:
            if name in self and is_operators(operators, name):
                del self[name]

    def values(self) -> dict[str, Any]:
        """Values as typed, by the settings' names; all languages are the same as none in particular."""
        found: dict[str, Any] = {name: self[name].data for name in CHOSEN if name in self}
        if "languages" in found:
            chosen = set(found["languages"] or ())
            every = [code for code, _ in self.languages.choices or []]
            found["languages"] = [] if chosen == set(every) else [code for code in every if code in chosen]
        for name in ("site_name", "contact"):
            if name in found:
                found[name] = (found[name] or "").strip()
        return found
