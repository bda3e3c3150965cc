"""What an operator writes about a provider, and what follows from what it says of somebody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.accounts.rules import Granted
from coplearn.providers.rules import Provider, packed, profile_of, read_providers, roles_of, unpacked, values_at
from coplearn.settings import from_env

ENOUGH = {"COPLEARN_OIDC_MOE_ISSUER": "https://login.moe.example/realm", "COPLEARN_OIDC_MOE_CLIENT_ID": "c"}


def read(**more: str) -> Provider:
    """The provider that those settings make."""
    settings = from_env(ENOUGH | {f"COPLEARN_OIDC_MOE_{name}": value for name, value in more.items()})
    return read_providers(settings.oidc)["moe"]


def test_two_settings_are_enough_for_a_provider() -> None:
    """Everything else has a default that lets in little."""
    one = read()
    assert (one.label, one.scopes, one.roles) == ("Moe", ("openid", "email"), ())
    assert (one.trust_addresses, one.link_verified, one.new_accounts) == (False, False, True)


def test_several_providers_stand_beside_each_other() -> None:
    """Each by its name; a secret is in no text that somebody might print."""
    other = {"COPLEARN_OIDC_NGO2_ISSUER": "http://localhost:9000", "COPLEARN_OIDC_NGO2_CLIENT_ID": "d"}
    found = read_providers(from_env(ENOUGH | other | {"COPLEARN_OIDC_NGO2_CLIENT_SECRET": "hush"}).oidc)
    assert list(found) == ["moe", "ngo2"]
    assert found["ngo2"].client_secret == "hush"
    assert "hush" not in repr(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ISSUER", "http://login.moe.example"),
        ("ISSUER", "https://"),
        ("ISSUER", "https://a.example/?x=1"),
        ("ISSUER", ""),
        ("CLIENT_ID", ""),
        ("LINK_VERIFIED", "perhaps"),
        ("STAFF_HOURS", "a day"),
        ("COLOUR", "red"),
        ("ROLES", "groups=a"),
        ("ROLES", "a -> translator"),
        ("ROLES", "groups=a -> emperor"),
        ("ROLES", "groups=a -> coordinator country=Kenya"),
        ("ROLES", "groups=a -> translator dialect=ar"),
        ("ROLES", "groups= -> translator"),
    ],
)
def test_what_cannot_be_meant_stops_the_start(name: str, value: str) -> None:
    """The variable is named, so that whoever wrote it finds it."""
    with pytest.raises(ValueError, match=f"COPLEARN_OIDC_MOE_{name}"):
        read(**{name: value})


def test_roles_are_what_the_rules_say_of_the_claims() -> None:
    """Lists and single texts, claims inside others and with dots in their names, and a country that is the person's own."""
    written = (
        "groups=a -> admin; realm.roles=b -> translator language=ar course=interface\n"
        "https://x.example/r=c=d -> coordinator country=own ; groups=z -> reviewer"
    )
    provider = read(ROLES=written, COUNTRY_CLAIM="address.country")
    claims = {
        "groups": "a",
        "realm": {"roles": ["b", 7, None]},
        "https://x.example/r": ["c=d"],
        "address": {"country": "ke"},
    }
    given = {Granted("admin"), Granted("translator", "ar", "interface"), Granted("coordinator", "", "", "KE")}
    assert roles_of(provider, claims) == given
    for country in ("KEN", "", None, ["", 7], {"x": 1}):
        assert roles_of(provider, claims | {"address": {"country": country}}) == given - {
            Granted("coordinator", "", "", "KE")
        }
    assert unpacked(packed(given)) == given


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["groups", "a", "sub", "email"]), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["sub", "email", "email_verified", "groups", "a"]), json), st.text())
def test_no_claims_make_more_than_texts(claims: dict[str, object], path: str) -> None:
    """Whatever a provider says, it is read as texts or not at all, and a role is given for its very value alone."""
    assert all(isinstance(one, str) for one in values_at(claims, path))
    provider = read(ROLES="groups=root -> admin")
    try:
        told = profile_of(provider, claims)
    except ValueError:
        return
    groups = claims.get("groups")
    assert bool(told.roles) == (groups == "root" or (isinstance(groups, list) and "root" in groups))
    assert told.is_checked == (claims.get("email_verified") is True or claims.get("email_verified") == "true")
