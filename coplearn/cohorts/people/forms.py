"""Forms of the pages of people: one person, how a cohort is joined, who works in it, and how a file is to be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, SelectField, StringField
from wtforms.validators import InputRequired, Optional

from coplearn.accounts.mail import stored_address
from coplearn.cohorts.people.rules.columns import Column
from coplearn.cohorts.people.rules.headings import folded
from coplearn.cohorts.people.rules.rosters import Fault, FileShape, PersonDraft, Reading, read_person
from coplearn.kernel.text import N_
from coplearn.spreadsheets.encodings import ENCODINGS
from coplearn.spreadsheets.reading import DELIMITERS, MAX_COLUMNS, MAX_LINES
from coplearn.web.forms import Choices, LastDayField, LazyText, PageForm
from coplearn.web.render import say, say_phrase

_LAST_YEAR: Final = 9998
"""The last in which every day has a next one everywhere."""


class PersonForm(PageForm):
    """One person of a cohort. What is good is the rosters' law (``people.rules.rosters.read_person``)."""

    name = StringField(
        LazyText(N_("Name")),
        render_kw={"maxlength": 200, "dir": "auto", "autocomplete": "off"},
        validators=[InputRequired()],
    )
    email = StringField(
        LazyText(N_("Mail address")), render_kw={"type": "email", "maxlength": 254, "dir": "ltr", "autocomplete": "off"}
    )
    phone = StringField(
        LazyText(N_("Telephone")), render_kw={"type": "tel", "maxlength": 64, "dir": "ltr", "autocomplete": "off"}
    )
    organisation = StringField(
        LazyText(N_("Organisation")), render_kw={"maxlength": 200, "dir": "auto", "autocomplete": "off"}
    )
    region = StringField(LazyText(N_("Region")), render_kw={"maxlength": 100, "dir": "auto", "autocomplete": "off"})
    language = SelectField(LazyText(N_("Language")), validate_choice=False)

    def offer(self, languages: Choices) -> None:
        """Fill the list of languages."""
        self.language.choices = languages

    def draft(self, country: str) -> PersonDraft | None:
        """The typed values, or None with the sentences at their fields; telephone numbers are of that country."""
        known = {folded(code): code for code, _ in self.language.choices or []}
        cells = {column: self[column].data or "" for column in Column if column in self}
        person = read_person(0, cells, Reading(lambda word: known.get(folded(word)), country))
        if isinstance(person, Fault):
            for remark in person.remarks:
                field = self[remark.column or "name"]
                field.errors = [*field.errors, say_phrase(remark.reason)]
            return None
        return person


class JoiningForm(PageForm):
    """Until when people may join by the code, and whether somebody looks at each first."""

    last_day = DateField(LazyText(N_("Last day on which the code works")), validators=[Optional()])
    approval = BooleanField(LazyText(N_("I look at each person before they are in")))

    def expires_at(self, zone: str) -> datetime | None:
        """The end of the last day where the cohort is held; None for no end. Raises ValueError for what is no day."""
        if self.last_day.process_errors and any(self.last_day.raw_data):
            raise ValueError
        day: date | None = self.last_day.data
        if day is None:
            return None
        if day.year > _LAST_YEAR:
            raise ValueError
        return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))


def last_day(expires_at: datetime | None, zone: str) -> date | None:
    """The last day on which a code works, where the cohort is held."""
    return (expires_at - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() if expires_at is not None else None


class StaffForm(PageForm):
    """A mail address and a role."""

    email = StringField(
        LazyText(N_("Mail address")),
        validators=[InputRequired()],
        render_kw={"type": "email", "dir": "ltr", "autocomplete": "off"},
    )
    role = SelectField(LazyText(N_("What they do")))
    last_day = LastDayField(LazyText(N_("Last day of the role")), validators=[Optional()])

    def offer(self, roles: Choices) -> None:
        """Fill the list of roles."""
        self.role.choices = roles

    def address(self) -> str | None:
        """The address as it is stored; None, with a sentence at the field, when it is not one."""
        try:
            return stored_address(self.email.data or "")
        except ValueError:
            self.email.errors = [say(N_("That does not look like a mail address. It needs an @ and a dot after it."))]
            return None


OWN: Final = "own"
"""The answer that a word means the cohort's own language."""
_MOST_WORDS: Final = 80


def chosen_shape(form: MultiDict[str, str], shape: FileShape, languages: Mapping[str, str]) -> FileShape:
    """The reading that the person chose; what they left out, or what there is not, stays as it was.

    ``languages`` holds the codes that a word may mean.
    """
    encoding, delimiter = form.get("encoding", ""), form.get("delimiter", "")
    columns = [form.get(f"column-{place}", column) for place, column in enumerate(shape.columns[:MAX_COLUMNS])]
    is_text = shape.kind == "csv"
    return replace(
        shape,
        encoding=encoding if encoding in ENCODINGS and is_text else shape.encoding,
        delimiter=delimiter if delimiter in DELIMITERS and is_text else shape.delimiter,
        header=_number(form.get("header", ""), MAX_LINES, shape.header),
        sheet=_number(form.get("sheet", ""), len(shape.sheets) - 1, shape.sheet),
        columns=_once_each(columns),
        take_part=form.get("take_part") == "yes",
        words={**shape.words, **_words(form, languages)},
        told=True,
    )


def _number(text: str, most: int, otherwise: int) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else -1
    return number if 0 <= number <= most else otherwise


def _words(form: MultiDict[str, str], languages: Mapping[str, str]) -> dict[str, str]:
    """The meanings of words for languages, as far as they were said."""
    said: dict[str, str] = {}
    for place in range(_MOST_WORDS):
        word, meaning = folded(form.get(f"word-{place}", "")[:80]), form.get(f"means-{place}", "")
        if word and (meaning in languages or meaning == OWN):
            said[word] = "" if meaning == OWN else meaning
    return said


def _once_each(columns: Sequence[str]) -> tuple[str, ...]:
    known, chosen = set(Column), list[str]()
    for column in columns:
        chosen.append(Column(column) if column in known and column not in chosen else "")
    return tuple(chosen)
