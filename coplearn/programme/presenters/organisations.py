"""Names of organisations that wait for a person's word, each with the records that look like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import Session

from coplearn.programme.queries.organisations import organisations
from coplearn.programme.queries.texts import LooseText, loose_texts
from coplearn.programme.rules.access import ProgrammeAccess
from coplearn.programme.rules.names import near_names

if TYPE_CHECKING:
    from coplearn.programme.models.organisations import Organisation

SHOWN: Final = 30


@dataclass(frozen=True, slots=True)
class LooseRow:
    """A name, and the organisations that look like it, the likeliest first."""

    text: LooseText
    near: Sequence[Organisation]


def loose_rows(session: Session, access: ProgrammeAccess) -> tuple[list[LooseRow], int]:
    """The first names that wait, and how many wait altogether (four statements)."""
    known, texts = organisations(session), loose_texts(session, access)
    names = [one.name for one in known]
    rows = [LooseRow(text, [known[place] for place in near_names(text.written[0], names)]) for text in texts[:SHOWN]]
    return rows, len(texts)
