"""Whatever anybody sends, a page answers: no 500, and the headers of every answer; on both kinds of database."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlencode

import jinja2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from coplearn.serving.limits import REFUSED
from coplearn.storage.database import engine_of
from tests.conftest import settings_in, sites
from tests.contracts.full_site import VALUES, Site
from tests.once import drop_database, migrated_template, new_database
from tests.postgres import server_url
from tests.sizes import WHOLE

HEADERS = {"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Request-ID"}
KEYWORDS = ("_method", "_anchor", "_scheme", "_external", "endpoint", "lang", "self", "values", "filename", "next")
QUERIES = (
    "page", "before", "after", "filter", "q", "id", "name", "search", "state", "named", "amend", "need", "by", "part",
    "reader", "result", "country", "code", "take", "tab", "show", "conflict", "at", "change", "archived", "missing",
    "via", "reason", "first_day", "last_day", "from", "to", "period", "kind", "number",
)  # fmt: skip
BODIES = ("[1]", "NaN", '"x"', "null", "{", "[" * 20_000, '{"marks": [' + "[" * 20_000, '{"marks":[{"rev":1e999}]}')
SEED = 20_261_129


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site on each kind of database."""
    name = new_database(migrated_template()) if request.param == "postgresql" else ""
    with sites(settings_in(tmp_path_factory.mktemp("hostile"))) as make:
        yield Site(make(database_url=server_url(name) if name else ""))
    if name:
        drop_database(name)


def _is_asked(site: Site, place: int, number: int) -> bool:
    """Whether attempt ``number`` of four on the route at that place is made: by turns in the suite, another on each database."""
    other = engine_of(site.app).dialect.name == "postgresql"
    return WHOLE or number == (place + 2 * other) % 4


def fault_of(answer: TestResponse) -> str | None:
    """What is wrong with an answer, if anything."""
    if answer.status_code == 500:
        return "500"
    missing = HEADERS - set(answer.headers.keys())
    return f"without {missing}" if missing else None


def _good(site: Site, rule: Rule, argument: re.Match[str]) -> str:
    """What stands in that place of an address of the site's own."""
    return site.value(rule, argument[1]) or "made-up"


def _queries(rule: Rule, pick: random.Random) -> list[list[tuple[str, str]]]:
    every = [*KEYWORDS, *QUERIES, *rule.arguments]
    return [
        [(name, "x") for name in KEYWORDS],
        [(name, pick.choice(VALUES)) for name in rule.arguments],
        [(name, str(2**63)) for name in QUERIES],
        [(pick.choice(every), pick.choice(VALUES)) for _ in range(8)],
    ]


@pytest.mark.sampled
def test_no_address_breaks_a_page(site: Site) -> None:
    """Every route that may be read, with names and values in the path and the query that nobody's page makes."""
    pick, faults = random.Random(SEED), []
    for place, rule in enumerate(site.app.url_map.iter_rules()):
        if "GET" not in (rule.methods or set()) or rule.endpoint == "static":
            continue
        for number, query in enumerate(_queries(rule, pick)):
            who = pick.choice(["visitor", "trainee", "lead", "admin"])
            path = site.address(rule, pick, 0.3 if number == 3 else 0)
            asked = f"{path}?{urlencode(query)}"
            if not _is_asked(site, place, number):
                continue
            answer = site.clients[who].get(asked, buffered=True)
            fault = fault_of(answer)
            if fault:
                faults.append((fault, who, rule.endpoint, asked[:200]))
    assert faults == []


@pytest.mark.sampled
def test_no_body_breaks_a_page(site: Site) -> None:
    """Every route that may be written to, with forms no page makes, and with JSON where forms are expected."""
    pick, faults = random.Random(SEED), []
    for place, rule in enumerate(site.app.url_map.iter_rules()):
        if "POST" not in (rule.methods or set()) or rule.endpoint in {"security.logout"}:
            continue
        names = [
            *QUERIES,
            "email",
            "password",
            "title",
            "csrf_token",
            "key",
            "rev",
            "do",
            "text",
            "form-0",
            "date",
            "status",
        ]
        for number in range(4):
            who = pick.choice(["visitor", "trainee", "lead", "admin"])
            headers = {"X-CSRFToken": site.tokens[who]}
            path = site.address(rule, pick, 0.15)
            if not _is_asked(site, place, number):
                continue
            if number < 2:
                body, kind = pick.choice(BODIES), "application/json"
                answer = site.clients[who].post(path, data=body, content_type=kind, headers=headers, buffered=True)
            else:
                form = {pick.choice(names): pick.choice(VALUES) for _ in range(12)}
                form.pop("csrf_token", None)
                answer = site.clients[who].post(path, data=form, headers=headers, buffered=True)
            fault = fault_of(answer)
            if fault:
                faults.append((fault, who, rule.endpoint, path[:200], number))
    assert faults == []


