"""A site is lost with all its files, comes back from its backup, and its learner goes on in the browser as if nothing had been."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from shutil import rmtree

import pytest
from playwright.sync_api import Browser

from coplearn.settings import HOME
from tests.accounts.persona import PASSWORD
from tests.journeys.browser import PHONE, Visitor, new_visitor
from tests.journeys.learner import do_item, new_address, open_item
from tests.journeys.site import environment_of, free_port, serving, the_course
from tests.journeys.walk import Quick

DONE = 3
"""So many steps are done before the loss."""


def _backup(folder: Path, more: dict[str, str], *arguments: str) -> str:
    """What `coplearn backup` says, as whoever runs the site types it."""
    command = [sys.executable, "-m", "coplearn", "backup", *arguments]
    ran = subprocess.run(
        command, cwd=HOME, env=environment_of(folder, 0, more), capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def _progress(visitor: Visitor) -> str:
    assert visitor.open("me/") == 200
    return visitor.page.locator("main .progress__label").first.inner_text()


@pytest.mark.whole
def test_learner_goes_on_after_the_site_was_lost(chromium: Browser, tmp_path: Path) -> None:
    """Learn, `backup now --verify`, stop, everything destroyed, `backup restore`, start: account, steps and place are there."""
    # For the commands alone: told of the folder, the server would begin the day's backup by itself at the same moment.
    more = {"COPLEARN_BACKUP_FOLDER": str(tmp_path / "other disk"), "COPLEARN_BACKUP_PASSPHRASE": "meadow lantern"}
    address, steps, port = new_address(), list(the_course().items.values()), free_port()
    with serving(tmp_path, port=port) as site:
        learner = new_visitor(chromium, site, "fr", PHONE)
        Quick(site, learner.context.request, "fr").join(address)
        open_item(learner, steps[0])
        for step in steps[:DONE]:
            do_item(learner, step)
        before = _progress(learner)
        assert "came back the same" in _backup(tmp_path, more, "now", "--verify")
    rmtree(tmp_path / "instance")
    name = _backup(tmp_path, more, "list").splitlines()[-1].partition("\t")[0]
    _backup(tmp_path, more, "restore", name)
    with serving(tmp_path, port=port) as site:
        assert learner.open("me/") == 200, "the session of before goes on as well"
        assert learner.path == "/fr/me/"
        again = new_visitor(chromium, site, "fr", PHONE)
        again.open("sign-in")
        again.page.fill("[name=email]", address)
        again.page.fill("[name=password]", PASSWORD)
        again.press("main form button[type=submit]")
        assert _progress(again) == before
        open_item(again, steps[DONE])
        do_item(again, steps[DONE])
        assert _progress(again) != before
        for visitor in (learner, again):
            visitor.context.close()
