"""Keys: good for one purpose, for ever, and for nobody who may not read them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from coplearn.keys.ring import KeyPurpose, KeyRing
from coplearn.settings import Settings


def test_a_signature_is_good_for_its_message_and_purpose_alone(settings: Settings) -> None:
    """Another message, purpose or key id, and what is no signature at all, are refused."""
    ring = KeyRing(settings)
    signed, other = ring.sign(KeyPurpose.AUDIT, b"one"), ring.sign(KeyPurpose.PROOFS, b"one")
    assert ring.verify(KeyPurpose.AUDIT, signed.key_id, signed.text, b"one")
    assert not ring.verify(KeyPurpose.AUDIT, signed.key_id, signed.text, b"two")
    assert not ring.verify(KeyPurpose.PROOFS, signed.key_id, signed.text, b"one")
    assert not ring.verify(KeyPurpose.AUDIT, other.key_id, other.text, b"one")
    assert not ring.verify(KeyPurpose.AUDIT, signed.key_id, "no signature", b"one")
    assert not ring.verify(KeyPurpose.WEBHOOKS, signed.key_id, signed.text, b"one")


def test_one_key_given_for_two_purposes_signs_for_each_alone(settings: Settings) -> None:
    """Whoever copies a key in the environment does not make proofs of the log's seals."""
    text = KeyRing(settings).given_text()
    audit = text.split('"audit":')[1].split("},")[0] + "}"
    ring = KeyRing(replace(settings, site_keys=f'{{"audit":{audit},"proofs":{audit}}}'))
    signed = ring.sign(KeyPurpose.AUDIT, b"one")
    assert ring.verify(KeyPurpose.AUDIT, signed.key_id, signed.text, b"one")
    assert not ring.verify(KeyPurpose.PROOFS, signed.key_id, signed.text, b"one")


def test_a_renewed_key_leaves_what_was_signed_good_and_signs_no_more(settings: Settings) -> None:
    """Of an old key only the public half is kept, which every other process sees at once."""
    ring, elsewhere = KeyRing(settings), KeyRing(settings)
    signed = ring.sign(KeyPurpose.AUDIT, b"one")
    renewed = ring.renew(KeyPurpose.AUDIT)
    assert elsewhere.verify(KeyPurpose.AUDIT, signed.key_id, signed.text, b"one")
    assert elsewhere.sign(KeyPurpose.AUDIT, b"two").key_id == renewed.id != signed.key_id
    assert [key.is_current for key in ring.public_keys(KeyPurpose.AUDIT)] == [False, True]
    assert sorted(path.name for path in ring.folder.iterdir()) == ["audit-1.pub", "audit-2.key"]


def test_public_halves_alone_check_what_was_signed_elsewhere(settings: Settings, tmp_path: Path) -> None:
    """A site that came without its private keys knows what they signed, hands the halves on, and signs with a key of its own."""
    there = KeyRing(settings)
    signature = there.sign(KeyPurpose.CREDENTIALS, b"said")
    here = KeyRing(replace(settings, instance_path=tmp_path / "new"))
    here.folder.mkdir(parents=True)
    for name, half in there.files(with_private=False).items():
        (here.folder / name).write_bytes(half)
    assert here.verify(KeyPurpose.CREDENTIALS, signature.key_id, signature.text, b"said")
    assert [key.is_current for key in here.public_keys(KeyPurpose.CREDENTIALS)] == [False]
    assert here.files(with_private=True) == there.files(with_private=False)
    own = here.sign(KeyPurpose.CREDENTIALS, b"said")
    assert own.key_id != signature.key_id
    assert here.verify(KeyPurpose.CREDENTIALS, signature.key_id, signature.text, b"said")


def test_keys_of_the_environment_are_the_same_on_every_host(settings: Settings, tmp_path: object) -> None:
    """What was signed on one machine is good on the other, also by keys renewed before; nothing is written there."""
    ring = KeyRing(settings)
    old = ring.sign(KeyPurpose.PROOFS, b"one")
    ring.renew(KeyPurpose.PROOFS)
    there = KeyRing(replace(settings, instance_path=settings.instance_path / "there", site_keys=ring.given_text()))
    new = there.sign(KeyPurpose.PROOFS, b"two")
    assert ring.verify(KeyPurpose.PROOFS, new.key_id, new.text, b"two")
    assert there.verify(KeyPurpose.PROOFS, old.key_id, old.text, b"one")
    assert not there.folder.exists()
    with pytest.raises(LookupError):
        there.renew(KeyPurpose.PROOFS)
    given = json.dumps({KeyPurpose.PROOFS: json.loads(ring.given_text())[KeyPurpose.PROOFS]})
    with pytest.raises(LookupError, match="COPLEARN_SITE_KEYS"):
        KeyRing(replace(settings, site_keys=given)).sign(KeyPurpose.AUDIT, b"one")


def test_wrong_keys_in_the_environment_are_named_without_being_told(settings: Settings) -> None:
    """A start with half a secret is refused, and no log gets to hold the half."""
    with pytest.raises(ValueError, match="COPLEARN_SITE_KEYS") as told:
        KeyRing(replace(settings, site_keys='{"audit": {"private": "c2VjcmV0"}}'))
    assert "c2VjcmV0" not in str(told.value)


def test_whoever_signs_first_at_the_same_moment_makes_one_key(settings: Settings) -> None:
    """Many processes that start together agree on one key, which only the site's user may read."""
    with ThreadPoolExecutor(16) as pool:
        ids = set(pool.map(lambda _: KeyRing(settings).sign(KeyPurpose.AUDIT, b"one").key_id, range(16)))
    (path,) = KeyRing(settings).folder.iterdir()
    assert len(ids) == 1
    assert (path.name, path.stat().st_mode & 0o777) == ("audit-1.key", 0o600)
