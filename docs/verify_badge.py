"""Check a badge of coplearn without a network: python3 verify_badge.py BADGE KEYS [STATUS-LIST]

BADGE is the file (SVG, PNG, JSON, JWT, or the certificate's PDF), KEYS the issuer's did.json, fetched by you from the
issuer's own address, STATUS-LIST the file that the badge names, where it names one. Needs Python 3.11 and the package
cryptography. Prints what the badge says and ends with 0, or says why it is not accepted and ends with 1.
"""

import gzip
import json
import re
import sys
import zlib
from base64 import b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def must(good, why):
    if not good:
        raise ValueError(why)


def from_base64(text):
    data = b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    must(urlsafe_b64encode(data).decode().rstrip("=") == text, "not base64url as it is written")
    return data


def from_base58(text, length):
    must(text[:1] == "z" and len(text) < 100, "not base58 as it is written")
    data = sum(BASE58.index(char) * 58**place for place, char in enumerate(text[:0:-1])).to_bytes(length, "big")
    must(len(text[1:]) - len(text[1:].lstrip("1")) == length - len(data.lstrip(b"\0")), "not base58 as it is written")
    return data


def carried(data):
    if data.startswith(b"\x89PNG"):
        start = data.index(b"openbadgecredential\0")
        data = data[start + 24 : start + int.from_bytes(data[start - 8 : start - 4], "big")]
    elif data.startswith(b"%PDF"):
        parts = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL)
        parts += [zlib.decompressobj().decompress(part, 1 << 20) for part in parts if part[:1] == b"\x78"]
        data = next(part for part in parts if part.startswith(b'{"@context"'))
    elif data.lstrip().startswith(b"<"):
        data = re.search(rb'<openbadges:credential [^>]*verify="([^"]*)"', data)[1]
    return data.decode().strip()


def digest(value):  # RFC 8785, for what our badges hold: texts, lists and objects
    return sha256(json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).digest()


def read_signed(text, keys):
    if text.startswith("{"):
        said = json.loads(text)
        first, proof = said.pop("proof")
        name, signature = proof["verificationMethod"], from_base58(proof.pop("proofValue"), 64)
        must(from_base64(proof["nonce"][1:]) == digest(first), "the first proof was changed")
        signed = digest({**proof, "@context": said["@context"]}) + digest(said)
    else:
        header, payload, signature = map(from_base64, text.split("."))
        said, name = json.loads(payload), json.loads(header)["kid"]
        signed = text.rpartition(".")[0].encode()
    key = next(one for one in keys["verificationMethod"] if one["id"] == name and name in keys["assertionMethod"])
    jwk = key.get("publicKeyJwk")
    raw = from_base64(jwk["x"]) if jwk else from_base58(key["publicKeyMultibase"], 34)[2:]
    Ed25519PublicKey.from_public_bytes(raw).verify(signature, signed)
    issuer = said["issuer"]
    must(keys["id"] == (issuer if isinstance(issuer, str) else issuer["id"]), "another issuer")
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    must(said["validFrom"] <= now < said.get("validUntil", "9999"), "it is not valid yet, or has run out")
    return said


def check(badge, keys, status=b""):
    keys = json.loads(keys)
    said = read_signed(carried(badge), keys)
    must("OpenBadgeCredential" in said["type"], "this is no badge")
    if "credentialStatus" in said:
        entry = said["credentialStatus"]
        must(status, "it may have been taken back: bring its list as well, from " + entry["statusListCredential"])
        listed = read_signed(status.decode().strip(), keys)
        must(listed["id"] == entry["statusListCredential"] and "validUntil" in listed, "another status list")
        place, bits = int(entry["statusListIndex"]), from_base64(listed["credentialSubject"]["encodedList"][1:])
        must(place >= 0 and not gzip.decompress(bits)[place // 8] & 0x80 >> place % 8, "it was taken back")
    subject = said["credentialSubject"]
    return f"{subject['achievement']['name']} · {subject['identifier'][0]['identityHash']} · {keys['id']}"


if __name__ == "__main__":
    try:
        print("GOOD:", check(*(Path(path).read_bytes() for path in sys.argv[1:4])))
    except Exception as error:  # whatever is wrong with it
        sys.exit(f"NOT ACCEPTED: {error or type(error).__name__}")
