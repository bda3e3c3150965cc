"""`python -m bench.translators`: what translators' files and pages cost with 20,000 messages; prints a table, keeps the figures.

Every part runs in a process of its own, so that its memory is its own too. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from bench.lookups import look_ups, write_catalog
from bench.many import COURSE, LANGUAGE, Many, enough, make_many, read_many
from bench.rooms import memory_times, open_site, page_costs, publish_seen, reviewer_of
from coplearn.authoring.problems import Problems
from coplearn.courses.catalogs import catalog_path, check_catalog, update
from coplearn.i18n.glossary import glossary_path, read_glossary
from coplearn.kernel.clock import utcnow
from coplearn.settings import HOME
from coplearn.site import site_of
from coplearn.storage.database import current_session
from coplearn.translating.catalogs import domains
from coplearn.translating.exchange import imports
from coplearn.translating.exchange.export_formats import CatalogSheet, po_bytes
from coplearn.translating.exchange.import_formats import read_upload
from coplearn.translating.store import catalog_store, rules

RESULTS: Final = Path(__file__).parent / "results.json"
FULL, QUICK = 20_000, 2_000
Figures = dict[str, float]

BARS: Final[Mapping[str, tuple[str, float]]] = {
    "update a catalog, s": ("<=", 3),
    "update a catalog, peak MB": ("<=", 300),
    "check a catalog, s": ("<=", 10),
    "check a catalog, peak MB": ("<=", 300),
    "import, dry run, s": ("<=", 6),
    "import, dry run, peak MB": ("<=", 300),
    "look-up, plain, times": ("<=", 2),
    "look-up, with a value, times": ("<=", 2),
    "editor page, KB": ("<", 60),
    "editor page, statements": ("<", 8),
    "list page, KB": ("<", 60),
    "list page, statements": ("<", 8),
    "first opening, all into the store, peak MB": ("<=", 300),
    "suggestions, index not made yet, ms": ("<=", 100),
    "suggestions, median, ms": ("<=", 100),
    "suggestions, worst, ms": ("<=", 100),
}
"""What was promised; all else is told without a bar."""


def _timed(name: str, act: Callable[[], object]) -> Figures:
    """Seconds by the clock and of the processor (the same on an idle machine), and the most memory by then."""
    began, busy = time.perf_counter(), time.process_time()
    act()
    took, busy = time.perf_counter() - began, time.process_time() - busy
    return {f"{name}, s": took, f"{name}, processor s": busy, f"{name}, peak MB": _peak()}


def _update(many: Many) -> Figures:
    """Every twentieth text of the source has changed, as after a revision of the course."""
    folder = many.home / "update"
    shutil.copytree(many.course.folder / "translations", folder / "translations", dirs_exist_ok=True)
    messages = tuple(
        replace(message, text=f"{message.text} And more.") if number % 20 == 0 else message
        for number, message in enumerate(many.course.messages)
    )
    course = replace(many.course, folder=folder, messages=messages)
    found = _timed("update a catalog", lambda: update(course, many.locale, Problems()))
    assert "And more." in catalog_path(folder, LANGUAGE).read_text(encoding="utf-8")
    return found


def _check(many: Many) -> Figures:
    glossary = read_glossary(glossary_path(HOME, LANGUAGE), LANGUAGE)
    problems = Problems()
    found = _timed("check a catalog", lambda: check_catalog(many.course, many.locale, problems, glossary))
    assert not any(problem.code.startswith("po-") for problem in problems), list(problems)[:3]
    return found | {"check a catalog, findings": len(problems)}


def _adopt(many: Many) -> Figures:
    """The first opening of the domain, and the file for the import: every text is there, and is another one."""
    app, _ = open_site(many)
    with app.app_context():
        domains.course_of(COURSE)  # a server reads its courses when it starts
        found = _timed("first opening, all into the store", lambda: domains.open_domain(COURSE, many.locale))
        session = current_session(app)
        texts = enough(len(many.course.messages))
        rows = [
            replace(row, forms=(f"{texts[row.msgid]} Да.",), state="translated", based_on=row.msgid)
            for row in catalog_store.catalog_rows(session, COURSE, LANGUAGE)
        ]
        base = catalog_store.last_edit_id(session, COURSE, LANGUAGE)
        file = po_bytes(CatalogSheet(COURSE, site_of(app).locales.source, many.locale, rows, base))
    (many.home / "upload.po").write_bytes(file)
    return found | {"file of the import, KB": len(file) / 1e3}


def _plan(session: Session, many: Many) -> imports.ImportPlan:
    raw = (many.home / "upload.po").read_bytes()
    return imports.plan_import(session, many.locale, read_upload("upload.po", raw, many.locale, COURSE))


def _dry_run(many: Many) -> Figures:
    app, _ = open_site(many)
    plans: list[imports.ImportPlan] = []
    with app.app_context():
        found = _timed("import, dry run", lambda: plans.append(_plan(current_session(app), many)))
    counts = plans[0].counts
    assert counts["applied"] > len(many.course.messages) * 0.8, counts
    return found | {"import, texts taken": counts["applied"], "import, texts refused": counts["refused"]}


def _import(many: Many) -> Figures:
    app, _ = open_site(many)
    with app.app_context():
        session = current_session(app)
        plan = _plan(session, many)

        def run() -> None:
            imports.run_import(session, rules.COMMAND_LINE, plan, utcnow())
            session.commit()

        return _timed("import, done after its plan", run)


def _pages(many: Many) -> Figures:
    app, _ = open_site(many)
    found: Figures = {}
    for name, cost in page_costs(app, many, reviewer_of(app)).items():
        found |= {f"{name} page, KB": cost.bytes / 1e3, f"{name} page, statements": cost.statements}
        found[f"{name} page, slowest, ms"] = cost.ms
    return found


def _memory(many: Many) -> Figures:
    app, _ = open_site(many)
    cold, median, worst = memory_times(app, many, 50)
    return {
        "suggestions, index not made yet, ms": cold,
        "suggestions, median, ms": median,
        "suggestions, worst, ms": worst,
    }


def _publish(many: Many) -> Figures:
    app, settings = open_site(many)
    median, worst = publish_seen(app, settings, many, many.home, 5)
    return {"published to seen by both workers of a server, s": median, "the same, worst of five, s": worst}


def _look_ups(many: Many) -> Figures:
    # In a folder of its own: the site's own catalog is not to be had by the other parts.
    home = many.home / "lookups"
    shutil.copytree(many.home / "translations", home / "translations")
    (home / "migrations").symlink_to(HOME / "migrations")
    app, _ = open_site(Many(home, many.course))
    msgids = write_catalog(home / "translations", many.locale, len(many.course.messages))
    found = look_ups(app, home / "translations", many.locale, msgids, 15)
    return {f"look-up, {name}": value for name, value in found.items()}


PARTS: Final[Mapping[str, Callable[[Many], Figures]]] = {
    "update": _update,
    "check": _check,
    "adopt": _adopt,
    "dry-run": _dry_run,
    "pages": _pages,
    "memory": _memory,
    "publish": _publish,
    "look-ups": _look_ups,
    "import": _import,
}
"""In their order: the later ones need what ``adopt`` left."""


def _peak() -> float:
    """The most memory this process ever held, in MB. Not ``ru_maxrss``: Linux begins that with the parent's."""
    rows = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("VmHWM:")) * 1024 / 1e6


