"""What a start loads: nobody waits at the first page, and no process holds the memory, for what few pages need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from coplearn.settings import HOME
from tests.once import SECRET_KEY, copy_started

SELDOM = {
    "alembic",
    "icalendar",
    "phonenumbers",
    "prometheus_client",
    "pyrage",
    "python_calamine",
    "rapidfuzz",
    "redis",
    "segno",
    "xlsxwriter",
    "zxcvbn",
}
"""What makes papers, workbooks, calendars, telephone numbers, migrations and likenesses of texts, and judges new passwords.

Flask-Security itself loads Authlib, and that requests, wherever they are installed."""
START = """
import logging, sys
from coplearn.courses.preload import start_preload
from coplearn.settings import from_env
preload = start_preload(from_env())
from coplearn.server import create_app, prepare
app = create_app(from_env(), preload=preload)
prepare(app)
"""
LOOK = """
from coplearn.site import site_of
pages = ["/en/", "/ar/courses", "/en/sign-in", "/en/sign-up"]
course = next(iter(site_of(app).library.current().courses.values()))
pages += [f"/en/c/{course.code}/", *(f"/en/c/{course.code}/{item.code}" for item in list(course.items.values())[:8])]
assert [app.test_client().get(page).status_code for page in pages] == [200] * len(pages)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def run(code: str, folder: Path) -> set[str]:
    """The packages that a fresh process names, having run ``code`` for an installation in ``folder``."""
    environment = {
        **os.environ,
        "COPLEARN_INSTANCE_PATH": str(folder),
        "DATABASE_URL": "",
        "SECRET_KEY": SECRET_KEY,
        "COPLEARN_LOG_LEVEL": "ERROR",
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        cwd=HOME,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_first_pages_load_nothing_that_few_need(tmp_path: Path) -> None:
    """A site that is up to date starts and shows a learner's first pages without what is named above."""
    copy_started(tmp_path)
    loaded = run(START + LOOK, tmp_path)
    assert "flask" in loaded
    assert loaded & SELDOM == set()
