"""Two hosts behind nginx are one site: what one was told the other knows, and either of them may be lost under load."""

from __future__ import annotations

import json
import re
import ssl
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from coplearn.kernel.clock import utcnow
from coplearn.site import site_of
from coplearn.storage.database import current_session, engine_of
from coplearn.storage.limits import RateLimit, add_tries
from tests.accounts.persona import PASSWORD, Visitor, hidden_fields
from tests.conftest import MakeSite
from tests.durability.clients import Reply, connect
from tests.durability.cluster import engine_at, pair
from tests.durability.killing import KeptSite
from tests.durability.population import Population, await_savings, check, do_what_waits, settle_people
from tests.durability.proxies import HOST, pooled_url, pooler, program, reverse_proxy
from tests.journeys.site import free_port
from tests.journeys.walk import right_form
from tests.once import migrate
from tests.outbox.redis_server import redis_server

BETWEEN = 20
"""So much each person saves between two losses."""


@dataclass
class Browser:
    """Somebody's browser, whose every request the test brings to the host it likes, as nginx would."""

    address: str
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(
        self, port: int, path: str, form: Mapping[str, object] | None = None, tls: ssl.SSLContext | None = None
    ) -> Reply:
        """Load a page, or send a form."""
        wire = connect(port, tls)
        forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": self.address, "X-Forwarded-Host": HOST}
        headers = {"Host": HOST, "Referer": f"https://{HOST}/", "Content-Type": "application/x-www-form-urlencoded"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            body = urlencode(form, doseq=True).encode() if form is not None else None
            wire.request("GET" if form is None else "POST", path, body, {**headers, **forwarded})
            answer = wire.getresponse()
            for line in answer.headers.get_all("Set-Cookie", []):
                self.cookies |= {name: one.value for name, one in SimpleCookie(line).items()}
            return Reply(answer.status, answer.getheader("Location", ""), answer.read().decode(errors="replace"))
        finally:
            wire.close()

    def sign_in(self, port: int, password: str = PASSWORD) -> Reply:
        """Fill the form in and send it, at one host."""
        fields = hidden_fields(self.ask(port, "/en/sign-in").text)
        return self.ask(port, "/en/sign-in", {**fields, "email": "ana@example.org", "password": password})

    def is_known(self, port: int) -> bool:
        """Whether that host knows who it is."""
        return self.ask(port, "/en/change-password").status == 200


def _attempts(app: Flask, key: str) -> int:
    with app.app_context():
        count = current_session(app).execute(text("SELECT count(*) FROM attempt WHERE key = :key"), {"key": key})
        return int(count.scalar_one())


def _are_one(app: Flask, one: int, other: int) -> None:
    """A session, a form, the end of a session and a limit of one host are the other's as well."""
    Visitor(app).join("ana@example.org")
    ana = Browser("192.0.2.1")
    assert ana.sign_in(one).status == 302
    assert ana.is_known(other)
    course = site_of(app).library.current().courses["cop-parents"]
    quiz = next(item for item in course.items.values() if item.kind == "quiz")
    page = f"/en/c/{course.code}/{quiz.code}"
    answer: dict[str, object] = {**hidden_fields(ana.ask(one, page).text), "key": "once", **right_form(quiz)}
    assert [ana.ask(port, page, answer).status for port in (other, one, other)] == [303, 303, 303]
    assert _attempts(app, "once") == 1
    fields = hidden_fields(ana.ask(one, "/en/help").text)
    assert ana.ask(other, "/en/sign-out", {"csrf_token": fields["csrf_token"]}).status == 302
    assert not ana.is_known(one)
    stranger = Browser("192.0.2.77")
    tries = [stranger.sign_in(port, "wrong").status for port in [one, other] * 6]
    assert tries == [200] * 10 + [429] * 2


def _kept_by_front(folder: Path, port: int, tls: ssl.SSLContext) -> str:
    """See that the front gives out a public page and a file of it without asking a host; gives the file's path."""
    file = ""
    for path in ("/en/about", "file"):
        for _ in range(2):
            reply = Browser("").ask(port, file or path, tls=tls)
            assert reply.status == 200
        file = file or re.findall(r'"(/static/[^"]+\.css)"', reply.text)[0]
    deadline = time.monotonic() + 30
    while len(lines := (folder / "coplearn.log").read_text().splitlines()) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.05)  # what is answered is noted a moment later
    assert [json.loads(line)["cache"] for line in lines] == ["MISS", "HIT"] * 2
    return file


