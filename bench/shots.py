"""Take the README's screenshots from the running application: `make shots`."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
SHOTS = (
    ("lesson-en-phone", "en", 390, "wbun7v"),
    ("lesson-ar-phone", "ar", 390, "wbun7v"),
    ("course-en-wide", "en", 1180, ""),
)


def main() -> None:
    """Serve a fresh site, open its pages, and write the images into docs/images."""
    browser = next(found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name)))
    IMAGES.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "COPLEARN_INSTANCE_PATH": folder, "PORT": str(port), "COPLEARN_LOG_LEVEL": "ERROR"}
        server = subprocess.Popen([sys.executable, "-m", "coplearn", "serve"], cwd=ROOT, env=environment)
        try:
            _wait(f"http://127.0.0.1:{port}/readyz")
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
                for name, lang, width, item in SHOTS:
                    page = chromium.new_page(viewport={"width": width, "height": 844 if width < 600 else 900})
                    page.goto(f"http://127.0.0.1:{port}/{lang}/courses")
                    page.click(".card__link")
                    if item:
                        page.goto(f"{page.url}{item}")
                    page.screenshot(path=IMAGES / f"{name}.png")
                chromium.close()
        finally:
            server.terminate()
            server.wait()


def _wait(address: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(address)
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The site did not start.")


if __name__ == "__main__":
    main()
