"""The closed vocabularies of programme records: what is stored, and how people are told of it."""

from __future__ import annotations

from typing import Final

from coplearn.kernel.text import N_, LabelledEnum


class ActivityKind(LabelledEnum):
    """The kinds of activity that a programme holds."""

    TRAINING = "training", N_("Training")
    TRAINERS = "training-of-trainers", N_("Training of trainers")
    WORKSHOP = "workshop", N_("Workshop")
    CAMPAIGN = "campaign", N_("Campaign")
    PUBLICATION = "publication", N_("Publication or translation")
    PLATFORM = "platform", N_("Work on a platform")
    DRILL = "drill", N_("Drill")
    SESSION = "session", N_("Forum or session")
    ROUND_TABLE = "round-table", N_("Round table")
    CONSULTATION = "consultation", N_("Consultation")
    MISSION = "support-mission", N_("Support mission")
    BODY = "meeting-of-a-body", N_("Meeting of a body")


class ActivityStatus(LabelledEnum):
    """The state of the activity itself, as its source tells it."""

    PLANNED = "planned", N_("Planned")
    UNDER_WAY = "under-way", N_("Under way")
    HELD = "held", N_("Held")
    ENDED = "ended", N_("Ended")
    CANCELLED = "cancelled", N_("Cancelled")


TOOK_PLACE: Final = frozenset({ActivityStatus.HELD, ActivityStatus.ENDED})
"""Counted as held: what ended was held before."""
IS_COUNTED: Final = TOOK_PLACE | {ActivityStatus.UNDER_WAY}
"""Counted at all; what is under way apart from what was held."""


class RecordState(LabelledEnum):
    """The state of a record."""

    DRAFT = "draft", N_("Draft")
    """Nobody but its writer has said that it is so; it counts nowhere."""
    CONFIRMED = "confirmed", N_("Confirmed")
    """By a second person."""
    CORRECTED = "corrected", N_("Corrected")
    """Confirmed again after a correction, whose reason is kept."""
    TAKEN_BACK = "taken-back", N_("Taken back")
    """Written by mistake, such as twice; it counts nowhere and is not deleted."""


STANDS: Final = frozenset({RecordState.CONFIRMED, RecordState.CORRECTED})
"""The states in which a record counts."""


class Precision(LabelledEnum):
    """The exactness with which a source tells when something was."""

    DAY = "day", N_("On certain days")
    MONTH = "month", N_("In certain months")
    QUARTER = "quarter", N_("In certain quarters")
    WITHIN = "within", N_("Some time within a period")


class CountBasis(LabelledEnum):
    """The ground on which a number stands, the firmest first."""

    COUNTED = "counted", N_("Counted from our own records")
    SIGNED = "signature-list", N_("Counted by a list of signatures")
    PARTNER = "partner", N_("Reported by a partner")
    ESTIMATED = "estimated", N_("Estimated")
    NOT_STATED = "not-stated", N_("Not stated")
    """There is no number, which is not the number 0."""


class Qualifier(LabelledEnum):
    """The words before a number that is not exact."""

    EXACT = "exact", N_("Exactly")
    MORE_THAN = "more-than", N_("More than")
    ABOUT = "about", N_("Approximately")
    UP_TO = "up-to", N_("Up to")


class CountUnit(LabelledEnum):
    """The things that a number counts."""

    PEOPLE = "people", N_("People")
    ORGANISATIONS = "organisations", N_("Organisations")
    COUNTRIES = "countries", N_("Countries")
    COPIES = "copies", N_("Copies given out")


class AudienceGroup(LabelledEnum):
    """The groups that an activity is for, or that a number counts."""

    CHILDREN = "children", N_("Children")
    YOUNG_PEOPLE = "young-people", N_("Young people")
    PARENTS = "parents", N_("Parents and carers")
    EDUCATORS = "educators", N_("Educators")
    INDUSTRY = "industry", N_("Industry")
    TECHNOLOGY = "technology-companies", N_("Technology companies")
    OPERATORS = "operators", N_("Network operators")
    POLICYMAKERS = "policymakers", N_("Policymakers")
    GOVERNMENT = "government", N_("Government")
    CIVIL_SOCIETY = "civil-society", N_("Civil society")
    PROFESSIONALS = "professionals", N_("Professionals who work with children")
    STAKEHOLDERS = "stakeholders", N_("Stakeholders")
    """In the source's word, which says no more."""
    PUBLIC = "public", N_("The public")
    OTHERS = "others", N_("Others")
    """In the source's own words."""


class Trait(LabelledEnum):
    """Things that a source says of an activity beside its kind, among them what came of it."""

    MULTI_DAY = "multi-day", N_("Took several days")
    NATIONAL = "national", N_("Across the whole country")
    DEDICATED = "dedicated", N_("For this country alone")
    YOUTH_LED = "youth-led", N_("Led by young people")
    DECLARATION = "declaration", N_("Ended with a declaration")
    STATEMENT = "statement", N_("Made or shaped a statement")
    GUIDELINES = "guidelines", N_("Made or translated guidelines")
    COURSE = "course", N_("Made or translated a course")
    REPORT = "report", N_("Made a report")


class OrganisationKind(LabelledEnum):
    """The kinds of organisation."""

    GOVERNMENT = "government", N_("Government or public body")
    COMPANY = "company", N_("Company")
    CIVIL_SOCIETY = "civil-society", N_("Civil society")
    UNITED_NATIONS = "united-nations", N_("United Nations")
    BODY = "international", N_("Other international body")
    SCHOOL = "school", N_("School")
    ACADEMIA = "academia", N_("University or research")
    MEDIA = "media", N_("Media")
    NOT_STATED = "not-stated", N_("Not stated")


class PartRole(LabelledEnum):
    """The parts that an organisation may have in an activity."""

    PARTNER = "partner", N_("Partner")
    ORGANISER = "organiser", N_("Organiser")
    HOST = "host", N_("Host")
    FUNDER = "funder", N_("Funder")
    SPEAKER = "speaker", N_("Speaker")
    TAKES_PART = "takes-part", N_("Took part")


class CountryRecordKind(LabelledEnum):
    """The kinds of record about a country; each is a thing of its own, and none is ever read as another."""

    ASSESSMENT = "assessment", N_("National assessment")
    FRAMEWORK = "framework", N_("National framework")
    EITHER = "assessment-or-framework", N_("National assessment or framework")
    """The source does not say which."""
    IMPLEMENTATION = "framework-implementation", N_("Carrying out a framework")
    SUPPORT = "support", N_("Technical support")


class CountryStatus(LabelledEnum):
    """The states of what a country has or is given, each on a date."""

    NOT_STATED = "not-stated", N_("Not stated")
    PLANNED = "planned", N_("Planned")
    UNDER_WAY = "under-way", N_("Under way")
    DRAFTED = "drafted", N_("Drafted")
    ADOPTED = "adopted", N_("Adopted")
    IN_FORCE = "in-force", N_("In force")
    COMPLETED = "completed", N_("Brought to its end")
    ENDED = "ended", N_("Ended")


class ProgrammeRole(LabelledEnum):
    """The roles in a programme."""

    FIELD = "field", N_("Writes drafts")
    EDITOR = "editor", N_("Writes and confirms")
    READER = "reader", N_("Reads")
