"""Passkeys: what a browser is asked for, and whether its answer is good (WebAuthn, by the ``webauthn`` package)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The site as a passkey knows it: its host, its origin and its name."""

    host: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class MadePasskey:
    """A passkey that a device made."""

    credential_id: str
    public_key: str
    sign_count: int


def creation_options(party: RelyingParty, challenge: bytes, handle: bytes, account: str, known: Iterable[str]) -> str:
    """The JSON that asks a device to make a passkey which the person unlocks, and is none of those ``known``."""
    # Only here: it takes a while to load, and few pages need it.
    import webauthn
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = webauthn.generate_registration_options(
        rp_id=party.host,
        rp_name=party.name,
        user_name=account,
        user_id=handle,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(webauthn.base64url_to_bytes(one)) for one in known],
    )
    return webauthn.options_to_json(options)


def request_options(party: RelyingParty, challenge: bytes) -> str:
    """The JSON that asks a device for a passkey of this site."""
    import webauthn
    from webauthn.helpers.structs import UserVerificationRequirement

    options = webauthn.generate_authentication_options(
        rp_id=party.host, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return webauthn.options_to_json(options)


def made(party: RelyingParty, challenge: bytes, answer: str) -> MadePasskey | None:
    """The passkey in a device's answer; None for an answer that is not to this challenge of this site, or not unlocked."""
    import webauthn
    from webauthn.helpers import bytes_to_base64url
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        found = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None
    return MadePasskey(
        bytes_to_base64url(found.credential_id), bytes_to_base64url(found.credential_public_key), found.sign_count
    )


def named_in(answer: str) -> str:
    """The id of the passkey that an answer names; empty for none."""
    import json

    try:
        value: Any = json.loads(answer)
    except ValueError:
        return ""
    found = value.get("id") if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def signed_count(party: RelyingParty, challenge: bytes, answer: str, known: MadePasskey) -> int | None:
    """The passkey's count in its answer; None for an answer that it did not sign, or that is not to this challenge."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        return webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=webauthn.base64url_to_bytes(known.public_key),
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        ).new_sign_count
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None
