"""Addresses under which this site has signed credentials, and the places of credentials in its status list."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id, ShortText


class CredentialIssuer(Base):
    """An address under which this site has signed: its keys and its status list stay to be had there, wherever the site moves."""

    __tablename__ = "credential_issuer"

    id: Mapped[Id]
    address: Mapped[str] = mapped_column(String(300), unique=True)
    since: Mapped[datetime]


class CredentialStatus(Base):
    """The place of one certificate in the status list; kept for ever, so that what was taken back never stands again."""

    __tablename__ = "credential_status"

    id: Mapped[Id]
    number: Mapped[ShortText] = mapped_column(unique=True)
    """The certificate's number, which names nobody by itself."""
    position: Mapped[int] = mapped_column(unique=True)
    """Random, so that neighbours in the list have nothing to do with each other."""
    revoked_at: Mapped[datetime | None]
