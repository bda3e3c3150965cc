"""The form in which staff choose a package."""

from __future__ import annotations

from wtforms import RadioField, SelectField

from coplearn.course_exports.ordering import PackageWish
from coplearn.course_exports.rules import FORMAT_NAMES
from coplearn.kernel.text import N_, Phrase
from coplearn.web.forms import Choices, LazyText, PageForm
from coplearn.web.render import say

NO_CHECK_SAID = Phrase(N_("There is no check in it. Choose another module or another format."))
ONE_LANGUAGE_SAID = Phrase(N_("This format holds one language. Choose it."))


class ExportOrderForm(PageForm):
    """A package by its format, module, language and country."""

    kind = RadioField(LazyText(N_("Format")))
    module = SelectField(LazyText(N_("Module")))
    language = SelectField(LazyText(N_("Language")))
    country = SelectField(
        LazyText(N_("Country")),
        description=LazyText(N_("What holds there, and whom to call there, stands in the file.")),
    )

    def offer(self, modules: Choices, languages: Choices, countries: Choices) -> None:
        """Fill the lists to choose from."""
        self.kind.choices = [(kind.value, name) for kind, name in FORMAT_NAMES.items()]
        self.module.choices = [("", say(N_("The whole course"))), *modules]
        self.language.choices = [("", say(N_("All languages in one file, as a choice"))), *languages]
        self.country.choices = [("", say(N_("In any country"))), *countries]

    def wish(self, course: str) -> PackageWish:
        """The package as chosen."""
        return PackageWish(
            self.kind.data or "", course, self.module.data or "", self.language.data or "", self.country.data or ""
        )
