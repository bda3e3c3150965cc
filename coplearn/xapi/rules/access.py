"""Senders, and the things they may do in the LRS: scopes as the standard recommends them (Communication, 4.2)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

from coplearn.kernel.text import N_, LabelledEnum, Phrase
from coplearn.xapi.rules.formats import Rejected
from coplearn.xapi.rules.indexing import identity
from coplearn.xapi.rules.statements import VOIDED, Json

LAUNCH_DATA: Final = "LMS.LaunchData"
"""The state that the site puts for a package (cmi5, 10)."""
LONGEST_NAME: Final = 80
SITE: Final = "site"
"""The name of the site itself as a sender."""


class LrsScope(LabelledEnum):
    """A thing that a key is good for."""

    WRITE = "statements/write", N_("Send statements")
    READ_MINE = "statements/read/mine", N_("Read the statements that it sent itself")
    READ = "statements/read", N_("Read all statements")
    STATE = "state", N_("Keep and read states")
    PROFILE = "profile", N_("Keep and read profiles")
    DEFINE = "define", N_("Change what activities are called")
    ALL_READ = "all/read", N_("Read everything")
    ALL = "all", N_("Everything, also voiding the statements of others")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of a launched package: its learner, its activity and its registration."""

    actor: Json
    activity: str
    registration: str


@dataclass(frozen=True, slots=True)
class LrsSender:
    """A program that speaks to the LRS: under which name, with which scopes, within which bounds."""

    name: str
    authority: Json
    scopes: frozenset[str]
    bounds: Bounds | None = None
    learner_id: int | None = None
    """Whose package it is; what it stores is erased with them."""

    def may(self, *scopes: LrsScope) -> bool:
        """Whether they hold one of those scopes, or all of them."""
        return not self.scopes.isdisjoint({LrsScope.ALL.value, *(one.value for one in scopes)})

    def require(self, *scopes: LrsScope) -> None:
        """Raise Rejected where they hold none of those."""
        if not self.may(*scopes):
            raise Rejected(403, f"This key needs one of these scopes: {', '.join(scopes)}, all.")


def hold_bounds(sender: LrsSender, statement: Json) -> None:
    """Raise Rejected for a statement that the sender may not send."""
    bounds = sender.bounds
    if bounds is None:
        return
    if statement["verb"]["id"] == VOIDED:
        raise Rejected(403, "A launched package voids no statement.")
    if identity(statement["actor"]) != identity(bounds.actor):
        raise Rejected(403, "actor: this session is of another learner.")
    if statement.get("context", {}).get("registration", "").lower() != bounds.registration:
        raise Rejected(403, "context.registration: this session is of another registration.")


def hold_document(sender: LrsSender, agent: Json | None, activity: str | None, registration: str | None) -> None:
    """Raise Rejected for a document that is out of a launched package's bounds."""
    bounds = sender.bounds
    if bounds is None:
        return
    if agent is not None and identity(agent) != identity(bounds.actor):
        raise Rejected(403, "agent: this session is of another learner.")
    if activity is not None and activity != bounds.activity:
        raise Rejected(403, "activityId: this session is of another activity.")
    if registration is not None and registration != bounds.registration:
        raise Rejected(403, "registration: this session is of another registration.")


def problems_of_key(name: str, scopes: Collection[str], ends_on: date | None, today: date) -> dict[str, Phrase]:
    """Find what is wrong with a new key, by field."""
    found: dict[str, Phrase] = {}
    if not name:
        found["name"] = Phrase(N_("Say who gets this key."))
    if not scopes or not set(scopes) <= set(LrsScope):
        found["scopes"] = Phrase(N_("Choose what the key is good for."))
    if ends_on is None or ends_on <= today:
        found["ends_on"] = Phrase(N_("Choose a day that is still to come."))
    return found
