"""Records that the site's one search finds beside courses: offered by the slice that keeps them, with who may see which.

A slice adds its :class:`FindableSource` to ``site().findable`` while the site is put together. The search asks it for changed
pieces every few seconds, and reads what it found once more before it is shown, so that nothing is shown from an old index.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from coplearn.accounts.rules import Granted

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PUBLIC: Final = "public"
"""The circle that everybody is in, signed in or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindableRecord:
    """A record as the search reads it. What nobody may find, such as a draft, is no findable record."""

    place: str
    """Its name within its source, of 80 letters at most; once, in one language."""
    locale: str
    """The code of the language that its texts are in; empty for one that the site does not have."""
    title: str
    texts: tuple[str, ...]
    circles: frozenset[str] = frozenset({PUBLIC})
    """Whoever is in any of these circles may see it: :data:`PUBLIC`, or names of the source's own (``[a-z0-9]+``)."""
    endpoint: str
    """The page where it is read, with ``values`` in its address; the code of a language stands there as addresses name it."""
    values: Mapping[str, str] = field(default_factory=dict)


def only_public(_session: Session, _user_id: int, _grants: Sequence[Granted]) -> frozenset[str]:
    """The circles of a source whose records are everybody's."""
    return frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class FindableSource:
    """The findable records of one slice."""

    name: str
    """Letters alone; never changed."""
    label: str
    """The word for one of its records, marked with ``N_``."""
    stamps: Callable[[Session], Mapping[str, str]]
    """The pieces that its records are read in (one, or so many that none holds more than a thousand), each by a short name
    with a stamp that changes whenever anything in it does. One cheap statement."""
    piece: Callable[[Session, str], Iterable[FindableRecord]]
    """Every record of a piece."""
    read: Callable[[Session, Collection[str]], Iterable[FindableRecord]]
    """The records at those places as they are now; those that are gone are left out."""
    circles: Callable[[Session, int, Sequence[Granted]], frozenset[str]] = only_public
    """The circles that the account of that number with those grants is in, beside :data:`PUBLIC`."""
