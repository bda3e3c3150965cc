"""Reviews as a file beside the catalogs: who vouched for which text, by hash, so that they survive every tool."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.i18n.locales import Locale
from coplearn.storage.upserts import insert_new
from coplearn.translating import rules
from coplearn.translating.exporting import write_whole
from coplearn.translating.models import Message, Review, Translation

_REVIEW_HEAD: Final = "domain\tctxt\tsha256\treviewer\tdate"


def export_reviews(session: Session, locale: Locale, path: Path) -> bool:
    """Write who vouched for which text as it stands, without anybody's name; False when nothing changed."""
    rows = session.execute(
        select(Message.domain, Message.context, Review.sha, Review.reviewer_id, Review.reviewer, Review.at)
        .join(Message, Message.id == Review.message_id)
        .join(
            Translation,
            (Translation.message_id == Review.message_id)
            & (Translation.locale == Review.locale)
            & (Translation.sha == Review.sha),
        )
        .where(Review.locale == locale.code, Message.removed_at.is_(None))
        .order_by(Message.domain, Message.seq, Review.sha)
    ).all()
    lines = [_REVIEW_HEAD]
    for domain, context, sha, reviewer_id, reviewer, at in rows:
        who = f"translator {reviewer_id}" if reviewer_id is not None else reviewer
        lines.append("\t".join((domain, _flat(context), sha, _flat(who), at.date().isoformat())))
    if len(lines) == 1 and not path.exists():
        return False
    return write_whole(path, ("\n".join(lines) + "\n").encode())


def _flat(text: str) -> str:
    return " ".join(text.split())


def read_reviews(path: Path) -> list[tuple[str, str, str, str]]:
    """Rows of domain, hash, reviewer and day of a ``review.tsv``; lines that are none are left out."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return []
    found: list[tuple[str, str, str, str]] = []
    for line in text.splitlines()[1:]:
        cells = line.split("\t")
        if len(cells) == 5 and len(cells[2]) == 64:
            found.append((cells[0], cells[2], cells[3][:200], cells[4]))
    return found


def hashes(path: Path, domain: str) -> frozenset[str]:
    """The hashes of the texts that a ``review.tsv`` vouches for in one domain."""
    return frozenset(sha for name, sha, _, _ in read_reviews(path) if name == domain)


def import_reviews(session: Session, locale: Locale, path: Path, now: datetime) -> int:
    """Take the reviews of texts that stand here exactly so; gives how many were new. Others wait in their file."""
    found = read_reviews(path)
    standing: dict[tuple[str, str], list[int]] = {}
    rows = session.execute(
        select(Message.domain, Translation.sha, Translation.message_id)
        .join(Message, Message.id == Translation.message_id)
        .where(Translation.locale == locale.code, Translation.state == "translated")
    )
    for domain, sha, message_id in rows:
        standing.setdefault((domain, sha), []).append(message_id)
    taken = 0
    for domain, sha, reviewer, day in found:
        for message_id in standing.get((domain, sha), ()):
            values = {
                "message_id": message_id,
                "locale": locale.code,
                "sha": sha,
                "reviewer_id": None,
                "reviewer": rules.tidy(reviewer),
                "at": _instant(day, now),
            }
            taken += insert_new(session, Review, values)
    return taken


def _instant(day: str, now: datetime) -> datetime:
    try:
        return datetime.fromisoformat(day).replace(tzinfo=UTC)
    except ValueError:
        return now
