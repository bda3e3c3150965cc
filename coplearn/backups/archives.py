"""One backup in one file: a zip with the sealed archive in it, and what somebody needs who has nothing but this file.

Sealed is a second zip, encrypted with age. Its last member, ``manifest.json``, names every other with its SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final, Protocol, TypeVar
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import pyrage
from pyrage import passphrase, x25519

from coplearn.backups.row_sums import SumKind, TableSum
from coplearn.files.archives import is_plain
from coplearn.kernel.errors import Refused

FORMAT: Final = 2
MANIFEST: Final = "manifest.json"
_SEALED: Final = "backup.zip.age"
_KEY: Final = "key.age"
_PIECE: Final = 1 << 18
_MOST_MANIFEST: Final = 64 << 20
READ_ME: Final = """This is a backup of a coplearn site. To look into it or to put it back:

    coplearn backup verify THIS-FILE
    coplearn backup restore THIS-FILE
"""
_WITHOUT_US: Final = """
Without coplearn, with age (any version of it) and unzip:

    unzip THIS-FILE
    age --decrypt key.age > key.txt                              # only if there is a key.age: asks for the passphrase
    age --decrypt --identity key.txt backup.zip.age > backup.zip # else with the private key that you keep
    unzip backup.zip

It holds people's data. Delete what you unpacked when you have done with it.
"""


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """A file to put into an archive: one of this machine, or one that comes in pieces from elsewhere."""

    name: str
    file: Path | Callable[[], Iterator[bytes]]
    """Its path, or what yields it; a FileNotFoundError of either leaves it out."""
    is_packed: bool = False
    """Whether it is compressed already."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The contents of an archive, as the archive says them itself."""

    made_at: datetime
    site: str
    version: str
    engine: str
    revision: str
    """The migration that the database stands at."""
    sums: SumKind
    tables: dict[str, TableSum]
    settings: list[str]
    """The variables that were set on the site; not their values, which may be secret."""
    files: dict[str, tuple[int, str]]
    """Bytes and SHA-256 of each member by its name."""

    def as_json(self) -> str:
        """The manifest as it stands in the archive."""
        return json.dumps({**asdict(self), "format": FORMAT, "made_at": self.made_at.isoformat()}, indent=1)


class ArchiveListing(Protocol):
    """A manifest of any sort of archive."""

    @property
    def files(self) -> dict[str, tuple[int, str]]:
        """Bytes and SHA-256 of each member by its name."""

    def as_json(self) -> str:
        """The manifest as it stands in the archive."""


Listed = TypeVar("Listed", bound=ArchiveListing)
Describe = Callable[[dict[str, tuple[int, str]]], ArchiveListing]
"""Makes the manifest, once every member is in."""


def read_manifest(said: str) -> Manifest:
    """The manifest that the text says. Raises Refused for one of a later format or of none."""
    try:
        values: dict[str, Any] = json.loads(said)
        if values.pop("format") not in (1, FORMAT):
            raise Refused("This backup was made by a later version of coplearn. Use that one to read it.")
        # The first format knew one kind, and did not say so.
        values["sums"] = SumKind(values.get("sums", SumKind.LINES))
        if values["sums"] is SumKind.ADDED and values["engine"] != "postgresql":
            raise ValueError("its sums are of another engine")
        values["made_at"] = datetime.fromisoformat(values["made_at"])
        values["tables"] = {name: TableSum(**one) for name, one in values["tables"].items()}
        values["files"] = {name: (int(size), str(sha)) for name, (size, sha) in values["files"].items()}
        return Manifest(**values)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError) as error:
        raise Refused("This backup's manifest cannot be read: %(why)s", why=str(error)) from error


@dataclass(frozen=True, slots=True)
class Seal:
    """The lock of an archive: public keys, a passphrase, or both; either opens it."""

    recipients: Sequence[str] = ()
    passphrase: str = ""

    def __bool__(self) -> bool:
        return bool(self.recipients or self.passphrase)


