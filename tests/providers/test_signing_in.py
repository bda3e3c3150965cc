"""Signing in with a provider that really runs: who comes in, as whom, with which roles, and who does not."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text

from coplearn.accounts.models import Grant, User
from coplearn.accounts.service import grant_role, switch_account
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.providers.models import ProviderIdentity
from coplearn.storage.database import current_session
from tests.accounts.persona import PASSWORD, Visitor
from tests.conftest import MakeSite
from tests.providers.provider import Comer, named, put_user
from tests.second_factors.test_signing_in import ANI, CODE, joined, set_up

ROLES = "groups=cop-office -> coordinator country=own; groups=cop-arabic -> translator language=ar"


@pytest.fixture
def site(make_app: MakeSite, issuer: str) -> Flask:
    """A site on SQLite whose people may come from the ministry."""
    return make_app(oidc=named(issuer, ROLES=ROLES, COUNTRY_CLAIM="country"))


def accounts(app: Flask) -> dict[str, User]:
    with app.app_context():
        return {user.email: user for user in current_session(app).scalars(select(User))}


def roles(app: Flask, email: str) -> set[tuple[str, str, str]]:
    with app.app_context():
        rows = select(Grant.name, Grant.locale, Grant.country).join(User).where(User.email == email)
        return {(name, locale, country) for name, locale, country in current_session(app).execute(rows)}


def test_first_sign_in_makes_an_account_and_the_next_finds_it(
    make_app: MakeSite, migrated_url: str, issuer: str
) -> None:
    """The account has the address that the provider confirmed and no password; it stays when the address changes there."""
    app = make_app(database_url=migrated_url, oidc=named(issuer))
    put_user(issuer, "ana-1", email="Ana@Ministry.example", email_verified=True)
    assert "Sign in with" in Visitor(app).get("/en/sign-in").text
    first = Comer(app)
    assert first.come("ana-1", "?next=/ar/about").location == "/ar/about"
    assert first.is_signed_in
    account = accounts(app)["ana@ministry.example"]
    assert (account.password, account.confirmed_at is not None) == (None, True)
    put_user(issuer, "ana-1", email="ana.new@ministry.example", email_verified=True)
    second = Comer(app)
    assert second.come("ana-1").location == "/en/me/"
    assert list(accounts(app)) == ["ana@ministry.example"]
    assert '"number_there": "ana-1"' in second.get("/en/me/data").text


def test_what_is_sent_proves_the_way_back(site: Flask, issuer: str) -> None:
    """The code is asked for with a challenge, a state and a nonce, for this site's own address, whatever host was typed."""
    address = urlsplit(Comer(site).leave())
    sent = {key: value[0] for key, value in parse_qs(address.query).items()}
    assert f"{address.scheme}://{address.netloc}" == issuer
    assert (sent["code_challenge_method"], sent["response_type"]) == ("S256", "code")
    assert sent["redirect_uri"] == "http://127.0.0.1:8000/oidc/ministry"
    assert min(len(sent[name]) for name in ("code_challenge", "state", "nonce")) >= 20


def test_way_back_counts_once_and_in_the_browser_that_left(site: Flask, issuer: str) -> None:
    """Another's way back signs nobody in: not in a fresh browser, not in one that left itself, and not a second time."""
    put_user(issuer, "ana-2", email="ana2@ministry.example", email_verified=True)
    ana, thief = Comer(site), Comer(site)
    back = ana.allow(ana.leave(), "ana-2")
    for stranger in (Comer(site), thief):
        if stranger is thief:
            thief.leave()
        assert stranger.get(back).location == "/en/sign-in"
        assert not stranger.is_signed_in
    assert ana.get(back).location == "/en/me/"
    assert ana.get(back).location == "/en/sign-in", "the state is used up"


