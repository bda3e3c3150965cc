"""A setting that cannot be read is named, rather than taken for something else."""

from __future__ import annotations

import pytest

from coplearn.settings import from_env
from coplearn.storage.replica import open_replica

POSTGRESQL = "postgresql+psycopg://reader@db.example/coplearn"


@pytest.mark.parametrize(
    ("name", "said", "sentence"),
    [
        ("COPLEARN_HTTPS", "maybe", "COPLEARN_HTTPS must be 1 or 0, not 'maybe'."),
        ("PORT", "80a", "PORT must be a whole number, not '80a'."),
        ("COPLEARN_WORKERS", "-1", "COPLEARN_WORKERS must be a whole number, not '-1'."),
    ],
)
def test_a_setting_that_cannot_be_read_is_named(name: str, said: str, sentence: str) -> None:
    with pytest.raises(ValueError, match="must be") as refused:
        from_env({name: said})
    assert str(refused.value) == sentence


def test_a_misspelt_second_factor_rule_lets_no_staff_in_without_one() -> None:
    settings = from_env({"COPLEARN_SECOND_FACTOR_FOR": "stuff"})
    with pytest.raises(ValueError, match="must be") as refused:
        assert settings.staff_needs_factor
    assert str(refused.value) == "COPLEARN_SECOND_FACTOR_FOR must be staff or nobody, not 'stuff'."


@pytest.mark.parametrize(("database", "replica"), [("sqlite:///a.db", POSTGRESQL), (POSTGRESQL, "sqlite:///a.db")])
def test_a_replica_of_another_engine_is_refused(database: str, replica: str) -> None:
    with pytest.raises(ValueError, match="COPLEARN_REPLICA_URL goes with PostgreSQL alone"):
        open_replica(database, replica)
