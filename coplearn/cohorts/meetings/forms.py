"""Forms of the pages of meetings: one, several days at once, a day again, and a register."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from werkzeug.exceptions import BadRequest
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput

from coplearn.cohorts.common.rules.words import Presence, Via
from coplearn.cohorts.meetings.rules.marking import DOOR, LONGEST_OP
from coplearn.cohorts.meetings.rules.meetings import MeetingDetails
from coplearn.cohorts.meetings.service.attendance import Sent
from coplearn.kernel.text import N_
from coplearn.web.forms import Choices, LazyText, PageForm, values_for
from coplearn.web.render import say


class MeetingForm(PageForm):
    """Everything a person decides about one meeting. What it may be is the domain's law."""

    title = StringField(
        LazyText(N_("Name of the meeting")), validators=[InputRequired()], render_kw={"maxlength": 200, "dir": "auto"}
    )
    day = DateField(LazyText(N_("Day")), validators=[InputRequired()])
    begins = TimeField(LazyText(N_("Begins at")), validators=[InputRequired()])
    begins_reading = RadioField(
        LazyText(N_("Which hour does it begin?")), validate_choice=False, validators=[Optional()], choices=[]
    )
    ends = TimeField(LazyText(N_("Ends at")), validators=[InputRequired()])
    ends_reading = RadioField(
        LazyText(N_("Which hour does it end?")), validate_choice=False, validators=[Optional()], choices=[]
    )
    mandatory = BooleanField(LazyText(N_("Everybody has to be there")))
    makes_up = SelectField(LazyText(N_("It makes up for")), validate_choice=False)
    room = StringField(LazyText(N_("Room or place")), render_kw={"maxlength": 200, "dir": "auto"})
    link = StringField(
        LazyText(N_("Link to join online")),
        render_kw={"type": "url", "maxlength": 500, "dir": "ltr", "inputmode": "url", "autocomplete": "off"},
    )
    topics = SelectMultipleField(
        LazyText(N_("Modules it deals with")), validate_choice=False, option_widget=CheckboxInput()
    )
    with_children = BooleanField(LazyText(N_("Children take part")))
    safeguarding_lead = StringField(LazyText(N_("Safeguarding lead")), render_kw={"maxlength": 200, "dir": "auto"})
    vetted_adults = TextAreaField(
        LazyText(N_("Vetted adults, one on each line")), render_kw={"maxlength": 400, "dir": "auto", "rows": 3}
    )

    def offer(self, meetings: Choices, modules: Choices) -> None:
        """Fill the lists to choose from, in the page's language."""
        self.makes_up.choices = [("", say(N_("Nothing: it is a meeting of its own"))), *meetings]
        self.topics.choices = modules

    def details(self) -> MeetingDetails:
        """The typed values; an hour or a day that cannot be read is None, which the rules refuse in words."""
        values = values_for(MeetingDetails, self)
        values["link"] = values["link"].strip()
        values["topics"] = tuple(_pair(topic) for topic in values["topics"])
        for name in ("begins_reading", "ends_reading"):
            values[name] = _reading(values[name])
        return MeetingDetails(**values)


def topic_value(course: str, module: str) -> str:
    """A module in a list of choices."""
    return f"{course}/{module}"


def _pair(value: str) -> tuple[str, str]:
    course, _, module = value.partition("/")
    return course, module


def _reading(value: str) -> int | None:
    return int(value) if value in ("0", "1") else None


class DaysForm(PageForm):
    """The same hours on several days."""

    title = StringField(
        LazyText(N_("Name of the meeting")), validators=[InputRequired()], render_kw={"maxlength": 200, "dir": "auto"}
    )
    day = DateField(LazyText(N_("First day")), validators=[InputRequired()])
    count = IntegerField(
        LazyText(N_("How many days")),
        default=3,
        validators=[InputRequired()],
        render_kw={"inputmode": "numeric", "min": 1, "max": 30},
    )
    weekdays = SelectMultipleField(
        LazyText(N_("On these days of the week")), validate_choice=False, option_widget=CheckboxInput()
    )
    begins = TimeField(LazyText(N_("Begins at")), validators=[InputRequired()])
    ends = TimeField(LazyText(N_("Ends at")), validators=[InputRequired()])
    room = StringField(LazyText(N_("Room or place")), render_kw={"maxlength": 200, "dir": "auto"})
    mandatory = BooleanField(LazyText(N_("Everybody has to be there")))

    def offer(self, weekdays: Choices) -> None:
        """Fill the days of the week; 0 is Monday."""
        self.weekdays.choices = weekdays

    def details(self) -> MeetingDetails:
        """The first day's meeting."""
        return MeetingDetails(**values_for(MeetingDetails, self))

    def chosen(self) -> list[int]:
        """The days of the week that are ticked."""
        return [int(value) for value in self.weekdays.data or () if value in set("0123456")]


