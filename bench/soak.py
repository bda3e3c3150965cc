"""Whether memory stays flat under mixed load: `python -m bench.soak`, three minutes, or an hour with `--minutes 60`.

`coplearn serve` answers lessons, checks, my learning and help in every language, and people who sign in; its memory is read
between, the processes that do jobs included. What grows after the warm-up is told as MiB an hour. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

from flask_security import hash_password

from bench.load import Shot, fire, generator
from bench.site import Installation, install, memory_of, serve_site, visitor
from coplearn.accounts.models import User
from coplearn.kernel.clock import utcnow
from coplearn.site import site_of
from coplearn.storage.database import current_session

PASSWORD = "five pale windmills"
FORM = "application/x-www-form-urlencoded"


def signing_in(site: Installation) -> Shot:
    """Somebody who signs in, in a browser that nobody has signed in with."""
    with site.app.app_context():
        session = current_session(site.app)
        password, now = hash_password(PASSWORD), utcnow()
        email = "comes-again@example.org"
        session.add(
            User(email=email, password=password, active=True, fs_uniquifier="a" * 32, confirmed_at=now, locale="en",
                 create_datetime=now)
        )  # fmt: skip
        session.commit()
    stranger = visitor(site.app)
    typed = urlencode({"csrf_token": stranger.token, "email": email, "password": PASSWORD})
    return Shot("/en/sign-in", "POST", {**stranger.headers, "Content-Type": FORM}, typed)


def mixed(site: Installation) -> list[Shot]:
    """What is sent, over and over: of everybody a lesson, an answer, my learning and help, and now and then a password."""
    languages = [locale.url for locale in site_of(site.app).locales.live]
    lessons = [item for item in site.course.items.values() if item.kind == "lesson"]
    shots, comes = [], signing_in(site)
    for number, (person, answer) in enumerate(zip(site.people, site.answers(), strict=True)):
        lang = languages[number % len(languages)]
        paths = (site.address(lessons[number % len(lessons)], lang), f"/{lang}/me/", f"/{lang}/help")
        headers = {**person.headers, "Cookie": person.headers["Cookie"].replace("lang=en", f"lang={lang}")}
        shots += [Shot(path, headers=headers) for path in paths]
        shots += [answer, comes] if number % 8 == 0 else [answer]
    return shots


def soak(site: Installation, folder: Path, minutes: float, every: int, connections: int) -> None:
    """Print what each part of the time came to, and the slope after the warm-up: a quarter of the time, a minute at least."""
    shots, warm = mixed(site), max(1.0, minutes / 4)
    seen: list[tuple[float, float]] = []
    with serve_site(site, folder):
        pass  # the first start reads and checks the courses, whose memory no later one has
    with serve_site(site, folder) as server:
        print(f"just started: workers {memory_of(server)[0]:.0f} MiB, all {memory_of(server)[1]:.0f} MiB", flush=True)
        print("| minute | workers MiB | all MiB | answers a second | p50 ms | p99 ms | failed |\n" + "|---" * 7 + "|")
        began, answered = time.monotonic(), 0.0
        while (passed := (time.monotonic() - began) / 60) < minutes:
            one = fire(server.url, shots, connections, every)
            answered += one.rate * every
            passed = (time.monotonic() - began) / 60
            workers, tree = memory_of(server)
            seen.append((passed, tree))
            print(f"| {passed:.1f} | {workers:.0f} | {tree:.1f} | {one.rate:.0f} | {one.p50:.1f} | {one.p99:.0f}"
                  f" | {one.failed} |", flush=True)  # fmt: skip
    after = [one for one in seen if one[0] >= warm]
    least, most = min(tree for _, tree in after), max(tree for _, tree in after)
    print(f"after {warm:.1f} minutes: {least:.0f} to {most:.0f} MiB, {_slope(after)} MiB an hour;"
          f" {answered:,.0f} answers; {generator()}; load {os.getloadavg()[0]:.1f}")  # fmt: skip


def _slope(seen: Sequence[tuple[float, float]]) -> str:
    """What is added in an hour, and the standard error of that: minutes say little of an hour."""
    at, sizes = zip(*seen, strict=True)
    line = statistics.linear_regression(at, sizes)
    rest = sum((size - line.intercept - line.slope * when) ** 2 for when, size in seen)
    doubt = math.sqrt(rest / max(1, len(seen) - 2) / sum((when - statistics.fmean(at)) ** 2 for when in at))
    return f"{line.slope * 60:+.1f} ± {doubt * 60:.1f}"


def main() -> None:
    """Make a site, and put load on it for so long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--every", type=int, default=20, help="seconds between two looks at the memory")
    parser.add_argument("--connections", type=int, default=4)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="coplearn-bench-") as folder:
        site = install(Path(folder) / "site")
        soak(site, Path(folder), asked.minutes, asked.every, asked.connections)


if __name__ == "__main__":
    main()
