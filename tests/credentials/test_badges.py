"""A badge is taken along in every form, checked offline by the published verifier, and says no more than the certificate."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typst
from flask import Flask
from openbadgeslib.ob3 import ldp
from sqlalchemy import text

from coplearn.credentials import documents
from coplearn.credentials.rules import mail_hash
from coplearn.kernel.clock import utcnow
from coplearn.keys.ring import KeyPurpose
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import Visitor
from tests.certificates.test_issuing import finish

VERIFIER = Path(__file__).parents[2] / "docs/verify_badge.py"
FORMS = ("svg", "png", "json", "jwt")
NO_NETWORK = (
    "import sys, runpy, socket; socket.socket = None; sys.argv = sys.argv[1:];"
    " runpy.run_path(sys.argv[0], run_name='__main__')"
)
"""Runs a script where nothing can open a connection."""


def verify(folder: Path, badge: bytes, keys: bytes, status: bytes | None = None) -> tuple[bool, str]:
    """What the published verifier says of saved files, run as its person runs it, where no connection can be opened."""
    (folder / "badge").write_bytes(badge)
    (folder / "did.json").write_bytes(keys)
    files = [str(folder / "badge"), str(folder / "did.json")]
    if status is not None:
        (folder / "status").write_bytes(status)
        files.append(str(folder / "status"))
    ran = subprocess.run(
        [sys.executable, "-I", "-c", NO_NETWORK, str(VERIFIER), *files], capture_output=True, text=True, check=False
    )
    return ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture
def owner(app: Flask) -> Visitor:
    """Somebody who has a certificate of achievement."""
    person = Visitor(app)
    person.join("ani@example.org")
    course = finish(app, "ani@example.org", passed=True)
    person.send(f"/en/c/{course.code}/certificate", name="Անի Սարգսյան")
    return person


def number_of(app: Flask, kind: str = "achievement") -> str:
    """The number of the one certificate of that kind."""
    with app.app_context():
        wanted = text("SELECT number FROM certificate WHERE kind = :kind")
        return str(current_session(app).execute(wanted, {"kind": kind}).scalar_one())


def badge(person: Visitor, number: str, form: str, language: str = "en", **sent: str) -> bytes:
    """The badge as downloaded from My learning."""
    answer = person.send(f"/{language}/certificates/{number}/badge", page="/en/me/", form=form, **sent)
    assert answer.status_code == 200, answer.text
    return bytes(answer.data)


def said(jwt: bytes) -> dict[str, Any]:
    """What a JWT says."""
    part = jwt.split(b".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    return found


def test_every_form_is_verified_offline_and_says_whose_it_is(app: Flask, owner: Visitor, tmp_path: Path) -> None:
    """As picture and as data, in Arabic, and in the certificate's own PDF."""
    number = number_of(app)
    files = {form: badge(owner, number, form, "ar") for form in FORMS}
    files["pdf"] = owner.send(f"/ar/certificates/{number}/pdf", page="/en/me/").data
    keys = app.test_client().get("/.well-known/did.json").data
    for form, data in files.items():
        good, words = verify(tmp_path, data, keys)
        assert good and "Անի Սարգսյան" in words, (form, words)


@pytest.mark.parametrize("paper", ["badge", "pdf"])
@pytest.mark.parametrize("form", ["svg", "json"])
def test_nobody_waits_for_a_badge_that_is_drawn_and_signed(
    app: Flask, owner: Visitor, monkeypatch: pytest.MonkeyPatch, paper: str, form: str
) -> None:
    """Where one writes at a time, everybody else's turn comes meanwhile."""
    begun: list[bool] = []

    def watch(module: Any, name: str) -> None:
        real = getattr(module, name)

        def watched(*args: Any, **kwargs: Any) -> Any:
            begun.append(current_session(app).in_transaction())
            return real(*args, **kwargs)

        monkeypatch.setattr(module, name, watched)

    number = number_of(app)
    watch(typst, "compile")
    watch(ldp, "add_data_integrity_proof")
    answer = owner.send(f"/en/certificates/{number}/{paper}", page="/en/me/", form=form)
    assert answer.status_code == 200
    assert begun and not any(begun)


