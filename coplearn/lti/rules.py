"""The law of launches: what a platform may ask for, what of a record goes back to it, and why somebody is refused."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

from coplearn.kernel.errors import AppError
from coplearn.kernel.text import N_, Phrase

if TYPE_CHECKING:
    from coplearn.courses.course import Course

STATE_SECONDS: Final = 600
"""How long a way in may take, from the platform's first word to the signed one."""
TICKET_SECONDS: Final = 120
JOIN_SECONDS: Final = 900
CHOICE_SECONDS: Final = 7_200
"""How long somebody may take to choose what goes into their course."""
NONCE_AFTER: Final = timedelta(days=1)
NONCE_LONGEST: Final = timedelta(days=30)
"""Longer than a token can be good beside its state, whatever end it says."""
CLOCKS_APART: Final = 120
"""Seconds that a platform's clock may be off."""
MOST_HINTS: Final = 3_000
"""Letters of what a platform wants to be told again; no platform sends nearly as many."""
FIRST_KEY_DAY: Final = timedelta(days=1)
KEY_DAYS: Final = timedelta(days=180)
KEY_KEPT: Final = timedelta(days=30)
INVITATION_DAYS: Final = timedelta(days=7)
CLAIM: Final = "https://purl.imsglobal.org/spec/lti/claim/"
AGS_ENDPOINT: Final = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS_SERVICE: Final = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
DEEP_LINKING: Final = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
SCORE_SCOPE: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
LINE_ITEM_SCOPE: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
MEMBERS_SCOPE: Final = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
RESULT_SCOPE: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
SCOPES: Final = (LINE_ITEM_SCOPE, SCORE_SCOPE, MEMBERS_SCOPE)
_LEARNER: Final = re.compile(r"(?:.*membership#|.*membership/|)Learner")


class LaunchRefused(AppError):
    """A launch that proves nobody, or somebody who may not come in (HTTP 401)."""

    status = 401


class PlatformSilent(AppError):
    """A platform that has to be asked for something and does not answer (HTTP 503)."""

    status = 503


@dataclass(frozen=True, slots=True)
class LtiSigningKey:
    """The key that signs now, with its private half."""

    kid: str
    private: str
    public: str


class NotSent(Exception):
    """A score that a platform did not take; ``why`` is a short word, and ``for_good`` says that asking again is of no use."""

    def __init__(self, why: str, *, for_good: bool) -> None:
        super().__init__(why)
        self.why, self.for_good = why, for_good


UNKNOWN: Final = N_("This learning platform is not registered here. Its administrator can have it registered.")
CLOSED: Final = N_("%(platform)s may not open courses here at the moment. Ask the people who run this site.")
OTHER_PLACE: Final = N_("This part of %(platform)s may not open courses here. Its administrator can have it added.")
NOT_PROVED: Final = N_("%(platform)s did not prove that it sent you. Go back there and open the course once more.")
USED: Final = N_(
    "This way in was used before, or is too old. Go back to your learning platform and open the course again."
)
NO_COURSE: Final = N_("This activity leads to no course of this site. Ask whoever set it up to choose one.")
SUSPENDED: Final = N_(
    "Your account on this site is switched off, so the course stays closed. Ask the people who run this site."
)
NOT_INVITED: Final = N_(
    "This address to register a platform is used, too old, or was opened outside of a platform. Ask the people who run this site"
    " for a new one."
)
NOT_REGISTERED: Final = N_("The platform did not take the registration. Try again there, or register it by hand.")
SILENT: Final = N_(
    "%(platform)s does not answer at the moment. Wait a little, go back there and open the course again."
)


@dataclass(frozen=True, slots=True)
class Platform:
    """A registered platform, as it is worked with: no row, so that no transaction is open while it is talked to."""

    id: int
    name: str
    issuer: str
    client_id: str
    login_url: str
    token_url: str
    keys_url: str
    audience: str
    is_open: bool

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins whose pages may show ours in a frame."""
        found = (origin_of(self.issuer), origin_of(self.login_url))
        return tuple(dict.fromkeys(one for one in found if one))


@dataclass(frozen=True, slots=True)
class Target:
    """The part of the site that an activity leads to: a course, a module or an item of it by their ids; empty for all courses."""

    course_id: str = ""
    module_id: str = ""
    item_id: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A score that is to be sent, and where to."""

    score: int
    version: int
    changed_at: datetime
    subject: str
    platform: Platform
    link_row: int
    link_id: str
    line_item: str
    line_items: str
    scopes: tuple[str, ...]
    target: Target


@dataclass(frozen=True, slots=True)
class ProvedLaunch:
    """The data of a launch, once it is proved that it said so."""

    deployment_id: str
    subject: str
    expires: datetime
    locale: str
    target: str
    """The address that the activity leads to, as the platform has it."""
    link_id: str
    context_title: str
    is_learner: bool
    in_frame: bool = False
    """Whether the platform says that it shows the course in a frame."""
    line_item: str = ""
    line_items: str = ""
    scopes: tuple[str, ...] = ()
    members_url: str = ""
    deep_linking: Mapping[str, Any] = field(default_factory=dict)
    """The settings of somebody who is to choose what goes into a course; empty for a launch."""

    @property
    def takes_scores(self) -> bool:
        """Whether the platform wants a score of this person for this activity."""
        has_column = bool(self.line_item) or (bool(self.line_items) and LINE_ITEM_SCOPE in self.scopes)
        return self.is_learner and has_column and SCORE_SCOPE in self.scopes


