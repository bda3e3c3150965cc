"""Passkeys: made, and signed in with, by a device made of a few lines; every answer that is not to the question is refused."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.encode_cbor import encode_cbor
from werkzeug.test import TestResponse

from coplearn.kernel.words import Role
from tests.accounts.persona import Visitor
from tests.second_factors.test_signing_in import ANI, CODE, HOME, joined

PASSKEYS, SIGN_IN = HOME + "passkeys", "/en/sign-in/passkey"
ORIGIN = "http://localhost"


@dataclass
class Device:
    """A device that holds one passkey, and what it says of itself."""

    origin: str = ORIGIN
    unlocked: bool = True
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    number: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def make(self, options: dict[str, Any]) -> str:
        """The answer to the question for a new passkey."""
        point = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        kept = bytes(16) + len(self.number).to_bytes(2, "big") + self.number + encode_cbor(public)
        data = self._data(options["rp"]["id"], 0x40) + kept
        attested = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer("webauthn.create", options["challenge"], {"attestationObject": attested})

    def sign(self, options: dict[str, Any]) -> str:
        """The answer to the question at the door."""
        data = self._data(options["rpId"], 0)
        client = self._client("webauthn.get", options["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        said = {"authenticatorData": data, "signature": signature}
        return self._answer("webauthn.get", options["challenge"], said)

    def _data(self, host: str, flags: int) -> bytes:
        flags |= 0x05 if self.unlocked else 0x01
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + bytes(4)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, kind: str, challenge: str, said: dict[str, bytes]) -> str:
        parts = {"clientDataJSON": self._client(kind, challenge), **said}
        number = bytes_to_base64url(self.number)
        response = {name: bytes_to_base64url(part) for name, part in parts.items()}
        return json.dumps({"id": number, "rawId": number, "type": "public-key", "response": response})


def asked(person: Visitor, address: str) -> dict[str, Any]:
    """The question of the site."""
    answer = person.client.post(address, data={"csrf_token": person.token()})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = json.loads(answer.text)
    return found


def add(person: Visitor, device: Device) -> TestResponse:
    """Add the device's passkey."""
    answer = device.make(asked(person, PASSKEYS + "/options"))
    return person.client.post(PASSKEYS, data={"csrf_token": person.token(), "credential": answer, "name": "My key"})


def come_in(person: Visitor, answer: str) -> None:
    """Send a device's answer at the door."""
    person.client.post(SIGN_IN, data={"csrf_token": person.token(), "credential": answer})


def test_passkey_signs_in_alone_and_is_the_second_step_after_a_password(each_app: Flask) -> None:
    """Made, then both ways in; the same answer opens nothing a second time."""
    admin, device = joined(each_app, role=Role.ADMIN), Device()
    assert add(admin, device).status_code == 200
    assert admin.is_signed_in
    assert "My key" in admin.get(HOME).text
    alone = Visitor(each_app)
    answer = device.sign(asked(alone, SIGN_IN + "/options"))
    with alone.client.session_transaction() as held:
        question = dict(held)
    come_in(alone, answer)
    assert alone.get("/en/work").status_code == 200
    again = Visitor(each_app)
    again.token()
    with again.client.session_transaction() as kept:
        kept["passkey"] = question["passkey"]
    come_in(again, answer)
    assert not again.is_signed_in
    second = Visitor(each_app)
    assert second.sign_in(ANI).location == CODE
    come_in(second, device.sign(asked(second, SIGN_IN + "/options")))
    assert second.get("/en/work").status_code == 200


def test_answers_that_are_not_to_the_question_are_refused(app: Flask) -> None:
    """Another site's, one that was not unlocked, another key's under the same number, an old question, and rubbish."""
    person, device = joined(app), Device()
    assert add(person, Device(origin="https://evil.example")).status_code == 422
    assert add(person, Device(unlocked=False)).status_code == 422
    assert add(person, device).status_code == 200
    thief = Visitor(app)
    for liar in (
        Device(origin="https://evil.example", key=device.key, number=device.number),
        Device(unlocked=False, key=device.key, number=device.number),
        Device(number=device.number),
        Device(),
    ):
        come_in(thief, liar.sign(asked(thief, SIGN_IN + "/options")))
        assert not thief.is_signed_in
    old = asked(thief, SIGN_IN + "/options")
    asked(thief, SIGN_IN + "/options")
    for rubbish in (device.sign(old), "", "[]", "{", json.dumps({"id": bytes_to_base64url(device.number)}), "\0"):
        come_in(thief, rubbish)
        assert not thief.is_signed_in
    assert base64url_to_bytes(old["challenge"]) != b""


def test_passkey_that_is_taken_away_opens_nothing(app: Flask) -> None:
    """And another person cannot take it away."""
    person, other, device = joined(app), joined(app, "bo@example.org"), Device()
    add(person, device)
    other.send(f"{PASSKEYS}/1/remove", page=HOME)
    visitor = Visitor(app)
    come_in(visitor, device.sign(asked(visitor, SIGN_IN + "/options")))
    assert visitor.is_signed_in
    person.send(f"{PASSKEYS}/1/remove", page=HOME)
    assert not visitor.is_signed_in
    come_in(visitor, device.sign(asked(visitor, SIGN_IN + "/options")))
    assert not visitor.is_signed_in
    assert visitor.sign_in(ANI).location != CODE
