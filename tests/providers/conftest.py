"""One provider for the tests of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.providers.provider import running_provider


@pytest.fixture(scope="session")
def issuer() -> Iterator[str]:
    """The provider's address."""
    with running_provider() as address:
        yield address
