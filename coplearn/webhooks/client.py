"""Telling another server one thing, signed, within the limits of the one way out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from requests import RequestException, Session

from coplearn.serving.outgoing import limit
from coplearn.webhooks.rules import HookEvent, Signer

_LONGEST: Final = 5.0
_MOST: Final = 20_000
GONE: Final = 410


def tell(url: str, signer: Signer, event: HookEvent, now: datetime, named: Sequence[str]) -> int:
    """Send one event; the status of the answer, 0 where there was none. Nobody's transaction may be open meanwhile.

    As Standard Webhooks 1.0 has it: the number stays the same however often it is sent, so that its reader counts it once.
    """
    body = json.dumps(
        {
            "type": f"cohort.{event.kind}",
            "timestamp": event.at.isoformat(),
            "data": {
                "cohort": event.cohort,
                "member": event.member or None,
                "meeting": event.meeting or None,
                "course": event.course or None,
            },
        }
    ).encode()
    number, stamp = event.number, int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "coplearn-webhooks",
        "webhook-id": number,
        "webhook-timestamp": str(stamp),
        "webhook-signature": signer.signature(number, stamp, body),
    }
    with Session() as session:
        limit(session, named, longest=_LONGEST, most=_MOST)
        try:
            return session.post(url, data=body, headers=headers, allow_redirects=False).status_code
        except RequestException:
            return 0
