"""The indicators of the report: what each counts, under which name, by which rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from coplearn.kernel.text import N_
from coplearn.period_reports.rules.counting import Indicator, Theme, Unit
from coplearn.programme.rules.words import ActivityKind as Kind
from coplearn.programme.rules.words import CountryRecordKind, CountUnit, Trait

THEMES: Final[Mapping[Theme, str]] = {
    Theme.RESOURCES: N_("Resources and languages"),
    Theme.CAPACITY: N_("Capacity building"),
    Theme.FRAMEWORKS: N_("National frameworks"),
    Theme.EVENTS: N_("Events and dialogue"),
    Theme.SUPPORT: N_("Technical support"),
    Theme.PARTNERSHIPS: N_("Partnerships"),
}


def _of(*kinds: str) -> frozenset[str]:
    return frozenset(str(kind) for kind in kinds)


_HAS: Final = _of(CountryRecordKind.ASSESSMENT, CountryRecordKind.FRAMEWORK, CountryRecordKind.EITHER)
_TALKS: Final = _of(Kind.SESSION, Kind.ROUND_TABLE, Kind.CONSULTATION, Kind.DRILL, Kind.BODY)

INDICATORS: Final = (
    Indicator("un-languages", Theme.RESOURCES, Unit.UN_LANGUAGES, _of(Kind.PUBLICATION)),
    Indicator("other-languages", Theme.RESOURCES, Unit.OTHER_LANGUAGES, _of(Kind.PUBLICATION)),
    Indicator("publications", Theme.RESOURCES, Unit.RECORDS, _of(Kind.PUBLICATION)),
    Indicator("platforms", Theme.RESOURCES, Unit.RECORDS, _of(Kind.PLATFORM)),
    Indicator("campaigns", Theme.RESOURCES, Unit.COUNTRIES, _of(Kind.CAMPAIGN)),
    Indicator("training", Theme.CAPACITY, Unit.COUNTRIES, _of(Kind.TRAINING)),
    Indicator("trainers", Theme.CAPACITY, Unit.COUNTRIES, _of(Kind.TRAINERS)),
    Indicator("workshops", Theme.CAPACITY, Unit.COUNTRIES, _of(Kind.WORKSHOP), str(Trait.MULTI_DAY)),
    Indicator("capacity", Theme.CAPACITY, Unit.RECORDS, _of(Kind.TRAINING, Kind.TRAINERS, Kind.WORKSHOP)),
    Indicator("frameworks", Theme.FRAMEWORKS, Unit.COUNTRIES, _HAS),
    Indicator("carrying-out", Theme.FRAMEWORKS, Unit.COUNTRIES, _of(CountryRecordKind.IMPLEMENTATION)),
    Indicator("drills", Theme.EVENTS, Unit.RECORDS, _of(Kind.DRILL)),
    Indicator("round-tables", Theme.EVENTS, Unit.RECORDS, _of(Kind.ROUND_TABLE)),
    Indicator("declarations", Theme.EVENTS, Unit.RECORDS, frozenset(), str(Trait.DECLARATION)),
    Indicator("sessions", Theme.EVENTS, Unit.RECORDS, _of(Kind.SESSION)),
    Indicator("consultations", Theme.EVENTS, Unit.RECORDS, _of(Kind.CONSULTATION)),
    Indicator("consulted", Theme.EVENTS, Unit.AMOUNTS, _TALKS, of=str(CountUnit.COUNTRIES)),
    Indicator("bodies", Theme.EVENTS, Unit.RECORDS, _of(Kind.BODY)),
    Indicator("support", Theme.SUPPORT, Unit.COUNTRIES, _of(CountryRecordKind.SUPPORT)),
    Indicator("missions", Theme.SUPPORT, Unit.RECORDS, _of(Kind.MISSION)),
    Indicator("organisations", Theme.PARTNERSHIPS, Unit.ORGANISATIONS, frozenset()),
    Indicator("contributing", Theme.PARTNERSHIPS, Unit.AMOUNTS, frozenset(), of=str(CountUnit.ORGANISATIONS)),
)
BY_KEY: Final[Mapping[str, Indicator]] = {one.key: one for one in INDICATORS}
HEADLINES: Final = (
    "frameworks", "support", "training", "trainers", "workshops", "drills", "declarations", "un-languages",
)  # fmt: skip
"""Those of the first page, in its order."""
PER_COUNTRY: Final = ("training", "trainers", "workshops", "campaigns", "frameworks", "carrying-out", "support")
"""Those that the table of countries and the small charts show."""

NAMES: Final[Mapping[str, str]] = {
    "un-languages": N_("Official languages of the United Nations with published resources"),
    "other-languages": N_("Other languages with published resources"),
    "publications": N_("Publications and translations"),
    "platforms": N_("Work on platforms"),
    "campaigns": N_("Countries with a campaign"),
    "training": N_("Countries with dedicated training"),
    "trainers": N_("Countries with training of trainers"),
    "workshops": N_("Countries with workshops of several days"),
    "capacity": N_("Trainings and workshops"),
    "frameworks": N_("Countries with a national assessment or framework"),
    "carrying-out": N_("Countries that carry out a framework"),
    "drills": N_("Drills"),
    "round-tables": N_("Round tables"),
    "declarations": N_("Declarations"),
    "sessions": N_("Forums and sessions"),
    "consultations": N_("Consultations"),
    "consulted": N_("Countries of those who took part, as sources say"),
    "bodies": N_("Meetings of bodies"),
    "support": N_("Countries with continuing technical support"),
    "missions": N_("Support missions"),
    "organisations": N_("Organisations named as partners"),
    "contributing": N_("Organisations that took part, as sources say"),
}
UNITS: Final[Mapping[Unit, str]] = {
    Unit.COUNTRIES: N_("Countries"),
    Unit.RECORDS: N_("Records"),
    Unit.UN_LANGUAGES: N_("Official languages of the United Nations with published resources"),
    Unit.OTHER_LANGUAGES: N_("Other languages with published resources"),
    Unit.ORGANISATIONS: N_("Organisations named as partners"),
    Unit.AMOUNTS: N_("Numbers and their basis"),
}
UNIT_RULES: Final[Mapping[Unit, str]] = {
    Unit.COUNTRIES: N_("Each country counts once, whatever number of records tell of it."),
    Unit.RECORDS: N_("Each record counts once, also when it names several countries."),
    Unit.UN_LANGUAGES: N_("Each of the six languages counts once."),
    Unit.OTHER_LANGUAGES: N_("Each language counts once."),
    Unit.ORGANISATIONS: N_(
        "Each organisation counts once. Names that nobody has matched with an organisation count as they are written."
    ),
    Unit.AMOUNTS: N_(
        "Numbers as the sources give them. Only exact numbers of one basis are added up; “more than”, “about” and “up to”"
        " stand by themselves."
    ),
}
RULES: Final = (
    N_("A record belongs to the period when a day of it does."),
    N_(
        "Of some records it is only known that they were within a longer time. They are counted in every period that this"
        " time overlaps, and how many they are is said."
    ),
    N_("What was held, has ended or is under way is counted. What is planned or cancelled is listed, and not counted."),
    N_("Only records that a second person has confirmed are counted."),
    N_(
        "An assessment, a framework and the carrying out of a framework are different things, and none counts as another."
    ),
    N_(
        "“Not stated” means that the source gives no number. It is not zero, and it is never added to numbers that are"
        " stated."
    ),
    N_(
        "Numbers of people from different sources stand side by side and are not added: the same people may be in both."
    ),
)
