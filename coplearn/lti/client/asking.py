"""Talking with learning platforms: PyLTI1p3next behind our limits. Loaded when a platform is first dealt with."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from pylti1p3.assignments_grades import AssignmentsGradesService
from pylti1p3.cookie import CookieService
from pylti1p3.deep_link import DeepLink
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.deployment import Deployment
from pylti1p3.dynamic_registration import generate_key_pair
from pylti1p3.exception import LtiException, LtiServiceException
from pylti1p3.grade import Grade
from pylti1p3.lineitem import LineItem
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.registration import Registration
from pylti1p3.request import Request
from pylti1p3.service_connector import ServiceConnector
from pylti1p3.session import SessionService
from pylti1p3.tool_config.abstract import ToolConfAbstract
from requests import RequestException, Session

from coplearn.lti.rules import (
    CLOCKS_APART,
    MEMBERS_SCOPE,
    NOT_PROVED,
    OTHER_PLACE,
    SILENT,
    LaunchRefused,
    LtiSigningKey,
    NotSent,
    Outgoing,
    Platform,
    PlatformSilent,
    ProvedLaunch,
    read_launch,
)
from coplearn.serving.outgoing import limit

log = structlog.get_logger("coplearn.lti")

_ALGORITHMS: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})
"""Signatures that take a platform's own private key; never none, and no secret that is shared."""
_LONGEST: Final = 5.0
_FRESH: Final = 86_400.0
_ASKED_AGAIN: Final = 60.0
"""Seconds that a platform's keys are taken as they are, and those before which a key that is not among them is not asked for."""
_REST: Final = 60.0
"""Seconds for which a platform that did not answer is not asked again."""
_TURN: Final = 2.0
_KEY_BITS: Final = 2_048
_MOST_PAGES: Final = 20
_LINE_ITEM: Final = "application/vnd.ims.lis.v2.lineitem+json"
_WRONG: Final = (LtiException, ValueError, TypeError, KeyError, AttributeError, RuntimeError)
"""What the library raises at whatever a stranger's browser or a faulty platform sends."""


class _NoRequest(Request):
    """The library's view of a request that has nothing but the token."""

    def __init__(self, token: str) -> None:
        self._token = token

    @property
    def session(self) -> dict[str, Any]:
        return {}

    def is_secure(self) -> bool:
        return True

    def get_param(self, key: str) -> str:
        return self._token if key == "id_token" else ""


class _OnePlatform(ToolConfAbstract[_NoRequest]):
    """One registration and its deployments, as the library asks for them."""

    def __init__(self, registration: Registration, deployments: Collection[str]) -> None:
        self._registration, self._deployments = registration, frozenset(deployments)

    def check_iss_has_one_client(self, iss: str) -> bool:
        return False

    def find_registration_by_issuer(self, iss: str, *args: Any, **kwargs: Any) -> Registration:
        raise LtiException("A client id is always asked for as well.")

    def find_deployment(self, iss: str, deployment_id: str) -> Deployment | None:
        return None

    def find_registration_by_params(self, iss: str, client_id: str, *args: Any, **kwargs: Any) -> Registration:
        one = self._registration
        return one if (iss, client_id) == (one.get_issuer(), one.get_client_id()) else None  # type: ignore[return-value] # as the library asks for it

    def find_deployment_by_params(
        self, iss: str, deployment_id: str, client_id: str, *args: Any, **kwargs: Any
    ) -> Deployment | None:
        return Deployment().set_deployment_id(deployment_id) if deployment_id in self._deployments else None


class _NoCookies(CookieService):
    """The library's view of cookies, which are ours to keep."""

    def get_cookie(self, name: str) -> str | None:
        return None

    def set_cookie(self, name: str, value: str | int, exp: int | None = None) -> None:
        raise LtiException("Cookies are none of the library's business here.")


class _Launch(MessageLaunch[_NoRequest, _OnePlatform, SessionService, CookieService]):
    """A launch of which the library judges the token alone: state and nonce are ours, in cookie and database."""

    def _get_request_param(self, key: str) -> str:
        return self._request.get_param(key)

    @property
    def key_id(self) -> str:
        """The id of the key that the token says it was signed with. Raises ValueError for a signature that is not taken."""
        header = self._jwt["header"]
        if header.get("alg") not in _ALGORITHMS or not isinstance(header.get("kid"), str):
            raise ValueError("no signature that is taken here")
        return header["kid"]

    @property
    def client_ids(self) -> list[Any]:
        """The audience of the token."""
        audience = self._get_jwt_body().get("aud")
        return audience if isinstance(audience, list) else [audience]


