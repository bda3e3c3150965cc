"""What cannot be moved, or does not fit where it comes to, is refused with a sentence, and both sites stay as they were."""

from __future__ import annotations

import json
import shutil
import socket
from collections import namedtuple
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from coplearn.backups.archives import Opener, unseal
from coplearn.backups.making import INSTANCE
from coplearn.files.markers import note, reason_not_to_serve
from coplearn.kernel.errors import Refused
from coplearn.keys.ring import KeyPurpose
from coplearn.moving.arriving import ARRIVED, FoundSite
from coplearn.moving.proofs import proof_of
from coplearn.moving.rules import SignedManifest, read_signed, read_site_manifest, signed_words
from coplearn.site import site_of
from tests.cohorts.worlds import NOW
from tests.moving.conftest import Machine, Machines
from tests.moving.test_country import put_two_countries
from tests.moving.test_faults import later_archive, people_of, put_people
from tests.moving.test_round_trip import sums

Usage = namedtuple("Usage", "total used free")


def refused(machine: Machine, *arguments: str | Path, typed: str = "") -> str:
    """What ``coplearn site`` says when it refuses."""
    result = machine.run(*arguments, typed=typed)
    assert result.exit_code == 1, result.output
    return result.output


def unpacked(archive: Path) -> SignedManifest:
    """What an archive that anybody can open says of itself."""
    folder = archive.with_suffix(".seen")
    folder.mkdir()
    return unseal(archive, Opener(), folder, read_signed)


def test_an_export_that_makes_no_sense_writes_nothing(
    machines: Machines, tmp_path: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A short passphrase, no country, a file that is there, an earlier archive of something else, a site in use, no room."""
    first = machines("first")
    put_two_countries(first)
    short, whole, new = tmp_path / "short", tmp_path / "whole.site", tmp_path / "new.site"
    short.write_text("short\n", encoding="utf-8")
    open_ = "--unencrypted"
    first.done("export", whole, open_)
    bytes_ = whole.read_bytes()
    for words, arguments in {
        "12 characters or more": (new, "--passphrase-file", short),
        "ISO code of two letters": (new, open_, "--country", "M1"),
        "--last is for a whole site": (new, open_, "--country", "MA", "--last"),
        "is there already": (whole, open_),
        "no cohorts and no people of FR": (new, open_, "--country", "FR", "--yes"),
        "not of the same part": (new, open_, "--country", "MA", "--yes", "--since", whole),
    }.items():
        assert words in refused(first, "export", *arguments)
    assert "Nothing was written" in refused(first, "export", new, open_, "--country", "MA", typed="KE\n")
    with socket.create_server(("127.0.0.1", 0)) as there:
        first.changes |= {"port": there.getsockname()[1]}
        assert "Something answers at 127.0.0.1" in refused(first, "export", new, open_, "--last")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1, 1, 0))
    assert "too little room" in refused(first, "export", new, open_)
    assert (new.exists(), whole.read_bytes() == bytes_, note(first.instance, "moved.json")) == (False, True, None)


def test_an_archive_that_does_not_fit_the_place_changes_nothing(
    machines: Machines, tmp_path: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other keys, other tables, rows or files than it says itself, a language that is none, no room."""
    first, second = machines("first"), machines("second")
    put_people(first, "ana@example.org")
    whole, sealed = tmp_path / "whole.site", tmp_path / "sealed.site"
    first.done("export", whole, "--unencrypted")
    first.done("export", sealed, "--passphrase-file", secret)
    manifest = unpacked(whole).manifest
    user = manifest.tables["user"]
    made: dict[str, dict[str, object]] = {
        "is another one here": {"tables": {**manifest.tables, "user": replace(user, columns=user.columns[1:])}},
        "did not come in as they are": {"tables": {**manifest.tables, "user": replace(user, sha256="0" * 64)}},
    }
    before = sums(second)
    for number, (words, changes) in enumerate(made.items()):
        later_archive(first, whole, changed := tmp_path / f"changed{number}.site", **changes)
        assert words in refused(second, "import", changed)
    assert "no language 'xx'" in refused(second, "import", whole, "--language", "xx")
    seal = ("--passphrase-file", secret)
    for setting, value, words in (
        ("site_keys", first_keys(first), "COPLEARN_SITE_KEYS is set here"),
        ("secret_key", "k" * 40, "SECRET_KEY is set here"),
    ):
        other = machines(setting.replace("_", "-"), **{setting: value})
        assert words in refused(other, "import", sealed, *seal)
        assert people_of(other) == []
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _: Usage(1, 1, 0))
        assert "too little room" in refused(second, "import", whole)
    assert (sums(second), people_of(second), note(second.instance, ARRIVED)) == (before, [], None)
    # Its rows are in by then: the site is not served before a whole archive has come in.
    lost = {**manifest.contents, f"{INSTANCE}translations/ar.po": (1, "0" * 64)}
    later_archive(first, whole, without_file := tmp_path / "without-file.site", contents=lost)
    assert "Files are not what they were" in refused(second, "import", without_file)
    assert "run `coplearn site import`" in reason_not_to_serve(second.instance)
    second.done("import", whole)
    assert (people_of(second), reason_not_to_serve(second.instance)) == (["ana@example.org"], "")