@pytest.mark.parametrize("name", [*KEYWORDS, "lang", "number"])
def test_a_query_never_changes_where_a_link_leads(client: FlaskClient, name: str) -> None:
    """The links to the other languages lead to the same place with the same query, whatever its names are."""
    page = client.get(f"/en/check/ABC?{name}=a%2Fb%26&{name}=%C3%A9")
    links = re.findall(r'<link rel="alternate" hreflang="(?:fr|ar)" href="([^"]+)"', page.text)
    assert links == [
        f"/{lang}/check/ABC?{name}=a%2Fb%26amp;{name}=%C3%A9".replace("%26amp;", "%26&amp;") for lang in ("ar", "fr")
    ]
    assert client.get(f"/en/nowhere?{name}=x").status_code == 404


def test_number_that_no_row_can_have_is_no_page(site: Site) -> None:
    """Reading and writing, whatever the database would say of it."""
    path = f"/translate/ar/cop-parents/{2**63}"
    rules = [
        rule for rule in site.app.url_map.iter_rules() if "<int" in rule.rule and "POST" in (rule.methods or set())
    ]
    headers = {"X-CSRFToken": site.tokens["admin"]}
    assert site.clients["admin"].get(f"/en{path}").status_code == 404
    assert len(rules) > 8
    for rule in rules:
        big = re.sub(r"<int[^>]*>", str(2**63), rule.rule)
        path = re.sub(r"<(?:[^:>]+:)?(\w+)>", partial(_good, site, rule), big)
        # 405 where the same address may be read by another name.
        assert site.clients["admin"].post(path, headers=headers).status_code in {404, 405}


def test_json_is_for_those_who_ask_for_it(opened_app: Flask) -> None:
    """A form's page refuses JSON; the register's takes its own, and refuses with a page what is no such thing."""
    # A site of its own: on the others any button may have been pressed, that to leave the cohort as well.
    site = Site(opened_app)
    client, headers = site.clients["lead"], {"X-CSRFToken": site.tokens["lead"]}
    for path in ("/en/certificates/name", "/en/check/", "/en/cohorts/new", f"/en/cohorts/{site.names['cohort']}/edit"):
        answer = client.post(path, data="[1]", content_type="application/json", headers=headers)
        assert answer.status_code == 415, path
        assert "The page could not read that request" in answer.text
    marks = f"/en/cohorts/{site.names['cohort']}/meetings/{site.names['meeting']}/marks"
    for body in BODIES:
        assert client.post(marks, data=body, content_type="application/json", headers=headers).status_code == 400
    assert client.post(marks, json={"marks": []}, headers=headers).status_code == 200


def test_form_of_too_many_fields_is_refused(client: FlaskClient) -> None:
    """Before it is taken apart, which would cost seconds."""
    answer = client.post("/en/help", data="a=&" * 5_000, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert (
        client.post("/en/help", data="a=&" * 200, content_type="application/x-www-form-urlencoded").status_code == 400
    )


def test_refused_bodies_get_the_whole_page(client: FlaskClient, capfd: pytest.CaptureFixture[str]) -> None:
    """A body that the server, the form's limit or its kind refuses early is told of in the reader's language."""
    form = "application/x-www-form-urlencoded"
    answers = [client.post("/ar/sign-in", environ_overrides={REFUSED: status}) for status in (408, 413)]
    answers.append(client.post("/ar/sign-in", data="a=&" * 200_000, content_type=form))
    answers.append(client.post("/ar/sign-in", data="[1]", content_type="application/json"))
    assert [answer.status_code for answer in answers] == [408, 413, 413, 415]
    for answer in answers:
        assert 'dir="rtl"' in answer.text and 'href="/ar/help"' in answer.text
    assert "broken" not in capfd.readouterr().err


def test_error_page_cannot_fail(app: Flask, capfd: pytest.CaptureFixture[str]) -> None:
    """When nothing can be rendered any more, a page without a template says so in the reader's language."""
    app.jinja_env.loader = jinja2.DictLoader({})
    if app.jinja_env.cache is not None:
        app.jinja_env.cache.clear()
    for path, status, lang in (("/fr/", 500, "fr"), ("/ar/nowhere", 404, "ar")):
        answer = app.test_client().get(path)
        assert answer.status_code == status
        assert f'<html lang="{lang}"' in answer.text
        assert "went wrong" not in answer.text
        assert f'href="/{lang}/"' in answer.text
        assert set(answer.headers.keys()) >= HEADERS
        assert answer.headers["Cache-Control"] == "no-store"
    assert "Traceback" not in capfd.readouterr().err


def test_what_nobody_could_answer_is_answered(app: Flask, capfd: pytest.CaptureFixture[str]) -> None:
    """Even when what stands around every page breaks, on the way in or out."""

    @app.after_request
    def broken(_response: object) -> Any:
        raise OSError("/home/ana: no space")

    answer = app.test_client().get("/ar/", headers={"X-Request-ID": "ignored-without-proxy"})
    assert answer.status_code == 500
    assert '<html lang="ar" dir="rtl">' in answer.text
    assert set(answer.headers.keys()) >= HEADERS
    assert "Traceback" not in capfd.readouterr().err
