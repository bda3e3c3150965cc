"""A trainer's badge stands as long as the right does: the list says what was taken back, and an old copy says nothing."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import time_machine

from coplearn.credentials.documents import read_credential, read_keys
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.site import site_of
from tests.cohorts.outcomes.test_certification_pages import Site, certify
from tests.cohorts.outcomes.test_certification_pages import site as site
from tests.credentials.test_badges import FORMS, verify


def _said(jwt: bytes) -> dict[str, Any]:
    part = jwt.split(b".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    return found


def _badge(site: Site, number: str, form: str) -> bytes:
    answer = site.send("trainee", site.address(f"mine/badge/{number}"), form=form)
    assert answer.status_code == 200
    return bytes(answer.data)


def _list(site: Site) -> bytes:
    host = site_of(site.app).settings.address.partition("//")[2]
    answer = site.clients["nobody"].get(f"/credentials/status/{host}")
    assert answer.mimetype == "application/vc+jwt"
    return bytes(answer.data)


def test_a_right_that_was_taken_back_is_not_verified_any_more(site: Site, tmp_path: Path) -> None:
    """With the list of the day the badge is good, and after the revocation it is not, in every form; without a list it never is."""
    number = certify(site)
    badges = {form: _badge(site, number, form) for form in FORMS}
    badges["pdf"] = site.send("trainee", site.address(f"mine/pdf/{number}")).data
    keys, before = site.clients["nobody"].get("/.well-known/did.json").data, _list(site)
    for form, badge in badges.items():
        assert verify(tmp_path, badge, keys, before)[0], form
    assert "taken back" in verify(tmp_path, badges["jwt"], keys)[1]
    site.send("coordinator", site.address(f"outcomes/{site.member}/revoke"), reason="Showed films.")
    after = _list(site)
    for form, badge in badges.items():
        good, words = verify(tmp_path, badge, keys, after)
        assert not good and "it was taken back" in words, form
    assert site.send("trainee", site.address(f"mine/badge/{number}"), form="svg").status_code == 404


def test_a_list_that_is_old_changed_or_of_another_issuer_says_nothing(site: Site) -> None:
    """The person who brings the badge brings the list as well, so it has to be the issuer's, and of these days."""
    badge = _badge(site, certify(site), "json")
    pinned, listed = read_keys(site.clients["nobody"].get("/.well-known/did.json").data), _list(site)
    assert read_credential(badge, pinned, listed, utcnow()).names == ("Aya <b>Tazi</b>",)
    head, body, signature = listed.split(b".")
    for wrong in (b"", b"made up", badge, head + b"." + body[:-2] + b"AA." + signature, listed[:-3]):
        with pytest.raises(Refused):
            read_credential(badge, pinned, wrong, utcnow())
    with time_machine.travel(utcnow().replace(year=utcnow().year + 1)), pytest.raises(Refused):
        read_credential(badge, pinned, listed, utcnow())


def test_a_badge_of_a_right_says_its_end_and_no_mail_address(site: Site) -> None:
    """The name, what and where; a fingerprint of the mail address alone when it is asked for."""
    number = certify(site)
    plain = _badge(site, number, "jwt")
    wished = site.send("trainee", site.address(f"mine/badge/{number}"), form="jwt", mail="yes").data
    said = _said(plain)
    assert "validUntil" in said and "@" not in json.dumps({**said, "@context": ""}).replace("@context", "")
    identities = _said(wished)["credentialSubject"]["identifier"]
    assert [one["identityType"] for one in identities] == ["name", "emailAddress"]
    assert "trainee@example.org" not in json.dumps(identities)
