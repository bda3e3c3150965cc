"""Names and telephones in what people write: found in each language, asked about once, and nothing typed is lost."""

from __future__ import annotations

from time import process_time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.certification import Evaluation
from coplearn.cohorts.common.models.cohort import Membership
from coplearn.cohorts.outcomes.rules.teaching import RUBRICS
from coplearn.privacy.telling import tells
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import put_scene, put_teach_back, signed_in_client

NAMED = [
    ("A girl named Amina Haddad told me of it", "Amina Haddad"),
    ("My son Karim does not sleep", "Karim"),
    ("I spoke with Lina, 9 years old, after the lesson", "Lina"),
    ("Yesterday Omar (12) came to me", "Omar"),
    ("I sat down with Tigran Petrosyan for a while", "Tigran Petrosyan"),
    ("Un garçon qui s’appelle Youssef", "Youssef"),
    ("La niña se llama Lucía y tiene miedo", "Lucía"),
    ("Её зовут Аня, она боится", "Аня"),
    ("Նրա անունը Անի է", "Անի"),
    ("طفلة اسمها سلمى خائفة", "سلمى خائفة"),
    ("有个孩子名叫王小明，他很害怕", "王小明"),
    ("Call her mother: +212 612-345678", "+212 612-345678"),
    ("Le numéro est 06 12 34 56 78.", "06 12 34 56 78"),
]
UNNAMED = [
    "I would listen first and ask what she needs. Then I would tell the safeguarding lead.",
    "On Safer Internet Day we talked about the Convention on the Rights of the Child at King Hussein School.",
    "116 111 is the line that I would call, at 14:30 on 2026-05-04, in 3 of 10 cases.",
    "Мы с детьми составили правила. Потом поговорили с родителями в Ереване.",
    "سأستمع أولا ثم أخبر المسؤول عن الحماية",
    "我会先听，再告诉负责保护的人。",
    "Screen time: 2 000 000 children, 45 minutes (12 % less).",
    "",
]


@pytest.mark.parametrize(("text", "piece"), NAMED)
def test_what_tells_of_somebody_is_found(text: str, piece: str) -> None:
    """As it stands in the text."""
    assert piece in tells(text)


@pytest.mark.parametrize("text", UNNAMED)
def test_what_tells_of_nobody_is_let_through(text: str) -> None:
    """Nobody is asked for nothing."""
    assert tells(text) == ()


@pytest.mark.parametrize("unit", ["A-", "A ", "a A", "0 ", "Aa Bb ", "named ", "1(", "اسمه ", "+1"])
def test_hostile_text_takes_no_time(unit: str) -> None:
    """Whatever is repeated a hundred thousand times."""
    begun = process_time()
    tells(unit * 100_000)
    assert process_time() - begun < 2


@pytest.fixture
def observer(app: Flask) -> tuple[FlaskClient, str]:
    """A browser of somebody who observes, and the address of a teach-back."""
    with app.app_context():
        session = current_session(app)
        scene = put_scene(session)
        member = session.scalars(select(Membership).where(Membership.public_id == scene.names["member"])).one()
        taught = put_teach_back(session, member)
        address = f"/en/cohorts/{scene.cohort.public_id}/teach-backs/{taught.public_id}"
        key = session.scalars(select(User.fs_uniquifier).where(User.email == "observer@example.org")).one()
        session.commit()
    return signed_in_client(app, key), address


def notes_of(app: Flask) -> list[str]:
    """What is kept."""
    with app.app_context():
        return list(current_session(app).scalars(select(Evaluation.note_to_trainee)))


def test_somebody_is_asked_once_and_what_they_typed_is_sent_on(app: Flask, observer: tuple[FlaskClient, str]) -> None:
    """Nothing is kept before; every field of the form is on the page that asks, and what is sent from there is kept."""
    client, address = observer
    token = hidden_fields(client.get("/en/help").text)["csrf_token"]
    form = {f"score-{row.id}": "3" for row in RUBRICS["1"].rows} | {
        "csrf_token": token,
        "op_id": "o" * 32,
        "do": "notes",
    }
    asked = client.post(
        address, data=form | {"note_to_trainee": "A boy named Omar <b>laughed", "note_internal": "Calm."}
    )
    assert asked.status_code == 422
    assert "<bdi>Omar</bdi>" in asked.text
    assert "A boy named Omar &lt;b&gt;laughed</textarea>" in asked.text
    assert notes_of(app) == []
    again = MultiDict(hidden_fields(asked.text))
    assert {name: again[name] for name in form} == form
    assert again["note_internal"] == "Calm."
    again["note_to_trainee"] = "A boy named Omar laughed"
    assert client.post(address, data=again).status_code == 303
    assert notes_of(app) == ["A boy named Omar laughed"]
    form |= {"op_id": "p" * 32, "note_to_trainee": "A calm voice."}
    assert client.post(address, data=form).status_code == 303
