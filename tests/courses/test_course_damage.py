"""A course folder damaged in any way gives problems or stays good; the library never raises."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from tests.courses.makecourse import Folder, make_course

PIECES = [
    b"\0",
    b"\xff",
    b"---\n",
    b": ",
    b"- ",
    b"{#x}",
    b"&a *a",
    b"<b>",
    b"\n\n",
    b"[" * 400,
    b":::",
    b"|",
    b"!!python/object:os.system ",
    b"\xef\xbb\xbf",
    b'"',
    b"'",
    b"> " * 60,
]


@pytest.mark.parametrize("seed", range(40))
def test_library_survives_damage(seed: int, tmp_path: Path) -> None:
    """Bytes cut out, put in and turned about in every kind of file."""
    chance = random.Random(seed)
    folder = make_course(tmp_path)
    files = [path for path in sorted(folder.path.rglob("*")) if path.is_file()]
    for path in chance.sample(files, 2):
        raw = path.read_bytes()
        for _ in range(3):
            start = chance.randrange(len(raw) + 1)
            raw = raw[:start] + chance.choice(PIECES) + raw[start + chance.randrange(30) :]
        path.write_bytes(raw)
    loaded = folder.load()
    assert (loaded.course is None) == bool(loaded.problems.errors)
    assert "load-failed" not in {problem.code for problem in loaded.problems}


@pytest.mark.parametrize("name", ["course.yaml", "01-begin", "01-begin/module.yaml", "media"])
def test_library_survives_a_folder_for_a_file_and_links(name: str, tmp_path: Path) -> None:
    """Names that are something else than they should be."""
    folder = make_course(tmp_path)
    kept = tmp_path / "kept"
    shutil.move(folder.path / name, kept)
    (folder.path / name).symlink_to(kept)
    assert folder.load().problems.errors
    (folder.path / name).unlink()
    if kept.is_file():
        (folder.path / name).mkdir()
        assert folder.load().problems.errors


def test_library_survives_an_empty_folder(tmp_path: Path) -> None:
    """Nothing there is a problem told, not an exception."""
    assert Folder(tmp_path).codes() == {"file-missing"}
