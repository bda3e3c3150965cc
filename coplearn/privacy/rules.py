"""The words of the registry of personal data: what a column holds, of whom, why, on which basis, until when, for whose eyes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from coplearn.kernel.text import N_, LabelledEnum, Phrase, counted
from coplearn.settings import Settings


class Holds(StrEnum):
    """The sort of thing that a column holds, which says where it must be found and where not."""

    TEXT = "text"
    """Words of somebody or about them: in their download, and nowhere once they are erased."""
    FACT = "fact"
    """A date, a number or a word of a short list about somebody: as TEXT."""
    HIDDEN = "hidden"
    """A key, a hash or a copy of what stands elsewhere: not in the download, and nowhere once the person is erased."""
    LINK = "link"
    """The number of somebody's row: it leads to nobody once they are erased."""
    STAYS = "stays"
    """What somebody did or what came of it: in their download; it stays after the erasure, of nobody in particular."""
    DUTY = "duty"
    """The name of somebody who answers for a duty on a certain day; it stays on record for it."""
    NOTHING = "nothing"
    """Nothing that tells anything of anybody."""

    @property
    def is_exported(self) -> bool:
        """Whether the person's own download has it."""
        return self in (Holds.TEXT, Holds.FACT, Holds.STAYS)

    @property
    def is_erased(self) -> bool:
        """Whether none of it is left once the person is erased."""
        return self in (Holds.TEXT, Holds.FACT, Holds.HIDDEN)


class Concerned(LabelledEnum):
    """The people of whom a column tells something."""

    ACCOUNT = "account", N_("People with an account")
    LEARNER = "learner", N_("People who learn, with or without an account")
    TRAINEE = "trainee", N_("People in a cohort, with or without an account")
    STAFF = "staff", N_("People who work here")
    ADULTS = "adults", N_("Adults who answer for children's safety at a meeting")
    READER = "reader", N_("People whom a message goes to")
    NOBODY = "nobody", N_("Nobody")


class KeptFor(LabelledEnum):
    """The purpose of keeping something; ``what`` says in a sentence what is kept."""

    what: str

    def __new__(cls, value: str, label: str = "", what: str = "") -> Self:
        """Make the member with the sentence that goes with it."""
        member = str.__new__(cls, value)
        member._value_, member.label, member.what = value, label, what
        return member

    LEARNING = (
        "learning",
        N_("Learning"),
        N_("Which steps you did, what you answered and wrote, and where you were last."),
    )
    PRACTICE = (
        "practice",
        N_("Questions beside a course"),
        N_("What you were asked before a module, later on and some months after a training, and what you answered."),
    )
    CERTIFICATES = (
        "certificates",
        N_("Certificates"),
        N_("Your name as you gave it, the course, the date, and a number by which others can check."),
    )
    ACCOUNT = (
        "account",
        N_("Your account"),
        N_("Your mail address, your name, your language, your time zone, and what you may do here."),
    )
    SAFETY = (
        "safety",
        N_("Keeping accounts safe"),
        N_("Your password in a form nobody can read, keys of sessions, and counts of failed tries."),
    )
    TRAINING = (
        "training",
        N_("Training with others"),
        N_(
            "Your name, organisation, region, mail address and telephone, when you were there, what you taught and what was"
            " said about it, and what came of it."
        ),
    )
    CHILDREN = (
        "children",
        N_("Meetings with children"),
        N_(
            "How many children of which age were there, and the adults who answered for their safety. No child is named."
        ),
    )
    EXERCISES = (
        "exercises",
        N_("Exercises"),
        N_("What was decided in an exercise, by office, and who ran it. Who plays gives no name."),
    )
    GROUPS = (
        "groups",
        N_("Votes of a group"),
        N_(
            "Which module was presented, by whom and when, and how many chose which answer. Nobody who votes gives a name."
        ),
    )
    LETTERS = "letters", N_("Messages"), N_("Whom a message went to, when, and what it said.")
    CONSENT = (
        "consent",
        N_("What you agreed to"),
        N_("What you agreed to, in which wording, when, and when you took it back."),
    )
    TRANSLATING = (
        "translating",
        N_("Translating"),
        N_("Who wrote, read or commented on a text, and when. Texts stay without your name."),
    )
    ACCOUNTABILITY = (
        "accountability",
        N_("Who did what"),
        N_("What people who work here did, and when, so that it can be asked about later."),
    )
    HUB = (
        "hub",
        N_("Resources and experts"),
        N_(
            "What you contributed or appraised, what you said when you were nominated as an expert, and how a panel voted."
        ),
    )
    REPORTS = "reports", N_("Reports"), N_("Counts without names, and no small numbers.")
    OPERATION = (
        "operation",
        N_("Keeping the site running"),
        N_("What the machine has to do, the site's settings and who changed them."),
    )


