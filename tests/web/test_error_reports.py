"""A fault is told with a number that stands on the page and in the log, and reported with nothing about anybody."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import SimpleQueue

import brotli
import pytest
import structlog
from flask import Flask

from coplearn.settings import Settings
from coplearn.web import error_reports
from coplearn.web.logs import configure_logs, kind_and_place

SECRET = "ana@example.org wrote: my cookie is session=abc"


@contextmanager
def configured(settings: Settings, target: str) -> Iterator[None]:
    """Logs as a site with that target has them; as they were again afterwards."""
    before = structlog.get_config()
    configure_logs(replace(settings, error_reports=target, log_level="INFO"))
    try:
        yield
    finally:
        structlog.configure(**before)


def fail() -> None:
    """Log a fault as the site does, of an exception whose text, cause and variables tell of somebody."""
    typed = SECRET
    try:
        try:
            raise KeyError(typed)
        except KeyError as error:
            raise RuntimeError(typed) from error
    except RuntimeError as error:
        structlog.get_logger().error("fault", endpoint="pages.home", request_id="abc12345", **kind_and_place(error))


def test_fault_is_reported_to_a_file(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kind, place and number of the request, its way through the code, and no word of what was typed; the file stays small."""
    path = tmp_path / "faults.jsonl"
    with configured(settings, str(path)):
        structlog.get_logger().info("request", id="abc12345")
        fail()
        monkeypatch.setattr(error_reports, "LARGEST_FILE", 10)
        fail()
    first, second = (Path(name).read_text(encoding="utf-8") for name in (f"{path}.1", path))
    report = json.loads(first)
    assert (report["event"], report["request_id"], report["kind"]) == ("fault", "abc12345", "RuntimeError")
    assert [one["kind"] for one in report["trace"]] == ["RuntimeError", "KeyError"]
    assert report["trace"][0]["through"][-1].endswith(" fail")
    assert second.count("\n") == 1
    assert not any(part in first for part in ("ana@", "cookie", "session="))
    assert path.stat().st_mode & 0o077 == 0


def test_fault_is_reported_to_an_address(settings: Settings) -> None:
    """What is sent to Sentry: asked of the wire, by a receiver of our own."""
    got: SimpleQueue[bytes] = SimpleQueue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            unpacked = {"gzip": gzip.decompress, "br": brotli.decompress}.get(self.headers["Content-Encoding"])
            got.put(unpacked(body) if unpacked is not None else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with configured(settings, f"http://key@127.0.0.1:{server.server_port}/1"):
            fail()
        envelope = got.get(timeout=30).decode()
        server.shutdown()
    event = json.loads(envelope.splitlines()[2])
    assert [one["type"] for one in event["exception"]["values"]] == ["KeyError", "RuntimeError"]
    assert event["tags"]["request_id"] == "abc12345"
    assert not {"user", "request", "breadcrumbs", "extra", "modules"} & event.keys()
    assert event.get("server_name", "") == ""
    assert not any(part in envelope for part in ("ana@", "cookie", "session=", "vars", "context_line"))


def test_address_that_is_none_is_refused(settings: Settings) -> None:
    """At the start, and not at the first fault."""
    with pytest.raises(ValueError, match="COPLEARN_ERROR_REPORTS"), configured(settings, "https://no-key.example/"):
        pass


def test_page_of_a_fault_names_the_number_in_the_log(app: Flask) -> None:
    """Whoever writes to the people who run the site can say which fault it was; a page that is only missing has no number."""

    @app.get("/<lang:lang>/breaks")
    def breaks() -> str:
        raise RuntimeError(SECRET)

    with structlog.testing.capture_logs():
        answer = app.test_client().get("/ar/breaks")
    missing = app.test_client().get("/ar/nowhere")
    assert answer.status_code == 500
    assert f"<bdi>{answer.headers['X-Request-ID']}</bdi>" in answer.text
    assert missing.headers["X-Request-ID"] not in missing.text


def test_lines_cannot_be_forged(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """A line break in what is logged stays inside its line."""
    with configured(settings, ""):
        structlog.get_logger().info("request", rule='x\r\n{"event": "forged"}\u2028')
    lines = capsys.readouterr().err.splitlines()
    assert [json.loads(line)["event"] for line in lines if line] == ["request"]
