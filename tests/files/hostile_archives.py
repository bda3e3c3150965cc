"""Zip archives as nobody packs them who means well: what an importer reads, spoilt in each way that is known."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zlib
from collections.abc import Callable, Mapping
from typing import Final
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile, ZipInfo

Members = Mapping[str, bytes]
_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_ZEROS: Final = bytes(1 << 20)


def packed(members: Members, method: int = ZIP_DEFLATED) -> bytes:
    """An archive of those files."""
    out = io.BytesIO()
    with ZipFile(out, "w", method) as made:
        for name, content in members.items():
            made.writestr(ZipInfo(name), content, method)
    return out.getvalue()


def _more(members: Members, *names: str, mode: int = 0, content: bytes = b"harm") -> bytes:
    """The archive with more files of those names, as they are written, behind its own."""
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a name is there already is what is tried
        for name, own in members.items():
            made.writestr(ZipInfo(name), own, ZIP_DEFLATED)
        for name in names:
            info = ZipInfo("x")
            info.filename = info.orig_filename = name
            info.external_attr = mode << 16
            made.writestr(info, content, ZIP_DEFLATED)
    return out.getvalue()


def _bomb(members: Members, megabytes: int, method: int = ZIP_DEFLATED, name: str = "zeros.xml") -> bytes:
    """The archive with a file of so many megabytes of nothing, in place of one of its own where it has that name."""
    out = io.BytesIO()
    with ZipFile(out, "w", method) as made:
        for own, content in members.items():
            if own != name:
                made.writestr(own, content)
        with made.open(ZipInfo(name) if method == ZIP_STORED else _info(name, method), "w") as file:
            for _ in range(megabytes):
                file.write(_ZEROS)
    return out.getvalue()


def _info(name: str, method: int) -> ZipInfo:
    info = ZipInfo(name)
    info.compress_type = method
    return info


def _places(data: bytes, mark: bytes) -> list[int]:
    found, at = [], data.find(mark)
    while at >= 0:
        found.append(at)
        at = data.find(mark, at + 1)
    return found


def _set(data: bytes, mark: bytes, offset: int, value: bytes, which: int = 0) -> bytes:
    """The archive with other bytes at a place of its ``which`` head of that mark."""
    at = _places(data, mark)[which] + offset
    return data[:at] + value + data[at + len(value) :]


def _both(data: bytes, local: int, central: int, value: bytes) -> bytes:
    """The same field of the first file, in its own head and in the list."""
    return _set(_set(data, _LOCAL, local, value), _CENTRAL, central, value)


def _shared(members: Members, count: int) -> bytes:
    """So many names for the bytes of one file: each megabyte is unpacked as often as it is named."""
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
        made.writestr("a.xml", _ZEROS)
        shared = made.infolist()[-1]
        for number in range(count):
            twin = ZipInfo(f"a{number}.xml")
            for field in ("header_offset", "file_size", "compress_size", "CRC", "compress_type", "external_attr"):
                setattr(twin, field, getattr(shared, field))
            made.filelist.append(twin)
            made.NameToInfo[twin.filename] = twin
    return out.getvalue()


def _many(members: Members, count: int) -> bytes:
    """An archive of so many empty files more, written by hand: the library takes too long."""
    own = packed(members)
    end = own.rfind(_END)
    start = struct.unpack_from("<L", own, end + 16)[0]
    locals_, centrals, at = [], [own[start:end]], start
    for number in range(count):
        name = b"f%06d.xml" % number
        head = struct.pack("<4s5H3L2H", _LOCAL, 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0) + name
        centrals.append(
            struct.pack("<4s4B4HL2L5H2L", _CENTRAL, 20, 0, 20, 0, 0, 0, 0, 33, 0, 0, 0, len(name), 0, 0, 0, 0, 0, at)
            + name
        )
        locals_.append(head)
        at += len(head)
    listed, files = b"".join(centrals), count + len(members)
    large = b""
    if files > 65_535:
        large = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, files, files, len(listed), at)
        large += struct.pack("<4sLQL", b"PK\x06\x07", 0, at + len(listed), 1)
    end_head = struct.pack("<4s4H2LH", _END, 0, 0, min(files, 65_535), min(files, 65_535), len(listed), at, 0)
    return b"".join([own[:start], *locals_, listed, large, end_head])


def _first(members: Members) -> str:
    return next(iter(members))


def _raw_deflate(content: bytes) -> bytes:
    maker = zlib.compressobj(9, zlib.DEFLATED, -15)
    return maker.compress(content) + maker.flush()


def _huge_dictionary(members: Members) -> bytes:
    """A file packed by LZMA that asks for a dictionary of four gigabytes."""
    data = packed(members, ZIP_LZMA)
    at = 30 + len(_first(members).encode()) + 4
    return data[:at + 1] + b"\xff\xff\xff\xff" + data[at + 5 :]  # fmt: skip


NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "climbs": ("../../outside.po",),
    "climbs later": ("a/../../../outside.xml",),
    "climbs far": ("../" * 60 + "tmp/outside.po",),
    "absolute": ("/tmp/coplearn-outside.po",),
    "another machine": ("//server/share/outside.po",),
    "drive": ("C:/outside.po",),
    "drive, backslashes": ("C:\\outside.po",),
    "backslashes": ("..\\..\\outside.po",),
    "device path": ("\\\\?\\C:\\outside.po",),
    "NUL": ("my-course.po\0.exe",),
    "here": ("./outside.po",),
    "here inside": ("a/./b.po",),
    "nothing inside": ("a//b.po",),
    "a dot": (".",),
    "two dots": ("..",),
    "no name": ("",),
    "deep": ("d/" * 250 + "a.po",),
    "long": ("a" * 300 + ".po",),
    "very long": ("a" * 60_000 + ".po",),
    "turned about": ("a\u202eop.exe",),
    "line end": ("a\nb.po",),
    "escape": ("a\x1b[2Jb.po",),
    "Windows' own": ("CON", "aux.po", "nul"),
    "stream": ("my-course.po:hidden",),
    "home": ("~/.ssh/authorized_keys",),
    "escaped dots": ("%2e%2e/%2e%2e/outside.po",),
    "wide dots": ("．．／outside.po",),
    "end in a blank": ("../ ", "a. "),
    "module": ("coplearn/__init__.py", "sitecustomize.py", "x.pth"),
    "hidden": (".htaccess", ".env"),
    "file and folder": ("a", "a/b"),
    "folder twice": ("a/", "a/"),
    "case twins": ("Twin.XML", "twin.xml"),
    "Unicode twins": ("\u00e9.xml", "e\u0301.xml"),
    "twins by form": ("ﬁ.xml", "fi.xml"),
    "same name": ("same.xml", "same.xml"),
}  # fmt: skip
"""Names that more files in an archive have."""

SPOILT: Final[Mapping[str, Callable[[Members], bytes]]] = {
    "link": lambda m: _more(m, "link.po", mode=stat.S_IFLNK | 0o777, content=b"/etc/passwd"),
    "link, and through it": lambda m: _more(m, "link", "link/x.po", mode=stat.S_IFLNK | 0o777, content=b"/tmp"),
    "device": lambda m: _more(m, "zero.po", mode=stat.S_IFCHR | 0o666),
    "disk": lambda m: _more(m, "disk.po", mode=stat.S_IFBLK | 0o666),
    "pipe": lambda m: _more(m, "pipe.po", mode=stat.S_IFIFO | 0o666),
    "socket": lambda m: _more(m, "socket.po", mode=stat.S_IFSOCK | 0o666),
    "run as root": lambda m: _more(m, "root.sh", mode=stat.S_IFREG | 0o6777, content=b"#!/bin/sh\n"),
    "own file twice": lambda m: _more(m, _first(m)),
    "own file in capitals": lambda m: _more(m, _first(m).upper()),
    "bomb of 120 MB": lambda m: _bomb(m, 120),
    "bomb of 60 MB": lambda m: _bomb(m, 60),
    "bomb in its own place": lambda m: _bomb(m, 90, name=_first(m)),
    "bomb by bzip2": lambda m: _bomb(m, 60, ZIP_BZIP2, _first(m)),
    "bomb by LZMA": lambda m: _bomb(m, 60, ZIP_LZMA, _first(m)),
    "bomb inside an archive": lambda m: _more(m, "inner.zip", content=_bomb(m, 60)),
    "archive in an archive": lambda m: packed({**m, _first(m): packed(m)}),
    "forty archives deep": lambda m: _deep(m, 40),
    "a thousand names for one file": lambda m: _shared(m, 1_000),
    "ten names for one file": lambda m: _shared(m, 10),
    "100,000 files": lambda m: _many(m, 100_000),
    "20,000 files": lambda m: _many(m, 20_000),
    "600 files": lambda m: _many(m, 600),
    "says 65,535 files": lambda m: _set(packed(m), _END, 8, b"\xff\xff\xff\xff"),
    "says less than it is": lambda m: _set(packed(m), _CENTRAL, 24, b"\x01\0\0\0"),
    "says nothing is in it": lambda m: _both(packed(m), 22, 24, b"\0\0\0\0"),
    "says four gigabytes": lambda m: _both(packed(m), 22, 24, b"\xfe\xff\xff\xff"),
    "says less is packed": lambda m: _both(packed(m), 18, 20, b"\x01\0\0\0"),
    "says more is packed": lambda m: _both(packed(m), 18, 20, b"\xff\xff\xff\x7f"),
    "says it is larger than 4 GB": lambda m: _both(packed(m), 22, 24, b"\xff\xff\xff\xff"),
    "another sum": lambda m: _both(packed(m), 14, 16, b"abcd"),
    "another sum in the list": lambda m: _set(packed(m), _CENTRAL, 16, b"abcd"),
    "another name at the file": lambda m: _set(packed(m), _LOCAL, 30, b"~"),
    "encrypted": lambda m: _both(packed(m), 6, 8, b"\x01\0"),
    "encrypted strongly": lambda m: _both(packed(m), 6, 8, b"\x41\0"),
    "list encrypted": lambda m: _both(packed(m), 6, 8, b"\x00\x20"),
    "patched": lambda m: _both(packed(m), 6, 8, b"\x20\0"),
    "AES": lambda m: _both(packed(m), 8, 10, struct.pack("<H", 99)),
    "packed in no known way": lambda m: _both(packed(m), 8, 10, struct.pack("<H", 77)),
    "packed by imploding": lambda m: _both(packed(m), 8, 10, struct.pack("<H", 6)),
    "packed by bzip2": lambda m: packed(m, ZIP_BZIP2),
    "packed by LZMA": lambda m: packed(m, ZIP_LZMA),
    "dictionary of 4 GB": _huge_dictionary,
    "stored, and said to be packed": lambda m: _both(packed(m, ZIP_STORED), 8, 10, b"\x08\0"),
    "packed, and said to be stored": lambda m: _both(packed(m), 8, 10, b"\0\0"),
    "for a later version": lambda m: _set(packed(m), _CENTRAL, 6, b"\xff\xff"),
    "no date": lambda m: _both(packed(m), 10, 12, b"\0\0\0\0"),
    "a date that is none": lambda m: _both(packed(m), 10, 12, b"\xff\xff\xff\xff"),
    "half a stream": lambda m: packed(m)[: 34 + len(_first(m))] + b"\xff" * 9 + packed(m)[43 + len(_first(m)) :],
    "cut in the middle": lambda m: packed(m)[: len(packed(m)) // 2],
    "cut by a byte": lambda m: packed(m)[:-1],
    "cut by its end": lambda m: packed(m)[:-22],
    "cut at its list": lambda m: packed(m)[: packed(m).find(_CENTRAL)],
    "head alone": lambda m: _LOCAL,
    "end alone": lambda m: packed(m)[-22:],
    "empty archive": lambda m: packed({}),
    "nothing": lambda m: b"",
    "zeros": lambda m: bytes(50_000),
    "something before it": lambda m: b"#!/bin/sh\nrm -rf /\n" + packed(m),
    "a head before it": lambda m: _LOCAL + bytes(60) + packed(m),
    "something behind it": lambda m: packed(m) + b"\0" * 70_000,
    "two in one": lambda m: packed({"a.po": b"a"}) + packed(m),
    "long remark": lambda m: _set(packed(m), _END, 20, b"\xff\xff") + b"x" * 65_535,
    "remark that is an end": lambda m: _set(packed(m), _END, 20, b"\x16\0") + packed(m)[-22:],
    "list far away": lambda m: _set(packed(m), _END, 16, b"\xff\xff\xff\x7f"),
    "list at its beginning": lambda m: _set(packed(m), _END, 16, b"\0\0\0\0"),
    "long list": lambda m: _set(packed(m), _END, 12, b"\xff\xff\xff\x7f"),
    "of several disks": lambda m: _set(packed(m), _END, 4, b"\x01\0\x01\0"),
    "file far away": lambda m: _set(packed(m), _CENTRAL, 42, b"\xff\xff\xff\x7f"),
    "file in the list": lambda m: _set(packed(m), _CENTRAL, 42, struct.pack("<L", packed(m).find(_CENTRAL))),
    "rubbish in a field": lambda m: _set(packed(m), _CENTRAL, 30, b"\xff\xff"),
    "name that is no text": lambda m: _both(_both(packed(m), 6, 8, b"\0\x08"), 30, 46, b"\xff"),
    "another format": lambda m: b"7z\xbc\xaf\x27\x1c" + bytes(400),
    "a tar": lambda m: _first(m).encode().ljust(100, b"\0") + b"0000644\0" + bytes(404) + b"x" * 512,
    "gzip": lambda m: b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + _raw_deflate(_ZEROS),
}  # fmt: skip
"""What else is wrong with an archive."""


def _deep(members: Members, depth: int) -> bytes:
    data = packed(members)
    for _ in range(depth):
        data = packed({_first(members): data, "again.zip": data[:1_000]})
    return data


def spoilt_archives() -> Mapping[str, Callable[[Members], bytes]]:
    """Every way by its name."""
    return {
        **{f"name that {name}": lambda m, n=names: _more(m, *n) for name, names in NAMES.items()},  # type: ignore[misc]
        **SPOILT,
    }
