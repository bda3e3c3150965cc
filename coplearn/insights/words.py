"""The words for what is counted: names, and a sentence that defines each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from coplearn.insights.rules import Dimension, Measure, Stays
from coplearn.kernel.text import N_

MEASURES: Final[Mapping[Measure | Stays, str]] = {
    Measure.TRAINED: N_("Trained"),
    Measure.COMPLETED: N_("Completed"),
    Measure.CERTIFIED: N_("Certified"),
    Measure.REVOKED: N_("Taken back"),
    Measure.COHORTS: N_("Cohorts"),
    Measure.MEETINGS: N_("Meetings"),
    Measure.FINISHED: N_("Finished an online course"),
    Measure.CHILDREN: N_("Children at meetings"),
    Stays.ASKED: N_("Asked again"),
    Stays.ANSWERED: N_("Answered, in percent"),
    Stays.RIGHT: N_("Right, in percent of the answers"),
}
DEFINITIONS: Final[Mapping[Measure | Stays, str]] = {
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
    Stays.ASKED: N_(
        "People who had asked for a question after a course, each time one was due in the period: by letter or at their next"
        " visit. Who stopped before it was answered is not counted."
    ),
    Stays.ANSWERED: N_("Of those, how many answered. It is told from 20 people on."),
    Stays.RIGHT: N_(
        "Of the answers, how many were right in full. It is told from 20 answers on. They are those of people who like to be"
        " asked: of everybody who took the course they tell only a part."
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
    Dimension.LATER: N_("Online course, and how much later"),
}
TABLES: Final[Mapping[Dimension, str]] = {
    Dimension.COUNTRY: N_("By country"),
    Dimension.AUDIENCE: N_("By audience"),
    Dimension.LANGUAGE: N_("By language"),
    Dimension.TIER: N_("By step"),
    Dimension.KIND: N_("By kind of cohort"),
    Dimension.REGION: N_("By region"),
    Dimension.COURSE: N_("By online course"),
    Dimension.AGE: N_("By age"),
    Dimension.LATER: N_("What stays: questions asked again after a course"),
}
ROW_RULES: Final = (
    N_(
        "Language: for people, the one they are written to in; for cohorts and meetings, the cohort's first one; for online"
        " courses, the one of the last step."
    ),
    N_(
        "Step: how many steps the training is away from the authors of the courses. Trainers who were trained by the"
        " programme are at step 1, those whom they train at step 2."
    ),
)
STATED: Final = N_("“Not stated” is not zero: these people are counted, and nobody said which row they belong to.")
FOR_US: Final = N_("For us: true numbers, for those who may open these people's records. Not to be handed on.")
TO_HAND_ON: Final = N_("To hand on: numbers of people are in fives, and nobody is recognised by them.")
FEW: Final = N_("few or none")

GIVEN: Final[Mapping[Measure | Stays, str]] = {
    Measure.TRAINED: N_("Trained for the first time"),
    Measure.COMPLETED: N_("Trainings completed"),
    Measure.CERTIFIED: N_("Certificates given"),
    Measure.REVOKED: N_("Certificates taken back"),
    Measure.COHORTS: N_("Cohorts that began"),
    Measure.MEETINGS: N_("Meetings"),
    Measure.FINISHED: N_("Online courses finished"),
    Measure.CHILDREN: N_("Children at meetings"),
}
"""What editions count: events, each of one day, so that periods join."""
GIVEN_DEFINITIONS: Final[Mapping[Measure, str]] = {
    Measure.TRAINED: N_(
        "People on the day on which they were present, late or left early at a held meeting for the first time. Each person"
        " counts once, in whatever cohort that was."
    ),
    Measure.COMPLETED: N_(
        "Trainings that ended with the outcome “Certified” or “Completed without certification”, on the day of the"
        " decision. Somebody who completes two trainings counts twice."
    ),
    Measure.CERTIFIED: N_(
        "Certificates on the day on which they were first given; a renewal is none. One that is taken back later stays"
        " counted here, and is counted again as taken back."
    ),
    Measure.REVOKED: N_("Certificates on the day on which they were taken back."),
    Measure.COHORTS: N_("Cohorts on the day of their first held meeting. This is the true number."),
    Measure.MEETINGS: N_("Meetings that were held, on the day on which they began. This is the true number."),
    Measure.FINISHED: N_(
        "Online courses, each time somebody did the last open step of one. Somebody who finishes two counts twice."
    ),
    Measure.CHILDREN: DEFINITIONS[Measure.CHILDREN],
}
IN_FIVES: Final = (
    N_(
        "Numbers of people are in fives: for every five people reached one five is written down, in the country, language"
        " and audience of people who came that day, and it stays. So tables add up and periods join."
    ),
    N_(
        "“Few or none” stands where no five was written down. A country's total is mostly within 2 of the true one, and was"
        " never more than 8 off in our trials."
    ),
    N_("Rows of all countries together differ a little from the sum of the reports of single countries."),
    N_(
        "Days are written down when they can no longer be corrected as usual. What is corrected later is booked on a later"
        " day, and this report stays as it is."
    ),
)
TO_A_COORDINATOR: Final = N_(
    "Numbers you hand on are in fives: for every five people reached one five is written down, in the country, language and"
    " audience of people who came that day, and it stays, so tables add up and periods join. A country's total is mostly"
    " within 2 of the true one and was never more than 8 off in our trials, and nobody could work out one person by"
    " subtracting reports. The true numbers are under “For us”."
)