def measure(quick: bool = False) -> dict[str, Any]:
    """Make the site, run every part in a process of its own, and show the table as it grows; what was found."""
    messages = QUICK if quick else FULL
    kept: dict[str, Any] = {"messages": messages, "when": datetime.now(UTC).isoformat(), "machine": machine()}
    kept["load_before"] = os.getloadavg()[0]
    print(f"\nTranslators, {messages:,} messages · {kept['machine']} · load {kept['load_before']:.1f}")
    figures: Figures = {}
    with tempfile.TemporaryDirectory(prefix="coplearn-many-") as name:
        home = Path(name) / "home"
        began = time.perf_counter()
        make_many(home, messages)
        print(f"(the site was made in {time.perf_counter() - began:.0f} s)")
        for part in PARTS:
            found = _elsewhere(part, home)
            _show(found)
            figures |= found
    kept |= {
        "load_after": os.getloadavg()[0],
        "figures": figures,
        "missed": [n for n in figures if not _keeps(n, figures[n])],
    }
    print(f"Missed: {', '.join(kept['missed']) or 'none'} · load {kept['load_after']:.1f}")
    return kept


def machine() -> str:
    """Cores, processor, system and Python in a line."""
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}, Python {platform.python_version()}"
    )


def _elsewhere(part: str, home: Path) -> Figures:
    command = [sys.executable, "-m", "bench.translators", "--part", part, "--home", str(home)]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{part}:\n{done.stderr[-4000:]}")
    found: Figures = json.loads(done.stdout.splitlines()[-1])
    return found


def _keeps(name: str, value: float) -> bool:
    sign, bar = BARS.get(name, ("", 0))
    return value < bar if sign == "<" else value <= bar if sign else True


def _show(found: Figures) -> None:
    for name, value in found.items():
        sign, bar = BARS.get(name, ("", 0))
        told = f"{sign} {bar:g}{'' if _keeps(name, value) else '  missed'}" if sign else ""
        print(f"{name:<58}{value:>12,.{0 if value >= 1000 else 2}f}  {told}".rstrip(), flush=True)


def main() -> int:
    """Measure, and add the figures to bench/results.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="2,000 messages, to see that it works")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        print(json.dumps(PARTS[given.part](read_many(given.home))))
        return 0
    found = measure(given.quick)
    held = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps(held | {"translators": found}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
