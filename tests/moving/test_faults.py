"""An archive that is not whole, a site that is not empty, a machine that dies: a sentence, and nothing half done."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from coplearn.backups.archives import ArchiveMember, Opener, pack, unseal
from coplearn.files.markers import reason_not_to_serve
from coplearn.keys.ring import KeyPurpose
from coplearn.moving.arriving import import_site
from coplearn.moving.cli import SiteSchema
from coplearn.moving.rules import SignedManifest, read_signed, signed_words
from coplearn.site import site_of
from coplearn.storage.database import engine_of
from tests.moving.conftest import Machine, Machines
from tests.moving.test_round_trip import sums
from tests.sizes import some_of


def put_people(machine: Machine, *addresses: str) -> None:
    """Accounts with those addresses."""
    with engine_of(machine.app).begin() as connection:
        for address in addresses:
            connection.execute(
                text(
                    'INSERT INTO "user" (email, active, fs_uniquifier, locale, time_zone, create_datetime)'
                    " VALUES (:address, :on, :address, 'en', '', '2026-11-30 07:00:00.000000')"
                ),
                {"address": address, "on": True},
            )


def people_of(machine: Machine) -> list[str]:
    """The addresses of all accounts."""
    with engine_of(machine.start()).connect() as connection:
        return [str(one) for one in connection.scalars(text('SELECT email FROM "user" ORDER BY email'))]


def later_archive(machine: Machine, archive: Path, to: Path, **changes: object) -> None:
    """The same archive as another version of coplearn would have written it, and signed."""
    folder = to.with_suffix(".unpacked")
    folder.mkdir()
    signed = unseal(archive, Opener(), folder, read_signed)
    keys = site_of(machine.app).keys

    def describe(files: dict[str, tuple[int, str]]) -> SignedManifest:
        said = replace(signed.manifest, files=files, **changes).as_json()  # type: ignore[arg-type]
        signature = keys.sign(KeyPurpose.PROOFS, signed_words(said))
        return SignedManifest(signed.manifest, said, signature.key_id, signed.public, signature.text)

    pack([ArchiveMember(name, folder / name) for name in signed.files], describe, to)


def test_archives_that_do_not_fit_change_nothing(machines: Machines, tmp_path: Path, secret: Path) -> None:
    """Cut off, changed by a byte, of a later version, sealed with another passphrase, or into a site with people."""
    first, second = machines("first"), machines("second")
    put_people(first, "ana@example.org")
    whole, sealed = tmp_path / "whole.site", tmp_path / "sealed.site"
    first.done("export", whole, "--unencrypted")
    first.done("export", sealed, "--passphrase-file", secret)
    bytes_ = whole.read_bytes()
    (cut := tmp_path / "cut.site").write_bytes(bytes_[: len(bytes_) // 2])
    at = len(bytes_) // 3
    (changed := tmp_path / "changed.site").write_bytes(bytes_[:at] + bytes([bytes_[at] ^ 1]) + bytes_[at + 1 :])
    later_archive(first, whole, later := tmp_path / "later.site", revision="9999")
    (other := tmp_path / "other").write_text("another long passphrase\n", encoding="utf-8")
    before = sums(second)
    for arguments, words in (
        ((cut,), "whole archive"),
        ((changed,), "damaged"),
        ((later,), "later version"),
        ((sealed,), "--passphrase-file"),
        ((sealed, "--passphrase-file", other), "does not open"),
    ):
        refused = second.run("import", *arguments)
        assert (refused.exit_code, words in refused.output) == (1, True), refused.output
    assert sums(second) == before
    assert reason_not_to_serve(second.instance) == ""
    put_people(second, "zoe@example.org")
    assert "there are people in this site" in second.run("import", whole).output
    assert people_of(second) == ["zoe@example.org"]
    assert "unencrypted" in first.run("export", tmp_path / "none.site").output


@pytest.mark.parametrize("moment", some_of(["Putting", "Bringing in"], 1))
def test_machine_that_dies_serves_nothing_half(machines: Machines, tmp_path: Path, moment: str) -> None:
    """Whatever the process was about, the site is not served until the same import has ended; then all of it is there."""
    first, second = machines("first"), machines("second")
    put_people(first, "ana@example.org", "zoe@example.org")
    archive = tmp_path / "first.site"
    first.done("export", archive, "--unencrypted")
    child = os.fork()
    if child == 0:
        app = second.start()
        tell = lambda words: os._exit(9) if words.startswith(moment) else None  # noqa: E731 - a process ends here
        import_site(engine_of(app), site_of(app).settings, SiteSchema(app), archive, "", tell)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert "run `coplearn site import`" in reason_not_to_serve(second.instance)
    second.done("import", archive)
    assert people_of(second) == ["ana@example.org", "zoe@example.org"]
    assert reason_not_to_serve(second.instance) == ""


@pytest.mark.whole
def test_what_is_new_follows(machines: Machines, tmp_path: Path, secret: Path) -> None:
    """A second archive brings what was added, changed and erased since; a site that went its own way meanwhile refuses it."""
    first, second = machines("first"), machines("second", "postgresql")
    put_people(first, "ana@example.org", "ben@example.org", "zoe@example.org")
    whole, rest, late = (tmp_path / f"{name}.site" for name in ("whole", "rest", "late"))
    seal = ("--passphrase-file", secret)
    first.done("export", whole, *seal)
    second.done("import", whole, *seal)
    with engine_of(first.app).begin() as connection:
        connection.execute(text("DELETE FROM \"user\" WHERE email = 'ben@example.org'"))
        connection.execute(text("UPDATE \"user\" SET email = 'swap' WHERE email = 'ana@example.org'"))
        connection.execute(text("UPDATE \"user\" SET email = 'ana@example.org' WHERE email = 'zoe@example.org'"))
        connection.execute(text("UPDATE \"user\" SET email = 'zoe@example.org' WHERE email = 'swap'"))
    put_people(first, "new@example.org")
    first.done("export", rest, "--since", whole, *seal, "--last")
    assert "to be served elsewhere" in reason_not_to_serve(first.instance)
    second.done("import", rest, *seal)
    assert sums(second) == sums(first)
    assert people_of(second) == ["ana@example.org", "new@example.org", "zoe@example.org"]
    assert "brought in here already" in second.run("import", rest, *seal).output
    first.done("export", late, "--since", rest, *seal)
    put_people(second, "own@example.org")
    refused = second.run("import", late, *seal)
    assert "was changed since" in refused.output, refused.output
    assert len(people_of(second)) == 4


def test_text_that_postgresql_does_not_take_is_named(machines: Machines, tmp_path: Path) -> None:
    """SQLite lets a text be longer than its column: the refusal says which, and the other database is as it was."""
    first, second = machines("first"), machines("second", "postgresql")
    put_people(first, "ana@example.org")
    with engine_of(first.app).begin() as connection:
        connection.execute(text('UPDATE "user" SET locale = :long'), {"long": "x" * 40})
    archive = tmp_path / "first.site"
    first.done("export", archive, "--unencrypted")
    refused = second.run("import", archive)
    assert refused.exit_code == 1
    assert "does not take what is in the archive" in refused.output, refused.output
    assert "locale" in refused.output
    assert (people_of(second), reason_not_to_serve(second.instance)) == ([], "")
