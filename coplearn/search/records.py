"""Records beside courses that can be found: each in its own language, by those alone who are in one of its circles.

They are indexed apart from the courses' texts, under a locale of their own, so that no word of a record that somebody may not
see is ever offered as what they may have meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from coplearn.accounts.rules import Granted
from coplearn.findable import PUBLIC, FindableRecord, FindableSource
from coplearn.search.sources import FindableText, digest_of, indexed
from coplearn.search.store import IndexedPage

_APART: Final = "+"
_NAME: Final = re.compile(r"[a-z0-9]+")


def locale_of_records(code: str) -> str:
    """The name under which the records of a language are indexed."""
    return code + _APART


def code_of_records(name: str) -> str | None:
    """The code of the language whose records are indexed under that name; None for a language itself."""
    return name.removesuffix(_APART) if name.endswith(_APART) else None


def piece_name(source: FindableSource, piece: str) -> str:
    """The name of a piece of a source in the index."""
    return f"{source.name}.{piece}"


def source_named(sources: Sequence[FindableSource], domain: str) -> tuple[FindableSource, str] | None:
    """The source and the piece that a name in the index stands for; None where the source is gone."""
    name, _, piece = domain.partition(".")
    found = next((one for one in sources if one.name == name), None)
    return (found, piece) if found is not None else None


def circle_token(source: str, circle: str) -> str:
    """The token that a page of the index has for each circle that may see it. No word of a text is cut to one like it."""
    if not _NAME.fullmatch(source) or not _NAME.fullmatch(circle):
        raise ValueError(f"{source!r} and {circle!r}: a circle's name is small letters and digits.")
    return f"seenby_{source}_{circle}"


def records_in(
    records: Iterable[FindableRecord], code: str, fallback: str
) -> Iterator[tuple[FindableText, Sequence[str]]]:
    """The records in one language, with their circles. Those in no language of the site count as ``fallback``'s."""
    for one in records:
        if one.locale == code or (code == fallback and not one.locale):
            yield text_of(one), sorted(one.circles)


def text_of(record: FindableRecord) -> FindableText:
    """The record as a page that can be found."""
    return FindableText(record.place, record.title, tuple(" ".join(one.split()) for one in record.texts if one.strip()))


def indexed_record(domain: str, code: str, found: FindableText, circles: Sequence[str]) -> IndexedPage:
    """The page as the index keeps it, with its circles behind its words."""
    page = indexed(domain, code, found)
    source = domain.partition(".")[0]
    marks = " ".join(circle_token(source, one) for one in circles)
    return replace(
        page, locale=locale_of_records(code), body=f"{page.body} {marks}".strip(), digest=digest_with(found, circles)
    )


def digest_with(found: FindableText, circles: Sequence[str]) -> str:
    """The digest of everything that an index makes of a record."""
    return digest_of(replace(found, texts=(*found.texts, "\x1e".join(circles))))


def circles_of(
    session: Session, sources: Sequence[FindableSource], user_id: int | None, grants: Sequence[Granted]
) -> Mapping[str, frozenset[str]]:
    """The circles that a reader is in, by the source's name; a visitor is in that of everybody alone."""
    public = frozenset({PUBLIC})
    return {
        one.name: public | one.circles(session, user_id, grants) if user_id is not None else public for one in sources
    }
