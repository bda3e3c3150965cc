"""The papers of a move are refused once a word in them was changed."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from coplearn.kernel.errors import Refused
from coplearn.keys.ring import KeyPurpose, KeyRing
from coplearn.moving.rules import FORMAT, SignedManifest, read_signed, read_site_manifest, signed_words
from coplearn.settings import Settings

MANIFEST = {
    **dict.fromkeys(("id", "site", "address", "version", "engine", "revision", "since", "challenge"), "a"),
    "country": "MA",
    "has_keys": False,
    "secret_settings": [],
    **{name: {} for name in ("tables", "left_out", "contents", "settings", "files")},
}


def test_a_manifest_of_a_later_version_says_so() -> None:
    with pytest.raises(Refused, match="made by a later version of coplearn"):
        read_site_manifest(json.dumps({"format": "of a later version"}))


def test_a_manifest_with_a_changed_country_is_not_taken(settings: Settings) -> None:
    words = json.dumps({**MANIFEST, "format": FORMAT, "made_at": "2026-11-24T12:00:00+00:00"})
    ring = KeyRing(settings)
    signed = ring.sign(KeyPurpose.PROOFS, signed_words(words))
    [public] = ring.public_keys(KeyPurpose.PROOFS)
    said = SignedManifest(
        read_site_manifest(words), words, signed.key_id, b64encode(public.raw).decode(), signed.text
    ).as_json()
    assert read_signed(said).manifest.country == "MA"
    with pytest.raises(Refused, match="This archive was changed: the signature of its manifest is not good"):
        read_signed(said.replace("MA", "TN"))