def _lose_each(population: Population, hosts: list[KeptSite]) -> list[float]:
    """Lose one host after the other under load; the seconds after which everybody had saved again."""
    healed = []
    for host in hosts:
        await_savings(population.quick, BETWEEN)
        host.lose()
        healed.append(await_savings(population.quick, 2))
        host.begin_again()
    return healed


@pytest.mark.whole
def test_engine_finds_the_promoted_behind_its_pool() -> None:
    """A pool before a lost server still lets everybody in, and is left for the other one all the same."""
    program("pgbouncer")
    now = utcnow()
    with ExitStack() as stack:
        both = stack.enter_context(pair())
        pools = [stack.enter_context(pooler(both.folder, one.port)) for one in (both.primary, both.standby)]
        engine = stack.enter_context(engine_at(pooled_url(pools)))
        RateLimit.__table__.create(engine)  # type: ignore[attr-defined] # a table, of a class that is mapped
        assert add_tries(engine, "deed", 1, 3600, now) == 1
        # The standby's pool has met it as one that can only be read.
        too_early = stack.enter_context(engine_at(pooled_url(pools[1:])))
        with pytest.raises(OperationalError):
            add_tries(too_early, "deed", 1, 3600, now)
        both.promote()
        assert add_tries(engine, "deed", 1, 3600, now) == 2


@pytest.mark.whole
def test_two_hosts_are_one_site_and_any_part_may_be_lost(make_app: MakeSite, tmp_path: Path) -> None:
    """nginx, two hosts, two pools, Redis, a primary and its standby: a host, the other, then the primary are lost under load."""
    for name in ("nginx", "pgbouncer"):
        program(name)
    with ExitStack() as stack:
        both = stack.enter_context(pair())
        pools = [stack.enter_context(pooler(both.folder, one.port)) for one in (both.primary, both.standby)]
        redis = stack.enter_context(redis_server(tmp_path))
        url = pooled_url(pools)
        app = make_app(database_url=url)
        migrate(app)
        ports = [free_port(), free_port()]
        away = {"Host": HOST, "Referer": f"https://{HOST}/"}
        population = settle_people(app, stack.enter_context(reverse_proxy(tmp_path, ports)), "__Host-session", **away)
        more = {
            "DATABASE_URL": url,
            "COPLEARN_JOBS": redis.url,
            "COPLEARN_PUBLIC_URL": f"https://{HOST}",
            "COPLEARN_HTTPS": "1",
            "COPLEARN_PROXIES": "1",
            "COPLEARN_RATE_LIMITS": "1",
        }
        hosts = [KeptSite(tmp_path, more, port, population.worker_of_jobs) for port in ports]
        for host in hosts:
            stack.callback(host.stop)
        _are_one(app, *ports)
        tls = ssl.create_default_context(cafile=tmp_path / "fullchain.pem")
        tls.check_hostname = False  # it is another's name
        for client in population.clients:
            client.tls = tls
        kept = _kept_by_front(tmp_path, population.clients[0].port, tls)
        for client in population.clients:
            client.start()
        healed = _lose_each(population, hosts)
        both.promote()
        healed.append(await_savings(population.quick, 2))
        population.leave()
        refused = sum((client.refused for client in population.clients), Counter[int]())
        assert refused.keys() <= {0, 502, 503, 504}, "who could not be served was told so, and saw no fault"
        for host in hosts:
            host.lose()
        assert Browser("").ask(population.clients[0].port, kept, tls=tls).status == 200
        do_what_waits(app)
        check(population)
        engine_of(app).dispose()
    print(f"\n{population.said} saved, refused for the moment {dict(refused)}; all saved again after {healed} s")
