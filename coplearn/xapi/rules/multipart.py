"""Statements with the bytes of their attachments, as ``multipart/mixed`` (RFC 2046; xAPI Communication, 1.5.2)."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any, Final

from coplearn.xapi.rules.formats import Rejected
from coplearn.xapi.rules.statements import Json

MOST_PARTS: Final = 200
_HASHES: Final = {56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
_LINE: Final = re.compile(rb"\r?\n")


@dataclass(frozen=True, slots=True)
class FilePart:
    """The bytes of an attachment, with the media type that stood beside them."""

    sha2: str
    content_type: str
    data: bytes


def parts_of(content_type: str, body: bytes) -> tuple[bytes, dict[str, FilePart]]:
    """The statements and the attachments by their hash, of a body that was sent. Raises Rejected."""
    boundary = parameter(content_type, "boundary")
    if not _BOUNDARY.fullmatch(boundary):
        raise Rejected(400, "Content-Type: multipart/mixed needs a boundary of RFC 2046.")
    pieces = _pieces(body, boundary.encode("ascii"))
    head, statements = _split(pieces[0])
    if head.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Rejected(400, "The first part is not application/json.")
    return statements, dict(_file(number, piece) for number, piece in enumerate(pieces[1:], start=2))


def parameter(header: str, name: str) -> str:
    """A parameter of a header such as Content-Type; empty for none."""
    message = Message()
    message["Content-Type"] = re.sub(r"[\r\n]", " ", header)
    found: Any = message.get_param(name)
    return found if isinstance(found, str) else ""


def _pieces(body: bytes, boundary: bytes) -> list[bytes]:
    mark = b"\r\n--" + boundary
    # What stands before the first boundary and after the last is none of ours.
    found = (b"\r\n" + body).split(mark)
    if len(found) < 3 or not found[-1].startswith(b"--"):
        raise Rejected(400, "The body is no multipart/mixed with that boundary: no part, or no end.")
    if len(found) - 2 > MOST_PARTS:
        raise Rejected(413, f"The body has more than {MOST_PARTS} parts.")
    return [piece.lstrip(b" \t").removeprefix(b"\r\n") for piece in found[1:-1]]


def _split(piece: bytes) -> tuple[Mapping[str, str], bytes]:
    if piece.startswith(b"\r\n"):
        return {}, piece[2:]
    raw, ended, content = piece.partition(b"\r\n\r\n")
    if not ended:
        raise Rejected(400, "A part has no empty line after its headers.")
    head: dict[str, str] = {}
    for line in _LINE.split(raw):
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise Rejected(400, "A part has a header that is none.")
        head[name.strip().lower()] = value.strip()
    return head, content


def _file(number: int, piece: bytes) -> tuple[str, FilePart]:
    head, data = _split(piece)
    sha2 = head.get("x-experience-api-hash", "").lower()
    if head.get("content-transfer-encoding", "").lower() != "binary":
        raise Rejected(400, f"Part {number}: Content-Transfer-Encoding is not binary.")
    kind = _HASHES.get(len(sha2))
    if kind is None or hashlib.new(kind, data).hexdigest() != sha2:
        raise Rejected(400, f"Part {number}: X-Experience-API-Hash is not the SHA-2 of its bytes.")
    return sha2, FilePart(sha2, head.get("content-type", ""), data)


def hold_attachments(statements: Iterable[Json], parts: Mapping[str, FilePart]) -> None:
    """Raise Rejected for an attachment without bytes or address, one that says otherwise than its part, and a part too many."""
    known = set[str]()
    for head in (one for statement in statements for one in heads_of(statement)):
        sha2 = head["sha2"].lower()
        known.add(sha2)
        part = parts.get(sha2)
        if part is None:
            if "fileUrl" not in head:
                raise Rejected(400, f"attachments: {sha2} has neither a fileUrl nor a part with its bytes.")
        elif len(part.data) != head["length"]:
            raise Rejected(400, f"attachments: {sha2} has another length than its part.")
        elif part.content_type and part.content_type != head["contentType"]:
            raise Rejected(400, f"attachments: {sha2} has another contentType than its part.")
    if set(parts) - known:
        raise Rejected(400, "A part belongs to no attachment of the statements.")


def heads_of(told: Json) -> list[Json]:
    """The heads of the attachments of a statement, and of the statement within it."""
    inner = told["object"]
    within = heads_of(inner) if inner.get("objectType") == "SubStatement" else []
    return [*told.get("attachments", ()), *within]


def composed(statements: bytes, parts: Iterable[FilePart]) -> tuple[str, bytes]:
    """The Content-Type and the body of an answer with attachments."""
    boundary = secrets.token_hex(16)
    pieces = [b"Content-Type: application/json\r\n\r\n" + statements]
    for part in parts:
        head = f"Content-Type: {part.content_type}\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: {part.sha2}\r\n"
        pieces.append(
            head.encode("latin-1", "replace") + f"Content-Length: {len(part.data)}\r\n\r\n".encode() + part.data
        )
    mark = f"--{boundary}".encode()
    body = b"".join(mark + b"\r\n" + piece + b"\r\n" for piece in pieces) + mark + b"--\r\n"
    return f'multipart/mixed; boundary="{boundary}"', body
