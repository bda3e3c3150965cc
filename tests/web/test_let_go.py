"""A site that is let go of is gone: nothing of a process that makes many of them holds on to one."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

from tests.conftest import settings_in, sites


def test_nothing_holds_a_site_that_was_let_go(tmp_path: Path) -> None:
    """Signals, caches and listeners outlive it, so none of them may hold it."""
    with sites(settings_in(tmp_path)) as make:
        app = make()
        assert app.test_client().get("/en/").status_code == 200
        gone = weakref.ref(app)
    del app, make
    # Every fortieth site of a process ends with a freeze, and what was frozen while it was held is looked for by no collector.
    gc.unfreeze()
    gc.collect()
    assert gone() is None
