"""A cohort asks for a badge of somebody else, under keys that its staff chose, and a member brings the file."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from werkzeug.test import TestResponse

from coplearn.cohorts.common.models.certification import BroughtBadge
from coplearn.cohorts.common.models.cohort import Cohort
from coplearn.credentials import documents
from coplearn.credentials.documents import SigningKey
from coplearn.credentials.pictures import BadgeText, picture_png, picture_svg
from coplearn.credentials.rules import Award, Issuer, badge_document
from coplearn.kernel.clock import utcnow
from coplearn.storage.database import current_session
from tests.cohorts.outcomes.test_certification_pages import Site, put_site
from tests.cohorts.outcomes.test_certification_pages import site as site
from tests.conftest import MakeSite

ELSEWHERE = Issuer("https://first-aid.example", "First aid")
KEY = SigningKey(ELSEWHERE, "k1", Ed25519PrivateKey.from_private_bytes(b"3" * 32))
KEYS = json.dumps(documents.keys_document(ELSEWHERE, [("k1", KEY.private.public_key().public_bytes_raw())])).encode()
AYA = "Aya <b>Tazi</b>"


def _badge(name: str = AYA, achievement: str = "First aid", **more: object) -> dict[str, object]:
    award = {
        "number": f"N-{name}-{achievement}",
        "check": "https://first-aid.example/check/1",
        "name": name,
        "title": "Certificate",
        "achievement": achievement,
        "achievement_key": achievement,
        "description": "",
        "language": "en",
        "said": {},
        "issued_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return badge_document(Award(**{**award, **more}), ELSEWHERE)  # type: ignore[arg-type]


def _post(site: Site, role: str, path: str, files: dict[str, bytes], **fields: str) -> TestResponse:
    client = site.clients[role]
    token = client.get("/en/help").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    data = {"csrf_token": token, **fields, **{name: (io.BytesIO(one), name) for name, one in files.items()}}
    return client.post(site.address(path), data=data, content_type="multipart/form-data")


@pytest.fixture
def asked(site: Site) -> str:
    """The id of a badge that the lead asks for."""
    return _ask(site)


def _ask(site: Site) -> str:
    sent = _post(site, "lead", "badges", {"keys": KEYS}, issuer="Red Crescent", achievement="first AID")
    assert sent.status_code == 303, sent.text
    with site.app.app_context():
        wanted = select(Cohort.asked_badges).where(Cohort.public_id == site.cohort)
        return str(current_session(site.app).scalars(wanted).one()[0]["id"])


def test_a_badge_that_is_asked_for_is_missing_until_it_is_brought(site: Site, asked: str) -> None:
    """Nobody is certified without it; every form of it counts, once however often it is brought, and staff see it on the list."""
    bring = f"mine/bring/{asked}"
    assert "Red Crescent" in site.clients["lead"].get(site.address("badges")).text
    assert site.address(bring) in site.clients["trainee"].get(site.address("mine")).text
    wanted = {"outcome": "certified", "turn": "0", "note": ""}
    assert site.send("lead", site.address(f"outcomes/{site.member}"), **wanted).status_code == 422
    picture = BadgeText("Certificate", "First aid", "Red Crescent", "2026", "1", "en", "ltr", utcnow().date())
    token = documents.as_jwt(_badge(), KEY)
    forms = [
        token.encode(),
        documents.as_json(_badge(), KEY, utcnow()).encode(),
        documents.into_svg(picture_svg(picture), token),
        documents.into_png(picture_png(picture), token),
    ]
    for one in forms:
        assert _post(site, "trainee", bring, {"badge": one}).status_code == 303
    with site.app.app_context():
        assert len(current_session(site.app).scalars(select(BroughtBadge)).all()) == 1
    assert "is there." in site.clients["trainee"].get(site.address("mine")).text
    assert site.send("lead", site.address(f"outcomes/{site.member}"), **wanted).status_code == 303


def test_what_does_not_count_is_refused_with_its_reason(site: Site, asked: str) -> None:
    """Another's badge, another issuer's, another achievement, one that ran out, one that may have been taken back, and no badge."""
    thief = SigningKey(ELSEWHERE, "k1", Ed25519PrivateKey.from_private_bytes(b"4" * 32))
    over = utcnow() - timedelta(days=1)
    refused = {
        "made out to": documents.as_jwt(_badge("Eve"), KEY),
        "not signed by": documents.as_jwt(_badge(), thief),
        "Another badge is asked for": documents.as_jwt(_badge(achievement="Swimming"), KEY),
        "has run out": documents.as_jwt(_badge(valid_until=over), KEY),
        "stands in a list": documents.as_jwt(_badge(position=5), KEY),
        "holds no Open Badge": "<svg xmlns='http://www.w3.org/2000/svg'/>",
    }
    for reason, text in refused.items():
        answer = _post(site, "trainee", f"mine/bring/{asked}", {"badge": text.encode()})
        assert answer.status_code == 422 and reason in answer.text, reason
    assert _post(site, "trainee", f"mine/bring/{asked}", {}).status_code == 422
    assert _post(site, "trainee", f"mine/bring/{asked}", {"badge": b"x" * 400_000}).status_code == 422
    with site.app.app_context():
        assert current_session(site.app).scalars(select(BroughtBadge)).all() == []


def test_a_badge_with_a_list_counts_with_the_list_of_these_days(site: Site, asked: str) -> None:
    """And not when the list says that it was taken back."""
    badge = documents.as_jwt(_badge(position=5), KEY).encode()
    for taken, status in (([5], 422), ([4, 6], 303)):
        listed = documents.status_list(ELSEWHERE, KEY, taken, utcnow()).encode()
        answer = _post(site, "trainee", f"mine/bring/{asked}", {"badge": badge, "status": listed})
        assert answer.status_code == status


def test_somebody_who_brings_file_after_file_waits(make_app: MakeSite) -> None:
    """One that is made to be hard to read takes seconds, and keeps nobody else waiting for long."""
    site = put_site(make_app(rate_limits=True))
    bring = f"mine/bring/{_ask(site)}"
    answers = [_post(site, "trainee", bring, {"badge": b"none"}).status_code for _ in range(21)]
    assert answers == [422] * 20 + [429]


def test_what_is_asked_for_no_more_is_forgotten(site: Site, asked: str) -> None:
    """With who brought it; files of keys that are none are refused, and what was typed stays."""
    _post(site, "trainee", f"mine/bring/{asked}", {"badge": documents.as_jwt(_badge(), KEY).encode()})
    wrong = _post(site, "lead", "badges", {"keys": b"made up"}, issuer="Somebody", achievement="")
    assert wrong.status_code == 422 and 'value="Somebody"' in wrong.text
    assert site.send("lead", site.address(f"badges/{asked}/end")).status_code == 303
    assert "Red Crescent" not in site.clients["trainee"].get(site.address("mine")).text
    with site.app.app_context():
        assert current_session(site.app).scalars(select(BroughtBadge)).all() == []
