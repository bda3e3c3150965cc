"""Registering this site with a platform that was invited (LTI Dynamic Registration 1.0), in the library's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from pylti1p3.dynamic_registration import DynamicRegistration
from requests import RequestException, Session

from coplearn.lti.rules import NOT_REGISTERED, SCOPES, LaunchRefused, PlatformAnswer, PlatformDraft

log = structlog.get_logger("coplearn.lti")

_CONFIGURATION: Final = "https://purl.imsglobal.org/spec/lti-"


class _OwnData(DynamicRegistration):
    """Our own data as a platform is told them when we register; the library writes it down as the standard has it."""

    def __init__(self, session: Session, name: str, address: str, links: Mapping[str, str]) -> None:
        self.client_name, self._session, self._address, self._links = name, session, address, links

    def get_initiate_login_uri(self) -> str:
        return self._links["login"]

    def get_jwks_uri(self) -> str:
        return self._links["keys"]

    def get_redirect_uris(self) -> list[str]:
        return [self._links["launch"]]

    def get_scopes(self) -> list[str]:
        return list(SCOPES)

    def get_domain(self) -> str:
        return urlsplit(self._address).netloc

    def get_target_link_uri(self) -> str:
        return self._links["launch"]

    def get_messages(self) -> list[dict[str, str]]:
        choosing = {"type": "LtiDeepLinkingRequest", "target_link_uri": self._links["launch"]}
        return [{"type": "LtiResourceLinkRequest"}, {**choosing, "label": self.client_name}]

    def get_logo_uri(self) -> str:
        return f"{self._address}/static/img/course-192.png"


def register_here(
    session: Session, description: str, token: str, name: str, address: str, links: Mapping[str, str]
) -> PlatformAnswer:
    """Register this site with a platform whose description of itself is at that address. No transaction may be open.

    Raises LaunchRefused for a platform that does not answer, says no, or describes somebody else's addresses.
    """
    try:
        known = session.get(description, headers={"Accept": "application/json"})
        known.raise_for_status()
        platform = known.json()
        hosts = {urlsplit(one).hostname for one in (platform["issuer"], platform["registration_endpoint"], description)}
        if len(hosts) != 1:
            raise ValueError("it registers for somebody else")
        headers = {"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        data = _OwnData(session, name, address, links).lti_registration_data()
        answer = session.post(platform["registration_endpoint"], headers=headers, json=data)
        answer.raise_for_status()
        return _registered(platform, answer.json())
    except (RequestException, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        log.warning("registration_failed", kind=type(error).__name__, why=str(error)[:200])
        raise LaunchRefused(NOT_REGISTERED) from error


def _registered(platform: Mapping[str, Any], answer: Mapping[str, Any]) -> PlatformAnswer:
    product = platform.get(f"{_CONFIGURATION}platform-configuration") or {}
    host = urlsplit(str(platform["issuer"])).hostname or ""
    family = str(product.get("product_family_code") or "").strip()
    draft = PlatformDraft(
        name=f"{host} ({family})"[:200] if family else host,
        issuer=str(platform["issuer"]),
        client_id=str(answer["client_id"]),
        login_url=str(platform["authorization_endpoint"]),
        token_url=str(platform["token_endpoint"]),
        keys_url=str(platform["jwks_uri"]),
        audience=str(platform.get("authorization_server") or ""),
    )
    tool = answer.get(f"{_CONFIGURATION}tool-configuration") or {}
    return PlatformAnswer(draft, str(tool.get("deployment_id") or "")[:255])
