"""A register in words, for the press."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from flask import url_for

from coplearn.cohorts.press.register import RegisterPerson, RegisterText
from coplearn.cohorts.rules.words import PRESENCES
from coplearn.cohorts.screens.attendance import hours_of
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.web.render import page_locale, say

if TYPE_CHECKING:
    from coplearn.cohorts.models.cohort import Cohort, Membership
    from coplearn.cohorts.models.meeting import Meeting

ON_PAPER: Final = 200
"""People in one file; a larger cohort is printed in parts."""


def register_text(cohort: Cohort, meeting: Meeting, people: Sequence[Membership], part: int) -> RegisterText:
    """Every sentence of a paper register in the page's language, names in the order of their script."""
    locale, zone = page_locale(), ZoneInfo(cohort.time_zone)
    return RegisterText(
        title=meeting.title,
        cohort=cohort.title,
        when=hours_of(meeting, cohort.time_zone),
        how=say(
            N_(
                "Tick one box a person. Later open the register on the site and choose “Enter a paper register”, or scan a line."
            )
        ),
        code_alt=say(N_("Square code that opens this person's page.")),
        name_heading=say(N_("Name")),
        statuses=[say(text) for text in PRESENCES.values()],
        signed=say(N_("Name and signature of the trainer")),
        people=[
            RegisterPerson(
                one.name,
                one.organisation,
                url_for(
                    "cohorts.scan",
                    cohort_id=cohort.public_id,
                    meeting_id=meeting.public_id,
                    card_code=one.card_code or one.public_id,
                    _external=True,
                ),
            )
            for one in sorted(people, key=lambda one: (script_order(one.name), one.id))
        ],
        first=(part - 1) * ON_PAPER + 1,
        language=locale.bcp47,
        dir=locale.dir,
        made=utcnow().astimezone(zone).date(),
    )


def script_order(name: str) -> tuple[str, str]:
    """A key that puts names of one script together, and accents beside their letter, as a person looks for them."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char)).casefold()
    first = next((unicodedata.name(char, "").partition(" ")[0] for char in plain if char.isalpha()), "")
    return first, plain
