"""Ways in from a platform: the state of a browser, who may frame a page, and the parts that every view needs."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from hmac import compare_digest
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, quote, urlsplit

from flask import Flask, Response, current_app, g, render_template, request, session, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from coplearn.i18n.locales import Locale
from coplearn.i18n.selection import match
from coplearn.kernel.clock import beat, utcnow
from coplearn.lti.queries import all_platforms, signing_key
from coplearn.lti.rules import JOIN_SECONDS, STATE_SECONDS, TICKET_SECONDS, USED, LaunchRefused, LtiSigningKey, Target
from coplearn.lti.sealing import LaunchSeal, hashed
from coplearn.site import site, site_of
from coplearn.storage.database import current_session, engine_of, reading_only
from coplearn.web.security import widen_policy

if TYPE_CHECKING:
    from coplearn.lti.client.asking import PlatformClient

_POLL: Final = 2.0
_STATE: Final = "lti state"
_TICKET: Final = "lti ticket"
_JOIN: Final = "lti join"
_FRAMED: Final = frozenset(
    {
        *("lti", "launched", "learning", "assessments", "practice", "certificates", "profile", "search", "keeping"),
        *("recordings", "recorded", "operations", "pages", "probes", "brands", None),
    }
)
"""Blueprints whose pages a registered platform may show in a frame: those of learning. Accounts and work are in none."""
_OWN_FRAMES: Final = frozenset({"played"})
"""Blueprints of what our own pages show in a frame, which says itself who may."""


@dataclass(frozen=True, slots=True)
class WayIn:
    """A launch that was begun: for which platform, with which number, in which browser; ``again`` is what began it."""

    platform_id: int
    nonce: str
    browser: str
    again: dict[str, str]


class LaunchParts:
    """The parts that launches need of a process: the seal, the client that talks with platforms, and who may frame."""

    def __init__(self, app: Flask, poll: float = _POLL) -> None:
        settings = site_of(app).operators
        self._engine, self._poll, self._named = engine_of(app), poll, settings.lti_hosts
        self._lock = threading.Lock()
        self._client: PlatformClient | None = None
        self._looked: float | None = None
        self._framers: tuple[str, ...] = ()
        self.seal = LaunchSeal(settings.key())
        self.takes_plain = any(host in {"127.0.0.1", "localhost", "::1"} for host in settings.lti_hosts)
        """Whether a platform on this machine may be had without https."""

    @property
    def client(self) -> PlatformClient:
        """The client; its libraries are loaded when it is first asked for."""
        from coplearn.lti.client.asking import PlatformClient

        with self._lock:
            if self._client is None:
                self._client = PlatformClient(self._named)
            return self._client

    def framers(self) -> tuple[str, ...]:
        """The origins of registered platforms; looked for every two seconds, by whoever shows a page in a frame."""
        now = beat(self._poll)
        if self._looked != now:
            with reading_only(), Session(self._engine) as database:
                found = [origin for one in all_platforms(database) if one.is_open for origin in one.origins]
            self._framers, self._looked = tuple(dict.fromkeys(found)), now
        return self._framers

    def renew(self) -> None:
        """Look now, for whoever has just changed something."""
        self._looked = None

    def key(self, database: Session) -> LtiSigningKey:
        """The key that we sign with now. Raises LookupError before any platform was registered."""
        row = signing_key(database, utcnow())
        opened = self.seal.opened(row.sealed) if row is not None else None
        if row is None or opened is None:
            raise LookupError("There is no key to sign with for platforms.")
        return LtiSigningKey(row.kid, **json.loads(opened))


def launch_parts(app: Flask | None = None) -> LaunchParts:
    """The parts of the application, or of the present one."""
    return site_of(app or current_app).launches[0]


def register_launches(app: Flask) -> LaunchParts:
    """Make the parts, and let registered platforms show the pages of learning in a frame; other pages ask for their own window."""
    parts = LaunchParts(app)
    site_of(app).launches.append(parts)

    @app.before_request
    def frame() -> Response | None:
        # An ordinary page pays for this one look.
        if request.headers.get("Sec-Fetch-Dest") not in ("iframe", "frame") or request.blueprint in _OWN_FRAMES:
            return None
        framers = parts.framers()
        if not framers:
            return None
        if request.blueprint not in _FRAMED or "_user_id" in session:
            if request.method != "GET":
                return None
            widen_policy(framers=framers)
            return Response(render_template("lti/window.html", address=request.full_path.rstrip("?")))
        widen_policy(framers=framers)
        return None

    return parts


def let_frame() -> None:
    """Let registered platforms frame the present answer, whatever the browser says of where it will be shown."""
    if framers := launch_parts().framers():
        widen_policy(framers=framers)


# ── The browser that began a launch ──


def _cookie_of(nonce: str) -> str:
    name = f"lti-{hashed(nonce)[:16]}"
    return f"__Host-{name}" if site().settings.https else name


def begin_way_in(platform_id: int, again: dict[str, str]) -> tuple[str, str, str]:
    """The state and the number to begin a launch with, and what the browser is to keep (see :func:`keep_in_browser`)."""
    nonce, browser = token_urlsafe(24), token_urlsafe(24)
    value = {"p": platform_id, "n": nonce, "b": hashed(browser), "a": again}
    return launch_parts().seal.signed(_STATE, value), nonce, browser


def keep_in_browser(response: Response, nonce: str, browser: str) -> None:
    """Have the browser keep what proves that it began the launch, in a frame of the platform's page as well."""
    secure = site().settings.https
    response.set_cookie(
        _cookie_of(nonce),
        browser,
        max_age=STATE_SECONDS,
        secure=secure,
        httponly=True,
        # The platform's own page sends the answer, which no cookie of ours goes with unless it says so.
        samesite="None" if secure else None,
        partitioned=secure,
    )