@dataclass(frozen=True, slots=True)
class Opener:
    """The means to open archives: private keys (the text of an age key file), a passphrase, or both."""

    identities: str = ""
    passphrase: str = ""

    def keys(self) -> list[x25519.Identity]:
        """The private keys. Raises Refused for a line that is none."""
        lines = (line.strip() for line in self.identities.splitlines())
        try:
            return [x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
        except pyrage.IdentityError as error:
            raise Refused("The key file holds a line that is no private key of age.") from error


def new_key() -> tuple[str, str]:
    """A private key, and the public key that belongs to it."""
    key = x25519.Identity.generate()
    return str(key), str(key.to_public())


def pack(members: Iterable[ArchiveMember], describe: Describe, to: Path) -> None:
    """Write an archive that anybody can open to a new file."""
    to.touch(mode=0o600)
    with to.open("wb") as out:
        out.writelines(_zipped(members, describe))


def seal(members: Iterable[ArchiveMember], describe: Describe, lock: Seal, to: Path, *, read_me: str = READ_ME) -> None:
    """Write an archive of the members to a new file. ``describe`` makes the manifest, once every member is in.

    Nothing of it is ever on the disk unsealed, and little of it in memory. Raises Refused for a key that is none.
    """
    recipients, sealed_key = _recipients(lock)
    to.touch(mode=0o600)
    with to.open("wb") as out, ZipFile(out, "w", ZIP_STORED) as outer:
        outer.writestr("READ ME.txt", read_me + _WITHOUT_US)
        if sealed_key:
            outer.writestr(_KEY, sealed_key)
        pieces = _Pieces(_zipped(members, describe))
        with outer.open(ZipInfo(_SEALED, _now()), "w", force_zip64=True) as sealed:
            try:
                pyrage.encrypt_io(pieces, sealed, recipients)
            except pyrage.EncryptError:
                # It knows of our own error nothing but the words.
                raise pieces.error or OSError("The backup could not be encrypted.") from None


def _recipients(lock: Seal) -> tuple[list[x25519.Recipient], bytes]:
    try:
        recipients = [x25519.Recipient.from_str(one) for one in lock.recipients]
    except pyrage.RecipientError as error:
        raise Refused("COPLEARN_BACKUP_RECIPIENTS holds something that is no public key of age (age1…).") from error
    if not lock.passphrase:
        return recipients, b""
    # A passphrase seals a key, and the key the archive: age's own way with a passphrase needs all of it in memory.
    key = x25519.Identity.generate()
    return [*recipients, key.to_public()], passphrase.encrypt(f"{key}\n".encode(), lock.passphrase)


class _Sink:
    """Collects what a zip writes, until it is asked for."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


class _Pieces:
    """A file to read from, made of pieces as they come; ``error`` is what stopped them."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, b""
        self.error: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            while not self._left:
                self._left = next(self._pieces)
        except StopIteration:
            return b""
        except BaseException as error:
            self.error = error
            raise
        size = len(self._left) if size < 0 else size
        taken, self._left = self._left[:size], self._left[size:]
        return taken


def _zipped(members: Iterable[ArchiveMember], describe: Describe) -> Iterator[bytes]:
    sink, files = _Sink(), dict[str, tuple[int, str]]()
    with ZipFile(sink, "w", ZIP_DEFLATED, compresslevel=2) as inner:  # type: ignore[call-overload] # it needs no more than to write
        for member in members:
            digest, size = hashlib.sha256(), 0
            info = ZipInfo(member.name, _now())
            info.compress_type = ZIP_STORED if member.is_packed else ZIP_DEFLATED
            pieces = member.file() if callable(member.file) else _pieces_of(member.file)
            try:
                first = next(pieces, b"")
            except FileNotFoundError:
                # Sent or erased since the folder was looked through.
                continue
            with inner.open(info, "w", force_zip64=True) as into:
                for piece in chain([first], pieces):
                    digest.update(piece)
                    size += len(piece)
                    into.write(piece)
                    yield sink.taken()
            files[member.name] = (size, digest.hexdigest())
        inner.writestr(ZipInfo(MANIFEST, _now()), describe(files).as_json())
    yield sink.taken()


def _pieces_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _now() -> tuple[int, int, int, int, int, int]:
    now = datetime.now(UTC)
    return now.year, now.month, now.day, now.hour, now.minute, now.second


def unseal(archive: Path, opener: Opener, into: Path, read: Callable[[str], Listed]) -> Listed:
    """Unpack an archive, sealed or not, into the empty folder ``into`` and compare every file with the manifest.

    ``read`` reads the manifest. Raises Refused when it cannot be opened, or holds anything else than its manifest says.
    """
    inner = into / "backup.zip"
    inner.touch(mode=0o600)
    try:
        with ZipFile(archive) as outer, inner.open("wb") as out:
            if MANIFEST in outer.namelist():
                return _unpacked(outer, into, read)
            keys = _keys_for(outer, opener)
            with outer.open(_SEALED) as sealed:
                pyrage.decrypt_io(sealed, out, keys)
        with ZipFile(inner) as zipped:
            return _unpacked(zipped, into, read)
    except pyrage.DecryptError as error:
        raise Refused("None of the keys opens this archive.") from error
    except (BadZipFile, KeyError, OSError, ValueError, EOFError, RuntimeError, zlib.error) as error:
        raise Refused("This archive is damaged, or it is none: %(why)s", why=str(error)) from error
    finally:
        inner.unlink(missing_ok=True)


def _keys_for(outer: ZipFile, opener: Opener) -> list[x25519.Identity]:
    keys = opener.keys()
    if _KEY in outer.namelist() and opener.passphrase:
        try:
            inside = passphrase.decrypt(outer.read(_KEY), opener.passphrase).decode()
        except pyrage.DecryptError as error:
            if not keys:
                raise Refused("The passphrase does not open this archive.") from error
        else:
            keys += Opener(inside).keys()
    if not keys:
        raise Refused("This archive is sealed. Its passphrase or its private key is needed to open it: see `--help`.")
    return keys


def _unpacked(zipped: ZipFile, into: Path, read: Callable[[str], Listed]) -> Listed:
    infos = {info.filename: info for info in zipped.infolist()}
    if MANIFEST not in infos or infos[MANIFEST].file_size > _MOST_MANIFEST:
        raise Refused("This archive has no manifest.")
    if not all(map(is_plain, infos.values())):
        raise BadZipFile("a file in it has no name, or is packed in a way that is not read here")
    manifest = read(zipped.read(MANIFEST).decode())
    if infos.keys() - {MANIFEST} != manifest.files.keys() or len(infos) != len(zipped.infolist()):
        raise Refused("This archive holds other files than its manifest says.")
    for name, (size, sha256) in manifest.files.items():
        path = inside(into, name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with zipped.open(name) as file:
            if _copied(file, path, size) != sha256:
                raise Refused("This archive is damaged: %(name)s is not what it was.", name=name)
    return manifest


def _copied(file: IO[bytes], path: Path, size: int) -> str:
    digest, left = hashlib.sha256(), size
    path.touch(mode=0o600, exist_ok=False)
    with path.open("wb") as out:
        # Never more than the manifest says, whatever the zip says of itself.
        while piece := file.read(min(_PIECE, left + 1)):
            left -= len(piece)
            if left < 0:
                return ""
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest() if left == 0 else ""


def inside(folder: Path, name: str) -> Path:
    """The path of a member below ``folder``. Raises Refused for a name that leads elsewhere."""
    parts = name.split("/")
    if any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in parts):
        raise Refused("This archive holds a file with a name that leads elsewhere: %(name)s", name=repr(name))
    return folder.joinpath(*parts)
