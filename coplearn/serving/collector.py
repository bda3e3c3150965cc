"""Python's garbage collector during a start: it rests while the site is loaded, and leaves what workers share alone."""

from __future__ import annotations

import gc


def rest() -> None:
    """Look for no garbage from here on: what is loaded until the first visitor stays, and a look takes a third of a second."""
    gc.disable()


def look_through() -> None:
    """Look for garbage once, where something is known to have left much behind."""
    gc.collect()


def share_what_is_loaded() -> None:
    """Leave everything there is now alone for ever, so that forked processes share it, and look for garbage again."""
    gc.freeze()
    gc.enable()
