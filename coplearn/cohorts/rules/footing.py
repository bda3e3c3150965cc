"""On what a cohort stands: a coordinator's word, or a trainer's right that may have run out or been taken back."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from coplearn.kernel.text import N_


class Footing(StrEnum):
    """Whether anybody who answers for a cohort may train such people now."""

    FIRM = "firm"
    RUN_OUT = "run-out"
    """What has begun may be finished, and nobody new comes in."""
    TAKEN_BACK = "taken-back"
    """Its own trainers may only look."""


WHY: Final[Mapping[Footing, str]] = {
    Footing.RUN_OUT: N_(
        "The certificate this cohort is run under has run out: what has begun can be finished, but nobody new comes in"
        " until it is renewed, or until the country's coordinator names another certified trainer."
    ),
    Footing.TAKEN_BACK: N_(
        "The certificate this cohort is run under was taken back: its trainers can only look, and nobody new comes in,"
        " until the country's coordinator names another certified trainer."
    ),
}
"""What those who work in the cohort are told, with what to do about it."""
NOBODY_NEW: Final = N_("Nobody new can come into this cohort now. Ask its trainer when that will be possible.")
"""What somebody is told who wants to come in: how the trainer's certificate stands is not their business."""
