"""The collector of garbage rests while very much is read, and is at work again when the last reader is done."""

from __future__ import annotations

import gc
from contextlib import ExitStack

from coplearn.serving.collector import resting


def test_collector_rests_until_the_last_is_done_and_is_left_as_it_was() -> None:
    """Whoever came first may be done first; where it was off before, it stays off."""
    assert gc.isenabled()
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(resting())
        second.enter_context(resting())
        first.close()
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with resting():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()
