"""Files of the site: named by what they hold, packed beforehand, and the right ones whatever version a page is of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from coplearn.web.packing import PACKINGS, unpack
from coplearn.web.static_files import FILES, StaticFiles


def test_every_file_is_kept_for_good_under_its_own_name_alone(client: FlaskClient) -> None:
    """Under its bare name, or a version's that is not there (any more), the browser asks each time, and gets what there is."""
    for name in FILES:
        address = FILES.address(name)
        named, bare, old = (
            client.get(one)
            for one in (address, f"/static/{name}", re.sub(r"\.[0-9a-f]{10}\.", ".0123456789.", address))
        )
        assert (named.data == bare.data == old.data) and named.data, name
        assert named.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert bare.headers["Cache-Control"] == old.headers["Cache-Control"] == "public, no-cache"
        for packing in PACKINGS:
            packed = client.get(address, headers={"Accept-Encoding": packing})
            if "Content-Encoding" in packed.headers:
                assert unpack(packed.data, packing) == named.data, name
    assert client.get("/static/css/nothing.0123456789.css").status_code == 404


def test_script_names_what_it_imports_by_what_that_holds(tmp_path: Path) -> None:
    """A neighbour that changes changes whoever imports it: no browser mixes two versions."""
    (tmp_path / "a.js").write_text(
        'import { add } from "./b.js";\nconst later = () => import("./c.js");\nimport "./c.js";\n'
    )
    (tmp_path / "b.js").write_text("export * from './c.js';\n// from \"./a.js\" is no import\n")
    (tmp_path / "c.js").write_text("export const one = 1;\n")
    before = StaticFiles(tmp_path)
    text = before.get("a.js")
    assert text is not None
    for name in ("b.js", "c.js"):
        assert before.address(name).encode() in text.content
    assert b'"./' not in text.content
    (tmp_path / "c.js").write_text("export const one = 2;\n")
    after = StaticFiles(tmp_path)
    assert all(before.address(name) != after.address(name) for name in ("a.js", "b.js", "c.js"))


@pytest.mark.parametrize("text", ['import "./nothing.js";', 'import "./ring.js";'])
def test_script_that_imports_what_cannot_be_is_told_at_the_start(text: str, tmp_path: Path) -> None:
    """Not by a browser, on a page."""
    (tmp_path / "ring.js").write_text(text)
    with pytest.raises(ValueError, match="ring"):
        StaticFiles(tmp_path)


def test_files_are_packed_once_for_all_starts(tmp_path: Path) -> None:
    """What an earlier start left is taken while it reads as it should; broken and old files there are no harm."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "a.css").write_text("a { color: red }\n" * 200)
    folder = tmp_path / "kept"
    StaticFiles(tmp_path / "site").pack_all(folder)
    kept = sorted(folder.iterdir())
    assert len(kept) == len(PACKINGS)
    kept[0].write_bytes(b"broken")
    (folder / "old.css.gzip").write_bytes(b"old")
    files = StaticFiles(tmp_path / "site")
    files.pack_all(folder)
    file = files.get("a.css")
    assert file is not None
    assert sorted(folder.iterdir()) == kept
    for packing in PACKINGS:
        assert unpack(file.body(packing), packing) == file.content
