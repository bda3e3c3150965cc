"""Forms of activities: a whole one, the one-minute one, the question of a list, and evidence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from wtforms import (
    DateField,
    FileField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput

from coplearn.cohorts.common.rules.words import AgeBand
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, Phrase
from coplearn.programme.forms.records import LONG, TEXT, labels, typed_span
from coplearn.programme.forms.rows import NameReader, ReachRow, country_lines, language_codes, reach_line
from coplearn.programme.rules.periods import span
from coplearn.programme.rules.reading import UnreadableText, read_day
from coplearn.programme.rules.records import ActivityContent, CountryLine, PartnerLine, ReachLine
from coplearn.programme.rules.words import (
    ActivityKind,
    ActivityStatus,
    AudienceGroup,
    CountBasis,
    Precision,
    Trait,
)
from coplearn.web.forms import Choices, JudgedForm, LazyText, PageForm
from coplearn.web.render import say


class ActivityForm(PageForm):
    """Everything that a version of an activity says, but its partners and numbers, which stand in rows."""

    title = StringField(LazyText(N_("Title")), validators=[InputRequired()], render_kw=TEXT)
    kind = SelectField(LazyText(N_("Kind")), validate_choice=False)
    status = RadioField(LazyText(N_("Where it stands")), default=ActivityStatus.HELD.value)
    precision = RadioField(LazyText(N_("It takes place")), default=Precision.DAY.value)
    since = DateField(LazyText(N_("From")), validators=[InputRequired()])
    until = DateField(LazyText(N_("Until")), validators=[Optional()])
    countries = TextAreaField(LazyText(N_("Countries, one on each line")), render_kw={**LONG, "rows": 3})
    place = StringField(LazyText(N_("Place")), render_kw=TEXT)
    audiences = SelectMultipleField(
        LazyText(N_("Whom it is for")), validate_choice=False, option_widget=CheckboxInput()
    )
    audience_words = StringField(LazyText(N_("Whom it is for, in the words of the source")), render_kw=TEXT)
    languages = StringField(LazyText(N_("Languages, with commas between them")), render_kw=TEXT)
    traits = SelectMultipleField(
        LazyText(N_("What the source says of it")), validate_choice=False, option_widget=CheckboxInput()
    )
    words = TextAreaField(LazyText(N_("In a few sentences")), render_kw=LONG)
    source = StringField(LazyText(N_("Source")), render_kw={"maxlength": 1000, "dir": "auto"})
    course_ids = SelectMultipleField(LazyText(N_("Courses")), validate_choice=False, option_widget=CheckboxInput())
    about = SelectField(LazyText(N_("It is the same as this record of the site")), validate_choice=False)
    programme = SelectField(LazyText(N_("Programme")), validate_choice=False)
    why = StringField(LazyText(N_("Reason of the correction")), render_kw={"maxlength": 300, "dir": "auto"})
    base = HiddenField()

    def summary_of_errors(self, rows: Iterable[ReachRow]) -> list[tuple[str, str]]:
        """Everything that is wrong, of the fields and of the rows of numbers, with the control to mend."""
        wrong = [(f"reach-{place}-number", row.error) for place, row in enumerate(rows) if row.error]
        return [*self.summary(), *wrong]

    def offer(self, courses: Choices, own: Choices, programmes: Choices) -> None:
        """Fill the lists to choose from, in the page's language."""
        self.kind.choices = labels(ActivityKind)
        self.status.choices = labels(ActivityStatus)
        self.precision.choices = labels(Precision)
        self.audiences.choices = labels(AudienceGroup)
        self.traits.choices = labels(Trait)
        self.course_ids.choices = courses
        self.about.choices = [("", say(N_("None"))), *own]
        self.programme.choices = [("", say(N_("None"))), *programmes]


def drafted(
    form: ActivityForm, partners: tuple[PartnerLine, ...], reach: list[ReachLine], names: NameReader
) -> ActivityContent | None:
    """The content that the form says; None, with a sentence at each field that is wrong."""
    problems: dict[str, Phrase] = {}
    countries: tuple[CountryLine, ...] = ()
    languages: tuple[str, ...] = ()
    days = typed_span(form)
    if not (form.title.data or "").strip():
        problems["title"] = Phrase(N_("Give the activity a title."))
    if form.kind.data not in set(ActivityKind):
        problems["kind"] = Phrase(N_("Choose a kind."))
    try:
        countries = country_lines(form.countries.data or "", names)
    except Refused as refused:
        problems["countries"] = refused.phrase
    try:
        languages = language_codes(form.languages.data or "", names)
    except Refused as refused:
        problems["languages"] = refused.phrase
    form.blame(problems)
    if problems or days is None:
        return None
    status = form.status.data if form.status.data in set(ActivityStatus) else ActivityStatus.HELD
    offered = {value for value, _ in form.about.choices or ()}
    courses = {value for value, _ in form.course_ids.choices or ()}
    return ActivityContent(
        title=form.title.data,
        kind=ActivityKind(form.kind.data),
        status=ActivityStatus(status),
        span=days,
        countries=countries,
        place=(form.place.data or "").strip(),
        audiences=tuple(AudienceGroup(one) for one in form.audiences.data or () if one in set(AudienceGroup)),
        audience_words=(form.audience_words.data or "").strip(),
        partners=partners,
        languages=languages,
        reach=tuple(reach),
        traits=tuple(Trait(one) for one in form.traits.data or () if one in set(Trait)),
        course_ids=tuple(one for one in form.course_ids.data or () if one in courses),
        about=form.about.data if form.about.data in offered else "",
        summary=(form.words.data or "").strip(),
        source=(form.source.data or "").strip(),
    )


