"""A client of the API in a hundred lines, to copy: pages of lists, changes from the version that was read, and safe repeats.

from coplearn_client import Coplearn
site = Coplearn("https://your.site", "cop_…")
for cohort in site.every("/cohorts"):
    print(cohort["title"], cohort["people"])
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin

import requests

TRIES = 5


class Refused(Exception):
    """A refusal of the site: ``status``, and its sentence in the language that was asked for."""

    def __init__(self, answer: requests.Response) -> None:
        problem = answer.json() if "json" in answer.headers.get("Content-Type", "") else {}
        fields = "; ".join(
            f"{one['field']}: {one.get('message') or one.get('code')}" for one in problem.get("errors", [])
        )
        super().__init__(" ".join(part for part in (problem.get("detail", answer.reason), fields) if part))
        self.status = answer.status_code


class Coplearn:
    """One site, and the key of one person's program."""

    def __init__(self, site: str, key: str, language: str = "en") -> None:
        self._base = urljoin(site, "/api/v1")
        self._session = requests.Session()
        self._session.headers.update({"Authorization": f"Bearer {key}", "Accept-Language": language})

    @classmethod
    def of_client(cls, site: str, client_id: str, secret: str, scope: str, language: str = "en") -> Coplearn:
        """The same for a program of the whole site, with a key of an hour (OAuth 2.0 client credentials)."""
        form = {"grant_type": "client_credentials", "scope": scope}
        answer = requests.post(urljoin(site, "/api/v1/oauth/token"), data=form, auth=(client_id, secret), timeout=30)
        if not answer.ok:
            raise Refused(answer)
        return cls(site, answer.json()["access_token"], language)

    def get(self, path: str, **query: Any) -> Any:
        """Read one thing."""
        return self._send("GET", path, params=query).json()

    def every(self, path: str, **query: Any) -> Iterator[Any]:
        """Read a list to its end, page by page."""
        cursor = None
        while True:
            page = self.get(path, limit=200, **query, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def post(self, path: str, body: Any) -> Any:
        """Make or do something, once, however often it has to be sent."""
        answer = self._send("POST", path, json=body, headers={"Idempotency-Key": str(uuid.uuid4())})
        return answer.json() if answer.content else None

    def change(self, path: str, decide: Callable[[Any], Any]) -> Any:
        """Change something: ``decide`` gets it as it stands and gives back what is to change. Where somebody else was quicker,
        it is asked again with what stands then."""
        while True:
            read = self._send("GET", path)
            try:
                headers = {"If-Match": read.headers["ETag"]}
                return self._send("PATCH", path, json=decide(read.json()), headers=headers).json()
            except Refused as refused:
                if refused.status != 412:
                    raise

    def _send(self, method: str, path: str, **rest: Any) -> requests.Response:
        """Send, and again after a pause where nothing was stored, or nobody knows whether it was."""
        for left in reversed(range(TRIES)):
            try:
                answer = self._session.request(method, self._base + path, timeout=30, **rest)
            except (requests.ConnectionError, requests.Timeout):
                if not left:
                    raise
                time.sleep(2)
                continue
            if answer.status_code not in (429, 503) or not left:
                break
            time.sleep(int(answer.headers.get("Retry-After", "5")))
        if not answer.ok:
            raise Refused(answer)
        return answer
