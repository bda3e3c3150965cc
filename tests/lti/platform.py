"""A learning platform on this machine, played by ``lti1p3platform``: it signs launches, gives tokens, keeps scores and people."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, Response, jsonify, request
from flask.testing import FlaskClient
from lti1p3platform.ltiplatform import LTI1P3PlatformConfAbstract
from lti1p3platform.message_launch import LTIAdvantageMessageLaunchAbstract
from lti1p3platform.registration import Registration
from lti1p3platform.request import Request
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
TEACHER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
ADMIN = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"
CLIENT = "client-7"
DEPLOYMENT = "1"


@cache
def pem_pair(name: str = "stranger") -> tuple[str, str]:
    """A private RSA key and its public half; making one takes long, so a process has one of each name."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


class _Preflight(Request):  # type: ignore[misc] # it is not typed
    def build_metadata(self, request: Any) -> Any:
        return {"get_data": dict(request), "form_data": {}, "method": "GET"}


class _Conf(LTI1P3PlatformConfAbstract):  # type: ignore[misc] # it is not typed
    def init_platform_config(self, **kwargs: Any) -> None:
        self._registration = kwargs["registration"]

    def get_registration_by_params(self, **kwargs: Any) -> Registration:
        return self._registration


class _Launch(LTIAdvantageMessageLaunchAbstract):  # type: ignore[misc] # it is not typed
    def render_launch_form(self, launch_data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        return launch_data


class LearningPlatform:
    """The platform: its addresses, and what it has been told. ``fails`` are statuses that it answers scores with, one each."""

    def __init__(self) -> None:
        self.url = ""
        self.scores: list[dict[str, Any]] = []
        self.lines: list[dict[str, Any]] = []
        self.fails: list[int] = []
        self.registered: dict[str, Any] = {}
        self.asked: list[str] = []
        self.tool = ""
        """The address of the site that it opens."""
        self.tool_keys: Callable[[], Any] = dict
        """Fetches that site's public keys; whoever makes the site says how."""
        self.keys: dict[str, tuple[str, str]] = {"first": pem_pair("first")}
        self.signs_with = "first"

    def published(self) -> dict[str, Any]:
        """Its public keys."""
        return {"keys": [Registration.get_jwk(public) for _, public in self.keys.values()]}

    def registration(self, deployment: str = DEPLOYMENT) -> Registration:
        """The tool as this platform knows it."""
        private, public = self.keys[self.signs_with]
        found = Registration().set_iss(self.url).set_client_id(CLIENT).set_deployment_id(deployment)
        found.set_launch_url(f"{self.tool}/lti/launch").set_oidc_login_url(f"{self.tool}/lti/login")
        found.set_platform_private_key(private).set_platform_public_key(public)
        return found.set_deeplink_launch_url(f"{self.tool}/lti/launch")

    def token(
        self,
        preflight: Mapping[str, str],
        *,
        user: str = "u-1",
        target: str = "",
        roles: tuple[str, ...] = (LEARNER,),
        locale: str = "ar",
        link: str = "link-1",
        line_item: bool = True,
        line_items: bool = True,
        deployment: str = DEPLOYMENT,
        choosing: bool = False,
        **claims: Any,
    ) -> str:
        """The signed word of who comes and for what, as an answer to the tool's request."""
        conf = _Conf(registration=self.registration(deployment))
        launch = _Launch(_Preflight(preflight), conf)
        launch.set_launch_url(target or f"{self.tool}/lti/launch")
        launch.set_user_data(user, list(roles), full_name="Amina Example", email_address="amina@example.org")
        launch.set_resource_link_claim(link)
        launch.set_launch_context_claim("course-9", ["CourseSection"], "Parents, autumn", "P9")
        if line_item or line_items:
            launch.set_ags(
                f"{self.url}/lineitems" if line_items else None, f"{self.url}/lineitems/{link}" if line_item else None
            )
        launch.set_nrps(f"{self.url}/members")
        launch.set_extra_claims(
            {
                "https://purl.imsglobal.org/spec/lti/claim/launch_presentation": {
                    "locale": locale,
                    "document_target": "iframe",
                }
            }
        )
        launch.set_extra_claims(claims)
        if choosing:
            launch.set_dl(f"{self.url}/chosen", accept_types={"ltiResourceLink"}, extra_data={"data": "keep-this"})
        token: str = launch.lti_launch()["id_token"]
        return token

    def serve(self) -> Flask:
        """Its own web application."""
        app = Flask("platform")

        @app.before_request
        def note() -> None:
            self.asked.append(request.path)

        @app.get("/jwks")
        def jwks() -> Response:
            return jsonify(self.published())

        @app.post("/token")
        def token() -> tuple[Response, int]:
            conf = _Conf(registration=self.registration().set_tool_key_set_url(f"{self.tool}/lti/keys"))
            conf.get_registration().set_tool_key_set(self.tool_keys())
            return jsonify(conf.get_access_token(request.form.to_dict())), 200

        @app.route("/lineitems", methods=["GET", "POST"])
        def lines() -> tuple[Response, int]:
            if request.method == "GET":
                return jsonify(self.lines), 200
            made = json.loads(request.get_data())
            made["id"] = f"{self.url}/lineitems/made-{len(self.lines) + 1}"
            self.lines.append(made)
            return jsonify(made), 201

        @app.post("/lineitems/<name>/scores")
        def score(name: str) -> tuple[Response, int]:
            if self.fails:
                return jsonify(error="no"), self.fails.pop(0)
            assert request.headers["Authorization"].startswith("Bearer ")
            assert request.mimetype == "application/vnd.ims.lis.v1.score+json"
            self.scores.append(json.loads(request.get_data()) | {"line": name})
            return jsonify({}), 200

        @app.get("/members")
        def members() -> Response:
            people = [
                {"user_id": "u-1", "name": "Amina Example", "status": "Active", "roles": [LEARNER]},
                {"user_id": "u-2", "name": "Rami Example", "status": "Inactive", "roles": [LEARNER]},
            ]
            return jsonify(id=f"{self.url}/members", context={"id": "course-9"}, members=people)

        @app.get("/deep")
        def deep() -> Response:
            return Response("[" * 100_000, mimetype="application/json")

        @app.get("/.well-known/openid-configuration")
        def described() -> Response:
            return jsonify(self.described())

        @app.post("/register")
        def register() -> Response:
            self.registered = json.loads(request.get_data()) | {"token": request.headers.get("Authorization", "")}
            tool = self.registered["https://purl.imsglobal.org/spec/lti-tool-configuration"] | {"deployment_id": "42"}
            return jsonify(
                self.registered
                | {"client_id": "given-1", "https://purl.imsglobal.org/spec/lti-tool-configuration": tool}
            )

        return app

    def described(self) -> dict[str, Any]:
        """What it says of itself, in the shape that a Moodle 4.5 gives: written by what is known of it, and no capture of one."""
        return {
            "issuer": self.url,
            "token_endpoint": f"{self.url}/token",
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
            "jwks_uri": f"{self.url}/jwks",
            "authorization_endpoint": f"{self.url}/mod/lti/auth.php",
            "registration_endpoint": f"{self.url}/register",
            "scopes_supported": [
                "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly",
                "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
                "https://purl.imsglobal.org/spec/lti-ags/scope/score",
                "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
                "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
                "https://purl.imsglobal.org/spec/lti-ts/scope/toolsetting",
                "openid",
            ],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public", "pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
            "https://purl.imsglobal.org/spec/lti-platform-configuration": {
                "product_family_code": "moodle",
                "version": "4.5.1+ (Build: 20250117)",
                "messages_supported": [
                    {"type": "LtiResourceLinkRequest"},
                    {"type": "LtiDeepLinkingRequest", "placements": ["ContentArea"]},
                ],
                "variables": ["basic-lti-launch-request", "Context.id", "User.id"],
            },
        }


@contextmanager
def running_platform(
    platform: LearningPlatform | None = None,
    host: str = "127.0.0.1",
    more: Callable[[Flask], object] = lambda pages: None,
) -> Iterator[LearningPlatform]:
    """A platform that listens meanwhile, under that name of this machine; ``more`` adds pages to it."""
    platform = platform or LearningPlatform()
    pages = platform.serve()
    more(pages)
    server = make_server("127.0.0.1", 0, pages, threaded=True)
    platform.url = f"http://{host}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Launched:
    """A browser that a platform sends to us; in a frame of the platform's page unless said."""

    def __init__(self, client: FlaskClient, platform: LearningPlatform, *, framed: bool = True) -> None:
        self.client, self.platform = client, platform
        self.headers = {"Sec-Fetch-Dest": "iframe" if framed else "document", "Sec-Fetch-Site": "cross-site"}

    def begin(self, **sent: str) -> dict[str, str]:
        """The request that our answer to the platform's first word leads to."""
        said = {"iss": self.platform.url, "client_id": CLIENT, "login_hint": "u-1", "lti_message_hint": "17"} | sent
        answer = self.client.post("/lti/login", data=said, headers=self.headers)
        assert answer.status_code == 302, answer.text
        return {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}

    def send(self, preflight: Mapping[str, str], token: str) -> TestResponse:
        """Send the signed word, as the platform's page has the browser do."""
        form = {"state": preflight["state"], "id_token": token}
        return self.client.post("/lti/launch", data=form, headers=self.headers)

    def launch(self, **told: Any) -> TestResponse:
        """The whole way, up to the first page of ours that is not a step of it."""
        preflight = self.begin()
        answer = self.send(preflight, self.platform.token(preflight, **told))
        while answer.status_code == 303:
            answer = self.client.get(answer.location, headers=self.headers)
        return answer


def resigned(token: str, private: str, kid: str | None = None, **changes: Any) -> str:
    """The same word with changes, signed with that key."""
    header = jwt.get_unverified_header(token)
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(claims | changes, private, algorithm="RS256", headers={"kid": kid or header["kid"]})


def soon(seconds: int) -> int:
    """A time as tokens have it."""
    return int(time.time()) + seconds