@pytest.mark.parametrize(
    "claims", [{}, {"email_verified": False}, {"email_verified": "no"}, {"email": "", "email_verified": True}]
)
def test_address_that_nobody_checked_makes_no_account(site: Flask, issuer: str, claims: dict[str, object]) -> None:
    """Whoever could write any address at the provider could come as anybody."""
    put_user(issuer, "eve", **({"email": "victim@ministry.example"} | claims))
    eve = Comer(site)
    assert eve.come("eve").location == "/en/sign-in"
    assert "did not confirm a mail address" in eve.told()
    assert accounts(site) == {}


def test_account_that_was_here_is_opened_by_its_owner_first(site: Flask, issuer: str) -> None:
    """Its password once, then the provider opens it; with another account's password nothing is linked."""
    put_user(issuer, "ben", email="ben@ministry.example", email_verified=True, groups=["cop-arabic"])
    for email in ("ben@ministry.example", "eve@example.org"):
        Visitor(site).join(email)
    ben = Comer(site)
    assert ben.come("ben").location == "/en/sign-in"
    assert "has an account here already" in ben.told()
    assert not ben.is_signed_in
    assert ben.sign_in("eve@example.org").status_code == 302
    ben = Comer(site)
    ben.come("ben")
    assert ben.sign_in("ben@ministry.example", "a wrong password").status_code == 200
    assert ben.sign_in("ben@ministry.example").status_code == 302
    assert roles(site, "ben@ministry.example") == {("translator", "ar", "")}
    again = Comer(site)
    assert again.come("ben").location != "/en/sign-in"
    assert again.is_signed_in
    with site.app_context():
        assert len(current_session(site).scalars(select(ProviderIdentity)).all()) == 1


def test_second_step_is_asked_for_after_the_provider_too(site: Flask, issuer: str) -> None:
    """An account is linked when its owner has done both steps, and the provider alone opens it no more than a password does."""
    put_user(issuer, "lea", email=ANI, email_verified=True, groups=["cop-arabic"])
    _, codes = set_up(joined(site))
    lea = Comer(site)
    lea.come("lea")
    assert lea.sign_in(ANI).location == CODE
    lea.send(CODE, code=codes[0])
    assert lea.is_signed_in
    assert roles(site, ANI) == {("translator", "ar", "")}
    again = Comer(site)
    assert again.come("lea").location == CODE
    assert not again.is_signed_in
    again.send(CODE, code=codes[1])
    assert again.is_signed_in
    with time_machine.travel(utcnow() + timedelta(hours=13)):
        assert not again.is_signed_in, "also then it ends by itself"


def test_operator_may_let_confirmed_addresses_be_linked_at_once(make_app: MakeSite, issuer: str) -> None:
    """Where the setting says so, and for that address alone."""
    app = make_app(oidc=named(issuer, LINK_VERIFIED="1"))
    put_user(issuer, "cai", email="cai@ministry.example", email_verified=True)
    Visitor(app).join("cai@ministry.example")
    cai = Comer(app)
    assert cai.come("cai").location == "/en/me/"
    assert cai.is_signed_in
    assert list(accounts(app)) == ["cai@ministry.example"]


def test_account_that_a_stranger_prepared_is_the_owners(site: Flask, issuer: str) -> None:
    """Somebody made an account for another's address and waits with the password: it opens nothing once the owner came."""
    Visitor(site).sign_up("dee@ministry.example")
    put_user(issuer, "dee", email="dee@ministry.example", email_verified=True)
    assert Comer(site).come("dee").location == "/en/me/"
    assert Visitor(site).sign_in("dee@ministry.example", PASSWORD).status_code == 200


