"""The form of a platform."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import InputRequired

from coplearn.kernel.text import N_
from coplearn.lti.rules import PlatformDraft
from coplearn.web.forms import LazyText, PageForm, values_for

_LTR = {"dir": "ltr", "maxlength": 500, "inputmode": "url"}


class PlatformForm(PageForm):
    """The data that an administrator copies from a platform's page."""

    name = StringField(
        LazyText(N_("Name of the platform")), validators=[InputRequired()], render_kw={"maxlength": 200, "dir": "auto"}
    )
    issuer = StringField(LazyText(N_("Platform ID (issuer)")), validators=[InputRequired()], render_kw=_LTR)
    client_id = StringField(
        LazyText(N_("Client ID")), validators=[InputRequired()], render_kw={"dir": "ltr", "maxlength": 200}
    )
    login_url = StringField(LazyText(N_("Authentication request URL")), validators=[InputRequired()], render_kw=_LTR)
    token_url = StringField(LazyText(N_("Access token URL")), validators=[InputRequired()], render_kw=_LTR)
    keys_url = StringField(LazyText(N_("Public keyset URL")), validators=[InputRequired()], render_kw=_LTR)
    audience = StringField(LazyText(N_("Audience of tokens, where the platform names one")), render_kw=_LTR)

    def draft(self) -> PlatformDraft:
        """The typed data, without blanks around it."""
        return PlatformDraft(**{name: value.strip() for name, value in values_for(PlatformDraft, self).items()})
