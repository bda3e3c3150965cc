"""Forms of whoever brings packages in."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField

from coplearn.kernel.text import N_
from coplearn.web.forms import Choices, LazyText, PageForm
from coplearn.web.render import say


class PackageForm(PageForm):
    """A package to bring in."""

    file = FileField(
        LazyText(N_("Package")),
        render_kw={"accept": ".zip,application/zip"},
        validators=[FileRequired(LazyText(N_("Choose the zip file of a package.")))],
    )


class LetInForm(PageForm):
    """The decision about a package that was read."""

    locale = SelectField(LazyText(N_("Language")))
    package = SelectField(LazyText(N_("Take it as")))

    def offer(self, locales: Choices, packages: Choices) -> None:
        """Fill the lists: languages, and packages that it may be a version or another language of."""
        self.locale.choices = locales
        self.package.choices = [("", say(N_("A package of its own"))), *packages]