def first_keys(machine: Machine) -> str:
    """The keys of a site as its operator would set them elsewhere."""
    result = machine.start().test_cli_runner().invoke(args=["keys", "export"])
    assert result.exit_code == 0, result.output
    return result.output.strip()


def test_what_is_new_comes_only_after_what_it_is_new_since(machines: Machines, tmp_path: Path) -> None:
    """Not without the archive before, not by another version, not twice, not into a site that went its own way."""
    first, second = machines("first"), machines("second")
    put_people(first, "ana@example.org")
    whole, rest, older, late = (tmp_path / f"{name}.site" for name in ("whole", "rest", "older", "late"))
    first.done("export", whole, "--unencrypted")
    put_people(first, "ben@example.org")
    first.done("export", rest, "--since", whole, "--unencrypted")
    assert "Bring that one in first" in refused(second, "import", rest)
    second.done("import", whole)
    assert "brought in here already" in refused(second, "import", whole)
    later_archive(first, rest, older, revision="0001")
    assert "only by the version that exported it" in refused(second, "import", older)
    assert people_of(second) == ["ana@example.org"]
    second.done("import", rest)
    # Both sites give the next account the same number: whoever came to the new one must not be overwritten.
    put_people(first, "zoe@example.org")
    put_people(second, "own@example.org")
    first.done("export", late, "--since", rest, "--unencrypted")
    assert "was changed since" in refused(second, "import", late)
    assert people_of(second) == ["ana@example.org", "ben@example.org", "own@example.org"]


def test_only_a_good_proof_of_a_country_that_left_lets_anybody_be_forgotten(machines: Machines, tmp_path: Path) -> None:
    """Not one that was changed, of another archive, of a whole site, or of something that did not come over whole."""
    old, new = machines("old"), machines("new")
    put_two_countries(old)
    whole, part = tmp_path / "whole.site", tmp_path / "ma.site"
    old.done("export", whole, "--unencrypted")
    old.done("export", part, "--country", "MA", "--yes", "--unencrypted")
    before = people_of(old)

    def proof(archive: Path, **changes: object) -> Path:
        signed = unpacked(archive)
        found = replace(FoundSite(signed, {}, {}, signed.manifest.root, []), **changes)  # type: ignore[arg-type]
        made = proof_of(found, "https://new.example", "sqlite", site_of(new.app).keys, NOW)
        path = archive.with_suffix(f".{len(changes)}.json")
        path.write_text(made.as_json(), encoding="utf-8")
        return path

    good = proof(part)
    said = json.loads(good.read_text(encoding="utf-8"))
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps({**said, "proof": said["proof"].replace("new.example", "bad.example")}), "utf-8")
    shutil.rmtree(part.with_suffix(".seen"))
    tries: Sequence[tuple[Machine, Path, str]] = (
        (old, forged, "was changed"),
        (new, good, "not made here"),
        (old, proof(part, root="0" * 64), "does not show that the archive came over whole"),
        (old, proof(whole), "The whole site moved"),
    )
    for machine, path, words in tries:
        assert words in refused(machine, "release", path, "--yes")
    assert "Nothing was erased" in refused(old, "release", good, typed="KE\n")
    assert people_of(old) == before


def test_a_manifest_of_a_later_version_or_with_another_signature_is_refused(machines: Machines, tmp_path: Path) -> None:
    """Before anything is read of what it says."""
    first = machines("first")
    first.done("export", whole := tmp_path / "whole.site", "--unencrypted")
    signed = unpacked(whole)
    values = json.loads(signed.said)
    with pytest.raises(Refused, match="later version"):
        read_site_manifest(json.dumps({**values, "format": values["format"] + 1}))
    other = site_of(machines("other").app).keys.sign(KeyPurpose.PROOFS, signed_words(signed.said))
    with pytest.raises(Refused, match="signature of its manifest"):
        read_signed(replace(signed, signature=other.text).as_json())
