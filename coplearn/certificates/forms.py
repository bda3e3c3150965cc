"""The forms of certificates: the name on them, and a number or a file to check."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import StringField
from wtforms.validators import Length, Optional

from coplearn.certificates.rules import NAME_LENGTH
from coplearn.kernel.text import N_
from coplearn.web.render import say


class NameForm(FlaskForm):
    """The name as it will stand on the certificate; what it may be is the domain's law."""

    name = StringField(render_kw={"autocomplete": "name", "maxlength": NAME_LENGTH, "dir": "auto", "required": True})


class NumberForm(FlaskForm):
    """A certificate's number, typed by a stranger."""

    class Meta:
        """A look-up changes nothing, so its address may be shared: no token."""

        csrf = False

    number = StringField(
        validators=[Optional(), Length(max=80, message=N_("That is too long to be a number."))],
        render_kw={"autocomplete": "off", "dir": "ltr", "autocapitalize": "characters", "spellcheck": "false"},
    )


class FileForm(FlaskForm):
    """A certificate's file, to see whether it is as it was made."""

    file = FileField(render_kw={"accept": "application/pdf"})

    def chosen(self) -> bytes | None:
        """The file's bytes; None, with a sentence at the field, when none was chosen."""
        data = self.file.data.read() if self.file.data else b""
        if not data:
            self.file.errors = [say(N_("Choose the certificate's PDF file first."))]
            return None
        return bytes(data)
