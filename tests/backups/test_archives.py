"""An archive is opened by its keys alone, and only as it was made."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import pyrage
import pytest
from pyrage import passphrase, x25519

from coplearn.backups.archives import ArchiveMember, Manifest, Opener, Seal, new_key, read_manifest, seal, unseal
from coplearn.backups.row_sums import SumKind
from coplearn.kernel.errors import Refused
from tests.backups.quick_lock import lock_quickly

NOW = datetime(2026, 11, 30, tzinfo=UTC)
PRIVATE, PUBLIC = new_key()
KEY = Opener(PRIVATE)


def manifest_of(files: dict[str, tuple[int, str]]) -> Manifest:
    """The manifest of a site with those files."""
    return Manifest(NOW, "Site", "1.0", "sqlite", "0023", SumKind.LINES, {}, [], files)


def sealed(folder: Path, lock: Seal, **files: bytes) -> Path:
    """An archive of those files."""
    members = []
    for name, content in files.items():
        (folder / name).write_bytes(content)
        members.append(ArchiveMember(f"instance/{name}", folder / name))
    archive = folder / "archive.zip"
    seal(members, manifest_of, lock, archive)
    return archive


def unpacked(folder: Path, archive: Path, opener: Opener) -> dict[str, bytes]:
    """The files that come out of an archive."""
    into = folder / f"into-{random.random()}"
    into.mkdir()
    manifest = unseal(archive, opener, into, read_manifest)
    assert {path.name for path in into.iterdir()} == ({"instance"} if manifest.files else set())
    return {name: (into / name).read_bytes() for name in manifest.files}


SENTENCE = "a long sentence"


def test_passphrase_opens_an_archive(tmp_path: Path) -> None:
    """With the work that age takes for it, so that nobody tries all sentences; nobody reads in the file what was put into it."""
    archive = sealed(tmp_path, Seal((PUBLIC,), SENTENCE), a=b"Amina Okonkwo" * 9)
    assert unpacked(tmp_path, archive, Opener(passphrase=SENTENCE)) == {"instance/a": b"Amina Okonkwo" * 9}
    assert b"Amina" not in archive.read_bytes()
    with ZipFile(archive) as outer:
        work = outer.read("key.age").split(b"\n")[1].split()[-1]
    assert int(work) > 10


def test_passphrase_or_key_opens_an_archive_and_nothing_else_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Either of the two that it was sealed with, whatever else is tried beside it."""
    monkeypatch.setattr(passphrase, "encrypt", lock_quickly)
    content = os.urandom(300_000) + b"Amina Okonkwo" * 9
    archive = sealed(tmp_path, Seal((PUBLIC,), SENTENCE), a=content, empty=b"")
    for opener in (KEY, Opener(passphrase=SENTENCE), Opener(PRIVATE, "a wrong sentence")):
        assert unpacked(tmp_path, archive, opener) == {"instance/a": content, "instance/empty": b""}
    assert b"Amina" not in archive.read_bytes()
    for opener in (Opener(), Opener(passphrase="a wrong sentence"), Opener(new_key()[0])):
        with pytest.raises(Refused):
            unpacked(tmp_path, archive, opener)
    # Whoever has nothing is told what would open it, not that the archive is broken.
    with pytest.raises(Refused, match="Its passphrase or its private key is needed"):
        unpacked(tmp_path, archive, Opener())


def test_changed_archives_are_refused(tmp_path: Path) -> None:
    """Wherever a bit is turned or the file is cut, it is said, and no file stands there that is not what it was."""
    content = random.Random(1).randbytes(50_000)
    whole = sealed(tmp_path, Seal((PUBLIC,)), a=content).read_bytes()
    drawn = random.Random(2)
    opened = 0
    for turn in range(40):
        place = drawn.randrange(len(whole))
        broken = bytearray(whole[:place] if turn % 4 == 0 else whole)
        if turn % 4:
            broken[place] ^= 1 << drawn.randrange(8)
        archive = tmp_path / "broken.zip"
        archive.write_bytes(broken)
        try:
            assert unpacked(tmp_path, archive, KEY) == {"instance/a": content}
            opened += 1
        except Refused:
            pass
    # A bit of the note, or of a date, is nothing to the rest.
    assert opened < 10


def forged(folder: Path, members: Mapping[str, bytes], manifest: Manifest) -> Path:
    """An archive that somebody made who has the public key and no good intent."""
    inner, sealed_file = folder / "inner.zip", folder / "inner.age"
    with ZipFile(inner, "w", ZIP_STORED) as zipped:
        for name, content in members.items():
            zipped.writestr(ZipInfo(name), content)
        zipped.writestr("manifest.json", manifest.as_json())
    with inner.open("rb") as source, sealed_file.open("wb") as out:
        pyrage.encrypt_io(source, out, [x25519.Recipient.from_str(PUBLIC)])
    with ZipFile(folder / "forged.zip", "w", ZIP_STORED) as outer:
        outer.write(sealed_file, "backup.zip.age")
    return folder / "forged.zip"


NAMES = ("../x", "/etc/x", "instance/../../x", "instance//x", "instance/./x", "..\\x", "instance/..", "")


@pytest.mark.parametrize("name", NAMES)
def test_no_member_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    """Names that climb are refused before anything of that name is written."""
    outside = tmp_path / "outside"
    outside.mkdir()
    archive = forged(tmp_path, {name: b"bad"}, manifest_of({name: (3, "0" * 64)}))
    before = sorted(tmp_path.rglob("x"))
    with pytest.raises(Refused):
        unpacked(outside, archive, KEY)
    assert sorted(tmp_path.rglob("x")) == before == []


def test_what_the_manifest_does_not_say_is_refused(tmp_path: Path) -> None:
    """A file too many, one that is missing, one that is longer than it says, and a manifest of a later format."""
    told = {"instance/a": (3, "0" * 64)}
    for members in ({}, {"instance/a": b"abc", "instance/b": b""}, {"instance/a": b"abc" * 1_000}):
        with pytest.raises(Refused):
            unpacked(tmp_path, forged(tmp_path, members, manifest_of(told)), KEY)
