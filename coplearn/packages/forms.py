"""Forms of whoever brings packages in."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import Optional, Regexp

from coplearn.kernel.text import N_
from coplearn.packages.rules import CertificateRule
from coplearn.web.forms import Choices, LazyText, PageForm
from coplearn.web.render import say


class PackageForm(PageForm):
    """A package to bring in."""

    file = FileField(
        LazyText(N_("Package")),
        render_kw={"accept": ".zip,application/zip"},
        validators=[FileRequired(LazyText(N_("Choose the zip file of a package.")))],
    )


class CertificateForm(PageForm):
    """The decision about the certificate of a package."""

    is_given = BooleanField(LazyText(N_("Whoever finishes it earns a certificate of this site")))
    score = StringField(
        LazyText(N_("Score that is needed, in percent")),
        validators=[
            Optional(), Regexp(r"^(?:[1-9]\d?|100)$", message=LazyText(N_("Write a whole number from 1 to 100.")))
        ],
        render_kw={"inputmode": "numeric", "maxlength": 3, "autocomplete": "off"},
    )  # fmt: skip

    def rule(self) -> CertificateRule:
        """The decision, once the form is valid."""
        return CertificateRule(bool(self.is_given.data), int(self.score.data) if self.score.data else None)


class LetInForm(CertificateForm):
    """The decision about a package that was read; that about its certificate counts for a package of its own."""

    title = StringField(
        LazyText(N_("Title")),
        render_kw={"maxlength": 200, "dir": "auto", "autocomplete": "off"},
        validators=[Optional()],
    )
    locale = SelectField(LazyText(N_("Language")))
    package = SelectField(LazyText(N_("Take it as")))

    def offer(self, locales: Choices, packages: Choices) -> None:
        """Fill the lists: languages, and packages that it may be a version or another language of."""
        self.locale.choices = locales
        self.package.choices = [("", say(N_("A package of its own"))), *packages]
