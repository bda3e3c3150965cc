"""Making webhooks, and writing down how telling them went."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from secrets import token_hex
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.keys.ring import KeyPurpose, KeyRing
from coplearn.outbox.service import queue_letter
from coplearn.webhooks.models import Webhook
from coplearn.webhooks.queries import newest_event, readers_of_stop, webhook_of, webhooks_of
from coplearn.webhooks.rules import (
    EVENTS,
    GIVE_UP,
    HELD,
    MOST,
    HookPosition,
    is_good_address,
    pause_after,
    public_key_text,
)

LETTER = "webhook-stopped"


def signing_key(ring: KeyRing) -> Ed25519PrivateKey | None:
    """The site's key for webhooks, made when it is first asked for; None where none was given, or no file can be written."""
    with suppress(LookupError, OSError):
        return ring.bare_key(KeyPurpose.WEBHOOKS)
    return None


def public_key(ring: KeyRing) -> str | None:
    """The public half of the site's key, as readers of messages are told it."""
    key = signing_key(ring)
    return public_key_text(key.public_key().public_bytes_raw()) if key is not None else None


def make_webhook(
    session: Session, user_id: int, url: str, events: Collection[str], named: Collection[str], now: datetime
) -> Webhook:
    """Have a server told what happens from now on. ``named`` are hosts of the operator's own network. Raises Refused."""
    if not is_good_address(url, named):
        raise Refused(N_("A link begins with https:// and has at most %(count)s characters."), count=500)
    if len(webhooks_of(session, user_id)) >= MOST:
        raise Refused(N_("You have %(count)s of these, the most there can be. Take one back first."), count=MOST)
    hook = Webhook(
        public_id=token_hex(8),
        user_id=user_id,
        url=url,
        events=[event for event in EVENTS if event in events],
        made_at=now,
        last_event=newest_event(session),
        last_finish_at=now,
        told_at=None,
        failures=0,
        not_before=None,
        stopped_at=None,
    )
    session.add(hook)
    session.flush()
    _record(session, hook, "made", now)
    return hook


def _record(session: Session, hook: Webhook, what: str, now: datetime) -> None:
    audit.record(
        session,
        EventKind.WEBHOOK_CHANGED,
        whom=f"user:{hook.user_id}",
        about=f"webhook:{hook.public_id},{what}",
        now=now,
    )


def _own(session: Session, user_id: int, public_id: str) -> Webhook:
    hook = webhook_of(session, user_id, public_id)
    if hook is None:
        raise NotFound(N_("There is no page at this address for you."))
    return hook


def end_webhook(session: Session, user_id: int, public_id: str, now: datetime) -> None:
    """Forget a webhook. Raises NotFound."""
    hook = _own(session, user_id, public_id)
    _record(session, hook, "ended", now)
    session.delete(hook)
    session.flush()


def resume_webhook(session: Session, user_id: int, public_id: str, now: datetime) -> Webhook:
    """Tell a webhook again that failed or was stopped, from where it was. Raises NotFound."""
    hook = _own(session, user_id, public_id)
    hook.stopped_at, hook.failures, hook.not_before = None, 0, None
    _record(session, hook, "resumed", now)
    session.flush()
    return hook


def hold_webhook(session: Session, number: int, now: datetime) -> bool:
    """Take a webhook for a job; False when another has it."""
    free = or_(Webhook.not_before.is_(None), Webhook.not_before <= now)
    taken = update(Webhook).where(Webhook.id == number, free, Webhook.stopped_at.is_(None))
    return session.execute(taken.values(not_before=now + HELD).returning(Webhook.id)).first() is not None


def held_webhook(session: Session, number: int) -> Webhook | None:
    """The webhook as it is now; None for one that is gone or stopped."""
    return session.scalar(select(Webhook).where(Webhook.id == number, Webhook.stopped_at.is_(None)))


def _before(place: HookPosition) -> ColumnElement[bool]:
    """The condition of a webhook that was told no more than that."""
    finish_at = func.coalesce(Webhook.last_finish_at, Webhook.made_at)
    of_finishes = or_(
        finish_at < place.finish_at, and_(finish_at == place.finish_at, Webhook.last_finish <= place.finish)
    )
    return and_(Webhook.last_event <= place.event, of_finishes)


def _told(place: HookPosition) -> dict[str, Any]:
    return {"last_event": place.event, "last_finish_at": place.finish_at, "last_finish": place.finish}


def note_told(session: Session, number: int, place: HookPosition, now: datetime) -> bool:
    """Write down that a webhook knows of everything up to there. False when it was forgotten or stopped meanwhile, or another
    job has told it more: then this one tells it nothing else."""
    behind = Webhook.id == number, Webhook.stopped_at.is_(None), _before(place)
    told = update(Webhook).where(*behind).values(**_told(place), told_at=now, failures=0)
    return session.execute(told.returning(Webhook.id)).first() is not None


def let_go(session: Session, number: int, seen: HookPosition | None) -> None:
    """Let others have the webhook; where there is a ``seen``, nothing up to there waits for it any more."""
    session.execute(update(Webhook).where(Webhook.id == number).values(not_before=None))
    if seen is not None:
        session.execute(update(Webhook).where(Webhook.id == number, _before(seen)).values(**_told(seen)))


def note_failure(session: Session, number: int, now: datetime, *, gone: bool) -> None:
    """Write down that a webhook could not be told: it is tried again after a pause, and stopped when it failed too often or
    said itself that it is ``gone``. Whose it is and the administrators are written a letter then."""
    hook = session.get(Webhook, number)
    if hook is None:
        return
    hook.failures += 1
    hook.not_before = now + pause_after(hook.failures)
    if hook.failures < GIVE_UP and not gone:
        return
    hook.stopped_at = now
    for user_id, email, locale, time_zone in readers_of_stop(session, hook):
        queue_letter(
            session,
            key=f"{LETTER}:{hook.public_id}:{now.isoformat()}:{user_id}",
            to=email,
            locale=locale,
            time_zone=time_zone or "UTC",
            kind=LETTER,
            params={"url": hook.url},
            now=now,
        )