def test_roles_follow_the_provider_and_leave_what_people_gave(site: Flask, issuer: str) -> None:
    """A group gives a role, its end takes it; the country is the person's own; a role given by hand stays."""
    put_user(issuer, "fay", email="fay@ministry.example", email_verified=True, groups=["cop-office", "x"], country="ke")
    Comer(site).come("fay")
    assert roles(site, "fay@ministry.example") == {("coordinator", "", "KE")}
    with site.app_context():
        grant_role(current_session(site), "fay@ministry.example", Role.TRANSLATOR, "ar")
        current_session(site).commit()
    both = {("coordinator", "", "AM"), ("translator", "ar", "")}
    put_user(issuer, "fay", email="fay@ministry.example", groups=["cop-office", "cop-arabic"], country="AM")
    Comer(site).come("fay")
    assert roles(site, "fay@ministry.example") == both
    put_user(issuer, "fay", email="fay@ministry.example", groups=["cop-office"])
    Comer(site).come("fay")
    assert roles(site, "fay@ministry.example") == {("translator", "ar", "")}, "no country, no role for all of them"
    with site.app_context():
        log = text(
            "SELECT kind, about FROM audit_event WHERE who = 'site' AND about LIKE '%coordinator%' ORDER BY number"
        )
        noted = [tuple(one) for one in current_session(site).execute(log)]
    assert noted == [
        ("role-given", "role=coordinator,country=KE"),
        ("role-taken", "role=coordinator,country=KE"),
        ("role-given", "role=coordinator,country=AM"),
        ("role-taken", "role=coordinator,country=AM"),
    ]


def test_staff_of_a_provider_come_from_it_again_after_some_hours(site: Flask, issuer: str) -> None:
    """A role that ended there ends here the same day; whoever only learns stays signed in."""
    put_user(issuer, "gus", email="gus@ministry.example", email_verified=True, groups=["cop-arabic"])
    put_user(issuer, "hal", email="hal@ministry.example", email_verified=True)
    staff, learner = Comer(site), Comer(site)
    staff.come("gus")
    learner.come("hal")
    with time_machine.travel(utcnow() + timedelta(hours=13)):
        for visitor, signed_in in ((staff, False), (learner, True)):
            assert ("/en/sign-in" in visitor.get("/en/about").text) is not signed_in, "pages open to all say so at once"
        assert (staff.is_signed_in, learner.is_signed_in) == (False, True)


def test_account_that_is_switched_off_stays_off(site: Flask, issuer: str) -> None:
    """The provider lets nobody in whom the site put out."""
    put_user(issuer, "ida", email="ida@ministry.example", email_verified=True)
    Comer(site).come("ida")
    with site.app_context():
        switch_account(current_session(site), "ida@ministry.example", on=False)
        current_session(site).commit()
    ida = Comer(site)
    assert ida.come("ida").location == "/en/sign-in"
    assert "switched off" in ida.told()
    assert not ida.is_signed_in


@pytest.mark.parametrize("more", [{"DOMAINS": "other.example"}, {"NEW_ACCOUNTS": "0"}])
def test_operator_says_who_may_come(make_app: MakeSite, issuer: str, more: dict[str, str]) -> None:
    """Addresses of some domains alone, or nobody who has no account."""
    app = make_app(oidc=named(issuer, **more))
    put_user(issuer, "jo", email="jo@ministry.example", email_verified=True)
    assert Comer(app).come("jo").location == "/en/sign-in"
    assert accounts(app) == {}


def test_signing_out_tells_of_the_provider(site: Flask, issuer: str) -> None:
    """Here one is signed out at once; there by a link, because other things may hang on it."""
    put_user(issuer, "kim", email="kim@ministry.example", email_verified=True)
    kim = Comer(site)
    kim.come("kim")
    answer = kim.send("/en/sign-out", page="/en/change-password")
    assert answer.location == "/en/signed-out/ministry"
    assert not kim.is_signed_in
    assert "The Ministry" in kim.get(answer.location).text
    address = kim.get("/en/sign-out/with/ministry").location
    assert address.startswith(f"{issuer}/oauth2/end_session?")
    assert parse_qs(urlsplit(address).query)["post_logout_redirect_uri"] == ["http://127.0.0.1:8000/"]
