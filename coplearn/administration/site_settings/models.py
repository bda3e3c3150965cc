"""The settings that were chosen on the page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base


class ChosenSetting(Base):
    """A setting with the value that was chosen for it; without a row the operator's value holds."""

    __tablename__ = "chosen_setting"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    """A field of :class:`coplearn.settings.Settings` that may be chosen (``rules.CHOSEN``)."""
    value: Mapped[Any] = mapped_column(JSON)
    changed_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
