"""The law of when a site is in order: facts in, one line each out; the page and `coplearn doctor` say the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from coplearn.kernel.text import N_, LabelledEnum, Phrase, counted

BACKUP_LATE: Final = timedelta(hours=50)
"""A backup a day, and one that was missed."""
BACKUP_OLD: Final = timedelta(days=7)
LETTER_LATE: Final = timedelta(hours=1)
LITTLE_ROOM: Final = 2 * 1024**3
NO_ROOM: Final = 200 * 1024**2
"""Bytes; the site itself goes on until 4 MiB are left."""


class Verdict(LabelledEnum):
    """The state of one thing."""

    ACT = "act", N_("To be done")
    LOOK = "look", N_("Look at it")
    GOOD = "good", N_("In order")


@dataclass(frozen=True, slots=True)
class OverviewLine:
    """One thing that must be in order."""

    name: str
    title: str
    """A msgid."""
    verdict: Verdict
    phrase: Phrase
    docs: str
    """Where it is written how to do it: a file of the documentation and a heading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """The facts by which a running site is judged."""

    now: datetime
    is_public: bool
    """Whether others than this machine reach it."""
    https: bool
    proxies: int
    hosts: tuple[str, ...]
    mail: str
    last_sent: datetime | None
    waiting: int
    failed: int
    oldest_waiting: datetime | None
    stands_still: bool
    last_days_work: date | None
    backups: bool
    last_verified: datetime | None
    staff_without_factor: int
    factor_is_asked: bool
    """Whether the site asks those who work here for one."""
    for_builders: tuple[str, ...]
    """Variables that are set as nobody should on a public site."""
    unsaid: tuple[str, ...]
    """Variables that are empty and leave a page without its answer."""
    open_files: tuple[str, ...]
    """Files that other users of the machine can read."""
    engine: str
    engine_fault: str
    """Empty; ``wal`` for an SQLite with a known bug, ``sync`` where the database says saved before it is; ``replica`` where
    the replica is away or behind."""
    helplines_old: int
    helplines_soon: int
    room: int
    courses: int
    broken_courses: int


def judged(facts: SiteFacts) -> list[OverviewLine]:
    """The lines of a site, what has to be done first."""
    lines = [OverviewLine(name, title, *law(facts), docs) for name, title, docs, law in _LAWS]
    order = list(Verdict)
    return sorted(lines, key=lambda line: order.index(line.verdict))


Judged = tuple[Verdict, Phrase]


def _https(facts: SiteFacts) -> Judged:
    if facts.https and facts.proxies:
        return Verdict.GOOD, Phrase(N_("People reach the site by https, through a web server in front."))
    if facts.https:
        return Verdict.LOOK, Phrase(
            N_("COPLEARN_PROXIES is 0: everybody seems to come from the address of the web server in front.")
        )
    if facts.is_public:
        return Verdict.ACT, Phrase(N_("Passwords travel unprotected: set up https, then COPLEARN_HTTPS=1."))
    return Verdict.LOOK, Phrase(N_("Without https the site is for this machine alone."))


def _hosts(facts: SiteFacts) -> Judged:
    if facts.is_public:
        return Verdict.GOOD, Phrase(N_("The site answers to %(hosts)s."), {"hosts": facts.hosts})
    return Verdict.LOOK, Phrase(
        N_("Neither COPLEARN_PUBLIC_URL nor COPLEARN_TRUSTED_HOSTS is set: only this machine gets an answer.")
    )


def _mail(facts: SiteFacts) -> Judged:
    if facts.mail != "smtp":
        verdict = Verdict.ACT if facts.is_public else Verdict.LOOK
        return verdict, Phrase(N_("Messages are written to files and reach nobody: COPLEARN_MAIL=smtp sends them."))
    if facts.oldest_waiting is not None and facts.now - facts.oldest_waiting > LETTER_LATE:
        return Verdict.ACT, counted(
            "%(num)s message waits, for more than an hour now.",
            "%(num)s messages wait, some for more than an hour now.",
            facts.waiting,
        )
    if facts.failed:
        return Verdict.LOOK, counted(
            "%(num)s message could not be sent", "%(num)s messages could not be sent", facts.failed
        )
    if facts.last_sent is None:
        return Verdict.LOOK, Phrase(N_("No message was ever sent. Send yourself a test message."))
    return Verdict.GOOD, Phrase(N_("The last message was sent on %(day)s."), {"day": facts.last_sent})


def _jobs(facts: SiteFacts) -> Judged:
    if facts.stands_still:
        return Verdict.ACT, Phrase(N_("Nobody does the jobs: messages wait, and nothing is done by itself."))
    if facts.last_days_work is None:
        return Verdict.LOOK, Phrase(N_("The day’s work was not done yet."))
    late = facts.last_days_work < facts.now.date() - timedelta(days=1)
    told = Phrase(N_("The day’s work was last done on %(day)s."), {"day": facts.last_days_work})
    return (Verdict.ACT if late else Verdict.GOOD), told


