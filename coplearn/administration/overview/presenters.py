"""The facts of the running site, gathered from whoever knows them, and the lines that come of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from shutil import disk_usage
from typing import Final

from sqlalchemy.orm import Session

from coplearn.administration.overview.queries import engine_of_session, without_factor
from coplearn.administration.overview.rules import OverviewLine, SiteFacts, judged
from coplearn.backups.queries import last_verified
from coplearn.outbox.queries import counts_of, last_days_work, last_sent, oldest_waiting, stands_still
from coplearn.outbox.rules import LetterState
from coplearn.settings import LOCAL_HOSTS, Settings
from coplearn.site import site

_CLOSED: Final = ("secret_key", "keys", "coplearn.sqlite3", "coplearn.sqlite3-wal", "mail", "erasures.jsonl")
"""What stands in the instance folder and is nobody's business."""
_SAID: Final = ("contact", "security_contact", "responsible", "legal_basis")
_MONTH: Final = timedelta(days=30)


def overview_lines(session: Session, now: datetime) -> list[OverviewLine]:
    """Everything that must be in order on this site, what has to be done first (ten statements at most)."""
    return judged(facts_now(session, now))


def facts_now(session: Session, now: datetime) -> SiteFacts:
    """The facts of the site that is active now."""
    here, settings = site(), site().settings
    library, today = here.library.current(), now.date()
    letters = counts_of(session)
    engine, fault = engine_of_session(session)
    due = here.helplines.due(today, _MONTH)
    old = sum(one.check_by < today for one in due)
    return SiteFacts(
        now=now,
        is_public=settings.hosts != LOCAL_HOSTS,
        https=settings.https,
        proxies=settings.proxies,
        hosts=settings.hosts,
        mail=settings.mail,
        last_sent=last_sent(session),
        waiting=letters.get(LetterState.WAITING, 0),
        failed=letters.get(LetterState.GIVEN_UP, 0),
        oldest_waiting=oldest_waiting(session),
        stands_still=stands_still(session, now),
        last_days_work=last_days_work(session),
        backups=bool(settings.backup_folder or settings.backup_url),
        last_verified=last_verified(session),
        staff_without_factor=without_factor(session, here.staff),
        factor_is_asked=settings.staff_needs_factor,
        for_builders=tuple(_for_builders(settings)),
        unsaid=tuple(_variable(name) for name in _SAID if not getattr(settings, name)),
        open_files=tuple(_open_to_others(settings)),
        engine=engine,
        engine_fault=fault,
        helplines_old=old,
        helplines_soon=len(due) - old,
        room=disk_usage(settings.instance_path).free,
        courses=len(library.courses),
        broken_courses=sum(bool(found) for found in library.problems.values()),
    )


def _variable(name: str) -> str:
    return f"COPLEARN_{name.upper()}"


def _for_builders(settings: Settings) -> Iterator[str]:
    for name, is_weak in (
        ("rate_limits", not settings.rate_limits),
        ("style_page", settings.style_page),
        ("pseudo_locales", settings.pseudo_locales),
        ("log_level", settings.log_level.upper() == "DEBUG"),
        ("secret_key", 0 < len(settings.secret_key) < 32),
    ):
        if is_weak:
            yield _variable(name)


def _open_to_others(settings: Settings) -> Iterator[str]:
    """The names of what others can read; behind a closed folder nothing is open."""
    if not _is_open(settings.instance_path):
        inside: Iterable[Path] = ()
    else:
        inside = (settings.instance_path, *(settings.instance_path / name for name in _CLOSED))
    own = (settings.backup_key, settings.backup_folder)
    for path in (*inside, *(one for one in own if one is not None)):
        if _is_open(path):
            yield path.name


def _is_open(path: Path) -> bool:
    try:
        found = path.stat()
    except OSError:
        return False
    return bool(found.st_mode & 0o077) and os.name == "posix"
