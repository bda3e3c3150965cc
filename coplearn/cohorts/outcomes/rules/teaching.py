"""The rubric of a teach-back, as versioned data, its result, and who may sign it off."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Final

from coplearn.cohorts.common.rules.words import Result
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, Phrase

LOWEST, HIGHEST = 1, 4


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is looked at; ``levels`` describe 1 to 4. A 1 on a ``safety`` row fails the teach-back."""

    id: str
    title: str
    levels: tuple[str, str, str, str]
    safety: bool = False


@dataclass(frozen=True, slots=True)
class Rubric:
    """One version of the rubric."""

    version: str
    rows: tuple[Row, ...]


_ACCURACY = Row(
    "accuracy",
    N_("Accuracy"),
    (
        N_("Something that was said was wrong, could mislead people, and was not put right."),
        N_("Most of it was right. Some facts were wrong or missing."),
        N_("The facts were right and came from the materials."),
        N_("The facts were right and tied to people's own lives. What could not be answered was taken along honestly."),
    ),
)
_LANGUAGE = Row(
    "safe-language",
    N_("Safe language"),
    (
        N_("Words or pictures blamed children, frightened people or showed abuse, and this was not put right."),
        N_("Most words were respectful. Some blamed, frightened or were out of date."),
        N_("The words were respectful throughout, without blame, fright or needless detail."),
        N_(
            "The words were respectful throughout, and unsafe words from the group were put right kindly, with the reason."
        ),
    ),
    safety=True,
)
_DISCLOSURE = Row(
    "disclosure",
    N_("Handling of a disclosure"),
    (
        N_("Secrecy was promised, details were pressed for, or the person was left alone with it."),
        N_("The trainer listened, but was not sure what to say or where to turn."),
        N_("The trainer stayed calm, listened without probing, said what happens next and passed it on the right way."),
        N_("All of this was done, the group was cared for as well, and everybody learned where help is to be found."),
    ),
    safety=True,
)
_PARTICIPATION = Row(
    "participation",
    N_("Participation"),
    (
        N_("The trainer did nearly all the talking."),
        N_("Some people took part. Others were not reached."),
        N_("Most people took part, and everybody was free to pass."),
        N_("Everybody was drawn in, in more ways than one, and quiet people were heard."),
    ),
)
_TIME = Row(
    "time",
    N_("Time"),
    (
        N_("Most of what was planned was not reached, or the end came far too late."),
        N_("The main points were reached in a hurry, or without the closing action."),
        N_("It began and ended on time, and the main points were reached."),
        N_("It kept to the time, changed the plan well when something took longer, and left room for questions."),
    ),
)
_MATERIALS = Row(
    "materials",
    N_("Use of materials"),
    (
        N_("The materials were not used, or were changed so that they said something else."),
        N_("The materials were used in part, or read out word for word."),
        N_("The materials were used as they are meant."),
        N_("The materials were used as they are meant and fitted to the people and the room, with the core unchanged."),
    ),
)
RUBRICS: Final[Mapping[str, Rubric]] = {
    "1": Rubric("1", (_ACCURACY, _LANGUAGE, _DISCLOSURE, _PARTICIPATION, _TIME, _MATERIALS)),
}
NEWEST: Final = "1"
_MEAN_TO_PASS: Final = 2.5


def rubric_of(version: str) -> Rubric:
    """The rubric of that version; the newest when no such version was ever used."""
    return RUBRICS.get(version, RUBRICS[NEWEST])


def checked_scores(rubric: Rubric, given: Mapping[str, object]) -> dict[str, int]:
    """A score from 1 to 4 for each row of the rubric, and for nothing else. Raises Refused when one is missing or wrong."""
    scores: dict[str, int] = {}
    for row in rubric.rows:
        text = str(given.get(row.id, "")).strip()
        if text not in {"1", "2", "3", "4"}:
            raise Refused(N_("Choose one of the four descriptions in each of the rows. Nothing is lost."))
        scores[row.id] = int(text)
    return scores


