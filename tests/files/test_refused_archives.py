"""Archives that are spoilt in ways which the library itself reads: each is refused with the sentence that helps."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable

import pytest

from coplearn.files.archives import MOST_FILES, UNREADABLE, opened, pieces_of
from coplearn.kernel.errors import Refused
from tests.files.hostile_archives import SPOILT, packed

MEMBERS = {"a.xml": b"<a/>" * 40, "b.xml": b"<b/>"}


def changed(raw: bytes, mark: bytes, offset: int, value: bytes) -> bytes:
    """The archive with other bytes at a place of the first head of that mark."""
    at = raw.index(mark) + offset
    return raw[:at] + value + raw[at + len(value) :]


@pytest.mark.parametrize(
    ("way", "sentence"),
    [
        ("says 65,535 files", "more than"),
        ("of several disks", "more than"),
        ("file far away", UNREADABLE),
        ("list far away", UNREADABLE),
        ("empty archive", UNREADABLE),
        ("something before it", UNREADABLE),
        ("file in the list", UNREADABLE),
        ("says more is packed", "same bytes"),
        ("100,000 files", "zip64"),
    ],
)
def test_spoilt_archive_is_refused_by_its_rule(way: str, sentence: str) -> None:
    """Before anything of it is unpacked."""
    with pytest.raises(Refused) as refused:
        opened(io.BytesIO(SPOILT[way](MEMBERS)))
    assert sentence in refused.value.phrase.text


def test_file_that_reaches_into_the_list_is_refused() -> None:
    """The last one says that more of it is packed than there is before the list."""
    one = {"a.xml": MEMBERS["a.xml"]}
    with pytest.raises(Refused) as refused:
        opened(io.BytesIO(SPOILT["says more is packed"](one)))
    assert refused.value.phrase.text == UNREADABLE


def test_archive_that_tells_too_few_files_is_counted() -> None:
    """The number at its end is what the archive says; the library goes by the list."""
    raw = SPOILT["20,000 files"](MEMBERS)
    with pytest.raises(Refused) as refused:
        opened(io.BytesIO(changed(raw, b"PK\x05\x06", 8, struct.pack("<HH", 1, 1))))
    assert refused.value.phrase.params == {"number": MOST_FILES}


def test_file_that_ends_before_its_size_is_damaged() -> None:
    """The sum is right and nothing is missing, yet less comes than the list says."""
    raw = changed(packed(MEMBERS), b"PK\x01\x02", 24, struct.pack("<L", len(MEMBERS["a.xml"]) + 9))
    archive, (first, second) = opened(io.BytesIO(raw))
    with pytest.raises(Refused, match="damaged"):
        list(pieces_of(archive, first))
    assert b"".join(pieces_of(archive, second)) == MEMBERS["b.xml"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw[: raw.rindex(b"PK\x05\x06")],
        lambda raw: raw[: raw.rindex(b"PK\x05\x06") + 9],
        lambda raw: changed(raw, b"PK\x03\x04", raw.index(b"PK\x03\x04", 4), b"no"),
    ],
    ids=["no end", "half an end", "no head before a file"],
)
def test_archive_without_its_marks_is_refused(spoil: Callable[[bytes], bytes]) -> None:
    """Whatever begins as an archive does."""
    with pytest.raises(Refused) as refused:
        opened(io.BytesIO(spoil(packed(MEMBERS))))
    assert refused.value.phrase.text == UNREADABLE
