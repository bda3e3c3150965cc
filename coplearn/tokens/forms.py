"""The form of a new key."""

from __future__ import annotations

from wtforms import DateField, SelectMultipleField, StringField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput

from coplearn.kernel.text import N_
from coplearn.tokens.rules import LONGEST_NAME, TokenScope
from coplearn.web.forms import LazyText, PageForm
from coplearn.web.render import say


class TokenForm(PageForm):
    """A name, what it may do, and its last day."""

    name = StringField(
        LazyText(N_("Name of the program")),
        validators=[InputRequired()],
        render_kw={"maxlength": LONGEST_NAME, "dir": "auto", "autocomplete": "off"},
    )
    scopes = SelectMultipleField(
        LazyText(N_("What it may do, as far as you may yourself")),
        validate_choice=False,
        option_widget=CheckboxInput(),
    )
    last_day = DateField(LazyText(N_("Last day on which it works")), validators=[InputRequired()])

    def offer(self, scopes: tuple[TokenScope, ...]) -> None:
        """Fill the list of scopes."""
        self.scopes.choices = [(scope.value, say(scope.label)) for scope in scopes]
