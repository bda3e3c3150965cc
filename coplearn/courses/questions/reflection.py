"""A question for the learner alone: written, private, never scored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final, Self

from markupsafe import Markup

from coplearn.courses.plugin import (
    N_,
    Fields,
    Form,
    Incomplete,
    Json,
    Phrase,
    QuestionKind,
    Schema,
    Setting,
    Text,
    element,
    field_error,
    join,
    schema,
    values,
)

MAX_LENGTH: Final = 2000
"""The most characters a reflection holds."""
_PRIVATE: Final = N_("This is only for you. Nobody else sees it, and you may leave it empty.")


@dataclass(frozen=True, slots=True)
class Reflection(QuestionKind):
    """A thought to write down; the answer is the text, empty when nothing was written."""

    hint: Text | None

    kind: ClassVar[str] = "reflection"
    schema: ClassVar[Schema] = {"properties": {"hint": schema.TEXT}}
    scored: ClassVar[bool] = False

    @classmethod
    def parse(cls, fields: Fields) -> Self | None:
        """Read stem and hint."""
        fields.only("id", "kind", "stem", "hint")
        identity, stem, hint = fields.identifier(), fields.text("stem"), fields.text("hint", required=False)
        return None if identity is None or stem is None else cls(identity, stem, hint)

    def texts(self) -> Iterator[tuple[str, Text]]:
        """The hint, when there is one."""
        if self.hint is not None:
            yield "hint", self.hint

    def controls(self, setting: Setting) -> Markup:
        """A box to write in."""
        wrong = self.id in setting.view.errors
        described_by = [
            f"{self.id}-hint" if self.hint else None,
            f"{self.id}-private",
            f"{self.id}-error" if wrong else None,
        ]
        area = element(
            "textarea",
            {
                "class": "reflection",
                "name": self.id,
                "id": self.id,
                "rows": 4,
                "maxlength": MAX_LENGTH,
                "aria-labelledby": f"{self.id}-stem",
                "aria-describedby": " ".join(name for name in described_by if name),
                "aria-invalid": "true" if wrong else None,
            },
            # HTML drops one line break after the tag; this one is there to be dropped.
            "\n",
            "".join(values(setting.view.values, self.id)[:1]),
        )
        return join((self._hint(setting), self._private(setting), area, field_error(setting, self.id)))

    def read(self, form: Form) -> Json:
        """The text, trimmed, its line ends ``\\n``; too long is refused rather than cut."""
        text = "".join(values(form, self.id)[:1]).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        text = text.encode("utf-8", "replace").decode("utf-8").strip()
        if len(text) > MAX_LENGTH:
            raise Incomplete(
                {
                    self.id: Phrase(
                        N_("Your text is too long. Please keep it under %(number)s characters."), {"number": MAX_LENGTH}
                    )
                }
            )
        return text

    def score(self, answer: Json) -> Fraction:
        """Give no score: a thought has no right or wrong."""
        return Fraction(0)

    def review(self, setting: Setting, answer: Json) -> Markup:
        """The text that was written."""
        if not isinstance(answer, str) or not answer:
            return element(
                "p", {"class": "feedback"}, setting.page.say(N_("You left this empty. You can still think about it."))
            )
        lines = [element("p", {"dir": "auto"}, line) for line in answer.split("\n") if line.strip()]
        return join((element("blockquote", {"class": "reflection"}, *lines), self._private(setting)))

    def paper(self, setting: Setting) -> Markup:
        """The hint and room to write."""
        return join((self._hint(setting), element("div", {"class": "lines"})))

    def _hint(self, setting: Setting) -> Markup | None:
        if self.hint is None:
            return None
        said = setting.page.inline(self.context(setting.item, "hint"))
        return element("p", {"class": "question__hint", "id": f"{self.id}-hint"}, said)

    def _private(self, setting: Setting) -> Markup:
        return element("p", {"class": "question__hint", "id": f"{self.id}-private"}, setting.page.say(_PRIVATE))
