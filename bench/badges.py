"""CPU time of issuing and checking a badge, beside a bare signature: ``python -m bench.badges``."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from coplearn.credentials import documents
from coplearn.kernel.clock import utcnow
from tests.credentials.test_mutations import AWARD, DOCUMENT, GENUINE, KEY, KEYS, LIST, PINNED, VERIFIER


def took(times: int, act: Callable[[], object]) -> float:
    """The median of milliseconds."""
    found = []
    act()
    for _ in range(times):
        began = time.process_time()
        act()
        found.append((time.process_time() - began) * 1000)
    return statistics.median(found)


def main() -> None:
    """Measure and print."""
    public, signature = KEY.private.public_key(), KEY.private.sign(b"x" * 2_000)
    measured: dict[str, Callable[[], object]] = {
        "a bare signature of 2,000 bytes": lambda: KEY.private.sign(b"x" * 2_000),
        "a bare check of one": lambda: public.verify(signature, b"x" * 2_000),
        "issue a JWT": lambda: documents.as_jwt(DOCUMENT, KEY),
        "issue JSON-LD with two proofs": lambda: documents.as_json(DOCUMENT, KEY, AWARD.issued_at),
    }
    for form, text in GENUINE.items():
        badge = text.encode()
        measured[f"the site checks {form}"] = lambda badge=badge: documents.read_credential(
            badge, PINNED, LIST, utcnow()
        )  # type: ignore[misc] # a closure a form
        measured[f"the published verifier checks {form}"] = lambda badge=badge: VERIFIER["check"](badge, KEYS, LIST)  # type: ignore[misc] # a closure a form
    for name, act in measured.items():
        print(f"{name:>38}: {took(50, act):8.3f} ms")


if __name__ == "__main__":
    main()