def test_foreign_keys_do_not_verify_it(app: Flask, owner: Visitor, tmp_path: Path) -> None:
    """Whoever fetched other keys under that name does not believe it; after the key was renewed, the old badges are good."""
    number = number_of(app)
    files = [badge(owner, number, form) for form in ("jwt", "json")]
    keys = json.loads(app.test_client().get("/.well-known/did.json").data)
    site_of(app).keys.renew(KeyPurpose.CREDENTIALS)
    newest = json.loads(app.test_client().get("/.well-known/did.json").data)
    only_new = [one for one in newest["verificationMethod"] if one not in keys["verificationMethod"]]
    forged = newest | {"verificationMethod": only_new}
    for data in files:
        assert not verify(tmp_path, data, json.dumps(forged).encode())[0]
        assert verify(tmp_path, data, json.dumps(newest).encode())[0], (
            "badges signed before the key was renewed stay good"
        )


def test_wallets_find_nothing_wrong_with_either_proof(app: Flask, owner: Visitor) -> None:
    """The library that wallets could use takes each form in each language, and the name is the one on the certificate."""
    number = number_of(app)
    badges = [badge(owner, number, form, language) for form in FORMS for language in ("en", "ar", "zh")]
    pinned = documents.read_keys(app.test_client().get("/.well-known/did.json").data)
    for one in badges:
        found = documents.read_credential(one, pinned, b"", utcnow())
        assert found.names == ("Անի Սարգսյան",)


def test_a_badge_says_no_more_than_the_certificate(app: Flask, owner: Visitor) -> None:
    """Name, course in all its languages, kind, date and number; no mail address, no account, no score. The hash of the address
    alone when it is asked for."""
    number = number_of(app)
    plain, wished = said(badge(owner, number, "jwt")), said(badge(owner, number, "jwt", mail="yes"))
    subject = plain["credentialSubject"]
    assert set(plain) == {
        "@context", "id", "type", "name", "issuer", "validFrom", "credentialSubject", "iss", "jti", "sub", "nbf",
    }  # fmt: skip
    assert set(subject) == {"id", "type", "identifier", "achievement"} and subject["id"].startswith("urn:uuid:")
    assert [one["identityHash"] for one in subject["identifier"]] == ["Անի Սարգսյան"]
    narrative = subject["achievement"]["criteria"]["narrative"]
    assert {line.split(":")[0] for line in narrative.splitlines()} >= {
        "- ar",
        "- en",
        "- es",
        "- fr",
        "- ru",
        "- zh-Hans",
    }
    hashed = wished["credentialSubject"]["identifier"][1]
    assert hashed["identityHash"] == mail_hash("ani@example.org", hashed["salt"])


def test_nobody_takes_along_the_badge_of_another(app: Flask, owner: Visitor) -> None:
    """Nor one in a form that there is not."""
    number, other = number_of(app), Visitor(app)
    other.join("eve@example.org")
    assert other.send(f"/en/certificates/{number}/badge", page="/en/me/", form="jwt").status_code == 404
    assert owner.send(f"/en/certificates/{number}/badge", page="/en/me/", form="exe").status_code == 404


def test_a_moved_site_goes_on_answering_for_the_old_host(
    app: Flask, owner: Visitor, make_app: Any, tmp_path: Path
) -> None:
    """With the rows and keys of the old one under another address: keys and list of the old name, of no other name."""
    number = number_of(app)
    before = badge(owner, number, "json")
    moved = make_app(public_url="https://new.example")
    keys_of_old = moved.test_client().get(
        "/credentials/issuers/127.0.0.1:8000/did.json", headers={"Host": "new.example"}
    )
    assert keys_of_old.json["id"] == "did:web:127.0.0.1%3A8000"
    assert verify(tmp_path, before, keys_of_old.data)[0]
    assert not verify(
        tmp_path, before, moved.test_client().get("/.well-known/did.json", headers={"Host": "new.example"}).data
    )[0]
    status = moved.test_client().get("/credentials/status/127.0.0.1:8000", headers={"Host": "new.example"})
    listed = said(status.data)
    assert listed["id"] == "http://127.0.0.1:8000/credentials/status/127.0.0.1:8000"
    assert (
        moved.test_client()
        .get("/credentials/issuers/evil.example/did.json", headers={"Host": "new.example"})
        .status_code
        == 404
    )
