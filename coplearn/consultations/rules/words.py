"""The closed vocabularies of consultations: what is stored, and how people are told of it."""

from __future__ import annotations

from typing import Final

from coplearn.kernel.text import N_, LabelledEnum


class ConsultationWay(LabelledEnum):
    """The people who may say something."""

    ASKED = "asked", N_("Organisations that were asked")
    OPEN = "open", N_("Every adult, read before it is shown")
    BOTH = "both", N_("Organisations that were asked, and every adult")

    @property
    def is_open(self) -> bool:
        """Whether somebody who was not asked may say something."""
        return self is not ConsultationWay.ASKED

    @property
    def asks(self) -> bool:
        """Whether organisations are asked by letter."""
        return self is not ConsultationWay.OPEN


class ConsultationStage(LabelledEnum):
    """The places where a consultation can stand."""

    SOON = "soon", N_("Not open yet")
    OPEN = "open", N_("Open")
    CLOSED = "closed", N_("Closed")
    TOLD = "told", N_("Summary published")


class RemarkState(LabelledEnum):
    """The states of a remark."""

    WAITING = "waiting", N_("To be read before it is shown")
    SHOWN = "shown", N_("Shown")
    HIDDEN = "hidden", N_("Not shown")
    TAKEN_BACK = "taken-back", N_("Taken back by whoever wrote it")


class RemarkOutcome(LabelledEnum):
    """The answers to a remark."""

    ACCEPTED = "accepted", N_("Accepted")
    PARTLY = "partly", N_("Partly accepted")
    NOT = "not", N_("Not accepted")


TITLE: Final = "title"
"""The name under which a statement's title is translated."""
LONGEST_TITLE: Final = 200
LONGEST_BODY: Final = 100_000
LONGEST_BLOCK: Final = 8_000
MOST_BLOCKS: Final = 300
LONGEST_REMARK: Final = 5_000
LONGEST_REASON: Final = 2_000
LONGEST_WHY: Final = 300
LONGEST_SUMMARY: Final = 20_000
MOST_LINKS: Final = 2
"""Addresses in one remark; who sends more wants to be clicked."""
MOST_ASKED: Final = 500

ASKED: Final = "consultation-asked"
REMINDER: Final = "consultation-reminder"
TOLD: Final = "consultation-told"
"""Kinds of letters."""