def result_of(rubric: Rubric, scores: Mapping[str, int]) -> Result:
    """The result of the scores.

    Failed: a 1 on a safety row, however good the rest was. Passed: no 1 anywhere and a mean of at least 2.5.
    Asked to repeat: all else.
    """
    values = [scores[row.id] for row in rubric.rows]
    if any(row.safety and scores[row.id] == LOWEST for row in rubric.rows):
        return Result.FAILED
    if LOWEST not in values and sum(values) >= _MEAN_TO_PASS * len(values):
        return Result.PASSED
    return Result.REPEAT


LONGEST_NOTE: Final = 4_000


class Tie(StrEnum):
    """The ties for which a sign-off would not be independent, the strongest first."""

    SELF = "self"
    TRAINED = "trained"
    MARKED = "marked"
    LINEAGE = "lineage"


_WITH_OTHERS: Final[Mapping[Tie, str]] = {
    Tie.SELF: N_("This is your own teach-back, so somebody else signs it off. These examiners can: %(others)s."),
    Tie.TRAINED: N_(
        "You have trained %(name)s, so your sign-off would not be independent. These examiners can give it: %(others)s."
    ),
    Tie.MARKED: N_(
        "You marked attendance for %(name)s as a trainer, so your sign-off would not be independent. These examiners can"
        " give it: %(others)s."
    ),
    Tie.LINEAGE: N_(
        "%(name)s is trained under your certificate, so your sign-off would not be independent. These examiners can give"
        " it: %(others)s."
    ),
}
_ALONE: Final[Mapping[Tie, str]] = {
    Tie.SELF: N_(
        "This is your own teach-back, so somebody else signs it off. Ask the coordinator to name an examiner."
    ),
    Tie.TRAINED: N_(
        "You have trained %(name)s, so your sign-off would not be independent. Ask the coordinator to name an examiner"
        " who has not."
    ),
    Tie.MARKED: N_(
        "You marked attendance for %(name)s as a trainer, so your sign-off would not be independent. Ask the coordinator"
        " to name an examiner who has not."
    ),
    Tie.LINEAGE: N_(
        "%(name)s is trained under your certificate, so your sign-off would not be independent. Ask the coordinator to"
        " name another examiner."
    ),
}


def not_independent(ties: Collection[Tie], name: str, others: tuple[str, ...]) -> Phrase | None:
    """The reason why that examiner cannot sign off for ``name``, and who else can; None when nothing ties them."""
    for tie in Tie:
        if tie in ties:
            if others:
                return Phrase(_WITH_OTHERS[tie], {"name": name, "others": others})
            return Phrase(_ALONE[tie], {"name": name})
    return None


def too_early(planned_on: datetime | None, now: datetime, zone: tzinfo) -> Phrase | None:
    """The reason why nothing can be written yet about a coming teach-back; None from its day on, as ``zone`` counts days."""
    day = planned_on.astimezone(zone).date() if planned_on is not None else None
    if day is None or day <= now.astimezone(zone).date():
        return None
    return Phrase(N_("This teach-back is planned for %(day)s. It can be written about from that day on."), {"day": day})


@dataclass(frozen=True, slots=True)
class EvaluationFacts:
    """The part of an evaluation that decides on the state of a teach-back."""

    id: int
    amends_id: int | None
    decides: bool
    result: str


def standing(rows: Iterable[EvaluationFacts]) -> tuple[Result, int | None]:
    """The state of a teach-back, and the id of the sign-off that says so: the latest that no later row takes the place of."""
    known = list(rows)
    amended = {row.amends_id for row in known}
    deciding = [row for row in known if row.decides and row.id not in amended]
    if not deciding:
        return Result.NOT_EVALUATED, None
    last = max(deciding, key=lambda row: row.id)
    return Result(last.result), last.id


def checked_note(text: str) -> str:
    """The text without the blanks around it. Raises Refused when it is too long to be read."""
    words = text.strip()
    if len(words) > LONGEST_NOTE:
        raise Refused(N_("Use at most %(count)s characters."), count=LONGEST_NOTE)
    return words
