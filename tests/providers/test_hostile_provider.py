"""A provider that lies, is slow or is not there: nobody comes in by a bad token, and no other page waits."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from coplearn.accounts.models import User
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.conftest import MakeSite
from tests.providers.provider import Comer, named

KEY = RSAKey.generate_key(2048, parameters={"kid": "one"})
OTHER_KEY = RSAKey.generate_key(2048, parameters={"kid": "one"})
Change = Callable[["Liar", dict[str, Any]], object]


class Liar:
    """A provider that checks what a strict one checks, and whose answers a test changes."""

    def __init__(self) -> None:
        self.issuer, self.nonce, self.challenge = "", "", ""
        self.description: dict[str, Any] = {}
        self.sign: Callable[[dict[str, Any]], str] = lambda claims: jwt.encode(
            {"alg": "RS256", "kid": "one"}, claims, KEY
        )
        self.change: Callable[[dict[str, Any]], object] = lambda claims: None
        self.userinfo: dict[str, Any] = {}
        self.asked: list[str] = []

    def __call__(self, environ: Any, start: Any) -> Any:
        """Answer, as WSGI has it."""
        request = Request(environ)
        self.asked.append(request.path)
        answer = getattr(self, "at_" + request.path.rpartition("/")[2].replace("-", "_"))(request)
        return Response(json.dumps(answer), answer.pop("status", 200), content_type="application/json")(environ, start)

    def at_openid_configuration(self, _request: Request) -> dict[str, Any]:
        names = {
            "authorization_endpoint": "auth",
            "token_endpoint": "token",
            "jwks_uri": "keys",
            "userinfo_endpoint": "me",
        }
        return {
            "issuer": self.issuer,
            **{key: f"{self.issuer}/{path}" for key, path in names.items()},
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            **self.description,
        }

    def at_keys(self, _request: Request) -> dict[str, Any]:
        return {"keys": [KEY.as_dict(private=False)]}

    def at_me(self, _request: Request) -> dict[str, Any]:
        return self.userinfo

    def at_token(self, request: Request) -> dict[str, Any]:
        proof = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(proof).rstrip(b"=").decode() != self.challenge:
            return {"error": "invalid_grant", "status": 400}
        assert request.authorization is not None
        assert (request.authorization.username, request.authorization.password) == ("coplearn", "s3cret")
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": "coplearn",
            "sub": "eve",
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
        }
        claims |= {"email": "eve@ministry.example", "email_verified": True}
        self.change(claims)
        return {"access_token": "a", "token_type": "Bearer", "id_token": self.sign(claims)}


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The address of that application, which answers meanwhile."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def liar() -> Iterator[Liar]:
    """The provider, serving."""
    one = Liar()
    with serving(one) as one.issuer:
        yield one


@pytest.fixture
def site(make_app: MakeSite, liar: Liar) -> Flask:
    """A site whose people may come from it."""
    return make_app(oidc=named(liar.issuer))


def come(site: Flask, liar: Liar, more: str = "") -> Comer:
    """Somebody goes there and comes back with a code."""
    comer = Comer(site)
    sent = parse_qs(urlsplit(comer.leave()).query)
    liar.nonce, liar.challenge = sent["nonce"][0], sent["code_challenge"][0]
    comer.get(f"/oidc/ministry?code=c&state={sent['state'][0]}{more}")
    return comer


def emails(site: Flask) -> list[str]:
    with site.app_context():
        return list(current_session(site).scalars(select(User.email)))


def test_honest_answer_lets_somebody_in(site: Flask, liar: Liar) -> None:
    """The tests below change one thing each of what does."""
    assert come(site, liar).is_signed_in
    assert emails(site) == ["eve@ministry.example"]


def _forged(head: dict[str, str], claims: dict[str, Any], seal: Callable[[bytes], bytes]) -> str:
    first, second = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (head, claims))
    sealed = base64.urlsafe_b64encode(seal(first + b"." + second)).rstrip(b"=")
    return b".".join((first, second, sealed)).decode()


def _unsigned(claims: dict[str, Any]) -> str:
    return _forged({"alg": "none"}, claims, lambda _: b"")


def _by_public_key(claims: dict[str, Any]) -> str:
    secret = KEY.as_pem(private=False)
    return _forged({"alg": "HS256", "kid": "one"}, claims, lambda text: hmac.digest(secret, text, "sha256"))


LIES: dict[str, Change] = {
    "another site's": lambda _, claims: claims.update(aud="other"),
    "another site's, ours as its party": lambda _, claims: claims.update(aud="other", azp="coplearn"),
    "for several, of nobody": lambda _, claims: claims.update(aud=["coplearn", "other"]),
    "another issuer's": lambda _, claims: claims.update(iss="https://evil.example"),
    "another sign-in's": lambda _, claims: claims.update(nonce="another"),
    "no sign-in's": lambda _, claims: claims.pop("nonce"),
    "old": lambda _, claims: claims.update(iat=1, exp=2),
    "endless": lambda _, claims: claims.pop("exp"),
    "of tomorrow": lambda _, claims: claims.update(iat=int(time.time()) + 86_400),
    "nobody": lambda _, claims: claims.pop("sub"),
    "nobody in particular": lambda _, claims: claims.update(sub=""),
    "a number": lambda _, claims: claims.update(sub=7),
    "too long": lambda _, claims: claims.update(sub="x" * 300),
    "signed by another key": lambda liar, _: setattr(
        liar, "sign", lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, OTHER_KEY)
    ),
    "not signed": lambda liar, _: setattr(liar, "sign", _unsigned),
    "signed with what everybody has": lambda liar, _: setattr(liar, "sign", _by_public_key),
    "no token": lambda liar, _: setattr(liar, "sign", lambda claims: "a.b.c"),
    "null": lambda liar, _: setattr(liar, "sign", lambda claims: None),
}


@pytest.mark.parametrize("lie", LIES)
def test_bad_token_lets_nobody_in(site: Flask, liar: Liar, lie: str) -> None:
    """One thing wrong with it is enough; the person reads a sentence, and nothing is written."""
    liar.change = lambda claims: LIES[lie](liar, claims)
    comer = come(site, liar)
    assert "did not let you in" in comer.told()
    assert not comer.is_signed_in
    assert emails(site) == []


def test_answer_in_the_name_of_another_issuer_is_refused(site: Flask, liar: Liar) -> None:
    """RFC 9207: a way back that says whose it is, is that one's; the code is not sent on."""
    comer = come(site, liar, "&iss=https://evil.example")
    assert not comer.is_signed_in
    assert "/token" not in liar.asked


