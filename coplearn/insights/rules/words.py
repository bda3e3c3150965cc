"""How people are told of what is counted: names, and a sentence that defines each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from coplearn.insights.rules.report import Dimension, Measure
from coplearn.insights.rules.suppression import Hidden
from coplearn.kernel.text import N_

MEASURES: Final[Mapping[Measure, str]] = {
    Measure.TRAINED: N_("Trained"),
    Measure.COMPLETED: N_("Completed"),
    Measure.CERTIFIED: N_("Certified"),
    Measure.REVOKED: N_("Taken back"),
    Measure.COHORTS: N_("Cohorts"),
    Measure.MEETINGS: N_("Meetings"),
    Measure.FINISHED: N_("Finished an online course"),
    Measure.CHILDREN: N_("Children at meetings"),
}
DEFINITIONS: Final[Mapping[Measure, str]] = {
    Measure.TRAINED: N_(
        "People who were present, late or left early at one or more meetings held in the period. Somebody who was in two"
        " cohorts is counted once in all, and once in each row."
    ),
    Measure.COMPLETED: N_(
        "People whose training ended in the period with the outcome “Certified” or “Completed without certification”."
        " What was decided last counts, and a certificate that was taken back does not."
    ),
    Measure.CERTIFIED: N_(
        "People who were certified in the period and whose certificate was not taken back since. A renewed certificate"
        " counts in the period of the first one."
    ),
    Measure.REVOKED: N_(
        "People who were certified in the period and whose certificate was taken back since, on any day."
    ),
    Measure.COHORTS: N_("Cohorts with one or more meetings held in the period."),
    Measure.MEETINGS: N_("Meetings that began in the period, are over and were not cancelled."),
    Measure.FINISHED: N_(
        "People who did the last open step of an online course in the period. Whoever has finished a course stays counted,"
        " also when it gets new steps later. They may belong to a cohort or learn on their own, with or without an account,"
        " and with or without a certificate. Somebody without an account who uses two devices is counted twice."
    ),
    Measure.CHILDREN: N_(
        "Children who were counted at meetings held in the period. Nobody knows their names, so a child who came to two"
        " meetings is counted twice."
    ),
}
DIMENSIONS: Final[Mapping[Dimension, str]] = {
    Dimension.COUNTRY: N_("Country"),
    Dimension.AUDIENCE: N_("Whom it is for"),
    Dimension.LANGUAGE: N_("Language"),
    Dimension.TIER: N_("Step"),
    Dimension.KIND: N_("What it is for"),
    Dimension.REGION: N_("Region or town"),
    Dimension.COURSE: N_("Online course"),
    Dimension.AGE: N_("Age"),
}
TABLES: Final[Mapping[Dimension, str]] = {
    Dimension.COUNTRY: N_("By country"),
    Dimension.AUDIENCE: N_("By audience"),
    Dimension.LANGUAGE: N_("By language"),
    Dimension.TIER: N_("By tier"),
    Dimension.KIND: N_("By kind of cohort"),
    Dimension.REGION: N_("By region"),
    Dimension.COURSE: N_("By online course"),
    Dimension.AGE: N_("By age"),
}
HIDDEN: Final[Mapping[Hidden, str]] = {
    Hidden.SMALL: N_("Fewer than 5"),
    Hidden.WITHHELD: N_("Not shown"),
}
ROW_RULES: Final = (
    N_(
        "Language: for people, the one they are written to in; for cohorts and meetings, the cohort's first one; for online"
        " courses, the one of the last step."
    ),
    N_(
        "Step: how many steps the training is away from the authors of the courses. Trainers who were trained by the"
        " programme are tier 1, those whom they train are tier 2."
    ),
)
HIDING: Final = N_(
    "Numbers of people from 1 to 4 are shown as “Fewer than 5”, so that nobody can be recognised. “Not shown” stands where"
    " such a number could be worked out by subtraction. “Not stated” is not zero: these people are counted, and nobody"
    " said which row they belong to."
)