class _Connector(ServiceConnector):
    def __init__(self, registration: Registration, session: Session, tokens: dict[str, tuple[str, float]]) -> None:
        super().__init__(registration, session)
        self._tokens = tokens

    def _key(self, scope_key: str) -> str:
        return f"{self._registration.get_client_id()}|{self._registration.get_auth_token_url()}|{scope_key}"

    def _get_cached_access_token(self, scope_key: str) -> str | None:
        token, ends = self._tokens.get(self._key(scope_key), ("", 0.0))
        return token if time.monotonic() < ends else None

    def _cache_access_token(self, scope_key: str, access_token: str, expires_in: float) -> None:
        if len(self._tokens) > 1_000:
            self._tokens.clear()
        self._tokens[self._key(scope_key)] = (access_token, time.monotonic() + max(0.0, float(expires_in) - 60))

    def forget_tokens(self) -> None:
        """Ask for new ones: the platform takes those that are kept no longer."""
        self._tokens.clear()


class PlatformClient:
    """All talk of this process with platforms: their keys as they were last read, tokens, and who did not answer lately."""

    def __init__(self, named_hosts: Collection[str]) -> None:
        self._named = tuple(named_hosts)
        self._keys: dict[str, tuple[dict[str, Any], float]] = {}
        self._tokens: dict[str, tuple[str, float]] = {}
        self._rests: dict[str, float] = {}
        self._asking = threading.Lock()

    def session(self) -> Session:
        """A session of ``requests`` with the limits on it."""
        session = Session()
        limit(session, self._named, longest=_LONGEST)
        return session

    # ── Launches ──

    def prove(self, platform: Platform, deployments: Collection[str], token: str, nonce: str) -> ProvedLaunch:
        """The launch that a platform's token proves. No transaction may be open: the platform's keys may have to be fetched.

        Raises LaunchRefused for a token that is not the platform's, is for somebody else, is over or has another nonce, and
        PlatformSilent when its keys cannot be had. A deployment that is not known is told by :class:`LaunchRefused` as well.
        """
        known = _registration(platform)
        launch = _Launch(
            _NoRequest(token),
            _OnePlatform(known, deployments),
            session_service=SessionService(_NoRequest(token)),
            cookie_service=_NoCookies(),
        )
        launch.set_auto_validation(False).set_jwt_verify_options(
            # Clocks are apart, so times are looked at below.
            {"verify_aud": False, "verify_iat": False, "verify_exp": False, "require": ["exp", "iat", "nonce", "sub"]}
        )
        try:
            launch.validate_jwt_format()
            known.set_key_set(self._keys_with(platform, launch.key_id))  # type: ignore[arg-type] # as it came
            launch.validate_registration().validate_jwt_signature()
            _check_place(launch, platform)
            launch.validate_message()
            claims: Mapping[str, Any] = launch.get_launch_data()
            _check_times(claims, time.time())
            if claims["nonce"] != nonce or launch.client_ids != [platform.client_id]:
                raise ValueError("another nonce, or for others as well")
            return read_launch(claims, datetime.fromtimestamp(float(claims["exp"]), UTC))
        except (*_WRONG, OverflowError) as error:
            log.warning("launch_refused", platform=platform.id, kind=type(error).__name__, why=str(error)[:200])
            raise LaunchRefused(NOT_PROVED, platform=platform.name) from error

    def _keys_with(self, platform: Platform, kid: str) -> dict[str, Any]:
        """The platform's keys, asked for again where that one is not among them, at most once a minute."""
        known, read_at = self._keys.get(platform.keys_url, ({}, float("-inf")))
        has_it = any(isinstance(one, dict) and one.get("kid") == kid for one in known.get("keys", ()))
        age = time.monotonic() - read_at
        if age < (_FRESH if has_it else _ASKED_AGAIN):
            return known
        if not self._asking.acquire(timeout=_TURN):
            raise PlatformSilent(SILENT, platform=platform.name)
        try:
            with self._turn(platform.keys_url, platform):
                answer = self.session().get(platform.keys_url, headers={"Accept": "application/json"})
                answer.raise_for_status()
                keys = answer.json()
                if not isinstance(keys, dict) or not isinstance(keys.get("keys"), list) or len(keys["keys"]) > 100:
                    raise RequestException("no set of keys")
                keys = {"keys": [one for one in keys["keys"] if isinstance(one, dict)]}
        except PlatformSilent:
            if has_it:
                return known
            raise
        finally:
            self._asking.release()
        self._keys[platform.keys_url] = (keys, time.monotonic())
        return keys

    @contextmanager
    def _turn(self, address: str, platform: Platform) -> Iterator[None]:
        """Ask a platform at that address, unless it did not answer lately. Raises PlatformSilent."""
        if time.monotonic() < self._rests.get(address, 0.0):
            raise PlatformSilent(SILENT, platform=platform.name)
        try:
            yield
        except (RequestException, ValueError, RecursionError) as error:
            self._rests[address] = time.monotonic() + _REST
            log.warning("platform_silent", platform=platform.id, kind=type(error).__name__)
            raise PlatformSilent(SILENT, platform=platform.name) from error

    # ── Scores ──

    def find_line_item(self, one: Outgoing, key: LtiSigningKey, label: str) -> str:
        """The address of the column of an activity, made where there is none yet. Raises NotSent."""
        with self._service(one.platform, key) as connector:
            told: Any = {"scope": list(one.scopes), "lineitems": one.line_items}
            service = AssignmentsGradesService(connector, told)
            page: str | None = one.line_items
            for _ in range(_MOST_PAGES):
                found, page = service.get_lineitems_page(page)
                for line in found:
                    if line.get("resourceLinkId") == one.link_id:
                        return str(line["id"])
                if not page:
                    break
            made = {"scoreMaximum": 100, "label": label, "resourceLinkId": one.link_id}
            answer = connector.make_service_request(
                list(one.scopes),
                one.line_items,
                is_post=True,
                data=json.dumps(made),
                content_type=_LINE_ITEM,
                accept=_LINE_ITEM,
            )
            body = answer["body"]
            if not isinstance(body, dict) or not body.get("id"):
                raise NotSent("no-column", for_good=False)
            return str(body["id"])

    def send_score(self, one: Outgoing, line_item: str, key: LtiSigningKey) -> None:
        """Tell a platform what somebody came to. Raises NotSent."""
        grade = (
            Grade()
            .set_score_given(one.score)
            .set_score_maximum(100)
            .set_activity_progress("Completed")
            .set_grading_progress("FullyGraded")
            .set_timestamp(one.changed_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
            .set_user_id(one.subject)
        )
        with self._service(one.platform, key) as connector:
            told: Any = {"scope": list(one.scopes), "lineitem": line_item}
            service = AssignmentsGradesService(connector, told)
            try:
                service.put_grade(grade)
            except LtiServiceException as error:
                # It has this very score already: what was sent came through, and the answer did not.
                if error.response.status_code != 409:
                    raise

    @contextmanager
    def _service(self, platform: Platform, key: LtiSigningKey) -> Iterator[_Connector]:
        """Ask a service of a platform with a token of ours. Raises NotSent, whatever went wrong."""
        connector = _Connector(_registration(platform, key), self.session(), self._tokens)
        try:
            with self._turn(platform.token_url, platform):
                yield connector
        except PlatformSilent as error:
            raise NotSent("silent", for_good=False) from error
        except LtiServiceException as error:
            status = error.response.status_code
            if status == 401:
                connector.forget_tokens()
            log.warning("platform_refused", platform=platform.id, status=status)
            raise NotSent(f"http-{status}", for_good=status in {400, 403, 404, 410, 422}) from error
        except _WRONG as error:
            log.warning("platform_faulty", platform=platform.id, kind=type(error).__name__)
            raise NotSent("nonsense", for_good=False) from error

    # ── People, and choosing what goes into a course ──

    def members(self, platform: Platform, address: str, key: LtiSigningKey) -> list[dict[str, Any]]:
        """The people in a platform's course, as it tells them now (Names and Roles). Raises NotSent."""
        found: list[dict[str, Any]] = []
        with self._service(platform, key) as connector:
            page: str | None = address
            for _ in range(_MOST_PAGES):
                answer = connector.make_service_request(
                    [MEMBERS_SCOPE], page or "", accept="application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
                )
                body, page = answer["body"], answer["next_page_url"]
                people = body.get("members") if isinstance(body, dict) else None
                found += [one for one in people if isinstance(one, dict)] if isinstance(people, list) else []
                if not page:
                    break
        return found

    def choice(
        self, platform: Platform, deployment_id: str, data: object, item: Mapping[str, str], key: LtiSigningKey
    ) -> str:
        """The signed answer to a platform that asked what goes into a course: one activity, with a column for its score."""
        column = LineItem().set_score_maximum(100).set_label(item["title"]).set_resource_id(item["resource"])
        resource = DeepLinkResource().set_url(item["url"]).set_title(item["title"]).set_lineitem(column)
        answer = DeepLink(_registration(platform, key), deployment_id, {"data": data})
        message = {name: value for name, value in answer.get_message_jwt([resource]).items() if value is not None}
        return str(answer.encode_jwt(message))  # type: ignore[no-untyped-call] # not typed there


def new_key() -> tuple[str, str, dict[str, Any]]:
    """A fresh private key and its public half, both as PEM, and the public half as a JSON Web Key with its id."""
    private, public = generate_key_pair(_KEY_BITS)
    return private, public, dict(Registration.get_jwk(public))


def _registration(platform: Platform, key: LtiSigningKey | None = None) -> Registration:
    made = (
        Registration()
        .set_issuer(platform.issuer)
        .set_client_id(platform.client_id)
        .set_key_set_url(platform.keys_url)
        .set_auth_login_url(platform.login_url)
        .set_auth_token_url(platform.token_url)
        .set_auth_audience(platform.audience)
    )
    if key is not None:
        made.set_tool_private_key(key.private).set_tool_public_key(key.public)
    return made


def _check_place(launch: _Launch, platform: Platform) -> None:
    """Raises LaunchRefused for a part of the platform that may not open courses here."""
    try:
        launch.validate_deployment()
    except LtiException as error:
        raise LaunchRefused(OTHER_PLACE, platform=platform.name) from error


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    """Raises ValueError for a token that is over, or was made in the time to come; clocks may be a little apart."""
    if not now - CLOCKS_APART < float(claims["exp"]) or not float(claims["iat"]) < now + CLOCKS_APART:
        raise ValueError("not the time of this token")
