"""Forms of a key of this LRS, and of another LRS that is told."""

from __future__ import annotations

from wtforms import BooleanField, DateField, PasswordField, SelectMultipleField, StringField
from wtforms.validators import InputRequired

from coplearn.kernel.text import N_
from coplearn.web.forms import LazyText, PageForm
from coplearn.web.render import say
from coplearn.xapi.rules.access import LONGEST_NAME, LrsScope


class KeyForm(PageForm):
    """A new key: for whom, what for, until when."""

    name = StringField(
        LazyText(N_("Who gets this key")),
        validators=[InputRequired()],
        render_kw={"maxlength": LONGEST_NAME, "dir": "auto"},
    )
    scopes = SelectMultipleField(LazyText(N_("What the key is good for")), validate_choice=False)
    ends_on = DateField(LazyText(N_("Last day of the key")), validators=[InputRequired()])

    def offer(self) -> None:
        """Fill the list to choose from."""
        self.scopes.choices = [(one.value, say(one.label)) for one in LrsScope]


class TargetForm(PageForm):
    """The other LRS: its address, its key and secret, and whether it is told."""

    endpoint = StringField(
        LazyText(N_("Address of the other LRS")),
        validators=[InputRequired()],
        render_kw={"maxlength": 500, "dir": "ltr", "inputmode": "url"},
    )
    key = StringField(
        LazyText(N_("Key")),
        validators=[InputRequired()],
        render_kw={"maxlength": 200, "dir": "ltr", "autocomplete": "off"},
    )
    secret = PasswordField(
        LazyText(N_("Secret")), render_kw={"maxlength": 500, "dir": "ltr", "autocomplete": "new-password"}
    )
    is_on = BooleanField(LazyText(N_("Send what happens in learning here")))