def read_way_in(state: str) -> WayIn:
    """The launch that a state stands for. Raises LaunchRefused for what we did not sign, or too long ago."""
    value = launch_parts().seal.read(_STATE, state, STATE_SECONDS)
    if value is None:
        raise LaunchRefused(USED)
    return WayIn(value["p"], value["n"], value["b"], value["a"])


def is_this_browser(way: WayIn) -> bool:
    """Whether the launch was begun in the browser of this request."""
    kept = request.cookies.get(_cookie_of(way.nonce), "")
    return bool(kept) and compare_digest(hashed(kept), way.browser)


def ticket_for(way: WayIn, **value: Any) -> str:
    """A ticket for the next address, which the same browser alone can use."""
    return launch_parts().seal.signed(_TICKET, {**value, "n": way.nonce, "b": way.browser})


def read_ticket(text: str) -> dict[str, Any]:
    """The values of a ticket. Raises LaunchRefused for none of ours, an old one, or one of another browser."""
    value = launch_parts().seal.read(_TICKET, text, TICKET_SECONDS)
    if value is None or not is_this_browser(WayIn(0, value["n"], value["b"], {})):
        raise LaunchRefused(USED)
    return value


def forget_in_browser(response: Response, nonce: str) -> None:
    """Have the browser let go of what it kept for the launch."""
    secure = site().settings.https
    response.delete_cookie(
        _cookie_of(nonce), secure=secure, httponly=True, samesite="None" if secure else None, partitioned=secure
    )


# ── Where a launch leads ──


def locale_for(tag: str) -> Locale:
    """The language of a page for somebody whom a platform sent with that language; else the one that their browser asks for."""
    return match(tag.replace("_", "-"), site().locales.live) or g.locale


def target_at(address: str) -> Target | None:
    """The course, module or item that an address of this site leads to; all courses for its start, None for anything else."""
    own = urlsplit(site().settings.address)
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if not address or (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
        return None
    root = request.root_path
    path = parts.path.removeprefix(root) or "/"
    if path in {"/", "/lti/launch"}:
        return Target()
    try:
        endpoint, values = current_app.url_map.bind(parts.netloc).match(path, "GET")
    except (HTTPException, ValueError):
        return None
    course = site().library.current().by_code(values.get("course_code", ""))
    if endpoint not in {"learning.course", "learning.item"} or course is None:
        return None
    module = parse_qs(parts.query).get("module", [""])[0]
    if endpoint == "learning.course":
        return Target(course.id, module) if not module or module in {one.id for one in course.modules} else None
    item = course.item_by_code(values["item_code"])
    return Target(course.id, item_id=item.id) if item is not None else None


def address_of(target: Target, locale: Locale) -> str:
    """The page at which somebody begins with that part of the site, in that language."""
    course = site().library.current().courses.get(target.course_id)
    if course is None:
        return url_for("learning.catalogue", lang=locale.url)
    if target.item_id in course.items:
        code = course.items[target.item_id].code
        return url_for("learning.item", lang=locale.url, course_code=course.code, item_code=code)
    if target.module_id:
        return url_for("launched.module", lang=locale.url, course_code=course.code, module_id=target.module_id)
    return url_for("learning.course", lang=locale.url, course_code=course.code)


def outside_address(target: Target) -> str:
    """The whole address of that part of the site as a platform keeps it: in the present language, which a launch changes."""
    course = site().library.current().courses[target.course_id]
    if target.item_id:
        path = url_for("learning.item", course_code=course.code, item_code=course.items[target.item_id].code)
    else:
        path = url_for("learning.course", course_code=course.code)
    query = f"?module={quote(target.module_id)}" if target.module_id else ""
    return f"{site().settings.address}{path}{query}"


def ticket_to_join(person_id: int) -> str:
    """A ticket with which whoever is signed in elsewhere in this browser may join that person to their account."""
    return launch_parts().seal.signed(_JOIN, {"person": person_id})


def read_ticket_to_join(text: str) -> tuple[int, Target, bool]:
    """The person that a ticket is for, where they were on their way to, and whether this browser was sent with it by a launch.

    Raises LaunchRefused for none of ours, and for an old one.
    """
    seal = launch_parts().seal
    value = seal.read(_JOIN, text, JOIN_SECONDS) or seal.read(_TICKET, text, JOIN_SECONDS)
    if value is None or "person" not in value:
        raise LaunchRefused(USED)
    is_own = "n" in value and is_this_browser(WayIn(0, value["n"], value["b"], {}))
    return value["person"], Target(*value.get("t", ())), is_own


def the_session() -> Session:
    """The request's database session."""
    return current_session(current_app)