def _backup(facts: SiteFacts) -> Judged:
    if not facts.backups:
        return Verdict.ACT, Phrase(N_("No backups are set up: whoever loses this machine loses everything."))
    if facts.last_verified is None:
        return Verdict.ACT, Phrase(N_("No backup was verified yet."))
    age = facts.now - facts.last_verified
    verdict = Verdict.ACT if age > BACKUP_OLD else Verdict.LOOK if age > BACKUP_LATE else Verdict.GOOD
    return verdict, Phrase(N_("The last verified backup was made on %(day)s."), {"day": facts.last_verified})


def _factors(facts: SiteFacts) -> Judged:
    if facts.staff_without_factor:
        return (Verdict.LOOK if facts.factor_is_asked else Verdict.ACT), counted(
            "%(num)s person who works here signs in with a password alone.",
            "%(num)s people who work here sign in with a password alone.",
            facts.staff_without_factor,
        )
    if not facts.factor_is_asked:
        return Verdict.LOOK, Phrase(
            N_("COPLEARN_SECOND_FACTOR_FOR is “nobody”: those who work here need no second step.")
        )
    return Verdict.GOOD, Phrase(N_("Everybody who works here has a second step for signing in."))


def _settings(facts: SiteFacts) -> Judged:
    if facts.for_builders:
        verdict = Verdict.ACT if facts.is_public else Verdict.LOOK
        return verdict, Phrase(N_("Not meant for a public site: %(names)s."), {"names": facts.for_builders})
    return Verdict.GOOD, Phrase(N_("No setting is weaker than it should be."))


def _contact(facts: SiteFacts) -> Judged:
    if facts.unsaid:
        return Verdict.LOOK, Phrase(N_("People are not told whom to turn to: set %(names)s."), {"names": facts.unsaid})
    return Verdict.GOOD, Phrase(N_("People are told who is responsible, and where to report a weakness."))


def _files(facts: SiteFacts) -> Judged:
    if facts.open_files:
        return Verdict.ACT, Phrase(
            N_("Other users of the machine can read %(names)s: close them with chmod go-rwx."),
            {"names": facts.open_files},
        )
    return Verdict.GOOD, Phrase(N_("Keys and data are closed to other users of the machine."))


def _database(facts: SiteFacts) -> Judged:
    said = {"engine": facts.engine}
    if facts.engine_fault == "sync":
        return Verdict.ACT, Phrase(
            N_("%(engine)s says “saved” before the disk has it: switch fsync and synchronous_commit on."), said
        )
    if facts.engine_fault == "wal":
        return Verdict.LOOK, Phrase(
            N_("%(engine)s has a known fault and is used more slowly: install pysqlite3."), said
        )
    if facts.engine_fault == "replica":
        return Verdict.LOOK, Phrase(
            N_("%(engine)s keeps what was saved. Its replica is away or behind, so reports are read without it."), said
        )
    return Verdict.GOOD, Phrase(N_("%(engine)s keeps what was saved."), said)


def _helplines(facts: SiteFacts) -> Judged:
    if facts.helplines_old:
        return Verdict.ACT, counted(
            "%(num)s entry of the help directory is out of date and not shown any more.",
            "%(num)s entries of the help directory are out of date and not shown any more.",
            facts.helplines_old,
        )
    if facts.helplines_soon:
        return Verdict.LOOK, counted(
            "%(num)s entry of the help directory must be called again within a month.",
            "%(num)s entries of the help directory must be called again within a month.",
            facts.helplines_soon,
        )
    return Verdict.GOOD, Phrase(N_("All entries of the help directory were checked in time."))


def _room(facts: SiteFacts) -> Judged:
    verdict = Verdict.ACT if facts.room < NO_ROOM else Verdict.LOOK if facts.room < LITTLE_ROOM else Verdict.GOOD
    return verdict, Phrase(N_("Free room: %(number)s MB"), {"number": facts.room // 1024**2})


def _courses(facts: SiteFacts) -> Judged:
    if not facts.courses:
        return Verdict.ACT, Phrase(N_("No course is live."))
    if facts.broken_courses:
        return Verdict.LOOK, counted(
            "%(num)s course needs mending", "%(num)s courses need mending", facts.broken_courses
        )
    return Verdict.GOOD, counted(
        "%(num)s course is live.",
        "%(num)s courses are live.",
        facts.courses,
    )


_LAWS: Final[tuple[tuple[str, str, str, Callable[[SiteFacts], Judged]], ...]] = (
    ("https", N_("Encrypted connection"), "operating.md#put-into-service", _https),
    ("hosts", N_("Address"), "operating.md#install", _hosts),
    ("mail", N_("Mail"), "operating.md#mail-and-jobs", _mail),
    ("jobs", N_("Work done by itself"), "operating.md#mail-and-jobs", _jobs),
    ("backup", N_("Backups"), "operating.md#backups", _backup),
    ("factors", N_("Second steps"), "operating.md#second-steps-for-signing-in", _factors),
    ("settings", N_("Weak settings"), "operating.md#settings", _settings),
    ("contact", N_("Whom to turn to"), "operating.md#settings", _contact),
    ("files", N_("Keys and files"), "operating.md#put-into-service", _files),
    ("database", N_("Database"), "operating.md#postgresql", _database),
    ("helplines", N_("Help directory"), "helplines.md", _helplines),
    ("room", N_("Room on the disk"), "operating.md#install", _room),
    ("courses", N_("Courses"), "courses.md", _courses),
)
