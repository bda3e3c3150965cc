"""People of all kinds at work on a site, and the look afterwards whether all they were told is saved is there, and there once."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import time_machine
from flask import Flask
from sqlalchemy import select, text

from bench.site import sign_in
from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.cohorts.outcomes.rules.teaching import rubric_of
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.outbox.queries import last_beat
from coplearn.outbox.queue import HOLD_FOR
from coplearn.site import site_of
from coplearn.storage.database import current_session, reading_only
from tests.cohorts.worlds import put_meeting, put_member, put_scene, put_teach_back, put_user, signed_in_client
from tests.durability.clients import Answering, Client, Judging, Listing, Marking, Translating, Who, people_of
from tests.journeys.walk import right_form
from tests.sizes import WHOLE

LEARNERS = 6 if WHOLE else 2
HEALED_SECONDS = 90.0
"""So long nobody may wait for what they send to be saved, whatever was lost."""


@dataclass
class Population:
    """A site with people at work on it."""

    app: Flask
    clients: list[Client] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def said(self) -> int:
        """How many things people were told are saved."""
        return sum(len(client.said) for client in self.clients)

    @property
    def quick(self) -> list[Client]:
        """Those who wait for nobody else's work."""
        return [client for client in self.clients if client.kind != "list"]

    def leave(self) -> None:
        """Let everybody end what they are at; nobody may have met what they cannot go on from."""
        self.stop.set()
        for client in self.clients:
            client.join(180)
        assert [client.fault for client in self.clients if client.fault] == []

    def worker_of_jobs(self) -> int:
        """The process that does the jobs; 0 when that cannot be seen now."""
        try:
            with self.app.app_context(), reading_only():
                beat = last_beat(current_session(self.app))
                return beat.pid if beat is not None else 0
        except Exception:
            return 0


def settle_people(app: Flask, port: int, session_cookie: str = "session", **headers: str) -> Population:
    """Learners, a trainer with a register, an examiner, a translator and a lead with lists, each with a browser.

    It sends ``headers`` with everything, and its session as ``session_cookie``.
    """
    population = Population(app)
    with app.app_context():
        session = current_session(app)
        scene = put_scene(session)
        meeting = put_meeting(session, scene.cohort, utcnow() - timedelta(minutes=30))
        members = [put_member(session, scene.cohort, f"m{number}@example.org") for number in range(8)]
        taught = [put_teach_back(session, member) for member in members]
        for number in range(LEARNERS):
            put_user(session, f"learner-{number}@example.org")
        put_user(session, "reviewer@example.org")
        grant_role(session, "reviewer@example.org", Role.REVIEWER, "ar")
        session.commit()
        keys = {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}
        cohort, register = f"/en/cohorts/{scene.cohort.public_id}", meeting.public_id
        names, lessons = [one.public_id for one in members], [one.public_id for one in taught]
    assert signed_in_client(app, keys["reviewer"]).get("/en/translate/ar/cop-parents/").status_code == 200
    with app.app_context():
        number = (
            current_session(app).execute(text("SELECT id FROM message WHERE context = 'course#title'")).scalar_one()
        )

    def who(name: str) -> Who:
        person = sign_in(app, keys[name])
        return Who({"Cookie": f"{session_cookie}={person.cookie}; lang=en", **headers}, person.token)

    course = site_of(app).library.current().courses["cop-parents"]
    quiz = next(one for one in course.items.values() if one.kind == "quiz")
    for place in range(LEARNERS):
        learner = Answering(port, who(f"learner-{place}"), population.stop)
        learner.path = f"/en/c/{course.code}/{quiz.code}"
        learner.form = {"made-of": quiz.digest, **right_form(quiz)}
        population.clients.append(learner)
    marking = Marking(port, who("trainer"), population.stop)
    marking.path, marking.members = f"{cohort}/meetings/{register}/marks", names
    judging = Judging(port, who("examiner"), population.stop)
    judging.paths = [f"{cohort}/teach-backs/{one}" for one in lessons]
    judging.rows = [row.id for row in rubric_of("1").rows]
    translating = Translating(port, who("reviewer"), population.stop)
    translating.path = f"/en/translate/ar/cop-parents/{number}"
    listing = Listing(port, who("lead"), population.stop)
    listing.path = f"{cohort}/people/roster"
    population.clients += [marking, judging, translating, listing]
    return population


def await_savings(clients: Sequence[Client], count: int) -> float:
    """Wait until each of them was told so often more that something is saved; the seconds that the last took."""
    began, wanted = time.monotonic(), {client: len(client.said) + count for client in clients}
    while waiting := [client for client in clients if len(client.said) < wanted[client]]:
        assert not [client.fault for client in clients if client.fault]
        late = [(client.kind, client.refused) for client in waiting]
        assert time.monotonic() < began + HEALED_SECONDS * count, f"does not go on by itself: {late}"
        time.sleep(0.02)
    return time.monotonic() - began


def do_what_waits(app: Flask) -> None:
    """What a killed worker had in its hands is done by the next one, once its claim has lapsed."""
    with time_machine.travel(utcnow() + HOLD_FOR + timedelta(seconds=5)):
        while site_of(app).jobs.work_next():
            continue


def _counted(app: Flask, statement: str) -> Counter[str]:
    with app.app_context():
        return Counter(current_session(app).execute(text(statement)).scalars())


def check(population: Population) -> None:
    """Everything that was said is there, once; nothing is there more than once at all."""
    app, said = population.app, defaultdict[str, list[str]](list)
    for client in population.clients:
        said[client.kind] += client.said
    found = {
        "answer": _counted(app, "SELECT key FROM attempt"),
        "mark": _counted(app, "SELECT op_id FROM mark"),
        "sign-off": _counted(app, "SELECT op_id FROM evaluation"),
        "text": _counted(app, "SELECT CAST(new_forms AS TEXT) FROM edit WHERE via = 'web'"),
        "list": _counted(app, "SELECT email FROM membership WHERE email LIKE 'list-%'"),
    }
    wanted = {
        "answer": said["answer"],
        "mark": [f"{key}-{place}" for key in said["mark"] for place in range(3)],
        "sign-off": said["sign-off"],
        "list": [address for key in said["list"] for address in people_of(key)],
    }
    texts = " ".join(found["text"])
    lost = [key for kind, keys in wanted.items() for key in keys if key not in found[kind]]
    lost += [key for key in said["text"] if str(int(key.rpartition("-")[2], 16)) not in texts]
    assert lost == []
    assert [key for kind in found.values() for key, count in kind.items() if count > 1] == []
    tries = "SELECT learner_id FROM visit WHERE tries <> (SELECT count(*) FROM attempt WHERE attempt.learner_id = visit.learner_id)"
    assert _counted(app, tries) == Counter(), "an answer was counted twice, or not at all"