def test_code_without_its_proof_opens_nothing(site: Flask, liar: Liar) -> None:
    """A code that somebody caught is worth nothing without the verifier of the browser that left (PKCE)."""
    comer = Comer(site)
    sent = parse_qs(urlsplit(comer.leave()).query)
    liar.nonce, liar.challenge = sent["nonce"][0], "another's"
    comer.get(f"/oidc/ministry?code=c&state={sent['state'][0]}")
    assert not comer.is_signed_in


def test_more_is_asked_where_the_token_says_little(site: Flask, liar: Liar) -> None:
    """The address may stand at the user's page alone; there it has to be of the same person."""
    liar.change = lambda claims: claims.pop("email")
    liar.userinfo = {"sub": "mallory", "email": "victim@ministry.example", "email_verified": True}
    assert not come(site, liar).is_signed_in
    liar.userinfo["sub"] = "eve"
    assert come(site, liar).is_signed_in
    assert emails(site) == ["victim@ministry.example"]


@pytest.mark.parametrize(
    "lie",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "http://evil.example/auth"},
        {"token_endpoint": "http://169.254.169.254/latest"},
        {"jwks_uri": "file:///etc/passwd"},
        {"userinfo_endpoint": "http://localhost:1/"},
        {"end_session_endpoint": "javascript:alert(1)"},
        {"id_token_signing_alg_values_supported": ["HS256", "none"]},
        {"token_endpoint": 7},
    ],
    ids=lambda lie: next(iter(lie)),
)
def test_description_that_leads_elsewhere_is_not_believed(site: Flask, liar: Liar, lie: dict[str, Any]) -> None:
    """Nothing of it is asked and nobody is sent there; signing in with a password is as before."""
    liar.description = lie
    comer = Comer(site)
    assert comer.leave() == "/en/sign-in"
    assert "does not answer just now" in comer.told()
    assert liar.asked == ["/.well-known/openid-configuration"]
    comer.join("ana@example.org")


def test_provider_that_is_down_is_asked_once_and_the_rest_goes_on(
    make_app: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who presses next is told at once; the page to sign in does not ask it at all."""
    monkeypatch.setattr("coplearn.providers.client._LONGEST", 1.0)
    monkeypatch.setattr("coplearn.providers.client._TURN", 0.1)
    met: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        site = make_app(oidc=named(f"http://127.0.0.1:{silent.getsockname()[1]}"))
        first = threading.Thread(target=lambda: met.append(Comer(site).leave()))
        first.start()
        ana = Comer(site)
        ana.join("ana@example.org")
        assert Comer(site).leave() == "/en/sign-in", "nobody waits behind whoever waits"
        first.join()
        begun = time.monotonic()
        assert Comer(site).leave() == "/en/sign-in"
        assert time.monotonic() - begun < 0.9
    assert met == ["/en/sign-in"]


def test_description_is_kept_while_the_provider_is_gone(site: Flask, liar: Liar) -> None:
    """What it said of itself is asked for once an hour, and used for a day when it cannot be asked."""
    for _ in range(3):
        Comer(site).leave()
    assert liar.asked == ["/.well-known/openid-configuration"]
    client = site_of(site).providers.client("ministry")
    client._read_at -= 3_700
    liar.description = {"issuer": "https://broken.example"}
    assert Comer(site).leave().startswith(f"{liar.issuer}/auth?")
    client._read_at -= 86_400
    assert Comer(site).leave() == "/en/sign-in"


def test_cookie_does_not_grow_with_tries(site: Flask) -> None:
    """However often somebody presses, the last try alone is kept."""
    comer = Comer(site)
    for _ in range(5):
        comer.leave()
    with comer.client.session_transaction() as kept:
        assert len([key for key in kept if key.startswith("_state_")]) == 1
