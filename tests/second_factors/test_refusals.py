"""A second step that does not fit is refused, and the one of before goes on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.service import add_user
from coplearn.kernel.errors import Refused
from coplearn.second_factors.models import Authenticator, Passkey, SpareCode
from coplearn.second_factors.passkeys import MadePasskey
from coplearn.second_factors.rules import STEP_SECONDS, app_code
from coplearn.second_factors.sealing import FactorSeal
from coplearn.second_factors.service import keep_passkey, set_up_app

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SEAL = FactorSeal("k" * 40)


def _standing(session: Session) -> list[object]:
    tables = (Authenticator.secret, Passkey.name, SpareCode.id, User.fs_uniquifier)
    return [sorted(map(repr, session.scalars(select(one)))) for one in tables]


def test_app_that_shows_another_number_does_not_take_the_place_of_the_first(session: Session) -> None:
    """The app of before, its recovery codes and the sessions stay."""
    person = add_user(session, "ani@example.org", "en", NOW)
    shown = app_code(b"1" * 20, int(NOW.timestamp()) // STEP_SECONDS)
    assert set_up_app(session, SEAL, person.id, b"1" * 20, shown, NOW)
    before = _standing(session)
    for typed in (shown, "", "12"):
        with pytest.raises(Refused, match="does not go with the code"):
            set_up_app(session, SEAL, person.id, b"2" * 20, typed, NOW)
    assert _standing(session) == before


def test_passkey_of_somebody_is_nobody_elses_too(session: Session) -> None:
    """It opens one account; the other gets no codes, and its sessions go on."""
    ani, other = (add_user(session, f"{name}@example.org", "en", NOW) for name in ("ani", "other"))
    made = MadePasskey("abc", "key", 0)
    assert keep_passkey(session, SEAL, ani.id, made, "Telephone", NOW)
    before = _standing(session)
    for person in (ani, other):
        with pytest.raises(Refused, match="known already"):
            keep_passkey(session, SEAL, person.id, made, "Again", NOW)
    assert _standing(session) == before
