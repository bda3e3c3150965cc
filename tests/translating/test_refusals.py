"""What translators may not do: said in a sentence, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from coplearn.kernel.errors import AppError, Conflict, NotFound, Refused
from coplearn.translating.catalogs import publishing
from coplearn.translating.editing import comments, message_detail, queries
from coplearn.translating.store import edits, rules
from coplearn.translating.store.models import CatalogVersion, Comment, Edit, Suggestion, Translation
from tests.translating.store import ANI, AR, BEN, FR, NOW, source, stocked

NONE = 999_999
WORDS = "اسألوا طفلكم."
Do = Callable[[Session, int], object]
REFUSED: dict[str, tuple[Do, type[AppError], str]] = {
    "a comment without words": (
        lambda session, one: comments.comment(session, ANI, one, AR, " \n ", NOW),
        Refused,
        "Write your comment first.",
    ),
    "a report without end": (
        lambda session, one: comments.report_source(session, ANI, one, "a" * (rules.MAX_REMARK + 1), NOW),
        Refused,
        "Please be brief",
    ),
    "a comment on nothing": (
        lambda session, one: comments.comment(session, ANI, NONE, AR, "Why?", NOW),
        NotFound,
        "There is no such message.",
    ),
    "a comment that is not there": (
        lambda session, one: comments.resolve_comment(session, ANI, NONE, NOW),
        NotFound,
        "There is no such comment.",
    ),
    "a suggestion without words": (
        lambda session, one: edits.suggest(session, BEN, one, AR, ["  "], NOW),
        Refused,
        "Write the text that you suggest.",
    ),
    "a form too many": (
        lambda session, one: edits.save(session, BEN, one, AR, [WORDS, WORDS], 1, NOW),
        Refused,
        "one box for each plural form",
    ),
    "a text without end": (
        lambda session, one: edits.save(session, BEN, one, AR, ["a" * (rules.MAX_FORM + 1)], 1, NOW),
        Refused,
        "far too long",
    ),
    "a decision about nothing": (
        lambda session, one: edits.decide(session, BEN, NONE, "accepted", AR, 1, NOW),
        NotFound,
        "There is no such suggestion.",
    ),
    "a page of nothing": (
        lambda session, one: message_detail.one_message(session, NONE, "ar", None, NOW),
        NotFound,
        "There is no such message.",
    ),
    "a message of another course": (
        lambda session, one: queries.message_ref(session, one, "other-course"),
        NotFound,
        "There is no such message.",
    ),
    "a language that was not begun": (
        lambda session, one: publishing.publish_message(session, one, FR, 0, NOW),
        NotFound,
        "There is no translation to publish yet.",
    ),
    "a text that was changed meanwhile": (
        lambda session, one: publishing.publish_message(session, one, AR, 0, NOW),
        Conflict,
        "Somebody changed the text since you opened it.",
    ),
    "a text that was emptied before anybody saw it": (
        lambda session, one: publishing.publish_message(session, one + 1, AR, 2, NOW),
        Refused,
        "There is no translation to publish yet.",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_done_with_a_message_is_refused(session: Session, what: str) -> None:
    """A sentence says why; the texts, the log, the comments and what learners get stay as they are."""
    one, emptied = stocked(session, source("page-1#b1"), source("page-1#b2"))
    edits.save(session, ANI, one, AR, [WORDS], 0, NOW)
    edits.save(session, ANI, emptied, AR, [WORDS], 0, NOW)
    edits.save(session, ANI, emptied, AR, [""], 1, NOW)
    session.flush()

    def held() -> list[object]:
        counts = [session.scalar(select(func.count()).select_from(t)) for t in (Comment, Edit, Suggestion)]
        texts = session.execute(select(Translation.message_id, Translation.rev, Translation.published_forms)).all()
        return [*counts, sorted(map(str, texts)), session.scalar(select(func.sum(CatalogVersion.version)))]

    before = held()
    do, kind, told = REFUSED[what]
    with pytest.raises(kind, match=told) as caught:
        do(session, one)
    assert type(caught.value) is kind
    assert held() == before


def test_text_that_a_check_has_learnt_to_refuse_is_not_published(session: Session) -> None:
    """A text that was kept before the check was there is held back when it is published, and learners get what they got."""
    (one,) = stocked(session)
    edits.save(session, ANI, one, AR, [WORDS], 0, NOW)
    session.execute(update(Translation).where(Translation.message_id == one).values(forms=[f"{WORDS} <script>"]))
    before = session.execute(select(CatalogVersion.domain, CatalogVersion.locale, CatalogVersion.version)).all()
    with pytest.raises(Refused, match="Only a finished text that passes its checks can be published"):
        publishing.publish_message(session, one, AR, 1, NOW)
    kept = session.execute(select(Translation.state, Translation.published_forms, Translation.failing)).one()
    assert tuple(kept) == ("translated", None, True)
    after = session.execute(select(CatalogVersion.domain, CatalogVersion.locale, CatalogVersion.version)).all()
    assert after == before
