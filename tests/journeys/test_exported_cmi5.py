"""An exported module in a browser on a platform of cmi5: a server of the test, with a record store that keeps what it is told."""

from __future__ import annotations

import io
import json
import re
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from coplearn.course_exports.making import make_package
from coplearn.course_exports.ordering import PackageWish, order_of
from coplearn.site import site_of
from tests.journeys.test_exported_package import POLICY, TYPES, answer, do_step

TOKEN = "dG9rZW4="
TEMPLATE = {"contextActivities": {"grouping": [{"id": "https://lms.example/course"}]}, "extensions": {"a:b": 1}}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class RecordStore(ThreadingHTTPServer):
    """The files of a package, a token a launch, what is said of the launch, documents, and statements as they came."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.files, self.tokens = files, 0
        self.documents: dict[str, Any] = {}
        self.statements: list[dict[str, Any]] = []
        self.ended = threading.Semaphore(0)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def start(self) -> str:
        """The address of a launch."""
        actor = json.dumps({"objectType": "Agent", "account": {"homePage": "https://lms.example", "name": "7"}})
        launch = {"endpoint": f"{self.url}/xapi/", "fetch": f"{self.url}/token", "actor": actor}
        launch |= {"registration": "d0c1e5a2-5f0a-4b1e-9d0c-0c9f6f5a1b2c", "activityId": "https://lms.example/au/1"}
        return f"{self.url}/package/index.html?{urlencode(launch)}"

    def leave(self, page: Page) -> None:
        """Go elsewhere, and wait until that was told."""
        page.goto(f"{self.url}/elsewhere")
        assert self.ended.acquire(timeout=30)

    @property
    def verbs(self) -> list[str]:
        """What was done, in order."""
        return [one["verb"]["id"].rpartition("/")[2] for one in self.statements]


class _Answers(BaseHTTPRequestHandler):
    server: RecordStore

    def _answer(self) -> None:
        path, said = urlsplit(self.path), self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = {name: values[0] for name, values in parse_qs(path.query).items()}
        name, store = path.path.removeprefix("/package/"), self.server
        if name in store.files:
            self._send(200, store.files[name], TYPES[name.rpartition(".")[2]])
        elif path.path == "/token" and self.command == "POST":
            store.tokens += 1
            self._json({"auth-token": TOKEN})
        elif path.path.startswith("/xapi/") and self.headers["Authorization"] == f"Basic {TOKEN}":
            self._record(path.path, asked, json.loads(said or b"null"))
        else:
            self._send(200, b"<!doctype html><title>Platform</title>", "text/html")

    do_GET = do_POST = do_PUT = _answer  # noqa: N815 - the names that the library looks for

    def _record(self, path: str, asked: dict[str, str], said: Any) -> None:
        store = self.server
        if path == "/xapi/statements":
            told = said if isinstance(said, list) else [said]
            store.statements += told
            self._json([one["id"] for one in told])
            if told[-1]["verb"]["id"].endswith("/terminated"):
                store.ended.release()
        elif asked.get("stateId") == "LMS.LaunchData":
            self._json({"contextTemplate": TEMPLATE, "launchMode": "Normal", "returnURL": f"{store.url}/back"})
        elif self.command == "PUT":
            store.documents[asked["stateId"]] = said
            self._send(204, b"", "")
        elif asked.get("stateId") in store.documents:
            self._json(store.documents[asked["stateId"]])
        else:
            self._send(404, b"", "")

    def _json(self, content: Any) -> None:
        self._send(200, json.dumps(content).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", f"{POLICY}; connect-src 'self'")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def store(shared_app: Flask) -> Iterator[RecordStore]:
    """The platform with the first module of the course for parents in French."""
    order = order_of(site_of(shared_app), PackageWish("cmi5", "cop-parents", "online-life", "fr"))
    with zipfile.ZipFile(io.BytesIO(make_package(shared_app, order).content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with RecordStore(files) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.whole
def test_module_is_learned_by_cmi5(store: RecordStore, chromium: Browser, shared_app: Flask) -> None:
    """What cmi5 defines is told in its order and once; a second launch goes on where the first was left and tells nothing again."""
    course = site_of(shared_app).library.current().courses["cop-parents"]
    module, page = course.modules[0], chromium.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))

    page.goto(store.start)
    page.locator("#main li[data-item] a").first.click()
    for item_id in module.item_ids[:2]:
        do_step(page, course, item_id)
    third = course.items[module.item_ids[2]]
    expect(page.locator(f'form[data-item="{third.code}"]')).to_be_visible()
    store.leave(page)
    page.goto(store.start)
    expect(page.locator(f'form[data-item="{third.code}"]')).to_be_visible()
    for item_id in module.item_ids[2:]:
        do_step(page, course, item_id)
    expect(page.locator("[data-complete]")).to_be_visible()
    expect(page.locator("#leave")).to_have_attribute("href", f"{store.url}/back")
    store.leave(page)
    page.goto(store.start)
    expect(page.locator("#main h1")).to_be_visible()
    store.leave(page)
    page.close()
    session = ["initialized", "terminated"]
    assert store.verbs == [*session, "initialized", "completed", "passed", "terminated", *session]
    assert (store.tokens, faults) == (3, [])
    passed = next(one for one in store.statements if one["verb"]["id"].endswith("passed"))
    assert passed["result"]["score"] == {"scaled": 1, "raw": 100, "min": 0, "max": 100} and passed["result"]["success"]
    kinds = [one["id"].rpartition("/")[2] for one in passed["context"]["contextActivities"]["category"]]
    assert kinds == ["cmi5", "moveon"] and passed["context"]["extensions"] == {"a:b": 1}
    assert passed["context"]["contextActivities"]["grouping"] == [{"id": "https://lms.example/course"}]
    assert len({one["id"] for one in store.statements}) == len(store.statements)
    assert all(UUID.fullmatch(one["id"]) for one in store.statements)


@pytest.mark.whole
def test_failed_check_is_told_at_the_end_of_its_session(
    store: RecordStore, chromium: Browser, shared_app: Flask
) -> None:
    """A session has one verdict: a check that is still failed when the window is left; passed in the next, it is that one's."""
    course = site_of(shared_app).library.current().courses["cop-parents"]
    module, page = course.modules[0], chromium.new_page()
    quiz = next(course.items[one] for one in module.item_ids if course.items[one].kind == "quiz")
    page.goto(store.start)
    page.locator("#main li[data-item] a").first.click()
    for item_id in module.item_ids:
        if item_id != quiz.id:
            do_step(page, course, item_id)
            continue
        expect(page.locator(f'form[data-item="{quiz.code}"]')).to_be_visible()
        answer(page, quiz, wrong=True)
        expect(page.locator("#result")).to_have_class("result result--again")
        page.locator(".pager__link--on").click()
    expect(page.locator("[data-complete]")).to_be_visible()
    store.leave(page)
    assert store.verbs == ["initialized", "completed", "failed", "terminated"]
    failed = store.statements[2]["result"]
    assert failed["success"] is False and 0 < failed["score"]["scaled"] < 1
    page.goto(f"{store.start}#{quiz.code}")
    expect(page.locator("fieldset.question").first).to_be_visible()
    answer(page, quiz)
    expect(page.locator("#result")).to_have_class("result result--passed")
    store.leave(page)
    assert store.verbs[4:] == ["initialized", "passed", "terminated"]
    page.close()
