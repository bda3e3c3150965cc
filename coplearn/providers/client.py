"""Talking to a provider: Authlib's client with our limits. Loaded when somebody first presses a provider's button."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App
from authlib.integrations.requests_client import OAuth2Session
from flask import request, session
from joserfc.errors import JoseError
from requests import RequestException

from coplearn.providers.rules import Provider
from coplearn.serving.outgoing import limit

log = structlog.get_logger("coplearn.providers")

_FRESH: Final = 3_600.0
_GOOD: Final = 86_400.0
"""Seconds that what a provider said of itself is taken as it stands, and still used while it cannot be asked."""
_REST: Final = 30.0
"""Seconds for which a provider that did not answer is not asked again."""
_TURN: Final = 2.0
_LONGEST: Final = 5.0
_ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
"""Signatures that take a provider's own private key; never none, and no secret that is shared."""
_STATE: Final = "_state_"
_WRONG: Final = (AuthlibBaseError, JoseError, ValueError, TypeError, KeyError, AttributeError, RuntimeError)
"""What Authlib raises at whatever a stranger's browser or a faulty provider sends."""
Claims: TypeAlias = Mapping[str, Any]


class Unreachable(Exception):
    """A provider that does not answer now, or answers nonsense about itself."""


class NotLetIn(Exception):
    """A way back from the provider that proves nobody; ``said`` is the error's code where the provider named one."""

    def __init__(self, said: str = "") -> None:
        super().__init__(said)
        self.said = said


class _Session(OAuth2Session):  # type: ignore[misc] # Authlib is not typed
    def __init__(self, *args: Any, named: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit(self, named, longest=_LONGEST)


class _App(FlaskOAuth2App):  # type: ignore[misc] # Authlib is not typed
    client_cls = _Session


class ProviderClient:
    """One provider, as this process knows it: its own description is fetched when first needed, and kept."""

    def __init__(self, provider: Provider, callback: str, threads: int) -> None:
        self._provider, self._callback = provider, callback
        self._asking = threading.BoundedSemaphore(max(1, threads - 1))
        self._read_at = self._rests_until = float("-inf")
        self._app = _App(
            FlaskIntegration(provider.name),
            name=provider.name,
            client_id=provider.client_id,
            client_secret=provider.client_secret or None,
            client_kwargs={
                "scope": " ".join(provider.scopes),
                "code_challenge_method": "S256",
                "named": (provider.host,),
            },
        )

    def begin(self) -> str:
        """The provider's address to send the browser to; what proves the way back is kept in the session. Raises Unreachable."""
        with self._turn():
            self._describe()
        # One way at a time: the cookie that holds them must not grow.
        for key in [key for key in session if key.startswith(_STATE)]:
            session.pop(key)
        made = self._app.create_authorization_url(self._callback)
        self._app.save_authorize_data(redirect_uri=self._callback, **made)
        return str(made["url"])

    def finish(self) -> Claims:
        """The claims that the provider makes of whoever came back in this request. Raises NotLetIn and Unreachable."""
        if not any(key.startswith(f"{_STATE}{self._provider.name}_") for key in session):
            raise NotLetIn
        said = request.args.get("iss", self._provider.issuer)
        if said.rstrip("/") != self._provider.issuer.rstrip("/"):
            raise NotLetIn
        with self._turn():
            self._describe()
            try:
                return self._claims()
            except _WRONG as error:
                log.warning("provider_refused", provider=self._provider.name, kind=type(error).__name__)
                raise NotLetIn(str(getattr(error, "error", ""))) from error

    def end_session_address(self, back: str) -> str:
        """The address where somebody signs out of the provider as well, and comes ``back`` from; empty where it names none. Raises
        Unreachable."""
        with self._turn():
            self._describe()
        if not self._app.server_metadata.get("end_session_endpoint"):
            return ""
        made = self._app.create_logout_url(post_logout_redirect_uri=back, client_id=self._provider.client_id)
        return str(made["url"])

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Ask the provider, so that one that hangs holds neither all threads nor anybody twice. Raises Unreachable."""
        if not self._asking.acquire(timeout=_TURN):
            raise Unreachable
        try:
            if time.monotonic() < self._rests_until:
                raise Unreachable
            yield
        except RequestException as error:
            self._rests_until = time.monotonic() + _REST
            log.warning("provider_unreachable", provider=self._provider.name, kind=type(error).__name__)
            raise Unreachable from error
        finally:
            self._asking.release()

    def _describe(self) -> None:
        """Know the provider's description of itself (OpenID Connect Discovery)."""
        age = time.monotonic() - self._read_at
        if age < _FRESH:
            return
        try:
            self._app.server_metadata = self._read_description()
        except (RequestException, ValueError, RecursionError) as error:
            if age > _GOOD:
                log.warning("provider_without_description", provider=self._provider.name, error=str(error))
                raise RequestException(str(error)) from error
            self._read_at = time.monotonic() - _FRESH + _REST
        else:
            self._read_at = time.monotonic()

    def _read_description(self) -> dict[str, Any]:
        with _Session(named=(self._provider.host,)) as asking:
            address = self._provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
            answer = asking.request("GET", address, withhold_token=True)
            answer.raise_for_status()
            description = answer.json()
        return _looked_at(description, self._provider)

    def _claims(self) -> Claims:
        known = self._app.server_metadata
        token = self._app.authorize_access_token(
            claims_options={
                "iss": {"essential": True, "values": [known["issuer"]]},
                "aud": {"essential": True, "values": [self._provider.client_id]},
                "sub": {"essential": True},
                "nonce": {"essential": True},
            },
        )
        claims = dict(token["userinfo"])
        if self._provider.needed_claims - claims.keys() and known.get("userinfo_endpoint"):
            more = self._app.userinfo(token=token)
            if more.get("sub") != claims["sub"]:
                raise ValueError("The two answers are of different people.")
            claims = {**more, **claims}
        return claims


def _looked_at(description: Any, provider: Provider) -> dict[str, Any]:
    """The description, if it is the provider's own and good for this. Raises ValueError saying why not."""
    if not isinstance(description, dict) or str(description.get("issuer", "")).rstrip("/") != provider.issuer.rstrip(
        "/"
    ):
        raise ValueError("It describes another issuer.")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        _address(description, name, provider)
    for name in ("userinfo_endpoint", "end_session_endpoint"):
        if description.get(name):
            _address(description, name, provider)
    theirs = description.get("id_token_signing_alg_values_supported") or ["RS256"]
    ours = [one for one in _ALGORITHMS if one in theirs]
    if not ours:
        raise ValueError("It signs in no way that is taken here.")
    kept = {name: description[name] for name in _KEPT if description.get(name)}
    ways = description.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    way = "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"
    return {
        **kept,
        "id_token_signing_alg_values_supported": ours,
        "token_endpoint_auth_method": way if provider.client_secret else "none",
    }


_KEPT: Final = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "end_session_endpoint",
)


def _address(description: Mapping[str, Any], name: str, provider: Provider) -> None:
    address = description.get(name)
    parts = urlsplit(address) if isinstance(address, str) else urlsplit("")
    here = parts.scheme == "http" and provider.issuer.startswith("http:") and parts.hostname == provider.host
    if not parts.hostname or not (parts.scheme == "https" or here):
        raise ValueError(f"Its {name} is no https address.")