class QuickForm(PageForm):
    """An activity in one minute, on a phone: what, where, when, how many."""

    kind = SelectField(LazyText(N_("What was it?")), validate_choice=False)
    title = StringField(LazyText(N_("Title")), validators=[InputRequired()], render_kw=TEXT)
    day = DateField(LazyText(N_("Day")), validators=[InputRequired()])
    country = SelectField(LazyText(N_("Country")), validate_choice=False)
    place = StringField(LazyText(N_("Place")), render_kw=TEXT)
    group = SelectField(LazyText(N_("Who came?")), validate_choice=False)
    number = StringField(LazyText(N_("How many came?")), render_kw={"inputmode": "numeric", "maxlength": 12})
    basis = SelectField(
        LazyText(N_("How do you know the number?")), validate_choice=False, render_kw={"required": True}
    )
    age_band = SelectField(LazyText(N_("Age of the children")), validate_choice=False)
    words = TextAreaField(LazyText(N_("A sentence about it")), render_kw={**LONG, "rows": 2})
    programme = SelectField(LazyText(N_("Programme")), validate_choice=False)

    def offer(self, countries: Choices, programmes: Choices) -> None:
        """Fill the lists to choose from, in the page's language."""
        self.kind.choices = labels(ActivityKind)
        self.country.choices = countries if len(countries) == 1 else [("", say(N_("Not stated"))), *countries]
        self.group.choices = [("", say(N_("Not stated"))), *labels(AudienceGroup)]
        # Nothing is chosen beforehand: a ground that nobody looked at would be told as theirs.
        grounds = [one for one in labels(CountBasis) if one[0] != CountBasis.COUNTED]
        self.basis.choices = [("", say(N_("Choose one"))), *grounds]
        self.age_band.choices = [("", say(N_("Not stated"))), *labels(AgeBand)]
        self.programme.choices = [("", say(N_("None"))), *programmes]


def quick_content(fields: Mapping[str, str], countries: Collection[str]) -> ActivityContent:
    """The activity that the one-minute form tells. Raises Refused with a sentence for whoever filled it in.

    ``countries`` are those that were offered.
    """
    sent = {name: fields.get(name, "").strip() for name in ("kind", "title", "day", "country", "place", "group")}
    if sent["kind"] not in set(ActivityKind):
        raise Refused(N_("Choose a kind."))
    if sent["country"] and sent["country"] not in countries:
        raise Refused(N_("Choose a country."))
    try:
        day = read_day(sent["day"])
        row = ReachRow(
            sent["group"],
            number=fields.get("number", "").strip(),
            basis=fields.get("basis", ""),
            age_band=fields.get("age_band", "") if sent["group"] == AudienceGroup.CHILDREN else "",
        )
        if not row.number:
            row = replace(row, basis=CountBasis.NOT_STATED.value)
        reach = (reach_line(row),) if row.group or row.number else ()
    except UnreadableText as unreadable:
        raise Refused(unreadable.phrase.text, **unreadable.phrase.params) from unreadable
    return ActivityContent(
        title=sent["title"],
        kind=ActivityKind(sent["kind"]),
        status=ActivityStatus.HELD,
        span=span(day, None, Precision.DAY),
        countries=(CountryLine(sent["country"]),) if sent["country"] else (),
        place=sent["place"],
        audiences=tuple(line.group for line in reach),
        reach=reach,
        summary=fields.get("words", "").strip(),
    )


class FilterForm(JudgedForm):
    """The question of a list of activities. It is sent in the address."""

    since = DateField(LazyText(N_("From")), name="from", validators=[Optional()])
    until = DateField(LazyText(N_("Until")), name="to", validators=[Optional()])
    country = SelectField(LazyText(N_("Country")), validate_choice=False)
    kind = SelectField(LazyText(N_("Kind")), validate_choice=False)
    status = SelectField(LazyText(N_("Where it stands")), validate_choice=False)
    state = SelectField(LazyText(N_("Record")), validate_choice=False)
    programme = SelectField(LazyText(N_("Programme")), validate_choice=False)

    def offer(self, countries: Choices, states: Choices, programmes: Choices) -> None:
        """Fill the lists to choose from, in the page's language."""
        every = [("", say(N_("All of them")))]
        self.country.choices = [*every, *countries]
        self.kind.choices = [*every, *labels(ActivityKind)]
        self.status.choices = [*every, *labels(ActivityStatus)]
        self.state.choices = [*every, *states]
        self.programme.choices = [*every, *programmes]


class EvidenceForm(PageForm):
    """A link or a file that shows that an activity was as it is told."""

    title = StringField(LazyText(N_("What it is")), validators=[InputRequired()], render_kw=TEXT)
    link = StringField(
        LazyText(N_("Link")), render_kw={"type": "url", "maxlength": 1000, "dir": "ltr", "inputmode": "url"}
    )
    file = FileField(LazyText(N_("Or a file")))