class Basis(LabelledEnum):
    """The ground on which something is kept; the law behind it is the operator's to name (``settings.legal_basis``)."""

    TRAINING = "training", N_("Needed for the training that the person takes part in")
    TASK = "task", N_("Needed for the task of whoever runs this site")
    SAFETY = "safety", N_("Needed to keep people's accounts safe")
    CONSENT = "consent", N_("The person's consent, which can be taken back as easily as it was given")
    NONE = "none", N_("No personal data")


class Seen(LabelledEnum):
    """People who may see something."""

    SELF = "self", N_("The person")
    MEMBERS = "members", N_("People of the same cohort")
    STAFF = "staff", N_("Those who run the cohort or the exercise")
    EXAMINERS = "examiners", N_("Examiners and observers of the cohort")
    COORDINATORS = "coordinators", N_("Coordinators of the country")
    ADMINS = "admins", N_("Whoever administers this site")
    PLATFORM = "platform", N_("The learning platform that sent the person")
    TRANSLATORS = "translators", N_("Translators")
    PUBLIC = "public", N_("Anybody who has the certificate's number")
    EVERYBODY = "everybody", N_("Everybody")
    SUMS = "sums", N_("Reports, as sums without names")
    MACHINE = "machine", N_("The machine alone")


@dataclass(frozen=True, slots=True)
class KeptUntil:
    """The end of keeping something: a sentence, and the days in it where there are any."""

    words: Phrase
    """The sentence; where it counts days, any number stands in it."""
    days: int = 0
    setting: str = ""
    """The field of the settings that says how many days."""

    @property
    def counts(self) -> bool:
        """Whether there are days in the sentence."""
        return bool(self.words.plural)

    def days_here(self, settings: Settings) -> int:
        """The number of days on this site."""
        return int(getattr(settings, self.setting)) if self.setting else self.days

    def phrase(self, settings: Settings) -> Phrase:
        """The sentence, with this site's number of days."""
        if self.words.plural is None:
            return self.words
        return counted(self.words.text, self.words.plural, self.days_here(settings))

    def is_reached(self, settings: Settings) -> bool:
        """Whether it ever ends anything on this site: 0 days, where a setting says so, is never."""
        return not self.setting or self.days_here(settings) > 0

    @property
    def span(self) -> timedelta:
        """The days that are the product's own. The day's work forgets by this, so that it cannot say another number."""
        return timedelta(days=self.days)

    def before(self, now: datetime, settings: Settings) -> datetime:
        """The instant before which all has been kept long enough."""
        return now - timedelta(days=self.days_here(settings))


