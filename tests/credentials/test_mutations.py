"""Nothing that was changed in a badge is taken, in either form of proof, by the published verifier or by the site."""

from __future__ import annotations

import base64
import hmac
import json
import random
import runpy
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from coplearn.credentials import documents
from coplearn.credentials.documents import SigningKey
from coplearn.credentials.rules import LARGEST_FILE, Award, Issuer, badge_document
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused

ISSUER = Issuer("https://learn.example.org", "Learning")
KEY = SigningKey(ISSUER, "k1", Ed25519PrivateKey.from_private_bytes(b"1" * 32))
THIEF = SigningKey(ISSUER, "k1", Ed25519PrivateKey.from_private_bytes(b"2" * 32))
RAW = KEY.private.public_key().public_bytes_raw()
KEYS = json.dumps(documents.keys_document(ISSUER, [("k1", RAW)])).encode()
PINNED = documents.read_keys(KEYS)
AWARD = Award(
    number="AAAAA-BBBBB-CCCCC-DDDDD",
    check="https://learn.example.org/en/check/AAAAA-BBBBB-CCCCC-DDDDD",
    name="أمل Amal",
    title="Certificate of a trainer",
    achievement="Your child online",
    achievement_key="course",
    description="may run trainings",
    language="en",
    said={"en": "Your child online", "ar": "طفلك على الإنترنت"},
    issued_at=datetime(2026, 11, 1, tzinfo=UTC),
    valid_until=utcnow().replace(microsecond=0) + timedelta(days=300),
    position=77,
)
DOCUMENT = badge_document(AWARD, ISSUER)
LIST = documents.status_list(ISSUER, KEY, [1, 2, 3], utcnow()).encode()
VERIFIER: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[2] / "docs/verify_badge.py"))
LETTERS = 'abcXYZ019-_.=+/"{}[]:, \\\u0430\u202e\u0000é'


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _changed_document(rng: random.Random) -> dict[str, Any]:
    """What a forger would rather have it say."""
    document: dict[str, Any] = json.loads(json.dumps(DOCUMENT))
    subject = document["credentialSubject"]

    def end_later() -> None:
        document["validUntil"] = "2099-01-01T00:00:00Z"

    def other_name() -> None:
        subject["identifier"][0]["identityHash"] = rng.choice(["Amal", "أمل Аmal", "أمل\u202e Amal", "أمل  Amal", ""])

    def no_status() -> None:
        del document["credentialStatus"]

    def other_place() -> None:
        document["credentialStatus"]["statusListIndex"] = str(rng.randrange(131_072))

    def other_issuer() -> None:
        document["issuer"]["id"] = rng.choice(["did:web:evil.example", "did:web:learn.example.org.evil", ""])

    def other_course() -> None:
        subject["achievement"]["name"] = "Surgery"

    def more() -> None:
        subject[rng.choice(["name", "result", "https://schema.org/name"])] = "Surgeon"

    rng.choice([end_later, other_name, no_status, other_place, other_issuer, other_course, more])()
    return document


def _forged(rng: random.Random, genuine: str) -> str:
    """A document with other words under the old signature, or under somebody else's key, or under none."""
    way = rng.randrange(4)
    document = _changed_document(rng) if way else DOCUMENT
    if genuine.startswith("{"):
        proofs = json.loads(genuine)["proof"]
        if way in (0, 1):
            return documents.as_json(document, THIEF, AWARD.issued_at)
        kept = rng.choice([proofs, proofs[:1], proofs[1:], proofs[::-1], [], [{}, {}]])
        return json.dumps({**document, "proof": kept}, ensure_ascii=False, separators=(",", ":"))
    head, body, signature = genuine.split(".")
    if way in (0, 1):
        return documents.as_jwt(document, THIEF)
    other = _base64url(json.dumps(document).encode())
    if way == 2:
        return f"{head}.{other}.{signature}"
    weak = _base64url(json.dumps({"alg": rng.choice(["none", "HS256", "None"]), "kid": f"{KEY.method}-jwk"}).encode())
    mac = _base64url(hmac.digest(RAW, f"{weak}.{body}".encode(), "sha256"))
    return f"{weak}.{rng.choice([body, other])}.{rng.choice(['', mac, signature])}"