def read_launch(claims: Mapping[str, Any], expires: datetime) -> ProvedLaunch:
    """The launch that proved claims describe. Raises ValueError, TypeError, KeyError or AttributeError for what is none."""
    presentation = claims.get(f"{CLAIM}launch_presentation") or {}
    grades = claims.get(AGS_ENDPOINT) or {}
    members = claims.get(NRPS_SERVICE) or {}
    context = claims.get(f"{CLAIM}context") or {}
    link = claims.get(f"{CLAIM}resource_link") or {}
    return ProvedLaunch(
        deployment_id=_text(claims[f"{CLAIM}deployment_id"], 255),
        subject=_text(claims["sub"], 255),
        expires=expires,
        locale=str(presentation.get("locale") or claims.get("locale") or "")[:35],
        target=str(claims.get(f"{CLAIM}target_link_uri") or "")[:2_000],
        link_id=_text(link["id"], 255) if link else "",
        context_title=_words(context.get("title") or context.get("label") or ""),
        is_learner=any(_LEARNER.fullmatch(str(role)) for role in claims.get(f"{CLAIM}roles") or ()),
        in_frame=presentation.get("document_target") == "iframe",
        line_item=_address(grades.get("lineitem")),
        line_items=_address(grades.get("lineitems")),
        scopes=tuple(one for one in (*SCOPES, RESULT_SCOPE) if one in (grades.get("scope") or ())),
        members_url=_address(members.get("context_memberships_url")),
        deep_linking=_settings(claims.get(DEEP_LINKING) or {}),
    )


def _text(value: object, longest: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest or _words(value, longest) != value:
        raise ValueError("a name is missing, too long, or holds what is no letter")
    return value


def _settings(value: Any) -> Mapping[str, Any]:
    """Settings that can be kept in a page and told again: with half a letter they could not, and so are none (ValueError)."""
    json.dumps(value, ensure_ascii=False).encode()
    return dict(value)


def _words(value: object, longest: int = 200) -> str:
    """Letters, so many at most, that any database keeps: no control, and no half of a pair."""
    return "".join(letter for letter in str(value) if unicodedata.category(letter) not in {"Cc", "Cs"})[:longest]


def _address(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= 2_000 and value.isascii() and origin_of(value) else ""


def origin_of(address: str) -> str:
    """The origin of an http(s) address, such as ``https://learn.example.org``; empty for anything else."""
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    host = parts.hostname or ""
    good = parts.scheme in {"http", "https"} and re.fullmatch(r"[a-z0-9.-]+|\[?[0-9a-f:]+\]?", host)
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}" if good else ""


def is_service_address(address: str, *, plain: bool = False) -> bool:
    """Whether a platform may have a service there: an https address; with ``plain`` on this machine also one by http."""
    host = urlsplit(address).hostname if origin_of(address) else None
    return bool(host) and len(address) <= 500 and (address.startswith("https://") or plain)


class ItemStanding(Protocol):
    """The standing of one item of a learner."""

    @property
    def done_at(self) -> datetime | None:
        """The time at which it was done first."""

    @property
    def score(self) -> int | None:
        """The best score, in whole percent."""


def parts_of(course: Course, target: Target) -> tuple[str, ...]:
    """The ids of the items that an activity asks for; none where the course no longer has its module or item."""
    if target.item_id:
        return (target.item_id,) if target.item_id in course.items else ()
    if not target.module_id:
        return course.required
    here = next((one for one in course.modules if one.id == target.module_id), None)
    return tuple(one for one in course.required if here is not None and one in here.item_ids)


def score_of(items: Collection[str], checks: Collection[str], visits: Mapping[str, ItemStanding]) -> int | None:
    """The score of whoever has done all ``items``: the mean of the best scores of those that are ``checks``, in whole percent,
    and 100 where none is one. None while something is left to do.
    """
    if not items or any(one not in visits or visits[one].done_at is None for one in items):
        return None
    scored = [visits[one].score or 0 for one in items if one in checks]
    return round(sum(scored) / len(scored)) if scored else 100


def score_time(now: datetime, before: datetime | None) -> datetime:
    """The time to tell with a score: platforms drop what is not later than what they had last."""
    return now if before is None or now > before else before + timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class PlatformDraft:
    """The data of a platform as typed or told; an empty ``audience`` is the token's own address."""

    name: str
    issuer: str
    client_id: str
    login_url: str
    token_url: str
    keys_url: str
    audience: str = ""


@dataclass(frozen=True, slots=True)
class PlatformAnswer:
    """Everything that a platform told of itself as it registered; empty where it named no deployment."""

    draft: PlatformDraft
    deployment_id: str


def problems_of_platform(draft: PlatformDraft, *, plain: bool) -> dict[str, Phrase]:
    """The faults in a platform's data, by field. ``plain``: addresses by http will do (on this machine)."""
    problems = {}
    for name in ("name", "client_id"):
        if not 0 < len(getattr(draft, name)) <= 200:
            problems[name] = Phrase(
                N_("Write it as the platform shows it, in at most %(count)s letters."), {"count": 200}
            )
    for name in ("issuer", "login_url", "token_url", "keys_url"):
        address = getattr(draft, name)
        if not is_service_address(address, plain=plain) or (name == "issuer" and len(address) > 255):
            problems[name] = Phrase(N_("Write the whole address, which begins with https://."))
    return problems