TERMS: Final = {
    "erased": KeptUntil(Phrase(N_("Until you erase it"))),
    "visitor": KeptUntil(
        counted(
            "Without an account: %(num)s day after you last used it",
            "Without an account: %(num)s days after you last used it",
            0,
        ),
        setting="visitor_days",
    ),
    "unconfirmed": KeptUntil(
        counted(
            "An account whose address nobody confirmed: %(num)s day",
            "An account whose address nobody confirmed: %(num)s days",
            0,
        ),
        days=30,
    ),
    "session": KeptUntil(
        counted(
            "The key of a session you signed out of: %(num)s day at most",
            "The key of a session you signed out of: %(num)s days at most",
            0,
        ),
        days=30,
    ),
    "api_token": KeptUntil(
        counted(
            "The key of a program: %(num)s day after it ended", "The key of a program: %(num)s days after it ended", 0
        ),
        days=30,
    ),
    "letter": KeptUntil(
        counted(
            "Whom a message went to and what it said: %(num)s day",
            "Whom a message went to and what it said: %(num)s days",
            0,
        ),
        setting="letter_days",
    ),
    "cohort": KeptUntil(
        Phrase(N_("As long as the cohort is kept. Once you are erased, what was counted stays without your name."))
    ),
    "contact": KeptUntil(
        counted(
            "Addresses and telephones: %(num)s day after the cohort was put away",
            "Addresses and telephones: %(num)s days after the cohort was put away",
            0,
        ),
        setting="contact_days",
    ),
    "asked_contact": KeptUntil(
        counted(
            "The mail address of an organisation that was asked to comment: %(num)s day after the last day of the consultation",
            "The mail address of an organisation that was asked to comment: %(num)s days after the last day of the consultation",
            0,
        ),
        days=365,
    ),
    "invitation": KeptUntil(
        counted(
            "An invitation to work here that nobody took: %(num)s day",
            "An invitation to work here that nobody took: %(num)s days",
            0,
        ),
        days=14,
    ),
    "request": KeptUntil(
        counted("Being asked to work in a cohort: %(num)s day", "Being asked to work in a cohort: %(num)s days", 0),
        days=30,
    ),
    "roster_file": KeptUntil(
        counted("A list that was not brought in: %(num)s day", "A list that was not brought in: %(num)s days", 0),
        days=2,
    ),
    "roster_lines": KeptUntil(
        counted(
            "Lines of a list that have to be mended: %(num)s day",
            "Lines of a list that have to be mended: %(num)s days",
            0,
        ),
        days=10,
    ),
    "roster_report": KeptUntil(
        counted("What was wrong in a list: %(num)s day", "What was wrong in a list: %(num)s days", 0), days=30
    ),
    "room": KeptUntil(
        counted("Roles taken in an exercise: %(num)s day", "Roles taken in an exercise: %(num)s days", 0), days=2
    ),
    "work": KeptUntil(Phrase(N_("What you did stays, without your name once you erase your account"))),
    "audit": KeptUntil(
        Phrase(N_("As long as the record of who did what is kept; under a number once you erase your account"))
    ),
    "form": KeptUntil(
        counted(
            "That a form was sent, without what was in it: %(num)s day",
            "That a form was sent, without what was in it: %(num)s days",
            0,
        ),
        days=7,
    ),
    "tries": KeptUntil(Phrase(N_("Counts of tries: some hours"))),
    "done": KeptUntil(Phrase(N_("Until it is done"))),
    "site": KeptUntil(Phrase(N_("As long as the site is there"))),
}
"""Every answer to "until when", by the name that registry files call it by. The day's work takes its numbers from here."""


class ConsentTo(StrEnum):
    """Things that somebody can agree to, and take back."""

    QUESTIONS_BY_LETTER = "questions-by-letter"


@dataclass(frozen=True, slots=True)
class ConsentWording:
    """Sentences that somebody agreed to, as they stood on the page: the sentence and the words on the button, in English."""

    version: str
    """The month from which it is shown."""
    sentences: tuple[str, ...]


WORDINGS: Final = {
    ConsentTo.QUESTIONS_BY_LETTER: (
        ConsentWording(
            "2026-11",
            (
                (
                    "What we come back to now and then stays with us. Would you like to be asked %(num)s single questions over"
                    " the next months? They are never scored."
                ),
                "Yes, by letter",
            ),
        ),
    ),
}
"""Every wording that was ever shown, the present one last. Reword the page, and add a line here: a test compares them."""


def wording_of(kind: str, version: str) -> str:
    """The sentences of a wording, for whoever asks what was agreed to; empty for one that this version does not know."""
    found = WORDINGS.get(ConsentTo(kind), ()) if kind in set(ConsentTo) else ()
    return " — ".join(next((one.sentences for one in found if one.version == version), ()))


NOT_SECRET: Final = frozenset(
    {
        "backup_days", "backup_weeks", "check_links", "cohorts_opened_by", "contact", "contact_days", "country",
        "helplines", "host", "https", "jobs_here", "language_bar", "languages", "legal_basis", "letter_days",
        "log_level", "lrs_megabytes", "lrs_requests", "mail", "mail_from", "mail_port", "mail_server", "mail_tls",
        "metrics_local", "organisation", "organisation_url", "overlays", "port", "proxies", "pseudo_locales",
        "public_url", "quick_exit_url", "rate_limits", "recording_megabytes", "recordings_megabytes", "report_zone",
        "resource_megabytes", "responsible", "second_factor_for", "second_factor_grace_days", "second_reading",
        "security_contact", "site_name", "source_url", "style_page", "threads", "trusted_courses", "trusted_hosts",
        "uploads_megabytes", "visitor_days", "workers",
    }
)  # fmt: skip
"""Settings that keep nothing secret; of every other it is told that it is set, and no more."""


def setting_text(value: object) -> str:
    """A value as its variable takes it."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(int(value)) if isinstance(value, bool) else str(value)
