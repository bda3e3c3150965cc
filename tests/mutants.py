"""Takes guards away, one at a time, and sees that a test which ran into the guard fails without it: a part of `make prove`.

A guard is an `if` without an `else` whose last statement raises or aborts. Coverage finds the tests that enter each of them;
a guard that no test enters counts as one that could go away unseen. `python -m tests.mutants` names those that could.
"""

from __future__ import annotations

import argparse
import ast
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from itertools import groupby
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

import pytest
from coverage import Coverage, CoverageData

ROOT: Final = Path(__file__).resolve().parents[1]
VARIABLE: Final = "COPLEARN_WITHOUT_GUARD"
"""Names the guard that a process of pytest goes without, as `path:line`; read where this file is loaded as a plugin."""
SHARE: Final = 0.95
"""Of the guards that were taken away a test must miss so many."""
AT_ONCE: Final = 8
"""So many tests are asked first; most guards are missed by one of them."""
AT_MOST: Final = 60
SECONDS: Final = 900
APART: Final = ("journeys", "durability", "deploy", "authoring")
"""Folders whose tests use the site from outside, in processes that coverage does not follow, or take long."""
_OPTIONS: Final = ("-q", "-n", "0", "-p", "no:cacheprovider", "-p", "tests.mutants")
_RC: Final = "[run]\nsource = coplearn\nparallel = true\n"

Entered = Mapping[tuple[str, int], Sequence[str]]
"""The tests that enter a guard, as pytest names them, by the path of its file and its line."""


@dataclass(frozen=True, slots=True, order=True)
class Guard:
    """An `if` that refuses."""

    path: str
    """From the root of the repository."""
    line: int
    body: int
    """The line of its first statement."""
    condition: tuple[int, int, int, int]
    """The first line and column, and the last line and the column after it, in bytes of UTF-8."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


def _refuses(node: ast.stmt) -> bool:
    call = node.value if isinstance(node, ast.Expr) else None
    return isinstance(node, ast.Raise) or (
        isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "abort"
    )


def guards_of(path: str, source: str) -> list[Guard]:
    """The guards of one file in their order."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.If) and not node.orelse and _refuses(node.body[-1]):
            test = node.test
            place = (test.lineno, test.col_offset, test.end_lineno or test.lineno, test.end_col_offset or 0)
            found.append(Guard(path, node.lineno, node.body[0].lineno, place))
    return sorted(found)


def without(source: str, guard: Guard) -> str:
    """The source in which the guard never refuses; its condition is asked all the same, for it may name things."""
    lines = [line.encode() for line in source.splitlines(keepends=True)]
    first, start, last, end = guard.condition
    lines[last - 1] = lines[last - 1][:end] + b") and False" + lines[last - 1][end:]
    lines[first - 1] = lines[first - 1][:start] + b"(" + lines[first - 1][start:]
    return b"".join(lines).decode()


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, guard: Guard) -> None:
        super().__init__(name, path)
        self._guard = guard

    def get_code(self, fullname: str) -> CodeType:
        source = without(Path(self.path).read_text(encoding="utf-8"), self._guard)
        code: CodeType = compile(source, self.path, "exec", dont_inherit=True)
        return code


class _Finder(MetaPathFinder):
    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._name = guard.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name == self._name else None
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(name, spec.origin, self._guard)
        return spec