class CopyDayForm(PageForm):
    """A day of the timetable, and where to put it again."""

    source = SelectField(LazyText(N_("Copy the meetings of")), validate_choice=False)
    target = DateField(LazyText(N_("To this day")), validators=[InputRequired()])

    def offer(self, days: Choices) -> None:
        """Fill the days there are, as ISO dates."""
        self.source.choices = days

    def chosen(self) -> tuple[date, date] | None:
        """Both days; None when one cannot be read."""
        try:
            source = date.fromisoformat(self.source.data or "")
        except ValueError:
            return None
        target: date | None = None if self.target.process_errors else self.target.data
        return (source, target) if target is not None else None


_LONGEST_ID: Final = 16
_MOST_REV: Final = 1_000_000_000
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
"""What no database takes in a text."""
_OF_A_PAGE: Final = (Via.REGISTER, Via.PAPER, Via.CARD)
_OF_A_DEVICE: Final = (Via.REGISTER, Via.OFFLINE, Via.PAPER)


def read_register(form: Mapping[str, str], now: datetime) -> list[Sent]:
    """The marks of a register's form: rows whose choice is another than the page had shown.

    ``s-<member>`` is the choice, ``w-<member>`` what was shown (``rev:status``), ``key`` names the page, ``rest`` a
    status for all who have none. Raises BadRequest for what no page of ours sends.
    """
    key, via, rest = form.get("key", ""), form.get("via", Via.REGISTER), form.get("rest", "")
    if not 8 <= len(key) <= 64 or via not in _OF_A_PAGE or rest not in ("", Presence.PRESENT):
        raise BadRequest
    marks = []
    for name, shown in form.items():
        if name.startswith("w-"):
            member = name[2:]
            rev, _, status = shown.partition(":")
            chosen = form.get(f"s-{member}", "") or (rest if not status else "")
            if chosen and chosen != status:
                marks.append(Sent(_op_id(key, member, chosen, rev), member, chosen, _rev(rev), now, via))
    return marks


def _op_id(key: str, *parts: str) -> str:
    """The same for the same choice on the same page, so that a second press is the same mark."""
    return hashlib.sha256("\n".join((key, *parts)).encode()).hexdigest()[:40]


def _rev(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise BadRequest
    return int(text)


def read_marks(body: object, now: datetime, *, longest: tuple[int, int] = (_LONGEST_ID, _LONGEST_ID)) -> list[Sent]:
    """The marks that a device sends as JSON (``{"marks": […]}``). Raises BadRequest for what no page of ours sends.

    ``longest`` are the most characters of what is marked, and of what it is marked with.
    """
    marks = body.get("marks") if isinstance(body, dict) else None
    if not isinstance(marks, list):
        raise BadRequest
    return [_mark(one, now, longest) for one in marks]


def _mark(one: Any, now: datetime, longest: tuple[int, int]) -> Sent:
    if not isinstance(one, dict):
        raise BadRequest
    rev = one.get("rev")
    if isinstance(rev, bool) or not isinstance(rev, int) or not 0 <= rev <= _MOST_REV:
        raise BadRequest
    via, op_id = _text(one, "via", 16), _text(one, "op", LONGEST_OP)
    # The server makes the marks of the door itself, and nobody may use their names up.
    if via not in _OF_A_DEVICE or op_id.startswith(DOOR):
        raise BadRequest
    return Sent(
        op_id=op_id,
        member=_text(one, "member", longest[0]),
        status=_text(one, "status", longest[1]),
        base_rev=rev,
        made_at=_made_at(one.get("made"), now),
        via=via,
        after=_text(one, "after", LONGEST_OP),
    )


def _text(one: Mapping[str, Any], name: str, longest: int) -> str:
    value = one.get(name, "")
    if not isinstance(value, str) or len(value) > longest or _UNSTORABLE.search(value):
        raise BadRequest
    return value


def _made_at(value: object, now: datetime) -> datetime:
    """The device's clock in milliseconds since 1970; the server's time for a clock that cannot be right."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 4_000_000_000_000:
        return datetime.fromtimestamp(value / 1000, UTC)
    return now
