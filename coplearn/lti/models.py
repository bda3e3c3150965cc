"""Learning platforms that launch our courses, the people and activities they send, and the scores that go back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id, Name


class LtiPlatform(Base):
    """A learning platform as it was registered here: an issuer and the client id that it gave us."""

    __tablename__ = "lti_platform"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    id: Mapped[Id]
    name: Mapped[Name]
    issuer: Mapped[str] = mapped_column(String(255))
    client_id: Mapped[str] = mapped_column(String(255))
    login_url: Mapped[str] = mapped_column(String(500))
    token_url: Mapped[str] = mapped_column(String(500))
    keys_url: Mapped[str] = mapped_column(String(500))
    audience: Mapped[str] = mapped_column(String(500), default="", server_default=text("''"))
    """Whom requests for a token are addressed to, where that is not the token's own address."""
    is_open: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime]


class LtiDeployment(Base):
    """One place of a platform in which our courses may be used; others of the same platform are refused."""

    __tablename__ = "lti_deployment"
    __table_args__ = (UniqueConstraint("platform_id", "deployment_id"),)

    id: Mapped[Id]
    platform_id: Mapped[int] = mapped_column(ForeignKey("lti_platform.id", ondelete="CASCADE"))
    deployment_id: Mapped[str] = mapped_column(String(255))


class LtiNonce(Base):
    """A launch that was used: the hash of the number that it was made with, kept until no token with it can be good."""

    __tablename__ = "lti_nonce"
    __table_args__ = (Index("ix_lti_nonce_until", "until"),)

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    until: Mapped[datetime]


class LtiPerson(Base):
    """A person as one platform names them, and the learner that they are here; no name and no address is kept."""

    __tablename__ = "lti_person"
    __table_args__ = (
        UniqueConstraint("platform_id", "subject"),
        Index("ix_lti_person_learner_id", "learner_id"),
        Index("ix_lti_person_seen_at", "seen_at"),
    )

    id: Mapped[Id]
    platform_id: Mapped[int] = mapped_column(ForeignKey("lti_platform.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(String(255))
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class LtiLink(Base):
    """An activity of a platform's course that leads to a course of ours, or to a part of one."""

    __tablename__ = "lti_link"
    __table_args__ = (UniqueConstraint("deployment_id", "resource_link_id"),)

    id: Mapped[Id]
    deployment_id: Mapped[int] = mapped_column(ForeignKey("lti_deployment.id", ondelete="CASCADE"))
    resource_link_id: Mapped[str] = mapped_column(String(255))
    context_title: Mapped[Name]
    course_id: Mapped[str] = mapped_column(String(64))
    module_id: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))
    item_id: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))
    line_item: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    """The address of the column that scores go into; empty until it is known."""
    line_items: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    """Where a column can be asked for or made; empty where the platform has no such service."""
    scopes: Mapped[list[Any]] = mapped_column(JSON, default=list)
    members_url: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    """Where the platform tells who takes part; empty where it does not."""
    seen_at: Mapped[datetime]


class LtiScore(Base):
    """The score of one person in one activity, and what of it the platform was sent: one row, so that nothing goes twice."""

    __tablename__ = "lti_score"
    __table_args__ = (UniqueConstraint("link_id", "person_id"), Index("ix_lti_score_person_id", "person_id"))

    id: Mapped[Id]
    link_id: Mapped[int] = mapped_column(ForeignKey("lti_link.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("lti_person.id", ondelete="CASCADE"))
    attempt_seen: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """The learner's last attempt that was looked at."""
    score: Mapped[int | None]
    """Whole percent, as it is to stand at the platform; None while nothing is to be sent."""
    version: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """One more with every change of what is to be sent."""
    changed_at: Mapped[datetime | None]
    sent_version: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    sent_at: Mapped[datetime | None]
    claim: Mapped[str] = mapped_column(String(16), default="", server_default=text("''"))
    """Names the one that is sending it now."""
    claimed_until: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))
    """Why the platform does not have it, as a short word."""
    is_refused: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the platform said no for good, so that it is asked again only when something changes."""


class LtiKey(Base):
    """A key that we sign with for platforms (RSA, as the standard asks for); its private half is sealed."""

    __tablename__ = "lti_key"

    id: Mapped[Id]
    kid: Mapped[str] = mapped_column(String(64), unique=True)
    public: Mapped[dict[str, Any]]
    """The public half as a JSON Web Key."""
    sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    signs_from: Mapped[datetime]
    """It is published before it signs, so that every platform knows it by then."""


class LtiInvitation(Base):
    """An address that a platform may register itself at, once and until a day; its token is kept as a hash."""

    __tablename__ = "lti_invitation"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    until: Mapped[datetime]
    used_at: Mapped[datetime | None]
