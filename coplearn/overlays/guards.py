"""The right to see an overlay and to decide about it: with whoever coordinates its country, or all of them."""

from __future__ import annotations

from flask import current_app

from coplearn.accounts.guards import remember_work, session_key
from coplearn.accounts.queries import grants_of
from coplearn.accounts.rules import Granted, may, may_somewhere
from coplearn.authoring.problems import Problems
from coplearn.courses.overlays.contract import Overlay
from coplearn.courses.overlays.loading import own_overlays
from coplearn.courses.overlays.manifest import read_overlay
from coplearn.kernel.errors import NotYours
from coplearn.kernel.words import Permission
from coplearn.site import site
from coplearn.storage.database import current_session


def present_overlays() -> list[Overlay]:
    """The overlays of the countries that the signed-in person coordinates. Raises NotYours for everybody else."""
    grants = _grants()
    if not may_somewhere(grants, Permission.MANAGE_PEOPLE):
        raise NotYours
    remember_work()
    overlays = site().library.current().overlays.values()
    return [one for one in overlays if may(grants, Permission.MANAGE_PEOPLE, country=one.country)]


def present_overlay(name: str) -> Overlay:
    """The overlay of that name as its files are now: the library looks at them a moment later.

    Raises NotYours where the signed-in person does not coordinate its country, and where there is none.
    """
    found = next((one for one in present_overlays() if one.id == name), None)
    if found is None:
        raise NotYours
    return read_overlay(found.folder, own_overlays(site().settings), Problems()) or found


def _grants() -> list[Granted]:
    key = session_key()
    return list(grants_of(current_session(current_app), key)) if key is not None else []
