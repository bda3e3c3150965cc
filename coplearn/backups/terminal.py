"""Helpers of commands on whole sites: the application, its session as the terminal's, and refusals as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask, current_app
from sqlalchemy.orm import Session

from coplearn.audit.rules import SHELL
from coplearn.audit.service import act_as
from coplearn.files.stores import StoreUnavailable
from coplearn.kernel.errors import AppError
from coplearn.storage.database import current_session


@contextmanager
def refusals_said() -> Iterator[None]:
    """Say a refusal as a sentence, and end with 1."""
    try:
        yield
    except AppError as error:
        raise click.ClickException(str(error)) from error
    except StoreUnavailable as error:
        raise click.ClickException(f"The object store cannot be used: {error}") from error


def present_app() -> Flask:
    """Return the application that a command runs in."""
    return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return] # the proxy hides it


def shell_session() -> Session:
    """Return the database's session, in which whatever is done stands in the audit log as done from the terminal."""
    session = current_session(current_app)
    act_as(session, SHELL)
    return session