def all_guards() -> list[Guard]:
    """Every guard of the application."""
    files = sorted((ROOT / "coplearn").rglob("*.py"))
    return [guard for file in files for guard in guards_of(file.relative_to(ROOT).as_posix(), file.read_text("utf-8"))]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Have coverage note which test it follows, where it does; by itself it loses the name where another thread does something."""
    followed = Coverage.current()
    if followed is not None:
        followed.switch_context(item.nodeid.partition("[")[0])
    return (yield)


def _files(within: str) -> list[list[str]]:
    """The files of tests in each folder; those of one alone where it is named."""
    named = ROOT / within
    files = [named] if named.is_file() else sorted(named.rglob("test_*.py"), key=lambda file: (file.parent, file))
    kept = [file for file in files if not set(file.relative_to(ROOT / "tests").parts) & set(APART)]
    return [[str(file) for file in there] for _, there in groupby(kept, lambda file: file.parent)]


def _pytest(args: Iterable[str], before: Sequence[str] = (), seconds: int | None = None, **more: str) -> int | None:
    """What pytest returns; None when it did not end in time."""
    command = [sys.executable, "-m", *before, "pytest", *_OPTIONS, *args]
    try:
        return subprocess.run(
            command, cwd=ROOT, env=os.environ | more, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=seconds, check=False,
        ).returncode  # fmt: skip
    except subprocess.TimeoutExpired:
        return None


def tests_entering(guards: Iterable[Guard], within: str, pool: ThreadPoolExecutor) -> Entered:
    """Which tests of a folder, or of a file, enter which guard, by running all of them that stay in one process."""
    with tempfile.TemporaryDirectory() as folder:
        rc, data = Path(folder, "rc"), Path(folder, "data")
        rc.write_text(_RC, encoding="ascii")

        def cover(files: Sequence[str]) -> None:
            _pytest(files, ("coverage", "run", f"--rcfile={rc}", f"--data-file={data}", "-m"))

        list(pool.map(cover, _files(within)))
        found: dict[tuple[str, int], set[str]] = {}
        for file in Path(folder).glob("data.*"):
            kept = CoverageData(str(file))
            kept.read()
            for path, there in groupby(guards, lambda guard: guard.path):
                contexts = kept.contexts_by_lineno(str(ROOT / path))
                for guard in there:
                    found.setdefault((path, guard.line), set()).update(filter(None, contexts.get(guard.body, [])))
    return {place: _in_order(place[0], tests) for place, tests in found.items()}


def _in_order(path: str, tests: Iterable[str]) -> list[str]:
    """The tests of a guard's own slice first."""
    slice_of = f"tests/{path.split('/')[1].removesuffix('.py')}/"
    return sorted(tests, key=lambda test: (not test.startswith(slice_of), test))


def is_missed(guard: Guard, tests: Sequence[str]) -> bool:
    """Whether one of the tests fails, or never ends, without the guard."""
    for part in (tests[:AT_ONCE], tests[AT_ONCE:AT_MOST]):
        if part and _pytest(["-x", *part], seconds=SECONDS, **{VARIABLE: str(guard)}) in {1, None}:
            return True
    return False


def evenly(guards: Sequence[Guard], count: int) -> list[Guard]:
    """So many of the guards, always the same."""
    count = min(count, len(guards))
    return [guards[place * len(guards) // count] for place in range(count)]


def main() -> int:
    """Take ``--count`` guards away (of the files whose path begins as said); 0 when nearly all of them are missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--only", default="coplearn/", metavar="PATH", help="begins the path of each guard")
    parser.add_argument("--tests", default="tests", metavar="PATH", help="a folder or file of the tests that are asked")
    asked = parser.parse_args()
    guards = [guard for guard in all_guards() if guard.path.startswith(asked.only)]
    chosen = evenly(guards, asked.count)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        entered = tests_entering(guards, asked.tests, pool)
        print("every test has been followed", flush=True)
        unseen = [guard for guard in guards if not entered.get((guard.path, guard.line))]
        missed = []
        asked_of = pool.map(lambda guard: is_missed(guard, entered.get((guard.path, guard.line), ())), chosen)
        for number, (guard, is_held) in enumerate(zip(chosen, asked_of, strict=True), 1):
            missed.append(is_held)
            if not is_held:
                print(f"nobody misses {guard}" + (" (no test enters it)" if guard in unseen else ""), flush=True)
            if number % 20 == 0:
                print(f"{number} of {len(chosen)} looked at", flush=True)
    print(
        f"{sum(missed)} of {len(chosen)} guards are missed; of all {len(guards)}, {len(unseen)} are entered by no test."
    )
    return 0 if sum(missed) >= SHARE * len(chosen) else 1


def _guard_named(place: str) -> Guard:
    path, _, line = place.rpartition(":")
    found = guards_of(path, (ROOT / path).read_text("utf-8"))
    return next(guard for guard in found if guard.line == int(line))


if __name__ == "__main__":
    sys.exit(main())
if VARIABLE in os.environ:
    sys.meta_path.insert(0, _Finder(_guard_named(os.environ[VARIABLE])))