def _scratched(rng: random.Random, genuine: str) -> str:
    """The text with a bit, a letter or a piece of it changed."""
    place, way = rng.randrange(len(genuine)), rng.randrange(5)
    if way == 0:
        data = bytearray(genuine.encode())
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        return data.decode(errors="replace")
    piece = {1: rng.choice(LETTERS), 2: "", 3: genuine[place] * 2, 4: genuine[place].swapcase()}[way]
    return genuine[:place] + piece + genuine[place + 1 :]


def _mutants(genuine: str, seed: int, count: int) -> Iterator[str]:
    rng, made = random.Random(seed), 0
    while made < count:
        one = (_forged if rng.random() < 0.3 else _scratched)(rng, genuine)
        if not _says_the_same(one, genuine):
            made += 1
            yield one


def _says_the_same(one: str, genuine: str) -> bool:
    """Whether only the spaces around or between the same words were changed."""
    if one.strip() == genuine:
        return True
    try:
        return genuine.startswith("{") and bool(json.loads(one) == json.loads(genuine))
    except ValueError:
        return False


def _taken_by_verifier(text: str) -> bool:
    try:
        VERIFIER["check"](text.encode(errors="replace"), KEYS, LIST)
    except Exception:
        return False
    return True


def _taken_by_site(text: str) -> bool:
    """Whatever is wrong with it, the site says a sentence and never breaks."""
    try:
        documents.read_credential(text.encode(errors="replace"), PINNED, LIST, utcnow())
    except Refused:
        return False
    return True


JUDGES: dict[str, Callable[[str], bool]] = {"verifier": _taken_by_verifier, "site": _taken_by_site}
SAMPLE = {"jwt": 160, "json": 50}
GENUINE = {"jwt": documents.as_jwt(DOCUMENT, KEY), "json": documents.as_json(DOCUMENT, KEY, AWARD.issued_at)}


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("form", GENUINE)
def test_no_changed_badge_is_taken(form: str, judge: str) -> None:
    """A genuine one is, and of some hundred changed ones none."""
    assert JUDGES[judge](GENUINE[form])
    taken = [one for one in _mutants(GENUINE[form], 7, SAMPLE[form]) if JUDGES[judge](one)]
    assert taken == []


@pytest.mark.whole
@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("form", GENUINE)
def test_none_of_ten_thousand_is_taken(form: str, judge: str) -> None:
    """Five thousand of each form, before each of the two who judge."""
    taken = [one for one in _mutants(GENUINE[form], 2026, 5_000) if JUDGES[judge](one)]
    assert taken == []


def test_bytes_that_are_no_badge_are_refused_with_a_sentence() -> None:
    """Whatever somebody brings: nothing, noise, hostile XML, bombs, deep nesting, no badge at all."""
    bomb = b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><svg>&c;</svg>'
    deep = b'{"a":' * 20_000 + b"1" + b"}" * 20_000
    noise = random.Random(1).randbytes(2_000)
    png = b"\x89PNG\r\n\x1a\n" + noise
    for data in (
        b"",
        noise,
        bomb,
        deep,
        png,
        b"<svg/>",
        b"a.b.c",
        b"{}",
        b"[]",
        b'{"proof":[]}',
        b"x" * 600_000,
        b"%PDF-1.7",
    ):
        with pytest.raises(Refused):
            documents.read_credential(data, PINNED, b"", utcnow())
        with pytest.raises(Refused):
            documents.read_keys(data)


def test_genuine_badge_in_another_dress_is_refused() -> None:
    """One that is larger than a badge may be, and one of which a letter differs that decodes to the same bytes."""
    token = GENUINE["jwt"]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]
    assert not _taken_by_site(other) and not _taken_by_verifier(other)
    assert not _taken_by_site(token + "\n" * LARGEST_FILE)


def test_keys_are_pinned_and_nothing_else() -> None:
    """Of a file of keys the name and the keys are kept; whatever else stands in it is not."""
    more = json.loads(KEYS) | {"service": [{"serviceEndpoint": "https://evil.example"}]}
    assert set(documents.read_keys(json.dumps(more).encode())) == {"id", "verificationMethod"}
