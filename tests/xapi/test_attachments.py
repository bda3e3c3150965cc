"""Statements with files: taken with the bytes that their hash names, given back with them, and signatures that fit."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, b64encode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_curve_key
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from werkzeug.test import TestResponse

from coplearn.xapi.rules.formats import Rejected
from coplearn.xapi.rules.multipart import FilePart, composed, parts_of
from tests.xapi.lrs import Lrs, statement

DATA = bytes(range(256)) + b"\r\n--not the boundary\r\n"
BOUNDARY = "abcABC0123'()+_,-./:=?"
SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"


def head(data: bytes, **changes: Any) -> dict[str, Any]:
    """The head of an attachment of those bytes."""
    return {
        "usageType": "http://example.org/use",
        "display": {"en": "A file"},
        "contentType": "image/png",
        "length": len(data),
        "sha2": hashlib.sha256(data).hexdigest(),
        **changes,
    }


def part(data: bytes, kind: str = "image/png", sha2: str = "", encoding: str = "binary") -> bytes:
    """A part with those bytes."""
    lines = [f"Content-Type: {kind}", f"Content-Transfer-Encoding: {encoding}"]
    lines.append(f"X-Experience-API-Hash: {sha2 or hashlib.sha256(data).hexdigest()}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def send(
    lrs: Lrs, statements: Any, *parts: bytes, first: str = "application/json", method: str = "POST"
) -> TestResponse:
    """Send statements with parts."""
    pieces = [f"Content-Type: {first}\r\n\r\n{json.dumps(statements)}".encode(), *parts]
    mark = f"--{BOUNDARY}".encode()
    body = b"".join(mark + b"\r\n" + piece + b"\r\n" for piece in pieces) + mark + b"--\r\n"
    params = {"statementId": statements["id"]} if method == "PUT" else {}
    kind = f'multipart/mixed; boundary="{BOUNDARY}"'
    return lrs.send(method, "statements", body, content_type=kind, params=params)


def test_files_come_back_byte_for_byte_when_they_are_asked_for(lrs: Lrs) -> None:
    """One copy however many statements have it; without being asked for, JSON and no bytes."""
    first, second, without = statement(attachments=[head(DATA)]), statement(attachments=[head(DATA)]), statement()
    assert send(lrs, [first, second, without], part(DATA)).status_code == 200
    put = statement(attachments=[head(b"other")])
    assert send(lrs, put, part(b"other"), method="PUT").status_code == 204
    plain = lrs.send("GET", "statements", params={"attachments": "false"})
    assert plain.mimetype == "application/json" and DATA not in plain.data
    answer = lrs.send("GET", "statements", params={"attachments": "true"})
    raw, parts = parts_of(answer.headers["Content-Type"], answer.data)
    assert answer.mimetype == "multipart/mixed" and len(json.loads(raw)["statements"]) == 4
    assert {one.data for one in parts.values()} == {DATA, b"other"}
    assert answer.data.count(b"Content-Transfer-Encoding: binary") == 2 and answer.data.count(DATA) == 1
    one = lrs.send("GET", "statements", params={"statementId": without["id"], "attachments": "true"})
    raw, parts = parts_of(one.headers["Content-Type"], one.data)
    assert json.loads(raw)["id"] == without["id"] and parts == {}


def test_files_by_address_need_no_bytes(lrs: Lrs) -> None:
    """As JSON and as multipart; without an address and without bytes they are refused in either."""
    linked = head(DATA, fileUrl="http://example.org/f")
    lrs.store(statement(attachments=[linked]), statement())
    assert send(lrs, [statement(attachments=[linked]), statement()]).status_code == 200
    assert send(lrs, statement()).status_code == 200
    missing = statement(attachments=[head(DATA)])
    assert lrs.send("POST", "statements", missing).status_code == 400
    assert send(lrs, missing).status_code == 400
    assert send(lrs, [statement(), missing], part(b"other")).status_code == 400
    inner = {
        "objectType": "SubStatement",
        **{name: missing[name] for name in ("actor", "verb", "object", "attachments")},
    }
    assert lrs.send("POST", "statements", statement(object=inner)).status_code == 400
    assert send(lrs, statement(object=inner), part(DATA)).status_code == 200


def test_parts_that_do_not_fit_are_refused_and_nothing_is_kept(lrs: Lrs) -> None:
    """Another hash, none, another encoding, length or type than said, a part of no statement, a first part of another type."""
    one = statement(attachments=[head(DATA)])
    assert send(lrs, one, part(DATA, sha2="a" * 64)).status_code == 400
    assert send(lrs, one, part(DATA, sha2="x")).status_code == 400
    # A head and a part that agree on what is not the hash of the bytes.
    agreed = send(lrs, statement(attachments=[head(DATA, sha2="a" * 64)]), part(DATA, sha2="a" * 64))
    assert agreed.status_code == 400 and "Part 2: X-Experience-API-Hash is not" in (agreed.json or {})["error"]
    assert send(lrs, one, part(DATA, encoding="base64")).status_code == 400
    assert send(lrs, one, part(DATA, kind="image/gif")).status_code == 400
    assert send(lrs, statement(attachments=[head(DATA, length=1)]), part(DATA)).status_code == 400
    assert send(lrs, one, part(DATA), part(b"more")).status_code == 400
    assert send(lrs, one, part(DATA), first="text/plain").status_code == 400
    assert lrs.found() == []
    long = hashlib.sha512(DATA).hexdigest()
    assert send(lrs, statement(attachments=[head(DATA, sha2=long)]), part(DATA, sha2=long)).status_code == 200


def test_bodies_without_an_end_are_refused() -> None:
    """No part, no end, a header that is none, no empty line, more parts than anybody needs: refused at once."""
    kind, whole = composed(b"{}", [FilePart(hashlib.sha256(DATA).hexdigest(), "image/png", DATA)])
    assert parts_of(kind, whole)[0] == b"{}"
    boundary = kind.partition('"')[2].rstrip('"').encode()
    for wrong in (
        b"",
        whole[:-6],
        whole.replace(b"\r\n\r\n", b"\r\n"),
        b"--" + boundary + b"\r\nx\r\n\r\n{}\r\n--" + boundary + b"--",
        b"--" + boundary + (b"\r\nContent-Type: application/json\r\n\r\n{}\r\n--" + boundary) * 400 + b"--",
    ):
        with pytest.raises(Rejected):
            parts_of(kind, wrong)
    with pytest.raises(Rejected):
        parts_of("multipart/mixed; boundary=" + "x" * 71, whole)


def certificate_of(key: RSAPrivateKey | EllipticCurvePrivateKey) -> str:
    """A certificate of a key by itself, in base64."""
    now, name = datetime(2026, 11, 1, tzinfo=UTC), x509.Name([])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    made = made.not_valid_before(now).not_valid_after(now + timedelta(days=999))
    return b64encode(made.sign(key, SHA256()).public_bytes(Encoding.DER)).decode()


@pytest.fixture(scope="module")
def signer() -> tuple[RSAPrivateKey, str]:
    """A key of RSA and its certificate."""
    key = generate_private_key(65537, 2048)
    return key, certificate_of(key)


def sign(key: RSAPrivateKey, payload: Any, **header: Any) -> bytes:
    """A JWS in compact serialization."""

    def coded(value: bytes) -> bytes:
        return urlsafe_b64encode(value).rstrip(b"=")

    message = coded(json.dumps({"alg": "RS256", **header}).encode()) + b"." + coded(json.dumps(payload).encode())
    return message + b"." + coded(key.sign(message, PKCS1v15(), SHA256()))


def signed(whole: dict[str, Any], jws: bytes, kind: str = "application/octet-stream") -> tuple[dict[str, Any], bytes]:
    """The statement with its signature, and the part of it."""
    own = head(jws, usageType=SIGNATURE, contentType=kind)
    return whole | {"attachments": [own]}, part(jws, kind)


def test_signed_statement_is_taken_when_the_signature_is_its_own(lrs: Lrs, signer: tuple[RSAPrivateKey, str]) -> None:
    """With its certificate or without; of another statement, by another key, no JWS, another algorithm or type: refused."""
    key, certificate = signer
    whole = statement(timestamp="2026-11-30T12:00:00Z")
    for header in ({}, {"x5c": [certificate]}):
        again = whole | {"id": statement()["id"]}
        assert send(lrs, *signed(again, sign(key, again, **header))).status_code == 200
    other, curved = generate_private_key(65537, 2048), certificate_of(generate_curve_key(SECP256R1()))
    # A kind of key that nobody knows, where RSA's stands.
    unknown = b64decode(certificate).replace(bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d010107"))
    wrong = [
        signed(whole, sign(key, whole, x5c=[b64encode(unknown).decode()])),
        signed(whole, sign(key, whole | {"result": {"success": True}})),
        signed(whole, sign(key, "x")),
        signed(whole, sign(other, whole, x5c=[certificate])),
        signed(whole, sign(key, whole, x5c=["x"])),
        signed(whole, sign(key, whole, x5c=[curved])),
        signed(whole, sign(key, whole, alg="HS256")),
        signed(whole, sign(key, whole, alg="none")),
        signed(whole, b"no signature"),
        signed(whole, b"a.b.c"),
        signed(whole, sign(key, whole), kind="text/plain"),
    ]
    assert [send(lrs, *one).status_code for one in wrong] == [400] * 11
    assert lrs.send("GET", "statements", params={"statementId": whole["id"]}).status_code == 404
