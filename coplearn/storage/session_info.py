"""Typed names for what every session of the site carries, so that no verb has to be handed it."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

T = TypeVar("T")


@dataclass(frozen=True)
class SessionKey(Generic[T]):
    """The name of one thing in ``session.info``, and its type."""

    name: str

    def get(self, session: Session) -> T | None:
        """The value that the session carries under this name; None for nothing."""
        value: T | None = session.info.get(self.name)
        return value

    def put(self, info: MutableMapping[Any, Any], value: T) -> None:
        """Let a session carry it: ``info`` is the session's own, or what the site gives to each new one."""
        info[self.name] = value
