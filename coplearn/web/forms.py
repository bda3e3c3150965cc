"""The base of forms: labels in the page's language, values as a dataclass takes them, and sentences at their fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, Field, Form, IntegerField, SelectMultipleField, TimeField

from coplearn.kernel.clock import end_of
from coplearn.kernel.text import N_, Phrase
from coplearn.web.render import say, say_phrase

Choices = list[tuple[str, str]]
_LAST_YEAR: Final = 9998
"""Of years that a day may have: the midnight behind it must be a time, too."""


class LazyText:
    """An interface sentence that is said when it is shown, in the page's language; plain text, which templates escape.

    Flask-Babel's ``LazyString`` says of itself that it is HTML, and would let a translation write into the page.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return say(self._text)


class JudgedForm(Form):
    """A form whose fields are judged by the domain's rules; sent in an address, it changes nothing and needs no token."""

    def blame(self, problems: Mapping[str, Phrase]) -> None:
        """Put each sentence at its field."""
        for name, phrase in problems.items():
            self[name].errors = [say_phrase(phrase)]

    def summary(self) -> list[tuple[str, str]]:
        """(id of the control, sentence) of all that is wrong, in the order of the page."""
        return [(field.id, str(field.errors[0])) for field in self if field.errors]


class PageForm(JudgedForm, FlaskForm):
    """A form that a page of ours sends to change something, with a token."""


class LastDayField(DateField):
    """The last day of something that ends by itself; it may be left empty, and then there is no end."""

    def until(self) -> datetime | None:
        """The end of that day; a sentence at the field if it is no day."""
        day = self.data
        if (self.process_errors and any(self.raw_data)) or (day and day.year > _LAST_YEAR):
            self.errors = [say(N_("That is no day. Write it as in 2027-03-31."))]
            return None
        return end_of(day) if day else None


def values_for(kind: type, form: Form) -> dict[str, Any]:
    """The typed values by the names of the dataclass's fields that the form has.

    Text is never None, several choices are a tuple. A day or an hour that cannot be read is None; a number that cannot
    be read is -1, and None where its field may be left empty and was.
    """
    return {one.name: _value(form[one.name]) for one in fields(kind) if one.name in form}


def _value(field: Field) -> Any:
    if isinstance(field, BooleanField):
        return bool(field.data)
    if isinstance(field, SelectMultipleField):
        return tuple(field.data or ())
    if isinstance(field, IntegerField):
        empty = field.flags.optional and not any(field.raw_data or ())
        return field.data if field.data is not None or empty else -1
    return field.data if isinstance(field, DateField | TimeField) else field.data or ""
